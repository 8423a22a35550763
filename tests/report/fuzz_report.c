/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes as detections, as a truth and as a course of training, all on a page. */
#include "support/memory_file.h"

#include <sfdet/report.h>

#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void write_page(sfd_report *r, const char *detections, const char *truth)
{
    sfd_report_add_run(r, "a", NULL);
    sfd_report_read_detections(r, detections, NULL);
    sfd_report_add_run(r, "b", NULL);
    sfd_report_read_detections(r, detections, NULL);
    if (sfd_report_read_training(r, "t", detections, NULL) != SFD_OK ||
        sfd_report_read_truth(r, truth, NULL) != SFD_OK)
        sfd_report_read_exclusions(r, truth, NULL);
    sfd_report_write(r, "/dev/null", NULL);
}

/* The last '#' at the beginning of a line begins the truth. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char detections[32], truth[32];
    size_t at = n;
    sfd_report *r;
    for (size_t i = 0; i + 1 < n; i++)
        if (data[i] == '\n' && data[i + 1] == '#')
            at = i + 2;
    const int d = memory_file(detections, data, at < n ? at - 1 : n);
    const int t = memory_file(truth, data + at, n - at);
    if (sfd_report_create(&r, NULL, NULL) == SFD_OK)
        write_page(r, detections, truth);
    sfd_report_free(r);
    close(d);
    close(t);
    return 0;
}
