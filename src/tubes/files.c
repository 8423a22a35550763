/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of a file of detections against a truth in tubes. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "tubes/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void sfd_eval_tube_settings_defaults_sized(sfd_eval_tube_settings *s, size_t struct_size)
{
    const sfd_eval_tube_settings defaults = {
        .iou = 0.5, .min_frames = 15, .first_label = -1, .max_gap_frames = 60};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

static sfd_status take_settings(sfd_eval_tube_settings *s, const sfd_eval_tube_settings *given,
                                sfd_error *err)
{
    sfd_status status = SFD_SETTINGS_TAKE(sfd_eval_tube_settings, s, given, err);
    if (status != SFD_OK)
        return status;
    if ((unsigned)s->linking > SFD_TUBES_PERSONS)
        return sfd_fail(err, SFD_ERR_ARG, "%d is no way to link tubes", (int)s->linking);
    if (s->first_label < -1 || s->first_label > 1)
        return sfd_fail(err, SFD_ERR_ARG, "first label %d: 0 or 1 is wanted", s->first_label);
    if (!(s->iou > 0 && s->iou <= 1))
        return sfd_fail(err, SFD_ERR_ARG, "IoU threshold %g is not above 0 and at most 1", s->iou);
    if (!(s->fps >= 0 && s->fps <= 1000))
        return sfd_fail(err, SFD_ERR_ARG, "%g frames a second: wanted 0 to 1000", s->fps);
    return SFD_OK;
}

/* ---- one class for all, where boxes have no labels */

static sfd_status merge_labels(sfd_tube_truth *t, sfd_error *err)
{
    char *name = sfd_strdup("person");
    if (!name)
        return sfd_fail_nomem(err, t->path);
    for (size_t i = 0; i < t->n_labels; i++)
        free(t->labels[i]);
    t->n_labels = t->n_labels > 0; /* no labels, no tubes */
    if (t->n_labels > 0)
        t->labels[0] = name;
    else
        free(name);
    for (size_t i = 0; i < t->n_tubes; i++)
        t->tubes[i].label = 0;
    sfd_tube_truth_sort(t);
    return SFD_OK;
}

/* ---- classes */

static int by_label(const void *a, const void *b)
{
    const sfd_tube_box *x = a, *y = b;
    if (x->label != y->label)
        return x->label < y->label ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static sfd_status name_class(sfd_eval_tube_class *c, const sfd_tube_truth *t, size_t label,
                             sfd_error *err)
{
    *c = (sfd_eval_tube_class){.id = (int)label + 1, .frame_ap = NAN};
    for (int m = 0; m < SFD_TUBES_N_IOUS; m++)
        c->video_ap[m] = NAN;
    c->name = sfd_strdup(t->labels[label] ? t->labels[label] : "");
    return c->name ? SFD_OK : sfd_fail_nomem(err, t->path);
}

static sfd_status score_classes(sfd_eval_tube_result *out, const sfd_tube_truth *t,
                                sfd_tube_boxes *b, const sfd_linked *l, sfd_error *err)
{
    sfd_overlap_budget budget = {SFD_MAX_OVERLAPS};
    sfd_status status = SFD_OK;
    out->classes = sfd_calloc(t->n_labels, sizeof *out->classes);
    if (!out->classes)
        return sfd_fail_nomem(err, t->path);
    if (b->n > 0)
        qsort(b->boxes, b->n, sizeof *b->boxes, by_label);
    for (size_t i = 0, box = 0, tube = 0; i < t->n_labels && status == SFD_OK; i++) {
        const size_t first_box = box, first_tube = tube;
        sfd_eval_tube_class *c = &out->classes[i];
        status = name_class(c, t, i, err);
        while (box < b->n && b->boxes[box].label == i)
            box++;
        while (tube < l->n && l->tubes[tube].label == i)
            tube++;
        out->n_classes++;
        if (status == SFD_OK)
            status = sfd_score_frames(c, t, i, b->boxes ? b->boxes + first_box : NULL,
                                      box - first_box, out->iou, &budget, err);
        if (status == SFD_OK)
            status = sfd_score_tubes(c, t, l, first_tube, tube - first_tube, &budget, err);
    }
    return status;
}

static void summarise(sfd_eval_tube_result *out)
{
    double frame = 0, video[SFD_TUBES_N_IOUS] = {0};
    double n = 0;
    for (size_t i = 0; i < out->n_classes; i++) {
        const sfd_eval_tube_class *c = &out->classes[i];
        out->n_detections += c->n_detections;
        out->n_linked += c->n_linked;
        if (!c->counts)
            continue;
        n++;
        out->n_boxes += c->n_boxes;
        out->n_tubes += c->n_tubes;
        frame += c->frame_ap;
        for (int m = 0; m < SFD_TUBES_N_IOUS; m++)
            video[m] += c->video_ap[m];
    }
    out->frame_map = n > 0 ? frame / n : NAN;
    for (int m = 0; m < SFD_TUBES_N_IOUS; m++)
        out->video_map[m] = n > 0 ? video[m] / n : NAN;
}

static sfd_status evaluate(sfd_eval_tube_result *out, sfd_tube_truth *t, sfd_tube_boxes *b,
                           sfd_error *err)
{
    sfd_linked l = {0};
    sfd_status status = sfd_tube_boxes_read(b, err);
    if (status == SFD_OK && b->unlabelled)
        status = merge_labels(t, err);
    if (status == SFD_OK)
        status = b->settings->linking == SFD_TUBES_PERSONS ? sfd_link_persons(&l, b, err)
                                                           : sfd_link_boxes(&l, b, err);
    if (status == SFD_OK)
        status = score_classes(out, t, b, &l, err);
    if (status == SFD_OK)
        summarise(out);
    out->n_videos = t->n_counted;
    out->n_left_out = b->n_foreign_videos + b->n_foreign_labels;
    sfd_linked_free(&l);
    return status;
}

sfd_status sfd_eval_tube_files(sfd_eval_tube_result *out, const char *truth, const char *detections,
                               const sfd_eval_tube_settings *settings, sfd_error *err)
{
    sfd_eval_tube_settings s;
    sfd_tube_truth t;
    *out = (sfd_eval_tube_result){0};
    sfd_status status = take_settings(&s, settings, err);
    if (status == SFD_OK)
        status = sfd_tube_truth_read(&t, truth, err);
    if (status != SFD_OK)
        return status;
    sfd_tube_boxes b = {.path = detections,
                        .truth = &t,
                        .settings = &s,
                        .bad = {.strict = s.strict, .user = s.user, .on_warning = s.on_warning}};
    out->iou = s.iou;
    status = evaluate(out, &t, &b, err);
    sfd_tube_boxes_free(&b);
    sfd_tube_truth_free(&t);
    if (status != SFD_OK)
        sfd_eval_tube_result_free(out);
    return status;
}

void sfd_eval_tube_result_free(sfd_eval_tube_result *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n_classes; i++)
        free((char *)r->classes[i].name);
    free(r->classes);
    *r = (sfd_eval_tube_result){0};
}
