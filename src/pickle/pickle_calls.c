/* SPDX-License-Identifier: Apache-2.0 */
/* The callables that pickles of tensors, arrays and dictionaries mention, as data. */
#include "pickle/pickle.h"

#include <string.h>

/* -- element types */

static const struct {
    const char *storage, *torch, *numpy; /* FloatStorage, torch.float32, numpy's 'f4' */
    sfd_dtype dtype;
} element_types[] = {
    {"FloatStorage", "float32", "f4", SFD_F32},      {"HalfStorage", "float16", "f2", SFD_F16},
    {"BFloat16Storage", "bfloat16", NULL, SFD_BF16}, {"DoubleStorage", "float64", "f8", SFD_F64},
    {"LongStorage", "int64", "i8", SFD_I64},         {"IntStorage", "int32", "i4", SFD_I32},
    {"ShortStorage", "int16", "i2", SFD_I16},        {"CharStorage", "int8", "i1", SFD_I8},
    {"ByteStorage", "uint8", "u1", SFD_U8},          {"BoolStorage", "bool", "b1", SFD_BOOL},
};

#define N_ELEMENT_TYPES (sizeof element_types / sizeof element_types[0])

static bool slice_is(sfd_slice s, const char *text)
{
    return text && s.n == strlen(text) && memcmp(s.data, text, s.n) == 0;
}

static bool slice_starts(sfd_slice s, const char *text)
{
    return s.n >= strlen(text) && memcmp(s.data, text, strlen(text)) == 0;
}

/* torch.FloatStorage, torch.cuda.FloatStorage, torch.float32 */
static bool torch_dtype(const sfd_value *v, sfd_dtype *out)
{
    if (v->type != SFD_VALUE_GLOBAL || !slice_starts(v->global->module, "torch"))
        return false;
    for (size_t i = 0; i < N_ELEMENT_TYPES; i++) {
        if (slice_is(v->global->name, element_types[i].storage) ||
            slice_is(v->global->name, element_types[i].torch)) {
            *out = element_types[i].dtype;
            return true;
        }
    }
    return false;
}

/* -- torch */

/* ('storage', type, key, location, number of elements[, view]), where view is None or (key, offset,
 * number of elements) as PyTorch 0.3 wrote it. */
sfd_value *sfd_persistent_load(sfd_unpickler *u, const sfd_value *id)
{
    sfd_value **item = id->list.items;
    sfd_storage s = {0};
    bool known = id->type == SFD_VALUE_LIST && id->list.n >= 5 &&
                 sfd_value_is(u, item[0], "storage") && sfd_value_text(u, item[2], &s.key) &&
                 sfd_value_size(item[4], &s.n_elements);
    if (known && id->list.n >= 6 && item[5]->type == SFD_VALUE_LIST) {
        const sfd_value *view = item[5];
        s.is_view = true;
        known = view->list.n == 3 && sfd_value_size(view->list.items[1], &s.view_offset) &&
                sfd_value_size(view->list.items[2], &s.n_elements);
    }
    sfd_value *v = sfd_new_value(u, known ? SFD_VALUE_STORAGE : SFD_VALUE_OPAQUE);
    if (!v || !known)
        return v;
    s.typed = torch_dtype(item[1], &s.dtype);
    v->storage = sfd_unpickler_alloc(u, sizeof s);
    if (!v->storage)
        return NULL;
    *v->storage = s;
    return sfd_note_storage(u, v->storage) ? v : NULL;
}

static bool read_sizes(const sfd_value *v, int *n, size_t *sizes)
{
    if (v->type != SFD_VALUE_LIST || v->list.n > SFD_MAX_DIMS)
        return false;
    for (size_t i = 0; i < v->list.n; i++)
        if (!sfd_value_size(v->list.items[i], &sizes[i]))
            return false;
    *n = (int)v->list.n;
    return true;
}

static sfd_value *new_array(sfd_unpickler *u, const sfd_array *array)
{
    sfd_value *v = sfd_new_value(u, SFD_VALUE_ARRAY);
    if (!v)
        return NULL;
    v->array = sfd_unpickler_alloc(u, sizeof *array);
    if (!v->array)
        return NULL;
    *v->array = *array;
    return v;
}

