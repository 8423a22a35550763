/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs at work beside each other. */
#include "pipeline/crew.h"

#include "base/error.h"

/* Under the lock: the job at work with the fewest guests that has a place for one more. */
static sfd_job *job_to_help(const sfd_crew *c)
{
    sfd_job *best = NULL;
    for (sfd_job *j = c->jobs; j < c->jobs + c->n; j++)
        if (j->at_work && j->n_guests < j->n_places && (!best || j->n_guests < best->n_guests))
            best = j;
    return best;
}

/* Under the lock, which is left meanwhile. */
static bool help(sfd_crew *c, sfd_job *j)
{
    sfd_job *host = job_to_help(c);
    if (!host)
        return false;
    const unsigned n_dismissed = sfd_team_dismissals(host->team);
    host->n_guests++;
    j->host = host->team;
    pthread_mutex_unlock(&c->lock);
    sfd_team_help(host->team, n_dismissed);
    pthread_mutex_lock(&c->lock);
    j->host = NULL;
    host->n_guests--;
    return true;
}

/* Likewise. */
static void compute(sfd_crew *c, sfd_job *j)
{
    pthread_mutex_unlock(&c->lock);
    sfd_job_compute(j);
    pthread_mutex_lock(&c->lock);
    j->at_work = false;
    sfd_team_dismiss(j->team);
    pthread_cond_broadcast(&c->changed);
}

static void *work(void *user)
{
    sfd_job *j = user;
    sfd_crew *c = j->crew;
    pthread_mutex_lock(&c->lock);
    while (j->at_work || !c->quit) {
        if (j->at_work)
            compute(c, j);
        else if (!help(c, j))
            pthread_cond_wait(&c->changed, &c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

sfd_status sfd_crew_begin(sfd_crew *c, sfd_job *jobs, size_t n, sfd_error *err)
{
    *c = (sfd_crew){.jobs = jobs, .n = n};
    if (n == 1)
        return SFD_OK;
    c->has_lock = pthread_mutex_init(&c->lock, NULL) == 0;
    c->has_condition = pthread_cond_init(&c->changed, NULL) == 0;
    bool ok = c->has_lock && c->has_condition;
    for (sfd_job *j = jobs; ok && j < jobs + n; j++) {
        j->crew = c;
        ok = pthread_create(&j->thread, NULL, work, j) == 0;
        c->n_threads += ok;
    }
    return ok ? SFD_OK
              : sfd_fail(err, SFD_ERR_NOMEM,
                         "cannot start a thread for a keyframe: out of memory, or too many");
}

static void tell_to_quit(sfd_crew *c)
{
    pthread_mutex_lock(&c->lock);
    c->quit = true;
    for (size_t i = 0; i < c->n; i++)
        if (c->jobs[i].host)
            sfd_team_dismiss(c->jobs[i].host);
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

void sfd_crew_end(sfd_crew *c)
{
    if (c->n_threads > 0)
        tell_to_quit(c);
    for (size_t i = 0; i < c->n_threads; i++)
        pthread_join(c->jobs[i].thread, NULL);
    if (c->has_condition)
        pthread_cond_destroy(&c->changed);
    if (c->has_lock)
        pthread_mutex_destroy(&c->lock);
    *c = (sfd_crew){0};
}

void sfd_crew_start(sfd_crew *c, sfd_job *j)
{
    if (c->n_threads == 0) {
        sfd_job_compute(j);
        return;
    }
    pthread_mutex_lock(&c->lock);
    j->at_work = true;
    if (j->host)
        sfd_team_dismiss(j->host);
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

sfd_status sfd_crew_wait(sfd_crew *c, sfd_job *j, sfd_error *err)
{
    if (c->n_threads > 0) {
        pthread_mutex_lock(&c->lock);
        while (j->at_work)
            pthread_cond_wait(&c->changed, &c->lock);
        pthread_mutex_unlock(&c->lock);
    }
    return sfd_job_result(j, err);
}
