/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays whose rows come one by one. */
#include "base/arrays.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/spool.h"
#include "base/zip_write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define NPY_ALIGNMENT  64 /* of the data in their file */
#define NPY_PREFIX     10
#define NPY_HEAD       256
#define JSON_ALIGNMENT 8

typedef struct array {
    const char *name;
    sfd_dtype dtype;
    size_t width, row_bytes;
    bool text;
    FILE *rows;
    uint64_t n_rows;
    uLong crc; /* of the rows */
} array;

struct sfd_arrays {
    char *beside;
    array *list;
    size_t n, n_alloc;
};

bool sfd_arrays_format_of(sfd_arrays_format *out, const char *path)
{
    const char *dot = strrchr(path, '.');
    *out = dot && strcasecmp(dot, ".npz") == 0 ? SFD_ARRAYS_NPZ : SFD_ARRAYS_SAFETENSORS;
    return dot && (*out == SFD_ARRAYS_NPZ || strcasecmp(dot, ".safetensors") == 0);
}

sfd_status sfd_arrays_create(sfd_arrays **out, const char *beside, sfd_error *err)
{
    sfd_arrays *a = sfd_calloc(1, sizeof *a);
    *out = NULL;
    if (!a || !(a->beside = sfd_strdup(beside))) {
        free(a);
        return sfd_fail_nomem(err, beside);
    }
    *out = a;
    return SFD_OK;
}

void sfd_arrays_free(sfd_arrays *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->n; i++)
        fclose(a->list[i].rows);
    free(a->list);
    free(a->beside);
    free(a);
}

sfd_status sfd_arrays_declare(sfd_arrays *a, size_t *index, const char *name, sfd_dtype dtype,
                              size_t width, bool text, sfd_error *err)
{
    const size_t row_bytes = (width ? width : 1) * sfd_dtype_size(dtype);
    if (!sfd_grow(&a->list, &a->n_alloc, a->n, sizeof *a->list))
        return sfd_fail_nomem(err, a->beside);
    FILE *rows = sfd_spool_open(a->beside);
    if (!rows)
        return sfd_fail_errno(err, a->beside, "create a file beside it");
    a->list[a->n] = (array){.name = name,
                            .dtype = dtype,
                            .width = width,
                            .row_bytes = row_bytes,
                            .text = text,
                            .rows = rows,
                            .crc = crc32(0, NULL, 0)};
    *index = a->n++;
    return SFD_OK;
}

sfd_status sfd_arrays_add(sfd_arrays *a, size_t index, const void *rows, size_t n_rows,
                          sfd_error *err)
{
    array *x = &a->list[index];
    const size_t n = n_rows * x->row_bytes;
    if (n == 0)
        return SFD_OK;
    if (fwrite(rows, 1, n, x->rows) != n)
        return sfd_fail_errno(err, a->beside, "write");
    x->crc = crc32_z(x->crc, rows, n);
    x->n_rows += n_rows;
    return SFD_OK;
}

/* Some 64 kB at a time. */
static sfd_status copy_rows(const sfd_arrays *a, array *x, FILE *out, sfd_error *err)
{
    char bytes[1 << 16];
    uint64_t left = x->n_rows * x->row_bytes;
    if (fflush(x->rows) != 0 || fseeko(x->rows, 0, SEEK_SET) != 0)
        return sfd_fail_errno(err, a->beside, "write");
    while (left > 0) {
        const size_t n = left < sizeof bytes ? (size_t)left : sizeof bytes;
        if (fread(bytes, 1, n, x->rows) != n)
            return sfd_fail(err, SFD_ERR_IO, "%s: what was written beside it cannot be read",
                            a->beside);
        fwrite(bytes, 1, n, out);
        left -= n;
    }
    return SFD_OK;
}

/* -------------------------------------------------------------- safetensors */

