/* SPDX-License-Identifier: Apache-2.0 */
/* Networks under the names of other code bases: opened and run, they give what they give under
 * PySlowFast's. The names are spelled here once more, independently of weights/names. */
#include "config/load.h"
#include "detect/params.h"
#include "weights/formats/safetensors.h"
#include "weights/weights_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/golden.h"

#define SIDE      64
#define MAX_CLASS 100

typedef void rename_fn(const char *name, bool two, char out[256]);

/* "s3.pathway1_res2.<rest>"; false for other names. */
static bool split_block(const char *name, const char *kind, int *stage, int *pathway, int *block,
                        const char **rest)
{
    char format[64];
    int n = 0;
    snprintf(format, sizeof format, "s%%d.pathway%%d_%s%%d.%%n", kind);
    if (sscanf(name, format, stage, pathway, block, &n) != 3 || n == 0)
        return false;
    *rest = name + n;
    return true;
}

/* "a_bn.weight", "a.weight" -> convolution 1 to 3 and what follows its name. */
static int convolution(const char *rest, bool *norm, const char **field)
{
    *norm = strncmp(rest + 1, "_bn.", 4) == 0;
    *field = rest + (*norm ? 5 : 2);
    return rest[0] - 'a' + 1;
}

static void to_mmaction2(const char *name, bool two, char out[256])
{
    static const char *const paths[] = {"slow_path.", "fast_path."};
    int stage, pathway, block, n = 0;
    const char *rest = "", *field;
    bool norm;
    if (strncmp(name, "head.projection.", 16) == 0) {
        sprintf(out, "roi_head.bbox_head.fc_cls.%s", name + 16);
    } else if (sscanf(name, "s%d_fuse.%n", &stage, &n) == 1 && n > 0) {
        char layer[16] = "conv1";
        if (stage > 1)
            sprintf(layer, "layer%d", stage - 1);
        norm = strncmp(name + n, "bn.", 3) == 0;
        sprintf(out, "backbone.slow_path.%s_lateral.%s", layer, norm ? name + n : "conv.weight");
    } else if (sscanf(name, "s1.pathway%d_stem.%n", &pathway, &n) == 1 && n > 0) {
        sprintf(out, "backbone.%sconv1.%s", two ? paths[pathway] : "", name + n);
    } else if (split_block(name, "nonlocal", &stage, &pathway, &block, &rest)) {
        char part[64];
        const char *p = two ? paths[pathway] : "";
        if (strncmp(rest, "bn.", 3) == 0)
            sprintf(part, "conv_out.%s", rest);
        else if (strncmp(rest, "conv_out.", 9) == 0)
            sprintf(part, "conv_out.conv.%s", rest + 9);
        else if (strncmp(rest, "conv_theta.", 11) == 0)
            sprintf(part, "theta.conv.%s", rest + 11);
        else if (strncmp(rest, "conv_phi.", 9) == 0)
            sprintf(part, "phi.0.conv.%s", rest + 9);
        else
            sprintf(part, "g.0.conv.%s", rest + 7);
        sprintf(out, "backbone.%slayer%d.%d.non_local_block.%s", p, stage - 1, block, part);
    } else {
        char part[64];
        assert_true(split_block(name, "res", &stage, &pathway, &block, &rest));
        if (strncmp(rest, "branch1", 7) == 0) {
            norm = rest[7] == '_';
            sprintf(part, "downsample.%s.%s", norm ? "bn" : "conv", rest + (norm ? 11 : 8));
        } else {
            n = convolution(rest + 8, &norm, &field);
            sprintf(part, "conv%d.%s.%s", n, norm ? "bn" : "conv", field);
        }
        sprintf(out, "backbone.%slayer%d.%d.%s", two ? paths[pathway] : "", stage - 1, block, part);
    }
}

/* `shift`: what stands between stages 2 and 3. */
static void to_pytorchvideo_blocks(const char *name, bool two, int shift, char out[256])
{
    int stage, pathway, block, n = 0;
    const char *rest = "", *field;
    char path[32] = "";
    bool norm;
    if (strncmp(name, "head.projection.", 16) == 0) {
        sprintf(out, "detection_head.proj.%s", name + 16);
    } else if (sscanf(name, "s%d_fuse.%n", &stage, &n) == 1 && n > 0) {
        norm = strncmp(name + n, "bn.", 3) == 0;
        sprintf(out, "model.blocks.%d.multipathway_fusion.%s.%s", stage - 1,
                norm ? "norm" : "conv_fast_to_slow", name + n + (norm ? 3 : 9));
    } else if (sscanf(name, "s1.pathway%d_stem.%n", &pathway, &n) == 1 && n > 0) {
        if (two)
            sprintf(path, "multipathway_blocks.%d.", pathway);
        norm = strncmp(name + n, "bn.", 3) == 0;
        sprintf(out, "model.blocks.0.%s%s.%s", path, norm ? "norm" : "conv",
                name + n + (norm ? 3 : 5));
    } else {
        char part[64];
        assert_true(split_block(name, "res", &stage, &pathway, &block, &rest));
        if (two)
            sprintf(path, "multipathway_blocks.%d.", pathway);
        if (strncmp(rest, "branch1", 7) == 0) {
            norm = rest[7] == '_';
            sprintf(part, "branch1_%s.%s", norm ? "norm" : "conv", rest + (norm ? 11 : 8));
        } else {
            n = convolution(rest + 8, &norm, &field);
            sprintf(part, "branch2.%s_%c.%s", norm ? "norm" : "conv", 'a' + n - 1, field);
        }
        sprintf(out, "model.blocks.%d.%sres_blocks.%d.%s", stage - 1 + (stage > 2 ? shift : 0),
                path, block, part);
    }
}

