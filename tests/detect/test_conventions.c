/* SPDX-License-Identifier: Apache-2.0 */
/* The other code bases' ways: one network's weights run with the conventions of MMAction2 and
 * PyTorchVideo and with half-precision weights, against what those projects' own model code gave.
 * Where the published layouts themselves are at hand (shared test data), the files are opened and
 * run as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/load.h"
#include "support/golden.h"
#include "weights/formats/safetensors.h"
#include "weights/open.h"
#include "weights/weights_config.h"

#define TOLERANCE       1e-4
#define SCORE_TOLERANCE 1e-5

typedef struct fixture {
    sfd_net_config config;
    sfd_weights *weights, *clip;
} fixture;

static sfd_weights *open_weights(const char *path)
{
    sfd_weights *w;
    sfd_error err;
    must(sfd_weights_open(&w, path, &err), &err);
    return w;
}

static void open_fixture(fixture *f, const char *golden)
{
    sfd_error err;
    char path[256];
    snprintf(path, sizeof path, "golden/%s/config.yaml", golden);
    must(sfd_net_config_load(&f->config, path, NULL, &err), &err);
    snprintf(path, sizeof path, "golden/%s/weights.safetensors", golden);
    f->weights = open_weights(path);
    snprintf(path, sizeof path, "golden/%s/io.safetensors", golden);
    f->clip = open_weights(path);
}

static void close_fixture(fixture *f)
{
    sfd_weights_close(f->weights);
    sfd_weights_close(f->clip);
}

/* Compares n columns of every row of `got`, from `skip_want` columns on in the recorded rows. */
static void check_rows(const sfd_weights *io, const char *prefix, const char *name,
                       const float *got, size_t rows, size_t columns, size_t skip_want,
                       bool relative, double tolerance)
{
    const sfd_tensor_info *info;
    float *want = read_recorded(io, prefix, name, &info);
    assert_non_null(want);
    assert_int_equal(info->n_elements, rows * (columns + skip_want));
    for (size_t r = 0; r < rows; r++)
        memmove(want + r * columns, want + r * (columns + skip_want) + skip_want,
                columns * sizeof *want);
    const double d = distance(want, got, rows * columns, relative);
    if (!(d <= tolerance))
        fail_msg("%s%s differs by %g", prefix, name, d);
    free(want);
}

static void check_maps(const sfd_state *s, const sfd_weights *io, const char *prefix)
{
    for (int p = 0; p < 2; p++) {
        const sfd_map m = sfd_executor_map(&s->executor, s->model->net.graph.outputs[p].tensor),
                      *t = &m;
        const size_t positions = (size_t)t->size[0] * (size_t)t->size[1] * (size_t)t->size[2];
        char name[32];
        snprintf(name, sizeof name, "s5.pathway%d", p);
        float *map = channels_first(t->data, positions, (size_t)t->channels, t->ld);
        check_rows(io, prefix, name, map, (size_t)t->channels, positions, 0, true, TOLERANCE);
        free(map);
    }
}

/* Runs the recorded clip; recorded logits may have `background` columns before ours. */
static void check_model(const fixture *f, const sfd_net_config *config, const sfd_weights *weights,
                        const sfd_weights *io, const char *prefix, size_t background)
{
    const sfd_tensor_info *info, *box_info;
    sfd_model *m;
    sfd_state *s;
    sfd_error err;
    float *frames = read_recorded(f->clip, "", "frames", &info);
    float *boxes = read_recorded(f->clip, "", "boxes", &box_info);
    assert_true(frames && boxes);
    const size_t n = box_info->dims[0], classes = (size_t)config->num_classes;
    float *scores = malloc(n * classes * sizeof *scores);
    assert_non_null(scores);
    const sfd_prepare_settings settings = {.weights = weights,
                                           .kernels = sfd_kernels_get(sfd_cpu_detect())};
    must(sfd_model_create(&m, config, &settings, &err), &err);
    must(sfd_state_create(&s, m, (int)info->dims[3], (int)info->dims[2], 2, &err), &err);
    fill_inputs(s, frames);
    must(sfd_state_run_filled(s, (const sfd_box_px *)(const void *)boxes, n, scores, NULL, &err),
         &err);
    if (*prefix)
        check_maps(s, io, prefix);
    check_rows(io, prefix, "roi_features", s->features, n, m->head.desc.n_features, 0, true,
               TOLERANCE);
    check_rows(io, prefix, "scores", scores, n, classes, background, false, SCORE_TOLERANCE);
    sfd_state_free(s);
    sfd_model_free(m);
    free(frames);
    free(boxes);
    free(scores);
}

static sfd_net_config mmaction2_config(const fixture *f)
{
    sfd_net_config c = f->config;
    c.family = SFD_FAMILY_MMACTION2;
    c.slow_sampling = SFD_SLOW_STRIDE;
    c.spatial_dilations[3][0] = c.spatial_dilations[3][1] = 1;
    c.roi_resolution = 8;
    return c;
}

static void test_mmaction2(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, "sf_r50");
    sfd_weights *io = open_weights("golden/io_mmaction2.safetensors");
    sfd_net_config c = mmaction2_config(&f);
    check_model(&f, &c, f.weights, io, "published.", 1);
    c.roi_resolution = 7;
    c.spatial_dilations[3][0] = c.spatial_dilations[3][1] = 2;
    check_model(&f, &c, f.weights, io, "dilated7.", 1);
    sfd_weights_close(io);
    close_fixture(&f);
}

