/* SPDX-License-Identifier: Apache-2.0 */
/* The literals among the assignments of a Python file. */
#include "config/python_literals.h"

#include "base/error.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

#define MAX_NESTING 32

typedef struct parser {
    const char *at, *end;
    size_t line;
    int depth; /* of open brackets: line ends count outside of them only */
    sfd_arena *arena;
    sfd_py *module;
    const char *origin;
    sfd_error *err;
    sfd_status status;
} parser;

static void fail(parser *p, const char *problem)
{
    if (p->status == SFD_OK)
        p->status = sfd_fail(p->err, SFD_ERR_FORMAT, "%s:%zu: %s", p->origin, p->line, problem);
}

static void *allocate(parser *p, size_t n)
{
    void *memory = sfd_arena_alloc(p->arena, n);
    if (!memory && p->status == SFD_OK)
        p->status = p->arena->exhausted
                        ? sfd_fail(p->err, SFD_ERR_FORMAT, "%s: too large a config", p->origin)
                        : sfd_fail_nomem(p->err, p->origin);
    return memory;
}

static sfd_py *new_value(parser *p, sfd_py_type type)
{
    sfd_py *v = allocate(p, sizeof *v);
    if (v) {
        v->type = type;
        v->origin = p->origin;
        v->line = p->line;
    }
    return v;
}

static char *copy_text(parser *p, const char *text, size_t n)
{
    char *copy = allocate(p, n + 1);
    if (copy)
        memcpy(copy, text, n);
    return copy;
}

/* -- characters */

static char peek(const parser *p)
{
    return p->at < p->end ? *p->at : '\0';
}

/* Blanks and comments; line ends too inside brackets. */
static void skip_blanks(parser *p)
{
    for (; p->at < p->end; p->at++) {
        if (*p->at == '#')
            while (p->at + 1 < p->end && p->at[1] != '\n')
                p->at++;
        else if (*p->at == '\n' && p->depth > 0)
            p->line++;
        else if (*p->at == '\\' && p->at + 1 < p->end && p->at[1] == '\n') {
            p->line++;
            p->at++;
        } else if (*p->at != ' ' && *p->at != '\t' && *p->at != '\r')
            return;
    }
}

static bool accept(parser *p, char c)
{
    skip_blanks(p);
    if (peek(p) != c || p->at == p->end)
        return false;
    p->at++;
    return true;
}

static size_t identifier_length(const parser *p)
{
    size_t n = 0;
    while (p->at + n < p->end && (isalnum((unsigned char)p->at[n]) || p->at[n] == '_'))
        n++;
    return n;
}

/* A string from its quote on; escapes stay as they are. */
static sfd_py *parse_string(parser *p)
{
    char quote = *p->at;
    bool triple = p->end - p->at >= 3 && p->at[1] == quote && p->at[2] == quote;
    size_t n_quote = triple ? 3 : 1;
    const char *start = p->at += n_quote;
    for (; p->at < p->end; p->at++) {
        if (*p->at == '\\' && p->at + 1 < p->end)
            p->at++;
        else if (*p->at == '\n' && !triple)
            break;
        else if (*p->at == quote &&
                 (!triple || (p->end - p->at >= 3 && p->at[1] == quote && p->at[2] == quote))) {
            sfd_py *v = new_value(p, SFD_PY_TEXT);
            if (v)
                v->text = copy_text(p, start, (size_t)(p->at - start));
            p->at += n_quote;
            return v;
        }
        if (*p->at == '\n')
            p->line++;
    }
    fail(p, "a string without end");
    return NULL;
}

/* What is left of an expression that is more than a literal: to the comma, bracket or line that
 * ends it. */
static void skip_expression(parser *p)
{
    int depth = 0;
    while (p->status == SFD_OK && p->at < p->end) {
        char c = *p->at;
        if (c == '\'' || c == '"') {
            parse_string(p);
            continue;
        }
        if (c == '#') {
            skip_blanks(p);
            continue;
        }
        if (depth == 0 &&
            (c == ',' || c == ')' || c == ']' || c == '}' || (c == '\n' && p->depth == 0)))
            return;
        if (c == '\n')
            p->line++;
        depth += c == '(' || c == '[' || c == '{';
        depth -= c == ')' || c == ']' || c == '}';
        p->at++;
    }
}

/* -- expressions */

