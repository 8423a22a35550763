/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to a data set, and what its files are called. */
#include "dataset/set_file.h"

#include "base/alloc.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/outfile.h"
#include "base/utf8.h"
#include "dataset/json_line.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FORMAT         1
#define MAX_NAME_BYTES 200 /* leaves room for ~123of456.tracks.txt and hidden names */
#define OPENING        0.5 /* what a part costs beside its keyframes, in keyframes */
#define UNKNOWN_WEIGHT 60
#define MAX_PARTS      (1 << 23)

const char *const sfd_part_suffixes[SFD_PART_FILES] = {".csv", ".json", ".tracks.txt",
                                                       ".features.safetensors", ".features.npz"};

void sfd_set_file_free(sfd_set_file *f)
{
    for (size_t i = 0; i < f->n_videos; i++)
        free(f->videos[i].id);
    free(f->videos);
    free(f->parts);
    free(f->settings);
    *f = (sfd_set_file){0};
}

sfd_status sfd_set_file_add(sfd_set_file *f, const char *id, double offset_s, size_t n_keyframes,
                            sfd_error *err)
{
    const sfd_set_video v = {sfd_utf8_copy(id), offset_s, n_keyframes};
    if (!v.id || !sfd_grow(&f->videos, &f->n_alloc, f->n_videos, sizeof v)) {
        free(v.id);
        return sfd_fail_nomem(err, id);
    }
    f->videos[f->n_videos++] = v;
    return SFD_OK;
}

/* -------------------------------------------------------------------- parts */

static size_t count_parts(const sfd_set_file *f, const sfd_set_video *v)
{
    const size_t each = f->part_keyframes, n = v->n_keyframes;
    return each == 0 || n == SFD_UNKNOWN || n <= each ? 1 : (n - 1) / each + 1;
}

/* The last part has what the header of the video did not promise, too. */
static void cut_video(const sfd_set_file *f, size_t i, size_t count, sfd_part *parts)
{
    const size_t each = f->part_keyframes, n = f->videos[i].n_keyframes;
    for (size_t k = 0; k < count; k++) {
        const bool last = k + 1 == count;
        const size_t first = k * each;
        const double weight = n == SFD_UNKNOWN ? UNKNOWN_WEIGHT : (double)(last ? n - first : each);
        parts[k] = (sfd_part){.video = i,
                              .number = k + 1,
                              .count = count,
                              .first = first,
                              .n = last ? 0 : each,
                              .weight = weight + OPENING};
    }
}

sfd_status sfd_set_file_cut(sfd_set_file *f, sfd_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n_videos; i++)
        n += count_parts(f, &f->videos[i]);
    if (n > MAX_PARTS)
        return sfd_fail(
            err, SFD_ERR_UNSUPPORTED,
            "a data set of %zu parts, at most %d are possible: longer parts, or several "
            "sets, are",
            n, MAX_PARTS);
    free(f->parts);
    f->n_parts = 0;
    f->parts = sfd_calloc(n, sizeof *f->parts);
    if (!f->parts)
        return sfd_fail_nomem(err, "parts of a data set");
    for (size_t i = 0; i < f->n_videos; i++) {
        const size_t count = count_parts(f, &f->videos[i]);
        cut_video(f, i, count, f->parts + f->n_parts);
        f->n_parts += count;
    }
    return SFD_OK;
}

/* -------------------------------------------------------------------- names */

static bool needs_escape(const char *at, bool first)
{
    const unsigned char c = (unsigned char)*at;
    return c < ' ' || c == 0x7F || c == '/' || c == '%' || c == '~' || (first && c == '.');
}

/* Freed by the caller; NULL when memory is out. */
static char *file_stem(const char *id)
{
    char *stem = sfd_malloc_array(strlen(id) + 1, 3), *to = stem;
    for (const char *at = id; stem && *at; at++) {
        if (needs_escape(at, at == id))
            to += sprintf(to, "%%%02X", (unsigned)(unsigned char)*at);
        else
            *to++ = *at;
    }
    if (stem)
        *to = '\0';
    return stem;
}

