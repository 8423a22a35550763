/* SPDX-License-Identifier: Apache-2.0 */
/* Tubes, from the values of a pickle. */
#include "boxes/pickled_tubes.h"

#include "base/error.h"
#include "base/file.h"
#include "base/name_table.h"
#include "boxes/pickled_proposals.h"
#include "boxes/pickled_rows.h"

#include <stdio.h>
#include <string.h>

#define MAX_OBJECT_BYTES ((size_t)1 << 30)
#define MAX_NAME_BYTES   1024
#define MAX_LABELS       4096
#define ROW              5

typedef struct tube_reader {
    const char *path;
    const sfd_tube_visitor *visitor;
    const sfd_mapping *file;
    sfd_unpickler *u;
    sfd_row_reader rows;
    size_t n_rows;
    const sfd_value *frames, *sizes;
    sfd_name_table frames_of, size_of, train, test; /* places in these, by video */
} tube_reader;

static sfd_status fail(const tube_reader *r, sfd_error *err, const char *video, const char *wanted)
{
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: \"%.200s\": wanted %s", r->path, video, wanted);
}

static bool is_dict(const sfd_value *v)
{
    return v && v->type == SFD_VALUE_DICT;
}

static bool is_list(const sfd_value *v)
{
    return v && v->type == SFD_VALUE_LIST;
}

/* ---- what is told of videos */

static sfd_status index_names(tube_reader *r, sfd_name_table *t, const sfd_value *v, size_t step,
                              sfd_error *err)
{
    size_t ignored;
    for (size_t i = 0; v && i < v->list.n; i += step) {
        const char *name = sfd_value_string(r->u, v->list.items[i], MAX_NAME_BYTES);
        if (name && !sfd_name_table_find(t, name, &ignored) && !sfd_name_table_add(t, name, i))
            return sfd_fail_nomem(err, r->path);
    }
    return r->u->status;
}

static const sfd_value *dict(tube_reader *r, const sfd_value *root, const char *key)
{
    const sfd_value *v = sfd_value_get(r->u, root, key);
    return is_dict(v) ? v : NULL;
}

/* The first split of a list of lists. */
static const sfd_value *split(tube_reader *r, const sfd_value *root, const char *key)
{
    const sfd_value *v = sfd_value_get(r->u, root, key);
    if (is_list(v) && v->list.n > 0 && is_list(v->list.items[0]))
        v = v->list.items[0];
    return is_list(v) ? v : NULL;
}

static sfd_status index_root(tube_reader *r, const sfd_value *root, sfd_error *err)
{
    r->frames = dict(r, root, "nframes");
    r->sizes = dict(r, root, "resolution");
    sfd_status status = index_names(r, &r->frames_of, r->frames, 2, err);
    if (status == SFD_OK)
        status = index_names(r, &r->size_of, r->sizes, 2, err);
    if (status == SFD_OK)
        status = index_names(r, &r->train, split(r, root, "train_videos"), 1, err);
    if (status == SFD_OK)
        status = index_names(r, &r->test, split(r, root, "test_videos"), 1, err);
    return status;
}

static sfd_tube_video describe(const tube_reader *r, const char *name)
{
    sfd_tube_video v = {.name = name};
    size_t i;
    v.in_train = sfd_name_table_find(&r->train, name, &i);
    v.in_test = sfd_name_table_find(&r->test, name, &v.test_place);
    if (sfd_name_table_find(&r->frames_of, name, &i) &&
        r->frames->list.items[i + 1]->type == SFD_VALUE_INT)
        v.n_frames = r->frames->list.items[i + 1]->integer;
    if (sfd_name_table_find(&r->size_of, name, &i)) {
        const sfd_value *size = r->sizes->list.items[i + 1];
        double side[SFD_MAX_PICKLED_ROW];
        size_t n;
        if (is_list(size) && sfd_read_list_row(size, side, &n) && n == 2) {
            v.height = side[0];
            v.width = side[1];
        }
    }
    return v;
}

/* ---- tubes */

static bool count_rows(const sfd_value *v, size_t *n)
{
    if (v->type == SFD_VALUE_LIST) {
        *n = v->list.n;
        return true;
    }
    if (v->type != SFD_VALUE_ARRAY || !v->array->complete || v->array->n_dims != 2 ||
        (v->array->dims[0] > 0 && v->array->dims[1] != ROW))
        return false;
    *n = v->array->dims[0];
    return true;
}

static sfd_status read_row(tube_reader *r, const char *video, const sfd_value *tube, size_t i,
                           double *row, sfd_error *err)
{
    size_t n = 0;
    if (tube->type == SFD_VALUE_ARRAY)
        return sfd_read_array_row(&r->rows, video, tube->array, i, row, &n, err);
    const sfd_value *item = tube->list.items[i];
    if (!is_list(item) || !sfd_read_list_row(item, row, &n) || n != ROW)
        return fail(r, err, video, "rows of five numbers");
    return SFD_OK;
}

