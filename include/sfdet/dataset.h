/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * From one clip to a data set: many videos, shares of the work for many programs, results in a
 * folder that outlive the program, and folders read as one.
 *
 *   sfd_sources   which videos
 *   sfd_shard        which share of them
 *   sfd_dataset      a folder of results; sfd_dataset_run fills it, video by video
 *   sfd_parts        what such folders hold, complete and each part once
 *
 * The files of such a folder are told in docs/data-sets.md. */
#ifndef SFDET_DATASET_H
#define SFDET_DATASET_H

#include <sfdet/labels.h>
#include <sfdet/output.h>
#include <sfdet/persons.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------- videos */

/** Videos in order, each with an id of its own. */
typedef struct sfd_sources sfd_sources;

/** One of them; strings are owned by the list. */
typedef struct sfd_source_video {
    const char *path;          /**< of the file */
    const char *id;            /**< sfd_video_id() of it, unless something else was said */
    double timestamp_offset_s; /**< timestamp of its first frame */
    size_t reserved[4];        /**< room to grow, zero */
} sfd_source_video;

/** An empty list, whose videos begin at timestamp_offset_s where nothing else is said. Errors:
 * SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_sources_create(sfd_sources **out, double timestamp_offset_s, sfd_error *err);
SFD_API void sfd_sources_free(sfd_sources *l); /**< takes NULL */
/** Adds a video; a folder of numbered pictures, which is one, too; or all videos that are below a
 * folder, by their extensions, in order of their paths, and where there are none the folders of
 * pictures below it. A file need not exist. Errors: SFD_ERR_ARG (an id that is there already),
 * SFD_ERR_IO (a folder), SFD_ERR_MISMATCH (a folder without videos), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_sources_add(sfd_sources *l, const char *path, sfd_error *err);
/** Adds those of a file ("-": stdin), csv rows `path[,id[,offset]]` (tabs for commas are fine);
 * paths are relative to the current directory. A header row and empty lines are no content. Errors:
 * as sfd_sources_add; SFD_ERR_IO; SFD_ERR_FORMAT naming line and column. */
SFD_API sfd_status sfd_sources_read(sfd_sources *l, const char *path, sfd_error *err);
SFD_API size_t sfd_sources_count(const sfd_sources *l); /**< of videos */
/** Video i below that number. */
SFD_API void sfd_sources_get(const sfd_sources *l, size_t i, sfd_source_video *video);

/* ------------------------------------------------------------------- shards */

