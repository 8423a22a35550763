/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Detection while it happens: cameras, streams from the network, pipes. */
#ifndef SFDET_LIVE_H
#define SFDET_LIVE_H

#include <sfdet/persons.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a live source fares. */
typedef struct sfd_live_status {
    double stream_s;    /**< timestamp of the keyframe done last */
    double latency_s;   /**< from when its picture was read to when its scores were there */
    size_t n_done;      /**< keyframes handed out */
    size_t n_dropped;   /**< keyframes that newer ones overtook */
    size_t n_frames;    /**< frames read */
    size_t n_lost;      /**< times that the source was lost */
    bool connected;     /**< now */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_live_status;

/** How to follow a live source. */
typedef struct sfd_live_settings {
    size_t struct_size; /**< set by sfd_live_settings_defaults() */
    double stall_s;     /**< a camera or stream without a picture for so long is lost */
    double give_up_s;   /**< one that stays lost for so long is given up */
    bool pictures;      /**< hand out the keyframes' pictures */

    /** Callbacks; each may be NULL. They run on the calling thread. */
    void *user;
    /** A finished keyframe, in rising order of timestamps, also where nobody was found. Anything
     * but SFD_OK ends the run with that status. */
    sfd_status (*on_keyframe)(void *user, const sfd_keyframe *keyframe, sfd_error *err);
    /** About twice a second. */
    void (*on_status)(void *user, const sfd_live_status *status);
    /** The source was lost, or is back; has no sound, or damaged sound, for a network that listens.
     */
    void (*on_warning)(void *user, const char *message);
    /** Asked several times a second; true ends the run with SFD_ERR_CANCELLED. */
    bool (*should_stop)(void *user);
} sfd_live_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_live_settings_defaults_sized(sfd_live_settings *s, size_t struct_size);
/** Lost after 10 s, given up after 60; to be called before any field is set. */
static inline void sfd_live_settings_defaults(sfd_live_settings *s)
{
    sfd_live_settings_defaults_sized(s, sizeof *s);
}

/** Finds and labels the persons of a source that does not wait: "-" (stdin), the name of a pipe or
 * file, a camera (/dev/video0, by libavdevice), or an address (rtsp, rtsps, rtmp, rtmps, http,
 * https, udp, tcp, rtp, srt). Nothing queues up: of the keyframes, find->every_s apart, the newest
 * whose clip is complete is done next and those before it are dropped, so that results are behind
 * by half a clip and one run, and memory does not grow. Timestamps count from the first picture;
 * after a loss they go on by the clock. A pipe ends where it ends (SFD_OK); other sources that are
 * lost are tried again after half a second, then after ever longer, up to 8 s. `find` and
 * `settings` NULL: defaults; of `find` every_s, threshold and max_persons count. *status (may be
 * NULL) is filled in every case. Messages name addresses without user and password. Errors: as
 * sfd_detector_find_and_run; SFD_ERR_IO when the source cannot be opened or was given up;
 * SFD_ERR_UNSUPPORTED for an address of another kind. */
SFD_API sfd_status sfd_detector_run_live(sfd_detector *d, const sfd_person_model *persons,
                                         const char *source, const char *video_id,
                                         const sfd_find_settings *find,
                                         const sfd_live_settings *settings, sfd_live_status *status,
                                         sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
