/* SPDX-License-Identifier: Apache-2.0 */
/* Comma-separated values: bytes -> UTF-8 check -> respelling -> libcsv -> rows. */
#include "base/csv.h"

#include "base/alloc.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "base/unpack.h"
#include "base/utf8.h"

#include <csv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (128 * 1024)
#define MAX_SHOWN   60
#define QUOTED_MARK ((char)0xFF) /* a byte that UTF-8 does not have */

/* Where the respelling stands in the current field. */
typedef enum quoting {
    FIELD_START,
    UNQUOTED,
    QUOTED,
    QUOTE_SEEN, /* in a quoted field, after a quote that closes it or is the first of two */
    TAIL        /* unquoted text after a closing quote */
} quoting;

typedef struct reader {
    const char *path;
    sfd_csv_row_fn fn;
    void *user;
    sfd_error *err;
    sfd_status status;

    struct csv_parser parser;
    char *respelled; /* [2 * CHUNK_BYTES] */
    quoting quoting;
    bool after_cr;
    bool seen_quotes;
    bool begun;

    uint64_t line; /* of the current row's first character */
    sfd_utf8_state utf8;

    char *text; /* fields of the current row, each with a final zero */
    size_t n_text, n_text_alloc;
    size_t n_fields;
    size_t starts[SFD_CSV_MAX_FIELDS + 1];
    bool quoted[SFD_CSV_MAX_FIELDS];
    sfd_csv_field fields[SFD_CSV_MAX_FIELDS];
} reader;

/* ---- rows, from libcsv's callbacks, which cannot stop the parser: after an error they idle ----
 */

static void append_field(void *data, size_t n, void *user)
{
    reader *r = user;
    const char *text = data;
    if (r->status != SFD_OK)
        return;
    const bool quoted = n > 0 && *text == QUOTED_MARK;
    text += quoted;
    n -= quoted;
    if (r->n_fields == SFD_CSV_MAX_FIELDS) {
        r->status = sfd_fail(r->err, SFD_ERR_FORMAT, "%s: line %llu: more than %d columns", r->path,
                             (unsigned long long)r->line, SFD_CSV_MAX_FIELDS);
        return;
    }
    if (n > SFD_CSV_MAX_ROW_BYTES - r->n_text - 1) {
        r->status = sfd_fail(r->err, SFD_ERR_FORMAT, "%s: line %llu: row of more than %d bytes",
                             r->path, (unsigned long long)r->line, SFD_CSV_MAX_ROW_BYTES);
        return;
    }
    while (r->n_text_alloc < r->n_text + n + 1) {
        if (!sfd_grow(&r->text, &r->n_text_alloc, r->n_text_alloc, 1)) {
            r->status = sfd_fail_nomem(r->err, r->path);
            return;
        }
    }
    r->quoted[r->n_fields] = quoted;
    r->starts[r->n_fields++] = r->n_text;
    if (n > 0)
        memcpy(r->text + r->n_text, text, n);
    r->text[r->n_text + n] = '\0';
    r->n_text += n + 1;
}

static uint64_t count_lines(const char *text, size_t n)
{
    uint64_t lines = 0;
    const char *end = text + n;
    while (text < end && (text = memchr(text, '\n', (size_t)(end - text)))) {
        lines++;
        text++;
    }
    return lines;
}

static void finish_row(int terminator, void *user)
{
    (void)terminator;
    reader *r = user;
    if (r->status != SFD_OK)
        return;
    r->starts[r->n_fields] = r->n_text;
    for (size_t i = 0; i < r->n_fields; i++)
        r->fields[i] = (sfd_csv_field){r->text + r->starts[i], r->starts[i + 1] - r->starts[i] - 1,
                                       r->quoted[i]};
    sfd_csv_row row = {r->path, r->line, r->n_fields, r->fields};
    r->status = r->fn(r->user, &row, r->err);
    r->line += 1 + (r->seen_quotes && r->n_text ? count_lines(r->text, r->n_text) : 0);
    r->n_fields = r->n_text = 0;
}

static int no_spaces(unsigned char c)
{
    (void)c;
    return 0;
}

/* ---- respelling ---- */

