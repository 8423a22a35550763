/* SPDX-License-Identifier: Apache-2.0 */
/* A pickle's bytes, one after the other, loaded from the file as they are wanted. */
#include "pickle/pickle_bytes.h"

#include "base/error.h"

#include <string.h>

#define LOADED_AT_ONCE ((size_t)1 << 20)

void sfd_pickle_fail_at(sfd_unpickler *u, const char *problem)
{
    if (u->status == SFD_OK)
        u->status = sfd_fail(u->err, SFD_ERR_FORMAT, "%s: malformed pickle at byte %zu: %s",
                             u->origin, (size_t)(u->at - u->start), problem);
}

/* What lies behind a pickle in its file may be much and is not wanted. */
static bool load_to(sfd_unpickler *u, const unsigned char *end)
{
    if (!u->file || end <= u->loaded)
        return true;
    size_t n = (size_t)(end - u->loaded);
    if (n < LOADED_AT_ONCE)
        n = (size_t)(u->end - u->loaded) < LOADED_AT_ONCE ? (size_t)(u->end - u->loaded)
                                                          : LOADED_AT_ONCE;
    if (!sfd_mapping_load(u->file, (size_t)(u->loaded - u->file->data), n)) {
        if (u->status == SFD_OK)
            u->status = sfd_fail_shrunk(u->err, u->origin);
        return false;
    }
    u->loaded += n;
    return true;
}

const unsigned char *sfd_pickle_take(sfd_unpickler *u, uint64_t n)
{
    if (n > (size_t)(u->end - u->at)) {
        sfd_pickle_fail_at(u, "it ends too early: truncated file?");
        return NULL;
    }
    if (!load_to(u, u->at + n))
        return NULL;
    const unsigned char *bytes = u->at;
    u->at += n;
    return bytes;
}

uint64_t sfd_pickle_take_number(sfd_unpickler *u, int n)
{
    const unsigned char *bytes = sfd_pickle_take(u, (uint64_t)n);
    uint64_t value = 0;
    for (int i = n - 1; bytes && i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

sfd_slice sfd_pickle_take_line(sfd_unpickler *u)
{
    sfd_slice line = {(const char *)u->at, 0};
    const unsigned char *from = u->at, *end = NULL;
    while (!end && from < u->end && load_to(u, from + 1)) {
        const unsigned char *to = u->file && u->loaded < u->end ? u->loaded : u->end;
        end = memchr(from, '\n', (size_t)(to - from));
        from = to;
    }
    if (!end) {
        sfd_pickle_fail_at(u, "it ends too early: truncated file?");
        return line;
    }
    line.n = (size_t)(end - u->at);
    u->at = end + 1;
    return line;
}
