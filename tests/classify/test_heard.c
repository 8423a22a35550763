/* SPDX-License-Identifier: Apache-2.0 */
/* What networks that only listen are let hear: features made of sound against those of MMAction2's
 * tool (tests/data/sound/make_features.py), and the rows that clips take. */
#include "classify/heard.h"
#include "config/presets.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/golden.h"

/* Of levels from 0 to 1: librosa's filters, and the sound made as loud as all, are float32. */
#define TOLERANCE 3e-6
#define N_BANDS   80
#define N_STEPS   128

static sfd_sound_input hear(int n_steps, int n_mels)
{
    sfd_net_config c;
    sfd_sound_input in;
    assert_true(sfd_preset_find(&c, "mmaction2_tsn_r18_audio_kinetics"));
    c.audio.n_steps = n_steps;
    c.audio.n_mels = n_mels;
    sfd_sound_input_make(&in, &c);
    assert_true(in.features);
    return in;
}

/* All rows of a file, from frame -1, which ends at row 0, to the last one. */
static void read_all(const char *path, size_t n_rows, float *out)
{
    const sfd_sound_input in = hear(N_STEPS, N_BANDS);
    sfd_heard h;
    sfd_error err;
    must(sfd_heard_open(&h, &in, &(sfd_listed_video){.path = path}, (sfd_stop){0}, &err), &err);
    assert_int_equal(h.n_rows, n_rows);
    must(sfd_heard_clip(&h, -1, h.n_frames - 1, out, &err), &err);
    assert_false(h.complains);
    sfd_heard_close(&h);
}

static void compare(const char *name, size_t n_rows)
{
    static float wanted[N_STEPS * N_BANDS], got[N_STEPS * N_BANDS];
    char path[64];
    snprintf(path, sizeof path, "sound/%s.npy", name);
    read_all(path, n_rows, wanted);
    snprintf(path, sizeof path, "sound/%s.flac", name);
    read_all(path, n_rows, got);
    const double d = distance(wanted, got, N_STEPS * N_BANDS, false);
    print_message("%s: features within %.1e\n", name, d);
    if (!(d <= TOLERANCE))
        fail_msg("%s: differs by %g", name, d);
    assert_true(wanted[(n_rows - 1) * N_BANDS + 20] > 0);
    for (size_t i = n_rows * N_BANDS; i < N_STEPS * N_BANDS; i++)
        assert_true(wanted[i] == 0);
}

static void test_features(void **state)
{
    (void)state;
    compare("speech", 64);
    compare("tones", 33);
}

/* Frames of a second of sound without pictures: 30. */
static void test_sound_alone(void **state)
{
    (void)state;
    const sfd_sound_input in = hear(N_STEPS, N_BANDS);
    sfd_heard h;
    sfd_error err;
    const sfd_listed_video video = {.path = "sound/speech.flac", .n_frames = 99};
    must(sfd_heard_open(&h, &in, &video, (sfd_stop){0}, &err), &err);
    assert_int_equal(h.n_frames, 30);
    sfd_heard_close(&h);
}

/* ------------------------------------------------------------------ rows */

/* A file of `n` rows whose elements are their rows' numbers. */
static void write_rows(char path[32], int n, int n_columns)
{
    char head[128];
    snprintf(path, 32, "/tmp/sfdet-heard-XXXXXX.npy");
    const int fd = mkstemps(path, 4);
    assert_true(fd >= 0);
    const int length =
        snprintf(head + 10, 118, "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }\n",
                 n, n_columns);
    memcpy(head, "\x93NUMPY\1\0", 8);
    head[8] = (char)length;
    head[9] = 0;
    FILE *f = fdopen(fd, "wb");
    fwrite(head, 1, (size_t)length + 10, f);
    for (int i = 0; i < n * n_columns; i++)
        fwrite(&(float){(float)(i / n_columns)}, sizeof(float), 1, f);
    assert_int_equal(fclose(f), 0);
}

/* By AudioFeatureSelector, worked out with Python: rows [from, from + n) of n_rows for frames
 * `first` to `last` of n_frames, then zeros. */
static void test_rows(void **state)
{
    (void)state;
    static const struct {
        int n_rows, n_frames;
        int64_t first, last;
        int from, n;
    } cases[] = {
        {40, 20, 0, 3, 2, 6},       {40, 20, 16, 19, 34, 6},
        {40, 0, 0, 39, 1, 16},      {7, 14, 0, 13, 0, 7}, /* 0.5 is rounded to 0 */
        {7, 14, 2, 4, 2, 0},                              /* 1.5 and 2.5 to 2 */
        {40, 20, 10, 5, 22, 0},                           /* a clip that begins again */
        {10, 1000, 500, 503, 5, 0}, {100, 3, 0, 2, 33, 16},
    };
    const sfd_sound_input in = hear(16, 2);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[32];
        float got[16 * 2];
        sfd_heard h;
        sfd_error err;
        write_rows(path, cases[i].n_rows, 2);
        const sfd_listed_video video = {.path = path, .n_frames = cases[i].n_frames};
        must(sfd_heard_open(&h, &in, &video, (sfd_stop){0}, &err), &err);
        must(sfd_heard_clip(&h, cases[i].first, cases[i].last, got, &err), &err);
        for (int k = 0; k < 16 * 2; k++)
            if (got[k] != (k / 2 < cases[i].n ? (float)(cases[i].from + k / 2) : 0))
                fail_msg("case %zu: element %d is %g", i, k, (double)got[k]);
        sfd_heard_close(&h);
        unlink(path);
    }
}

/* ------------------------------------------------------------------ refused */

static void check_refused(const sfd_listed_video *video, sfd_status wanted, const char *message)
{
    const sfd_sound_input in = hear(N_STEPS, N_BANDS);
    sfd_heard h;
    sfd_error err = {0};
    const sfd_status status = sfd_heard_open(&h, &in, video, (sfd_stop){0}, &err);
    sfd_heard_close(&h);
    if (status != wanted || !strstr(err.message, message))
        fail_msg("status %d, \"%s\"", status, err.message);
}

static void test_refused(void **state)
{
    (void)state;
    char path[32];
    write_rows(path, 3, 64);
    check_refused(&(sfd_listed_video){.path = path}, SFD_ERR_MISMATCH,
                  "rows of 64 features, the network hears 80 mel bands (DATA.AUDIO_MEL_NUM)");
    unlink(path);
    write_rows(path, 0, N_BANDS);
    check_refused(&(sfd_listed_video){.path = path}, SFD_ERR_FORMAT, "has no rows");
    unlink(path);
    const char *const pictures[] = {"a.jpg"};
    check_refused(&(sfd_listed_video){.path = "a", .pictures = pictures, .n_pictures = 1},
                  SFD_ERR_UNSUPPORTED, "pictures have no sound, and the network only listens");
    check_refused(&(sfd_listed_video){.path = "/nonexistent.npy"}, SFD_ERR_IO, "/nonexistent.npy");
    check_refused(&(sfd_listed_video){.path = "/nonexistent.mp4"}, SFD_ERR_IO, "/nonexistent.mp4");
    check_refused(&(sfd_listed_video){.path = "sound/make.py"}, SFD_ERR_FORMAT, "make.py");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_features),
        cmocka_unit_test(test_sound_alone),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
