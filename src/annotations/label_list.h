/* SPDX-License-Identifier: Apache-2.0 */
/* The actions of a set: ids and names, and where a tool has several lists of choices, in which. */
#ifndef SFD_ANNOTATIONS_LABEL_LIST_H
#define SFD_ANNOTATIONS_LABEL_LIST_H

#include "base/labels.h"
#include "base/name_table.h"

typedef struct sfd_action_label {
    int id;            /* 1 and more; 0 in files that count from 0 */
    const char *name;  /* NULL: only the id is known */
    const char *group; /* the attribute it is a value of; NULL: stands alone */
} sfd_action_label;

typedef struct sfd_label_list {
    sfd_action_label *items;
    size_t n, n_alloc;
    bool given;                         /* by the user: names that are not on it are none */
    size_t by_id[SFD_MAX_LABEL_ID + 1]; /* index + 1, 0: none */
    sfd_name_table by_name;             /* "name", and "group: name" where there is a group */
    char **texts;                       /* all names, to be freed */
    size_t n_texts, n_texts_alloc;
    int max_id;
} sfd_label_list;

#define SFD_NO_LABEL ((size_t)-1)

/* From a .pbtxt or a built-in list. Errors: as sfd_label_map_read. */
sfd_status sfd_label_list_read(sfd_label_list *l, const char *path, sfd_error *err);
void sfd_label_list_free(sfd_label_list *l);

/* The label of an id, which is added where it is not there: *out. Errors: SFD_ERR_FORMAT (an id
 * below 0 or beyond SFD_MAX_LABEL_ID), SFD_ERR_NOMEM. */
sfd_status sfd_label_list_by_id(sfd_label_list *l, int id, size_t *out, sfd_error *err);

/* The label of a name, which is added with the next id unless the list was given: *out,
 * SFD_NO_LABEL where it is not on that. `group` may be NULL. Errors: SFD_ERR_UNSUPPORTED (too
 * many), SFD_ERR_NOMEM.
 */
sfd_status sfd_label_list_by_name(sfd_label_list *l, const char *group, const char *name,
                                  size_t *out, sfd_error *err);
/* The same with an id that goes with the name where it has to be added (id taken: the next one). */
sfd_status sfd_label_list_named(sfd_label_list *l, const char *group, const char *name, int id,
                                size_t *out, sfd_error *err);

/* Whether a tool's label or category is about people as such, not about what they do. */
bool sfd_means_person(const char *name);

/* A name that no other label has: "name", or "group: name", or "action 12". Returns `text`. */
#define SFD_LABEL_CHARS 512
const char *sfd_label_full_name(const sfd_label_list *l, size_t i, char text[SFD_LABEL_CHARS]);

/* The list as AVA's pbtxt text, to be freed. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_label_list_text(const sfd_label_list *l, char **text, sfd_error *err);

#endif
