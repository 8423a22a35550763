/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes, weights or a list may lie in the folder, and be called as a result is. */
#include "dataset/inputs.h"

#include "base/alloc.h"
#include "base/error.h"
#include "dataset/sources.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct input {
    const char *path;
    dev_t device;
    ino_t inode;
} input;

typedef struct input_list {
    input *items;
    size_t n, n_alloc;
} input_list;

/* Pipes and what is not there cannot be lost. */
static bool add(input_list *l, const char *path)
{
    struct stat st;
    if (!path || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return true;
    if (!sfd_grow(&l->items, &l->n_alloc, l->n, sizeof *l->items))
        return false;
    l->items[l->n++] = (input){path, st.st_dev, st.st_ino};
    return true;
}

static bool list_inputs(input_list *l, const sfd_dataset *d)
{
    bool ok = true;
    for (size_t i = 0; ok && i < d->s.n_files; i++)
        ok = add(l, d->s.files[i]);
    for (size_t i = 0; ok && sfd_model_file(d->s.model, i); i++)
        ok = add(l, sfd_model_file(d->s.model, i));
    for (size_t i = 0; ok && sfd_sources_list(d->videos, i); i++)
        ok = add(l, sfd_sources_list(d->videos, i));
    return ok;
}

/* The input that an entry is, under whatever name and behind whatever link. The numbers that
 * readdir tells are not those of files on every file system. */
static const input *find(const input_list *l, int folder, const struct dirent *e)
{
    struct stat st;
    if (l->n == 0 || fstatat(folder, e->d_name, &st, 0) != 0)
        return NULL;
    for (size_t i = 0; i < l->n; i++)
        if (st.st_dev == l->items[i].device && st.st_ino == l->items[i].inode)
            return &l->items[i];
    return NULL;
}

/* Whether a result that is written, or a journal, is called so. */
static sfd_status is_result(const sfd_dataset *d, const char *name, bool *is, sfd_error *err)
{
    const bool written[SFD_PART_FILES] = {[SFD_PART_CSV] = true,
                                          [SFD_PART_JSON] = d->s.json,
                                          [SFD_PART_TRACKS] = d->s.tracks,
                                          [SFD_PART_FEATURES] = d->s.features,
                                          [SFD_PART_FEATURES_NPZ] = d->s.features_npz};
    *is = false;
    for (size_t i = 0; i < d->n_own && !*is; i++)
        for (int k = 0; k <= SFD_PART_FILES && !*is; k++) {
            const char *suffix = k < SFD_PART_FILES ? sfd_part_suffixes[k] : ".journal";
            if (k < SFD_PART_FILES && !written[k])
                continue;
            char *path = sfd_part_path(d->folder, &d->set, &d->set.parts[d->own[i].index], suffix);
            if (!path)
                return sfd_fail_nomem(err, d->folder);
            *is = strcmp(strrchr(path, '/') + 1, name) == 0;
            free(path);
        }
    return SFD_OK;
}

static sfd_status look_through(const sfd_dataset *d, const input_list *l, DIR *dir, sfd_error *err)
{
    sfd_status status = SFD_OK;
    struct dirent *e;
    while (status == SFD_OK && (e = readdir(dir))) {
        const input *in = find(l, dirfd(dir), e);
        bool is = false;
        if (in)
            status = is_result(d, e->d_name, &is, err);
        if (is)
            status = sfd_fail(err, SFD_ERR_ARG, "%s/%s: would overwrite the input %s", d->folder,
                              e->d_name, in->path);
    }
    return status;
}

sfd_status sfd_dataset_spare_inputs(const sfd_dataset *d, sfd_error *err)
{
    input_list l = {0};
    DIR *dir = opendir(d->folder);
    sfd_status status = SFD_OK;
    if (!dir && errno == ENOMEM)
        return sfd_fail_nomem(err, d->folder);
    if (dir)
        status =
            list_inputs(&l, d) ? look_through(d, &l, dir, err) : sfd_fail_nomem(err, d->folder);
    if (dir)
        closedir(dir);
    free(l.items);
    return status;
}

sfd_status sfd_spare_folder(const char *folder, const char *path, sfd_error *err)
{
    input_list l = {0};
    DIR *dir = opendir(folder);
    sfd_status status = dir || errno != ENOMEM ? SFD_OK : sfd_fail_nomem(err, folder);
    if (dir && !add(&l, path))
        status = sfd_fail_nomem(err, folder);
    for (struct dirent *e; dir && status == SFD_OK && l.n > 0 && (e = readdir(dir));)
        if (find(&l, dirfd(dir), e))
            status = sfd_fail(err, SFD_ERR_ARG, "%s: would overwrite the input %s/%s", path, folder,
                              e->d_name);
    if (dir)
        closedir(dir);
    free(l.items);
    return status;
}
