/* SPDX-License-Identifier: Apache-2.0 */
/* The published checkpoint formats: every layout of one network gives the same bits. */
#include "weights/weights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weights/checkpoint_support.h"
#include "weights/formats/safetensors.h"
#include "weights/open.h"
#include "weights/weights_config.h"

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

/* The same with a part of the network, carried by the project. */
static void parts_are_bit_identical(void **state)
{
    (void)state;
    static const checkpoint parts[] = {
        {"part.pyth", "sf_r50", 36, 0},
        {"part_legacy.pyth", "sf_r50", 36, 0},
        {"part_dp.pyth", "sf_r50", 36, 0},
        {"part_plain.pth", "sf_r50", 36, 0},
        {"part_caffe2_p0.pkl", "sf_r50", 36, 0},
        {"part_caffe2_p1.pkl", "sf_r50", 36, 0},
        {"part_caffe2_p2.pkl", "sf_r50", 36, 0},
        {"part_caffe2_p3.pkl", "sf_r50", 36, 0},
        {"part_caffe2_p4.pkl", "sf_r50", 36, 0},
        {"part_caffe2_p5.pkl", "sf_r50", 36, 0},
        {"part_mmaction2.pth", "sf_r50", 36, 1},
        {"part_pytorchvideo.pyth", "sf_r50", 36, 0},
        {"part_caffe2_python2.pkl", "sf_r50", 66, 0},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "checkpoints/%s", parts[i].file);
        check(&parts[i], path);
    }
}

static void expect_same_values(const char *path, const char *wanted)
{
    sfd_weights *w = open_or_fail(path), *g = open_or_fail(wanted);
    assert_int_equal(sfd_weights_count(w), sfd_weights_count(g));
    for (size_t i = 0; i < sfd_weights_count(g); i++) {
        const sfd_tensor_info *b = sfd_weights_info(g, i), *a = sfd_weights_find(w, b->name);
        if (!a)
            fail_msg("%s: no %s", path, b->name);
        compare(w, a, g, b, 0);
    }
    sfd_weights_close(w);
    sfd_weights_close(g);
}

/* Views, strides, shared storages, element types, byte and axis orders. */
static void oddities_are_read(void **state)
{
    (void)state;
    expect_same_values("checkpoints/odd.pth", "checkpoints/odd.safetensors");
    expect_same_values("checkpoints/odd_legacy.pth", "checkpoints/odd.safetensors");
    expect_same_values("checkpoints/big_endian.pth", "checkpoints/big_endian.safetensors");
    for (int protocol = 0; protocol <= 5; protocol++) {
        char path[64];
        snprintf(path, sizeof path, "checkpoints/odd_numpy_p%d.pkl", protocol);
        expect_same_values(path, "checkpoints/odd_numpy.safetensors");
    }
}

static void half_precision_is_widened(void **state)
{
    (void)state;
    char path[512];
    if (!shared_path("sf_r50_half.pyth", path))
        skip();
    sfd_weights *w = open_or_fail(path), *g = open_or_fail("golden/sf_r50/weights.safetensors");
    const sfd_tensor_info *a = sfd_weights_find(w, "s5_fuse"), *b;
    assert_null(a);
    a = sfd_weights_find(w, "head.projection.weight");
    b = sfd_weights_find(g, "head.projection.weight");
    assert_int_equal(a->dtype, SFD_F16);
    float *p = read_or_fail(w, a), *q = read_or_fail(g, b);
    for (size_t i = 0; i < a->n_elements; i++)
        assert_true(p[i] - q[i] < 1e-3F && q[i] - p[i] < 1e-3F);
    free(p);
    free(q);
    sfd_weights_close(w);
    sfd_weights_close(g);
}

