/* SPDX-License-Identifier: Apache-2.0 */
/* Learning to find persons: whose cells, loss and gradients against PyTorch (train/persons.py), the
 * loss against finite differences, views. */
#include "base/file.h"
#include "train/optimizer.h"
#include "train/persons/loss.h"
#include "train/persons/view.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/golden.h"
#include "support/random.h"
#include "train/recorded.h"
#include "weights/open.h"

#define BATCH     3
#define WIDTH     160
#define HEIGHT    96
#define TOLERANCE 6 /* times the rounding of PyTorch's own float32: few positions, steep norms */

typedef struct trained {
    sfd_graph graph;
    sfd_params params;
    sfd_team *team;
    sfd_train_graph train;
    sfd_person_loss loss;
    sfd_box_px boxes[MOST_BOXES];
    size_t first[BATCH + 1];
} trained;

static void open_network(trained *t)
{
    sfd_yolox_config c;
    sfd_weights *w;
    sfd_error err;
    must(sfd_weights_open(&w, "persons/yolox_1.pth", &err), &err);
    must(sfd_yolox_infer(&c, w, &err), &err);
    must(sfd_yolox_build(&t->graph, &c, "small", &err), &err);
    must(sfd_params_create_for_graph(&t->params, &t->graph, &err), &err);
    must(sfd_params_load(&t->params, w, false, &err), &err);
    sfd_weights_close(w);
    must(sfd_team_create(&t->team, 2, &err), &err);
    must(sfd_train_graph_create(&t->train, &t->graph, &t->params, sfd_kernels_get(sfd_cpu_detect()),
                                BATCH, HEIGHT, WIDTH, t->team, &err),
         &err);
    must(sfd_person_loss_create(&t->loss, &t->train, &err), &err);
}

static void close_network(trained *t)
{
    sfd_person_loss_free(&t->loss);
    sfd_train_graph_free(&t->train);
    sfd_team_destroy(t->team);
    sfd_params_free(&t->params);
    sfd_graph_free(&t->graph);
}

static void fill_pictures(const trained *t)
{
    const int tensor = t->graph.inputs[0].tensor;
    const sfd_plan_tensor *in = &t->train.plan.tensors[tensor];
    for (size_t n = 0; n < BATCH; n++)
        for (size_t y = 0; y < HEIGHT; y++)
            for (size_t x = 0; x < WIDTH; x++)
                for (size_t c = 0; c < 3; c++)
                    sfd_train_graph_value(&t->train, tensor, n)[(y * WIDTH + x) * in->ld + c] =
                        (float)((37 * n + 29 * c + 7 * x + 13 * y + x * y % 31) % 256);
}

static void check_assigned(const trained *t, const cJSON *json)
{
    for (int n = 0; n < BATCH; n++) {
        const sfd_assignment *a = &t->loss.slots[n].assignment;
        const cJSON *pair, *wanted = cJSON_GetArrayItem(json, n);
        assert_int_equal(a->n_found, cJSON_GetArraySize(wanted));
        cJSON_ArrayForEach(pair, wanted) assert_int_equal(
            a->truth[cJSON_GetArrayItem(pair, 0)->valueint], cJSON_GetArrayItem(pair, 1)->valueint);
    }
}

static void check_case(const cJSON *json)
{
    trained t = {0};
    open_network(&t);
    fill_pictures(&t);
    const sfd_batch_persons persons = {t.boxes, t.first};
    read_boxes(cJSON_GetObjectItem(json, "persons"), BATCH, t.boxes, t.first);
    sfd_train_graph_forward(&t.train);
    sfd_train_graph_clear_grads(&t.train);
    sfd_person_loss_assign(&t.loss, &persons);
    check_assigned(&t, cJSON_GetObjectItem(json, "assigned"));
    const double loss =
        sfd_person_loss_run(&t.loss, &persons, cJSON_IsTrue(cJSON_GetObjectItem(json, "with_l1")));
    const double want = number(json, "loss");
    print_message("loss %.7f (PyTorch %.7f)\n", loss, want);
    assert_true(fabs(loss - want) <= 2e-5 * want);
    sfd_train_graph_backward(&t.train);
    check_params(&t.params, json, TOLERANCE, 0, 0);
    close_network(&t);
}

