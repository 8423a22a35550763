/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures and models for the tests of Faster R-CNN. */
#ifndef SFD_TESTS_RCNN_SUPPORT_H
#define SFD_TESTS_RCNN_SUPPORT_H

#include <sfdet/persons.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct picture {
    uint8_t *rgb;
    int width, height;
} picture;

static inline picture picture_alloc(int width, int height)
{
    picture p = {malloc(3 * (size_t)width * (size_t)height), width, height};
    assert_non_null(p.rgb);
    return p;
}

static inline picture picture_read_ppm(const char *path)
{
    int width, height;
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "P6 %d %d 255", &width, &height), 2);
    fgetc(f);
    picture p = picture_alloc(width, height);
    const size_t n = 3 * (size_t)width * (size_t)height;
    assert_int_equal(fread(p.rgb, 1, n, f), n);
    fclose(f);
    return p;
}

/* 0..255 up and down every 2 * period */
static inline long picture_wave(long n, long period)
{
    return labs(n % (2 * period) - period) * 255 / period;
}

/* Waves and noise, as in persons/rcnn.py. */
static inline picture picture_make(int width, int height)
{
    picture p = picture_alloc(width, height);
    uint8_t *at = p.rgb;
    for (long y = 0; y < height; y++)
        for (long x = 0; x < width; x++)
            for (long c = 0; c < 3; c++) {
                const uint32_t hash =
                    (uint32_t)(x * 7919 + y * 104729 + c * 1299709) * (uint32_t)2654435761;
                const long sum = picture_wave(2 * x + y, 211) * 3 +
                                 picture_wave(x + 3 * y, 97 + 20 * c) * 2 +
                                 picture_wave(x * y / 64, 53) + (long)(hash >> 24);
                *at++ = (uint8_t)(sum / 7);
            }
    return p;
}

/* A file of tests/data/persons. */
static inline sfd_person_model *open_model(const char *file, const char *cpu)
{
    char path[64];
    sfd_person_model_settings s;
    sfd_person_model *m;
    sfd_error err;
    snprintf(path, sizeof path, "persons/%s", file);
    sfd_person_model_settings_defaults(&s);
    s.weights = path;
    s.cpu = cpu;
    if (sfd_person_model_open(&m, &s, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return m;
}

#endif
