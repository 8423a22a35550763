/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Persons followed through a video: where each of them is at any time. */
#ifndef SFDET_TRACKS_H
#define SFDET_TRACKS_H

#include <sfdet/detect.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The persons of one video; read-only once made, may be shared by threads. */
typedef struct sfd_tracks sfd_tracks;

/** A person at a time. */
typedef struct sfd_track_box {
    double timestamp_s; /**< as keyframes have: with the offset of the video's first frame */
    sfd_box_norm box;   /**< where the person is */
    double score;       /**< 0..1 */
    int64_t person_id;  /**< the same in all boxes of the person */
    bool has_person_id; /**< false: nobody knows who it is, the box is a track of its own */
} sfd_track_box;

/** Makes tracks of boxes in any order; the list is copied. Between two boxes of a person that are
 * at most max_gap_s apart the person moves evenly; where they are further apart nobody saw the
 * person. Errors: SFD_ERR_ARG (a number that is not finite, a person twice at one time: named),
 * SFD_ERR_NOMEM. The caller frees *out. */
SFD_API sfd_status sfd_tracks_make(sfd_tracks **out, const sfd_track_box *list, size_t n,
                                   double max_gap_s, sfd_error *err);
SFD_API void sfd_tracks_free(sfd_tracks *t); /**< takes NULL */

/** The persons whose boxes a video's proposals have: with ids those are tracks, others are boxes at
 * one time. Errors: as sfd_proposals_count, sfd_tracks_make. */
SFD_API sfd_status sfd_tracks_from_proposals(sfd_tracks **out, const sfd_proposals *p,
                                             const char *video_id, double max_gap_s,
                                             sfd_error *err);

/** Boxes of those who are there at the keyframes, timestamp_offset_s + 0, every_s, 2 every_s ...
 * Corners have to be usable ones (sfd_proposals_read). Errors: SFD_ERR_ARG, SFD_ERR_FORMAT (a box),
 * SFD_ERR_NOMEM. The caller frees *out. */
SFD_API sfd_status sfd_proposals_from_tracks(sfd_proposals **out, const sfd_tracks *t,
                                             const char *video_id, double every_s,
                                             double timestamp_offset_s, sfd_error *err);

/** A track as a whole. */
typedef struct sfd_track_info {
    int64_t person_id;  /**< as in its boxes */
    bool has_person_id; /**< likewise */
    size_t n_boxes;     /**< that it was made of */
    const sfd_track_box
        *boxes;         /**< [n_boxes] these, in rising order of time; owned by the tracks */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_track_info;

/** Number of tracks: persons with ids in rising order, then boxes without one in order of time. */
SFD_API size_t sfd_tracks_count(const sfd_tracks *t);
/** Track i below that number. */
SFD_API void sfd_tracks_get(const sfd_tracks *t, size_t i, sfd_track_info *info);

/** Where the person of track i is: true and *box, with timestamp_s the time asked for, from half a
 * frame (1/60 s) before the first box to as long behind the last one, gaps left out. */
SFD_API bool sfd_tracks_place(const sfd_tracks *t, size_t i, double timestamp_s,
                              sfd_track_box *box);

/** Everybody who is there at a time, in the order of tracks: fills boxes[0 .. n_room - 1] and
 * returns how many there are, which may be more. */
SFD_API size_t sfd_tracks_at(const sfd_tracks *t, double timestamp_s, sfd_track_box *boxes,
                             size_t n_room);

/* --------------------------------------------------------------- MOT csv */

/** How MOTChallenge's rows `frame,id,x,y,width,height,conf,...` belong to a video. */
typedef struct sfd_mot_settings {
    size_t struct_size;        /**< set by sfd_mot_settings_defaults() */
    int width;                 /**< of the video, whose pixels the boxes are in; needed */
    int height;                /**< of the same */
    double fps;                /**< rate of its frame numbers, which count from 1 (30) */
    double timestamp_offset_s; /**< timestamp of frame 1 */
    double max_gap_s;          /**< of sfd_tracks_make, for reading (2) */
    double box_threshold;      /**< reading: boxes with a lower conf are left out (0) */
    bool strict;               /**< reading: what on_warning would be told is an error */
    void *user;                /**< handed to on_warning */
    /** Reading: about rows that cannot be used and are left out, about guesses. May be NULL. */
    void (*on_warning)(void *user, const char *message);
} sfd_mot_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_mot_settings_defaults_sized(sfd_mot_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_mot_settings_defaults(sfd_mot_settings *s)
{
    sfd_mot_settings_defaults_sized(s, sizeof *s);
}

/** Reads tracks: rows of 6 to 10 columns. id -1: not known. conf is a score within 0..1, or 1 where
 * it is missing, -1 or beyond 1 as from detectors whose scores know no bounds; conf 0 leaves the
 * row out, as MOTChallenge's ground truth means it, whose class (8th column, where there are 9)
 * must be 1, a pedestrian. Boxes are cut off at the picture; those outside are left out. "-" is
 * stdin. Errors: SFD_ERR_IO; SFD_ERR_FORMAT naming line and column; SFD_ERR_ARG (settings);
 * SFD_ERR_MISMATCH; SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_tracks_read_mot(sfd_tracks **out, const char *path,
                                       const sfd_mot_settings *settings, sfd_error *err);

/** Writes `frame,id,x,y,width,height,conf,-1,-1,-1` for every frame that a person is in, in order
 * of frames and ids; boxes without id have -1. "-" is stdout. Errors: SFD_ERR_IO, SFD_ERR_ARG
 * (settings), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_tracks_write_mot(const sfd_tracks *t, const char *path,
                                        const sfd_mot_settings *settings, sfd_error *err);

/** Whether a file begins with rows like MOTChallenge's rather than with proposals: seven numbers
 * and more, of which width and height are pixels. An empty file is one where its name ends in .txt:
 * MOTChallenge has no row for a frame without people. False also where it cannot be read. */
SFD_API bool sfd_is_mot_file(const char *path);

#ifdef __cplusplus
}
#endif
#endif
