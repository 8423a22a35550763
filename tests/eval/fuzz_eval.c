/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as truth and detections, read and scored under every dialect. The first byte 0x01
 * separates the two files. */
#include "support/memory_file.h"

#include <sfdet/eval.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void ignore(void *user, const char *message)
{
    (void)user;
    (void)message;
}

static void score(const sfd_eval *e, const sfd_eval_detections *d)
{
    const double ious[] = {0.5, 0.75};
    double recalls[2];
    size_t n_found;
    sfd_eval_result r[2];
    sfd_eval_counts c;
    sfd_eval_errors x;
    if (sfd_eval_score(r, e, d, ious, 2, NULL) == SFD_OK) {
        if (r[0].map < 0 || r[0].map > 1 + 1e-12)
            abort();
        sfd_eval_result_free(&r[0]);
        sfd_eval_result_free(&r[1]);
    }
    if (sfd_eval_count_detections(&c, e, d, NULL) == SFD_OK &&
        c.n_rows != c.n_frame_only + c.n_off_list + c.n_excluded + c.n_unknown + c.n_over_limit +
                        c.n_no_area + c.n_used)
        abort();
    if (sfd_eval_analyse(&x, e, d, 0.5, 0.25, NULL) == SFD_OK)
        sfd_eval_errors_free(&x);
    if (sfd_eval_box_recall(recalls, e, d, ious, 2, NULL) != SFD_OK ||
        sfd_eval_check(&n_found, e, d, ignore, NULL, NULL) != SFD_OK)
        abort();
}

static void run(sfd_eval_dialect dialect, bool python_O, const char *gt, const char *det)
{
    sfd_eval *e;
    sfd_eval_detections *d = NULL;
    sfd_eval_settings s = {
        .struct_size = sizeof s, .labels = SFD_AVA_60, .dialect = dialect, .python_O = python_O};
    sfd_error err;
    if (sfd_eval_create(&e, &s, &err) != SFD_OK)
        abort();
    if (sfd_eval_exclude(e, "v1", 905, &err) == SFD_OK &&
        sfd_eval_read_truth(e, gt, &err) == SFD_OK &&
        sfd_eval_read_detections(&d, e, det, &err) == SFD_OK)
        score(e, d);
    sfd_eval_detections_free(d);
    sfd_eval_free(e);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0)
        return 0;
    const unsigned char *cut = memchr(data, 1, size);
    size_t n_gt = cut ? (size_t)(cut - data) : size;
    char gt[32], det[32];
    int gt_fd = memory_file(gt, data, n_gt);
    int det_fd = memory_file(det, cut ? cut + 1 : data, cut ? size - n_gt - 1 : size);
    for (int dialect = 0; dialect < SFD_EVAL_N_DIALECTS; dialect++)
        run((sfd_eval_dialect)dialect, size % 2, gt, det);
    close(gt_fd);
    close(det_fd);
    return 0;
}
