/* SPDX-License-Identifier: Apache-2.0 */
/* What PyTorch recorded of boxes and gradients (data/train/figures.py). To be included behind
 * <cmocka.h>. */
#ifndef SFD_TESTS_TRAIN_RECORDED_H
#define SFD_TESTS_TRAIN_RECORDED_H

#include "train/params.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

#define MOST_BOXES 64

/* Of the whole batch into boxes[MOST_BOXES]; first[i] is where those of its sample i begin. */
static inline void read_boxes(const cJSON *json, size_t batch, sfd_box_px *boxes, size_t *first)
{
    size_t n = 0;
    first[0] = 0;
    for (size_t i = 0; i < batch; i++) {
        const cJSON *box;
        cJSON_ArrayForEach(box, cJSON_GetArrayItem(json, (int)i))
        {
            float v[4];
            for (int k = 0; k < 4; k++)
                v[k] = (float)cJSON_GetArrayItem(box, k)->valuedouble;
            assert_true(n < MOST_BOXES);
            boxes[n++] = (sfd_box_px){v[0], v[1], v[2], v[3]};
        }
        first[i + 1] = n;
    }
}

static inline double number(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItem(object, key)->valuedouble;
}

/* Largest difference from [name, norm, values at even distances], relative to the norm. */
static inline double param_error(const sfd_params *params, const cJSON *p)
{
    const sfd_param *item = sfd_params_find(params, cJSON_GetArrayItem(p, 0)->valuestring);
    assert_non_null(item);
    const float *got = (item->learned ? params->grad : params->value) + item->at;
    const double want_norm = cJSON_GetArrayItem(p, 1)->valuedouble;
    const size_t n_values = (size_t)cJSON_GetArraySize(p) - 2;
    double norm = 0;
    for (size_t i = 0; i < item->n; i++)
        norm += (double)got[i] * (double)got[i];
    double error = fabs(sqrt(norm) - want_norm);
    for (size_t i = 0; i < n_values; i++)
        error = fmax(error, fabs((double)got[i * (item->n - 1) / (n_values - 1)] -
                                 cJSON_GetArrayItem(p, 2 + (int)i)->valuedouble));
    return isnan(error) ? INFINITY : error / (want_norm + 1e-4);
}

static inline int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Differences are at most `tolerance` times those of PyTorch's own float32, or times the least
 * figures where that differs by less. */
static inline void check_params(const sfd_params *params, const cJSON *json, double tolerance,
                                double least_median, double least_worst)
{
    const cJSON *p, *all = cJSON_GetObjectItem(json, "params");
    const double median = number(json, "float32_median"), worst = number(json, "float32_worst");
    const size_t n = params->n;
    double *errors = malloc(n * sizeof *errors);
    size_t i = 0;
    assert_non_null(errors);
    assert_int_equal(cJSON_GetArraySize(all), n);
    cJSON_ArrayForEach(p, all) errors[i++] = param_error(params, p);
    qsort(errors, n, sizeof *errors, compare_doubles);
    print_message("%zu tensors: median difference %.2g, worst %.2g (PyTorch in float32: %.2g, "
                  "%.2g)\n",
                  n, errors[n / 2], errors[n - 1], median, worst);
    assert_true(errors[n / 2] <= tolerance * fmax(median, least_median));
    assert_true(errors[n - 1] <= tolerance * fmax(worst, least_worst));
    free(errors);
}

#endif
