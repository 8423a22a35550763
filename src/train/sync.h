/* SPDX-License-Identifier: Apache-2.0 */
/* The loss of synchronisation of F. Xiao et al., arXiv 2001.08740, as their code has it: where
 * sound joins what is seen, means of both are projected to points of a sphere of diameter 1; those
 * of a clip and its own sound are drawn together, those of a clip and another sound kept a margin
 * apart (B. Korbar et al., arXiv 1807.00230). */
#ifndef SFD_TRAIN_SYNC_H
#define SFD_TRAIN_SYNC_H

#include "backbone/net.h"
#include "train/train_graph.h"

typedef struct sfd_sync_limits {
    double min_variance; /* of a spectrogram: others are silence, and the sample does not count */
    double max_likeness; /* of both spectrograms, a cosine: others are the same */
} sfd_sync_limits;

typedef struct sfd_train_sync {
    const sfd_net *net; /* borrowed, as the graph */
    const sfd_train_graph *graph;
    sfd_sync_limits limits;
    size_t widest;                  /* map's channels */
    bool *counts;                   /* [batch] samples */
    float *means, *d_means;         /* [batch][3][widest]: seen, own sound, other sound */
    double *points, *raw, *d_point; /* [3][width]: of one sample, on the sphere and before */
} sfd_train_sync;

/* Of a network with sync_points, in `graph`. Errors: SFD_ERR_NOMEM. Freed by sfd_train_sync_free,
 * also after failure. */
sfd_status sfd_train_sync_create(sfd_train_sync *s, const sfd_net *net,
                                 const sfd_train_graph *graph, const sfd_sync_limits *limits,
                                 sfd_error *err);
void sfd_train_sync_free(sfd_train_sync *s);

/* The loss of a batch after the way there, the sum over those points before which no sound has
 * joined in this step; its gradients, times `weight`, are added to the maps', which are cleared
 * already, and to the parameters'. */
double sfd_train_sync_step(sfd_train_sync *s, double weight);

#endif
