/* SPDX-License-Identifier: Apache-2.0 */
/* Comma-separated values through libcsv, row by row, with the place of every row. */
#ifndef SFD_BASE_CSV_H
#define SFD_BASE_CSV_H

#include <sfdet/common.h>

typedef struct sfd_csv_field {
    const char *text; /* zero-terminated; valid during the callback */
    size_t length;
} sfd_csv_field;

typedef struct sfd_csv_row {
    const char *path; /* as opened, "stdin" for "-" */
    uint64_t line;    /* of the row's first character, from 1 */
    size_t n_fields;
    const sfd_csv_field *fields;
} sfd_csv_row;

/* Returns SFD_OK to go on; anything else stops the reading and is returned (err filled by it). */
typedef sfd_status (*sfd_csv_row_fn)(void *user, const sfd_csv_row *row, sfd_error *err);

/* Reads `path` ("-" is stdin; gzip is recognised by content) and hands every row to `fn`, also
 * empty lines (as rows of zero fields) and the last one without line end. Fields are not stripped.
 * Memory is bounded: a row of more than 1024 fields or 1 MiB is SFD_ERR_FORMAT naming the line.
 * Errors: SFD_ERR_IO, SFD_ERR_FORMAT, SFD_ERR_NOMEM, what `fn` returns. */
sfd_status sfd_csv_read(const char *path, sfd_csv_row_fn fn, void *user, sfd_error *err);

/* The same on bytes in memory, `name` standing for the path in messages. */
sfd_status sfd_csv_parse(const char *name, const void *data, size_t n_bytes, sfd_csv_row_fn fn,
                         void *user, sfd_error *err);

#endif
