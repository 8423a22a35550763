/* SPDX-License-Identifier: Apache-2.0 */
/* Values of MMAction2's Python configs: dictionaries whose keys are all known. */
#ifndef SFD_CONFIG_MMACTION2_VALUES_H
#define SFD_CONFIG_MMACTION2_VALUES_H

#include "base/notes.h"
#include "config/config.h"
#include "config/python_literals.h"

typedef struct sfd_mm_reader {
    sfd_net_config *c;
    const char *origin;
    const char *where; /* dictionary being read: "model.backbone.slow_pathway" */
    sfd_notes *notes;
    sfd_error *err;
    sfd_status status; /* of the first failure, which ends the reading */
} sfd_mm_reader;

/* Reads a value into *field; `aux` is what else it needs. */
typedef void sfd_mm_read(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux);

typedef struct sfd_mm_key {
    const char *name;
    sfd_mm_read *read; /* NULL: changes nothing that matters here */
    void *field;
    const void *aux;
} sfd_mm_key;

/* Reads all members of a dictionary (nothing when it is NULL) by a table that ends with a NULL
 * name. Keys that are not in the table are refused by name, and values that matter but are no
 * literals. MMEngine's own, _delete_ and _scope_, stand anywhere. */
void sfd_mm_read_dict(sfd_mm_reader *r, const sfd_py *dict, const char *where,
                      const sfd_mm_key *keys);

/* "file:line: where.key: <problem>"; `key` NULL: where alone. */
void sfd_mm_fail(sfd_mm_reader *r, const sfd_py *v, sfd_status status, const char *problem);

sfd_mm_read sfd_mm_int, sfd_mm_bool; /* None leaves the field alone */
sfd_mm_read sfd_mm_square;           /* a side, or two equal ones, into int field */
sfd_mm_read sfd_mm_stage_ints;       /* four numbers into int field[SFD_N_STAGES] */
sfd_mm_read sfd_mm_channels;         /* three numbers / 255 into float field[3] */
sfd_mm_read sfd_mm_member;           /* the value itself into const sfd_py *field */
/* Values that must be as `aux` says, as other ones are not supported: a text (whatever scope stands
 * before it), one of several, numbers ("1 7 7"; a single number stands for all), True or False. */
sfd_mm_read sfd_mm_want_text, sfd_mm_want_numbers, sfd_mm_want_true, sfd_mm_want_false,
    sfd_mm_want_none;
/* The number of channels, *(const int *)aux, that come to where the key stands. */
sfd_mm_read sfd_mm_want_channels;
/* The position of a text in the NULL-terminated list `aux` into an int. */
sfd_mm_read sfd_mm_choice;

/* True when a type's name is `name`, with or without a scope before it ("mmaction.X"). */
bool sfd_mm_is_type(const sfd_py *type, const char *name);

#endif
