/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * How good are person boxes, and how good their tracks: COCO's AP and the CLEAR MOT and ID
 * measures, whatever the actions are. */
#ifndef SFDET_EVAL_PERSONS_H
#define SFDET_EVAL_PERSONS_H

#include <sfdet/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A box of one class. Corner, width and height in any unit that is the same for all boxes of a
 * picture (pixels, fractions). */
typedef struct sfd_eval_box {
    int64_t picture; /**< pictures count in rising order where scores are equal */
    double x;        /**< left */
    double y;        /**< top */
    double width;    /**< 0 or more */
    double height;   /**< 0 or more */
    double score;    /**< of a detection */
    bool crowd;      /**< of a truth: stands for many persons; what lies in it counts neither way */
} sfd_eval_box;

/** COCO's measures of person boxes. */
typedef struct sfd_eval_box_result {
    size_t n_pictures;   /**< that have a truth or a detection */
    size_t n_truth;      /**< without crowds */
    size_t n_detections; /**< of all scores */
    double ap;           /**< mean over IoU 0.50, 0.55 ... 0.95; NaN without truth, as all below */
    double ap50;         /**< at IoU 0.5 */
    double ap75;         /**< at IoU 0.75 */
    double recall;      /**< COCO's AR: mean over the same IoUs, at most 100 detections a picture */
    double recall50;    /**< at IoU 0.5 */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_eval_box_result;

/** COCO's average precision (https://cocodataset.org/#detection-eval) over all areas, equal to
 * pycocotools: 101 points of recall, the 100 best detections of a picture, stable order. NaN and
 * negative sizes are the caller's to refuse. Errors: SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_score_boxes(sfd_eval_box_result *out, const sfd_eval_box *truth,
                                        size_t n_truth, const sfd_eval_box *detections,
                                        size_t n_detections, sfd_error *err);

/** How files are read. Settings of sfd_eval_box_files() and sfd_eval_track_files(). */
typedef struct sfd_eval_person_settings {
    size_t struct_size; /**< set by sfd_eval_person_settings_defaults() */
    bool strict;        /**< a row that cannot be used is an error (false) */
    void *user;         /**< handed to on_warning */
    /** About rows that cannot be used and about boxes that do not count, which are left out. May be
     * NULL. */
    void (*on_warning)(void *user, const char *message);
} sfd_eval_person_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_eval_person_settings_defaults_sized(sfd_eval_person_settings *s,
                                                     size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_eval_person_settings_defaults(sfd_eval_person_settings *s)
{
    sfd_eval_person_settings_defaults_sized(s, sizeof *s);
}

/** The same for files, told apart by content and unpacked where they are gzip: csv, or COCO's JSON
 * (which begins with a bracket). csv rows are AVA's,
 * `video_id,timestamp,x1,y1,x2,y2[,label[,score]]`; where they have labels rows of one box are one
 * box, of the best score; a row of two columns is a picture without persons. JSON is a data set
 * ("images", "annotations", "categories", of which "person" counts, else 1) or a list of results.
 * Two JSON files tell pictures apart by file_name where both have "images", else by image_id;
 * beside csv by "video" and "timestamp" of "images", else by names like `VIDEO_0902.jpg`. Pictures
 * are those of the truth: *n_left_out detections are of others. Rows may also be MOT's
 * (sfd_eval_track_files); "-" is stdin. A row or annotation that cannot be used is left out and
 * told, a file that has more of them than of good ones refused. `settings` NULL: the defaults.
 * Errors: SFD_ERR_IO; SFD_ERR_FORMAT naming line and column, or the annotation; SFD_ERR_MISMATCH;
 * SFD_ERR_UNSUPPORTED (too large); SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_box_files(sfd_eval_box_result *out, size_t *n_left_out,
                                      const char *truth, const char *detections,
                                      const sfd_eval_person_settings *settings, sfd_error *err);

/** A person in a frame. */
typedef struct sfd_eval_track_box {
    int64_t frame; /**< number of the picture */
    int64_t id;    /**< of the person or track */
    double x;      /**< left */
    double y;      /**< top */
    double width;  /**< 0 or more */
    double height; /**< 0 or more */
} sfd_eval_track_box;

/** CLEAR MOT and ID measures. */
typedef struct sfd_eval_track_result {
    size_t n_frames;         /**< with a truth or a track's box */
    size_t n_objects;        /**< truth: different ids, boxes */
    size_t n_boxes;          /**< truth: different ids, boxes */
    size_t n_tracks;         /**< result: the same */
    size_t n_track_boxes;    /**< result: the same */
    size_t n_matches;        /**< truth boxes that have a track's, switches included */
    size_t n_misses;         /**< truth boxes without a track */
    size_t n_false;          /**< tracks' boxes without a truth */
    size_t n_switches;       /**< matches with another track than the last one */
    size_t n_fragments;      /**< times that a truth was lost and found again */
    size_t n_mostly_tracked; /**< objects with at least 0.8 of their boxes matched */
    size_t n_partly_tracked; /**< with at least 0.2 */
    size_t n_mostly_lost;    /**< with less */
    double mota;             /**< 1 - (misses + false + switches) / n_boxes */
    double idf1;             /**< 2 IDTP / (2 IDTP + IDFP + IDFN) */
    double id_precision;     /**< IDTP / (IDTP + IDFP) */
    double id_recall;        /**< IDTP / (IDTP + IDFN) */
    size_t reserved[4];      /**< room to grow, zero */
} sfd_eval_track_result;

/** CLEAR MOT (K. Bernardin, R. Stiefelhagen, "Evaluating Multiple Object Tracking Performance",
 * 2008) and ID measures (E. Ristani et al., "Performance Measures and a Data Set for Multi-Target,
 * Multi-Camera Tracking", 2016), equal to py-motmetrics; boxes match with an IoU of at least
 * `iou`. Ratios are NaN where their divisor is 0. Errors: SFD_ERR_ARG (iou not in 0..1, an id twice
 * in a frame: named, or more than 2^26 pairs of ids), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_score_tracks(sfd_eval_track_result *out,
                                         const sfd_eval_track_box *truth, size_t n_truth,
                                         const sfd_eval_track_box *tracks, size_t n_tracks,
                                         double iou, sfd_error *err);

/** The same for files. csv rows are MOTChallenge's, `frame,id,x,y,width,height[,conf[,class,
 * visibility]]`, in a truth without those of conf 0 or another class than 1, or AVA's with a
 * person id in the last column, the ninth of results or the eighth of a truth; ids belong to their
 * video, and frames are the truth's timestamps. COCO's JSON has track_id. *n_left_out boxes of the
 * result are of other timestamps, or without id (-1). A person's second box in a frame is a row
 * that cannot be used. Rows and errors: as sfd_eval_box_files. */
SFD_API sfd_status sfd_eval_track_files(sfd_eval_track_result *out, size_t *n_left_out,
                                        const char *truth, const char *tracks, double iou,
                                        const sfd_eval_person_settings *settings, sfd_error *err);

/** One file's measures. */
typedef struct sfd_eval_persons_report {
    const char *path;                    /**< of the result */
    const sfd_eval_box_result *boxes;    /**< NULL: not measured */
    const sfd_eval_track_result *tracks; /**< likewise */
    size_t n_left_out;                   /**< boxes that do not count */
} sfd_eval_persons_report;

/** All of it with full precision as JSON, {"files": [{"path", "boxes": {"AP", "AP50", ...},
 * "tracks": {"MOTA", "IDF1", ...}}, ...]}; NaN is null. "-" is stdout. Errors: SFD_ERR_IO,
 * SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_write_persons_json(const char *path,
                                               const sfd_eval_persons_report *reports, size_t n,
                                               sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
