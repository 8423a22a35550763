/* SPDX-License-Identifier: Apache-2.0 */
/* Losses, their gradients against PyTorch's in float64; weights of classes; the order of samples.
 */
#include "train/class_weights.h"
#include "train/classifier.h"
#include "train/order.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { N = 2, K = 4 };

/* A classifier that hands its features on. */
typedef struct plain {
    sfd_net net;
    sfd_params params;
    sfd_head_desc head;
} plain;

static void begin(plain *p, sfd_head_act act)
{
    sfd_error err;
    *p = (plain){.net.n_pathways = 1};
    p->net.config.num_classes = K;
    p->net.config.detection = true;
    p->net.config.head_act = act;
    sfd_graph_add_output(&p->net.graph, "output", sfd_graph_add_input(&p->net.graph, "in", K, 1));
    assert_int_equal(sfd_params_create(&p->params, &p->net, &err), SFD_OK);
    for (size_t k = 0; k < K; k++)
        p->params.value[p->params.items[p->params.first_head].at + k * K + k] = 1;
    sfd_head_describe(&p->head, &p->net);
}

static void end(plain *p)
{
    sfd_params_free(&p->params);
    sfd_net_free(&p->net);
}

static void check(sfd_head_act act, const float *targets, const sfd_loss_settings *how, double want,
                  const double want_slopes[N * K])
{
    static const float logits[N * K] = {-2, 0.5f, 3, -0.25f, 1.5f, -3, 0.1f, 2};
    plain p;
    sfd_train_classifier c;
    sfd_error err;
    double loss;
    float slopes[N * K];
    begin(&p, act);
    assert_int_equal(sfd_train_classifier_create(&c, &p.head, &p.params, 0, how, &err), SFD_OK);
    assert_int_equal(sfd_train_classifier_step(&c, logits, targets, N,
                                               sfd_stream(1, SFD_STREAM_DROPOUT, 0, 0), slopes,
                                               &loss, &err),
                     SFD_OK);
    assert_true(fabs(loss - want) < 1e-7);
    for (size_t i = 0; i < N * K; i++)
        assert_true(fabs((double)slopes[i] - want_slopes[i]) < 1e-7);
    sfd_train_classifier_free(&c);
    end(&p);
}

static const float weights[K] = {1, 2, 0.5f, 3};

static void test_sigmoid(void **state)
{
    (void)state;
    static const float t[N * K] = {0, 1, 0, 1, 1, 0, 0, 1};
    check(SFD_HEAD_SIGMOID, t, &(sfd_loss_settings){0, 1, NULL}, 0.699607133419,
          (const double[]){0.014900365, -0.047192584, 0.119071766, -0.070272063, -0.022803190,
                           0.005928234, 0.065622398, -0.014900365});
    check(SFD_HEAD_SIGMOID, t, &(sfd_loss_settings){2, 0.25, NULL}, 0.103451973166,
          (const double[]){0.000152217, -0.004310531, 0.035210934, -0.012695107, -0.000532222,
                           0.000009840, 0.010612332, -0.000152217});
    check(SFD_HEAD_SIGMOID, t, &(sfd_loss_settings){0, 1, weights}, 0.766095532390,
          (const double[]){0.014900365, -0.094385167, 0.059535883, -0.210816188, -0.022803190,
                           0.011856468, 0.032811199, -0.044701096});
    check(SFD_HEAD_SIGMOID, t, &(sfd_loss_settings){1.5, 3, weights}, 1.072762145581,
          (const double[]){0.004427837, -0.142697594, 0.203859047, -0.523801341, -0.012547382,
                           0.000905138, 0.075270593, -0.013283512});
}

static void test_softmax(void **state)
{
    (void)state;
    static const float t[N * K] = {0, 0, 0, 1, 1, 0, 0, 0};
    check(SFD_HEAD_SOFTMAX, t, &(sfd_loss_settings){0, 1, weights}, 2.794297859686,
          (const double[]){0.004481618, 0.054597290, 0.665131158, -0.724210066, -0.163983740,
                           0.000955554, 0.021211349, 0.141816837});
    plain p;
    sfd_train_classifier c;
    sfd_error err;
    begin(&p, SFD_HEAD_SOFTMAX);
    assert_int_equal(sfd_train_classifier_create(&c, &p.head, &p.params, 0,
                                                 &(sfd_loss_settings){2, 1, NULL}, &err),
                     SFD_ERR_UNSUPPORTED);
    sfd_train_classifier_free(&c);
    end(&p);
}

