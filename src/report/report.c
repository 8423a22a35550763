/* SPDX-License-Identifier: Apache-2.0 */
/* What a report is asked to show. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/utf8.h"
#include "report/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void sfd_report_settings_defaults_sized(sfd_report_settings *s, size_t struct_size)
{
    const sfd_report_settings defaults = {
        .iou = 0.5, .min_score = 0.05, .top = 10, .thumbnail_px = 160, .max_thumbnails = 1000};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

static sfd_status check_settings(const sfd_report_settings *s, sfd_error *err)
{
    if (!(s->iou > 0.1 && s->iou <= 1))
        return sfd_fail(err, SFD_ERR_ARG, "IoU threshold %g is not above 0.1 and at most 1",
                        s->iou);
    if (!(fabs(s->timestamp_offset_s) <= 1e9) || !(s->min_score >= 0 && s->min_score <= 1))
        return sfd_fail(err, SFD_ERR_ARG,
                        "timestamp offset %g s and least score %g are not within a billion seconds "
                        "and 0 to 1",
                        s->timestamp_offset_s, s->min_score);
    if (s->top < 1 || s->thumbnail_px < 16 || s->thumbnail_px > 640 || s->max_thumbnails < 0)
        return sfd_fail(err, SFD_ERR_ARG,
                        "%d labels a box, pictures %d pixels wide, at most %d of them: wanted are "
                        "1 or more, 16 to 640, 0 or more",
                        s->top, s->thumbnail_px, s->max_thumbnails);
    return SFD_OK;
}

sfd_status sfd_report_create(sfd_report **out, const sfd_report_settings *settings, sfd_error *err)
{
    sfd_report_settings s;
    *out = NULL;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_report_settings, &s, settings, err);
    if (status == SFD_OK)
        status = check_settings(&s, err);
    if (status != SFD_OK)
        return status;
    sfd_report *r = sfd_calloc(1, sizeof *r);
    if (!r)
        return sfd_fail_nomem(err, "report");
    r->s = s;
    r->title = s.title ? sfd_utf8_copy(s.title) : NULL;
    r->labels = s.labels ? sfd_strdup(s.labels) : NULL;
    r->s.title = r->s.labels = NULL;
    if ((s.title && !r->title) || (s.labels && !r->labels))
        status = sfd_fail_nomem(err, "report");
    else
        status = sfd_label_map_read(&r->names, s.labels, SFD_LABELS_ANY_LAYOUT, err);
    if (status != SFD_OK) {
        sfd_report_free(r);
        return status;
    }
    *out = r;
    return SFD_OK;
}

static void free_training(sfd_report_training *t)
{
    for (size_t i = 0; i < t->n_columns; i++)
        free(t->columns[i]);
    free(t->name);
    free(t->values);
}

void sfd_report_free(sfd_report *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n_videos; i++) {
        free(r->videos[i].id);
        free(r->videos[i].path);
    }
    for (size_t i = 0; i < r->n_runs; i++) {
        free(r->runs[i].name);
        free(r->runs[i].rows.items);
    }
    for (size_t i = 0; i < r->n_trainings; i++)
        free_training(&r->trainings[i]);
    for (size_t i = 0; i < r->n_found_names; i++)
        free(r->found_names[i]);
    sfd_label_map_free(&r->names);
    sfd_name_table_free(&r->by_id);
    free(r->found_names);
    free(r->videos);
    free(r->truth.items);
    free(r->exclusions);
    free(r->title);
    free(r->labels);
    free(r);
}

sfd_status sfd_report_add_run(sfd_report *r, const char *name, sfd_error *err)
{
    if (r->n_runs == SFD_REPORT_MAX_RUNS)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: a report shows up to %d runs", name,
                        SFD_REPORT_MAX_RUNS);
    char *copy = sfd_utf8_copy(name);
    if (!copy)
        return sfd_fail_nomem(err, name);
    r->runs[r->n_runs++] = (sfd_report_run){.name = copy};
    return SFD_OK;
}

sfd_status sfd_report_read_detections(sfd_report *r, const char *path, sfd_error *err)
{
    if (r->n_runs == 0)
        return sfd_fail(err, SFD_ERR_ARG, "%s: there is no run to add it to", path);
    sfd_report_rows *rows = &r->runs[r->n_runs - 1].rows;
    return sfd_report_is_json(path) ? sfd_report_read_json(r, rows, path, err)
                                    : sfd_report_read_csv(r, rows, path, false, err);
}

sfd_status sfd_report_read_truth(sfd_report *r, const char *path, sfd_error *err)
{
    if (r->has_truth)
        return sfd_fail(err, SFD_ERR_ARG, "%s: the report has a truth already", path);
    r->has_truth = true;
    return sfd_report_read_csv(r, &r->truth, path, true, err);
}

sfd_status sfd_report_add_video(sfd_report *r, const char *id, const char *path, sfd_error *err)
{
    size_t number;
    if (!sfd_name_table_find(&r->by_id, id, &number))
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: there are no rows of video \"%s\"", path, id);
    char *copy = sfd_strdup(path);
    if (!copy)
        return sfd_fail_nomem(err, path);
    free(r->videos[number].path);
    r->videos[number].path = copy;
    return SFD_OK;
}
