/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of parts read as one set. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/name_table.h"
#include "base/outfile.h"
#include "dataset/inputs.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct found_part {
    char *paths[SFD_PART_FILES]; /* NULL where there is none */
    const char *folder;          /* it is complete in; NULL: in none */
    bool changed;                /* its files are not those that were written */
    int wrong;                   /* the first of these */
    bool foreign;                /* it is of another model or other options */
    char *failure;               /* why it failed */
} found_part;

struct sfd_parts {
    sfd_set_file set;
    found_part *found;     /* [set.n_parts] */
    sfd_name_table videos; /* -> first of its parts */
    char **folders;        /* [n_folders] */
    size_t n_folders;

    bool partial;
    void (*on_fault)(void *user, const char *message);
    void *user;
    size_t n_faults;
    sfd_error first;    /* fault */
    const char *folder; /* that is being read */
};

bool sfd_is_dataset(const char *path)
{
    char *set = NULL;
    if (asprintf(&set, "%s/set.jsonl", path) < 0)
        return false;
    const bool is = access(set, F_OK) == 0;
    free(set);
    return is;
}

void sfd_parts_free(sfd_parts *p)
{
    if (!p)
        return;
    for (size_t i = 0; p->found && i < p->set.n_parts; i++) {
        for (int k = 0; k < SFD_PART_FILES; k++)
            free(p->found[i].paths[k]);
        free(p->found[i].failure);
    }
    free(p->found);
    sfd_name_table_free(&p->videos);
    sfd_set_file_free(&p->set);
    for (size_t i = 0; p->folders && i < p->n_folders; i++)
        free(p->folders[i]);
    free(p->folders);
    free(p);
}

static SFD_PRINTF(2, 3) void fault(sfd_parts *p, const char *fmt, ...)
{
    sfd_error e;
    char text[sizeof e.message];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    sfd_fail(&e, SFD_ERR_MISMATCH, "%s", text);
    if (p->n_faults++ == 0)
        p->first = e;
    if (p->on_fault)
        p->on_fault(p->user, e.message);
}

/* ------------------------------------------------------------------- records */

/* Whether the files that the record tells of are there as they were written; sets their paths. */
static sfd_status check_files(sfd_parts *p, size_t i, const sfd_part_record *r, bool *whole,
                              sfd_error *err)
{
    found_part *f = &p->found[i];
    *whole = true;
    for (int k = 0; k < SFD_PART_FILES && *whole; k++) {
        f->wrong = k;
        char sum[SFD_SHA256_TEXT];
        if (!*r->sums[k])
            continue;
        free(f->paths[k]);
        f->paths[k] = sfd_part_path(p->folder, &p->set, &p->set.parts[i], sfd_part_suffixes[k]);
        if (!f->paths[k])
            return sfd_fail_nomem(err, p->folder);
        *whole = sfd_sha256_file(sum, f->paths[k], NULL) == SFD_OK && strcmp(sum, r->sums[k]) == 0;
    }
    return SFD_OK;
}

static sfd_status take_failed(sfd_parts *p, size_t i, const sfd_part_record *r, sfd_error *err)
{
    found_part *f = &p->found[i];
    bool whole;
    free(f->failure);
    f->failure = sfd_strdup(r->error ? r->error : "");
    if (!f->failure)
        return sfd_fail_nomem(err, p->folder);
    return f->folder ? SFD_OK : check_files(p, i, r, &whole, err);
}

static sfd_status take_done(sfd_parts *p, size_t i, const sfd_part_record *r, sfd_error *err)
{
    found_part *f = &p->found[i];
    char name[256];
    bool whole = true;
    if (f->folder == p->folder)
        return SFD_OK;
    if (f->folder) {
        sfd_part_text(name, sizeof name, &p->set, &p->set.parts[i]);
        fault(p, "%s: is in %s and in %s", name, f->folder, p->folder);
        return SFD_OK;
    }
    const sfd_status status = check_files(p, i, r, &whole, err);
    f->changed = !whole;
    if (whole)
        f->folder = p->folder;
    return status;
}

static sfd_status take_record(void *user, const sfd_part_record *r, sfd_error *err)
{
    sfd_parts *p = user;
    size_t i;
    if (!sfd_name_table_find(&p->videos, r->video, &i))
        return SFD_OK; /* once it was of the set; files that it left are strangers */
    for (size_t video = p->set.parts[i].video; i < p->set.n_parts; i++) {
        const sfd_part *part = &p->set.parts[i];
        if (part->video != video)
            break;
        if (part->number != r->number || part->count != r->count)
            continue;
        if (strcmp(r->model, p->set.model) != 0 || strcmp(r->options, p->set.options) != 0) {
            p->found[i].foreign = true;
            return SFD_OK;
        }
        return r->failed ? take_failed(p, i, r, err) : take_done(p, i, r, err);
    }
    return SFD_OK;
}

