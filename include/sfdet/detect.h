/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Videos and person boxes in, labelled people out.
 *
 *   sfd_proposals (boxes from a csv file or from memory)
 *   sfd_detector  (a model and its scratch memory: one per thread)
 *     sfd_detector_run_video   all keyframes of a video that have boxes
 *     sfd_detector_run_frames  one clip of pictures that the caller decoded
 */
#ifndef SFDET_DETECT_H
#define SFDET_DETECT_H

#include <sfdet/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An 8-bit RGB picture. */
typedef struct sfd_image {
    int width;           /**< in pixels */
    int height;          /**< in pixels */
    size_t stride_bytes; /**< from row to row, >= 3 * width */
    const uint8_t *rgb;  /**< [height][stride_bytes], R first */
} sfd_image;

/** The video id of a file: its name without folders and last extension ("x/clip.mp4": "clip"); of
 * a folder of pictures its whole name, of a pattern of them their folder's. To be freed with
 * free(); NULL when memory is out. */
SFD_API char *sfd_video_id(const char *path);

/** What the header of a video tells, or a folder of numbered pictures. */
typedef struct sfd_video_facts {
    int width;          /**< of its pictures, upright */
    int height;         /**< of the same */
    double source_fps;  /**< as the container says; 0: unknown; 30 of pictures */
    double duration_s;  /**< likewise */
    size_t n_pictures;  /**< of a folder; 0: a video */
    size_t reserved[3]; /**< room to grow, zero */
} sfd_video_facts;

/** Opens a video for a look. Wherever the path of a video is wanted it may be a folder of pictures
 * (jpg, png, bmp, webp, tif) whose names differ in a number alone, or a pattern of such names
 * ("frames/img_%05d.jpg"): its pictures are the frames in order of their numbers, of which none may
 * be missing. should_stop (may be NULL) is asked meanwhile. Errors: SFD_ERR_IO,
 * SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED, SFD_ERR_CANCELLED, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_video_look_up(sfd_video_facts *out, const char *path,
                                     bool (*should_stop)(void *user), void *user, sfd_error *err);

/** Whether such a path names pictures: a folder, or no file but a pattern. */
SFD_API bool sfd_is_picture_folder(const char *path);

/* ------------------------------------------------------------------- boxes */

/** Person boxes of one or more videos; read-only once made, may be shared by threads. */
typedef struct sfd_proposals sfd_proposals;

/** How to read boxes. */
typedef struct sfd_proposals_settings {
    size_t struct_size;   /**< set by sfd_proposals_settings_defaults() */
    double box_threshold; /**< boxes with a lower score are dropped */
    bool keep_best;       /**< but at timestamps where none passes those of the highest score */
    /** Numbered pictures of JSON files ("clip_000031.jpg", counted from 1) are of this rate, the
     * first at first_frame_s; 0: such numbers are refused. */
    double frame_fps;
    double first_frame_s; /**< timestamp of picture 1 */
    bool strict;          /**< what on_warning would be told is an error */
    void *user;           /**< handed to on_warning */
    /** About rows that cannot be used and are left out, and about guesses. May be NULL. */
    void (*on_warning)(void *user, const char *message);
} sfd_proposals_settings;

SFD_API void sfd_proposals_settings_defaults_sized(sfd_proposals_settings *s,
                                                   size_t struct_size); /**< 0.8 */
static inline void sfd_proposals_settings_defaults(sfd_proposals_settings *s)
{
    sfd_proposals_settings_defaults_sized(s, sizeof *s);
}

