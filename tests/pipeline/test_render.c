/* SPDX-License-Identifier: Apache-2.0 */
/* What is drawn on which frame: the drawing, the video reader and the video writer are fakes that
 * keep a record. */
#include "base/error.h"
#include "fake_video.h"
#include "media/draw.h"
#include "media/video_writer.h"
#include "pipeline/overlay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ------------------------------------------------------------------- fakes */

static char drawn[1 << 15]; /* one line per drawing */
static char written[1000];  /* per frame written: '.' plain, '1', '2' ... boxes drawn */
static size_t n_written, n_placed;
static bool finished; /* the writer was closed, not discarded */

sfd_status sfd_font_open(sfd_font **out, const char *path, sfd_error *err)
{
    (void)path, (void)err;
    *out = NULL;
    return SFD_OK;
}

void sfd_font_close(sfd_font *f)
{
    (void)f;
}

sfd_status sfd_plates_place(sfd_plates **out, int width, int height, const sfd_font *font,
                            const sfd_annotation *list, size_t n, sfd_error *err)
{
    (void)width, (void)height, (void)font, (void)list, (void)n, (void)err;
    *out = NULL;
    n_placed++;
    return SFD_OK;
}

void sfd_plates_free(sfd_plates *p)
{
    (void)p;
}

/* Green boxes without person. */
sfd_colour sfd_colour_of_person(int64_t person_id)
{
    return (sfd_colour){0, (uint8_t)(100 + person_id), 255};
}

static const char *colour_name(sfd_colour c)
{
    return c.r > c.g ? "red" : c.b == 255 ? "blue" : "green";
}

/* Also paints the number of boxes into the second pixel. */
sfd_status sfd_draw_annotations(sfd_picture *p, const sfd_font *font, const sfd_annotation *list,
                                size_t n, const sfd_plates *plates, sfd_error *err)
{
    (void)font, (void)plates, (void)err;
    size_t at = strlen(drawn), n_shown = 0;
    at += (size_t)snprintf(drawn + at, sizeof drawn - at, "%lld:", (long long)fake_number(p->rgb));
    for (size_t i = 0; i < n; i++) {
        if (list[i].hidden)
            continue;
        n_shown++;
        at += (size_t)snprintf(drawn + at, sizeof drawn - at, " %s %g", colour_name(list[i].colour),
                               list[i].box.x1);
        for (size_t j = 0; j < list[i].n_lines; j++)
            at += (size_t)snprintf(drawn + at, sizeof drawn - at, "%s%s", j ? ", " : " ",
                                   list[i].lines[j].text);
        at += (size_t)snprintf(drawn + at, sizeof drawn - at, ";");
    }
    snprintf(drawn + at, sizeof drawn - at, "\n");
    p->rgb[3] = (uint8_t)(n_shown ? '0' + n_shown : 0);
    return SFD_OK;
}

sfd_status sfd_video_writer_open(sfd_video_writer **out, const char *path,
                                 const sfd_video_format *format, sfd_error *err)
{
    (void)format;
    *out = NULL;
    n_written = n_placed = 0;
    finished = false;
    if (strcmp(path, "unwritable") == 0)
        return sfd_fail(err, SFD_ERR_IO, "unwritable");
    *out = (sfd_video_writer *)written;
    return SFD_OK;
}

sfd_status sfd_video_writer_add(sfd_video_writer *w, const sfd_picture *frame, sfd_error *err)
{
    (void)w, (void)err;
    assert_int_equal(fake_number(frame->rgb),
                     n_written / (size_t)fake.repeat * (size_t)fake.repeat);
    assert_true(n_written + 1 < sizeof written);
    written[n_written++] = frame->rgb[3] ? (char)frame->rgb[3] : '.';
    written[n_written] = '\0';
    return SFD_OK;
}

/* Frames passed over: '_'. */
void sfd_video_writer_skip_to(sfd_video_writer *w, int64_t index)
{
    (void)w;
    assert_true((size_t)index > n_written && (size_t)index + 1 < sizeof written);
    while (n_written < (size_t)index)
        written[n_written++] = '_';
}

bool sfd_video_writer_complain(const sfd_video_writer *w, sfd_error *message)
{
    (void)w, (void)message;
    return false;
}

sfd_status sfd_video_writer_close(sfd_video_writer *w, sfd_error *err)
{
    (void)w, (void)err;
    finished = true;
    return SFD_OK;
}

void sfd_video_writer_discard(sfd_video_writer *w)
{
    (void)w;
}

/* ------------------------------------------------------------------- tests */

