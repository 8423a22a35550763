/* SPDX-License-Identifier: Apache-2.0 */
/* Matrices of floats in NumPy's files (numpy.lib.format): the magic "\x93NUMPY", a byte each of
 * major and minor version, the length of what follows (two bytes, from version 2 on four, little
 * end first), a Python dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } in
 * ASCII, padded; then the elements, rows one after the other or, in Fortran's order, columns. */
#ifndef SFD_BASE_NPY_H
#define SFD_BASE_NPY_H

#include <sfdet/common.h>

#define SFD_NPY_MAX_HEAD 65536 /* up to the elements */

/* What the head says. */
typedef struct sfd_npy_layout {
    size_t at; /* of the first element */
    size_t n_rows, n_columns;
    int element_bytes; /* 2, 4, 8: binary16, float, double */
    bool big_endian, by_columns;
} sfd_npy_layout;

/* Reads the head of a file of which the first n bytes, no fewer than SFD_NPY_MAX_HEAD unless it is
 * shorter, are at hand. Errors, which name `path`: SFD_ERR_FORMAT (no such file, or a damaged one),
 * SFD_ERR_UNSUPPORTED (no matrix, or none of floats). */
sfd_status sfd_npy_read_head(sfd_npy_layout *out, const char *path, const void *data, size_t n,
                             sfd_error *err);

/* An open file. */
typedef struct sfd_npy {
    sfd_npy_layout layout;
    char *path;
    int fd;
} sfd_npy;

/* Errors: as of the head; SFD_ERR_FORMAT too where the file is shorter than its head says;
 * SFD_ERR_IO, SFD_ERR_NOMEM. Closed by sfd_npy_close, also after failure. */
sfd_status sfd_npy_open(sfd_npy *a, const char *path, sfd_error *err);
void sfd_npy_close(sfd_npy *a);

/* n rows, which must be there, from `first` on, as floats [n][n_columns]. Errors: SFD_ERR_FORMAT (a
 * value that is not a finite float), SFD_ERR_IO (the file became shorter), SFD_ERR_NOMEM. */
sfd_status sfd_npy_read(const sfd_npy *a, size_t first, size_t n, float *out, sfd_error *err);

#endif
