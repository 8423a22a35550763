/* SPDX-License-Identifier: Apache-2.0 */
/* decoder -> timeline -> converter: pictures at a constant frame rate, converted when asked for. */
#include "media/video_reader.h"

#include "base/alloc.h"
#include "base/error.h"
#include "media/convert.h"
#include "media/decoder.h"
#include "media/file_end.h"
#include "media/live_input.h"
#include "media/timeline.h"

#include <inttypes.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>
#include <string.h>

/* Shorter ways ahead are simply decoded. */
#define MIN_SKIP 8

struct sfd_video_reader {
    char *opened; /* the source's path */
    char *path;   /* the same for messages */
    bool live;
    int wanted_fps; /* 0: the file's own */
    double fps;
    double picture_fps;
    sfd_stop stop;
    bool keep_sound;
    sfd_sound sound;
    sfd_video_info info;
    sfd_decoder decoder;
    sfd_timeline timeline;
    sfd_converter converter;
    sfd_frame_shape shape; /* of the last decoded frame */
    bool shape_known;
    bool never_skip; /* this file's packets promise what its frames do not keep */
    int64_t next_index;
    sfd_wants_frames *wants; /* NULL: all */
    void *wants_user;
};

/* Decodes one frame into the timeline, or tells it the end. */
static sfd_decoder_state feed(sfd_video_reader *v)
{
    int64_t tick = 0;
    AVFrame *frame = av_frame_alloc();
    sfd_decoder_state state =
        frame ? sfd_decoder_next(&v->decoder, frame, &tick) : SFD_DECODER_NOMEM;
    if (state == SFD_DECODER_LEFT_OUT) {
        sfd_timeline_push(&v->timeline, frame, tick); /* empty, but it has its place */
        return state;
    }
    if (state != SFD_DECODER_FRAME) {
        av_frame_free(&frame);
        if (state == SFD_DECODER_END)
            sfd_timeline_end(&v->timeline, v->decoder.end_tick);
        return state;
    }
    sfd_frame_shape shape;
    sfd_frame_shape_get(&shape, frame);
    if (v->shape_known && !sfd_frame_shape_equal(&shape, &v->shape) &&
        !v->decoder.demux.has_pictures)
        sfd_timeline_restart_filter(&v->timeline);
    v->shape = shape;
    v->shape_known = true;
    sfd_timeline_push(&v->timeline, frame, tick);
    return state;
}

/* Ticks and picture numbers go together once the first picture has been placed. */
static bool wants_ticks(void *user, int64_t first, int64_t last)
{
    const sfd_video_reader *v = user;
    const sfd_timeline *t = &v->timeline;
    if (t->next_tick == INT64_MIN)
        return true;
    return v->wants(v->wants_user, t->n_out + (first - t->next_tick),
                    t->n_out + (last - t->next_tick));
}

static sfd_source source_of(const sfd_video_reader *v)
{
    return (sfd_source){
        .path = v->opened, .name = v->path, .live = v->live, .pictures = {.fps = v->picture_fps}};
}

static void tell_wants(sfd_video_reader *v)
{
    v->decoder.wants = v->wants && !v->never_skip ? wants_ticks : NULL;
    v->decoder.wants_user = v;
}

/* Opens the file at its beginning; used to go backwards too. */
static sfd_status rewind_file(sfd_video_reader *v, sfd_error *err)
{
    sfd_timeline_clear(&v->timeline);
    sfd_decoder_close(&v->decoder);
    v->shape_known = false;
    const sfd_source source = source_of(v);
    sfd_status st = sfd_decoder_open(&v->decoder, &source, v->wanted_fps, v->stop, err);
    v->fps = st == SFD_OK ? 1 / av_q2d(v->decoder.tick_base) : 1;
    tell_wants(v);
    if (st == SFD_OK && v->keep_sound && !sfd_demux_keep_sound(&v->decoder.demux, &v->sound))
        st = sfd_fail_nomem(err, v->path);
    if (st == SFD_OK)
        sfd_timeline_init(&v->timeline, v->decoder.demux.format->nb_streams == 1);
    return st;
}

