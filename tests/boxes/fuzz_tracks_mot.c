/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes as a MOT file, which is then written and made into keyframes. */
#include "boxes/proposals.h"
#include "support/memory_file.h"

#include <sfdet/tracks.h>

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void use(const sfd_tracks *t, const sfd_mot_settings *s)
{
    sfd_proposals *p;
    for (size_t i = 0; i < sfd_tracks_count(t); i++) {
        sfd_track_info info;
        sfd_track_box b;
        sfd_tracks_get(t, i, &info);
        if (!sfd_tracks_place(t, i, info.boxes->timestamp_s, &b) || b.box.x1 != info.boxes->box.x1)
            abort();
    }
    if (sfd_tracks_write_mot(t, "/dev/null", s, NULL) != SFD_OK)
        abort();
    if (sfd_proposals_from_tracks(&p, t, "clip", 1, 0, NULL) == SFD_OK)
        sfd_proposals_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char path[32];
    sfd_mot_settings s;
    sfd_tracks *t;
    const int fd = memory_file(path, data, n);
    sfd_mot_settings_defaults(&s);
    s.width = 640;
    s.height = 360;
    sfd_is_mot_file(path);
    if (sfd_tracks_read_mot(&t, path, &s, NULL) == SFD_OK) {
        use(t, &s);
        sfd_tracks_free(t);
    }
    close(fd);
    return 0;
}
