/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for one file at a time, around a group of tests. To be included behind <cmocka.h>. */
#ifndef SFD_TESTS_SUPPORT_ONE_FILE_H
#define SFD_TESTS_SUPPORT_ONE_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/sfdet-test-XXXXXX";
static char path[64]; /* of the file */

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/out", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails when a temporary file was left behind */
}

#endif