/* storage, offset, size, stride, ... : all generations begin alike. */
static sfd_value *rebuild(sfd_unpickler *u, sfd_value **args, const sfd_value *dtype)
{
    sfd_array a = {.complete = true};
    int n_strides;
    if (args[0]->type != SFD_VALUE_STORAGE || !sfd_value_size(args[1], &a.offset) ||
        !read_sizes(args[2], &a.n_dims, a.dims) || !read_sizes(args[3], &n_strides, a.strides) ||
        n_strides != a.n_dims)
        return NULL;
    a.storage = args[0]->storage;
    a.dtype = a.storage->dtype;
    if (dtype ? !torch_dtype(dtype, &a.dtype) : !a.storage->typed)
        return NULL;
    return new_array(u, &a);
}

static sfd_value *rebuild_tensor(sfd_unpickler *u, sfd_value **args, size_t n)
{
    return n >= 4 ? rebuild(u, args, NULL) : NULL;
}

/* (storage, offset, size, stride, requires_grad, hooks, dtype, ...) */
static sfd_value *rebuild_tensor_v3(sfd_unpickler *u, sfd_value **args, size_t n)
{
    return n >= 7 ? rebuild(u, args, args[6]) : NULL;
}

/* (tensor, requires_grad, hooks) */
static sfd_value *rebuild_parameter(sfd_unpickler *u, sfd_value **args, size_t n)
{
    (void)u;
    return n >= 1 && args[0]->type == SFD_VALUE_ARRAY ? args[0] : NULL;
}

/* (function, type, arguments, state): a subclass of Tensor */
static sfd_value *rebuild_from_type(sfd_unpickler *u, sfd_value **args, size_t n)
{
    if (n < 3 || args[0]->type != SFD_VALUE_GLOBAL || args[2]->type != SFD_VALUE_LIST)
        return NULL;
    const sfd_global *g = args[0]->global;
    bool known = g->call == rebuild_tensor || g->call == rebuild_tensor_v3;
    return known ? g->call(u, args[2]->list.items, args[2]->list.n) : NULL;
}

/* torch.Size is a tuple. */
static sfd_value *first_argument(sfd_unpickler *u, sfd_value **args, size_t n)
{
    (void)u;
    return n == 1 && args[0]->type == SFD_VALUE_LIST ? args[0] : NULL;
}

/* -- containers */

/* OrderedDict(), OrderedDict([(key, value), ...]), defaultdict(factory) */
static sfd_value *make_dict(sfd_unpickler *u, sfd_value **args, size_t n)
{
    sfd_value *dict = sfd_new_value(u, SFD_VALUE_DICT);
    if (!dict || n != 1 || args[0]->type != SFD_VALUE_LIST)
        return dict;
    for (size_t i = 0; i < args[0]->list.n; i++) {
        const sfd_value *pair = args[0]->list.items[i];
        if (pair->type != SFD_VALUE_LIST || pair->list.n != 2)
            return NULL;
        if (!sfd_append(u, dict, pair->list.items[0]) || !sfd_append(u, dict, pair->list.items[1]))
            return NULL;
    }
    return dict;
}

/* Python 3's way of writing bytes in protocols 0 to 2: _codecs.encode(text, 'latin1'). */
static sfd_value *encode_latin1(sfd_unpickler *u, sfd_value **args, size_t n)
{
    if (n != 2 || args[0]->type != SFD_VALUE_TEXT ||
        (!sfd_value_is(u, args[1], "latin1") && !sfd_value_is(u, args[1], "latin-1")))
        return NULL;
    sfd_value *bytes = sfd_new_value(u, SFD_VALUE_TEXT);
    if (!bytes)
        return NULL;
    bytes->text = args[0]->text;
    bytes->encoding = args[0]->encoding == SFD_TEXT_RAW_UNICODE ? SFD_TEXT_RAW_UNICODE_TO_BYTES
                                                                : SFD_TEXT_UTF8_TO_BYTES;
    return bytes;
}