sfd_status sfd_check_file_name(const char *id, sfd_error *err)
{
    char *stem = file_stem(id);
    const size_t n = stem ? strlen(stem) : 0;
    free(stem);
    if (!stem)
        return sfd_fail_nomem(err, id);
    if (n == 0 || n > MAX_NAME_BYTES)
        return sfd_fail(err, SFD_ERR_ARG,
                        "video id \"%.40s%s\": a file is called after it: 1 to %d bytes wanted", id,
                        n > 40 ? "..." : "", MAX_NAME_BYTES);
    return SFD_OK;
}

char *sfd_part_path(const char *folder, const sfd_set_file *f, const sfd_part *p,
                    const char *suffix)
{
    char part[64] = "", *path = NULL;
    char *stem = file_stem(f->videos[p->video].id);
    if (p->count > 1)
        snprintf(part, sizeof part, "~%zuof%zu", p->number, p->count);
    if (stem && asprintf(&path, "%s/%s%s%s", folder, stem, part, suffix) < 0)
        path = NULL;
    free(stem);
    return path;
}

void sfd_part_text(char *text, size_t n_bytes, const sfd_set_file *f, const sfd_part *p)
{
    const int n = snprintf(text, n_bytes, "video %.200s", f->videos[p->video].id);
    if (p->count > 1 && (size_t)n < n_bytes)
        snprintf(text + n, n_bytes - (size_t)n, ", part %zu of %zu", p->number, p->count);
}

/* ------------------------------------------------------------------- reading */

typedef struct reading {
    sfd_set_file *set;
    const char *path;
    size_t n_lines;
} reading;

static sfd_status fail_line(const reading *r, sfd_error *err)
{
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: line %zu is not as this program writes it", r->path,
                    r->n_lines);
}

/* The lines of an array of texts, joined. */
static char *join_lines(const cJSON *list)
{
    char *text = NULL;
    size_t n = 0;
    const cJSON *item;
    FILE *f = open_memstream(&text, &n);
    if (!f)
        return NULL;
    cJSON_ArrayForEach(item, list) if (cJSON_IsString(item)) fprintf(f, "%s\n", item->valuestring);
    const bool ok = !ferror(f);
    if (fclose(f) == 0 && ok)
        return text;
    free(text);
    return NULL;
}

static sfd_status read_head(reading *r, const cJSON *line, sfd_error *err)
{
    sfd_set_file *f = r->set;
    size_t format;
    if (!sfd_json_get_size(line, "dataset", &format) ||
        !sfd_json_get_size(line, "part_keyframes", &f->part_keyframes) ||
        !sfd_json_get_sum(line, "model", f->model) ||
        !sfd_json_get_sum(line, "options", f->options))
        return fail_line(r, err);
    if (format != FORMAT)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: format %zu, known is %d", r->path, format,
                        FORMAT);
    f->settings = join_lines(cJSON_GetObjectItemCaseSensitive(line, "settings"));
    return f->settings ? SFD_OK : sfd_fail_nomem(err, r->path);
}

static sfd_status read_video(reading *r, const cJSON *line, sfd_error *err)
{
    const char *id = sfd_json_text(line, "video");
    size_t n_keyframes = SFD_UNKNOWN;
    double offset_s;
    if (!id || !sfd_json_number(line, "offset", &offset_s) ||
        (cJSON_HasObjectItem(line, "keyframes") &&
         !sfd_json_get_size(line, "keyframes", &n_keyframes)))
        return fail_line(r, err);
    return sfd_set_file_add(r->set, id, offset_s, n_keyframes, err);
}

static sfd_status read_line(void *user, const cJSON *line, sfd_error *err)
{
    reading *r = user;
    return r->n_lines++ == 0 ? read_head(r, line, err) : read_video(r, line, err);
}

