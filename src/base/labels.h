/* SPDX-License-Identifier: Apache-2.0 */
/* AVA label maps: text protobuf files that give action ids their names. */
#ifndef SFD_BASE_LABELS_H
#define SFD_BASE_LABELS_H

#include <sfdet/common.h>

#define SFD_MAX_LABEL_ID 4096

/* Which lines count. */
typedef enum sfd_label_dialect {
    /* any layout of `item { name: "..." id: N }` and `label { name: "..." label_id: N }` */
    SFD_LABELS_ANY_LAYOUT,
    /* the same; of text in no such layout, what the official AVA evaluator's line reader sees: two
     * blanks, then the key */
    SFD_LABELS_OFFICIAL
} sfd_label_dialect;

/* The lists of data/ava, compiled in. */
typedef enum sfd_builtin_labels {
    SFD_LABELS_AVA_80, /* all classes of AVA */
    SFD_LABELS_AVA_60  /* those its benchmark evaluates */
} sfd_builtin_labels;

typedef struct sfd_label_map {
    int max_id;         /* ids run from 1 to max_id; 0 when the map is empty */
    size_t n_labels;    /* how many ids are on the list */
    const char **names; /* [max_id + 1]; NULL where an id is not on the list; owned by the map */
} sfd_label_map;

/* Control characters in names become '?'. `path` may name a built-in list,
 * NULL is SFD_AVA_80. "-" is stdin. Where the official line reader meets an id twice the last name
 * counts; with any layout that is an error. So is an empty list. Errors: SFD_ERR_IO, SFD_ERR_FORMAT
 * (naming the line; also ids beyond SFD_MAX_LABEL_ID and text that is not UTF-8), SFD_ERR_NOMEM;
 * *out is zeroed then. */
sfd_status sfd_label_map_read(sfd_label_map *out, const char *path, sfd_label_dialect dialect,
                              sfd_error *err);
sfd_status sfd_label_map_parse(sfd_label_map *out, const char *name, const char *text,
                               size_t n_bytes, sfd_label_dialect dialect, sfd_error *err);
/* Errors: SFD_ERR_NOMEM. */
sfd_status sfd_label_map_builtin(sfd_label_map *out, sfd_builtin_labels list, sfd_error *err);
void sfd_label_map_free(sfd_label_map *map);

/* The list as AVA's pbtxt text, to be freed; NULL when memory is out. */
char *sfd_label_map_text(const sfd_label_map *map);

/* Name of an id, or NULL. */
const char *sfd_label_name(const sfd_label_map *map, int id);

#endif
