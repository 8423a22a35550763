/* SPDX-License-Identifier: Apache-2.0 */
/* What weights seem to be of, by their tensors' names; for messages. */
#ifndef SFD_WEIGHTS_KIND_H
#define SFD_WEIGHTS_KIND_H

#include "weights/weights.h"

typedef enum sfd_kind {
    SFD_KIND_UNKNOWN,
    SFD_KIND_ACTIONS,  /* a SlowFast or Slow network */
    SFD_KIND_PERSONS,  /* a detector that is read here */
    SFD_KIND_DETECTOR, /* another one */
    SFD_KIND_OTHER
} sfd_kind;

typedef struct sfd_weights_guess {
    sfd_kind kind;
    const char *what; /* "a vision transformer (ViT, VideoMAE)"; NULL where unknown */
} sfd_weights_guess;

sfd_weights_guess sfd_weights_guess_kind(const sfd_weights *w);

#endif
