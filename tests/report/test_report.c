/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: what a page holds, who is who, scores worked out by hand, hostile text. */
#include "base/error.h"
#include "report/base64.h"
#include "report/json_out.h"
#include "report/link.h"
#include "report/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define EVIL "<script>alert(1)</script>"

static char folder[] = "/tmp/sfdet-report.XXXXXX";

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(path_of(name), "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static char *read_page(void)
{
    struct stat st;
    FILE *f = fopen(path_of("page.html"), "r");
    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &st), 0);
    char *text = calloc(1, (size_t)st.st_size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)st.st_size, f), st.st_size);
    fclose(f);
    return text;
}

static sfd_report *make_report(const char *labels)
{
    sfd_report_settings s;
    sfd_report *r;
    sfd_error err;
    sfd_report_settings_defaults(&s);
    s.labels = labels;
    if (sfd_report_create(&r, &s, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return r;
}

/* The page with these detections and this truth (NULL: none). */
static char *make_page(const char *detections, const char *truth, const char *labels)
{
    sfd_error err = {0};
    sfd_report *r = make_report(labels);
    write_file("detections", detections);
    assert_int_equal(sfd_report_add_run(r, "run", NULL), SFD_OK);
    sfd_status status = sfd_report_read_detections(r, path_of("detections"), &err);
    if (truth) {
        write_file("truth.csv", truth);
        assert_int_equal(sfd_report_read_truth(r, path_of("truth.csv"), &err), SFD_OK);
    }
    if (status == SFD_OK)
        status = sfd_report_write(r, path_of("page.html"), &err);
    sfd_report_free(r);
    if (status != SFD_OK)
        fail_msg("%s", err.message);
    return read_page();
}

static void contains(const char *page, const char *text)
{
    if (!strstr(page, text))
        fail_msg("the page has no \"%s\"", text);
}

/* ------------------------------------------------------------------ the page */

static void test_page(void **state)
{
    (void)state;
    char *page = make_page("v,902,0.1,0.2,0.3,0.4,12,0.5\nv,902,0.1,0.2,0.3,0.4,80,0.75\n"
                           "v,903,0.11,0.2,0.3,0.4,12,0.04\n",
                           NULL, NULL);
    contains(page, "Content-Security-Policy\" content=\"default-src 'none'; ");
    contains(page, "script-src 'sha256-");
    contains(page, "\"times\":[902,903]");
    contains(page, "\"scores\":null");
    /* the best label first; one below the least score is left out, its box is not */
    contains(page, "\"persons\":1,\"boxes\":[[0,0,1000,2000,3000,4000,[80,750,12,500]],"
                   "[1,0,1100,2000,3000,4000,[]]]");
    /* the only address is the name of SVG, which nothing fetches */
    const char *address = strstr(page, "http");
    assert_memory_equal(strstr(page, "http-equiv"), address, 10);
    address = strstr(address + 4, "http");
    assert_memory_equal(address, "http://www.w3.org/2000/svg\"", 27);
    assert_null(strstr(address + 4, "http"));
    free(page);
}

static void test_hostile_text(void **state)
{
    (void)state;
    write_file("labels.pbtxt", "item {\n  name: \"" EVIL "\"\n  id: 1\n}\n");
    char labels[128];
    snprintf(labels, sizeof labels, "%s", path_of("labels.pbtxt"));
    char *page = make_page("\"" EVIL "\",1,0.1,0.2,0.3,0.4,1,0.5\n",
                           "\"" EVIL "\",1,0.1,0.2,0.3,0.4,1,0\n", labels);
    assert_null(strstr(page, EVIL));
    assert_null(strstr(page, "alert(1)<"));
    contains(page, "\"id\":\"\\u003cscript\\u003ealert(1)\\u003c/script\\u003e\"");
    contains(page, "\"labels\":[null,\"\\u003cscript\\u003ealert(1)\\u003c/script\\u003e\"]");
    free(page);
    page =
        make_page("{\"video\":\"</script>\\u2028\\u202e\\u0007\",\"timestamp\":1,\"box\":[0,0,1,1],"
                  "\"labels\":[{\"id\":1,\"name\":\"<!--\",\"score\":1}]}\n",
                  NULL, NULL);
    contains(page, "\"id\":\"\\u003c/script\\u003e??\\u0007\"");
    contains(page, "\"\\u003c!--\"");
    free(page);
}

static void test_json_text(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    sfd_json_out j = {.f = f};
    sfd_json_put_open(&j, '[');
    sfd_json_put_text(&j, "a\"\\\n&<>\x7f");
    sfd_json_put_text(&j, NULL);
    sfd_json_put_number(&j, 0.25);
    sfd_json_put_number(&j, 0.0 / 0.0);
    sfd_json_put_bool(&j, true);
    sfd_json_put_close(&j, ']');
    fclose(f);
    assert_string_equal(
        text, "[\"a\\u0022\\u005c\\u000a\\u0026\\u003c\\u003e\\u007f\",null,0.25,null,true]");
    free(text);
}

/* Of RFC 4648. */
static void test_base64(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = NULL;
        size_t n;
        FILE *f = open_memstream(&text, &n);
        sfd_base64_put(f, cases[i][0], strlen(cases[i][0]));
        fclose(f);
        assert_string_equal(text, cases[i][1]);
        free(text);
    }
}

static void check_link(const char *path, const char *page, const char *wanted)
{
    char *link = sfd_report_link(path, page);
    assert_non_null(link);
    assert_string_equal(link, wanted);
    free(link);
}

static void test_links(void **state)
{
    (void)state;
    write_file("a b#%.mp4", "");
    char video[128], page[140];
    snprintf(video, sizeof video, "%s", path_of("a b#%.mp4"));
    snprintf(page, sizeof page, "%s/page.html", folder);
    check_link(video, page, "a%20b%23%25.mp4");
    assert_int_equal(mkdir(path_of("sub"), 0700), 0);
    snprintf(page, sizeof page, "%s/sub/page.html", folder);
    check_link(video, page, "../a%20b%23%25.mp4");
    snprintf(page, sizeof page, "%s/sub/../page.html", folder);
    check_link(video, page, "a%20b%23%25.mp4");
    check_link("/", path_of("page.html"), "../../");
    assert_null(sfd_report_link(path_of("absent.mp4"), page));
}

/* ------------------------------------------------------------------- persons */

/* Two who cross the picture with ids, then without: the same persons either way. */
static void test_persons(void **state)
{
    (void)state;
    sfd_report_people p;
    sfd_report_row rows[8] = {0};
    for (int with_ids = 0; with_ids < 2; with_ids++) {
        for (size_t i = 0; i < 8; i++) {
            const double x = (double)(i / 2) * 0.05 + (double)(i % 2) * 0.5;
            rows[i] = (sfd_report_row){.timestamp_s = 902 + (double)(i / 2),
                                       .score = 1,
                                       .box = {x, 0.1, x + 0.2, 0.9},
                                       .person = (int64_t)(i % 2) + 40,
                                       .label = 12,
                                       .has_person = with_ids};
        }
        const sfd_report_rows list = {rows, 8, 8};
        assert_int_equal(sfd_report_people_make(&p, &list, 1, NULL), SFD_OK);
        assert_int_equal(p.n_boxes, 8);
        assert_int_equal(p.casts[0].n, 2);
        assert_int_equal(p.casts[0].n_ids, with_ids ? 2 : 0);
        for (size_t i = 0; i < 8; i++)
            assert_int_equal(p.boxes[i].person, i % 2);
        sfd_report_people_free(&p);
    }
}

/* After a hole of more than 2.5 s, or elsewhere, it is somebody else. */
static void test_strangers(void **state)
{
    (void)state;
    sfd_report_people p;
    sfd_report_row rows[] = {
        {.timestamp_s = 1, .box = {0, 0, 0.5, 1}},   {.timestamp_s = 2, .box = {0.1, 0, 0.6, 1}},
        {.timestamp_s = 5, .box = {0.1, 0, 0.6, 1}}, {.timestamp_s = 6, .box = {0.8, 0, 1, 1}},
        {.timestamp_s = 7, .box = {5, 0, 6, 1}},
    };
    const sfd_report_rows list = {rows, 5, 5};
    const uint32_t wanted[] = {0, 0, 1, 2};
    assert_int_equal(sfd_report_people_make(&p, &list, 1, NULL), SFD_OK);
    assert_int_equal(p.n_boxes, 4);
    assert_int_equal(p.n_unusable, 1); /* pixels, or outside */
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(p.boxes[i].person, wanted[i]);
    sfd_report_people_free(&p);
}

/* Thousands of boxes in one keyframe are all there, in bounded time. */
static void test_crowd(void **state)
{
    (void)state;
    enum { N = 5000 };
    sfd_report_people p;
    sfd_report_row *rows = calloc(2 * N, sizeof *rows);
    assert_non_null(rows);
    for (size_t i = 0; i < 2 * N; i++)
        rows[i] = (sfd_report_row){.timestamp_s = (double)(i / N),
                                   .box = {0, 0, 0.5 + (double)(i % N) * 1e-5, 1}};
    const sfd_report_rows list = {rows, 2 * N, 2 * N};
    assert_int_equal(sfd_report_people_make(&p, &list, 1, NULL), SFD_OK);
    assert_int_equal(p.n_boxes, 2 * N);
    assert_in_range(p.casts[0].n, N, 2 * N);
    sfd_report_people_free(&p);
    free(rows);
}

/* -------------------------------------------------------------------- scores */

/* Two stand; one is found, after a wrong one: AP is 0.5 * 0.5. The curve has one point. Of two who
 * walk none is found: AP 0, one for want of a box. */
static void test_scores(void **state)
{
    (void)state;
    char *page = make_page("v,1,0,0,0.4,1,12,0.5\nv,1,0.6,0,1,1,12,0.9\n",
                           "v,1,0,0,0.4,1,12,0\nv,1,0.6,0,1,1,14,1\nv,2,0,0,0.4,1,12,0\n"
                           "v,2,0.6,0,1,1,14,1\nv,3\n",
                           NULL);
    contains(page, "\"scores\":[{\"iou\":0.5,\"map\":0.125,");
    contains(page, "\"recall\":0.5,\"errors\":[0,1,0,0,2,1],");
    contains(page, "{\"id\":12,\"name\":\"stand\",\"truths\":2,\"found\":2,\"right\":1,\"ap\":0.25,"
                   "\"errors\":[0,1,0,0,1,0],\"curve\":[500,500,500]}");
    contains(page, "\"curve\":[]}");
    contains(page, "\"confusions\":[[14,12,1]]");
    /* kind, label, score, video, keyframe, box, the other box */
    contains(page, "[1,12,0.9,0,0,[6000,0,10000,10000],[6000,0,10000,10000]]");
    contains(page, "[5,14,null,0,0,[6000,0,10000,10000],null]");
    contains(page, "[4,12,null,0,1,[0,0,4000,10000],null]");
    free(page);
}

/* -------------------------------------------------------------------- errors */

static void refuse(const char *text, const char *wanted)
{
    sfd_error err = {0};
    sfd_report *r = make_report(NULL);
    write_file("bad", text);
    assert_int_equal(sfd_report_add_run(r, "run", NULL), SFD_OK);
    assert_int_equal(sfd_report_read_detections(r, path_of("bad"), &err), SFD_ERR_FORMAT);
    if (!strstr(err.message, wanted))
        fail_msg("no \"%s\" in \"%s\"", wanted, err.message);
    sfd_report_free(r);
}

static void test_bad_files(void **state)
{
    (void)state;
    refuse("v,1,0,0,1,1,12,x\n", "line 1, column 8 (score): \"x\"");
    refuse("v,1,0,0,1,1,12,1\nv,1,0,nan,1,1,12,1\n", "line 2, column 4 (y1)");
    refuse("v,1,0,0,1,1,5000,1\n", "column 7 (label)");
    refuse("v,1,0,0,1\n", "columns");
    refuse("{\"video\":1}\n", "JSON line 1: wanted \"video\"");
    refuse("{\"video\":\"v\",\"timestamp\":1,\"box\":[0,0,1],\"labels\":[]}\n", "JSON line 1");
    refuse("{\"video\":\"v\",\"timestamp\":1,\"box\":[0,0,1,1],\"labels\":[{\"id\":1.5}]}\n",
           "\"id\"");
    refuse("{\n", "line 1");
    sfd_report *r = make_report(NULL);
    sfd_error err;
    write_file("log.csv", "epoch,loss\n1,2,3\n");
    assert_int_equal(sfd_report_read_training(r, "t", path_of("log.csv"), &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "line 2: has 3 columns, the header 2"));
    sfd_report_free(r);
}

static void test_misuse(void **state)
{
    (void)state;
    sfd_report_settings s;
    sfd_report *r;
    sfd_report_settings_defaults(&s);
    s.thumbnail_px = 4;
    assert_int_equal(sfd_report_create(&r, &s, NULL), SFD_ERR_ARG);
    assert_null(r);
    r = make_report(NULL);
    assert_int_equal(sfd_report_read_detections(r, "/dev/null", NULL), SFD_ERR_ARG);
    assert_int_equal(sfd_report_write(r, path_of("page.html"), NULL), SFD_ERR_ARG);
    assert_int_equal(sfd_report_add_video(r, "v", "v.mp4", NULL), SFD_ERR_MISMATCH);
    for (int i = 0; i < SFD_REPORT_MAX_RUNS; i++)
        assert_int_equal(sfd_report_add_run(r, "run", NULL), SFD_OK);
    assert_int_equal(sfd_report_add_run(r, "run", NULL), SFD_ERR_UNSUPPORTED);
    sfd_report_free(r);
    sfd_report_free(NULL);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page),      cmocka_unit_test(test_hostile_text),
        cmocka_unit_test(test_json_text), cmocka_unit_test(test_base64),
        cmocka_unit_test(test_links),     cmocka_unit_test(test_persons),
        cmocka_unit_test(test_strangers), cmocka_unit_test(test_crowd),
        cmocka_unit_test(test_scores),    cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_misuse),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
