/* SPDX-License-Identifier: Apache-2.0 */
/* Person boxes as MMAction2 keeps them, from the values of a pickle. */
#include "boxes/pickled_proposals.h"

#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "boxes/pickled_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* About 600 bytes of objects for every keyframe; AVA has 300 000 of them. */
#define MAX_OBJECT_BYTES ((size_t)1 << 30)
#define MAX_BOXES        100000
#define MAX_KEY_BYTES    512
#define MIN_BOX_BYTES    4 /* four corners of a byte each, unless entries share them */

struct sfd_pickled_reader {
    const char *path;
    sfd_bad_rows *rows;
    sfd_pickled_boxes_fn fn;
    void *user;
    sfd_unpickler *u;
    sfd_row_reader rows_of; /* arrays */
    const sfd_mapping *file;
    size_t n_boxes; /* read so far */

    char video[MAX_KEY_BYTES], timestamp[MAX_KEY_BYTES]; /* of the entry at work */
    const sfd_value *value;
};

bool sfd_is_pickle(const unsigned char *data, size_t n_bytes)
{
    if (n_bytes >= 4 && memcmp(data, "PK\3\4", 4) == 0)
        return true;
    return n_bytes >= 2 && data[0] == 0x80 && data[1] >= 2 && data[1] <= 5;
}

bool sfd_is_text_pickle(const unsigned char *data, size_t n_bytes)
{
    return n_bytes > 2 && memchr("(}]c", data[0], 4) && data[n_bytes - 1] == '.';
}

/* ---- keys */

static bool copy_text(sfd_pickled_reader *r, char out[MAX_KEY_BYTES], const sfd_value *v)
{
    char text_of[SFD_DECIMAL_CHARS];
    double number;
    if (v->type == SFD_VALUE_INT)
        return snprintf(out, MAX_KEY_BYTES, "%" PRId64, v->integer) > 0;
    if (sfd_pickled_number(v, &number))
        return snprintf(out, MAX_KEY_BYTES, "%s", sfd_format_short(text_of, number)) > 0;
    const char *text = sfd_value_string(r->u, v, MAX_KEY_BYTES - 1);
    return text && *text && strlen(strcpy(out, text)) > 0;
}

/* "video,timestamp" or (video, timestamp) */
static bool read_key(sfd_pickled_reader *r, const sfd_value *key)
{
    if (key->type == SFD_VALUE_LIST)
        return key->list.n == 2 && copy_text(r, r->video, key->list.items[0]) &&
               copy_text(r, r->timestamp, key->list.items[1]);
    if (key->type != SFD_VALUE_TEXT || !copy_text(r, r->video, key))
        return false;
    char *comma = strrchr(r->video, ',');
    if (!comma || comma == r->video || !comma[1])
        return false;
    strcpy(r->timestamp, comma + 1);
    *comma = '\0';
    return true;
}

/* ---- values */

static bool is_row_length(size_t n)
{
    return n == 4 || n == 5;
}

/* One box that is not in a list of its own. */
static bool is_single(const sfd_value *v)
{
    if (v->type == SFD_VALUE_ARRAY)
        return v->array->n_dims == 1 && is_row_length(v->array->dims[0]);
    double number;
    return v->type == SFD_VALUE_LIST && is_row_length(v->list.n) &&
           sfd_pickled_number(v->list.items[0], &number);
}

static bool count_boxes(const sfd_value *v, size_t *n)
{
    *n = 1;
    if (is_single(v))
        return true;
    if (v->type == SFD_VALUE_LIST) {
        *n = v->list.n;
        return true;
    }
    if (v->type != SFD_VALUE_ARRAY || !v->array->complete || v->array->n_dims < 1)
        return false;
    *n = v->array->dims[0];
    return *n == 0 ||
           (v->array->n_dims == 2 && (is_row_length(v->array->dims[1]) || v->array->dims[1] == 0));
}

