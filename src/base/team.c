/* SPDX-License-Identifier: Apache-2.0 */
/* A team of threads: a loop is published under a lock, its items are handed out by a counter. */
#include "base/team.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define SPIN_S      1e-4
#define SPIN_CHECKS 64 /* looks at the flag between two looks at the clock */

typedef struct worker {
    sfd_team *team;
    pthread_t handle;
    int thread; /* 1 .. n_own - 1 */
} worker;

struct sfd_team {
    int size, n_own; /* places, and those of the caller and of workers: the first ones */
    int n_workers;   /* n_workers of n_own - 1 were started */
    pid_t pid;       /* process in which they live */
    worker *workers;

    pthread_mutex_t lock;
    bool *taken;          /* [size] by guests; under the lock */
    unsigned n_dismissed; /* how often guests were sent away; under the lock */
    pthread_cond_t published, finished;
    atomic_uint loop;     /* number of the present loop; written under the lock */
    atomic_int n_running; /* workers inside it; written under the lock */
    bool open;            /* workers may still enter it */
    bool stopping;

    /* the present loop's; constant while a worker is inside */
    sfd_team_fn fn;
    void *user;
    size_t n;
    atomic_size_t next;
};

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* True as soon as another loop than `seen` is published, false when that takes too long. */
static bool spin_for_loop(sfd_team *t, unsigned seen)
{
    const double end = sfd_clock_s() + SPIN_S;
    do {
        for (int i = 0; i < SPIN_CHECKS; i++) {
            if (atomic_load_explicit(&t->loop, memory_order_acquire) != seen)
                return true;
            relax();
        }
    } while (sfd_clock_s() < end);
    return false;
}

static void spin_until_finished(sfd_team *t)
{
    const double end = sfd_clock_s() + SPIN_S;
    do {
        for (int i = 0; i < SPIN_CHECKS; i++) {
            if (atomic_load_explicit(&t->n_running, memory_order_acquire) == 0)
                return;
            relax();
        }
    } while (sfd_clock_s() < end);
}

static void take_items(sfd_team *t, int thread)
{
    for (;;) {
        const size_t item = atomic_fetch_add_explicit(&t->next, 1, memory_order_relaxed);
        if (item >= t->n)
            return;
        t->fn(t->user, item, thread);
    }
}

/* Under the lock. n_dismissed: how often guests had been sent away when this one was asked; NULL
 * for the team's own threads. */
static bool sent_away(const sfd_team *t, const unsigned *n_dismissed)
{
    return t->stopping || (n_dismissed && *n_dismissed != t->n_dismissed);
}

/* Takes part in loops after `seen`, until the team stops or sends guests away. */
static void serve(sfd_team *t, int thread, unsigned seen, const unsigned *n_dismissed)
{
    for (;;) {
        spin_for_loop(t, seen);
        pthread_mutex_lock(&t->lock);
        while (atomic_load(&t->loop) == seen && !sent_away(t, n_dismissed))
            pthread_cond_wait(&t->published, &t->lock);
        seen = atomic_load(&t->loop);
        const bool leave = sent_away(t, n_dismissed), enter = t->open && !leave;
        if (enter)
            atomic_fetch_add(&t->n_running, 1);
        pthread_mutex_unlock(&t->lock);
        if (leave)
            return;
        if (!enter)
            continue;
        take_items(t, thread);
        pthread_mutex_lock(&t->lock);
        if (atomic_fetch_sub(&t->n_running, 1) == 1)
            pthread_cond_signal(&t->finished);
        pthread_mutex_unlock(&t->lock);
    }
}

static void *work(void *arg)
{
    const worker *w = arg;
    serve(w->team, w->thread, 0, NULL);
    return NULL;
}

/* Signals are for the program's own threads. */
static bool start_workers(sfd_team *t)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool ok = true;
    while (ok && t->n_workers < t->n_own - 1) {
        worker *w = &t->workers[t->n_workers];
        *w = (worker){.team = t, .thread = t->n_workers + 1};
        ok = pthread_create(&w->handle, NULL, work, w) == 0;
        t->n_workers += ok;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ok;
}

