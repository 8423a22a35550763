/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions of Python, as far as they are literals. */
#include "config/python_parser.h"

#include <ctype.h>
#include <string.h>

void sfd_py_forget(sfd_py *v)
{
    if (v->type == SFD_PY_OTHER)
        return;
    v->type = SFD_PY_OTHER;
    for (sfd_py *m = v->child; m; m = m->next)
        sfd_py_forget(m);
}

bool sfd_py_is_empty(const sfd_py *v)
{
    return (v->type == SFD_PY_LIST || v->type == SFD_PY_DICT) && !v->child;
}

sfd_py *sfd_py_variable(const sfd_py_parser *p, const char *name, size_t n)
{
    sfd_py *found = NULL;
    for (sfd_py *m = p->module->child; m; m = m->next)
        if (*m->key == *name && sfd_py_word_is(name, n, m->key))
            found = m;
    return found;
}

/* -- members of lists, dictionaries and calls of dict() */

typedef enum member_form { FORM_ITEM, FORM_KEYWORD, FORM_PAIR } member_form;

/* What is being read. */
typedef struct members {
    sfd_py *owner, *last, **link;
    member_form form;
    char close;
    size_t n;
    bool comma; /* stands behind the last one */
} members;

static void add_member(sfd_py_parser *p, members *m, sfd_py *member, const char *key)
{
    if (m->form == FORM_KEYWORD && key && *key != '*' && sfd_py_get(m->owner, key))
        sfd_py_fail(p, "an argument of dict() is given twice");
    if (++m->n > SFD_MAX_PY_MEMBERS && m->owner->type == SFD_PY_DICT)
        sfd_py_fail(p, "more than 256 names in one mapping");
    member->key = key;
    *m->link = m->last = member;
    m->link = &member->next;
}

/* `**name`: the members of a dictionary that is known, else one that is no literal. */
static void parse_unpacked(sfd_py_parser *p, members *m)
{
    const sfd_py *from = sfd_py_parse_expression(p);
    sfd_py_skip_blanks(p);
    const bool alone = sfd_py_peek(p, 0) == ',' || sfd_py_peek(p, 0) == m->close;
    if (from && !alone)
        sfd_py_skip_operation(p);
    if (!from || p->status != SFD_OK)
        return;
    if (!alone || from->type != SFD_PY_DICT) {
        sfd_py *other = sfd_py_new(p, SFD_PY_OTHER);
        if (other)
            add_member(p, m, other, "**");
        return;
    }
    for (const sfd_py *f = from->child; f && p->status == SFD_OK; f = f->next) {
        sfd_py *copy = sfd_py_new(p, f->type);
        if (!copy)
            return;
        *copy = *f;
        copy->next = NULL;
        add_member(p, m, copy, f->key);
    }
}

/* `name=` of an argument; NULL: it has none. */
static const char *parse_keyword(sfd_py_parser *p)
{
    const size_t n = sfd_py_identifier_length(p);
    const char *name = p->at;
    p->at += n;
    if (n == 0 || !sfd_py_at_equals(p)) {
        p->at = name;
        return NULL;
    }
    if (sfd_py_is_reserved(name, n))
        sfd_py_fail(p, "a word of Python's own cannot name an argument");
    p->at++;
    return sfd_py_copy_text(p, name, n);
}

/* `key: value`, or an item of a set. Keys that are no text are none that is asked for. */
static void parse_pair(sfd_py_parser *p, members *m)
{
    const sfd_py *key = sfd_py_parse_expression(p);
    if (!key)
        return;
    bool literal = key->type == SFD_PY_TEXT;
    for (sfd_py_skip_blanks(p); p->status == SFD_OK && p->at < p->end && !strchr(":,}", *p->at);
         sfd_py_skip_blanks(p)) {
        literal = false;
        sfd_py_skip_token(p, NULL, NULL);
    }
    const bool is_set = sfd_py_peek(p, 0) != ':';
    if (m->n > 0 && is_set != (m->owner->type == SFD_PY_OTHER))
        sfd_py_fail(p, "a key without a value");
    if (is_set) {
        m->owner->type = SFD_PY_OTHER;
        m->n++;
        return;
    }
    p->at++;
    sfd_py *value = sfd_py_parse_expression(p);
    if (value)
        add_member(p, m, value, literal ? key->text : NULL);
}

