/* SPDX-License-Identifier: Apache-2.0 */
/* What is learned from: keyframes with labelled boxes (AVA ground truth and proposals brought
 * together), or whole videos with a label each. */
#ifndef SFD_TRAIN_SAMPLES_H
#define SFD_TRAIN_SAMPLES_H

#include "base/labels.h"
#include "base/notes.h"
#include "train/frame_cache.h"
#include "train/sound_cache.h"

#define SFD_MAX_SAMPLE_PATH 4096 /* with the final zero */

typedef struct sfd_sample {
    size_t video;
    double timestamp_s; /* of whole videos: the middle, known once the frames are open */
    size_t first_box, n_boxes;
} sfd_sample;

typedef struct sfd_sample_box {
    sfd_box_norm box;
    double score; /* of the proposal; 1 for ground truth */
} sfd_sample_box;

typedef struct sfd_sample_video {
    char *id; /* of whole videos: the path as listed */
    sfd_frame_cache frames;
    sfd_sound_cache sound; /* silence unless sfd_samples_open_sound opened it */
} sfd_sample_video;

typedef struct sfd_samples {
    size_t n_classes;
    const char *class_list; /* of the validation: own classes as pbtxt text; NULL: settings' */
    bool whole_videos;      /* clips may lie anywhere in their video; one box, the picture, each */
    sfd_sample_video *videos;
    sfd_sample *items; /* by video and time */
    sfd_sample_box *boxes;
    float *targets; /* [n_boxes][n_classes] 0 or 1 */
    size_t n_videos, n, n_boxes;
    size_t videos_alloc, n_alloc, boxes_alloc;
    size_t n_matched; /* boxes that are proposals */
} sfd_samples;

typedef struct sfd_samples_settings {
    const char *truth, *proposals; /* csv files; proposals may be NULL */
    const char *list;              /* of whole videos */
    bool several_labels;           /* a video of the list may have */
    const sfd_label_map *labels;   /* NULL: labels do not matter, all are class 0, and keyframes
                                      without people are samples, too */
    int label_offset;
    size_t n_classes;
    double box_threshold;
    bool strict; /* as of sfd_proposals_settings, as are the following */
    void *user;
    void (*on_warning)(void *user, const char *message);
} sfd_samples_settings;

/* Training: the boxes of the truth with all their labels, and proposals that overlap one of them
 * with IoU >= 0.5, with the labels of the best. Errors: SFD_ERR_FORMAT naming the line (also labels
 * that are not on the list), SFD_ERR_MISMATCH (no box at all, no proposal that ever overlaps),
 * SFD_ERR_NOMEM. Freed by sfd_samples_free, also after failure. */
sfd_status sfd_samples_read(sfd_samples *s, const sfd_samples_settings *settings, sfd_error *err);

/* Validation: the proposals of the videos that the truth names, without targets. */
sfd_status sfd_samples_read_proposals(sfd_samples *s, const sfd_samples_settings *settings,
                                      sfd_error *err);

/* Either: settings->list, of videos with their labels (classify/list.h). Errors: SFD_ERR_FORMAT
 * naming the line, SFD_ERR_UNSUPPORTED (a list of frames), SFD_ERR_MISMATCH (no video),
 * SFD_ERR_NOMEM. */
sfd_status sfd_samples_read_list(sfd_samples *s, const sfd_samples_settings *settings,
                                 sfd_error *err);
void sfd_samples_free(sfd_samples *s);

/* The file of a video, in `dir` (may be NULL for a list's): path [SFD_MAX_SAMPLE_PATH]. False when
 * there is none. */
bool sfd_samples_find_video(char *path, const sfd_samples *s, size_t video, const char *dir);

/* What readers put samples together with: a video, a sample, a box of the last sample, its targets
 * 0 (without targets: none kept). Errors: SFD_ERR_NOMEM. */
sfd_status sfd_samples_add_video(sfd_samples *s, const char *id, size_t length, size_t *video,
                                 sfd_error *err);
sfd_status sfd_samples_add(sfd_samples *s, size_t video, double timestamp_s, sfd_error *err);
sfd_status sfd_samples_add_box(sfd_samples *s, const sfd_box_norm *box, double score,
                               bool with_targets, sfd_error *err);

/* Number of boxes that have class k. */
size_t sfd_samples_count(const sfd_samples *s, size_t k);

/* Clips of whole videos start at multiples of the sampling rate: number of starts at which the clip
 * is inside a video (1 for a shorter one), and the timestamp of the clip at start k. */
size_t sfd_clip_starts(const sfd_net_config *c, int64_t n_frames);
double sfd_clip_time(const sfd_net_config *c, size_t k);

/* Puts the videos' paths into f->read. Errors: SFD_ERR_IO naming how many are missing and the
 * first; SFD_ERR_NOMEM. */
typedef struct sfd_samples_frames sfd_samples_frames;
sfd_status sfd_samples_find_videos(const sfd_samples *s, const sfd_samples_frames *f,
                                   sfd_error *err);

/* Opens every video's frame cache: DIR/<id>.mp4 (sfd_find_video_file), or a listed path
 * (from DIR where it is relative; DIR may be NULL), decoded into cache_dir. Errors:
 * SFD_ERR_ARG when that is one of f->read; SFD_ERR_MISMATCH when no keyframe lies in its
 * video; sfd_frame_cache_open's. Keyframes outside their video are told and left out. on_progress
 * and on_warning may be NULL. */
struct sfd_samples_frames {
    const char *videos_dir, *cache_dir;
    const sfd_net_config *config;
    int short_side;
    bool pictures; /* the keyframes alone are needed, not clips around them */
    double timestamp_offset_s, picture_fps;
    void *user;
    bool (*should_stop)(void *user);
    void (*on_progress)(void *user, size_t n_done, size_t n_total);
    bool strict; /* a keyframe outside its video is an error, not a warning */
    void (*on_warning)(void *user, const char *message);
    sfd_read_files *read; /* what is read: no cache is written over it */
};
sfd_status sfd_samples_open_frames(sfd_samples *s, const sfd_samples_frames *f, sfd_error *err);

/* Then their sound for a network that listens, as far as clips can hear it; nothing for another.
 * Errors: the same, sfd_sound_cache_open's. */
sfd_status sfd_samples_open_sound(sfd_samples *s, const sfd_samples_frames *f, sfd_error *err);

/* "cache_dir/id.ending", a file of its folder whatever folders the id names. False when that does
 * not fit: path [SFD_MAX_SAMPLE_PATH]. */
bool sfd_samples_cache_path(char *path, const char *id, const char *ending,
                            const sfd_samples_frames *f);

#endif
