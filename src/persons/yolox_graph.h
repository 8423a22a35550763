/* SPDX-License-Identifier: Apache-2.0 */
/* YOLOX (Z. Ge et al., "YOLOX: Exceeding YOLO Series in 2021", arXiv 2107.08430) as a graph, with
 * the names of its own releases. */
#ifndef SFD_PERSONS_YOLOX_GRAPH_H
#define SFD_PERSONS_YOLOX_GRAPH_H

#include "graph/graph.h"
#include "weights/weights.h"

#define SFD_YOLOX_LEVELS 3

/* Metadata of our own networks; the original's pictures are squares whose side the kind of network
 * tells, and overlaps end at 0.45. */
#define SFD_METADATA_PERSON_SIDE "sfdet.persons.side" /* of pictures, the long one: "320" */
#define SFD_METADATA_PERSON_NMS  "sfdet.persons.nms"  /* IoU above which boxes are one: "0.7" */
#define SFD_METADATA_PERSON_KNOWS                                                                  \
    "sfdet.persons.knows" /* text for users: "synthetic figures only" */

typedef struct sfd_yolox_config {
    int width;      /* channels of the stem: 16 nano, 24 tiny, 32 s, 48 m, 64 l */
    int depth;      /* bottlenecks in a short stage: 1 nano, tiny and s, 2 m, 3 l */
    bool depthwise; /* 3x3 convolutions in two steps (nano) */
    int n_classes;
} sfd_yolox_config;

/* True for the tensors of a YOLOX network. */
bool sfd_yolox_recognise(const sfd_weights *w);

/* What names and shapes tell. Errors: SFD_ERR_MISMATCH naming the tensor. */
sfd_status sfd_yolox_infer(sfd_yolox_config *c, const sfd_weights *w, sfd_error *err);

/* Input "picture": B, G, R in 0..255. Outputs "boxes0" .. "boxes2" (x, y, w, h), "objects0" ..,
 * "classes0" .., at strides 8, 16 and 32, before the sigmoid. Errors: SFD_ERR_NOMEM. Freed by
 * sfd_graph_free, also after failure. */
sfd_status sfd_yolox_build(sfd_graph *g, const sfd_yolox_config *c, const char *name,
                           sfd_error *err);

#endif
