/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * A synthetic AVA: rendered videos of people who do what AVA has labels for, and its files. */
#ifndef SFDET_SYNTH_H
#define SFDET_SYNTH_H

#include <sfdet/common.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SFD_SYNTH_MAX_PEOPLE = 8,
    SFD_SYNTH_MAX_VIDEOS = 99999,
    SFD_SYNTH_MAX_SIDE = 4096,
    SFD_SYNTH_MAX_SECONDS = 3600
};

/** What kind of videos. */
typedef struct sfd_synth_settings {
    size_t struct_size;      /**< set by sfd_synth_settings_defaults() */
    uint64_t seed;           /**< the same seed gives the same world */
    double seconds;          /**< of each video, 2 or more */
    int width;               /**< of the pictures, 64 or more */
    int height;              /**< of the pictures, 64 or more */
    int min_people;          /**< in each video, 1 or more */
    int max_people;          /**< at most SFD_SYNTH_MAX_PEOPLE */
    const char *scene;       /**< "room", "hall", "street", "field", "beach"; NULL: any */
    double grain;            /**< film grain and camera shake: 1 usual, 0 none, at most 4 */
    double validation_share; /**< of the videos */
    void *user;              /**< handed to the callbacks */
    /** Pictures drawn so far. May be NULL. */
    void (*on_progress)(void *user, size_t n_done, size_t n_total);
    /** Asked between pictures; true ends with SFD_ERR_CANCELLED. May be NULL. */
    bool (*should_stop)(void *user);
    /** Also where everybody is at every frame, as MOTChallenge's truth (frame,id,x,y,width,height,
     * 1,1,1; ids as in the csv files): tracks/ID.txt of a set, NAME_tracks.txt of a clip. */
    bool tracks;
    /** Videos with stereo sound (AAC): other people, some of whom do what only ears tell apart. */
    bool sound;
} sfd_synth_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_synth_settings_defaults_sized(sfd_synth_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_synth_settings_defaults(sfd_synth_settings *s)
{
    sfd_synth_settings_defaults_sized(s, sizeof *s);
}

/** Renders n_videos and writes, into `directory` (made if need be):
 *
 *   videos/ID.mp4                   H.264, 30 frames a second; with `sound` AAC, too
 *   train.csv, val.csv              video_id,timestamp,x1,y1,x2,y2,action_id,person_id
 *   train_boxes.csv, val_boxes.csv  video_id,timestamp,x1,y1,x2,y2,,score: as of a detector, with
 *                                   jittered, missed and false boxes
 *   train_excluded.csv, val_...     video_id,timestamp of keyframes that hidden people make unclear
 *   train_videos.txt, val_...       the IDs, one a line
 *   labels.pbtxt                    the classes that occur
 *
 * Keyframes are the whole seconds from 1 on. Training and validation videos differ in their people,
 * colours and patterns. Everything but the encoding depends on the settings only, also between
 * machines. The csv files appear when all videos are done; after a failure finished videos stay.
 * Errors: SFD_ERR_ARG naming the setting, SFD_ERR_IO, SFD_ERR_UNSUPPORTED (no encoder for H.264
 * or AAC), SFD_ERR_NOMEM, SFD_ERR_CANCELLED. */
SFD_API sfd_status sfd_synth_write_set(const char *directory, size_t n_videos,
                                       const sfd_synth_settings *settings, sfd_error *err);

/** One validation video as `path` (NAME.mp4), with NAME.csv (ground truth) and NAME_boxes.csv
 * (proposals) beside it. Errors: as above; SFD_ERR_ARG when `path` has no extension. */
SFD_API sfd_status sfd_synth_write_clip(const char *path, const sfd_synth_settings *s,
                                        sfd_error *err);

/** Classes of the synthetic world: AVA action ids in rising order. */
SFD_API const int *sfd_synth_classes(size_t *n);
/** Those of the world with sound. */
SFD_API const int *sfd_synth_sound_classes(size_t *n);

#ifdef __cplusplus
}
#endif
#endif
