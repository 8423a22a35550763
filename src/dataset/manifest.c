/* SPDX-License-Identifier: Apache-2.0 */
/* What became of parts. */
#include "dataset/manifest.h"

#include "base/alloc.h"
#include "base/decimal.h"
#include "base/error.h"
#include "dataset/json_line.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const file_names[SFD_PART_FILES] = {"csv", "json", "tracks", "safetensors",
                                                       "npz"};

/* ------------------------------------------------------------------- reading */

typedef struct reading {
    sfd_record_fn *fn;
    void *user;
    const char *path;
    size_t n_lines;
} reading;

static bool read_part(const cJSON *line, sfd_part_record *r)
{
    r->number = r->count = 1;
    const bool cut = cJSON_HasObjectItem(line, "part");
    return !cut || (sfd_json_get_size(line, "part", &r->number) &&
                    sfd_json_get_size(line, "parts", &r->count));
}

static bool read_sums(const cJSON *line, sfd_part_record *r)
{
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(line, "files");
    for (int i = 0; i < SFD_PART_FILES; i++)
        if (cJSON_HasObjectItem(files, file_names[i]) &&
            !sfd_json_get_sum(files, file_names[i], r->sums[i]))
            return false;
    return true;
}

static sfd_status read_line(void *user, const cJSON *line, sfd_error *err)
{
    reading *rd = user;
    sfd_part_record r = {.video = sfd_json_text(line, "video"),
                         .error = sfd_json_text(line, "error"),
                         .cpu = sfd_json_text(line, "cpu")};
    const char *status = sfd_json_text(line, "status");
    rd->n_lines++;
    if (!r.video || !status || !read_part(line, &r) || !read_sums(line, &r) ||
        !sfd_json_get_size(line, "keyframes", &r.n_done) ||
        !sfd_json_get_size(line, "failed", &r.n_failed) ||
        !sfd_json_get_size(line, "empty", &r.n_empty) ||
        !sfd_json_number(line, "seconds", &r.seconds) ||
        !sfd_json_get_sum(line, "model", r.model) || !sfd_json_get_sum(line, "options", r.options))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: line %zu is not as this program writes it",
                        rd->path, rd->n_lines);
    r.failed = strcmp(status, "failed") == 0;
    return rd->fn(rd->user, &r, err);
}

static sfd_status read_manifest(const char *folder, const char *name, sfd_record_fn *fn, void *user,
                                sfd_error *err)
{
    char *path;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return sfd_fail_nomem(err, folder);
    reading r = {fn, user, path, 0};
    const sfd_status status = sfd_json_lines_read(path, read_line, &r, err);
    free(path);
    return status;
}

sfd_status sfd_manifests_read(const char *folder, sfd_record_fn *fn, void *user, sfd_error *err)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    sfd_status status = SFD_OK;
    if (!dir)
        return sfd_fail_errno(err, folder, "open");
    while (status == SFD_OK && (entry = readdir(dir)))
        if (strcmp(entry->d_name, "manifest.jsonl") == 0 ||
            fnmatch("manifest.[0-9]*-of-[0-9]*.jsonl", entry->d_name, 0) == 0)
            status = read_manifest(folder, entry->d_name, fn, user, err);
    closedir(dir);
    return status;
}

/* ------------------------------------------------------------------- writing */

static bool add_part(cJSON *line, const sfd_part_record *r)
{
    return r->count == 1 || (cJSON_AddNumberToObject(line, "part", (double)r->number) &&
                             cJSON_AddNumberToObject(line, "parts", (double)r->count));
}

static bool add_counts(cJSON *line, const sfd_part_record *r)
{
    char seconds[SFD_DECIMAL_CHARS];
    return cJSON_AddNumberToObject(line, "keyframes", (double)r->n_done) &&
           cJSON_AddNumberToObject(line, "failed", (double)r->n_failed) &&
           cJSON_AddNumberToObject(line, "empty", (double)r->n_empty) &&
           cJSON_AddRawToObject(line, "seconds", sfd_format_short(seconds, r->seconds));
}

static bool add_sums(cJSON *line, const sfd_part_record *r)
{
    cJSON *files = cJSON_AddObjectToObject(line, "files");
    bool ok = files != NULL;
    for (int i = 0; i < SFD_PART_FILES && ok; i++)
        ok = !*r->sums[i] || cJSON_AddStringToObject(files, file_names[i], r->sums[i]);
    return ok;
}

static char *as_line(const sfd_part_record *r, size_t *n)
{
    char *text = NULL;
    const char *state = r->failed ? "failed" : r->n_failed > 0 ? "incomplete" : "done";
    cJSON *line = cJSON_CreateObject();
    FILE *out = open_memstream(&text, n);
    bool ok = line && out && cJSON_AddStringToObject(line, "video", r->video) &&
              add_part(line, r) && cJSON_AddStringToObject(line, "status", state) &&
              (!r->error || cJSON_AddStringToObject(line, "error", r->error)) &&
              add_counts(line, r) && cJSON_AddStringToObject(line, "cpu", r->cpu) &&
              cJSON_AddStringToObject(line, "model", r->model) &&
              cJSON_AddStringToObject(line, "options", r->options) &&
              cJSON_AddStringToObject(line, "version", sfd_version()) && add_sums(line, r);
    if (out)
        ok = sfd_json_line_write(line, ok, out);
    else
        cJSON_Delete(line);
    if (out && (fclose(out) != 0 || !ok)) {
        free(text);
        text = NULL;
    }
    return text;
}

/* Where the last whole line ends: what is behind was cut off when somebody died. */
static off_t end_of_lines(int fd)
{
    char c;
    off_t end = lseek(fd, 0, SEEK_END);
    while (end > 0 && pread(fd, &c, 1, end - 1) == 1 && c != '\n')
        end--;
    return end;
}

/* Half a line on a disk that is full is cut off by whoever writes the next one. */
static sfd_status append(int fd, const char *path, const char *line, size_t n, sfd_error *err)
{
    const off_t end = end_of_lines(fd);
    if (ftruncate(fd, end) != 0)
        return sfd_fail_errno(err, path, "write");
    const ssize_t written = pwrite(fd, line, n, end);
    if (written == (ssize_t)n && (fsync(fd) == 0 || errno == EINVAL))
        return SFD_OK;
    if (written >= 0 && written < (ssize_t)n)
        errno = ENOSPC;
    return sfd_fail_errno(err, path, "write");
}

static char *manifest_path(const char *folder, const sfd_shard *s)
{
    char *path;
    const int n = s->count > 1
                      ? asprintf(&path, "%s/manifest.%zu-of-%zu.jsonl", folder, s->index, s->count)
                      : asprintf(&path, "%s/manifest.jsonl", folder);
    return n < 0 ? NULL : path;
}

static sfd_status add_line(const char *path, const char *line, size_t n, sfd_error *err)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return sfd_fail_errno(err, path, "open for writing");
    while (flock(fd, LOCK_EX) != 0 && errno == EINTR)
        ;
    const sfd_status status = append(fd, path, line, n, err);
    close(fd);
    return status;
}

sfd_status sfd_manifest_add(const char *folder, const sfd_shard *shard, const sfd_part_record *r,
                            sfd_error *err)
{
    size_t n;
    char *path = manifest_path(folder, shard), *line = as_line(r, &n);
    const sfd_status status =
        path && line ? add_line(path, line, n, err) : sfd_fail_nomem(err, folder);
    free(path);
    free(line);
    return status;
}
