/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors that pickle.dump wrote, not torch.save: each storage is a whole file of PyTorch's
 * container before 1.6 (weights/formats/torch_file.c) in the bytes of the pickle. */
#include "pickle/pickle.h"

#include <string.h>

enum { MAGIC, PROTOCOL, SYSTEM, OBJECT, KEYS, N_PARTS };

bool sfd_is_torch_magic(const sfd_value *v)
{
    static const char magic[] = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"; /* little endian */
    return v->type == SFD_VALUE_BIGINT && v->text.n == 10 && memcmp(v->text.data, magic, 10) == 0;
}

/* The storage of such a file, its elements behind an int64 count. */
static bool read_container(sfd_unpickler *inner, sfd_slice file, sfd_storage *out)
{
    sfd_value *part[N_PARTS];
    size_t at = 0, n_read, n_bytes;
    uint64_t count;
    for (int i = 0; i < N_PARTS; i++) {
        if (inner->unpickle(inner, file.data + at, file.n - at, &part[i], &n_read) != SFD_OK)
            return false;
        at += n_read;
    }
    if (!sfd_is_torch_magic(part[MAGIC]) || part[OBJECT]->type != SFD_VALUE_STORAGE ||
        !part[OBJECT]->storage->typed || file.n - at < sizeof count)
        return false;
    memcpy(&count, file.data + at, sizeof count);
    at += sizeof count;
    *out = (sfd_storage){.typed = true, .dtype = part[OBJECT]->storage->dtype};
    if (__builtin_mul_overflow(count, sfd_dtype_size(out->dtype), &n_bytes) ||
        n_bytes > file.n - at)
        return false;
    out->n_elements = count;
    out->saved = (sfd_slice){file.data + at, n_bytes};
    return true;
}

sfd_value *sfd_load_from_bytes(sfd_unpickler *u, sfd_value **args, size_t n)
{
    sfd_slice file;
    sfd_unpickler inner;
    sfd_storage storage;
    if (n != 1 || u->nested || args[0]->type != SFD_VALUE_TEXT)
        return NULL;
    file = args[0]->text;
    if (args[0]->encoding != SFD_TEXT_PLAIN) {
        unsigned char *copy = sfd_unpickler_alloc(u, file.n);
        if (!copy)
            return NULL;
        file = (sfd_slice){(const char *)copy, sfd_text_decode(args[0], copy)};
    }
    sfd_unpickler_init(&inner, u->origin, file.n * 64 + 65536, NULL);
    inner.nested = true;
    inner.unpickle = u->unpickle;
    const bool known = read_container(&inner, file, &storage);
    sfd_unpickler_free(&inner);
    sfd_value *v = known ? sfd_new_value(u, SFD_VALUE_STORAGE) : NULL;
    if (!v || !(v->storage = sfd_unpickler_alloc(u, sizeof storage)))
        return NULL;
    *v->storage = storage;
    return v;
}