static void what_is_left_out_is_listed(void **state)
{
    (void)state;
    static const struct {
        const char *file, *name, *reason;
    } cases[] = {
        {"checkpoints/part.pyth", "optimizer_state", "not the model's weights"},
        {"checkpoints/part.pyth", "s1.pathway0_stem.bn.num_batches_tracked", "counter"},
        {"checkpoints/part_caffe2_p2.pkl", "lr", "training state"},
        {"checkpoints/part_caffe2_p2.pkl", "conv1_w_momentum", "training state"},
        {"checkpoints/part_caffe2_p2.pkl", "model_iter", "training state"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sfd_weights *w = open_or_fail(cases[i].file);
        const char *name, *reason, *found = NULL;
        for (size_t k = 0; (name = sfd_weights_ignored(w, k, &reason)); k++)
            if (strcmp(name, cases[i].name) == 0)
                found = reason;
        if (!found || !strstr(found, cases[i].reason))
            fail_msg("%s: %s is not listed as %s", cases[i].file, cases[i].name, cases[i].reason);
        sfd_weights_close(w);
    }
}

/* Bytes of a golden file, cut and changed. */
static unsigned char *read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("cannot open %s", path);
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    unsigned char *bytes = malloc(*n);
    assert_int_equal(fread(bytes, 1, *n, f), *n);
    fclose(f);
    return bytes;
}

static void write_bytes(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static const char *const containers[] = {
    "checkpoints/odd.pth", "checkpoints/odd_legacy.pth", "checkpoints/odd_numpy_p0.pkl",
    "checkpoints/odd_numpy_p2.pkl", "checkpoints/odd_numpy_p5.pkl"};

#define N_CONTAINERS (sizeof containers / sizeof containers[0])

static void files_cut_anywhere_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CONTAINERS; i++) {
        size_t n;
        unsigned char *bytes = read_file(containers[i], &n);
        for (size_t cut = 0; cut < n; cut++) {
            sfd_weights *w;
            sfd_error err = {0};
            write_bytes(scratch, bytes, cut);
            sfd_status status = sfd_weights_open(&w, scratch, &err);
            if (status == SFD_OK || w || !strstr(err.message, scratch))
                fail_msg("%s cut to %zu bytes: status %d, '%s'", containers[i], cut, status,
                         err.message);
        }
        free(bytes);
    }
}

static void changed_bits_are_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CONTAINERS; i++) {
        size_t n;
        unsigned char *bytes = read_file(containers[i], &n);
        for (size_t bit = 0; bit < n * 8; bit += 5) {
            sfd_weights *w;
            sfd_error err = {0};
            bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
            write_bytes(scratch, bytes, n);
            if (sfd_weights_open(&w, scratch, &err) == SFD_OK) {
                for (size_t k = 0; k < sfd_weights_count(w); k++) {
                    const sfd_tensor_info *info = sfd_weights_info(w, k);
                    float *values = malloc(info->n_elements * sizeof *values);
                    if (values)
                        sfd_weights_read_f32(w, info, values, &err);
                    free(values);
                }
                sfd_weights_close(w);
            }
            bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
        }
        free(bytes);
    }
}

static void expect_refused(const void *bytes, size_t n, const char *part)
{
    sfd_weights *w;
    sfd_error err = {0};
    write_bytes(scratch, bytes, n);
    sfd_status status = sfd_weights_open(&w, scratch, &err);
    if (status == SFD_OK || !strstr(err.message, part))
        fail_msg("status %d, '%s'; wanted '%s'", status, err.message, part);
}

static void foreign_files_are_named(void **state)
{
    (void)state;
#define FOREIGN(bytes, part) expect_refused(bytes, sizeof bytes - 1, part)
    expect_refused("", 0, "is empty; accepted: safetensors");
    FOREIGN("\x08\x07\x12\x07pytorch\x1a", "an ONNX model");
    FOREIGN("\x08\x01\x12\x10graph......", "a TensorFlow SavedModel");
    FOREIGN("\x89HDF\r\n\x1a\n........", "an HDF5 file");
    FOREIGN("GGUF\3\0\0\0....", "a GGUF file");
    FOREIGN("....TFL3....", "a TensorFlow Lite file");
    FOREIGN("<!DOCTYPE html><html>", "a web page");
    FOREIGN("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer");
    FOREIGN("MODEL:\n  ARCH: slowfast\n", "a text file");
    FOREIGN("\xff\xfe\x00\x01\x02\x03\x04", "no known weight file; accepted");
    FOREIGN("PK\3\4 no directory", "directory is missing: truncated file?");
    FOREIGN("\x80\2K\1.", "holds a number; wanted a dictionary of tensors");
    FOREIGN("\x80\2}q\0.", "without tensors");
    FOREIGN("\x80\2ctorch.nn.modules.container\nSequential\nq\0)\x81q\1}q\2b.",
            "holds a pickled torch.nn.modules.container.Sequential");
}

