/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded tensors, and clips from them into a state. Include after cmocka.h. */
#ifndef SFD_TESTS_GOLDEN_H
#define SFD_TESTS_GOLDEN_H

#include "detect/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void must(sfd_status status, const sfd_error *err)
{
    if (status != SFD_OK)
        fail_msg("%s", err->message);
}

/* Tensor `prefix``name` of a file as floats, to be freed; NULL when there is none. */
static inline float *read_recorded(const sfd_weights *io, const char *prefix, const char *name,
                                   const sfd_tensor_info **info)
{
    char full[SFD_MAX_TENSOR_NAME];
    sfd_error err;
    snprintf(full, sizeof full, "%s%s", prefix, name);
    *info = sfd_weights_find(io, full);
    if (!*info)
        return NULL;
    float *data = malloc((*info)->n_elements * sizeof *data);
    assert_non_null(data);
    must(sfd_weights_read_f32(io, *info, data, &err), &err);
    return data;
}

/* Largest |got - want| / largest |want|, or absolute; NaN counts as infinite. */
static inline double distance(const float *want, const float *got, size_t n, bool relative)
{
    double difference = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = fabs((double)want[i] - got[i]);
        if (!(d <= difference))
            difference = isnan(d) ? INFINITY : d;
        size = fmax(size, fabs((double)want[i]));
    }
    return relative ? difference / size : difference;
}

/* [positions][ld] -> [channels][positions], to be freed. */
static inline float *channels_first(const float *x, size_t positions, size_t channels, size_t ld)
{
    float *out = malloc(positions * channels * sizeof *out);
    assert_non_null(out);
    for (size_t p = 0; p < positions; p++)
        for (size_t c = 0; c < channels; c++)
            out[c * positions + p] = x[p * ld + c];
    return out;
}

/* frames [3][T][H][W] -> all input tensors. */
static inline void fill_inputs(sfd_state *s, const float *frames)
{
    const sfd_net *net = &s->model->net;
    for (int p = 0; p < net->n_pathways; p++) {
        const sfd_map m = sfd_executor_map(&s->executor, net->graph.inputs[p].tensor), *t = &m;
        const size_t plane = (size_t)t->size[1] * (size_t)t->size[2];
        for (int i = 0; i < t->size[0]; i++) {
            const size_t from = net->input.pathways[p].frames[i];
            for (size_t q = 0; q < plane; q++)
                for (size_t c = 0; c < 3; c++)
                    ((float *)t->data)[((size_t)i * plane + q) * t->ld + c] =
                        frames[(c * (size_t)net->config.num_frames + from) * plane + q];
        }
    }
}

#endif
