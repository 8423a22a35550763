/* SPDX-License-Identifier: Apache-2.0 */
/* What a kind of person detector is: a graph, how a picture is shown to it, and how its outputs are
 * read. A new kind is one such struct, one line in families.h. */
#ifndef SFD_PERSONS_FAMILY_H
#define SFD_PERSONS_FAMILY_H

#include "graph/executor.h"
#include "input/resize.h"
#include "persons/boxes.h"

typedef struct sfd_person_family {
    const char *name;

    /* True for the tensors of such a network. */
    bool (*recognise)(const sfd_weights *w);

    /* Builds the graph that the weights belong to; *own is what the family remembers of it, freed
     * with free(). Errors: SFD_ERR_MISMATCH, SFD_ERR_NOMEM. */
    sfd_status (*build)(sfd_graph *g, void **own, const sfd_weights *w, sfd_error *err);

    /* The size of the network's picture for a picture of width x height. */
    void (*input_size)(const void *own, int width, int height, int *in_width, int *in_height);

    /* Fills the input map. Errors: SFD_ERR_NOMEM. */
    sfd_status (*fill)(const void *own, const sfd_rgb *picture, const sfd_map *input,
                       sfd_error *err);

    /* Appends the persons that score `threshold` or more, in pixels of the picture, best first.
     * Errors: SFD_ERR_NOMEM. */
    sfd_status (*read)(const void *own, const sfd_executor *e, const sfd_rgb *picture,
                       double threshold, sfd_box_list *out, sfd_error *err);
} sfd_person_family;

extern const sfd_person_family sfd_person_yolox;

#endif
