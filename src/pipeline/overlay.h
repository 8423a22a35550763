/* SPDX-License-Identifier: Apache-2.0 */
/* The labelled boxes of one video, and drawing those of one timestamp. */
#ifndef SFD_PIPELINE_OVERLAY_H
#define SFD_PIPELINE_OVERLAY_H

#include "base/bad_rows.h"
#include "media/draw.h"

#include <sfdet/render.h>

#define SFD_MARK_TIME_CHARS 32

typedef enum sfd_mark_kind { SFD_MARK_GROUND_TRUTH, SFD_MARK_PREDICTION } sfd_mark_kind;

/* One label of one box, or a box alone (action_id 0). */
typedef struct sfd_mark {
    double timestamp_s;
    sfd_mark_kind kind;
    sfd_box_norm box;
    int64_t person_id; /* 0 where it is not known */
    bool has_person_id;
    int action_id;
    double score;
    size_t order; /* of appearance */
    char timestamp_text[SFD_MARK_TIME_CHARS];
} sfd_mark;

/* A mark of the same person and kind in the nearest keyframes that have some; NULL: none has. */
typedef struct sfd_mark_link {
    const sfd_mark *before, *after;
} sfd_mark_link;

/* Boxes of one timestamp. */
typedef struct sfd_mark_group {
    double timestamp_s;
    const char *timestamp_text;
    size_t first, n_marks;
} sfd_mark_group;

struct sfd_overlay {
    char *video_id;
    const sfd_labels *labels;
    double threshold;
    const sfd_tracks *tracks; /* NULL: none */
    sfd_bad_rows rows;        /* how to tell them; n_bad of all files */
    sfd_mark *marks;          /* grouped: by time, kind, box, best label first */
    size_t n_marks, n_alloc;
    sfd_mark_link *links; /* [n_marks] grouped: of the marks */
    sfd_mark_group *groups;
    size_t n_groups, n_groups_alloc;
    bool grouped;
};

/* Sorts and groups what was added since the last call. The groups rise in time; they are owned by
 * the overlay and valid until the next addition. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_overlay_groups(sfd_overlay *o, const sfd_mark_group **groups, size_t *n_groups,
                              sfd_error *err);

/* Removes all boxes. */
void sfd_overlay_clear(sfd_overlay *o);

const char *sfd_overlay_video_id(const sfd_overlay *o);

/* Labels of one box of one person. */
bool sfd_mark_same_box(const sfd_mark *a, const sfd_mark *b);

/* ------------------------------------------------------------------ drawing */

/* Persons move from one keyframe to the next where these are at most so far apart. */
#define SFD_MAX_MOVE_S 2.0

/* A group's boxes at a time near its own. */
typedef struct sfd_moment {
    const sfd_mark_group *group;
    double timestamp_s;
    bool moving_only; /* boxes that stand still are not shown */
} sfd_moment;

/* Where the group's labels go on a picture of that size, at its own time. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_overlay_plates(sfd_plates **out, const sfd_overlay *o, const sfd_mark_group *group,
                              const sfd_font *font, int width, int height, sfd_error *err);

/* Draws one moment; plates NULL: placed now. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_overlay_draw(const sfd_overlay *o, const sfd_moment *moment, const sfd_font *font,
                            const sfd_plates *plates, sfd_picture *p, sfd_error *err);

#endif