/* bytes(), bytearray(), bytearray(bytes), bytearray(text, 'latin-1') */
static sfd_value *make_bytes(sfd_unpickler *u, sfd_value **args, size_t n)
{
    if (n == 1 && args[0]->type == SFD_VALUE_TEXT)
        return args[0];
    if (n == 2)
        return encode_latin1(u, args, n);
    sfd_value *bytes = n == 0 ? sfd_new_value(u, SFD_VALUE_TEXT) : NULL;
    if (bytes)
        bytes->text = (sfd_slice){"", 0};
    return bytes;
}

/* -- numpy */

/* dtype('f4', align, copy); '<f4' and '>f4' occur too */
static sfd_value *make_dtype(sfd_unpickler *u, sfd_value **args, size_t n)
{
    sfd_slice name;
    sfd_value *v = sfd_new_value(u, SFD_VALUE_DTYPE);
    if (!v || n < 1 || !sfd_value_text(u, args[0], &name))
        return NULL;
    sfd_numpy_dtype d = {0};
    if (name.n > 0 && memchr("<>=|", name.data[0], 4)) {
        d.big_endian = name.data[0] == '>';
        name.data++;
        name.n--;
    }
    for (size_t i = 0; i < N_ELEMENT_TYPES && !d.known; i++) {
        d.known = slice_is(name, element_types[i].numpy);
        d.dtype = element_types[i].dtype;
    }
    d.text = name.n > 0 && name.data[0] == 'U';
    v->dtype = sfd_unpickler_alloc(u, sizeof d);
    if (!v->dtype)
        return NULL;
    *v->dtype = d;
    return v;
}

/* (version, byte order, ...) */
static void set_dtype_state(sfd_unpickler *u, sfd_numpy_dtype *d, const sfd_value *state)
{
    sfd_slice order;
    if (state->type == SFD_VALUE_LIST && state->list.n >= 2 &&
        sfd_value_text(u, state->list.items[1], &order) && order.n == 1)
        d->big_endian = order.data[0] == '>';
}

/* Strides of a dense array; false when its size overflows. */
static bool set_dense_strides(sfd_array *a, bool fortran)
{
    size_t stride = 1;
    for (int i = 0; i < a->n_dims; i++) {
        int axis = fortran ? i : a->n_dims - 1 - i;
        a->strides[axis] = stride;
        if (__builtin_mul_overflow(stride, a->dims[axis], &stride))
            return false;
    }
    return true;
}

static bool set_elements(sfd_array *a, const sfd_value *dtype, const sfd_value *bytes)
{
    if (dtype->type != SFD_VALUE_DTYPE || !dtype->dtype->known || bytes->type != SFD_VALUE_TEXT ||
        bytes->encoding == SFD_TEXT_RAW_UNICODE) /* text, not bytes */
        return false;
    a->dtype = dtype->dtype->dtype;
    a->big_endian = dtype->dtype->big_endian;
    a->bytes = bytes;
    return true;
}

/* _reconstruct(ndarray, (0,), 'b'): an empty array that BUILD fills. */
static sfd_value *reconstruct(sfd_unpickler *u, sfd_value **args, size_t n)
{
    (void)args;
    (void)n;
    return new_array(u, &(sfd_array){.complete = false});
}

/* (version, shape, dtype, is_fortran, bytes) */
static void set_array_state(sfd_array *a, const sfd_value *state)
{
    sfd_value **item = state->list.items;
    if (a->complete || state->type != SFD_VALUE_LIST || state->list.n != 5)
        return;
    a->complete = read_sizes(item[1], &a->n_dims, a->dims) && set_elements(a, item[2], item[4]) &&
                  item[3]->type == SFD_VALUE_BOOL && set_dense_strides(a, item[3]->integer != 0);
}

/* np.str_: four bytes a character, which UTF-8 never exceeds */
static sfd_value *make_text(sfd_unpickler *u, const sfd_value *bytes, bool big_endian)
{
    sfd_slice s;
    sfd_value *v = sfd_new_value(u, SFD_VALUE_TEXT);
    if (!v || !sfd_value_text(u, bytes, &s))
        return NULL;
    unsigned char *text = sfd_unpickler_alloc(u, s.n + 1);
    size_t length = 0;
    for (size_t i = 0; text && i + 4 <= s.n; i += 4) {
        const unsigned char *c = (const unsigned char *)s.data + i;
        unsigned code = 0;
        for (int k = 0; k < 4; k++)
            code = code << 8 | c[big_endian ? k : 3 - k];
        length += sfd_put_utf8(code, text + length);
    }
    v->text = (sfd_slice){(const char *)text, length};
    return text ? v : NULL;
}

