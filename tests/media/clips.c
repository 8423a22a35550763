/* SPDX-License-Identifier: Apache-2.0 */
/* Clips made by the ffmpeg program. */
#include "clips.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FFMPEG "ffmpeg -nostdin -v quiet -y -threads 1"

static char directory[64];

bool clips_begin(void)
{
    if (system("ffmpeg -version >/dev/null 2>&1") != 0) {
        fprintf(stderr, "the ffmpeg program is not installed: nothing to compare with\n");
        return false;
    }
    strcpy(directory, "/tmp/sfdet-clips-XXXXXX");
    return mkdtemp(directory) && chdir(directory) == 0;
}

void clips_end(void)
{
    char command[128];
    if (!*directory || chdir("/") != 0)
        return;
    snprintf(command, sizeof command, "rm -r %s", directory);
    if (system(command) != 0)
        fprintf(stderr, "%s: not removed\n", directory);
}

bool clips_make(const char *file, const char *arguments)
{
    char command[1024];
    int n = snprintf(command, sizeof command, FFMPEG " %s %s", arguments, file);
    return n > 0 && (size_t)n < sizeof command && system(command) == 0;
}

FILE *clips_reference(const char *file, int fps)
{
    char command[256];
    snprintf(command, sizeof command,
             "ffmpeg -nostdin -v quiet -i %s -vf fps=%d -f rawvideo -pix_fmt rgb24 -", file, fps);
    return popen(command, "r");
}
