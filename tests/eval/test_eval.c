/* SPDX-License-Identifier: Apache-2.0 */
/* Scoring from arrays: properties that any data must have, hand-worked counts, errors and checks.
 */
#include <sfdet/eval.h>

#include "eval/order.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_ROWS 600

/* ---- random sets without ties ---- */

static const char *const videos[] = {"a", "b", "c"};

static double uniform(void)
{
    return (double)rand() / ((double)RAND_MAX + 1);
}

static sfd_eval_row random_truth(void)
{
    double x = uniform() * 0.6, y = uniform() * 0.6;
    return (sfd_eval_row){videos[rand() % 3],
                          900 + rand() % 20,
                          {x, y, x + 0.1 + 0.3 * uniform(), y + 0.1 + 0.3 * uniform()},
                          (const int[]){1, 3, 12, 17, 80}[rand() % 5],
                          1};
}

static void random_set(sfd_eval_row *truth, sfd_eval_row *found)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        truth[i] = found[i] = random_truth();
        if (rand() % 4 == 0)
            found[i] = random_truth();
        found[i].box.x2 += 0.1 * (uniform() - 0.5);
        found[i].box.y1 += 0.1 * (uniform() - 0.5);
        found[i].score = 0.01 + 0.98 * uniform();
    }
}

static sfd_eval *evaluation(sfd_eval_dialect dialect, const sfd_eval_row *truth, size_t n)
{
    sfd_eval *e;
    sfd_eval_settings s;
    sfd_eval_settings_defaults(&s);
    s.dialect = dialect;
    assert_int_equal(sfd_eval_create(&e, &s, NULL), SFD_OK);
    assert_int_equal(sfd_eval_add_truth(e, truth, n, NULL), SFD_OK);
    return e;
}

static sfd_eval_detections *detections(sfd_eval *e, const sfd_eval_row *rows, size_t n)
{
    sfd_eval_detections *d = NULL;
    assert_int_equal(sfd_eval_add_detections(&d, e, rows, n, NULL), SFD_OK);
    return d;
}

static sfd_eval_result score(sfd_eval *e, const sfd_eval_row *rows, size_t n)
{
    sfd_eval_result r;
    double iou = 0.5;
    sfd_eval_detections *d = detections(e, rows, n);
    assert_int_equal(sfd_eval_score(&r, e, d, &iou, 1, NULL), SFD_OK);
    sfd_eval_detections_free(d);
    return r;
}

static void assert_same(const sfd_eval_result *a, const sfd_eval_result *b)
{
    assert_int_equal(a->n_classes, b->n_classes);
    for (size_t i = 0; i < a->n_classes; i++) {
        assert_int_equal(a->classes[i].n_tp, b->classes[i].n_tp);
        assert_true(a->classes[i].ap == b->classes[i].ap ||
                    (isnan(a->classes[i].ap) && isnan(b->classes[i].ap)));
    }
}

static void perfect_detections_give_one(void **state)
{
    (void)state;
    static sfd_eval_row truth[N_ROWS], found[N_ROWS];
    for (int dialect = 0; dialect < SFD_EVAL_N_DIALECTS; dialect++) {
        random_set(truth, found);
        for (size_t i = 0; i < N_ROWS; i++) {
            found[i] = truth[i];
            found[i].score = uniform();
        }
        sfd_eval *e = evaluation((sfd_eval_dialect)dialect, truth, N_ROWS);
        sfd_eval_result r = score(e, found, N_ROWS);
        assert_true(fabs(r.map - 1) < 1e-12);
        for (int g = 0; g < SFD_EVAL_N_GROUPS; g++)
            assert_true(fabs(r.group_map[g] - 1) < 1e-12);
        sfd_eval_result_free(&r);
        sfd_eval_detections *d = detections(e, found, N_ROWS);
        double iou = 0.999, recall;
        assert_int_equal(sfd_eval_box_recall(&recall, e, d, &iou, 1, NULL), SFD_OK);
        assert_true(recall == 1);
        sfd_eval_detections_free(d);
        sfd_eval_free(e);
    }
}

