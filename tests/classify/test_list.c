/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of videos in all layouts, names of classes, the best of a video's. */
#include <sfdet/classify.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define N_CLASSES 7

static void write_file(char path[32], const char *text)
{
    strcpy(path, "/tmp/sfd_list_XXXXXX");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    fputs(text, f);
    fclose(f);
}

static sfd_status read_list(sfd_video_list **l, const char *text, const char *folder,
                            sfd_error *err)
{
    char path[32];
    write_file(path, text);
    const sfd_status status = sfd_video_list_read(l, path, folder, N_CLASSES, err);
    unlink(path);
    return status;
}

/* "path|label,label" */
static void expect_video(const sfd_video_list *l, size_t i, const char *wanted)
{
    char got[256];
    assert_true(i < sfd_video_list_count(l));
    const sfd_listed_video *v = sfd_video_list_get(l, i);
    int n = snprintf(got, sizeof got, "%s|", v->path);
    for (size_t k = 0; k < v->n_labels; k++)
        n += snprintf(got + n, sizeof got - (size_t)n, k ? ",%d" : "%d", v->labels[k]);
    assert_string_equal(got, wanted);
}

static void test_layouts(void **state)
{
    (void)state;
    static const struct {
        const char *line, *wanted;
    } cases[] = {
        {"a.mp4 0", "/v/a.mp4|0"},
        {"deep/er/b.mp4,1\r", "/v/deep/er/b.mp4|1"},
        {"/abs/with a blank.mp4\t 2 ", "/abs/with a blank.mp4|2"},
        {"\"quoted, comma.mp4\",3", "/v/quoted, comma.mp4|3"},
        {"a.mp4 4,1,4,0", "/v/a.mp4|0,1,4"},
        {"a.mp4 \"4,1\"", "/v/a.mp4|1,4"},
        {"a.mp4,\"2,5\"", "/v/a.mp4|2,5"},
        {"a.mp4,2,5", "/v/a.mp4|2,5"},
        {"clip 3,5", "/v/clip 3|5"},
        {"folder 6", "/v/folder|6"},
        {"a.mp4", "/v/a.mp4|"},
        {"far away/a.mp4", "/v/far away/a.mp4|"},
        {"a.mp4 \"\"", "/v/a.mp4|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        sfd_video_list *l;
        sfd_error err;
        snprintf(text, sizeof text,
                 "\xEF\xBB\xBF"
                 "first.mp4 0\n\n%s\n",
                 cases[i].line);
        if (read_list(&l, text, "/v", &err) != SFD_OK)
            fail_msg("%s: %s", cases[i].line, err.message);
        assert_int_equal(sfd_video_list_count(l), 2);
        expect_video(l, 0, "/v/first.mp4|0");
        expect_video(l, 1, cases[i].wanted);
        sfd_video_list_free(l);
    }
}

static void test_header(void **state)
{
    (void)state;
    sfd_video_list *l;
    assert_int_equal(read_list(&l, "\xEF\xBB\xBFpath,label\na.mp4,1\n", NULL, NULL), SFD_OK);
    assert_int_equal(sfd_video_list_count(l), 1);
    expect_video(l, 0, "a.mp4|1");
    sfd_video_list_free(l);
}

static void test_frames(void **state)
{
    (void)state;
    static const char text[] = "original_vido_id video_id frame_id path labels\n"
                               "walk 0 0 walk/1.jpg \"\"\n"
                               "walk 0 1 walk/2.jpg \"3,1\"\n"
                               "sit 1 0 /sit/1.jpg \"2\"\n"
                               "walk 0 2 walk/3.jpg \"3\"\n";
    sfd_video_list *l;
    sfd_error err;
    assert_int_equal(read_list(&l, text, "/v", &err), SFD_OK);
    assert_int_equal(sfd_video_list_count(l), 2);
    expect_video(l, 0, "walk|1,3");
    expect_video(l, 1, "sit|2");
    const sfd_listed_video *walk = sfd_video_list_get(l, 0);
    assert_int_equal(walk->n_pictures, 3);
    assert_string_equal(walk->pictures[2], "/v/walk/3.jpg");
    assert_string_equal(sfd_video_list_get(l, 1)->pictures[0], "/sit/1.jpg");
    assert_false(sfd_listed_video_exists(walk, &err));
    assert_non_null(strstr(err.message, "/v/walk/1.jpg: cannot open"));
    sfd_video_list_free(l);
}

static void test_bad_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"a.mp4 0\nb.mp4 7\n", ": line 2: label \"7\" is not an integer from 0 to 6"},
        {"b.mp4 -1\n", ": line 1: label \"-1\""},
        {"b.mp4 walk\n", ": line 1: label \"walk\""},
        {"b.mp4 1,\n,\n", ": line 2: "},
        {"a.mp4 0\nb.mp4,\n", ": line 2: "},
        {"a.mp4 0\n,3\n", ": line 2: "},
        {"b.mp4 99999999999999999999\n", ": line 1: label"},
        {"original_vido_id video_id frame_id path labels\nv 0 0 a.jpg\n", ": line 2: "},
        {"original_vido_id video_id frame_id path labels\nv 0 0 a.jpg \"9\"\n", "label \"9\""},
        {"\n\n", ": no video"},
        {"original_vido_id video_id frame_id path labels\n", ": no video"},
        {"a\xFF.mp4 0\n", "UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sfd_video_list *l;
        sfd_error err;
        if (read_list(&l, cases[i].text, NULL, &err) == SFD_OK)
            fail_msg("\"%s\" was read", cases[i].text);
        if (!strstr(err.message, cases[i].message))
            fail_msg("\"%s\": %s", cases[i].text, err.message);
        assert_null(l);
    }
}

