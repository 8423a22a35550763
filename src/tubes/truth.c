/* SPDX-License-Identifier: Apache-2.0 */
/* Truth, from a pickle to tubes in order. */
#include "tubes/truth.h"

#include "base/alloc.h"
#include "base/error.h"
#include "boxes/pickled_tubes.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FRAME 1e9

typedef struct truth_reader {
    sfd_tube_truth *t;
    bool has_split; /* some video is of the test split */
    size_t n_rows;  /* of the tube at work, so far */
} truth_reader;

void sfd_tube_truth_free(sfd_tube_truth *t)
{
    for (size_t i = 0; i < t->n_labels; i++)
        free(t->labels[i]);
    for (size_t i = 0; i < t->n_videos; i++)
        free(t->videos[i].name);
    free(t->labels);
    free(t->videos);
    free(t->tubes);
    free(t->boxes);
    sfd_name_table_free(&t->by_name);
    sfd_name_table_free(&t->by_file);
    *t = (sfd_tube_truth){0};
}

/* ---- reading */

static bool reserve_labels(sfd_tube_truth *t, size_t n)
{
    while (t->n_labels < n) {
        if (!sfd_grow(&t->labels, &t->n_labels_alloc, t->n_labels, sizeof *t->labels))
            return false;
        t->labels[t->n_labels++] = NULL;
    }
    return true;
}

static sfd_status on_label(void *user, size_t i, const char *name, sfd_error *err)
{
    sfd_tube_truth *t = ((truth_reader *)user)->t;
    if (!reserve_labels(t, i + 1))
        return sfd_fail_nomem(err, t->path);
    free(t->labels[i]);
    t->labels[i] = sfd_strdup(name);
    return t->labels[i] ? SFD_OK : sfd_fail_nomem(err, t->path);
}

static sfd_status on_video(void *user, const sfd_tube_video *video, sfd_error *err)
{
    truth_reader *r = user;
    sfd_tube_truth *t = r->t;
    if (!sfd_grow(&t->videos, &t->n_videos_alloc, t->n_videos, sizeof *t->videos))
        return sfd_fail_nomem(err, t->path);
    char *name = sfd_strdup(video->name);
    if (!name)
        return sfd_fail_nomem(err, t->path);
    r->has_split |= video->in_test;
    t->videos[t->n_videos] =
        (sfd_truth_video){.name = name,
                          .counts = video->in_test,
                          .number = t->n_videos,
                          .place = video->in_test ? video->test_place : t->n_videos,
                          .n_frames = video->n_frames,
                          .width = video->width,
                          .height = video->height};
    t->n_videos++;
    return SFD_OK;
}

static sfd_status on_tube(void *user, size_t label, size_t n_rows, sfd_dtype dtype, sfd_error *err)
{
    truth_reader *r = user;
    sfd_tube_truth *t = r->t;
    const char *video = t->videos[t->n_videos - 1].name;
    if (n_rows == 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: \"%.200s\": label %zu has a tube without rows",
                        t->path, video, label);
    if (!reserve_labels(t, label + 1) ||
        !sfd_grow(&t->tubes, &t->n_tubes_alloc, t->n_tubes, sizeof *t->tubes))
        return sfd_fail_nomem(err, t->path);
    t->tubes[t->n_tubes] = (sfd_truth_tube){.label = label,
                                            .video = t->n_videos - 1,
                                            .order = t->n_tubes,
                                            .n = n_rows,
                                            .start = t->n_boxes,
                                            .single = dtype == SFD_F32};
    t->n_tubes++;
    r->n_rows = 0;
    return SFD_OK;
}

static sfd_status on_row(void *user, const double row[5], sfd_error *err)
{
    truth_reader *r = user;
    sfd_tube_truth *t = r->t;
    sfd_truth_tube *tube = &t->tubes[t->n_tubes - 1];
    const char *video = t->videos[tube->video].name;
    for (size_t k = 0; k < 5; k++)
        if (!isfinite(row[k]))
            return sfd_fail(err, SFD_ERR_FORMAT,
                            "%s: \"%.200s\": row %zu of a tube of label %zu is not finite", t->path,
                            video, r->n_rows, tube->label);
    if (row[0] != floor(row[0]) || fabs(row[0]) > MAX_FRAME)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: \"%.200s\": frame %g is no whole number up to %g",
                        t->path, video, row[0], MAX_FRAME);
    if (r->n_rows == 0)
        tube->first_frame = (int64_t)row[0];
    if ((int64_t)row[0] != tube->first_frame + (int64_t)r->n_rows)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: \"%.200s\": frame %g follows frame %" PRId64
                        " in a tube of label %zu: tubes have a row for every frame",
                        t->path, video, row[0], tube->first_frame + (int64_t)r->n_rows - 1,
                        tube->label);
    if (!sfd_grow(&t->boxes, &t->n_boxes_alloc, t->n_boxes, sizeof *t->boxes))
        return sfd_fail_nomem(err, t->path);
    memcpy(t->boxes[t->n_boxes++], row + 1, sizeof *t->boxes);
    r->n_rows++;
    return SFD_OK;
}

