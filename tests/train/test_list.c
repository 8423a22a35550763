/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of whole videos: what is read from a line, where clips lie, accuracy. */
#include "input/sampling.h"
#include "train/params.h"
#include "train/samples.h"
#include "train/validate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define N_CLASSES 7

static sfd_status read_text(sfd_samples *s, const char *text, sfd_error *err)
{
    char path[] = "/tmp/sfd_list_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    fputs(text, f);
    fclose(f);
    const sfd_samples_settings how = {.list = path, .n_classes = N_CLASSES};
    const sfd_status status = sfd_samples_read_list(s, &how, err);
    unlink(path);
    return status;
}

static void test_lines(void **state)
{
    (void)state;
    static const char text[] = "a.mp4 0\n"
                               "deep/er/b.mp4,1\r\n"
                               "\n"
                               "/abs/with a blank.mp4\t 2 \n"
                               "\"quoted, comma.mp4\",3\n"
                               "a.mp4 6";
    static const char *const ids[] = {"a.mp4", "deep/er/b.mp4", "/abs/with a blank.mp4",
                                      "quoted, comma.mp4", "a.mp4"};
    static const size_t labels[] = {0, 1, 2, 3, 6};
    sfd_samples s;
    sfd_error err;
    assert_int_equal(read_text(&s, text, &err), SFD_OK);
    assert_int_equal(s.n, 5);
    assert_true(s.whole_videos);
    for (size_t i = 0; i < s.n; i++) {
        assert_string_equal(s.videos[s.items[i].video].id, ids[i]);
        assert_int_equal(s.items[i].n_boxes, 1);
        for (size_t k = 0; k < N_CLASSES; k++)
            assert_true(s.targets[s.items[i].first_box * N_CLASSES + k] == (k == labels[i]));
    }
    assert_int_equal(sfd_samples_count(&s, 6), 1);
    assert_int_equal(sfd_samples_count(&s, 4), 0);
    sfd_samples_free(&s);
}

static void test_bad_lines(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a.mp4",   "a.mp4 ",    " 3",        ",3",          "a.mp4 7", "a.mp4 -1",
        "a.mp4 x", "a.mp4 1.0", "a.mp4,1,2", "a.mp4 1 0x1", "a.mp4,",  "a.mp4 99999999999999999999",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[128];
        sfd_samples s;
        sfd_error err;
        snprintf(text, sizeof text, "fine.mp4 0\n%s\n", texts[i]);
        if (read_text(&s, text, &err) != SFD_ERR_FORMAT)
            fail_msg("\"%s\" was read", texts[i]);
        assert_non_null(strstr(err.message, ": line 2: "));
        sfd_samples_free(&s);
    }
    sfd_samples s;
    assert_int_equal(read_text(&s, "\n\n", NULL), SFD_ERR_MISMATCH);
    sfd_samples_free(&s);
}

/* First and last frame of the clip at start k, not clamped to the video. */
static void clip_ends(const sfd_net_config *c, size_t k, int64_t ends[2])
{
    int64_t frames[64], centre;
    sfd_clip_frames(c, sfd_clip_time(c, k), 0, frames, &centre);
    ends[0] = frames[0];
    ends[1] = frames[c->num_frames - 1];
}

static void test_clips_are_inside(void **state)
{
    (void)state;
    for (int rate = 1; rate <= 5; rate++)
        for (int offset = 0; offset <= 1; offset++)
            for (int64_t n_frames = 1; n_frames < 200; n_frames++) {
                const sfd_net_config c = {
                    .num_frames = 8, .sampling_rate = rate, .centre_offset_frames = offset};
                const size_t n = sfd_clip_starts(&c, n_frames);
                int64_t first[2], last[2];
                clip_ends(&c, 0, first);
                clip_ends(&c, n - 1, last);
                assert_int_equal(first[0], 0);
                assert_int_equal(last[0], (n - 1) * (size_t)rate);
                assert_true(n == 1 || last[1] < n_frames); /* inside */
                assert_true(last[1] + rate >= n_frames);   /* there is no later one */
            }
}

/* A classifier that hands its features on. */
static void test_accuracy(void **state)
{
    (void)state;
    static const float rows[5][N_CLASSES] = {
        {0, 0, 9, 0, 0, 0, 0},       /* label 2: first */
        {9, 8, 7, 6, 5, 4, 3},       /* label 4: fifth */
        {9, 8, 7, 6, 5, 4, 3},       /* label 5: sixth */
        {1, 1, 1, 1, 1, 1, 1},       /* label 1: of equal ones the second */
        {NAN, NAN, NAN, 0, 0, 0, 0}, /* label 0: no number is no success */
    };
    sfd_net net = {.n_pathways = 1};
    net.config.num_classes = N_CLASSES;
    net.config.head_act = SFD_HEAD_SOFTMAX;
    sfd_graph_add_output(&net.graph, "output",
                         sfd_graph_add_input(&net.graph, "input", N_CLASSES, 1));
    assert_false(net.graph.failed);
    sfd_params params;
    sfd_samples s;
    sfd_error err;
    sfd_train_epoch e = {.map = NAN};
    sfd_train_settings settings;
    const sfd_view_rows views = {.n_views = 1, .n_rows = 1, .n_features = N_CLASSES};
    sfd_train_settings_defaults(&settings);
    assert_int_equal(read_text(&s, "a 2\nb 4\nc 5\nd 1\ne 0\n", &err), SFD_OK);
    assert_int_equal(sfd_params_create(&params, &net, &err), SFD_OK);
    const size_t weight = params.items[params.first_head].at;
    for (size_t k = 0; k < N_CLASSES; k++)
        params.value[weight + k * N_CLASSES + k] = 1;
    assert_int_equal(sfd_validate_features(&e, &net, &params, &s, *rows, &views, &settings, &err),
                     SFD_OK);
    assert_true(e.top1 == 1.0 / 5);
    assert_true(e.top5 == 3.0 / 5);
    assert_true(e.map > 0 && e.map < 1);
    sfd_params_free(&params);
    sfd_net_free(&net);
    sfd_samples_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_clips_are_inside),
        cmocka_unit_test(test_accuracy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
