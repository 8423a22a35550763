/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of tubes as JSON. */
#include "base/utf8.h"
#include "eval/json_parts.h"

#include <sfdet/eval_tubes.h>
#include <stdlib.h>

static bool add_video(cJSON *object, const char *name, const double values[SFD_TUBES_N_IOUS])
{
    cJSON *video = cJSON_AddObjectToObject(object, name);
    bool ok = video != NULL;
    for (int m = 0; m < SFD_TUBES_N_IOUS && ok; m++)
        ok = sfd_json_add_number(video, sfd_tube_iou_name((sfd_tube_iou)m), values[m]);
    return ok;
}

static bool add_name(cJSON *object, const char *name)
{
    char *text = sfd_utf8_copy(name);
    const bool ok = text && cJSON_AddStringToObject(object, "name", text);
    free(text);
    return ok;
}

static bool add_class(cJSON *classes, const sfd_eval_tube_class *c)
{
    cJSON *item = cJSON_CreateObject();
    return cJSON_AddItemToArray(classes, item) && sfd_json_add_number(item, "id", c->id) &&
           add_name(item, c->name) && cJSON_AddBoolToObject(item, "counts", c->counts) &&
           sfd_json_add_number(item, "boxes", (double)c->n_boxes) &&
           sfd_json_add_number(item, "tubes", (double)c->n_tubes) &&
           sfd_json_add_number(item, "detections", (double)c->n_detections) &&
           sfd_json_add_number(item, "linked", (double)c->n_linked) &&
           sfd_json_add_number(item, "frame_AP", c->frame_ap) &&
           add_video(item, "video_AP", c->video_ap);
}

static bool add_report(cJSON *files, const void *reports, size_t i)
{
    const sfd_eval_tube_report *report = (const sfd_eval_tube_report *)reports + i;
    const sfd_eval_tube_result *r = report->result;
    cJSON *file = cJSON_CreateObject();
    bool ok = cJSON_AddItemToArray(files, file) && sfd_json_add_path(file, report->path) &&
              sfd_json_add_number(file, "iou", r->iou) &&
              sfd_json_add_number(file, "frame_mAP", r->frame_map) &&
              add_video(file, "video_mAP", r->video_map) &&
              sfd_json_add_number(file, "videos", (double)r->n_videos) &&
              sfd_json_add_number(file, "boxes", (double)r->n_boxes) &&
              sfd_json_add_number(file, "tubes", (double)r->n_tubes) &&
              sfd_json_add_number(file, "detections", (double)r->n_detections) &&
              sfd_json_add_number(file, "linked", (double)r->n_linked) &&
              sfd_json_add_number(file, "left_out", (double)r->n_left_out);
    cJSON *classes = cJSON_AddArrayToObject(file, "classes");
    for (size_t k = 0; k < r->n_classes && ok; k++)
        ok = add_class(classes, &r->classes[k]);
    return ok && classes;
}

sfd_status sfd_eval_write_tubes_json(const char *path, const sfd_eval_tube_report *reports,
                                     size_t n, sfd_error *err)
{
    return sfd_json_write(path, reports, n, add_report, err);
}
