/* SPDX-License-Identifier: Apache-2.0 */
/* What Faster R-CNN finds by the rules of four code bases, against their maths (persons/rcnn.py):
 * proposals and persons. */
#include "kernels/kernels.h"
#include "media/video_reader.h"
#include "persons/rcnn_support.h"
#include "persons/rpn.h"
#include "weights/open.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX_BOX_ERROR   0.02 /* pixels */
#define MAX_SCORE_ERROR 1e-4

/* Proposals whose ranks are less than rounding apart may be among the best in one and not in the
 * other. */
#define MAX_STRAY 3

#define LEAST_PERSONS 5

typedef struct expectation {
    FILE *file;
    picture picture;
    double threshold;
    int n_persons, n_proposals;
} expectation;

/* The path, static, of a clip that the suite does not have. */
static const char *clip_path(const char *clip)
{
    static char path[512];
    const char *shared = getenv("SFD_SHARED");
    snprintf(path, sizeof path, "%s/clips/%s", shared ? shared : "../../../shared", clip);
    return path;
}

/* A frame of the timeline at 30 a second. */
static picture read_frame(const char *clip, int number)
{
    const sfd_video_options options = {.fps = 30};
    sfd_video_reader *v;
    sfd_picture *frame;
    int64_t index;
    assert_int_equal(sfd_video_open(&v, clip_path(clip), &options, NULL), SFD_OK);
    assert_int_equal(sfd_video_skip_to(v, number, NULL), SFD_OK);
    assert_int_equal(sfd_video_next(v, &frame, &index, NULL), SFD_OK);
    assert_int_equal(index, number);
    picture p = picture_alloc(frame->width, frame->height);
    const size_t row = 3 * (size_t)p.width;
    for (size_t y = 0; y < (size_t)p.height; y++)
        memcpy(p.rgb + y * row, frame->rgb + y * frame->stride_bytes, row);
    sfd_picture_unref(frame);
    sfd_video_close(v);
    return p;
}

/* "formula W H", "resize/x.ppm 0 0" or "x.mp4 FRAME 0". */
static picture read_picture(const char *kind, int a, int b)
{
    if (strcmp(kind, "formula") == 0)
        return picture_make(a, b);
    return strstr(kind, ".mp4") ? read_frame(kind, a) : picture_read_ppm(kind);
}

static expectation read_expectation(const char *name)
{
    expectation x;
    char path[64], kind[128];
    int width, height;
    snprintf(path, sizeof path, "persons/%s.txt", name);
    x.file = fopen(path, "r");
    assert_non_null(x.file);
    assert_int_equal(fscanf(x.file, "%127s %d %d %lf %d %d", kind, &width, &height, &x.threshold,
                            &x.n_persons, &x.n_proposals),
                     6);
    x.picture = read_picture(kind, width, height);
    return x;
}

static void free_expectation(expectation *x)
{
    free(x->picture.rgb);
    fclose(x->file);
}

static double distance(const sfd_box_px *b, const double w[4])
{
    return fmax(fmax(fabs((double)b->x1 - w[0]), fabs((double)b->y1 - w[1])),
                fmax(fabs((double)b->x2 - w[2]), fabs((double)b->y2 - w[3])));
}

static void check_persons(const char *name, const expectation *x, const sfd_found_person *found,
                          size_t n)
{
    double worst_box = 0, worst_score = 0;
    if (n != (size_t)x->n_persons)
        fail_msg("%s: %zu persons, wanted %d", name, n, x->n_persons);
    for (size_t i = 0; i < n; i++) {
        double w[5];
        for (int k = 0; k < 5; k++)
            assert_int_equal(fscanf(x->file, "%lf", &w[k]), 1);
        worst_box = fmax(worst_box, distance(&found[i].box, w));
        worst_score = fmax(worst_score, fabs((double)found[i].score - w[4]));
    }
    print_message("%s: %zu persons, boxes within %.2g pixels, scores within %.2g\n", name, n,
                  worst_box, worst_score);
    assert_true(n >= LEAST_PERSONS);
    assert_true(worst_box <= MAX_BOX_ERROR);
    assert_true(worst_score <= MAX_SCORE_ERROR);
}

static void persons_are_the_originals(const char *file, const char *name, const char *cpu)
{
    expectation x = read_expectation(name);
    const picture *p = &x.picture;
    sfd_person_model *m = open_model(file, cpu);
    sfd_person_finder *finder;
    const sfd_found_person *found;
    size_t n;
    assert_int_equal(sfd_person_finder_create(&finder, m, 2, NULL), SFD_OK);
    for (int run = 0; run < 2; run++) /* memory used before must not matter */
        assert_int_equal(sfd_person_finder_run(finder, p->rgb, p->width, p->height,
                                               3 * (size_t)p->width, x.threshold, &found, &n, NULL),
                         SFD_OK);
    check_persons(file, &x, found, n);
    sfd_person_finder_free(finder);
    sfd_person_model_free(m);
    free_expectation(&x);
}

/* ------------------------------------------------------------------ proposals */

typedef struct network {
    sfd_weights *weights;
    sfd_rcnn_convention convention;
    sfd_graph graph;
    sfd_executable executable;
    sfd_executor executor;
    sfd_team *team;
} network;