/* A false positive at the end changes nothing, a true one can only add. */
static void detection_below_all_scores(void **state)
{
    (void)state;
    static sfd_eval_row truth[N_ROWS], found[N_ROWS + 1];
    srand(11);
    for (int trial = 0; trial < 40; trial++) {
        random_set(truth, found);
        found[N_ROWS] = random_truth();
        found[N_ROWS].score = 0.001;
        sfd_eval *e = evaluation((sfd_eval_dialect)(trial % SFD_EVAL_N_DIALECTS), truth, N_ROWS);
        sfd_eval_result before = score(e, found, N_ROWS), after = score(e, found, N_ROWS + 1);
        for (size_t i = 0; i < before.n_classes; i++) {
            const sfd_eval_class *b = &before.classes[i], *a = &after.classes[i];
            if (a->n_tp == b->n_tp)
                assert_true(a->ap == b->ap || isnan(a->ap));
            else
                assert_true(a->n_tp == b->n_tp + 1 && a->ap > b->ap);
        }
        sfd_eval_result_free(&before);
        sfd_eval_result_free(&after);
        sfd_eval_free(e);
    }
}

static void shuffle(sfd_eval_row *rows, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)rand() % i;
        sfd_eval_row t = rows[i - 1];
        rows[i - 1] = rows[j];
        rows[j] = t;
    }
}

static int by_frame(const void *a, const void *b)
{
    const sfd_eval_row *p = a, *q = b;
    if (*p->video_id != *q->video_id)
        return *p->video_id - *q->video_id;
    if (p->timestamp_s != q->timestamp_s)
        return p->timestamp_s < q->timestamp_s ? -1 : 1;
    return p->score < q->score ? 1 : -1;
}

/* Without equal scores the order of the rows means nothing, except to PySlowFast, which gives a
 * truth to the first row of a frame: there only the frames may move. */
static void order_of_rows(void **state)
{
    (void)state;
    static sfd_eval_row truth[N_ROWS], found[N_ROWS];
    srand(12);
    for (int trial = 0; trial < 40; trial++) {
        sfd_eval_dialect dialect = (sfd_eval_dialect)(trial % SFD_EVAL_N_DIALECTS);
        random_set(truth, found);
        qsort(found, N_ROWS, sizeof *found, by_frame);
        sfd_eval *e = evaluation(dialect, truth, N_ROWS);
        sfd_eval_result sorted = score(e, found, N_ROWS);
        if (dialect != SFD_EVAL_PYSLOWFAST) {
            shuffle(found, N_ROWS);
        } else { /* the last third of the frames comes first */
            size_t cut = 2 * N_ROWS / 3;
            while (cut < N_ROWS && found[cut].timestamp_s == found[cut - 1].timestamp_s)
                cut++;
            static sfd_eval_row moved[N_ROWS];
            memcpy(moved, found + cut, (N_ROWS - cut) * sizeof *moved);
            memcpy(moved + N_ROWS - cut, found, cut * sizeof *moved);
            memcpy(found, moved, sizeof moved);
        }
        shuffle(truth, N_ROWS);
        sfd_eval *shuffled = evaluation(dialect, truth, N_ROWS);
        sfd_eval_result r = score(shuffled, found, N_ROWS);
        assert_same(&sorted, &r);
        sfd_eval_result_free(&sorted);
        sfd_eval_result_free(&r);
        sfd_eval_free(e);
        sfd_eval_free(shuffled);
    }
}

