/* SPDX-License-Identifier: Apache-2.0 */
/* A pickle's bytes, one after the other. */
#ifndef SFD_PICKLE_PICKLE_BYTES_H
#define SFD_PICKLE_PICKLE_BYTES_H

#include "pickle/pickle.h"

/* The first failure is kept and ends the unpickling. */
void sfd_pickle_fail_at(sfd_unpickler *u, const char *problem);

/* The next n bytes; NULL after a failure: the pickle ends, or the file cannot be read any more. */
const unsigned char *sfd_pickle_take(sfd_unpickler *u, uint64_t n);

/* Little-endian number of n bytes, 0 after a failure. */
uint64_t sfd_pickle_take_number(sfd_unpickler *u, int n);

/* Up to the end of the line, which is skipped. */
sfd_slice sfd_pickle_take_line(sfd_unpickler *u);

#endif
