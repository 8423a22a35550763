/* SPDX-License-Identifier: Apache-2.0 */
/* Values of PySlowFast's YAML files: numbers, names, lists. */
#ifndef SFD_CONFIG_YAML_VALUES_H
#define SFD_CONFIG_YAML_VALUES_H

#include "base/notes.h"
#include "config/config.h"

#include <yaml.h>

typedef struct sfd_yaml_reader {
    yaml_document_t document;
    const char *origin;
    bool stored;               /* in a checkpoint: written by a program, so nothing is misspelt */
    const char *section, *key; /* being read */
    bool pytorchvideo;  /* MODEL.MODEL_NAME is PySlowFast's wrapper of PyTorchVideo's builders */
    bool opencv;        /* the data set's pictures are read by OpenCV: B, G, R */
    bool bgr, reversed; /* AVA.BGR, DATA.REVERSE_INPUT_CHANNEL */
    size_t n_inputs;    /* entries of DATA.INPUT_CHANNEL_NUM; 0: not given */
    sfd_net_config *c;
    void *solver; /* where solver.c puts what it reads */
    sfd_notes *notes;
    sfd_error *err;
} sfd_yaml_reader;

typedef struct sfd_names {
    const char *const *name;
    int n;
} sfd_names;

#define SFD_NAMES(...)                                                                             \
    &(const sfd_names)                                                                             \
    {                                                                                              \
        (const char *const[]){__VA_ARGS__},                                                        \
            (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))                     \
    }

/* The last value of that name in a mapping, as PyYAML takes it; NULL when there is none. */
const yaml_node_t *sfd_yaml_find(sfd_yaml_reader *r, const yaml_node_t *mapping, const char *name);

size_t sfd_yaml_line(const yaml_node_t *node);
const char *sfd_yaml_text(const yaml_node_t *scalar);
bool sfd_yaml_is(const yaml_node_t *node, const char *text);

/* "file:line: SECTION.KEY: 'value' <problem>" */
sfd_status sfd_yaml_fail(sfd_yaml_reader *r, const yaml_node_t *node, sfd_status status,
                         const char *problem);

/* Readers of a key's value into *field; `aux` is what they need besides: a list of names. All fail
 * with SFD_ERR_FORMAT, or SFD_ERR_UNSUPPORTED, naming key, line and value. */
typedef sfd_status sfd_yaml_read(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                 const void *aux);

/* How a key's value is read, and where in a struct it goes. */
typedef struct sfd_yaml_key {
    const char *section, *name;
    sfd_yaml_read *read;
    size_t offset;
    const void *aux;
} sfd_yaml_key;

/* Those of n keys that the document has, in the order given, into `target`. */
sfd_status sfd_yaml_read_keys(sfd_yaml_reader *r, const sfd_yaml_key *keys, size_t n, void *target);

sfd_yaml_read sfd_yaml_int, sfd_yaml_bool, sfd_yaml_float, sfd_yaml_double;
sfd_yaml_read sfd_yaml_name; /* position in the list `aux`, an int */
/* One True or False for each of so many places, `aux` an sfd_yaml_flag_list: bits of an int. */
sfd_yaml_read sfd_yaml_flags;
typedef struct sfd_yaml_flag_list {
    size_t n;
    const char *problem; /* of another list */
} sfd_yaml_flag_list;
/* One number, list of three sizes, or list of block numbers (bits of a uint64_t) per stage and
 * pathway of MODEL.ARCH: field[stage][pathway]. */
sfd_yaml_read sfd_yaml_stage_ints, sfd_yaml_stage_pools, sfd_yaml_stage_locations;

size_t sfd_yaml_length(const yaml_node_t *list);
const yaml_node_t *sfd_yaml_item(sfd_yaml_reader *r, const yaml_node_t *list, size_t i);
/* A list of min to max items. */
sfd_status sfd_yaml_want_list(sfd_yaml_reader *r, const yaml_node_t *node, size_t min, size_t max,
                              const char *problem);

#endif
