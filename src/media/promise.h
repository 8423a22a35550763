/* SPDX-License-Identifier: Apache-2.0 */
/* What a muxer wrote about the length of a stream. */
#ifndef SFD_MEDIA_PROMISE_H
#define SFD_MEDIA_PROMISE_H

#include <libavformat/avformat.h>
#include <stdbool.h>

/* Headers and frames need not agree to the last frame. */
#define SFD_END_TOLERANCE_S 0.25

typedef struct sfd_promise {
    double seconds; /* 0: nothing */
    bool from_zero; /* to the stream's end, but from time 0 on */
} sfd_promise;

/* To be asked after the file was opened and before libavformat looks into its packets, whose times
 * it mixes with the headers'. fd: of a regular file, else -1. */
sfd_promise sfd_promised_length(const AVFormatContext *format, const AVStream *stream, int fd);

#endif