/* ------------------------------------------------------------------ weights of classes */

static sfd_status read_weights(float **out, const char *text, sfd_error *err)
{
    char path[] = "/tmp/sfd_weights_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    fputs(text, f);
    fclose(f);
    const sfd_status status = sfd_class_weights_read(out, path, 1, 5, err);
    unlink(path);
    return status;
}

static void test_class_weights(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } bad[] = {{"0,1\n", "line 1, column 1 (class id): \"0\""},
               {"1,1\n6,1\n", "line 2, column 1 (class id): \"6\""},
               {"1,1\n1,2\n", "line 2, column 1 (class id): \"1\" is not listed once"},
               {"2,-1\n", "(weight)"},
               {"2,nan\n", "(weight)"},
               {"2,1e300\n", "(weight)"},
               {"2\n", "class_id,weight"},
               {"2,1,3\n", "class_id,weight"},
               {"", "no row"}};
    float *w;
    sfd_error err;
    assert_int_equal(read_weights(&w, "class_id, weight\r\n 2 , 0.5\r\n\r\n5,3\r\n", &err), SFD_OK);
    const float want[] = {1, 0.5f, 1, 1, 3};
    assert_memory_equal(w, want, sizeof want);
    free(w);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(read_weights(&w, bad[i].text, &err), SFD_ERR_FORMAT);
        if (!strstr(err.message, bad[i].word))
            fail_msg("%s: %s", bad[i].text, err.message);
        free(w);
    }
}

/* ------------------------------------------------------------------ order */

/* 1000 samples: 10 of class 0, 100 of class 1, 2 of both, none of class 2, the others of none. */
static void test_order_by_class(void **state)
{
    (void)state;
    enum { SAMPLES = 1000 };
    sfd_samples s = {.n_classes = 3};
    sfd_error err;
    size_t video, order[SAMPLES], again[SAMPLES], count[4] = {0};
    const sfd_box_norm box = {0, 0, 1, 1};
    assert_int_equal(sfd_samples_add_video(&s, "v", 1, &video, &err), SFD_OK);
    for (size_t i = 0; i < SAMPLES; i++) {
        assert_int_equal(sfd_samples_add(&s, video, (double)i, &err), SFD_OK);
        for (int b = 0; b < 2; b++)
            assert_int_equal(sfd_samples_add_box(&s, &box, 1, true, &err), SFD_OK);
        s.targets[(s.n_boxes - 1) * 3] = i < 10;
        s.targets[(s.n_boxes - 2) * 3 + 1] = i >= 8 && i < 110;
    }
    assert_int_equal(sfd_order_by_class(order, &s, sfd_random_init(5, 1), &err), SFD_OK);
    for (size_t i = 0; i < SAMPLES; i++)
        count[order[i] < 8 ? 0 : order[i] < 10 ? 3 : order[i] < 110 ? 1 : 2]++;
    /* a third each; those of both classes come with either */
    assert_true(count[0] + count[3] > 290 && count[0] + count[3] < 400);
    assert_true(count[1] > 270 && count[1] < 390 && count[2] > 280 && count[2] < 390);
    assert_true(count[3] > 40 && count[3] < 110);
    assert_int_equal(sfd_order_by_class(again, &s, sfd_random_init(5, 1), &err), SFD_OK);
    assert_memory_equal(order, again, sizeof order);
    sfd_samples_free(&s);
}

static void test_shuffle(void **state)
{
    (void)state;
    size_t order[100];
    bool seen[100] = {false};
    sfd_order_shuffle(order, 100, sfd_random_init(3, 2));
    for (size_t i = 0; i < 100; i++) {
        assert_true(order[i] < 100 && !seen[order[i]]);
        seen[order[i]] = true;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sigmoid),       cmocka_unit_test(test_softmax),
        cmocka_unit_test(test_class_weights), cmocka_unit_test(test_order_by_class),
        cmocka_unit_test(test_shuffle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
