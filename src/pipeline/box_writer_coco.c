/* SPDX-License-Identifier: Apache-2.0 */
/* Person boxes as a data set in COCO's JSON: {"categories": [person], "annotations": [{"id",
 * "image_id", "category_id": 1, "bbox": [x, y, width, height] in pixels, "area", "iscrowd": 0,
 * "score"[, "track_id"]}, ...], "images": [{"id", "width", "height", "file_name":
 * "clip/clip_000031.jpg", "video": "clip", "timestamp": 1}, ...]}. Pictures are called as AVA's
 * frames, by their number on the timeline, from 1; those without persons are there as well. */
#include "base/error.h"
#include "base/utf8.h"
#include "pipeline/box_writer.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static void begin(sfd_box_writer *w)
{
    w->images = open_memstream(&w->images_text, &w->images_bytes);
    fputs("{\"categories\":[{\"id\":1,\"name\":\"person\"}],\n\"annotations\":[",
          sfd_outfile_stream(w->file));
}

static void add_box(sfd_box_writer *w, const sfd_found_person *p)
{
    FILE *f = sfd_outfile_stream(w->file);
    char pixels[4][SFD_DECIMAL_CHARS], area[SFD_DECIMAL_CHARS], score[SFD_DECIMAL_CHARS];
    const double width = (double)p->box.x2 - (double)p->box.x1;
    const double height = (double)p->box.y2 - (double)p->box.y1;
    sfd_format_pixels(pixels, &p->box);
    fprintf(f,
            "%s\n{\"id\":%zu,\"image_id\":%zu,\"category_id\":1,\"bbox\":[%s,%s,%s,%s],"
            "\"area\":%s,\"iscrowd\":0,\"score\":%s",
            w->n_boxes > 0 ? "," : "", w->n_boxes + 1, w->n_images, pixels[0], pixels[1], pixels[2],
            pixels[3], sfd_format_short(area, width * height),
            sfd_format_short(score, (double)p->score));
    if (p->person_id != 0)
        fprintf(f, ",\"track_id\":%lld", (long long)p->person_id);
    putc('}', f);
    w->n_boxes++;
}

/* A string with its quotes, to be freed with cJSON_free. */
static char *quoted(const char *text)
{
    cJSON *item = cJSON_CreateString(text);
    char *out = item ? cJSON_PrintUnformatted(item) : NULL;
    cJSON_Delete(item);
    return out;
}

static bool add_image(sfd_box_writer *w, const sfd_found_keyframe *k)
{
    char *id = sfd_utf8_copy(k->video_id), *name = NULL, *video = NULL, *file = NULL;
    char time[SFD_DECIMAL_CHARS];
    const size_t n = id ? 2 * strlen(id) + 40 : 0;
    bool ok = w->images && id && (name = malloc(n));
    if (ok) {
        snprintf(name, n, "%s/%s_%06lld.jpg", id, id, (long long)k->frame + 1);
        ok = (video = quoted(id)) && (file = quoted(name));
    }
    if (ok)
        fprintf(w->images,
                "%s\n{\"id\":%zu,\"width\":%d,\"height\":%d,\"file_name\":%s,\"video\":%s,"
                "\"timestamp\":%s}",
                w->n_images > 0 ? "," : "", w->n_images + 1, k->width, k->height, file, video,
                sfd_format_short(time, k->timestamp_s));
    cJSON_free(file);
    cJSON_free(video);
    free(name);
    free(id);
    return ok && !ferror(w->images);
}

static sfd_status add(sfd_box_writer *w, const sfd_found_keyframe *k, sfd_error *err)
{
    if (!add_image(w, k))
        return sfd_fail_nomem(err, k->video_id);
    w->n_images++;
    for (size_t i = 0; i < k->n_persons; i++)
        if (sfd_box_is_written(k, &k->persons[i].box))
            add_box(w, &k->persons[i]);
    return SFD_OK;
}

static sfd_status end(sfd_box_writer *w, sfd_error *err)
{
    if (!w->images || fflush(w->images) != 0)
        return sfd_fail_nomem(err, "COCO's list of pictures");
    fprintf(sfd_outfile_stream(w->file), "\n],\n\"images\":[%s\n]}\n", w->images_text);
    return SFD_OK;
}

const sfd_box_layout sfd_box_layout_coco = {.begin = begin, .add = add, .end = end};
