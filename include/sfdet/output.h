/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Detections as files. A writer takes keyframes as sfd_detector_run_video hands them out; the file
 * appears under its name only with sfd_writer_commit. */
#ifndef SFDET_OUTPUT_H
#define SFDET_OUTPUT_H

#include <sfdet/detect.h>
#include <sfdet/labels.h>
#include <sfdet/segments.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sfd_writer sfd_writer; /**< used by one thread at a time */

/** Rows `video_id,timestamp,x1,y1,x2,y2,action_id,score` for every action of every box, as the AVA
 * evaluators take them: timestamp and corners as spelled in the proposals, scores with six
 * decimals. `path` "-" is stdout. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_writer_open_csv(sfd_writer **out, const char *path, sfd_error *err);

/** One JSON object a line and box:
 *     {"video": "clip", "timestamp": 902, "box": [x1, y1, x2, y2], "proposal_score": 0.98,
 *      "labels": [{"id": 12, "name": "stand", "score": 0.912345}, ...]}
 * ("person": 3 behind the timestamp, where ids are known) with all labels that score min_score or
 * more, best first; "name" is null for ids that are not on the list. `labels` must outlive the
 * writer. */
SFD_API sfd_status sfd_writer_open_json(sfd_writer **out, const char *path,
                                        const sfd_labels *labels, double min_score, sfd_error *err);

/** One picture per keyframe, `directory`/VIDEO_TIMESTAMP.png (or .jpg), with boxes and the labels
 * that score more than `threshold`; the keyframes must carry their pictures. `format` is "png" or
 * "jpg". The directory is made if need be. Each picture is written when its keyframe comes.
 * `labels` must outlive the writer. Errors: SFD_ERR_ARG (unknown format), SFD_ERR_IO,
 * SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_writer_open_pictures(sfd_writer **out, const char *directory,
                                            const char *format, const sfd_labels *labels,
                                            double threshold, sfd_error *err);

/** What persons do from when to when; the extension of `path` says how it is told:
 *   .csv  a header line, then rows `video_id,person,start,end,action_id,name,score`, times on the
 *         keyframes' clock, names as on the list
 *   .tsv  aggregated events, with the columns of BORIS 8
 *   .vtt  WebVTT cues "person 3: sit", for players
 *   .eaf  ELAN 3.0, a tier a person; what a person does meanwhile stands on a second one, since
 *         annotations of a tier may not overlap
 * tsv, vtt and eaf count time from the video's start (settings->timestamp_offset_s), vtt and eaf
 * tell of one video. `settings` NULL: defaults (segments.h, which says what is kept in memory);
 * `video_path` is what the eaf shows, NULL: none. Boxes without person id are left out; where there
 * are only such boxes, committing fails with SFD_ERR_MISMATCH and writes nothing. `labels` must
 * outlive the writer. Errors: SFD_ERR_ARG (another extension, settings), SFD_ERR_IO, SFD_ERR_NOMEM;
 * of adding: SFD_ERR_ARG for a second video in vtt and eaf. */
SFD_API sfd_status sfd_writer_open_segments(sfd_writer **out, const char *path,
                                            const char *video_path, const sfd_labels *labels,
                                            const sfd_segment_settings *settings, sfd_error *err);

#define SFD_MAX_SCALE 4 /**< of pictures */

/** The same pictures as one stream of JPEG pictures ("-": stdout), for players of MJPEG; also of
 * keyframes without persons. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_writer_open_mjpeg(sfd_writer **out, const char *path,
                                         const sfd_labels *labels, double threshold,
                                         sfd_error *err);

/** How a number is stored. */
typedef enum sfd_feature_type {
    SFD_FEATURES_F32, /**< as computed */
    SFD_FEATURES_F16  /**< rounded to half precision */
} sfd_feature_type;

/** What each box's scores are computed from, as arrays with a row for each box; NAME.safetensors,
 * or NAME.npz for NumPy:
 *     timestamps  float64 [n]                of the keyframe
 *     person_ids  int64   [n]                -1 where nobody knows
 *     class_ids   int64   [classes]          of the columns of `scores`, -1 the background
 *     scores      float32 [n][classes]
 *     boxes       float32 [n][4]             x1, y1, x2, y2 as fractions
 *     box_scores  float32 [n]                of the person detector
 *     videos      int32   [n]                which of video_ids
 *     features    float32 or float16 [n][n_features]
 *     video_ids   bytes   [videos][longest]  UTF-8, zeros behind
 * The keyframes must carry features. Rows wait beside the file, on disk, until it is committed.
 * Errors: SFD_ERR_ARG (another extension), SFD_ERR_IO, SFD_ERR_NOMEM; of adding:
 * SFD_ERR_UNSUPPORTED (a value that the type does not hold). */
SFD_API sfd_status sfd_writer_open_features(sfd_writer **out, const char *path,
                                            const sfd_model *model, sfd_feature_type type,
                                            sfd_error *err);

/** What a writer leaves out, how large it draws. */
typedef struct sfd_writer_settings {
    size_t struct_size; /**< set by sfd_writer_settings_defaults() */
    double min_score;   /**< csv, JSON: no labels that score less (0: all) */
    int top;            /**< csv, JSON: of each box at most so many labels, the best (0: all) */
    int scale;          /**< pictures: so many times as wide and high (1) */
    bool growing;       /**< csv, JSON, MJPEG: the file has its name from the first keyframe on and
                           grows with every one, for those who follow it */
} sfd_writer_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_writer_settings_defaults_sized(sfd_writer_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_writer_settings_defaults(sfd_writer_settings *s)
{
    sfd_writer_settings_defaults_sized(s, sizeof *s);
}

/** Before the first keyframe; min_score takes the place of sfd_writer_open_json's. Errors:
 * SFD_ERR_ARG. */
SFD_API sfd_status sfd_writer_configure(sfd_writer *w, const sfd_writer_settings *settings,
                                        sfd_error *err);

/** Errors: SFD_ERR_IO, SFD_ERR_NOMEM; SFD_ERR_ARG for a picture that is missing or a writer
 * that is complete. */
SFD_API sfd_status sfd_writer_add(sfd_writer *w, const sfd_keyframe *keyframe, sfd_error *err);

/** Completes the file and gives it its name; nothing can be added after that, whatever comes back.
 * Errors: SFD_ERR_IO; of segments also SFD_ERR_MISMATCH and SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_writer_commit(sfd_writer *w, sfd_error *err);
/** Takes NULL. Removes a file that was not committed. Pictures stay. */
SFD_API void sfd_writer_free(sfd_writer *w);

#ifdef __cplusplus
}
#endif
#endif