static void open_network(network *net, const char *file, const sfd_rcnn_sizes *s)
{
    sfd_rcnn_config config;
    const sfd_kernels *kernels = sfd_kernels_get(sfd_cpu_detect());
    assert_int_equal(sfd_rcnn_infer(&config, net->weights, NULL), SFD_OK);
    assert_int_equal(sfd_rcnn_build(&net->graph, &config, &net->convention, file, NULL), SFD_OK);
    const sfd_prepare_settings settings = {.weights = net->weights, .kernels = kernels};
    assert_int_equal(sfd_executable_create(&net->executable, &net->graph, s->padded_height,
                                           s->padded_width, &settings, NULL),
                     SFD_OK);
    assert_int_equal(sfd_team_create(&net->team, 2, NULL), SFD_OK);
    assert_int_equal(sfd_executor_create(&net->executor, &net->executable, s->padded_height,
                                         s->padded_width, SFD_PLAN_SHARE, net->team, NULL),
                     SFD_OK);
}

static void close_network(network *net)
{
    sfd_executor_free(&net->executor);
    sfd_executable_free(&net->executable);
    sfd_graph_free(&net->graph);
    sfd_team_destroy(net->team);
    sfd_weights_close(net->weights);
}

/* The expected best ones are among those that are found, near their place. */
static void check_proposals(const char *name, const expectation *x, const sfd_scored_box *found,
                            size_t n)
{
    double w[5], worst = 0;
    int n_stray = 0, n_checked = 0;
    assert_int_equal(n, x->n_proposals);
    for (int i = 0; i < x->n_persons; i++)
        for (int k = 0; k < 5; k++)
            assert_int_equal(fscanf(x->file, "%lf", &w[k]), 1);
    for (; fscanf(x->file, "%lf %lf %lf %lf", &w[0], &w[1], &w[2], &w[3]) == 4; n_checked++) {
        double nearest = INFINITY;
        for (int k = n_checked - 5; k <= n_checked + 5; k++)
            if (k >= 0 && (size_t)k < n)
                nearest = fmin(nearest, distance(&found[k].box, w));
        if (nearest > MAX_BOX_ERROR)
            n_stray++;
        else
            worst = fmax(worst, nearest);
    }
    print_message("%s: of %d proposals %d stray, the others within %.2g pixels\n", name, n_checked,
                  n_stray, worst);
    assert_true(n_checked >= 200);
    assert_true(n_stray <= MAX_STRAY);
}

static void proposals_are_the_originals(const char *file, const char *name)
{
    char path[64], remark[128];
    expectation x = read_expectation(name);
    const sfd_rgb rgb = {x.picture.width, x.picture.height, 3 * (size_t)x.picture.width,
                         x.picture.rgb};
    network net = {0};
    sfd_proposals_room *room = calloc(1, sizeof *room);
    snprintf(path, sizeof path, "persons/%s", file);
    assert_int_equal(sfd_weights_open(&net.weights, path, NULL), SFD_OK);
    assert_int_equal(
        sfd_rcnn_convention_of(&net.convention, remark, sizeof remark, net.weights, NULL), SFD_OK);
    const sfd_rcnn_sizes sizes = sfd_rcnn_sizes_of(&net.convention, rgb.width, rgb.height);
    open_network(&net, file, &sizes);
    const sfd_map input = sfd_executor_map(&net.executor, net.graph.inputs[0].tensor);
    assert_int_equal(sfd_rcnn_fill(&net.convention, &sizes, &rgb, &input, NULL), SFD_OK);
    sfd_executor_run(&net.executor, NULL);
    const size_t n = sfd_rpn_propose(room, &net.executor, &net.convention, &sizes);
    check_proposals(file, &x, room->all[0], n);
    free(room);
    close_network(&net);
    free_expectation(&x);
}

/* ------------------------------------------------------------------ cases */

static void as_the_original(const char *file, const char *name)
{
    proposals_are_the_originals(file, name);
    persons_are_the_originals(file, name, NULL);
}

static void torchvision(void **state)
{
    (void)state;
    as_the_original("rcnn_torchvision.pth", "rcnn_torchvision");
}

static void torchvision_before_0_13(void **state)
{
    (void)state;
    persons_are_the_originals("rcnn_torchvision_old.pth", "rcnn_torchvision", NULL);
}

static void detectron2(void **state)
{
    (void)state;
    as_the_original("rcnn_detectron2.pkl", "rcnn_detectron2");
}

static void detectron2_resnext(void **state)
{
    (void)state;
    as_the_original("rcnn_detectron2_x.pkl", "rcnn_detectron2_x");
}

static void mmdetection(void **state)
{
    (void)state;
    as_the_original("rcnn_mmdetection.pth", "rcnn_mmdetection");
}

static void mmdetection_caffe(void **state)
{
    (void)state;
    as_the_original("rcnn_mmdetection_caffe.pth", "rcnn_mmdetection_caffe");
}

static void detectron(void **state)
{
    (void)state;
    as_the_original("rcnn_detectron.pkl", "rcnn_detectron");
}

static void detectron_resnext(void **state)
{
    (void)state;
    as_the_original("rcnn_detectron_x.pkl", "rcnn_detectron_x");
}

static void without_vectors(void **state)
{
    (void)state;
    persons_are_the_originals("rcnn_mmdetection_caffe.pth", "rcnn_mmdetection_caffe", "scalar");
}

static void real_picture(void **state)
{
    (void)state;
    if (access(clip_path("basketball.mp4"), R_OK) != 0)
        skip();
    as_the_original("rcnn_detectron2_x.pkl", "rcnn_detectron2_x_real");
    as_the_original("rcnn_mmdetection_caffe.pth", "rcnn_mmdetection_caffe_real");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(torchvision),     cmocka_unit_test(torchvision_before_0_13),
        cmocka_unit_test(detectron2),      cmocka_unit_test(detectron2_resnext),
        cmocka_unit_test(mmdetection),     cmocka_unit_test(mmdetection_caffe),
        cmocka_unit_test(detectron),       cmocka_unit_test(detectron_resnext),
        cmocka_unit_test(without_vectors), cmocka_unit_test(real_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