/* ------------------------------------------------------------------ names */

static sfd_status read_names(sfd_class_names **n, const char *text, sfd_error *err)
{
    char path[32];
    write_file(path, text);
    const sfd_status status = sfd_class_names_read(n, path, err);
    unlink(path);
    return status;
}

static void test_names(void **state)
{
    (void)state;
    static const char *const texts[] = {"sit\r\n\nwalk (fast)",
                                        " {\"walk (fast)\": 2, \"sit\": 0}\n"};
    for (size_t i = 0; i < 2; i++) {
        sfd_class_names *n;
        assert_int_equal(read_names(&n, texts[i], NULL), SFD_OK);
        assert_string_equal(sfd_class_names_get(n, 0), "sit");
        assert_null(sfd_class_names_get(n, 1));
        assert_string_equal(sfd_class_names_get(n, 2), "walk (fast)");
        assert_null(sfd_class_names_get(n, 3));
        assert_null(sfd_class_names_get(n, -1));
        sfd_class_names_free(n);
    }
    static const char *const bad[] = {"{\"a\": 1.5}",   "{\"a\": -1}",          "{\"a\": 100000}",
                                      "{\"a\": \"1\"}", "{\"a\": 1, \"b\": 1}", "{\"a\": 1",
                                      "\xFFsit\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sfd_class_names *n;
        sfd_error err;
        if (read_names(&n, bad[i], &err) != SFD_ERR_FORMAT)
            fail_msg("%s", bad[i]);
        assert_null(n);
    }
    assert_null(sfd_class_names_get(NULL, 0));
}

static void test_best(void **state)
{
    (void)state;
    static const float scores[5] = {0.1f, 0.4f, 0.2f, 0.4f, 0.3f};
    int best[5];
    sfd_best_classes(best, 3, scores, 5);
    assert_int_equal(best[0], 1);
    assert_int_equal(best[1], 3);
    assert_int_equal(best[2], 4);
    sfd_best_classes(best, 5, scores, 5);
    assert_int_equal(best[3], 2);
    assert_int_equal(best[4], 0);
}

/* MMAction2's of features: how many frames the video has; of other files the number is theirs. */
static void test_features(void **state)
{
    (void)state;
    static const struct {
        const char *line, *wanted;
        int n_frames;
    } cases[] = {
        {"a.npy 163 1", "/v/a.npy|1", 163},
        {"deep/with a blank.npy\t 20  2\r", "/v/deep/with a blank.npy|2", 20},
        {"a.npy 3", "/v/a.npy|3", 0},
        {"a.npy", "/v/a.npy|", 0},
        {"a.npy 0 1", "/v/a.npy 0|1", 0},
        {"a.npy.mp4 163 1", "/v/a.npy.mp4 163|1", 0},
        {"a.mp4 163 1", "/v/a.mp4 163|1", 0},
        {"163 1", "/v/163|1", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        sfd_video_list *l;
        sfd_error err;
        snprintf(text, sizeof text, "first.mp4 0\n%s\n", cases[i].line);
        if (read_list(&l, text, "/v", &err) != SFD_OK)
            fail_msg("%s: %s", cases[i].line, err.message);
        expect_video(l, 1, cases[i].wanted);
        assert_int_equal(sfd_video_list_get(l, 1)->n_frames, cases[i].n_frames);
        sfd_video_list_free(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts),   cmocka_unit_test(test_features),
        cmocka_unit_test(test_header),    cmocka_unit_test(test_frames),
        cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_names),
        cmocka_unit_test(test_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
