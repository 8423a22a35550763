/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as csv: rows equal those of a plain splitter by Python's rules. */
#include "base/csv.h"
#include "base/encoding.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Rows as text: each field behind 0x1F, each row behind 0x1E. */
typedef struct dump {
    char *text;
    size_t n, n_alloc;
} dump;

static void put(dump *d, char c)
{
    if (d->n == d->n_alloc) {
        d->n_alloc = d->n_alloc * 2 + 64;
        d->text = realloc(d->text, d->n_alloc);
        if (!d->text)
            abort();
    }
    d->text[d->n++] = c;
}

static sfd_status dump_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    (void)err;
    put(user, 0x1E);
    for (size_t i = 0; i < row->n_fields; i++) {
        put(user, 0x1F);
        for (size_t k = 0; k < row->fields[i].length; k++)
            put(user, row->fields[i].text[k]);
    }
    return SFD_OK;
}

/* As Python's csv module: a state machine over text whose line ends are LF already. */
static void split_plainly(dump *d, const char *text, size_t n)
{
    enum { ROW, FIELD, PLAIN, QUOTED, CLOSED } state = ROW;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '\r' && i + 1 < n && text[i + 1] == '\n')
            continue;
        if (c == '\r')
            c = '\n';
        bool first = state == ROW || state == FIELD;
        if (state == ROW) {
            put(d, 0x1E);
            if (c == '\n')
                continue;
        }
        if (first)
            put(d, 0x1F);
        if (state == QUOTED) {
            if (c == '"')
                state = CLOSED;
            else
                put(d, c);
        } else if (c == '\n') {
            state = ROW;
        } else if (c == ',') {
            state = FIELD;
        } else if (c == '"' && (first || state == CLOSED)) {
            if (state == CLOSED)
                put(d, c);
            state = QUOTED;
        } else {
            put(d, c);
            state = PLAIN;
        }
    }
    if (state == FIELD)
        put(d, 0x1F);
}

/* As Python's utf-8-sig has it, a quote behind a byte order mark opens the field; the mark stays,
 * within it. */
static void split_marked(dump *d, const char *text, size_t n)
{
    char *copy = malloc(n + 1);
    if (!copy)
        abort();
    memcpy(copy, text, n);
    if (n >= 4 && memcmp(text, "\xEF\xBB\xBF\"", 4) == 0)
        memcpy(copy, "\"\xEF\xBB\xBF", 4);
    split_plainly(d, copy, n);
    free(copy);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    dump ours = {0}, plain = {0};
    sfd_utf8_state utf8 = {0};
    sfd_error err;
    const char *text = (const char *)data;
    bool valid = sfd_utf8_prefix(&utf8, text, size) == size && utf8.pending == 0 &&
                 sfd_refuse_utf16(text, size, "fuzz", NULL) == SFD_OK;
    sfd_status st = sfd_csv_parse("fuzz", data, size, dump_row, &ours, &err);
    if (size < SFD_CSV_MAX_FIELDS) {
        if ((st == SFD_OK) != valid)
            abort();
        split_marked(&plain, text, size);
        if (valid &&
            (ours.n != plain.n || (ours.n > 0 && memcmp(ours.text, plain.text, ours.n) != 0)))
            abort();
    }
    free(ours.text);
    free(plain.text);
    return 0;
}
