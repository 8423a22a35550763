/* SPDX-License-Identifier: Apache-2.0 */
/* Frames between the decoder and the clips that want them. */
#include "classify/clip_frames.h"

#include "base/alloc.h"
#include "base/error.h"
#include "input/resize.h"

#include <stdlib.h>
#include <string.h>

#define MAX_ASPECT 16

static int by_number(const void *a, const void *b)
{
    const sfd_kept_frame *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return (x->last_clip > y->last_clip) - (x->last_clip < y->last_clip);
}

/* Of equal numbers the last one stays, which knows the last clip. */
static size_t keep_last(sfd_kept_frame *k, size_t n)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++)
        if (i + 1 == n || k[i + 1].number != k[i].number)
            k[n_kept++] = k[i];
    return n_kept;
}

sfd_status sfd_clip_frames_plan(sfd_clip_frames *f, const sfd_clip_choice *choice, int64_t n,
                                double fps, sfd_error *err)
{
    const size_t per_clip = (size_t)choice->num_frames;
    const size_t total = (size_t)choice->n_clips * per_clip;
    *f = (sfd_clip_frames){.n_clips = choice->n_clips, .num_frames = choice->num_frames};
    f->numbers = sfd_malloc_array(total, sizeof *f->numbers);
    f->kept = sfd_calloc(total, sizeof *f->kept);
    f->rgb = sfd_malloc_array(per_clip, sizeof *f->rgb);
    f->floats = sfd_malloc_array(per_clip, sizeof *f->floats);
    if (!f->numbers || !f->kept || !f->rgb || !f->floats)
        return sfd_fail_nomem(err, "clips");
    for (int k = 0; k < f->n_clips; k++)
        sfd_clip_choose(choice, n, fps, k, f->numbers + (size_t)k * per_clip);
    for (size_t i = 0; i < total; i++)
        f->kept[i] = (sfd_kept_frame){.number = f->numbers[i], .last_clip = (int)(i / per_clip)};
    qsort(f->kept, total, sizeof *f->kept, by_number);
    f->n_kept = keep_last(f->kept, total);
    return SFD_OK;
}

static void forget(sfd_kept_frame *k)
{
    sfd_picture_unref(k->picture);
    free(k->floats);
    k->picture = NULL;
    k->floats = NULL;
}

void sfd_clip_frames_free(sfd_clip_frames *f)
{
    for (size_t i = 0; i < f->n_taken; i++)
        forget(&f->kept[i]);
    free(f->numbers);
    free(f->kept);
    free(f->rgb);
    free(f->floats);
    *f = (sfd_clip_frames){0};
}

int64_t sfd_clip_frames_next(const sfd_clip_frames *f)
{
    return f->n_taken < f->n_kept ? f->kept[f->n_taken].number : -1;
}

/* As F.interpolate(mode="bilinear") of floats does it, whose scales are floats. */
static sfd_status resize(float **out, const sfd_picture *p, int width, int height, sfd_error *err)
{
    float bytes[256][3];
    for (int v = 0; v < 256; v++)
        bytes[v][0] = bytes[v][1] = bytes[v][2] = (float)v;
    size_t n;
    *out = sfd_mul_size((size_t)width, (size_t)height, &n) ? sfd_malloc_array(n, 3 * sizeof **out)
                                                           : NULL;
    if (!*out)
        return sfd_fail(err, SFD_ERR_NOMEM, "out of memory for pictures of %d x %d", width, height);
    const sfd_rgb from = {p->width, p->height, p->stride_bytes, p->rgb};
    const sfd_float_picture to = {
        .width = width, .height = height, .row_positions = (size_t)width, .ld = 3, .out = *out};
    const float scale_x = (float)p->width / (float)width,
                scale_y = (float)p->height / (float)height;
    return sfd_resize_floats(&to, &from, bytes, (double)scale_x, (double)scale_y, true, err);
}

/* As cv2.resize of bytes does it. */
static sfd_status resize_bytes(sfd_picture **out, const sfd_picture *p, int width, int height,
                               sfd_error *err)
{
    sfd_status status = sfd_picture_create(out, width, height, err);
    if (status != SFD_OK)
        return status;
    const sfd_rgb from = {p->width, p->height, p->stride_bytes, p->rgb},
                  to = {width, height, (*out)->stride_bytes, (*out)->rgb};
    status = sfd_resize_linear(&to, &from, err);
    if (status != SFD_OK) {
        sfd_picture_unref(*out);
        *out = NULL;
    }
    return status;
}

