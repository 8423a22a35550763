/* SPDX-License-Identifier: Apache-2.0 */
/* A network in training and one step of it, as data/train/make.py and audio.py take it. To be
 * included behind <cmocka.h>. */
#ifndef SFD_TESTS_TRAIN_TRAINED_H
#define SFD_TESTS_TRAIN_TRAINED_H

#include "support/golden.h"
#include "train/classifier.h"
#include "train/heads/head.h"
#include "train/recorded.h"
#include "train/sync.h"

#define BATCH     2
#define THREADS   2
#define TOLERANCE 3 /* times the rounding of PyTorch's own float32 */

typedef struct trained {
    sfd_net net;
    sfd_params params;
    sfd_team *team;
    sfd_train_graph graph;
    sfd_train_head head;
    sfd_train_sync sync; /* where the network has sync_points */
    sfd_train_classifier classifier;
    double loss;
} trained;

/* Of net and params, which are there. */
static inline void begin_training(trained *t, const sfd_kernels *kernels, int height, int width)
{
    const sfd_loss_settings loss = {.focal_alpha = 1};
    sfd_error err;
    must(sfd_team_create(&t->team, THREADS, &err), &err);
    must(sfd_train_graph_create(&t->graph, &t->net.graph, &t->params, kernels, BATCH, height, width,
                                t->team, &err),
         &err);
    if (t->net.n_sync_points > 0)
        must(sfd_train_sync_create(&t->sync, &t->net, &t->graph, &(sfd_sync_limits){0.01, 0.99},
                                   &err),
             &err);
    must(sfd_train_head_create(&t->head, &t->net, &t->graph, t->team, &err), &err);
    must(sfd_train_classifier_create(&t->classifier, &t->head.desc, &t->params, 0, &loss, &err),
         &err);
}

static inline void end_training(trained *t)
{
    sfd_train_classifier_free(&t->classifier);
    sfd_train_head_free(&t->head);
    sfd_train_sync_free(&t->sync);
    sfd_train_graph_free(&t->graph);
    sfd_team_destroy(t->team);
    sfd_params_free(&t->params);
    sfd_net_free(&t->net);
}

static inline void step(trained *t, const cJSON *boxes_json)
{
    const bool detection = t->net.config.detection;
    const size_t k = (size_t)t->net.config.num_classes;
    sfd_box_px boxes[MOST_BOXES];
    size_t first[BATCH + 1];
    sfd_error err;
    read_boxes(boxes_json, BATCH, boxes, first);
    const sfd_batch_boxes all = {boxes, first};
    const size_t rows = detection ? first[BATCH] : BATCH;
    float *targets = malloc(rows * k * sizeof *targets);
    assert_non_null(targets);
    for (size_t i = 0; i < rows * k; i++)
        targets[i] = detection ? (7 * (i / k) + 3 * (i % k)) % 11 == 0 : i % k == 3 + 5 * (i / k);
    sfd_train_graph_forward(&t->graph);
    must(sfd_train_head_forward(&t->head, &all, &err), &err);
    must(sfd_train_classifier_step(&t->classifier, t->head.features, targets, rows, (sfd_random){0},
                                   t->head.d_features, &t->loss, &err),
         &err);
    sfd_train_graph_clear_grads(&t->graph);
    sfd_train_head_backward(&t->head, &all);
    if (t->net.n_sync_points > 0)
        t->loss += sfd_train_sync_step(&t->sync, 1);
    sfd_train_graph_backward(&t->graph);
    free(targets);
}

#endif
