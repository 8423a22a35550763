/* SPDX-License-Identifier: Apache-2.0 */
/* Matrices of floats in NumPy's files. */
#include "base/npy.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/f16.h"
#include "base/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_MAGIC  6
#define MAX_DIMS 2

/* ------------------------------------------------------------------ the dictionary */

typedef struct parser {
    const char *at, *end;
    const char *path;
    sfd_npy_layout *out;
    sfd_error *err;
} parser;

static void skip_blanks(parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\t'))
        p->at++;
}

static bool take(parser *p, const char *text)
{
    const size_t n = strlen(text);
    skip_blanks(p);
    if ((size_t)(p->end - p->at) < n || memcmp(p->at, text, n) != 0)
        return false;
    p->at += n;
    return true;
}

static sfd_status fail_head(const parser *p)
{
    return sfd_fail(p->err, SFD_ERR_FORMAT, "%s: the head of this NumPy file is damaged", p->path);
}

/* Text in quotes of either kind, without escapes; NULL where there is none. */
static const char *take_text(parser *p, size_t *n)
{
    skip_blanks(p);
    if (p->at == p->end || (*p->at != '\'' && *p->at != '"'))
        return NULL;
    const char *text = p->at + 1;
    const char *quote = memchr(text, *p->at, (size_t)(p->end - text));
    if (!quote)
        return NULL;
    *n = (size_t)(quote - text);
    p->at = quote + 1;
    return text;
}

static sfd_status fail_type(const parser *p, const char *text, size_t n)
{
    return sfd_fail(p->err, SFD_ERR_UNSUPPORTED,
                    "%s: elements of type \"%.*s\"; wanted floats (f2, f4, f8)", p->path,
                    n < 40 ? (int)n : 40, text);
}

static sfd_status read_type(parser *p)
{
    size_t n;
    const char *text = take_text(p, &n);
    if (!text)
        return fail_type(p, "a list of fields", 16);
    if (n != 3 || !memchr("<>=", text[0], 3) || text[1] != 'f' || !memchr("248", text[2], 3))
        return fail_type(p, text, n);
    p->out->big_endian = text[0] == '>';
    p->out->element_bytes = text[2] - '0';
    return SFD_OK;
}

static bool take_size(parser *p, size_t *size)
{
    const char *first;
    *size = 0;
    skip_blanks(p);
    for (first = p->at; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++)
        if (!sfd_mul_size(*size, 10, size) ||
            __builtin_add_overflow(*size, (size_t)(*p->at - '0'), size))
            return false;
    const bool any = p->at > first;
    take(p, "L"); /* Python 2 spells some sizes so */
    return any;
}

static sfd_status read_shape(parser *p)
{
    size_t dims[MAX_DIMS] = {0}, n = 0, size;
    if (!take(p, "("))
        return fail_head(p);
    while (!take(p, ")")) {
        if (!take_size(p, &size))
            return fail_head(p);
        if (n < MAX_DIMS)
            dims[n] = size;
        n++;
        if (!take(p, ",") && (p->at == p->end || *p->at != ')'))
            return fail_head(p);
    }
    if (n != MAX_DIMS)
        return sfd_fail(p->err, SFD_ERR_UNSUPPORTED,
                        "%s: an array of %zu dimension%s, wanted 2: rows and columns", p->path, n,
                        sfd_plural(n));
    p->out->n_rows = dims[0];
    p->out->n_columns = dims[1];
    return SFD_OK;
}

static sfd_status read_order(parser *p)
{
    p->out->by_columns = take(p, "True");
    return p->out->by_columns || take(p, "False") ? SFD_OK : fail_head(p);
}

static sfd_status read_dictionary(parser *p)
{
    static const struct {
        const char *key;
        sfd_status (*read)(parser *p);
    } members[] = {{"descr", read_type}, {"fortran_order", read_order}, {"shape", read_shape}};
    unsigned seen = 0;
    if (!take(p, "{"))
        return fail_head(p);
    while (!take(p, "}")) {
        size_t n, i = 0;
        const char *key = take_text(p, &n);
        if (!key || !take(p, ":"))
            return fail_head(p);
        while (i < 3 && (strlen(members[i].key) != n || memcmp(members[i].key, key, n) != 0))
            i++;
        if (i == 3 || seen >> i & 1)
            return fail_head(p);
        const sfd_status status = members[i].read(p);
        if (status != SFD_OK)
            return status;
        seen |= 1U << i;
        skip_blanks(p);
        if (!take(p, ",") && (p->at == p->end || *p->at != '}'))
            return fail_head(p);
    }
    return seen == 7 ? SFD_OK : fail_head(p);
}

/* ------------------------------------------------------------------ the head */

