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

static sfd_status put_image(images_writer *w, const sfd_person_samples *s,
                            const sfd_sampled_picture *p, sfd_error *err)
{
    const char *name = p->name ? p->name : sfd_set_picture_name(w->a, w->v, p->time_s);
    sfd_status status = SFD_OK;
    if (!name)
        return sfd_fail_nomem(err, w->a->path);
    if (w->v->width == 0)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "video \"%s\": width and height of its pictures are needed", w->v->id);
    fprintf(w->f, "  <image id=\"%" PRId64 "\" name=\"", w->next_id++);
    sfd_xml_put(w->f, name);
    fprintf(w->f, "\" width=\"%d\" height=\"%d\">\n", w->v->width, w->v->height);
    for (size_t i = 0; status == SFD_OK && i < p->n; i++)
        status = put_box(w, &s->boxes[p->first + i], err);
    fputs("  </image>\n", w->f);
    return status;
}

static sfd_status put_video(images_writer *w, sfd_error *err)
{
    sfd_person_samples s;
    sfd_sampled_picture p = {0};
    sfd_status status = sfd_sample_persons(&s, w->a, w->v, SFD_KEYFRAMES, err);
    while (status == SFD_OK && sfd_next_sampled_picture(&s, &p))
        status = put_image(w, &s, &p, err);
    sfd_person_samples_free(&s);
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
