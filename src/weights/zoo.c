/* SPDX-License-Identifier: Apache-2.0 */
/* Published checkpoints, and where their files are looked for. */
#include "weights/zoo.h"

#include "base/alloc.h"
#include "base/error.h"
#include "weights/open.h"
#include "weights/zoo_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_COLUMNS 9
#define MAX_NAMES 256

/* The table is ours: no quotes, all columns in every row. */
sfd_status sfd_zoo_read(sfd_zoo *zoo, sfd_error *err)
{
    size_t n_lines = 0;
    *zoo = (sfd_zoo){.text = sfd_strdup(sfd_zoo_text)};
    for (const char *c = sfd_zoo_text; *c; c++)
        n_lines += *c == '\n';
    zoo->entries = sfd_calloc(n_lines, sizeof *zoo->entries);
    if (!zoo->text || !zoo->entries) {
        sfd_zoo_free(zoo);
        return sfd_fail_nomem(err, "table of published checkpoints");
    }
    char *next = zoo->text, *line = strsep(&next, "\n"); /* the heading */
    while ((line = strsep(&next, "\n")) && *line) {
        const char *column[N_COLUMNS];
        for (int i = 0; i < N_COLUMNS; i++)
            column[i] = line ? strsep(&line, ",") : "";
        zoo->entries[zoo->n_entries++] =
            (sfd_zoo_entry){column[0], column[1], column[2], column[3], column[4],
                            column[5], column[6], column[7], column[8]};
    }
    return SFD_OK;
}

void sfd_zoo_free(sfd_zoo *zoo)
{
    free(zoo->entries);
    free(zoo->text);
    *zoo = (sfd_zoo){0};
}

/* The user's folder for models; NULL without a home or without memory. */
static char *data_folder(void)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    char *folder = NULL;
    int n = -1;
    if (data && *data)
        n = asprintf(&folder, "%s/sfdet/models", data);
    else if (home && *home)
        n = asprintf(&folder, "%s/.local/share/sfdet/models", home);
    return n < 0 ? NULL : folder;
}

/* *path is the file in that folder if it is there. */
static bool find_in(char **path, const char *folder, const char *file)
{
    if (!folder || !*folder || asprintf(path, "%s/%s", folder, file) < 0) {
        *path = NULL;
        return false;
    }
    if (access(*path, F_OK) == 0)
        return true;
    free(*path);
    *path = NULL;
    return false;
}

static sfd_status locate_entry(char **path, const sfd_zoo_entry *e, sfd_error *err)
{
    const char *models = getenv("SFDET_MODELS");
    const char *slash = strrchr(e->file, '/');
    char *folder = data_folder();
    sfd_status status = SFD_OK;
    if (!find_in(path, models, e->file) && !find_in(path, folder, e->file)) {
        const char *wanted = models && *models ? models
                             : folder          ? folder
                                               : "a folder of your choice";
        status =
            sfd_fail(err, SFD_ERR_IO,
                     "%s (%s, %s): download %s into %s%s%.*s (looked for in $SFDET_MODELS%s%s)",
                     e->name, e->code_base, e->dataset, e->address, wanted, slash ? "/" : "",
                     slash ? (int)(slash - e->file) : 0, e->file, folder ? " and " : "",
                     folder ? folder : "");
    }
    free(folder);
    return status;
}

/* True for the entry's name and for that of its published file, in whatever folder. */
static bool is_called(const sfd_zoo_entry *e, const char *name)
{
    const size_t n = strlen(name), n_file = strlen(e->file);
    const char *end = n > n_file ? name + n - n_file : name;
    return strcmp(e->name, name) == 0 ||
           (strcmp(e->file, end) == 0 && (end == name || end[-1] == '/'));
}

sfd_status sfd_zoo_config(const char *path, char *text, size_t n, sfd_error *err)
{
    sfd_zoo zoo;
    text[0] = '\0';
    sfd_status status = sfd_zoo_read(&zoo, err);
    if (status != SFD_OK)
        return status;
    for (size_t i = 0; i < zoo.n_entries && !*text; i++)
        if (is_called(&zoo.entries[i], path))
            snprintf(text, n, "%s", zoo.entries[i].config);
    sfd_zoo_free(&zoo);
    return SFD_OK;
}

static sfd_status locate_name(char **path, const sfd_zoo *zoo, const char *name, sfd_error *err)
{
    const char *names[2 * MAX_NAMES];
    size_t n = 0;
    for (size_t i = 0; i < zoo->n_entries; i++) {
        if (is_called(&zoo->entries[i], name))
            return locate_entry(path, &zoo->entries[i], err);
        if (i < MAX_NAMES) {
            names[n++] = zoo->entries[i].name;
            names[n++] = zoo->entries[i].file;
        }
    }
    const char *nearest = strchr(name, '/') ? NULL : sfd_nearest_name(name, names, n);
    return sfd_fail(err, SFD_ERR_IO,
                    "%s: no such file, and no published checkpoint of that name%s%s%s", name,
                    nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

sfd_status sfd_zoo_locate(char **path, const char *name, sfd_error *err)
{
    *path = NULL;
    if (access(name, F_OK) == 0) {
        *path = sfd_strdup(name);
        return *path ? SFD_OK : sfd_fail_nomem(err, name);
    }
    sfd_zoo zoo;
    sfd_status status = sfd_zoo_read(&zoo, err);
    if (status == SFD_OK)
        status = locate_name(path, &zoo, name, err);
    sfd_zoo_free(&zoo);
    return status;
}

sfd_status sfd_zoo_open(sfd_weights **out, const char *name, sfd_error *err)
{
    char *path;
    *out = NULL;
    sfd_status status = sfd_zoo_locate(&path, name, err);
    if (status == SFD_OK)
        status = sfd_weights_open(out, path, err);
    free(path);
    return status;
}
