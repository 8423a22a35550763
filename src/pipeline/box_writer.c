/* SPDX-License-Identifier: Apache-2.0 */
/* Person boxes as AVA's proposals. */
#include "pipeline/box_writer.h"

#include "base/alloc.h"
#include "base/csv_write.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/outfile.h"

#include <stdlib.h>

struct sfd_box_writer {
    sfd_outfile *file;
};

/* Boxes that rounding leaves without an area are nobody's. */
void sfd_write_box_rows(FILE *f, const sfd_found_keyframe *k)
{
    char time[SFD_DECIMAL_CHARS], corner[4][SFD_DECIMAL_CHARS], score[SFD_DECIMAL_CHARS];
    for (size_t i = 0; i < k->n_persons; i++) {
        const sfd_box_px *b = &k->persons[i].box;
        const double corners[4] = {(double)b->x1 / k->width, (double)b->y1 / k->height,
                                   (double)b->x2 / k->width, (double)b->y2 / k->height};
        if (!(corners[2] - corners[0] > 1e-6) || !(corners[3] - corners[1] > 1e-6))
            continue;
        for (int c = 0; c < 4; c++)
            sfd_format_fixed6(corner[c], corners[c]);
        sfd_csv_write_text(f, k->video_id);
        fprintf(f, ",%s,%s,%s,%s,%s,,%s\n", sfd_format_short(time, k->timestamp_s), corner[0],
                corner[1], corner[2], corner[3],
                sfd_format_fixed6(score, (double)k->persons[i].score));
    }
}

sfd_status sfd_box_writer_open_csv(sfd_box_writer **out, const char *path, sfd_error *err)
{
    *out = sfd_calloc(1, sizeof **out);
    if (!*out)
        return sfd_fail_nomem(err, path);
    sfd_status status = sfd_outfile_open(&(*out)->file, path, err);
    if (status != SFD_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

sfd_status sfd_box_writer_add(sfd_box_writer *w, const sfd_found_keyframe *k, sfd_error *err)
{
    sfd_write_box_rows(sfd_outfile_stream(w->file), k);
    return sfd_outfile_flush(w->file, err);
}

sfd_status sfd_box_writer_commit(sfd_box_writer *w, sfd_error *err)
{
    sfd_status status = sfd_outfile_commit(w->file, err);
    free(w);
    return status;
}

void sfd_box_writer_discard(sfd_box_writer *w)
{
    if (!w)
        return;
    sfd_outfile_discard(w->file);
    free(w);
}