static sfd_status read_tube(tube_reader *r, const char *video, size_t label, const sfd_value *tube,
                            sfd_error *err)
{
    const sfd_tube_visitor *to = r->visitor;
    const sfd_dtype dtype = tube->type == SFD_VALUE_ARRAY ? tube->array->dtype : SFD_F64;
    double row[SFD_MAX_PICKLED_ROW];
    size_t n;
    if (!count_rows(tube, &n))
        return fail(r, err, video, "tubes of [N][5]: frame, x1, y1, x2, y2");
    if (n > r->file->n_bytes || (r->n_rows += n) > r->file->n_bytes)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: its tubes share arrays: more rows than the file has bytes", r->path);
    sfd_status status = to->on_tube(to->user, label, n, dtype, err);
    for (size_t i = 0; status == SFD_OK && i < n; i++) {
        status = read_row(r, video, tube, i, row, err);
        if (status == SFD_OK)
            status = to->on_row(to->user, row, err);
    }
    return status;
}

static sfd_status read_label(tube_reader *r, const char *video, const sfd_value *label,
                             const sfd_value *tubes, sfd_error *err)
{
    sfd_status status = SFD_OK;
    if (label->type != SFD_VALUE_INT || label->integer < 0 || label->integer >= MAX_LABELS)
        return fail(r, err, video, "labels by number, 0 to 4095");
    if (!is_list(tubes))
        return fail(r, err, video, "a list of tubes for each label");
    for (size_t i = 0; status == SFD_OK && i < tubes->list.n; i++)
        status = read_tube(r, video, (size_t)label->integer, tubes->list.items[i], err);
    return status;
}

static sfd_status read_video(tube_reader *r, const sfd_value *key, const sfd_value *labels,
                             sfd_error *err)
{
    const char *name = sfd_value_string(r->u, key, MAX_NAME_BYTES);
    if (!name || !*name || !is_dict(labels))
        return r->u->status != SFD_OK ? r->u->status
                                      : fail(r, err, name ? name : "gttubes",
                                             "video names, for each a dictionary of labels");
    const sfd_tube_video v = describe(r, name);
    sfd_status status = r->visitor->on_video(r->visitor->user, &v, err);
    for (size_t i = 0; status == SFD_OK && i + 1 < labels->list.n; i += 2)
        status = read_label(r, name, labels->list.items[i], labels->list.items[i + 1], err);
    return status;
}

static sfd_status read_labels(tube_reader *r, const sfd_value *list, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && is_list(list) && i < list->list.n && i < MAX_LABELS;
         i++) {
        const char *name = sfd_value_string(r->u, list->list.items[i], MAX_NAME_BYTES);
        if (name && *name)
            status = r->visitor->on_label(r->visitor->user, i, name, err);
    }
    return status == SFD_OK ? r->u->status : status;
}

static sfd_status on_root(void *user, sfd_unpickler *u, const sfd_value *root,
                          const sfd_storage_source *source, sfd_error *err)
{
    tube_reader *r = user;
    r->u = u;
    sfd_row_reader_init(&r->rows, r->path, r->file, source);
    const sfd_value *tubes = dict(r, root, "gttubes");
    if (!tubes)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: a pickle without a dictionary \"gttubes\"",
                        r->path);
    sfd_status status = index_root(r, root, err);
    if (status == SFD_OK)
        status = read_labels(r, sfd_value_get(u, root, "labels"), err);
    for (size_t i = 0; status == SFD_OK && i + 1 < tubes->list.n; i += 2)
        status = read_video(r, tubes->list.items[i], tubes->list.items[i + 1], err);
    sfd_row_reader_free(&r->rows);
    return status;
}

/* A csv's letters would be told as opcodes that are not known. */
static sfd_status check_pickle(const char *path, const sfd_mapping *file, sfd_error *err)
{
    const size_t n = file->n_bytes, n_head = n < 4 ? n : 4;
    if (!sfd_mapping_load(file, 0, n_head) || (n > 0 && !sfd_mapping_load(file, n - 1, 1)))
        return sfd_fail_shrunk(err, path);
    if (sfd_is_pickle(file->data, n) || sfd_is_text_pickle(file->data, n))
        return SFD_OK;
    return sfd_fail(err, SFD_ERR_FORMAT,
                    "%s: is no pickle: wanted tubes as MultiSports, UCF101-24 and JHMDB have them, "
                    "a pickled dictionary with \"gttubes\"",
                    path);
}

sfd_status sfd_pickled_tubes_read(const char *path, const sfd_tube_visitor *visitor, sfd_error *err)
{
    sfd_mapping file;
    sfd_status status = sfd_reserve_file(&file, path, err);
    if (status != SFD_OK)
        return status;
    tube_reader r = {.path = path, .visitor = visitor, .file = &file};
    status = check_pickle(path, &file, err);
    if (status == SFD_OK)
        status = sfd_pickled_root(path, &file, MAX_OBJECT_BYTES, on_root, &r, err);
    sfd_name_table_free(&r.frames_of);
    sfd_name_table_free(&r.size_of);
    sfd_name_table_free(&r.train);
    sfd_name_table_free(&r.test);
    sfd_unmap(&file);
    return status;
}
