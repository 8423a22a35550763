/* SPDX-License-Identifier: Apache-2.0 */
/* The pairwise part of a non-local block: a tile is a run of queries against all keys. */
#include "kernels/attention/attention.h"

#include "kernels/value.h"

#include <cblas.h>
#include <math.h>

#define TILE_QUERIES 64

size_t sfd_attention_n_tiles(const sfd_attention *a)
{
    return (a->n_queries + TILE_QUERIES - 1) / TILE_QUERIES;
}

size_t sfd_attention_scratch_floats(const sfd_attention *a)
{
    return TILE_QUERIES * (a->n_keys + (a->y_type == SFD_F32 ? 0 : a->channels));
}

void sfd_softmax_row(float *row, size_t n)
{
    float top = row[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        top = row[i] > top ? row[i] : top;
    for (size_t i = 0; i < n; i++)
        sum += row[i] = expf(row[i] - top);
    for (size_t i = 0; i < n; i++)
        row[i] /= sum;
}

/* Rows of sums -> y from row `first` on. */
static void convert_rows(const sfd_attention *a, const float *sums, size_t first, size_t rows)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < a->channels; c++)
            sfd_value_set(a->y, (first + r) * a->y_ld + c, a->y_type, sums[r * a->channels + c]);
}

void sfd_attention_run_tile(const sfd_attention *a, size_t tile, float *scratch)
{
    const size_t first = tile * TILE_QUERIES;
    const size_t rows = a->n_queries - first < TILE_QUERIES ? a->n_queries - first : TILE_QUERIES;
    const float scale = a->softmax ? 1.0f / sqrtf((float)a->channels) : 1.0f / (float)a->n_keys;
    const bool f32 = a->y_type == SFD_F32;
    float *y = f32 ? (float *)a->y + first * a->y_ld : scratch + TILE_QUERIES * a->n_keys;
    const size_t y_ld = f32 ? a->y_ld : a->channels;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)rows, (blasint)a->n_keys,
                (blasint)a->channels, scale, a->queries + first * a->queries_ld,
                (blasint)a->queries_ld, a->keys, (blasint)a->keys_ld, 0.0f, scratch,
                (blasint)a->n_keys);
    if (a->softmax)
        for (size_t r = 0; r < rows; r++)
            sfd_softmax_row(scratch + r * a->n_keys, a->n_keys);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)rows, (blasint)a->channels,
                (blasint)a->n_keys, 1.0f, scratch, (blasint)a->n_keys, a->values,
                (blasint)a->values_ld, 0.0f, y, (blasint)y_ld);
    if (a->y_type != SFD_F32)
        convert_rows(a, y, first, rows);
}
