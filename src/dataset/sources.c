/* SPDX-License-Identifier: Apache-2.0 */
/* Videos from files, folders and lists. */
#include "dataset/sources.h"
#include "base/alloc.h"
#include "base/csv.h"
#include "base/error.h"
#include "base/name_table.h"
#include "base/numbering.h"
#include "base/text.h"
#include "base/video_name.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_DEPTH    32 /* of folders in folders */
#define MAX_OFFSET_S 1e9

typedef struct video {
    char *path, *id;
    double offset_s;
} video;

struct sfd_sources {
    double offset_s; /* where nothing else is said */
    video *videos;
    size_t n, n_alloc;
    sfd_name_table ids; /* -> index */
    char **lists;
    size_t n_lists, n_lists_alloc;
};

sfd_status sfd_sources_create(sfd_sources **out, double timestamp_offset_s, sfd_error *err)
{
    *out = sfd_calloc(1, sizeof **out);
    if (!*out)
        return sfd_fail_nomem(err, "list of videos");
    (*out)->offset_s = timestamp_offset_s;
    return SFD_OK;
}

void sfd_sources_free(sfd_sources *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->n; i++) {
        free(l->videos[i].path);
        free(l->videos[i].id);
    }
    for (size_t i = 0; i < l->n_lists; i++)
        free(l->lists[i]);
    free(l->videos);
    free(l->lists);
    sfd_name_table_free(&l->ids);
    free(l);
}

size_t sfd_sources_count(const sfd_sources *l)
{
    return l->n;
}

void sfd_sources_get(const sfd_sources *l, size_t i, sfd_source_video *out)
{
    const video *v = &l->videos[i];
    *out = (sfd_source_video){.path = v->path, .id = v->id, .timestamp_offset_s = v->offset_s};
}

/* Boxes and results go by video id: two videos of one name could not be told apart. */
static sfd_status add(sfd_sources *l, const char *path, const char *id, double offset_s,
                      sfd_error *err)
{
    video v = {sfd_strdup(path), id ? sfd_strdup(id) : sfd_video_id(path), offset_s};
    size_t other;
    sfd_status status = SFD_OK;
    if (!v.path || !v.id || !sfd_grow(&l->videos, &l->n_alloc, l->n, sizeof v))
        status = sfd_fail_nomem(err, path);
    else if (sfd_name_table_find(&l->ids, v.id, &other))
        status = sfd_fail(err, SFD_ERR_ARG, "%s and %s have the same video id \"%s\"",
                          l->videos[other].path, path, v.id);
    else if (!sfd_name_table_add(&l->ids, v.id, l->n))
        status = sfd_fail_nomem(err, path);
    if (status == SFD_OK) {
        l->videos[l->n++] = v;
        return SFD_OK;
    }
    free(v.path);
    free(v.id);
    return status;
}

/* ------------------------------------------------------------------ folders */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

typedef struct name_list {
    char **names;
    size_t n, n_alloc;
} name_list;

static void free_names(name_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->names[i]);
    free(list->names);
}

/* Paths of all that is not hidden, sorted. */
static sfd_status list_folder(name_list *list, const char *folder, sfd_error *err)
{
    DIR *dir = opendir(folder);
    const size_t n = strlen(folder);
    const char *slash = n > 0 && folder[n - 1] == '/' ? "" : "/";
    sfd_status status = SFD_OK;
    struct dirent *entry;
    if (!dir)
        return sfd_fail_errno(err, folder, "open");
    while (status == SFD_OK && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        if (!sfd_grow(&list->names, &list->n_alloc, list->n, sizeof *list->names) ||
            asprintf(&list->names[list->n], "%s%s%s", folder, slash, entry->d_name) < 0)
            status = sfd_fail_nomem(err, folder);
        else
            list->n++;
    }
    closedir(dir);
    if (list->n > 0)
        qsort(list->names, list->n, sizeof *list->names, by_name);
    return status;
}

/* A folder of pictures holds neither videos nor folders. */
static bool has_pictures_alone(const name_list *list)
{
    struct stat st;
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (sfd_is_video_name(list->names[i]) ||
            (stat(list->names[i], &st) == 0 && S_ISDIR(st.st_mode)))
            return false;
        n += sfd_is_picture_name(list->names[i]);
    }
    return n > 0;
}

/* A link to a folder may lead back and is not followed; one to a file counts. */
static sfd_status add_folder(sfd_sources *l, const char *folder, bool pictures, int depth,
                             sfd_error *err)
{
    name_list list = {0};
    struct stat st, target;
    sfd_status status = list_folder(&list, folder, err);
    if (status == SFD_OK && pictures && has_pictures_alone(&list)) {
        free_names(&list);
        return add(l, folder, NULL, l->offset_s, err);
    }
    for (size_t i = 0; i < list.n && status == SFD_OK; i++) {
        const char *path = list.names[i];
        if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
            if (depth < MAX_DEPTH)
                status = add_folder(l, path, pictures, depth + 1, err);
        } else if (!pictures && sfd_is_video_name(path) && stat(path, &target) == 0 &&
                   S_ISREG(target.st_mode)) {
            status = add(l, path, NULL, l->offset_s, err);
        }
    }
    free_names(&list);
    return status;
}

sfd_status sfd_sources_add(sfd_sources *l, const char *path, sfd_error *err)
{
    struct stat st;
    const size_t n_before = l->n;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return add(l, path, NULL, l->offset_s, err);
    sfd_status status = add_folder(l, path, false, 0, err);
    if (status == SFD_OK && l->n == n_before)
        status = add_folder(l, path, true, 0, err);
    if (status == SFD_OK && l->n == n_before)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: no videos in this folder, and no folder of pictures", path);
    return status;
}

