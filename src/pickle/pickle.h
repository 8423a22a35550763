/* SPDX-License-Identifier: Apache-2.0 */
/* Python pickles, protocols 0 to 5, read as data: nothing is imported or executed. The few
 * callables that build tensors, arrays and dictionaries are known by name; the result of any other
 * is an opaque value, which matters only to who needs it.
 *
 * Values live in the unpickler's arena and point into the pickle's bytes. */
#ifndef SFD_PICKLE_PICKLE_H
#define SFD_PICKLE_PICKLE_H

#include "base/arena.h"
#include "base/dtype.h"
#include "base/file.h"

#include <sfdet/common.h>

typedef enum sfd_value_type {
    SFD_VALUE_NONE,
    SFD_VALUE_BOOL,
    SFD_VALUE_INT,
    SFD_VALUE_BIGINT, /* beyond 64 bits: two's complement, little endian, in `text` */
    SFD_VALUE_FLOAT,
    SFD_VALUE_TEXT,
    SFD_VALUE_LIST, /* or tuple */
    SFD_VALUE_DICT, /* in `list`: key, value, key, value, ... */
    SFD_VALUE_GLOBAL,
    SFD_VALUE_STORAGE,
    SFD_VALUE_DTYPE,
    SFD_VALUE_ARRAY, /* torch tensor or numpy array */
    SFD_VALUE_OPAQUE
} sfd_value_type;

/* How text or bytes are spelled in the pickle. */
typedef enum sfd_text_encoding {
    SFD_TEXT_PLAIN,         /* bytes, or text in UTF-8 */
    SFD_TEXT_ESCAPED,       /* Python 2's repr without the quotes: \n, \x00, \\, ... */
    SFD_TEXT_RAW_UNICODE,   /* Latin-1 with \uXXXX, stands for UTF-8 text */
    SFD_TEXT_UTF8_TO_BYTES, /* UTF-8 whose code points below 256 stand for bytes */
    SFD_TEXT_RAW_UNICODE_TO_BYTES
} sfd_text_encoding;

typedef struct sfd_slice {
    const char *data;
    size_t n;
} sfd_slice;

typedef struct sfd_global sfd_global;
typedef struct sfd_unpickler sfd_unpickler;

/* What a persistent id names: elements stored elsewhere in the file. */
typedef struct sfd_storage {
    bool typed; /* dtype is known */
    sfd_dtype dtype;
    sfd_slice key;
    size_t n_elements;  /* bytes when untyped */
    size_t view_offset; /* in elements; a view into the storage of that key */
    bool is_view;
    sfd_slice saved; /* its bytes, little endian, where they lie in the pickle itself */
} sfd_storage;

typedef struct sfd_numpy_dtype {
    sfd_dtype dtype;
    bool known, big_endian;
    bool text; /* of four bytes a character */
} sfd_numpy_dtype;

/* Elements of a torch storage, or of `bytes` in the pickle. */
typedef struct sfd_array {
    const sfd_storage *storage; /* NULL: in bytes */
    const struct sfd_value *bytes;
    sfd_dtype dtype;
    bool complete, big_endian;
    int n_dims;
    size_t dims[SFD_MAX_DIMS], strides[SFD_MAX_DIMS], offset; /* strides, offset in elements */
} sfd_array;

typedef struct sfd_value {
    sfd_value_type type;
    sfd_text_encoding encoding; /* of text */
    union {
        int64_t integer; /* INT, BOOL */
        double number;
        sfd_slice text;
        struct {
            struct sfd_value **items;
            size_t n, n_alloc;
        } list;
        const sfd_global *global; /* GLOBAL; OPAQUE: what made it, or NULL */
        sfd_storage *storage;
        sfd_numpy_dtype *dtype;
        sfd_array *array;
    };
} sfd_value;

/* "module.name" of a class or function that a pickle mentions. */
struct sfd_global {
    sfd_slice module, name;
    /* Makes the result of calling it with args[n]; NULL: opaque. */
    sfd_value *(*call)(sfd_unpickler *u, sfd_value **args, size_t n);
};

