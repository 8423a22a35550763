/* SPDX-License-Identifier: Apache-2.0 */
/* The pickles of MultiSports, UCF101-24 and JHMDB: tubes, each a person doing one thing in
 * consecutive frames, read by boxes/pickled_tubes.c. Label i there is the action of id i + 1. */
#include "annotations/format.h"
#include "annotations/sample.h"
#include "base/alloc.h"
#include "base/error.h"
#include "boxes/pickled_proposals.h"
#include "boxes/pickled_tubes.h"
#include "pickle/pickle_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROW 5

/* One of the keys that such a pickle has among its first ones. */
static bool matches(const sfd_annotation_input *in)
{
    static const char *const keys[] = {"gttubes", "train_videos", "test_videos", "nframes",
                                       "resolution"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (sfd_is_pickle(in->head, in->n_head) || in->head[0] == '(')
            if (memmem(in->head, in->n_head, keys[i], strlen(keys[i])))
                return true;
    return false;
}

/* ---- reading */

typedef struct tubes_reader {
    sfd_annotations *a;
    sfd_labelled_video *video;
    size_t label; /* in the set's list, SFD_NO_LABEL: not on it */
    double fps;
} tubes_reader;

static sfd_status on_label(void *user, size_t i, const char *name, sfd_error *err)
{
    tubes_reader *r = user;
    size_t label;
    return sfd_label_list_named(&r->a->labels, NULL, name, (int)i + 1, &label, err);
}

static sfd_status on_video(void *user, const sfd_tube_video *video, sfd_error *err)
{
    tubes_reader *r = user;
    sfd_status status = sfd_set_video(r->a, &r->video, video->name, err);
    if (status != SFD_OK)
        return status;
    sfd_set_size(r->video, video->width, video->height);
    if (video->n_frames > 0 && video->n_frames <= INT32_MAX)
        r->video->n_frames = video->n_frames;
    r->video->in_train |= video->in_train;
    r->video->in_test |= video->in_test;
    r->fps = sfd_set_get_fps(r->a, r->video);
    return SFD_OK;
}

static sfd_status on_tube(void *user, size_t label, size_t n_rows, sfd_dtype dtype, sfd_error *err)
{
    tubes_reader *r = user;
    (void)n_rows;
    (void)dtype;
    r->a->next_track++;
    return sfd_label_list_by_id(&r->a->labels, (int)label + 1, &r->label, err);
}

static sfd_status on_row(void *user, const double row[ROW], sfd_error *err)
{
    tubes_reader *r = user;
    sfd_person_box b = {.score = SFD_NO_SCORE, .track = r->a->next_track};
    if (!isfinite(row[0]) || row[0] != floor(row[0]))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: \"%.200s\": frame %g is no whole number",
                        r->a->path, r->video->id, row[0]);
    b.time_s = (row[0] - 1) / r->fps;
    memcpy(b.corner, row + 1, sizeof b.corner);
    sfd_status status = sfd_set_add_done(r->a, &b, r->label, SFD_NO_SCORE, err);
    return status == SFD_OK ? sfd_set_add(r->a, r->video, &b, SFD_UNIT_PIXELS, r->a->path, err)
                            : status;
}

static sfd_status read(sfd_annotations *a, const sfd_annotation_input *in, sfd_error *err)
{
    tubes_reader r = {.a = a};
    const sfd_tube_visitor visitor = {on_label, on_video, on_tube, on_row, &r};
    return sfd_pickled_tubes_read(in->path, &visitor, err);
}

/* ---- writing */

typedef struct tubes_writer {
    sfd_annotations *a;
    FILE *f;
    sfd_labelled_video *v;
    double *rows; /* of the tube at work */
    size_t n_rows, n_rows_alloc;
} tubes_writer;

static bool does(const sfd_person_box *b, size_t label)
{
    for (size_t i = 0; i < b->n_done; i++)
        if (b->done[i].label == label)
            return true;
    return false;
}

static void end_tube(tubes_writer *w)
{
    if (w->n_rows > 0)
        sfd_pickle_array(w->f, w->rows, w->n_rows / ROW, ROW);
    w->n_rows = 0;
}

static sfd_status add_row(tubes_writer *w, const sfd_person_box *b, double frame, sfd_error *err)
{
    double row[ROW] = {frame};
    sfd_status status = sfd_set_corners(w->v, b, SFD_UNIT_PIXELS, row + 1, err);
    if (status != SFD_OK)
        return status;
    for (int i = 0; i < ROW; i++) {
        if (!sfd_grow(&w->rows, &w->n_rows_alloc, w->n_rows, sizeof *w->rows))
            return sfd_fail_nomem(err, w->a->path);
        w->rows[w->n_rows++] = row[i];
    }
    return SFD_OK;
}

static int by_track(const void *pa, const void *pb)
{
    const sfd_person_box *a = pa, *b = pb;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return (a->time_s > b->time_s) - (a->time_s < b->time_s);
}

/* The tubes of a label: a person who does it in frame after frame. s is sorted by track. */
static sfd_status put_label(tubes_writer *w, const sfd_person_samples *s, size_t label,
                            sfd_error *err)
{
    sfd_status status = SFD_OK;
    int64_t last = 0;
    size_t track = SIZE_MAX;
    sfd_pickle_int(w->f, w->a->labels.items[label].id - 1);
    sfd_pickle_open_list(w->f);
    for (size_t i = 0; status == SFD_OK && i < s->n; i++) {
        const sfd_person_box *b = &s->boxes[i];
        if (!does(b, label))
            continue;
        const int64_t frame = sfd_set_frame_of(w->a, w->v, b->time_s) + 1;
        if (b->rank != track || frame != last + 1)
            end_tube(w);
        track = b->rank;
        last = frame;
        status = add_row(w, b, (double)frame, err);
    }
    end_tube(w);
    sfd_pickle_close_list(w->f);
    return status;
}

