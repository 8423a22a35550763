/* SPDX-License-Identifier: Apache-2.0 */
/* The name under which a video's boxes are listed. */
#include "base/alloc.h"
#include "base/utf8.h"

#include <sfdet/detect.h>
#include <stdlib.h>
#include <string.h>

char *sfd_video_id(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    char *bytes = sfd_strndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
    char *id = bytes ? sfd_utf8_copy(bytes) : NULL; /* as files spell it */
    free(bytes);
    return id;
}
