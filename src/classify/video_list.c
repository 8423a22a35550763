/* SPDX-License-Identifier: Apache-2.0 */
/* Videos of a list, put together from its lines. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/name_table.h"
#include "base/video_file.h"
#include "classify/list.h"

#include <sfdet/classify.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A video while it grows. */
typedef struct growing {
    char *path;
    char **pictures;
    int *labels; /* rising, each once */
    size_t n_pictures, pictures_alloc, n_labels, labels_alloc;
    int64_t n_frames;
} growing;

struct sfd_video_list {
    growing *items;
    sfd_listed_video *videos; /* [n], what is lent */
    size_t n, n_alloc;
};

typedef struct maker {
    sfd_video_list *list;
    const char *folder;
    sfd_name_table names; /* of lists of frames */
} maker;

static bool add_label(growing *v, int label)
{
    size_t at = 0;
    while (at < v->n_labels && v->labels[at] < label)
        at++;
    if (at < v->n_labels && v->labels[at] == label)
        return true;
    if (!sfd_grow(&v->labels, &v->labels_alloc, v->n_labels, sizeof *v->labels))
        return false;
    memmove(v->labels + at + 1, v->labels + at, (v->n_labels - at) * sizeof *v->labels);
    v->labels[at] = label;
    v->n_labels++;
    return true;
}

static char *place(const char *folder, const char *path)
{
    char *out;
    if (!folder || *path == '/')
        return sfd_strdup(path);
    return asprintf(&out, "%s/%s", folder, path) < 0 ? NULL : out;
}

/* Takes the path over; false, with it freed, without memory. */
static bool add_video(sfd_video_list *l, char *path)
{
    if (path && sfd_grow(&l->items, &l->n_alloc, l->n, sizeof *l->items)) {
        l->items[l->n++] = (growing){.path = path};
        return true;
    }
    free(path);
    return false;
}

static bool add_picture(growing *v, char *path)
{
    if (path && sfd_grow(&v->pictures, &v->pictures_alloc, v->n_pictures, sizeof *v->pictures)) {
        v->pictures[v->n_pictures++] = path;
        return true;
    }
    free(path);
    return false;
}

static bool find_video(maker *m, const char *name, size_t *i)
{
    if (sfd_name_table_find(&m->names, name, i))
        return true;
    *i = m->list->n;
    return add_video(m->list, sfd_strdup(name)) &&
           sfd_name_table_add(&m->names, m->list->items[*i].path, *i);
}

static bool take_line(maker *m, const sfd_list_line *line)
{
    sfd_video_list *l = m->list;
    size_t i = l->n;
    bool ok =
        line->video ? find_video(m, line->video, &i) : add_video(l, place(m->folder, line->path));
    if (ok && line->video)
        ok = add_picture(&l->items[i], place(m->folder, line->path));
    if (ok)
        l->items[i].n_frames = line->n_frames;
    for (size_t k = 0; ok && k < line->n_labels; k++)
        ok = add_label(&l->items[i], line->labels[k]);
    return ok;
}

static sfd_status on_line(void *user, const sfd_list_line *line, sfd_error *err)
{
    return take_line(user, line) ? SFD_OK : sfd_fail_nomem(err, line->row->path);
}

static bool lend(sfd_video_list *l)
{
    l->videos = sfd_calloc(l->n, sizeof *l->videos);
    for (size_t i = 0; l->videos && i < l->n; i++) {
        const growing *v = &l->items[i];
        l->videos[i] = (sfd_listed_video){.path = v->path,
                                          .pictures = (const char *const *)v->pictures,
                                          .n_pictures = v->n_pictures,
                                          .labels = v->labels,
                                          .n_labels = v->n_labels,
                                          .n_frames = v->n_frames};
    }
    return l->videos != NULL;
}

sfd_status sfd_video_list_read(sfd_video_list **out, const char *path, const char *folder,
                               int n_classes, sfd_error *err)
{
    *out = NULL;
    maker m = {.list = sfd_calloc(1, sizeof *m.list), .folder = folder};
    if (!m.list)
        return sfd_fail_nomem(err, path);
    sfd_status status = sfd_list_read(path, n_classes, on_line, &m, err);
    sfd_name_table_free(&m.names);
    if (status == SFD_OK && m.list->n == 0)
        status = sfd_fail(err, SFD_ERR_MISMATCH, "%s: no video", path);
    if (status == SFD_OK && !lend(m.list))
        status = sfd_fail_nomem(err, path);
    if (status != SFD_OK) {
        sfd_video_list_free(m.list);
        return status;
    }
    *out = m.list;
    return SFD_OK;
}

void sfd_video_list_free(sfd_video_list *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->n; i++) {
        for (size_t k = 0; k < l->items[i].n_pictures; k++)
            free(l->items[i].pictures[k]);
        free(l->items[i].pictures);
        free(l->items[i].labels);
        free(l->items[i].path);
    }
    free(l->items);
    free(l->videos);
    free(l);
}

size_t sfd_video_list_count(const sfd_video_list *l)
{
    return l->n;
}

const sfd_listed_video *sfd_video_list_get(const sfd_video_list *l, size_t i)
{
    return &l->videos[i];
}

static bool exists(const char *path, sfd_error *err)
{
    if (strcmp(path, "-") == 0 || sfd_is_picture_path(path) || access(path, R_OK) == 0)
        return true;
    sfd_fail(err, SFD_ERR_IO, "%s: cannot open: %s", path, sfd_open_reason(path));
    return false;
}

bool sfd_listed_video_exists(const sfd_listed_video *v, sfd_error *err)
{
    if (!v->pictures)
        return exists(v->path, err);
    for (size_t i = 0; i < v->n_pictures; i++)
        if (!exists(v->pictures[i], err))
            return false;
    return true;
}
