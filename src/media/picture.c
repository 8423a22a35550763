/* SPDX-License-Identifier: Apache-2.0 */
/* Reference-counted 8-bit RGB pictures. */
#include "media/picture.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIDE     65535
#define STRIDE_ALIGN 64

/* What an sfd_picture pointer really points to. */
typedef struct shared_picture {
    sfd_picture pixels; /* first, so that the pointers convert */
    atomic_size_t n_refs;
    void *owner;
    void (*release)(void *owner);
} shared_picture;

sfd_status sfd_picture_wrap(sfd_picture **out, const sfd_picture *pixels, void *owner,
                            void (*release)(void *owner), sfd_error *err)
{
    *out = NULL;
    shared_picture *s = sfd_calloc(1, sizeof *s);
    if (!s)
        return sfd_fail_nomem(err, "picture");
    s->pixels = *pixels;
    s->owner = owner;
    s->release = release;
    atomic_init(&s->n_refs, 1);
    *out = &s->pixels;
    return SFD_OK;
}

sfd_status sfd_picture_create(sfd_picture **out, int width, int height, sfd_error *err)
{
    *out = NULL;
    if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE)
        return sfd_fail(err, SFD_ERR_ARG, "picture of %d x %d: sides must be 1 to %d", width,
                        height, MAX_SIDE);
    size_t stride = ((size_t)width * 3 + STRIDE_ALIGN - 1) / STRIDE_ALIGN * STRIDE_ALIGN;
    sfd_picture pixels = {width, height, stride, sfd_malloc_aligned((size_t)height, stride)};
    if (!pixels.rgb)
        return sfd_fail_nomem(err, "picture");
    sfd_status st = sfd_picture_wrap(out, &pixels, pixels.rgb, free, err);
    if (st != SFD_OK)
        free(pixels.rgb);
    return st;
}

sfd_picture *sfd_picture_ref(sfd_picture *p)
{
    atomic_fetch_add_explicit(&((shared_picture *)p)->n_refs, 1, memory_order_relaxed);
    return p;
}

void sfd_picture_unref(sfd_picture *p)
{
    shared_picture *s = (shared_picture *)p;
    if (!s || atomic_fetch_sub_explicit(&s->n_refs, 1, memory_order_acq_rel) != 1)
        return;
    s->release(s->owner);
    free(s);
}

sfd_status sfd_picture_make_writable(sfd_picture **p, sfd_error *err)
{
    sfd_picture *old = *p, *copy;
    if (atomic_load_explicit(&((shared_picture *)old)->n_refs, memory_order_acquire) == 1)
        return SFD_OK;
    sfd_status st = sfd_picture_create(&copy, old->width, old->height, err);
    if (st != SFD_OK)
        return st;
    for (int y = 0; y < old->height; y++)
        memcpy(copy->rgb + (size_t)y * copy->stride_bytes, old->rgb + (size_t)y * old->stride_bytes,
               (size_t)old->width * 3);
    sfd_picture_unref(old);
    *p = copy;
    return SFD_OK;
}
