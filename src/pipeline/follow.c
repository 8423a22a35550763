/* SPDX-License-Identifier: Apache-2.0 */
/* The tracker's numbers, kept as tracks. */
#include "pipeline/follow.h"

#include "base/alloc.h"
#include "base/error.h"
#include "persons/tracker.h"

#include <math.h>
#include <stdlib.h>

#define MAX_GAP_S 1 /* that somebody who is hidden moves evenly through */

struct sfd_follower {
    sfd_tracker *tracker;
    sfd_tracker_settings settings;
    double last_s;  /* moment */
    size_t n_first; /* numbers given at the first one */
    bool begun;

    /* the present moment's */
    sfd_tracked_box *seen;
    sfd_look *looks;
    sfd_box_norm *certain; /* boxes of high score, which come first */
    size_t n_seen_alloc;

    /* of all moments; person_id is the tracker's number */
    sfd_track_box *boxes;
    size_t n_boxes, n_alloc;
    size_t *n_of; /* [n_numbers] boxes of track number i + 1 */
    size_t n_numbers, n_numbers_alloc;
};

/* ByteTrack's thresholds, for detectors whose persons score `threshold`; as there, somebody new has
 * to score a tenth more. */
static void choose_settings(sfd_tracker_settings *s, double fps, double threshold)
{
    sfd_tracker_settings_defaults(s);
    s->step_s = 1 / fps;
    s->start_score = fmin(threshold + 0.1, (threshold + 1) / 2);
    s->high_score = fmin(s->high_score, threshold);
    s->low_score = fmin(s->low_score, s->high_score / 2);
}

sfd_status sfd_follower_create(sfd_follower **out, double fps, double threshold, sfd_error *err)
{
    sfd_follower *f = sfd_calloc(1, sizeof *f);
    *out = NULL;
    if (!f)
        return sfd_fail_nomem(err, "following persons");
    choose_settings(&f->settings, fps, threshold);
    sfd_status status = sfd_tracker_create(&f->tracker, &f->settings, err);
    if (status == SFD_OK)
        *out = f;
    else
        sfd_follower_free(f);
    return status;
}

void sfd_follower_free(sfd_follower *f)
{
    if (!f)
        return;
    sfd_tracker_destroy(f->tracker);
    free(f->seen);
    free(f->looks);
    free(f->certain);
    free(f->boxes);
    free(f->n_of);
    free(f);
}

double sfd_follower_least_score(const sfd_follower *f)
{
    return f->settings.low_score;
}

static sfd_status reserve(sfd_follower *f, size_t n, sfd_error *err)
{
    if (n <= f->n_seen_alloc)
        return SFD_OK;
    free(f->seen);
    free(f->looks);
    free(f->certain);
    f->seen = sfd_malloc_array(n, sizeof *f->seen);
    f->looks = sfd_malloc_array(n, sizeof *f->looks);
    f->certain = sfd_malloc_array(n, sizeof *f->certain);
    f->n_seen_alloc = f->seen && f->looks && f->certain ? n : 0;
    return f->n_seen_alloc > 0 ? SFD_OK : sfd_fail_nomem(err, "following persons");
}

static bool count(sfd_follower *f, int64_t number)
{
    while (f->n_numbers < (size_t)number) {
        if (!sfd_grow(&f->n_of, &f->n_numbers_alloc, f->n_numbers, sizeof *f->n_of))
            return false;
        f->n_of[f->n_numbers++] = 0;
    }
    f->n_of[number - 1]++;
    return true;
}

static sfd_status keep(sfd_follower *f, double timestamp_s, size_t n, sfd_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const sfd_tracked_box *b = &f->seen[i];
        if (b->track == SFD_NO_TRACK)
            continue;
        if (!sfd_grow(&f->boxes, &f->n_alloc, f->n_boxes, sizeof *f->boxes) || !count(f, b->track))
            return sfd_fail_nomem(err, "following persons");
        f->boxes[f->n_boxes++] = (sfd_track_box){.timestamp_s = timestamp_s,
                                                 .box = b->box,
                                                 .score = b->score,
                                                 .person_id = b->track,
                                                 .has_person_id = true};
    }
    return SFD_OK;
}

