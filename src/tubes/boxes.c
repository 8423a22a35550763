/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of detections share. */
#include "tubes/boxes.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME     1024
#define MAX_FRAME    1e9
#define WHOLE        1e-6
#define MAX_FRACTION 10.0 /* beyond it a box is in pixels */

void sfd_tube_boxes_free(sfd_tube_boxes *b)
{
    free(b->boxes);
    b->boxes = NULL;
    b->n = b->n_alloc = 0;
}

/* ---- parts of a box */

bool sfd_tube_boxes_video(sfd_tube_boxes *b, const char *name, size_t n_boxes, size_t *video)
{
    char stem[MAX_NAME + 1];
    const char *end = strstr(name, ".mp4");
    const size_t n = end ? (size_t)(end - name) : strlen(name);
    if (n <= MAX_NAME) {
        memcpy(stem, name, n);
        stem[n] = '\0';
        if (sfd_name_table_find(&b->truth->by_name, stem, video) ||
            (sfd_name_table_find(&b->truth->by_file, stem, video) &&
             !b->truth->videos[*video].shares_file))
            return true;
    }
    if (b->n_foreign_videos == 0 && b->n_foreign_labels == 0)
        sfd_fail(&b->foreign, SFD_ERR_MISMATCH, "%s: no video \"%.200s\" in %s", b->path, name,
                 b->truth->path);
    b->n_foreign_videos += n_boxes;
    return false;
}

sfd_status sfd_tube_boxes_frame(const sfd_tube_boxes *b, double timestamp, int64_t *frame,
                                sfd_error *row_err)
{
    const double fps = b->settings->fps;
    const double at = fps > 0 ? rint(timestamp * fps) + 1 : rint(timestamp);
    if (fps == 0 && !(fabs(timestamp - at) <= WHOLE))
        return sfd_fail(row_err, SFD_ERR_FORMAT,
                        "%s: timestamp %.9g is no frame number, and no frame rate is told", b->path,
                        timestamp);
    if (!(at >= 0 && at <= MAX_FRAME))
        return sfd_fail(row_err, SFD_ERR_FORMAT, "%s: timestamp %.9g is no frame of a video",
                        b->path, timestamp);
    *frame = (int64_t)at;
    return SFD_OK;
}

/* Corners in the truth's unit, by way of float32 as the original's. */
static sfd_status place(const sfd_tube_boxes *b, sfd_tube_box *box, const double corner[4],
                        bool pixels, sfd_error *row_err)
{
    const sfd_truth_video *v = &b->truth->videos[box->video];
    const bool scaled = !pixels && v->width > 0 && v->height > 0;
    for (size_t k = 0; k < 4; k++) {
        const double size = k % 2 ? v->height : v->width;
        if (scaled && fabs(corner[k]) > MAX_FRACTION)
            return sfd_fail(row_err, SFD_ERR_FORMAT,
                            "%s: \"%.200s\", frame %lld: corner %g is no fraction of the picture",
                            b->path, v->name, (long long)box->frame, corner[k]);
        box->corner[k] = (float)(scaled ? (double)(float)corner[k] * size : corner[k]);
        if (!isfinite(box->corner[k]))
            return sfd_fail(row_err, SFD_ERR_FORMAT,
                            "%s: \"%.200s\", frame %lld: a corner is not finite", b->path, v->name,
                            (long long)box->frame);
    }
    return SFD_OK;
}

static void leave_out_label(sfd_tube_boxes *b, size_t label)
{
    if (b->n_foreign_videos == 0 && b->n_foreign_labels == 0)
        sfd_fail(&b->foreign, SFD_ERR_MISMATCH, "%s: label %zu is not among the %zu of %s", b->path,
                 label, b->truth->n_labels, b->truth->path);
    b->n_foreign_labels++;
}

void sfd_tube_boxes_settle_labels(sfd_tube_boxes *b)
{
    size_t n = 0;
    if (b->labels_from == SFD_LABELS_AS_TOLD)
        b->labels_from = b->settings->first_label;
    if (b->labels_from == SFD_LABELS_AS_TOLD)
        b->labels_from = b->has_label_0 ? 0 : 1;
    const size_t first = (size_t)b->labels_from;
    for (size_t i = 0; i < b->n; i++) {
        sfd_tube_box *box = &b->boxes[i];
        if (box->label < first || box->label - first >= b->truth->n_labels) {
            leave_out_label(b, box->label);
            continue;
        }
        b->boxes[n] = *box;
        b->boxes[n++].label -= first;
    }
    b->n = n;
}

sfd_status sfd_tube_boxes_add(sfd_tube_boxes *b, const sfd_tube_box *given, const double corner[4],
                              bool pixels, sfd_error *row_err)
{
    sfd_tube_box box = *given;
    if (box.label > b->truth->n_labels) {
        leave_out_label(b, box.label);
        return SFD_OK;
    }
    b->has_label_0 |= box.label == 0;
    box.score = (double)(float)box.score;
    box.order = b->n;
    if (!isfinite(box.score))
        return sfd_fail(row_err, SFD_ERR_FORMAT, "%s: \"%.200s\", frame %lld: score is not finite",
                        b->path, b->truth->videos[box.video].name, (long long)box.frame);
    const sfd_status status = place(b, &box, corner, pixels, row_err);
    if (status != SFD_OK)
        return status;
    if (!sfd_grow(&b->boxes, &b->n_alloc, b->n, sizeof *b->boxes))
        return sfd_fail_nomem(row_err, b->path);
    b->boxes[b->n++] = box;
    return SFD_OK;
}

/* ---- a box's best label */

static int compare_places(const sfd_tube_box *x, const sfd_tube_box *y)
{
    int order = (x->video > y->video) - (x->video < y->video);
    order = order ? order : (x->frame > y->frame) - (x->frame < y->frame);
    order = order ? order : (x->person > y->person) - (x->person < y->person);
    for (size_t k = 0; k < 4 && !order; k++)
        order = (x->corner[k] > y->corner[k]) - (x->corner[k] < y->corner[k]);
    return order;
}

static int by_place(const void *a, const void *b)
{
    const sfd_tube_box *x = a, *y = b;
    int order = compare_places(x, y);
    order = order ? order : (y->score > x->score) - (y->score < x->score);
    order = order ? order : (x->label > y->label) - (x->label < y->label);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int by_order(const void *a, const void *b)
{
    const sfd_tube_box *x = a, *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

void sfd_tube_boxes_keep_best(sfd_tube_boxes *b)
{
    size_t n = 0;
    if (b->n == 0)
        return;
    qsort(b->boxes, b->n, sizeof *b->boxes, by_place);
    for (size_t i = 0; i < b->n; i++)
        if (n == 0 || compare_places(&b->boxes[n - 1], &b->boxes[i]) != 0)
            b->boxes[n++] = b->boxes[i];
    b->n = n;
    qsort(b->boxes, n, sizeof *b->boxes, by_order);
}
