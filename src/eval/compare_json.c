/* SPDX-License-Identifier: Apache-2.0 */
/* A comparison as JSON. */
#include "base/error.h"
#include "base/outfile.h"
#include "base/utf8.h"
#include "eval/json_parts.h"

#include <sfdet/compare.h>
#include <stdio.h>
#include <stdlib.h>

static bool add_name(cJSON *root, const char *key, const char *name)
{
    char *text = sfd_utf8_copy(name);
    const bool ok = text && cJSON_AddStringToObject(root, key, text);
    free(text);
    return ok;
}

static bool add_changes(cJSON *item, size_t above_a, size_t above_b, size_t gained, size_t lost)
{
    return sfd_json_add_number(item, "n_above_a", (double)above_a) &&
           sfd_json_add_number(item, "n_above_b", (double)above_b) &&
           sfd_json_add_number(item, "n_gained", (double)gained) &&
           sfd_json_add_number(item, "n_lost", (double)lost);
}

static bool add_class(cJSON *classes, const sfd_comparison_class *c)
{
    cJSON *item = cJSON_CreateObject();
    return cJSON_AddItemToArray(classes, item) && sfd_json_add_number(item, "id", c->id) &&
           sfd_json_add_number(item, "largest_difference", c->largest) &&
           sfd_json_add_number(item, "mean_difference", c->mean) &&
           add_changes(item, c->n_above_a, c->n_above_b, c->n_gained, c->n_lost);
}

static bool add_all(cJSON *root, const sfd_comparison *c, const char *name_a, const char *name_b)
{
    bool ok = add_name(root, "a", name_a) && add_name(root, "b", name_b) &&
              sfd_json_add_number(root, "n_boxes", (double)c->n_boxes) &&
              sfd_json_add_number(root, "largest_difference", c->largest) &&
              sfd_json_add_number(root, "largest_difference_id", c->largest_id) &&
              sfd_json_add_number(root, "mean_difference", c->mean) &&
              sfd_json_add_number(root, "rank_correlation", c->rank_correlation) &&
              sfd_json_add_number(root, "threshold", c->threshold) &&
              add_changes(root, c->n_above_a, c->n_above_b, c->n_gained, c->n_lost) &&
              sfd_json_add_number(root, "mAP_a", c->map_a) &&
              sfd_json_add_number(root, "mAP_b", c->map_b);
    cJSON *classes = cJSON_AddArrayToObject(root, "classes");
    for (size_t i = 0; i < c->n_classes && ok; i++)
        ok = add_class(classes, &c->classes[i]);
    return ok && classes;
}

static sfd_status write_text(const char *path, const char *text, sfd_error *err)
{
    sfd_outfile *f;
    const sfd_status status = sfd_outfile_open(&f, path, err);
    if (status != SFD_OK)
        return status;
    fprintf(sfd_outfile_stream(f), "%s\n", text);
    return sfd_outfile_commit(f, err);
}

sfd_status sfd_comparison_write_json(const sfd_comparison *c, const char *path, const char *name_a,
                                     const char *name_b, sfd_error *err)
{
    cJSON *root = cJSON_CreateObject();
    char *text = root && add_all(root, c, name_a, name_b) ? cJSON_Print(root) : NULL;
    const sfd_status status = text ? write_text(path, text, err) : sfd_fail_nomem(err, path);
    cJSON_free(text);
    cJSON_Delete(root);
    return status;
}
