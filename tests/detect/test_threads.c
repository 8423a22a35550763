/* SPDX-License-Identifier: Apache-2.0 */
/* One model used by several threads at once, each with a state of its own, and by a child process:
 * all get the same scores. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/golden.h"

#define N_THREADS 3
#define N_RUNS    2

typedef struct worker {
    const sfd_model *model;
    const uint8_t *const *frames;
    int width, height;
    sfd_box_px box;
    float *scores; /* [n_classes] of the last run */
    sfd_status status;
} worker;

static void *work(void *user)
{
    worker *w = user;
    sfd_state *s;
    w->status = sfd_state_create(&s, w->model, w->width, w->height, 2, NULL);
    for (int i = 0; w->status == SFD_OK && i < N_RUNS; i++)
        w->status = sfd_state_run(s, w->frames, (size_t)w->width * 3, &w->box, 1, w->scores, NULL);
    if (w->status == SFD_OK)
        sfd_state_free(s);
    return NULL;
}

static void test_shared_model(void **state)
{
    (void)state;
    sfd_model_settings settings;
    sfd_model *m;
    sfd_model_info info;
    sfd_error err;
    uint8_t picture[48 * 64 * 3];
    const uint8_t *frames[64];
    pthread_t threads[N_THREADS];
    worker workers[N_THREADS];
    sfd_model_settings_defaults(&settings);
    settings.weights = "golden/sf_r50/weights.safetensors";
    settings.config = "golden/sf_r50/config.yaml";
    must(sfd_model_open(&m, &settings, &err), &err);
    info = *sfd_model_get_info(m);
    for (size_t i = 0; i < sizeof picture; i++)
        picture[i] = (uint8_t)(i * 7919 >> 5);
    assert_true(info.n_frames <= 64);
    for (int i = 0; i < info.n_frames; i++)
        frames[i] = picture;
    for (int i = 0; i < N_THREADS; i++) {
        float *scores = calloc((size_t)info.n_classes, sizeof *scores);
        assert_non_null(scores);
        workers[i] = (worker){m, frames, 64, 48, {5, 5, 50, 40}, scores, SFD_OK};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < N_THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].status, SFD_OK);
        assert_memory_equal(workers[i].scores, workers[0].scores,
                            (size_t)info.n_classes * sizeof(float));
    }
    assert_true(workers[0].scores[0] > 0 && workers[0].scores[0] < 1);
    for (int i = 0; i < N_THREADS; i++)
        free(workers[i].scores);
    sfd_model_free(m);
}

/* A child process may go on with what its parent made, though its threads are not there. */
static void test_fork(void **state)
{
    (void)state;
    sfd_model_settings settings;
    sfd_model *m;
    sfd_state *s;
    sfd_error err;
    static uint8_t picture[48 * 64 * 3];
    const uint8_t *frames[64];
    const sfd_box_px box = {5, 5, 50, 40};
    int exit_status = -1;
    sfd_model_settings_defaults(&settings);
    settings.weights = "golden/sf_r50/weights.safetensors";
    settings.config = "golden/sf_r50/config.yaml";
    must(sfd_model_open(&m, &settings, &err), &err);
    const int n = sfd_model_get_info(m)->n_classes;
    float *before = calloc((size_t)n, sizeof *before), *after = calloc((size_t)n, sizeof *after);
    assert_true(before && after);
    for (int i = 0; i < 64; i++)
        frames[i] = picture;
    must(sfd_state_create(&s, m, 64, 48, 2, &err), &err);
    must(sfd_state_run(s, frames, 64 * 3, &box, 1, before, &err), &err);
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        const bool ok = sfd_state_run(s, frames, 64 * 3, &box, 1, after, NULL) == SFD_OK &&
                        memcmp(before, after, (size_t)n * sizeof *after) == 0;
        sfd_state_free(s);
        sfd_model_free(m);
        _exit(ok ? 0 : 1);
    }
    assert_true(child > 0 && waitpid(child, &exit_status, 0) == child);
    assert_int_equal(exit_status, 0);
    free(before);
    free(after);
    sfd_state_free(s);
    sfd_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared_model),
        cmocka_unit_test(test_fork),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
