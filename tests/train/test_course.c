/* SPDX-License-Identifier: Apache-2.0 */
/* What a YAML file says of training: rates against PySlowFast's own, options over the file, what is
 * refused, decay and zeroed gains. */
#include "train/optimizer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/sfdet_course_XXXXXX.yaml";

static void write_yaml(const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static sfd_train_settings open_settings(void)
{
    sfd_train_settings s;
    sfd_train_settings_defaults(&s);
    s.config = path;
    return s;
}

static sfd_course resolve(const char *yaml, sfd_train_settings *s)
{
    sfd_course c;
    sfd_error err;
    write_yaml(yaml);
    if (sfd_course_resolve(&c, s, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return c;
}

static void expect(double found, double wanted)
{
    if (!(fabs(found - wanted) <= 1e-7))
        fail_msg("%.10g, wanted %.10g", found, wanted);
}

static void without_a_section_our_own(void **state)
{
    (void)state;
    sfd_train_settings s = open_settings();
    sfd_course c = resolve("MODEL: {ARCH: slowfast}\n", &s);
    assert_int_equal(s.epochs, 20);
    expect(s.rate, 0.1);
    expect(s.dropout, 0.5);
    assert_false(c.decay_biases);
    expect(sfd_course_rate(&c, 0), 0.01);
    expect(sfd_course_rate(&c, 10), 0.05);
    s.config = "slowfast_r50_8x8_ava"; /* a preset has none either */
    assert_int_equal(sfd_course_resolve(&c, &s, NULL), SFD_OK);
}

/* SLOWFAST_32x2_R50_SHORT; values by slowfast/utils/lr_policy.py. */
static void relative_steps(void **state)
{
    (void)state;
    sfd_train_settings s = open_settings();
    const sfd_course c = resolve("SOLVER:\n"
                                 "  BASE_LR: 0.1\n  LR_POLICY: steps_with_relative_lrs\n"
                                 "  STEPS: [0, 10, 15, 20]\n  LRS: [1, 0.1, 0.01, 0.001]\n"
                                 "  MAX_EPOCH: 20\n  MOMENTUM: 0.9\n  WEIGHT_DECAY: 1e-7\n"
                                 "  WARMUP_EPOCHS: 5.0\n  WARMUP_START_LR: 0.000125\n"
                                 "  OPTIMIZING_METHOD: sgd\n"
                                 "MODEL: {DROPOUT_RATE: 0.3}\n"
                                 "DATA: {TRAIN_JITTER_SCALES: [256, 320]}\n",
                                 &s);
    assert_int_equal(s.epochs, 20);
    assert_int_equal(s.min_side, 256);
    assert_int_equal(s.max_side, 320);
    expect(s.dropout, (double)0.3F);
    expect(s.weight_decay, 1e-7);
    assert_true(c.decay_biases);
    expect(sfd_course_rate(&c, 0), 0.000125);
    expect(sfd_course_rate(&c, 2.5), 0.0500625);
    expect(sfd_course_rate(&c, 5), 0.1);
    expect(sfd_course_rate(&c, 9.99), 0.1);
    expect(sfd_course_rate(&c, 10), 0.01);
    expect(sfd_course_rate(&c, 19.5), 0.001);
}

static void cosine(void **state)
{
    (void)state;
    sfd_train_settings s = open_settings();
    const sfd_course c = resolve("SOLVER: {BASE_LR: 0.2, MAX_EPOCH: 100, WARMUP_EPOCHS: 10,\n"
                                 "  WARMUP_START_LR: 0.02, COSINE_END_LR: 0.002}\n",
                                 &s);
    expect(sfd_course_rate(&c, 0), 0.02);
    expect(sfd_course_rate(&c, 50), 0.101);
    expect(sfd_course_rate(&c, 100), 0.002);
    expect(sfd_course_rate(&c, 10), 0.198 * (cos(3.14159265358979 * 0.1) + 1) / 2 + 0.002);
    /* nothing but warm-up */
    s = open_settings();
    const sfd_course short_one = resolve("SOLVER: {BASE_LR: 0.2, MAX_EPOCH: 4, WARMUP_EPOCHS: 4,\n"
                                         "  WARMUP_START_LR: 0, COSINE_AFTER_WARMUP: True}\n",
                                         &s);
    expect(sfd_course_rate(&short_one, 1), 0.05);
    expect(sfd_course_rate(&short_one, 4), 0.2);
}

static void options_win(void **state)
{
    (void)state;
    sfd_train_settings s = open_settings();
    s.rate = 0.5;
    s.epochs = 7;
    s.schedule = SFD_TRAIN_COSINE;
    s.dropout = 0;
    const sfd_course c = resolve("SOLVER: {BASE_LR: 0.2, MAX_EPOCH: 100}\n"
                                 "MODEL: {DROPOUT_RATE: 0.3}\n",
                                 &s);
    assert_int_equal(s.epochs, 7);
    expect(s.rate, 0.5);
    expect(s.dropout, 0);
    expect(sfd_course_rate(&c, 3.5), 0.25);
}

static void what_is_not_done_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *message;
    } cases[] = {
        {"SOLVER: {OPTIMIZING_METHOD: adamw}\n", "SOLVER.OPTIMIZING_METHOD: 'adamw'"},
        {"SOLVER: {LAYER_DECAY: 0.75}\n", "SOLVER.LAYER_DECAY: '0.75'"},
        {"SOLVER: {CLIP_GRAD_L2NORM: 1.0}\n", "SOLVER.CLIP_GRAD_L2NORM: '1.0'"},
        {"SOLVER: {LR_POLICY: linear}\n", "SOLVER.LR_POLICY: 'linear'"},
        {"SOLVER: {MAX_EPOCH: 0}\n", "out of range"},
        {"SOLVER: {BASE_LR: many}\n", "SOLVER.BASE_LR: 'many' is not a number"},
        {"SOLVER: {LR_POLICY: steps_with_relative_lrs, STEPS: [3, 5], LRS: [1, 0.1]}\n",
         "STEPS that begin with 0"},
        {"MIXUP: {ENABLE: True}\n", "MIXUP.ENABLE: 'True'"},
        {"AUG: {ENABLE: True}\n", "AUG.ENABLE: 'True'"},
        {"MULTIGRID: {LONG_CYCLE: True}\n", "MULTIGRID.LONG_CYCLE: 'True'"},
        {"DATA: {TRAIN_JITTER_SCALES: [320, 256]}\n", "DATA.TRAIN_JITTER_SCALES"},
        {"MODEL: {FROZEN_BN: True}\n", "MODEL.FROZEN_BN: 'True'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sfd_train_settings s = open_settings();
        sfd_course c;
        sfd_error err;
        write_yaml(cases[i].yaml);
        assert_int_not_equal(sfd_course_resolve(&c, &s, &err), SFD_OK);
        if (!strstr(err.message, cases[i].message))
            fail_msg("\"%s\" instead of \"%s\"", err.message, cases[i].message);
    }
}

/* A step on gradients of 0 shows the decay alone. */
static void what_decays(void **state)
{
    (void)state;
    sfd_param items[] = {
        {.role = SFD_PARAM_WEIGHT, .at = 0, .n = 1, .learned = true},
        {.role = SFD_PARAM_GAIN, .at = 1, .n = 1, .learned = true, .of_norm = true},
        {.role = SFD_PARAM_BIAS, .at = 2, .n = 1, .learned = true, .of_norm = true},
        {.role = SFD_PARAM_BIAS, .at = 3, .n = 1, .learned = true}};
    for (int configured = 0; configured < 2; configured++) {
        float value[4] = {1, 1, 1, 1}, grad[4] = {0}, momentum[4] = {0};
        sfd_params p = {.items = items, .n = 4, .n_floats = 4};
        p.value = value;
        p.grad = grad;
        p.momentum = momentum;
        const sfd_course c = {.weight_decay = 0.5, .decay_biases = configured};
        sfd_optimizer_step(&p, 0, 4, 0.1, &c, NULL);
        assert_true(value[0] < 1 && value[1] == 1 && value[2] == 1);
        assert_true(configured ? value[3] < 1 : value[3] == 1);
    }
}

static int make_path(void **state)
{
    (void)state;
    const int fd = mkstemps(path, 5);
    return fd < 0 || close(fd) != 0;
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_section_our_own),
        cmocka_unit_test(relative_steps),
        cmocka_unit_test(cosine),
        cmocka_unit_test(options_win),
        cmocka_unit_test(what_is_not_done_is_refused),
        cmocka_unit_test(what_decays),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
