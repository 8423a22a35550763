/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Whole videos in, scores of classes out.
 *
 *   sfd_video_list        which videos, and what is known of them
 *   sfd_video_classifier  a model that looks at a video in several views: clips in time, crops in
 *                         the picture
 *   sfd_class_writer      the scores as files
 *   sfd_accuracy          how good they are (accuracy.h)
 *
 * Views are PySlowFast's at test time, chosen by the same rules from the video's own frames.
 */
#ifndef SFDET_CLASSIFY_H
#define SFDET_CLASSIFY_H

#include <sfdet/accuracy.h>
#include <sfdet/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------- videos */

/** Videos to be classified; read-only once made, may be shared by threads. */
typedef struct sfd_video_list sfd_video_list;

/** One of them; lent by the list. */
typedef struct sfd_listed_video {
    const char *path;            /**< a video file, or a folder of pictures; or just a name, where
                                    pictures are listed */
    const char *const *pictures; /**< [n_pictures] files, a frame each; NULL: none are listed */
    size_t n_pictures;           /**< as many */
    const int *labels;           /**< [n_labels] classes, counted from 0, rising */
    size_t n_labels;             /**< 0: it is not known what is to be seen */
    int64_t n_frames;            /**< of the video that a file of features (.npy) is of; 0: not
                                    known. Of other files it does not count */
    size_t reserved[3];          /**< room to grow, zero */
} sfd_listed_video;

/** Reads a list in one of PySlowFast's layouts ("-": stdin). A line for each video:
 *     path label       path label,label       path
 * blank, tab or comma between, a third column between path and label being passed over where it is
 * no number; MMAction2's of files of features, where the number is that of the video's frames,
 *     path.npy frames label
 * or, below a header line that begins with original_vido_id, a line for each frame:
 *     original_vido_id video_id frame_id path labels
 * where a video has the labels of all its frames (`""`: none). Paths that are relative are
 * understood from `folder` (NULL: the present one). Labels are 0 to n_classes - 1. Errors:
 * SFD_ERR_IO; SFD_ERR_FORMAT naming the line; SFD_ERR_MISMATCH (no video); SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_video_list_read(sfd_video_list **out, const char *path, const char *folder,
                                       int n_classes, sfd_error *err);
SFD_API void sfd_video_list_free(sfd_video_list *l); /**< takes NULL */
/** How many there are. */
SFD_API size_t sfd_video_list_count(const sfd_video_list *l);
/** Video i, of sfd_video_list_count; lent by the list. */
SFD_API const sfd_listed_video *sfd_video_list_get(const sfd_video_list *l, size_t i);

/** True when all frames that are listed, or the file or folder, are there to be read; else *err
 * says which is not. */
SFD_API bool sfd_listed_video_exists(const sfd_listed_video *v, sfd_error *err);

/* -------------------------------------------------------------------- views */

/** Where clips lie in a video of n frames. A clip of T frames at a rate r lasts as long as T * r
 * frames at 30 a second. */
typedef enum sfd_clip_sampling {
    SFD_CLIPS_AS_CONFIGURED, /**< by TEST.DATASET; uniform where nothing is said */
    SFD_CLIPS_AT_PARTS,      /**< "uniform": of k clips the i-th starts at i / k of what room there
                                is (Kinetics) */
    SFD_CLIPS_AT_STEPS,   /**< "offset": at i whole steps, of which k - 1 fit; a single one in the
                             middle (DATA.USE_OFFSET_SAMPLING) */
    SFD_CLIPS_END_TO_END, /**< "spread": the first at the start, the last at the end, every r-th
                             frame whatever the video's rate (Charades) */
    SFD_CLIPS_OVER_ALL    /**< "segments": the middles of T parts of the whole video (SSv2) */
} sfd_clip_sampling;

/** What the scores of all views come to. */
typedef enum sfd_view_average {
    SFD_AVERAGE_AS_CONFIGURED, /**< DATA.ENSEMBLE_METHOD; the mean where nothing is said */
    SFD_AVERAGE_MEAN,          /**< of a class's scores in all views */
    SFD_AVERAGE_MAX            /**< the best one */
} sfd_view_average;

