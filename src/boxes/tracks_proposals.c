/* SPDX-License-Identifier: Apache-2.0 */
/* From proposals to tracks, and back at keyframes. */
#include "base/alloc.h"
#include "base/ava_row.h"
#include "base/decimal.h"
#include "base/error.h"
#include "boxes/proposals_reader.h"
#include "boxes/tracks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static sfd_status collect(sfd_track_box **boxes, size_t *n, const sfd_proposed_video *v,
                          sfd_error *err)
{
    size_t n_alloc = 0;
    for (size_t k = 0; k < v->n_keyframes; k++)
        for (size_t i = 0; i < v->keyframes[k].n_boxes; i++) {
            const sfd_proposed_box *b = &v->keyframes[k].boxes[i];
            if (!sfd_grow(boxes, &n_alloc, *n, sizeof **boxes))
                return sfd_fail_nomem(err, v->video_id);
            (*boxes)[(*n)++] = (sfd_track_box){.timestamp_s = b->timestamp_s,
                                               .box = b->box,
                                               .score = b->score,
                                               .person_id = b->person_id,
                                               .has_person_id = b->has_person_id};
        }
    return SFD_OK;
}

sfd_status sfd_tracks_from_proposals(sfd_tracks **out, const sfd_proposals *p, const char *video_id,
                                     double max_gap_s, sfd_error *err)
{
    sfd_proposed_video v;
    sfd_track_box *boxes = NULL;
    size_t n = 0;
    *out = NULL;
    sfd_status status = sfd_proposals_find(&v, p, video_id, err);
    if (status == SFD_OK)
        status = collect(&boxes, &n, &v, err);
    if (status == SFD_OK)
        status = sfd_tracks_make(out, boxes, n, max_gap_s, err);
    free(boxes);
    return status;
}

/* ------------------------------------------------------------- at keyframes */

static sfd_status add_keyframe(sfd_proposals *p, double time_s, const sfd_track_box *boxes,
                               size_t n, sfd_error *err)
{
    char time[SFD_DECIMAL_CHARS];
    sfd_status status = SFD_OK;
    sfd_format_short(time, time_s);
    for (size_t i = 0; i < n && status == SFD_OK; i++) {
        const sfd_proposal b = {.box = boxes[i].box,
                                .score = boxes[i].score,
                                .person_id = boxes[i].person_id,
                                .has_person_id = boxes[i].has_person_id};
        status = sfd_proposals_add_as_csv(p, "tracks", time, &b, err);
    }
    return status;
}

/* The first keyframe that a box at `time_s` may belong to. */
static double keyframe_from(double time_s, double every_s, double offset_s)
{
    const double n = ceil((time_s - SFD_TRACK_NEAR_S - offset_s) / every_s - 1e-9);
    return n > 0 ? n : 0;
}

static sfd_status add_keyframes(sfd_proposals *p, const sfd_tracks *t, double every_s,
                                double offset_s, sfd_track_box *boxes, sfd_error *err)
{
    const size_t n_room = sfd_tracks_count(t);
    sfd_status status = SFD_OK;
    double k = keyframe_from(sfd_tracks_next_time(t, -INFINITY), every_s, offset_s);
    while (isfinite(k) && status == SFD_OK) {
        const double time_s = offset_s + k * every_s;
        const size_t n = sfd_tracks_at(t, time_s, boxes, n_room);
        status = add_keyframe(p, time_s, boxes, n, err);
        k++;
        if (n == 0) /* on to the next one who comes */
            k = fmax(k, keyframe_from(sfd_tracks_next_time(t, time_s), every_s, offset_s));
    }
    return status;
}

sfd_status sfd_proposals_from_tracks(sfd_proposals **out, const sfd_tracks *t, const char *video_id,
                                     double every_s, double timestamp_offset_s, sfd_error *err)
{
    sfd_proposals *p;
    sfd_proposals_settings settings;
    *out = NULL;
    if (!(every_s >= 1e-3 && every_s <= 1e6) ||
        !(fabs(timestamp_offset_s) <= SFD_AVA_MAX_TIMESTAMP_S))
        return sfd_fail(err, SFD_ERR_ARG, "a keyframe every %g s from %g s: out of range", every_s,
                        timestamp_offset_s);
    sfd_proposals_settings_defaults(&settings);
    settings.box_threshold = -INFINITY;
    sfd_status status = sfd_proposals_begin(&p, "tracks", &video_id, 1, &settings, err);
    if (status != SFD_OK)
        return status;
    if (isfinite(sfd_tracks_next_time(t, -INFINITY)))
        sfd_proposals_wants(p, video_id, strlen(video_id));
    else /* nobody is there */
        sfd_proposals_name(p, video_id, strlen(video_id));
    sfd_track_box *boxes = sfd_malloc_array(sfd_tracks_count(t), sizeof *boxes);
    status = boxes ? add_keyframes(p, t, every_s, timestamp_offset_s, boxes, err)
                   : sfd_fail_nomem(err, "tracks");
    free(boxes);
    return sfd_proposals_finish(out, p, status, err);
}