static sfd_status read_array_row(sfd_pickled_reader *r, const sfd_array *a, size_t i, double *row,
                                 sfd_error *err)
{
    char name[2 * MAX_KEY_BYTES + 2];
    size_t n;
    snprintf(name, sizeof name, "%s,%s", r->video, r->timestamp);
    return sfd_read_array_row(&r->rows_of, name, a, i, row, &n, err);
}

static bool read_list_row(const sfd_value *list, double *row)
{
    size_t n;
    return is_row_length(list->list.n) && sfd_read_list_row(list, row, &n);
}

static sfd_status fail_entry(const sfd_pickled_reader *r, const char *wanted, sfd_error *err)
{
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: entry \"%s,%s\": wanted %s", r->path, r->video,
                    r->timestamp, wanted);
}

static const char wanted_boxes[] = "an array or a list of N x 5 (x1, y1, x2, y2, score) or N x 4";

sfd_status sfd_pickled_box(const sfd_pickled_boxes *boxes, size_t i, double box[5], sfd_error *err)
{
    sfd_pickled_reader *r = boxes->reader;
    const sfd_value *row = r->value;
    if (r->n_boxes++ > r->file->n_bytes / MIN_BOX_BYTES)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: its entries share arrays: more boxes than the file has bytes",
                        r->path);
    if (row->type == SFD_VALUE_LIST && !is_single(row))
        row = row->list.items[i];
    box[4] = 1;
    if (row->type == SFD_VALUE_ARRAY && row->array->complete && (row == r->value || is_single(row)))
        return read_array_row(r, row->array, i, box, err);
    if (row->type == SFD_VALUE_LIST && read_list_row(row, box))
        return SFD_OK;
    return fail_entry(r, wanted_boxes, err);
}

/* ---- entries */

static sfd_status check_entry(sfd_pickled_reader *r, const sfd_value *key, size_t *n,
                              sfd_error *err)
{
    if (!read_key(r, key)) {
        const char *name = sfd_value_string(r->u, key, MAX_KEY_BYTES - 1);
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: entry '%s': wanted a key of the form video,timestamp", r->path,
                        name ? name : "(no text)");
    }
    if (!count_boxes(r->value, n))
        return fail_entry(r, wanted_boxes, err);
    return *n <= MAX_BOXES ? SFD_OK : fail_entry(r, "no more than 100000 boxes", err);
}

static sfd_status on_root(void *user, sfd_unpickler *u, const sfd_value *root,
                          const sfd_storage_source *source, sfd_error *err)
{
    sfd_pickled_reader *r = user;
    sfd_status status = SFD_OK;
    r->u = u;
    sfd_row_reader_init(&r->rows_of, r->path, r->file, source);
    if (root->type != SFD_VALUE_DICT)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: a pickle that is no dictionary \"video,timestamp\" -> boxes", r->path);
    for (size_t i = 0; status == SFD_OK && i + 1 < root->list.n; i += 2) {
        sfd_pickled_boxes entry = {r->path, r->video, r->timestamp, 0, r};
        r->value = root->list.items[i + 1];
        status = check_entry(r, root->list.items[i], &entry.n_boxes, &r->rows->row);
        if (u->status != SFD_OK) {
            status = u->status;
            break;
        }
        status = status == SFD_OK ? r->fn(r->user, &entry, err)
                                  : sfd_bad_rows_count(r->rows, status, err);
    }
    sfd_row_reader_free(&r->rows_of);
    return status;
}

sfd_status sfd_pickled_proposals_read(const char *path, sfd_bad_rows *rows, sfd_pickled_boxes_fn fn,
                                      void *user, sfd_error *err)
{
    sfd_mapping file;
    sfd_status status = sfd_reserve_file(&file, path, err);
    if (status != SFD_OK)
        return status;
    sfd_pickled_reader r = {.path = path, .rows = rows, .fn = fn, .user = user, .file = &file};
    status = sfd_pickled_root(path, &file, MAX_OBJECT_BYTES, on_root, &r, err);
    sfd_unmap(&file);
    return status;
}
