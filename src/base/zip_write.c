/* SPDX-License-Identifier: Apache-2.0 */
/* Zip archives of stored entries. */
#include "base/zip_write.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define LOCAL_HEADER   0x04034B50U
#define CENTRAL_HEADER 0x02014B50U
#define END            0x06054B50U
#define END64          0x06064B50U
#define END64_LOCATOR  0x07064B50U
#define VERSION        20 /* that it takes to read the archive */
#define VERSION64      45
#define MADE_ON_UNIX   (3 << 8)
#define DATE           (1 << 5 | 1) /* 1 January 1980: files of equal content are equal */
#define MODE           0100644U
#define EXTRA64        1 /* id of zip64's extra field */

void sfd_zip_begin(sfd_zip_writer *z, FILE *out)
{
    *z = (sfd_zip_writer){.out = out, .limit = UINT32_MAX};
}

void sfd_zip_free(sfd_zip_writer *z)
{
    free(z->entries);
    z->entries = NULL;
}

static void put(sfd_zip_writer *z, uint64_t v, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        putc((int)(v >> 8 * i & 0xFF), z->out);
    z->at += (uint64_t)n_bytes;
}

static void put_name(sfd_zip_writer *z, const char *name)
{
    fputs(name, z->out);
    z->at += strlen(name);
}

static uint32_t narrow(const sfd_zip_writer *z, uint64_t v)
{
    return v < z->limit ? (uint32_t)v : UINT32_MAX;
}

/* What both headers of an entry have in the same order. */
static void put_entry(sfd_zip_writer *z, const sfd_zip_written *e, bool wide, int n_extra)
{
    const uint32_t n_bytes = wide ? UINT32_MAX : (uint32_t)e->n_bytes;
    put(z, wide ? VERSION64 : VERSION, 2);
    put(z, 0, 2); /* flags */
    put(z, 0, 2); /* method: stored */
    put(z, 0, 2); /* time */
    put(z, DATE, 2);
    put(z, e->crc, 4);
    put(z, n_bytes, 4);
    put(z, n_bytes, 4);
    put(z, strlen(e->name), 2);
    put(z, (uint64_t)n_extra, 2);
}

static void put_extra(sfd_zip_writer *z, const sfd_zip_written *e, bool with_place)
{
    put(z, EXTRA64, 2);
    put(z, with_place ? 24 : 16, 2);
    put(z, e->n_bytes, 8);
    put(z, e->n_bytes, 8);
    if (with_place)
        put(z, e->at, 8);
}

sfd_status sfd_zip_add(sfd_zip_writer *z, const char *name, uint32_t crc, uint64_t n_bytes,
                       sfd_error *err)
{
    if (!sfd_grow(&z->entries, &z->n_alloc, z->n_entries, sizeof *z->entries))
        return sfd_fail_nomem(err, name);
    sfd_zip_written *e = &z->entries[z->n_entries++];
    *e = (sfd_zip_written){.crc = crc, .n_bytes = n_bytes, .at = z->at};
    snprintf(e->name, sizeof e->name, "%s", name);
    const bool wide = n_bytes >= z->limit;
    put(z, LOCAL_HEADER, 4);
    put_entry(z, e, wide, wide ? 20 : 0);
    put_name(z, e->name);
    if (wide)
        put_extra(z, e, false);
    z->at += n_bytes; /* the caller's */
    return SFD_OK;
}

static void put_central(sfd_zip_writer *z, const sfd_zip_written *e)
{
    const bool wide = e->n_bytes >= z->limit || e->at >= z->limit;
    put(z, CENTRAL_HEADER, 4);
    put(z, MADE_ON_UNIX | (wide ? VERSION64 : VERSION), 2);
    put_entry(z, e, wide, wide ? 28 : 0);
    put(z, 0, 2); /* comment */
    put(z, 0, 2); /* disk */
    put(z, 0, 2); /* internal attributes */
    put(z, (uint64_t)MODE << 16, 4);
    put(z, wide ? UINT32_MAX : (uint32_t)e->at, 4);
    put_name(z, e->name);
    if (wide)
        put_extra(z, e, true);
}

static void put_end64(sfd_zip_writer *z, uint64_t from, uint64_t n_bytes)
{
    const uint64_t at = z->at;
    put(z, END64, 4);
    put(z, 44, 8); /* of this record, behind this number */
    put(z, MADE_ON_UNIX | VERSION64, 2);
    put(z, VERSION64, 2);
    put(z, 0, 8); /* disks */
    put(z, z->n_entries, 8);
    put(z, z->n_entries, 8);
    put(z, n_bytes, 8);
    put(z, from, 8);
    put(z, END64_LOCATOR, 4);
    put(z, 0, 4);
    put(z, at, 8);
    put(z, 1, 4);
}

void sfd_zip_end(sfd_zip_writer *z)
{
    const uint64_t from = z->at;
    const uint64_t n = z->n_entries < UINT16_MAX ? z->n_entries : UINT16_MAX;
    for (size_t i = 0; i < z->n_entries; i++)
        put_central(z, &z->entries[i]);
    const uint64_t n_bytes = z->at - from;
    if (from >= z->limit || n_bytes >= z->limit || z->n_entries >= UINT16_MAX)
        put_end64(z, from, n_bytes);
    put(z, END, 4);
    put(z, 0, 4); /* disks */
    put(z, n, 2);
    put(z, n, 2);
    put(z, narrow(z, n_bytes), 4);
    put(z, narrow(z, from), 4);
    put(z, 0, 2); /* comment */
}
