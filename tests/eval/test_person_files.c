/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes and tracks from files of every layout: the sets that pycocotools and py-motmetrics judged
 * (persons/make.py), and what is refused. */
#include <sfdet/eval_persons.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#define MOST 4000

typedef struct row {
    char kind; /* T: truth */
    long long picture, id;
    double x, y, width, height, last;
} row;

static row rows[MOST];
static size_t n_rows;
static double results[15];
static char folder[] = "/tmp/sfdet-persons-XXXXXX";
static char truth[64], result[64];

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static void name_files(const char *extension)
{
    snprintf(truth, sizeof truth, "%s/truth%s", folder, extension);
    snprintf(result, sizeof result, "%s/result%s", folder, extension);
}

static int remove_folder(void **state)
{
    static const char *const extensions[] = {".csv", ".json", ".txt", ""};
    (void)state;
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        name_files(extensions[i]);
        unlink(truth);
        unlink(result);
    }
    return rmdir(folder);
}

static void read_set(const char *kind, int number, int n_results)
{
    char name[64];
    const bool boxes = strcmp(kind, "boxes") == 0;
    snprintf(name, sizeof name, "persons/%s_%d.txt", kind, number);
    FILE *f = fopen(name, "r");
    assert_non_null(f);
    n_rows = 0;
    for (;; n_rows++) {
        row *r = &rows[n_rows];
        assert_true(n_rows < MOST);
        assert_int_equal(fscanf(f, " %c", &r->kind), 1);
        if (r->kind == 'E')
            break;
        assert_int_equal(fscanf(f, "%lld", &r->picture), 1);
        if (!boxes)
            assert_int_equal(fscanf(f, "%lld", &r->id), 1);
        assert_int_equal(fscanf(f, "%lf %lf %lf %lf", &r->x, &r->y, &r->width, &r->height), 4);
        if (boxes)
            assert_int_equal(fscanf(f, "%lf", &r->last), 1);
    }
    for (int i = 0; i < n_results; i++)
        assert_int_equal(fscanf(f, "%lf", &results[i]), 1);
    fclose(f);
}

static FILE *create(const char *path)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    return f;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = create(path);
    fputs(text, f);
    fclose(f);
}

/* ---- boxes */

static bool named_images = true;

static void write_images(FILE *f)
{
    fprintf(f, "\"images\":[");
    for (long long p = 1; p < 100; p++)
        for (size_t i = 0; i < n_rows; i++)
            if (rows[i].picture == p) {
                fprintf(f, "%s{\"id\":%lld,", ftell(f) > 12 ? "," : "", p);
                if (named_images)
                    fprintf(f, "\"file_name\":\"%03lld.jpg\",", p);
                fprintf(f, "\"width\":1,\"height\":1,\"video\":\"v\",\"timestamp\":%lld}", p);
                break;
            }
    fprintf(f, "]");
}

static void write_annotations(FILE *f, bool truths)
{
    const char *comma = "";
    fprintf(f, "[");
    for (size_t i = 0; i < n_rows; i++) {
        const row *r = &rows[i];
        if ((r->kind == 'T') != truths)
            continue;
        fprintf(f,
                "%s\n{\"image_id\":%lld,\"category_id\":1,\"bbox\":[%.17g,%.17g,%.17g,%.17g],"
                "\"%s\":%.17g}",
                comma, r->picture, r->x, r->y, r->width, r->height, truths ? "iscrowd" : "score",
                r->last);
        comma = ",";
    }
    fprintf(f, "]");
}

static void write_json(const char *path, bool truths, bool images)
{
    FILE *f = create(path);
    if (images) {
        fprintf(f, "{");
        write_images(f);
        fprintf(f, ",\"annotations\":");
    }
    write_annotations(f, truths);
    if (images)
        fprintf(f, "}");
    fclose(f);
}

/* A truth has a row of every box for two labels, and all pictures. */
static void write_csv(const char *path, bool truths)
{
    FILE *f = create(path);
    for (size_t i = 0; i < n_rows; i++) {
        const row *r = &rows[i];
        if (truths)
            fprintf(f, "v,%04lld\n", r->picture);
        if ((r->kind == 'T') != truths)
            continue;
        for (int label = 0; label < (truths ? 2 : 1); label++) {
            fprintf(f, "v,%lld,%.17g,%.17g,%.17g,%.17g,", r->picture, r->x, r->y, r->x + r->width,
                    r->y + r->height);
            if (truths)
                fprintf(f, "%d\n", 12 + label);
            else
                fprintf(f, ",%.17g\n", r->last);
        }
    }
    fclose(f);
}

