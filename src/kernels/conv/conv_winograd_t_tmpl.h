/* SPDX-License-Identifier: Apache-2.0 */
/* 3x1x1 convolutions at stride 1 by Winograd F(4,3) along time: 1.5 multiplications per output
 * instead of 3. A thread's tile is a run of positions of a frame at four output times (six input
 * frames). Shares wino_multiply with conv_winograd_hw_tmpl.h, which must be included before. */

static bool wino_t_can(const sfd_conv_shape *s)
{
    for (int axis = 0; axis < 3; axis++)
        if (s->stride[axis] != 1 || s->kernel[axis] != (axis ? 1 : 3) ||
            s->padding[axis] != (axis ? 0 : 1))
            return false;
    return s->groups == 1 && s->dilation[0] == 1 && s->cin % VEC == 0 && s->cout % VEC == 0;
}

static size_t wino_t_weight_floats(const sfd_conv_shape *s)
{
    return WINO_IN * gemm_packed_floats((size_t)s->cout, (size_t)s->cin);
}

static void wino_t_prepare(const sfd_conv_shape *s, const float *w, float *prepared)
{
    const size_t n = (size_t)s->cout, k = (size_t)s->cin, plane = gemm_packed_floats(n, k);
    for (size_t co = 0; co < n; co++)
        for (size_t ci = 0; ci < k; ci++, w += 3) {
            double u[WINO_IN];
            wino_filter((double[3]){w[0], w[1], w[2]}, u);
            for (size_t i = 0; i < WINO_IN; i++)
                prepared[i * plane + gemm_packed_index(n, k, ci, co)] = (float)u[i];
        }
}

static inline size_t wino_t_time_groups(const sfd_conv_shape *s)
{
    return (size_t)((s->out[0] + WINO_OUT - 1) / WINO_OUT);
}

/* Most positions in a tile: many, so that the transformed weights are read seldom. */
static inline size_t wino_t_rows(const sfd_conv_shape *s)
{
    const size_t positions = (size_t)s->out[1] * (size_t)s->out[2];
    return sfd_conv_share(s, positions * wino_t_time_groups(s), 28, 176);
}

static inline size_t wino_t_per_frame(const sfd_conv_shape *s)
{
    return ((size_t)s->out[1] * (size_t)s->out[2] + wino_t_rows(s) - 1) / wino_t_rows(s);
}

static size_t wino_t_n_tiles(const sfd_conv_shape *s)
{
    return wino_t_time_groups(s) * wino_t_per_frame(s);
}

static inline size_t wino_t_columns(const sfd_conv_shape *s)
{
    return s->cout < 256 ? (size_t)s->cout : 256;
}

static inline size_t wino_t_in_plane(const sfd_conv_shape *s)
{
    return wino_t_rows(s) * wino_in_row(s) + WINO_PAD;
}

static inline size_t wino_t_out_plane(const sfd_conv_shape *s)
{
    return wino_t_rows(s) * wino_t_columns(s) + WINO_PAD;
}

static size_t wino_t_scratch_floats(const sfd_conv_shape *s)
{
    return WINO_IN * (wino_t_in_plane(s) + wino_t_out_plane(s)) + (size_t)s->cin;
}

/* Six frames' rows at the same position -> [plane][channel]. */
static void wino_t_transform_input(const sfd_conv_shape *s, const float *const at[WINO_IN],
                                   float *to, size_t plane)
{
    for (size_t c = 0; c < (size_t)s->cin; c += VEC) {
        vec d[WINO_IN];
        for (int i = 0; i < WINO_IN; i++)
            d[i] = vec_load(at[i] + c);
        wino_input(d, d);
        for (int i = 0; i < WINO_IN; i++)
            vec_store(to + (size_t)i * plane + c, d[i]);
    }
}

/* One position's outputs at up to four times, `columns` channels from `first` on. */
static void wino_t_transform_output(const sfd_conv_shape *s, const sfd_conv_io *io, int t, size_t p,
                                    const float *m, size_t plane, size_t first, size_t columns)
{
    const size_t frame = (size_t)s->out[1] * (size_t)s->out[2];
    for (size_t c = 0; c < columns; c += VEC) {
        vec product[WINO_IN], y[WINO_OUT];
        for (int i = 0; i < WINO_IN; i++)
            product[i] = vec_load(m + (size_t)i * plane + c);
        wino_output(product, y);
        const vec bias = vec_load(io->bias + first + c);
        for (int i = 0; i < WINO_OUT && t + i < s->out[0]; i++) {
            const size_t at = (size_t)(t + i) * frame + p;
            vec value = vec_add(y[i], bias);
            if (io->residual)
                value = vec_add(value, vec_load(io->residual + at * s->residual_ld + first + c));
            vec_store(io->y + at * s->y_ld + first + c,
                      s->relu ? vec_max(value, vec_set(0)) : value);
        }
    }
}

static void wino_t_gather(const sfd_conv_shape *s, const sfd_conv_io *io, int t, size_t p,
                          size_t rows, const float *zeros, float *in)
{
    const size_t frame = (size_t)s->in[1] * (size_t)s->in[2];
    for (size_t r = 0; r < rows; r++) {
        const float *at[WINO_IN];
        for (int i = 0; i < WINO_IN; i++) {
            const int it = t + i - 1;
            at[i] =
                it < 0 || it >= s->in[0] ? zeros : io->x + ((size_t)it * frame + p + r) * s->x_ld;
        }
        wino_t_transform_input(s, at, in + r * wino_in_row(s), wino_t_in_plane(s));
    }
}

static void wino_t_run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile,
                            float *scratch)
{
    const size_t positions = (size_t)s->out[1] * (size_t)s->out[2], n = wino_t_per_frame(s);
    const int t = (int)(tile / n) * WINO_OUT;
    const size_t p = positions * (tile % n) / n, rows = positions * (tile % n + 1) / n - p;
    float *in = scratch, *out = in + WINO_IN * wino_t_in_plane(s);
    float *zeros = out + WINO_IN * wino_t_out_plane(s);
    memset(zeros, 0, (size_t)s->cin * sizeof *zeros);
    wino_t_gather(s, io, t, p, rows, zeros, in);
    for (size_t first = 0; first < (size_t)s->cout; first += wino_t_columns(s)) {
        const size_t left = (size_t)s->cout - first;
        const size_t columns = left < wino_t_columns(s) ? left : wino_t_columns(s);
        wino_multiply(s, io, WINO_IN, in, wino_t_in_plane(s), out, wino_t_out_plane(s), rows, first,
                      columns);
        for (size_t r = 0; r < rows; r++)
            wino_t_transform_output(s, io, t, p + r, out + r * columns, wino_t_out_plane(s), first,
                                    columns);
    }
}
