/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals in MMAction2's pickles and in COCO's JSON: what is read, and what is refused how. */
#include "boxes/proposals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char json_path[] = "/tmp/sfdet-boxes-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    const int fd = mkstemp(json_path);
    if (fd >= 0)
        close(fd);
    return fd < 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(json_path);
}

static sfd_status read_json(sfd_proposals **p, const char *text, const char *video, sfd_error *err)
{
    FILE *f = fopen(json_path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    sfd_proposals_settings settings;
    sfd_proposals_settings_defaults(&settings);
    settings.strict = true;
    return sfd_proposals_read(p, json_path, &video, 1, &settings, err);
}

static sfd_proposed_video read_ok(sfd_proposals **p, const char *text)
{
    sfd_error err;
    sfd_proposed_video v = {0};
    if (read_json(p, text, "clip", &err) != SFD_OK ||
        sfd_proposals_find(&v, *p, "clip", &err) != SFD_OK)
        fail_msg("%s", err.message);
    return v;
}

static void refuses(const char *text, const char *message)
{
    sfd_error err;
    sfd_proposals *p;
    assert_int_equal(read_json(&p, text, "clip", &err), SFD_ERR_FORMAT);
    assert_null(p);
    if (!strstr(err.message, message) || !strstr(err.message, json_path))
        fail_msg("\"%s\" does not tell \"%s\"", err.message, message);
}

static void test_pickle(void **state)
{
    (void)state;
    const char *video = "0f39OWEqJ24";
    sfd_error err;
    sfd_proposals *p;
    sfd_proposed_video v = {0};
    if (sfd_proposals_read(&p, "checkpoints/proposals_p2.pkl", &video, 1, NULL, &err) != SFD_OK ||
        sfd_proposals_find(&v, p, video, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_true(v.n_keyframes >= 1);
    assert_string_equal(v.keyframes[0].boxes[0].timestamp_text, "0902");
    assert_int_equal(strncmp(v.keyframes[0].boxes[0].box_text, "0.011,", 6), 0);
    assert_true(v.keyframes[0].boxes[0].score > 0.99);
    sfd_proposals_free(p);
}

/* Every manner of pickling the same boxes. */
static void test_pickles(void **state)
{
    (void)state;
    static const char *const names[] = {
        "lists.pkl",        "tuples.pkl",     "text.pkl",       "text_lists.pkl", "binary1.pkl",
        "single.pkl",       "arrays.pkl",     "tensors_p2.pkl", "tensors_p4.pkl", "saved.pth",
        "saved_legacy.pth", "numpy_keys.pkl", "numpy_text.pkl"};
    const char *video = "vid";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[80];
        sfd_error err;
        sfd_proposals *p;
        sfd_proposed_video v = {0};
        snprintf(path, sizeof path, "proposal_files/%s", names[i]);
        if (sfd_proposals_read(&p, path, &video, 1, NULL, &err) != SFD_OK ||
            sfd_proposals_find(&v, p, video, &err) != SFD_OK)
            fail_msg("%s", err.message);
        const sfd_proposed_keyframe *k = &v.keyframes[0];
        assert_true(k->timestamp_s == 1);
        assert_int_equal(k->n_boxes, strcmp(names[i], "single.pkl") == 0 ? 1 : 2);
        assert_string_equal(k->boxes[0].box_text, "0.125,0.25,0.5,0.75");
        assert_true(k->boxes[0].score == (strcmp(names[i], "tensors_p4.pkl") == 0 ? 1 : 0.875));
        sfd_proposals_free(p);
    }
}

typedef struct warnings {
    int n;
    char all[4000];
} warnings;

static void on_warning(void *user, const char *message)
{
    warnings *w = user;
    w->n++;
    strncat(w->all, message, sizeof w->all - strlen(w->all) - 1);
}

static sfd_status read_telling(sfd_proposals **p, const char *path, double fps, warnings *w,
                               sfd_error *err)
{
    const char *video = "vid";
    sfd_proposals_settings settings;
    sfd_proposals_settings_defaults(&settings);
    settings.frame_fps = fps;
    settings.user = w;
    settings.on_warning = on_warning;
    *w = (warnings){0};
    return sfd_proposals_read(p, path, &video, 1, &settings, err);
}

/* {'clip,0002': []}, {('clip', 2): []} and another's: a keyframe where nobody is. */
static void test_nobody_in_pickles(void **state)
{
    (void)state;
    static const char *const texts[] = {"(dp0\nS'clip,0002'\n(lp1\ns.",
                                        "(dp0\n(S'clip'\nI2\ntp1\n(lp2\ns."};
    sfd_proposals *p;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(read_ok(&p, texts[i]).n_keyframes, 0);
        sfd_proposals_free(p);
    }
    sfd_error err;
    sfd_proposed_video v;
    assert_int_equal(read_json(&p, "(dp0\nS'other,0002'\n(lp1\ns.", "clip", &err), SFD_OK);
    assert_int_equal(sfd_proposals_find(&v, p, "clip", &err), SFD_ERR_MISMATCH);
    sfd_proposals_free(p);
}

static void test_bad_pickles(void **state)
{
    (void)state;
    warnings w;
    sfd_error err;
    sfd_proposals *p;
    sfd_proposals_counts c;
    if (read_telling(&p, "proposal_files/not_boxes.pkl", 0, &w, &err) != SFD_OK)
        fail_msg("%s", err.message);
    sfd_proposals_get_counts(p, &c);
    assert_int_equal(c.n_boxes, 4);
    assert_int_equal(c.n_unusable, 6);
    assert_non_null(strstr(w.all, "entry \"vid,0002\": wanted an array or a list of N x 5"));
    sfd_proposals_free(p);
    assert_int_equal(read_telling(&p, "proposal_files/shared.pkl", 0, &w, &err),
                     SFD_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "its entries share arrays"));
}

