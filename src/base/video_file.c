/* SPDX-License-Identifier: Apache-2.0 */
/* Where a video lies. */
#include "base/video_file.h"

#include "base/alloc.h"
#include "base/numbering.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool sfd_is_picture_path(const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0)
        return S_ISDIR(st.st_mode);
    return sfd_is_numbering_pattern(path);
}

bool sfd_find_video_file(char *path, size_t size, const char *dir, const char *id)
{
    static const char *const endings[] = {".mp4", ".mkv", ".webm", ".avi", ".mov", ""};
    struct stat st;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const int n = snprintf(path, size, "%s/%s%s", dir, id, endings[i]);
        if (n > 0 && (size_t)n < size && access(path, R_OK) == 0 && stat(path, &st) == 0 &&
            !S_ISDIR(st.st_mode) == (*endings[i] != '\0'))
            return true;
    }
    return false;
}

static bool stamp_folder(const char *folder, int64_t *n_bytes, int64_t *time_s)
{
    struct stat st;
    DIR *dir = opendir(folder);
    if (!dir)
        return false;
    *n_bytes = *time_s = 0;
    for (struct dirent *e; (e = readdir(dir));)
        if (sfd_is_picture_name(e->d_name) && fstatat(dirfd(dir), e->d_name, &st, 0) == 0) {
            *n_bytes += (int64_t)st.st_size;
            *time_s = (int64_t)st.st_mtime > *time_s ? (int64_t)st.st_mtime : *time_s;
        }
    closedir(dir);
    return true;
}

bool sfd_video_stamp(const char *path, int64_t *n_bytes, int64_t *time_s)
{
    struct stat st;
    if (!sfd_is_picture_path(path)) {
        if (stat(path, &st) != 0)
            return false;
        *n_bytes = (int64_t)st.st_size;
        *time_s = (int64_t)st.st_mtime;
        return true;
    }
    if (!sfd_is_numbering_pattern(path))
        return stamp_folder(path, n_bytes, time_s);
    const char *slash = strrchr(path, '/');
    char *folder = slash ? sfd_strndup(path, (size_t)(slash - path) + 1) : sfd_strdup(".");
    const bool ok = folder && stamp_folder(folder, n_bytes, time_s);
    free(folder);
    return ok;
}
