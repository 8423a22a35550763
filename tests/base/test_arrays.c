/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays in files: npz byte by byte as zip's and NumPy's documents have it, with and without zip64,
 * and both formats by the readers of weights. */
#include "base/arrays.h"
#include "base/f16.h"
#include "base/file.h"
#include "base/spool.h"
#include "base/zip_write.h"
#include "weights/formats/zip_index.h"
#include "weights/open.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "support/one_file.h"

static const double times[3] = {902, 903.5, -1e30};
static const float values[3][2] = {{1, 2}, {-0.5f, 3e38f}, {0, 1e-42f}};
static const char names[2][4] = {"abc", "\xC3\xA9"};

static void fill(sfd_arrays *a)
{
    size_t t, v, n, none;
    assert_int_equal(sfd_arrays_declare(a, &t, "times", SFD_F64, 0, false, NULL), SFD_OK);
    assert_int_equal(sfd_arrays_declare(a, &v, "values", SFD_F32, 2, false, NULL), SFD_OK);
    assert_int_equal(sfd_arrays_declare(a, &none, "none", SFD_F16, 5, false, NULL), SFD_OK);
    assert_int_equal(sfd_arrays_declare(a, &n, "names", SFD_U8, 4, true, NULL), SFD_OK);
    assert_int_equal(sfd_arrays_add(a, none, NULL, 0, NULL), SFD_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(sfd_arrays_add(a, t, &times[i], 1, NULL), SFD_OK);
        assert_int_equal(sfd_arrays_add(a, v, values[i], 1, NULL), SFD_OK);
    }
    assert_int_equal(sfd_arrays_add(a, n, names, 2, NULL), SFD_OK);
}

static void write_as(sfd_arrays_format format)
{
    sfd_arrays *a;
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(sfd_arrays_create(&a, path, NULL), SFD_OK);
    fill(a);
    assert_int_equal(sfd_arrays_write(a, format, "test 1", f, NULL), SFD_OK);
    assert_int_equal(fclose(f), 0);
    sfd_arrays_free(a);
}

static uint32_t number(const unsigned char *at, int n)
{
    uint32_t v = 0;
    for (int i = n - 1; i >= 0; i--)
        v = v << 8 | at[i];
    return v;
}

/* ---------------------------------------------------------------------- npz */

static void expect_entry(const sfd_zip *zip, const char *name, const char *head, const void *data,
                         size_t n_data)
{
    const sfd_zip_entry *e = sfd_zip_find(zip, "", 0, name, strlen(name));
    assert_non_null(e);
    assert_non_null(e->data);
    assert_memory_equal(e->data, "\x93NUMPY\x01\x00", 8);
    const size_t n_head = number(e->data + 8, 2);
    assert_int_equal((n_head + 10) % 64, 0);
    assert_int_equal(e->n_bytes, 10 + n_head + n_data);
    assert_memory_equal(e->data + 10, head, strlen(head));
    for (size_t i = strlen(head); i + 1 < n_head; i++)
        assert_int_equal(e->data[10 + i], ' ');
    assert_int_equal(e->data[10 + n_head - 1], '\n');
    if (n_data > 0)
        assert_memory_equal(e->data + 10 + n_head, data, n_data);
    /* the local header before it has its sum */
    const unsigned char *local = e->data - strlen(name) - 30;
    assert_int_equal(number(local, 4), 0x04034B50);
    assert_int_equal(number(local + 14, 4), crc32(0, e->data, (uInt)e->n_bytes));
    assert_int_equal(number(local + 22, 4), e->n_bytes);
}

static void test_npz(void **state)
{
    (void)state;
    sfd_error err;
    sfd_mapping file;
    sfd_arena arena;
    sfd_zip zip;
    sfd_arena_init(&arena, SIZE_MAX);
    write_as(SFD_ARRAYS_NPZ);
    assert_int_equal(sfd_load_file(&file, path, &err), SFD_OK);
    assert_int_equal(sfd_zip_read(&zip, &arena, path, &file, &err), SFD_OK);
    assert_int_equal(zip.n_entries, 4);
    expect_entry(&zip, "times.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
                 times, sizeof times);
    expect_entry(&zip, "values.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }",
                 values, sizeof values);
    expect_entry(&zip, "none.npy", "{'descr': '<f2', 'fortran_order': False, 'shape': (0, 5), }",
                 NULL, 0);
    expect_entry(&zip, "names.npy", "{'descr': '|S4', 'fortran_order': False, 'shape': (2,), }",
                 names, sizeof names);
    sfd_arena_free(&arena);
    sfd_unmap(&file);
}

