/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints in wrappers: prefixes before names, dictionaries around them, stored configurations.
 */
#include "weights/formats/safetensors.h"
#include "weights/infer.h"
#include "weights/names/names.h"
#include "weights/open.h"
#include "weights/weights_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch[] = "/tmp/sfdet-test-XXXXXX";

static int make_scratch(void **state)
{
    (void)state;
    int fd = mkstemp(scratch);
    return fd < 0 ? -1 : close(fd);
}

static int remove_scratch(void **state)
{
    (void)state;
    return unlink(scratch);
}

static sfd_weights *open_or_fail(const char *path)
{
    sfd_weights *w;
    sfd_error err = {0};
    if (sfd_weights_open(&w, path, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return w;
}

static void add(sfd_weights *w, const char *prefix, const char *name)
{
    char full[256];
    const size_t dims[] = {1};
    float *data;
    sfd_error err;
    snprintf(full, sizeof full, "%s%s", prefix, name);
    assert_int_equal(sfd_weights_add(w, full, 1, dims, &data, &err), SFD_OK);
}

/* Tensors under PySlowFast's names with a prefix, read again. */
static sfd_weights *with_prefix(const char *prefix, const char *other)
{
    static const char *const names[] = {
        "s1.pathway0_stem.conv.weight",         "s1.pathway0_stem.bn.weight",
        "s2.pathway0_res0.branch1.weight",      "s2.pathway0_res0.branch2.a.weight",
        "s2.pathway0_res0.branch2.b.weight",    "s2.pathway0_res0.branch2.c.weight",
        "s2.pathway0_res0.branch2.a_bn.weight", "s2.pathway0_res0.branch2.b_bn.weight",
        "s2.pathway0_res0.branch2.c_bn.weight", "head.projection.weight",
    };
    sfd_weights *w;
    sfd_error err;
    assert_int_equal(sfd_weights_create(&w, "made", &err), SFD_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        add(w, prefix, names[i]);
    if (other)
        add(w, "", other);
    assert_int_equal(sfd_weights_write(w, scratch, SFD_F32, &err), SFD_OK);
    sfd_weights_close(w);
    return open_or_fail(scratch);
}

static void prefixes_are_stripped(void **state)
{
    (void)state;
    static const char *const prefixes[] = {
        "",
        "module.",
        "module.module.",
        "model.",
        "_orig_mod.",
        "module._orig_mod.model.",
        "net.",
        "anything.at.all.4.",
    };
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        sfd_weights *w = with_prefix(prefixes[i], NULL);
        if (!sfd_weights_find(w, "s1.pathway0_stem.conv.weight") ||
            !sfd_weights_find(w, "head.projection.weight"))
            fail_msg("'%s' was not stripped", prefixes[i]);
        assert_string_equal(sfd_weights_code_base(w), "PySlowFast");
        sfd_weights_close(w);
    }
}

static void counters_do_not_hide_a_prefix(void **state)
{
    (void)state;
    const char *reason;
    sfd_weights *w = with_prefix("module.", "n_averaged");
    assert_non_null(sfd_weights_find(w, "s1.pathway0_stem.conv.weight"));
    assert_int_equal(sfd_weights_count(w), 10);
    assert_string_equal(sfd_weights_ignored(w, 0, &reason), "n_averaged");
    sfd_weights_close(w);
    w = with_prefix("model.", "criterion.weight"); /* Lightning keeps what the module has besides */
    assert_non_null(sfd_weights_find(w, "s1.pathway0_stem.conv.weight"));
    assert_non_null(sfd_weights_find(w, "criterion.weight"));
    sfd_weights_close(w);
}

/* PyTorchVideo's C2D has a pool where the other networks have res3. */
static void c2d_counts_its_pool(void **state)
{
    (void)state;
    sfd_weights *w;
    sfd_error err;
    for (int pooled = 0; pooled < 2; pooled++) {
        assert_int_equal(sfd_weights_create(&w, "made", &err), SFD_OK);
        add(w, "", "blocks.0.conv.weight");
        for (int stage = 1; stage < 5; stage++) {
            char name[64];
            snprintf(name, sizeof name, "blocks.%d.res_blocks.0.branch2.conv_a.weight",
                     stage + (pooled && stage > 1));
            add(w, "model.", name);
        }
        add(w, "", "detection_head.proj.weight");
        assert_int_equal(sfd_weights_write(w, scratch, SFD_F32, &err), SFD_OK);
        sfd_weights_close(w);
        w = open_or_fail(scratch);
        assert_non_null(sfd_weights_find(w, "s2.pathway0_res0.branch2.a.weight"));
        assert_non_null(sfd_weights_find(w, "s3.pathway0_res0.branch2.a.weight"));
        assert_non_null(sfd_weights_find(w, "s5.pathway0_res0.branch2.a.weight"));
        assert_null(sfd_weights_find(w, "s6.pathway0_res0.branch2.a.weight"));
        sfd_weights_close(w);
    }
}

/* Of PySlowFast's SubBatchNorm3d, which it writes as an ordinary one, but torch.save does not. */
static void split_batch_norms_are_joined(void **state)
{
    (void)state;
    static const char *const norms[] = {
        "s1.pathway0_stem.bn",         "s1_fuse.bn",
        "s2.pathway0_res0.branch1_bn", "s2.pathway1_res0.branch2.a_bn",
        "s3.pathway0_nonlocal1.bn",
    };
    static const char *const saved[] = {"weight",
                                        "bias",
                                        "bn.running_mean",
                                        "bn.running_var",
                                        "split_bn.running_mean",
                                        "split_bn.running_var",
                                        "split_bn.num_batches_tracked"};
    static const char *const read[] = {"weight", "bias", "running_mean", "running_var"};
    enum { NORMS = sizeof norms / sizeof *norms, SAVED = sizeof saved / sizeof *saved };
    const size_t dims[] = {1};
    char name[256];
    const char *reason;
    sfd_weights *w;
    sfd_error err;
    assert_int_equal(sfd_weights_create(&w, "made", &err), SFD_OK);
    for (size_t i = 0; i < NORMS * SAVED; i++) {
        float *data;
        snprintf(name, sizeof name, "%s.%s", norms[i / SAVED], saved[i % SAVED]);
        assert_int_equal(sfd_weights_add(w, name, 1, dims, &data, &err), SFD_OK);
        *data = (float)(i % SAVED);
    }
    assert_int_equal(sfd_weights_write(w, scratch, SFD_F32, &err), SFD_OK);
    sfd_weights_close(w);
    w = open_or_fail(scratch);
    assert_string_equal(sfd_weights_code_base(w), "PySlowFast");
    assert_int_equal(sfd_weights_count(w), 4 * NORMS);
    for (size_t i = 0; i < 4 * NORMS; i++) {
        float value = -1;
        snprintf(name, sizeof name, "%s.%s", norms[i / 4], read[i % 4]);
        const sfd_tensor_info *t = sfd_weights_find(w, name);
        if (!t || sfd_weights_read_f32(w, t, &value, &err) != SFD_OK || value != (float)(i % 4))
            fail_msg("%s is %g", name, (double)value);
    }
    assert_non_null(sfd_weights_ignored(w, 3 * NORMS - 1, &reason));
    assert_null(sfd_weights_ignored(w, 3 * NORMS, &reason));
    sfd_weights_close(w);
}

static void expect_stored(const char *path, const char *key, const char *text)
{
    sfd_weights *w = open_or_fail(path);
    const char *found = sfd_weights_metadata(w, key);
    assert_non_null(sfd_weights_find(w, "s1.pathway0_stem.conv.weight"));
    if (!found || strcmp(found, text) != 0)
        fail_msg("%s: %s is '%s', wanted '%s'", path, key, found ? found : "(nothing)", text);
    sfd_weights_close(w);
}

static void stored_configs_have_many_forms(void **state)
{
    (void)state;
    expect_stored("checkpoints/cfg_dict.pth", "pyslowfast.cfg",
                  "{\"DATA\": {\"NUM_FRAMES\": 16, \"MEAN\": [0.25, 0.5, 1], "
                  "\"PATH\": \"a \\\"b\\\"\\\\c\"}, \"TASK\": \"\", \"X\": None, \"INF\": None}");
    expect_stored("checkpoints/cfg_node.pth", "pyslowfast.cfg", "{\"DATA\": {\"NUM_FRAMES\": 16}}");
    expect_stored("checkpoints/cfg_meta_config.pth", "mmaction2.cfg", "a = 1");
    expect_stored("checkpoints/cfg_meta_dict.pth", "mmaction2.cfg", "a = {\"b\": True}\n");
}

static void unreadable_configs_are_told(void **state)
{
    (void)state;
    sfd_weights *w = open_or_fail("checkpoints/cfg_meta_dict.pth");
    const char *reason, *name = sfd_weights_ignored(w, 0, &reason);
    assert_string_equal(name, "cfg");
    assert_string_equal(reason, "a configuration in a form that is not read");
    sfd_weights_close(w);
}

static void tensors_are_found_one_level_down(void **state)
{
    (void)state;
    sfd_weights *w = open_or_fail("checkpoints/cfg_under_net.pth");
    assert_non_null(sfd_weights_find(w, "s1.pathway0_stem.conv.weight"));
    sfd_weights_close(w);
}

/* A whole Slow network's names and shapes, but for one. */
static sfd_status infer_without(const char *missing, sfd_error *err)
{
    static const char *const parts[] = {"branch2.a", "branch2.b", "branch2.c"};
    static const int blocks[] = {3, 4, 6, 3};
    sfd_weights *w;
    sfd_net_config c;
    float *data;
    char name[96];
    const size_t stem[] = {8, 3, 1, 7, 7}, conv[] = {8, 8, 1, 1, 1}, head[] = {5, 8};
    sfd_net_config_defaults(&c);
    assert_int_equal(sfd_weights_create(&w, "made", err), SFD_OK);
    if (strcmp(missing, "s1.pathway0_stem.conv.weight") != 0)
        sfd_weights_add(w, "s1.pathway0_stem.conv.weight", 5, stem, &data, err);
    sfd_weights_add(w, "s1.pathway0_stem.bn.weight", 1, stem, &data, err);
    for (int s = 0; s < 4; s++)
        for (int b = 0; b < blocks[s]; b++)
            for (int p = 0; p < 3; p++) {
                snprintf(name, sizeof name, "s%d.pathway0_res%d.%s.weight", s + 2, b, parts[p]);
                if (strcmp(name, missing) != 0)
                    sfd_weights_add(w, name, 5, conv, &data, err);
            }
    if (strcmp(missing, "head.projection.weight") != 0)
        sfd_weights_add(w, "head.projection.weight", 2, head, &data, err);
    sfd_weights_add(w, "head.projection.bias", 1, head, &data, err);
    sfd_status status = sfd_infer_architecture(w, &c, err);
    sfd_weights_close(w);
    return status;
}

static void a_missing_tensor_is_named(void **state)
{
    (void)state;
    static const char *const names[] = {
        "s1.pathway0_stem.conv.weight",      "s2.pathway0_res0.branch2.a.weight",
        "s2.pathway0_res0.branch2.b.weight", "s3.pathway0_res1.branch2.a.weight",
        "s4.pathway0_res5.branch2.a.weight", "s3.pathway0_res2.branch2.c.weight",
        "s5.pathway0_res0.branch2.a.weight", "head.projection.weight",
    };
    sfd_error err = {0};
    if (infer_without("none", &err) != SFD_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(infer_without(names[i], &err), SFD_ERR_MISMATCH);
        if (!strstr(err.message, names[i]) || !strstr(err.message, "missing"))
            fail_msg("%s: '%s'", names[i], err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_are_stripped),
        cmocka_unit_test(counters_do_not_hide_a_prefix),
        cmocka_unit_test(c2d_counts_its_pool),
        cmocka_unit_test(split_batch_norms_are_joined),
        cmocka_unit_test(stored_configs_have_many_forms),
        cmocka_unit_test(unreadable_configs_are_told),
        cmocka_unit_test(tensors_are_found_one_level_down),
        cmocka_unit_test(a_missing_tensor_is_named),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
