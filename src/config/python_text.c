/* SPDX-License-Identifier: Apache-2.0 */
/* Characters and tokens of Python. */
#include "base/error.h"
#include "base/text.h"
#include "config/python_parser.h"

#include <ctype.h>
#include <string.h>

void sfd_py_fail(sfd_py_parser *p, const char *problem)
{
    if (p->status == SFD_OK)
        p->status = sfd_fail(p->err, SFD_ERR_FORMAT, "%s:%zu: %s", p->origin, p->line, problem);
}

void *sfd_py_allocate(sfd_py_parser *p, size_t n)
{
    void *memory = sfd_arena_alloc(p->arena, n);
    if (!memory && p->status == SFD_OK)
        p->status = p->arena->exhausted
                        ? sfd_fail(p->err, SFD_ERR_FORMAT, "%s: too large a config", p->origin)
                        : sfd_fail_nomem(p->err, p->origin);
    return memory;
}

sfd_py *sfd_py_new(sfd_py_parser *p, sfd_py_type type)
{
    sfd_py *v = sfd_py_allocate(p, sizeof *v);
    if (v) {
        v->type = type;
        v->origin = p->origin;
        v->line = p->line;
    }
    return v;
}

char *sfd_py_copy_text(sfd_py_parser *p, const char *text, size_t n)
{
    char *copy = sfd_py_allocate(p, n + 1);
    if (copy)
        memcpy(copy, text, n);
    return copy;
}

/* -- blanks */

char sfd_py_peek(const sfd_py_parser *p, size_t ahead)
{
    return (size_t)(p->end - p->at) > ahead ? p->at[ahead] : '\0';
}

/* The length of a backslash and the line end behind it, 0: there is none. */
static size_t continuation(const sfd_py_parser *p)
{
    if (sfd_py_peek(p, 0) != '\\')
        return 0;
    if (sfd_py_peek(p, 1) == '\n')
        return 2;
    return sfd_py_peek(p, 1) == '\r' && sfd_py_peek(p, 2) == '\n' ? 3 : 0;
}

void sfd_py_skip_blanks(sfd_py_parser *p)
{
    while (p->at < p->end) {
        const size_t n = continuation(p);
        if (*p->at == '#')
            while (p->at + 1 < p->end && p->at[1] != '\n')
                p->at++;
        else if (n > 0 || (*p->at == '\n' && p->depth > 0))
            p->line++;
        else if (!strchr(" \t\r\f", *p->at))
            return;
        p->at += n ? n : 1;
    }
}

