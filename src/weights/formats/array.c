/* SPDX-License-Identifier: Apache-2.0 */
/* Where the elements of a pickled array lie. */
#include "weights/formats/array.h"

#include "base/alloc.h"
#include "base/error.h"
#include "weights/formats/elements.h"

#include <stdlib.h>
#include <string.h>

/* The bytes of an array's storage. */
static sfd_status find_storage(const sfd_array_reader *r, const char *name, const sfd_array *a,
                               const unsigned char **data, size_t *n_elements, sfd_error *err)
{
    const sfd_storage *s = a->storage;
    size_t size = sfd_dtype_size(a->dtype), n_bytes;
    if (s->saved.data) {
        *data = (const unsigned char *)s->saved.data;
        n_bytes = s->saved.n;
    } else if (!r->source->find || !r->source->find(r->source->file, s, data, &n_bytes))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: tensor %s: the file has no storage '%.*s'",
                        r->origin, name, (int)(s->key.n < 40 ? s->key.n : 40), s->key.data);
    *n_elements = n_bytes / size;
    if (s->is_view) {
        if (s->view_offset > *n_elements || s->n_elements > *n_elements - s->view_offset)
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: tensor %s: its view leaves the storage",
                            r->origin, name);
        *data += s->view_offset * size;
        *n_elements = s->n_elements;
    }
    return SFD_OK;
}

/* The bytes of an array that lie in the pickle itself, decoded where they are spelled as text. */
static sfd_status find_bytes(sfd_array_reader *r, const sfd_array *a, const unsigned char **data,
                             size_t *n_elements, void **decoded, sfd_error *err)
{
    size_t size = sfd_dtype_size(a->dtype);
    if (a->bytes->encoding == SFD_TEXT_PLAIN) {
        *data = (const unsigned char *)a->bytes->text.data;
        *n_elements = a->bytes->text.n / size;
        return SFD_OK;
    }
    const sfd_slice *text = &a->bytes->text;
    unsigned char *copy = sfd_malloc_aligned(text->n, 1);
    if (!copy)
        return sfd_fail_nomem(err, r->origin);
    size_t n = sfd_text_decode(a->bytes, copy);
    if (n > r->n_file_bytes - r->n_decoded) { /* only possible when arrays share their bytes */
        free(copy);
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: its arrays are larger than the file", r->origin);
    }
    r->n_decoded += n;
    *data = copy;
    *n_elements = n / size;
    *decoded = copy;
    return SFD_OK;
}

/* True when the last element of the view is one of the n_stored. */
static bool view_fits(const sfd_array *a, size_t n_stored)
{
    size_t last = a->offset, n_elements;
    if (!sfd_count_elements(a->n_dims, a->dims, &n_elements))
        return false;
    if (n_elements == 0)
        return true;
    for (int i = 0; i < a->n_dims; i++) {
        size_t step;
        if (__builtin_mul_overflow(a->dims[i] - 1, a->strides[i], &step) ||
            __builtin_add_overflow(last, step, &last))
            return false;
    }
    /* A view may not be larger than what it shows: a stride of 0 would make terabytes of 4 bytes.
     */
    return last < n_stored && n_elements <= n_stored;
}

bool sfd_array_is_big_endian(const sfd_array_reader *r, const sfd_array *a)
{
    if (!a->storage)
        return a->big_endian;
    return a->storage->saved.data ? false : r->source->big_endian;
}

sfd_status sfd_array_locate(sfd_array_reader *r, const char *name, const sfd_array *a,
                            const unsigned char **data, void **decoded, sfd_error *err)
{
    size_t n_stored = 0, n_elements;
    *data = NULL;
    *decoded = NULL;
    sfd_status status = a->storage ? find_storage(r, name, a, data, &n_stored, err)
                                   : find_bytes(r, a, data, &n_stored, decoded, err);
    if (status != SFD_OK)
        return status;
    if (!view_fits(a, n_stored)) {
        free(*decoded);
        *decoded = NULL;
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: tensor %s: its shape reaches beyond its %zu stored element%s",
                        r->origin, name, n_stored, sfd_plural(n_stored));
    }
    sfd_count_elements(a->n_dims, a->dims, &n_elements);
    if (n_elements > 0)
        *data += a->offset * sfd_dtype_size(a->dtype);
    return SFD_OK;
}
