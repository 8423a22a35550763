/* SPDX-License-Identifier: Apache-2.0 */
/* The tracker's numbers, kept as tracks. */
#include "pipeline/follow.h"

#include "base/alloc.h"
#include "base/error.h"
#include "persons/tracker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_GAP_S (1 * (1 + 1e-9)) /* that somebody who is hidden moves evenly through */
#define KEPT_S    1.1              /* boxes say nothing about times later than that */

/* Somebody who is in the lists. */
typedef struct person {
    int64_t number; /* the tracker's */
    int64_t id;
} person;

typedef struct box_list {
    sfd_track_box *boxes; /* in order of time, and of the detector's scores */
    size_t n, n_alloc;
} box_list;

struct sfd_follower {
    sfd_tracker *tracker;
    sfd_tracker_settings settings;
    double last_s;   /* moment */
    int64_t n_first; /* numbers given at the first one */
    bool begun, keep_all;

    /* the present moment's */
    sfd_tracked_box *seen;
    sfd_look *looks;
    sfd_box_norm *certain; /* boxes of high score, which come first */
    size_t n_seen_alloc;

    box_list open;    /* person_id is the tracker's number */
    box_list settled; /* behind them in time, with ids, as far as they are needed */
    box_list all;     /* with keep_all: settled, from the beginning */

    /* those who may get boxes, by number; ids rise likewise */
    person *persons;
    size_t n_persons, n_persons_alloc;
    int64_t n_ids;