/* Any number may be the first that does not fit. */
static void test_zip64(void **state)
{
    (void)state;
    static const char *const entry[] = {"a", "bb", "ccc"};
    for (uint64_t limit = 1; limit < 400; limit++) {
        sfd_mapping file;
        sfd_arena arena;
        sfd_zip_writer z;
        sfd_zip zip;
        sfd_error err;
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        sfd_arena_init(&arena, SIZE_MAX);
        sfd_zip_begin(&z, f);
        z.limit = limit;
        for (size_t i = 0; i < 3; i++) {
            char bytes[90];
            const size_t n = 30 * (i + 1);
            memset(bytes, 'x' + (int)i, n);
            assert_int_equal(sfd_zip_add(&z, entry[i],
                                         (uint32_t)crc32(0, (unsigned char *)bytes, (uInt)n), n,
                                         NULL),
                             SFD_OK);
            fwrite(bytes, 1, n, f);
        }
        sfd_zip_end(&z);
        assert_int_equal(ftell(f), z.at);
        fclose(f);
        sfd_zip_free(&z);
        assert_int_equal(sfd_load_file(&file, path, NULL), SFD_OK);
        if (sfd_zip_read(&zip, &arena, path, &file, &err) != SFD_OK)
            fail_msg("limit %d: %s", (int)limit, err.message);
        assert_int_equal(zip.n_entries, 3);
        for (size_t i = 0; i < 3; i++) {
            const sfd_zip_entry *e = sfd_zip_find(&zip, "", 0, entry[i], i + 1);
            assert_non_null(e);
            assert_int_equal(e->n_bytes, 30 * (i + 1));
            assert_int_equal(e->data[0], 'x' + (int)i);
            assert_int_equal(e->data[e->n_bytes - 1], 'x' + (int)i);
        }
        sfd_arena_free(&arena);
        sfd_unmap(&file);
    }
}

/* -------------------------------------------------------------- safetensors */

static void test_safetensors(void **state)
{
    (void)state;
    sfd_error err;
    sfd_weights *w;
    float read[6];
    write_as(SFD_ARRAYS_SAFETENSORS);
    if (sfd_weights_open(&w, path, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_string_equal(sfd_weights_metadata(w, "format"), "test 1");
    const sfd_tensor_info *info = sfd_weights_find(w, "values");
    assert_non_null(info);
    assert_int_equal(info->n_dims, 2);
    assert_int_equal(info->dims[0], 3);
    assert_int_equal(info->dims[1], 2);
    assert_int_equal(sfd_weights_read_f32(w, info, read, &err), SFD_OK);
    assert_memory_equal(read, values, sizeof values);
    info = sfd_weights_find(w, "times");
    assert_int_equal(info->dtype, SFD_F64);
    assert_int_equal(info->n_dims, 1);
    assert_int_equal(sfd_weights_read_f32(w, info, read, &err), SFD_OK);
    assert_true(read[0] == 902 && read[1] == 903.5f);
    info = sfd_weights_find(w, "none");
    assert_int_equal(info->dtype, SFD_F16);
    assert_int_equal(info->n_elements, 0);
    info = sfd_weights_find(w, "names");
    assert_int_equal(info->dtype, SFD_U8);
    assert_int_equal(info->dims[1], 4);
    sfd_weights_close(w);
}

/* ---------------------------------------------------------------------- rest */

static void test_extensions(void **state)
{
    (void)state;
    sfd_arrays_format f;
    assert_true(sfd_arrays_format_of(&f, "a/b.c.NPZ") && f == SFD_ARRAYS_NPZ);
    assert_true(sfd_arrays_format_of(&f, "x.safetensors") && f == SFD_ARRAYS_SAFETENSORS);
    assert_false(sfd_arrays_format_of(&f, "-"));
    assert_false(sfd_arrays_format_of(&f, "x.npy"));
    assert_false(sfd_arrays_format_of(&f, "npz"));
}

static bool names_needed; /* the file system lacks O_TMPFILE */

int __real_open(const char *name, int flags, mode_t mode);
int __wrap_open(const char *name, int flags, mode_t mode);

int __wrap_open(const char *name, int flags, mode_t mode)
{
    if (names_needed && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return __real_open(name, flags, mode);
}

static void test_spool(void **state)
{
    (void)state;
    assert_null(sfd_spool_open("/nonexistent/x"));
    for (int i = 0; i < 2; i++) {
        names_needed = i == 1;
        struct stat st;
        FILE *f = sfd_spool_open(path);
        assert_non_null(f);
        fputs("waits", f);
        rewind(f);
        assert_int_equal(fgetc(f), 'w');
        assert_int_equal(fstat(fileno(f), &st), 0);
        assert_int_equal(st.st_nlink, 0);
        fclose(f);
    }
    names_needed = false;
}

/* Every number that half precision has, and what lies between. */
static void test_halves(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 0x10000; h++) {
        const float x = sfd_f16_float((uint16_t)h);
        if (isnan(x))
            assert_true(isnan(sfd_f16_float(sfd_f16_of(x))));
        else
            assert_int_equal(sfd_f16_of(x), h);
        if (h % 0x8000 >= 0x7BFF)
            continue;
        const float next = sfd_f16_float((uint16_t)(h + 1)), middle = (x + next) / 2;
        assert_int_equal(sfd_f16_of(middle), h + (h & 1)); /* ties to even */
        assert_int_equal(sfd_f16_of(nextafterf(middle, x)), h);
        assert_int_equal(sfd_f16_of(nextafterf(middle, next)), h + 1);
    }
    assert_int_equal(sfd_f16_of(65519.99f), 0x7BFF);
    assert_int_equal(sfd_f16_of(65520), 0x7C00);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_npz),         cmocka_unit_test(test_zip64),
        cmocka_unit_test(test_safetensors), cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_spool),       cmocka_unit_test(test_halves),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
