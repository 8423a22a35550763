/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for frames: (video id, timestamp) -> 0, 1, 2, ... in the order of their first use. */
#ifndef SFD_EVAL_FRAMES_H
#define SFD_EVAL_FRAMES_H

#include <sfdet/common.h>

typedef struct sfd_frame {
    uint64_t key; /* of the timestamp: sfd_frame_key_* */
    uint32_t video;
    bool in_truth; /* mentioned by the truth, whatever became of the row */
    bool excluded;
} sfd_frame;

typedef struct sfd_video {
    char *id;
    size_t length;
    uint64_t hash;
} sfd_video;

/* Starts zeroed. */
typedef struct sfd_frames {
    sfd_frame *items;
    size_t n, n_alloc;
    sfd_video *videos;
    size_t n_videos, n_videos_alloc;
    uint32_t *slots, *video_slots; /* open addressing; index + 1, 0 is empty */
    size_t n_slots, n_video_slots; /* powers of two */
} sfd_frames;

void sfd_frames_free(sfd_frames *f);

/* The frame's number in *out, new ones are added. False when memory is out. */
bool sfd_frames_find(sfd_frames *f, const char *video, size_t n_video, uint64_t key, uint32_t *out);

/* Keys are equal where the evaluators' are: integers, or numbers whose text with six decimals is
 * the same (that text read back, as bits). */
uint64_t sfd_frame_key_integer(long long timestamp);
uint64_t sfd_frame_key_decimal(double timestamp_s);

#endif