    sfd_track_box *places;
    size_t n_places_alloc;
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

sfd_status sfd_follower_create(sfd_follower **out, double fps, double threshold, bool keep_all,
                               sfd_error *err)
{
    sfd_follower *f = sfd_calloc(1, sizeof *f);
    *out = NULL;
    if (!f)
        return sfd_fail_nomem(err, "following persons");
    f->keep_all = keep_all;
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
    free(f->open.boxes);
    free(f->settled.boxes);
    free(f->all.boxes);
    free(f->persons);
    free(f->places);
    free(f);
}

double sfd_follower_least_score(const sfd_follower *f)
{
    return f->settings.low_score;
}

double sfd_follower_delay_s(const sfd_follower *f)
{
    return MAX_GAP_S + SFD_TRACKER_PATIENCE * f->settings.step_s;
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

static sfd_status append(box_list *l, const sfd_track_box *b, sfd_error *err)
{
    if (!sfd_grow(&l->boxes, &l->n_alloc, l->n, sizeof *l->boxes))
        return sfd_fail_nomem(err, "following persons");
    l->boxes[l->n++] = *b;
    return SFD_OK;
}

static void drop_first(box_list *l, size_t n)
{
    l->n -= n;
    if (n > 0 && l->n > 0)
        memmove(l->boxes, l->boxes + n, l->n * sizeof *l->boxes);
}

static sfd_status keep(sfd_follower *f, double timestamp_s, size_t n, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < n && status == SFD_OK; i++) {
        const sfd_tracked_box *b = &f->seen[i];
        const sfd_track_box box = {.timestamp_s = timestamp_s,
                                   .box = b->box,
                                   .score = b->score,
                                   .person_id = b->track,
                                   .has_person_id = true};
        if (b->track == SFD_NO_TRACK)
            continue;
        if (!f->begun && b->track > f->n_first)
            f->n_first = b->track;
        status = append(&f->open, &box, err);
    }
    f->begun = true;
    return status;
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
    return status;
}

/* ------------------------------------------------------------------ who is who */

static int by_number(const void *a, const void *b)
{
    const person *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static const person *find_person(const sfd_follower *f, int64_t number)
{
    const person key = {.number = number};
    return f->n_persons > 0 ? bsearch(&key, f->persons, f->n_persons, sizeof key, by_number) : NULL;
}

/* Whether the first open box of a number has a successor, or needs none: at the first moment there
 * was no chance to be seen before. */
static bool is_somebody(const sfd_follower *f, int64_t number)
{
    size_t n = 0;
    for (size_t i = 0; i < f->open.n && n < 2; i++)
        n += f->open.boxes[i].person_id == number;
    return n > 1 || number <= f->n_first;
}

/* Takes those in whose first boxes come in this order. */
static sfd_status get_id(sfd_follower *f, int64_t number, int64_t *id, sfd_error *err)
{
    const person *known = find_person(f, number);
    *id = 0;
    if (!known && is_somebody(f, number)) {
        if (!sfd_grow(&f->persons, &f->n_persons_alloc, f->n_persons, sizeof *f->persons))
            return sfd_fail_nomem(err, "following persons");
        f->persons[f->n_persons] = (person){number, ++f->n_ids};
        known = &f->persons[f->n_persons++];
    }
    if (known)
        *id = known->id;
    return SFD_OK;
}

static sfd_status settle_box(sfd_follower *f, sfd_track_box b, sfd_error *err)
{
    sfd_status status = get_id(f, b.person_id, &b.person_id, err);
    if (status != SFD_OK || b.person_id == 0)
        return status;
    status = append(&f->settled, &b, err);
    return status == SFD_OK && f->keep_all ? append(&f->all, &b, err) : status;
}

/* Open boxes up to a time get their ids. */
static sfd_status settle(sfd_follower *f, double until_s, sfd_error *err)
{
    sfd_status status = SFD_OK;
    size_t n = 0;
    while (status == SFD_OK && n < f->open.n && f->open.boxes[n].timestamp_s <= until_s)
        status = settle_box(f, f->open.boxes[n++], err);
    drop_first(&f->open, n);
    return status;
}

static bool may_come_back(const sfd_follower *f, int64_t number)
{
    for (size_t i = 0; i < f->open.n; i++)
        if (f->open.boxes[i].person_id == number)
            return true;
    return sfd_tracker_remembers(f->tracker, number);
}

/* What times from timestamp_s on do not need. */
static void forget(sfd_follower *f, double timestamp_s)
{
    const double from_s = fmin(timestamp_s - KEPT_S, f->last_s);
    size_t n = 0, n_kept = 0;
    while (n < f->settled.n && f->settled.boxes[n].timestamp_s < from_s)
        n++;
    drop_first(&f->settled, n);
    for (size_t i = 0; i < f->n_persons; i++)
        if (may_come_back(f, f->persons[i].number))
            f->persons[n_kept++] = f->persons[i];
    f->n_persons = n_kept;
}

/* ----------------------------------------------------------------------- places */

/* Between the last moment and the last frame nobody is looked for: who is there stays there. */
static sfd_status stay(sfd_follower *f, double until_s, sfd_error *err)
{
    const size_t n = until_s > f->last_s ? f->settled.n : 0;
    sfd_status status = SFD_OK;
    for (size_t i = n;
         i > 0 && status == SFD_OK && f->settled.boxes[i - 1].timestamp_s == f->last_s; i--) {
        sfd_track_box b = f->settled.boxes[i - 1];
        b.timestamp_s = until_s;
        status = append(&f->settled, &b, err);
        if (status == SFD_OK && f->keep_all)
            status = append(&f->all, &b, err);
    }
    return status;
}

sfd_status sfd_follower_end(sfd_follower *f, double until_s, sfd_error *err)
{
    const sfd_status status = settle(f, INFINITY, err);
    return status == SFD_OK ? stay(f, until_s, err) : status;
}

static sfd_status make_tracks(const box_list *l, sfd_tracks **out, sfd_error *err)
{
    return sfd_tracks_make(out, l->boxes, l->n, MAX_GAP_S, err);
}

sfd_status sfd_follower_at(sfd_follower *f, double timestamp_s, const sfd_track_box **places,
                           size_t *n, sfd_error *err)
{
    sfd_tracks *t = NULL;
    *n = 0;
    sfd_status status = settle(f, timestamp_s + MAX_GAP_S, err);
    forget(f, timestamp_s);
    if (status == SFD_OK)
        status = make_tracks(&f->settled, &t, err);
    if (status != SFD_OK)
        return status;
    const size_t n_room = sfd_tracks_count(t);
    if (n_room > f->n_places_alloc) {
        free(f->places);
        f->places = sfd_malloc_array(n_room, sizeof *f->places);
        f->n_places_alloc = f->places ? n_room : 0;
    }
    if (n_room <= f->n_places_alloc)
        *n = sfd_tracks_at(t, timestamp_s, f->places, n_room);
    else
        status = sfd_fail_nomem(err, "following persons");
    *places = f->places;
    sfd_tracks_free(t);
    return status;
}

sfd_status sfd_follower_tracks(const sfd_follower *f, sfd_tracks **out, sfd_error *err)
{
    return make_tracks(&f->all, out, err);
}
