/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * A page to look at what was detected: one HTML file that needs nothing but a browser.
 *
 *   runs of detections, truth, videos, courses of training  ->  sfd_report_write
 *
 * docs/report.md tells what is on it. */
#ifndef SFDET_REPORT_H
#define SFDET_REPORT_H

#include <sfdet/eval.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is to be on the page; used by one thread at a time. */
typedef struct sfd_report sfd_report;

/** How the page is made. */
typedef struct sfd_report_settings {
    size_t struct_size;        /**< set by sfd_report_settings_defaults() */
    const char *title;         /**< NULL: made of the runs' names; not kept */
    const char *labels;        /**< list of classes; NULL: AVA's, the 60 of its benchmark being
                                  scored, and names that JSON lines bring; not kept */
    double timestamp_offset_s; /**< timestamp of a video's first frame (0) */
    sfd_eval_dialect dialect;  /**< of measures (activitynet_2020) */
    double iou;                /**< threshold of right detections (0.5) */
    double min_score;          /**< labels below are left out of the page, not of measures (0.05) */
    int top;                   /**< so many labels of a box are on it, the best (10) */
    int thumbnail_px;          /**< width of keyframes' pictures (160), 16 to 640 */
    int max_thumbnails;        /**< pictures on the page at most, 0: none (1000) */
    bool embed;                /**< videos go into the page, up to 256 MiB together */
    void *user;                /**< handed to the callbacks */
    void (*on_warning)(void *user, const char *message); /**< what is left out; may be NULL */
    /** Pictures made; may be NULL. */
    void (*on_progress)(void *user, size_t n_done, size_t n_total);
    bool (*should_stop)(void *user); /**< true ends with SFD_ERR_CANCELLED; may be NULL */
} sfd_report_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_report_settings_defaults_sized(sfd_report_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_report_settings_defaults(sfd_report_settings *s)
{
    sfd_report_settings_defaults_sized(s, sizeof *s);
}

/** Errors: SFD_ERR_ARG (settings), those of the list of classes, SFD_ERR_NOMEM. The caller frees
 * *out. */
SFD_API sfd_status sfd_report_create(sfd_report **out, const sfd_report_settings *settings,
                                     sfd_error *err);
SFD_API void sfd_report_free(sfd_report *r); /**< takes NULL */

/** Begins a run of detections, whose rows the next calls read. Errors: SFD_ERR_NOMEM,
 * SFD_ERR_UNSUPPORTED (the ninth). */
SFD_API sfd_status sfd_report_add_run(sfd_report *r, const char *name, sfd_error *err);
/** Adds a file's rows to the newest run: csv `video_id,timestamp,x1,y1,x2,y2,action_id,score[,
 * person_id]` or JSON lines as the detector writes them, told apart by content. Errors: SFD_ERR_IO,
 * SFD_ERR_FORMAT naming line and column, SFD_ERR_ARG (no run), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_report_read_detections(sfd_report *r, const char *path, sfd_error *err);
/** The truth, rows `video_id,timestamp,x1,y1,x2,y2,action_id[,person_id]`; once. Errors: as above.
 */
SFD_API sfd_status sfd_report_read_truth(sfd_report *r, const char *path, sfd_error *err);
/** Frames that do not count, rows `video_id,timestamp`. Errors: as above. */
SFD_API sfd_status sfd_report_read_exclusions(sfd_report *r, const char *path, sfd_error *err);

/** The video of an id; its keyframes are taken out when the page is written, and the page plays it.
 * Errors: SFD_ERR_MISMATCH (no rows of that id), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_report_add_video(sfd_report *r, const char *id, const char *path,
                                        sfd_error *err);

/** A course of training: a csv of figures, one row an epoch under a header. Errors: SFD_ERR_IO,
 * SFD_ERR_FORMAT naming the line, SFD_ERR_UNSUPPORTED (the ninth), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_report_read_training(sfd_report *r, const char *name, const char *path,
                                            sfd_error *err);

/** Writes the page; the file appears when it is complete, "-" is stdout. Its links to videos are
 * relative to it. Errors: SFD_ERR_ARG (nothing was added), SFD_ERR_IO, SFD_ERR_CANCELLED,
 * SFD_ERR_NOMEM; a video that cannot be read is told by on_warning. */
SFD_API sfd_status sfd_report_write(sfd_report *r, const char *path, sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
