/* SPDX-License-Identifier: Apache-2.0 */
/* torch.linspace of floats, to the last bit. */
#ifndef SFD_INPUT_LINSPACE_H
#define SFD_INPUT_LINSPACE_H

/* n >= 1 numbers from `first` to `last`. */
typedef struct sfd_linspace {
    float first, last;
    int n;
} sfd_linspace;

/* Number i as PyTorch's x86 build computes it. */
float sfd_linspace_at(const sfd_linspace *l, int i);

#endif
