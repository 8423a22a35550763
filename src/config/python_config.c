/* SPDX-License-Identifier: Apache-2.0 */
/* MMEngine's Python configs: a file's literals laid over those of its _base_. */
#include "config/python_config.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_FILES 32 /* real configs have up to 6 */

typedef struct config_file {
    dev_t device;
    ino_t inode;
    const sfd_py *module; /* NULL while its bases are being read */
} config_file;

typedef struct loader {
    config_file files[MAX_FILES];
    size_t n_files;
    sfd_arena *arena;
    sfd_notes *notes;
    sfd_error *err;
} loader;

/* -- merging */

static sfd_py *copy_node(loader *l, const sfd_py *from)
{
    sfd_py *copy = sfd_arena_alloc(l->arena, sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *from;
    copy->next = NULL;
    return copy;
}

static bool replaces(const sfd_py *v)
{
    const sfd_py *flag = sfd_py_get(v, "_delete_");
    return flag && flag->type == SFD_PY_BOOL && flag->number != 0.0;
}

/* MMEngine's rule: dictionaries are merged, unless the new one says _delete_=True; all else is
 * replaced. NULL: the arena refused. */
static sfd_py *merge(loader *l, const sfd_py *base, const sfd_py *over)
{
    if (base->type != SFD_PY_DICT || over->type != SFD_PY_DICT || replaces(over))
        return copy_node(l, over);
    sfd_py *merged = copy_node(l, over), **link = merged ? &merged->child : NULL;
    for (const sfd_py *m = base->child; link && m; m = m->next) {
        const sfd_py *new = m->key ? sfd_py_get(over, m->key) : NULL;
        *link = new ? merge(l, m, new) : copy_node(l, m);
        link = *link ? &(*link)->next : NULL;
    }
    for (const sfd_py *m = over->child; link && m; m = m->next) {
        if (m->key && sfd_py_get(base, m->key))
            continue;
        *link = copy_node(l, m);
        link = *link ? &(*link)->next : NULL;
    }
    return link ? merged : NULL;
}

/* -- files */

static sfd_status fail_memory(loader *l, const char *path)
{
    return l->arena->exhausted ? sfd_fail(l->err, SFD_ERR_FORMAT, "%s: too large a config", path)
                               : sfd_fail_nomem(l->err, path);
}

static sfd_status load(loader *l, const char *path, const sfd_py **module);

static sfd_status fail_base(loader *l, const char *path, const sfd_py *base, sfd_status status,
                            const char *problem)
{
    return sfd_fail(l->err, status, "%s:%zu: _base_ %s%.100s%s %s", path, base->line,
                    base->type == SFD_PY_TEXT ? "'" : "",
                    base->type == SFD_PY_TEXT ? base->text : "",
                    base->type == SFD_PY_TEXT ? "'" : "", problem);
}

/* One of the configs that this one changes, relative to its folder. */
static sfd_status merge_base(loader *l, const char *path, const sfd_py *base, const sfd_py **module)
{
    const char *slash = strrchr(path, '/');
    char name[PATH_MAX];
    const sfd_py *loaded = NULL;
    if (base->type != SFD_PY_TEXT)
        return fail_base(l, path, base, SFD_ERR_UNSUPPORTED,
                         "is no literal; write the file's path instead");
    if (strstr(base->text, "default_runtime"))
        return SFD_OK;
    if (strstr(base->text, "::"))
        return fail_base(l, path, base, SFD_ERR_UNSUPPORTED,
                         "names a file of an installed package; give its path instead");
    const bool absolute = base->text[0] == '/';
    int n = snprintf(name, sizeof name, "%.*s%s", slash && !absolute ? (int)(slash - path) + 1 : 0,
                     path, base->text);
    if (n < 0 || (size_t)n >= sizeof name)
        return fail_base(l, path, base, SFD_ERR_FORMAT, "is too long a path");
    sfd_status status = load(l, name, &loaded);
    if (status != SFD_OK)
        return status;
    if (!loaded)
        return fail_base(l, path, base, SFD_ERR_FORMAT, "leads back to a file that it changes");
    const sfd_py *merged = *module ? merge(l, *module, loaded) : loaded;
    if (!merged)
        return fail_memory(l, path);
    *module = merged;
    return SFD_OK;
}

static sfd_status read_file(loader *l, const char *path, const sfd_py **module)
{
    char *text;
    size_t n_bytes;
    const sfd_py *own, *bases = NULL;
    sfd_status status = sfd_read_text(&text, &n_bytes, path, SFD_MAX_PY_CONFIG_BYTES, l->err);
    if (status != SFD_OK)
        return status;
    status = sfd_notes_add_file(l->notes, path, l->err);
    if (status == SFD_OK)
        status = sfd_refuse_utf16(text, n_bytes, path, l->err);
    if (status == SFD_OK)
        status = sfd_py_parse(&own, l->arena, text, n_bytes, path, l->err);
    free(text);
    const sfd_py *base = status == SFD_OK ? sfd_py_get(own, "_base_") : NULL;
    if (base && base->type == SFD_PY_LIST)
        for (const sfd_py *b = base->child; status == SFD_OK && b; b = b->next)
            status = merge_base(l, path, b, &bases);
    else if (base)
        status = merge_base(l, path, base, &bases);
    if (status != SFD_OK)
        return status;
    *module = bases ? merge(l, bases, own) : own;
    return *module ? SFD_OK : fail_memory(l, path);
}

/* *module is NULL for a file whose bases are still being read. */
static sfd_status load(loader *l, const char *path, const sfd_py **module)
{
    struct stat s = {0};
    const bool known = stat(path, &s) == 0;
    *module = NULL;
    for (size_t i = 0; known && i < l->n_files; i++) {
        if (l->files[i].device == s.st_dev && l->files[i].inode == s.st_ino) {
            *module = l->files[i].module;
            return SFD_OK;
        }
    }
    if (l->n_files == MAX_FILES)
        return sfd_fail(l->err, SFD_ERR_FORMAT, "%s: more than %d files through _base_", path,
                        MAX_FILES);
    config_file *file = &l->files[l->n_files++];
    *file = (config_file){.device = s.st_dev, .inode = s.st_ino};
    sfd_status status = read_file(l, path, module);
    file->module = *module;
    return status;
}

sfd_status sfd_py_config_load(const sfd_py **module, sfd_arena *arena, const char *path,
                              sfd_notes *notes, sfd_error *err)
{
    loader l = {.arena = arena, .notes = notes, .err = err};
    return load(&l, path, module);
}
