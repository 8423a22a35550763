/* SPDX-License-Identifier: Apache-2.0 */
/* The labelled boxes of one video, and drawing those of one timestamp. */
#ifndef SFD_PIPELINE_OVERLAY_H
#define SFD_PIPELINE_OVERLAY_H

#include "media/draw.h"

#include <sfdet/render.h>

#define SFD_MARK_TIME_CHARS 32

typedef enum sfd_mark_kind { SFD_MARK_GROUND_TRUTH, SFD_MARK_PREDICTION } sfd_mark_kind;

/* One label of one box, or a box alone (action_id 0). */
typedef struct sfd_mark {
    double timestamp_s;
    sfd_mark_kind kind;
    sfd_box_norm box;
    int action_id;
    double score;
    size_t order; /* of appearance */
    char timestamp_text[SFD_MARK_TIME_CHARS];
} sfd_mark;

/* Boxes of one timestamp. */
typedef struct sfd_mark_group {
    double timestamp_s;
    const char *timestamp_text;
    size_t first, n_marks;
} sfd_mark_group;

/* Sorts and groups what was added since the last call. The groups rise in time; they are owned by
 * the overlay and valid until the next addition. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_overlay_groups(sfd_overlay *o, const sfd_mark_group **groups, size_t *n_groups,
                              sfd_error *err);

/* Removes all boxes. */
void sfd_overlay_clear(sfd_overlay *o);

const char *sfd_overlay_video_id(const sfd_overlay *o);

/* Draws one group's boxes. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_overlay_draw(const sfd_overlay *o, const sfd_mark_group *group, const sfd_font *font,
                            sfd_picture *p, sfd_error *err);

#endif
