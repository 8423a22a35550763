/* SPDX-License-Identifier: Apache-2.0 */
/* Matrices in NumPy's files: what is read, and what is refused in words. */
#include "base/npy.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX_FILE 4096

typedef struct made {
    unsigned char bytes[MAX_FILE];
    size_t n, n_head;
} made;

/* A head of the given version around a dictionary. */
static made make_head(int version, const char *dictionary)
{
    made f = {.n = strlen(dictionary)};
    const size_t n_length = version == 1 ? 2 : 4;
    memcpy(f.bytes, "\x93NUMPY", 6);
    f.bytes[6] = (unsigned char)version;
    for (size_t i = 0; i < n_length; i++)
        f.bytes[8 + i] = (unsigned char)(f.n >> 8 * i);
    memcpy(f.bytes + 8 + n_length, dictionary, f.n);
    f.n = f.n_head = f.n + 8 + n_length;
    return f;
}

/* Elements 0, 1, 2 ... as `size` bytes of floats. */
static made make_file(int version, const char *dictionary, size_t n, size_t size, bool big)
{
    made f = make_head(version, dictionary);
    for (size_t i = 0; i < n; i++) {
        static const uint16_t halves[] = {0, 0x3C00, 0x4000, 0x4200, 0x4400, 0x4500};
        const float single = (float)i;
        const double twice = (double)i;
        unsigned char b[8];
        memcpy(b,
               size == 2   ? (const void *)&halves[i]
               : size == 4 ? (const void *)&single
                           : &twice,
               size);
        for (size_t k = 0; k < size; k++)
            f.bytes[f.n++] = b[big ? size - 1 - k : k];
    }
    return f;
}

static sfd_status open_bytes(sfd_npy *a, const made *f, size_t n, sfd_error *err)
{
    char path[] = "/tmp/sfdet-npy-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, f->bytes, n), (ssize_t)n);
    close(fd);
    const sfd_status status = sfd_npy_open(a, path, err);
    unlink(path);
    return status;
}

/* 2 x 3, read in whole and its second row. */
static void check_read(const made *f, const float wanted[6])
{
    sfd_npy a;
    sfd_error err = {0};
    float got[6], row[3];
    if (open_bytes(&a, f, f->n, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_int_equal(a.layout.n_rows, 2);
    assert_int_equal(a.layout.n_columns, 3);
    assert_int_equal(sfd_npy_read(&a, 0, 2, got, &err), SFD_OK);
    assert_memory_equal(got, wanted, sizeof got);
    assert_int_equal(sfd_npy_read(&a, 1, 1, row, &err), SFD_OK);
    assert_memory_equal(row, wanted + 3, sizeof row);
    sfd_npy_close(&a);
}

static void test_layouts(void **state)
{
    (void)state;
    static const float rows[] = {0, 1, 2, 3, 4, 5}, columns[] = {0, 2, 4, 1, 3, 5};
    static const struct {
        const char *dictionary;
        int version;
        size_t size;
        bool big, by_columns;
    } cases[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }      \n", 1, 4, false, false},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n", 1, 4, false, true},
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3)}", 1, 4, true, false},
        {"{\"shape\":(2,3),\"fortran_order\":True,\"descr\":\">f8\"}", 2, 8, true, true},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 3L), }\n", 1, 8, false, false},
        {"{'descr': '=f2', 'fortran_order': False, 'shape': (2, 3,), }\n", 3, 2, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const made f =
            make_file(cases[i].version, cases[i].dictionary, 6, cases[i].size, cases[i].big);
        check_read(&f, cases[i].by_columns ? columns : rows);
    }
}

