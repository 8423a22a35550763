/* SPDX-License-Identifier: Apache-2.0 */
/* A video, or a folder of numbered pictures (media/frame_folder.h), as a timeline of RGB pictures
 * at a constant frame rate: frame i is what `ffmpeg -i FILE -vf fps=30 -f rawvideo -pix_fmt rgb24
 * -` writes as its i-th picture. */
#ifndef SFD_MEDIA_VIDEO_READER_H
#define SFD_MEDIA_VIDEO_READER_H

#include "media/picture.h"
#include "media/video_look.h"

typedef struct sfd_video_reader sfd_video_reader;

typedef struct sfd_video_info {
    int width, height; /* of the pictures: rotation metadata is honoured */
    double fps;        /* of the timeline */
    double source_fps; /* as the container says, 0 when unknown */
    double duration_s; /* as the container says, 0 when unknown */
    const char *codec; /* name of the video codec */
    sfd_video_look look;
    size_t n_pictures; /* of a folder; 0: a file */
} sfd_video_info;

typedef struct sfd_video_options {
    int fps; /* of the timeline, 1 to 1000 (30 for AVA) */
    /* The timeline has the file's own rate instead: frame i is its i-th one, where the rate is
     * constant as its header says. */
    bool own_frames;
    /* Asked while reading, by the thread that reads; true ends with SFD_ERR_CANCELLED, also where a
     * pipe never delivers. May be NULL. */
    bool (*should_stop)(void *user);
    void *user;
    bool keep_sound;    /* for sfd_video_sound; all frames are read in order then */
    double picture_fps; /* of a folder of pictures; 0: 30 */
    bool live;          /* `path` may be more than a file: live_input.h; never goes backwards */
} sfd_video_options;

/* Opens the video stream of a file or pipe that the ffmpeg program would choose. Reading needs one
 * thread at a time; FFmpeg decodes with threads of its own.
 *
 * FFmpeg writes its own messages about damaged files to stderr, for the whole process: an
 * application that does not want them calls sfd_quiet_codecs() (sfdet/codecs.h) or sets a log level
 * of its own. The library leaves that state alone.
 *
 * Nothing but this file is opened: playlists and scripts are refused, and so are pictures of more
 * than 36 million pixels. Errors: SFD_ERR_ARG, SFD_ERR_IO, SFD_ERR_FORMAT (not a video, no video
 * stream, nothing decodable), SFD_ERR_UNSUPPORTED (no decoder, refused), SFD_ERR_CANCELLED,
 * SFD_ERR_NOMEM. */
sfd_status sfd_video_open(sfd_video_reader **out, const char *path, const sfd_video_options *o,
                          sfd_error *err);
void sfd_video_close(sfd_video_reader *v); /* takes NULL */

/* Valid until v is closed. */
const sfd_video_info *sfd_video_get_info(const sfd_video_reader *v);

/* Hands out the next frame of the timeline and its number (0, 1, 2, ...); the caller unrefs it. A
 * frame that the frame-rate conversion repeats comes as another reference to the same picture:
 * sfd_picture_make_writable before drawing on it. All pictures have the size of the first one,
 * also when the video's own size changes. Damaged parts of the file are passed over; a truncated
 * file ends early: sfd_video_complain tells. Errors: SFD_ERR_END after the last frame,
 * SFD_ERR_FORMAT, SFD_ERR_CANCELLED, SFD_ERR_NOMEM. */
sfd_status sfd_video_next(sfd_video_reader *v, sfd_picture **frame, int64_t *index, sfd_error *err);

/* Makes `index` the number of the next frame handed out; backwards too, which starts again from the
 * beginning of the file. The frames are the same as without skipping, in every file, damaged frames
 * aside. Ahead, compressed data is read up to the target but only decoded from the last intra frame
 * before it, except in files whose timestamps turn out irregular, where everything is decoded.
 * Frames between are never converted. Memory: at most 64 MiB of compressed data. Going past the end
 * is reported by the next sfd_video_next. Errors: SFD_ERR_ARG (negative), those of sfd_video_open.
 */
sfd_status sfd_video_skip_to(sfd_video_reader *v, int64_t index, sfd_error *err);

/* The sound, which comes as the frames are read; NULL without keep_sound. It belongs to v. */
sfd_sound *sfd_video_sound(sfd_video_reader *v);

/* The number of the first frame that shows another picture than the one handed out last. */
int64_t sfd_video_still_until(const sfd_video_reader *v);

/* The number that a frame has from which on the picture handed out last has stood for longer than
 * SFD_STILL_S: the video has a hole there. */
#define SFD_STILL_S 30
int64_t sfd_video_stands_from(const sfd_video_reader *v);

/* What is wrong with the file, as far as it has been read: damaged frames, and after SFD_ERR_END
 * that it ended before its header's promise. False: nothing; *message is left alone then. */
bool sfd_video_complain(const sfd_video_reader *v, sfd_error *message);

/* Where the last frame ends, in seconds; 0 before SFD_ERR_END. */
double sfd_video_end_s(const sfd_video_reader *v);

/* Whether some frame numbered first .. last will be asked for. */
typedef bool sfd_wants_frames(void *user, int64_t first, int64_t last);

/* From now on frames that `wants` denies need not be decoded; NULL: all are wanted. One that is
 * asked for all the same is handed out all the same, after decoding its surroundings anew. */
void sfd_video_set_wants(sfd_video_reader *v, sfd_wants_frames *wants, void *user);

#endif
