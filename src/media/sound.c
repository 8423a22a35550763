/* SPDX-License-Identifier: Apache-2.0 */
/* Audio packets between reading and writing. */
#include "media/sound.h"

#include "base/alloc.h"
#include "media/stream_choice.h"

#include <libavutil/mathematics.h>
#include <stdlib.h>

#define DISCONTINUITY_S 10 /* as for pictures */

bool sfd_sound_attach(sfd_sound *s, AVFormatContext *format)
{
    const AVStream *chosen = sfd_choose_sound_stream(format);
    size_t n = 0;
    bool first = !s->tracks; /* later: the same file, opened again */
    if (first && !(s->tracks = sfd_calloc(format->nb_streams + 1, sizeof *s->tracks)))
        return false;
    s->chosen = SIZE_MAX;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *stream = format->streams[i];
        if (stream->codecpar->codec_type != AVMEDIA_TYPE_AUDIO || (!first && n == s->n_tracks))
            continue;
        stream->discard = AVDISCARD_DEFAULT;
        if (first)
            s->tracks[n] = (sfd_sound_track){.last = AV_NOPTS_VALUE, .end = AV_NOPTS_VALUE};
        if (stream == chosen)
            s->chosen = n;
        s->tracks[n++].stream = stream;
    }
    s->n_tracks = n;
    s->chosen = s->chosen < n ? s->chosen : n;
    return true;
}

void sfd_sound_drop(sfd_sound *s)
{
    for (; s->at < s->n; s->at++)
        av_packet_free(&s->packets[s->at]);
    s->n_bytes = 0;
}

void sfd_sound_clear(sfd_sound *s)
{
    sfd_sound_drop(s);
    free(s->packets);
    free(s->tracks);
    *s = (sfd_sound){0};
}

static sfd_sound_track *find_track(sfd_sound *s, int stream)
{
    for (size_t i = 0; i < s->n_tracks; i++)
        if (s->tracks[i].stream->index == stream)
            return &s->tracks[i];
    return NULL;
}

static void shift(AVPacket *packet, int64_t by)
{
    if (packet->dts != AV_NOPTS_VALUE)
        packet->dts = av_sat_add64(packet->dts, by);
    if (packet->pts != AV_NOPTS_VALUE)
        packet->pts = av_sat_add64(packet->pts, by);
}

/* False when the packet has no place after those before. */
static bool set_time(sfd_sound_track *t, AVPacket *packet, AVRational base, int64_t offset,
                     bool jumps)
{
    int64_t threshold = av_rescale_q(DISCONTINUITY_S, (AVRational){1, 1}, base);
    if (packet->dts == AV_NOPTS_VALUE)
        packet->dts = packet->pts;
    shift(packet, av_sat_add64(offset, t->extra));
    if (packet->dts == AV_NOPTS_VALUE)
        packet->dts = packet->pts = t->end == AV_NOPTS_VALUE ? 0 : t->end;
    if (packet->pts == AV_NOPTS_VALUE)
        packet->pts = packet->dts;
    if (jumps && t->end != AV_NOPTS_VALUE) {
        int64_t jump = av_sat_sub64(packet->dts, t->end);
        if (jump > threshold || jump < -threshold) {
            t->extra = av_sat_sub64(t->extra, jump);
            shift(packet, -jump);
        }
    }
    if (t->last != AV_NOPTS_VALUE && packet->dts <= t->last)
        return false;
    t->last = packet->dts;
    t->end = av_sat_add64(packet->dts, packet->duration > 0 ? packet->duration : 0);
    return true;
}

static void push(sfd_sound *s, AVPacket *packet)
{
    if (s->at == s->n)
        s->at = s->n = 0;
    AVPacket *copy = s->n_bytes < SFD_MAX_SOUND_BYTES ? av_packet_alloc() : NULL;
    if (!copy || !sfd_grow(&s->packets, &s->n_alloc, s->n, sizeof(AVPacket *))) {
        av_packet_free(&copy);
        s->overflowed = true;
        return;
    }
    av_packet_move_ref(copy, packet);
    s->packets[s->n++] = copy;
    s->n_bytes += (size_t)copy->size;
}

void sfd_sound_take(sfd_sound *s, AVPacket *packet, const AVStream *stream, int64_t offset,
                    bool jumps)
{
    sfd_sound_track *t = find_track(s, packet->stream_index);
    if (!t || !set_time(t, packet, stream->time_base, offset, jumps))
        return;
    packet->stream_index = (int)(t - s->tracks);
    packet->time_base = stream->time_base;
    push(s, packet);
}

bool sfd_sound_next(sfd_sound *s, AVPacket *packet)
{
    if (s->at == s->n)
        return false;
    AVPacket *p = s->packets[s->at++];
    s->n_bytes -= (size_t)p->size;
    av_packet_move_ref(packet, p);
    av_packet_free(&p);
    return true;
}
