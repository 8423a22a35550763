/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors files, read and written.
 *
 *   u64      length N of the header, little endian
 *   N bytes  JSON object { name: { "dtype": "F32", "shape": [..], "data_offsets": [begin, end] },
 *            "__metadata__": { text: text } }, may end in blanks
 *   rest     the tensors' elements, little endian, C order; the offsets count from here and cover
 *            it without gap or overlap
 *
 * https://github.com/huggingface/safetensors */
#include "weights/formats/safetensors.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/outfile.h"
#include "base/utf8.h"
#include "weights/formats/elements.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_BYTES 8
/* A parsed header takes up to 32 times its text; real ones have about 100 bytes a tensor. */
#define MAX_HEADER_BYTES (8 << 20)
#define MAX_EXACT        9007199254740992.0 /* 2^53: integers up to here are exact doubles */
#define HEADER_ALIGNMENT 8
#define BLOCK_ELEMENTS   4096

static uint64_t read_u64(const unsigned char *p)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--)
        value = value << 8 | p[i];
    return value;
}

bool sfd_safetensors_recognise(const unsigned char *data, size_t n_bytes)
{
    return n_bytes > PREFIX_BYTES && data[PREFIX_BYTES] == '{' && read_u64(data) >> 32 == 0;
}

/* -- reading */

typedef struct span {
    size_t begin, end;
    const char *name;
} span;

typedef struct header {
    const unsigned char *data; /* behind the header */
    size_t n_data;
    span *spans; /* of the tensors read so far */
    size_t n_spans, n_spans_alloc;
} header;

static bool size_from_json(const cJSON *item, size_t *out)
{
    double value = cJSON_IsNumber(item) ? item->valuedouble : -1.0;
    if (!(value >= 0.0) || value > MAX_EXACT || value != floor(value))
        return false;
    *out = (size_t)value;
    return true;
}

static bool dtype_from_name(const char *name, sfd_dtype *out)
{
    for (int d = SFD_F32; d <= SFD_BOOL; d++) {
        if (strcmp(name, sfd_dtype_name((sfd_dtype)d)) == 0) {
            *out = (sfd_dtype)d;
            return true;
        }
    }
    return false;
}

static sfd_status fail_tensor(const sfd_weights *w, const cJSON *entry, const char *problem,
                              sfd_error *err)
{
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: tensor %.100s: %s", w->origin, entry->string,
                    problem);
}

static sfd_status read_shape(const sfd_weights *w, const cJSON *entry, int *n_dims, size_t *dims,
                             sfd_error *err)
{
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(entry, "shape"), *item;
    *n_dims = 0;
    if (!cJSON_IsArray(shape))
        return fail_tensor(w, entry, "has no shape", err);
    cJSON_ArrayForEach(item, shape)
    {
        if (*n_dims == SFD_MAX_DIMS)
            return fail_tensor(w, entry, "has more than 8 dimensions", err);
        if (!size_from_json(item, &dims[(*n_dims)++]))
            return fail_tensor(w, entry, "shape is not a list of sizes", err);
    }
    return SFD_OK;
}

static sfd_status read_offsets(const sfd_weights *w, const header *h, const cJSON *entry, span *s,
                               sfd_error *err)
{
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(entry, "data_offsets");
    if (!cJSON_IsArray(offsets) || !offsets->child || !offsets->child->next ||
        offsets->child->next->next || !size_from_json(offsets->child, &s->begin) ||
        !size_from_json(offsets->child->next, &s->end) || s->begin > s->end)
        return fail_tensor(w, entry, "data_offsets is not a rising pair of sizes", err);
    if (s->end > h->n_data)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: tensor %.100s: its data end at byte %zu of %zu: truncated file?",
                        w->origin, entry->string, s->end, h->n_data);
    s->name = entry->string;
    return SFD_OK;
}

