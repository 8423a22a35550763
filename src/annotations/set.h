/* SPDX-License-Identifier: Apache-2.0 */
/* Labelled people, as all formats of annotations mean them: videos, in them persons followed or
 * not, their boxes at times, what they do there. Readers fill a set box by box (sfd_set_add);
 * settling it puts boxes of one person together. Times are seconds since the video's first frame,
 * so that formats that count frames and those that count seconds meet: frame = time * fps. */
#ifndef SFD_ANNOTATIONS_SET_H
#define SFD_ANNOTATIONS_SET_H

#include "annotations/label_list.h"
#include "annotations/tally.h"
#include "base/arena.h"

#include <sfdet/annotations.h>

#define SFD_NO_SCORE (-1.0)

typedef enum sfd_box_unit { SFD_UNIT_FRACTIONS, SFD_UNIT_PIXELS } sfd_box_unit;

/* Something that a person does. */
typedef struct sfd_done {
    size_t label; /* in the set's list */
    double score; /* or SFD_NO_SCORE */
} sfd_done;

typedef struct sfd_person_box {
    double time_s;
    double corner[4]; /* x1, y1, x2, y2 in the video's unit */
    double score;     /* of the box, or SFD_NO_SCORE */
    int64_t person_id;
    uint64_t track; /* of boxes without person id: the same in all of a person; 0: not known */
    sfd_done *done; /* [n_done] in rising order of ids, in the set's arena */
    size_t n_done;
    size_t order;       /* of appearance */
    size_t rank, first; /* for settling */
    bool has_person_id;
    bool interpolated; /* by a program, between boxes that somebody drew */
    bool outside;      /* from here on the person is not there */
    bool occluded;
    bool moves_on; /* to the next box of the person, evenly */
    bool leaves;   /* behind this box, however near the next is */
} sfd_person_box;

/* Boxes of one person, in rising order of time. */
typedef struct sfd_track_range {
    size_t first, n; /* in the video's boxes */
    int64_t person_id;
    bool has_person_id;
} sfd_track_range;

/* A frame that was looked at, be there people or not. */
typedef struct sfd_seen_frame {
    double time_s;
    const char *name; /* of its picture, in the set's arena; NULL: none */
} sfd_seen_frame;

typedef struct sfd_labelled_video {
    char *id;
    const char *source;     /* name of its file, in the set's arena; NULL: not known */
    int width, height;      /* 0: not known */
    double fps;             /* of its frame numbers, 0: not known yet */
    int64_t n_frames;       /* 0: not known */
    bool in_train, in_test; /* of the data set's split; neither: not told */
    sfd_box_unit unit;      /* of all boxes */
    sfd_person_box *boxes;
    size_t n_boxes, n_boxes_alloc;
    sfd_track_range *tracks; /* once settled */
    size_t n_tracks;
    sfd_seen_frame *frames; /* once settled, in rising order of time, each once */
    size_t n_frames_seen, n_frames_alloc;
} sfd_labelled_video;

struct sfd_annotations {
    sfd_annotation_settings settings;
    sfd_label_list labels;
    sfd_labelled_video **videos;
    size_t n_videos, n_videos_alloc;
    sfd_name_table by_id;
    sfd_arena arena;
    sfd_tally tally;     /* what is left out, of the file in hand */
    const char *path;    /* of that file */
    char *stem;          /* of its name */
    uint64_t next_track; /* for readers: numbers that no other file has */
    size_t n_boxes, next_order;
};

/* The video of that name, made if need be: *out. Errors: SFD_ERR_FORMAT (no name, too long),
 * SFD_ERR_NOMEM. */
sfd_status sfd_set_video(sfd_annotations *a, sfd_labelled_video **out, const char *id,
                         sfd_error *err);
/* The video of a file that names none: the settings' id, `name` without folder and extension where
 * there is one, else the file's own name. */
sfd_status sfd_set_only_video(sfd_annotations *a, sfd_labelled_video **out, const char *name,
                              sfd_error *err);

/* The video and time that the name of a picture tells (base/picture_name.h): a frame that counts
 * from 1 where the number has more than four digits, else a second. Names that tell none are of the
 * video `only` (as sfd_set_only_video's name), at frame number `frame` from 0. */
sfd_status sfd_set_picture(sfd_annotations *a, sfd_labelled_video **out, double *time_s,
                           const char *name, const char *only, int64_t frame, sfd_error *err);
/* A name that such a reader takes apart again: VIDEO_000031.jpg, in the set's arena; NULL when
 * memory is refused. */
const char *sfd_set_picture_name(sfd_annotations *a, sfd_labelled_video *v, double time_s);

/* A copy in the set's arena, NULL when memory is refused. */
char *sfd_set_text(sfd_annotations *a, const char *text);

/* What a file says about a video, unless it is known better. */
void sfd_set_size(sfd_labelled_video *v, double width, double height);
void sfd_set_fps(sfd_labelled_video *v, double fps);
/* The rate of the video's frames; 30, with a warning, where nobody knows. */
double sfd_set_get_fps(sfd_annotations *a, sfd_labelled_video *v);
double sfd_set_time_of(sfd_annotations *a, sfd_labelled_video *v, int64_t frame);
int64_t sfd_set_frame_of(sfd_annotations *a, sfd_labelled_video *v, double time_s);

/* Adds a box whose corners are in `unit`; box->done is taken over. Labels below the least score are
 * left out. Errors: SFD_ERR_FORMAT (`place` names the box: values that are no box),
 * SFD_ERR_MISMATCH (pixels and fractions in a video whose size is not known), SFD_ERR_UNSUPPORTED
 * (too many), SFD_ERR_NOMEM. */
sfd_status sfd_set_add(sfd_annotations *a, sfd_labelled_video *v, const sfd_person_box *box,
                       sfd_box_unit unit, const char *place, sfd_error *err);
/* Notes a frame that was looked at; `name` may be NULL. */
sfd_status sfd_set_add_frame(sfd_annotations *a, sfd_labelled_video *v, double time_s,
                             const char *name, sfd_error *err);

/* One more action of a box that is not added yet. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_set_add_done(sfd_annotations *a, sfd_person_box *box, size_t label, double score,
                            sfd_error *err);
/* What a tool calls attribute `group` has the value `text`: "true" is an action of the attribute's
 * name, "false" and words for nothing are none, any other text is the action. */
sfd_status sfd_set_add_attribute(sfd_annotations *a, sfd_person_box *box, const char *group,
                                 const char *text, sfd_error *err);

/* After boxes were added: puts those of a person together, merges what is said of one box in
 * several places. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_set_settle(sfd_annotations *a, sfd_error *err);

/* Corners in the unit that is wanted. Errors: SFD_ERR_MISMATCH (the video's size is not known). */
sfd_status sfd_set_corners(const sfd_labelled_video *v, const sfd_person_box *box,
                           sfd_box_unit unit, double corner[4], sfd_error *err);

/* Where any box has a score for what its person does. */
bool sfd_set_has_scores(const sfd_annotations *a);

#endif
