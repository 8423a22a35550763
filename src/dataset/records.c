/* SPDX-License-Identifier: Apache-2.0 */
/* A settled keyframe as bytes, and back. */
#include "dataset/records.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define PERSON_BYTES (5 * 8 + 8 + 1 + 2 * 4) /* and texts, scores, features */

void sfd_bytes_put(sfd_bytes *b, const void *data, size_t n)
{
    if (b->failed || n == 0)
        return;
    while (b->n_alloc - b->n < n)
        if (!sfd_grow(&b->bytes, &b->n_alloc, b->n_alloc, 1)) {
            b->failed = true;
            return;
        }
    memcpy(b->bytes + b->n, data, n);
    b->n += n;
}

void sfd_bytes_put_number(sfd_bytes *b, uint64_t v, size_t n_bytes)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < n_bytes; i++)
        bytes[i] = (unsigned char)(v >> 8 * i);
    sfd_bytes_put(b, bytes, n_bytes);
}

static void put_double(sfd_bytes *b, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    sfd_bytes_put_number(b, bits, sizeof bits);
}

static void put_float(sfd_bytes *b, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    sfd_bytes_put_number(b, bits, sizeof bits);
}

/* With its final zero, so that it is read in place. */
static void put_text(sfd_bytes *b, const char *text)
{
    const size_t n = strlen(text) + 1;
    sfd_bytes_put_number(b, n, 4);
    sfd_bytes_put(b, text, n);
}

static void put_person(sfd_bytes *b, const sfd_person *p, int n_classes, int n_features)
{
    const double corners[4] = {p->box.x1, p->box.y1, p->box.x2, p->box.y2};
    for (int i = 0; i < 4; i++)
        put_double(b, corners[i]);
    put_double(b, p->proposal_score);
    sfd_bytes_put_number(b, (uint64_t)p->person_id, 8);
    sfd_bytes_put_number(b, p->has_person_id, 1);
    put_text(b, p->timestamp_text);
    put_text(b, p->box_text);
    for (int i = 0; i < n_classes; i++)
        put_float(b, p->scores[i]);
    for (int i = 0; i < n_features; i++)
        put_float(b, p->features[i]);
}

void sfd_put_done(sfd_bytes *b, const sfd_keyframe *k)
{
    sfd_bytes_put_number(b, SFD_SETTLED_DONE, 1);
    put_double(b, k->timestamp_s);
    sfd_bytes_put_number(b, (uint64_t)k->frame, 8);
    sfd_bytes_put_number(b, k->n_persons, 4);
    sfd_bytes_put_number(b, (uint64_t)k->n_classes, 4);
    sfd_bytes_put_number(b, (uint64_t)k->n_features, 4);
    for (size_t i = 0; i < k->n_persons; i++)
        put_person(b, &k->persons[i], k->n_classes, k->n_features);
}

void sfd_put_failed(sfd_bytes *b, const char *message)
{
    sfd_bytes_put_number(b, SFD_SETTLED_FAILED, 1);
    put_text(b, message);
}

void sfd_put_empty(sfd_bytes *b)
{
    sfd_bytes_put_number(b, SFD_SETTLED_EMPTY, 1);
}

/* ------------------------------------------------------------------- reading */

typedef struct reader {
    unsigned char *at;
    size_t n_left;
    bool failed;
} reader;

static uint64_t get_number(reader *r, size_t n_bytes)
{
    uint64_t v = 0;
    if (r->failed || r->n_left < n_bytes) {
        r->failed = true;
        return 0;
    }
    for (size_t i = 0; i < n_bytes; i++)
        v |= (uint64_t)r->at[i] << 8 * i;
    r->at += n_bytes;
    r->n_left -= n_bytes;
    return v;
}

static double get_double(reader *r)
{
    const uint64_t bits = get_number(r, 8);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static const char *get_text(reader *r)
{
    const uint64_t n = get_number(r, 4);
    const char *text = (const char *)r->at;
    if (r->failed || n == 0 || r->n_left < n || text[n - 1] != '\0' || memchr(text, 0, n - 1)) {
        r->failed = true;
        return "";
    }
    r->at += n;
    r->n_left -= n;
    return text;
}

static void get_floats(reader *r, float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t bits = (uint32_t)get_number(r, 4);
        memcpy(&values[i], &bits, sizeof bits);
    }
}

/* `values`: room for scores, then features. */
static void get_person(reader *r, sfd_person *p, float *values, size_t n_classes, size_t n_features)
{
    p->box.x1 = get_double(r);
    p->box.y1 = get_double(r);
    p->box.x2 = get_double(r);
    p->box.y2 = get_double(r);
    p->proposal_score = get_double(r);
    p->person_id = (int64_t)get_number(r, 8);
    p->has_person_id = get_number(r, 1) != 0;
    p->timestamp_text = get_text(r);
    p->box_text = get_text(r);
    get_floats(r, values, n_classes + n_features);
    p->scores = values;
    p->features = n_features > 0 ? values + n_classes : NULL;
}

/* Room for n persons and the values of all, on the boundary that malloc gives. */
static sfd_person *get_room(sfd_bytes *room, size_t n, size_t n_values)
{
    const size_t per_person = sizeof(sfd_person) + n_values * sizeof(float);
    if (room->n_alloc < n * per_person) {
        free(room->bytes);
        room->bytes = sfd_malloc_array(n, per_person);
        room->n_alloc = room->bytes ? n * per_person : 0;
        room->failed = !room->bytes;
    }
    return room->failed ? NULL : memset(room->bytes, 0, n * sizeof(sfd_person));
}

static void get_keyframe(reader *r, sfd_keyframe *k, sfd_bytes *room)
{
    k->timestamp_s = get_double(r);
    k->frame = (int64_t)get_number(r, 8);
    const size_t n = (size_t)get_number(r, 4);
    const size_t n_classes = (size_t)get_number(r, 4);
    const size_t n_features = (size_t)get_number(r, 4);
    const size_t n_values = n_classes + n_features;
    if (r->failed || n_classes > INT32_MAX || n_features > INT32_MAX ||
        n > r->n_left / (PERSON_BYTES + n_values * 4)) {
        r->failed = true;
        return;
    }
    sfd_person *persons = n > 0 ? get_room(room, n, n_values) : NULL;
    float *values = (float *)(void *)(persons ? persons + n : NULL);
    if (n > 0 && !persons)
        return;
    for (size_t i = 0; i < n; i++)
        get_person(r, &persons[i], values + i * n_values, n_classes, n_features);
    k->persons = persons;
    k->n_persons = n;
    k->n_classes = (int)n_classes;
    k->n_features = (int)n_features;
}

bool sfd_read_settled(sfd_settled *s, sfd_bytes *room, unsigned char *content, size_t n)
{
    reader r = {content, n, false};
    *s = (sfd_settled){.index = get_number(&r, 8)};
    s->seconds = get_double(&r);
    const uint64_t outcome = get_number(&r, 1);
    s->outcome = (sfd_outcome)outcome;
    if (outcome == SFD_SETTLED_DONE)
        get_keyframe(&r, &s->keyframe, room);
    else if (outcome == SFD_SETTLED_FAILED)
        s->message = get_text(&r);
    return !r.failed && !room->failed && outcome <= SFD_SETTLED_EMPTY && r.n_left == 0;
}
