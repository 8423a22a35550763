/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Drawing on the pictures of a video: ground truth in red, predictions in the colour of their
 * person or, where nobody knows whose they are, in green. */
#ifndef SFDET_RENDER_H
#define SFDET_RENDER_H

#include <sfdet/output.h>
#include <sfdet/tracks.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The labelled boxes of one video; used by one thread at a time. */
typedef struct sfd_overlay sfd_overlay;

/** Labels of predictions are shown when they score more than `threshold`, the best five of a box.
 * `labels` must outlive the overlay. Errors: SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_overlay_create(sfd_overlay **out, const char *video_id,
                                      const sfd_labels *labels, double threshold, sfd_error *err);
SFD_API void sfd_overlay_free(sfd_overlay *o); /**< takes NULL */

/** Adds the predictions of a keyframe, which is copied. Errors: SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_overlay_add(sfd_overlay *o, const sfd_keyframe *keyframe, sfd_error *err);

/** Between the keyframes, in videos, predictions with person ids are drawn where the tracks have
 * their person; without tracks, or where these have it not, they move evenly from one keyframe to
 * the next. `tracks` (NULL: none) must outlive the drawing. */
SFD_API void sfd_overlay_follow(sfd_overlay *o, const sfd_tracks *tracks);

/** How the reading of files tells rows that cannot be used, which are left out (a file with more of
 * them than good ones is refused); with `strict` the first is an error. */
SFD_API void sfd_overlay_on_warning(sfd_overlay *o, bool strict,
                                    void (*on_warning)(void *user, const char *message),
                                    void *user);
SFD_API size_t sfd_overlay_n_unusable(const sfd_overlay *o); /**< rows left out so far */

/** Adds the video's rows `video_id,timestamp,x1,y1,x2,y2,action_id,score[,person_id]` of a
 * csv file ("-": stdin) as predictions. A box none of whose labels is above the threshold is shown
 * without label. Errors: SFD_ERR_MISMATCH when there are none; SFD_ERR_IO, SFD_ERR_FORMAT,
 * SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_overlay_read_detections(sfd_overlay *o, const char *path, sfd_error *err);
/** Likewise rows `video_id,timestamp,x1,y1,x2,y2[,action_id[,person_id]]` as ground truth. */
SFD_API sfd_status sfd_overlay_read_ground_truth(sfd_overlay *o, const char *path, sfd_error *err);

/** How to draw. */
typedef struct sfd_render_settings {
    size_t struct_size;        /**< set by sfd_render_settings_defaults() */
    double timestamp_offset_s; /**< timestamp of the video's first frame */
    void *user;                /**< handed to the callbacks */
    /** A keyframe that the video does not contain. May be NULL. */
    void (*on_failure)(void *user, const char *message);
    /** Pictures done; n_total is 0 where it is not known. May be NULL. */
    void (*on_progress)(void *user, size_t n_done, size_t n_total);
    /** Asked between pictures and while waiting for the video; true ends with SFD_ERR_CANCELLED.
     * May be NULL. */
    bool (*should_stop)(void *user);
    /** The video has damaged frames, or ended before its header's promise; sound was left out. May
     * be NULL. */
    void (*on_warning)(void *user, const char *message);
    int scale; /**< drawn so many times as wide and high as the video (1), SFD_MAX_SCALE at most */
    double picture_fps; /**< rate of a folder of pictures; 0: 30 */
} sfd_render_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_render_settings_defaults_sized(sfd_render_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_render_settings_defaults(sfd_render_settings *s)
{
    sfd_render_settings_defaults_sized(s, sizeof *s);
}

/** One picture per timestamp of the overlay, `directory`/VIDEO_TIMESTAMP.png or .jpg by `format`.
 * *n_failed (may be NULL) counts timestamps that the video does not contain. Errors: as
 * sfd_writer_open_pictures; SFD_ERR_IO, SFD_ERR_FORMAT for the video. */
SFD_API sfd_status sfd_render_keyframes(const char *video_path, const char *directory,
                                        const char *format, sfd_overlay *o,
                                        const sfd_render_settings *settings, size_t *n_failed,
                                        sfd_error *err);

/** The whole video again as H.264 at 30 frames a second, boxes shown around their keyframes: from
 * half way to the keyframe before to half way to the one after, half a second at most. Where
 * a person is known in two keyframes that are at most two seconds apart the box moves from one to
 * the other. Upright, with the source's shape of pixels and colours; its sound is copied where the
 * container takes it, and else named by on_warning. A picture that stands for more than two seconds
 * is not repeated all the time. Opening checks both files, so that it can be done before long work.
 */
typedef struct sfd_renderer sfd_renderer;

/** Of the settings (NULL: defaults) should_stop and scale count here. Errors: SFD_ERR_ARG when both
 * paths are one file, or with a scale that is out of range; SFD_ERR_CANCELLED; SFD_ERR_IO,
 * SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED (no encoder, file name extension). */
SFD_API sfd_status sfd_renderer_open(sfd_renderer **out, const char *video_path,
                                     const char *out_path, const sfd_render_settings *s,
                                     sfd_error *err);
/** Writes all frames; the file gets its name when it is complete. Once per renderer. */
SFD_API sfd_status sfd_renderer_run(sfd_renderer *r, sfd_overlay *o,
                                    const sfd_render_settings *settings, sfd_error *err);
SFD_API void sfd_renderer_free(sfd_renderer *r); /**< takes NULL; removes an incomplete file */

#ifdef __cplusplus
}
#endif
#endif
