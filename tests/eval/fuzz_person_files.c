/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes as the truth and the result of sfeval --boxes and --tracks. */
#include <sfdet/eval_persons.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void write_file(const char *path, const uint8_t *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, n, f) != n || fclose(f) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static char folder[] = "/tmp/sfdet-fuzz-XXXXXX";
    static bool made;
    sfd_eval_box_result boxes;
    sfd_eval_track_result tracks;
    size_t n_left_out;
    char truth[64], result[64];
    if (n == 0 || (!made && !mkdtemp(folder)))
        return 0;
    made = true;
    const size_t half = n / 2;
    snprintf(truth, sizeof truth, "%s/truth", folder);
    snprintf(result, sizeof result, "%s/result", folder);
    write_file(truth, data + 1, n - 1);
    write_file(result, n % 3 ? data + 1 : data + half, n % 3 ? n - 1 : n - half);
    sfd_eval_box_files(&boxes, &n_left_out, truth, result, NULL, NULL);
    sfd_eval_track_files(&tracks, &n_left_out, truth, result, 0.5, NULL, NULL);
    unlink(truth);
    unlink(result);
    return 0;
}
