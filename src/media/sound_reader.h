/* SPDX-License-Identifier: Apache-2.0 */
/* The sound of a video as one channel of floats on the clock of its pictures: of RATE samples a
 * second sample k is heard at k / RATE s, where picture i of 30 a second is shown at i / 30 s. The
 * samples are those of `ffmpeg -i FILE -af aresample=async=1:first_pts=0 -ac 1 -ar RATE -f f32le
 * -`, so where sound and pictures start together those of `ffmpeg -i FILE -ac 1 -ar RATE -f f32le
 * -`: what the file's timestamps leave out is silence, what they put before time 0 or over what was
 * heard is dropped, and they are believed from 0.1 s on; samples that are NaN or infinite are
 * silence. In formats whose clock has no zero of its own (MPEG-TS), time 0 is the first picture's.
 */
#ifndef SFD_MEDIA_SOUND_READER_H
#define SFD_MEDIA_SOUND_READER_H

#include "media/video_look.h"

#include <sfdet/common.h>

/* Of one window, and the highest rate. */
#define SFD_MAX_SOUND_WINDOW ((size_t)1 << 24)
#define SFD_MAX_SOUND_RATE   192000

typedef struct sfd_sound_reader sfd_sound_reader;

typedef struct sfd_sound_options {
    int rate; /* samples a second, 1000 to SFD_MAX_SOUND_RATE */
    /* As in sfd_video_options. */
    bool (*should_stop)(void *user);
    void *user;
} sfd_sound_options;

/* Opens the sound that the ffmpeg program would choose, of a file with pictures or without. A file
 * that has none, or none that can be decoded, opens all the same and is silent: sfd_sound_complain
 * tells. Errors: SFD_ERR_ARG, SFD_ERR_IO, SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED (refused: as of
 * sfd_video_open), SFD_ERR_CANCELLED, SFD_ERR_NOMEM. */
sfd_status sfd_sound_open(sfd_sound_reader **out, const char *path, const sfd_sound_options *o,
                          sfd_error *err);
/* The sound beside a live source's pictures, as it comes: packets of sfd_video_sound, which must
 * live as long. */
sfd_status sfd_sound_open_live(sfd_sound_reader **out, const char *name, sfd_sound *packets,
                               int rate, sfd_error *err);
void sfd_sound_close(sfd_sound_reader *s); /* takes NULL */

/* The samples first .. first + n - 1; before time 0 and behind the end they are zeros. Windows may
 * overlap but go forward: no `first` is before that of an earlier call. What comes before it is
 * forgotten, so that memory is that of the longest window. Errors: SFD_ERR_ARG, SFD_ERR_CANCELLED,
 * SFD_ERR_NOMEM. */
sfd_status sfd_sound_read(sfd_sound_reader *s, int64_t first, size_t n, float *samples,
                          sfd_error *err);

/* Live: takes what has come so far and forgets what is before sample `first`; no more than
 * half a minute is kept, the rest waits. *end: where the samples end now. From then
 * on sfd_sound_read gives what is there, and zeros behind it. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_sound_follow(sfd_sound_reader *s, int64_t first, int64_t *end, sfd_error *err);

/* Live: no more will come; what is left can be followed. */
void sfd_sound_end(sfd_sound_reader *s);

/* The number of samples up to the end, once a window has gone beyond it; else -1. */
int64_t sfd_sound_length(const sfd_sound_reader *s);

/* What is wrong with the sound as far as it has been read: there is none, it cannot be decoded or
 * mixed, it is empty, parts are damaged. False: nothing; *message is left alone then. */
bool sfd_sound_complain(const sfd_sound_reader *s, sfd_error *message);

#endif
