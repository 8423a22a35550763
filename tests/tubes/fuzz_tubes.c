/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes as a truth in tubes and as detections, linked in every way. */
#include "support/memory_file.h"

#include <sfdet/eval_tubes.h>

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(double share)
{
    if (!isnan(share) && !(share >= 0 && share <= 1 + 1e-9))
        abort();
}

static void score(const char *truth, const char *detections, size_t n)
{
    sfd_eval_tube_settings s;
    sfd_eval_tube_result r;
    sfd_eval_tube_settings_defaults(&s);
    s.min_frames = 2;
    s.best_label = n % 2;
    s.fps = n % 5 ? 0 : 25;
    for (int how = 0; how < 3; how++) {
        s.linking = (sfd_tube_linking)how;
        if (sfd_eval_tube_files(&r, truth, detections, &s, NULL) != SFD_OK)
            continue;
        check(r.frame_map);
        for (int m = 0; m < SFD_TUBES_N_IOUS; m++)
            check(r.video_map[m]);
        sfd_eval_tube_result_free(&r);
    }
}

/* The last line that begins with '#' begins the detections; a pickle ends before it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char truth[32], detections[32];
    const uint8_t *at = n > 4 ? data + n / 2 : data;
    for (size_t i = 0; i + 1 < n; i++)
        if (data[i] == '\n' && data[i + 1] == '#')
            at = data + i + 2;
    const int t = memory_file(truth, data, n);
    const int d = memory_file(detections, at, n - (size_t)(at - data));
    score(truth, detections, n);
    close(t);
    close(d);
    return 0;
}