/** Reads the boxes of the videos named in video_ids[n_video_ids] (n_video_ids >= 1) from a file,
 * whose format its content tells. csv ("-": stdin) without header, one box a row:
 *     video_id,timestamp,x1,y1,x2,y2[,label[,score[,person_id]]]
 * timestamp in seconds, corners as fractions of width and height, label an integer or empty (it is
 * not used), score within 0..1, 1 when absent, person_id a whole number or empty. A header line,
 * byte order mark, blank lines, blanks around fields, tabs for commas and rows of two columns
 * (frames without people) are no content. Corners up to 0.01 outside the picture, as detectors
 * produce, are accepted; boxes that leave it by up to a quarter of their width or height are
 * clipped. Rows of a timestamp whose corners are spelled alike are one box, the first row's:
 * PySlowFast's way. Rows of other videos are skipped. Where the last column has whole numbers
 * behind labels only (AVA's ground truth: person ids) they are no scores but kept as such, and all
 * boxes count. Pickles in MMAction2's manner ("video,0902" or a tuple -> [N][4 or 5] of x1, y1, x2,
 * y2, score, as array, tensor or list) and COCO's detection JSON (persons only; pictures called
 * VIDEO/0902.jpg or VIDEO_0902; bbox as fractions, or in pixels where "images" tells the sizes) are
 * read by the same rules. `settings` NULL: defaults. A row that cannot be used (column count, not a
 * number, pixel coordinates, inverted box) is told and left out; a file with more such rows than
 * good ones, and with `strict` the first one, is an error. Errors: SFD_ERR_IO; SFD_ERR_FORMAT
 * naming line and column; SFD_ERR_MISMATCH (a guess, with `strict`); SFD_ERR_ARG; SFD_ERR_NOMEM. A
 * video without boxes is no error here. */
SFD_API sfd_status sfd_proposals_read(sfd_proposals **out, const char *path,
                                      const char *const *video_ids, size_t n_video_ids,
                                      const sfd_proposals_settings *settings, sfd_error *err);

/** A person box in memory. */
typedef struct sfd_proposal {
    double timestamp_s; /**< of the keyframe */
    sfd_box_norm box;   /**< (x1, y1) above and left of (x2, y2) */
    double score;       /**< 0..1; carried through, no threshold is applied */
    int64_t person_id;  /**< the same in all keyframes of a video */
    bool has_person_id; /**< false: it is not known who it is */
} sfd_proposal;

/** Boxes from memory, under the rules for files; the list is copied. Errors: SFD_ERR_ARG naming the
 * entry, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_proposals_make(sfd_proposals **out, const char *video_id,
                                      const sfd_proposal *list, size_t n, sfd_error *err);

SFD_API void sfd_proposals_free(sfd_proposals *p); /**< takes NULL */

/** What became of the boxes of a source. */
typedef struct sfd_proposals_counts {
    size_t n_boxes;        /**< taken; rows of one box and one person id count once */
    size_t n_cut;          /**< of these and of those below the threshold: clipped to the picture */
    size_t n_below;        /**< left out: score below the threshold */
    size_t n_other_videos; /**< left out: not asked for, no persons */
    size_t n_other_categories; /**< left out: not asked for, no persons */
    size_t n_unusable;         /**< left out, told by on_warning */
    size_t reserved[4];        /**< room to grow, zero */
} sfd_proposals_counts;

/** Owned by nobody: *counts is filled. */
SFD_API void sfd_proposals_get_counts(const sfd_proposals *p, sfd_proposals_counts *counts);

/** How many timestamps of a video have boxes; 0 where the source names the video (a row of two
 * columns, a picture without boxes) and nobody is there. Errors: SFD_ERR_MISMATCH when it does not
 * and none has boxes (*n is 0 then); the message tells which videos have boxes, or the best score
 * below the threshold. */
SFD_API sfd_status sfd_proposals_count(const sfd_proposals *p, const char *video_id, size_t *n,
                                       sfd_error *err);

/* ----------------------------------------------------------------- results */

/** A person box with its scores. */
typedef struct sfd_person {
    sfd_box_norm box;           /**< as in the proposals */
    double proposal_score;      /**< 0..1, of the person detector */
    const char *timestamp_text; /**< as spelled in the proposals: "0902" */
    const char *box_text;       /**< "x1,y1,x2,y2" as spelled there */
    const float *scores;        /**< [n_classes] */
    int64_t person_id;          /**< as in the proposals; 0 where it is not known */
    bool has_person_id;         /**< whether it is known: ids may count from 0 */
    const float *features;      /**< [n_features]: what the scores are computed from; NULL unless
                                   asked for */
    size_t reserved[3];         /**< room to grow, zero */
} sfd_person;

