/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of pickled arrays. */
#include "boxes/pickled_rows.h"

#include "base/error.h"
#include "weights/formats/elements.h"

#include <stdlib.h>
#include <string.h>

void sfd_row_reader_init(sfd_row_reader *r, const char *path, const sfd_mapping *file,
                         const sfd_storage_source *source)
{
    *r = (sfd_row_reader){.path = path, .arrays = {path, file->n_bytes, source, 0}, .file = file};
}

void sfd_row_reader_free(sfd_row_reader *r)
{
    free(r->decoded);
    r->decoded = NULL;
    r->open = NULL;
}

static sfd_status open_array(sfd_row_reader *r, const char *name, const sfd_array *a,
                             sfd_error *err)
{
    if (r->open == a)
        return SFD_OK;
    sfd_row_reader_free(r);
    sfd_status status = sfd_array_locate(&r->arrays, name, a, &r->data, &r->decoded, err);
    if (status == SFD_OK)
        r->open = a;
    return status;
}

sfd_status sfd_read_array_values(sfd_row_reader *r, const char *name, const sfd_array *a,
                                 size_t first, size_t n, double *out, sfd_error *err)
{
    unsigned char raw[SFD_MAX_PICKLED_ROW * 8];
    float values[SFD_MAX_PICKLED_ROW];
    sfd_status status = open_array(r, name, a, err);
    if (status != SFD_OK)
        return status;
    sfd_tensor t = {.data = r->data, .big_endian = sfd_array_is_big_endian(&r->arrays, a)};
    t.info.dtype = a->dtype;
    t.info.n_dims = a->n_dims;
    memcpy(t.info.dims, a->dims, sizeof a->dims);
    memcpy(t.strides, a->strides, sizeof a->strides);
    sfd_count_elements(a->n_dims, a->dims, &t.info.n_elements);
    if (!sfd_tensor_gather(r->file, &t, first, n, raw))
        return sfd_fail_shrunk(err, r->path);
    if (a->dtype == SFD_F64) {
        memcpy(out, raw, n * sizeof *out);
        return SFD_OK;
    }
    sfd_elements_to_f32(a->dtype, raw, n, values);
    for (size_t k = 0; k < n; k++)
        out[k] = (double)values[k];
    return SFD_OK;
}

sfd_status sfd_read_array_row(sfd_row_reader *r, const char *name, const sfd_array *a, size_t i,
                              double *row, size_t *n, sfd_error *err)
{
    *n = a->dims[a->n_dims - 1];
    return sfd_read_array_values(r, name, a, a->n_dims == 1 ? 0 : i * *n, *n, row, err);
}

/* NumPy's are arrays of no dimension, of at most 8 bytes; one takes up to 10 letters in text
 * pickles. */
static bool scalar_value(const sfd_array *a, double *out)
{
    unsigned char raw[80], bytes[8];
    const size_t size = sfd_dtype_size(a->dtype);
    float value;
    if (a->n_dims != 0 || !a->bytes || a->bytes->text.n > sizeof raw ||
        sfd_text_decode(a->bytes, raw) != size)
        return false;
    for (size_t i = 0; i < size; i++)
        bytes[i] = raw[a->big_endian ? size - 1 - i : i];
    if (a->dtype == SFD_F64) {
        memcpy(out, bytes, sizeof *out);
        return true;
    }
    sfd_elements_to_f32(a->dtype, bytes, 1, &value);
    *out = (double)value;
    return true;
}

bool sfd_pickled_number(const sfd_value *v, double *out)
{
    if (v->type == SFD_VALUE_ARRAY)
        return scalar_value(v->array, out);
    if (v->type != SFD_VALUE_INT && v->type != SFD_VALUE_FLOAT)
        return false;
    *out = v->type == SFD_VALUE_INT ? (double)v->integer : v->number;
    return true;
}

bool sfd_read_list_row(const sfd_value *list, double *row, size_t *n)
{
    *n = list->list.n;
    if (*n == 0 || *n > SFD_MAX_PICKLED_ROW)
        return false;
    for (size_t k = 0; k < *n; k++)
        if (!sfd_pickled_number(list->list.items[k], &row[k]))
            return false;
    return true;
}
