/* SPDX-License-Identifier: Apache-2.0 */
/* TensorBoard's event files: records, each a tensorflow.Event in protocol buffers' wire format, as
 * tensorflow/core/lib/io/record_writer.h and core/util/event.proto tell. */
#include "base/error.h"
#include "base/outfile.h"
#include "train/report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MAX_EVENT 512

/* Keys of fields: number << 3 | wire type. */
enum {
    EVENT_WALL_TIME = 0x09,
    EVENT_STEP = 0x10,
    EVENT_FILE_VERSION = 0x1a,
    EVENT_SUMMARY = 0x2a,
    SUMMARY_VALUE = 0x0a,
    VALUE_TAG = 0x0a,
    VALUE_SIMPLE = 0x15
};

typedef struct message {
    unsigned char bytes[MAX_EVENT];
    size_t n;
} message;

static void put_bytes(message *m, const void *from, size_t n)
{
    if (n > sizeof m->bytes - m->n)
        return; /* names are short: never */
    memcpy(m->bytes + m->n, from, n);
    m->n += n;
}

static void put_byte(message *m, unsigned char byte)
{
    put_bytes(m, &byte, 1);
}

static void put_varint(message *m, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        put_byte(m, (unsigned char)(v | 0x80));
    put_byte(m, (unsigned char)v);
}

/* The n lowest bytes, least first. */
static void put_little_endian(message *m, uint64_t v, int n)
{
    for (int i = 0; i < n; i++)
        put_byte(m, (unsigned char)(v >> 8 * i));
}

static void put_block(message *m, unsigned char key, const void *bytes, size_t n)
{
    put_byte(m, key);
    put_varint(m, n);
    put_bytes(m, bytes, n);
}

static void put_double(message *m, unsigned char key, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    put_byte(m, key);
    put_little_endian(m, bits, 8);
}

static void put_float(message *m, unsigned char key, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    put_byte(m, key);
    put_little_endian(m, bits, 4);
}

/* ------------------------------------------------------------------ records */

/* CRC-32C (Castagnoli), masked as records want it. */
static uint32_t masked_crc(const unsigned char *bytes, size_t n)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0x82f63b78 & -(crc & 1));
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

static void write_record(FILE *f, const message *event)
{
    message length = {.n = 0}, end = {.n = 0};
    put_little_endian(&length, event->n, 8);
    put_little_endian(&length, masked_crc(length.bytes, 8), 4);
    put_little_endian(&end, masked_crc(event->bytes, event->n), 4);
    fwrite(length.bytes, length.n, 1, f);
    fwrite(event->bytes, event->n, 1, f);
    fwrite(end.bytes, end.n, 1, f);
}

static void write_version(FILE *f)
{
    static const char version[] = "brain.Event:2";
    message event = {.n = 0};
    put_double(&event, EVENT_WALL_TIME, (double)time(NULL));
    put_block(&event, EVENT_FILE_VERSION, version, sizeof version - 1);
    write_record(f, &event);
}

static void write_epoch(FILE *f, const sfd_train_epoch *e, const sfd_train_settings *s)
{
    sfd_train_figure figures[SFD_MAX_FIGURES];
    const size_t n = sfd_train_figures(figures, e, s);
    message event = {.n = 0}, summary = {.n = 0};
    for (size_t i = 0; i < n; i++) {
        message value = {.n = 0};
        if (isnan(figures[i].value))
            continue;
        put_block(&value, VALUE_TAG, figures[i].name, strlen(figures[i].name));
        put_float(&value, VALUE_SIMPLE, (float)figures[i].value);
        put_block(&summary, SUMMARY_VALUE, value.bytes, value.n);
    }
    put_double(&event, EVENT_WALL_TIME, (double)time(NULL));
    put_byte(&event, EVENT_STEP);
    put_varint(&event, (uint64_t)e->epoch);
    put_block(&event, EVENT_SUMMARY, summary.bytes, summary.n);
    write_record(f, &event);
}

/* ------------------------------------------------------------------ file */

sfd_status sfd_events_begin(const sfd_run_state *r, const sfd_train_settings *s, sfd_error *err)
{
    char path[SFD_MAX_RUN_PATH];
    sfd_outfile *file;
    sfd_status status = sfd_run_path(path, s, SFD_EVENTS_FILE, err);
    if (status == SFD_OK)
        status = sfd_outfile_open(&file, path, err);
    if (status != SFD_OK)
        return status;
    write_version(sfd_outfile_stream(file));
    for (int i = 0; i < r->epoch; i++)
        write_epoch(sfd_outfile_stream(file), &r->history[i], s);
    return sfd_outfile_commit(file, err);
}

sfd_status sfd_events_add(const sfd_train_epoch *e, const sfd_train_settings *s, sfd_error *err)
{
    char path[SFD_MAX_RUN_PATH];
    sfd_status status = sfd_run_path(path, s, SFD_EVENTS_FILE, err);
    if (status != SFD_OK)
        return status;
    FILE *f = fopen(path, "ab");
    if (f)
        write_epoch(f, e, s);
    const bool written = f && !ferror(f);
    if ((f && fclose(f) != 0) || !written)
        return sfd_fail(err, SFD_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
    return SFD_OK;
}