/* Decoders lay rows out in their ways, in a folder of pictures perhaps one so and one so. */
static sfd_status lay_out(sfd_picture **p, sfd_error *err)
{
    sfd_picture *own, *given = *p;
    sfd_status status = sfd_picture_create(&own, given->width, given->height, err);
    if (status != SFD_OK)
        return status;
    if (own->stride_bytes != given->stride_bytes) {
        const sfd_rgb to = {own->width, own->height, own->stride_bytes, own->rgb};
        const sfd_rgb from = {given->width, given->height, given->stride_bytes, given->rgb};
        status = sfd_resize_linear(&to, &from, err);
        *p = own;
        own = given;
    }
    sfd_picture_unref(own);
    return status;
}

static sfd_status find_size(sfd_clip_frames *f, const sfd_net_config *c, int short_side,
                            const sfd_picture *p, sfd_error *err)
{
    const sfd_view view = {.short_side = short_side};
    if (p->width / MAX_ASPECT >= p->height || p->height / MAX_ASPECT >= p->width)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "pictures of %d x %d: one side is %d times the other or more", p->width,
                        p->height, MAX_ASPECT);
    sfd_view_size(&view, c, p->width, p->height, &f->width, &f->height);
    return SFD_OK;
}

sfd_status sfd_clip_frames_take(sfd_clip_frames *f, const sfd_net_config *c, int short_side,
                                sfd_picture *picture, sfd_error *err)
{
    sfd_kept_frame *k = &f->kept[f->n_taken];
    sfd_status status = SFD_OK;
    if (f->width == 0)
        status = find_size(f, c, short_side, picture, err);
    if (status == SFD_OK && picture->width == f->width && picture->height == f->height) {
        status = lay_out(&picture, err);
        k->picture = picture;
    } else {
        if (status == SFD_OK)
            status = c->video_style == SFD_VIDEO_MMACTION2
                         ? resize_bytes(&k->picture, picture, f->width, f->height, err)
                         : resize(&k->floats, picture, f->width, f->height, err);
        sfd_picture_unref(picture);
    }
    f->n_taken++; /* also after failure: what there is of it is freed with the others */
    return status;
}

static int compare_number(const void *key, const void *frame)
{
    const int64_t a = *(const int64_t *)key, b = ((const sfd_kept_frame *)frame)->number;
    return (a > b) - (a < b);
}

bool sfd_clip_frames_get(sfd_clip_frames *f, int k, sfd_clip_pictures *pictures)
{
    const int64_t *numbers = f->numbers + (size_t)k * (size_t)f->num_frames;
    int64_t last = 0;
    for (int i = 0; i < f->num_frames; i++)
        last = numbers[i] > last ? numbers[i] : last;
    if (f->n_taken == 0 || f->kept[f->n_taken - 1].number < last)
        return false;
    const sfd_kept_frame *one = NULL;
    for (int i = 0; i < f->num_frames; i++) {
        one = bsearch(&numbers[i], f->kept, f->n_taken, sizeof *f->kept, compare_number);
        f->rgb[i] = one->picture ? one->picture->rgb : NULL;
        f->floats[i] = one->floats;
    }
    *pictures = (sfd_clip_pictures){.rgb = f->rgb,
                                    .width = f->width,
                                    .height = f->height,
                                    .stride_bytes = one->picture ? one->picture->stride_bytes : 0,
                                    .floats = one->floats ? f->floats : NULL};
    return true;
}

bool sfd_clip_frames_repeats(const sfd_clip_frames *f, int k)
{
    const size_t n = (size_t)f->num_frames;
    const int64_t *numbers = f->numbers + (size_t)k * n;
    return k > 0 && memcmp(numbers, numbers - n, n * sizeof *numbers) == 0;
}

void sfd_clip_frames_release(sfd_clip_frames *f, int k)
{
    for (size_t i = 0; i < f->n_taken; i++)
        if (f->kept[i].last_clip <= k)
            forget(&f->kept[i]);
}
