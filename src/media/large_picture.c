/* SPDX-License-Identifier: Apache-2.0 */
/* How large the pictures are that a decoder refuses without a word about it. */
#include "media/decoder.h"

#include "base/error.h"

#include <stdlib.h>

typedef struct asked_size {
    int width, height;
} asked_size;

/* Notes the size and refuses. */
static int note_size(AVCodecContext *codec, AVFrame *frame, int flags)
{
    asked_size *asked = codec->opaque;
    (void)flags;
    *asked = (asked_size){frame->width, frame->height};
    return AVERROR(EINVAL);
}

static void ask_for_frame(sfd_decoder *d, asked_size *asked)
{
    const AVCodec *codec = d->codec->codec;
    avcodec_free_context(&d->codec);
    d->codec = avcodec_alloc_context3(codec);
    if (!d->codec || avcodec_parameters_to_context(d->codec, d->demux.stream->codecpar) < 0)
        return;
    d->codec->thread_count = 1;
    d->codec->opaque = asked;
    d->codec->get_buffer2 = note_size;
    if (avcodec_open2(d->codec, codec, NULL) >= 0 && sfd_demux_read(&d->demux, d->packet) &&
        avcodec_send_packet(d->codec, d->packet) >= 0)
        avcodec_receive_frame(d->codec, d->held);
}

bool sfd_decoder_find_large(const sfd_source *source, sfd_stop stop, int *width, int *height)
{
    sfd_decoder d;
    asked_size asked = {0, 0};
    if (sfd_decoder_open(&d, source, 1, stop, NULL) == SFD_OK)
        ask_for_frame(&d, &asked);
    sfd_decoder_close(&d);
    *width = asked.width;
    *height = asked.height;
    return sfd_demux_is_large(asked.width, asked.height);
}

static bool find_large_picture(const sfd_decoder *d, sfd_error *err)
{
    const sfd_frame_folder *f = &d->demux.pictures;
    char *path = sfd_frame_folder_file(f, f->next - 1);
    const char *const files[] = {path};
    const sfd_source source = {.path = path, .name = path, .pictures = {files, 1, 0}};
    int width, height;
    const bool is_large =
        path && sfd_decoder_find_large(&source, d->demux.file.stop, &width, &height);
    if (is_large)
        sfd_demux_fail_size(path, width, height, err);
    free(path);
    return is_large;
}

sfd_status sfd_decoder_fail_picture(const sfd_decoder *d, sfd_error *err)
{
    const sfd_error *fault = &d->demux.fault;
    if (d->undecodable && find_large_picture(d, err))
        return SFD_ERR_UNSUPPORTED;
    return sfd_fail(err, fault->status, "%s", fault->message);
}
