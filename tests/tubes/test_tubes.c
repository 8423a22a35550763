/* SPDX-License-Identifier: Apache-2.0 */
/* Frame mAP and video mAP against what MMAction2's evaluator said (tubes/make.py), files of every
 * format, input that cannot be right. */
#include <sfdet/eval_tubes.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void expect(double found, double wanted, const char *what)
{
    if (!(fabs(found - wanted) <= 1e-10) && !(isnan(found) && isnan(wanted)))
        fail_msg("%s is %.17g, wanted %.17g", what, found, wanted);
}

static sfd_eval_tube_result score(const char *truth, const char *found,
                                  const sfd_eval_tube_settings *s)
{
    sfd_eval_tube_result r;
    sfd_error err;
    if (sfd_eval_tube_files(&r, truth, found, s, &err) != SFD_OK)
        fail_msg("%s: %s", found, err.message);
    return r;
}

static void expect_failure(const char *truth, const char *found, const sfd_eval_tube_settings *s,
                           sfd_status status, const char *words)
{
    sfd_eval_tube_result r;
    sfd_error err;
    assert_int_equal(sfd_eval_tube_files(&r, truth, found, s, &err), status);
    assert_null(r.classes);
    if (!strstr(err.message, words))
        fail_msg("\"%s\" does not say \"%s\"", err.message, words);
}

/* The last files stay. */
static char written[32][32];

static void remove_files(void)
{
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        if (*written[i])
            unlink(written[i]);
}

static char *write_file(const char *text)
{
    static int n;
    char *name = written[n++ % 32];
    if (*name)
        unlink(name);
    strcpy(name, "/tmp/sfdet-tubes-XXXXXX");
    const int fd = mkstemp(name);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    return name;
}

/* ---- against the original */

static void as_the_original(void **state)
{
    (void)state;
    FILE *f = fopen("tubes/expected.txt", "r");
    int number, own, shortest, n_runs = 0, n_linked;
    double frame, video[SFD_TUBES_N_IOUS];
    assert_non_null(f);
    while (fscanf(f, "%d %d %d %lf %lf %lf %lf %lf %lf %d", &number, &own, &shortest, &frame,
                  &video[SFD_TUBES_20], &video[SFD_TUBES_50], &video[SFD_TUBES_05_45],
                  &video[SFD_TUBES_10_90], &video[SFD_TUBES_50_95], &n_linked) == 10) {
        char truth[64], found[64];
        sfd_eval_tube_settings s;
        sfd_eval_tube_settings_defaults(&s);
        s.linking = own ? SFD_TUBES_OWN_SCORES : SFD_TUBES_MMACTION2;
        s.min_frames = (size_t)shortest;
        snprintf(truth, sizeof truth, "tubes/set_%d.pkl", number);
        snprintf(found, sizeof found, "tubes/set_%d.csv", number);
        sfd_eval_tube_result r = score(truth, found, &s);
        expect(100 * r.frame_map, frame, found);
        for (int m = 0; m < SFD_TUBES_N_IOUS; m++)
            expect(100 * r.video_map[m], video[m], found);
        assert_int_equal(r.n_linked, n_linked);
        assert_int_equal(r.n_left_out, 0);
        sfd_eval_tube_result_free(&r);
        n_runs++;
    }
    fclose(f);
    assert_int_equal(n_runs, 16);
}

/* What MMAction2's own test expects of its data, rounded there to four decimals. */
static void published_figures(void **state)
{
    (void)state;
    const char *shared = getenv("SFD_SHARED");
    char truth[512], found[512];
    if (!shared)
        shared = "../../../shared";
    snprintf(truth, sizeof truth, "%s/eval/multisports/gt.pkl", shared);
    snprintf(found, sizeof found, "%s/eval/multisports/data_samples.pkl", shared);
    if (access(truth, R_OK) != 0)
        skip();
    sfd_eval_tube_result r = score(truth, found, NULL);
    assert_true(fabs(100 * r.frame_map - 83.6506) <= 5e-5);
    assert_true(fabs(100 * r.video_map[SFD_TUBES_20] - 37.5) <= 5e-5);
    assert_true(fabs(100 * r.video_map[SFD_TUBES_50] - 37.5) <= 5e-5);
    assert_true(fabs(100 * r.video_map[SFD_TUBES_10_90] - 29.1667) <= 5e-5);
    sfd_eval_tube_result_free(&r);
}

/* ---- formats */

static void dumped_results(void **state)
{
    (void)state;
    sfd_eval_tube_settings s;
    sfd_eval_tube_settings_defaults(&s);
    s.min_frames = 3;
    sfd_eval_tube_result csv = score("tubes/set_0.pkl", "tubes/set_0.csv", &s);
    sfd_eval_tube_result dump = score("tubes/set_0.pkl", "tubes/dump.pkl", &s);
    assert_true(csv.n_detections > 0 && csv.n_linked > 0);
    assert_int_equal(dump.n_detections, csv.n_detections);
    expect(dump.frame_map, csv.frame_map, "frame mAP");
    expect(dump.video_map[SFD_TUBES_50], csv.video_map[SFD_TUBES_50], "video mAP");
    sfd_eval_tube_result_free(&csv);
    sfd_eval_tube_result_free(&dump);
}

