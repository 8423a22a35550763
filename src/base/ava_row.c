/* SPDX-License-Identifier: Apache-2.0 */
/* AVA's csv files. */
#include "base/ava_row.h"

#include "base/alloc.h"
#include "base/box.h"
#include "base/error.h"
#include "base/text.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char byte_order_mark[] = "\xEF\xBB\xBF";

/* ---- what is no content ---- */

typedef struct tidier {
    sfd_csv_row_fn fn;
    void *user;
    sfd_ava_tolerated *found;
    bool begun; /* a row with content has been seen */
    char *text; /* the row's fields, where they had to be changed; each with a final zero */
    size_t n_text_alloc;
    sfd_csv_field fields[SFD_CSV_MAX_FIELDS];
} tidier;

static void note(uint64_t *line, const sfd_csv_row *row)
{
    if (*line == 0)
        *line = row->line;
}

static bool is_padding(char c)
{
    return c == ' ' || c == '\t';
}

/* Blanks that a video's name has within quotes are its own. */
static bool is_exact(const sfd_csv_field *f, size_t column)
{
    return column == SFD_AVA_VIDEO && f->quoted;
}

static sfd_csv_field trimmed(sfd_csv_field f)
{
    while (f.length > 0 && is_padding(f.text[f.length - 1]))
        f.length--;
    while (f.length > 0 && is_padding(*f.text)) {
        f.text++;
        f.length--;
    }
    return f;
}

static bool has_content(const sfd_csv_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fields[i].length > 0)
            return true;
    return false;
}

static bool begins_with_mark(const sfd_csv_row *row)
{
    return row->line == 1 && row->n_fields > 0 && row->fields[0].length >= 3 &&
           memcmp(row->fields[0].text, byte_order_mark, 3) == 0;
}

/* Into t->fields, which then hold another number of fields. */
static size_t split_at_tabs(tidier *t, sfd_csv_field line)
{
    size_t n = 0;
    for (const char *at = line.text, *end = at + line.length; n < SFD_CSV_MAX_FIELDS; n++) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        t->fields[n] = (sfd_csv_field){at, (size_t)((tab ? tab : end) - at), false};
        if (!tab)
            return n + 1;
        at = tab + 1;
    }
    return n;
}

/* The fields' texts, whose ends have moved, with final zeros of their own. */
static bool copy_texts(tidier *t, size_t n_fields)
{
    size_t n = 0;
    for (size_t i = 0; i < n_fields; i++)
        n += t->fields[i].length + 1;
    while (t->n_text_alloc < n)
        if (!sfd_grow(&t->text, &t->n_text_alloc, t->n_text_alloc, 1))
            return false;
    char *at = t->text;
    for (size_t i = 0; i < n_fields; i++) {
        memcpy(at, t->fields[i].text, t->fields[i].length);
        at[t->fields[i].length] = '\0';
        t->fields[i].text = at;
        at += t->fields[i].length + 1;
    }
    return true;
}

/* Fills t->fields from a row; the return value is their number. */
static size_t tidy_fields(tidier *t, const sfd_csv_row *row)
{
    size_t n = row->n_fields;
    memcpy(t->fields, row->fields, n * sizeof *row->fields);
    if (begins_with_mark(row)) {
        note(&t->found->mark, row);
        t->fields[0].text += 3;
        t->fields[0].length -= 3;
    }
    if (n == 1 && !row->fields[0].quoted && memchr(t->fields[0].text, '\t', t->fields[0].length)) {
        note(&t->found->tabs, row);
        n = split_at_tabs(t, t->fields[0]);
    }
    for (size_t i = 0; i < n; i++) {
        if (is_exact(&t->fields[i], i))
            continue;
        const sfd_csv_field field = trimmed(t->fields[i]);
        if (i == SFD_AVA_VIDEO && field.length < t->fields[i].length)
            note(&t->found->padding, row);
        t->fields[i] = field;
    }
    for (; n > SFD_AVA_COLUMNS && t->fields[n - 1].length == 0; n--)
        note(&t->found->empty_columns, row);
    return n;
}

static bool is_tidy(const sfd_csv_row *row)
{
    for (size_t i = 0; i < row->n_fields; i++) {
        const sfd_csv_field *f = &row->fields[i];
        if (f->length > 0 && !is_exact(f, i) &&
            (is_padding(*f->text) || is_padding(f->text[f->length - 1])))
            return false;
    }
    return row->n_fields > 1 && row->n_fields <= SFD_AVA_COLUMNS && row->fields[0].length > 0 &&
           !begins_with_mark(row);
}

/* All columns but the first begin like words, and none is a number ("nan"). */
static bool is_header(const sfd_csv_row *row)
{
    double number;
    for (size_t i = 1; i < row->n_fields; i++) {
        const sfd_csv_field *f = &row->fields[i];
        const unsigned char first = (unsigned char)*f->text;
        if (f->length == 0 || !(isalpha(first) || first == '_') ||
            sfd_parse_double(f->text, f->length, &number))
            return false;
    }
    return row->n_fields > 1;
}

/* In files put one behind another headers stand in the middle, too. There only one that begins as
 * headers do is no content: other words are a row that cannot be used. */
