/* SPDX-License-Identifier: Apache-2.0 */
/* The set of named tensors: adding, finding, reading. */
#include "weights/weights_impl.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"
#include "weights/formats/elements.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_ELEMENTS 4096

sfd_status sfd_weights_create(sfd_weights **out, const char *origin, sfd_error *err)
{
    *out = NULL;
    sfd_weights *w = sfd_calloc(1, sizeof *w);
    if (!w || !(w->origin = sfd_strdup(origin))) {
        sfd_weights_close(w);
        return sfd_fail_nomem(err, origin);
    }
    *out = w;
    return SFD_OK;
}

void sfd_weights_close(sfd_weights *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->n_tensors; i++) {
        free(w->tensors[i]->spelled);
        free(w->tensors[i]);
    }
    for (size_t i = 0; i < w->n_metadata; i++) {
        free(w->metadata[i].key);
        free(w->metadata[i].value);
    }
    for (size_t i = 0; i < w->n_ignored; i++)
        free(w->ignored[i].name);
    for (size_t i = 0; i < w->n_owned; i++)
        free(w->owned[i]);
    sfd_name_table_free(&w->metadata_keys);
    sfd_name_table_free(&w->tensor_names);
    free(w->ignored);
    free(w->tensors);
    free(w->metadata);
    free(w->owned);
    sfd_unmap(&w->file);
    free(w->origin);
    free(w);
}

static sfd_status check_new_tensor(const sfd_weights *w, const char *name, int n_dims,
                                   const size_t *dims, size_t *n_elements, sfd_error *err)
{
    size_t length = strlen(name), bytes;
    if (length == 0 || length >= SFD_MAX_TENSOR_NAME)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: tensor name '%.40s' of %zu bytes, wanted 1 to %d",
                        w->origin, name, length, SFD_MAX_TENSOR_NAME - 1);
    if (strcmp(name, "__metadata__") == 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: a tensor is called __metadata__", w->origin);
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: tensor name '%s' has a control character",
                            w->origin, name);
    sfd_utf8_state utf8 = {0};
    if (sfd_utf8_prefix(&utf8, name, length) != length || utf8.pending > 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: tensor name '%s' is not UTF-8", w->origin, name);
    if (n_dims < 0 || n_dims > SFD_MAX_DIMS)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: tensor %s has %d dimensions, wanted at most %d",
                        w->origin, name, n_dims, SFD_MAX_DIMS);
    if (!sfd_count_elements(n_dims, dims, n_elements) || !sfd_mul_size(*n_elements, 8, &bytes))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: tensor %s: its shape overflows", w->origin, name);
    return SFD_OK;
}

sfd_status sfd_weights_add_view(sfd_weights *w, const char *name, sfd_dtype dtype, int n_dims,
                                const size_t *dims, const size_t *strides,
                                const unsigned char *data, sfd_error *err)
{
    size_t n_elements, n = w->n_tensors, stride = 1;
    sfd_status status = check_new_tensor(w, name, n_dims, dims, &n_elements, err);
    if (status != SFD_OK)
        return status;
    if (sfd_weights_find(w, name))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: tensor %s occurs twice", w->origin, name);
    sfd_tensor *t = sfd_calloc(1, sizeof *t + strlen(name) + 1);
    if (t)
        strcpy(t->name, name);
    if (!t || !sfd_grow(&w->tensors, &w->n_tensors_alloc, n, sizeof(sfd_tensor *)) ||
        !sfd_name_table_add(&w->tensor_names, t->name, n)) {
        free(t);
        return sfd_fail_nomem(err, w->origin);
    }
    t->info = (sfd_tensor_info){
        .name = t->name, .dtype = dtype, .n_dims = n_dims, .n_elements = n_elements};
    for (int i = n_dims - 1; i >= 0; i--) {
        t->info.dims[i] = dims[i];
        t->strides[i] = strides ? strides[i] : stride;
        stride *= dims[i];
    }
    t->data = data;
    w->tensors[n] = t;
    w->n_tensors++;
    return SFD_OK;
}

sfd_status sfd_weights_ignore(sfd_weights *w, const char *name, const char *reason, sfd_error *err)
{
    char *copy = sfd_strdup(name);
    if (!copy || !sfd_grow(&w->ignored, &w->n_ignored_alloc, w->n_ignored, sizeof *w->ignored)) {
        free(copy);
        return sfd_fail_nomem(err, w->origin);
    }
    w->ignored[w->n_ignored++] = (sfd_ignored){copy, reason};
    return SFD_OK;
}