static char *set_path(const char *folder)
{
    char *path;
    return asprintf(&path, "%s/set.jsonl", folder) < 0 ? NULL : path;
}

sfd_status sfd_set_file_read(sfd_set_file *out, const char *folder, sfd_error *err)
{
    char *path = set_path(folder);
    reading r = {out, path, 0};
    *out = (sfd_set_file){0};
    if (!path)
        return sfd_fail_nomem(err, folder);
    sfd_status status = SFD_OK;
    if (access(path, F_OK) == 0) {
        status = sfd_json_lines_read(path, read_line, &r, err);
        if (status == SFD_OK && out->n_videos == 0)
            status = sfd_fail(err, SFD_ERR_FORMAT, "%s: no videos in it", path);
    }
    free(path);
    if (status != SFD_OK)
        sfd_set_file_free(out);
    return status;
}

/* ------------------------------------------------------------------- writing */

static bool write_head(const sfd_set_file *f, FILE *out)
{
    cJSON *line = cJSON_CreateObject(), *lines;
    bool ok = line && cJSON_AddNumberToObject(line, "dataset", FORMAT) &&
              cJSON_AddStringToObject(line, "version", sfd_version()) &&
              cJSON_AddStringToObject(line, "model", f->model) &&
              cJSON_AddStringToObject(line, "options", f->options) &&
              (lines = cJSON_AddArrayToObject(line, "settings"));
    for (const char *at = f->settings; ok && *at;) {
        const size_t n = strcspn(at, "\n");
        char *text = sfd_strndup(at, n);
        cJSON *item = text ? cJSON_CreateString(text) : NULL;
        ok = cJSON_AddItemToArray(lines, item);
        free(text);
        at += at[n] ? n + 1 : n;
    }
    ok = ok && cJSON_AddNumberToObject(line, "part_keyframes", (double)f->part_keyframes);
    return sfd_json_line_write(line, ok, out);
}

static bool write_video(const sfd_set_video *v, FILE *out)
{
    cJSON *line = cJSON_CreateObject();
    char offset[SFD_DECIMAL_CHARS];
    bool ok = line && cJSON_AddStringToObject(line, "video", v->id) &&
              cJSON_AddRawToObject(line, "offset", sfd_format_exact(offset, v->offset_s)) &&
              (v->n_keyframes == SFD_UNKNOWN ||
               cJSON_AddNumberToObject(line, "keyframes", (double)v->n_keyframes));
    return sfd_json_line_write(line, ok, out);
}

static sfd_status write_file(const sfd_set_file *f, const char *path, sfd_error *err)
{
    sfd_outfile *file;
    const sfd_status status = sfd_outfile_open(&file, path, err);
    if (status != SFD_OK)
        return status;
    FILE *out = sfd_outfile_stream(file);
    bool ok = write_head(f, out);
    for (size_t i = 0; i < f->n_videos && ok; i++)
        ok = write_video(&f->videos[i], out);
    if (ok)
        return sfd_outfile_commit(file, err);
    sfd_outfile_discard(file);
    return sfd_fail_nomem(err, path);
}

/* A name of this process's own, which then becomes the file's, if that has none yet. */
static sfd_status write_first(const sfd_set_file *f, const char *path, sfd_error *err)
{
    char *own = NULL, host[65] = "";
    gethostname(host, sizeof host - 1);
    if (asprintf(&own, "%s.%s.%ld", path, host, (long)getpid()) < 0)
        return sfd_fail_nomem(err, path);
    sfd_status status = write_file(f, own, err);
    if (status == SFD_OK && link(own, path) != 0 && access(path, F_OK) != 0)
        status = rename(own, path) == 0 ? SFD_OK : sfd_fail_errno(err, path, "create");
    unlink(own);
    free(own);
    return status;
}

