/* SPDX-License-Identifier: Apache-2.0 */
/* What a kind of person detector is: a graph, how a picture is shown to it, and how its outputs are
 * read. A new kind is one such struct, one entry in finder.c's list. */
#ifndef SFD_PERSONS_FAMILY_H
#define SFD_PERSONS_FAMILY_H

#include "graph/executor.h"
#include "input/resize.h"
#include "persons/boxes.h"

typedef struct sfd_person_family {
    const char *name;

    /* True for the tensors of such a network. */
    bool (*recognise)(const sfd_weights *w);

    /* Builds the graph that the weights belong to; *own is what the family remembers of it, also
     * after failure, freed with `release` (NULL: free()). Errors: SFD_ERR_MISMATCH, SFD_ERR_NOMEM.
     */
    sfd_status (*build)(sfd_graph *g, void **own, const sfd_weights *w, sfd_error *err);
    void (*release)(void *own); /* takes NULL */

    /* Takes of the weights what the graph does not (may be NULL: nothing). Errors: as
     * sfd_executable_create. */
    sfd_status (*prepare)(void *own, const sfd_prepare_settings *settings, sfd_error *err);

    /* What kind of network it is, for people (may be NULL: the family's name). */
    const char *(*describe)(const void *own);

    /* The size of the network's picture for a picture of width x height. */
    void (*input_size)(const void *own, int width, int height, int *in_width, int *in_height);

    /* How many rows of the network's picture such pictures fill, from the first on, when the others
     * are always the same (may be NULL: all). */
    int (*filled_rows)(const void *own, int width, int height);

    /* Whether the network's picture has the values of bytes, 0 to 255 (else what `fill` makes of
     * them): its weights can be quantised. */
    bool takes_bytes;

    /* Fills the input map. Errors: SFD_ERR_NOMEM. */
    sfd_status (*fill)(const void *own, const sfd_rgb *picture, const sfd_map *input,
                       sfd_error *err);

    /* Appends the persons that score `threshold` or more, in pixels of the picture, best first.
     * *room, at first NULL, is memory that the family keeps for the finder's next picture, given
     * back by free_room (may be NULL: none is kept). Errors: SFD_ERR_NOMEM. */
    sfd_status (*read)(const void *own, const sfd_executor *e, const sfd_rgb *picture,
                       double threshold, void **room, sfd_box_list *out, sfd_error *err);
    void (*free_room)(void *room); /* takes NULL */
} sfd_person_family;

extern const sfd_person_family sfd_person_yolox, sfd_person_rcnn;

#endif
