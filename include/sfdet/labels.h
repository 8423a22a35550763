/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Names of action ids. */
#ifndef SFDET_LABELS_H
#define SFDET_LABELS_H

#include <sfdet/common.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sfd_model;

typedef struct sfd_labels sfd_labels; /**< read-only once opened; threads may share it */

/** An AVA `.pbtxt` file (`item { name: "..." id: N }` or `label { ... label_id: N }`) or a built-in
 * list. Errors: SFD_ERR_IO, SFD_ERR_FORMAT naming the line,
 * SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_labels_open(sfd_labels **out, const char *path, sfd_error *err);
/** The names of a model's classes: the list `path` where one is given, else the one in the model's
 * weights, else AVA's where the ids are AVA's (they end at 80, or are chosen from them), else none:
 * every name is NULL. *remark (may be NULL): what a user should know of this; its status is SFD_OK
 * where there is nothing. Errors: as sfd_labels_open. */
SFD_API sfd_status sfd_labels_open_for(sfd_labels **out, const char *path,
                                       const struct sfd_model *model, sfd_error *remark,
                                       sfd_error *err);
SFD_API void sfd_labels_free(sfd_labels *l); /**< takes NULL */

/** The name of an id as in the file, NULL when it is not on the list. Owned by l. */
SFD_API const char *sfd_labels_name(const sfd_labels *l, int id);

/** The same without remarks in parentheses ("carry/hold (an object)": "carry/hold") where it stays
 * unambiguous: for pictures. */
SFD_API const char *sfd_labels_short_name(const sfd_labels *l, int id);

#ifdef __cplusplus
}
#endif
#endif