static void hostile_pickles_are_refused(void **state)
{
    (void)state;
    FOREIGN("\x80\x09.", "unknown protocol");
    FOREIGN("\x80\2\xff.", "unknown opcode");
    FOREIGN("\x80\2.", "stack underflow");
    FOREIGN("\x80\2h\5.", "memo key that was never stored");
    FOREIGN("\x80\2Nr\xff\xff\xff\xff.", "memo key out of range");
    FOREIGN("\x80\2X\xff\xff\xff\x7fshort.", "ends too early");
    FOREIGN("\x80\4\x8d\xff\xff\xff\xff\xff\xff\xff\xffx.", "ends too early");
    FOREIGN("\x80\2t.", "no mark");
    FOREIGN("\x80\2}(Nu.", "a key that has no value");
    FOREIGN("\x80\2}(K\1R.", "stack underflow");
    /* os.system and eval stay words */
    FOREIGN("cos\nsystem\n(S'echo attacked'\ntR.", "a text file");
    FOREIGN("\x80\2cos\nsystem\nX\4\0\0\0true\x85R.", "holds a pickled os.system");
    FOREIGN("\x80\2c__builtin__\neval\nX\3\0\0\0"
            "1/0\x85R.",
            "holds a pickled __builtin__.eval");

    /* a list that contains itself, as the checkpoint and as a tensor's name */
    FOREIGN("\x80\2]q\0h\0a.", "holds a list");
    FOREIGN("\x80\2}q\0(X\5\0\0\0modelh\0u.", "without tensors");

    /* three million nested lists, and as many objects */
    size_t n = 3000000;
    char *deep = malloc(n + 3);
    memcpy(deep, "\x80\2", 2);
    memset(deep + 2, ']', n);
    deep[n + 2] = '.';
    expect_refused(deep, n + 3, "objects need more than");
    memset(deep + 2, '(', n);
    expect_refused(deep, n + 3, "objects need more than");
    free(deep);
}

/* A tensor of `size` with `stride` over a storage of 4 bytes. */
static void hostile_views_are_refused(void **state)
{
    (void)state;
#define SCALAR(bytes)                                                                              \
    "\x80\2}X\1\0\0\0wcnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\2\0\0\0f4K\0K\1\x87R" bytes \
    "\x86Rs."
    FOREIGN(SCALAR("U\3abc"), "reaches beyond its 0 stored elements");
#define ARRAY(shape, bytes)                                                                        \
    "\x80\2}X\1\0\0\0wcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\1b\x87R("    \
    "K\1" shape "cnumpy\ndtype\nX\2\0\0\0f4K\0K\1\x87R\x89" bytes "tbs."
    FOREIGN(ARRAY("K\2\x85", "U\4abcd"), "reaches beyond its 1 stored element");
    FOREIGN(ARRAY("\x8a\x08\0\0\0\0\0\0\0\x40\x85", "U\4abcd"), "reaches beyond");
    FOREIGN(ARRAY("\x8a\5\0\0\0\0\1\x8a\5\0\0\0\0\1\x86", "U\4abcd"), "not supported");
    FOREIGN(ARRAY("J\xff\xff\xff\xff\x85", "U\4abcd"), "not supported");
}

