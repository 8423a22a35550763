/* SPDX-License-Identifier: Apache-2.0 */
/* The readers behind sfd_proposals_read, one for each format. Each adds the wanted boxes to `p`,
 * which its caller finishes or frees. Errors: SFD_ERR_IO, SFD_ERR_FORMAT naming the place,
 * SFD_ERR_MISMATCH, SFD_ERR_NOMEM. */
#ifndef SFD_BOXES_PROPOSALS_READER_H
#define SFD_BOXES_PROPOSALS_READER_H

#include "boxes/proposals.h"

#include <cjson/cJSON.h>

/* Whether sfd_proposals_read takes a file's content for csv; true where it cannot be read. */
bool sfd_proposals_is_csv(const char *path);

/* csv rows; path "-" is stdin. */
sfd_status sfd_proposals_read_csv(sfd_proposals *p, const char *path, sfd_error *err);

/* A pickled dictionary "video,0902" -> [N][5] (sfd_pickled_boxes). */
sfd_status sfd_proposals_read_pickle(sfd_proposals *p, const char *path, sfd_error *err);

/* JSON as COCO evaluation and Detectron2 write it: a list of {"image_id", "category_id", "bbox":
 * [x, y, width, height], "score"}, or {"images": [...], "annotations": [...], "categories": [...]}.
 * Only persons are taken: the category of that name, else 1, or 0 where ids count from 0, or no
 * category. The image, by its id or, where "images" is there, its file_name, is called as
 * base/picture_name.h tells, unless "images" has "video" and "timestamp" for it. Boxes are
 * fractions, or pixels where "images" gives width and height. */
sfd_status sfd_proposals_read_json(sfd_proposals *p, const char *path, const cJSON *root,
                                   const sfd_proposals_settings *settings, sfd_error *err);

/* Checks a box and adds it with the numbers' own shortest text. `place` is what messages call it.
 * b->timestamp_s is not looked at. `apart`: as in sfd_box_to_add. Errors: SFD_ERR_FORMAT. */
sfd_status sfd_proposals_add_numbers(sfd_proposals *p, const char *place, const char *timestamp,
                                     const sfd_proposal *b, bool apart, sfd_error *err);

/* The same, apart, with six decimals, in the box as in its text: what sfd_box_writer's csv file of
 * the box would give, to the byte. */
sfd_status sfd_proposals_add_as_csv(sfd_proposals *p, const char *place, const char *timestamp,
                                    const sfd_proposal *b, sfd_error *err);

#endif
