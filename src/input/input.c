/* SPDX-License-Identifier: Apache-2.0 */
/* Input descriptions, and filling input tensors. */
#include "input/linspace.h"
#include "input/transform.h"

#include <string.h>

/* ------------------------------------------------------------------ descriptions */

/* trunc(linspace(0, T - 1, n)) is one below the exact floor at some odd lengths. */
static int pick_frame(const sfd_net_config *c, int i, int n)
{
    const sfd_linspace line = {0, (float)(c->num_frames - 1), n};
    if (n == c->num_frames)
        return i;
    return c->slow_sampling == SFD_SLOW_STRIDE ? i * c->alpha : (int)sfd_linspace_at(&line, i);
}

static const sfd_transform *const transforms[] = {
#define ENTRY(input, name, words) [SFD_FAST_INPUT_##input] = &sfd_input_##name,
    SFD_FAST_INPUTS(ENTRY)
#undef ENTRY
};

static void describe(sfd_pathway_input *in, const sfd_net_config *c, int pathway)
{
    const bool fast = sfd_net_config_is_fast(c, pathway);
    in->transform = transforms[fast ? c->fast_input : SFD_FAST_INPUT_RGB];
    in->channels = in->transform->channels;
    in->shrink = fast && c->fast_shrink > 1 ? c->fast_shrink : 1;
    in->n_frames = sfd_net_config_frames(c, pathway);
    in->bgr = c->bgr;
    for (int i = 0; i < in->n_frames; i++)
        in->frames[i] = (uint16_t)pick_frame(c, i, in->n_frames);
    for (int v = 0; v < 256; v++)
        for (int i = 0; i < 3; i++)
            in->values[v][i] = ((float)v / 255.0f - c->mean[i]) / c->std[i];
    if (in->transform->set_values)
        in->transform->set_values(in->values, c->mean, c->std);
}

void sfd_input_make(sfd_input *in, const sfd_net_config *c)
{
    in->n_pathways = sfd_net_config_n_pathways(c);
    for (int p = 0; p < in->n_pathways; p++)
        describe(&in->pathways[p], c, p);
    sfd_sound_input_make(&in->sound, c);
    in->n_views = 1;
    in->views[0] = sfd_view_for_test(c);
}

/* ------------------------------------------------------------------ filling tensors */

static void reverse_channels(float *pixels, int n)
{
    for (int i = 0; i < n; i++, pixels += 3) {
        const float first = pixels[0];
        pixels[0] = pixels[2];
        pixels[2] = first;
    }
}

/* A row of the strip in the pathway's channels. */
static void make_row(sfd_strip *s, int i, int y, float *out)
{
    s->y = y;
    s->in->transform->run(s, i, s->n, out);
    if (s->in->bgr && s->in->channels == 3)
        reverse_channels(out, s->n);
}

/* A row of means over shrink x shrink pixels. */
static void make_shrunk_row(sfd_strip *s, int i, int y, float *out)
{
    const int by = s->in->shrink, channels = s->in->channels, n = s->n / by;
    const float share = 1 / (float)(by * by);
    float row[3 * SFD_STRIP];
    memset(out, 0, (size_t)(n * channels) * sizeof *out);
    for (int k = 0; k < by; k++) {
        make_row(s, i, y * by + k, row);
        for (int x = 0; x < n * by; x++)
            for (int c = 0; c < channels; c++)
                out[x / by * channels + c] += row[x * channels + c];
    }
    for (int x = 0; x < n * channels; x++)
        out[x] *= share;
}

/* Whether the tensor's bytes are those of the pictures. */
static bool copies(const sfd_strip *s, const sfd_input_bytes *bytes)
{
    const sfd_pathway_input *in = s->in;
    uint8_t meant[256][3];
    bool same = bytes && s->plain && !s->clip->floats && !s->view->flip && in->shrink == 1 &&
                in->transform == &sfd_input_rgb && !in->bgr;
    if (same)
        bytes->convert(meant[0], in->values[0], bytes->factor, bytes->zero, sizeof meant);
    for (int v = 0; same && v < 256; v++)
        same = meant[v][0] == v && meant[v][1] == v && meant[v][2] == v;
    return same;
}

/* Row y of the strip, n channels of pixels. */
static void fill_row(sfd_strip *s, int i, int y, const sfd_input_bytes *bytes, void *out)
{
    const size_t n = (size_t)(s->n / s->in->shrink * s->in->channels);
    float values[3 * SFD_STRIP];
    float *row = bytes ? values : out;
    if (s->in->shrink == 1)
        make_row(s, i, y, row);
    else
        make_shrunk_row(s, i, y, row);
    if (bytes)
        bytes->convert(out, row, bytes->factor, bytes->zero, n);
}

static void copy_row(const sfd_strip *s, int i, int y, uint8_t *out)
{
    const uint8_t *picture = s->clip->rgb[s->in->frames[i]];
    const size_t row = (size_t)s->view->y + (size_t)y, column = (size_t)s->view->x + (size_t)s->x;
    memcpy(out, picture + row * s->clip->stride_bytes + 3 * column, 3 * (size_t)s->n);
}

void sfd_input_fill(const sfd_pathway_input *in, int i, const sfd_clip_pictures *clip,
                    const sfd_view *view, const sfd_input_bytes *bytes, void *out)
{
    const int width = view->width / in->shrink, height = view->height / in->shrink;
    const size_t element = bytes ? 1 : sizeof(float);
    for (int x = 0; x < width * in->shrink; x += SFD_STRIP) {
        const int left = width * in->shrink - x;
        sfd_strip s = sfd_strip_make(in, clip, view, x, left < SFD_STRIP ? left : SFD_STRIP);
        const bool as_they_are = copies(&s, bytes);
        for (int y = 0; y < height; y++) {
            const size_t at = (size_t)y * (size_t)width + (size_t)(x / in->shrink);
            char *row = (char *)out + at * (size_t)in->channels * element;
            if (as_they_are)
                copy_row(&s, i, y, (uint8_t *)row);
            else
                fill_row(&s, i, y, bytes, row);
        }
    }
}