/* libcsv takes CR and LF each as the end of a row, and keeps the closing quote of `"a"b` and stays
 * inside it. So line ends become LF, and such a field becomes `"ab"`, quotes in its tail doubled.
 * Of quotes it tells nothing: a mark is put behind the opening one. Every byte becomes at most two.
 */
static size_t respell(reader *r, const char *in, size_t n)
{
    char *out = r->respelled;
    for (size_t i = 0; i < n; i++) {
        char c = in[i];
        bool second_of_crlf = c == '\n' && r->after_cr;
        r->after_cr = c == '\r';
        if (second_of_crlf)
            continue;
        if (c == '\r')
            c = '\n';
        bool ends_field = c == ',' || c == '\n';
        switch (r->quoting) {
        case FIELD_START:
            r->quoting = ends_field ? FIELD_START : c == '"' ? QUOTED : UNQUOTED;
            if (c == '"') {
                *out++ = '"';
                c = QUOTED_MARK;
            }
            break;
        case UNQUOTED:
            if (ends_field)
                r->quoting = FIELD_START;
            break;
        case QUOTED:
            if (c == '"') {
                r->quoting = QUOTE_SEEN;
                continue;
            }
            break;
        case QUOTE_SEEN:
            if (c == '"' || ends_field)
                *out++ = '"';
            r->quoting = c == '"' ? QUOTED : ends_field ? FIELD_START : TAIL;
            break;
        case TAIL:
            if (c == '"' || ends_field)
                *out++ = '"';
            if (ends_field)
                r->quoting = FIELD_START;
            break;
        }
        *out++ = c;
    }
    return (size_t)(out - r->respelled);
}

/* ---- reading ---- */

static sfd_status feed_libcsv(reader *r, const char *text, size_t n)
{
    if (csv_parse(&r->parser, text, n, append_field, finish_row, r) != n)
        return sfd_fail_nomem(r->err, r->path);
    if (r->status == SFD_OK && r->parser.entry_pos > SFD_CSV_MAX_ROW_BYTES)
        return sfd_fail(r->err, SFD_ERR_FORMAT, "%s: line %llu: field of more than %d bytes%s",
                        r->path, (unsigned long long)r->line, SFD_CSV_MAX_ROW_BYTES,
                        r->quoting == QUOTED ? ", is a closing quote missing?" : "");
    return r->status;
}

static sfd_status feed_valid(reader *r, const char *text, size_t n)
{
    bool quotes = memchr(text, '"', n) != NULL;
    r->seen_quotes |= quotes;
    bool plain = !quotes && !r->after_cr && r->quoting <= UNQUOTED && !memchr(text, '\r', n);
    if (!plain) {
        size_t n_respelled = respell(r, text, n);
        return feed_libcsv(r, r->respelled, n_respelled);
    }
    if (n > 0)
        r->quoting = text[n - 1] == ',' || text[n - 1] == '\n' ? FIELD_START : UNQUOTED;
    return feed_libcsv(r, text, n);
}

/* At most CHUNK_BYTES. What precedes an invalid byte is read first, so that the line is known. */
static sfd_status feed(reader *r, const char *text, size_t n)
{
    sfd_status st = SFD_OK;
    if (!r->begun && sfd_refuse_utf16(text, n, r->path, r->err) != SFD_OK)
        return SFD_ERR_FORMAT;
    if (!r->begun && n >= 4 && memcmp(text, "\xEF\xBB\xBF\"", 4) == 0) {
        st = feed_valid(r, "\"\xEF\xBB\xBF", 4);
        text += 4;
        n -= 4;
    }
    r->begun = true;
    size_t n_valid = sfd_utf8_prefix(&r->utf8, text, n);
    if (st == SFD_OK)
        st = feed_valid(r, text, n_valid);
    if (st == SFD_OK && n_valid < n)
        st = sfd_fail(r->err, SFD_ERR_FORMAT, "%s: line %llu: byte 0x%02X is not valid UTF-8 text",
                      r->path, (unsigned long long)r->line, (unsigned)(unsigned char)text[n_valid]);
    return st;
}

