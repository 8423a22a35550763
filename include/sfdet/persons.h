/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Finding persons in pictures: the boxes that action detection starts from. */
#ifndef SFDET_PERSONS_H
#define SFDET_PERSONS_H

#include <sfdet/tracks.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A person detector: read-only once opened, shared by threads. */
typedef struct sfd_person_model sfd_person_model;

/** Which weights, how to compute. */
typedef struct sfd_person_model_settings {
    size_t struct_size;      /**< set by sfd_person_model_settings_defaults() */
    const char *weights;     /**< file, or a published one's name (sfd_zoo_entry) */
    const char *cpu;         /**< as in sfd_model_settings; NULL: the best */
    sfd_precision precision; /**< as in sfd_model_settings */
    int person_class;        /**< which class is persons, counted from 0 without a background; -1:
                                  the only one, or COCO's first */
} sfd_person_model_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_person_model_settings_defaults_sized(sfd_person_model_settings *s,
                                                      size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_person_model_settings_defaults(sfd_person_model_settings *s)
{
    sfd_person_model_settings_defaults_sized(s, sizeof *s);
}

/** YOLOX's releases (`yolox_s.pth` ...), Faster R-CNN with FPN of Detectron2, MMDetection,
 * torchvision and Detectron: told apart by the tensors' names. Errors: SFD_ERR_IO, SFD_ERR_FORMAT,
 * SFD_ERR_MISMATCH (another kind of network, or a tensor that is missing or misshapen),
 * SFD_ERR_UNSUPPORTED, SFD_ERR_NOMEM. The caller frees *out. */
SFD_API sfd_status sfd_person_model_open(sfd_person_model **out,
                                         const sfd_person_model_settings *settings, sfd_error *err);
SFD_API void sfd_person_model_free(sfd_person_model *m); /**< takes NULL */
/** The network, the code base whose conventions are followed, and what was assumed about them: one
 * line, owned by the model. */
SFD_API const char *sfd_person_model_describe(const sfd_person_model *m);

/** Memory to run a model in, and its threads: used by one thread at a time. */
typedef struct sfd_person_finder sfd_person_finder;

/** n_threads 0: one for each core that may be used. The model must outlive the finder. Errors:
 * SFD_ERR_ARG, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_person_finder_create(sfd_person_finder **out, const sfd_person_model *m,
                                            int n_threads, sfd_error *err);
SFD_API void sfd_person_finder_free(sfd_person_finder *f); /**< takes NULL */

/** A person in a picture. */
typedef struct sfd_found_person {
    sfd_box_px box;     /**< pixels of the picture, clipped to it */
    float score;        /**< 0..1 */
    int64_t person_id;  /**< the same in all keyframes of a video; 0: not followed */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_found_person;

/** Finds the persons of an 8-bit RGB picture [height][stride_bytes] that score `threshold` or more,
 * best first, as the network's own code base does: its resizing, its non-maximum suppression.
 * *persons belongs to the finder and is valid until its next run. Errors: SFD_ERR_ARG (empty
 * picture), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_person_finder_run(sfd_person_finder *f, const uint8_t *rgb, int width,
                                         int height, size_t stride_bytes, double threshold,
                                         const sfd_found_person **persons, size_t *n_persons,
                                         sfd_error *err);

/** The persons of a keyframe. All of it is lent for the duration of a callback. */
typedef struct sfd_found_keyframe {
    const char *video_id;            /**< as given */
    double timestamp_s;              /**< with the offset */
    int64_t frame;                   /**< the keyframe's number on the timeline */
    int width;                       /**< of the video, to which the boxes belong */
    int height;                      /**< of the same */
    size_t n_persons;                /**< may be 0 */
    const sfd_found_person *persons; /**< best first */
} sfd_found_keyframe;

/** Where in a video persons are looked for, and who counts. */
typedef struct sfd_find_settings {
    size_t struct_size;        /**< set by sfd_find_settings_defaults() */
    double every_s;            /**< between keyframes, which are at 0, every_s, 2 every_s ... */
    double threshold;          /**< least score of a person */
    int max_persons;           /**< at a keyframe: the best ones; 0: all */
    double timestamp_offset_s; /**< timestamp of the video's first frame (AVA's cuts: 900) */

    /** Callbacks; each may be NULL. They run on the calling thread. */
    void *user;
    /** Anything but SFD_OK ends the search with that status. */
    sfd_status (*on_keyframe)(void *user, const sfd_found_keyframe *k, sfd_error *err);
    /** After each keyframe; n_total 0: unknown. */
    void (*on_progress)(void *user, size_t n_done, size_t n_total);
    /** What is wrong with the video, as far as it was read. */
    void (*on_warning)(void *user, const char *message);
    /** Asked while reading; true ends with SFD_ERR_CANCELLED. */
    bool (*should_stop)(void *user);

    /** Not 0: persons are followed at so many pictures a second (1 to 30), whatever `every_s`.
     * Each has an id, 1, 2 ... in order of appearance; the boxes of keyframes lie between those of
     * the pictures, and a person who once scored 0.1 more than `threshold` (or half of what is
     * missing to 1) is known again in boxes of less. The 200 best of a picture are looked at.
     * Keyframes come once the pictures that decide them have been looked at, those of a second and
     * two more steps behind, and nothing changes them later; where should_stop said so, those up to
     * the last picture. sfd_find_persons' progress counts pictures. */
    double track_fps;
    /** With track_fps: *tracks is set to the tracks, which the caller frees, NULL where there are
     * none; they take 64 bytes a box. NULL: they are not wanted. */
    sfd_tracks **tracks;

    double picture_fps; /**< rate of a folder of pictures; 0: 30 */
} sfd_find_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_find_settings_defaults_sized(sfd_find_settings *s, size_t struct_size);
/** Every second, score 0.8, all persons; to be called before any field is set. */
static inline void sfd_find_settings_defaults(sfd_find_settings *s)
{
    sfd_find_settings_defaults_sized(s, sizeof *s);
}

/** Finds the persons at the keyframes of a video. `settings` NULL: defaults. Errors: SFD_ERR_ARG
 * (settings), what reading the video gives, SFD_ERR_CANCELLED, SFD_ERR_NOMEM, what on_keyframe
 * returns. */
SFD_API sfd_status sfd_find_persons(sfd_person_finder *f, const char *path, const char *video_id,
                                    const sfd_find_settings *settings, sfd_error *err);

/** The same as boxes for sfd_detector_run_video: those that sfd_box_writer's csv file, read by
 * sfd_proposals_read, would give. settings->on_keyframe is called besides. The caller frees *out.
 */
SFD_API sfd_status sfd_find_proposals(sfd_proposals **out, sfd_person_finder *f, const char *path,
                                      const char *video_id, const sfd_find_settings *settings,
                                      sfd_error *err);

/** sfd_detector_run_video with persons that are found at the keyframes of `find` (NULL: defaults;
 * its threshold, max_persons, every_s, track_fps and tracks count, the rest is `settings`'), in one
 * pass over the video: the keyframes, boxes and scores are those that sfd_find_proposals and
 * sfd_detector_run_video would give. Where nobody is found the model does not run; such keyframes
 * are counted in summary->n_empty. With n_jobs a finder works beside the models of other keyframes,
 * each with the threads of its job; where persons are followed there is one with all threads.
 * Errors: as sfd_find_persons and sfd_detector_run_video. */
SFD_API sfd_status sfd_detector_find_and_run(sfd_detector *d, const sfd_person_model *persons,
                                             const char *path, const char *video_id,
                                             const sfd_find_settings *find,
                                             const sfd_detect_settings *settings,
                                             sfd_detect_summary *summary, sfd_error *err);

/** Boxes as a file. */
typedef struct sfd_box_writer sfd_box_writer;

/** How boxes are written. All are read by sfd_proposals_read or sfd_tracks_read_mot. */
typedef enum sfd_box_format {
    /** Rows `video_id,timestamp,x1,y1,x2,y2,,score[,person_id]` as AVA's proposals: corners as
     * fractions with six decimals. */
    SFD_BOXES_CSV,
    /** A data set in COCO's JSON: "images" with their video and timestamp, "annotations" with score
     * and, of persons who are followed, track_id, "categories" with person alone. */
    SFD_BOXES_COCO,
    /** Rows `frame,id,x,y,width,height,score,-1,-1,-1` as MOTChallenge's, of one video: frames of
     * keyframes on the 30 frames per second timeline, from 1; pixels; id -1 where persons are not
     * followed. */
    SFD_BOXES_MOT
} sfd_box_format;

/** `path` "-" is stdout; the file appears with sfd_box_writer_commit. Errors: SFD_ERR_IO,
 * SFD_ERR_ARG (format), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_box_writer_open(sfd_box_writer **out, const char *path,
                                       sfd_box_format format, sfd_error *err);
/** Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_box_writer_add(sfd_box_writer *w, const sfd_found_keyframe *k,
                                      sfd_error *err);
/** Completes the file and frees w in every case. Errors: SFD_ERR_IO. */
SFD_API sfd_status sfd_box_writer_commit(sfd_box_writer *w, sfd_error *err);
SFD_API void sfd_box_writer_discard(sfd_box_writer *w); /**< takes NULL */

#ifdef __cplusplus
}
#endif
#endif