/* Every detection and every truth is accounted for once. */
static void error_kinds_add_up(void **state)
{
    (void)state;
    static sfd_eval_row truth[N_ROWS], found[N_ROWS];
    srand(13);
    for (int dialect = 0; dialect < SFD_EVAL_N_DIALECTS; dialect++) {
        random_set(truth, found);
        sfd_eval *e = evaluation((sfd_eval_dialect)dialect, truth, N_ROWS);
        sfd_eval_detections *d = detections(e, found, N_ROWS);
        sfd_eval_result r;
        sfd_eval_errors x;
        double iou = 0.5;
        assert_int_equal(sfd_eval_score(&r, e, d, &iou, 1, NULL), SFD_OK);
        assert_int_equal(sfd_eval_analyse(&x, e, d, iou, 0, NULL), SFD_OK);
        assert_true(x.map == r.map);
        for (int k = 0; k < SFD_EVAL_N_ERROR_KINDS; k++)
            assert_true(x.repaired_map[k] >= x.map);
        for (size_t i = 0; i < r.n_classes; i++) {
            const size_t *n = x.classes[i].n;
            assert_int_equal(r.classes[i].n_det, r.classes[i].n_tp + n[SFD_EVAL_DUPLICATE] +
                                                     n[SFD_EVAL_LABEL] + n[SFD_EVAL_PLACE] +
                                                     n[SFD_EVAL_BACKGROUND]);
            assert_int_equal(r.classes[i].n_gt,
                             r.classes[i].n_tp + n[SFD_EVAL_NO_BOX] + n[SFD_EVAL_LOW_SCORE]);
        }
        sfd_eval_result_free(&r);
        sfd_eval_errors_free(&x);
        sfd_eval_detections_free(d);
        sfd_eval_free(e);
    }
}

/* ---- one error of each kind ---- */

#define LEFT_HALF                                                                                  \
    {                                                                                              \
        0.0, 0.0, 0.4, 1.0                                                                         \
    }
#define RIGHT_HALF                                                                                 \
    {                                                                                              \
        0.6, 0.0, 1.0, 1.0                                                                         \
    }

static void errors_by_hand(void **state)
{
    (void)state;
    const sfd_eval_row truth[] = {
        {"v", 902, LEFT_HALF, 12, 1}, {"v", 902, RIGHT_HALF, 11, 1}, {"v", 903, LEFT_HALF, 12, 1},
        {"v", 904, LEFT_HALF, 12, 1}, {"v", 904, LEFT_HALF, 14, 1},
    };
    const sfd_eval_row found[] = {
        {"v", 902, LEFT_HALF, 12, 0.9},            /* right */
        {"v", 902, {0, 0, 0.38, 1}, 12, 0.8},      /* duplicate */
        {"v", 902, RIGHT_HALF, 12, 0.7},           /* wrong label: sits */
        {"v", 903, {0.3, 0.0, 0.7, 1.0}, 12, 0.6}, /* wrong place, IoU 1/7 */
        {"v", 903, {0.7, 0.7, 0.9, 0.9}, 12, 0.5}, /* background */
        {"v", 904, LEFT_HALF, 14, 0.4},            /* right, and 12 is there with a low score */
    };
    sfd_eval *e = evaluation(SFD_EVAL_ACTIVITYNET_2020, truth, 5);
    sfd_eval_detections *d = detections(e, found, 6);
    sfd_eval_errors x;
    assert_int_equal(sfd_eval_analyse(&x, e, d, 0.5, 0, NULL), SFD_OK);
    const sfd_eval_class_errors *stand = NULL, *sit = NULL;
    for (size_t i = 0; i < x.n_classes; i++) {
        stand = x.classes[i].id == 12 ? &x.classes[i] : stand;
        sit = x.classes[i].id == 11 ? &x.classes[i] : sit;
    }
    assert_non_null(stand);
    assert_non_null(sit);
    assert_int_equal(stand->n[SFD_EVAL_DUPLICATE], 1);
    assert_int_equal(stand->n[SFD_EVAL_LABEL], 1);
    assert_int_equal(stand->n[SFD_EVAL_PLACE], 1);
    assert_int_equal(stand->n[SFD_EVAL_BACKGROUND], 1);
    assert_int_equal(stand->n[SFD_EVAL_NO_BOX], 1);
    assert_int_equal(stand->n[SFD_EVAL_LOW_SCORE], 1);
    assert_int_equal(sit->n[SFD_EVAL_LOW_SCORE], 1);
    /* classes 11, 12, 14: AP 0, 1/3, 1 */
    assert_true(fabs(x.map - (0 + 1.0 / 3 + 1) / 3) < 1e-12);
    /* the misplaced one, third of three hits at rank 4, adds 1/3 * 2/4 */
    assert_true(fabs(x.repaired_map[SFD_EVAL_PLACE] - (1.0 / 3 + 1.0 / 6 + 1) / 3) < 1e-12);
    /* one truth of 12 less */
    assert_true(fabs(x.repaired_map[SFD_EVAL_NO_BOX] - (1.0 / 2 + 1) / 3) < 1e-12);
    /* 11 has no truth left, 12 one less */
    assert_true(fabs(x.repaired_map[SFD_EVAL_LOW_SCORE] - (1.0 / 2 + 1) / 2) < 1e-12);
    /* who sits is said to stand */
    assert_int_equal(x.n_confusions, 1);
    assert_int_equal(x.confusions[0].missed, 11);
    assert_int_equal(x.confusions[0].said, 12);
    assert_int_equal(x.confusions[0].n, 1);
    sfd_eval_errors_free(&x);
    /* only the right one and the duplicate are left */
    assert_int_equal(sfd_eval_analyse(&x, e, d, 0.5, 0.8, NULL), SFD_OK);
    assert_int_equal(x.n_confusions, 0);
    assert_int_equal(x.n[SFD_EVAL_DUPLICATE], 1);
    assert_int_equal(x.n[SFD_EVAL_LABEL] + x.n[SFD_EVAL_PLACE] + x.n[SFD_EVAL_BACKGROUND], 0);
    assert_int_equal(x.n[SFD_EVAL_NO_BOX], 4); /* at 902 on the right, 903, and two at 904 */
    assert_int_equal(x.n[SFD_EVAL_LOW_SCORE], 0);
    assert_true(fabs(x.map - 1.0 / 3 / 3) < 1e-12 || fabs(x.map - 1.0 / 3) < 1e-12);
    sfd_eval_errors_free(&x);

    const double ious[] = {0.1, 0.5};
    double recalls[2];
    assert_int_equal(sfd_eval_box_recall(recalls, e, d, ious, 2, NULL), SFD_OK);
    assert_true(fabs(recalls[0] - 1) < 1e-12);
    assert_true(fabs(recalls[1] - 3.0 / 4) < 1e-12);
    sfd_eval_detections_free(d);
    sfd_eval_free(e);
}

