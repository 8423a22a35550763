/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of Python: assignments, and what may change a variable. */
#include "config/python_parser.h"

#include <string.h>

#define MAX_TARGETS    16   /* a = b = c = ... */
#define MAX_ITEM_PARTS 4096 /* of a value that an item is set to */

static void assign(sfd_py_parser *p, const char *name, size_t n, const sfd_py *value)
{
    sfd_py *v = sfd_py_variable(p, name, n);
    if (!v) {
        if (++p->n_members > SFD_MAX_PY_MEMBERS)
            sfd_py_fail(p, "more than 256 names in one mapping");
        v = sfd_py_new(p, SFD_PY_OTHER);
        const char *key = v ? sfd_py_copy_text(p, name, n) : NULL;
        if (!key)
            return;
        v->key = key;
        *p->link = v;
        p->link = &v->next;
    }
    const char *key = v->key;
    sfd_py *next = v->next;
    *v = value ? *value : (sfd_py){.origin = p->origin, .line = p->line};
    v->key = key;
    v->next = next;
}

/* -- statements that are no assignments */

typedef struct statement {
    bool prints;  /* changes nothing */
    bool binds;   /* import, def, class, del: every name in it, or the next one */
    bool imports; /* all of its names */
} statement;

/* Whatever such a statement names may be something else behind it. */
static void on_word(sfd_py_parser *p, const char *word, size_t n, void *user)
{
    statement *s = user;
    sfd_py *known = sfd_py_variable(p, word, n);
    if (sfd_py_word_is(word, n, "import"))
        s->imports = true;
    if (sfd_py_is_reserved(word, n)) {
        if (sfd_py_at_equals(p))
            sfd_py_fail(p, "a word of Python's own cannot be assigned to");
        s->binds = sfd_py_word_is(word, n, "as") || sfd_py_word_is(word, n, "for") ||
                   sfd_py_word_is(word, n, "def") || sfd_py_word_is(word, n, "class") ||
                   sfd_py_word_is(word, n, "del");
        return;
    }
    const bool assigned = sfd_py_at_equals(p);
    if (assigned && p->depth > 0) /* the name of an argument */
        return;
    const bool bound = s->binds || (s->imports && !sfd_py_word_is(word, n, "read_base"));
    s->binds = false;
    if (known && !s->prints)
        sfd_py_forget(known);
    if (bound || assigned || (sfd_py_peek(p, 0) == ':' && sfd_py_peek(p, 1) == '='))
        assign(p, word, n, NULL);
}

/* A name is not followed by another, but for the words that are names elsewhere. */
static void check_beginning(sfd_py_parser *p)
{
    const char *start = p->at;
    const size_t n = sfd_py_identifier_length(p);
    const bool free = n == 0 || sfd_py_at_string(p) || sfd_py_is_reserved(start, n) ||
                      sfd_py_word_is(start, n, "match") || sfd_py_word_is(start, n, "case") ||
                      sfd_py_word_is(start, n, "type");
    p->at += n;
    sfd_py_skip_blanks(p);
    const char c = sfd_py_peek(p, 0);
    if (!free && c != '\0' && !strchr("+-*/%@&|^<>.[(=:!,;\n", c) &&
        !sfd_py_is_reserved(p->at, sfd_py_identifier_length(p)))
        sfd_py_fail(p, "an operator or the end of the line is missing");
    p->at = start;
}

/* Up to the end of the line, or of the last one within brackets. */
static void skip_statement(sfd_py_parser *p)
{
    const size_t n = sfd_py_identifier_length(p);
    statement s = {.prints = sfd_py_word_is(p->at, n, "print") ||
                             sfd_py_word_is(p->at, n, "assert") ||
                             sfd_py_word_is(p->at, n, "raise")};
    if (sfd_py_word_is(p->at, n, "with")) { /* MMEngine's configs that import others */
        const char *start = p->at;
        p->at += n;
        sfd_py_skip_blanks(p);
        if (sfd_py_word_is(p->at, sfd_py_identifier_length(p), "read_base"))
            assign(p, "read_base", 9, NULL);
        p->at = start;
    }
    check_beginning(p);
    while (p->status == SFD_OK && !sfd_py_at_line_end(p))
        sfd_py_skip_token(p, on_word, &s);
}

/* -- assignments */

/* `name =`, `name: annotation =`; false: something else, of which nothing was read. */
static bool read_target(sfd_py_parser *p, const char **name, size_t *n)
{
    const char *start = p->at;
    const size_t line = p->line;
    *n = sfd_py_identifier_length(p);
    *name = p->at;
    p->at += *n;
    if (*n > 0 && !sfd_py_is_reserved(*name, *n)) {
        if (sfd_py_accept(p, ':') && !sfd_py_at_equals(p))
            while (p->status == SFD_OK && !sfd_py_at_line_end(p) && !sfd_py_at_equals(p))
                sfd_py_skip_token(p, NULL, NULL);
        if (sfd_py_at_equals(p) && p->at[-1] != ':') {
            p->at++;
            return true;
        }
    }
    p->at = start;
    p->line = line;
    return false;
}