bool sfd_py_accept(sfd_py_parser *p, char c)
{
    sfd_py_skip_blanks(p);
    if (p->at == p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

bool sfd_py_at_equals(sfd_py_parser *p)
{
    sfd_py_skip_blanks(p);
    return sfd_py_peek(p, 0) == '=' && sfd_py_peek(p, 1) != '=';
}

bool sfd_py_at_line_end(sfd_py_parser *p)
{
    sfd_py_skip_blanks(p);
    return p->at == p->end || *p->at == '\n';
}

/* -- words */

/* Letters beyond ASCII may be part of one. */
static bool is_letter(char c)
{
    return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

size_t sfd_py_identifier_length(const sfd_py_parser *p)
{
    size_t n = 0;
    while (p->at + n < p->end &&
           (is_letter(p->at[n]) || (n > 0 && isdigit((unsigned char)p->at[n]))))
        n++;
    return n;
}

bool sfd_py_word_is(const char *word, size_t n, const char *wanted)
{
    return n == strlen(wanted) && memcmp(word, wanted, n) == 0;
}

bool sfd_py_is_reserved(const char *word, size_t n)
{
    static const char *const words[] = {
        "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
        "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
        "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
        "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (sfd_py_word_is(word, n, words[i]))
            return true;
    return false;
}

/* -- strings */

static bool is_quote(char c)
{
    return c == '\'' || c == '"';
}

bool sfd_py_at_string(const sfd_py_parser *p)
{
    const size_t n = sfd_py_identifier_length(p);
    return n <= 2 && is_quote(sfd_py_peek(p, n));
}

/* r'', u'' are texts, b'' and f'' something else. */
static sfd_py_type read_prefix(sfd_py_parser *p)
{
    static const char *const texts[] = {"", "r", "u"};
    static const char *const others[] = {"b", "br", "rb", "f", "fr", "rf"};
    const size_t n = sfd_py_identifier_length(p);
    char prefix[3] = "";
    for (size_t i = 0; i < n; i++)
        prefix[i] = (char)tolower((unsigned char)p->at[i]);
    p->at += n;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(prefix, texts[i]) == 0)
            return SFD_PY_TEXT;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(prefix, others[i]) == 0)
            return SFD_PY_OTHER;
    sfd_py_fail(p, "a string with a prefix that Python has not");
    return SFD_PY_OTHER;
}

/* From its quote on; *n bytes behind the result. NULL: it has no end. */
static const char *skip_string(sfd_py_parser *p, size_t *n)
{
    const char quote = *p->at;
    const bool triple = sfd_py_peek(p, 1) == quote && sfd_py_peek(p, 2) == quote;
    const size_t n_quote = triple ? 3 : 1;
    const char *start = p->at += n_quote;
    for (; p->at < p->end; p->at++) {
        if (*p->at == '\\' && p->at + 1 < p->end)
            p->at++;
        else if (*p->at == '\n' && !triple)
            break;
        else if (*p->at == quote &&
                 (!triple || (sfd_py_peek(p, 1) == quote && sfd_py_peek(p, 2) == quote))) {
            *n = (size_t)(p->at - start);
            p->at += n_quote;
            return start;
        }
        p->line += *p->at == '\n';
    }
    sfd_py_fail(p, "a string without end");
    return NULL;
}

sfd_py *sfd_py_parse_string(sfd_py_parser *p)
{
    sfd_py *v = sfd_py_new(p, SFD_PY_TEXT);
    const char *text = "";
    size_t n_text = 0;
    while (v && p->status == SFD_OK && sfd_py_at_string(p)) {
        size_t n = 0;
        if (read_prefix(p) == SFD_PY_OTHER)
            v->type = SFD_PY_OTHER;
        const char *part = skip_string(p, &n);
        char *joined = part ? sfd_py_allocate(p, n_text + n + 1) : NULL;
        if (!joined)
            return NULL;
        memcpy(joined, text, n_text);
        memcpy(joined + n_text, part, n);
        text = joined;
        n_text += n;
        sfd_py_skip_blanks(p);
    }
    if (v)
        v->text = text;
    return p->status == SFD_OK ? v : NULL;
}

/* -- numbers */

/* 0x1f, 0o17, 0b11. */
static bool read_based(const char *text, size_t n, double *number)
{
    const char kind = n > 2 && text[0] == '0' ? (char)tolower((unsigned char)text[1]) : '\0';
    const int base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 0;
    bool digit = true;
    *number = 0;
    for (size_t i = 2; base && i < n; i++) {
        const char c = (char)tolower((unsigned char)text[i]);
        const int value = isdigit((unsigned char)c)   ? c - '0'
                          : isalpha((unsigned char)c) ? c - 'a' + 10
                                                      : 99;
        if (c == '_' ? !digit && i > 2 : value >= base)
            return false;
        digit = c != '_';
        *number = digit ? *number * base + value : *number;
    }
    return base && digit;
}

static bool has_leading_zero(const char *text, size_t n)
{
    bool zeros = true;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)text[i]) && text[i] != '_')
            return false; /* 012.5 is a number */
        zeros = zeros && (text[i] == '0' || text[i] == '_');
    }
    return text[0] == '0' && !zeros;
}

