/* SPDX-License-Identifier: Apache-2.0 */
/* MOTChallenge's csv of one video, frame,id,x,y,width,height,conf,-1,-1,-1: read as the other
 * programs read it (boxes/tracks_mot.c); written with a row for every box, and for the frames
 * through which a person moves. */
#include "annotations/format.h"
#include "annotations/sample.h"
#include "base/decimal.h"
#include "base/error.h"

#include <sfdet/tracks.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static bool matches(const sfd_annotation_input *in)
{
    return !in->json && sfd_is_mot_file(in->path);
}

/* ---- reading */

static sfd_status add_track(sfd_annotations *a, sfd_labelled_video *v, const sfd_track_info *t,
                            const char *path, sfd_error *err)
{
    sfd_status status = SFD_OK;
    char place[320];
    snprintf(place, sizeof place, "%.250s: a box", path);
    for (size_t i = 0; status == SFD_OK && i < t->n_boxes; i++) {
        const sfd_track_box *from = &t->boxes[i];
        sfd_person_box b = {.time_s = from->timestamp_s,
                            .corner = {from->box.x1, from->box.y1, from->box.x2, from->box.y2},
                            .score = from->score,
                            .person_id = t->person_id,
                            .has_person_id = t->has_person_id};
        status = sfd_set_add(a, v, &b, SFD_UNIT_FRACTIONS, place, err);
    }
    return status;
}

static sfd_status read(sfd_annotations *a, const sfd_annotation_input *in, sfd_error *err)
{
    sfd_mot_settings s;
    sfd_labelled_video *v;
    sfd_tracks *tracks = NULL;
    sfd_status status = sfd_set_only_video(a, &v, NULL, err);
    if (status != SFD_OK)
        return status;
    if (v->width == 0)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: width and height of video \"%s\" are needed for MOT files", in->path,
                        v->id);
    sfd_mot_settings_defaults(&s);
    s.width = v->width;
    s.height = v->height;
    s.fps = sfd_set_get_fps(a, v);
    s.strict = a->settings.strict;
    s.user = a->settings.user;
    s.on_warning = a->settings.on_warning;
    status = sfd_tracks_read_mot(&tracks, in->path, &s, err);
    const size_t n = status == SFD_OK ? sfd_tracks_count(tracks) : 0;
    for (size_t i = 0; status == SFD_OK && i < n; i++) {
        sfd_track_info info;
        sfd_tracks_get(tracks, i, &info);
        status = add_track(a, v, &info, in->path, err);
    }
    sfd_tracks_free(tracks);
    return status;
}

/* ---- writing */

static sfd_status put_row(sfd_annotations *a, FILE *f, sfd_labelled_video *v,
                          const sfd_person_box *b, sfd_error *err)
{
    double c[4];
    char text[5][SFD_DECIMAL_CHARS];
    sfd_status status = sfd_set_corners(v, b, SFD_UNIT_PIXELS, c, err);
    if (status != SFD_OK)
        return status;
    sfd_format_drop_actions(a, b);
    fprintf(f, "%" PRId64 ",%" PRId64 ",%s,%s,%s,%s,%s,-1,-1,-1\n",
            sfd_set_frame_of(a, v, b->time_s) + 1, b->has_person_id ? b->person_id : -1,
            sfd_format_decimal(text[0], c[0]), sfd_format_decimal(text[1], c[1]),
            sfd_format_decimal(text[2], c[2] - c[0]), sfd_format_decimal(text[3], c[3] - c[1]),
            sfd_format_decimal(text[4], b->score == SFD_NO_SCORE ? 1 : b->score));
    return SFD_OK;
}

static sfd_status write(sfd_annotations *a, FILE *f, sfd_error *err)
{
    sfd_labelled_video *v;
    sfd_person_samples s;
    sfd_status status = sfd_format_only_video(a, &v, "MOT", err);
    if (status == SFD_OK)
        status = sfd_sample_persons(&s, a, v, SFD_FRAMES, err);
    if (status != SFD_OK)
        return status;
    for (size_t i = 0; status == SFD_OK && i < s.n; i++)
        status = put_row(a, f, v, &s.boxes[i], err);
    sfd_person_samples_free(&s);
    return status;
}

const sfd_format sfd_format_mot = {
    .info = {.name = "mot",
             .extension = ".txt",
             .summary = "MOTChallenge's csv, boxes of persons followed in one video",
             .reads = true,
             .writes = true},
    .matches = matches,
    .read = read,
    .write = write,
};