/* Behind the targets; what is more than a literal is passed over. */
static sfd_py *parse_assigned(sfd_py_parser *p)
{
    sfd_py *v = sfd_py_parse_expression(p);
    while (v && p->status == SFD_OK && !sfd_py_at_line_end(p) && *p->at != ';') {
        v->type = SFD_PY_OTHER;
        if (!sfd_py_accept(p, ','))
            sfd_py_skip_operation(p);
        else if (!sfd_py_at_line_end(p) && *p->at != ';')
            sfd_py_parse_expression(p);
    }
    return p->status == SFD_OK ? v : NULL;
}

/* -- assignments to items */

/* The list that begins with `first` is in `v`, or may be; so a dictionary would come into itself.
 */
static bool may_contain(const sfd_py *v, const sfd_py *first, size_t *budget)
{
    for (const sfd_py *m = v->child; m; m = m->next)
        if (m == first || (*budget)-- == 0 || may_contain(m, first, budget))
            return true;
    return false;
}

static void set_item(sfd_py_parser *p, sfd_py *owner, const char *key, sfd_py *value)
{
    size_t n = 0, budget = MAX_ITEM_PARTS;
    sfd_py **link = &owner->child;
    for (; *link; link = &(*link)->next)
        n++;
    if (owner->child && may_contain(value, owner->child, &budget))
        *value = (sfd_py){.origin = p->origin, .line = p->line};
    value->key = key;
    sfd_py *member = sfd_py_item(owner, key);
    if (member) { /* in place: under the owner's other names as well */
        value->next = member->next;
        *member = *value;
    } else if (n + 1 > SFD_MAX_PY_MEMBERS) {
        sfd_py_fail(p, "more than 256 names in one mapping");
    } else {
        *link = value;
    }
}

/* `name['key'] = value`, `name['key']['key'] = value` ...; false: something else, of which nothing
 * was read. An empty dictionary within another may have more names, and is not followed. */
static bool assign_item(sfd_py_parser *p)
{
    const char *start = p->at, *key = NULL;
    const size_t line = p->line, n = sfd_py_identifier_length(p);
    sfd_py *variable = n > 0 ? sfd_py_variable(p, p->at, n) : NULL, *owner = variable;
    p->at += n;
    while (owner && owner->type == SFD_PY_DICT) {
        const char *next = sfd_py_parse_item_key(p);
        if (!next)
            break;
        if (key)
            owner = sfd_py_item(owner, key);
        key = next;
    }
    if (key && owner && owner->type == SFD_PY_DICT && (owner->child || owner == variable) &&
        sfd_py_at_equals(p)) {
        p->at++;
        sfd_py *value = sfd_py_parse_expression(p);
        if (p->status != SFD_OK)
            return true;
        if (sfd_py_at_line_end(p) || *p->at == ';') {
            set_item(p, owner, key, value);
            return true;
        }
    }
    p->at = start;
    p->line = line;
    return false;
}

static void parse_simple(sfd_py_parser *p)
{
    const char *names[MAX_TARGETS];
    size_t lengths[MAX_TARGETS], n = 0;
    while (n < MAX_TARGETS && read_target(p, &names[n], &lengths[n])) {
        n++;
        sfd_py_skip_blanks(p);
    }
    if (n == 0) {
        if (!assign_item(p))
            skip_statement(p);
        return;
    }
    sfd_py *v = parse_assigned(p);
    if (v && n > 1 && sfd_py_is_empty(v)) /* and is filled under one of its names */
        v->type = SFD_PY_OTHER;
    for (size_t i = 0; v && i < n; i++)
        assign(p, names[i], lengths[i], v);
}

/* A line at the margin may begin a block, whose lines are indented. */
static void parse_line(sfd_py_parser *p, bool *block)
{
    const char *start = p->at;
    sfd_py_skip_blanks(p);
    const bool indented = p->at > start;
    const size_t n = sfd_py_identifier_length(p);
    if (!sfd_py_at_line_end(p)) {
        if (indented && !*block)
            sfd_py_fail(p, "an indented line outside of a block");
        if (!indented)
            *block =
                *p->at == '@' || sfd_py_is_reserved(p->at, n) || sfd_py_word_is(p->at, n, "match");
        if (indented)
            skip_statement(p);
        else
            parse_simple(p);
        while (p->status == SFD_OK && sfd_py_accept(p, ';') && !sfd_py_at_line_end(p))
            parse_simple(p);
    }
    if (p->status == SFD_OK && !sfd_py_at_line_end(p))
        sfd_py_fail(p, "the end of the line is missing");
    if (p->at < p->end) {
        p->at++;
        p->line++;
    }
}

sfd_status sfd_py_parse(const sfd_py **module, sfd_arena *arena, const char *text, size_t n_bytes,
                        const char *origin, sfd_error *err)
{
    sfd_py_parser p = {
        .at = text, .end = text + n_bytes, .line = 1, .arena = arena, .origin = origin, .err = err};
    p.origin = sfd_py_copy_text(&p, origin, strlen(origin)); /* outlives the caller's */
    if (!p.origin)
        return p.status;
    *module = p.module = sfd_py_new(&p, SFD_PY_DICT);
    if (!p.module)
        return p.status;
    p.link = &p.module->child;
    if (memchr(text, '\0', n_bytes))
        sfd_py_fail(&p, "has a zero byte: is no Python text");
    bool block = false;
    while (p.status == SFD_OK && p.at < p.end)
        parse_line(&p, &block);
    return p.status;
}
