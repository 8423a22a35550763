/* SPDX-License-Identifier: Apache-2.0 */
/* The set behind the formats: who is put together, where people are in between, labels, limits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "annotations/sample.h"

static char warnings[4096];

static void on_warning(void *user, const char *message)
{
    (void)user;
    strncat(warnings, message, sizeof warnings - strlen(warnings) - 2);
    strcat(warnings, "\n");
}

static sfd_annotations *make(void (*change)(sfd_annotation_settings *s))
{
    sfd_annotation_settings s;
    sfd_annotations *a;
    sfd_error err;
    sfd_annotation_settings_defaults(&s);
    s.on_warning = on_warning;
    s.fps = 10;
    if (change)
        change(&s);
    warnings[0] = '\0';
    if (sfd_annotations_create(&a, &s, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return a;
}

static void add(sfd_annotations *a, sfd_labelled_video *v, int64_t id, double time_s, double x,
                int action)
{
    sfd_person_box b = {.time_s = time_s,
                        .corner = {x, 0, x + 0.5, 1},
                        .score = SFD_NO_SCORE,
                        .person_id = id,
                        .has_person_id = id >= 0};
    size_t label;
    sfd_error err;
    if (action > 0) {
        assert_int_equal(sfd_label_list_by_id(&a->labels, action, &label, &err), SFD_OK);
        assert_int_equal(sfd_set_add_done(a, &b, label, SFD_NO_SCORE, &err), SFD_OK);
    }
    assert_int_equal(sfd_set_add(a, v, &b, SFD_UNIT_FRACTIONS, "test", &err), SFD_OK);
}

/* Rows in any order; the same box twice is one with both actions, in order of ids. */
static void test_settling(void **state)
{
    (void)state;
    sfd_annotations *a = make(NULL);
    sfd_labelled_video *v;
    assert_int_equal(sfd_set_video(a, &v, "v", NULL), SFD_OK);
    add(a, v, 5, 2, 0.2, 9);
    add(a, v, -1, 1, 0.4, 3);
    add(a, v, 4, 1, 0.1, 1);
    add(a, v, 5, 1, 0.1, 2);
    add(a, v, 5, 2, 0.2, 8);
    add(a, v, -1, 1, 0.4, 4);
    add(a, v, 4, 1, 0.3, 7); /* twice at one time: nobody's */
    assert_int_equal(sfd_set_settle(a, NULL), SFD_OK);
    assert_int_equal(v->n_boxes, 5);
    assert_int_equal(v->n_tracks, 4);
    const sfd_track_range *t = v->tracks;
    assert_true(t[0].person_id == 5 && t[0].n == 2); /* 5 appeared first */
    assert_true(v->boxes[0].time_s == 1 && v->boxes[1].time_s == 2);
    assert_int_equal(v->boxes[1].n_done, 2);
    assert_int_equal(a->labels.items[v->boxes[1].done[0].label].id, 8);
    assert_int_equal(a->labels.items[v->boxes[1].done[1].label].id, 9);
    assert_true(!t[1].has_person_id && v->boxes[t[1].first].n_done == 2);
    assert_true(t[2].person_id == 4 && t[2].n == 1);
    assert_true(!t[3].has_person_id && t[3].n == 1);
    /* settling again, as after the next file, changes nothing */
    assert_int_equal(sfd_set_settle(a, NULL), SFD_OK);
    assert_true(v->n_boxes == 5 && v->n_tracks == 4 && v->tracks[0].person_id == 5);
    sfd_annotations_free(a);
}

static void every_half(sfd_annotation_settings *s)
{
    s->every_s = 0.5;
    s->join_s = 1;
}

