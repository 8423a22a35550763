/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of lists of videos. */
#include "classify/list.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define FRAME_LIST    "original_vido_id" /* sic; how PySlowFast's lists of frames begin */
#define FRAME_COLUMNS 5

typedef struct reader {
    int n_classes;
    sfd_list_line_fn *fn;
    void *user;
    bool begun, of_frames;
    size_t mark; /* bytes of a byte order mark before the row in hand */
    char *text;  /* a line's fields with their commas again */
    size_t n_text_alloc;
    sfd_list_line line;
} reader;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Without blanks around it, and with a final zero of its own. */
static char *trim(char *text)
{
    while (is_blank(*text))
        text++;
    size_t n = strlen(text);
    while (n > 0 && is_blank(text[n - 1]))
        n--;
    text[n] = '\0';
    return text;
}

/* ------------------------------------------------------------------ labels */

/* Numbers with commas between, perhaps in quotes, perhaps none at all. */
static bool looks_like_labels(const char *text)
{
    return text[strspn(text, "0123456789,\"+-")] == '\0';
}

static sfd_status add_label(reader *r, const char *text, size_t n, sfd_error *err)
{
    sfd_list_line *l = &r->line;
    long long label;
    if (!sfd_parse_long(text, n, &label) || label < 0 || label >= r->n_classes)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: line %llu: label \"%.*s\" is not an integer from 0 to %d, the last of "
                        "the network's outputs",
                        l->row->path, (unsigned long long)l->row->line, (int)n, text,
                        r->n_classes - 1);
    if (l->n_labels == SFD_MAX_LINE_LABELS)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: line %llu: more than %d labels", l->row->path,
                        (unsigned long long)l->row->line, SFD_MAX_LINE_LABELS);
    l->labels[l->n_labels++] = (int)label;
    return SFD_OK;
}

static sfd_status add_labels(reader *r, const char *text, sfd_error *err)
{
    sfd_status status = SFD_OK;
    const size_t quoted = *text == '"';
    text += quoted;
    size_t left = strlen(text);
    left -= quoted && left > 0 && text[left - 1] == '"';
    while (status == SFD_OK && left > 0) {
        const char *comma = memchr(text, ',', left);
        const size_t n = comma ? (size_t)(comma - text) : left;
        status = add_label(r, text, n, err);
        text += comma ? n + 1 : n;
        left -= comma ? n + 1 : n;
    }
    return status;
}

/* ------------------------------------------------------------------ layouts */

static sfd_status fail_line(const reader *r, const char *wanted, sfd_error *err)
{
    const sfd_csv_row *row = r->line.row;
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: line %llu: \"%.200s\" is not %s", row->path,
                    (unsigned long long)row->line, row->fields[0].text, wanted);
}

/* The blank before the last word; NULL when there is one word. */
static char *last_blank(char *text)
{
    char *at = text + strlen(text);
    while (at > text && !is_blank(at[-1]))
        at--;
    return at > text ? at - 1 : NULL;
}

/* A name with an extension, as files have, not folders. */
static bool names_a_file(const char *path, const char *end)
{
    const char *dot = memrchr(path, '.', (size_t)(end - path));
    return dot && !memchr(dot, '/', (size_t)(end - dot));
}

/* Of "a.npy 163", in front of labels in MMAction2's lists, the number is that of the video's
 * frames. */
static void take_frames(reader *r, char *path)
{
    char *blank = last_blank(path),
         *dot = blank ? memrchr(path, '.', (size_t)(blank - path)) : NULL;
    long long n;
    if (!dot || strncmp(dot, ".npy", 4) != 0 || !is_blank(dot[4]) ||
        !sfd_parse_long(blank + 1, strlen(blank + 1), &n) || n < 1)
        return;
    *blank = '\0';
    trim(path);
    r->line.n_frames = n;
}

/* path, or path label[,label...] */
static sfd_status read_words(reader *r, char *text, sfd_error *err)
{
    char *blank = last_blank(text);
    r->line.path = text;
    if (!blank || (!looks_like_labels(blank + 1) && !names_a_file(text, blank)))
        return SFD_OK;
    *blank = '\0';
    text = trim(text);
    take_frames(r, text);
    r->line.path = text;
    return add_labels(r, blank + 1, err);
}

/* path,label[,label...]; "label,label" in quotes is one field. */
static sfd_status read_fields(reader *r, sfd_error *err)
{
    const sfd_csv_row *row = r->line.row;
    sfd_status status = SFD_OK;
    memcpy(r->text, row->fields[0].text + r->mark, row->fields[0].length + 1 - r->mark);
    r->line.path = trim(r->text);
    char *label = r->text + row->fields[0].length + 1; /* there is room for all fields */
    for (size_t i = 1; status == SFD_OK && i < row->n_fields; i++) {
        memcpy(label, row->fields[i].text, row->fields[i].length + 1);
        const char *text = trim(label);
        status = *text ? add_labels(r, text, err) : fail_line(r, "a video's path and a label", err);
    }
    return status;
}

