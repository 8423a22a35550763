/* SPDX-License-Identifier: Apache-2.0 */
/* From a checkpoint's root object to its tensors. */
#include "weights/formats/state_dict.h"

#include "base/alloc.h"
#include "base/error.h"
#include "weights/formats/elements.h"
#include "weights/formats/stored_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_NESTING 3 /* {"model": {"state_dict": {...}}} */

typedef struct reader {
    sfd_weights *w;
    sfd_unpickler *u;
    sfd_array_reader arrays;
    sfd_error *err;
} reader;

static sfd_status add_array(reader *r, const char *name, const sfd_array *a)
{
    const unsigned char *data;
    void *decoded;
    sfd_status status = sfd_array_locate(&r->arrays, name, a, &data, &decoded, r->err);
    if (status == SFD_OK && decoded)
        status = sfd_weights_own(r->w, decoded, r->err);
    if (status == SFD_OK)
        status = sfd_weights_add_view(r->w, name, a->dtype, a->n_dims, a->dims, a->strides, data,
                                      r->err);
    if (status == SFD_OK)
        r->w->tensors[r->w->n_tensors - 1]->big_endian = sfd_array_is_big_endian(&r->arrays, a);
    return status;
}

static sfd_status ignore_value(reader *r, const sfd_value *key, const char *reason)
{
    const char *name = sfd_value_string(r->u, key, SFD_MAX_TENSOR_NAME - 1);
    if (r->u->status != SFD_OK)
        return r->u->status;
    return sfd_weights_ignore(r->w, name ? name : "(unnamed)", reason, r->err);
}

/* Caffe2 keeps the state of the training among the blobs. */
static bool is_caffe2_training(const char *name)
{
    return strstr(name, "momentum") || strcmp(name, "lr") == 0 || strcmp(name, "model_iter") == 0;
}

static sfd_status add_entry(reader *r, const sfd_value *key, const sfd_value *value, bool caffe2)
{
    const char *name = sfd_value_string(r->u, key, SFD_MAX_TENSOR_NAME - 1);
    if (r->u->status != SFD_OK)
        return r->u->status;
    if (!name)
        return sfd_fail(r->err, SFD_ERR_FORMAT, "%s: a tensor's name is no text of up to %d bytes",
                        r->w->origin, SFD_MAX_TENSOR_NAME - 1);
    if (caffe2 && is_caffe2_training(name))
        return ignore_value(r, key, "training state");
    if (value->type != SFD_VALUE_ARRAY)
        return ignore_value(r, key, "not a tensor");
    if (!value->array->complete)
        return sfd_fail(r->err, SFD_ERR_UNSUPPORTED,
                        "%s: tensor %s: element type or array layout not supported", r->w->origin,
                        name);
    return add_array(r, name, value->array);
}

static const char *class_of(sfd_unpickler *u, const sfd_value *v, char *text, size_t size)
{
    static const char *const names[] = {
        "None",     "a truth value", "a number", "a large number", "a number",        "a text",
        "a list",   "a dictionary",  "a class",  "a storage",      "an element type", "a tensor",
        "an object"};
    (void)u;
    if (v->type != SFD_VALUE_OPAQUE || !v->global)
        return names[v->type];
    const sfd_global *g = v->global;
    snprintf(text, size, "a pickled %.*s.%.*s", (int)(g->module.n < 60 ? g->module.n : 60),
             g->module.data, (int)(g->name.n < 60 ? g->name.n : 60), g->name.data);
    return text;
}

static size_t count_tensors(const sfd_value *v)
{
    size_t n = 0;
    for (size_t i = 1; v->type == SFD_VALUE_DICT && i < v->list.n; i += 2)
        n += v->list.items[i]->type == SFD_VALUE_ARRAY;
    return n;
}