static void parse_member(sfd_py_parser *p, members *m)
{
    sfd_py_skip_blanks(p);
    if (m->form != FORM_ITEM && sfd_py_peek(p, 0) == '*' && sfd_py_peek(p, 1) == '*') {
        p->at += 2;
        parse_unpacked(p, m);
        return;
    }
    if (m->form == FORM_PAIR) {
        parse_pair(p, m);
        return;
    }
    if (sfd_py_peek(p, 0) == '*') /* nobody knows how many */
        m->owner->type = SFD_PY_OTHER;
    const char *key = m->form == FORM_KEYWORD ? parse_keyword(p) : NULL;
    if (m->form == FORM_KEYWORD && !key && m->last && sfd_py_peek(p, 0) != '*')
        sfd_py_fail(p, "an argument without a name behind one that has one");
    sfd_py *member = sfd_py_parse_expression(p);
    if (member)
        add_member(p, m, member, key);
}

/* What follows a member: a comma, the end, or an operation. */
static void parse_separator(sfd_py_parser *p, members *m)
{
    m->comma = sfd_py_accept(p, ',');
    if (m->comma || sfd_py_peek(p, 0) == m->close || p->status != SFD_OK)
        return;
    const bool is_comprehension = sfd_py_skip_operation(p);
    if (m->last)
        m->last->type = SFD_PY_OTHER;
    if (!m->last || is_comprehension)
        m->owner->type = SFD_PY_OTHER;
    m->comma = sfd_py_accept(p, ',');
    if (!m->comma && sfd_py_peek(p, 0) != m->close)
        sfd_py_fail(p, "expected a comma or a closing bracket");
}

/* Members up to the closing bracket. */
static sfd_py *parse_members(sfd_py_parser *p, sfd_py_type type, members *m)
{
    sfd_py *v = m->owner = sfd_py_new(p, type);
    m->link = v ? &v->child : NULL;
    if (p->depth + 1 > SFD_PY_MAX_NESTING)
        sfd_py_fail(p, "nested deeper than 32");
    p->depth++;
    while (p->status == SFD_OK && !sfd_py_accept(p, m->close)) {
        if (p->at == p->end) {
            sfd_py_fail(p, "a bracket without end");
            break;
        }
        parse_member(p, m);
        if (p->status == SFD_OK)
            parse_separator(p, m);
    }
    p->depth--;
    return p->status == SFD_OK ? v : NULL;
}

static sfd_py *parse_brackets(sfd_py_parser *p, sfd_py_type type, member_form form, char close)
{
    members m = {.form = form, .close = close};
    return parse_members(p, type, &m);
}

/* A tuple, or a value in parentheses. */
static sfd_py *parse_parentheses(sfd_py_parser *p)
{
    members m = {.form = FORM_ITEM, .close = ')'};
    sfd_py *v = parse_members(p, SFD_PY_LIST, &m);
    return v && v->child && !v->child->next && !m.comma ? v->child : v;
}

/* len(...) behind its bracket. */
static sfd_py *parse_length(sfd_py_parser *p)
{
    const sfd_py *list = parse_brackets(p, SFD_PY_LIST, FORM_ITEM, ')');
    sfd_py *v = list ? sfd_py_new(p, SFD_PY_OTHER) : NULL;
    if (!v || !list->child || list->child->next || list->child->type != SFD_PY_LIST)
        return v;
    v->type = SFD_PY_NUMBER;
    for (const sfd_py *m = list->child->child; m; m = m->next) {
        v->number++;
        if (m->type == SFD_PY_OTHER) /* of a list that was changed since */
            v->type = SFD_PY_OTHER;
    }
    return v;
}

/* -- values */

/* Behind the dot. */
static bool leaves_alone(const sfd_py_parser *p)
{
    static const char *const methods[] = {"get",  "keys",  "values", "items",
                                          "copy", "index", "count"};
    const size_t n = sfd_py_identifier_length(p);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (sfd_py_word_is(p->at, n, methods[i]))
            return true;
    return false;
}