static sfd_status read_tensor(sfd_weights *w, header *h, const cJSON *entry, sfd_error *err)
{
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(entry, "dtype");
    sfd_dtype dtype;
    int n_dims;
    size_t dims[SFD_MAX_DIMS], n_elements, n_bytes;
    span s;
    if (!cJSON_IsString(type))
        return fail_tensor(w, entry, "has no dtype", err);
    if (!dtype_from_name(type->valuestring, &dtype))
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: tensor %.100s: dtype %.20s is not supported",
                        w->origin, entry->string, type->valuestring);
    sfd_status status = read_shape(w, entry, &n_dims, dims, err);
    if (status == SFD_OK)
        status = read_offsets(w, h, entry, &s, err);
    if (status != SFD_OK)
        return status;
    if (!sfd_count_elements(n_dims, dims, &n_elements) ||
        !sfd_mul_size(n_elements, sfd_dtype_size(dtype), &n_bytes) || n_bytes != s.end - s.begin)
        return fail_tensor(w, entry, "shape and data_offsets disagree", err);
    if (!sfd_grow(&h->spans, &h->n_spans_alloc, h->n_spans, sizeof *h->spans))
        return sfd_fail_nomem(err, w->origin);
    h->spans[h->n_spans++] = s;
    return sfd_weights_add_view(w, entry->string, dtype, n_dims, dims, NULL, h->data + s.begin,
                                err);
}

static sfd_status read_metadata(sfd_weights *w, const cJSON *entry, sfd_error *err)
{
    const cJSON *item;
    if (!cJSON_IsObject(entry))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: __metadata__ is not a mapping", w->origin);
    cJSON_ArrayForEach(item, entry)
    {
        if (!cJSON_IsString(item))
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: __metadata__: %.100s is not text", w->origin,
                            item->string);
        sfd_status status = sfd_weights_set_metadata(w, item->string, item->valuestring, err);
        if (status != SFD_OK)
            return status;
    }
    return SFD_OK;
}

static int compare_spans(const void *a, const void *b)
{
    const span *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

static sfd_status check_coverage(const sfd_weights *w, header *h, sfd_error *err)
{
    size_t end = 0;
    if (h->n_spans > 0)
        qsort(h->spans, h->n_spans, sizeof *h->spans, compare_spans);
    for (size_t i = 0; i < h->n_spans; i++) {
        if (h->spans[i].begin != end)
            return sfd_fail(
                err, SFD_ERR_FORMAT, "%s: tensor %.100s: its data %s", w->origin, h->spans[i].name,
                h->spans[i].begin < end ? "overlap another tensor's" : "leave a gap before them");
        end = h->spans[i].end;
    }
    if (end != h->n_data)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: %zu byte%s the last tensor", w->origin,
                        h->n_data - end, h->n_data - end == 1 ? " follows" : "s follow");
    return SFD_OK;
}

static sfd_status read_entries(sfd_weights *w, header *h, const cJSON *root, sfd_error *err)
{
    const cJSON *entry;
    sfd_status status = SFD_OK;
    cJSON_ArrayForEach(entry, root)
    {
        if (strcmp(entry->string, "__metadata__") == 0)
            status = read_metadata(w, entry, err);
        else
            status = read_tensor(w, h, entry, err);
        if (status != SFD_OK)
            return status;
    }
    return check_coverage(w, h, err);
}

/* The header of n_header bytes, a copy that stays what it is; NULL after a message. */
static char *copy_header(const sfd_weights *w, size_t n_header, sfd_error *err)
{
    char *text = sfd_malloc_array(n_header + 1, 1);
    if (!text) {
        sfd_fail_nomem(err, w->origin);
    } else if (!sfd_mapping_read(&w->file, w->file.data + PREFIX_BYTES, n_header, text)) {
        sfd_fail_shrunk(err, w->origin);
        free(text);
        text = NULL;
    }
    return text;
}

