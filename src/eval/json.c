/* SPDX-License-Identifier: Apache-2.0 */
/* Reports as JSON. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/outfile.h"
#include "base/utf8.h"

#include <sfdet/eval.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All adders return false without memory, and take a NULL parent. NaN becomes null; other numbers
 * get the shortest text that reads back exactly (cJSON's own printing may lose the last bit). */
static bool add_number(cJSON *parent, const char *name, double value)
{
    char text[40];
    if (!isfinite(value))
        return cJSON_AddNullToObject(parent, name) != NULL;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    char *comma = strchr(text, ','); /* the decimal point of some locales */
    if (comma)
        *comma = '.';
    return cJSON_AddRawToObject(parent, name, text) != NULL;
}

static bool add_classes(cJSON *file, const sfd_eval_result *r)
{
    cJSON *classes = cJSON_AddArrayToObject(file, "classes");
    bool ok = classes != NULL;
    for (size_t i = 0; i < r->n_classes && ok; i++) {
        const sfd_eval_class *c = &r->classes[i];
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(classes, item) && add_number(item, "id", c->id) &&
             cJSON_AddStringToObject(item, "name", c->name) &&
             add_number(item, "n_gt", (double)c->n_gt) &&
             add_number(item, "n_det", (double)c->n_det) &&
             add_number(item, "n_tp", (double)c->n_tp) && add_number(item, "AP", c->ap);
    }
    return ok;
}

static bool add_groups(cJSON *file, const sfd_eval_result *r)
{
    cJSON *groups = cJSON_AddObjectToObject(file, "groups");
    return add_number(groups, "pose", r->group_map[SFD_EVAL_POSE]) &&
           add_number(groups, "person-object", r->group_map[SFD_EVAL_OBJECT]) &&
           add_number(groups, "person-person", r->group_map[SFD_EVAL_PERSON]);
}

static bool add_counts(cJSON *file, const char *name, const sfd_eval_counts *c)
{
    const struct {
        const char *name;
        size_t n;
    } counts[] = {
        {"rows", c->n_rows},
        {"off_list", c->n_off_list},
        {"frame_only", c->n_frame_only},
        {"excluded", c->n_excluded},
        {"unknown_frame", c->n_unknown},
        {"over_limit", c->n_over_limit},
        {"no_area", c->n_no_area},
        {"used", c->n_used},
        {"videos", c->n_videos},
        {"keyframes", c->n_keyframes},
        {"boxes", c->n_boxes},
        {"classes", c->n_classes},
    };
    cJSON *object = cJSON_AddObjectToObject(file, name);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (!add_number(object, counts[i].name, (double)counts[i].n))
            return false;
    return true;
}

static bool add_kinds(cJSON *parent, const size_t n[SFD_EVAL_N_ERROR_KINDS])
{
    for (int k = 0; k < SFD_EVAL_N_ERROR_KINDS; k++)
        if (!add_number(parent, sfd_eval_error_kind_name((sfd_eval_error_kind)k), (double)n[k]))
            return false;
    return true;
}

static bool add_errors(cJSON *file, const sfd_eval_errors *e)
{
    cJSON *errors = cJSON_AddObjectToObject(file, "errors");
    cJSON *total = cJSON_AddObjectToObject(errors, "total");
    cJSON *repaired = cJSON_AddObjectToObject(errors, "mAP_if_repaired");
    cJSON *classes = cJSON_AddArrayToObject(errors, "classes");
    bool ok = repaired && classes && add_kinds(total, e->n);
    for (int k = 0; k < SFD_EVAL_N_ERROR_KINDS && ok; k++)
        ok = add_number(repaired, sfd_eval_error_kind_name((sfd_eval_error_kind)k),
                        e->repaired_map[k]);
    for (size_t i = 0; i < e->n_classes && ok; i++) {
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(classes, item) && add_number(item, "id", e->classes[i].id) &&
             add_kinds(item, e->classes[i].n);
    }
    return ok;
}

static bool add_path(cJSON *file, const char *path)
{
    char *text = sfd_strdup(path);
    if (text)
        sfd_make_printable(text);
    bool ok = text && cJSON_AddStringToObject(file, "path", text);
    free(text);
    return ok;
}

static bool add_report(cJSON *files, const sfd_eval_report *r)
{
    cJSON *file = cJSON_CreateObject();
    return cJSON_AddItemToArray(files, file) && add_path(file, r->path) &&
           cJSON_AddStringToObject(file, "dialect", sfd_eval_dialect_name(r->dialect)) &&
           add_number(file, "iou", r->result->iou) && add_number(file, "mAP", r->result->map) &&
           add_groups(file, r->result) && add_classes(file, r->result) &&
           (!r->box_recall || add_number(file, "box_recall", *r->box_recall)) &&
           (!r->truth || add_counts(file, "truth", r->truth)) &&
           (!r->detections || add_counts(file, "detections", r->detections)) &&
           (!r->errors || add_errors(file, r->errors));
}

static sfd_status write_text(const char *path, const char *text, sfd_error *err)
{
    sfd_outfile *out;
    sfd_status st = sfd_outfile_open(&out, path, err);
    if (st != SFD_OK)
        return st;
    fprintf(sfd_outfile_stream(out), "%s\n", text);
    return sfd_outfile_commit(out, err);
}

sfd_status sfd_eval_write_json(const char *path, const sfd_eval_report *reports, size_t n,
                               sfd_error *err)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *files = cJSON_AddArrayToObject(root, "files");
    bool ok = files != NULL;
    for (size_t i = 0; i < n && ok; i++)
        ok = add_report(files, &reports[i]);
    char *text = ok ? cJSON_Print(root) : NULL;
    sfd_status st = text ? write_text(path, text, err) : sfd_fail_nomem(err, path);
    cJSON_free(text);
    cJSON_Delete(root);
    return st;
}