static sfd_status fail_stopped(const sfd_video_reader *v, sfd_error *err)
{
    return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", v->path);
}

static sfd_status start_over(sfd_video_reader *v, sfd_error *err)
{
    v->never_skip = true;
    return rewind_file(v, err);
}

static sfd_status want_frame(sfd_video_reader *v, sfd_error *err)
{
    switch (feed(v)) {
    case SFD_DECODER_NOMEM:
        return sfd_fail_nomem(err, v->path);
    case SFD_DECODER_LOST:
        return start_over(v, err);
    case SFD_DECODER_STOPPED:
        return fail_stopped(v, err);
    case SFD_DECODER_FAULT:
        return sfd_decoder_fail_picture(&v->decoder, err);
    default:
        return SFD_OK;
    }
}

/* Makes runs until one reaches beyond `index`. */
static sfd_status reach(sfd_video_reader *v, int64_t index, sfd_error *err)
{
    sfd_timeline *t = &v->timeline;
    sfd_status st = SFD_OK;
    while (st == SFD_OK && t->run.end <= index) {
        sfd_timeline_state state = sfd_timeline_next_run(t);
        if (state == SFD_TIMELINE_WANT)
            st = want_frame(v, err);
        else if (state == SFD_TIMELINE_DONE)
            return sfd_fail(err, SFD_ERR_END, "%s: frame %" PRId64 " is past the end of the video",
                            v->path, index);
    }
    return st;
}

static sfd_status fail_without_frames(const sfd_video_reader *v, sfd_error *err)
{
    const sfd_source source = source_of(v);
    int width, height;
    if (v->decoder.demux.file.regular && sfd_decoder_find_large(&source, v->stop, &width, &height))
        return sfd_demux_fail_size(v->path, width, height, err);
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: no frame of its video can be decoded%s", v->path,
                    sfd_demux_wants_index_first(&v->decoder.demux)
                        ? "; MP4 whose index is at its end cannot come through a pipe (ffmpeg's "
                          "-movflags +faststart puts it in front)"
                        : "");
}

/* Size of the pictures: that of the first frame that can be decoded. */
static sfd_status find_size(sfd_video_reader *v, sfd_error *err)
{
    sfd_picture *picture;
    sfd_decoder_state state = feed(v);
    if (state == SFD_DECODER_NOMEM)
        return sfd_fail_nomem(err, v->path);
    if (state == SFD_DECODER_STOPPED)
        return fail_stopped(v, err);
    if (state == SFD_DECODER_FAULT)
        return sfd_decoder_fail_picture(&v->decoder, err);
    if (state != SFD_DECODER_FRAME)
        return fail_without_frames(v, err);
    sfd_status st = sfd_convert(&v->converter, &picture, v->timeline.waiting[0].frame,
                                v->decoder.demux.stream, v->path, err);
    if (st == SFD_OK)
        sfd_picture_unref(picture);
    return st;
}

static sfd_video_look look_of(const sfd_converter *c, const AVFrame *frame)
{
    bool rgb = frame->colorspace == AVCOL_SPC_RGB ||
               av_pix_fmt_desc_get(frame->format)->flags & AV_PIX_FMT_FLAG_RGB;
    return (sfd_video_look){.pixel_width = c->pixel_shape.num,
                            .pixel_height = c->pixel_shape.den,
                            .primaries = (int)frame->color_primaries,
                            .transfer = (int)frame->color_trc,
                            .matrix = rgb ? AVCOL_SPC_RGB : (int)frame->colorspace,
                            .full_range = !rgb && c->full_range};
}

static void fill_info(sfd_video_reader *v)
{
    AVFormatContext *format = v->decoder.demux.format;
    AVStream *stream = v->decoder.demux.stream;
    AVRational rate = av_guess_frame_rate(format, stream, NULL);
    v->info = (sfd_video_info){
        .width = v->converter.width,
        .height = v->converter.height,
        .fps = v->fps,
        .source_fps = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0,
        .duration_s = stream->duration > 0   ? (double)stream->duration * av_q2d(stream->time_base)
                      : format->duration > 0 ? (double)format->duration / AV_TIME_BASE
                                             : 0,
        .n_pictures = (size_t)v->decoder.demux.pictures.n,
        .codec = avcodec_get_name(stream->codecpar->codec_id),
        .look = look_of(&v->converter, v->timeline.waiting[0].frame),
    };
}

