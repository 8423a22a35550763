/* SPDX-License-Identifier: Apache-2.0 */
/* What a check keeps: the rows of the files, the videos that they name, what was found. */
#ifndef SFD_CHECK_WORK_H
#define SFD_CHECK_WORK_H

#include "base/ava_row.h"
#include "base/labels.h"
#include "base/name_table.h"
#include "base/timeline.h"

#include <sfdet/check.h>

typedef enum sfd_check_kind {
    SFD_CHECK_UNREADABLE,
    SFD_CHECK_ENCODING,
    SFD_CHECK_SEPARATORS,
    SFD_CHECK_COLUMNS,
    SFD_CHECK_PROPOSAL_ROWS,
    SFD_CHECK_PIXELS,
    SFD_CHECK_CORNERS,
    SFD_CHECK_EMPTY_BOX,
    SFD_CHECK_OUTSIDE,
    SFD_CHECK_OVERHANG,
    SFD_CHECK_LABEL_ZERO,
    SFD_CHECK_LABEL_UNKNOWN,
    SFD_CHECK_DUPLICATE,
    SFD_CHECK_VIDEO_MISSING,
    SFD_CHECK_VIDEO_NAME,
    SFD_CHECK_VIDEO_BAD,
    SFD_CHECK_TIME_OFFSET,
    SFD_CHECK_TIME_FRAMES,
    SFD_CHECK_TIME_OUTSIDE,
    SFD_CHECK_CLASS_RARE,
    SFD_CHECK_CLASS_MISSING,
    SFD_CHECK_PROPOSALS_MISS,
    SFD_CHECK_PROPOSALS_NONE,
    SFD_CHECK_PROPOSALS_ASTRAY,
    SFD_CHECK_SHARED,
    SFD_CHECK_N_KINDS
} sfd_check_kind;

typedef enum sfd_row_kind {
    SFD_ROW_BOX,
    SFD_ROW_FRAME, /* video,timestamp */
    SFD_ROW_BAD    /* cannot be used */
} sfd_row_kind;

/* What repairs a row. */
enum {
    SFD_FIX_DROP = 1,
    SFD_FIX_CORNERS = 2, /* in order */
    SFD_FIX_CLIP = 4,
    SFD_FIX_PIXELS = 8 /* where the size of the video is known */
};

typedef struct sfd_check_row {
    uint64_t line;
    double time_s;
    sfd_box_norm box;
    uint32_t video;
    int label; /* 0: none */
    uint8_t kind, fix;
} sfd_check_row;

/* Sorted for what goes by keyframes: video, time, box, label, line. */
typedef struct sfd_check_file {
    const char *path;
    bool has_labels, is_proposals;
    sfd_check_row *rows; /* in the file's order */
    size_t n, n_alloc;
    const sfd_check_row **sorted; /* [n] */
} sfd_check_file;

typedef struct sfd_check_video {
    char *id;
    char *renamed; /* its id without what does not belong there; NULL: it is right */
    char *path;    /* NULL: there is none, or it was not looked for */
    int width, height;
    double duration_s, fps; /* 0: unknown */
    bool in_truth, in_val;
} sfd_check_video;

typedef struct sfd_check_pair {
    int ids[2];
    size_t n;
} sfd_check_pair;

typedef struct sfd_found {
    sfd_check_kind kind;
    const char *path;
    char *text;
    size_t n;
    bool not_fixed; /* here, although others of its kind are */
} sfd_found;

struct sfd_check {
    sfd_check_settings s;
    sfd_label_map labels; /* empty without a list */
    sfd_name_table names; /* video ids -> number */
    sfd_check_video *videos;
    size_t n_videos, videos_alloc;
    sfd_check_file truth, val, proposals, excluded;
    sfd_found *found;
    size_t n_found, found_alloc;
    sfd_check_facts facts;
    sfd_check_class *classes; /* [facts.n_classes] */
    sfd_check_pair *pairs;    /* [facts.n_pairs] */
    bool out_of_memory;       /* while something was noted */
};

/* One more case of what is wrong with a file; the first one's text is kept, behind its path and,
 * unless it is 0, line. */
void sfd_check_note(sfd_check *c, sfd_check_kind kind, const char *path, uint64_t line,
                    const char *fmt, ...) SFD_PRINTF(5, 6);
/* The same for a message that has them already. */
void sfd_check_note_message(sfd_check *c, sfd_check_kind kind, const char *path,
                            const char *message);
/* What was noted of that kind; NULL: nothing. */
sfd_found *sfd_check_find(const sfd_check *c, sfd_check_kind kind, const char *path);

/* The steps, in order. Errors: SFD_ERR_NOMEM, SFD_ERR_CANCELLED, and of the second SFD_ERR_IO. */
sfd_status sfd_check_read(sfd_check *c, sfd_check_file *f, sfd_error *err);
/* A detector's boxes that are not csv, by the reader of all other programs: those of the videos
 * that were named by then. *done: it was of such a format. */
sfd_status sfd_check_read_proposed(sfd_check *c, sfd_check_file *f, bool *done, sfd_error *err);
sfd_status sfd_check_videos(sfd_check *c, sfd_error *err);
sfd_status sfd_check_count_all(sfd_check *c, sfd_error *err);
sfd_status sfd_check_proposals(sfd_check *c, sfd_error *err);

/* Rows of the keyframe that begins at sorted[at]: its end. */
size_t sfd_check_keyframe_end(const sfd_check_file *f, size_t at);
/* By video and time, as rows are sorted. */
int sfd_check_compare_keyframes(const sfd_check_row *a, const sfd_check_row *b);

#endif
