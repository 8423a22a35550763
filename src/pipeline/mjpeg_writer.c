/* SPDX-License-Identifier: Apache-2.0 */
/* Annotated keyframes as one stream of JPEG pictures. */
#include "base/alloc.h"
#include "base/error.h"
#include "media/font.h"
#include "media/image_file.h"
#include "pipeline/canvas.h"
#include "pipeline/overlay.h"
#include "pipeline/writer.h"

#include <stdlib.h>

typedef struct stream {
    sfd_overlay *overlay; /* of one keyframe at a time */
    sfd_font *font;
} stream;

static void release(void *own)
{
    stream *s = own;
    sfd_overlay_free(s->overlay);
    sfd_font_close(s->font);
    free(s);
}

static sfd_status draw(const stream *s, const sfd_keyframe *k, sfd_picture *p, sfd_error *err)
{
    const sfd_mark_group *groups;
    size_t n_groups;
    sfd_overlay_clear(s->overlay);
    sfd_status status = sfd_overlay_add(s->overlay, k, err);
    if (status == SFD_OK)
        status = sfd_overlay_groups(s->overlay, &groups, &n_groups, err);
    if (status != SFD_OK || n_groups == 0)
        return status;
    const sfd_moment moment = {&groups[0], groups[0].timestamp_s, false};
    return sfd_overlay_draw(s->overlay, &moment, s->font, NULL, p, err);
}

static sfd_status add(sfd_writer *w, const sfd_keyframe *k, sfd_error *err)
{
    sfd_picture *p = NULL;
    if (!k->picture)
        return sfd_fail(err, SFD_ERR_ARG, "%s: the keyframe comes without its picture", w->path);
    sfd_status status = sfd_canvas_create(&p, k->picture, w->scale, err);
    if (status == SFD_OK)
        status = draw(w->own, k, p, err);
    if (status == SFD_OK && !sfd_image_put(sfd_outfile_stream(w->file), p, SFD_IMAGE_JPEG))
        status = sfd_fail_nomem(err, w->path);
    sfd_picture_unref(p);
    return status == SFD_OK ? sfd_outfile_flush(w->file, err) : status;
}

sfd_status sfd_writer_open_mjpeg(sfd_writer **out, const char *path, const sfd_labels *labels,
                                 double threshold, sfd_error *err)
{
    sfd_status status = sfd_writer_create(out, path, true, err);
    if (status != SFD_OK)
        return status;
    sfd_writer *w = *out;
    stream *own = sfd_calloc(1, sizeof *own);
    if (!own) {
        status = sfd_fail_nomem(err, path);
    } else {
        w->add = add;
        w->own = own;
        w->release = release;
        status = sfd_font_open(&own->font, NULL, err);
    }
    if (status == SFD_OK)
        status = sfd_overlay_create(&own->overlay, "", labels, threshold, err);
    if (status != SFD_OK) {
        sfd_writer_free(w);
        *out = NULL;
    }
    return status;
}
