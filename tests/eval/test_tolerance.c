/* SPDX-License-Identifier: Apache-2.0 */
/* Text that the originals take differently, and what is said of it and of other odd input. */
#include <sfdet/eval.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TRUTH                                                                                      \
    "v,0902,0.1,0.1,0.5,0.9,12,0\nv,0902,0.1,0.1,0.5,0.9,80,0\nv,0903,0.1,0.1,0.5,0.9,11,0\n"

typedef struct run {
    sfd_status status;
    double map;
    size_t n_warnings;
    char said[4000];
    sfd_error err;
} run;

static void warn(void *user, const char *message)
{
    run *r = user;
    const size_t n = strlen(r->said);
    snprintf(r->said + n, sizeof r->said - n, "%s\n", message);
    r->n_warnings++;
}

static void write_file(char *path, const char *text)
{
    strcpy(path, "/tmp/sfdet-eval-XXXXXX");
    FILE *f = fdopen(mkstemp(path), "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static run evaluate(sfd_eval_dialect dialect, const char *truth, const char *detections,
                    const char *exclusions, bool strict)
{
    run r = {.map = -1};
    char gt[40], det[40], exclude[40];
    const double iou = 0.5;
    sfd_eval *e = NULL;
    sfd_eval_detections *d = NULL;
    sfd_eval_result result = {0};
    sfd_eval_settings s;
    size_t n;
    sfd_eval_settings_defaults(&s);
    s.dialect = dialect;
    s.strict = strict;
    write_file(gt, truth);
    write_file(det, detections);
    write_file(exclude, exclusions);
    r.status = sfd_eval_create(&e, &s, &r.err);
    if (r.status == SFD_OK)
        r.status = sfd_eval_read_exclusions(e, exclude, &r.err);
    if (r.status == SFD_OK)
        r.status = sfd_eval_read_truth(e, gt, &r.err);
    if (r.status == SFD_OK)
        r.status = sfd_eval_read_detections(&d, e, det, &r.err);
    if (r.status == SFD_OK)
        r.status = sfd_eval_check(&n, e, d, warn, &r, &r.err);
    if (r.status == SFD_OK)
        r.status = sfd_eval_score(&result, e, d, &iou, 1, &r.err);
    r.map = r.status == SFD_OK ? result.map : -1;
    sfd_eval_result_free(&result);
    sfd_eval_detections_free(d);
    sfd_eval_free(e);
    unlink(gt);
    unlink(det);
    unlink(exclude);
    return r;
}

static const struct {
    const char *detections, *message;
} odd[] = {
    {"\xEF\xBB\xBF" TRUTH, "begins with a byte order mark"},
    {"video_id,timestamp,x1,y1,x2,y2,action_id,score\n" TRUTH, "line 1: a header line is left out"},
    {TRUTH "\n", "line 4: a blank line is left out"},
    {"  \n" TRUTH, "line 1: a blank line is left out"},
    {" v,0902,0.1,0.1,0.5,0.9,12,0\nv ,0902,0.1,0.1,0.5,0.9,80,0\nv,0903,0.1,0.1,0.5,0.9,11,0\n",
     "line 1: blanks around a video id"},
    {"v\t0902\t0.1\t0.1\t0.5\t0.9\t12\t0\nv\t0902\t0.1\t0.1\t0.5\t0.9\t80\t0\n"
     "v\t0903\t0.1\t0.1\t0.5\t0.9\t11\t0\n",
     "line 1: tabs are taken as commas"},
    {"v,0902,0.1,0.1,0.5,0.9,12,0,,\nv,0902,0.1,0.1,0.5,0.9,80,0\nv,0903,0.1,0.1,0.5,0.9,11,0\n",
     "line 1: empty columns at the end"},
};

/* In every dialect the number of the clean file, and a word; strictly what the original does. */
static void test_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        for (int d = 0; d < SFD_EVAL_N_DIALECTS; d++) {
            run r = evaluate((sfd_eval_dialect)d, TRUTH, odd[i].detections, "", false);
            if (r.status != SFD_OK || r.map != 1 || !strstr(r.said, odd[i].message))
                fail_msg("case %zu, dialect %d: mAP %g, %s%s", i, d, r.map, r.said, r.err.message);
            r = evaluate((sfd_eval_dialect)d, odd[i].detections, TRUTH, "", false);
            if (r.status != SFD_OK || r.map != 1 || !strstr(r.said, odd[i].message))
                fail_msg("truth %zu, dialect %d: mAP %g, %s%s", i, d, r.map, r.said, r.err.message);
            r = evaluate((sfd_eval_dialect)d, TRUTH, odd[i].detections, "", true);
            if (r.map == 1 && d == SFD_EVAL_ACTIVITYNET_2020)
                fail_msg("case %zu: strictly not", i);
        }
    const run clean = evaluate(SFD_EVAL_ACTIVITYNET_2020, TRUTH, TRUTH, "", false);
    assert_true(clean.map == 1 && clean.n_warnings == 0);
}

