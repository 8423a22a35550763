/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of sfd_model and sfd_state. */
#ifndef SFD_DETECT_MODEL_H
#define SFD_DETECT_MODEL_H

#include "backbone/net.h"
#include "base/notes.h"
#include "detect/head.h"
#include "graph/executor.h"

#include <sfdet/model.h>

struct sfd_model {
    sfd_net net;
    sfd_executable executable, relation; /* of the network's graphs; the latter may be empty */
    sfd_head head;
    char *origin; /* of the weights */
    bool quantised;
    char *class_list; /* NULL: not in the weights */
    int *class_ids;   /* [classes]: sfd_net_config_class_id of each output */
    sfd_model_info info;
    sfd_notes assumed; /* what neither weights nor configuration told */
};

struct sfd_state {
    const sfd_model *model;
    sfd_view view;             /* whole pictures of the state's size */
    sfd_team *team, *own_team; /* own_team: the same, or NULL where it is lent */
    sfd_executor executor;

    sfd_hearing *hearing; /* NULL where the network does not listen */

    /* the head's */
    sfd_executor relation; /* of the model's, where there is one */
    sfd_head_memory memory;
    float *shared, *head_scratch; /* head_scratch [threads][memory.per_thread] */
    float *features;              /* [rows_alloc][n_features] */
    float *row_scratch;           /* [rows_alloc][memory.per_row] */
    size_t rows_alloc, n_rows;    /* n_rows: of the last run */
};

/* Runs on a clip already in the input tensors (of KEEP_ALL plans every tensor can be read
 * afterwards): what sfd_state_run does after filling them. node_s as in sfd_executor_run. */
sfd_status sfd_state_run_filled(sfd_state *s, const sfd_box_px *boxes, size_t n_boxes,
                                float *scores, double *node_s, sfd_error *err);

/* sfd_state_run_clip that also notes every node's seconds (NULL: not); scores may be no numbers. */
sfd_status sfd_state_run_timed(sfd_state *s, const sfd_clip_input *clip, const sfd_box_px *boxes,
                               size_t n_boxes, float *scores, double *node_s, sfd_error *err);

/* sfd_state_create with a choice of the plan's mode, and as many threads as asked for (0: one per
 * core that may be used). */
sfd_status sfd_state_create_mode(sfd_state **out, const sfd_model *m, int in_width, int in_height,
                                 int n_threads, sfd_plan_mode mode, sfd_error *err);

/* Rows of features that a run without boxes has; and those of the last run, [*n][n_features], valid
 * until the next one. Errors: those of running. */
sfd_status sfd_state_count_rows(size_t *n, const sfd_state *s, sfd_error *err);
const float *sfd_state_rows(const sfd_state *s, size_t *n);

/* From a configuration and weights already opened, which may be closed afterwards. */
sfd_status sfd_model_create(sfd_model **out, const sfd_net_config *config,
                            const sfd_prepare_settings *settings, sfd_error *err);

#endif