/* ---- order */

static int compare_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int by_place(const void *a, const void *b)
{
    const sfd_truth_video *x = a, *y = b;
    int order = y->counts - x->counts;
    order = order ? order : compare_sizes(x->place, y->place);
    return order ? order : compare_sizes(x->number, y->number);
}

static int by_label(const void *a, const void *b)
{
    const sfd_truth_tube *x = a, *y = b;
    int order = compare_sizes(x->label, y->label);
    order = order ? order : compare_sizes(x->video, y->video);
    return order ? order : compare_sizes(x->order, y->order);
}

void sfd_tube_truth_sort(sfd_tube_truth *t)
{
    if (t->n_tubes > 0)
        qsort(t->tubes, t->n_tubes, sizeof *t->tubes, by_label);
}

static bool add_file(sfd_tube_truth *t, size_t video)
{
    const char *slash = strrchr(t->videos[video].name, '/');
    const char *file = slash ? slash + 1 : t->videos[video].name;
    size_t other;
    if (!sfd_name_table_find(&t->by_file, file, &other))
        return sfd_name_table_add(&t->by_file, file, video);
    t->videos[other].shares_file = true;
    return true;
}

/* The split's videos to the front, each by its name. */
static bool sort_videos(sfd_tube_truth *t, size_t *place_of)
{
    if (t->n_videos > 0)
        qsort(t->videos, t->n_videos, sizeof *t->videos, by_place);
    for (size_t i = 0; i < t->n_videos; i++) {
        const sfd_truth_video *v = &t->videos[i];
        size_t ignored;
        place_of[v->number] = i;
        t->n_counted += v->counts;
        if (v->counts && !sfd_name_table_find(&t->by_name, v->name, &ignored) &&
            !(sfd_name_table_add(&t->by_name, v->name, i) && add_file(t, i)))
            return false;
    }
    return true;
}

static void sort_tubes(sfd_tube_truth *t, const size_t *place_of)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_tubes; i++) {
        t->tubes[i].video = place_of[t->tubes[i].video];
        if (t->tubes[i].video < t->n_counted)
            t->tubes[n++] = t->tubes[i];
    }
    t->n_tubes = n;
    sfd_tube_truth_sort(t);
}

static sfd_status sort_truth(truth_reader *r, sfd_error *err)
{
    sfd_tube_truth *t = r->t;
    size_t *place_of = sfd_malloc_array(t->n_videos, sizeof *place_of);
    for (size_t i = 0; !r->has_split && i < t->n_videos; i++)
        t->videos[i].counts = true;
    const bool ok = place_of && sort_videos(t, place_of);
    if (ok)
        sort_tubes(t, place_of);
    free(place_of);
    return ok ? SFD_OK : sfd_fail_nomem(err, t->path);
}

sfd_status sfd_tube_truth_read(sfd_tube_truth *t, const char *path, sfd_error *err)
{
    truth_reader r = {.t = t};
    const sfd_tube_visitor visitor = {on_label, on_video, on_tube, on_row, &r};
    *t = (sfd_tube_truth){.path = path};
    sfd_status status = sfd_pickled_tubes_read(path, &visitor, err);
    if (status == SFD_OK)
        status = sort_truth(&r, err);
    if (status != SFD_OK)
        sfd_tube_truth_free(t);
    return status;
}

/* ---- looking */

bool sfd_tube_label_counts(const sfd_tube_truth *t, size_t label)
{
    static const char *const rare[] = {"aerobic kick jump",      "aerobic off axis jump",
                                       "aerobic butterfly jump", "aerobic balance turn",
                                       "basketball save",        "basketball jump ball"};
    for (size_t i = 0; t->labels[label] && i < sizeof rare / sizeof *rare; i++)
        if (strcmp(t->labels[label], rare[i]) == 0)
            return false;
    return true;
}

size_t sfd_tube_truth_find(const sfd_tube_truth *t, size_t label, size_t video, size_t *first)
{
    const sfd_truth_tube wanted = {.label = label, .video = video};
    size_t low = 0, high = t->n_tubes, n = 0;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (by_label(&t->tubes[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    while (low + n < t->n_tubes && t->tubes[low + n].label == label &&
           t->tubes[low + n].video == video)
        n++;
    return n;
}
