/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files that read Python: characters and tokens, expressions, statements. */
#ifndef SFD_CONFIG_PYTHON_PARSER_H
#define SFD_CONFIG_PYTHON_PARSER_H

#include "config/python_literals.h"

#define SFD_PY_MAX_NESTING 32

typedef struct sfd_py_parser {
    const char *at, *end;
    size_t line;
    int depth; /* of open brackets: line ends count outside of them only */
    sfd_arena *arena;
    sfd_py *module, **link; /* its members, and where the next one goes */
    size_t n_members;
    const char *origin;
    sfd_error *err;
    sfd_status status; /* of the first failure, which ends the reading */
} sfd_py_parser;

/* -- python_text.c */

void sfd_py_fail(sfd_py_parser *p, const char *problem);
void *sfd_py_allocate(sfd_py_parser *p, size_t n);
sfd_py *sfd_py_new(sfd_py_parser *p, sfd_py_type type);
char *sfd_py_copy_text(sfd_py_parser *p, const char *text, size_t n);

char sfd_py_peek(const sfd_py_parser *p, size_t ahead); /* '\0' behind the end */

/* Blanks and comments; line ends too inside brackets. */
void sfd_py_skip_blanks(sfd_py_parser *p);
bool sfd_py_accept(sfd_py_parser *p, char c);
bool sfd_py_at_equals(sfd_py_parser *p); /* `=`, not `==` */
bool sfd_py_at_line_end(sfd_py_parser *p);

size_t sfd_py_identifier_length(const sfd_py_parser *p);
bool sfd_py_word_is(const char *word, size_t n, const char *wanted);
bool sfd_py_is_reserved(const char *word, size_t n);

/* One or more neighbouring strings with their prefixes; escapes stay as they are. At something
 * else: false. */
bool sfd_py_at_string(const sfd_py_parser *p);
sfd_py *sfd_py_parse_string(sfd_py_parser *p);
sfd_py *sfd_py_parse_number(sfd_py_parser *p);

/* Passes over one token, of brackets over all that is inside; each word in it is shown. */
typedef void sfd_py_on_word(sfd_py_parser *p, const char *word, size_t n, void *user);
void sfd_py_skip_token(sfd_py_parser *p, sfd_py_on_word *on_word, void *user);

/* What follows a value and makes it more than a literal, to the comma, bracket or end of the
 * statement behind it; true when there is a `for` in it, which makes a comprehension. Fails where
 * no operator follows. */
bool sfd_py_skip_operation(sfd_py_parser *p);

/* -- python_literals.c */

sfd_py *sfd_py_parse_expression(sfd_py_parser *p);
/* A variable that may change: its value and all that it consists of, wherever else that is used. */
void sfd_py_forget(sfd_py *v);
/* A list or dictionary without members. */
bool sfd_py_is_empty(const sfd_py *v);
sfd_py *sfd_py_variable(const sfd_py_parser *p, const char *name, size_t n); /* NULL: unknown */
/* The text in `['text']`; NULL, and nothing is read: something else. */
const char *sfd_py_parse_item_key(sfd_py_parser *p);
sfd_py *sfd_py_item(const sfd_py *dict, const char *key); /* NULL: not known */

#endif