static cJSON *parse_header(const sfd_weights *w, const char *text, size_t n_header, sfd_error *err)
{
    /* cJSON ends a string at an escaped zero, so that two names could become equal. */
    if (memmem(text, n_header, "\\u0000", 6)) {
        sfd_fail(err, SFD_ERR_FORMAT, "%s: safetensors header has a zero character", w->origin);
        return NULL;
    }
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(text, n_header, &end, 0);
    while (root && end < text + n_header && *end == ' ')
        end++;
    if (cJSON_IsObject(root) && end == text + n_header)
        return root;
    cJSON_Delete(root);
    sfd_fail(err, SFD_ERR_FORMAT, "%s: safetensors header is not a JSON object", w->origin);
    return NULL;
}

sfd_status sfd_safetensors_read(sfd_weights *w, sfd_error *err)
{
    sfd_error local;
    err = err ? err : &local;
    uint64_t n_header = read_u64(w->file.data);
    size_t n_rest = w->file.n_bytes - PREFIX_BYTES;
    if (n_header > MAX_HEADER_BYTES || n_header > n_rest)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: safetensors header of %llu bytes in a file of %zu: truncated file?",
                        w->origin, (unsigned long long)n_header, w->file.n_bytes);
    char *text = copy_header(w, n_header, err);
    cJSON *root = text ? parse_header(w, text, n_header, err) : NULL;
    free(text);
    if (!root)
        return err->status;
    header h = {.data = w->file.data + PREFIX_BYTES + n_header, .n_data = n_rest - n_header};
    sfd_status status = read_entries(w, &h, root, err);
    free(h.spans);
    cJSON_Delete(root);
    return status;
}

/* -- writing */

static bool is_float(sfd_dtype dtype)
{
    return dtype == SFD_F32 || dtype == SFD_F16 || dtype == SFD_BF16 || dtype == SFD_F64;
}

static sfd_dtype stored_dtype(const sfd_tensor *t, sfd_dtype dtype)
{
    return is_float(t->info.dtype) ? dtype : t->info.dtype;
}

typedef struct slot {
    const sfd_tensor *tensor;
    sfd_dtype dtype;
} slot;

/* Wide elements first, so that every tensor is aligned; then by name. */
static int compare_slots(const void *a, const void *b)
{
    const slot *x = a, *y = b;
    size_t x_size = sfd_dtype_size(x->dtype), y_size = sfd_dtype_size(y->dtype);
    if (x_size != y_size)
        return x_size > y_size ? -1 : 1;
    return strcmp(x->tensor->name, y->tensor->name);
}

static bool add_pair(cJSON *object, const char *name, double begin, double end)
{
    cJSON *array = cJSON_AddArrayToObject(object, name);
    return array && cJSON_AddItemToArray(array, cJSON_CreateNumber(begin)) &&
           cJSON_AddItemToArray(array, cJSON_CreateNumber(end));
}

static bool describe_tensor(cJSON *root, const slot *s, size_t *offset)
{
    const sfd_tensor_info *info = &s->tensor->info;
    size_t n_bytes = info->n_elements * sfd_dtype_size(s->dtype);
    cJSON *entry = cJSON_AddObjectToObject(root, info->name);
    if (!entry || !cJSON_AddStringToObject(entry, "dtype", sfd_dtype_name(s->dtype)))
        return false;
    cJSON *shape = cJSON_AddArrayToObject(entry, "shape");
    for (int i = 0; shape && i < info->n_dims; i++)
        if (!cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)info->dims[i])))
            return false;
    if (!shape || !add_pair(entry, "data_offsets", (double)*offset, (double)(*offset + n_bytes)))
        return false;
    *offset += n_bytes;
    return true;
}

static bool describe_metadata(cJSON *root, const sfd_weights *w)
{
    if (w->n_metadata == 0)
        return true;
    cJSON *object = cJSON_AddObjectToObject(root, "__metadata__");
    bool ok = object != NULL;
    for (size_t i = 0; ok && i < w->n_metadata; i++) {
        char *key = sfd_utf8_copy(w->metadata[i].key), *value = sfd_utf8_copy(w->metadata[i].value);
        ok = key && value && cJSON_AddStringToObject(object, key, value);
        free(key);
        free(value);
    }
    return ok;
}

