/* SPDX-License-Identifier: Apache-2.0 */
/* COCO's JSON: images are keyframes; in COCO-VID all frames in which somebody is, by number. */
#include "annotations/formats/coco.h"
#include "annotations/sample.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/json_fields.h"

#include <inttypes.h>
#include <string.h>

typedef struct coco_writer {
    sfd_annotations *a;
    FILE *f;
    bool vid;
    size_t n_images, n_annotations;
} coco_writer;

static void put_actions(const coco_writer *w)
{
    const sfd_label_list *l = &w->a->labels;
    fputs("{\"categories\":[{\"id\":1,\"name\":\"person\"}],\n\"actions\":[", w->f);
    for (size_t i = 0; i < l->n; i++) {
        fprintf(w->f, "%s{\"id\":%d", i > 0 ? ",\n" : "", l->items[i].id);
        if (l->items[i].name) {
            fputs(",\"name\":", w->f);
            sfd_json_put(w->f, l->items[i].name);
        }
        if (l->items[i].group) {
            fputs(",\"group\":", w->f);
            sfd_json_put(w->f, l->items[i].group);
        }
        fputc('}', w->f);
    }
    fputs("],\n", w->f);
}

/* Whether the box has a second action of the group: then it cannot be the attribute's value. */
static bool is_alone(const sfd_label_list *l, const sfd_person_box *b, size_t i)
{
    const char *group = l->items[b->done[i].label].group;
    for (size_t k = 0; k < b->n_done; k++) {
        const char *other = l->items[b->done[k].label].group;
        if (k != i && group && other && strcmp(group, other) == 0)
            return false;
    }
    return group != NULL;
}

static void put_attributes(const coco_writer *w, const sfd_person_box *b)
{
    const sfd_label_list *l = &w->a->labels;
    char name[SFD_LABEL_CHARS];
    fprintf(w->f, ",\"attributes\":{\"occluded\":%s,\"keyframe\":%s",
            b->occluded ? "true" : "false", b->interpolated ? "false" : "true");
    for (size_t i = 0; i < b->n_done; i++) {
        const sfd_action_label *label = &l->items[b->done[i].label];
        fputc(',', w->f);
        if (is_alone(l, b, i)) {
            sfd_json_put(w->f, label->group);
            fputc(':', w->f);
            sfd_json_put(w->f, label->name);
        } else {
            sfd_json_put(w->f, sfd_label_full_name(l, b->done[i].label, name));
            fputs(":true", w->f);
        }
        if (b->done[i].score != SFD_NO_SCORE)
            sfd_tally_add(&w->a->tally,
                          "scores of actions left out: the format has no place for them", NULL);
    }
    fputc('}', w->f);
}

static sfd_status put_annotation(coco_writer *w, const sfd_labelled_video *v,
                                 const sfd_person_box *b, size_t picture, sfd_error *err)
{
    double c[4];
    char text[5][SFD_DECIMAL_CHARS];
    sfd_status status = sfd_set_corners(v, b, SFD_UNIT_PIXELS, c, err);
    if (status != SFD_OK)
        return status;
    const double width = c[2] - c[0], height = c[3] - c[1];
    fprintf(w->f,
            "%s\n{\"id\":%zu,\"image_id\":%zu,\"category_id\":1,\"bbox\":[%s,%s,%s,%s],\"area\":%s,"
            "\"iscrowd\":0",
            w->n_annotations > 0 ? "," : "", w->n_annotations + 1, picture,
            sfd_format_decimal(text[0], c[0]), sfd_format_decimal(text[1], c[1]),
            sfd_format_decimal(text[2], width), sfd_format_decimal(text[3], height),
            sfd_format_decimal(text[4], width * height));
    if (b->score != SFD_NO_SCORE)
        fprintf(w->f, ",\"score\":%s", sfd_format_decimal(text[0], b->score));
    if (b->has_person_id)
        fprintf(w->f, ",\"%s\":%" PRId64, w->vid ? "instance_id" : "track_id", b->person_id);
    put_attributes(w, b);
    fputc('}', w->f);
    w->n_annotations++;
    return SFD_OK;
}

