/* SPDX-License-Identifier: Apache-2.0 */
#include "dataset/json_line.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE_BYTES (1 << 20)
#define MAX_SIZE       9e15 /* what a double holds */

static sfd_status take_line(const char *path, size_t number, const char *text, size_t n,
                            sfd_json_line_fn *fn, void *user, sfd_error *err)
{
    sfd_error why = {0};
    cJSON *line = NULL;
    sfd_status status = sfd_json_parse(&line, path, text, n, &why);
    if (status == SFD_OK && !cJSON_IsObject(line))
        status = SFD_ERR_FORMAT;
    if (status == SFD_OK)
        status = fn(user, line, err);
    else if (status != SFD_ERR_NOMEM)
        status = sfd_fail(err, SFD_ERR_FORMAT, "%s: line %zu is no JSON object", path, number);
    else
        sfd_fail_nomem(err, path);
    cJSON_Delete(line);
    return status;
}

static bool skip_mark(FILE *in)
{
    char mark[3];
    return (fread(mark, 1, 3, in) == 3 && memcmp(mark, "\xEF\xBB\xBF", 3) == 0) ||
           fseek(in, 0, SEEK_SET) == 0;
}

/* Longer lines are not read into memory. `whole`: the last line counts without its end, too. */
static sfd_status read_lines(const char *path, FILE *in, bool whole, sfd_json_line_fn *fn,
                             void *user, sfd_error *err)
{
    char *line = malloc(MAX_LINE_BYTES);
    sfd_status status = line ? SFD_OK : sfd_fail_nomem(err, path);
    for (size_t number = 1; status == SFD_OK && fgets(line, MAX_LINE_BYTES, in); number++) {
        const size_t n = strlen(line);
        const bool ended = n > 0 && line[n - 1] == '\n';
        if (ended || (whole && n > 0 && feof(in)))
            status = take_line(path, number, line, n - ended, fn, user, err);
        else if (!feof(in))
            status = sfd_fail(err, SFD_ERR_FORMAT, "%s: line %zu is too long, or holds a zero byte",
                              path, number);
    }
    if (status == SFD_OK && ferror(in))
        status = sfd_fail_errno(err, path, "read");
    free(line);
    return status;
}

static sfd_status read_file(const char *path, bool whole, sfd_json_line_fn *fn, void *user,
                            sfd_error *err)
{
    FILE *in = fopen(path, "rbe");
    if (!in)
        return sfd_fail_errno(err, path, "open");
    const sfd_status status = !whole || skip_mark(in) ? read_lines(path, in, whole, fn, user, err)
                                                      : sfd_fail_errno(err, path, "read");
    fclose(in);
    return status;
}

sfd_status sfd_json_lines_read(const char *path, sfd_json_line_fn *fn, void *user, sfd_error *err)
{
    return read_file(path, false, fn, user, err);
}

sfd_status sfd_json_lines_read_whole(const char *path, sfd_json_line_fn *fn, void *user,
                                     sfd_error *err)
{
    return read_file(path, true, fn, user, err);
}

bool sfd_json_line_write(cJSON *line, bool ok, FILE *out)
{
    char *text = ok ? cJSON_PrintUnformatted(line) : NULL;
    if (text)
        fprintf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(line);
    return text != NULL;
}

bool sfd_json_get_size(const cJSON *line, const char *name, size_t *out)
{
    double v;
    if (!sfd_json_number(line, name, &v) || !(v >= 0 && v <= MAX_SIZE) || v != floor(v))
        return false;
    *out = (size_t)v;
    return true;
}

bool sfd_json_get_sum(const cJSON *line, const char *name, char out[SFD_SHA256_TEXT])
{
    const char *text = sfd_json_text(line, name);
    if (!text || strlen(text) != SFD_SHA256_TEXT - 1 ||
        strspn(text, "0123456789abcdef") != SFD_SHA256_TEXT - 1)
        return false;
    memcpy(out, text, SFD_SHA256_TEXT);
    return true;
}
