/* SPDX-License-Identifier: Apache-2.0 */
/* Writing pickles: opcodes of Python's pickletools, arrays as NumPy reduces them. */
#include "pickle/pickle_write.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

static void put_le(FILE *f, uint64_t v, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        fputc((int)(v >> 8 * i & 0xff), f);
}

void sfd_pickle_begin(FILE *f)
{
    fputs("\x80\x03", f);
}

void sfd_pickle_stop(FILE *f)
{
    fputc('.', f);
}

void sfd_pickle_open_dict(FILE *f)
{
    fputs("}(", f);
}

void sfd_pickle_close_dict(FILE *f)
{
    fputc('u', f);
}

void sfd_pickle_open_list(FILE *f)
{
    fputs("](", f);
}

void sfd_pickle_close_list(FILE *f)
{
    fputc('e', f);
}

void sfd_pickle_text(FILE *f, const char *text)
{
    fputc('X', f);
    put_le(f, strlen(text), 4);
    for (const char *c = text; *c;) {
        const size_t n = sfd_utf8_length(c);
        if (n > 0)
            fwrite(c, 1, n, f);
        else
            fputc('?', f);
        c += n > 0 ? n : 1;
    }
}

void sfd_pickle_int(FILE *f, int64_t v)
{
    if (v >= INT32_MIN && v <= INT32_MAX) {
        fputc('J', f);
        put_le(f, (uint64_t)v, 4);
    } else {
        fputs("\x8a\x08", f);
        put_le(f, (uint64_t)v, 8);
    }
}

void sfd_pickle_pair(FILE *f, int64_t a, int64_t b)
{
    sfd_pickle_int(f, a);
    sfd_pickle_int(f, b);
    fputc('\x86', f);
}

static bool fit_floats(const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((double)(float)values[i] != values[i])
            return false;
    return true;
}

static void put_elements(FILE *f, const double *values, size_t n, bool narrow)
{
    for (size_t i = 0; i < n; i++) {
        const float single = (float)values[i];
        uint32_t bits32;
        uint64_t bits64;
        memcpy(&bits32, &single, 4);
        memcpy(&bits64, &values[i], 8);
        put_le(f, narrow ? bits32 : bits64, narrow ? 4 : 8);
    }
}

void sfd_pickle_array(FILE *f, const double *values, size_t n, size_t columns)
{
    const bool narrow = fit_floats(values, n * columns);
    /* _reconstruct(ndarray, (0,), b"b"), then its state: 1, shape, dtype, not Fortran, bytes */
    fputs("cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n", f);
    fwrite("K\0\x85"
           "C\x01"
           "b\x87R(K\x01",
           1, 11, f);
    sfd_pickle_pair(f, (int64_t)n, (int64_t)columns);
    fputs("cnumpy\ndtype\n", f);
    sfd_pickle_text(f, narrow ? "f4" : "f8");
    fputs("\x89\x88\x87R(K\x03", f);
    sfd_pickle_text(f, "<");
    fputs("NNN", f);
    sfd_pickle_int(f, -1);
    sfd_pickle_int(f, -1);
    fwrite("K\0tb\x89"
           "B",
           1, 6, f);
    put_le(f, n * columns * (narrow ? 4 : 8), 4);
    put_elements(f, values, n * columns, narrow);
    fputs("tb", f);
}
