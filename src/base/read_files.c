/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a run reads, by device and inode. */
#include "base/read_files.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ID_CHARS 48 /* two numbers of 20 digits */

struct sfd_read_file {
    char id[ID_CHARS];
    char path[];
};

/* False for what is no regular file. */
static bool identify(char id[ID_CHARS], const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    snprintf(id, ID_CHARS, "%llu:%llu", (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino);
    return true;
}

sfd_status sfd_read_files_add(sfd_read_files *f, const char *path, sfd_error *err)
{
    char id[ID_CHARS];
    size_t at;
    if (!identify(id, path) || sfd_name_table_find(&f->places, id, &at))
        return SFD_OK;
    const size_t n = strlen(path) + 1;
    struct sfd_read_file *file = sfd_calloc(1, sizeof *file + n);
    if (!file || !sfd_grow(&f->items, &f->n_alloc, f->n, sizeof *f->items)) {
        free(file);
        return sfd_fail_nomem(err, path);
    }
    memcpy(file->id, id, sizeof id);
    memcpy(file->path, path, n);
    f->items[f->n++] = file;
    return sfd_name_table_add(&f->places, file->id, f->n - 1) ? SFD_OK : sfd_fail_nomem(err, path);
}

const char *sfd_read_files_path(const sfd_read_files *f, size_t i)
{
    return i < f->n ? f->items[i]->path : NULL;
}

sfd_status sfd_read_files_refuse(const sfd_read_files *f, const char *output, sfd_error *err)
{
    char id[ID_CHARS];
    size_t at;
    if (!identify(id, output) || !sfd_name_table_find(&f->places, id, &at))
        return SFD_OK;
    return sfd_fail(err, SFD_ERR_ARG, "%s: would overwrite the input %s", output,
                    f->items[at]->path);
}

void sfd_read_files_free(sfd_read_files *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->items[i]);
    free(f->items);
    sfd_name_table_free(&f->places);
    *f = (sfd_read_files){0};
}