static void expect_boxes(const char *what)
{
    sfd_error err;
    sfd_eval_box_result r;
    size_t n_left_out;
    if (sfd_eval_box_files(&r, &n_left_out, truth, result, NULL, &err) != SFD_OK)
        fail_msg("%s: %s", what, err.message);
    const double found[] = {r.ap, r.ap50, r.ap75, r.recall, r.recall50};
    for (int i = 0; i < 5; i++)
        if (!(fabs(found[i] - results[i + 1]) <= 1e-10))
            fail_msg("%s: result %d is %.17g, wanted %.17g", what, i, found[i], results[i + 1]);
    assert_int_equal(n_left_out, 0);
}

static void boxes_of_every_layout(void **state)
{
    (void)state;
    for (int number = 1; number <= 5; number++) {
        bool crowds = false;
        read_set("boxes", number, 6);
        for (size_t i = 0; i < n_rows; i++)
            crowds |= rows[i].kind == 'T' && rows[i].last > 0;
        name_files(".json");
        write_json(truth, true, true);
        write_json(result, false, true);
        expect_boxes("by name");
        named_images = false; /* as pycocotools, which wants ids alone */
        write_json(result, false, true);
        expect_boxes("by id, one without names");
        write_json(truth, true, true);
        expect_boxes("by id, both without names");
        named_images = true;
        write_json(result, false, false);
        expect_boxes("by id");
        snprintf(result, sizeof result, "%s/result.csv", folder);
        write_csv(result, false);
        expect_boxes("csv against JSON");
        if (crowds)
            continue;
        name_files(".csv");
        write_csv(truth, true);
        expect_boxes("csv");
        snprintf(result, sizeof result, "%s/result.json", folder);
        write_json(result, false, true);
        expect_boxes("JSON against csv");
    }
}

/* ---- tracks */

static void write_mot(const char *path, bool truths)
{
    FILE *f = create(path);
    for (size_t i = 0; i < n_rows; i++) {
        const row *r = &rows[i];
        if ((r->kind == 'T') == truths)
            fprintf(f, "%lld,%lld,%.17g,%.17g,%.17g,%.17g,1,-1,-1,-1\n", r->picture, r->id, r->x,
                    r->y, r->width, r->height);
    }
    fclose(f);
}

static void write_ids(const char *path, bool truths)
{
    FILE *f = create(path);
    for (size_t i = 0; i < n_rows; i++) {
        const row *r = &rows[i];
        if (truths)
            fprintf(f, "v,%lld\n", r->picture);
        if ((r->kind == 'T') == truths)
            fprintf(f, "v,%lld,%.17g,%.17g,%.17g,%.17g%s%lld\n", r->picture, r->x, r->y,
                    r->x + r->width, r->y + r->height, truths ? ",12," : ",,0.5,", r->id);
    }
    fclose(f);
}

static void expect_tracks(const char *what)
{
    sfd_error err;
    sfd_eval_track_result r;
    size_t n_left_out;
    if (sfd_eval_track_files(&r, &n_left_out, truth, result, 0.5, NULL, &err) != SFD_OK)
        fail_msg("%s: %s", what, err.message);
    const double found[] = {(double)r.n_boxes,
                            (double)r.n_track_boxes,
                            (double)r.n_misses,
                            (double)r.n_false,
                            (double)r.n_switches,
                            (double)r.n_fragments,
                            r.mota,
                            r.idf1,
                            r.id_precision,
                            r.id_recall};
    static const int place[] = {2, 3, 4, 5, 6, 7, 11, 12, 13, 14};
    for (size_t i = 0; i < sizeof found / sizeof *found; i++)
        if (!(fabs(found[i] - results[place[i]]) <= 1e-10))
            fail_msg("%s: result %d is %.17g, wanted %.17g", what, place[i], found[i],
                     results[place[i]]);
    assert_int_equal(n_left_out, 0);
}