/** Everything that was found at one timestamp. All of it is lent for the duration of a callback. */
typedef struct sfd_keyframe {
    const char *video_id;      /**< as in the proposals */
    double timestamp_s;        /**< as in the proposals */
    int64_t frame;             /**< the keyframe's number on the timeline */
    const sfd_image *picture;  /**< the keyframe in the video's size; NULL unless asked for */
    int n_classes;             /**< outputs of the network */
    const int *class_ids;      /**< [n_classes]: scores[k] is of this class; -1 is the background */
    size_t n_persons;          /**< in the order of the proposals */
    const sfd_person *persons; /**< [n_persons] */
    int n_features;            /**< of a person; 0 unless asked for */
} sfd_keyframe;

/* --------------------------------------------------------------- detection */

/** Runs a model; used by one thread at a time. Several detectors may share a model. */
typedef struct sfd_detector sfd_detector;

/** n_threads of the network, 0: one per core. The model must outlive the detector. Errors:
 * SFD_ERR_MISMATCH when the model is not a detection network; SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_detector_create(sfd_detector **out, const sfd_model *model, int n_threads,
                                       sfd_error *err);
SFD_API void sfd_detector_free(sfd_detector *d); /**< takes NULL */

/** Looks at every keyframe in several views from now on, and averages their scores: pictures whose
 * short sides are short_sides[n] pixels (at most 8, none twice; n = 0: the configured one),
 * `mirrored` each of these once more with left and right exchanged, the boxes too (PySlowFast's
 * AVA.TEST_FORCE_FLIP is one such view). Frames are still decoded once; each view costs what a
 * clip of its size costs. Errors, with the views as they were: SFD_ERR_ARG (sides not within 32 to
 * 4096), SFD_ERR_UNSUPPORTED (a network whose pictures have a fixed size). */
SFD_API sfd_status sfd_detector_set_views(sfd_detector *d, const int *short_sides, size_t n,
                                          bool mirrored, sfd_error *err);

/** A video that is run after another one. */
typedef struct sfd_next_video {
    const char *path;          /**< of the file */
    const char *video_id;      /**< as it will be called */
    double timestamp_offset_s; /**< as in sfd_detect_settings */
    size_t first_keyframe;     /**< likewise */
    size_t n_keyframes;        /**< likewise */
    size_t reserved[4];        /**< room to grow, zero */
} sfd_next_video;

