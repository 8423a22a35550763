/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays whose rows come one by one, in one file: safetensors, or NumPy's npz.
 *
 * Until their number is known the rows wait in files without names, in the folder of the file that
 * is to be, so that memory does not grow with them; it is then written from front to back. */
#ifndef SFD_BASE_ARRAYS_H
#define SFD_BASE_ARRAYS_H

#include "base/dtype.h"

#include <sfdet/common.h>
#include <stdio.h>

typedef struct sfd_arrays sfd_arrays;

typedef enum sfd_arrays_format {
    SFD_ARRAYS_SAFETENSORS, /* as weights/formats/safetensors.c describes it */
    SFD_ARRAYS_NPZ          /* a zip archive of NAME.npy, stored: numpy.lib.format, version 1 */
} sfd_arrays_format;

/* By the extension; false where it is neither. */
bool sfd_arrays_format_of(sfd_arrays_format *out, const char *path);

/* `beside`: the file that is to be. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_arrays_create(sfd_arrays **out, const char *beside, sfd_error *err);
void sfd_arrays_free(sfd_arrays *a); /* takes NULL */

/* One more array; rows are of `width` elements, 0: one number each. Bytes (SFD_U8) that are `text`,
 * padded with zeros, are such of NumPy ("S"). The name, of letters, digits and _, must outlive the
 * arrays. Safetensors are aligned where wide elements come first. *index is what adding wants.
 * Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
sfd_status sfd_arrays_declare(sfd_arrays *a, size_t *index, const char *name, sfd_dtype dtype,
                              size_t width, bool text, sfd_error *err);
/* Rows to an array. Errors: SFD_ERR_IO. */
sfd_status sfd_arrays_add(sfd_arrays *a, size_t index, const void *rows, size_t n_rows,
                          sfd_error *err);
/* All of it, in the order of declaration, to a file whose errors are for its owner to look for.
 * `about` is safetensors' metadata "format". Errors: SFD_ERR_IO (of the rows), SFD_ERR_NOMEM. */
sfd_status sfd_arrays_write(sfd_arrays *a, sfd_arrays_format format, const char *about, FILE *out,
                            sfd_error *err);

#endif