static void tracks_of_every_layout(void **state)
{
    (void)state;
    for (int number = 1; number <= 8; number++) {
        read_set("tracks", number, 15);
        name_files(".txt");
        write_mot(truth, true);
        write_mot(result, false);
        expect_tracks("MOT");
        name_files(".csv");
        write_ids(truth, true);
        write_ids(result, false);
        expect_tracks("AVA");
    }
}

/* ---- what does not count, what is refused */

static void pictures_of_the_truth(void **state)
{
    (void)state;
    sfd_eval_box_result r;
    sfd_eval_track_result t;
    size_t n_left_out;
    name_files(".csv");
    write_file(truth, "v,0902,0,0,0.5,1,12,0\nv,0902,0,0,0.5,1,80,0\nv,0904\n");
    write_file(result, "v,902,0,0,0.5,1,,0.9,1\nv,903,0,0,0.5,1,,0.95,1\nv,904.0,0,0,0.5,1,,0.5,1\n"
                       "w,902,0,0,0.5,1,,0.9,1\n");
    assert_int_equal(sfd_eval_box_files(&r, &n_left_out, truth, result, NULL, NULL), SFD_OK);
    assert_int_equal(n_left_out, 2);
    assert_true(r.n_truth == 1 && r.n_detections == 2 && r.ap50 > 0.999);
    assert_int_equal(sfd_eval_track_files(&t, &n_left_out, truth, result, 0.5, NULL, NULL), SFD_OK);
    assert_true(t.n_matches == 1 && t.n_false == 1 && n_left_out == 2);
    /* the same ids in two videos are two persons; MOT's flags and classes */
    write_file(truth, "v,1,0,0,0.5,1,12,3\nw,1,0,0,0.5,1,12,3\n");
    assert_int_equal(sfd_eval_track_files(&t, &n_left_out, truth, truth, 0.5, NULL, NULL), SFD_OK);
    assert_true(t.n_objects == 2 && t.n_switches == 0 && t.mota == 1);
    name_files(".txt");
    write_file(truth, "1,1,0,0,20,30,1,1,1\n1,2,0,0,20,30,0,1,1\n1,3,0,0,20,30,1,7,1\n");
    write_file(result, "1,5,0,0,20,30,0.7,-1,-1,-1\n2,5,0,0,20,30,0.7,-1,-1,-1\n"
                       "1,-1,0,0,20,30,0.7,-1,-1,-1\n");
    assert_int_equal(sfd_eval_track_files(&t, &n_left_out, truth, result, 0.5, NULL, NULL), SFD_OK);
    assert_true(t.n_boxes == 1 && t.n_matches == 1 && t.n_false == 1 && n_left_out == 1);
    write_file(result, "");
    assert_int_equal(sfd_eval_track_files(&t, &n_left_out, truth, result, 0.5, NULL, NULL), SFD_OK);
    assert_int_equal(t.n_misses, 1);
}

static void refuses(const char *extension, const char *text, bool tracks, sfd_status wanted,
                    const char *message)
{
    sfd_error err;
    sfd_eval_box_result r;
    sfd_eval_track_result t;
    size_t n_left_out;
    snprintf(truth, sizeof truth, "%s/truth.csv", folder);
    snprintf(result, sizeof result, "%s/result%s", folder, extension);
    write_file(truth, "v,1,0,0,0.5,1,12,3\n");
    write_file(result, text);
    const sfd_status st =
        tracks ? sfd_eval_track_files(&t, &n_left_out, truth, result, 0.5, NULL, &err)
               : sfd_eval_box_files(&r, &n_left_out, truth, result, NULL, &err);
    assert_int_equal(st, wanted);
    if (!strstr(err.message, message))
        fail_msg("\"%s\" does not tell \"%s\"", err.message, message);
}