static sfd_status put_video(tubes_writer *w, sfd_error *err)
{
    sfd_person_samples s;
    sfd_status status = sfd_sample_persons(&s, w->a, w->v, SFD_FRAMES, err);
    bool *used = sfd_calloc(w->a->labels.n, sizeof *used);
    if (status == SFD_OK && !used)
        status = sfd_fail_nomem(err, w->a->path);
    if (status == SFD_OK && s.n > 0)
        qsort(s.boxes, s.n, sizeof *s.boxes, by_track);
    for (size_t i = 0; status == SFD_OK && i < s.n; i++) {
        sfd_format_drop_scores(w->a, &s.boxes[i]);
        for (size_t k = 0; k < s.boxes[i].n_done; k++)
            used[s.boxes[i].done[k].label] = true;
        if (s.boxes[i].n_done == 0)
            sfd_tally_add(&w->a->tally,
                          "boxes left out whose persons do nothing: tubes are of actions",
                          w->v->id);
    }
    sfd_pickle_open_dict(w->f);
    for (size_t k = 0; status == SFD_OK && k < w->a->labels.n; k++)
        if (used[k] && w->a->labels.items[k].id > 0)
            status = put_label(w, &s, k, err);
    sfd_pickle_close_dict(w->f);
    free(used);
    sfd_person_samples_free(&s);
    return status;
}

static void put_labels(const tubes_writer *w)
{
    const sfd_label_list *l = &w->a->labels;
    char name[SFD_LABEL_CHARS];
    sfd_pickle_text(w->f, "labels");
    sfd_pickle_open_list(w->f);
    for (int id = 1; id <= l->max_id; id++)
        sfd_pickle_text(w->f,
                        l->by_id[id] > 0 ? sfd_label_full_name(l, l->by_id[id] - 1, name) : "");
    sfd_pickle_close_list(w->f);
}

static int64_t frames_of(sfd_annotations *a, sfd_labelled_video *v)
{
    int64_t n = v->n_frames;
    for (size_t i = 0; i < v->n_boxes; i++) {
        const int64_t frame =
            (int64_t)fmin(round(v->boxes[i].time_s * sfd_set_get_fps(a, v)), 1e15);
        n = frame >= n ? frame + 1 : n;
    }
    return n;
}

/* Who is in no split is for training. */
static void put_split(const tubes_writer *w, const char *name, bool test)
{
    sfd_pickle_text(w->f, name);
    sfd_pickle_open_list(w->f);
    sfd_pickle_open_list(w->f);
    for (size_t k = 0; k < w->a->n_videos; k++) {
        const sfd_labelled_video *v = w->a->videos[k];
        if (test ? v->in_test : v->in_train || !v->in_test)
            sfd_pickle_text(w->f, v->id);
    }
    sfd_pickle_close_list(w->f);
    sfd_pickle_close_list(w->f);
}

static void put_facts(const tubes_writer *w)
{
    sfd_annotations *a = w->a;
    sfd_pickle_text(w->f, "nframes");
    sfd_pickle_open_dict(w->f);
    for (size_t k = 0; k < a->n_videos; k++) {
        sfd_pickle_text(w->f, a->videos[k]->id);
        sfd_pickle_int(w->f, frames_of(a, a->videos[k]));
    }
    sfd_pickle_close_dict(w->f);
    sfd_pickle_text(w->f, "resolution");
    sfd_pickle_open_dict(w->f);
    for (size_t k = 0; k < a->n_videos; k++)
        if (a->videos[k]->width > 0) {
            sfd_pickle_text(w->f, a->videos[k]->id);
            sfd_pickle_pair(w->f, a->videos[k]->height, a->videos[k]->width);
        }
    sfd_pickle_close_dict(w->f);
    put_split(w, "train_videos", false);
    put_split(w, "test_videos", true);
}

static sfd_status write(sfd_annotations *a, FILE *f, sfd_error *err)
{
    tubes_writer w = {.a = a, .f = f};
    sfd_status status = SFD_OK;
    sfd_pickle_begin(f);
    sfd_pickle_open_dict(f);
    put_labels(&w);
    put_facts(&w);
    sfd_pickle_text(f, "gttubes");
    sfd_pickle_open_dict(f);
    for (size_t k = 0; status == SFD_OK && k < a->n_videos; k++) {
        w.v = a->videos[k];
        sfd_pickle_text(f, w.v->id);
        status = put_video(&w, err);
    }
    sfd_pickle_close_dict(f);
    sfd_pickle_close_dict(f);
    sfd_pickle_stop(f);
    for (size_t k = 0; k < a->n_videos; k++)
        for (size_t i = 0; i < a->videos[k]->n_tracks; i++)
            if (a->videos[k]->tracks[i].has_person_id)
                sfd_tally_add(&a->tally, "ids of persons left out: tubes have none", NULL);
    free(w.rows);
    return status;
}

const sfd_format sfd_format_tubes = {
    .info = {.name = "tubes",
             .extension = ".pkl",
             .summary = "pickled tubes of MultiSports, UCF101-24, JHMDB",
             .reads = true,
             .writes = true},
    .matches = matches,
    .read = read,
    .write = write,
};