/* `name.method(`: may change the variable. */
static void forget_if_called(sfd_py_parser *p, const char *name, size_t n)
{
    sfd_py *known = sfd_py_variable(p, name, n);
    p->at++;
    sfd_py_skip_blanks(p);
    if (known && !leaves_alone(p) && !sfd_py_word_is(name, n, "_base_")) /* _base_.name: a value */
        sfd_py_forget(known);
    p->at += sfd_py_identifier_length(p);
}

/* `known` under another name. */
static sfd_py *copy_known(sfd_py_parser *p, sfd_py *known)
{
    sfd_py *v = sfd_py_new(p, SFD_PY_OTHER);
    if (known && sfd_py_is_empty(known)) /* who fills it under either name is not followed */
        sfd_py_forget(known);
    if (v && known) {
        const size_t line = v->line;
        *v = *known;
        v->key = NULL;
        v->next = NULL;
        v->line = line;
    }
    return v;
}

const char *sfd_py_parse_item_key(sfd_py_parser *p)
{
    const char *start = p->at;
    const size_t line = p->line;
    if (sfd_py_accept(p, '[')) {
        sfd_py_skip_blanks(p);
        const sfd_py *key = sfd_py_at_string(p) ? sfd_py_parse_string(p) : NULL;
        if (key && key->type == SFD_PY_TEXT && sfd_py_accept(p, ']'))
            return key->text;
    }
    p->at = start;
    p->line = line;
    return NULL;
}

sfd_py *sfd_py_item(const sfd_py *dict, const char *key)
{
    sfd_py *found = NULL;
    for (sfd_py *m = dict->child; m; m = m->next) {
        if (!m->key || strcmp(m->key, "**") == 0) /* may be any key */
            return NULL;
        if (strcmp(m->key, key) == 0)
            found = m;
    }
    return found;
}

/* `name[...].method(`: looked at only. */
static void forget_if_item_called(sfd_py_parser *p, const char *name, size_t n)
{
    const char *start = p->at;
    const size_t line = p->line;
    for (sfd_py_skip_blanks(p); p->status == SFD_OK && sfd_py_peek(p, 0) == '[';
         sfd_py_skip_blanks(p))
        sfd_py_skip_token(p, NULL, NULL);
    if (p->status == SFD_OK && sfd_py_peek(p, 0) == '.')
        forget_if_called(p, name, n);
    p->at = start;
    p->line = line;
}

/* A variable, or what is under `['key']['key']...` in it; where that is not known it is left for
 * the caller to pass over. */
static sfd_py *parse_variable(sfd_py_parser *p, const char *name, size_t n)
{
    sfd_py *known = sfd_py_variable(p, name, n);
    while (known && known->type == SFD_PY_DICT) {
        const char *start = p->at;
        const size_t line = p->line;
        const char *key = sfd_py_parse_item_key(p);
        sfd_py *item = key ? sfd_py_item(known, key) : NULL;
        if (!item) {
            p->at = start;
            p->line = line;
            break;
        }
        known = item;
    }
    forget_if_item_called(p, name, n);
    return copy_known(p, known);
}

/* A known variable's value, True or False, dict(...), or something else. */
static sfd_py *parse_name(sfd_py_parser *p)
{
    const size_t n = sfd_py_identifier_length(p);
    const char *name = p->at;
    p->at += n;
    if (sfd_py_word_is(name, n, "dict") && sfd_py_accept(p, '('))
        return parse_brackets(p, SFD_PY_DICT, FORM_KEYWORD, ')');
    if (sfd_py_word_is(name, n, "len") && sfd_py_accept(p, '('))
        return parse_length(p);
    if (sfd_py_word_is(name, n, "None"))
        return sfd_py_new(p, SFD_PY_NONE);
    const bool is_true = sfd_py_word_is(name, n, "True");
    if (is_true || sfd_py_word_is(name, n, "False")) {
        sfd_py *v = sfd_py_new(p, SFD_PY_BOOL);
        if (v)
            v->number = is_true;
        return v;
    }
    if (sfd_py_is_reserved(name, n)) {
        sfd_py_fail(p, "a word of Python's own where a value is expected");
        return NULL;
    }
    sfd_py_skip_blanks(p);
    if (sfd_py_peek(p, 0) == '.') {
        forget_if_called(p, name, n);
        return sfd_py_new(p, SFD_PY_OTHER);
    }
    return sfd_py_peek(p, 0) == '(' ? sfd_py_new(p, SFD_PY_OTHER) : parse_variable(p, name, n);
}