sfd_status sfd_video_open(sfd_video_reader **out, const char *path, const sfd_video_options *o,
                          sfd_error *err)
{
    *out = NULL;
    if ((o->fps < 1 && !o->own_frames) || o->fps > SFD_MAX_FPS)
        return sfd_fail(err, SFD_ERR_ARG, "%s: frame rate %d: 1 to %d is wanted", path, o->fps,
                        SFD_MAX_FPS);
    sfd_video_reader *v = sfd_calloc(1, sizeof *v);
    if (!v || !(v->opened = sfd_strdup(path)) ||
        !(v->path = o->live ? sfd_live_input_name(path) : sfd_strdup(path))) {
        if (v)
            free(v->opened);
        free(v);
        return sfd_fail_nomem(err, "opening a video");
    }
    v->live = o->live;
    v->wanted_fps = o->own_frames ? 0 : o->fps;
    v->picture_fps = o->picture_fps;
    v->stop = (sfd_stop){o->should_stop, o->user};
    v->keep_sound = o->keep_sound;
    sfd_status st = rewind_file(v, err);
    if (st == SFD_OK)
        st = find_size(v, err);
    if (st != SFD_OK) {
        sfd_video_close(v);
        return st;
    }
    fill_info(v);
    *out = v;
    return SFD_OK;
}

void sfd_video_close(sfd_video_reader *v)
{
    if (!v)
        return;
    sfd_timeline_clear(&v->timeline);
    sfd_converter_close(&v->converter);
    sfd_decoder_close(&v->decoder);
    sfd_sound_clear(&v->sound);
    free(v->opened);
    free(v->path);
    free(v);
}

const sfd_video_info *sfd_video_get_info(const sfd_video_reader *v)
{
    return &v->info;
}

sfd_sound *sfd_video_sound(sfd_video_reader *v)
{
    return v->keep_sound ? &v->sound : NULL;
}

int64_t sfd_video_still_until(const sfd_video_reader *v)
{
    const sfd_run *run = &v->timeline.run;
    return run->end > v->next_index ? run->end : v->next_index;
}

int64_t sfd_video_stands_from(const sfd_video_reader *v)
{
    return v->timeline.run.first + (int64_t)(SFD_STILL_S * v->fps) + 1;
}

double sfd_video_end_s(const sfd_video_reader *v)
{
    const sfd_timeline *t = &v->timeline;
    int64_t end = t->sent_ahead ? t->n_out + (t->end_tick - t->next_tick) : t->n_out;
    return t->ended && end > 0 ? (double)end / v->fps : 0;
}

bool sfd_video_complain(const sfd_video_reader *v, sfd_error *message)
{
    const sfd_decoder *d = &v->decoder;
    double end_s = sfd_video_end_s(v);
    const char *fault = end_s > 0 ? sfd_demux_end_fault(&d->demux) : NULL;
    if (end_s > 0 && end_s + SFD_END_TOLERANCE_S < d->demux.promised_s)
        sfd_fail(message, SFD_ERR_END, "%s: ends at %.2f s of %.2f s (truncated file?)", v->path,
                 end_s, d->demux.promised_s);
    else if (end_s > 0 && d->demux.end_code != AVERROR_EOF)
        sfd_fail(message, SFD_ERR_END, "%s: cannot be read beyond %.2f s: %s", v->path, end_s,
                 av_err2str(d->demux.end_code));
    else if (sfd_is_cut(fault, d->n_damaged))
        sfd_fail(message, SFD_ERR_END, "%s: ends at %.2f s %s (truncated file?)", v->path, end_s,
                 fault);
    else if (d->n_damaged > 0)
        sfd_fail(message, SFD_ERR_FORMAT, "%s: %zu damaged frame%s, the first at %.2f s", v->path,
                 d->n_damaged, sfd_plural(d->n_damaged),
                 (double)d->first_damaged_us / AV_TIME_BASE);
    else
        return false;
    return true;
}