/* original_vido_id video_id frame_id path labels */
static sfd_status read_frame(reader *r, char *text, sfd_error *err)
{
    char *words[FRAME_COLUMNS], *rest = NULL;
    size_t n = 0;
    for (char *w = strtok_r(text, " \t", &rest); w; w = strtok_r(NULL, " \t", &rest)) {
        if (n < FRAME_COLUMNS)
            words[n] = w;
        n++;
    }
    if (n != FRAME_COLUMNS)
        return fail_line(r, "original_vido_id video_id frame_id path labels", err);
    r->line.video = words[0];
    r->line.path = words[3];
    return add_labels(r, words[4], err);
}

/* ------------------------------------------------------------------ lines */

/* All of a row, as it stood but for quotes around fields. */
static bool join(reader *r, const sfd_csv_row *row)
{
    size_t n = 1;
    for (size_t i = 0; i < row->n_fields; i++)
        n += row->fields[i].length + 1;
    while (r->n_text_alloc < n)
        if (!sfd_grow(&r->text, &r->n_text_alloc, r->n_text_alloc, 1))
            return false;
    char *at = r->text;
    for (size_t i = 0; i < row->n_fields; i++) {
        const size_t skip = i == 0 ? r->mark : 0;
        if (i > 0)
            *at++ = ',';
        memcpy(at, row->fields[i].text + skip, row->fields[i].length - skip);
        at += row->fields[i].length - skip;
    }
    *at = '\0';
    return true;
}

/* "a.mp4 1,2": a path and labels, although commas part fields. */
static bool is_words(const sfd_csv_row *row, char *joined)
{
    const char *blank = last_blank(joined);
    return row->n_fields == 1 || (blank && (size_t)(blank - joined) < row->fields[0].length &&
                                  looks_like_labels(blank + 1) && names_a_file(joined, blank));
}

/* All but the path are words: names of columns. */
static bool is_header(const sfd_csv_row *row)
{
    for (size_t i = 1; i < row->n_fields; i++)
        if (looks_like_labels(row->fields[i].text))
            return false;
    return row->n_fields > 1;
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    reader *r = user;
    const bool marked = row->line == 1 && row->n_fields > 0 && row->fields[0].length >= 3 &&
                        memcmp(row->fields[0].text, "\xEF\xBB\xBF", 3) == 0;
    r->mark = marked ? 3 : 0;
    if (!join(r, row))
        return sfd_fail_nomem(err, row->path);
    char *text = trim(r->text);
    if (*text == '\0')
        return SFD_OK;
    const bool first = !r->begun;
    r->begun = true;
    r->line.row = row;
    r->line.video = NULL;
    r->line.n_labels = 0;
    r->line.n_frames = 0;
    if (first && strncmp(text, FRAME_LIST, strlen(FRAME_LIST)) == 0) {
        r->of_frames = true;
        return SFD_OK;
    }
    sfd_status status;
    if (r->of_frames)
        status = read_frame(r, text, err);
    else if (is_words(row, text))
        status = read_words(r, text, err);
    else if (first && is_header(row))
        return SFD_OK;
    else
        status = read_fields(r, err);
    if (status == SFD_OK && *r->line.path == '\0')
        status = fail_line(r, "a video's path and a label", err);
    return status == SFD_OK ? r->fn(r->user, &r->line, err) : status;
}

static sfd_status read_all(const char *path, const void *data, size_t n_bytes, int n_classes,
                           sfd_list_line_fn *fn, void *user, sfd_error *err)
{
    reader *r = sfd_calloc(1, sizeof *r);
    if (!r)
        return sfd_fail_nomem(err, path);
    r->n_classes = n_classes;
    r->fn = fn;
    r->user = user;
    const sfd_status status = data ? sfd_csv_parse(path, data, n_bytes, on_row, r, err)
                                   : sfd_csv_read(path, on_row, r, err);
    free(r->text);
    free(r);
    return status;
}

sfd_status sfd_list_read(const char *path, int n_classes, sfd_list_line_fn *fn, void *user,
                         sfd_error *err)
{
    return read_all(path, NULL, 0, n_classes, fn, user, err);
}

sfd_status sfd_list_parse(const char *name, const void *data, size_t n_bytes, int n_classes,
                          sfd_list_line_fn *fn, void *user, sfd_error *err)
{
    return read_all(name, data, n_bytes, n_classes, fn, user, err);
}
