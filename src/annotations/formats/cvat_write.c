/* SPDX-License-Identifier: Apache-2.0 */
/* CVAT "for video": a track for each person. A person who is not there behind a box gets a box that
 * is "outside" in the next frame, without which CVAT would show the person until the end; but none
 * behind the video's last frame, with which CVAT would refuse all of the file. */
#include "annotations/format.h"
#include "annotations/formats/cvat.h"
#include "annotations/sample.h"
#include "base/error.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct cvat_writer {
    sfd_annotations *a;
    sfd_labelled_video *v;
    FILE *f;
    sfd_cvat_labels labels;
} cvat_writer;

static bool matches(const sfd_annotation_input *in)
{
    return !in->json && sfd_cvat_matches(in->head);
}

static sfd_status read(sfd_annotations *a, const sfd_annotation_input *in, sfd_error *err)
{
    return sfd_cvat_read(a, in->path, err);
}

static sfd_status put_box(const cvat_writer *w, const sfd_person_box *b, int64_t frame,
                          bool outside, sfd_error *err)
{
    double corner[4];
    sfd_status status = sfd_set_corners(w->v, b, SFD_UNIT_PIXELS, corner, err);
    if (status != SFD_OK)
        return status;
    fprintf(w->f, "    <box frame=\"%" PRId64 "\" outside=\"%d\" occluded=\"%d\" keyframe=\"%d\"",
            frame, outside, b->occluded, !b->interpolated || outside);
    sfd_cvat_put_corners(w->f, corner);
    fputs(">\n", w->f);
    sfd_cvat_put_attributes(w->f, &w->labels, b);
    fputs("    </box>\n", w->f);
    return SFD_OK;
}

/* A box, and where the person goes behind it. */
static sfd_status put_step(const cvat_writer *w, const sfd_person_box *b, bool last,
                           int64_t *written, sfd_error *err)
{
    const int64_t frame = sfd_set_frame_of(w->a, w->v, b->time_s);
    if (frame <= *written) {
        if (!b->outside)
            sfd_tally_add(&w->a->tally, "boxes left out: the person has another in that frame",
                          w->v->id);
        return SFD_OK;
    }
    sfd_status status = put_box(w, b, frame, b->outside, err);
    *written = frame;
    if (status != SFD_OK || b->outside || (!last && sfd_box_moves_on(w->a, b)))
        return status;
    const int64_t next = last ? INT64_MAX : sfd_set_frame_of(w->a, w->v, b[1].time_s);
    if (next <= frame + 1 || (w->v->n_frames > 0 && frame + 1 >= w->v->n_frames))
        return SFD_OK;
    *written = frame + 1;
    return put_box(w, b, frame + 1, true, err);
}

static sfd_status put_track(const cvat_writer *w, const sfd_track_range *t, int64_t id,
                            sfd_error *err)
{
    sfd_status status = SFD_OK;
    int64_t written = -1;
    fprintf(w->f, "  <track id=\"%" PRId64 "\" label=\"person\">\n", id);
    for (size_t i = 0; status == SFD_OK && i < t->n; i++) {
        const sfd_person_box *b = &w->v->boxes[t->first + i];
        sfd_format_drop_scores(w->a, b);
        if (b->time_s < -1e-9)
            sfd_tally_add(&w->a->tally, "boxes left out: before the video's first frame", w->v->id);
        else
            status = put_step(w, b, i + 1 == t->n, &written, err);
    }
    fputs("  </track>\n", w->f);
    return status;
}

/* Persons keep their ids; boxes of others get numbers behind them. */
static int64_t first_free_id(const sfd_labelled_video *v)
{
    int64_t free = 0;
    for (size_t k = 0; k < v->n_tracks; k++)
        if (v->tracks[k].has_person_id && v->tracks[k].person_id >= free)
            free = v->tracks[k].person_id + 1;
    return free;
}

static int64_t count_frames(cvat_writer *w)
{
    int64_t n = w->v->n_frames;
    for (size_t i = 0; i < w->v->n_boxes; i++) {
        const int64_t frame = sfd_set_frame_of(w->a, w->v, w->v->boxes[i].time_s);
        n = frame >= n ? frame + 1 : n;
    }
    return n;
}

static sfd_status write(sfd_annotations *a, FILE *f, sfd_error *err)
{
    cvat_writer w = {.a = a, .f = f};
    sfd_status status = sfd_format_only_video(a, &w.v, "CVAT's video", err);
    if (status == SFD_OK)
        status = sfd_cvat_labels_make(&w.labels, a, err);
    if (status != SFD_OK)
        return status;
    const sfd_tally before = a->tally;
    const int64_t n_frames = count_frames(&w);
    a->tally = before; /* what moved is counted where it is written */
    int64_t next = first_free_id(w.v);
    sfd_cvat_put_head(f, &w.labels, "interpolation", w.v, n_frames);
    for (size_t k = 0; status == SFD_OK && k < w.v->n_tracks; k++) {
        const sfd_track_range *t = &w.v->tracks[k];
        const bool keeps = t->has_person_id && t->person_id >= 0;
        status = put_track(&w, t, keeps ? t->person_id : next++, err);
    }
    fputs("</annotations>\n", f);
    for (size_t i = 0; i < w.v->n_frames_seen; i++)
        if (w.v->n_boxes == 0 || !w.v->frames[i].name)
            sfd_tally_add(&a->tally, "keyframes without people left out: tracks have none", NULL);
    sfd_cvat_labels_free(&w.labels);
    return status;
}

const sfd_format sfd_format_cvat = {
    .info = {.name = "cvat",
             .extension = ".xml",
             .summary = "CVAT's XML 1.1 \"for video\", tracks of one video",
             .reads = true,
             .writes = true},
    .matches = matches,
    .read = read,
    .write = write,
};
