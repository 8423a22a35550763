/* SPDX-License-Identifier: Apache-2.0 */
/* The literals among the assignments of a Python file: `name = dict(a=1, b=[2, 'text'])`. Nothing
 * is executed beyond sums and products of numbers and len() of a list: what is more than that is
 * SFD_PY_OTHER, which is the value, too, of a variable that a later statement may change
 * (`model['a'] = 2`, assignments within blocks). */
#ifndef SFD_CONFIG_PYTHON_LITERALS_H
#define SFD_CONFIG_PYTHON_LITERALS_H

#include "base/arena.h"

#include <sfdet/common.h>

/* Of one mapping, the module's variables among them. */
#define SFD_MAX_PY_MEMBERS 256

typedef enum sfd_py_type {
    SFD_PY_OTHER,
    SFD_PY_NONE,
    SFD_PY_NUMBER,
    SFD_PY_BOOL,
    SFD_PY_TEXT,
    SFD_PY_LIST,
    SFD_PY_DICT
} sfd_py_type;

typedef struct sfd_py {
    sfd_py_type type;
    const char *origin; /* file */
    size_t line;        /* where it begins */
    double number;      /* NUMBER, BOOL */
    const char *text;   /* TEXT; final zero */
    const char *key;    /* name of this member of a DICT, else NULL */
    struct sfd_py *child, *next;
} sfd_py;

/* *module: a DICT of the file's assignments, in the arena. Errors: SFD_ERR_FORMAT naming the line,
 * SFD_ERR_NOMEM. */
sfd_status sfd_py_parse(const sfd_py **module, sfd_arena *arena, const char *text, size_t n_bytes,
                        const char *origin, sfd_error *err);

/* Member of a dictionary (the last of that name), NULL when v is NULL, no dictionary or without. */
const sfd_py *sfd_py_get(const sfd_py *v, const char *key);
bool sfd_py_is(const sfd_py *v, const char *text);

#endif