static sfd_status put_image(coco_writer *w, sfd_labelled_video *v, size_t video, double time_s,
                            const char *name, sfd_error *err)
{
    char text[SFD_DECIMAL_CHARS];
    if (!name && !(name = sfd_set_picture_name(w->a, v, time_s)))
        return sfd_fail_nomem(err, w->a->path);
    if (v->width == 0)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "video \"%s\": width and height of its pictures are needed", v->id);
    fprintf(w->f,
            "%s\n{\"id\":%zu,\"width\":%d,\"height\":%d,\"file_name\":", w->n_images > 1 ? "," : "",
            w->n_images, v->width, v->height);
    sfd_json_put(w->f, name);
    if (w->vid) {
        fprintf(w->f, ",\"video_id\":%zu,\"frame_id\":%" PRId64 "}", video + 1,
                sfd_set_frame_of(w->a, v, time_s));
        return SFD_OK;
    }
    fputs(",\"video\":", w->f);
    sfd_json_put(w->f, v->id);
    fprintf(w->f, ",\"timestamp\":%s}",
            sfd_format_decimal(text, time_s + w->a->settings.timestamp_offset_s));
    return SFD_OK;
}

/* All pictures of a video or, in a second walk that counts them again, what is in them. */
static sfd_status walk_video(coco_writer *w, size_t video, const sfd_person_samples *s, bool boxes,
                             sfd_error *err)
{
    sfd_labelled_video *v = w->a->videos[video];
    sfd_status status = SFD_OK;
    sfd_sampled_picture p = {0};
    while (status == SFD_OK && sfd_next_sampled_picture(s, &p)) {
        w->n_images++;
        if (!boxes)
            status = put_image(w, v, video, p.time_s, p.name, err);
        for (size_t i = 0; boxes && status == SFD_OK && i < p.n; i++)
            status = put_annotation(w, v, &s->boxes[p.first + i], w->n_images, err);
    }
    return status;
}

static sfd_status walk(coco_writer *w, bool boxes, sfd_error *err)
{
    sfd_status status = SFD_OK;
    w->n_images = 0;
    for (size_t k = 0; status == SFD_OK && k < w->a->n_videos; k++) {
        sfd_person_samples s;
        const sfd_tally before = w->a->tally;
        status =
            sfd_sample_persons(&s, w->a, w->a->videos[k], w->vid ? SFD_FRAMES : SFD_KEYFRAMES, err);
        if (boxes)
            w->a->tally = before; /* counted in the first walk */
        if (status == SFD_OK)
            status = walk_video(w, k, &s, boxes, err);
        sfd_person_samples_free(&s);
    }
    return status;
}

static void put_videos(const coco_writer *w)
{
    char text[SFD_DECIMAL_CHARS];
    fputs("\"videos\":[", w->f);
    for (size_t k = 0; k < w->a->n_videos; k++) {
        const sfd_labelled_video *v = w->a->videos[k];
        fprintf(w->f, "%s{\"id\":%zu,\"name\":", k > 0 ? ",\n" : "", k + 1);
        sfd_json_put(w->f, v->source ? v->source : v->id);
        if (v->width > 0)
            fprintf(w->f, ",\"width\":%d,\"height\":%d", v->width, v->height);
        if (v->fps > 0)
            fprintf(w->f, ",\"fps\":%s", sfd_format_decimal(text, v->fps));
        fputc('}', w->f);
    }
    fputs("],\n", w->f);
}

static sfd_status write(sfd_annotations *a, FILE *f, bool vid, sfd_error *err)
{
    coco_writer w = {.a = a, .f = f, .vid = vid};
    put_actions(&w);
    for (size_t k = 0; k < a->n_videos; k++)
        sfd_set_get_fps(a, a->videos[k]);
    if (vid)
        put_videos(&w);
    fputs("\"images\":[", f);
    sfd_status status = walk(&w, false, err);
    fputs("\n],\n\"annotations\":[", f);
    if (status == SFD_OK)
        status = walk(&w, true, err);
    fputs("\n]}\n", f);
    return status;
}

sfd_status sfd_coco_write(sfd_annotations *a, FILE *f, sfd_error *err)
{
    return write(a, f, false, err);
}

sfd_status sfd_coco_vid_write(sfd_annotations *a, FILE *f, sfd_error *err)
{
    return write(a, f, true, err);
}
