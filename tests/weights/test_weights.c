/* SPDX-License-Identifier: Apache-2.0 */
/* Weights in memory, element conversion, and safetensors files both ways. */
#include "base/file.h"
#include "base/random.h"
#include "weights/formats/elements.h"
#include "weights/formats/safetensors.h"
#include "weights/open.h"
#include "weights/weights.h"
#include "weights/weights_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/one_file.h"

#define GOLDEN "golden/sf_r50/weights.safetensors"

static void write_bytes(const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Writes a file of this header and n_data zero bytes. */
static void write_file(const char *header, size_t n_data)
{
    uint64_t length = strlen(header);
    unsigned char *bytes = calloc(1, 8 + length + n_data);
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, length);
    write_bytes(bytes, 8 + length + n_data);
    free(bytes);
}

static void expect_refused(const char *header, size_t n_data, sfd_status status, const char *part)
{
    sfd_weights *w;
    sfd_error err = {0};
    write_file(header, n_data);
    sfd_status got = sfd_weights_open(&w, path, &err);
    assert_null(w);
    if (got != status || !strstr(err.message, part) || !strstr(err.message, path))
        fail_msg("'%.80s' gave status %d, '%s'; wanted '%s'", header, got, err.message, part);
}

static sfd_weights *open_or_fail(const char *file)
{
    sfd_weights *w;
    sfd_error err = {0};
    if (sfd_weights_open(&w, file, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return w;
}

static void golden_file_is_read(void **state)
{
    (void)state;
    sfd_error err;
    sfd_weights *w = open_or_fail(GOLDEN);
    assert_int_equal(sfd_weights_count(w), 552);
    const sfd_tensor_info *info = sfd_weights_find(w, "s1.pathway1_stem.conv.weight");
    assert_non_null(info);
    assert_int_equal(info->dtype, SFD_F32);
    assert_int_equal(info->n_dims, 5);
    assert_int_equal(info->dims[2], 5);
    assert_int_equal(info->n_elements, 2 * 3 * 5 * 7 * 7);
    float *values = malloc(info->n_elements * sizeof *values);
    assert_int_equal(sfd_weights_read_f32(w, info, values, &err), SFD_OK);
    assert_true(values[0] != values[1]);
    free(values);
    for (size_t i = 0; i < sfd_weights_count(w); i++)
        assert_ptr_equal(sfd_weights_find(w, sfd_weights_info(w, i)->name), sfd_weights_info(w, i));
    assert_null(sfd_weights_find(w, "s1.pathway1_stem.conv"));
    assert_null(sfd_weights_find(w, ""));
    assert_string_equal(sfd_weights_origin(w), GOLDEN);
    sfd_weights_close(w);
}

static void memory_set_survives_a_round_trip(void **state)
{
    (void)state;
    sfd_weights *w, *r;
    sfd_error err = {0};
    float *data, back[6];
    assert_int_equal(sfd_weights_create(&w, "made", &err), SFD_OK);
    assert_int_equal(sfd_weights_add(w, "b", 2, (size_t[]){2, 3}, &data, &err), SFD_OK);
    for (int i = 0; i < 6; i++) {
        assert_true(data[i] == 0.0F);
        data[i] = (float)i / 3.0F;
    }
    assert_int_equal(sfd_weights_add(w, "a", 0, NULL, &data, &err), SFD_OK);
    *data = -2.5F;
    assert_int_equal(sfd_weights_add(w, "empty", 1, (size_t[]){0}, &data, &err), SFD_OK);
    assert_int_equal(sfd_weights_add(w, "a", 0, NULL, &data, &err), SFD_ERR_FORMAT);
    assert_int_equal(sfd_weights_add(w, "x", 2, (size_t[]){SIZE_MAX, 2}, &data, &err),
                     SFD_ERR_FORMAT);
    assert_int_equal(sfd_weights_set_metadata(w, "k", "old", &err), SFD_OK);
    assert_int_equal(sfd_weights_set_metadata(w, "k", "line\n\"quoted\"", &err), SFD_OK);
    assert_int_equal(sfd_weights_write(w, path, SFD_F32, &err), SFD_OK);
    sfd_weights_close(w);

    r = open_or_fail(path);
    assert_int_equal(sfd_weights_count(r), 3);
    assert_string_equal(sfd_weights_metadata(r, "k"), "line\n\"quoted\"");
    assert_null(sfd_weights_metadata(r, "absent"));
    assert_int_equal(sfd_weights_read_f32(r, sfd_weights_find(r, "b"), back, &err), SFD_OK);
    for (int i = 0; i < 6; i++)
        assert_true(back[i] == (float)i / 3.0F);
    assert_int_equal(sfd_weights_read_f32(r, sfd_weights_find(r, "a"), back, &err), SFD_OK);
    assert_true(back[0] == -2.5F);
    sfd_weights_close(r);
}

static void rewriting_is_stable_and_aligned(void **state)
{
    (void)state;
    sfd_error err = {0};
    sfd_weights *w = open_or_fail(GOLDEN);
    assert_int_equal(sfd_weights_write(w, path, SFD_F32, &err), SFD_OK);
    sfd_weights *copy = open_or_fail(path);
    assert_true(sfd_mapping_load(&w->file, 0, w->file.n_bytes));
    assert_true(sfd_mapping_load(&copy->file, 0, copy->file.n_bytes));
    for (size_t i = 0; i < sfd_weights_count(w); i++) {
        const sfd_tensor *a = (const sfd_tensor *)sfd_weights_info(w, i);
        const sfd_tensor *b = (const sfd_tensor *)sfd_weights_find(copy, a->name);
        assert_non_null(b);
        assert_int_equal(a->info.n_elements, b->info.n_elements);
        assert_memory_equal(a->data, b->data, a->info.n_elements * 4);
        assert_int_equal((uintptr_t)b->data % 4, 0);
    }
    char second[80];
    snprintf(second, sizeof second, "%s/u.safetensors", folder);
    assert_int_equal(sfd_weights_write(copy, second, SFD_F32, &err), SFD_OK);
    sfd_mapping x, y;
    assert_int_equal(sfd_load_file(&x, path, &err), SFD_OK);
    assert_int_equal(sfd_load_file(&y, second, &err), SFD_OK);
    assert_int_equal(x.n_bytes, y.n_bytes);
    assert_memory_equal(x.data, y.data, x.n_bytes);
    sfd_unmap(&x);
    sfd_unmap(&y);
    unlink(second);
    sfd_weights_close(copy);
    sfd_weights_close(w);
}

/* Every half-precision number converts to float32 and back to itself. */
static void halves_are_exact(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 0x10000; bits++) {
        uint16_t in = (uint16_t)bits, out;
        float value;
        bool nan = (bits & 0x7C00U) == 0x7C00U && (bits & 0x3FFU);
        sfd_elements_to_f32(SFD_F16, &in, 1, &value);
        sfd_elements_from_f32(SFD_F16, &value, 1, &out);
        assert_true(nan ? value != value : out == in);
        sfd_elements_to_f32(SFD_BF16, &in, 1, &value);
        sfd_elements_from_f32(SFD_BF16, &value, 1, &out);
        assert_true(value != value || out == in);
    }
}

static uint16_t to_bits(sfd_dtype dtype, float value)
{
    uint16_t bits;
    sfd_elements_from_f32(dtype, &value, 1, &bits);
    return bits;
}

static void halves_round_to_nearest_even(void **state)
{
    (void)state;
    assert_int_equal(to_bits(SFD_F16, 1.0F), 0x3C00);
    assert_int_equal(to_bits(SFD_F16, 1.0F + 0x1p-11F), 0x3C00); /* tie to even */
    assert_int_equal(to_bits(SFD_F16, 1.0F + 0x3p-11F), 0x3C02); /* tie to even, up */
    assert_int_equal(to_bits(SFD_F16, 1.0F + 0x1p-11F + 0x1p-20F), 0x3C01);
    assert_int_equal(to_bits(SFD_F16, 65504.0F), 0x7BFF);
    assert_int_equal(to_bits(SFD_F16, 65519.99F), 0x7BFF);
    assert_int_equal(to_bits(SFD_F16, 65520.0F), 0x7C00);
    assert_int_equal(to_bits(SFD_F16, -0x1p-24F), 0x8001);
    assert_int_equal(to_bits(SFD_F16, 0x1p-25F), 0x0000);     /* tie to even */
    assert_int_equal(to_bits(SFD_F16, 0x1.8p-24F), 0x0002);   /* tie to even, up */
    assert_int_equal(to_bits(SFD_F16, 0x1.ffcp-15F), 0x0400); /* into the normals */
    assert_int_equal(to_bits(SFD_BF16, 1.0F + 0x1p-8F), 0x3F80);
    assert_int_equal(to_bits(SFD_BF16, 1.0F + 0x3p-8F), 0x3F82);
    assert_int_equal(to_bits(SFD_BF16, -0x1.fffffep127F), 0xFF80);
}

static void half_files_hold_rounded_values(void **state)
{
    (void)state;
    sfd_error err = {0};
    sfd_weights *w = open_or_fail(GOLDEN);
    const sfd_dtype dtypes[] = {SFD_F16, SFD_BF16};
    for (int d = 0; d < 2; d++) {
        assert_int_equal(sfd_weights_write(w, path, dtypes[d], &err), SFD_OK);
        sfd_weights *half = open_or_fail(path);
        const sfd_tensor_info *a = sfd_weights_find(w, "head.projection.weight");
        const sfd_tensor_info *b = sfd_weights_find(half, "head.projection.weight");
        assert_int_equal(b->dtype, dtypes[d]);
        float *x = malloc(a->n_elements * 4), *y = malloc(a->n_elements * 4);
        assert_int_equal(sfd_weights_read_f32(w, a, x, &err), SFD_OK);
        assert_int_equal(sfd_weights_read_f32(half, b, y, &err), SFD_OK);
        for (size_t i = 0; i < a->n_elements; i++)
            assert_int_equal(to_bits(dtypes[d], x[i]), to_bits(dtypes[d], y[i]));
        free(x);
        free(y);
        sfd_weights_close(half);
    }
    sfd_weights_close(w);
}

static void values_that_cannot_be_stored_are_named(void **state)
{
    (void)state;
    sfd_weights *w;
    sfd_error err = {0};
    float *data;
    unlink(path);
    assert_int_equal(sfd_weights_create(&w, "made", &err), SFD_OK);
    assert_int_equal(sfd_weights_add(w, "big", 1, (size_t[]){3}, &data, &err), SFD_OK);
    data[2] = 1e6F;
    assert_int_equal(sfd_weights_write(w, path, SFD_F16, &err), SFD_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "tensor big: element 2 is 1e+06"));
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(sfd_weights_write(w, path, SFD_I8, &err), SFD_ERR_ARG);
    assert_int_equal(sfd_weights_write(w, "/nonexistent/x", SFD_F32, &err), SFD_ERR_IO);
    data[1] = -1.0F / 0.0F;
    assert_int_equal(sfd_weights_read_f32(w, sfd_weights_find(w, "big"), (float[3]){0}, &err),
                     SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "made: tensor big: element 1 is -inf"));
    sfd_weights_close(w);
}