/* The folder names the video where the stem does not; long numbers are frames. */
static void test_data_set(void **state)
{
    (void)state;
    warnings w;
    sfd_error err;
    sfd_proposals *p;
    sfd_proposed_video v;
    sfd_proposals_counts c;
    const char *path = "proposal_files/data_set.json";
    assert_int_equal(read_telling(&p, path, 0, &w, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "00031 in the picture's name is the number of a frame"));
    assert_int_equal(read_telling(&p, path, 30, &w, &err), SFD_OK);
    assert_int_equal(sfd_proposals_find(&v, p, "vid", &err), SFD_OK);
    assert_true(v.keyframes[0].timestamp_s == 1);
    assert_string_equal(v.keyframes[0].boxes[0].box_text, "0.125,0.25,0.5,0.75");
    sfd_proposals_get_counts(p, &c);
    assert_int_equal(c.n_other_categories, 1);
    sfd_proposals_free(p);
}

static void test_categories_from_0(void **state)
{
    (void)state;
    sfd_error err;
    warnings w;
    sfd_proposals *p;
    sfd_proposals_counts c;
    FILE *f = fopen(json_path, "w");
    assert_non_null(f);
    fputs("[{\"image_id\":\"vid_1\",\"category_id\":2,\"bbox\":[0,0,1,1]},"
          "{\"image_id\":\"vid_1\",\"category_id\":0,\"bbox\":[0,0,1,1]}]",
          f);
    fclose(f);
    assert_int_equal(read_telling(&p, json_path, 0, &w, &err), SFD_OK);
    assert_non_null(strstr(w.all, "category 0 is taken as the persons"));
    sfd_proposals_get_counts(p, &c);
    assert_true(c.n_boxes == 1 && c.n_other_categories == 1);
    sfd_proposals_free(p);
}

