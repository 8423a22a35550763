/* SPDX-License-Identifier: Apache-2.0 */
/* Measures of boxes and tracks as JSON. */
#include "eval/json_parts.h"

#include <sfdet/eval_persons.h>

typedef struct measure {
    const char *name;
    double value;
} measure;

static bool add_measures(cJSON *file, const char *name, const measure *m, size_t n)
{
    cJSON *object = cJSON_AddObjectToObject(file, name);
    bool ok = object != NULL;
    for (size_t i = 0; i < n && ok; i++)
        ok = sfd_json_add_number(object, m[i].name, m[i].value);
    return ok;
}

static bool add_boxes(cJSON *file, const sfd_eval_box_result *r)
{
    const measure m[] = {{"pictures", (double)r->n_pictures},
                         {"truth", (double)r->n_truth},
                         {"detections", (double)r->n_detections},
                         {"AP", r->ap},
                         {"AP50", r->ap50},
                         {"AP75", r->ap75},
                         {"recall", r->recall},
                         {"recall50", r->recall50}};
    return add_measures(file, "boxes", m, sizeof m / sizeof *m);
}

static bool add_tracks(cJSON *file, const sfd_eval_track_result *r)
{
    const measure m[] = {{"MOTA", r->mota},
                         {"IDF1", r->idf1},
                         {"id_precision", r->id_precision},
                         {"id_recall", r->id_recall},
                         {"switches", (double)r->n_switches},
                         {"fragments", (double)r->n_fragments},
                         {"matches", (double)r->n_matches},
                         {"misses", (double)r->n_misses},
                         {"false", (double)r->n_false},
                         {"frames", (double)r->n_frames},
                         {"objects", (double)r->n_objects},
                         {"boxes", (double)r->n_boxes},
                         {"tracks", (double)r->n_tracks},
                         {"track_boxes", (double)r->n_track_boxes},
                         {"mostly_tracked", (double)r->n_mostly_tracked},
                         {"partly_tracked", (double)r->n_partly_tracked},
                         {"mostly_lost", (double)r->n_mostly_lost}};
    return add_measures(file, "tracks", m, sizeof m / sizeof *m);
}

static bool add_report(cJSON *files, const void *reports, size_t i)
{
    const sfd_eval_persons_report *r = (const sfd_eval_persons_report *)reports + i;
    cJSON *file = cJSON_CreateObject();
    return cJSON_AddItemToArray(files, file) && sfd_json_add_path(file, r->path) &&
           (!r->boxes || add_boxes(file, r->boxes)) &&
           (!r->tracks || add_tracks(file, r->tracks)) &&
           sfd_json_add_number(file, "left_out", (double)r->n_left_out);
}

sfd_status sfd_eval_write_persons_json(const char *path, const sfd_eval_persons_report *reports,
                                       size_t n, sfd_error *err)
{
    return sfd_json_write(path, reports, n, add_report, err);
}
