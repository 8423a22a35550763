/* SPDX-License-Identifier: Apache-2.0 */
/* Mixing, resampling and placing sound in time, by libswresample. */
#include "media/sound_reader.h"

#include "base/alloc.h"
#include "base/error.h"
#include "media/sound_decoder.h"

#include <inttypes.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK         4096 /* samples that are resampled at a time */
#define MIN_RATE      1000
#define MIN_FILE_RATE 100
#define MAX_FILE_RATE 1536000
#define MAX_CHANNELS  64                    /* of libswresample */
#define MAX_TIME_S    (INT64_C(3600) * 720) /* keeps times within 64 bits */
#define LIVE_S        30                    /* that a live source's sound may be ahead */
#define LONG_S        1 /* longer gaps and overlaps are not left to libswresample */

typedef struct sound_shape {
    int format, rate;
    AVChannelLayout layout;
} sound_shape;

struct sfd_sound_reader {
    char *path;
    int rate;
    sfd_sound_decoder decoder;
    AVFrame *frame; /* decoded, waits to be resampled where it has samples */
    SwrContext *resampler;
    sound_shape shape; /* of what the resampler takes */
    bool draining;     /* the resampler gives what it has left */
    bool frames_ended, ended;
    int64_t bad_until; /* no samples up to here are told of as damaged once more */
    int64_t at;        /* of the first sample that is kept; what comes before is forgotten */
    float *kept;
    size_t n_kept, n_alloc;
};

/* ------------------------------------------------------------- the resampler */

static bool same_shape(const sound_shape *shape, const AVFrame *f)
{
    return shape->format == f->format && shape->rate == f->sample_rate &&
           av_channel_layout_compare(&shape->layout, &f->ch_layout) == 0;
}

static void close_resampler(sfd_sound_reader *s)
{
    swr_free(&s->resampler);
    av_channel_layout_uninit(&s->shape.layout);
    s->draining = false;
}

/* Where nothing is said about channels, those that usually are so many. */
static int copy_layout(AVChannelLayout *to, const AVChannelLayout *from)
{
    if (from->order != AV_CHANNEL_ORDER_UNSPEC)
        return av_channel_layout_copy(to, from);
    av_channel_layout_default(to, from->nb_channels);
    return 0;
}

static int open_resampler(sfd_sound_reader *s)
{
    const AVFrame *f = s->frame;
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    AVChannelLayout layout = {0};
    const int64_t start = av_rescale(s->at + (int64_t)s->n_kept, f->sample_rate, s->rate);
    int code = av_channel_layout_copy(&s->shape.layout, &f->ch_layout);
    s->shape.format = f->format;
    s->shape.rate = f->sample_rate;
    if (code >= 0)
        code = copy_layout(&layout, &f->ch_layout);
    if (code >= 0 &&
        (layout.order == AV_CHANNEL_ORDER_UNSPEC || layout.nb_channels > MAX_CHANNELS ||
         f->sample_rate < MIN_FILE_RATE || f->sample_rate > MAX_FILE_RATE))
        code = AVERROR(EINVAL);
    if (code >= 0)
        code = swr_alloc_set_opts2(&s->resampler, &mono, AV_SAMPLE_FMT_FLT, s->rate, &layout,
                                   f->format, f->sample_rate, 0, NULL);
    if (code >= 0)
        code = av_opt_set_int(s->resampler, "first_pts", start, 0);
    if (code >= 0)
        code = av_opt_set_double(s->resampler, "async", 1, 0);
    if (code >= 0)
        code = swr_init(s->resampler);
    av_channel_layout_uninit(&layout);
    return code;
}

/* Ends the sound: from here on there is silence. */
static sfd_status give_up(sfd_sound_reader *s, int code, sfd_error *err)
{
    const AVFrame *f = s->frame;
    if (code == AVERROR(ENOMEM) || sfd_lacks_memory((size_t)1 << 20))
        return sfd_fail_nomem(err, s->path);
    sfd_fail(&s->decoder.silent, SFD_ERR_UNSUPPORTED,
             "%s: its sound of %d channels and %d Hz cannot be brought to one channel and %d Hz",
             s->path, f->ch_layout.nb_channels, f->sample_rate, s->rate);
    av_frame_unref(s->frame);
    s->frames_ended = s->ended = true;
    return SFD_OK;
}

/* ------------------------------------------------------------ samples in time */

/* Files of floats, and decoders of damaged ones, may have samples that are no numbers; some others
 * around them become so, too. All are silence. */
static void silence_no_numbers(sfd_sound_reader *s, size_t n)
{
    for (size_t i = s->n_kept; i < s->n_kept + n; i++) {
        const int64_t at = s->at + (int64_t)i;
        if (isfinite(s->kept[i]))
            continue;
        if (at >= s->bad_until && s->decoder.n_damaged++ == 0)
            s->decoder.first_damaged_us = av_rescale(at, AV_TIME_BASE, s->rate);
        s->bad_until = at + s->rate / 10;
        s->kept[i] = 0;
    }
}