sfd_status sfd_set_file_write(const sfd_set_file *f, const char *folder, bool replace,
                              sfd_error *err)
{
    char *path = set_path(folder);
    if (!path)
        return sfd_fail_nomem(err, folder);
    const sfd_status status = replace ? write_file(f, path, err) : write_first(f, path, err);
    free(path);
    return status;
}

/* ------------------------------------------------------------------ comparing */

static bool has_line(const char *text, const char *line, size_t n)
{
    while (*text) {
        const size_t m = strcspn(text, "\n");
        if (m == n && memcmp(text, line, n) == 0)
            return true;
        text += text[m] ? m + 1 : m;
    }
    return false;
}

/* The file of this run that a line of the settings is the sum of, and where the sum begins. */
static const char *file_of(const sfd_set_file *f, const char *line, int *sum_at)
{
    unsigned number = 0;
    return sscanf(line, "file %u %n", &number, sum_at) == 1 && number - 1 < f->n_files
               ? f->files[number - 1]
               : NULL;
}

/* The first line of another value, or that one of them has alone. */
static sfd_status fail_settings(const sfd_set_file *f, const char *there, const char *folder,
                                sfd_error *err)
{
    const char *wanted = f->settings;
    size_t n, m;
    int sum_at = 0;
    for (;;) {
        n = strcspn(wanted, "\n");
        m = strcspn(there, "\n");
        if (!*wanted || !*there || n != m || memcmp(wanted, there, n) != 0)
            break;
        wanted += wanted[n] ? n + 1 : n;
        there += there[m] ? m + 1 : m;
    }
    const char *file = file_of(f, wanted, &sum_at);
    if (file && strncmp(wanted, there, (size_t)sum_at) == 0)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: is of another file than %s: its SHA-256 was %.*s..., is %.*s...",
                        folder, file, (int)m - sum_at, there + sum_at, (int)n - sum_at,
                        wanted + sum_at);
    if (!*there || has_line(wanted, there, m))
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: is of other options: it is without \"%.*s\"",
                        folder, (int)n, wanted);
    if (!*wanted || has_line(there, wanted, n))
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: is of other options: it has \"%.*s\", which was not wanted", folder,
                        (int)m, there);
    return sfd_fail(err, SFD_ERR_MISMATCH,
                    "%s: is of other options: it has \"%.*s\", wanted was \"%.*s\"", folder, (int)m,
                    there, (int)n, wanted);
}

sfd_status sfd_set_file_compare(const sfd_set_file *wanted, const sfd_set_file *there,
                                const char *folder, sfd_error *err)
{
    const size_t n = wanted->n_videos, m = there->n_videos;
    if (strcmp(wanted->model, there->model) != 0)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: is of another model: its files have SHA-256 %.16s..., now %.16s...",
                        folder, there->model, wanted->model);
    if (strcmp(wanted->options, there->options) != 0)
        return fail_settings(wanted, there->settings, folder, err);
    if (wanted->part_keyframes != there->part_keyframes)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: its parts are of %zu keyframes, wanted are %zu (0: whole videos)",
                        folder, there->part_keyframes, wanted->part_keyframes);
    for (size_t i = 0; i < n || i < m; i++) {
        const sfd_set_video *a = i < n ? &wanted->videos[i] : NULL;
        const sfd_set_video *b = i < m ? &there->videos[i] : NULL;
        if (!a || !b || strcmp(a->id, b->id) != 0 || a->offset_s != b->offset_s)
            return sfd_fail(err, SFD_ERR_MISMATCH,
                            "%s: is of other videos: number %zu of %zu there is \"%.100s\", of %zu "
                            "wanted \"%.100s\"%s",
                            folder, i + 1, m, b ? b->id : "none", n, a ? a->id : "none",
                            a && b && strcmp(a->id, b->id) == 0 ? " with another offset" : "");
    }
    return SFD_OK;
}
