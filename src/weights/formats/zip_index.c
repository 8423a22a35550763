/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of a zip archive. */
#include "weights/formats/zip_index.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define END_SIGNATURE       0x06054B50U
#define END_BYTES           22
#define END64_SIGNATURE     0x06064B50U
#define END64_BYTES         56
#define LOCATOR_SIGNATURE   0x07064B50U
#define LOCATOR_BYTES       20
#define DIRECTORY_SIGNATURE 0x02014B50U
#define DIRECTORY_BYTES     46
#define LOCAL_SIGNATURE     0x04034B50U
#define LOCAL_BYTES         30
#define MAX_COMMENT         65535
#define ZIP64_EXTRA         1
#define ENCRYPTED_FLAG      1U

typedef struct archive {
    const sfd_mapping *file;
    const unsigned char *data; /* the file's; what is looked at must be loaded */
    size_t n_bytes;
    const char *origin;
    sfd_error *err;
    uint64_t n_entries, directory, n_directory; /* count, offset, bytes */
} archive;

static uint64_t number(const unsigned char *p, int n)
{
    uint64_t value = 0;
    for (int i = n - 1; i >= 0; i--)
        value = value << 8 | p[i];
    return value;
}

static sfd_status fail(const archive *a, const char *problem)
{
    return sfd_fail(a->err, SFD_ERR_FORMAT, "%s: damaged zip archive: %s", a->origin, problem);
}

static sfd_status load(const archive *a, uint64_t at, uint64_t n)
{
    return sfd_mapping_load(a->file, (size_t)at, (size_t)n) ? SFD_OK
                                                            : sfd_fail_shrunk(a->err, a->origin);
}

/* The end record is the last thing in the file but for a comment. */
static const unsigned char *find_end(const archive *a)
{
    size_t comment = 0;
    for (; comment <= MAX_COMMENT && comment + END_BYTES <= a->n_bytes; comment++) {
        const unsigned char *p = a->data + a->n_bytes - comment - END_BYTES;
        if (number(p, 4) == END_SIGNATURE && number(p + 20, 2) == comment)
            return p;
    }
    return NULL;
}

static sfd_status read_end64(archive *a, const unsigned char *end)
{
    const unsigned char *locator = end - LOCATOR_BYTES;
    if ((size_t)(end - a->data) < LOCATOR_BYTES || number(locator, 4) != LOCATOR_SIGNATURE)
        return SFD_OK;
    uint64_t at = number(locator + 8, 8), limit = (uint64_t)(locator - a->data);
    if (limit < END64_BYTES || at > limit - END64_BYTES)
        return fail(a, "its zip64 end record is missing");
    sfd_status status = load(a, at, END64_BYTES);
    if (status != SFD_OK)
        return status;
    if (number(a->data + at, 4) != END64_SIGNATURE)
        return fail(a, "its zip64 end record is missing");
    a->n_entries = number(a->data + at + 32, 8);
    a->n_directory = number(a->data + at + 40, 8);
    a->directory = number(a->data + at + 48, 8);
    return SFD_OK;
}

static sfd_status read_end(archive *a)
{
    const size_t longest = LOCATOR_BYTES + END_BYTES + MAX_COMMENT;
    const size_t n_tail = a->n_bytes < longest ? a->n_bytes : longest;
    sfd_status status = load(a, a->n_bytes - n_tail, n_tail);
    if (status != SFD_OK)
        return status;
    const unsigned char *end = find_end(a);
    if (!end)
        return fail(a, "its directory is missing: truncated file?");
    a->n_entries = number(end + 10, 2);
    a->n_directory = number(end + 12, 4);
    a->directory = number(end + 16, 4);
    status = read_end64(a, end);
    if (status != SFD_OK)
        return status;
    uint64_t limit = (uint64_t)(end - a->data);
    if (a->directory > limit || a->n_directory > limit - a->directory ||
        a->n_entries > a->n_directory / DIRECTORY_BYTES)
        return fail(a, "its directory lies outside the file");
    return load(a, a->directory, a->n_directory);
}

/* Sizes and offset that do not fit 32 bits are in an extra field, in this order, if all ones here.
 */
static bool read_zip64_extra(const unsigned char *extra, size_t n, uint64_t *const wide[3])
{
    while (n >= 4) {
        size_t n_field = (size_t)number(extra + 2, 2);
        if (n_field > n - 4)
            return false;
        if (number(extra, 2) == ZIP64_EXTRA) {
            const unsigned char *p = extra + 4, *end = p + n_field;
            for (int i = 0; i < 3; i++) {
                if (*wide[i] != UINT32_MAX)
                    continue;
                if (end - p < 8)
                    return false;
                *wide[i] = number(p, 8);
                p += 8;
            }
            return true;
        }
        extra += 4 + n_field;
        n -= 4 + n_field;
    }
    return true;
}