/* Appends what the resampler has ready, at most a chunk; *n is 0 when it wants more. */
static sfd_status pull(sfd_sound_reader *s, int *n, sfd_error *err)
{
    static const uint8_t *const nothing[MAX_CHANNELS];
    uint8_t *out = (uint8_t *)(s->kept + s->n_kept);
    *n = swr_convert(s->resampler, &out, CHUNK, s->draining ? NULL : (const uint8_t **)nothing, 0);
    if (*n < 0)
        return give_up(s, *n, err);
    silence_no_numbers(s, (size_t)*n);
    s->n_kept += (size_t)*n;
    return SFD_OK;
}

/* How far the frame in hand is behind what has been heard, in units of 1 / (its rate * our rate) s.
 */
static int64_t find_gap(const sfd_sound_reader *s, int64_t pts)
{
    const int64_t second = (int64_t)s->shape.rate * s->rate;
    return pts - swr_get_delay(s->resampler, second) - swr_next_pts(s->resampler, INT64_MIN);
}

/* Gives the resampler the frame in hand, or a piece of the silence before it. */
static int push(sfd_sound_reader *s)
{
    AVFrame *f = s->frame;
    const int64_t second = (int64_t)f->sample_rate * s->rate;
    const bool timed = f->pts != AV_NOPTS_VALUE && f->pts < MAX_TIME_S * f->sample_rate &&
                       f->pts > -MAX_TIME_S * f->sample_rate;
    const int64_t pts = timed ? f->pts * s->rate : 0;
    const int64_t gap = timed ? find_gap(s, pts) : 0;
    int code = 0;
    if (gap > LONG_S * second) {
        const int half = f->sample_rate / 2;
        return swr_inject_silence(s->resampler, half < CHUNK ? half : CHUNK);
    }
    if (gap + (int64_t)f->nb_samples * s->rate >= -LONG_S * second) {
        if (timed)
            swr_next_pts(s->resampler, pts);
        code =
            swr_convert(s->resampler, NULL, 0, (const uint8_t **)f->extended_data, f->nb_samples);
    }
    av_frame_unref(f);
    return code;
}

/* Gets the next frame; one of another shape waits until the resampler has given everything. */
static sfd_status fetch(sfd_sound_reader *s, sfd_error *err)
{
    sfd_error reason = {0};
    const sfd_status st = sfd_sound_decoder_next(&s->decoder, s->frame, &reason);
    s->frames_ended = st != SFD_OK && !s->decoder.starved;
    if (st == SFD_OK || st == SFD_ERR_END)
        return SFD_OK;
    return sfd_fail(err, st, "%s", reason.message);
}

/* One step towards more samples. */
static sfd_status step(sfd_sound_reader *s, sfd_error *err)
{
    int n = 0, code = 0;
    if (s->resampler) {
        const sfd_status st = pull(s, &n, err);
        if (st != SFD_OK || n > 0 || s->ended)
            return st;
        if (s->draining)
            close_resampler(s);
    }
    if (!s->frame->nb_samples && !s->frames_ended)
        return fetch(s, err);
    if (s->resampler && (s->frames_ended || !same_shape(&s->shape, s->frame)))
        s->draining = true;
    else if (s->frames_ended)
        s->ended = true;
    else
        code = s->resampler ? push(s) : open_resampler(s);
    return code < 0 ? give_up(s, code, err) : SFD_OK;
}

/* -------------------------------------------------------------------- windows */

static sfd_status find_fault(const sfd_sound_options *o, sfd_error *err)
{
    if (o->rate >= MIN_RATE && o->rate <= SFD_MAX_SOUND_RATE)
        return SFD_OK;
    return sfd_fail(err, SFD_ERR_ARG, "sound of %d samples a second, wanted %d to %d", o->rate,
                    MIN_RATE, SFD_MAX_SOUND_RATE);
}

/* From `packets`, or else from the file. */
static sfd_status open_sound(sfd_sound_reader **out, const char *path, sfd_sound *packets,
                             const sfd_sound_options *o, sfd_error *err)
{
    *out = NULL;
    sfd_status st = find_fault(o, err);
    if (st != SFD_OK)
        return st;
    sfd_sound_reader *s = sfd_calloc(1, sizeof *s);
    if (!s)
        return sfd_fail_nomem(err, path);
    s->rate = o->rate;
    s->path = sfd_strdup(path);
    s->frame = av_frame_alloc();
    if (!s->path || !s->frame)
        st = sfd_fail_nomem(err, path);
    else if (packets)
        st = sfd_sound_decoder_attach(&s->decoder, s->path, packets, err);
    else
        st = sfd_sound_decoder_open(&s->decoder, s->path, (sfd_stop){o->should_stop, o->user}, err);
    if (st != SFD_OK) {
        sfd_sound_close(s);
        return st;
    }
    *out = s;
    return SFD_OK;
}

sfd_status sfd_sound_open(sfd_sound_reader **out, const char *path, const sfd_sound_options *o,
                          sfd_error *err)
{
    return open_sound(out, path, NULL, o, err);
}