sfd_status sfd_weights_own(sfd_weights *w, void *memory, sfd_error *err)
{
    if (!sfd_grow(&w->owned, &w->n_owned_alloc, w->n_owned, sizeof *w->owned)) {
        free(memory);
        return sfd_fail_nomem(err, w->origin);
    }
    w->owned[w->n_owned++] = memory;
    return SFD_OK;
}

sfd_status sfd_weights_add(sfd_weights *w, const char *name, int n_dims, const size_t *dims,
                           float **data, sfd_error *err)
{
    size_t n_elements;
    *data = NULL;
    sfd_status status = check_new_tensor(w, name, n_dims, dims, &n_elements, err);
    if (status != SFD_OK)
        return status;
    float *storage = sfd_malloc_aligned(n_elements, sizeof *storage);
    if (!storage)
        return sfd_fail_nomem(err, w->origin);
    memset(storage, 0, n_elements * sizeof *storage);
    status = sfd_weights_own(w, storage, err);
    if (status == SFD_OK)
        status = sfd_weights_add_view(w, name, SFD_F32, n_dims, dims, NULL,
                                      (const unsigned char *)storage, err);
    if (status == SFD_OK)
        *data = storage;
    return status;
}

const char *sfd_weights_origin(const sfd_weights *w)
{
    return w->origin;
}

size_t sfd_weights_count(const sfd_weights *w)
{
    return w->n_tensors;
}

const sfd_tensor_info *sfd_weights_info(const sfd_weights *w, size_t i)
{
    return &w->tensors[i]->info;
}

const sfd_tensor_info *sfd_weights_find(const sfd_weights *w, const char *name)
{
    size_t at;
    return sfd_name_table_find(&w->tensor_names, name, &at) ? &w->tensors[at]->info : NULL;
}

sfd_status sfd_weights_read_f32(const sfd_weights *w, const sfd_tensor_info *info, float *dst,
                                sfd_error *err)
{
    const sfd_tensor *t = (const sfd_tensor *)info;
    unsigned char raw[BLOCK_ELEMENTS * 8];
    const bool plain = info->dtype == SFD_F32;
    for (size_t first = 0; first < info->n_elements; first += BLOCK_ELEMENTS) {
        size_t left = info->n_elements - first, n = left < BLOCK_ELEMENTS ? left : BLOCK_ELEMENTS;
        if (!sfd_tensor_gather(&w->file, t, first, n, plain ? (void *)(dst + first) : raw))
            return sfd_fail_shrunk(err, w->origin);
        if (!plain)
            sfd_elements_to_f32(info->dtype, raw, n, dst + first);
        for (size_t i = first; i < first + n; i++)
            if (!isfinite(dst[i]))
                return sfd_fail(err, SFD_ERR_FORMAT, "%s: tensor %s: element %zu is %g, not finite",
                                w->origin, sfd_tensor_spelling(t), i, (double)dst[i]);
    }
    return SFD_OK;
}

const char *sfd_weights_ignored(const sfd_weights *w, size_t i, const char **reason)
{
    if (i >= w->n_ignored)
        return NULL;
    *reason = w->ignored[i].reason;
    return w->ignored[i].name;
}

const char *sfd_weights_metadata(const sfd_weights *w, const char *key)
{
    size_t i;
    return sfd_name_table_find(&w->metadata_keys, key, &i) ? w->metadata[i].value : NULL;
}

sfd_status sfd_weights_set_metadata(sfd_weights *w, const char *key, const char *value,
                                    sfd_error *err)
{
    size_t i;
    char *copy = sfd_strdup(value), *key_copy = NULL;
    if (copy && sfd_name_table_find(&w->metadata_keys, key, &i)) {
        free(w->metadata[i].value);
        w->metadata[i].value = copy;
        return SFD_OK;
    }
    if (!copy || !(key_copy = sfd_strdup(key)) ||
        !sfd_grow(&w->metadata, &w->n_metadata_alloc, w->n_metadata, sizeof *w->metadata) ||
        !sfd_name_table_add(&w->metadata_keys, key_copy, w->n_metadata)) {
        free(copy);
        free(key_copy);
        return sfd_fail_nomem(err, w->origin);
    }
    w->metadata[w->n_metadata++] = (sfd_metadata){key_copy, copy};
    return SFD_OK;
}
