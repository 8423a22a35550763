/* SPDX-License-Identifier: Apache-2.0 */
/* The newest clip of a live source.
 *
 * A thread reads the source as fast as it comes, keeps as many resized frames as a clip spans, and
 * has one finished clip at most: the newest keyframe's. One that nobody fetched before the next was
 * finished is dropped, so that memory and delay do not grow, however slow the caller is. A source
 * that was lost is tried again and again, at growing intervals. */
#ifndef SFD_PIPELINE_LIVE_FRAMES_H
#define SFD_PIPELINE_LIVE_FRAMES_H

#include "config/config.h"
#include "media/picture.h"
#include "pipeline/view_sheet.h"

#include <sfdet/model.h>

typedef struct sfd_live_frames sfd_live_frames;

typedef struct sfd_live_plan {
    const sfd_model *model;        /* decides which frames make a clip */
    const sfd_detect_views *views; /* and, with the model, their sizes; may be NULL */
    double every_s;                /* between keyframes */
    double stall_s;                /* a source that gives no picture for so long is lost */
    double give_up_s;              /* one that stays lost for so long is given up */
    /* Asked while the source is opened, by the caller's thread. May be NULL. */
    bool (*should_stop)(void *user);
    void *user;
} sfd_live_plan;

/* A keyframe with its clip. Whoever has it holds the references. */
typedef struct sfd_live_clip {
    double timestamp_s; /* since the source was opened */
    int64_t frame;      /* the same on the timeline */
    double arrived_s;   /* sfd_clock_s() when the keyframe was read */
    sfd_picture *picture;
    sfd_picture *frames[SFD_MAX_CLIP_FRAMES]; /* view sheets */
    int n_frames;
    float *sound; /* owned; NULL where the network does not listen */
} sfd_live_clip;

void sfd_live_clip_clear(sfd_live_clip *c);

typedef struct sfd_live_counts {
    size_t n_frames;  /* read */
    size_t n_dropped; /* keyframes that were overtaken */
    size_t n_lost;    /* times that the source was lost */
    bool connected;
} sfd_live_counts;

typedef enum sfd_live_state { SFD_LIVE_CLIP, SFD_LIVE_NOTHING_YET, SFD_LIVE_END } sfd_live_state;

/* Opens the source (media/live_input.h) and starts reading. Errors: as sfd_video_open. */
sfd_status sfd_live_frames_open(sfd_live_frames **out, const char *source,
                                const sfd_live_plan *plan, sfd_error *err);
void sfd_live_frames_close(sfd_live_frames *l); /* takes NULL */

/* Waits for a clip, at most so long. After SFD_LIVE_END *end tells why: SFD_ERR_END is a pipe's
 * usual end. */
sfd_live_state sfd_live_frames_take(sfd_live_frames *l, double wait_s, sfd_live_clip *clip,
                                    sfd_error *end);

void sfd_live_frames_get_counts(sfd_live_frames *l, sfd_live_counts *counts);

/* What there is to say about the source since the last call: that it was lost, that it is back.
 * False: nothing. */
bool sfd_live_frames_notice(sfd_live_frames *l, sfd_error *notice);

#endif
