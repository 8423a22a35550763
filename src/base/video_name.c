/* SPDX-License-Identifier: Apache-2.0 */
/* Endings of containers. */
#include "base/video_name.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

bool sfd_is_video_name(const char *name)
{
    static const char *const endings[] = {"3gp", "asf", "avi",  "flv", "m2ts", "m4v",  "mkv",
                                          "mov", "mp4", "mpeg", "mpg", "mts",  "mxf",  "nut",
                                          "ogg", "ogv", "rm",   "ts",  "vob",  "webm", "wmv"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && dot > name && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot + 1, endings[i]) == 0)
            return true;
    return false;
}