static sfd_py *parse_expression(parser *p);

static sfd_py *parse_number(parser *p)
{
    size_t n = 1;
    while (p->at + n < p->end && (isalnum((unsigned char)p->at[n]) || p->at[n] == '.' ||
                                  ((p->at[n] == '-' || p->at[n] == '+') && p->at[n - 1] == 'e')))
        n++;
    sfd_py *v = new_value(p, SFD_PY_NUMBER);
    if (v && !sfd_parse_double(p->at, n, &v->number))
        v->type = SFD_PY_OTHER;
    p->at += n;
    return v;
}

/* `name = ` or `'name':` of a member; NULL when there is none. */
static const char *parse_key(parser *p, bool keyword)
{
    skip_blanks(p);
    if (keyword) {
        size_t n = identifier_length(p);
        const char *name = p->at;
        p->at += n;
        if (n > 0 && accept(p, '=') && peek(p) != '=')
            return copy_text(p, name, n);
        p->at = name;
        return NULL;
    }
    sfd_py *key = peek(p) == '\'' || peek(p) == '"' ? parse_string(p) : NULL;
    if (key && accept(p, ':'))
        return key->text;
    if (!key) { /* another kind of key: nothing that is asked for */
        while (p->at < p->end && *p->at != ':' && *p->at != ',' && *p->at != '}')
            p->line += *p->at++ == '\n';
        accept(p, ':');
    }
    return NULL;
}

typedef enum member_form { FORM_ITEM, FORM_KEYWORD, FORM_PAIR } member_form;

/* Members of a list or dictionary that is being read. */
typedef struct members {
    sfd_py *owner, *last, **link;
    size_t n;
} members;

static void add_member(parser *p, members *m, sfd_py *member)
{
    if (++m->n > SFD_MAX_PY_MEMBERS && m->owner->type == SFD_PY_DICT)
        fail(p, "more than 256 names in one mapping");
    *m->link = m->last = member;
    m->link = &member->next;
}

/* `**name`: the members of a dictionary that is known, else one that is no literal. */
static void parse_unpacked(parser *p, members *m)
{
    const sfd_py *from = parse_expression(p);
    if (!from)
        return;
    if (from->type != SFD_PY_DICT) {
        sfd_py *other = new_value(p, SFD_PY_OTHER);
        if (!other)
            return;
        other->key = "**";
        add_member(p, m, other);
        return;
    }
    for (const sfd_py *f = from->child; f && p->status == SFD_OK; f = f->next) {
        sfd_py *copy = new_value(p, f->type);
        if (!copy)
            return;
        *copy = *f;
        copy->next = NULL;
        add_member(p, m, copy);
    }
}

static void parse_member(parser *p, members *m, member_form form)
{
    skip_blanks(p);
    if (form != FORM_ITEM && p->end - p->at >= 2 && p->at[0] == '*' && p->at[1] == '*') {
        p->at += 2;
        parse_unpacked(p, m);
        return;
    }
    const char *key = form == FORM_ITEM ? NULL : parse_key(p, form == FORM_KEYWORD);
    sfd_py *member = parse_expression(p);
    if (!member)
        return;
    member->key = key;
    add_member(p, m, member);
}

/* Members up to the closing bracket; *comma tells whether one stands before it. */
static sfd_py *parse_members(parser *p, sfd_py_type type, member_form form, char close, bool *comma)
{
    sfd_py *v = new_value(p, type);
    members m = {.owner = v, .link = v ? &v->child : NULL};
    *comma = false;
    if (++p->depth > MAX_NESTING)
        fail(p, "nested deeper than 32");
    while (p->status == SFD_OK && !accept(p, close)) {
        if (p->at == p->end) {
            fail(p, "a bracket without end");
            break;
        }
        const char *before = p->at;
        parse_member(p, &m, form);
        if (p->status != SFD_OK)
            break;
        skip_blanks(p);
        *comma = accept(p, ',');
        if (!*comma && peek(p) != close) { /* an operator follows */
            if (m.last)
                m.last->type = SFD_PY_OTHER;
            skip_expression(p);
            *comma = accept(p, ',');
            if (!*comma && peek(p) != close)
                fail(p, "expected a comma or a closing bracket");
        }
        if (p->at == before)
            fail(p, "expected a value");
    }
    p->depth--;
    return p->status == SFD_OK ? v : NULL;
}

