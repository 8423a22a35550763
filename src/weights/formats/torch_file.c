/* SPDX-License-Identifier: Apache-2.0 */
/* PyTorch's two containers, and plain pickles.
 *
 * Zip, since 1.6: <top>/data.pkl holds the object, <top>/data/<key> the elements of each storage,
 * all stored uncompressed; <top>/byteorder says "little" or "big", absent means little.
 *
 * Legacy: five pickles (a magic number, the protocol number 1001, a dictionary on the system, the
 * object, the list of storage keys), then for each key of the list an int64 count of elements and
 * the elements, little endian on every machine. */
#include "weights/formats/torch_file.h"

#include "base/alloc.h"
#include "base/error.h"
#include "weights/formats/state_dict.h"
#include "weights/formats/zip_index.h"

#include <stdlib.h>
#include <string.h>

#define LEGACY_PROTOCOL 1001

typedef struct container {
    const char *origin;
    const sfd_mapping *file;
    sfd_root_fn fn; /* gets the object */
    void *user;
} container;

/* -- zip */

typedef struct zip_file {
    sfd_zip zip;
    const char *prefix; /* "archive/" */
    size_t n_prefix;
} zip_file;

static bool ends_with(const sfd_zip_entry *e, const char *end)
{
    size_t n = strlen(end);
    return e->n_name >= n && memcmp(e->name + e->n_name - n, end, n) == 0;
}

/* <top>/data.pkl, whatever <top> is. */
static const sfd_zip_entry *find_object(zip_file *f)
{
    for (size_t i = 0; i < f->zip.n_entries; i++) {
        const sfd_zip_entry *e = &f->zip.entries[i];
        const char *slash = memchr(e->name, '/', e->n_name);
        if (slash && ends_with(e, "/data.pkl") && slash == e->name + e->n_name - 9) {
            f->prefix = e->name;
            f->n_prefix = e->n_name - 8;
            return e;
        }
    }
    return NULL;
}

static const sfd_zip_entry *find_entry(const zip_file *f, const char *name)
{
    return sfd_zip_find(&f->zip, f->prefix, f->n_prefix, name, strlen(name));
}

static bool find_in_zip(const void *file, const sfd_storage *s, const unsigned char **data,
                        size_t *n_bytes)
{
    const zip_file *f = file;
    char name[64] = "data/";
    if (s->key.n > sizeof name - 6)
        return false;
    memcpy(name + 5, s->key.data, s->key.n);
    const sfd_zip_entry *e = sfd_zip_find(&f->zip, f->prefix, f->n_prefix, name, s->key.n + 5);
    if (!e || !e->data)
        return false;
    *data = e->data;
    *n_bytes = e->n_bytes;
    return true;
}

static sfd_status read_zip_object(const container *c, sfd_unpickler *u, sfd_error *err)
{
    zip_file f = {0};
    sfd_status status = sfd_zip_read(&f.zip, &u->arena, c->origin, c->file, err);
    if (status != SFD_OK)
        return status;
    const sfd_zip_entry *object = find_object(&f);
    if (!object)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: a zip archive without data.pkl, so not written by PyTorch", c->origin);
    if (find_entry(&f, "constants.pkl"))
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: a TorchScript program; wanted the model's state_dict, as torch.save "
                        "writes it",
                        c->origin);
    if (!object->data)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: its data.pkl is compressed or encrypted; PyTorch stores entries plain",
                        c->origin);
    const sfd_zip_entry *order = find_entry(&f, "byteorder");
    sfd_storage_source source = {find_in_zip, &f, false};
    char name[3];
    source.big_endian = order && order->data && order->n_bytes >= sizeof name &&
                        sfd_mapping_read(c->file, order->data, sizeof name, name) &&
                        memcmp(name, "big", sizeof name) == 0;
    u->loaded = object->data;
    sfd_value *root;
    size_t n_read;
    status = sfd_unpickle(u, object->data, object->n_bytes, &root, &n_read);
    return status == SFD_OK ? c->fn(c->user, u, root, &source, err) : status;
}

/* -- legacy */

typedef struct legacy_storage {
    sfd_slice key;
    const unsigned char *data;
    size_t n_bytes;
} legacy_storage;

typedef struct legacy_file {
    legacy_storage *storages; /* sorted by key; in the arena */
    size_t n_storages;
} legacy_file;

