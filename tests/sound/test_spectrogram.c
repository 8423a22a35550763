/* SPDX-License-Identifier: Apache-2.0 */
/* Spectrograms of speech, music, tones and noise against librosa's (tests/data/sound/make.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/sound_reader.h"
#include "sound/spectrogram.h"
#include "weights/open.h"

#include "support/golden.h"

#include <limits.h>

#define MAX_SAMPLES 20000
/* Of logarithms from -18 to 6, which are floats: 16 times less than what is asked for. */
#define TOLERANCE 6e-6

static size_t read_sound(const char *name, float *samples)
{
    char path[64];
    sfd_sound_reader *s;
    sfd_error err;
    snprintf(path, sizeof path, "sound/%s.flac", name);
    must(sfd_sound_open(&s, path, &(sfd_sound_options){.rate = 16000}, &err), &err);
    must(sfd_sound_read(s, 0, MAX_SAMPLES, samples, &err), &err);
    const int64_t n = sfd_sound_length(s);
    sfd_sound_close(s);
    assert_in_range(n, 1, MAX_SAMPLES);
    return (size_t)n;
}

static sfd_spectrogram *make(const sfd_spectrogram_settings *o)
{
    sfd_spectrogram *s;
    sfd_error err;
    must(sfd_spectrogram_create(&s, o, &err), &err);
    return s;
}

static void compare(const sfd_weights *recorded, const char *name, const char *as,
                    const sfd_spectrogram_settings *o)
{
    static float samples[MAX_SAMPLES], got[MAX_SAMPLES];
    char prefix[64];
    const sfd_tensor_info *info;
    const size_t n = read_sound(name, samples);
    snprintf(prefix, sizeof prefix, "%s.", name);
    float *wanted = read_recorded(recorded, prefix, as, &info);
    sfd_spectrogram *s = make(o);
    assert_non_null(wanted);
    assert_int_equal(info->n_elements, sfd_spectrogram_n_steps(s, n) * (size_t)o->n_mels);
    sfd_spectrogram_run(s, samples, n, got);
    const double d = distance(wanted, got, info->n_elements, false);
    if (!(d <= TOLERANCE))
        fail_msg("%s as %s: differs by %g", name, as, d);
    sfd_spectrogram_free(s);
    free(wanted);
}

static void test_librosa(void **state)
{
    (void)state;
    sfd_weights *recorded;
    sfd_error err;
    must(sfd_weights_open(&recorded, "sound/mels.safetensors", &err), &err);
    const sfd_spectrogram_settings authors = sfd_spectrogram_defaults();
    sfd_spectrogram_settings librosa = authors;
    librosa.scale = SFD_MEL_SLANEY;
    librosa.centred = true;
    compare(recorded, "speech", "authors", &authors);
    compare(recorded, "music", "authors", &authors);
    compare(recorded, "tones", "authors", &authors);
    compare(recorded, "noise", "authors", &authors);
    compare(recorded, "speech", "librosa", &librosa);
    compare(recorded, "tones", "librosa", &librosa);
    sfd_weights_close(recorded);
}

/* Silence is the offset; what is too short has no window, but one around it. */
static void test_edges(void **state)
{
    (void)state;
    static const float silence[1024] = {0};
    float got[8 * 80];
    sfd_spectrogram_settings o = sfd_spectrogram_defaults();
    sfd_spectrogram *s = make(&o);
    assert_int_equal(sfd_spectrogram_n_steps(s, 511), 0);
    assert_int_equal(sfd_spectrogram_n_steps(s, 1024), 3);
    sfd_spectrogram_run(s, silence, 1024, got);
    for (size_t i = 0; i < (size_t)3 * 80; i++)
        assert_true(got[i] == (float)log(1e-8));
    sfd_spectrogram_free(s);
    o.centred = true;
    s = make(&o);
    assert_int_equal(sfd_spectrogram_n_steps(s, 0), 1);
    sfd_spectrogram_run(s, silence, 0, got);
    assert_true(got[79] == (float)log(1e-8));
    sfd_spectrogram_free(s);
}

/* Filters narrower than the distance of frequencies may have none, and many share few. */
static void test_many_filters(void **state)
{
    (void)state;
    float noise[2048], got[1024 * 16];
    for (size_t i = 0; i < 2048; i++)
        noise[i] = (float)((i * 2654435761U) % 1000) / 1000 - 0.5F;
    sfd_spectrogram_settings o = sfd_spectrogram_defaults();
    o.n_mels = 1024;
    o.window_ms = 16;
    o.step_ms = 16;
    sfd_spectrogram *s = make(&o);
    const size_t n = sfd_spectrogram_n_steps(s, 2048) * 1024;
    sfd_spectrogram_run(s, noise, 2048, got);
    for (size_t i = 0; i < n; i++)
        assert_true(isfinite(got[i]));
    sfd_spectrogram_free(s);
}

/* The library's own allocations, linked with --wrap. */
static int left = INT_MAX;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t n);

void *__wrap_malloc(size_t n)
{
    return left-- > 0 ? __real_malloc(n) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
    return left-- > 0 ? __real_calloc(n, size) : NULL;
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
    return left-- > 0 ? __real_aligned_alloc(alignment, n) : NULL;
}

static void test_no_memory(void **state)
{
    (void)state;
    const sfd_spectrogram_settings o = sfd_spectrogram_defaults();
    sfd_status st = SFD_ERR_NOMEM;
    int n = 0;
    for (; st == SFD_ERR_NOMEM && n < 100; n++) {
        sfd_spectrogram *s;
        left = n;
        st = sfd_spectrogram_create(&s, &o, NULL);
        left = INT_MAX;
        assert_true((st == SFD_OK) == (s != NULL));
        sfd_spectrogram_free(s);
    }
    assert_int_equal(st, SFD_OK);
    assert_true(n > 7);
}

static void check_refused(const sfd_spectrogram_settings *o, sfd_status wanted, const char *message)
{
    sfd_spectrogram *s;
    sfd_error err = {0};
    assert_int_equal(sfd_spectrogram_create(&s, o, &err), wanted);
    assert_null(s);
    assert_string_equal(err.message, message);
}

static void test_settings(void **state)
{
    (void)state;
    sfd_spectrogram_settings o = sfd_spectrogram_defaults();
    o.n_mels = 0;
    check_refused(&o, SFD_ERR_ARG, "spectrogram: n_mels is 0, wanted 1 to 1024");
    o.n_mels = 80;
    o.rate = 11025;
    o.window_ms = 27;
    check_refused(
        &o, SFD_ERR_ARG,
        "spectrogram: windows of 297 samples every 176, wanted an even number up to 65536");
    o = sfd_spectrogram_defaults();
    o.offset = NAN;
    check_refused(&o, SFD_ERR_ARG, "spectrogram: offset is nan, wanted more than 0");
    sfd_spectrogram_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_librosa),      cmocka_unit_test(test_edges),
        cmocka_unit_test(test_many_filters), cmocka_unit_test(test_settings),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