static void all_element_types_are_read(void **state)
{
    (void)state;
    static const unsigned char bytes[8] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    const struct {
        sfd_dtype dtype;
        float value;
    } cases[] = {{SFD_I64, -1.0F}, {SFD_I32, -1.0F}, {SFD_I16, -1.0F},
                 {SFD_I8, -1.0F},  {SFD_U8, 255.0F}, {SFD_BOOL, 1.0F}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        float value;
        sfd_elements_to_f32(cases[i].dtype, bytes, 1, &value);
        assert_true(value == cases[i].value);
    }
    double big = 1e30;
    float value;
    sfd_elements_to_f32(SFD_F64, &big, 1, &value);
    assert_true(value == 1e30F);
}

static void strided_and_swapped_views_are_gathered(void **state)
{
    (void)state;
    sfd_weights *w;
    sfd_error err = {0};
    uint16_t stored[12];
    float values[12];
    for (unsigned i = 0; i < 12; i++) { /* bf16 of i, bytes swapped */
        uint16_t bits = to_bits(SFD_BF16, (float)i);
        stored[i] = (uint16_t)(bits << 8 | bits >> 8);
    }
    assert_int_equal(sfd_weights_create(&w, "made", &err), SFD_OK);
    /* [2][3] picked out of a Fortran-ordered [2][6], every second column */
    assert_int_equal(sfd_weights_add_view(w, "v", SFD_BF16, 2, (size_t[]){2, 3}, (size_t[]){1, 4},
                                          (unsigned char *)stored, &err),
                     SFD_OK);
    sfd_tensor *t = (sfd_tensor *)sfd_weights_find(w, "v");
    t->big_endian = true;
    assert_int_equal(sfd_weights_read_f32(w, &t->info, values, &err), SFD_OK);
    const float wanted[] = {0, 4, 8, 1, 5, 9};
    for (int i = 0; i < 6; i++)
        assert_true(values[i] == wanted[i]);
    uint16_t tail[2];
    assert_true(sfd_tensor_gather(&(sfd_mapping){0}, t, 4, 2, tail));
    assert_int_equal(tail[0], to_bits(SFD_BF16, 5.0F));
    assert_int_equal(tail[1], to_bits(SFD_BF16, 9.0F));
    sfd_weights_close(w);
}