static void test_frames_without_people(void **state)
{
    (void)state;
    static const char two[] = "v,0901\nv,0904,,,,,,\n" TRUTH;
    for (int d = 0; d < SFD_EVAL_N_DIALECTS; d++) {
        run r = evaluate((sfd_eval_dialect)d, two, TRUTH, "", false);
        if (r.map != 1 || !strstr(r.said, "of frames without people left out"))
            fail_msg("dialect %d: mAP %g, %s%s", d, r.map, r.said, r.err.message);
        r = evaluate((sfd_eval_dialect)d, two, TRUTH, "", true);
        assert_int_equal(r.status, SFD_ERR_FORMAT);
    }
    const run known = evaluate(SFD_EVAL_ACTIVITYNET_2020, "v,0901\n" TRUTH, TRUTH, "", false);
    assert_true(known.map == 1 && known.n_warnings == 0);
}

static void test_exclusions(void **state)
{
    (void)state;
    const run r = evaluate(SFD_EVAL_ACTIVITYNET_2019, TRUTH, TRUTH,
                           "video_id,timestamp\r\n\r\nv, 0903\r\n", false);
    assert_true(r.map == 1);
    assert_non_null(strstr(r.said, "line 1: a header line is left out"));
    assert_non_null(strstr(r.said, "line 2: a blank line is left out"));
    assert_int_equal(evaluate(SFD_EVAL_ACTIVITYNET_2019, TRUTH, TRUTH, "\nv,0903\n", true).status,
                     SFD_ERR_FORMAT);
}

static void test_inverted(void **state)
{
    (void)state;
    static const char swapped[] = "v,0902,0.5,0.1,0.1,0.9,12,0.9\nv,0902,0.5,0.1,0.1,0.9,80,0.8\n"
                                  "v,0903,0.1,0.1,0.5,0.9,11,0.7\n";
    const run r = evaluate(SFD_EVAL_ACTIVITYNET_2020, TRUTH, swapped, "", false);
    assert_non_null(strstr(r.said, "line 1: 2 of 3 boxes have x2 <= x1 or y2 <= y1"));
    assert_true(r.map > 0.3 && r.map < 0.4);
}

static void test_unlisted(void **state)
{
    (void)state;
    sfd_eval *e;
    long long ids[2];
    const sfd_eval_row rows[] = {{"v", 1, {0, 0, 1, 1}, 83, 1},
                                 {"v", 1, {0, 0, 1, 1}, 2, 1},
                                 {"v", 1, {0, 0, 1, 1}, 12, 1},
                                 {"v", 1, {0, 0, 1, 1}, 2, 1},
                                 {"v", 1, {0, 0, 1, 1}, 81, 1}};
    assert_int_equal(sfd_eval_create(&e, NULL, NULL), SFD_OK);
    assert_int_equal(sfd_eval_unlisted(e, ids, 2), 0);
    assert_int_equal(sfd_eval_add_truth(e, rows, 5, NULL), SFD_OK);
    assert_int_equal(sfd_eval_unlisted(e, ids, 2), 3);
    assert_true(ids[0] == 2 && ids[1] == 81);
    sfd_eval_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text), cmocka_unit_test(test_frames_without_people),
        cmocka_unit_test(test_exclusions), cmocka_unit_test(test_inverted),
        cmocka_unit_test(test_unlisted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