static int compare_slices(sfd_slice a, sfd_slice b)
{
    int order = memcmp(a.data, b.data, a.n < b.n ? a.n : b.n);
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_storages(const void *a, const void *b)
{
    return compare_slices(((const legacy_storage *)a)->key, ((const legacy_storage *)b)->key);
}

static int compare_named(const void *a, const void *b)
{
    return compare_slices((*(sfd_storage *const *)a)->key, (*(sfd_storage *const *)b)->key);
}

static bool find_in_legacy(const void *file, const sfd_storage *s, const unsigned char **data,
                           size_t *n_bytes)
{
    const legacy_file *f = file;
    legacy_storage wanted = {.key = s->key};
    const legacy_storage *found = f->n_storages ? bsearch(&wanted, f->storages, f->n_storages,
                                                          sizeof wanted, compare_storages)
                                                : NULL;
    if (!found)
        return false;
    *data = found->data;
    *n_bytes = found->n_bytes;
    return true;
}

/* The object's pickle tells each storage's element type, the list behind it their order. */
static sfd_status locate_storages(legacy_file *f, sfd_unpickler *u, const sfd_value *keys,
                                  const unsigned char *at, const unsigned char *end, sfd_error *err)
{
    size_t n = keys->type == SFD_VALUE_LIST ? keys->list.n : 0;
    f->storages = sfd_unpickler_alloc(u, n * sizeof *f->storages);
    if (!f->storages)
        return u->status;
    if (u->n_storages > 0)
        qsort(u->storages, u->n_storages, sizeof *u->storages, compare_named);
    for (size_t i = 0; i < n; i++) {
        sfd_storage wanted = {0}, *key = &wanted, **named = NULL;
        if (sfd_value_text(u, keys->list.items[i], &wanted.key) && u->n_storages > 0)
            named = bsearch(&key, u->storages, u->n_storages, sizeof key, compare_named);
        if (!named || !(*named)->typed)
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: storage %zu of %zu is of unknown type",
                            u->origin, i, n);
        uint64_t count = 0, n_bytes;
        if (end - at >= 8 && !sfd_mapping_read(u->file, at, 8, &count))
            return sfd_fail_shrunk(err, u->origin);
        if (end - at < 8 ||
            __builtin_mul_overflow(count, sfd_dtype_size((*named)->dtype), &n_bytes) ||
            n_bytes > (size_t)(end - at - 8))
            return sfd_fail(err, SFD_ERR_FORMAT,
                            "%s: storage %zu of %zu reaches beyond the file: truncated?", u->origin,
                            i, n);
        f->storages[f->n_storages++] = (legacy_storage){wanted.key, at + 8, (size_t)n_bytes};
        at += 8 + n_bytes;
    }
    if (n > 0)
        qsort(f->storages, n, sizeof *f->storages, compare_storages);
    return SFD_OK;
}

static sfd_status read_legacy(const container *c, sfd_unpickler *u, size_t at, sfd_error *err)
{
    sfd_value *part[4]; /* protocol, system, object, keys */
    for (int i = 0; i < 4; i++) {
        size_t n_read;
        sfd_status status =
            sfd_unpickle(u, c->file->data + at, c->file->n_bytes - at, &part[i], &n_read);
        if (status != SFD_OK)
            return status;
        at += n_read;
    }
    if (part[0]->type != SFD_VALUE_INT || part[0]->integer != LEGACY_PROTOCOL)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: PyTorch file of another protocol than %d",
                        c->origin, LEGACY_PROTOCOL);
    legacy_file f = {0};
    sfd_status status =
        locate_storages(&f, u, part[3], c->file->data + at, c->file->data + c->file->n_bytes, err);
    sfd_storage_source source = {find_in_legacy, &f, false};
    return status == SFD_OK ? c->fn(c->user, u, part[2], &source, err) : status;
}

static sfd_status read_pickle(const container *c, sfd_unpickler *u, sfd_error *err)
{
    sfd_value *root;
    size_t n_read;
    u->loaded = c->file->data;
    sfd_status status = sfd_unpickle(u, c->file->data, c->file->n_bytes, &root, &n_read);
    if (status != SFD_OK)
        return status;
    if (sfd_is_torch_magic(root))
        return read_legacy(c, u, n_read, err);
    return c->fn(c->user, u, root, &(sfd_storage_source){0}, err);
}

sfd_status sfd_pickled_root(const char *origin, const sfd_mapping *file, size_t max_object_bytes,
                            sfd_root_fn fn, void *user, sfd_error *err)
{
    const container c = {origin, file, fn, user};
    sfd_unpickler u;
    if (!sfd_mapping_load(file, 0, file->n_bytes < 4 ? file->n_bytes : 4))
        return sfd_fail_shrunk(err, origin);
    const bool zip = file->n_bytes >= 4 && memcmp(file->data, "PK\3\4", 4) == 0;
    sfd_unpickler_init(&u, origin, max_object_bytes, err);
    u.file = file;
    sfd_status status = zip ? read_zip_object(&c, &u, err) : read_pickle(&c, &u, err);
    sfd_unpickler_free(&u);
    return status;
}

static sfd_status add_tensors(void *user, sfd_unpickler *u, const sfd_value *root,
                              const sfd_storage_source *source, sfd_error *err)
{
    return sfd_state_dict_read(user, u, root, source, err);
}

sfd_status sfd_torch_file_read(sfd_weights *w, sfd_error *err)
{
    return sfd_pickled_root(w->origin, &w->file, SFD_MAX_PICKLE_OBJECT_BYTES, add_tensors, w, err);
}