/* A truth without pixels' size: one video of 100 frames, label 0, frames 11 to 30, a box that
 * moves a pixel a frame; as text of pickle protocol 0. */
static char *small_truth(const char *resolution)
{
    char text[4096];
    size_t n = (size_t)snprintf(text, sizeof text,
                                "(dS'labels'\n(lS'run'\naS'jump'\nasS'nframes'\n(dS'v'\nI100\nssS'"
                                "test_videos'\n(l(lS'v'\naas"
                                "%sS'gttubes'\n(dS'v'\n(dI0\n(l(l",
                                resolution);
    for (int f = 11; f <= 30; f++)
        n += (size_t)snprintf(text + n, sizeof text - n, "(lI%d\naI%d\naI20\naI%d\naI60\naa", f, f,
                              f + 40);
    snprintf(text + n, sizeof text - n, "asss.");
    return write_file(text);
}

/* Everybody's boxes at every tenth frame, from which tubes of persons are filled. */
static void persons_are_tubes(void **state)
{
    (void)state;
    sfd_eval_tube_settings s;
    sfd_eval_tube_settings_defaults(&s);
    s.linking = SFD_TUBES_PERSONS;
    const char *truth = small_truth("");
    const char *csv = write_file("v,11,11,20,51,60,1,0.9,7\nv,20,20,20,60,60,1,0.7,7\n"
                                 "v,30,30,20,70,60,1,0.8,7\nv,30,0,0,5,5,2,0.9,8\n");
    sfd_eval_tube_result r = score(truth, csv, &s);
    assert_int_equal(r.n_linked, 2);
    expect(r.video_map[SFD_TUBES_50_95], 1, "persons of csv");
    expect(r.frame_map, 3. / 20, "frames that have boxes");
    assert_int_equal(r.n_tubes, 1);
    sfd_eval_tube_result_free(&r);
    const char *json = write_file(
        "{\"video\":\"v.mp4\",\"timestamp\":0.4,\"person\":7,\"box\":[11,20,51,60],\"labels\":[{"
        "\"id\":1,\"score\":0.9}]}\n"
        "{\"video\":\"v.mp4\",\"timestamp\":1.16,\"person\":7,\"box\":[30,20,70,60],\"labels\":[{"
        "\"id\":1,\"score\":0.8},{\"id\":2,\"score\":0.1}]}\n");
    s.fps = 25;
    r = score(truth, json, &s);
    expect(r.video_map[SFD_TUBES_50_95], 1, "persons of JSON lines");
    sfd_eval_tube_result_free(&r);
    s.fps = 0;
    const char *mot = write_file("11,7,11,20,40,40,1,-1,-1,-1\n30,7,30,20,40,40,1,-1,-1,-1\n");
    r = score(truth, mot, &s);
    assert_string_equal(r.classes[0].name, "person");
    expect(r.video_map[SFD_TUBES_50_95], 1, "MOT's tracks");
    sfd_eval_tube_result_free(&r);
    s.max_gap_frames = 5;
    r = score(truth, mot, &s);
    expect(r.video_map[SFD_TUBES_20], 0, "nobody is followed over so long a gap");
    sfd_eval_tube_result_free(&r);
}

static void the_best_label(void **state)
{
    (void)state;
    sfd_eval_tube_settings s;
    sfd_eval_tube_settings_defaults(&s);
    s.best_label = true;
    const char *csv = write_file("v,11,11,20,51,60,2,0.4\nv,11,11,20,51,60,1,0.9\n");
    sfd_eval_tube_result r = score(small_truth(""), csv, &s);
    assert_int_equal(r.n_detections, 1);
    assert_int_equal(r.classes[0].n_detections, 1);
    sfd_eval_tube_result_free(&r);
}

/* ---- bad input */

