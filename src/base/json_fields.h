/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of JSON objects, and text as JSON. */
#ifndef SFD_BASE_JSON_FIELDS_H
#define SFD_BASE_JSON_FIELDS_H

#include "base/name_table.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* False where there is no such number, or it is not finite. */
bool sfd_json_number(const cJSON *object, const char *key, double *out);
/* A whole number, or one as text ("12"). */
bool sfd_json_whole(const cJSON *object, const char *key, int64_t *out);
bool sfd_json_is_whole(const cJSON *item, int64_t *out);
/* NULL where there is no such text. */
const char *sfd_json_text(const cJSON *object, const char *key);
/* The numbers of an array of exactly n. */
bool sfd_json_numbers(const cJSON *array, double *out, int n);

#define SFD_COCO_PERSON 1 /* COCO's category, unless "categories" say otherwise */

/* Order of COCO's ids, for which some have texts; numbers come first. */
bool sfd_coco_is_id(const cJSON *id);
int sfd_coco_compare_ids(const cJSON *a, const cJSON *b);
/* The id of the category named "person"; false where there is none. */
bool sfd_coco_find_person(const cJSON *categories, int *id);

/* An object's members by name, in time that does not depend on how many there are. */
typedef struct sfd_json_index {
    const cJSON **items;
    sfd_name_table names; /* places in items */
} sfd_json_index;

/* False without memory. Zeroed by the caller; an object that is none has no members. */
bool sfd_json_index_make(sfd_json_index *t, const cJSON *object);
/* NULL where there is none; the first of a name counts. */
const cJSON *sfd_json_index_find(const sfd_json_index *t, const char *name);
void sfd_json_index_free(sfd_json_index *t);

/* A text with its quotes; what is not UTF-8 becomes '?'. */
void sfd_json_put(FILE *f, const char *text);

#endif
