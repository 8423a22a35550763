/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes as a proposals file of a format that is found out: JSON, pickles, csv. */
#include "boxes/proposals.h"
#include "support/memory_file.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(const sfd_proposed_video *v)
{
    for (size_t k = 0; k < v->n_keyframes; k++)
        for (size_t i = 0; i < v->keyframes[k].n_boxes; i++) {
            const sfd_proposed_box *b = &v->keyframes[k].boxes[i];
            if (!(b->score >= 0 && b->score <= 1) || !(b->box.x1 <= b->box.x2) ||
                !(b->box.y1 >= -0.01 && b->box.y2 <= 1.01))
                abort();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const ids[] = {"vid", "clip"};
    char path[32];
    sfd_proposals_settings settings;
    sfd_proposals *p;
    sfd_proposed_video v;
    const int fd = memory_file(path, data, n);
    sfd_proposals_settings_defaults(&settings);
    settings.box_threshold = 0;
    settings.frame_fps = n % 2 ? 30 : 0;
    if (sfd_proposals_read(&p, path, ids, 2, &settings, NULL) == SFD_OK) {
        for (size_t i = 0; i < 2; i++)
            if (sfd_proposals_find(&v, p, ids[i], NULL) == SFD_OK)
                check(&v);
        sfd_proposals_free(p);
    }
    close(fd);
    return 0;
}
