/* SPDX-License-Identifier: Apache-2.0 */
/* The published checkpoint formats: every layout of one network gives the same bits. */
#include "weights/weights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Where the large golden files are, which the project does not carry. */
static const char *shared_path(const char *name, char path[512])
{
    const char *shared = getenv("SFD_SHARED");
    snprintf(path, 512, "%s/golden/checkpoints/%s", shared ? shared : "../../../shared", name);
    return access(path, R_OK) == 0 ? path : NULL;
}

static sfd_weights *open_or_fail(const char *path)
{
    sfd_weights *w;
    sfd_error err = {0};
    if (sfd_weights_open(&w, path, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return w;
}

static float *read_or_fail(const sfd_weights *w, const sfd_tensor_info *info)
{
    sfd_error err = {0};
    float *values = malloc(info->n_elements * sizeof *values);
    if (sfd_weights_read_f32(w, info, values, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return values;
}

/* Rows [from, ...) of tensor a are the rows of tensor b. */
static void compare(const sfd_weights *x, const sfd_tensor_info *a, const sfd_weights *y,
                    const sfd_tensor_info *b, size_t skip_rows)
{
    size_t skip = skip_rows ? skip_rows * (a->n_elements / a->dims[0]) : 0;
    float *p = read_or_fail(x, a), *q = read_or_fail(y, b);
    assert_int_equal(a->n_dims, b->n_dims);
    for (int i = 0; i < a->n_dims; i++)
        assert_int_equal(a->dims[i], b->dims[i] + (i == 0 ? skip_rows : 0));
    assert_memory_equal(p + skip, q, b->n_elements * sizeof *q);
    free(p);
    free(q);
}

typedef struct checkpoint {
    const char *file, *network;
    size_t n_tensors;       /* 0: as many as the network has */
    size_t background_rows; /* in front of the head's */
} checkpoint;

static void check(const checkpoint *c, const char *path)
{
    char golden[512];
    snprintf(golden, sizeof golden, "golden/%s/weights.safetensors", c->network);
    sfd_weights *w = open_or_fail(path), *g = open_or_fail(golden);
    assert_int_equal(sfd_weights_count(w), c->n_tensors ? c->n_tensors : sfd_weights_count(g));
    for (size_t i = 0; i < sfd_weights_count(w); i++) {
        const sfd_tensor_info *a = sfd_weights_info(w, i), *b = sfd_weights_find(g, a->name);
        if (!b)
            fail_msg("%s: %s is no tensor of %s", path, a->name, c->network);
        bool head = strncmp(a->name, "head.", 5) == 0;
        compare(w, a, g, b, head ? c->background_rows : 0);
    }
    sfd_weights_close(w);
    sfd_weights_close(g);
}

static void every_layout_is_bit_identical(void **state)
{
    (void)state;
    static const checkpoint checkpoints[] = {
        {"sf_r50.pyth", "sf_r50", 0, 0},
        {"sf_r50_legacy.pyth", "sf_r50", 0, 0},
        {"sf_r50_dp.pyth", "sf_r50", 0, 0},
        {"sf_r101_nl_torch.pkl", "sf_r101_nl", 0, 0},
        {"sf_r50_caffe2.pkl", "sf_r50", 0, 0},
        {"sf_r101_nl_caffe2.pkl", "sf_r101_nl", 0, 0},
        {"sf_r50_part_caffe2_p0.pkl", "sf_r50", 66, 0},
        {"sf_r50_mmaction2.pth", "sf_r50", 0, 1},
        {"sf_r50_mmaction2_training.pth", "sf_r50", 552 - 16, 1},
        {"sf_r50_pytorchvideo.pyth", "sf_r50", 0, 0},
    };
    char path[512];
    for (size_t i = 0; i < sizeof checkpoints / sizeof checkpoints[0]; i++) {
        if (!shared_path(checkpoints[i].file, path))
            skip();
        check(&checkpoints[i], path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_is_bit_identical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