/* -------------------------------------------------------------------- lists */

#define MAX_COLUMNS 3

typedef struct columns {
    char *text[MAX_COLUMNS]; /* "" where it is missing */
    size_t n;                /* as written */
} columns;

/* A byte order mark and blanks around fields are no content, but within quotes. */
static char *trimmed(const sfd_csv_field *f, bool first_of_all)
{
    const char *text = f->text;
    size_t n = f->length;
    if (first_of_all && n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3, n -= 3;
    while (!f->quoted && n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    while (!f->quoted && n > 0 && (*text == ' ' || *text == '\t'))
        text++, n--;
    return sfd_strndup(text, n);
}

static void free_columns(columns *c)
{
    for (size_t i = 0; i < MAX_COLUMNS; i++)
        free(c->text[i]);
}

/* The only field of a row may be several with tabs between them. */
static size_t split_at_tabs(const sfd_csv_field *whole, sfd_csv_field fields[MAX_COLUMNS + 1])
{
    size_t n = 0;
    const char *at = whole->text, *end = whole->text + whole->length;
    for (bool more = true; more && n <= MAX_COLUMNS; n++) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        more = tab != NULL;
        fields[n] = (sfd_csv_field){at, (size_t)((more ? tab : end) - at), whole->quoted && n == 0};
        at = more ? tab + 1 : end;
    }
    return n;
}

static sfd_status read_columns(columns *c, const sfd_csv_row *row, sfd_error *err)
{
    sfd_csv_field split[MAX_COLUMNS + 1];
    const sfd_csv_field *fields = row->fields;
    *c = (columns){.n = row->n_fields};
    if (row->n_fields == 1) {
        c->n = split_at_tabs(row->fields, split);
        fields = split;
    }
    if (c->n > MAX_COLUMNS)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: line %llu: more than the 3 columns path,id,offset (a path with a "
                        "comma in it stands in quotes)",
                        row->path, (unsigned long long)row->line);
    for (size_t i = 0; i < MAX_COLUMNS; i++) {
        c->text[i] = i < c->n ? trimmed(&fields[i], row->line == 1 && i == 0) : sfd_strdup("");
        if (!c->text[i])
            return sfd_fail_nomem(err, row->path);
    }
    return SFD_OK;
}

static bool is_header(const sfd_csv_row *row, const columns *c)
{
    return row->line == 1 && strcmp(c->text[0], "path") == 0 && c->n > 1 &&
           strcmp(c->text[1], "id") == 0;
}

static sfd_status fail_line(const sfd_csv_row *row, sfd_status status, sfd_error *err)
{
    char message[sizeof err->message];
    if (!err || status == SFD_ERR_NOMEM)
        return status;
    memcpy(message, err->message, sizeof message);
    return sfd_fail(err, status, "%s: line %llu: %s", row->path, (unsigned long long)row->line,
                    message);
}

static sfd_status add_row(sfd_sources *l, const sfd_csv_row *row, const columns *c, sfd_error *err)
{
    double offset_s = l->offset_s;
    if (strlen(c->text[0]) == 0)
        return sfd_csv_fail(err, row, 0, "path", "the path of a video");
    if (*c->text[2] && !(sfd_parse_double(c->text[2], strlen(c->text[2]), &offset_s) &&
                         fabs(offset_s) <= MAX_OFFSET_S))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: line %llu, column 3 (offset): \"%s\" is not a time in seconds",
                        row->path, (unsigned long long)row->line, c->text[2]);
    const sfd_status status = add(l, c->text[0], *c->text[1] ? c->text[1] : NULL, offset_s, err);
    return status == SFD_OK ? SFD_OK : fail_line(row, status, err);
}

static sfd_status take_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    sfd_sources *l = user;
    columns c = {0};
    if (row->n_fields == 0)
        return SFD_OK;
    for (size_t i = 0; i < row->n_fields; i++)
        if (memchr(row->fields[i].text, '\0', row->fields[i].length))
            return sfd_csv_fail(err, row, i, "path", "text");
    sfd_status status = read_columns(&c, row, err);
    const bool blank = status == SFD_OK && c.n == 1 && !*c.text[0];
    if (status == SFD_OK && !blank && !is_header(row, &c))
        status = add_row(l, row, &c, err);
    free_columns(&c);
    return status;
}

const char *sfd_sources_list(const sfd_sources *l, size_t i)
{
    return i < l->n_lists ? l->lists[i] : NULL;
}

static sfd_status note_list(sfd_sources *l, const char *path, sfd_error *err)
{
    if (!sfd_grow(&l->lists, &l->n_lists_alloc, l->n_lists, sizeof *l->lists) ||
        !(l->lists[l->n_lists] = sfd_strdup(path)))
        return sfd_fail_nomem(err, path);
    l->n_lists++;
    return SFD_OK;
}

sfd_status sfd_sources_read(sfd_sources *l, const char *path, sfd_error *err)
{
    const size_t n_before = l->n;
    sfd_status status = note_list(l, path, err);
    if (status == SFD_OK)
        status = sfd_csv_read(path, take_row, l, err);
    if (status == SFD_OK && l->n == n_before)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: no videos in this list",
                        strcmp(path, "-") == 0 ? "stdin" : path);
    return status;
}