static void as_pytorch(void **state)
{
    (void)state;
    char *text;
    size_t n;
    sfd_error err;
    must(sfd_read_text(&text, &n, "train/persons.json", 1 << 20, &err), &err);
    cJSON *json = cJSON_Parse(text);
    assert_int_equal(cJSON_GetArraySize(json), 2);
    for (int i = 0; i < 2; i++)
        check_case(cJSON_GetArrayItem(json, i));
    cJSON_Delete(json);
    free(text);
}

/* ------------------------------------------------------------------ finite differences */

/* The slope of the loss along each output of the persons' cells, and of some others. */
static void check_slopes_of(trained *t, const sfd_batch_persons *persons, int output)
{
    const double step = 1e-3;
    const int tensor = t->graph.outputs[output].tensor;
    const sfd_plan_tensor *m = &t->train.plan.tensors[tensor];
    const size_t n = (size_t)m->size[1] * (size_t)m->size[2] * m->ld;
    for (size_t sample = 0; sample < BATCH; sample++) {
        float *value = sfd_train_graph_value(&t->train, tensor, sample);
        const float *grad = sfd_train_graph_grad(&t->train, tensor, sample);
        for (size_t i = 0; i < n; i++) {
            if (i % m->ld >= (size_t)m->channels)
                continue;
            const float start = value[i];
            sfd_train_graph_clear_grads(&t->train);
            value[i] = start - (float)step;
            const double low = sfd_person_loss_run(&t->loss, persons, true);
            value[i] = start + (float)step;
            const double high = sfd_person_loss_run(&t->loss, persons, true);
            value[i] = start;
            sfd_train_graph_clear_grads(&t->train);
            sfd_person_loss_run(&t->loss, persons, true);
            const double measured = (high - low) / (2 * step), slope = (double)grad[i];
            if (!(fabs(measured - slope) <= 2e-4 * (1 + fabs(slope))))
                fail_msg("output %d, sample %zu, %zu: slope %g, finite difference %g", output,
                         sample, i, slope, measured);
        }
    }
}

static void as_finite_differences(void **state)
{
    (void)state;
    trained t = {.boxes = {{10, 5, 70, 90}, {50.5F, 20, 90, 92.25F}, {100, 30, 160, 96}},
                 .first = {0, 2, 3, 3}};
    const sfd_batch_persons persons = {t.boxes, t.first};
    test_random r = {5};
    open_network(&t);
    for (size_t i = 0; i < t.graph.n_outputs; i++) {
        const int tensor = t.graph.outputs[i].tensor;
        const sfd_plan_tensor *m = &t.train.plan.tensors[tensor];
        for (size_t n = 0; n < BATCH; n++)
            random_fill_reals(&r, sfd_train_graph_value(&t.train, tensor, n),
                              (size_t)m->size[1] * (size_t)m->size[2] * m->ld);
    }
    sfd_person_loss_assign(&t.loss, &persons);
    assert_true(t.loss.slots[0].assignment.n_found >= 2);
    assert_true(t.loss.slots[1].assignment.n_found >= 1);
    assert_int_equal(t.loss.slots[2].assignment.n_found, 0);
    for (int output = 6; output < 9; output++) /* the coarsest level: all of its cells */
        check_slopes_of(&t, &persons, output);
    close_network(&t);
}

/* ------------------------------------------------------------------ learning by heart */

