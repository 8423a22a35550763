/* SPDX-License-Identifier: Apache-2.0 */
/* What YOLOX networks find, against the original's maths in PyTorch (persons/yolox.py); files that
 * are none. */
#include <sfdet/persons.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_BOX_ERROR   0.02 /* pixels */
#define MAX_SCORE_ERROR 1e-4
#define PICTURE         "resize/landscape_down.in.ppm"

typedef struct picture {
    uint8_t *rgb;
    int width, height;
} picture;

static picture read_ppm(const char *path)
{
    picture p;
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "P6 %d %d 255", &p.width, &p.height), 2);
    fgetc(f);
    const size_t n = 3 * (size_t)p.width * (size_t)p.height;
    p.rgb = malloc(n);
    assert_non_null(p.rgb);
    assert_int_equal(fread(p.rgb, 1, n, f), n);
    fclose(f);
    return p;
}

static sfd_person_model *open_model(const char *weights, const char *cpu)
{
    sfd_person_model_settings s;
    sfd_person_model *m;
    sfd_error err;
    sfd_person_model_settings_defaults(&s);
    s.weights = weights;
    s.cpu = cpu;
    if (sfd_person_model_open(&m, &s, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return m;
}

static void check(const sfd_found_person *found, size_t n, FILE *expected, const char *name)
{
    double worst_box = 0, worst_score = 0;
    for (size_t i = 0; i < n; i++) {
        double w[5];
        if (fscanf(expected, "%lf %lf %lf %lf %lf", &w[0], &w[1], &w[2], &w[3], &w[4]) != 5)
            fail_msg("%s: more than %zu persons found", name, i);
        const sfd_box_px *b = &found[i].box;
        worst_box = fmax(worst_box, fmax(fabs((double)b->x1 - w[0]), fabs((double)b->y1 - w[1])));
        worst_box = fmax(worst_box, fmax(fabs((double)b->x2 - w[2]), fabs((double)b->y2 - w[3])));
        worst_score = fmax(worst_score, fabs((double)found[i].score - w[4]));
    }
    double more;
    assert_int_equal(fscanf(expected, "%lf", &more), EOF);
    print_message("%s: %zu persons, boxes within %.2g pixels, scores within %.2g\n", name, n,
                  worst_box, worst_score);
    assert_true(n >= 5);
    assert_true(worst_box <= MAX_BOX_ERROR);
    assert_true(worst_score <= MAX_SCORE_ERROR);
}

static void finds_what_the_original_finds(int number, const char *cpu)
{
    char weights[64], expected[64], path[128];
    double threshold;
    snprintf(weights, sizeof weights, "persons/yolox_%d.pth", number);
    snprintf(expected, sizeof expected, "persons/yolox_%d.txt", number);
    FILE *f = fopen(expected, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%127s %lf", path, &threshold), 2);
    picture p = read_ppm(path);
    sfd_person_model *m = open_model(weights, cpu);
    sfd_person_finder *finder;
    const sfd_found_person *found;
    size_t n;
    assert_int_equal(sfd_person_finder_create(&finder, m, 2, NULL), SFD_OK);
    for (int run = 0; run < 2; run++) /* memory used before must not matter */
        assert_int_equal(sfd_person_finder_run(finder, p.rgb, p.width, p.height,
                                               3 * (size_t)p.width, threshold, &found, &n, NULL),
                         SFD_OK);
    check(found, n, f, weights);
    sfd_person_finder_free(finder);
    sfd_person_model_free(m);
    free(p.rgb);
    fclose(f);
}

static void small_network(void **state)
{
    (void)state;
    finds_what_the_original_finds(1, NULL);
    finds_what_the_original_finds(1, "scalar");
}

static void depthwise_network(void **state)
{
    (void)state;
    finds_what_the_original_finds(2, NULL);
}

/* What a finder that has seen `n_before` other pictures finds; the caller frees. */
static sfd_found_person *find_after(const sfd_person_model *m, const picture *before,
                                    size_t n_before, const picture *p, size_t *n)
{
    sfd_person_finder *finder;
    const sfd_found_person *found;
    assert_int_equal(sfd_person_finder_create(&finder, m, 2, NULL), SFD_OK);
    for (size_t i = 0; i <= n_before; i++) {
        const picture *shown = i < n_before ? &before[i] : p;
        assert_int_equal(sfd_person_finder_run(finder, shown->rgb, shown->width, shown->height,
                                               3 * (size_t)shown->width, 0.001, &found, n, NULL),
                         SFD_OK);
    }
    sfd_found_person *own = malloc((*n + 1) * sizeof *own);
    assert_non_null(own);
    memcpy(own, found, *n * sizeof *own);
    sfd_person_finder_free(finder);
    return own;
}

/* The border's part is not computed anew: pictures of that size, of others, one without a border.
 */
static void pictures_before_do_not_matter(void **state)
{
    (void)state;
    const picture p = read_ppm(PICTURE);
    uint8_t *lower = p.rgb + 3 * (size_t)p.width * (size_t)(p.height / 2);
    const picture pictures[] = {{p.rgb, p.width, p.height / 2}, {lower, p.width, p.height / 2},
                                {p.rgb, p.width, p.height / 3}, p,
                                {p.rgb, p.width / 2, p.height}, {lower, p.width, p.height / 2}};
    const size_t n_pictures = sizeof pictures / sizeof *pictures;
    sfd_person_model *m = open_model("persons/yolox_1.pth", NULL);
    size_t n_found = 0;
    for (size_t i = 0; i < n_pictures; i++) {
        size_t n, n_fresh;
        sfd_found_person *after = find_after(m, pictures, i, &pictures[i], &n);
        sfd_found_person *fresh = find_after(m, NULL, 0, &pictures[i], &n_fresh);
        assert_int_equal(n, n_fresh);
        for (size_t k = 0; k < n; k++) {
            assert_memory_equal(&after[k].box, &fresh[k].box, sizeof fresh->box);
            assert_true(after[k].score == fresh[k].score);
        }
        n_found += n;
        free(after);
        free(fresh);
    }
    assert_true(n_found >= 20);
    sfd_person_model_free(m);
    free(p.rgb);
}

static void nobody_is_no_error(void **state)
{
    (void)state;
    static const uint8_t grey[3 * 20 * 10];
    sfd_person_model *m = open_model("persons/yolox_1.pth", NULL);
    sfd_person_finder *finder;
    const sfd_found_person *found;
    size_t n = 1;
    assert_int_equal(sfd_person_finder_create(&finder, m, 1, NULL), SFD_OK);
    assert_int_equal(
        sfd_person_finder_run(finder, grey, 20, 10, (size_t)3 * 20, 1.1, &found, &n, NULL), SFD_OK);
    assert_int_equal(n, 0);
    sfd_error err;
    assert_int_equal(sfd_person_finder_run(finder, grey, 0, 10, 0, 0.5, &found, &n, &err),
                     SFD_ERR_ARG);
    sfd_person_finder_free(finder);
    sfd_person_model_free(m);
}

static void other_networks_are_refused(void **state)
{
    (void)state;
    sfd_person_model_settings s;
    sfd_person_model *m;
    sfd_error err;
    sfd_person_model_settings_defaults(&s);
    s.weights = "golden/sf_r50/weights.safetensors";
    assert_int_equal(sfd_person_model_open(&m, &s, &err), SFD_ERR_MISMATCH);
    assert_null(m);
    assert_non_null(strstr(err.message, "not a person detector"));
    s.weights = "persons/nothing.pth";
    assert_int_equal(sfd_person_model_open(&m, &s, &err), SFD_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_network),
        cmocka_unit_test(depthwise_network),
        cmocka_unit_test(pictures_before_do_not_matter),
        cmocka_unit_test(nobody_is_no_error),
        cmocka_unit_test(other_networks_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
