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
    return sfd_proposals_read(p, json_path, &video, 1, NULL, err);
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
    refuses("{\"boxes\":[]}", "neither a list of detections");
    refuses("[{\"bbox\":[0,0,1,1]}]", "detection 0: image_id names no picture");
    refuses("[{\"image_id\":4,\"bbox\":[0,0,1,1]}]", "image_id names no picture");
    refuses("[{\"image_id\":\"clip\",\"bbox\":[0,0,1,1]}]", "picture \"clip\" is not called");
    refuses("[{\"image_id\":\"clip/1\",\"bbox\":[0,0,1]}]", "bbox is not [x, y, width, height]");
    refuses("[{\"image_id\":\"clip/1\",\"bbox\":[0,0,\"a\",1]}]", "bbox is not");
    refuses("[{\"image_id\":\"clip/1\",\"bbox\":[10,0,20,1],\"score\":1}]", "is it in pixels?");
    refuses("[{\"image_id\":\"clip/1\",\"bbox\":[0.5,0,-0.3,1],\"score\":1}]", "is inverted");
    refuses("[{\"image_id\":\"clip/1\",\"bbox\":[0,0,1,1],\"score\":7}]",
            "score 7 is not within 0..1");
    refuses("{\"images\":[{\"id\":1}],\"annotations\":[]}", "images[0] has no id or no file_name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pickle), cmocka_unit_test(test_detections),
        cmocka_unit_test(test_pixels), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