/* The least IoU and object score of a person's best cell. */
static void worst_person(const trained *t, double *iou, double *score)
{
    *iou = *score = 1;
    for (size_t n = 0; n < BATCH; n++)
        for (size_t person = t->first[n]; person < t->first[n + 1]; person++) {
            const sfd_assignment *a = &t->loss.slots[n].assignment;
            double best_iou = 0, best_score = 0;
            for (size_t i = 0; i < a->n; i++) {
                if (a->truth[i] != (int)(person - t->first[n]))
                    continue;
                int level = 0;
                while (i >= t->loss.first[level + 1])
                    level++;
                const int tensor = t->graph.outputs[3 * level + 2].tensor;
                const size_t at = (i - t->loss.first[level]) * t->train.plan.tensors[tensor].ld;
                const double x = (double)sfd_train_graph_value(&t->train, tensor, n)[at];
                best_iou = fmax(best_iou, (double)a->iou[i]);
                best_score = fmax(best_score, 1 / (1 + exp(-x)));
            }
            *iou = fmin(*iou, best_iou);
            *score = fmin(*score, best_score);
        }
}

static void three_pictures_by_heart(void **state)
{
    (void)state;
    trained t = {.boxes = {{10, 5, 70, 90}, {80.5F, 20, 120, 92.25F}, {100, 30, 160, 96}},
                 .first = {0, 2, 3, 3}};
    const sfd_batch_persons persons = {t.boxes, t.first};
    const sfd_course course = {.momentum = 0.9, .nesterov = true};
    double first = 0, loss = 0, iou, score;
    open_network(&t);
    fill_pictures(&t);
    for (int i = 0; i < 150; i++) {
        sfd_train_graph_forward(&t.train);
        sfd_train_graph_clear_grads(&t.train);
        sfd_person_loss_assign(&t.loss, &persons);
        loss = sfd_person_loss_run(&t.loss, &persons, i > 100);
        first = i == 0 ? loss : first;
        sfd_train_graph_backward(&t.train);
        sfd_optimizer_step(&t.params, 0, t.params.n, 0.01, &course, NULL);
    }
    worst_person(&t, &iou, &score);
    print_message("loss %.3g, then %.3g; the worst person: IoU %.3f, score %.3f\n", first, loss,
                  iou, score);
    assert_true(loss < first / 20 && iou > 0.7 && score > 0.7);
    close_network(&t);
}

/* ------------------------------------------------------------------ who finds whom, by hand */

/* Four cells of 8 pixels in a row predict boxes around themselves. Box 0 covers cells 0 and 1, box
 * 1 cell 3. Overlaps of box 0: 0.5 with cell 0 and 1, so it takes one cell, the one of less cost;
 * cell 1 is the only one that box 1 overlaps at all, but cell 3 lies in it. */