sfd_status sfd_npy_read_head(sfd_npy_layout *out, const char *path, const void *data, size_t n,
                             sfd_error *err)
{
    const unsigned char *b = data;
    *out = (sfd_npy_layout){0};
    if (n < N_MAGIC + 2 || memcmp(b, "\x93NUMPY", N_MAGIC) != 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: is no NumPy file (.npy)", path);
    if (b[N_MAGIC] < 1 || b[N_MAGIC] > 3)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: version %d of NumPy's format; 1 to 3 are read", path, b[N_MAGIC]);
    const size_t n_length = b[N_MAGIC] == 1 ? 2 : 4, from = N_MAGIC + 2 + n_length;
    size_t length = 0;
    for (size_t i = 0; i < n_length && N_MAGIC + 2 + i < n; i++)
        length |= (size_t)b[N_MAGIC + 2 + i] << 8 * i;
    if (n < from || length > SFD_NPY_MAX_HEAD - from || length > n - from)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: the head of this NumPy file is damaged", path);
    out->at = from + length;
    parser p = {.at = (const char *)b + from,
                .end = (const char *)b + out->at,
                .path = path,
                .out = out,
                .err = err};
    return read_dictionary(&p);
}

static sfd_status read_head(sfd_npy *a, size_t n_bytes, sfd_error *err)
{
    const size_t n = n_bytes < SFD_NPY_MAX_HEAD ? n_bytes : SFD_NPY_MAX_HEAD;
    sfd_npy_layout *l = &a->layout;
    size_t n_elements, n_data;
    unsigned char *head = sfd_malloc_array(n + 1, 1);
    if (!head)
        return sfd_fail_nomem(err, a->path);
    sfd_status status = sfd_read_at(a->fd, 0, head, n) ? sfd_npy_read_head(l, a->path, head, n, err)
                                                       : sfd_fail_shrunk(err, a->path);
    free(head);
    if (status != SFD_OK)
        return status;
    if (!sfd_mul_size(l->n_rows, l->n_columns, &n_elements) ||
        !sfd_mul_size(n_elements, (size_t)l->element_bytes, &n_data) || n_data > n_bytes - l->at)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: is cut off: %zu bytes follow the head, which speaks of %zu x %zu "
                        "elements of %d bytes",
                        a->path, n_bytes - l->at, l->n_rows, l->n_columns, l->element_bytes);
    return SFD_OK;
}

sfd_status sfd_npy_open(sfd_npy *a, const char *path, sfd_error *err)
{
    size_t n_bytes;
    *a = (sfd_npy){.fd = -1};
    a->path = sfd_strdup(path);
    if (!a->path)
        return sfd_fail_nomem(err, path);
    a->fd = sfd_open_to_read(path, &n_bytes, err);
    return a->fd < 0 ? SFD_ERR_IO : read_head(a, n_bytes, err);
}

void sfd_npy_close(sfd_npy *a)
{
    if (a->path && a->fd >= 0)
        close(a->fd);
    free(a->path);
    *a = (sfd_npy){.fd = -1};
}

/* ------------------------------------------------------------------ elements */

static float element(const sfd_npy_layout *l, const unsigned char *bytes)
{
    uint64_t bits = 0;
    for (int i = 0; i < l->element_bytes; i++)
        bits |= (uint64_t)bytes[i] << 8 * (l->big_endian ? l->element_bytes - 1 - i : i);
    if (l->element_bytes == 2)
        return sfd_f16_float((uint16_t)bits);
    if (l->element_bytes == 4)
        return sfd_f32_of_bits((uint32_t)bits);
    double value;
    memcpy(&value, &bits, sizeof value);
    return (float)value;
}

/* Elements that lie together, every `step` floats of `out`. */
static sfd_status read_run(const sfd_npy *a, size_t first, size_t n, unsigned char *bytes,
                           float *out, size_t step, sfd_error *err)
{
    const sfd_npy_layout *l = &a->layout;
    const size_t size = (size_t)l->element_bytes;
    if (!sfd_read_at(a->fd, l->at + first * size, bytes, n * size))
        return sfd_fail_shrunk(err, a->path);
    for (size_t i = 0; i < n; i++) {
        const float value = element(l, bytes + i * size);
        const size_t at = first + i;
        if (!isfinite(value))
            return sfd_fail(err, SFD_ERR_FORMAT,
                            "%s: row %zu, column %zu: %g is not a finite float", a->path,
                            l->by_columns ? at % l->n_rows : at / l->n_columns,
                            l->by_columns ? at / l->n_rows : at % l->n_columns, (double)value);
        out[i * step] = value;
    }
    return SFD_OK;
}

sfd_status sfd_npy_read(const sfd_npy *a, size_t first, size_t n, float *out, sfd_error *err)
{
    const sfd_npy_layout *l = &a->layout;
    const size_t row = l->n_columns, longest = l->by_columns ? n : n * row;
    sfd_status status = SFD_OK;
    if (n == 0 || row == 0)
        return SFD_OK;
    unsigned char *bytes = sfd_malloc_array(longest, (size_t)l->element_bytes);
    if (!bytes)
        return sfd_fail_nomem(err, a->path);
    if (!l->by_columns)
        status = read_run(a, first * row, n * row, bytes, out, 1, err);
    for (size_t i = 0; l->by_columns && i < row && status == SFD_OK; i++)
        status = read_run(a, i * l->n_rows + first, n, bytes, out + i, row, err);
    free(bytes);
    return status;
}