/** How to run through a video. */
typedef struct sfd_detect_settings {
    size_t struct_size;        /**< set by sfd_detect_settings_defaults() */
    double timestamp_offset_s; /**< timestamp of the video's first frame (AVA's cuts: 900) */
    bool pictures;             /**< hand out the keyframes' pictures */
    int n_jobs; /**< keyframes computed at once (1), each with its share of the detector's threads,
                   which help each other, and scratch memory of its own; the results are the same.
                   0: by the number of threads and free memory */

    /** Callbacks; each may be NULL. They run on the calling thread. */
    void *user;
    /** A finished keyframe, in rising order of timestamps. Anything but SFD_OK ends the run with
     * that status. */
    sfd_status (*on_keyframe)(void *user, const sfd_keyframe *keyframe, sfd_error *err);
    /** A keyframe that cannot be done because the video does not contain it. */
    void (*on_failure)(void *user, const char *message);
    /** After each keyframe, done or failed; n_total 0: unknown. */
    void (*on_progress)(void *user, size_t n_done, size_t n_total);
    /** Asked between keyframes and while waiting for the video; true ends the run with
     * SFD_ERR_CANCELLED once the keyframes in work are handed out. */
    bool (*should_stop)(void *user);
    /** Once a video is done: it has damaged frames, or ended before its header's promise. */
    void (*on_warning)(void *user, const char *message);

    size_t first_keyframe; /**< the first one that is wanted, counted from 0 in order of time; 0
                              where persons are followed, which begins with the video */
    size_t n_keyframes;    /**< how many from there on; 0: all */
    /** Keyframe `index` is settled, be it done, failed or without persons, and so are all before
     * it; after its other callbacks. Anything but SFD_OK ends the run with that status. */
    sfd_status (*on_settled)(void *user, size_t index, sfd_error *err);

    bool features; /**< hand out the persons' features */
    /** What the detector will run next, with the same boxes (or person model and find settings) and
     * settings; NULL: not known. A file is opened, and decoded up to its first clip, beside this
     * one's network. The run after this one begins there, and forgets it where it is another. The
     * boxes, or the person model, are lent until then or until the detector is freed. Has no effect
     * where persons are followed. */
    const sfd_next_video *next;
    double picture_fps; /**< rate of a folder of pictures; 0: 30 */
} sfd_detect_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_detect_settings_defaults_sized(sfd_detect_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_detect_settings_defaults(sfd_detect_settings *s)
{
    sfd_detect_settings_defaults_sized(s, sizeof *s);
}

/** What became of the keyframes of a video. */
typedef struct sfd_detect_summary {
    size_t n_keyframes; /**< with boxes in the proposals, or where persons were looked for */
    size_t n_done;      /**< handed to on_keyframe */
    size_t n_failed;    /**< handed to on_failure */
    size_t n_empty;     /**< nobody was found; handed to nobody */
    size_t width;       /**< of the video's pictures; 0 where it could not be opened */
    size_t height;      /**< of the same */
    size_t reserved[1]; /**< room to grow, zero */
} sfd_detect_summary;

/** Detects in every keyframe of the video that has boxes under `video_id`. Decoding and resizing
 * run on a thread of their own; memory does not grow with the video. Clips that reach over the
 * start or end of the video repeat its first or last frame. `summary` (may be NULL) is filled in
 * every case. Errors: SFD_ERR_MISMATCH when the proposals have no box for the video; SFD_ERR_IO,
 * SFD_ERR_FORMAT when the video cannot be read; SFD_ERR_CANCELLED; SFD_ERR_NOMEM; what on_keyframe
 * returns. What was handed to on_keyframe before is valid. */
SFD_API sfd_status sfd_detector_run_video(sfd_detector *d, const char *path, const char *video_id,
                                          const sfd_proposals *proposals,
                                          const sfd_detect_settings *settings,
                                          sfd_detect_summary *summary, sfd_error *err);

/** Detects in one clip of n_frames (of sfd_model_info) pictures, all of one size: the frames that
 * sfd_model_clip_frames names. A pointer may occur several times in a row and is then resized once.
 * scores: [n_boxes][n_classes]. Errors: SFD_ERR_ARG (corners that are NaN or infinite, too),
 * SFD_ERR_FORMAT (such scores), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_detector_run_frames(sfd_detector *d, const sfd_image *const *frames,
                                           size_t n_frames, const sfd_box_norm *boxes,
                                           size_t n_boxes, float *scores, sfd_error *err);
/** A clip of pictures that the caller has. */
typedef struct sfd_shown_clip {
    size_t struct_size;             /**< set by sfd_shown_clip_defaults() */
    const sfd_image *const *frames; /**< as in sfd_detector_run_frames */
    size_t n_frames;                /**< likewise */
    const float *sound; /**< [n_sound] of sfd_model_info, as in sfd_clip_input; NULL: silence */
} sfd_shown_clip;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_shown_clip_defaults_sized(sfd_shown_clip *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_shown_clip_defaults(sfd_shown_clip *s)
{
    sfd_shown_clip_defaults_sized(s, sizeof *s);
}

/** sfd_detector_run_features of a clip with sound, where the network listens; features may be NULL.
 * Without sound, and in the other two functions, such a network hears silence; samples that are NaN
 * or infinite are SFD_ERR_ARG. */
SFD_API sfd_status sfd_detector_run_clip(sfd_detector *d, const sfd_shown_clip *clip,
                                         const sfd_box_norm *boxes, size_t n_boxes, float *scores,
                                         float *features, sfd_error *err);
/** The same, and features [n_boxes][n_features] (of sfd_model_info): what the scores are computed
 * from, each box's values of all pathways one after the other behind RoIAlign and the maximum over
 * its cells. In several views they are averaged as the scores are. */
SFD_API sfd_status sfd_detector_run_features(sfd_detector *d, const sfd_image *const *frames,
                                             size_t n_frames, const sfd_box_norm *boxes,
                                             size_t n_boxes, float *scores, float *features,
                                             sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
