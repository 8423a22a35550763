/* SPDX-License-Identifier: Apache-2.0 */
/* The name under which a video's boxes are listed. */
#include "base/alloc.h"

#include <sfdet/detect.h>
#include <string.h>

char *sfd_video_id(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    return sfd_strndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}