/** A share of a data set. */
typedef struct sfd_shard {
    size_t index;       /**< from 0 */
    size_t count;       /**< of all shares */
    char found[160];    /**< where they were found: "Slurm array task 3 of 0 to 7"; else empty */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_shard;

/** "2/8" is the third of eight; "auto" is what the environment tells of Slurm (array and srun),
 * Kubernetes, AWS Batch, Cloud Run, PBS, SGE, LSF, MPI and torchrun; "auto/8" the same where the
 * engine does not tell how many there are (Kubernetes, PBS), and a check where it does. Errors:
 * SFD_ERR_ARG; SFD_ERR_MISMATCH (auto: nothing found, or nothing that makes sense). */
SFD_API sfd_status sfd_shard_read(sfd_shard *out, const char *text, sfd_error *err);

/* ------------------------------------------------------- a folder of results */

/** A data set with its folder; used by one thread. */
typedef struct sfd_dataset sfd_dataset;

/** How far a run is. */
typedef struct sfd_dataset_progress {
    size_t n_keyframes; /**< of this run, 0: unknown */
    size_t n_done;      /**< of these, in any way */
    size_t n_parts;     /**< of this run */
    size_t n_ended;     /**< of these */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_dataset_progress;

/** What is computed, and how. */
typedef struct sfd_dataset_settings {
    size_t struct_size; /**< set by sfd_dataset_settings_defaults() */

    const sfd_model *model;          /**< needed; its files are told apart by their SHA-256 */
    const sfd_proposals *proposals;  /**< of all videos; NULL: persons are found */
    const sfd_person_model *persons; /**< by this one */
    const sfd_find_settings *find;   /**< as sfd_detector_find_and_run's; NULL: defaults */
    const char *const *files; /**< [n_files] what results depend on beside the model: boxes, the
                                 person detector's weights, names of classes */
    size_t n_files;           /**< of them */
    const char *options;      /**< what else they depend on, "name value" a line */

    sfd_shard shard;       /**< whose parts are done (0 of 1) */
    size_t part_keyframes; /**< videos of more keyframes are parts of so many each; 0: none is */
    bool resume;           /**< leaves complete parts alone and goes on within those begun */
    bool skip_done;        /**< leaves complete parts alone and does all others from their start */
    bool force;            /**< does everything anew, whatever the folder held */
    bool plan_only;        /**< changes nothing: sfd_dataset_get_plan() is what is wanted */
    int n_jobs;            /**< as in sfd_detect_settings */
    double picture_fps;    /**< likewise */

    bool json;                /**< each part as JSON lines, too */
    bool tracks;              /**< each video's persons at every frame, as MOT csv, too */
    const sfd_labels *labels; /**< of the JSON lines */
    double min_score;         /**< as in sfd_writer_settings */
    int top;                  /**< likewise */

    /** Callbacks; each may be NULL. They run on the calling thread. */
    void *user;
    void (*on_progress)(void *user, const sfd_dataset_progress *p); /**< after every keyframe */
    void (*on_warning)(void *user, const char *message); /**< about a video, which goes on */
    void (*on_failure)(void *user, const char *message); /**< a keyframe, or a part as a whole */
    bool (*should_stop)(void *user); /**< true ends the run with SFD_ERR_CANCELLED */

    bool features;                 /**< each part's features as safetensors, too */
    bool features_npz;             /**< the same for NumPy */
    sfd_feature_type feature_type; /**< of both */
} sfd_dataset_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_dataset_settings_defaults_sized(sfd_dataset_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_dataset_settings_defaults(sfd_dataset_settings *s)
{
    sfd_dataset_settings_defaults_sized(s, sizeof *s);
}

/** Opens a folder, makes it if need be, and finds out what is left to do. All pointers are lent
 * until the data set is freed. Errors: SFD_ERR_ARG (settings; an id that is no file name; a shard
 * that does not exist); SFD_ERR_MISMATCH: the folder is another data set's, by its videos, model or
 * options, which are named, or it holds results and neither resume, skip_done nor force is set;
 * SFD_ERR_FORMAT (a file of it), SFD_ERR_IO, SFD_ERR_CANCELLED, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_dataset_open(sfd_dataset **out, const char *folder,
                                    const sfd_sources *videos, const sfd_dataset_settings *settings,
                                    sfd_error *err);
SFD_API void sfd_dataset_free(sfd_dataset *d); /**< takes NULL */

/** What is left to do. */
typedef struct sfd_dataset_plan {
    size_t n_parts;        /**< of this shard */
    size_t n_complete;     /**< of these */
    size_t n_keyframes;    /**< of the others, as far as is known */
    size_t n_unknown;      /**< parts among them of which it is not known */
    double s_per_keyframe; /**< as measured in the folder so far; 0: nothing was */
    size_t reserved[4];    /**< room to grow, zero */
} sfd_dataset_plan;

SFD_API void sfd_dataset_get_plan(const sfd_dataset *d, sfd_dataset_plan *plan); /**< fills *plan */
/** Whether part i of plan.n_parts is complete; *video is its id, *number of *count the part of that
 * video (1 of 1: all of it). Strings are owned by the data set. */
SFD_API bool sfd_dataset_part(const sfd_dataset *d, size_t i, const char **video, size_t *number,
                              size_t *count);

/** What a run came to. */
typedef struct sfd_dataset_summary {
    size_t n_done;             /**< parts that this run completed */
    size_t n_complete;         /**< that were so before */
    size_t n_failed;           /**< that failed as a whole */
    size_t n_incomplete;       /**< of n_done: some keyframes failed */
    size_t n_keyframes;        /**< that this run settled */
    size_t n_keyframes_failed; /**< of parts that it ended */
    size_t reserved[4];        /**< room to grow, zero */
} sfd_dataset_summary;

/** Does what is left to do, part by part. What is done survives the death of the program, but for
 * the keyframe in hand; a part's files appear when it is complete. A video that cannot be read has
 * failed, and the next one follows. Errors: SFD_ERR_CANCELLED; SFD_ERR_IO: results cannot be
 * written; SFD_ERR_NOMEM. `summary` is filled in every case. */
SFD_API sfd_status sfd_dataset_run(sfd_dataset *d, sfd_detector *detector,
                                   sfd_dataset_summary *summary, sfd_error *err);
/** Failure i of the last run, parts and single keyframes, in a line; NULL past the end. */
SFD_API const char *sfd_dataset_failure(const sfd_dataset *d, size_t i);

/* --------------------------------------------------------- folders as one set */

/** The parts of a data set in order, found complete. */
typedef struct sfd_parts sfd_parts;

/** A kind of a part's files. */
typedef enum sfd_part_file {
    SFD_PART_CSV,          /**< AVA's rows */
    SFD_PART_JSON,         /**< JSON lines */
    SFD_PART_TRACKS,       /**< MOT csv */
    SFD_PART_FEATURES,     /**< safetensors, as sfd_writer_open_features writes them */
    SFD_PART_FEATURES_NPZ, /**< the same for NumPy */
    SFD_PART_FILES         /**< how many kinds there are */
} sfd_part_file;

/** Whether a path is a folder as sfd_dataset_open makes it. */
SFD_API bool sfd_is_dataset(const char *path);

/** Reads what folders hold, n_folders of one data set. A part that is missing, has failed, is there
 * twice or is not what it was when it was written, and files that belong to no part, are told by
 * on_fault (may be NULL), each by its name; unless `partial` they are an error. Errors:
 * SFD_ERR_MISMATCH (that, and folders of different data sets), SFD_ERR_FORMAT, SFD_ERR_IO,
 * SFD_ERR_NOMEM. The caller frees *out. */
SFD_API sfd_status sfd_parts_open(sfd_parts **out, const char *const *folders, size_t n_folders,
                                  bool partial, void (*on_fault)(void *user, const char *message),
                                  void *user, sfd_error *err);
SFD_API void sfd_parts_free(sfd_parts *p); /**< takes NULL */
/** How many parts there are; with `partial` those without results count, too. */
SFD_API size_t sfd_parts_count(const sfd_parts *p);
/** Path of a file of part i, owned by p; NULL where there is none. */
SFD_API const char *sfd_parts_path(const sfd_parts *p, size_t i, sfd_part_file kind);
/** All of a kind in one file ("-": stdout), as one run over all videos would have written it.
 * Errors: SFD_ERR_ARG (tracks and features, which are of one video; a file that one of the folders
 * has), SFD_ERR_MISMATCH (no part has the kind), SFD_ERR_IO, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_parts_merge(const sfd_parts *p, sfd_part_file kind, const char *path,
                                   sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