/* The header's text, NULL when memory is out. */
static char *make_header(const sfd_weights *w, const slot *slots)
{
    cJSON *root = cJSON_CreateObject();
    bool ok = root && describe_metadata(root, w);
    size_t offset = 0;
    for (size_t i = 0; ok && i < w->n_tensors; i++)
        ok = describe_tensor(root, &slots[i], &offset);
    char *text = ok ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    return text;
}

static void write_header(FILE *out, const char *text)
{
    size_t length = strlen(text), padding = (HEADER_ALIGNMENT - length % HEADER_ALIGNMENT) % 8;
    uint64_t total = length + padding;
    fwrite(&total, sizeof total, 1, out);
    fwrite(text, 1, length, out);
    fprintf(out, "%*s", (int)padding, "");
}

static sfd_status fail_range(const sfd_weights *w, const slot *s, size_t element, float value,
                             sfd_error *err)
{
    return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: tensor %s: element %zu is %g, which %s",
                    w->origin, s->tensor->name, element, (double)value,
                    isfinite(value) ? "is beyond the range of the element type asked for"
                                    : "is not finite");
}

static sfd_status write_tensor(const sfd_weights *w, const slot *s, FILE *out, sfd_error *err)
{
    unsigned char raw[BLOCK_ELEMENTS * 8];
    float values[BLOCK_ELEMENTS], stored[BLOCK_ELEMENTS];
    size_t size = sfd_dtype_size(s->dtype), n;
    for (size_t first = 0; first < s->tensor->info.n_elements; first += n) {
        n = s->tensor->info.n_elements - first;
        if (n > BLOCK_ELEMENTS)
            n = BLOCK_ELEMENTS;
        if (!sfd_tensor_gather(&w->file, s->tensor, first, n, raw))
            return sfd_fail_shrunk(err, w->origin);
        if (is_float(s->dtype)) {
            sfd_elements_to_f32(s->tensor->info.dtype, raw, n, values);
            sfd_elements_from_f32(s->dtype, values, n, raw);
            sfd_elements_to_f32(s->dtype, raw, n, stored);
            for (size_t i = 0; i < n; i++)
                if (!isfinite(stored[i]))
                    return fail_range(w, s, first + i, values[i], err);
        }
        fwrite(raw, size, n, out);
    }
    return SFD_OK;
}

sfd_status sfd_weights_write(const sfd_weights *w, const char *path, sfd_dtype dtype,
                             sfd_error *err)
{
    if (dtype != SFD_F32 && dtype != SFD_F16 && dtype != SFD_BF16)
        return sfd_fail(err, SFD_ERR_ARG, "%s: cannot write element type %s, only F32, F16, BF16",
                        path, sfd_dtype_name(dtype));
    sfd_outfile *file = NULL;
    char *text = NULL;
    sfd_status status = SFD_OK;
    slot *slots = sfd_calloc(w->n_tensors, sizeof *slots);
    if (slots) {
        for (size_t i = 0; i < w->n_tensors; i++)
            slots[i] = (slot){w->tensors[i], stored_dtype(w->tensors[i], dtype)};
        qsort(slots, w->n_tensors, sizeof *slots, compare_slots);
        text = make_header(w, slots);
    }
    if (!text) {
        status = sfd_fail_nomem(err, path);
        goto done;
    }
    status = sfd_outfile_open(&file, path, err);
    if (status != SFD_OK)
        goto done;
    write_header(sfd_outfile_stream(file), text);
    for (size_t i = 0; status == SFD_OK && i < w->n_tensors; i++)
        status = write_tensor(w, &slots[i], sfd_outfile_stream(file), err);
    if (status == SFD_OK) {
        status = sfd_outfile_commit(file, err);
        file = NULL;
    }
done:
    sfd_outfile_discard(file);
    free(text);
    free(slots);
    return status;
}
