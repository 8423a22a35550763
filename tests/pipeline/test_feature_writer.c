/* SPDX-License-Identifier: Apache-2.0 */
/* What keyframes' scores are computed from, in files: every column of every row, by the reader of
 * weights. */
#include "base/f16.h"
#include "support/test_clip.h"
#include "weights/open.h"

#include <sfdet/codecs.h>
#include <sfdet/output.h>

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

enum { N_FEATURES = 320, N_CLASSES = 80, MAX_ROWS = 8 };

static char folder[] = "/tmp/sfdet-features-XXXXXX";
static char clip[64], f32_path[64], f16_path[64], npz_path[64];
static sfd_model *model;

static const sfd_proposal boxes[] = {
    {900, {0.1, 0.1, 0.6, 0.9}, 0.875, 7, true}, {901, {0.2, 0.2, 0.5, 0.8}, 1, 0, false},
    {901, {0, 0, 1, 1}, 0.9, -3, true},          {901.5, {0.5, 0.3, 0.9, 0.95}, 1, 0, true},
    {990, {0.3, 0.1, 0.7, 0.9}, 1, 0, false}, /* past the end */
};

static int set_up(void **state)
{
    (void)state;
    sfd_error err = {SFD_OK, ""};
    sfd_model_settings settings;
    sfd_model_settings_defaults(&settings);
    settings.weights = "golden/sf_r50/weights.safetensors";
    settings.config = "golden/sf_r50/config.yaml";
    sfd_quiet_codecs();
    if (!mkdtemp(folder))
        return 1;
    snprintf(clip, sizeof clip, "%s/clip.mp4", folder);
    snprintf(f32_path, sizeof f32_path, "%s/a.safetensors", folder);
    snprintf(f16_path, sizeof f16_path, "%s/b.safetensors", folder);
    snprintf(npz_path, sizeof npz_path, "%s/a.npz", folder);
    if (write_test_clip(clip, 96, 72, 90, 30, &err) == SFD_OK &&
        sfd_model_open(&model, &settings, &err) == SFD_OK)
        return 0;
    fprintf(stderr, "%s\n", err.message);
    return 1;
}

static int tear_down(void **state)
{
    (void)state;
    sfd_model_free(model);
    unlink(clip);
    unlink(f32_path);
    unlink(f16_path);
    unlink(npz_path);
    return rmdir(folder); /* fails when a temporary file was left behind */
}

/* Rows as they are handed out, and to writers. */
typedef struct rows {
    size_t n;
    float scores[MAX_ROWS][N_CLASSES], features[MAX_ROWS][N_FEATURES];
    sfd_writer *writers[3];
} rows;

static sfd_status on_keyframe(void *user, const sfd_keyframe *k, sfd_error *err)
{
    rows *r = user;
    sfd_status status = SFD_OK;
    assert_int_equal(k->n_features, r->writers[0] ? N_FEATURES : 0);
    for (size_t i = 0; i < k->n_persons; i++, r->n++) {
        memcpy(r->scores[r->n], k->persons[i].scores, sizeof r->scores[0]);
        if (k->n_features > 0)
            memcpy(r->features[r->n], k->persons[i].features, sizeof r->features[0]);
        else
            assert_null(k->persons[i].features);
    }
    for (int i = 0; i < 3 && r->writers[i] && status == SFD_OK; i++)
        status = sfd_writer_add(r->writers[i], k, err);
    return status;
}

/* Twice, under another id. */
static void run(rows *r, int n_jobs)
{
    sfd_error err;
    sfd_detector *d;
    sfd_detect_settings s;
    static const char *const ids[2] = {"clip", "second clip"};
    sfd_detect_settings_defaults(&s);
    s.timestamp_offset_s = 900;
    s.user = r;
    s.on_keyframe = on_keyframe;
    s.n_jobs = n_jobs;
    s.features = r->writers[0] != NULL;
    assert_int_equal(sfd_detector_create(&d, model, 2, NULL), SFD_OK);
    for (int i = 0; i < 2; i++) {
        sfd_proposals *p;
        assert_int_equal(sfd_proposals_make(&p, ids[i], boxes, sizeof boxes / sizeof *boxes, NULL),
                         SFD_OK);
        if (sfd_detector_run_video(d, clip, ids[i], p, &s, NULL, &err) != SFD_OK)
            fail_msg("%s", err.message);
        sfd_proposals_free(p);
    }
    sfd_detector_free(d);
}

