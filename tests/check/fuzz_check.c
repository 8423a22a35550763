/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as ground truth and as a detector's boxes: checked, counted, repaired. */
#include "support/memory_file.h"

#include <sfdet/check.h>

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static void look_at_all(const sfd_check *c)
{
    sfd_check_facts facts;
    sfd_check_get_facts(c, &facts);
    for (size_t i = 0; i < sfd_check_count(c); i++) {
        sfd_check_finding f;
        sfd_check_get(c, i, &f);
        if (!f.text || !f.cure || !f.kind || f.n == 0)
            abort();
    }
    for (size_t i = 0; i < facts.n_classes; i++) {
        sfd_check_class k;
        sfd_check_get_class(c, i, &k);
        if (k.n_videos > k.n_labels || k.n_labels > facts.n_labels)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    char path[32];
    sfd_check *c;
    sfd_check_settings s;
    const int fd = memory_file(path, data, n_bytes);
    sfd_check_settings_defaults(&s);
    s.truth = path;
    s.proposals = path;
    s.val_truth = path;
    s.exclude = path;
    s.labels = n_bytes % 2 ? "ava-60" : NULL;
    s.videos = n_bytes % 4 < 2 ? "/proc/self/task" : NULL;
    if (sfd_check_run(&c, &s, NULL) == SFD_OK) {
        look_at_all(c);
        sfd_check_fix(c, "/dev/null", NULL, NULL);
        sfd_check_free(c);
    }
    close(fd);
    return 0;
}
