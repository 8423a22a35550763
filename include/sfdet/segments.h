/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * What persons do from when to when. Keyframes go in, as sfd_detector_run_video hands them out;
 * segments come out. Persons are told apart by sfd_person.person_id: boxes without one are
 * counted and left out. */
#ifndef SFDET_SEGMENTS_H
#define SFDET_SEGMENTS_H

#include <sfdet/detect.h>

#ifdef __cplusplus
extern "C" {
#endif

/** From scores to segments: a person's scores are averaged over neighbouring keyframes; a segment
 * begins where the mean reads `on` and lasts while it reads `off`; short gaps are filled, then
 * short segments left out. */
typedef struct sfd_segment_settings {
    size_t struct_size;  /**< set by sfd_segment_settings_defaults() */
    double step_s;       /**< a keyframe stands for half of this to each side; 0: the usual distance
                            between a video's keyframes (the median; 1 where there is one keyframe) */
    double smooth_s;     /**< scores are averaged over keyframes at most so far away (1) */
    double on;           /**< 0.5 */
    double off;          /**< 0.3; at most `on` */
    double max_gap_s;    /**< gaps up to this are filled (2) */
    double min_length_s; /**< shorter segments are left out (1) */
    double timestamp_offset_s; /**< timestamp of a video's first frame: nothing begins before (0) */
} sfd_segment_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_segment_settings_defaults_sized(sfd_segment_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_segment_settings_defaults(sfd_segment_settings *s)
{
    sfd_segment_settings_defaults_sized(s, sizeof *s);
}

/** A person does something. */
typedef struct sfd_segment {
    const char *video_id; /**< owned by the segmenter */
    int64_t person_id;    /**< within the video */
    int action_id;        /**< class of the network */
    double start_s;       /**< on the clock of the keyframes' timestamps */
    double end_s;         /**< likewise; may lie half a step past the video's end */
    double score;         /**< mean of its keyframes' */
    size_t reserved[4];   /**< room to grow, zero */
} sfd_segment;

/** What went into the segments. */
typedef struct sfd_segment_counts {
    size_t n_keyframes; /**< all that were added */
    size_t n_boxes;     /**< in them */
    size_t n_unknown;   /**< boxes without a person id, left out */
    size_t n_persons;   /**< with an id, of all videos */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_segment_counts;

/** Collects scores; used by one thread at a time. It holds those of one video's persons, 4 bytes a
 * score, until the next video comes, and the segments of all. */
typedef struct sfd_segmenter sfd_segmenter;

/** settings NULL: defaults. Errors: SFD_ERR_ARG (settings that are no numbers, negative, or off
 * above on), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_segmenter_create(sfd_segmenter **out, const sfd_segment_settings *settings,
                                        sfd_error *err);
SFD_API void sfd_segmenter_free(sfd_segmenter *s); /**< takes NULL */

/** Copies what it needs. Videos come one after another, the keyframes of each in rising order. Of
 * two boxes of one person in a keyframe the higher score counts. Errors: SFD_ERR_ARG (timestamps
 * that do not rise, another number of classes), SFD_ERR_NOMEM; nothing was added then. */
SFD_API sfd_status sfd_segmenter_add(sfd_segmenter *s, const sfd_keyframe *keyframe,
                                     sfd_error *err);

/** All segments by video in the order they came, then start, person, action. The list is owned by
 * the segmenter and valid until it is freed; nothing can be added afterwards. Errors:
 * SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_segmenter_finish(sfd_segmenter *s, const sfd_segment **list, size_t *n,
                                        sfd_error *err);

/** *counts is filled; n_persons is complete after sfd_segmenter_finish. */
SFD_API void sfd_segmenter_get_counts(const sfd_segmenter *s, sfd_segment_counts *counts);

#ifdef __cplusplus
}
#endif
#endif
