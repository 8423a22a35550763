/* SPDX-License-Identifier: Apache-2.0 */
/* What a network that only listens is let hear of a video: MMAction2's features, rows of mel bands
 * every step of the sound, made of the video's sound or read from a file of them (.npy). Clips are
 * of the video's frames; their rows are those of AudioFeatureSelector. */
#ifndef SFD_CLASSIFY_HEARD_H
#define SFD_CLASSIFY_HEARD_H

#include "base/npy.h"
#include "input/sound.h"
#include "media/input_file.h"
#include "media/sound_reader.h"

#include <sfdet/classify.h>

typedef struct sfd_heard {
    const sfd_sound_input *in;
    int64_t n_frames; /* of the video, 1 at least */
    size_t n_rows;
    bool from_file;
    sfd_npy file;
    /* of sound */
    sfd_sound_reader *ears;
    sfd_hearing *hearing;
    float *samples; /* of a clip */
    float gain;
    bool complains;
    sfd_error complaint; /* of the sound */
} sfd_heard;

/* True for names of files of features. */
bool sfd_is_feature_file(const char *path);

/* `in` is borrowed. A file of features whose video's frames are not known counts as one a row, as
 * MMAction2's inference_recognizer does; sound without pictures as 30 a second. The sound is read
 * once to the end. Errors: SFD_ERR_IO, SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED (listed pictures; a file
 * that is no matrix of floats), SFD_ERR_MISMATCH (other bands than the network's),
 * SFD_ERR_CANCELLED, SFD_ERR_NOMEM. Closed by sfd_heard_close, also after failure. */
sfd_status sfd_heard_open(sfd_heard *h, const sfd_sound_input *in, const sfd_listed_video *video,
                          sfd_stop stop, sfd_error *err);
void sfd_heard_close(sfd_heard *h);

/* Of the clip from frame `first` to `last`: out [n_steps][n_mels], zeros behind what there is.
 * Clips begin later and later. */
sfd_status sfd_heard_clip(sfd_heard *h, int64_t first, int64_t last, float *out, sfd_error *err);

#endif
