/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a command line names, and that none is written over another. */
#include "cli_files.h"

#include <sfdet/detect.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINKS 40 /* as in the kernel */

typedef struct named_file {
    const char *option; /* NULL: an operand */
    const char *path;
    cli_file file;
    const char *const *creates;
    bool exists;
    dev_t device; /* of the file; of its folder, where an output is not there yet */
    ino_t inode;  /* 0: neither is its folder */
    mode_t mode;
    char *name; /* of an output that is not there yet */
} named_file;

/* Of the command line, as long as the program runs. */
static struct {
    named_file *files;
    size_t n;
} command_line;

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

static bool is_same(const named_file *f, const struct stat *st)
{
    return f->inode && f->device == st->st_dev && f->inode == st->st_ino;
}

static void note_place(named_file *f, const struct stat *st)
{
    f->device = st->st_dev;
    f->inode = st->st_ino;
    f->mode = st->st_mode;
}

/* The place of an output that is not there yet, behind links that lead nowhere. */
static void find_place(named_file *f)
{
    char path[PATH_MAX], link[PATH_MAX], next[2 * PATH_MAX];
    struct stat folder;
    ssize_t n;
    snprintf(path, sizeof path, "%s", f->path);
    for (int i = 0; i < MAX_LINKS && (n = readlink(path, link, sizeof link - 1)) > 0; i++) {
        const char *slash = strrchr(path, '/');
        link[n] = '\0';
        snprintf(next, sizeof next, "%.*s%s", *link == '/' || !slash ? 0 : (int)(slash - path) + 1,
                 path, link);
        snprintf(path, sizeof path, "%.*s", (int)sizeof path - 1, next);
    }
    char *slash = strrchr(path, '/');
    f->name = strdup(slash ? slash + 1 : path);
    if (slash)
        slash[slash == path] = '\0';
    if (f->name && stat(slash ? path : ".", &folder) == 0)
        note_place(f, &folder);
}

static void look_at(named_file *f)
{
    struct stat st;
    f->exists = is_standard(f->path)
                    ? fstat(f->file == CLI_READS ? STDIN_FILENO : STDOUT_FILENO, &st) == 0
                    : stat(f->path, &st) == 0;
    if (f->exists)
        note_place(f, &st);
    else if (f->file == CLI_WRITES)
        find_place(f);
}

static bool collide(const named_file *out, const named_file *other)
{
    const bool both_written = other->file == CLI_WRITES;
    if (both_written && is_standard(out->path) && is_standard(other->path))
        return true;
    if (out->exists != other->exists || !out->inode || out->device != other->device ||
        out->inode != other->inode)
        return false;
    if (!out->exists)
        return both_written && strcmp(out->name, other->name) == 0;
    return S_ISREG(out->mode) || (both_written && S_ISFIFO(out->mode));
}

/* A file that a folder of results has, or leads to. */
static bool is_of_set(const named_file *out, const named_file *folder)
{
    struct stat st;
    bool found = false;
    DIR *d =
        S_ISDIR(folder->mode) && out->exists && S_ISREG(out->mode) ? opendir(folder->path) : NULL;
    if (d && faccessat(dirfd(d), "set.jsonl", F_OK, 0) == 0)
        for (struct dirent *e; !found && (e = readdir(d));)
            found = fstatat(dirfd(d), e->d_name, &st, 0) == 0 && is_same(out, &st);
    if (d)
        closedir(d);
    return found;
}

static bool creates(const named_file *folder, const char *name)
{
    for (const char *const *pattern = folder->creates; *pattern; pattern++)
        if (fnmatch(*pattern, name, 0) == 0)
            return true;
    return false;
}

/* Who is at `st`, a file that the folder may replace. */
static const named_file *find_file(const named_file *files, size_t n, const struct stat *st)
{
    for (size_t i = 0; i < n; i++)
        if (files[i].file != CLI_FILLS && files[i].exists && is_same(&files[i], st))
            return &files[i];
    return NULL;
}

/* The input or output that the folder's new files could replace, under whatever name it lies there.
 */
static const named_file *find_in_folder(const named_file *folder, const named_file *files, size_t n)
{
    struct stat st;
    const named_file *found = NULL;
    DIR *d = opendir(folder->path);
    for (struct dirent *e; d && !found && (e = readdir(d));)
        if (creates(folder, e->d_name) && fstatat(dirfd(d), e->d_name, &st, 0) == 0 &&
            S_ISREG(st.st_mode))
            found = find_file(files, n, &st);
    if (d)
        closedir(d);
    for (size_t i = 0; i < n && !found; i++)
        if (files[i].name && folder->inode && files[i].device == folder->device &&
            files[i].inode == folder->inode && creates(folder, files[i].name))
            found = &files[i];
    return found;
}

static int refuse(const char *program, const named_file *out, const named_file *other)
{
    if (is_standard(out->path) && is_standard(other->path))
        return cli_usage_error(program, "%s and %s cannot both be written to stdout", out->option,
                               other->option);
    if (other->file == CLI_WRITES)
        return cli_usage_error(program, "%s %s and %s %s are the same file", out->option, out->path,
                               other->option, other->path);
    return cli_usage_error(program, "%s %s would overwrite the input %s", out->option, out->path,
                           other->path);
}