/** How to look at a video; numbers that are 0 follow the model's configuration. */
typedef struct sfd_classify_settings {
    size_t struct_size;         /**< set by sfd_classify_settings_defaults() */
    int n_clips;                /**< in time, 1 to 1000 (TEST.NUM_ENSEMBLE_VIEWS) */
    int n_crops;                /**< in the picture, 1 to 3: left, centre, right, or top, centre,
                                   bottom of upright ones; of 2 the first, a single one at the
                                   centre (TEST.NUM_SPATIAL_CROPS). In PySlowFast, and here, a
                                   single one of "spread" and "segments" is the first, too */
    int short_side_px;          /**< of the resized picture (TEST_CROP_SIZE; with one crop of
                                   "uniform" or "offset" clips TRAIN_JITTER_SCALES' first) */
    int crop_px;                /**< side of a crop (TEST_CROP_SIZE) */
    sfd_clip_sampling sampling; /**< where clips lie */
    sfd_view_average average;   /**< of the views' scores */
    double picture_fps;         /**< rate of folders and lists of pictures (30) */

    /** Callbacks, each may be NULL; they run on the calling thread. */
    void *user;
    /** After each view of a video. */
    void (*on_view)(void *user, size_t n_done, size_t n_total);
    /** Asked between views and while reading; true ends with SFD_ERR_CANCELLED. */
    bool (*should_stop)(void *user);
    /** A video is done but has damaged frames, or fewer than its header says. */
    void (*on_warning)(void *user, const char *message);
} sfd_classify_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_classify_settings_defaults_sized(sfd_classify_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_classify_settings_defaults(sfd_classify_settings *s)
{
    sfd_classify_settings_defaults_sized(s, sizeof *s);
}

/** Looks at one video at a time. */
typedef struct sfd_video_classifier sfd_video_classifier;

/** n_threads of the network, 0: one per core. The model must outlive the classifier. Errors:
 * SFD_ERR_MISMATCH for a detection network; SFD_ERR_ARG (settings out of range, a crop larger than
 * the picture, a crop too small for the network); SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_video_classifier_create(sfd_video_classifier **out, const sfd_model *model,
                                               int n_threads, const sfd_classify_settings *settings,
                                               sfd_error *err);
SFD_API void sfd_video_classifier_free(sfd_video_classifier *c); /**< takes NULL */

/** The settings with all numbers that the configuration gave. Owned by c. */
SFD_API const sfd_classify_settings *sfd_video_classifier_views(const sfd_video_classifier *c);

/** scores: [n_classes] of the video. Every frame that some clip wants is decoded and resized once;
 * memory follows from the length of a clip alone ("segments": from its number of frames).
 *
 * A network that only listens reads the sound of videos, of which it has a single crop, sound
 * without pictures, and MMAction2's features (.npy).
 *
 * Errors: SFD_ERR_IO, SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED (a pipe; pictures more than 16 times as
 * long as high, or for a network that only listens), SFD_ERR_MISMATCH (features of another width
 * than the network's), SFD_ERR_CANCELLED, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_video_classifier_run(sfd_video_classifier *c, const sfd_listed_video *video,
                                            float *scores, sfd_error *err);

/* ------------------------------------------------------------------ results */

/** Names of classes, by number from 0; read-only once read, threads may share it. */
typedef struct sfd_class_names sfd_class_names;

/** Text, a name a line, the first being class 0's; or a JSON object {"name": number, ...}. Errors:
 * SFD_ERR_IO; SFD_ERR_FORMAT (not UTF-8, numbers that are none, or beyond 99999, twice the same);
 * SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_class_names_read(sfd_class_names **out, const char *path, sfd_error *err);
/** Those in the model's weights, of which the first id's class is number 0; *out is NULL where
 * there are none. Errors: SFD_ERR_FORMAT, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_class_names_of_model(sfd_class_names **out, const sfd_model *model,
                                            sfd_error *err);
SFD_API void sfd_class_names_free(sfd_class_names *n); /**< takes NULL */
/** NULL where there is none, and where n is NULL. Owned by n. */
SFD_API const char *sfd_class_names_get(const sfd_class_names *n, int id);
/** One more than the largest number with a name; 0 where n is NULL. */
SFD_API size_t sfd_class_names_end(const sfd_class_names *n);

/** The classes with the best scores, best first; equal ones by number. best: [min(n_best,
 * n_classes)]. */
SFD_API void sfd_best_classes(int *best, size_t n_best, const float *scores, int n_classes);

/** Scores as a file; used by one thread at a time. The file appears under its name only with
 * sfd_class_writer_commit. */
typedef struct sfd_class_writer sfd_class_writer;

/** Rows `path,class_id,score` for every class of every video, in the order of the classes; scores
 * with up to nine digits. `path` "-" is stdout. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_class_writer_open_csv(sfd_class_writer **out, const char *path,
                                             sfd_error *err);
/** One JSON object a line and video, with the n_best best classes:
 *     {"path": "a.mp4", "labels": [3], "classes": [{"id": 3, "name": "abseiling", "score": 0.9}]}
 * "labels" where they are known; "name" is null where there is none. `names` may be NULL; it must
 * outlive the writer. */
SFD_API sfd_status sfd_class_writer_open_json(sfd_class_writer **out, const char *path,
                                              const sfd_class_names *names, size_t n_best,
                                              sfd_error *err);
/** scores: [n_classes]. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_class_writer_add(sfd_class_writer *w, const sfd_listed_video *video,
                                        const float *scores, int n_classes, sfd_error *err);
/** Completes the file and gives it its name; nothing can be added after that, whatever comes back.
 * Errors: SFD_ERR_IO. */
SFD_API sfd_status sfd_class_writer_commit(sfd_class_writer *w, sfd_error *err);
/** Takes NULL. Removes a file that was not committed. */
SFD_API void sfd_class_writer_free(sfd_class_writer *w);

/** The classes of a result as csv ("-": stdout): a header line, then rows
 * `class_id,name,videos,accuracy,ap`, the last two empty where the result has none. `names` may be
 * NULL. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_class_report_write(const char *path, const sfd_accuracy_result *result,
                                          const sfd_class_names *names, sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
