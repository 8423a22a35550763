/* SPDX-License-Identifier: Apache-2.0 */
/* Making a person detector of weights in memory, and looking at one at work. */
#ifndef SFD_PERSONS_FINDER_H
#define SFD_PERSONS_FINDER_H

#include "graph/executor.h"

#include <sfdet/persons.h>

/* As sfd_person_model_open; the weights are not needed afterwards. */
sfd_status sfd_person_model_create(sfd_person_model **out, const sfd_prepare_settings *settings,
                                   sfd_error *err);

const sfd_executable *sfd_person_model_executable(const sfd_person_model *m);

/* Shows every map of a run to `fn`. Before finders are created. */
void sfd_person_model_observe(sfd_person_model *m, sfd_observe_fn fn, void *user);

/* Whether the network's picture has the values of bytes. */
bool sfd_person_model_takes_bytes(const sfd_person_model *m);

/* The size of the network's picture for a picture of width x height. */
void sfd_person_model_input_size(const sfd_person_model *m, int width, int height, int *in_width,
                                 int *in_height);

/* sfd_person_finder_run with the seconds of each of the graph's nodes; node_s may be NULL. */
sfd_status sfd_person_finder_run_timed(sfd_person_finder *f, const uint8_t *rgb, int width,
                                       int height, size_t stride_bytes, double threshold,
                                       const sfd_found_person **persons, size_t *n_persons,
                                       double *node_s, sfd_error *err);

/* Of the pictures run last. */
const sfd_executor *sfd_person_finder_executor(const sfd_person_finder *f);

#endif
