/* SPDX-License-Identifier: Apache-2.0 */
/* Streams by scores, as the ffmpeg program (5.1) gives them. */
#include "media/stream_choice.h"

AVStream *sfd_choose_video_stream(AVFormatContext *format)
{
    AVStream *best = NULL;
    int64_t best_score = 0;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *st = format->streams[i];
        if (st->codecpar->codec_type != AVMEDIA_TYPE_VIDEO)
            continue;
        int64_t score = (int64_t)st->codecpar->width * st->codecpar->height;
        if (score == 0) {
            best = best ? best : st;
            continue;
        }
        if (st->event_flags & AVSTREAM_EVENT_FLAG_NEW_PACKETS)
            score += 100000000;
        if (st->disposition & AV_DISPOSITION_DEFAULT)
            score += 5000000;
        if (st->disposition & AV_DISPOSITION_ATTACHED_PIC)
            score = 1;
        if (score > best_score) {
            best = st;
            best_score = score;
        }
    }
    return best;
}

AVStream *sfd_choose_sound_stream(AVFormatContext *format)
{
    AVStream *best = NULL;
    int64_t best_score = 0;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *st = format->streams[i];
        if (st->codecpar->codec_type != AVMEDIA_TYPE_AUDIO)
            continue;
        int64_t score = st->codecpar->ch_layout.nb_channels;
        if (st->event_flags & AVSTREAM_EVENT_FLAG_NEW_PACKETS)
            score += 100000000;
        if (st->disposition & AV_DISPOSITION_DEFAULT)
            score += 5000000;
        if (score > best_score) {
            best = st;
            best_score = score;
        }
    }
    return best;
}