static void print_tensor(FILE *f, const array *x, uint64_t from)
{
    const uint64_t end = from + x->n_rows * x->row_bytes;
    fprintf(f, ",\"%s\":{\"dtype\":\"%s\",\"shape\":[%" PRIu64, x->name, sfd_dtype_name(x->dtype),
            x->n_rows);
    if (x->width > 0)
        fprintf(f, ",%zu", x->width);
    fprintf(f, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", from, end);
}

/* Freed by the caller; NULL when memory is out. */
static char *safetensors_header(const sfd_arrays *a, const char *about, size_t *n)
{
    char *text = NULL;
    uint64_t at = 0;
    FILE *f = open_memstream(&text, n);
    if (!f)
        return NULL;
    fprintf(f, "{\"__metadata__\":{\"format\":\"%s\"}", about);
    for (size_t i = 0; i < a->n; i++) {
        print_tensor(f, &a->list[i], at);
        at += a->list[i].n_rows * a->list[i].row_bytes;
    }
    fputc('}', f);
    while (fflush(f) == 0 && *n % JSON_ALIGNMENT > 0)
        fputc(' ', f);
    if (fclose(f) == 0)
        return text;
    free(text);
    return NULL;
}

static sfd_status write_safetensors(sfd_arrays *a, const char *about, FILE *out, sfd_error *err)
{
    size_t n;
    char *text = safetensors_header(a, about, &n);
    sfd_status status = SFD_OK;
    if (!text)
        return sfd_fail_nomem(err, a->beside);
    for (int i = 0; i < 8; i++)
        putc((int)((uint64_t)n >> 8 * i & 0xFF), out);
    fwrite(text, 1, n, out);
    free(text);
    for (size_t i = 0; i < a->n && status == SFD_OK; i++)
        status = copy_rows(a, &a->list[i], out, err);
    return status;
}

/* ---------------------------------------------------------------------- npz */

static const char *numpy_type(char text[32], const array *x)
{
    const bool is_float = x->dtype == SFD_F16 || x->dtype == SFD_F32 || x->dtype == SFD_F64;
    const size_t size = sfd_dtype_size(x->dtype);
    if (x->text)
        snprintf(text, 32, "|S%zu", x->width);
    else
        snprintf(text, 32, "%c%c%zu", size == 1 ? '|' : '<',
                 is_float             ? 'f'
                 : x->dtype == SFD_U8 ? 'u'
                                      : 'i',
                 size);
    return text;
}

/* Its length. */
static size_t npy_head(unsigned char head[NPY_HEAD], const array *x)
{
    char type[32], width[32] = "", *text = (char *)head + NPY_PREFIX;
    if (x->width > 0 && !x->text)
        snprintf(width, sizeof width, " %zu", x->width);
    memset(head, ' ', NPY_HEAD);
    const int n = snprintf(text, NPY_HEAD - NPY_PREFIX,
                           "{'descr': '%s', 'fortran_order': False, 'shape': (%" PRIu64 ",%s), }",
                           numpy_type(type, x), x->n_rows, width);
    text[n] = ' ';
    const size_t whole = NPY_PREFIX + (size_t)n + 1,
                 total = (whole + NPY_ALIGNMENT - 1) / NPY_ALIGNMENT * NPY_ALIGNMENT;
    memcpy(head, "\x93NUMPY\x01\x00", 8);
    head[8] = (unsigned char)(total - NPY_PREFIX);
    head[9] = (unsigned char)((total - NPY_PREFIX) >> 8);
    head[total - 1] = '\n';
    return total;
}

static sfd_status write_npy(sfd_arrays *a, array *x, sfd_zip_writer *z, sfd_error *err)
{
    unsigned char head[NPY_HEAD];
    char name[SFD_ZIP_NAME];
    const size_t n_head = npy_head(head, x);
    const uint64_t n = x->n_rows * x->row_bytes;
    const uLong crc = crc32_combine(crc32_z(crc32(0, NULL, 0), head, n_head), x->crc, (z_off_t)n);
    snprintf(name, sizeof name, "%.40s.npy", x->name);
    const sfd_status status = sfd_zip_add(z, name, (uint32_t)crc, n_head + n, err);
    if (status != SFD_OK)
        return status;
    fwrite(head, 1, n_head, z->out);
    return copy_rows(a, x, z->out, err);
}

static sfd_status write_npz(sfd_arrays *a, FILE *out, sfd_error *err)
{
    sfd_zip_writer z;
    sfd_status status = SFD_OK;
    sfd_zip_begin(&z, out);
    for (size_t i = 0; i < a->n && status == SFD_OK; i++)
        status = write_npy(a, &a->list[i], &z, err);
    if (status == SFD_OK)
        sfd_zip_end(&z);
    sfd_zip_free(&z);
    return status;
}

sfd_status sfd_arrays_write(sfd_arrays *a, sfd_arrays_format format, const char *about, FILE *out,
                            sfd_error *err)
{
    return format == SFD_ARRAYS_NPZ ? write_npz(a, out, err)
                                    : write_safetensors(a, about, out, err);
}