sfd_status sfd_team_create_open(sfd_team **out, int n_threads, int n_places, sfd_error *err)
{
    *out = NULL;
    sfd_team *t = sfd_calloc(1, sizeof *t);
    if (!t)
        return sfd_fail_nomem(err, "starting threads");
    t->size = n_places;
    t->n_own = n_threads;
    t->pid = getpid();
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->published, NULL);
    pthread_cond_init(&t->finished, NULL);
    t->workers = sfd_calloc((size_t)n_threads, sizeof *t->workers);
    t->taken = sfd_calloc((size_t)n_places, sizeof *t->taken);
    if (!t->workers || !t->taken || !start_workers(t)) {
        sfd_team_destroy(t);
        return sfd_fail(err, SFD_ERR_NOMEM,
                        "%d threads cannot be started: out of memory, or too many", n_threads);
    }
    *out = t;
    return SFD_OK;
}

sfd_status sfd_team_create(sfd_team **out, int n_threads, sfd_error *err)
{
    return sfd_team_create_open(out, n_threads, n_threads, err);
}

static bool is_forked(const sfd_team *t)
{
    return t->pid != getpid();
}

void sfd_team_destroy(sfd_team *t)
{
    if (!t)
        return;
    if (!is_forked(t)) {
        pthread_mutex_lock(&t->lock);
        t->stopping = true;
        pthread_cond_broadcast(&t->published);
        pthread_mutex_unlock(&t->lock);
        for (int i = 0; i < t->n_workers; i++)
            pthread_join(t->workers[i].handle, NULL);
        pthread_cond_destroy(&t->finished);
        pthread_cond_destroy(&t->published);
        pthread_mutex_destroy(&t->lock);
    }
    free(t->workers);
    free(t->taken);
    free(t);
}

int sfd_team_size(const sfd_team *t)
{
    return t->size;
}

static void publish(sfd_team *t, size_t n, sfd_team_fn fn, void *user)
{
    pthread_mutex_lock(&t->lock);
    t->fn = fn;
    t->user = user;
    t->n = n;
    atomic_store(&t->next, 0);
    t->open = true;
    atomic_fetch_add(&t->loop, 1);
    pthread_cond_broadcast(&t->published);
    pthread_mutex_unlock(&t->lock);
}

/* Nobody enters the loop any more; waits for those inside. */
static void finish(sfd_team *t)
{
    pthread_mutex_lock(&t->lock);
    t->open = false;
    pthread_mutex_unlock(&t->lock);
    spin_until_finished(t);
    pthread_mutex_lock(&t->lock);
    while (atomic_load(&t->n_running) > 0)
        pthread_cond_wait(&t->finished, &t->lock);
    pthread_mutex_unlock(&t->lock);
}

void sfd_team_for(sfd_team *t, size_t n, sfd_team_fn fn, void *user)
{
    if (n <= 1 || t->size == 1 || is_forked(t)) {
        for (size_t item = 0; item < n; item++)
            fn(user, item, 0);
        return;
    }
    publish(t, n, fn, user);
    take_items(t, 0);
    finish(t);
}

/* --------------------------------------------------------------------- guests */

unsigned sfd_team_dismissals(sfd_team *t)
{
    pthread_mutex_lock(&t->lock);
    const unsigned n = t->n_dismissed;
    pthread_mutex_unlock(&t->lock);
    return n;
}

void sfd_team_dismiss(sfd_team *t)
{
    pthread_mutex_lock(&t->lock);
    t->n_dismissed++;
    pthread_cond_broadcast(&t->published);
    pthread_mutex_unlock(&t->lock);
}

/* A place, and the loop before the one in hand, which a guest may still enter; 0: all are taken. */
static int take_place(sfd_team *t, unsigned *seen)
{
    pthread_mutex_lock(&t->lock);
    int place = t->n_own;
    while (place < t->size && t->taken[place])
        place++;
    place = place < t->size ? place : 0;
    t->taken[place] = place > 0;
    *seen = atomic_load(&t->loop) - 1;
    pthread_mutex_unlock(&t->lock);
    return place;
}

void sfd_team_help(sfd_team *t, unsigned n_dismissed)
{
    unsigned seen;
    const int place = take_place(t, &seen);
    if (place == 0)
        return;
    serve(t, place, seen, &n_dismissed);
    pthread_mutex_lock(&t->lock);
    t->taken[place] = false;
    pthread_mutex_unlock(&t->lock);
}
