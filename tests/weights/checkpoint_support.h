/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of checkpoints share. Include after cmocka.h. */
#ifndef SFD_TESTS_CHECKPOINT_SUPPORT_H
#define SFD_TESTS_CHECKPOINT_SUPPORT_H

#include "weights/open.h"
#include "weights/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the large golden files are, which the project does not carry. */
static inline const char *shared_path(const char *name, char path[512])
{
    const char *shared = getenv("SFD_SHARED");
    snprintf(path, 512, "%s/golden/checkpoints/%s", shared ? shared : "../../../shared", name);
    return access(path, R_OK) == 0 ? path : NULL;
}

static inline sfd_weights *open_or_fail(const char *path)
{
    sfd_weights *w;
    sfd_error err = {0};
    if (sfd_weights_open(&w, path, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return w;
}

/* A file to write to, for cmocka_run_group_tests: in memory where there is such a place, because it
 * is rewritten thousands of times. */
static char scratch[64];

static inline int make_scratch(void **state)
{
    (void)state;
    strcpy(scratch, "/dev/shm/sfd_checkpoint_XXXXXX");
    int fd = mkstemp(scratch);
    if (fd < 0) {
        strcpy(scratch, "/tmp/sfd_checkpoint_XXXXXX");
        fd = mkstemp(scratch);
    }
    return fd < 0 || close(fd) != 0;
}

static inline int remove_scratch(void **state)
{
    (void)state;
    return unlink(scratch);
}

#endif