static void hostile_zips_are_refused(void **state)
{
    (void)state;
    size_t n;
    unsigned char *bytes = read_file("checkpoints/odd.pth", &n);
    unsigned char *end = bytes + n - 22, *directory = bytes + n;
    for (unsigned char *p = end; p > bytes; p--)
        if (memcmp(p, "PK\1\2", 4) == 0)
            directory = p; /* the first record in the end */
    unsigned char *copy = malloc(n);

    memcpy(copy, bytes, n);
    memset(copy + (directory - bytes) + 42, 0xF0, 4); /* local header outside the file */
    expect_refused(copy, n, "no local header");
    memcpy(copy, bytes, n);
    memset(copy + (directory - bytes) + 20, 0x7F, 8); /* sizes */
    expect_refused(copy, n, "lies outside the file");
    memcpy(copy, bytes, n);
    unsigned char *second = copy + (directory - bytes) + 4;
    while (memcmp(second, "PK\1\2", 4) != 0)
        second++;
    memcpy(second + 42, copy + (directory - bytes) + 42, 4); /* begins where the first begins */
    expect_refused(copy, n, "entries overlap");
    memcpy(copy, bytes, n);
    copy[directory - bytes + 10] = 8; /* deflated */
    expect_refused(copy, n, "compressed");
    memcpy(copy, bytes, n);
    memset(copy + n - 22 - 20 + 8, 0xEE, 8); /* place of the zip64 end record */
    expect_refused(copy, n, "zip64 end record is missing");
    free(copy);
    free(bytes);
}

/* Names that no golden file has. */
static void rare_names_are_translated(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } names[] = {
        {"backbone.conv1.conv.weight", "s1.pathway0_stem.conv.weight"},
        {"backbone.layer4.2.conv3.bn.running_var", "s5.pathway0_res2.branch2.c_bn.running_var"},
        {"backbone.layer3.10.downsample.conv.weight", "s4.pathway0_res10.branch1.weight"},
        {"backbone.layer2.0.non_local_block.theta.conv.bias",
         "s3.pathway0_nonlocal0.conv_theta.bias"},
        {"backbone.layer2.0.non_local_block.phi.0.conv.weight",
         "s3.pathway0_nonlocal0.conv_phi.weight"},
        {"backbone.layer2.0.non_local_block.g.0.conv.weight",
         "s3.pathway0_nonlocal0.conv_g.weight"},
        {"backbone.layer2.0.non_local_block.conv_out.conv.weight",
         "s3.pathway0_nonlocal0.conv_out.weight"},
        {"backbone.layer2.0.non_local_block.conv_out.bn.weight", "s3.pathway0_nonlocal0.bn.weight"},
        {"roi_head.bbox_head.fc_cls.weight", "head.projection.weight"},
        {"roi_head.bbox_head.fc_cls.0.weight", "head.projection.0.weight"},
        {"roi_head.bbox_head.fc_cls.2.bias", "head.projection.2.bias"},
        {"roi_head.shared_head.conv.weight", "roi_head.shared_head.conv.weight"},
    };
    const size_t n = sizeof names / sizeof names[0], dims[] = {3};
    sfd_weights *w;
    sfd_error err = {0};
    float *data;
    assert_int_equal(sfd_weights_create(&w, "made", &err), SFD_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(sfd_weights_add(w, names[i].from, 1, dims, &data, &err), SFD_OK);
        data[0] = (float)i;
    }
    assert_int_equal(sfd_weights_write(w, scratch, SFD_F32, &err), SFD_OK);
    sfd_weights_close(w);
    w = open_or_fail(scratch);
    assert_string_equal(sfd_weights_code_base(w), "MMAction2");
    assert_int_equal(sfd_weights_count(w), n);
    for (size_t i = 0; i < n; i++) {
        float values[3];
        if (!sfd_weights_find(w, names[i].to))
            fail_msg("no %s", names[i].to);
        assert_int_equal(sfd_weights_read_f32(w, sfd_weights_find(w, names[i].to), values, &err),
                         SFD_OK);
        assert_true(values[0] == (float)i);
    }
    assert_null(
        sfd_weights_find(w, "s3.pathway0_nonlocal0.conv_out.bias")); /* MMAction2 has none */
    sfd_weights_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_is_bit_identical),
        cmocka_unit_test(parts_are_bit_identical),
        cmocka_unit_test(oddities_are_read),
        cmocka_unit_test(half_precision_is_widened),
        cmocka_unit_test(what_is_left_out_is_listed),
        cmocka_unit_test(files_cut_anywhere_are_refused),
        cmocka_unit_test(changed_bits_are_survived),
        cmocka_unit_test(foreign_files_are_named),
        cmocka_unit_test(hostile_pickles_are_refused),
        cmocka_unit_test(hostile_views_are_refused),
        cmocka_unit_test(hostile_zips_are_refused),
        cmocka_unit_test(rare_names_are_translated),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
