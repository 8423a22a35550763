/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a few numbers in pickled arrays: NumPy's, tensors. */
#ifndef SFD_BOXES_PICKLED_ROWS_H
#define SFD_BOXES_PICKLED_ROWS_H

#include "weights/formats/torch_file.h"

#define SFD_MAX_PICKLED_ROW 8

typedef struct sfd_row_reader {
    const char *path;
    sfd_array_reader arrays;
    const sfd_mapping *file;
    const sfd_array *open; /* whose elements are at `data`; many entries may share one */
    const unsigned char *data;
    void *decoded;
} sfd_row_reader;

void sfd_row_reader_init(sfd_row_reader *r, const char *path, const sfd_mapping *file,
                         const sfd_storage_source *source);
void sfd_row_reader_free(sfd_row_reader *r);

/* Values first .. first + n - 1, at most SFD_MAX_PICKLED_ROW, of a complete array in C order; the
 * caller knows that it has them. `name` is for messages. Errors: as below. */
sfd_status sfd_read_array_values(sfd_row_reader *r, const char *name, const sfd_array *a,
                                 size_t first, size_t n, double *values, sfd_error *err);
/* Row i of a complete array of one or two dimensions, the last of at most SFD_MAX_PICKLED_ROW: *n
 * values. `name` is for messages. Errors: SFD_ERR_FORMAT, SFD_ERR_IO, SFD_ERR_NOMEM. */
sfd_status sfd_read_array_row(sfd_row_reader *r, const char *name, const sfd_array *a, size_t i,
                              double *row, size_t *n, sfd_error *err);
/* A number of Python's or NumPy's (np.float64(0.5), np.int64(3)); false when it is none. */
bool sfd_pickled_number(const sfd_value *v, double *out);
/* As sfd_read_array_row, of a list of such numbers; false when it is none. */
bool sfd_read_list_row(const sfd_value *list, double *row, size_t *n);

#endif
