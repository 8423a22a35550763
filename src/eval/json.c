/* SPDX-License-Identifier: Apache-2.0 */
/* Reports as JSON. */
#include "eval/json_parts.h"

#include <sfdet/eval.h>

static bool add_classes(cJSON *file, const sfd_eval_result *r)
{
    cJSON *classes = cJSON_AddArrayToObject(file, "classes");
    bool ok = classes != NULL;
    for (size_t i = 0; i < r->n_classes && ok; i++) {
        const sfd_eval_class *c = &r->classes[i];
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(classes, item) && sfd_json_add_number(item, "id", c->id) &&
             cJSON_AddStringToObject(item, "name", c->name) &&
             sfd_json_add_number(item, "n_gt", (double)c->n_gt) &&
             sfd_json_add_number(item, "n_det", (double)c->n_det) &&
             sfd_json_add_number(item, "n_tp", (double)c->n_tp) &&
             sfd_json_add_number(item, "AP", c->ap);
    }
    return ok;
}

static bool add_groups(cJSON *file, const sfd_eval_result *r)
{
    cJSON *groups = cJSON_AddObjectToObject(file, "groups");
    return sfd_json_add_number(groups, "pose", r->group_map[SFD_EVAL_POSE]) &&
           sfd_json_add_number(groups, "person-object", r->group_map[SFD_EVAL_OBJECT]) &&
           sfd_json_add_number(groups, "person-person", r->group_map[SFD_EVAL_PERSON]);
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
        if (!sfd_json_add_number(object, counts[i].name, (double)counts[i].n))
            return false;
    return true;
}

static bool add_kinds(cJSON *parent, const size_t n[SFD_EVAL_N_ERROR_KINDS])
{
    for (int k = 0; k < SFD_EVAL_N_ERROR_KINDS; k++)
        if (!sfd_json_add_number(parent, sfd_eval_error_kind_name((sfd_eval_error_kind)k),
                                 (double)n[k]))
            return false;
    return true;
}

static bool add_confusions(cJSON *errors, const sfd_eval_errors *e)
{
    cJSON *list = cJSON_AddArrayToObject(errors, "confusions");
    bool ok = list && sfd_json_add_number(errors, "min_score", e->min_score);
    for (size_t i = 0; i < e->n_confusions && ok; i++) {
        const sfd_eval_confusion *c = &e->confusions[i];
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(list, item) && sfd_json_add_number(item, "missed", c->missed) &&
             sfd_json_add_number(item, "said", c->said) &&
             sfd_json_add_number(item, "n", (double)c->n);
    }
    return ok;
}

static bool add_errors(cJSON *file, const sfd_eval_errors *e)
{
    cJSON *errors = cJSON_AddObjectToObject(file, "errors");
    cJSON *total = cJSON_AddObjectToObject(errors, "total");
    cJSON *repaired = cJSON_AddObjectToObject(errors, "mAP_if_repaired");
    cJSON *classes = cJSON_AddArrayToObject(errors, "classes");
    bool ok = repaired && classes && add_kinds(total, e->n);
    for (int k = 0; k < SFD_EVAL_N_ERROR_KINDS && ok; k++)
        ok = sfd_json_add_number(repaired, sfd_eval_error_kind_name((sfd_eval_error_kind)k),
                                 e->repaired_map[k]);
    for (size_t i = 0; i < e->n_classes && ok; i++) {
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(classes, item) &&
             sfd_json_add_number(item, "id", e->classes[i].id) && add_kinds(item, e->classes[i].n);
    }
    return ok && add_confusions(errors, e);
}

static bool add_interval(cJSON *item, const sfd_eval_interval *v)
{
    return sfd_json_add_number(item, "difference", v->difference) &&
           sfd_json_add_number(item, "low", v->low) && sfd_json_add_number(item, "high", v->high) &&
           sfd_json_add_number(item, "p", v->p);
}

static bool add_gain(cJSON *file, const sfd_eval_bootstrap_result *g, const sfd_eval_result *r)
{
    cJSON *gain = cJSON_AddObjectToObject(file, "gain");
    cJSON *map = cJSON_AddObjectToObject(gain, "mAP");
    cJSON *classes = cJSON_AddArrayToObject(gain, "classes");
    bool ok = sfd_json_add_number(gain, "videos", (double)g->n_videos) &&
              sfd_json_add_number(gain, "samples", (double)g->n_samples) && map &&
              add_interval(map, &g->map) && classes;
    for (size_t i = 0; i < g->n_classes && ok; i++) {
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(classes, item) &&
             sfd_json_add_number(item, "id", r->classes[i].id) &&
             add_interval(item, &g->classes[i]);
    }
    return ok;
}

static bool add_report(cJSON *files, const void *reports, size_t i)
{
    const sfd_eval_report *r = (const sfd_eval_report *)reports + i;
    cJSON *file = cJSON_CreateObject();
    return cJSON_AddItemToArray(files, file) && sfd_json_add_path(file, r->path) &&
           cJSON_AddStringToObject(file, "dialect", sfd_eval_dialect_name(r->dialect)) &&
           sfd_json_add_number(file, "iou", r->result->iou) &&
           sfd_json_add_number(file, "mAP", r->result->map) && add_groups(file, r->result) &&
           add_classes(file, r->result) &&
           (!r->box_recall || sfd_json_add_number(file, "box_recall", *r->box_recall)) &&
           (!r->truth || add_counts(file, "truth", r->truth)) &&
           (!r->detections || add_counts(file, "detections", r->detections)) &&
           (!r->errors || add_errors(file, r->errors)) &&
           (!r->gain || add_gain(file, r->gain, r->result));
}

sfd_status sfd_eval_write_json(const char *path, const sfd_eval_report *reports, size_t n,
                               sfd_error *err)
{
    return sfd_json_write(path, reports, n, add_report, err);
}
