/* SPDX-License-Identifier: Apache-2.0 */
/* Comma-separated values through libcsv, row by row, with the place of every row.
 *
 * The text is taken as Python's csv module takes a file opened in text mode, which is what the AVA
 * evaluators use: UTF-8; LF, CRLF and CR end a line (also inside quotes, where they become LF); a
 * double quote at the start of a field opens a quoted field, text after the closing quote is
 * appended as it is, a quote elsewhere is literal; blanks and a byte order mark are kept. But a
 * quote behind the byte order mark opens a field, of which the mark is the beginning. */
#ifndef SFD_BASE_CSV_H
#define SFD_BASE_CSV_H

#include <sfdet/common.h>

#define SFD_CSV_MAX_FIELDS    1024
#define SFD_CSV_MAX_ROW_BYTES (1 << 20)

typedef struct sfd_csv_field {
    const char *text; /* zero-terminated; valid during the callback */
    size_t length;
    bool quoted; /* it began with a quote */
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
 * empty lines (as rows of zero fields) and the last one without line end. Memory is bounded: a row
 * of more than SFD_CSV_MAX_FIELDS or SFD_CSV_MAX_ROW_BYTES is SFD_ERR_FORMAT naming the line, as is
 * text that is not UTF-8; gzip data that unpack to many times their size are SFD_ERR_UNSUPPORTED.
 * Errors: SFD_ERR_IO, SFD_ERR_FORMAT, SFD_ERR_NOMEM, what `fn` returns. */
sfd_status sfd_csv_read(const char *path, sfd_csv_row_fn fn, void *user, sfd_error *err);

/* The same on bytes in memory (not gzip), `name` standing for the path in messages. */
sfd_status sfd_csv_parse(const char *name, const void *data, size_t n_bytes, sfd_csv_row_fn fn,
                         void *user, sfd_error *err);

/* The decimal number, finite, of a field; false where it is none or the row has no such field. */
bool sfd_csv_number(const sfd_csv_row *row, size_t field, double *value);
/* The same with an error by sfd_csv_fail. The field is there. */
sfd_status sfd_csv_read_number(const sfd_csv_row *row, size_t field, const char *what,
                               double *value, sfd_error *err);

/* For messages about a field: fills err with "path: line L, column C (what): "text" is not WANTED",
 * `field` counting from 0, and returns SFD_ERR_FORMAT. */
sfd_status sfd_csv_fail(sfd_error *err, const sfd_csv_row *row, size_t field, const char *what,
                        const char *wanted);

#endif