/* Where an entry's data begin, behind its local header. */
static sfd_status locate_data(const archive *a, uint64_t header, uint64_t n_data,
                              const unsigned char **data)
{
    unsigned char local[LOCAL_BYTES];
    if (header > a->directory || a->directory - header < LOCAL_BYTES)
        return fail(a, "an entry has no local header");
    if (!sfd_mapping_read(a->file, a->data + header, LOCAL_BYTES, local))
        return sfd_fail_shrunk(a->err, a->origin);
    if (number(local, 4) != LOCAL_SIGNATURE)
        return fail(a, "an entry has no local header");
    uint64_t room = a->directory - header - LOCAL_BYTES;
    uint64_t skip = number(local + 26, 2) + number(local + 28, 2);
    if (skip > room || n_data > room - skip)
        return fail(a, "an entry lies outside the file");
    *data = a->data + header + LOCAL_BYTES + skip;
    return SFD_OK;
}

/* Reads the directory record at *at and moves on to the next. */
static sfd_status read_record(const archive *a, uint64_t *at, sfd_zip_entry *entry)
{
    uint64_t end = a->directory + a->n_directory;
    const unsigned char *p = a->data + *at;
    if (end - *at < DIRECTORY_BYTES || number(p, 4) != DIRECTORY_SIGNATURE)
        return fail(a, "its directory ends too early");
    uint64_t method = number(p + 10, 2), packed = number(p + 20, 4), plain = number(p + 24, 4);
    uint64_t n_name = number(p + 28, 2), n_extra = number(p + 30, 2), n_comment = number(p + 32, 2);
    uint64_t header = number(p + 42, 4), n_record = DIRECTORY_BYTES + n_name + n_extra + n_comment;
    if (n_record > end - *at)
        return fail(a, "its directory ends too early");
    const unsigned char *extra = p + DIRECTORY_BYTES + n_name;
    if (!read_zip64_extra(extra, (size_t)n_extra, (uint64_t *const[]){&plain, &packed, &header}))
        return fail(a, "a zip64 field is too short");
    *entry = (sfd_zip_entry){.name = (const char *)p + DIRECTORY_BYTES, .n_name = (size_t)n_name};
    sfd_status status = locate_data(a, header, packed, &entry->data);
    if (method != 0 || (number(p + 8, 2) & ENCRYPTED_FLAG))
        entry->data = NULL;
    else if (packed != plain)
        return fail(a, "a stored entry has two sizes");
    entry->n_bytes = (size_t)packed;
    *at += n_record;
    return status;
}

static int compare_places(const void *a, const void *b)
{
    const sfd_zip_entry *x = a, *y = b;
    return (x->data > y->data) - (x->data < y->data);
}

static int compare_texts(const char *a, size_t n_a, const char *b, size_t n_b)
{
    int order = memcmp(a, b, n_a < n_b ? n_a : n_b);
    return order ? order : (n_a > n_b) - (n_a < n_b);
}

static int compare_names(const void *a, const void *b)
{
    const sfd_zip_entry *x = a, *y = b;
    return compare_texts(x->name, x->n_name, y->name, y->n_name);
}

static sfd_status check_entries(const archive *a, sfd_zip *zip)
{
    sfd_zip_entry *e = zip->entries;
    qsort(e, zip->n_entries, sizeof *e, compare_places);
    for (size_t i = 1; i < zip->n_entries; i++)
        if (e[i - 1].data && e[i].data < e[i - 1].data + e[i - 1].n_bytes)
            return fail(a, "entries overlap");
    qsort(e, zip->n_entries, sizeof *e, compare_names);
    for (size_t i = 1; i < zip->n_entries; i++)
        if (compare_names(&e[i - 1], &e[i]) == 0)
            return fail(a, "an entry occurs twice");
    return SFD_OK;
}

sfd_status sfd_zip_read(sfd_zip *zip, sfd_arena *arena, const char *origin, const sfd_mapping *file,
                        sfd_error *err)
{
    archive a = {
        .file = file, .data = file->data, .n_bytes = file->n_bytes, .origin = origin, .err = err};
    *zip = (sfd_zip){0};
    sfd_status status = read_end(&a);
    if (status != SFD_OK)
        return status;
    if (a.n_entries == 0)
        return fail(&a, "it is empty");
    size_t n = (size_t)a.n_entries;
    sfd_zip_entry *entries = n <= arena->max_bytes / sizeof *entries
                                 ? sfd_arena_alloc(arena, n * sizeof *entries)
                                 : NULL;
    if (!entries)
        return sfd_fail(err, SFD_ERR_NOMEM, "%s: no memory for a zip directory of %zu entries",
                        origin, n);
    uint64_t at = a.directory;
    for (size_t i = 0; i < n; i++) {
        status = read_record(&a, &at, &entries[i]);
        if (status != SFD_OK)
            return status;
    }
    zip->entries = entries;
    zip->n_entries = n;
    return check_entries(&a, zip);
}

const sfd_zip_entry *sfd_zip_find(const sfd_zip *zip, const char *prefix, size_t n_prefix,
                                  const char *name, size_t n_name)
{
    size_t low = 0, high = zip->n_entries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const sfd_zip_entry *e = &zip->entries[middle];
        size_t n_head = e->n_name < n_prefix ? e->n_name : n_prefix;
        int order = compare_texts(e->name, n_head, prefix, n_prefix);
        if (order == 0)
            order = compare_texts(e->name + n_prefix, e->n_name - n_prefix, name, n_name);
        if (order == 0)
            return e;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