static sfd_py *parse_value(sfd_py_parser *p)
{
    sfd_py_skip_blanks(p);
    const char c = sfd_py_peek(p, 0), next = sfd_py_peek(p, 1);
    if (sfd_py_at_string(p))
        return sfd_py_parse_string(p);
    if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)next)))
        return sfd_py_parse_number(p);
    if (sfd_py_identifier_length(p) > 0)
        return parse_name(p);
    if (c == '.' && next == '.' && sfd_py_peek(p, 2) == '.') {
        p->at += 3;
        return sfd_py_new(p, SFD_PY_OTHER);
    }
    if (c != '\0' && strchr("([{", c))
        p->at++;
    if (c == '(')
        return parse_parentheses(p);
    if (c == '[')
        return parse_brackets(p, SFD_PY_LIST, FORM_ITEM, ']');
    if (c == '{')
        return parse_brackets(p, SFD_PY_DICT, FORM_PAIR, '}');
    sfd_py_fail(p, "expected a value");
    return NULL;
}

/* What may stand before a value; its length. */
static size_t sign_length(sfd_py_parser *p)
{
    sfd_py_skip_blanks(p);
    const size_t n = sfd_py_identifier_length(p);
    if (p->at < p->end && strchr("+-~*", *p->at))
        return 1;
    return sfd_py_word_is(p->at, n, "not") || sfd_py_word_is(p->at, n, "await") ? n : 0;
}

/* A value behind signs; of others than + and - none that is known. */
static sfd_py *parse_signed(sfd_py_parser *p)
{
    double sign = 1;
    bool known = true, is_signed = false;
    for (size_t n; (n = sign_length(p)) > 0; p->at += n) {
        sign = *p->at == '-' ? -sign : sign;
        known = known && (*p->at == '-' || *p->at == '+');
        is_signed = true;
    }
    sfd_py *v = parse_value(p);
    if (v && is_signed && (!known || v->type != SFD_PY_NUMBER))
        v->type = SFD_PY_OTHER;
    else if (v && is_signed)
        v->number *= sign;
    return v;
}

/* a * b ... : `level` 1, of numbers; a + b - c ...: `level` 0, of those. Anything else that stands
 * behind a value is left to the caller, who takes it for more than a literal. */
static sfd_py *parse_operation(sfd_py_parser *p, int level)
{
    sfd_py *v = level ? parse_signed(p) : parse_operation(p, 1);
    for (sfd_py_skip_blanks(p); v && p->status == SFD_OK; sfd_py_skip_blanks(p)) {
        const char op = sfd_py_peek(p, 0), next = sfd_py_peek(p, 1);
        if (v->type != SFD_PY_NUMBER || next == '=' ||
            (level ? op != '*' || next == '*' : op != '+' && op != '-'))
            break;
        p->at++;
        const sfd_py *right = level ? parse_signed(p) : parse_operation(p, 1);
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

/* `lambda a, b:`, to the colon of the last of several. */
static bool skip_lambda(sfd_py_parser *p)
{
    bool found = false;
    for (sfd_py_skip_blanks(p); p->status == SFD_OK; sfd_py_skip_blanks(p)) {
        if (!sfd_py_word_is(p->at, sfd_py_identifier_length(p), "lambda"))
            break;
        found = true;
        while (p->status == SFD_OK && !sfd_py_at_line_end(p) && *p->at != ':')
            sfd_py_skip_token(p, NULL, NULL);
        if (!sfd_py_accept(p, ':'))
            sfd_py_fail(p, "a lambda without a colon");
    }
    return found;
}

sfd_py *sfd_py_parse_expression(sfd_py_parser *p)
{
    const bool is_lambda = skip_lambda(p);
    sfd_py *v = p->status == SFD_OK ? parse_operation(p, 0) : NULL;
    if (v && is_lambda)
        v->type = SFD_PY_OTHER;
    return v;
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