static void counts_say_why_rows_are_dropped(void **state)
{
    (void)state;
    const sfd_eval_row truth[] = {
        {"v", 902, LEFT_HALF, 12, 1}, {"v", 902, LEFT_HALF, 2, 1}, {"v", 903, LEFT_HALF, 11, 1}};
    sfd_eval_row found[60];
    for (size_t i = 0; i < 55; i++)
        found[i] = (sfd_eval_row){"v", 902, LEFT_HALF, 12, 0.5 + 0.001 * (double)i};
    found[0].label = 2;
    found[55] = (sfd_eval_row){"v", 903, LEFT_HALF, 12, 0.5};
    found[56] = (sfd_eval_row){"v", 904, LEFT_HALF, 12, 0.5};
    found[57] = (sfd_eval_row){"w", 902, LEFT_HALF, 11, 0.5};
    found[58] = (sfd_eval_row){"v", 902, {0.5, 0.5, 0.5, 0.6}, 12, 0.99};
    found[59] = (sfd_eval_row){"v", 902, {0.5, 0.5, 0.4, 0.6}, 12, 0.99};
    sfd_eval *e = evaluation(SFD_EVAL_ACTIVITYNET_2020, truth, 3);
    assert_int_equal(sfd_eval_exclude(e, "v", 903, NULL), SFD_OK);
    sfd_eval_detections *d = detections(e, found, 60);
    sfd_eval_counts t, c;
    assert_int_equal(sfd_eval_count_truth(&t, e, NULL), SFD_OK);
    assert_int_equal(t.n_rows, 3);
    assert_int_equal(t.n_off_list, 1);
    assert_int_equal(t.n_excluded, 1);
    assert_int_equal(t.n_used, 1);
    assert_int_equal(t.n_boxes, 2);
    assert_int_equal(sfd_eval_count_detections(&c, e, d, NULL), SFD_OK);
    assert_int_equal(c.n_rows, 60);
    assert_int_equal(c.n_off_list, 1);
    assert_int_equal(c.n_excluded, 1);
    assert_int_equal(c.n_unknown, 2);
    assert_int_equal(c.n_over_limit, 6);
    assert_int_equal(c.n_no_area, 2);
    assert_int_equal(c.n_used, 48);
    assert_int_equal(c.n_videos, 2);
    assert_int_equal(c.n_keyframes, 4);
    assert_int_equal(c.n_boxes, 6);
    assert_int_equal(c.n_classes, 2);
    sfd_eval_detections_free(d);
    sfd_eval_free(e);
}