static void *read_array(const sfd_weights *w, const char *name, sfd_dtype dtype, size_t n,
                        size_t width, float *out)
{
    const sfd_tensor_info *info = sfd_weights_find(w, name);
    assert_non_null(info);
    assert_int_equal(info->dtype, dtype);
    assert_int_equal(info->n_dims, width > 0 ? 2 : 1);
    assert_int_equal(info->dims[0], n);
    if (width > 0)
        assert_int_equal(info->dims[1], width);
    assert_int_equal(sfd_weights_read_f32(w, info, out, NULL), SFD_OK);
    return out;
}

static void check_file(const char *path, const rows *r, bool half)
{
    static float features[MAX_ROWS][N_FEATURES], scores[MAX_ROWS][N_CLASSES], ids[N_CLASSES];
    float times[MAX_ROWS], persons[MAX_ROWS], box[MAX_ROWS][4], score[MAX_ROWS], video[MAX_ROWS];
    float names[2][11];
    sfd_weights *w;
    sfd_error err;
    if (sfd_weights_open(&w, path, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_string_equal(sfd_weights_metadata(w, "format"), "sfdetect features 1");
    read_array(w, "features", half ? SFD_F16 : SFD_F32, 8, N_FEATURES, features[0]);
    read_array(w, "scores", SFD_F32, 8, N_CLASSES, scores[0]);
    read_array(w, "class_ids", SFD_I64, N_CLASSES, 0, ids);
    read_array(w, "timestamps", SFD_F64, 8, 0, times);
    read_array(w, "person_ids", SFD_I64, 8, 0, persons);
    read_array(w, "boxes", SFD_F32, 8, 4, box[0]);
    read_array(w, "box_scores", SFD_F32, 8, 0, score);
    read_array(w, "videos", SFD_I32, 8, 0, video);
    read_array(w, "video_ids", SFD_U8, 2, 11, names[0]);
    for (size_t i = 0; i < 8; i++) {
        const sfd_proposal *p = &boxes[i % 4];
        for (size_t c = 0; c < N_FEATURES; c++)
            assert_true(features[i][c] ==
                        (half ? sfd_f16_float(sfd_f16_of(r->features[i][c])) : r->features[i][c]));
        assert_memory_equal(scores[i], r->scores[i], sizeof scores[0]);
        assert_true(times[i] == (float)p->timestamp_s);
        assert_true(persons[i] == (p->has_person_id ? (float)p->person_id : -1));
        assert_true(box[i][0] == (float)p->box.x1 && box[i][3] == (float)p->box.y2);
        assert_true(score[i] == (float)p->score);
        assert_true(video[i] == (float)(i / 4));
    }
    assert_true(ids[0] == 1 && ids[79] == 80);
    for (size_t i = 0; i < 11; i++) {
        assert_true(names[0][i] == (i < 4 ? (float)"clip"[i] : 0));
        assert_true(names[1][i] == (float)"second clip"[i]);
    }
    sfd_weights_close(w);
}

static void open_writer(sfd_writer **w, const char *path, sfd_feature_type type)
{
    sfd_error err;
    if (sfd_writer_open_features(w, path, model, type, &err) != SFD_OK)
        fail_msg("%s", err.message);
}

static void test_files(void **state)
{
    (void)state;
    static rows r, plain, jobs;
    open_writer(&r.writers[0], f32_path, SFD_FEATURES_F32);
    open_writer(&r.writers[1], f16_path, SFD_FEATURES_F16);
    open_writer(&r.writers[2], npz_path, SFD_FEATURES_F32);
    run(&r, 1);
    assert_int_equal(r.n, 8);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sfd_writer_commit(r.writers[i], NULL), SFD_OK);
        sfd_writer_free(r.writers[i]);
    }
    check_file(f32_path, &r, false);
    check_file(f16_path, &r, true);
    run(&plain, 1);
    assert_memory_equal(plain.scores, r.scores, sizeof r.scores);
    /* keyframes that are computed at once */
    open_writer(&jobs.writers[0], f16_path, SFD_FEATURES_F16);
    run(&jobs, 2);
    sfd_writer_free(jobs.writers[0]);
    assert_memory_equal(jobs.features, r.features, sizeof r.features);
    assert_int_equal(access(f16_path, F_OK), 0); /* the one from before */
}

