/* SPDX-License-Identifier: Apache-2.0 */
/* CVAT "for images": boxes of pictures, which are the keyframes of videos. */
#include "annotations/format.h"
#include "annotations/formats/cvat.h"
#include "annotations/sample.h"
#include "base/error.h"

#include <inttypes.h>

typedef struct images_writer {
    sfd_annotations *a;
    sfd_labelled_video *v;
    FILE *f;
    sfd_cvat_labels labels;
    int64_t next_id;
    sfd_person_samples samples;
    size_t at, at_frame; /* of samples, of frames seen */
} images_writer;

static sfd_status read(sfd_annotations *a, const sfd_annotation_input *in, sfd_error *err)
{
    return sfd_cvat_read(a, in->path, err);
}

static sfd_status put_box(const images_writer *w, const sfd_person_box *b, sfd_error *err)
{
    double corner[4];
    sfd_status status = sfd_set_corners(w->v, b, SFD_UNIT_PIXELS, corner, err);
    if (status != SFD_OK)
        return status;
    sfd_format_drop_scores(w->a, b);
    if (b->has_person_id)
        sfd_tally_add(&w->a->tally, "ids of persons left out: pictures have none", NULL);
    fprintf(w->f, "    <box label=\"person\" occluded=\"%d\"", b->occluded);
    sfd_cvat_put_corners(w->f, corner);
    fputs(">\n", w->f);
    sfd_cvat_put_attributes(w->f, &w->labels, b);
    fputs("    </box>\n", w->f);
    return SFD_OK;
}

/* The next picture: a frame that was seen, or that has boxes, or both. */
static sfd_status put_image(images_writer *w, sfd_error *err)
{
    const sfd_seen_frame *seen =
        w->at_frame < w->samples.n_frames ? &w->samples.frames[w->at_frame] : NULL;
    const sfd_person_box *b = w->at < w->samples.n ? &w->samples.boxes[w->at] : NULL;
    const double time_s = b && (!seen || b->time_s < seen->time_s) ? b->time_s : seen->time_s;
    const bool is_seen = seen && seen->time_s == time_s;
    const char *name =
        is_seen && seen->name ? seen->name : sfd_set_picture_name(w->a, w->v, time_s);
    sfd_status status = SFD_OK;
    if (!name)
        return sfd_fail_nomem(err, w->a->path);
    if (w->v->width == 0)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "video \"%s\": width and height of its pictures are needed", w->v->id);
    fprintf(w->f, "  <image id=\"%" PRId64 "\" name=\"", w->next_id++);
    sfd_xml_put(w->f, name);
    fprintf(w->f, "\" width=\"%d\" height=\"%d\">\n", w->v->width, w->v->height);
    for (; status == SFD_OK && w->at < w->samples.n && w->samples.boxes[w->at].time_s == time_s;
         w->at++)
        status = put_box(w, &w->samples.boxes[w->at], err);
    fputs("  </image>\n", w->f);
    w->at_frame += is_seen;
    return status;
}

static sfd_status put_video(images_writer *w, sfd_error *err)
{
    w->at = w->at_frame = 0;
    sfd_status status = sfd_sample_persons(&w->samples, w->a, w->v, SFD_KEYFRAMES, err);
    while (status == SFD_OK && (w->at < w->samples.n || w->at_frame < w->samples.n_frames))
        status = put_image(w, err);
    sfd_person_samples_free(&w->samples);
    return status;
}

static sfd_status write(sfd_annotations *a, FILE *f, sfd_error *err)
{
    images_writer w = {.a = a, .f = f};
    sfd_status status = sfd_cvat_labels_make(&w.labels, a, err);
    if (status != SFD_OK)
        return status;
    sfd_cvat_put_head(f, &w.labels, "annotation", NULL, 0);
    for (size_t k = 0; status == SFD_OK && k < a->n_videos; k++) {
        w.v = a->videos[k];
        status = put_video(&w, err);
    }
    fputs("</annotations>\n", f);
    sfd_cvat_labels_free(&w.labels);
    return status;
}

const sfd_format sfd_format_cvat_images = {
    .info = {.name = "cvat-images",
             .extension = "",
             .summary = "CVAT's XML 1.1 \"for images\", keyframes as pictures",
             .reads = true,
             .writes = true},
    .read = read,
    .write = write,
};
