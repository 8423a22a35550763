/* SPDX-License-Identifier: Apache-2.0 */
/* Pickles of protocol 3, which every Python 3 reads, piece by piece: what stands between
 * sfd_pickle_begin and the stop is one value. */
#ifndef SFD_PICKLE_PICKLE_WRITE_H
#define SFD_PICKLE_PICKLE_WRITE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

void sfd_pickle_begin(FILE *f);
void sfd_pickle_stop(FILE *f);

/* Between open and close: values, in a dictionary key, value, key, value ... */
void sfd_pickle_open_dict(FILE *f);
void sfd_pickle_close_dict(FILE *f);
void sfd_pickle_open_list(FILE *f);
void sfd_pickle_close_list(FILE *f);

void sfd_pickle_text(FILE *f, const char *text); /* what is not UTF-8 becomes '?' */
void sfd_pickle_int(FILE *f, int64_t v);
void sfd_pickle_pair(FILE *f, int64_t a, int64_t b); /* a tuple */

/* A NumPy array [n][columns] of float32 where that keeps all values, else float64. */
void sfd_pickle_array(FILE *f, const double *values, size_t n, size_t columns);

#endif