struct sfd_unpickler {
    sfd_arena arena;
    const char *origin; /* for messages */
    sfd_error *err;
    sfd_status status; /* of the first failure */
    const unsigned char *start, *at, *end;
    const sfd_mapping *file; /* reserved, which the bytes are loaded from; NULL: they are there */
    const unsigned char *loaded; /* so far */
    sfd_value **stack;
    size_t n_stack, n_stack_alloc;
    size_t *marks; /* stack heights */
    size_t n_marks, n_marks_alloc;
    sfd_value **memo;
    size_t n_memo, n_memoized;
    bool nested; /* a pickle within a pickle's bytes */
    /* sfd_unpickle, lent to callables that find a pickle in bytes */
    sfd_status (*unpickle)(sfd_unpickler *u, const void *data, size_t n_bytes, sfd_value **root,
                           size_t *n_read);
    sfd_storage **storages; /* all that persistent ids named */
    size_t n_storages, n_storages_alloc;
};

/* `max_bytes` bounds all values together. */
void sfd_unpickler_init(sfd_unpickler *u, const char *origin, size_t max_bytes, sfd_error *err);
void sfd_unpickler_free(sfd_unpickler *u);

/* Reads one pickle from the beginning of the bytes; *n_read is its length. The values of earlier
 * calls stay valid. Errors: SFD_ERR_FORMAT naming the byte, SFD_ERR_NOMEM. */
sfd_status sfd_unpickle(sfd_unpickler *u, const void *data, size_t n_bytes, sfd_value **root,
                        size_t *n_read);

/* -- looking at values */

/* A dictionary's value for a text key, NULL when there is none or v is not a dictionary. */
sfd_value *sfd_value_get(sfd_unpickler *u, const sfd_value *v, const char *key);

/* Text in UTF-8 or bytes, decoded into the arena where necessary; false when v is no text or memory
 * is refused. No final zero. */
bool sfd_value_text(sfd_unpickler *u, const sfd_value *v, sfd_slice *out);
bool sfd_value_is(sfd_unpickler *u, const sfd_value *v, const char *text);

/* The same with a final zero, NULL when it is no text, contains zeros or exceeds max_bytes. */
const char *sfd_value_string(sfd_unpickler *u, const sfd_value *v, size_t max_bytes);

/* UTF-8 of a code point; its length. */
size_t sfd_put_utf8(unsigned code, unsigned char dst[4]);

/* Decodes text to dst and returns the length, at most text.n (twice that for
 * SFD_TEXT_RAW_UNICODE). */
size_t sfd_text_decode(const sfd_value *v, unsigned char *dst);

/* -- for the callables */

/* Zeroed arena memory; NULL, the failure recorded, when it is refused. */
void *sfd_unpickler_alloc(sfd_unpickler *u, size_t n);
/* As sfd_arena_grow; a refusal is recorded. */
bool sfd_unpickler_grow(sfd_unpickler *u, void *array_ptr, size_t *n_alloc, size_t n_used,
                        size_t size);
sfd_value *sfd_new_value(sfd_unpickler *u, sfd_value_type type); /* NULL: memory refused */
bool sfd_append(sfd_unpickler *u, sfd_value *list, sfd_value *item);
bool sfd_note_storage(sfd_unpickler *u, sfd_storage *storage);
bool sfd_value_size(const sfd_value *v, size_t *out); /* integer that is not negative */

/* torch.storage._load_from_bytes: a storage as PyTorch's container before 1.6. */
sfd_value *sfd_load_from_bytes(sfd_unpickler *u, sfd_value **args, size_t n);
/* True for that container's first value, 0x1950a86a20f9469cfc6c. */
bool sfd_is_torch_magic(const sfd_value *v);

/* Sets g->call when module and name are known. */
void sfd_global_resolve(sfd_global *g);
/* What a persistent id stands for: a storage, or an opaque value. */
sfd_value *sfd_persistent_load(sfd_unpickler *u, const sfd_value *id);
/* BUILD: gives `object` its state. */
void sfd_set_state(sfd_unpickler *u, sfd_value *object, const sfd_value *state);

#endif