static char folder[] = "/tmp/sfdet-render-XXXXXX";
static sfd_labels *labels;

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && sfd_labels_open(&labels, NULL, NULL) == SFD_OK ? 0 : 1;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/boxes.csv", folder);
    unlink(path);
    sfd_labels_free(labels);
    return rmdir(folder);
}

static const char *file_of(const char *text)
{
    static char path[64];
    snprintf(path, sizeof path, "%s/boxes.csv", folder);
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
    return path;
}

static sfd_overlay *overlay_of(const char *detections, const char *ground_truth)
{
    sfd_overlay *o;
    sfd_error err = {SFD_OK, ""};
    assert_int_equal(sfd_overlay_create(&o, "clip", labels, 0.5, NULL), SFD_OK);
    if (detections && sfd_overlay_read_detections(o, file_of(detections), &err) != SFD_OK)
        fail_msg("%s", err.message);
    if (ground_truth && sfd_overlay_read_ground_truth(o, file_of(ground_truth), &err) != SFD_OK)
        fail_msg("%s", err.message);
    return o;
}

static size_t draw_keyframes(sfd_overlay *o, double offset_s)
{
    size_t n_failed;
    sfd_error err = {SFD_OK, ""};
    sfd_render_settings s;
    sfd_render_settings_defaults(&s);
    s.timestamp_offset_s = offset_s;
    drawn[0] = '\0';
    if (sfd_render_keyframes("clip.mp4", folder, "png", o, &s, &n_failed, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return n_failed;
}

static void remove_picture(const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (unlink(path) != 0)
        fail_msg("%s was not written", path);
}

static void test_keyframes(void **state)
{
    (void)state;
    fake_video_reset(100);
    sfd_overlay *o = overlay_of("clip,0902,0.5,0,1,1,12,0.51\n"
                                "clip,0902,0.5,0,1,1,80,0.995\n"
                                "clip,0902,0.5,0,1,1,17,0.50\n"
                                "other,0902,0.5,0,1,1,17,0.9\n"
                                "clip,0902,0.2,0,1,1,12,0.1\n"
                                "clip,0902,0.2,0,1,1,14,0.2\n"
                                "clip,0901,0.1,0,1,1,99,0.75\n",
                                "clip,0902,0.25,0,1,1,71,3\n"
                                "clip,0902,0.25,0,1,1,12,3\n"
                                "clip,0999,0.25,0,1,1,12,3\n"
                                "clip,0901,0.3,0,1,1\n");
    assert_int_equal(draw_keyframes(o, 900), 1);
    assert_string_equal(drawn, "30: red 0.3; green 0.1 action 99 0.75;\n"
                               "60: red 0.25 kick (a person), stand; green 0.2; green 0.5 "
                               "watch (a person) 1.00, stand 0.51;\n");
    remove_picture("clip_0901.png");
    remove_picture("clip_0902.png");
    sfd_overlay_free(o);
    assert_int_equal(fake.n_open, 0);
}

/* Predictions in hand look as they do from their file. */
static void test_added_keyframe(void **state)
{
    (void)state;
    static const int ids[3] = {11, 12, 13};
    static const float scores[3] = {0.25f, 0.75f, 0.625f};
    static const sfd_person person = {{0.5, 0, 1, 1}, 0.9,  "0001", "0.5,0,1,1", scores, 0,
                                      false,          NULL, {0}};
    const sfd_keyframe k = {.video_id = "clip",
                            .timestamp_s = 1,
                            .n_classes = 3,
                            .class_ids = ids,
                            .n_persons = 1,
                            .persons = &person};
    sfd_overlay *o = overlay_of(NULL, NULL);
    fake_video_reset(100);
    assert_int_equal(sfd_overlay_add(o, &k, NULL), SFD_OK);
    assert_int_equal(draw_keyframes(o, 0), 0);
    assert_string_equal(drawn, "30: green 0.5 stand 0.75, swim 0.63;\n");
    remove_picture("clip_0001.png");
    sfd_overlay_free(o);
}

static void render(sfd_overlay *o, double offset_s)
{
    sfd_renderer *r;
    sfd_render_settings s;
    sfd_render_settings_defaults(&s);
    s.timestamp_offset_s = offset_s;
    assert_int_equal(sfd_renderer_open(&r, "clip.mp4", "out.mp4", NULL, NULL), SFD_OK);
    assert_int_equal(sfd_renderer_run(r, o, &s, NULL), SFD_OK);
    sfd_renderer_free(r);
    assert_true(finished);
    assert_int_equal(fake.n_open, 0);
}

static void expect_written(const char *boxes, size_t first, size_t end)
{
    for (size_t i = 0; i < n_written; i++)
        if (i >= first && i < end)
            assert_int_equal(written[i], *boxes);
}

static void test_video(void **state)
{
    (void)state;
    fake_video_reset(120);
    sfd_overlay *o = overlay_of("clip,1,0.5,0,1,1,12,0.9\n"   /* frame 30 */
                                "clip,1.5,0.5,0,1,1,12,0.9\n" /* frame 45 */
                                "clip,1.5,0.6,0,1,1,12,0.9\n"
                                "clip,3,0.5,0,1,1,12,0.9\n", /* frame 90 */
                                NULL);
    render(o, 0);
    assert_int_equal(n_written, 120);
    expect_written(".", 0, 15);
    expect_written("1", 15, 38);
    expect_written("2", 38, 60);
    expect_written(".", 60, 75);
    expect_written("1", 75, 105);
    expect_written(".", 105, 120);
    sfd_overlay_free(o);
}

static void test_video_without_boxes_in_it(void **state)
{
    (void)state;
    fake_video_reset(50);
    sfd_overlay *o = overlay_of("clip,1,0.5,0,1,1,12,0.9\nclip,900,0,0,1,1,12,0.9\n", NULL);
    render(o, 500);
    assert_int_equal(n_written, 50);
    expect_written(".", 0, 50);
    sfd_overlay_free(o);
}

/* What was drawn on a frame, "" for nothing. */
static const char *drawn_on(int frame)
{
    static char line[200];
    char key[32];
    snprintf(key, sizeof key, "\n%d:", frame);
    const char *at = strstr(drawn, key);
    if (!at)
        return "";
    at += strlen(key);
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    return line;
}

/* People with ids move evenly from keyframe to keyframe, in both kinds; the labels are those of the
 * nearer one, in the same places all the time. Others stand where they were. */
static void test_people_move(void **state)
{
    (void)state;
    fake_video_reset(200);
    sfd_overlay *o = overlay_of("clip,1,0.5,0,1,1,12,0.9,7\n"
                                "clip,1,0.1,0,1,1,12,0.9\n"
                                "clip,2,0.75,0,1,1,14,0.8,7\n"
                                "clip,4,0.5,0,1,1,12,0.4,7\n"
                                "clip,6.5,0.5,0,1,1,12,0.9,7\n",
                                "clip,1,0.25,0,1,1,12,0\nclip,2,0.5,0,1,1,12,0\n");
    snprintf(drawn, sizeof drawn, "\n");
    render(o, 0);
    assert_string_equal(drawn_on(30),
                        " red 0.25 stand; green 0.1 stand 0.90; blue 0.5 #7 stand 0.90;");
    assert_string_equal(drawn_on(36),
                        " red 0.3 stand; green 0.1 stand 0.90; blue 0.55 #7 stand 0.90;");
    assert_string_equal(drawn_on(54), " red 0.45 stand; blue 0.7 #7 walk 0.80;");
    assert_string_equal(drawn_on(60), " red 0.5 stand; blue 0.75 #7 walk 0.80;");
    assert_string_equal(drawn_on(90), " blue 0.625 #7;"); /* alone on the way */
    assert_string_equal(drawn_on(120), " blue 0.5 #7;");
    assert_string_equal(drawn_on(134), " blue 0.5 #7;"); /* too far to the next: stands */
    assert_string_equal(drawn_on(135), "");
    assert_string_equal(drawn_on(29),
                        " red 0.25 stand; green 0.1 stand 0.90; blue 0.5 #7 stand 0.90;");
    assert_int_equal(n_placed, 4);
    sfd_overlay_free(o);
}

/* Where tracks know better, people go their way. */
static void test_people_follow_their_tracks(void **state)
{
    (void)state;
    sfd_tracks *tracks;
    const sfd_track_box boxes[] = {{1, {0.5, 0, 1, 1}, 0.9, 7, true},
                                   {1.5, {0.9, 0, 1, 1}, 0.9, 7, true},
                                   {2, {0.75, 0, 1, 1}, 0.9, 7, true},
                                   {1, {0.1, 0, 1, 1}, 0.9, 3, true},
                                   {1, {0.1, 0, 1, 1}, 0.9, 9, true}};
    fake_video_reset(80);
    assert_int_equal(sfd_tracks_make(&tracks, boxes, 5, 2, NULL), SFD_OK);
    sfd_overlay *o = overlay_of("clip,1,0.5,0,1,1,12,0.9,7\nclip,1,0.2,0,1,1,12,0.9,8\n"
                                "clip,2,0.75,0,1,1,12,0.8,7\nclip,2,0.3,0,1,1,12,0.8,8\n",
                                NULL);
    sfd_overlay_follow(o, tracks);
    snprintf(drawn, sizeof drawn, "\n");
    render(o, 0);
    assert_string_equal(drawn_on(36), " blue 0.22 #8 stand 0.90; blue 0.66 #7 stand 0.90;");
    assert_string_equal(drawn_on(60), " blue 0.3 #8 stand 0.80; blue 0.75 #7 stand 0.80;");
    sfd_overlay_free(o);
    sfd_tracks_free(tracks);
}

/* A picture that stands for more than two seconds is written where it begins, where boxes come and
 * go, and at its end. */
static void test_still_video(void **state)
{
    (void)state;
    fake_video_reset(401);
    fake.repeat = 200;
    sfd_overlay *o = overlay_of("clip,2,0.5,0,1,1,12,0.9\nclip,12,0.5,0,1,1,12,0.9\n", NULL);
    render(o, 0);
    assert_int_equal(n_written, 401);
    char expected[402];
    memset(expected, '_', sizeof expected);
    static const int plain[] = {0, 75, 199, 200};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        expected[plain[i]] = '.';
    expected[45] = '1';
    memset(expected + 345, '1', 30); /* what is left is no longer long */
    memset(expected + 375, '.', 26);
    expected[401] = '\0';
    assert_string_equal(written, expected);
    sfd_overlay_free(o);
}

static bool stop_at_once(void *user)
{
    (void)user;
    return true;
}

static void test_render_errors(void **state)
{
    (void)state;
    sfd_renderer *r;
    sfd_error err;
    sfd_render_settings s;
    fake_video_reset(50);
    sfd_overlay *o = overlay_of("clip,1,0.5,0,1,1,12,0.9\n", NULL);
    assert_int_equal(sfd_renderer_open(&r, "missing", "out.mp4", NULL, &err), SFD_ERR_IO);
    assert_int_equal(sfd_renderer_open(&r, "clip.mp4", "unwritable", NULL, &err), SFD_ERR_IO);
    assert_null(r);
    sfd_render_settings_defaults(&s);
    s.should_stop = stop_at_once;
    assert_int_equal(sfd_renderer_open(&r, "clip.mp4", "out.mp4", NULL, NULL), SFD_OK);
    assert_int_equal(sfd_renderer_run(r, o, &s, &err), SFD_ERR_CANCELLED);
    sfd_renderer_free(r);
    assert_false(finished);
    assert_int_equal(sfd_render_keyframes("clip.mp4", folder, "gif", o, &s, NULL, &err),
                     SFD_ERR_ARG);
    assert_string_equal(err.message, "image format \"gif\", wanted png or jpg");
    assert_int_equal(sfd_render_keyframes("clip.mp4", "no/such/folder", "png", o, &s, NULL, &err),
                     SFD_ERR_IO);
    sfd_overlay_free(o);
    assert_int_equal(fake.n_open, 0);
}

static void test_refused_rows(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"clip,1,0.5,0,1,1,12,high\n", "column 8 (score): \"high\" is not a number"},
        {"clip,1,0.5,0,1,1,twelve,1\n", "column 7 (label): \"twelve\" is not an action id"},
        {"clip,1,0.5,0,90,1,12,1\n", "column 5 (x2): \"90\""},
        {"clip,1,0.5\n", "3 columns, wanted video_id,timestamp,x1,y1,x2,y2,action_id,score"},
        {"", "no rows in it, wanted some for video \"clip\""},
        {"other,1,0.5,0,1,1,12,1\n", "no row for video \"clip\"; the first is for \"other\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sfd_overlay *o;
        sfd_error err = {SFD_OK, ""};
        assert_int_equal(sfd_overlay_create(&o, "clip", labels, 0.5, NULL), SFD_OK);
        assert_int_not_equal(sfd_overlay_read_detections(o, file_of(cases[i][0]), &err), SFD_OK);
        if (!strstr(err.message, cases[i][1]))
            fail_msg("\"%s\" lacks \"%s\"", err.message, cases[i][1]);
        sfd_overlay_free(o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keyframes),    cmocka_unit_test(test_added_keyframe),
        cmocka_unit_test(test_video),        cmocka_unit_test(test_video_without_boxes_in_it),
        cmocka_unit_test(test_people_move),  cmocka_unit_test(test_people_follow_their_tracks),
        cmocka_unit_test(test_still_video),  cmocka_unit_test(test_render_errors),
        cmocka_unit_test(test_refused_rows),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
