/* SPDX-License-Identifier: Apache-2.0 */
/* The name under which a video's boxes are listed. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "base/video_file.h"

#include <sfdet/detect.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Without slashes at its end; "." and the like by their own names. */
static char *folder_name(const char *path)
{
    char *whole = realpath(path, NULL);
    const char *slash = whole ? strrchr(whole, '/') : NULL;
    char *name = slash && slash[1] ? sfd_strdup(slash + 1) : sfd_strdup(path);
    free(whole);
    return name;
}

/* Of pictures: their folder's. */
static char *pictures_name(const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return folder_name(path);
    const char *slash = strrchr(path, '/');
    char *folder = slash ? sfd_strndup(path, (size_t)(slash - path) + 1) : sfd_strdup(".");
    char *name = folder ? folder_name(folder) : NULL;
    free(folder);
    return name;
}

static char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    return sfd_strndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

char *sfd_video_id(const char *path)
{
    char *bytes = sfd_is_picture_path(path) ? pictures_name(path) : file_name(path);
    char *id = bytes ? sfd_utf8_copy(bytes) : NULL; /* as files spell it */
    free(bytes);
    return id;
}