static int check_output(const char *program, const named_file *files, size_t n,
                        const named_file *out)
{
    const named_file *other = NULL;
    if (out->file == CLI_FILLS)
        other = find_in_folder(out, files, n);
    for (size_t i = 0; i < n && !other && out->file == CLI_WRITES; i++)
        if (&files[i] != out && files[i].file != CLI_FILLS &&
            (collide(out, &files[i]) || is_of_set(out, &files[i])))
            other = &files[i];
    return other ? refuse(program, out, other) : CLI_CONTINUE;
}

static size_t n_paths(const cli_option *o)
{
    if (o->file == CLI_NO_FILE)
        return 0;
    return o->kind == CLI_TEXTS ? ((const cli_texts *)o->value)->n
                                : *(const char *const *)o->value != NULL;
}

static const char *path_of(const cli_option *o, size_t i)
{
    return o->kind == CLI_TEXTS ? ((const cli_texts *)o->value)->items[i]
                                : *(const char *const *)o->value;
}

int cli_check_files(const cli_program *p, char **operands, size_t n_operands)
{
    size_t n_options = 0, n = 0;
    int status = CLI_CONTINUE;
    for (const cli_option *o = p->options; o->name; o++)
        n_options += n_paths(o);
    named_file *files = calloc(n_options + n_operands + 1, sizeof *files);
    if (!files) {
        cli_warn(p->name, "out of memory");
        return CLI_FAILED;
    }
    for (const cli_option *o = p->options; o->name; o++)
        for (size_t i = 0; i < n_paths(o); i++)
            files[n++] = (named_file){
                .option = o->name, .path = path_of(o, i), .file = o->file, .creates = o->creates};
    for (size_t i = 0; i < n_operands && p->operand_file != CLI_NO_FILE; i++)
        files[n++] = (named_file){.path = operands[i], .file = p->operand_file};
    for (size_t i = 0; i < n; i++)
        look_at(&files[i]);
    for (size_t i = 0; i < n && status == CLI_CONTINUE; i++)
        if (files[i].file != CLI_READS)
            status = check_output(p->name, files, n, &files[i]);
    free(command_line.files); /* of an earlier command line */
    command_line.files = files;
    command_line.n = n;
    return status;
}

int cli_check_input(const char *program, const char *path)
{
    const named_file *files = command_line.files;
    named_file input = {.path = path, .file = CLI_READS};
    look_at(&input);
    for (size_t i = 0; i < command_line.n; i++) {
        const bool hit = files[i].file == CLI_FILLS
                             ? find_in_folder(&files[i], &input, 1) != NULL
                             : files[i].file == CLI_WRITES && collide(&files[i], &input);
        if (hit)
            return refuse(program, &files[i], &input);
    }
    return CLI_CONTINUE;
}

static bool is_picture_name(const char *name)
{
    static const char *const extensions[] = {"jpg", "jpeg", "png", "bmp", "webp", "tif", "tiff"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof extensions / sizeof *extensions; i++)
        if (strcasecmp(dot + 1, extensions[i]) == 0)
            return true;
    return false;
}

/* The output that is at `st`. */
static const named_file *find_output(const struct stat *st)
{
    for (size_t i = 0; i < command_line.n; i++)
        if (command_line.files[i].file == CLI_WRITES && command_line.files[i].exists &&
            is_same(&command_line.files[i], st))
            return &command_line.files[i];
    return NULL;
}

static int check_pictures(const char *program, const char *folder)
{
    char path[PATH_MAX];
    struct stat st;
    int status = CLI_CONTINUE;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && status == CLI_CONTINUE && (e = readdir(d));) {
        const named_file *out = NULL;
        if (is_picture_name(e->d_name) && fstatat(dirfd(d), e->d_name, &st, 0) == 0)
            out = find_output(&st);
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (out)
            status =
                refuse(program, out, &(named_file){.option = "", .path = path, .file = CLI_READS});
    }
    if (d)
        closedir(d);
    return status;
}

int cli_check_video(const char *program, const char *path)
{
    struct stat st;
    if (!sfd_is_picture_folder(path))
        return cli_check_input(program, path);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return check_pictures(program, path);
    const char *slash = strrchr(path, '/'); /* a pattern of their names */
    char *folder = slash ? strndup(path, (size_t)(slash - path) + (slash == path)) : strdup(".");
    const int status = folder ? check_pictures(program, folder) : CLI_CONTINUE;
    free(folder);
    return status;
}

int cli_check_model(const char *program, const sfd_model *model)
{
    int status = CLI_CONTINUE;
    for (size_t i = 0; status == CLI_CONTINUE && model && sfd_model_file(model, i); i++)
        status = cli_check_input(program, sfd_model_file(model, i));
    return status;
}

const char *cli_open_reason(const char *path)
{
    const int reason = errno;
    if (reason == ENOENT && strcmp(path, "-") == 0)
        return "no file of that name; standard input is /dev/stdin";
    return strerror(reason);
}