static sfd_status feed_end(reader *r)
{
    if (r->utf8.pending > 0)
        return sfd_fail(r->err, SFD_ERR_FORMAT, "%s: line %llu: ends inside a UTF-8 character",
                        r->path, (unsigned long long)r->line);
    if (csv_fini(&r->parser, append_field, finish_row, r) != 0)
        return sfd_fail_nomem(r->err, r->path);
    return r->status;
}

static sfd_status open_reader(reader **out, const char *path, sfd_csv_row_fn fn, void *user,
                              sfd_error *err)
{
    *out = NULL;
    reader *r = sfd_calloc(1, sizeof *r);
    if (!r || csv_init(&r->parser, CSV_REPALL_NL) != 0) {
        free(r);
        return sfd_fail_nomem(err, path);
    }
    r->path = path;
    r->fn = fn;
    r->user = user;
    r->err = err;
    r->line = 1;
    csv_set_space_func(&r->parser, no_spaces);
    csv_set_blk_size(&r->parser, 4096);
    r->respelled = malloc(2 * CHUNK_BYTES);
    if (!r->respelled) {
        csv_free(&r->parser);
        free(r);
        return sfd_fail_nomem(err, path);
    }
    *out = r;
    return SFD_OK;
}

static void close_reader(reader *r)
{
    csv_free(&r->parser);
    free(r->respelled);
    free(r->text);
    free(r);
}

sfd_status sfd_csv_parse(const char *name, const void *data, size_t n_bytes, sfd_csv_row_fn fn,
                         void *user, sfd_error *err)
{
    reader *r;
    sfd_status st = open_reader(&r, name, fn, user, err);
    if (st != SFD_OK)
        return st;
    const char *text = data;
    while (st == SFD_OK && n_bytes > 0) {
        size_t n = n_bytes < CHUNK_BYTES ? n_bytes : CHUNK_BYTES;
        st = feed(r, text, n);
        text += n;
        n_bytes -= n;
    }
    if (st == SFD_OK)
        st = feed_end(r);
    close_reader(r);
    return st;
}

sfd_status sfd_csv_read(const char *path, sfd_csv_row_fn fn, void *user, sfd_error *err)
{
    const char *name = strcmp(path, "-") == 0 ? "stdin" : path;
    reader *r = NULL;
    sfd_unpacker in = {0};
    size_t n = 1;
    char *chunk = malloc(CHUNK_BYTES);
    sfd_status st =
        chunk ? sfd_unpacker_open(&in, path, "a csv file", err) : sfd_fail_nomem(err, name);
    if (st == SFD_OK)
        st = open_reader(&r, name, fn, user, err);
    while (st == SFD_OK && n > 0) {
        st = sfd_unpacker_read(&in, chunk, CHUNK_BYTES, &n, err);
        if (st == SFD_OK)
            st = n > 0 ? feed(r, chunk, n) : feed_end(r);
    }
    if (r)
        close_reader(r);
    sfd_unpacker_close(&in);
    free(chunk);
    return st;
}

sfd_status sfd_csv_fail(sfd_error *err, const sfd_csv_row *row, size_t field, const char *what,
                        const char *wanted)
{
    const sfd_csv_field *f = &row->fields[field];
    const size_t n = f->length < MAX_SHOWN ? f->length : MAX_SHOWN, n_text = strnlen(f->text, n);
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: line %llu, column %zu (%s): \"%.*s%s%s\" is not %s",
                    row->path, (unsigned long long)row->line, field + 1, what, (int)n_text, f->text,
                    n_text < n ? "\\0" : "", n_text < f->length ? "..." : "", wanted);
}

bool sfd_csv_number(const sfd_csv_row *row, size_t field, double *value)
{
    const sfd_csv_field *f = field < row->n_fields ? &row->fields[field] : NULL;
    return f && sfd_parse_double(f->text, f->length, value) && isfinite(*value);
}

sfd_status sfd_csv_read_number(const sfd_csv_row *row, size_t field, const char *what,
                               double *value, sfd_error *err)
{
    return sfd_csv_number(row, field, value) ? SFD_OK
                                             : sfd_csv_fail(err, row, field, what, "a number");
}