static void test_track_ids(void **state)
{
    (void)state;
    sfd_proposals *p;
    const sfd_proposed_video v =
        read_ok(&p, "[{\"image_id\":\"clip_1\",\"bbox\":[0,0,1,1],\"track_id\":0},"
                    "{\"image_id\":\"clip_1\",\"bbox\":[0,0,0.5,1],\"track_id\":\"a\"},"
                    "{\"image_id\":\"clip_1\",\"bbox\":[0,0,0.25,1],\"track_id\":1e300},"
                    "{\"image_id\":\"clip_1\",\"bbox\":[0,0,0.75,1],\"track_id\":12}]");
    const sfd_proposed_box *b = v.keyframes[0].boxes;
    assert_int_equal(v.keyframes[0].n_boxes, 4);
    assert_true(b[0].has_person_id && b[0].person_id == 0);
    assert_false(b[1].has_person_id || b[2].has_person_id);
    assert_true(b[3].has_person_id && b[3].person_id == 12);
    sfd_proposals_free(p);
}

/* A list of persons has everybody once: equal boxes are two persons, unless they have one id. */
static void test_equal_boxes(void **state)
{
    (void)state;
    static const struct {
        const char *ids[2];
        size_t n;
    } cases[] = {{{"", ""}, 2},
                 {{",\"track_id\":1", ",\"track_id\":2"}, 2},
                 {{",\"track_id\":1", ",\"track_id\":1"}, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        sfd_error err;
        sfd_proposals *p;
        sfd_proposed_video v;
        snprintf(text, sizeof text,
                 "[{\"image_id\":\"clip_1\",\"bbox\":[0,0,0.5,1]%s},"
                 "{\"image_id\":\"clip_1\",\"bbox\":[0,0,0.5,1]%s}]",
                 cases[i].ids[0], cases[i].ids[1]);
        assert_int_equal(read_json(&p, text, "clip", &err), SFD_OK);
        assert_int_equal(sfd_proposals_find(&v, p, "clip", &err), SFD_OK);
        assert_int_equal(v.keyframes[0].n_boxes, cases[i].n);
        sfd_proposals_free(p);
    }
}

/* Formats are told by trying them, not by the first byte. */
static void test_told_by_content(void **state)
{
    (void)state;
    static const struct {
        const char *text, *video;
    } files[] = {
        {"[a] clip,1,0.125,0.25,0.5,0.75,,1\n", "[a] clip"},
        {"{b},1,0.125,0.25,0.5,0.75\n", "{b}"},
        {"(c,1,0.125,0.25,0.5,0.75\n", "(c"},
        {"\xEF\xBB\xBF[{\"image_id\": \"d/1.jpg\", \"bbox\": [0.125,0.25,0.375,0.5]}]", "d"},
        {"\xEF\xBB\xBF\n[e],1,0.125,0.25,0.5,0.75\n", "[e]"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        sfd_error err;
        sfd_proposals *p;
        sfd_proposed_video v;
        if (read_json(&p, files[i].text, files[i].video, &err) != SFD_OK ||
            sfd_proposals_find(&v, p, files[i].video, &err) != SFD_OK)
            fail_msg("%s", err.message);
        assert_string_equal(v.keyframes[0].boxes[0].box_text, "0.125,0.25,0.5,0.75");
        sfd_proposals_free(p);
    }
    refuses("[{\"image_id\":\"v\x80_5\",\"bbox\":[0,0,1,1]}]", "byte 15 is not UTF-8 text");
}

static void test_detections(void **state)
{
    (void)state;
    sfd_proposals *p;
    const sfd_proposed_video v = read_ok(
        &p, " [{\"image_id\":\"clip/"
            "0902.jpg\",\"category_id\":1,\"bbox\":[0.1,0.2,0.3,0.4],\"score\":0.9},"
            "{\"image_id\":\"clip_0902\",\"bbox\":[0.5,0.5,0.25,0.25],\"score\":0.8},"
            "{\"image_id\":\"clip,901\",\"category_id\":1,\"bbox\":[0,0,1,1],\"score\":0.95},"
            "{\"image_id\":\"clip/0902\",\"category_id\":3,\"bbox\":[0,0,1,1],\"score\":1},"
            "{\"image_id\":\"clip/0902\",\"category_id\":1,\"bbox\":[0,0,1,1],\"score\":0.3},"
            "{\"image_id\":\"other/0902\",\"category_id\":1,\"bbox\":[0,0,1,1],\"score\":1}]");
    assert_int_equal(v.n_keyframes, 2);
    assert_string_equal(v.keyframes[0].boxes[0].timestamp_text, "901");
    assert_int_equal(v.keyframes[1].n_boxes, 2);
    assert_string_equal(v.keyframes[1].boxes[0].box_text, "0.1,0.2,0.4,0.6");
    assert_string_equal(v.keyframes[1].boxes[1].box_text, "0.5,0.5,0.75,0.75");
    sfd_proposals_free(p);
}

static void test_pixels(void **state)
{
    (void)state;
    sfd_proposals *p;
    const sfd_proposed_video v = read_ok(
        &p, "{\"images\":[{\"id\":8,\"file_name\":\"other/1.jpg\",\"width\":10,\"height\":10},"
            "{\"id\":7,\"file_name\":\"frames/clip/0005.png\",\"width\":400,\"height\":200}],"
            "\"annotations\":[{\"image_id\":7,\"category_id\":1,\"bbox\":[100,50,200,100]}]}");
    assert_int_equal(v.n_keyframes, 1);
    assert_true(v.keyframes[0].timestamp_s == 5);
    assert_string_equal(v.keyframes[0].boxes[0].box_text, "0.25,0.25,0.75,0.75");
    assert_true(v.keyframes[0].boxes[0].score == 1);
    sfd_proposals_free(p);
}

static void test_refused(void **state)
{
    (void)state;
    refuses("{\"images\":[]", "not valid JSON near byte");
    refuses("[1,2", "not valid JSON near byte");
    refuses("[{\"image_id\":\"clip/1\",\"bbox\":[0,0", "not valid JSON near byte");
    refuses("{\"boxes\":[]}", "neither a list of detections");
    refuses("[{\"bbox\":[0,0,1,1]}]", "detection 0: image_id names no picture");
    refuses("[{\"image_id\":4,\"bbox\":[0,0,1,1]}]", "image_id names no picture");
    refuses("[{\"image_id\":\"clip\",\"bbox\":[0,0,1,1]}]", "picture \"clip\" is not called");
    refuses("[{\"image_id\":\"clip/1\",\"bbox\":[0,0,1]}]", "bbox is not [x, y, width, height]");
    refuses("[{\"image_id\":\"clip/1\",\"bbox\":[0,0,\"a\",1]}]", "bbox is not");
    refuses("[{\"image_id\":\"clip/1\",\"bbox\":[0,0,1,1],\"score\":\"0.9\"}]",
            "score is not a number");
    refuses("[{\"image_id\":\"clip/1\",\"category_id\":\"1\",\"bbox\":[0,0,1,1]}]",
            "category_id is not a number");
    refuses("[{\"image_id\":\"clip/1\",\"bbox\":[10,0,20,1],\"score\":1}]", "is it in pixels?");
    refuses("[{\"image_id\":\"clip/1\",\"bbox\":[0.5,0,-0.3,1],\"score\":1}]",
            "x2 0.2 is not x1 or more");
    refuses("[{\"image_id\":\"clip/1\",\"bbox\":[0,0,1,1],\"score\":7}]",
            "score 7 is not within 0..1");
    refuses("{\"images\":[{\"id\":1}],\"annotations\":[]}", "images[0] has no id or no file_name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pickle),      cmocka_unit_test(test_detections),
        cmocka_unit_test(test_pickles),     cmocka_unit_test(test_bad_pickles),
        cmocka_unit_test(test_data_set),    cmocka_unit_test(test_categories_from_0),
        cmocka_unit_test(test_equal_boxes), cmocka_unit_test(test_told_by_content),
        cmocka_unit_test(test_pixels),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_track_ids),   cmocka_unit_test(test_nobody_in_pickles)};
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
