/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents of bounded size. */
#ifndef SFD_BASE_JSON_H
#define SFD_BASE_JSON_H

#include <sfdet/common.h>

#include <cjson/cJSON.h>

/* `path` is for messages; the caller deletes *out. Errors: SFD_ERR_FORMAT naming the byte,
 * SFD_ERR_UNSUPPORTED (too large). */
sfd_status sfd_json_parse(cJSON **out, const char *path, const char *text, size_t n,
                          sfd_error *err);

#endif
