/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures of a folder. */
#include "media/picture_list.h"

#include "base/alloc.h"
#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_picture(const char *name)
{
    static const char *const extensions[] = {".jpg",  ".jpeg", ".png", ".bmp",
                                             ".webp", ".tif",  ".tiff"};
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name)
        return false;
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (strcasecmp(dot, extensions[i]) == 0)
            return true;
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

static sfd_status add(sfd_picture_list *l, const char *folder, const char *name, sfd_error *err)
{
    char *path;
    if (!sfd_grow(&l->paths, &l->n_alloc, l->n, sizeof *l->paths) ||
        asprintf(&path, "%s/%s", folder, name) < 0)
        return sfd_fail_nomem(err, folder);
    l->paths[l->n++] = path;
    return SFD_OK;
}

sfd_status sfd_picture_list_read(sfd_picture_list *l, const char *folder, sfd_error *err)
{
    *l = (sfd_picture_list){0};
    DIR *dir = opendir(folder);
    if (!dir)
        return sfd_fail_errno(err, folder, "open");
    sfd_status status = SFD_OK;
    const struct dirent *entry;
    for (errno = 0; status == SFD_OK && (entry = readdir(dir)) != NULL; errno = 0)
        if (is_picture(entry->d_name))
            status = add(l, folder, entry->d_name, err);
    if (status == SFD_OK && errno != 0)
        status = sfd_fail_errno(err, folder, "read");
    closedir(dir);
    if (status == SFD_OK && l->n == 0)
        status = sfd_fail(err, SFD_ERR_FORMAT, "%s: a folder without pictures", folder);
    if (l->n > 0)
        qsort(l->paths, l->n, sizeof *l->paths, by_name);
    return status;
}

void sfd_picture_list_free(sfd_picture_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->paths[i]);
    free(l->paths);
    *l = (sfd_picture_list){0};
}