/* ---- arguments and checks ---- */

static void refuses_wrong_arguments(void **state)
{
    (void)state;
    const sfd_eval_row row = {"v", 902.5, LEFT_HALF, 12, 1};
    sfd_eval *e = evaluation(SFD_EVAL_PYSLOWFAST, &row, 0);
    sfd_error err;
    assert_int_equal(sfd_eval_add_truth(e, &row, 1, &err), SFD_ERR_ARG);
    assert_string_equal(err.message,
                        "v: timestamp 902.5 is not an integer, which pyslowfast needs");
    sfd_eval_detections *d = detections(e, &row, 0);
    sfd_eval_result r;
    double iou = 1.5;
    assert_int_equal(sfd_eval_score(&r, e, d, &iou, 1, &err), SFD_ERR_ARG);
    assert_null(r.classes);
    sfd_eval_detections_free(d);
    sfd_eval_free(e);
    sfd_eval_settings s = {.struct_size = sizeof s, .dialect = SFD_EVAL_N_DIALECTS};
    assert_int_equal(sfd_eval_create(&e, &s, &err), SFD_ERR_ARG);
    assert_null(e);
}

static void append_line(void *user, const char *message)
{
    char *text = user;
    strcat(strcat(text, message), "\n");
}

static void check_finds(const sfd_eval_row *found, size_t n, const char *wanted)
{
    sfd_eval_row truth[20];
    for (int i = 0; i < 20; i++)
        truth[i] = (sfd_eval_row){"v", 902 + i, LEFT_HALF, i % 2 ? 12 : 4, 1};
    sfd_eval *e = evaluation(SFD_EVAL_ACTIVITYNET_2020, truth, 20);
    sfd_eval_detections *d = detections(e, found, n);
    char said[2048] = "";
    size_t n_found;
    assert_int_equal(sfd_eval_check(&n_found, e, d, append_line, said, NULL), SFD_OK);
    assert_int_equal(n_found > 0, *wanted != '\0');
    if (!strstr(said, wanted))
        fail_msg("\"%s\" does not hold \"%s\"", said, wanted);
    sfd_eval_detections_free(d);
    sfd_eval_free(e);
}

static void suspicious_input_is_found(void **state)
{
    (void)state;
    sfd_eval_row found[20];
    for (int i = 0; i < 20; i++)
        found[i] = (sfd_eval_row){"v", 902 + i, LEFT_HALF, i % 2 ? 12 : 4, 0.5};
    check_finds(found, 20, "");
    for (int i = 0; i < 20; i++)
        found[i].label--;
    check_finds(found, 20, "labels look off by one: with every label raised by 1");
    for (int i = 0; i < 20; i++)
        found[i].label += 2;
    check_finds(found, 20, "labels look off by one: with every label lowered by 1");
    found[3].label = 0;
    check_finds(found, 20, "label 0 is no AVA action");
    found[3].box.x2 = 300;
    check_finds(found, 20, "coordinate 300: are these pixels?");
    for (int i = 0; i < 20; i++)
        found[i].timestamp_s *= 30;
    check_finds(found, 20, "no timestamp of video \"v\" matches one in truth (1 of 1 video)");
    for (int i = 0; i < 20; i++)
        found[i].video_id = "w";
    check_finds(found, 20, "video \"w\" does not occur in truth");
    check_finds(found, 20, "video \"v\" does not occur in detections");
    check_finds(found, 0, "detections: holds no box with a listed label");
}