/* Persons come best first. */
static void look_at_all(sfd_follower *f, size_t n, const sfd_picture *p)
{
    sfd_look_scene scene = {.rgb = p->rgb,
                            .width = p->width,
                            .height = p->height,
                            .stride_bytes = p->stride_bytes,
                            .boxes = f->certain};
    for (; scene.n < n && f->seen[scene.n].score >= f->settings.high_score; scene.n++)
        f->certain[scene.n] = f->seen[scene.n].box;
    sfd_look_weigh_colours(&scene);
    for (size_t i = 0; i < n; i++) {
        sfd_look_at(&f->looks[i], &scene, &f->seen[i].box);
        f->seen[i].look = &f->looks[i];
    }
}

sfd_status sfd_follower_add(sfd_follower *f, double timestamp_s, const sfd_found_person *persons,
                            size_t n, const sfd_picture *picture, sfd_error *err)
{
    const double width = picture->width, height = picture->height;
    sfd_status status = reserve(f, n, err);
    if (status != SFD_OK)
        return status;
    f->last_s = timestamp_s;
    for (size_t i = 0; i < n; i++) {
        const sfd_box_px *b = &persons[i].box;
        f->seen[i] = (sfd_tracked_box){.box = {(double)b->x1 / width, (double)b->y1 / height,
                                               (double)b->x2 / width, (double)b->y2 / height},
                                       .score = (double)persons[i].score};
    }
    if (n > 0 && picture->rgb)
        look_at_all(f, n, picture);
    status = sfd_tracker_update(f->tracker, timestamp_s, f->seen, n, err);
    if (status == SFD_OK)
        status = keep(f, timestamp_s, n, err);
    if (!f->begun)
        f->n_first = f->n_numbers;
    f->begun = true;
    return status;
}

/* Boxes come in order of time, so that ids do. A person seen once was perhaps nobody, but at the
 * first moment there was no chance to be seen before. */
static void number_persons(sfd_follower *f, int64_t *id_of)
{
    int64_t n_persons = 0;
    size_t n = 0;
    for (size_t i = 0; i < f->n_boxes; i++) {
        sfd_track_box b = f->boxes[i];
        const size_t number = (size_t)b.person_id - 1;
        if (f->n_of[number] < 2 && number >= f->n_first)
            continue;
        if (id_of[number] == 0)
            id_of[number] = ++n_persons;
        b.person_id = id_of[number];
        f->boxes[n++] = b;
    }
    f->n_boxes = n;
}

/* Between the last moment and the last frame nobody is looked for: who is there stays there. */
static sfd_status stay(sfd_follower *f, double until_s, sfd_error *err)
{
    const size_t n = until_s > f->last_s ? f->n_boxes : 0;
    for (size_t i = n; i > 0 && f->boxes[i - 1].timestamp_s == f->last_s; i--) {
        if (!sfd_grow(&f->boxes, &f->n_alloc, f->n_boxes, sizeof *f->boxes))
            return sfd_fail_nomem(err, "following persons");
        f->boxes[f->n_boxes] = f->boxes[i - 1];
        f->boxes[f->n_boxes++].timestamp_s = until_s;
    }
    return SFD_OK;
}

sfd_status sfd_follower_finish(sfd_follower *f, double until_s, sfd_tracks **out, sfd_error *err)
{
    const sfd_status status = stay(f, until_s, err);
    int64_t *id_of = sfd_calloc(f->n_numbers, sizeof *id_of);
    *out = NULL;
    if (!id_of || status != SFD_OK) {
        free(id_of);
        return status != SFD_OK ? status : sfd_fail_nomem(err, "following persons");
    }
    number_persons(f, id_of);
    free(id_of);
    return sfd_tracks_make(out, f->boxes, f->n_boxes, MAX_GAP_S * (1 + 1e-9), err);
}