sfd_status sfd_sound_open_live(sfd_sound_reader **out, const char *name, sfd_sound *packets,
                               int rate, sfd_error *err)
{
    return open_sound(out, name, packets, &(sfd_sound_options){.rate = rate}, err);
}

void sfd_sound_close(sfd_sound_reader *s)
{
    if (!s)
        return;
    close_resampler(s);
    av_frame_free(&s->frame);
    sfd_sound_decoder_close(&s->decoder);
    free(s->kept);
    free(s->path);
    free(s);
}

/* Forgets what comes before sample `first`, as far as there is something. */
static void forget(sfd_sound_reader *s, int64_t first)
{
    const int64_t n = first - s->at;
    const size_t n_gone = n < 0 ? 0 : (uint64_t)n < s->n_kept ? (size_t)n : s->n_kept;
    if (n_gone == 0)
        return;
    s->n_kept -= n_gone;
    s->at += (int64_t)n_gone;
    memmove(s->kept, s->kept + n_gone, s->n_kept * sizeof *s->kept);
}

static bool make_room(sfd_sound_reader *s, size_t n)
{
    if (n <= s->n_alloc)
        return true;
    float *kept = sfd_malloc_array(n, sizeof *kept);
    if (!kept)
        return false;
    if (s->n_kept > 0)
        memcpy(kept, s->kept, s->n_kept * sizeof *kept);
    free(s->kept);
    s->kept = kept;
    s->n_alloc = n;
    return true;
}

/* Keeps the samples from `first` on and at least n of them, unless the sound ends before. */
static sfd_status keep(sfd_sound_reader *s, int64_t first, size_t n, sfd_error *err)
{
    sfd_status st = SFD_OK;
    if (!make_room(s, n + CHUNK))
        return sfd_fail_nomem(err, s->path);
    forget(s, first);
    while (st == SFD_OK && !s->ended && !s->decoder.packets && (s->at < first || s->n_kept < n)) {
        st = step(s, err);
        forget(s, first);
    }
    return st;
}

void sfd_sound_end(sfd_sound_reader *s)
{
    s->decoder.no_more = true;
}

sfd_status sfd_sound_follow(sfd_sound_reader *s, int64_t first, int64_t *end, sfd_error *err)
{
    sfd_status st = SFD_OK;
    s->decoder.starved = false;
    forget(s, first);
    while (st == SFD_OK && !s->ended && !s->decoder.starved &&
           s->n_kept < (size_t)s->rate * LIVE_S) {
        if (!make_room(s, s->n_kept + CHUNK))
            return sfd_fail_nomem(err, s->path);
        st = step(s, err);
        forget(s, first);
    }
    if (s->ended)
        sfd_sound_drop(s->decoder.packets);
    *end = s->at + (int64_t)s->n_kept;
    return st;
}

sfd_status sfd_sound_read(sfd_sound_reader *s, int64_t first, size_t n, float *samples,
                          sfd_error *err)
{
    if (n > SFD_MAX_SOUND_WINDOW)
        return sfd_fail(err, SFD_ERR_ARG, "%s: a window of %zu samples, at most %zu are read",
                        s->path, n, SFD_MAX_SOUND_WINDOW);
    const size_t n_before = first >= 0 ? 0 : first < -(int64_t)n ? n : (size_t)-first;
    memset(samples, 0, n * sizeof *samples);
    if (n_before == n)
        return SFD_OK;
    if (first < 0)
        first = 0;
    if (first < s->at)
        return sfd_fail(err, SFD_ERR_ARG, "%s: its sound before sample %" PRId64 " is gone",
                        s->path, s->at);
    const sfd_status st = keep(s, first, n - n_before, err);
    if (st != SFD_OK || s->at != first)
        return st;
    const size_t n_there = s->n_kept < n - n_before ? s->n_kept : n - n_before;
    memcpy(samples + n_before, s->kept, n_there * sizeof *samples);
    return SFD_OK;
}

int64_t sfd_sound_length(const sfd_sound_reader *s)
{
    return s->ended ? s->at + (int64_t)s->n_kept : -1;
}

bool sfd_sound_complain(const sfd_sound_reader *s, sfd_error *message)
{
    const sfd_sound_decoder *d = &s->decoder;
    char first[32] = "before the pictures";
    if (d->first_damaged_us >= 0) /* an encoder's first packet is */
        snprintf(first, sizeof first, "at %.2f s", (double)d->first_damaged_us / AV_TIME_BASE);
    if (d->silent.status != SFD_OK)
        sfd_fail(message, d->silent.status, "%s", d->silent.message);
    else if (d->n_damaged > 0)
        sfd_fail(message, SFD_ERR_FORMAT, "%s: %zu damaged part%s of its sound, the first %s",
                 s->path, d->n_damaged, sfd_plural(d->n_damaged), first);
    else if (sfd_sound_length(s) == 0)
        sfd_fail(message, SFD_ERR_FORMAT, "%s: its sound is empty", s->path);
    else
        return false;
    return true;
}
