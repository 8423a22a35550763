/* SPDX-License-Identifier: Apache-2.0 */
/* Files of JSON objects, one a line. */
#ifndef SFD_DATASET_JSON_LINE_H
#define SFD_DATASET_JSON_LINE_H

#include "base/json.h"
#include "base/json_fields.h"
#include "media/sha256.h"

#include <stdio.h>

typedef sfd_status sfd_json_line_fn(void *user, const cJSON *line, sfd_error *err);

/* A last line without its end was cut off, by the death of whoever wrote it or because it is being
 * written, and is no content. Errors: SFD_ERR_IO, SFD_ERR_FORMAT naming the line, SFD_ERR_NOMEM,
 * what fn returns. */
sfd_status sfd_json_lines_read(const char *path, sfd_json_line_fn *fn, void *user, sfd_error *err);

/* The same of a file that somebody hands over: its last line counts, whether it has an end or not,
 * and a byte order mark does not. */
sfd_status sfd_json_lines_read_whole(const char *path, sfd_json_line_fn *fn, void *user,
                                     sfd_error *err);

/* Writes and deletes `line`, which may be NULL; false without memory or where it was not `ok`. */
bool sfd_json_line_write(cJSON *line, bool ok, FILE *out);

/* Members besides those of base/json_fields.h; false where there is none of this kind. */
bool sfd_json_get_size(const cJSON *line, const char *name, size_t *out);
bool sfd_json_get_sum(const cJSON *line, const char *name, char out[SFD_SHA256_TEXT]);

#endif