/* scalar(dtype, bytes) */
static sfd_value *make_scalar(sfd_unpickler *u, sfd_value **args, size_t n)
{
    sfd_array a = {.complete = true};
    if (n == 2 && args[0]->type == SFD_VALUE_DTYPE && args[0]->dtype->text)
        return make_text(u, args[1], args[0]->dtype->big_endian);
    return n == 2 && set_elements(&a, args[0], args[1]) ? new_array(u, &a) : NULL;
}

/* Protocol 5: _frombuffer(bytes, dtype, shape, 'C' or 'F') */
static sfd_value *from_buffer(sfd_unpickler *u, sfd_value **args, size_t n)
{
    sfd_array a = {.complete = true};
    if (n != 4 || !set_elements(&a, args[1], args[0]) || !read_sizes(args[2], &a.n_dims, a.dims) ||
        !set_dense_strides(&a, sfd_value_is(u, args[3], "F")))
        return NULL;
    return new_array(u, &a);
}

void sfd_set_state(sfd_unpickler *u, sfd_value *object, const sfd_value *state)
{
    if (object->type == SFD_VALUE_DTYPE)
        set_dtype_state(u, object->dtype, state);
    else if (object->type == SFD_VALUE_ARRAY)
        set_array_state(object->array, state);
}

/* -- the list of everything that is known */

void sfd_global_resolve(sfd_global *g)
{
    static const struct {
        const char *module, *name;
        sfd_value *(*call)(sfd_unpickler *u, sfd_value **args, size_t n);
    } known[] = {
        {"collections", "OrderedDict", make_dict},
        {"collections", "defaultdict", make_dict},
        {"__builtin__", "dict", make_dict},
        {"yacs.config", "CfgNode", make_dict}, /* dictionaries with methods */
        {"fvcore.common.config", "CfgNode", make_dict},
        {"mmcv.utils.config", "ConfigDict", make_dict},
        {"mmengine.config.config", "ConfigDict", make_dict},
        {"mmengine.config", "ConfigDict", make_dict},
        {"addict.addict", "Dict", make_dict},
        {"builtins", "dict", make_dict},
        {"__builtin__", "bytes", make_bytes},
        {"builtins", "bytes", make_bytes},
        {"__builtin__", "bytearray", make_bytes},
        {"builtins", "bytearray", make_bytes},
        {"_codecs", "encode", encode_latin1},
        {"torch._utils", "_rebuild_tensor", rebuild_tensor},
        {"torch._utils", "_rebuild_tensor_v2", rebuild_tensor},
        {"torch._utils", "_rebuild_tensor_v3", rebuild_tensor_v3},
        {"torch._utils", "_rebuild_parameter", rebuild_parameter},
        {"torch._utils", "_rebuild_parameter_with_state", rebuild_parameter},
        {"torch._tensor", "_rebuild_from_type_v2", rebuild_from_type},
        {"torch.storage", "_load_from_bytes", sfd_load_from_bytes},
        {"torch", "Size", first_argument},
        {"numpy", "dtype", make_dtype},
        {"numpy.core.multiarray", "_reconstruct", reconstruct},
        {"numpy._core.multiarray", "_reconstruct", reconstruct},
        {"numpy.core.multiarray", "scalar", make_scalar},
        {"numpy._core.multiarray", "scalar", make_scalar},
        {"numpy.core.numeric", "_frombuffer", from_buffer},
        {"numpy._core.numeric", "_frombuffer", from_buffer},
    };
    g->call = NULL;
    for (size_t i = 0; i < sizeof known / sizeof known[0] && !g->call; i++)
        if (slice_is(g->module, known[i].module) && slice_is(g->name, known[i].name))
            g->call = known[i].call;
}
