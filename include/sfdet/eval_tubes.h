/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Frame mAP and video mAP of actions in tubes: MultiSports, UCF101-24, JHMDB; docs/evaluation.md
 * has the rules. */
#ifndef SFDET_EVAL_TUBES_H
#define SFDET_EVAL_TUBES_H

#include <sfdet/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How boxes in frames become tubes. */
typedef enum sfd_tube_linking {
    /** as MMAction2's evaluator, whose every box has the score of the last box of all when it is
     * linked, and whose published figures come from that */
    SFD_TUBES_MMACTION2,
    SFD_TUBES_OWN_SCORES, /**< the same rules, each box with its own score */
    SFD_TUBES_PERSONS     /**< the boxes of one person id with one label are a tube */
} sfd_tube_linking;

/** How to evaluate. Settings of sfd_eval_tube_files(). */
typedef struct sfd_eval_tube_settings {
    size_t struct_size;       /**< set by sfd_eval_tube_settings_defaults() */
    sfd_tube_linking linking; /**< SFD_TUBES_MMACTION2 */
    double iou;               /**< of frame mAP (0.5) */
    /** of a box with several labels only the best counts, the first among equals, as MMAction2 has
     * it; its dumped results are always read so */
    bool best_label;
    size_t min_frames; /**< shorter tubes are dropped; not persons' (15) */
    /** frames a second: timestamps are seconds from the first frame on, which is frame 1; 0 (the
     * default): timestamps are frame numbers */
    double fps;
    /** label of csv and JSON that is the truth's first, 0 or 1; -1 (the default): 0 where the file
     * has one, as sfdetect's of MultiSports networks, else 1 */
    int first_label;
    /** persons: boxes of a tube are at most so many frames apart, between which it moves evenly
     * (60) */
    size_t max_gap_frames;
    bool strict; /**< what on_warning would be told is an error */
    void *user;  /**< handed to on_warning */
    /** About rows that are left out. May be NULL. */
    void (*on_warning)(void *user, const char *message);
} sfd_eval_tube_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_eval_tube_settings_defaults_sized(sfd_eval_tube_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_eval_tube_settings_defaults(sfd_eval_tube_settings *s)
{
    sfd_eval_tube_settings_defaults_sized(s, sizeof *s);
}

/** Thresholds of the spatio-temporal IoU of tubes, and means over several. */
typedef enum sfd_tube_iou {
    SFD_TUBES_20,    /**< 0.2 */
    SFD_TUBES_50,    /**< 0.5 */
    SFD_TUBES_05_45, /**< mean over 0.05, 0.1 ... 0.45 */
    SFD_TUBES_10_90, /**< mean over 0.1, 0.2 ... 0.9 */
    SFD_TUBES_50_95, /**< mean over 0.5, 0.55 ... 0.95 */
    SFD_TUBES_N_IOUS
} sfd_tube_iou;

/** "0.2" ... "0.50:0.95", never NULL. */
SFD_API const char *sfd_tube_iou_name(sfd_tube_iou iou);

/** Room for thresholds to come. */
enum { SFD_TUBE_IOUS_ROOM = 12 };

/** Scores of one class, in 0..1. */
typedef struct sfd_eval_tube_class {
    int id;              /**< its place in the truth's list of labels, from 1 */
    const char *name;    /**< owned by the result */
    bool counts;         /**< has truths and is not one of the six that MultiSports leaves out */
    size_t n_boxes;      /**< truth: boxes */
    size_t n_tubes;      /**< truth: tubes */
    size_t n_detections; /**< boxes found */
    size_t n_linked;     /**< tubes found */
    double frame_ap;     /**< NaN where it does not count */
    /** the same of tubes: [SFD_TUBES_N_IOUS] */
    double video_ap[SFD_TUBE_IOUS_ROOM];
    size_t reserved[4]; /**< room to grow, zero */
} sfd_eval_tube_class;

/** Scores of one file; freed by sfd_eval_tube_result_free(). */
typedef struct sfd_eval_tube_result {
    double iou;       /**< of frame mAP */
    double frame_map; /**< mean over the classes that count; NaN: none */
    /** the same of tubes: [SFD_TUBES_N_IOUS] */
    double video_map[SFD_TUBE_IOUS_ROOM];
    size_t n_videos;              /**< of the truth */
    size_t n_boxes;               /**< truth: boxes of the classes that count */
    size_t n_tubes;               /**< truth: tubes of these */
    size_t n_detections;          /**< boxes found, of all classes */
    size_t n_linked;              /**< tubes found, of all classes */
    size_t n_left_out;            /**< rows of videos or labels that the truth lacks */
    size_t n_classes;             /**< labels of the truth */
    sfd_eval_tube_class *classes; /**< [n_classes], owned */
    size_t reserved[4];           /**< room to grow, zero */
} sfd_eval_tube_result;

/** Scores detections against `truth`, a pickle with "gttubes" as MultiSports, UCF101-24 and JHMDB
 * have it (the videos of the first test split; nothing in it is executed). Detections are told
 * apart by content: csv rows `video_id,frame,x1,y1,x2,y2,label,score[,person_id]` and JSON lines as
 * sfdetect writes them, label 1 being the first of the truth's; MMAction2's dumped results (a
 * pickle); MOT csv of a video, which has no labels: all tubes of the truth are one class "person"
 * then. Boxes are fractions of the picture, pixels in MOT csv and where the truth has no
 * "resolution". `settings` NULL: the defaults. Errors: SFD_ERR_IO; SFD_ERR_FORMAT naming the place;
 * SFD_ERR_ARG (settings); SFD_ERR_MISMATCH (nothing fits the truth); SFD_ERR_UNSUPPORTED (too
 * much); SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_tube_files(sfd_eval_tube_result *out, const char *truth,
                                       const char *detections,
                                       const sfd_eval_tube_settings *settings, sfd_error *err);
/** Frees what *r owns and zeroes it. Takes NULL. */
SFD_API void sfd_eval_tube_result_free(sfd_eval_tube_result *r);

/** One file's scores. */
typedef struct sfd_eval_tube_report {
    const char *path;                   /**< of the detections */
    const sfd_eval_tube_result *result; /**< what sfd_eval_tube_files gave */
} sfd_eval_tube_report;

/** {"files": [{"path", "frame_mAP", "video_mAP": {"0.2", ...}, "classes": [...], ...}]}, every
 * number with full double precision, NaN as null. "-" is stdout. Errors: SFD_ERR_IO, SFD_ERR_NOMEM.
 */
SFD_API sfd_status sfd_eval_write_tubes_json(const char *path, const sfd_eval_tube_report *reports,
                                             size_t n, sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