/* ------------------------------------------------------------------- folders */

static bool ends_in(const char *name, const char *suffix)
{
    const size_t n = strlen(name), m = strlen(suffix);
    return n > m && strcmp(name + n - m, suffix) == 0;
}

static bool is_part_file(const char *name)
{
    bool is = false;
    for (int k = 0; k < SFD_PART_FILES; k++)
        is = is || ends_in(name, sfd_part_suffixes[k]);
    return is && *name != '.';
}

/* Names of all files that the set's parts may have; freed by free_names. */
static sfd_status list_names(const sfd_parts *p, sfd_name_table *names, char **list, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < p->set.n_parts * SFD_PART_FILES && status == SFD_OK; i++) {
        list[i] = sfd_part_path("", &p->set, &p->set.parts[i / SFD_PART_FILES],
                                sfd_part_suffixes[i % SFD_PART_FILES]);
        if (!list[i] || !sfd_name_table_add(names, list[i] + 1, i))
            status = sfd_fail_nomem(err, p->folder);
    }
    return status;
}

static sfd_status tell_strangers(sfd_parts *p, const sfd_name_table *names, sfd_error *err)
{
    DIR *dir = opendir(p->folder);
    struct dirent *entry;
    size_t i;
    if (!dir)
        return sfd_fail_errno(err, p->folder, "open");
    while ((entry = readdir(dir)))
        if (is_part_file(entry->d_name) && !sfd_name_table_find(names, entry->d_name, &i))
            fault(p, "%s/%.200s: belongs to no part of this data set", p->folder, entry->d_name);
    closedir(dir);
    return SFD_OK;
}

static sfd_status find_strangers(sfd_parts *p, sfd_error *err)
{
    const size_t n = p->set.n_parts * SFD_PART_FILES;
    sfd_name_table names = {0};
    char **list = sfd_calloc(n, sizeof *list);
    sfd_status status = list ? list_names(p, &names, list, err) : sfd_fail_nomem(err, p->folder);
    for (size_t i = 0; i < p->n_folders && status == SFD_OK; i++) {
        p->folder = p->folders[i];
        status = tell_strangers(p, &names, err);
    }
    sfd_name_table_free(&names);
    for (size_t i = 0; list && i < n; i++)
        free(list[i]);
    free(list);
    return status;
}

static sfd_status begin_set(sfd_parts *p, sfd_error *err)
{
    sfd_status status = sfd_set_file_cut(&p->set, err);
    if (status == SFD_OK && !(p->found = sfd_calloc(p->set.n_parts, sizeof *p->found)))
        status = sfd_fail_nomem(err, p->folder);
    for (size_t i = 0; i < p->set.n_parts && status == SFD_OK; i++) {
        const char *id = p->set.videos[p->set.parts[i].video].id;
        size_t other;
        if (p->set.parts[i].number > 1)
            continue;
        if (sfd_name_table_find(&p->videos, id, &other))
            status = sfd_fail(err, SFD_ERR_FORMAT, "%s/set.jsonl: video \"%.200s\" is there twice",
                              p->folder, id);
        else if (!sfd_name_table_add(&p->videos, id, i))
            status = sfd_fail_nomem(err, p->folder);
    }
    return status;
}

static sfd_status read_folder(sfd_parts *p, const char *folder, sfd_error *err)
{
    sfd_set_file set;
    p->folder = folder;
    sfd_status status = sfd_set_file_read(&set, folder, err);
    if (status == SFD_OK && !set.videos)
        status =
            sfd_fail(err, SFD_ERR_MISMATCH, "%s: no data set: there is no set.jsonl in it", folder);
    if (status != SFD_OK)
        return status;
    if (p->found) {
        status = sfd_set_file_compare(&p->set, &set, folder, err);
        sfd_set_file_free(&set);
    } else {
        p->set = set;
        status = begin_set(p, err);
    }
    return status == SFD_OK ? sfd_manifests_read(folder, take_record, p, err) : status;
}

/* --------------------------------------------------------------------- faults */

static bool is_in_work(const sfd_parts *p, const sfd_part *part)
{
    bool there = false;
    for (size_t i = 0; i < p->n_folders && !there; i++) {
        char *path = sfd_part_path(p->folders[i], &p->set, part, ".journal");
        there = path && access(path, F_OK) == 0;
        free(path);
    }
    return there;
}

