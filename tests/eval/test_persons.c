/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes and tracks against what pycocotools and py-motmetrics said (persons/make.py). */
#include <sfdet/eval_persons.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST      4000
#define N_RESULTS 15

static void expect(double found, double wanted, const char *file, const char *what)
{
    if (!(fabs(found - wanted) <= 1e-10))
        fail_msg("%s: %s is %.17g, wanted %.17g", file, what, found, wanted);
}

static FILE *open_set(char *name, size_t n, const char *kind, int number)
{
    snprintf(name, n, "persons/%s_%d.txt", kind, number);
    FILE *f = fopen(name, "r");
    assert_non_null(f);
    return f;
}

static void read_results(FILE *f, double *results, int n)
{
    for (int i = 0; i < n; i++)
        assert_int_equal(fscanf(f, "%lf", &results[i]), 1);
    fclose(f);
}

static void boxes_as_pycocotools(void **state)
{
    (void)state;
    static sfd_eval_box truth[MOST], detections[MOST];
    for (int number = 1; number <= 5; number++) {
        char name[64], kind;
        size_t n_truth = 0, n_detections = 0;
        FILE *f = open_set(name, sizeof name, "boxes", number);
        while (fscanf(f, " %c", &kind) == 1 && kind != 'E') {
            sfd_eval_box *b = kind == 'T' ? &truth[n_truth++] : &detections[n_detections++];
            double last;
            long long picture;
            assert_true(n_truth < MOST && n_detections < MOST);
            assert_int_equal(fscanf(f, "%lld %lf %lf %lf %lf %lf", &picture, &b->x, &b->y,
                                    &b->width, &b->height, &last),
                             6);
            b->picture = picture;
            b->score = last;
            b->crowd = kind == 'T' && last > 0;
        }
        double wanted[6];
        sfd_eval_box_result r;
        read_results(f, wanted, 6);
        assert_int_equal(sfd_eval_score_boxes(&r, truth, n_truth, detections, n_detections, NULL),
                         SFD_OK);
        assert_int_equal(r.n_detections, n_detections);
        expect((double)r.n_pictures, wanted[0], name, "pictures");
        expect(r.ap, wanted[1], name, "AP");
        expect(r.ap50, wanted[2], name, "AP50");
        expect(r.ap75, wanted[3], name, "AP75");
        expect(r.recall, wanted[4], name, "AR");
        expect(r.recall50, wanted[5], name, "recall at 0.5");
    }
}

static void tracks_as_motmetrics(void **state)
{
    (void)state;
    static sfd_eval_track_box truth[MOST], tracks[MOST];
    for (int number = 1; number <= 8; number++) {
        char name[64], kind;
        size_t n_truth = 0, n_tracks = 0;
        FILE *f = open_set(name, sizeof name, "tracks", number);
        while (fscanf(f, " %c", &kind) == 1 && kind != 'E') {
            sfd_eval_track_box *b = kind == 'T' ? &truth[n_truth++] : &tracks[n_tracks++];
            long long frame, id;
            assert_true(n_truth < MOST && n_tracks < MOST);
            assert_int_equal(fscanf(f, "%lld %lld %lf %lf %lf %lf", &frame, &id, &b->x, &b->y,
                                    &b->width, &b->height),
                             6);
            b->frame = frame;
            b->id = id;
        }
        double w[N_RESULTS];
        sfd_eval_track_result r;
        read_results(f, w, N_RESULTS);
        assert_int_equal(sfd_eval_score_tracks(&r, truth, n_truth, tracks, n_tracks, 0.5, NULL),
                         SFD_OK);
        const double found[N_RESULTS] = {(double)r.n_frames,
                                         (double)r.n_objects,
                                         (double)r.n_boxes,
                                         (double)r.n_track_boxes,
                                         (double)r.n_misses,
                                         (double)r.n_false,
                                         (double)r.n_switches,
                                         (double)r.n_fragments,
                                         (double)r.n_mostly_tracked,
                                         (double)r.n_partly_tracked,
                                         (double)r.n_mostly_lost,
                                         r.mota,
                                         r.idf1,
                                         r.id_precision,
                                         r.id_recall};
        for (int i = 0; i < N_RESULTS; i++) {
            char what[32];
            snprintf(what, sizeof what, "result %d", i);
            expect(found[i], w[i], name, what);
        }
        assert_int_equal(r.n_matches + r.n_misses, r.n_boxes);
    }
}

static void nothing_to_score(void **state)
{
    (void)state;
    const sfd_eval_box box = {.picture = 1, .width = 1, .height = 1, .score = 0.5};
    const sfd_eval_box crowd = {.picture = 1, .width = 1, .height = 1, .crowd = true};
    sfd_eval_box_result b;
    assert_int_equal(sfd_eval_score_boxes(&b, NULL, 0, NULL, 0, NULL), SFD_OK);
    assert_true(isnan(b.ap) && b.n_pictures == 0);
    assert_int_equal(sfd_eval_score_boxes(&b, NULL, 0, &box, 1, NULL), SFD_OK);
    assert_true(isnan(b.ap50) && b.n_pictures == 1);
    assert_int_equal(sfd_eval_score_boxes(&b, &box, 1, NULL, 0, NULL), SFD_OK);
    assert_true(b.ap == 0 && b.recall == 0);
    assert_int_equal(sfd_eval_score_boxes(&b, &crowd, 1, &box, 1, NULL), SFD_OK);
    assert_true(isnan(b.ap) && b.n_truth == 0);

    const sfd_eval_track_box person = {.frame = 4, .id = 2, .width = 1, .height = 1};
    sfd_eval_track_result t;
    assert_int_equal(sfd_eval_score_tracks(&t, NULL, 0, NULL, 0, 0.5, NULL), SFD_OK);
    assert_true(isnan(t.mota) && isnan(t.idf1));
    assert_int_equal(sfd_eval_score_tracks(&t, NULL, 0, &person, 1, 0.5, NULL), SFD_OK);
    assert_true(isnan(t.mota) && t.n_false == 1 && t.idf1 == 0);
    assert_int_equal(sfd_eval_score_tracks(&t, &person, 1, NULL, 0, 0.5, NULL), SFD_OK);
    assert_true(t.mota == 0 && t.n_misses == 1 && t.n_mostly_lost == 1);
}

static void an_id_twice_in_a_frame_is_named(void **state)
{
    (void)state;
    const sfd_eval_track_box twice[] = {{.frame = 4, .id = 2}, {.frame = 4, .id = 2}};
    sfd_eval_track_result t;
    sfd_error err;
    assert_int_equal(sfd_eval_score_tracks(&t, NULL, 0, twice, 2, 0.5, &err), SFD_ERR_ARG);
    assert_string_equal(err.message, "tracks: id 2 has two boxes in frame 4");
    assert_int_equal(sfd_eval_score_tracks(&t, twice, 1, twice, 1, NAN, &err), SFD_ERR_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_as_pycocotools),
        cmocka_unit_test(tracks_as_motmetrics),
        cmocka_unit_test(nothing_to_score),
        cmocka_unit_test(an_id_twice_in_a_frame_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