static void bad_files(void **state)
{
    (void)state;
    const sfd_status format = SFD_ERR_FORMAT;
    refuses(".csv", "v,1,0,0,1\n", false, format, "line 1: 5 columns");
    refuses(".csv", "v,1,0,nan,1,1\n", false, format, "column 4 (y1): \"nan\" is not a number");
    refuses(".csv", "v,1,0.5,0,0.4,1\n", false, format, "column 5 (x2)");
    refuses(".csv", "v,x,0,0,1,1\n", false, format, "column 2 (timestamp)");
    refuses(".csv", "v,1,0,0,1,1,,x\n", false, format, "column 8 (score)");
    refuses(".csv", "v,1,0,0,1,1,12\n", true, format, "line 1: no person id");
    refuses(".csv", "v,1,0,0,1,1,12,0.5\n", true, format, "column 8 (person id)");
    refuses(".txt", "1,1,0,0,20,30,1\n", true, SFD_ERR_MISMATCH, "one has MOT's frames");
    refuses(".json", "{}", false, format, "neither a list of boxes");
    refuses(".json", "{\"annotations\":[{\"image_id\":1}]}", false, format, "annotation 0");
    refuses(".json", "[{\"image_id\":\"v_1\",\"bbox\":[1,2,3]}]", false, format, "bbox is not");
    refuses(".json", "[{\"image_id\":\"v_1\",\"bbox\":[1,2,3,-4]}]", false, format, "bbox is not");
    refuses(".json", "[{\"image_id\":\"v_1\",\"bbox\":[0,0,1,1],\"score\":\"a\"}]", false, format,
            "score is not");
    refuses(".json", "[{\"image_id\":\"v_000031\",\"bbox\":[0,0,1,1]}]", false, format,
            "names no second");
    refuses(".json", "[{\"image_id\":\"v_1\",\"bbox\":[0,0,1,1]}]", true, format, "no track_id");
    refuses(".json", "[", false, format, "not valid JSON");
    sfd_error err;
    sfd_eval_box_result r;
    size_t n_left_out;
    assert_int_equal(sfd_eval_box_files(&r, &n_left_out, "no/such.csv", truth, NULL, &err),
                     SFD_ERR_IO);
    assert_int_equal(sfd_eval_box_files(&r, &n_left_out, truth, "no/such.json", NULL, &err),
                     SFD_ERR_IO);
}

/* ---- one bad row among good ones; formats by content */

static char warnings[2000];

static void note_warning(void *user, const char *message)
{
    const size_t n = strlen(warnings);
    (void)user;
    snprintf(warnings + n, sizeof warnings - n, "%s\n", message);
}

static sfd_status score_with(bool strict, bool tracks, sfd_eval_box_result *boxes,
                             sfd_eval_track_result *t, sfd_error *err)
{
    sfd_eval_person_settings s;
    size_t n_left_out;
    sfd_eval_person_settings_defaults(&s);
    s.strict = strict;
    s.on_warning = note_warning;
    warnings[0] = '\0';
    return tracks ? sfd_eval_track_files(t, &n_left_out, truth, result, 0.5, &s, err)
                  : sfd_eval_box_files(boxes, &n_left_out, truth, result, &s, err);
}

static void expect_left_out(const char *truths, const char *found, bool tracks, size_t n_left,
                            const char *message)
{
    sfd_error err;
    sfd_eval_box_result b;
    sfd_eval_track_result t;
    name_files("");
    write_file(truth, truths);
    write_file(result, found);
    if (score_with(false, tracks, &b, &t, &err) != SFD_OK)
        fail_msg("%s", err.message);
    if (!strstr(warnings, message) || strchr(warnings, '\n') != strrchr(warnings, '\n'))
        fail_msg("\"%s\" is not \"%s\" alone", warnings, message);
    assert_int_equal(tracks ? t.n_track_boxes : b.n_detections, n_left);
    assert_int_equal(score_with(true, tracks, &b, &t, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, message));
}

