/* SPDX-License-Identifier: Apache-2.0 */
/* What reports as JSON are made of. */
#ifndef SFD_EVAL_JSON_PARTS_H
#define SFD_EVAL_JSON_PARTS_H

#include <sfdet/common.h>

#include <cjson/cJSON.h>

/* All adders return false without memory, and take a NULL parent. NaN becomes null; other numbers
 * get the shortest text that reads back exactly (cJSON's own printing may lose the last bit). */
bool sfd_json_add_number(cJSON *parent, const char *name, double value);
bool sfd_json_add_path(cJSON *file, const char *path);

/* {"files": [...]} as a file: `add` puts reports[i] into the list. Errors: SFD_ERR_IO,
 * SFD_ERR_NOMEM. */
typedef bool sfd_json_add_report(cJSON *files, const void *reports, size_t i);
sfd_status sfd_json_write(const char *path, const void *reports, size_t n, sfd_json_add_report *add,
                          sfd_error *err);

#endif