/* What a part lacks, if anything; a file that is not what was written is not used. */
static void judge(sfd_parts *p, size_t i)
{
    found_part *f = &p->found[i];
    char name[256];
    if (f->folder)
        return;
    sfd_part_text(name, sizeof name, &p->set, &p->set.parts[i]);
    if (f->failure)
        fault(p, "%s: failed: %.200s", name, f->failure);
    else if (f->changed)
        fault(p, "%s: %s %s", name, f->paths[f->wrong],
              access(f->paths[f->wrong], F_OK) == 0 ? "is not what was written" : "is gone");
    else
        fault(p, "%s: is missing%s", name,
              is_in_work(p, &p->set.parts[i]) ? ": it is begun, not complete"
              : f->foreign                    ? ": there is one of another model or other options"
                                              : "");
    for (int k = 0; k < SFD_PART_FILES; k++)
        if (f->paths[k] && (f->changed || !f->failure || access(f->paths[k], F_OK) != 0)) {
            free(f->paths[k]);
            f->paths[k] = NULL;
        }
}

static sfd_status read_all(sfd_parts *p, const char *const *folders, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < p->n_folders && status == SFD_OK; i++)
        if (!(p->folders[i] = sfd_strdup(folders[i])))
            status = sfd_fail_nomem(err, folders[i]);
    for (size_t i = 0; i < p->n_folders && status == SFD_OK; i++)
        status = read_folder(p, p->folders[i], err);
    for (size_t i = 0; i < p->set.n_parts && status == SFD_OK; i++)
        judge(p, i);
    if (status == SFD_OK)
        status = find_strangers(p, err);
    if (status == SFD_OK && p->n_faults > 0 && !p->partial)
        status = sfd_fail(err, SFD_ERR_MISMATCH, "%s: not complete, %zu fault%s: %.380s",
                          p->folders[0], p->n_faults, sfd_plural(p->n_faults), p->first.message);
    return status;
}

sfd_status sfd_parts_open(sfd_parts **out, const char *const *folders, size_t n_folders,
                          bool partial, void (*on_fault)(void *user, const char *message),
                          void *user, sfd_error *err)
{
    *out = NULL;
    if (n_folders == 0)
        return sfd_fail(err, SFD_ERR_ARG, "no folder of parts was given");
    sfd_parts *p = sfd_calloc(1, sizeof *p);
    if (!p || !(p->folders = sfd_calloc(n_folders, sizeof *p->folders))) {
        free(p);
        return sfd_fail_nomem(err, folders[0]);
    }
    p->n_folders = n_folders;
    p->partial = partial;
    p->on_fault = on_fault;
    p->user = user;
    const sfd_status status = read_all(p, folders, err);
    if (status == SFD_OK)
        *out = p;
    else
        sfd_parts_free(p);
    return status;
}

size_t sfd_parts_count(const sfd_parts *p)
{
    return p->set.n_parts;
}

const char *sfd_parts_path(const sfd_parts *p, size_t i, sfd_part_file kind)
{
    return p->found[i].paths[kind];
}

/* -------------------------------------------------------------------- merging */

static sfd_status copy_file(FILE *out, const char *path, sfd_error *err)
{
    char bytes[1 << 16];
    size_t n;
    FILE *in = fopen(path, "rbe");
    if (!in)
        return sfd_fail_errno(err, path, "open");
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
        fwrite(bytes, 1, n, out);
    const sfd_status status = ferror(in) ? sfd_fail_errno(err, path, "read") : SFD_OK;
    fclose(in);
    return status;
}

static sfd_status copy_parts(const sfd_parts *p, sfd_part_file kind, const char *path,
                             sfd_error *err)
{
    sfd_outfile *file;
    sfd_status status = sfd_outfile_open(&file, path, err);
    if (status != SFD_OK)
        return status;
    for (size_t i = 0; i < p->set.n_parts && status == SFD_OK; i++) {
        const char *part = p->found[i].paths[kind];
        if (part)
            status = copy_file(sfd_outfile_stream(file), part, err);
        if (status == SFD_OK)
            status = sfd_outfile_flush(file, err);
    }
    if (status == SFD_OK)
        return sfd_outfile_commit(file, err);
    sfd_outfile_discard(file);
    return status;
}

sfd_status sfd_parts_merge(const sfd_parts *p, sfd_part_file kind, const char *path, sfd_error *err)
{
    size_t n = 0;
    sfd_status status = SFD_OK;
    if (kind != SFD_PART_CSV && kind != SFD_PART_JSON)
        return sfd_fail(err, SFD_ERR_ARG, "%s: tracks and features are of one video, not merged",
                        path);
    for (size_t i = 0; i < p->set.n_parts; i++)
        n += p->found[i].paths[kind] != NULL;
    if (n == 0)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: has no %s files", p->folders[0],
                        kind == SFD_PART_CSV ? "csv" : "JSON");
    for (size_t i = 0; i < p->n_folders && status == SFD_OK; i++)
        status = sfd_spare_folder(p->folders[i], path, err);
    return status == SFD_OK ? copy_parts(p, kind, path, err) : status;
}