static void who_finds_whom(void **state)
{
    (void)state;
    static const sfd_cell cells[4] = {{4, 4, 8}, {12, 4, 8}, {20, 4, 8}, {28, 4, 8}};
    static const sfd_box_px truth[2] = {{0, 0, 16, 8}, {24, 0, 32, 8}};
    const sfd_prediction predictions[4] = {
        {{0, 0, 8, 8}, 0.5F}, {{8, 0, 16, 8}, 0.25F}, {{16, 0, 24, 8}, 0}, {{24, 0, 32, 8}, 2}};
    sfd_assignment a;
    assert_int_equal(sfd_assignment_create(&a, 4, NULL), SFD_OK);
    sfd_simota(&a, cells, predictions, truth, 2);
    static const int wanted[4] = {SFD_NO_TRUTH, 0, SFD_NO_TRUTH, 1};
    assert_memory_equal(a.truth, wanted, sizeof wanted);
    assert_int_equal(a.n_found, 2);
    assert_true(a.iou[1] == 0.5F && a.iou[3] == 1);
    sfd_simota(&a, cells, predictions, truth, 0);
    assert_int_equal(a.n_found, 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(a.truth[i], SFD_NO_TRUTH);

    /* both boxes want cell 1: it goes to the one that it overlaps more */
    static const sfd_box_px close[2] = {{8, 0, 16, 8}, {8, 0, 16, 6}};
    sfd_simota(&a, cells, predictions, close, 2);
    assert_int_equal(a.truth[1], 0);
    assert_true(a.iou[1] == 1);

    const sfd_prediction lost[4] = {{{NAN, NAN, NAN, NAN}, NAN}, {{0, 0, 0, 0}, INFINITY}};
    sfd_simota(&a, cells, lost, truth, 1);
    assert_true(a.n_found <= 1);
    sfd_assignment_free(&a);
}

/* ------------------------------------------------------------------ views */

static void colours_keep_grey(void **state)
{
    (void)state;
    const sfd_person_view v = sfd_person_view_draw(40, 30, 64, 64, (sfd_random){3});
    for (int i = 0; i < 3; i++) { /* by a gain */
        const double sum = (double)v.colour[i][0] + (double)v.colour[i][1] + (double)v.colour[i][2];
        assert_true(sum > 0.649 && sum < 1.351);
    }
}

/* A white person on black: where the box says, after every kind of move. */
static void boxes_follow_pixels(void **state)
{
    (void)state;
    enum { W = 48, H = 32, IN = 64 };
    static uint8_t rgb[H][W][3];
    static float out[IN][IN][4];
    const sfd_box_norm box = {12.0 / W, 8.0 / H, 24.0 / W, 28.0 / H};
    for (int y = 8; y < 28; y++)
        memset(rgb[y][12], 200, (size_t)12 * 3);
    const sfd_rgb picture = {W, H, (size_t)3 * W, &rgb[0][0][0]};
    const sfd_map input = {.size = {1, IN, IN}, .channels = 3, .ld = 4, .data = out};
    int n_seen = 0, n_turned = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        const sfd_person_view v = sfd_person_view_draw(W, H, IN, IN, (sfd_random){seed});
        sfd_box_px b;
        sfd_person_view_fill(&v, &picture, &input);
        if (!sfd_person_view_box(&v, &box, W, H, IN, IN, &b))
            continue;
        n_seen++;
        n_turned += v.turned;
        assert_true(b.x1 >= 0 && b.y1 >= 0 && b.x2 <= IN && b.y2 <= IN);
        for (int y = 0; y < IN; y++)
            for (int x = 0; x < IN; x++) {
                const float cx = (float)x + 0.5F, cy = (float)y + 0.5F, margin = (float)v.zoom;
                const bool within = cx > b.x1 + margin && cx < b.x2 - margin &&
                                    cy > b.y1 + margin && cy < b.y2 - margin;
                const bool outside = cx < b.x1 - margin || cx > b.x2 + margin ||
                                     cy < b.y1 - margin || cy > b.y2 + margin;
                const float light = out[y][x][1];
                assert_true(!within || light > 120);
                assert_true(!outside || light == 0 || light == 114);
            }
    }
    assert_true(n_seen > 100 && n_turned > 5);
}

static void who_is_hardly_seen_is_nobody(void **state)
{
    (void)state;
    const sfd_person_view v = {.zoom = 1, .x = -50, .y = 0};
    const sfd_box_norm cut = {0, 0, 0.8, 1}, gone = {0, 0, 0.5, 1}, empty = {0.9, 0, 0.9, 1};
    sfd_box_px b;
    assert_false(sfd_person_view_box(&v, &cut, 100, 100, 100, 100, &b)); /* 0.375 of it */
    assert_false(sfd_person_view_box(&v, &gone, 100, 100, 100, 100, &b));
    assert_false(sfd_person_view_box(&v, &empty, 100, 100, 100, 100, &b));
    const sfd_box_norm seen = {0.2, 0, 0.9, 1};
    assert_true(sfd_person_view_box(&v, &seen, 100, 100, 100, 100, &b));
    assert_true(b.x1 == 0 && b.x2 == 40 && b.y1 == 0 && b.y2 == 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_pytorch),
        cmocka_unit_test(as_finite_differences),
        cmocka_unit_test(three_pictures_by_heart),
        cmocka_unit_test(who_finds_whom),
        cmocka_unit_test(colours_keep_grey),
        cmocka_unit_test(boxes_follow_pixels),
        cmocka_unit_test(who_is_hardly_seen_is_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
