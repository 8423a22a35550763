/* SPDX-License-Identifier: Apache-2.0 */
/* Person boxes as AVA's proposals and as MOTChallenge's detections. */
#include "pipeline/box_writer.h"

#include "base/alloc.h"
#include "base/csv_write.h"
#include "base/decimal.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

void sfd_write_box_rows(FILE *f, const sfd_found_keyframe *k)
{
    char time[SFD_DECIMAL_CHARS], corner[4][SFD_DECIMAL_CHARS], score[SFD_DECIMAL_CHARS];
    for (size_t i = 0; i < k->n_persons; i++) {
        const sfd_box_px *b = &k->persons[i].box;
        const double corners[4] = {(double)b->x1 / k->width, (double)b->y1 / k->height,
                                   (double)b->x2 / k->width, (double)b->y2 / k->height};
        if (!sfd_box_is_written(k, b))
            continue;
        for (int c = 0; c < 4; c++)
            sfd_format_fixed6(corner[c], corners[c]);
        sfd_csv_write_text(f, k->video_id);
        fprintf(f, ",%s,%s,%s,%s,%s,,%s", sfd_format_short(time, k->timestamp_s), corner[0],
                corner[1], corner[2], corner[3],
                sfd_format_fixed6(score, (double)k->persons[i].score));
        if (k->persons[i].person_id != 0)
            fprintf(f, ",%lld", (long long)k->persons[i].person_id);
        putc('\n', f);
    }
}

/* A keyframe without people has a row of two columns, as AVA's: it was looked at. */
static sfd_status add_csv(sfd_box_writer *w, const sfd_found_keyframe *k, sfd_error *err)
{
    FILE *f = sfd_outfile_stream(w->file);
    char time[SFD_DECIMAL_CHARS];
    bool empty = true;
    (void)err;
    for (size_t i = 0; i < k->n_persons; i++)
        empty = empty && !sfd_box_is_written(k, &k->persons[i].box);
    sfd_write_box_rows(f, k);
    if (empty) {
        sfd_csv_write_text(f, k->video_id);
        fprintf(f, ",%s\n", sfd_format_short(time, k->timestamp_s));
    }
    return SFD_OK;
}

/* The timeline's frames, from 1; who is not followed has id -1. */
static sfd_status add_mot(sfd_box_writer *w, const sfd_found_keyframe *k, sfd_error *err)
{
    char text[4][SFD_DECIMAL_CHARS], score[SFD_DECIMAL_CHARS];
    (void)err;
    for (size_t i = 0; i < k->n_persons; i++) {
        const sfd_found_person *p = &k->persons[i];
        if (!sfd_box_is_written(k, &p->box))
            continue;
        sfd_format_pixels(text, &p->box);
        sfd_format_short(score, (double)p->score);
        fprintf(sfd_outfile_stream(w->file), "%lld,%lld,%s,%s,%s,%s,%s,-1,-1,-1\n",
                (long long)k->frame + 1, p->person_id ? (long long)p->person_id : -1, text[0],
                text[1], text[2], text[3], score);
    }
    return SFD_OK;
}

static const sfd_box_layout layout_csv = {.add = add_csv};
static const sfd_box_layout layout_mot = {.add = add_mot};

sfd_status sfd_box_writer_open(sfd_box_writer **out, const char *path, sfd_box_format format,
                               sfd_error *err)
{
    static const sfd_box_layout *const layouts[] = {
        [SFD_BOXES_CSV] = &layout_csv,
        [SFD_BOXES_COCO] = &sfd_box_layout_coco,
        [SFD_BOXES_MOT] = &layout_mot,
    };
    *out = NULL;
    if ((size_t)format >= sizeof layouts / sizeof *layouts)
        return sfd_fail(err, SFD_ERR_ARG, "%s: no format of boxes has number %d", path,
                        (int)format);
    sfd_box_writer *w = sfd_calloc(1, sizeof *w);
    if (!w)
        return sfd_fail_nomem(err, path);
    w->layout = layouts[format];
    sfd_status status = sfd_outfile_open(&w->file, path, err);
    if (status != SFD_OK) {
        free(w);
        return status;
    }
    if (w->layout->begin)
        w->layout->begin(w);
    *out = w;
    return SFD_OK;
}

sfd_status sfd_box_writer_add(sfd_box_writer *w, const sfd_found_keyframe *k, sfd_error *err)
{
    sfd_status status = w->layout->add(w, k, err);
    return status == SFD_OK ? sfd_outfile_flush(w->file, err) : status;
}

sfd_status sfd_box_writer_commit(sfd_box_writer *w, sfd_error *err)
{
    sfd_status status = w->layout->end ? w->layout->end(w, err) : SFD_OK;
    if (status == SFD_OK) {
        status = sfd_outfile_commit(w->file, err);
        w->file = NULL;
    }
    sfd_box_writer_discard(w);
    return status;
}

void sfd_box_writer_discard(sfd_box_writer *w)
{
    if (!w)
        return;
    sfd_outfile_discard(w->file);
    if (w->images)
        fclose(w->images);
    free(w->images_text);
    free(w);
}
