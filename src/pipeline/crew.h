/* SPDX-License-Identifier: Apache-2.0 */
/* The threads of several jobs. One whose job has nothing to do helps another's, so that all cores
 * work until the last keyframe is done. */
#ifndef SFD_PIPELINE_CREW_H
#define SFD_PIPELINE_CREW_H

#include "pipeline/job.h"

#include <pthread.h>

typedef struct sfd_crew {
    sfd_job *jobs; /* [n] */
    size_t n;
    size_t n_threads; /* started: as many as jobs, none where there is one */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool has_lock, has_condition;
    bool quit; /* under the lock */
} sfd_crew;

/* The jobs that are started have what they need to compute, others are there to help. Errors:
 * SFD_ERR_NOMEM. Ended by sfd_crew_end, also after failure, which waits for work begun. */
sfd_status sfd_crew_begin(sfd_crew *c, sfd_job *jobs, size_t n, sfd_error *err);
void sfd_crew_end(sfd_crew *c);

/* Computes a job as sfd_job_compute, on its thread or, where there is none, at once. sfd_crew_wait
 * then tells how it ended. */
void sfd_crew_start(sfd_crew *c, sfd_job *j);
sfd_status sfd_crew_wait(sfd_crew *c, sfd_job *j, sfd_error *err);

#endif
