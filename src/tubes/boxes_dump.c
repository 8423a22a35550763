/* SPDX-License-Identifier: Apache-2.0 */
/* MMAction2's dumped results (its DumpResults): a pickled list of {"video_id", "timestamp",
 * "pred_instances": {"bboxes": [N][4] fractions, "scores": [N][labels]}}, of which, as in its
 * evaluator, the best label of each box counts. Column i of the scores is the truth's label i. */
#include "base/error.h"
#include "base/file.h"
#include "boxes/pickled_rows.h"
#include "tubes/boxes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OBJECT_BYTES ((size_t)1 << 30)
#define MAX_NAME_BYTES   1024
#define MAX_LABELS       4096

typedef struct dump_reader {
    sfd_tube_boxes *b;
    const sfd_mapping *file;
    sfd_unpickler *u;
    sfd_row_reader boxes, scores;
    size_t n_values; /* of scores read so far */
    size_t place;    /* of the entry at work */
} dump_reader;

static sfd_status fail_entry(const dump_reader *r, const char *wanted, sfd_error *row_err)
{
    return sfd_fail(row_err, SFD_ERR_FORMAT, "%s: entry %zu: wanted %s", r->b->path, r->place,
                    wanted);
}

static bool read_timestamp(dump_reader *r, const sfd_value *v, double *out)
{
    char *end;
    if (v && v->type == SFD_VALUE_INT)
        *out = (double)v->integer;
    else if (v && v->type == SFD_VALUE_FLOAT)
        *out = v->number;
    else {
        const char *text = v ? sfd_value_string(r->u, v, 32) : NULL;
        *out = text ? strtod(text, &end) : NAN;
        return text && *text && !*end;
    }
    return true;
}

/* A complete array of two dimensions. */
static const sfd_array *matrix(dump_reader *r, const sfd_value *instances, const char *key)
{
    const sfd_value *v = sfd_value_get(r->u, instances, key);
    const bool is = v && v->type == SFD_VALUE_ARRAY && v->array->complete && v->array->n_dims == 2;
    return is ? v->array : NULL;
}

/* The first of the largest, NaN being larger than all. */
static sfd_status find_best(dump_reader *r, const sfd_array *scores, size_t i, sfd_tube_box *box,
                            sfd_error *row_err)
{
    const size_t n = scores->dims[1];
    double values[SFD_MAX_PICKLED_ROW];
    for (size_t k = 0; k < n; k += SFD_MAX_PICKLED_ROW) {
        const size_t m = n - k < SFD_MAX_PICKLED_ROW ? n - k : SFD_MAX_PICKLED_ROW;
        const sfd_status status =
            sfd_read_array_values(&r->scores, "scores", scores, i * n + k, m, values, row_err);
        if (status != SFD_OK)
            return status;
        for (size_t j = 0; j < m; j++)
            if (k + j == 0 || (!isnan(box->score) && !(values[j] <= box->score))) {
                box->score = values[j];
                box->label = k + j;
            }
    }
    return SFD_OK;
}

static sfd_status add_boxes(dump_reader *r, const sfd_array *boxes, const sfd_array *scores,
                            sfd_tube_box *box, sfd_error *row_err)
{
    for (size_t i = 0; i < boxes->dims[0]; i++) {
        double corner[SFD_MAX_PICKLED_ROW];
        size_t n;
        sfd_status status = sfd_read_array_row(&r->boxes, "bboxes", boxes, i, corner, &n, row_err);
        if (status == SFD_OK)
            status = find_best(r, scores, i, box, row_err);
        if (status == SFD_OK)
            status = sfd_tube_boxes_add(r->b, box, corner, false, row_err);
        if (status != SFD_OK)
            return status;
    }
    return SFD_OK;
}

static sfd_status add_entry(dump_reader *r, const sfd_value *entry, sfd_error *row_err)
{
    const sfd_value *instances = sfd_value_get(r->u, entry, "pred_instances");
    const sfd_value *video = sfd_value_get(r->u, entry, "video_id");
    const char *name = video ? sfd_value_string(r->u, video, MAX_NAME_BYTES) : NULL;
    sfd_tube_box box = {.person = SFD_NO_PERSON};
    double time;
    size_t n;
    if (!name || !instances || !read_timestamp(r, sfd_value_get(r->u, entry, "timestamp"), &time))
        return fail_entry(r, "\"video_id\", \"timestamp\" and \"pred_instances\"", row_err);
    const sfd_array *boxes = matrix(r, instances, "bboxes");
    const sfd_array *scores = matrix(r, instances, "scores");
    if (!boxes || !scores || boxes->dims[0] != scores->dims[0] ||
        (boxes->dims[0] > 0 && (boxes->dims[1] != 4 || scores->dims[1] < 1)) ||
        scores->dims[1] > MAX_LABELS)
        return fail_entry(r, "\"bboxes\" of [N][4] and \"scores\" of [N][labels], up to 4096",
                          row_err);
    if (__builtin_mul_overflow(scores->dims[0], scores->dims[1], &n) || n > r->file->n_bytes ||
        (r->n_values += n) > r->file->n_bytes)
        return sfd_fail(row_err, SFD_ERR_UNSUPPORTED,
                        "%s: its entries share arrays: more scores than the file has bytes",
                        r->b->path);
    const sfd_status status = sfd_tube_boxes_frame(r->b, time, &box.frame, row_err);
    if (status != SFD_OK || !sfd_tube_boxes_video(r->b, name, boxes->dims[0], &box.video))
        return status;
    return add_boxes(r, boxes, scores, &box, row_err);
}

static sfd_status on_root(void *user, sfd_unpickler *u, const sfd_value *root,
                          const sfd_storage_source *source, sfd_error *err)
{
    dump_reader *r = user;
    sfd_status status = SFD_OK;
    if (root->type != SFD_VALUE_LIST)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: a pickle that is no list of MMAction2's results",
                        r->b->path);
    r->u = u;
    sfd_row_reader_init(&r->boxes, r->b->path, r->file, source);
    sfd_row_reader_init(&r->scores, r->b->path, r->file, source);
    for (; status == SFD_OK && r->place < root->list.n; r->place++) {
        const sfd_status entry = add_entry(r, root->list.items[r->place], &r->b->bad.row);
        status = u->status != SFD_OK ? u->status : sfd_bad_rows_count(&r->b->bad, entry, err);
    }
    sfd_row_reader_free(&r->boxes);
    sfd_row_reader_free(&r->scores);
    return status;
}

sfd_status sfd_tube_boxes_read_dump(sfd_tube_boxes *b, sfd_error *err)
{
    sfd_mapping file;
    sfd_status status = sfd_reserve_file(&file, b->path, err);
    if (status != SFD_OK)
        return status;
    dump_reader r = {.b = b, .file = &file};
    status = sfd_pickled_root(b->path, &file, MAX_OBJECT_BYTES, on_root, &r, err);
    sfd_unmap(&file);
    return status;
}
