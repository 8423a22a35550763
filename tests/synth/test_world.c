/* SPDX-License-Identifier: Apache-2.0 */
/* Rendered worlds: the same everywhere, boxes around what was drawn, every class shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "synth/annotate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { W = 192, H = 144 };

static sfd_world_settings settings(uint64_t index, bool validation)
{
    return (sfd_world_settings){.seed = 42,
                                .index = index,
                                .validation = validation,
                                .seconds = 8,
                                .width = W,
                                .height = H,
                                .min_people = 1,
                                .max_people = 4,
                                .scene = -1,
                                .grain = 1};
}

static sfd_world *create(const sfd_world_settings *s)
{
    sfd_world *w;
    assert_int_equal(sfd_world_create(&w, s, NULL), SFD_OK);
    return w;
}

static sfd_picture *new_picture(void)
{
    sfd_picture *p;
    assert_int_equal(sfd_picture_create(&p, W, H, NULL), SFD_OK);
    return p;
}

/* FNV-1a. */
static uint64_t hash(uint64_t h, const sfd_picture *p)
{
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < 3 * p->width; x++)
            h = (h ^ p->rgb[(size_t)y * p->stride_bytes + (size_t)x]) * UINT64_C(0x100000001b3);
    return h;
}

static uint64_t hash_world(const sfd_world_settings *s)
{
    sfd_world *w = create(s);
    sfd_picture *p = new_picture();
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < 6; i++) {
        sfd_world_render(w, 1.3 * i, p, NULL, NULL);
        h = hash(h, p);
    }
    sfd_picture_unref(p);
    sfd_world_destroy(w);
    return h;
}

/* The figure stands for every compiler and machine; change it with the pictures. */
static void test_same_everywhere(void **state)
{
    (void)state;
    uint64_t all = 0;
    for (uint64_t i = 0; i < 5; i++) { /* all kinds of scene */
        sfd_world_settings s = settings(i, i & 1);
        s.scene = (int)i;
        all = all * 31 + hash_world(&s);
    }
    if (all != UINT64_C(0x2ac4b0dae704544))
        fail_msg("the pictures hash to 0x%llx", (unsigned long long)all);
}

static void test_settings_matter(void **state)
{
    (void)state;
    sfd_world_settings s = settings(3, false);
    uint64_t h = hash_world(&s);
    assert_true(hash_world(&s) == h);
    s.seed++;
    assert_true(hash_world(&s) != h);
    s = settings(4, false);
    assert_true(hash_world(&s) != h);
    s = settings(3, true);
    assert_true(hash_world(&s) != h);
    s = settings(3, false);
    s.grain = 0;
    assert_true(hash_world(&s) != h);
}

static void release_nothing(void *owner)
{
    (void)owner;
}

/* Rows may be padded in any way, and the padding is left alone. */
static void test_padded_rows(void **state)
{
    (void)state;
    enum { PADDED = 3 * W + 29 };
    sfd_world_settings s = settings(2, false);
    sfd_world *w = create(&s);
    sfd_picture *p = new_picture(), *padded;
    uint8_t *pixels = malloc((size_t)PADDED * H);
    memset(pixels, 77, (size_t)PADDED * H);
    const sfd_picture view = {W, H, PADDED, pixels};
    assert_int_equal(sfd_picture_wrap(&padded, &view, NULL, release_nothing, NULL), SFD_OK);
    sfd_world_render(w, 2, p, NULL, NULL);
    sfd_world_render(w, 2, padded, NULL, NULL);
    assert_true(hash(0, p) == hash(0, padded));
    for (size_t y = 0; y < H; y++)
        for (size_t x = (size_t)3 * W; x < PADDED; x++)
            assert_int_equal(pixels[y * PADDED + x], 77);
    sfd_picture_unref(padded);
    sfd_picture_unref(p);
    free(pixels);
    sfd_world_destroy(w);
}

/* A moment does not depend on those drawn before. */
static void test_any_order(void **state)
{
    (void)state;
    sfd_world_settings s = settings(1, false);
    sfd_world *w = create(&s);
    sfd_picture *p = new_picture();
    sfd_sight sights[SFD_MAX_PEOPLE];
    sfd_world_render(w, 2, p, NULL, NULL);
    uint64_t h = hash(0, p);
    sfd_world_render(w, 5, p, sights, NULL);
    sfd_world_render(w, 2, p, sights, NULL);
    assert_true(hash(0, p) == h);
    sfd_picture_unref(p);
    sfd_world_destroy(w);
}

/* The mask's own bounds, in pixels; false when the person does not show. */
static bool mask_bounds(const uint8_t *owner, uint8_t mark, sfd_extent *e)
{
    *e = (sfd_extent){W, H, 0, 0};
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            if (owner[y * W + x] == mark) {
                e->x0 = fmin(e->x0, x);
                e->y0 = fmin(e->y0, y);
                e->x1 = fmax(e->x1, x + 1);
                e->y1 = fmax(e->y1, y + 1);
            }
    return e->x1 > 0;
}

/* Boxes enclose the drawn figure; where nothing hides it they are tight. */
static void check_box(const sfd_truth_person *p, const sfd_sight *sight, const uint8_t *owner,
                      size_t *n_tight)
{
    const double slack = 0.51; /* pixels that are covered by half */
    sfd_extent mask;
    assert_true(mask_bounds(owner, (uint8_t)(p->person + 1), &mask));
    sfd_extent box = {p->box.x1 * W / 1000.0, p->box.y1 * H / 1000.0, p->box.x2 * W / 1000.0,
                      p->box.y2 * H / 1000.0};
    assert_true(box.x0 <= mask.x0 + slack && box.y0 <= mask.y0 + slack);
    assert_true(box.x1 >= mask.x1 - slack && box.y1 >= mask.y1 - slack);
    const sfd_extent *all = &sight->outline.whole;
    bool cut = all->x0 < 0 || all->y0 < 0 || all->x1 > W || all->y1 > H;
    if (cut || sight->visible_px < sight->drawn_px)
        return;
    const double loose = 3;
    assert_true(mask.x0 - box.x0 < loose && mask.y0 - box.y0 < loose);
    assert_true(box.x1 - mask.x1 < loose && box.y1 - mask.y1 < loose);
    ++*n_tight;
}