/* The dictionary under a usual key; else, where there are no tensors, the one with most of them. */
static const sfd_value *find_inner(reader *r, const sfd_value *dict, bool *caffe2)
{
    static const char *const keys[] = {"blobs", "model_state", "state_dict", "model",
                                       "model_state_dict"};
    const sfd_value *inner = NULL;
    size_t n_most = count_tensors(dict);
    for (size_t k = 0; k < sizeof keys / sizeof keys[0] && !inner; k++) {
        inner = sfd_value_get(r->u, dict, keys[k]);
        if (inner && inner->type != SFD_VALUE_DICT)
            inner = NULL;
        *caffe2 = inner && k == 0;
    }
    for (size_t i = 1; !inner && n_most == 0 && i < dict->list.n; i += 2)
        if (count_tensors(dict->list.items[i]) > n_most) {
            n_most = count_tensors(dict->list.items[i]);
            inner = dict->list.items[i];
        }
    return inner;
}

/* Follows the keys down to the dictionary of tensors; what is passed on the way is recorded as
 * ignored. */
static sfd_status find_tensors(reader *r, const sfd_value **dict, const sfd_value *const used[2],
                               bool *caffe2)
{
    for (int depth = 0; depth < MAX_NESTING; depth++) {
        const sfd_value *inner = find_inner(r, *dict, caffe2);
        if (!inner)
            break;
        for (size_t i = 0; i + 1 < (*dict)->list.n; i += 2) {
            const sfd_value *value = (*dict)->list.items[i + 1];
            if (value == inner || value == used[0] || value == used[1])
                continue;
            sfd_status status = ignore_value(r, (*dict)->list.items[i], "not the model's weights");
            if (status != SFD_OK)
                return status;
        }
        *dict = inner;
        if (*caffe2)
            break;
    }
    return r->u->status;
}

/* A whole model was saved, as Ultralytics does: its class has the weights. */
static const sfd_value *find_object(const sfd_value *dict)
{
    for (size_t i = 1; i < dict->list.n; i += 2)
        if (dict->list.items[i]->type == SFD_VALUE_OPAQUE && dict->list.items[i]->global)
            return dict->list.items[i];
    return NULL;
}

static sfd_status fail_without_tensors(reader *r, const sfd_value *dict)
{
    char keys[160] = "", text[160];
    const sfd_value *object = find_object(dict);
    for (size_t i = 0; i + 1 < dict->list.n && strlen(keys) < sizeof keys - 1; i += 2) {
        const char *name = sfd_value_string(r->u, dict->list.items[i], SFD_MAX_TENSOR_NAME - 1);
        const size_t n = strlen(keys);
        snprintf(keys + n, sizeof keys - n, "%s%s", n ? ", " : "", name ? name : "(no text)");
    }
    return sfd_fail(r->err, SFD_ERR_FORMAT,
                    "%s: a pickled dictionary without tensors (its keys: %s%s%s); wanted a "
                    "checkpoint%s",
                    r->w->origin, *keys ? keys : "none", object ? "; holds " : "",
                    object ? class_of(r->u, object, text, sizeof text) : "",
                    object ? ", with the model's state_dict instead of the model" : "");
}

sfd_status sfd_state_dict_read(sfd_weights *w, sfd_unpickler *u, const sfd_value *root,
                               const sfd_storage_source *source, sfd_error *err)
{
    reader r = {.w = w, .u = u, .arrays = {w->origin, w->file.n_bytes, source, 0}, .err = err};
    char text[160];
    bool caffe2 = false;
    if (root->type != SFD_VALUE_DICT)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: holds %s; wanted a dictionary of tensors",
                        w->origin, class_of(u, root, text, sizeof text));
    const sfd_value *used[2];
    sfd_status status = sfd_stored_config_keep(w, u, root, used, err);
    if (status == SFD_OK)
        status = find_tensors(&r, &root, used, &caffe2);
    if (status != SFD_OK)
        return status;
    if (count_tensors(root) == 0)
        return fail_without_tensors(&r, root);
    for (size_t i = 0; i + 1 < root->list.n; i += 2) {
        status = add_entry(&r, root->list.items[i], root->list.items[i + 1], caffe2);
        if (status != SFD_OK)
            return status;
    }
    return SFD_OK;
}
