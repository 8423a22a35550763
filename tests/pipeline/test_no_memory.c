/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of the main job fails once: the run ends with SFD_ERR_NOMEM and leaks nothing
 * (the address sanitizer's build looks). The linker puts the functions below around the library's
 * calls (-Wl,--wrap). */
#include "boxes/proposals.h"
#include "fake_model.h"
#include "fake_video.h"

#include <sfdet/render.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static atomic_int countdown; /* the allocation that finds 1 fails; 0: none does */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static bool fails(void)
{
    int before = atomic_load(&countdown);
    while (before > 0 && !atomic_compare_exchange_weak(&countdown, &before, before - 1))
        ;
    return before == 1;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fails() ? NULL : __real_realloc(p, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

static const char rows[] = "clip,1,0,0,1,1,,1\nclip,1,0,0,0.5,1,,1\nclip,2,0,0,1,1,,0.9\n"
                           "other,2,0,0,1,1,,0.9\nclip,9,0,0,1,1,,0.9\n";

typedef struct sinks {
    sfd_writer *csv, *json;
    sfd_overlay *overlay;
} sinks;

static sfd_status on_keyframe(void *user, const sfd_keyframe *k, sfd_error *err)
{
    sinks *s = user;
    sfd_status status = sfd_writer_add(s->csv, k, err);
    if (status == SFD_OK)
        status = sfd_writer_add(s->json, k, err);
    if (status == SFD_OK)
        status = sfd_overlay_add(s->overlay, k, err);
    return status;
}

static sfd_status open_sinks(sinks *s, const sfd_labels *labels, sfd_error *err)
{
    sfd_status status = sfd_writer_open_csv(&s->csv, "/dev/null", err);
    if (status == SFD_OK)
        status = sfd_writer_open_json(&s->json, "/dev/null", labels, 0, err);
    if (status == SFD_OK)
        status = sfd_overlay_create(&s->overlay, "clip", labels, 0.1, err);
    return status;
}

static sfd_status main_job(const sfd_model *model, sfd_error *err)
{
    static const char *const id = "clip";
    sfd_labels *labels = NULL;
    sfd_proposals *p = NULL;
    sfd_detector *d = NULL;
    sinks s = {NULL, NULL, NULL};
    sfd_detect_settings settings;
    sfd_detect_settings_defaults(&settings);
    settings.pictures = true;
    settings.user = &s;
    settings.on_keyframe = on_keyframe;

    sfd_status status = sfd_labels_open(&labels, NULL, err);
    if (status == SFD_OK)
        status = sfd_proposals_parse(&p, "boxes", rows, strlen(rows), &id, 1, NULL, err);
    if (status == SFD_OK)
        status = open_sinks(&s, labels, err);
    if (status == SFD_OK)
        status = sfd_detector_create(&d, model, 1, err);
    if (status == SFD_OK)
        status = sfd_detector_run_video(d, "clip.mp4", "clip", p, &settings, NULL, err);
    sfd_detector_free(d);
    sfd_proposals_free(p);
    sfd_writer_free(s.csv);
    sfd_writer_free(s.json);
    sfd_overlay_free(s.overlay);
    sfd_labels_free(labels);
    return status;
}

static void test_every_allocation(void **state)
{
    (void)state;
    const sfd_net_config network = {
        .num_frames = 4, .sampling_rate = 4, .test_crop_size = 24, .detection = true};
    sfd_model *model = fake_model_create(&network);
    sfd_status status;
    int n = 0;
    do {
        sfd_error err = {SFD_OK, ""};
        fake_video_reset(80);
        atomic_store(&countdown, ++n);
        status = main_job(model, &err);
        if (atomic_exchange(&countdown, 0) > 0) { /* fewer allocations than that */
            assert_int_equal(status, SFD_OK);
            break;
        }
        if (status != SFD_ERR_NOMEM)
            fail_msg("allocation %d: status %d, \"%s\"", n, status, err.message);
        if (!strstr(err.message, "out of memory") && !strstr(err.message, "cannot start"))
            fail_msg("allocation %d: \"%s\"", n, err.message);
        assert_int_equal(fake.n_open, 0);
        assert_int_equal(fake_states, 0);
    } while (n < 100000);
    assert_true(n > 100);
    sfd_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