static void check_refused(const made *f, size_t n, sfd_status wanted, const char *message)
{
    sfd_npy a;
    sfd_error err = {0};
    const sfd_status status = open_bytes(&a, f, n, &err);
    sfd_npy_close(&a);
    if (status != wanted || !strstr(err.message, message))
        fail_msg("status %d, \"%s\"; wanted %d, \"%s\"", status, err.message, wanted, message);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *dictionary, *message;
        sfd_status status;
    } cases[] = {
        {"{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }",
         "elements of type \"<i4\"; wanted floats", SFD_ERR_UNSUPPORTED},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", "type \"|O\"",
         SFD_ERR_UNSUPPORTED},
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (2, 3), }", "type \"<c8\"",
         SFD_ERR_UNSUPPORTED},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3), }", "a list of fields",
         SFD_ERR_UNSUPPORTED},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", "an array of 1 dimension, ",
         SFD_ERR_UNSUPPORTED},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "an array of 0 dimensions, ",
         SFD_ERR_UNSUPPORTED},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }",
         "an array of 3 dimensions, wanted 2", SFD_ERR_UNSUPPORTED},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
         "is cut off: 24 bytes follow", SFD_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }",
         "is cut off: 24 bytes follow the head, which speaks of 2 x 4 elements of 4 bytes",
         SFD_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 1), }",
         "is damaged", SFD_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3), }", "is damaged",
         SFD_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3), }", "is damaged", SFD_ERR_FORMAT},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
         "is damaged", SFD_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False}", "is damaged", SFD_ERR_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1}", "is damaged",
         SFD_ERR_FORMAT},
        {"{'descr': '<f4' 'fortran_order': False, 'shape': (2, 3)}", "is damaged", SFD_ERR_FORMAT},
        {"", "is damaged", SFD_ERR_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const made f = make_file(1, cases[i].dictionary, 6, 4, false);
        check_refused(&f, f.n, cases[i].status, cases[i].message);
    }
    made f =
        make_file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 6, 4, false);
    f.bytes[6] = 4;
    check_refused(&f, f.n, SFD_ERR_UNSUPPORTED, "version 4 of NumPy's format");
    f.bytes[6] = 1;
    f.bytes[9] = 0xFF; /* a head far longer than the file */
    check_refused(&f, f.n, SFD_ERR_FORMAT, "is damaged");
    f.bytes[1] = 'X';
    check_refused(&f, f.n, SFD_ERR_FORMAT, "is no NumPy file");
    sfd_npy a;
    sfd_error err;
    assert_int_equal(sfd_npy_open(&a, "/nonexistent.npy", &err), SFD_ERR_IO);
    sfd_npy_close(&a);
}

/* At every byte. */
static void test_cut_off(void **state)
{
    (void)state;
    const made f =
        make_file(2, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n", 6, 4, false);
    for (size_t n = 0; n < f.n; n++)
        check_refused(&f, n, SFD_ERR_FORMAT,
                      n < 8          ? "is no NumPy file"
                      : n < f.n_head ? "is damaged"
                                     : "is cut off");
}

static void check_value(const char *type, const void *bytes, size_t size, const char *message)
{
    char dictionary[96];
    sfd_npy a;
    sfd_error err = {0};
    float got[6];
    snprintf(dictionary, sizeof dictionary,
             "{'descr': '%s', 'fortran_order': False, 'shape': (2, 3), }", type);
    made f = make_file(1, dictionary, 6, size, false);
    memcpy(f.bytes + f.n_head + 4 * size, bytes, size);
    assert_int_equal(open_bytes(&a, &f, f.n, &err), SFD_OK);
    assert_int_equal(sfd_npy_read(&a, 0, 1, got, &err), SFD_OK);
    assert_int_equal(sfd_npy_read(&a, 1, 1, got, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, message));
    sfd_npy_close(&a);
}

static void test_values(void **state)
{
    (void)state;
    check_value("<f4", &(float){NAN}, 4, "row 1, column 1: ");
    check_value("<f4", &(float){-INFINITY}, 4, "-inf is not a finite float");
    check_value("<f8", &(double){1e300}, 8, "inf is not a finite float");
    check_value("<f2", &(uint16_t){0x7C00}, 2, "inf is not a finite float");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
