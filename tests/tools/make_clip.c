/* SPDX-License-Identifier: Apache-2.0 */
/* make_clip OUT.mp4 WIDTH HEIGHT FRAMES FPS: a test video for the shell tests. */
#include "support/test_clip.h"

#include <sfdet/codecs.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    sfd_error err;
    if (argc != 6)
        return 2;
    sfd_quiet_codecs();
    if (write_test_clip(argv[1], atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), atoi(argv[5]),
                        &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    return 0;
}
