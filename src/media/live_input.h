/* SPDX-License-Identifier: Apache-2.0 */
/* Cameras and streams from the network, which only a live source may name. */
#ifndef SFD_MEDIA_LIVE_INPUT_H
#define SFD_MEDIA_LIVE_INPUT_H

#include <libavformat/avformat.h>
#include <sfdet/common.h>

/* What a live source may be, for messages. */
#define SFD_LIVE_KINDS                                                                             \
    "a camera (/dev/video0), a pipe (-), or rtsp, rtsps, rtmp, rtmps, http, https, udp, tcp, rtp " \
    "or srt"

/* A file or pipe, which is read as other files are and ends where it ends; everything else may come
 * back after it was lost. */
bool sfd_live_input_is_pipe(const char *source);

/* The source without user name and password ("rtsp://camera/1"), to be freed; NULL when memory is
 * out. */
char *sfd_live_input_name(const char *source);

/* Opens what is no pipe into *format, which has its interrupt callback. No file is opened, whatever
 * a stream refers to. Returns FFmpeg's error, AVERROR_PROTOCOL_NOT_FOUND for an address of another
 * kind, AVERROR_DEMUXER_NOT_FOUND for a camera without libavdevice; *format is NULL then. */
int sfd_live_input_open(AVFormatContext **format, const char *source);

/* Why the host in an address has no address of its own, which FFmpeg calls an "Input/output error";
 * NULL: it has, or there is none. May take as long as a name server does. */
const char *sfd_live_input_host_fault(const char *source);

#endif