#define T(name, dtype, shape, begin, end)                                                          \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" begin "," end   \
    "]}"

static void hostile_headers_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *header;
        size_t n_data;
        sfd_status status;
        const char *part;
    } cases[] = {
        {"{", 0, SFD_ERR_FORMAT, "not a JSON object"},
        {"{} x", 0, SFD_ERR_FORMAT, "not a JSON object"},
        {"{}", 4, SFD_ERR_FORMAT, "4 bytes follow"},
        {"{\"a\":1}", 0, SFD_ERR_FORMAT, "tensor a: has no dtype"},
        {"{\"a\":{\"dtype\":\"F32\"}}", 0, SFD_ERR_FORMAT, "has no shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, SFD_ERR_FORMAT, "data_offsets"},
        {"{" T("a", "F8_E5M2", "[1]", "0", "1") "}", 1, SFD_ERR_UNSUPPORTED, "F8_E5M2"},
        {"{" T("a", "F32", "[1]", "0", "8") "}", 8, SFD_ERR_FORMAT, "disagree"},
        {"{" T("a", "F32", "[2]", "0", "8") "}", 4, SFD_ERR_FORMAT, "truncated"},
        {"{" T("a", "F32", "[1]", "4", "0") "}", 4, SFD_ERR_FORMAT, "rising pair"},
        {"{" T("a", "F32", "[1]", "-4", "0") "}", 4, SFD_ERR_FORMAT, "rising pair"},
        {"{" T("a", "F32", "[1.5]", "0", "6") "}", 6, SFD_ERR_FORMAT, "list of sizes"},
        {"{" T("a", "F32", "[1e300]", "0", "4") "}", 4, SFD_ERR_FORMAT, "list of sizes"},
        {"{" T("a", "F32", "[4294967296,4294967296]", "0", "0") "}", 0, SFD_ERR_FORMAT, "disagree"},
        {"{" T("a", "F32", "[1,1,1,1,1,1,1,1,1]", "0", "4") "}", 4, SFD_ERR_FORMAT, "8 dimensions"},
        {"{" T("a", "F32", "[1]", "0", "4") "," T("a", "F32", "[1]", "4", "8") "}", 8,
         SFD_ERR_FORMAT, "tensor a occurs twice"},
        {"{" T("a", "F32", "[2]", "0", "8") "," T("b", "F32", "[2]", "4", "12") "}", 12,
         SFD_ERR_FORMAT, "overlap"},
        {"{" T("a", "F32", "[1]", "0", "4") "," T("b", "F32", "[1]", "8", "12") "}", 12,
         SFD_ERR_FORMAT, "gap"},
        {"{" T("a\\u0000b", "F32", "[1]", "0", "4") "}", 4, SFD_ERR_FORMAT, "zero character"},
        {"{" T("a\\nb", "F32", "[1]", "0", "4") "}", 4, SFD_ERR_FORMAT, "control character"},
        {"{" T("", "F32", "[1]", "0", "4") "}", 4, SFD_ERR_FORMAT, "tensor name"},
        {"{\"__metadata__\":3}", 0, SFD_ERR_FORMAT, "__metadata__"},
        {"{\"__metadata__\":{\"a\":3}}", 0, SFD_ERR_FORMAT, "a is not text"},
        {"[]", 0, SFD_ERR_FORMAT, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_refused(cases[i].header, cases[i].n_data, cases[i].status, cases[i].part);

    char *deep = malloc(200001);
    memset(deep, '[', 200000);
    memcpy(deep, "{\"a\":", 5);
    deep[200000] = '\0';
    expect_refused(deep, 0, SFD_ERR_FORMAT, "not a JSON object");
    free(deep);
    unsigned char huge[16] = {0, 0, 0, 1, 0, 0, 0, 0, '{', '}'};
    write_bytes(huge, sizeof huge);
    sfd_weights *w;
    sfd_error err = {0};
    assert_int_equal(sfd_weights_open(&w, path, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "header of 16777216 bytes in a file of 16"));
}

static void allowed_oddities_are_accepted(void **state)
{
    (void)state;
    write_file("{" T("b", "F32", "[1]", "0", "4") "," T("e", "I64", "[0,7]", "4", "4") "," T(
                   "s", "BF16", "[]", "4", "6") "}     ",
               6);
    sfd_weights *w = open_or_fail(path);
    assert_int_equal(sfd_weights_count(w), 3);
    assert_int_equal(sfd_weights_find(w, "e")->n_elements, 0);
    assert_int_equal(sfd_weights_find(w, "s")->n_elements, 1);
    sfd_weights_close(w);
}

/* A file cut anywhere must be refused; one with any byte of its header changed must not crash. */
static void damaged_files_are_survived(void **state)
{
    (void)state;
    sfd_mapping golden;
    sfd_error err = {0};
    sfd_weights *w;
    assert_int_equal(sfd_load_file(&golden, "golden/slow_r50/weights.safetensors", &err), SFD_OK);
    size_t cuts[] = {0, 1, 7, 8, 9, 100, 4096, golden.n_bytes / 2, golden.n_bytes - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        write_bytes(golden.data, cuts[i]);
        assert_int_equal(sfd_weights_open(&w, path, &err), SFD_ERR_FORMAT);
        assert_null(w);
    }
    size_t n_header;
    memcpy(&n_header, golden.data, sizeof n_header);
    size_t n = 8 + n_header;
    unsigned char *copy = malloc(n);
    memcpy(copy, golden.data, n);
    sfd_random random = {1};
    for (int i = 0; i < 300; i++) {
        size_t at = sfd_random_below(&random, n);
        copy[at] ^= (unsigned char)(1U << sfd_random_below(&random, 8));
        write_bytes(copy, n);
        if (sfd_weights_open(&w, path, &err) == SFD_OK)
            sfd_weights_close(w);
        copy[at] = golden.data[at];
    }
    free(copy);
    sfd_unmap(&golden);
}

static void missing_files_are_named(void **state)
{
    (void)state;
    sfd_weights *w;
    sfd_error err = {0};
    assert_int_equal(sfd_weights_open(&w, "no/such.safetensors", &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "no/such.safetensors"));
    assert_int_equal(sfd_weights_open(&w, "golden", &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "directory"));
    assert_int_equal(sfd_weights_open(&w, "/dev/zero", &err), SFD_ERR_IO);
    sfd_weights_close(NULL);
}

static void write_plain(int rows, int columns)
{
    sfd_weights *w;
    float *data;
    assert_int_equal(sfd_weights_create(&w, "made", NULL), SFD_OK);
    assert_int_equal(
        sfd_weights_add(w, "x", 2, (size_t[]){(size_t)rows, (size_t)columns}, &data, NULL), SFD_OK);
    assert_int_equal(sfd_weights_write(w, path, SFD_F32, NULL), SFD_OK);
    sfd_weights_close(w);
}

/* Someone truncates the file between its opening and its reading. */
static void files_that_shrink_are_told(void **state)
{
    (void)state;
    enum { ROWS = 100, COLUMNS = 200 };
    static float values[ROWS * COLUMNS];
    sfd_error err;
    for (off_t size = 60000; size >= 0; size -= 20000) {
        write_plain(ROWS, COLUMNS);
        sfd_weights *w = open_or_fail(path);
        sfd_tensor *t = (sfd_tensor *)sfd_weights_find(w, "x");
        assert_int_equal(sfd_weights_read_f32(w, &t->info, values, &err), SFD_OK);
        assert_int_equal(truncate(path, size), 0);
        assert_int_equal(sfd_weights_read_f32(w, &t->info, values, &err), SFD_ERR_IO);
        if (!strstr(err.message, "became shorter") || !strstr(err.message, path))
            fail_msg("%s", err.message);
        assert_int_equal(sfd_weights_write(w, "/dev/null", SFD_F16, &err), SFD_ERR_IO);
        t->strides[0] = 1; /* seen transposed */
        t->strides[1] = ROWS;
        assert_int_equal(sfd_weights_read_f32(w, &t->info, values, &err), SFD_ERR_IO);
        sfd_weights_close(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_file_is_read),
        cmocka_unit_test(memory_set_survives_a_round_trip),
        cmocka_unit_test(rewriting_is_stable_and_aligned),
        cmocka_unit_test(halves_are_exact),
        cmocka_unit_test(halves_round_to_nearest_even),
        cmocka_unit_test(half_files_hold_rounded_values),
        cmocka_unit_test(values_that_cannot_be_stored_are_named),
        cmocka_unit_test(all_element_types_are_read),
        cmocka_unit_test(strided_and_swapped_views_are_gathered),
        cmocka_unit_test(hostile_headers_are_refused),
        cmocka_unit_test(allowed_oddities_are_accepted),
        cmocka_unit_test(damaged_files_are_survived),
        cmocka_unit_test(missing_files_are_named),
        cmocka_unit_test(files_that_shrink_are_told),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