static void bad_rows(void **state)
{
    (void)state;
    const char *const ava = "v,1,0,0,0.5,1,12,3\n";
    const char *const mot = "1,3,10,10,40,80,1,1,1\n2,3,10,10,40,80,1,1,1\n";
    expect_left_out(ava, "v,1,0,0,0.5,1,,0.9\nv,1,0,x,1,1,,0.9\nv,2,0,0,1,1\nv,1,0,0,1,1\n", false,
                    2, "result: line 2, column 4 (y1): \"x\" is not a number");
    expect_left_out(mot, "1,4,10,10,abc,80,0.9\n1,5,10,10,40,80,0.9\n", false, 1,
                    "result: line 1, column 5 (width): \"abc\" is not a number");
    expect_left_out(mot, "1.5,4,10,10,40,80,0.9\n1,5,10,10,40,80,0.9\n", true, 1,
                    "result: line 1, column 1 (frame): \"1.5\" is not a whole number");
    expect_left_out(mot, "1,4\n1,5,10,10,40,80,0.9\n", true, 1,
                    "result: line 1: 2 columns, wanted frame");
    expect_left_out(mot, "0,4,10,10,40,80,0.9\n1,5,10,10,40,80,0.9\n", true, 1,
                    "result: line 1, column 1 (frame): \"0\" is not a whole number from 1 on");
    /* a person twice in a frame, in the words of the file */
    expect_left_out(mot, "2,7,10,10,40,80,1\n1,7,10,10,40,80,1\n2,7,50,10,40,80,1\n", true, 2,
                    "result: line 3: person 7 has a box in frame 2 already, line 1");
    expect_left_out(ava, "v,1,0,0,1,1,,1,3\n\nv,1,0,0,1,0.5,,1,3\n", true, 1,
                    "result: line 3: person 3 has a box in v at 1 already, line 1");
    expect_left_out("[{\"image_id\":\"a/v_1\",\"track_id\":2,\"bbox\":[0,0,9,9]}]",
                    "[{\"image_id\":\"a/v_1\",\"track_id\":5,\"bbox\":[0,0,9,9]},"
                    "{\"image_id\":\"a/v_1\",\"track_id\":5,\"bbox\":[0,0,8,9]}]",
                    true, 1,
                    "result: annotation 1: person 5 has a box in a/v_1 already, annotation 0");
    expect_left_out("[{\"image_id\":1,\"bbox\":[0,0,9,9]}]",
                    "[{\"image_id\":1,\"bbox\":[0,0,9]},{\"image_id\":1,\"bbox\":[0,0,9,9]}]",
                    false, 1, "result: annotation 0: bbox is not");
}

static void others_are_told(void **state)
{
    (void)state;
    sfd_error err;
    sfd_eval_box_result b;
    sfd_eval_track_result t;
    name_files("");
    write_file(truth, " \n[{\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,9,9]}]");
    write_file(result, "\xEF\xBB\xBF[{\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,9,9]},"
                       "{\"image_id\":1,\"category_id\":3,\"bbox\":[0,0,9,9]}]");
    assert_int_equal(score_with(false, false, &b, &t, &err), SFD_OK);
    assert_int_equal(b.n_detections, 1);
    assert_non_null(strstr(warnings, "result: 1 box of other categories than persons left out\n"));
    write_file(truth, "1,1,10,10,40,80,1,1,1\n1,2,10,10,40,80,1,3,1\n1,4,9,10,40,80,1,3,1\n");
    write_file(result, "1,4,10,10,40,80,1\n");
    assert_int_equal(score_with(false, true, &b, &t, &err), SFD_OK);
    assert_int_equal(t.n_boxes, 1);
    assert_non_null(strstr(warnings, "truth: 2 boxes of other categories than persons left out\n"));
}

static void packed_json(void **state)
{
    (void)state;
    sfd_error err;
    sfd_eval_box_result b;
    sfd_eval_track_result t;
    name_files("");
    write_file(truth, "[{\"image_id\":1,\"bbox\":[0,0,9,9]}]");
    gzFile gz = gzopen(result, "wb");
    assert_non_null(gz);
    gzputs(gz, "[{\"image_id\":1,\"bbox\":[0,0,9,9],\"score\":0.5}]");
    gzclose(gz);
    assert_int_equal(score_with(false, false, &b, &t, &err), SFD_OK);
    assert_true(b.n_detections == 1 && b.ap > 0.999);
    assert_int_equal(truncate(result, 30), 0);
    assert_int_equal(score_with(false, false, &b, &t, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "result: the gzip data ends too early"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_of_every_layout),
        cmocka_unit_test(tracks_of_every_layout),
        cmocka_unit_test(pictures_of_the_truth),
        cmocka_unit_test(bad_files),
        cmocka_unit_test(bad_rows),
        cmocka_unit_test(others_are_told),
        cmocka_unit_test(packed_json),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