static void bad_detections(void **state)
{
    (void)state;
    const char *truth = small_truth("S'resolution'\n(dS'v'\n(lI100\naI200\nass");
    sfd_eval_tube_settings s;
    sfd_eval_tube_settings_defaults(&s);
    expect_failure(truth, "no/such", NULL, SFD_ERR_IO, "no/such");
    expect_failure("tubes/set_0.csv", "tubes/set_0.csv", NULL, SFD_ERR_FORMAT, "set_0.csv");
    expect_failure(truth, truth, NULL, SFD_ERR_FORMAT, "line 1: 1 column");
    expect_failure(truth, "tubes/set_0.pkl", NULL, SFD_ERR_FORMAT,
                   "no list of MMAction2's results");
    expect_failure(truth, write_file("w,11,0,0,1,1,1,1\n"), NULL, SFD_ERR_MISMATCH,
                   "no video \"w\"");
    expect_failure(truth, write_file("v,11,0,0,1,1,3,1\n"), NULL, SFD_ERR_MISMATCH,
                   "label 3 is not among the 2");
    expect_failure(truth, write_file("v,1.5,0,0,1,1,1,1\n"), NULL, SFD_ERR_FORMAT,
                   "no frame number");
    expect_failure(truth, write_file("v,11,0,0,nan,1,1,1\n"), NULL, SFD_ERR_FORMAT, "column 5");
    expect_failure(truth, write_file("v,11,0,0,151,100,1,1\n"), NULL, SFD_ERR_FORMAT,
                   "no fraction of the picture");
    s.linking = SFD_TUBES_PERSONS;
    expect_failure(truth, write_file("v,11,0,0,1,1,1,1\n"), &s, SFD_ERR_MISMATCH, "person id");
    s.iou = 0;
    expect_failure(truth, "tubes/set_0.csv", &s, SFD_ERR_ARG, "IoU threshold 0");
    sfd_eval_tube_result r = score(truth, write_file("\n"), NULL);
    assert_true(r.frame_map == 0 && r.video_map[0] == 0 && r.n_detections == 0);
    sfd_eval_tube_result_free(&r);
}

static void bad_truths(void **state)
{
    (void)state;
    expect_failure(write_file("(dS'gttubes'\n(dS'v'\n(dI0\n(l(lasss."), "tubes/set_0.csv", NULL,
                   SFD_ERR_FORMAT, "a tube without rows");
    expect_failure(
        write_file("(dS'gttubes'\n(dS'v'\n(dI0\n(l(l(lI1\naI0\naI0\naI1\naI1\naa(lI3\naI0"
                   "\naI0\naI1\naI1\naaasss."),
        "tubes/set_0.csv", NULL, SFD_ERR_FORMAT, "frame 3 follows frame 1");
    expect_failure(
        write_file("(dS'gttubes'\n(dS'v'\n(dI0\n(l(l(lF1.5\naI0\naI0\naI1\naI1\naaasss."),
        "tubes/set_0.csv", NULL, SFD_ERR_FORMAT, "frame 1.5 is no whole number");
    static const char *const foreign[] = {"", "v,1,0,0,1,1,1,1\n", "clip,1,0,0,1,1,1,1\n",
                                          "{\"gttubes\": {}}", "(a line)\n"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        expect_failure(write_file(foreign[i]), "tubes/set_0.csv", NULL, SFD_ERR_FORMAT,
                       "is no pickle: wanted tubes as MultiSports");
    /* no class at all */
    sfd_eval_tube_result r =
        score(write_file("(dS'gttubes'\n(dS'v'\n(dss."), write_file("\n"), NULL);
    assert_true(isnan(r.frame_map) && r.n_classes == 0);
    sfd_eval_tube_result_free(&r);
}

/* Files that would take the square of their size in time are refused at once. */
static void too_many_overlaps(void **state)
{
    (void)state;
    enum { TRUTHS = 60000, BOXES = 180000 };
    sfd_eval_tube_settings s;
    char *text, *at;
    sfd_eval_tube_settings_defaults(&s);
    assert_non_null(text = malloc(BOXES * 32 + 200));
    at = text + sprintf(text, "(dS'labels'\n(lS'a'\nasS'gttubes'\n(dS'v'\n(dI0\n(l");
    for (int i = 0; i < TRUTHS; i++)
        at += sprintf(at, "(l(lI1\naI0\naI0\naI9\naI9\naaa");
    sprintf(at, "sss.");
    const char *truth = write_file(text);
    at = text;
    for (int i = 0; i < BOXES; i++)
        at += sprintf(at, "v,1,0,0,9,9,1,1,%d\n", i);
    s.linking = SFD_TUBES_PERSONS;
    expect_failure(truth, write_file(text), &s, SFD_ERR_UNSUPPORTED,
                   "more than 1e+10 overlaps of boxes");
    at = text;
    for (int i = 0; i < 2001; i++)
        at += sprintf(at, "v,11,0,0,%d,9,1,1\n", i + 1);
    expect_failure(small_truth(""), write_file(text), NULL, SFD_ERR_UNSUPPORTED,
                   "2001 boxes of label 1, more than 2000");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_original), cmocka_unit_test(published_figures),
        cmocka_unit_test(dumped_results),  cmocka_unit_test(persons_are_tubes),
        cmocka_unit_test(the_best_label),  cmocka_unit_test(bad_detections),
        cmocka_unit_test(bad_truths),      cmocka_unit_test(too_many_overlaps),
    };
    atexit(remove_files);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
