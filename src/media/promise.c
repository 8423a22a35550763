/* SPDX-License-Identifier: Apache-2.0 */
/* The length in a file's header. Of AVI and ASF libavformat gives what is left of it in a file that
 * was cut short, or nothing; their headers are read here. */
#include "media/promise.h"

#include "base/file.h"
#include "media/asf_header.h"

#include <libavutil/avstring.h>
#include <libavutil/intreadwrite.h>
#include <stdio.h>
#include <string.h>

#define MAX_CHUNKS 1000 /* of a header; of more the rest is not looked at */

/* Finds the n-th chunk (list: a LIST of that kind) between at and *end; *end becomes its own. */
static bool find_chunk(int fd, uint64_t *at, uint64_t *end, const char *name, bool list, int n)
{
    uint8_t head[12];
    for (int i = 0; i < MAX_CHUNKS && *at + 12 <= *end && sfd_read_at(fd, *at, head, 12); i++) {
        const uint64_t behind = *at + 8 + AV_RL32(head + 4);
        const bool is_list = memcmp(head, "LIST", 4) == 0;
        if (is_list == list && memcmp(head + (list ? 8 : 0), name, 4) == 0 && n-- == 0) {
            *at += list ? 12 : 8;
            *end = behind < *end ? behind : *end;
            return true;
        }
        *at = behind + behind % 2;
    }
    return false;
}

/* The frames that its header (strh) counts. One that was never finished, with RIFF's size left
 * open, counts none or more than there is room for. */
static double avi_seconds(int fd, int stream)
{
    uint8_t riff[12], strh[36];
    uint64_t at = 12, end = UINT64_MAX;
    if (!sfd_read_at(fd, 0, riff, 12) || !find_chunk(fd, &at, &end, "hdrl", true, 0) ||
        !find_chunk(fd, &at, &end, "strl", true, stream) ||
        !find_chunk(fd, &at, &end, "strh", false, 0) || !sfd_read_at(fd, at, strh, sizeof strh))
        return 0;
    const uint32_t size = AV_RL32(riff + 4), scale = AV_RL32(strh + 20), rate = AV_RL32(strh + 24),
                   n = AV_RL32(strh + 32);
    const bool is_finished = size != 0 && size != UINT32_MAX && n <= size / 8;
    return is_finished && rate > 0 ? (double)n * scale / rate : 0;
}

/* ------------------------------------------------------------------------------------------- */

/* Counts to the end of the longest stream, so that it says something of a file cut short only. */
static double asf_seconds(const AVFormatContext *format, int fd)
{
    sfd_asf_header h;
    return sfd_asf_header_read(&h, fd) && h.file_bytes > (uint64_t)avio_size(format->pb) ? h.seconds
                                                                                         : 0;
}

sfd_promise sfd_promised_length(const AVFormatContext *format, const AVStream *stream, int fd)
{
    const AVDictionaryEntry *tag =
        av_dict_get(stream->metadata, "DURATION", NULL, 0); /* Matroska */
    int hours, minutes;
    double seconds;
    if (av_match_name("avi", format->iformat->name))
        return (sfd_promise){fd >= 0 ? avi_seconds(fd, stream->index) : 0, false};
    if (av_match_name("asf", format->iformat->name))
        return (sfd_promise){fd >= 0 ? asf_seconds(format, fd) : 0, true};
    if (stream->duration > 0)
        return (sfd_promise){(double)stream->duration * av_q2d(stream->time_base), false};
    if (tag && sscanf(tag->value, "%d:%d:%lf", &hours, &minutes, &seconds) == 3)
        return (sfd_promise){3600.0 * hours + 60.0 * minutes + seconds, true};
    if (format->nb_streams == 1 && format->duration > 0)
        return (sfd_promise){(double)format->duration / AV_TIME_BASE, true};
    return (sfd_promise){0, false};
}