/* A tuple, or a value in parentheses. */
static sfd_py *parse_parentheses(parser *p)
{
    bool comma;
    sfd_py *v = parse_members(p, SFD_PY_LIST, FORM_ITEM, ')', &comma);
    return v && v->child && !v->child->next && !comma ? v->child : v;
}

static sfd_py *parse_brackets(parser *p, sfd_py_type type, member_form form, char close)
{
    bool comma;
    return parse_members(p, type, form, close, &comma);
}

/* len(...) behind its bracket. */
static sfd_py *parse_length(parser *p)
{
    sfd_py *list = parse_brackets(p, SFD_PY_LIST, FORM_ITEM, ')');
    sfd_py *v = list ? new_value(p, SFD_PY_OTHER) : NULL;
    if (!v || !list->child || list->child->next ||
        (list->child->type != SFD_PY_LIST && list->child->type != SFD_PY_DICT))
        return v;
    v->type = SFD_PY_NUMBER;
    for (const sfd_py *m = list->child->child; m; m = m->next)
        v->number++;
    return v;
}

/* A known variable's value, True or False, dict(...), or something else. */
static sfd_py *parse_name(parser *p)
{
    size_t n = identifier_length(p);
    const char *name = p->at;
    p->at += n;
    if ((peek(p) == '\'' || peek(p) == '"') && n <= 2) { /* r'', b'', f'' */
        const bool formatted = memchr(name, 'f', n) || memchr(name, 'F', n);
        sfd_py *text = parse_string(p);
        if (text && formatted)
            text->type = SFD_PY_OTHER;
        return text;
    }
    if (n == 4 && memcmp(name, "dict", 4) == 0 && accept(p, '('))
        return parse_brackets(p, SFD_PY_DICT, FORM_KEYWORD, ')');
    if (n == 3 && memcmp(name, "len", 3) == 0 && accept(p, '('))
        return parse_length(p);
    sfd_py *v = new_value(p, SFD_PY_OTHER);
    if (!v)
        return NULL;
    if (n == 4 && memcmp(name, "None", 4) == 0) {
        v->type = SFD_PY_NONE;
        return v;
    }
    bool is_true = n == 4 && memcmp(name, "True", 4) == 0;
    if (is_true || (n == 5 && memcmp(name, "False", 5) == 0)) {
        v->type = SFD_PY_BOOL;
        v->number = is_true;
        return v;
    }
    skip_blanks(p);
    const char *word = peek(p) == '(' || peek(p) == '.' ? NULL : copy_text(p, name, n);
    const sfd_py *known = word ? sfd_py_get(p->module, word) : NULL;
    if (known) {
        size_t line = v->line;
        *v = *known;
        v->key = NULL;
        v->next = NULL;
        v->line = line;
    }
    return v;
}

static sfd_py *parse_value(parser *p)
{
    skip_blanks(p);
    char c = peek(p);
    if (c == '\'' || c == '"') {
        sfd_py *v = parse_string(p);
        skip_blanks(p);
        while (v && (peek(p) == '\'' || peek(p) == '"')) { /* adjacent: nothing here needs them */
            parse_string(p);
            skip_blanks(p);
            v->type = SFD_PY_OTHER;
        }
        return v;
    }
    if (c == '-' || isdigit((unsigned char)c) || c == '.')
        return parse_number(p);
    if (isalpha((unsigned char)c) || c == '_')
        return parse_name(p);
    if (c != '\0')
        p->at++;
    if (c == '(')
        return parse_parentheses(p);
    if (c == '[')
        return parse_brackets(p, SFD_PY_LIST, FORM_ITEM, ']');
    if (c == '{')
        return parse_brackets(p, SFD_PY_DICT, FORM_PAIR, '}');
    return new_value(p, SFD_PY_OTHER); /* **kwargs, lambda, ... */
}

/* a * b ... : `level` 1, of numbers; a + b - c ...: `level` 0, of those. Anything else that stands
 * behind a value is left to the caller, who takes it for more than a literal. */