static void test_refused(void **state)
{
    (void)state;
    sfd_writer *w;
    sfd_error err;
    static const char *const bad[] = {"-", "x.npy", "features", "/tmp"};
    static float scores[N_CLASSES], features[N_FEATURES];
    static int ids[N_CLASSES];
    sfd_person p = {.timestamp_text = "1", .box_text = "0,0,1,1", .scores = scores};
    sfd_keyframe k = {
        .video_id = "a", .n_classes = N_CLASSES, .class_ids = ids, .n_persons = 1, .persons = &p};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(sfd_writer_open_features(&w, bad[i], model, SFD_FEATURES_F32, NULL),
                         SFD_ERR_ARG);
    assert_int_equal(
        sfd_writer_open_features(&w, "/nonexistent/x.npz", model, SFD_FEATURES_F32, NULL),
        SFD_ERR_IO);
    assert_null(w);
    open_writer(&w, f16_path, SFD_FEATURES_F16);
    assert_int_equal(sfd_writer_add(w, &k, &err), SFD_ERR_ARG);
    assert_non_null(strstr(err.message, "comes with 0 features and 80 scores"));
    p.features = features;
    k.n_features = N_FEATURES;
    features[5] = 65519;
    assert_int_equal(sfd_writer_add(w, &k, &err), SFD_OK);
    features[5] = 65520;
    assert_int_equal(sfd_writer_add(w, &k, &err), SFD_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "not finite in half precision"));
    sfd_writer_free(w);
}

/* A file of nobody has its arrays, without rows. */
static void test_nobody(void **state)
{
    (void)state;
    static float ids[N_CLASSES], none[1];
    sfd_weights *w;
    sfd_writer *writer;
    sfd_error err;
    open_writer(&writer, f32_path, SFD_FEATURES_F32);
    assert_int_equal(sfd_writer_commit(writer, NULL), SFD_OK);
    sfd_writer_free(writer);
    if (sfd_weights_open(&w, f32_path, &err) != SFD_OK)
        fail_msg("%s", err.message);
    read_array(w, "features", SFD_F32, 0, N_FEATURES, none);
    read_array(w, "video_ids", SFD_U8, 0, 1, none);
    read_array(w, "class_ids", SFD_I64, N_CLASSES, 0, ids);
    assert_true(ids[0] == 1);
    sfd_weights_close(w);
}

/* The disk is full, of the rows that wait or of the file itself. */
static void test_full_disk(void **state)
{
    (void)state;
    static float scores[N_CLASSES], features[N_FEATURES];
    static int ids[N_CLASSES];
    const sfd_person p = {.timestamp_text = "1", .scores = scores, .features = features};
    const sfd_keyframe k = {.video_id = "a",
                            .n_classes = N_CLASSES,
                            .class_ids = ids,
                            .n_persons = 1,
                            .persons = &p,
                            .n_features = N_FEATURES};
    struct rlimit before, now;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    now = before;
    /* 51 kB of features wait, the file has 68 kB */
    for (rlim_t limit = 4096; limit < 300000; limit *= 4) {
        sfd_error err = {SFD_OK, ""};
        sfd_writer *w;
        sfd_status status = SFD_OK;
        open_writer(&w, npz_path, SFD_FEATURES_F32);
        unlink(npz_path);
        now.rlim_cur = limit;
        setrlimit(RLIMIT_FSIZE, &now);
        for (int i = 0; i < 40 && status == SFD_OK; i++)
            status = sfd_writer_add(w, &k, &err);
        if (status == SFD_OK)
            status = sfd_writer_commit(w, &err);
        setrlimit(RLIMIT_FSIZE, &before);
        assert_int_equal(status, limit < 68000 ? SFD_ERR_IO : SFD_OK);
        assert_true(status == SFD_OK || strstr(err.message, "cannot write: File too large"));
        sfd_writer_free(w);
        assert_int_equal(access(npz_path, F_OK), status == SFD_OK ? 0 : -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_full_disk),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