sfd_py *sfd_py_parse_number(sfd_py_parser *p)
{
    const char *text = p->at;
    const bool based =
        *text == '0' && isalpha((unsigned char)sfd_py_peek(p, 1)) && !strchr("eEjJ", text[1]);
    size_t n = 1;
    for (char c; (c = sfd_py_peek(p, n)) != '\0'; n++)
        if (!isalnum((unsigned char)c) && c != '_' && c != '.' &&
            (based || !((c == '-' || c == '+') && (text[n - 1] == 'e' || text[n - 1] == 'E'))))
            break;
    sfd_py *v = sfd_py_new(p, SFD_PY_NUMBER);
    if (!v)
        return NULL;
    p->at += n;
    if (text[n - 1] == 'j' || text[n - 1] == 'J')
        v->type = SFD_PY_OTHER;
    else if (based ? !read_based(text, n, &v->number)
                   : has_leading_zero(text, n) || !sfd_parse_python_float(text, n, &v->number))
        sfd_py_fail(p, "a number that Python does not take");
    return p->status == SFD_OK ? v : NULL;
}

/* -- what is passed over */

static char closing(char c)
{
    return c == '(' ? ')' : c == '[' ? ']' : c == '{' ? '}' : '\0';
}

static void open_bracket(sfd_py_parser *p, char *open, int *n_open)
{
    if (p->depth == SFD_PY_MAX_NESTING) {
        sfd_py_fail(p, "nested deeper than 32");
        return;
    }
    open[(*n_open)++] = closing(*p->at++);
    p->depth++;
}

static void close_bracket(sfd_py_parser *p, const char *open, int *n_open)
{
    if (*n_open == 0 || open[*n_open - 1] != *p->at) {
        sfd_py_fail(p, "a closing bracket without its opening one");
        return;
    }
    p->at++;
    p->depth--;
    (*n_open)--;
}

void sfd_py_skip_token(sfd_py_parser *p, sfd_py_on_word *on_word, void *user)
{
    char open[SFD_PY_MAX_NESTING];
    int n_open = 0;
    do {
        const size_t n = sfd_py_identifier_length(p);
        size_t n_text;
        if (sfd_py_at_string(p)) {
            read_prefix(p);
            skip_string(p, &n_text);
        } else if (n > 0) {
            p->at += n;
            if (on_word)
                on_word(p, p->at - n, n, user);
        } else if (isdigit((unsigned char)*p->at)) {
            sfd_py_parse_number(p);
        } else if (closing(*p->at)) {
            open_bracket(p, open, &n_open);
        } else if (strchr(")]}", *p->at)) {
            close_bracket(p, open, &n_open);
        } else {
            p->at++;
        }
        if (n_open > 0)
            sfd_py_skip_blanks(p);
        if (n_open > 0 && p->at == p->end)
            sfd_py_fail(p, "a bracket without end");
    } while (p->status == SFD_OK && n_open > 0);
}

static bool at_operator(const sfd_py_parser *p)
{
    static const char *const words[] = {"if",  "else", "for", "and",  "or",
                                        "not", "in",   "is",  "async"};
    const size_t n = sfd_py_identifier_length(p);
    const char c = sfd_py_peek(p, 0), next = sfd_py_peek(p, 1);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (sfd_py_word_is(p->at, n, words[i]))
            return true;
    return c != '\0' && (strchr("+-*/%@&|^<>.[(", c) || (next == '=' && strchr("=!:", c)));
}

/* `=` that gives a value, as in a=1 b=2. */
static bool at_lone_equals(const sfd_py_parser *p)
{
    return sfd_py_peek(p, 0) == '=' && sfd_py_peek(p, 1) != '=' && !strchr("=<>!:", p->at[-1]);
}

bool sfd_py_skip_operation(sfd_py_parser *p)
{
    bool has_for = false;
    if (!at_operator(p))
        sfd_py_fail(p, "an operator, a comma or the end is missing");
    while (p->status == SFD_OK && !sfd_py_at_line_end(p) && !strchr(",)]};", *p->at)) {
        if (at_lone_equals(p))
            sfd_py_fail(p, "an operator, a comma or the end is missing");
        has_for = has_for || sfd_py_word_is(p->at, sfd_py_identifier_length(p), "for");
        sfd_py_skip_token(p, NULL, NULL);
    }
    return has_for;
}