static sfd_py *parse_operation(parser *p, int level)
{
    sfd_py *v = level ? parse_value(p) : parse_operation(p, 1);
    for (skip_blanks(p); v && p->status == SFD_OK; skip_blanks(p)) {
        const char op = peek(p);
        const bool power = p->end - p->at >= 2 && p->at[1] == '*';
        if (v->type != SFD_PY_NUMBER || (level ? op != '*' || power : op != '+' && op != '-'))
            break;
        p->at++;
        const sfd_py *right = level ? parse_value(p) : parse_operation(p, 1);
        if (!right)
            return NULL;
        if (right->type != SFD_PY_NUMBER)
            v->type = SFD_PY_OTHER;
        v->number = op == '*'   ? v->number * right->number
                    : op == '+' ? v->number + right->number
                                : v->number - right->number;
    }
    return v;
}

static sfd_py *parse_expression(parser *p)
{
    return parse_operation(p, 0);
}

/* The variable `name` gets a value. */
static void assign(parser *p, members *module, const char *name, size_t n, sfd_py *v)
{
    const char *key = v ? copy_text(p, name, n) : NULL;
    if (!key)
        return;
    v->key = key;
    add_member(p, module, v);
}

static bool starts_with(const char *at, const char *end, const char *word)
{
    const size_t n = strlen(word);
    return (size_t)(end - at) >= n && memcmp(at, word, n) == 0;
}

/* What follows a name at the start of a statement and may change the variable. */
static bool may_change(parser *p)
{
    skip_blanks(p);
    const char c = peek(p), after = p->at + 1 < p->end ? p->at[1] : '\0';
    return c == '.' || c == '[' || c == ':' || (c == '=' && after != '=') ||
           (after == '=' && strchr("+-*/|&", c) && c != '\0');
}

/* Up to the end of the line, or of the last one within brackets. */
static void skip_statement(parser *p)
{
    while (p->status == SFD_OK && p->at < p->end && *p->at != '\n') {
        skip_expression(p);
        if (p->at < p->end && *p->at != '\n')
            p->at++;
    }
    if (p->at < p->end) {
        p->at++;
        p->line++;
    }
}

/* `name = expression` at the start of a line. Other statements are passed over; variables that they
 * may change have no known value from there on. */
static void parse_statement(parser *p, members *module)
{
    const char *start = p->at;
    skip_blanks(p);
    const bool indented = p->at > start;
    const size_t n = identifier_length(p);
    const char *name = p->at;
    p->at += n;
    if (n > 0 && !indented && accept(p, '=') && peek(p) != '=') {
        sfd_py *v = parse_expression(p);
        assign(p, module, name, n, v);
        skip_blanks(p);
        if (v && p->at < p->end && *p->at != '\n')
            v->type = SFD_PY_OTHER;
    } else if (n == 4 && memcmp(name, "with", 4) == 0) { /* MMEngine's configs that import others */
        skip_blanks(p);
        if (starts_with(p->at, p->end, "read_base"))
            assign(p, module, "read_base", 9, new_value(p, SFD_PY_OTHER));
    } else if (n == 3 && memcmp(name, "del", 3) == 0) {
        skip_blanks(p);
        assign(p, module, p->at, identifier_length(p), new_value(p, SFD_PY_OTHER));
    } else if (n > 0 && may_change(p)) {
        assign(p, module, name, n, new_value(p, SFD_PY_OTHER));
    }
    skip_statement(p);
}

sfd_status sfd_py_parse(const sfd_py **module, sfd_arena *arena, const char *text, size_t n_bytes,
                        const char *origin, sfd_error *err)
{
    parser p = {
        .at = text, .end = text + n_bytes, .line = 1, .arena = arena, .origin = origin, .err = err};
    p.origin = copy_text(&p, origin, strlen(origin)); /* outlives the caller's */
    if (!p.origin)
        return p.status;
    *module = p.module = new_value(&p, SFD_PY_DICT);
    members names = {.owner = p.module, .link = p.module ? &p.module->child : NULL};
    while (p.status == SFD_OK && p.at < p.end)
        parse_statement(&p, &names);
    return p.status;
}

const sfd_py *sfd_py_get(const sfd_py *v, const char *key)
{
    const sfd_py *found = NULL;
    if (!v || v->type != SFD_PY_DICT)
        return NULL;
    for (const sfd_py *m = v->child; m; m = m->next)
        if (m->key && strcmp(m->key, key) == 0)
            found = m;
    return found;
}

bool sfd_py_is(const sfd_py *v, const char *text)
{
    return v && v->type == SFD_PY_TEXT && strcmp(v->text, text) == 0;
}
