/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for frames. */
#include "eval/frames.h"

#include "base/alloc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024

static uint64_t mix(uint64_t h)
{
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93u;
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93u;
    return h ^ h >> 32;
}

static uint64_t hash_text(const char *text, size_t n)
{
    uint64_t h = 0xCBF29CE484222325u; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)text[i]) * 0x100000001B3u;
    return mix(h);
}

static uint64_t hash_frame(uint32_t video, uint64_t key)
{
    return mix(key + 0x9E3779B97F4A7C15u * (video + 1u));
}

static uint64_t hash_of(const sfd_frames *f, bool videos, size_t i)
{
    return videos ? f->videos[i].hash : hash_frame(f->items[i].video, f->items[i].key);
}

/* Doubles a table and enters its n members again. */
static bool grow_slots(sfd_frames *f, bool videos, uint32_t **slots, size_t *n_slots, size_t n)
{
    size_t wanted = *n_slots ? *n_slots * 2 : FIRST_SLOTS;
    uint32_t *grown = sfd_calloc(wanted, sizeof *grown);
    if (!grown)
        return false;
    for (size_t i = 0; i < n; i++) {
        size_t at = hash_of(f, videos, i) & (wanted - 1);
        while (grown[at])
            at = (at + 1) & (wanted - 1);
        grown[at] = (uint32_t)i + 1;
    }
    free(*slots);
    *slots = grown;
    *n_slots = wanted;
    return true;
}

static bool find_video(sfd_frames *f, const char *id, size_t n, uint32_t *out)
{
    if (f->n_videos * 2 >= f->n_video_slots &&
        !grow_slots(f, true, &f->video_slots, &f->n_video_slots, f->n_videos))
        return false;
    uint64_t hash = hash_text(id, n);
    size_t at = hash & (f->n_video_slots - 1);
    for (; f->video_slots[at]; at = (at + 1) & (f->n_video_slots - 1)) {
        const sfd_video *v = &f->videos[f->video_slots[at] - 1];
        if (v->hash == hash && v->length == n && memcmp(v->id, id, n) == 0) {
            *out = f->video_slots[at] - 1;
            return true;
        }
    }
    char *copy;
    if (f->n_videos >= UINT32_MAX - 1 ||
        !sfd_grow(&f->videos, &f->n_videos_alloc, f->n_videos, sizeof *f->videos) ||
        !(copy = sfd_strndup(id, n)))
        return false;
    *out = (uint32_t)f->n_videos;
    f->videos[f->n_videos++] = (sfd_video){copy, n, hash};
    f->video_slots[at] = (uint32_t)f->n_videos;
    return true;
}

bool sfd_frames_find(sfd_frames *f, const char *video, size_t n_video, uint64_t key, uint32_t *out)
{
    uint32_t v;
    if (!find_video(f, video, n_video, &v))
        return false;
    if (f->n * 2 >= f->n_slots && !grow_slots(f, false, &f->slots, &f->n_slots, f->n))
        return false;
    size_t at = hash_frame(v, key) & (f->n_slots - 1);
    for (; f->slots[at]; at = (at + 1) & (f->n_slots - 1)) {
        const sfd_frame *frame = &f->items[f->slots[at] - 1];
        if (frame->video == v && frame->key == key) {
            *out = f->slots[at] - 1;
            return true;
        }
    }
    if (f->n >= UINT32_MAX - 1 || !sfd_grow(&f->items, &f->n_alloc, f->n, sizeof *f->items))
        return false;
    *out = (uint32_t)f->n;
    f->items[f->n++] = (sfd_frame){.key = key, .video = v};
    f->slots[at] = (uint32_t)f->n;
    return true;
}

void sfd_frames_free(sfd_frames *f)
{
    for (size_t i = 0; i < f->n_videos; i++)
        free(f->videos[i].id);
    free(f->videos);
    free(f->video_slots);
    free(f->items);
    free(f->slots);
    *f = (sfd_frames){0};
}

uint64_t sfd_frame_key_integer(long long timestamp)
{
    return (uint64_t)timestamp;
}

/* From 2^53 on doubles are integers; below, two with the same six decimals must become one. */
static double round_to_microseconds(double t)
{
    if (isnan(t))
        return NAN;
    if (t == floor(t) || fabs(t) >= 0x1p53)
        return t;
    char text[64];
    snprintf(text, sizeof text, "%.6f", t);
    return strtod(text, NULL);
}

uint64_t sfd_frame_key_decimal(double timestamp_s)
{
    double t = round_to_microseconds(timestamp_s);
    uint64_t bits;
    memcpy(&bits, &t, sizeof bits);
    return bits;
}
