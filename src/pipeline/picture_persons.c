/* SPDX-License-Identifier: Apache-2.0 */
/* Persons found at keyframes, with timestamps and scores as files spell them. */
#include "pipeline/picture_persons.h"

#include "base/error.h"
#include "base/settings.h"
#include "base/timeline.h"
#include "media/video_reader.h"
#include "pipeline/box_writer.h"

#include <math.h>
#include <stdlib.h>

#define MIN_STEP_S (1.0 / SFD_TIMELINE_FPS)

void sfd_find_settings_defaults_sized(sfd_find_settings *s, size_t struct_size)
{
    const sfd_find_settings defaults = {.every_s = 1, .threshold = 0.8};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

sfd_status sfd_find_settings_check(const sfd_find_settings *s, sfd_error *err)
{
    if (!(s->every_s >= MIN_STEP_S) || !(s->every_s <= 1e6) || !(s->threshold >= 0) ||
        s->max_persons < 0 || !(fabs(s->timestamp_offset_s) <= 1e9))
        return sfd_fail(err, SFD_ERR_ARG,
                        "a keyframe every %g s from %g s, scores from %g, %d persons: out of range",
                        s->every_s, s->timestamp_offset_s, s->threshold, s->max_persons);
    if (s->track_fps != 0 && !(s->track_fps >= 1 && s->track_fps <= SFD_TIMELINE_FPS))
        return sfd_fail(err, SFD_ERR_ARG,
                        "following persons at %g pictures a second: 1 to %d are possible",
                        s->track_fps, SFD_TIMELINE_FPS);
    return SFD_OK;
}

static double as_spelled(double v)
{
    return rint(v * 1e6) / 1e6;
}

double sfd_keyframe_timestamp(size_t k, double every_s, double offset_s)
{
    return as_spelled((double)k * every_s + offset_s);
}

size_t sfd_count_keyframes(double duration_s, double every_s)
{
    const double last_s = duration_s - MIN_STEP_S;
    return last_s > 0 ? (size_t)(last_s / every_s) + 1 : 0;
}

size_t sfd_keyframe_from(int64_t frame, double every_s)
{
    return (size_t)fmax(ceil(((double)frame - 0.5) / (every_s * SFD_TIMELINE_FPS)), 0);
}

void sfd_warn_of_holes(const char *video_id, size_t n_left_out,
                       void (*on_warning)(void *user, const char *message), void *user)
{
    sfd_error message;
    if (n_left_out == 0)
        return;
    sfd_fail(&message, SFD_ERR_FORMAT,
             "%s: %zu keyframe%s left out, whose picture has stood for more than %d s", video_id,
             n_left_out, sfd_plural(n_left_out), SFD_STILL_S);
    on_warning(user, message.message);
}

sfd_status sfd_find_in_picture(sfd_person_finder *f, const sfd_picture *p, double threshold,
                               int max_persons, const sfd_found_person **persons, size_t *n,
                               sfd_error *err)
{
    sfd_status status = sfd_person_finder_run(f, p->rgb, p->width, p->height, p->stride_bytes,
                                              threshold - 1e-6, persons, n, err);
    if (max_persons > 0 && *n > (size_t)max_persons)
        *n = (size_t)max_persons;
    while (*n > 0 && as_spelled((double)(*persons)[*n - 1].score) < threshold)
        (*n)--;
    return status;
}

sfd_status sfd_rows_as_proposals(sfd_proposals **out, const char *video_id, const char *rows,
                                 size_t n_bytes, sfd_error *err)
{
    sfd_proposals_settings s;
    sfd_proposals_settings_defaults(&s);
    s.box_threshold = 0;
    return sfd_proposals_parse(out, video_id, rows, n_bytes, &video_id, 1, &s, err);
}

sfd_status sfd_found_as_proposals(sfd_proposals **out, const sfd_found_keyframe *k, sfd_error *err)
{
    char *rows = NULL;
    size_t n_bytes = 0;
    *out = NULL;
    FILE *f = open_memstream(&rows, &n_bytes);
    if (!f)
        return sfd_fail_nomem(err, k->video_id);
    sfd_write_box_rows(f, k);
    const bool written = !ferror(f);
    sfd_status status = fclose(f) == 0 && written
                            ? sfd_rows_as_proposals(out, k->video_id, rows, n_bytes, err)
                            : sfd_fail_nomem(err, k->video_id);
    free(rows);
    return status;
}