/* Boxes at 0, 1 and 3 s; up to a second apart they are joined. */
static void test_samples(void **state)
{
    (void)state;
    sfd_person_samples s;
    sfd_annotations *a = make(every_half);
    sfd_labelled_video *v;
    assert_int_equal(sfd_set_video(a, &v, "v", NULL), SFD_OK);
    add(a, v, 1, 0, 0, 1);
    add(a, v, 1, 1, 0.4, 2);
    add(a, v, 1, 3, 0.5, 3);
    assert_int_equal(sfd_set_settle(a, NULL), SFD_OK);
    assert_int_equal(sfd_sample_persons(&s, a, v, SFD_KEYFRAMES, NULL), SFD_OK);
    assert_int_equal(s.n, 4);
    const double times[4] = {0, 0.5, 1, 3}, left[4] = {0, 0.2, 0.4, 0.5};
    for (int i = 0; i < 4; i++)
        assert_true(s.boxes[i].time_s == times[i] && s.boxes[i].corner[0] == left[i]);
    assert_true(s.boxes[1].interpolated && s.boxes[1].done[0].label == s.boxes[0].done[0].label);
    sfd_person_samples_free(&s);
    v->boxes[1].moves_on = true; /* the file says so: across the gap, too */
    assert_int_equal(sfd_sample_persons(&s, a, v, SFD_KEYFRAMES, NULL), SFD_OK);
    assert_int_equal(s.n, 7);
    sfd_person_samples_free(&s);
    assert_int_equal(sfd_sample_persons(&s, a, v, SFD_FRAMES, NULL), SFD_OK);
    assert_int_equal(s.n, 3 + 19);
    sfd_person_samples_free(&s);
    sfd_annotations_free(a);
}

static void too_often(sfd_annotation_settings *s)
{
    s->every_s = 0.001;
    s->fps = 1e5;
}

/* A person who moves for 30 years. */
static void test_sample_limit(void **state)
{
    (void)state;
    sfd_person_samples s;
    sfd_error err;
    sfd_annotations *a = make(too_often);
    sfd_labelled_video *v;
    assert_int_equal(sfd_set_video(a, &v, "v", NULL), SFD_OK);
    add(a, v, 1, 0, 0, 1);
    add(a, v, 1, 1e9, 0.4, 2);
    v->boxes[0].moves_on = true;
    assert_int_equal(sfd_set_settle(a, NULL), SFD_OK);
    assert_int_equal(sfd_sample_persons(&s, a, v, SFD_KEYFRAMES, &err), SFD_ERR_UNSUPPORTED);
    assert_int_equal(sfd_sample_persons(&s, a, v, SFD_FRAMES, &err), SFD_ERR_UNSUPPORTED);
    sfd_annotations_free(a);
}

static void test_labels(void **state)
{
    (void)state;
    sfd_label_list l = {0};
    size_t i;
    char text[SFD_LABEL_CHARS];
    sfd_error err;
    /* the same word in two groups is two actions; ids follow the order */
    assert_int_equal(sfd_label_list_by_name(&l, "left hand", "other", &i, &err), SFD_OK);
    assert_int_equal(l.items[i].id, 1);
    assert_int_equal(sfd_label_list_by_name(&l, "right hand", "other", &i, &err), SFD_OK);
    assert_int_equal(l.items[i].id, 2);
    assert_string_equal(sfd_label_full_name(&l, 0, text), "other");
    assert_string_equal(sfd_label_full_name(&l, 1, text), "right hand: other");
    assert_int_equal(sfd_label_list_by_name(&l, NULL, "right hand: other", &i, &err), SFD_OK);
    assert_int_equal(i, 1);
    /* ids without names keep their number on the way through a name */
    assert_int_equal(sfd_label_list_by_id(&l, 79, &i, &err), SFD_OK);
    assert_string_equal(sfd_label_full_name(&l, i, text), "action 79");
    assert_int_equal(sfd_label_list_by_name(&l, NULL, "action 41", &i, &err), SFD_OK);
    assert_int_equal(l.items[i].id, 41);
    /* a name comes to an id that was met before; a taken id is another's */
    assert_int_equal(sfd_label_list_named(&l, NULL, "listen to", 79, &i, &err), SFD_OK);
    assert_int_equal(l.items[i].id, 79);
    assert_int_equal(sfd_label_list_named(&l, NULL, "talk to", 79, &i, &err), SFD_OK);
    assert_int_equal(l.items[i].id, 80);
    assert_int_equal(sfd_label_list_by_id(&l, SFD_MAX_LABEL_ID + 1, &i, &err), SFD_ERR_FORMAT);
    assert_int_equal(sfd_label_list_by_id(&l, -1, &i, &err), SFD_ERR_FORMAT);
    assert_int_equal(sfd_label_list_by_id(&l, SFD_MAX_LABEL_ID, &i, &err), SFD_OK);
    assert_int_equal(sfd_label_list_by_name(&l, NULL, "one more", &i, &err), SFD_ERR_UNSUPPORTED);
    sfd_label_list_free(&l);
}