/* ---- order ---- */

static void argsort_sorts(void **state)
{
    (void)state;
    static double v[5000];
    static uint32_t index[5000];
    static bool seen[5000];
    srand(14);
    for (int trial = 0; trial < 200; trial++) {
        size_t n = 1 + (size_t)(rand() % 5000);
        int levels = 1 + rand() % (trial % 2 ? 10 : 100000);
        for (size_t i = 0; i < n; i++)
            v[i] = trial % 7 == 0     ? (double)(i % 2 ? i : n - i) /* organ pipes */
                   : rand() % 50 == 0 ? NAN
                                      : rand() % levels;
        sfd_numpy_argsort(v, index, n);
        memset(seen, 0, sizeof seen);
        for (size_t i = 0; i < n; i++) {
            assert_false(seen[index[i]]);
            seen[index[i]] = true;
            if (i > 0 && !isnan(v[index[i]]))
                assert_true(v[index[i - 1]] <= v[index[i]]);
        }
    }
}

/* 17 elements are the first size whose order of equal keys is not that of a stable sort. */
static void argsort_of_17_equal_keys(void **state)
{
    (void)state;
    double v[17] = {0};
    uint32_t index[17];
    sfd_numpy_argsort(v, index, 16);
    for (uint32_t i = 0; i < 16; i++)
        assert_int_equal(index[i], i);
    sfd_numpy_argsort(v, index, 17);
    bool stable = true;
    for (uint32_t i = 0; i < 17; i++)
        stable &= index[i] == i;
    assert_false(stable);
}

/* Made by an adversary so that the partitions exhaust the depth and the rest is heap-sorted; the
 * order of its equal keys is NumPy 1.24.2's. */
static void argsort_falls_back_to_the_heap_as_numpy(void **state)
{
    (void)state;
    static const uint32_t numpy[120] = {
        0,   59,  2,   60,  4,   61,  6,   62,  8,   63,  10,  64,  12,  65,  14,  66,  16,  67,
        18,  68,  20,  69,  22,  70,  24,  71,  27,  28,  29,  30,  31,  32,  33,  34,  35,  36,
        37,  38,  39,  40,  41,  42,  43,  44,  45,  46,  47,  48,  49,  50,  51,  52,  53,  54,
        55,  56,  57,  58,  118, 1,   3,   5,   7,   9,   11,  13,  15,  17,  19,  21,  23,  72,
        73,  74,  75,  76,  77,  78,  79,  80,  81,  82,  83,  84,  85,  86,  87,  88,  89,  90,
        91,  92,  93,  94,  95,  96,  97,  98,  99,  100, 101, 102, 103, 104, 105, 106, 107, 108,
        109, 110, 111, 112, 113, 114, 115, 116, 117, 25,  119, 26};
    double v[120];
    uint32_t index[120];
    for (uint32_t i = 0; i < 120; i++)
        v[i] = i < 26 && i % 2 == 0 ? i : i >= 59 && i < 72 ? 2 * (i - 59) + 1 : 45;
    sfd_numpy_argsort(v, index, 120);
    assert_memory_equal(index, numpy, sizeof numpy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(perfect_detections_give_one),
        cmocka_unit_test(detection_below_all_scores),
        cmocka_unit_test(order_of_rows),
        cmocka_unit_test(error_kinds_add_up),
        cmocka_unit_test(errors_by_hand),
        cmocka_unit_test(counts_say_why_rows_are_dropped),
        cmocka_unit_test(refuses_wrong_arguments),
        cmocka_unit_test(suspicious_input_is_found),
        cmocka_unit_test(argsort_sorts),
        cmocka_unit_test(argsort_of_17_equal_keys),
        cmocka_unit_test(argsort_falls_back_to_the_heap_as_numpy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
