/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a file's streams the ffmpeg program takes. */
#ifndef SFD_MEDIA_STREAM_CHOICE_H
#define SFD_MEDIA_STREAM_CHOICE_H

#include <libavformat/avformat.h>

/* The largest picture, with a preference for streams that have had packets and for the default one;
 * cover pictures last, and behind them (so that the reason can be told) pictures whose size could
 * not be found out. NULL: there is none. */
AVStream *sfd_choose_video_stream(AVFormatContext *format);

/* The most channels, with the same preferences. */
AVStream *sfd_choose_sound_stream(AVFormatContext *format);

#endif