/* The picture of the run in hand. */
static sfd_status convert_run(sfd_video_reader *v, sfd_error *err)
{
    sfd_run *run = &v->timeline.run;
    if (run->picture)
        return SFD_OK;
    sfd_status st = sfd_convert(&v->converter, &run->picture, run->frame, v->decoder.demux.stream,
                                v->path, err);
    if (st == SFD_OK)
        av_frame_free(&run->frame);
    return st;
}

static bool run_in_hand(const sfd_timeline *t)
{
    return t->run.end > t->run.first;
}

/* Decodes the first frames, so that the decoder has seen whether the file's timestamps hold and the
 * timeline counts from its first picture. */
static sfd_status probe(sfd_video_reader *v, int64_t index, sfd_error *err)
{
    sfd_timeline *t = &v->timeline;
    sfd_error reason = {0};
    sfd_status st = SFD_OK;
    const size_t n_wanted = v->decoder.demux.has_pictures ? 1 : SFD_PTS_WINDOW;
    while (st == SFD_OK && v->decoder.n_frames < n_wanted && t->n_out <= index)
        st = reach(v, t->n_out, &reason);
    if (st == SFD_OK || st == SFD_ERR_END) /* the end is reported by the next sfd_video_next */
        return SFD_OK;
    return sfd_fail(err, st, "%s", reason.message);
}

static sfd_status skip_ahead(sfd_video_reader *v, int64_t index, sfd_error *err)
{
    sfd_timeline *t = &v->timeline;
    if (v->never_skip || t->next_tick == INT64_MIN || t->ended || index - t->n_out < MIN_SKIP)
        return SFD_OK;
    switch (sfd_decoder_skip(&v->decoder, sfd_timeline_tick_of(t, index))) {
    case SFD_SKIP_JUMPED:
        sfd_timeline_jump(t, index);
        v->shape_known = false;
        return SFD_OK;
    case SFD_SKIP_LOST:
        return start_over(v, err);
    case SFD_SKIP_STOPPED:
        return fail_stopped(v, err);
    case SFD_SKIP_NOMEM:
        return sfd_fail_nomem(err, v->path);
    default:
        return SFD_OK;
    }
}

sfd_status sfd_video_skip_to(sfd_video_reader *v, int64_t index, sfd_error *err)
{
    sfd_timeline *t = &v->timeline;
    sfd_status st = SFD_OK;
    if (index < 0)
        return sfd_fail(err, SFD_ERR_ARG, "%s: frame number %" PRId64 " is negative", v->path,
                        index);
    v->next_index = index;
    if (index < (run_in_hand(t) ? t->run.first : t->n_out))
        st = rewind_file(v, err);
    if (st == SFD_OK)
        st = probe(v, index, err);
    return st == SFD_OK ? skip_ahead(v, index, err) : st;
}

void sfd_video_set_wants(sfd_video_reader *v, sfd_wants_frames *wants, void *user)
{
    v->wants = wants;
    v->wants_user = user;
    tell_wants(v);
}

static bool was_left_out(const sfd_run *run)
{
    return run->frame && !run->frame->buf[0];
}

/* The run in hand was left out but is asked for: the file's packets are not as long as they say. */
static sfd_status decode_anew(sfd_video_reader *v, sfd_error *err)
{
    v->wants = NULL;
    sfd_status st = rewind_file(v, err);
    if (st == SFD_OK)
        st = sfd_video_skip_to(v, v->next_index, err);
    return st == SFD_OK ? reach(v, v->next_index, err) : st;
}

sfd_status sfd_video_next(sfd_video_reader *v, sfd_picture **frame, int64_t *index, sfd_error *err)
{
    *frame = NULL;
    sfd_status st = reach(v, v->next_index, err);
    if (st == SFD_OK && was_left_out(&v->timeline.run))
        st = decode_anew(v, err);
    if (st == SFD_OK)
        st = convert_run(v, err);
    if (st != SFD_OK)
        return st;
    *frame = sfd_picture_ref(v->timeline.run.picture);
    *index = v->next_index++;
    return SFD_OK;
}