static bool is_later_header(const sfd_csv_row *row)
{
    return strncasecmp(row->fields[SFD_AVA_VIDEO].text, "video", 5) == 0 && is_header(row);
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    tidier *t = user;
    sfd_csv_row tidy = *row;
    if (!is_tidy(row)) {
        sfd_ava_tolerated before = *t->found;
        tidy.n_fields = tidy_fields(t, row);
        tidy.fields = t->fields;
        if (!has_content(tidy.fields, tidy.n_fields)) {
            before.mark = t->found->mark;
            *t->found = before; /* a blank line is not padded, too */
            note(&t->found->blank, row);
            return SFD_OK;
        }
        if (!copy_texts(t, tidy.n_fields))
            return sfd_fail_nomem(err, row->path);
    }
    const bool first = !t->begun;
    t->begun = true;
    if (first ? is_header(&tidy) : is_later_header(&tidy)) {
        note(&t->found->header, row);
        return SFD_OK;
    }
    return t->fn(t->user, &tidy, err);
}

static sfd_status read_tidy(const char *path, const void *data, size_t n_bytes, sfd_csv_row_fn fn,
                            void *user, sfd_ava_tolerated *found, sfd_error *err)
{
    sfd_ava_tolerated ignored;
    tidier *t = sfd_calloc(1, sizeof *t);
    if (!t)
        return sfd_fail_nomem(err, path);
    t->fn = fn;
    t->user = user;
    t->found = found ? found : &ignored;
    *t->found = (sfd_ava_tolerated){0};
    const sfd_status status = data ? sfd_csv_parse(path, data, n_bytes, on_row, t, err)
                                   : sfd_csv_read(path, on_row, t, err);
    free(t->text);
    free(t);
    return status;
}

sfd_status sfd_ava_read(const char *path, sfd_csv_row_fn fn, void *user, sfd_ava_tolerated *t,
                        sfd_error *err)
{
    return read_tidy(path, NULL, 0, fn, user, t, err);
}

sfd_status sfd_ava_parse(const char *name, const void *data, size_t n_bytes, sfd_csv_row_fn fn,
                         void *user, sfd_ava_tolerated *t, sfd_error *err)
{
    return read_tidy(name, data, n_bytes, fn, user, t, err);
}

/* ---- rows ---- */

bool sfd_ava_row_is_frame(const sfd_csv_row *row)
{
    for (size_t i = 2; i < row->n_fields; i++)
        if (row->fields[i].length > 0)
            return false;
    return row->n_fields >= 2;
}

static const char *other_separator(const sfd_csv_row *row)
{
    const sfd_csv_field *f = &row->fields[0];
    if (row->n_fields != 1)
        return "";
    if (memchr(f->text, ';', f->length))
        return "; semicolons separate none, commas and tabs do";
    return memchr(f->text, ' ', f->length) ? "; blanks separate none, commas and tabs do" : "";
}

sfd_status sfd_ava_fail_columns(const sfd_csv_row *row, const char *layout, sfd_error *err)
{
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: line %llu: %zu column%s, wanted %s%s", row->path,
                    (unsigned long long)row->line, row->n_fields, row->n_fields == 1 ? "" : "s",
                    layout, other_separator(row));
}

sfd_status sfd_ava_row_check(const sfd_csv_row *row, const char *layout, sfd_error *err)
{
    if (row->n_fields >= SFD_AVA_LABEL && row->n_fields <= SFD_AVA_COLUMNS)
        return SFD_OK;
    return sfd_ava_fail_columns(row, layout, err);
}

static bool parse(const sfd_csv_row *row, int column, double *value)
{
    const sfd_csv_field *f = &row->fields[column];
    return sfd_parse_double(f->text, f->length, value);
}

sfd_status sfd_ava_row_time(const sfd_csv_row *row, double *timestamp_s, sfd_error *err)
{
    if (!parse(row, SFD_AVA_TIME, timestamp_s) || !(fabs(*timestamp_s) <= SFD_AVA_MAX_TIMESTAMP_S))
        return sfd_csv_fail(err, row, SFD_AVA_TIME, "timestamp", "seconds");
    return SFD_OK;
}

sfd_status sfd_ava_row_box(const sfd_csv_row *row, double *timestamp_s, sfd_box_norm *box,
                           bool *cut, sfd_error *err)
{
    double c[4];
    int corner;
    sfd_status status = sfd_ava_row_time(row, timestamp_s, err);
    if (status != SFD_OK)
        return status;
    for (int i = 0; i < 4; i++)
        if (!parse(row, SFD_AVA_X1 + i, &c[i]))
            return sfd_csv_fail(err, row, (size_t)(SFD_AVA_X1 + i), sfd_box_corner_name(i),
                                "a number");
    *box = (sfd_box_norm){c[0], c[1], c[2], c[3]};
    const sfd_box_state state = sfd_box_examine(box, &corner);
    *cut = state == SFD_BOX_CUT;
    if (*cut)
        sfd_box_clip(box);
    if (sfd_box_usable(state))
        return SFD_OK;
    return sfd_csv_fail(err, row, (size_t)(SFD_AVA_X1 + corner), sfd_box_corner_name(corner),
                        sfd_box_wanted(state, corner));
}

sfd_status sfd_ava_row_label(const sfd_csv_row *row, int *label, sfd_error *err)
{
    long long id = 0;
    *label = 0;
    if (row->n_fields <= SFD_AVA_LABEL || row->fields[SFD_AVA_LABEL].length == 0)
        return SFD_OK;
    const sfd_csv_field *f = &row->fields[SFD_AVA_LABEL];
    if (!sfd_parse_long(f->text, f->length, &id) || id < INT_MIN || id > INT_MAX)
        return sfd_csv_fail(err, row, SFD_AVA_LABEL, "label", "an action id or nothing");
    *label = (int)id;
    return SFD_OK;
}