static void test_boxes_enclose(void **state)
{
    (void)state;
    sfd_picture *p = new_picture();
    uint8_t *owner = malloc((size_t)W * H);
    size_t n_boxes = 0, n_tight = 0;
    for (uint64_t i = 0; i < 30; i++) {
        sfd_world_settings s = settings(i, false);
        sfd_world *w = create(&s);
        sfd_sight sights[SFD_MAX_PEOPLE];
        sfd_truth truth;
        for (double t = 1; t < 8; t++) {
            sfd_world_render(w, t, p, sights, owner);
            sfd_truth_collect(&truth, w, t, W, H, sights);
            for (size_t k = 0; k < truth.n; k++)
                check_box(&truth.people[k], &sights[truth.people[k].person], owner, &n_tight);
            n_boxes += truth.n;
        }
        sfd_world_destroy(w);
    }
    assert_true(n_boxes > 200 && n_tight > 100);
    free(owner);
    sfd_picture_unref(p);
}

/* All labels of scripts are known, every class occurs, none drowns the others. */
static void test_every_class(void **state)
{
    (void)state;
    size_t count[81] = {0}, total = 0, n_classes = 0;
    for (uint64_t i = 0; i < 120; i++) {
        sfd_world_settings s = settings(i, i & 1);
        sfd_world *w = create(&s);
        for (size_t person = 0; person < sfd_world_n_people(w); person++)
            for (double t = 1; t < 8; t++) {
                const int *labels = sfd_script_act(sfd_world_script(w, person), t)->labels;
                assert_true(labels[0] > 0);
                for (size_t k = 0; k < SFD_MAX_ACT_LABELS && labels[k]; k++, total++)
                    count[labels[k]]++;
            }
        sfd_world_destroy(w);
    }
    for (const int *id = sfd_synth_labels; *id; id++, n_classes++) {
        if (count[*id] < total / 200 || count[*id] > total / 3)
            fail_msg("class %d has %zu of %zu labels", *id, count[*id], total);
        count[*id] = 0;
    }
    assert_true(n_classes >= 12);
    for (size_t i = 0; i < 81; i++)
        assert_int_equal(count[i], 0);
}

/* A thing is in the hands where "carry/hold" (17) is the label, never jumps, and ends on the
 * ground. */
static void check_thing(const sfd_script *s, double seconds, size_t *n_carried)
{
    sfd_vec3 before = sfd_script_thing(s, 1);
    for (double t = 1; t < seconds; t += 1.0 / 30) {
        sfd_joints j;
        sfd_stance stance;
        sfd_script_pose(s, t, &j, &stance);
        sfd_vec3 at = sfd_script_thing(s, t), step = sfd_sub(at, before);
        before = at;
        assert_true(at.y > 0.5 * s->thing.radius_m);
        if (!(sfd_dot(step, step) < 0.35 * 0.35))
            fail_msg("the thing jumps by %g m at %g s", sqrt(sfd_dot(step, step)), t);
        if (sfd_script_act(s, t)->labels[1] != 17)
            continue;
        double nearest = 9;
        for (int h = 0; h < 2; h++) {
            sfd_vec3 d = sfd_sub(at, sfd_stance_world(&stance, j.hand[h]));
            nearest = fmin(nearest, sqrt(sfd_dot(d, d)));
        }
        assert_true(nearest < 0.5);
        ++*n_carried;
    }
}

static void test_things(void **state)
{
    (void)state;
    size_t n_carried = 0, n_things = 0;
    for (uint64_t i = 0; i < 40; i++) {
        sfd_world_settings s = settings(i, false);
        sfd_world *w = create(&s);
        for (size_t person = 0; person < sfd_world_n_people(w); person++) {
            const sfd_script *script = sfd_world_script(w, person);
            if (script->thing.kind == SFD_THING_NONE)
                continue;
            n_things++;
            check_thing(script, s.seconds, &n_carried);
            assert_true(script->thing.held_at_start || script->thing.take < script->n_acts);
        }
        sfd_world_destroy(w);
    }
    assert_true(n_things > 10 && n_carried > 300);
}

/* Acts follow each other without gaps and change away from keyframes. */
static void test_acts(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 30; i++) {
        sfd_world_settings s = settings(i, false);
        sfd_world *w = create(&s);
        for (size_t person = 0; person < sfd_world_n_people(w); person++) {
            const sfd_script *script = sfd_world_script(w, person);
            assert_true(script->acts[0].t0 <= 0 &&
                        script->acts[script->n_acts - 1].t1 >= s.seconds);
            for (size_t k = 1; k < script->n_acts; k++) {
                double t = script->acts[k].t0;
                assert_true(script->acts[k - 1].t1 == t);
                assert_true(fabs(t - floor(t + 0.5)) > 0.35);
            }
        }
        sfd_world_destroy(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_everywhere),
        cmocka_unit_test(test_settings_matter),
        cmocka_unit_test(test_padded_rows),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_boxes_enclose),
        cmocka_unit_test(test_every_class),
        cmocka_unit_test(test_acts),
        cmocka_unit_test(test_things),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