/* A copy without the lateral connections' batch norm. */
static sfd_weights *without_lateral_norm(const sfd_weights *from)
{
    sfd_weights *to;
    sfd_error err;
    must(sfd_weights_create(&to, "bare lateral connections", &err), &err);
    for (size_t i = 0; i < sfd_weights_count(from); i++) {
        const sfd_tensor_info *info = sfd_weights_info(from, i);
        float *data;
        if (strstr(info->name, "_fuse.bn."))
            continue;
        must(sfd_weights_add(to, info->name, info->n_dims, info->dims, &data, &err), &err);
        must(sfd_weights_read_f32(from, info, data, &err), &err);
    }
    return to;
}

static void test_bare_lateral(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, "sf_r50");
    sfd_weights *io = open_weights("golden/io_mmaction2.safetensors");
    sfd_weights *bare = without_lateral_norm(f.weights);
    sfd_net_config c = mmaction2_config(&f);
    c.bare_lateral = true;
    check_model(&f, &c, bare, io, "barelateral.", 1);
    sfd_weights_close(bare);
    sfd_weights_close(io);
    close_fixture(&f);
}

static void test_pytorchvideo(void **state)
{
    (void)state;
    fixture f;
    open_fixture(&f, "sf_r50");
    sfd_weights *io = open_weights("golden/io_pytorchvideo.safetensors");
    sfd_net_config c = f.config;
    c.family = SFD_FAMILY_PYTORCHVIDEO;
    c.aligned = false;
    check_model(&f, &c, f.weights, io, "published.", 0);
    c.aligned = true;
    check_model(&f, &c, f.weights, io, "aligned.", 0);
    sfd_weights_close(io);
    close_fixture(&f);
}

static void test_half_precision(void **state)
{
    (void)state;
    fixture f;
    sfd_error err;
    char path[] = "/tmp/sfdet-test-XXXXXX";
    open_fixture(&f, "sf_r50");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    must(sfd_weights_write(f.weights, path, SFD_F16, &err), &err);
    sfd_weights *half = open_weights(path), *io = open_weights("golden/io_half.safetensors");
    check_model(&f, &f.config, half, io, "", 0);
    unlink(path);
    sfd_weights_close(half);
    sfd_weights_close(io);
    close_fixture(&f);
}

/* ------------------------------------------------------------------ the real writers' files */

typedef struct published {
    const char *file, *golden, *io, *prefix;
} published;

static const published published_files[] = {
    {"sf_r50.pyth", "sf_r50", "golden/sf_r50/io.safetensors", ""},
    {"sf_r50_legacy.pyth", "sf_r50", "golden/sf_r50/io.safetensors", ""},
    {"sf_r50_dp.pyth", "sf_r50", "golden/sf_r50/io.safetensors", ""},
    {"sf_r50_caffe2.pkl", "sf_r50", "golden/sf_r50/io.safetensors", ""},
    {"sf_r50_half.pyth", "sf_r50", "golden/io_half.safetensors", ""},
    {"sf_r101_nl_torch.pkl", "sf_r101_nl", "golden/sf_r101_nl/io.safetensors", ""},
    {"sf_r101_nl_caffe2.pkl", "sf_r101_nl", "golden/sf_r101_nl/io.safetensors", ""},
    {"sf_r50_mmaction2.pth", "sf_r50", "golden/io_mmaction2.safetensors", "published."},
    {"sf_r50_mmaction2_training.pth", "sf_r50", "golden/io_mmaction2.safetensors", "barelateral."},
    {"sf_r50_pytorchvideo.pyth", "sf_r50", "golden/io_pytorchvideo.safetensors", "published."},
};

/* What the files cannot tell about these small networks is set: clip, picture size, and
 * PySlowFast's choice of RoIAlign. */
static void check_published(const published *p, const char *path)
{
    fixture f;
    sfd_net_config c;
    sfd_error err;
    open_fixture(&f, p->golden);
    sfd_weights *w = open_weights(path), *io = open_weights(p->io);
    must(sfd_weights_config(w, NULL, &c, NULL, &err), &err);
    c.num_frames = f.config.num_frames;
    c.test_crop_size = f.config.test_crop_size;
    if (c.family == SFD_FAMILY_PYSLOWFAST)
        c.aligned = f.config.aligned;
    check_model(&f, &c, w, io, p->prefix, 0);
    print_message("%s agrees\n", p->file);
    sfd_weights_close(w);
    sfd_weights_close(io);
    close_fixture(&f);
}

static void test_published_files(void **state)
{
    (void)state;
    const char *shared = getenv("SFD_SHARED");
    size_t n_checked = 0;
    for (size_t i = 0; i < sizeof published_files / sizeof *published_files; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/golden/checkpoints/%s", shared ? shared : "../../../shared",
                 published_files[i].file);
        if (access(path, R_OK) != 0)
            continue;
        check_published(&published_files[i], path);
        n_checked++;
    }
    if (n_checked == 0)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mmaction2),       cmocka_unit_test(test_bare_lateral),
        cmocka_unit_test(test_pytorchvideo),    cmocka_unit_test(test_half_precision),
        cmocka_unit_test(test_published_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