static void no_size(sfd_annotation_settings *s)
{
    s->fps = 0;
}

static void test_units(void **state)
{
    (void)state;
    sfd_error err;
    double corner[4];
    sfd_annotations *a = make(no_size);
    sfd_labelled_video *v;
    assert_int_equal(sfd_set_video(a, &v, "v", NULL), SFD_OK);
    sfd_person_box b = {.corner = {64, 48, 128, 96}, .score = SFD_NO_SCORE};
    assert_int_equal(sfd_set_add(a, v, &b, SFD_UNIT_PIXELS, "test", &err), SFD_OK);
    assert_int_equal(sfd_set_corners(v, &v->boxes[0], SFD_UNIT_FRACTIONS, corner, &err),
                     SFD_ERR_MISMATCH);
    sfd_set_size(v, 640, 480);
    sfd_set_size(v, 10, 10); /* is known */
    assert_int_equal(sfd_set_corners(v, &v->boxes[0], SFD_UNIT_FRACTIONS, corner, &err), SFD_OK);
    assert_true(corner[0] == 0.1 && corner[3] == 0.2);
    sfd_person_box f = {.corner = {0.5, 0.5, 1, 1}, .score = SFD_NO_SCORE};
    assert_int_equal(sfd_set_add(a, v, &f, SFD_UNIT_FRACTIONS, "test", &err), SFD_OK);
    assert_true(v->boxes[1].corner[0] == 320 && v->boxes[1].corner[1] == 240);
    const double bad[] = {-2e9, (double)NAN, (double)INFINITY};
    for (int i = 0; i < 3; i++) {
        f.time_s = bad[i];
        assert_int_equal(sfd_set_add(a, v, &f, SFD_UNIT_FRACTIONS, "test", &err), SFD_ERR_FORMAT);
        f.time_s = 0;
        f.corner[1] = bad[i];
        assert_int_equal(sfd_set_add(a, v, &f, SFD_UNIT_FRACTIONS, "test", &err), SFD_ERR_FORMAT);
        f.corner[1] = 0.5;
    }
    assert_int_equal(sfd_set_frame_of(a, v, 2), 60); /* 30 a second where nobody knows */
    sfd_annotations_free(a);
}

static void test_settings(void **state)
{
    (void)state;
    sfd_annotation_settings s;
    sfd_annotations *a;
    sfd_error err;
    sfd_annotation_settings_defaults(&s);
    s.fps = -1;
    assert_int_equal(sfd_annotations_create(&a, &s, &err), SFD_ERR_ARG);
    s.fps = 0;
    s.width = 5; /* without height */
    assert_int_equal(sfd_annotations_create(&a, &s, &err), SFD_ERR_ARG);
    s.width = 0;
    s.labels = "annotations/no_such.pbtxt";
    assert_int_equal(sfd_annotations_create(&a, &s, &err), SFD_ERR_IO);
    assert_null(a);
    assert_int_equal(sfd_annotations_create(&a, NULL, &err), SFD_OK);
    assert_int_equal(sfd_annotations_read(a, "annotations/ava.csv", "no such", &err), SFD_ERR_ARG);
    assert_int_equal(sfd_annotations_read(a, "kernels", NULL, &err), SFD_ERR_FORMAT);
    assert_int_equal(sfd_annotations_read(a, "annotations/ava.csv", NULL, NULL), SFD_OK);
    assert_int_equal(sfd_annotations_write(a, "x.what", NULL, &err), SFD_ERR_ARG);
    sfd_annotation_counts n;
    sfd_annotations_count(a, &n);
    assert_true(n.n_videos == 2 && n.n_boxes == 5 && n.n_actions == 6 && n.n_labels == 3);
    sfd_annotations_free(a);
    sfd_annotations_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settling),     cmocka_unit_test(test_samples),
        cmocka_unit_test(test_sample_limit), cmocka_unit_test(test_labels),
        cmocka_unit_test(test_units),        cmocka_unit_test(test_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
