/* SPDX-License-Identifier: Apache-2.0 */
/* The video that is run next. Where it cannot be opened nothing is said: whose turn it is opens it
 * again, and says what it meets. */
#include "pipeline/ahead.h"

#include "base/alloc.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct sfd_ahead {
    char *path;
    sfd_find_settings find;
    sfd_ahead_video video; /* with these */
    sfd_clip_source *source;
    pthread_t thread;
    bool has_thread;
    atomic_bool stop;
};

static bool should_stop(void *user)
{
    sfd_ahead *a = user;
    return atomic_load_explicit(&a->stop, memory_order_relaxed);
}

static void *open_source(void *user)
{
    sfd_ahead *a = user;
    sfd_clip_source_open(&a->source, a->path, &a->video.plan, NULL);
    return NULL;
}

static bool is_regular_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Whoever is followed is found in order of time, by what was seen before. */
static bool may_be(const sfd_ahead_video *v)
{
    return !v->boxes.followed && is_regular_file(v->path);
}

sfd_ahead *sfd_ahead_begin(const sfd_ahead_video *v)
{
    sfd_ahead *a = may_be(v) ? sfd_calloc(1, sizeof *a) : NULL;
    if (!a)
        return NULL;
    a->video = *v;
    a->path = sfd_strdup(v->path);
    if (v->boxes.find) {
        a->find = *v->boxes.find;
        a->video.boxes.find = &a->find;
    }
    a->video.path = a->path;
    a->video.plan.should_stop = should_stop;
    a->video.plan.user = a;
    a->video.boxes.kind->plan(&a->video.boxes, &a->video.plan);
    a->has_thread = a->path && pthread_create(&a->thread, NULL, open_source, a) == 0;
    if (a->has_thread)
        return a;
    sfd_ahead_end(a);
    return NULL;
}

static void wait(sfd_ahead *a)
{
    if (a->has_thread)
        pthread_join(a->thread, NULL);
    a->has_thread = false;
}

static bool same_boxes(const sfd_keyframe_boxes *a, const sfd_keyframe_boxes *b)
{
    return a->kind == b->kind && a->offset_s == b->offset_s && a->step_s == b->step_s &&
           a->first == b->first && a->n_wanted == b->n_wanted &&
           a->given.keyframes == b->given.keyframes &&
           a->given.n_keyframes == b->given.n_keyframes && a->persons == b->persons &&
           (!a->find || a->find->every_s == b->find->every_s);
}

sfd_clip_source *sfd_ahead_take(sfd_ahead *a, const sfd_ahead_video *v)
{
    const sfd_clip_plan *p = &a->video.plan, *q = &v->plan;
    if (strcmp(a->path, v->path) != 0 || !same_boxes(&a->video.boxes, &v->boxes) ||
        p->model != q->model || p->views != q->views || p->n_clips != q->n_clips ||
        p->pictures != q->pictures)
        return NULL;
    wait(a);
    sfd_clip_source *source = a->source;
    a->source = NULL;
    return source;
}

void sfd_ahead_end(sfd_ahead *a)
{
    if (!a)
        return;
    atomic_store_explicit(&a->stop, true, memory_order_relaxed);
    wait(a);
    sfd_clip_source_close(a->source);
    free(a->path);
    free(a);
}