static void to_pytorchvideo(const char *name, bool two, char out[256])
{
    to_pytorchvideo_blocks(name, two, 0, out);
}

static void to_pytorchvideo_c2d(const char *name, bool two, char out[256])
{
    to_pytorchvideo_blocks(name, two, 1, out);
}

static sfd_weights *renamed(const sfd_weights *from, rename_fn *rename, bool two)
{
    sfd_weights *to;
    sfd_error err;
    must(sfd_weights_create(&to, "renamed", &err), &err);
    for (size_t i = 0; i < sfd_weights_count(from); i++) {
        const sfd_tensor_info *info = sfd_weights_info(from, i);
        char name[256];
        float *data;
        rename(info->name, two, name);
        must(sfd_weights_add(to, name, info->n_dims, info->dims, &data, &err), &err);
        must(sfd_weights_read_f32(from, info, data, &err), &err);
    }
    return to;
}

/* Scores of a file's network for two boxes of a clip of noise. */
static int run_file(const char *path, float *scores)
{
    static uint8_t pixels[SIDE][SIDE][3];
    const uint8_t *frames[64];
    const sfd_box_px boxes[2] = {{3, 5, 40, 60}, {20, 0, 63, 63}};
    sfd_model_settings settings;
    sfd_model *m;
    sfd_state *s;
    sfd_error err = {0};
    sfd_model_settings_defaults(&settings);
    settings.weights = path;
    must(sfd_model_open(&m, &settings, &err), &err);
    const sfd_model_info *info = sfd_model_get_info(m);
    assert_true(info->detection && info->n_classes <= MAX_CLASS && info->n_frames <= 64);
    for (size_t i = 0; i < sizeof pixels; i++)
        (&pixels[0][0][0])[i] = (uint8_t)(i * 2654435761u >> 13);
    for (int i = 0; i < info->n_frames; i++)
        frames[i] = &pixels[0][0][0];
    must(sfd_state_create(&s, m, SIDE, SIDE - 8, 1, &err), &err);
    must(sfd_state_run(s, frames, sizeof pixels[0], boxes, 2, scores, &err), &err);
    const int n = 2 * info->n_classes;
    sfd_state_free(s);
    sfd_model_free(m);
    return n;
}

static void check_names(const char *preset, bool c2d, rename_fn *rename)
{
    char path[] = "/tmp/sfdet-test-XXXXXX";
    float own[2 * MAX_CLASS], other[2 * MAX_CLASS];
    sfd_net_config c;
    sfd_net net;
    sfd_weights *w, *named;
    sfd_error err = {0};
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    must(sfd_net_config_load(&c, preset, NULL, &err), &err);
    c.width_per_group = 8;
    c.beta_inv = 4;
    if (c2d) {
        c.arch = SFD_ARCH_C2D;
        c.num_block_temp_kernel[2][0] = c.num_block_temp_kernel[3][0] = 0;
    }
    must(sfd_net_build(&net, &c, &err), &err);
    must(sfd_random_weights(&w, &net, 7, &err), &err);
    named = renamed(w, rename, c.arch == SFD_ARCH_SLOWFAST);
    must(sfd_weights_set_config(w, &c, &err), &err);
    must(sfd_weights_write(w, path, SFD_F32, &err), &err);
    const int n = run_file(path, own);
    must(sfd_weights_write(named, path, SFD_F32, &err), &err);
    assert_int_equal(run_file(path, other), n);
    for (int i = 0; i < n; i++)
        if (own[i] != other[i])
            fail_msg("%s: score %d is %g under its names, %g under PySlowFast's", preset, i,
                     (double)other[i], (double)own[i]);
    unlink(path);
    sfd_weights_close(named);
    sfd_weights_close(w);
    sfd_net_free(&net);
}

static void test_mmaction2(void **state)
{
    (void)state;
    check_names("mmaction2_slowfast_r50_4x16_ava", false, to_mmaction2);
    check_names("mmaction2_slowfast_r50_4x16_context_ava", false, to_mmaction2);
    check_names("mmaction2_slowonly_r50_4x16_ava", false, to_mmaction2);
    check_names("mmaction2_slowonly_r50_nl_4x16_ava", false, to_mmaction2);
}

static void test_pytorchvideo(void **state)
{
    (void)state;
    check_names("pytorchvideo_slowfast_r50_detection", false, to_pytorchvideo);
    check_names("pytorchvideo_slow_r50_detection", false, to_pytorchvideo);
    check_names("pytorchvideo_slow_r50_detection", true, to_pytorchvideo_c2d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mmaction2),
                                       cmocka_unit_test(test_pytorchvideo)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
