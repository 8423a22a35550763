/* SPDX-License-Identifier: Apache-2.0 */
/* Makes small videos for tests: shapes that move over a changing background. */
#include "support/test_clip.h"

#include "media/video_writer.h"

static void paint(sfd_picture *p, int frame)
{
    int box_x = frame * 3 % p->width, box_y = frame * 2 % p->height;
    int disc_x = p->width - 1 - frame * 2 % p->width, disc_y = p->height / 2;
    int radius = p->height / 5;
    for (int y = 0; y < p->height; y++) {
        for (int x = 0; x < p->width; x++) {
            uint8_t *rgb = p->rgb + (size_t)y * p->stride_bytes + 3 * (size_t)x;
            int dx = x - disc_x, dy = y - disc_y;
            bool in_box = x - box_x >= 0 && x - box_x < p->width / 4 && y - box_y >= 0 &&
                          y - box_y < p->height / 3;
            bool in_disc = dx * dx + dy * dy < radius * radius;
            rgb[0] = (uint8_t)(in_box ? 220 : 40 + 120 * x / p->width);
            rgb[1] = (uint8_t)(in_disc ? 200 : 60 + 100 * y / p->height);
            rgb[2] = (uint8_t)(frame * 5 % 200 + (in_box && in_disc ? 50 : 0));
        }
    }
}

sfd_status write_test_clip(const char *path, int width, int height, int n_frames, int fps,
                           sfd_error *err)
{
    sfd_video_writer *w;
    sfd_picture *p = NULL;
    sfd_status status = sfd_video_writer_open(
        &w, path, &(sfd_video_format){.width = width, .height = height, .fps = fps}, err);
    if (status != SFD_OK)
        return status;
    status = sfd_picture_create(&p, width, height, err);
    for (int i = 0; i < n_frames && status == SFD_OK; i++) {
        paint(p, i);
        status = sfd_video_writer_add(w, p, err);
    }
    sfd_picture_unref(p);
    if (status == SFD_OK)
        return sfd_video_writer_close(w, err);
    sfd_video_writer_discard(w);
    return status;
}
