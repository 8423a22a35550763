/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of the main job fails once: the run ends with SFD_ERR_NOMEM and leaks nothing
 * (the address sanitizer's build looks). */
#include "boxes/proposals.h"
#include "fake_model.h"
#include "fake_video.h"
#include "pipeline/canvas.h"
#include "pipeline/clip_source.h"
#include "pipeline/follow.h"
#include "pipeline/overlay.h"
#include "support/no_memory.h"

#include <sfdet/render.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char rows[] = "clip,1,0,0,1,1,,1,7\nclip,1,0,0,0.5,1,,1\nclip,2,0,0,1,1,,0.9,7\n"
                           "other,2,0,0,1,1,,0.9\nclip,9,0,0,1,1,,0.9\n";

typedef struct sinks {
    sfd_writer *csv, *json, *eaf, *tsv;
    sfd_overlay *overlay;
} sinks;

static sfd_status on_keyframe(void *user, const sfd_keyframe *k, sfd_error *err)
{
    sinks *s = user;
    sfd_status status = sfd_writer_add(s->csv, k, err);
    if (status == SFD_OK)
        status = sfd_writer_add(s->json, k, err);
    if (status == SFD_OK)
        status = sfd_writer_add(s->eaf, k, err);
    if (status == SFD_OK)
        status = sfd_writer_add(s->tsv, k, err);
    if (status == SFD_OK)
        status = sfd_overlay_add(s->overlay, k, err);
    return status;
}

static char eaf_path[] = "/tmp/sfdet-no-memory-XXXXXX.eaf", tsv_path[sizeof eaf_path];

static sfd_status open_segments(sfd_writer **out, const char *path, const sfd_labels *labels,
                                sfd_error *err)
{
    sfd_segment_settings s;
    sfd_segment_settings_defaults(&s);
    s.on = s.off = 0;
    return sfd_writer_open_segments(out, path, path, labels, &s, err);
}

static sfd_status open_sinks(sinks *s, const sfd_labels *labels, sfd_error *err)
{
    sfd_status status = sfd_writer_open_csv(&s->csv, "/dev/null", err);
    if (status == SFD_OK)
        status = sfd_writer_open_json(&s->json, "/dev/null", labels, 0, err);
    if (status == SFD_OK)
        status = open_segments(&s->eaf, eaf_path, labels, err);
    if (status == SFD_OK)
        status = open_segments(&s->tsv, tsv_path, labels, err);
    if (status == SFD_OK)
        status = sfd_overlay_create(&s->overlay, "clip", labels, 0.1, err);
    return status;
}

/* All of drawing but the glyphs: one that finds no memory is a blank. */
static sfd_status draw(sfd_overlay *o, sfd_error *err)
{
    static uint8_t rgb[3 * 40 * 30];
    const sfd_image image = {40, 30, 3 * 40, rgb};
    const sfd_mark_group *groups;
    size_t n;
    sfd_font *font = NULL;
    sfd_plates *plates = NULL;
    sfd_picture *p = NULL;
    sfd_status status = sfd_overlay_groups(o, &groups, &n, err);
    if (status == SFD_OK)
        status = sfd_font_open_builtin(&font, err);
    if (status == SFD_OK)
        status = sfd_canvas_create(&p, &image, 2, err);
    if (status == SFD_OK)
        status = sfd_overlay_plates(&plates, o, &groups[0], font, 80, 60, err);
    sfd_plates_free(plates);
    sfd_picture_unref(p);
    sfd_font_close(font);
    return status;
}

static sfd_status main_job(const sfd_model *model, sfd_error *err)
{
    static const char *const id = "clip";
    sfd_labels *labels = NULL;
    sfd_proposals *p = NULL;
    sfd_detector *d = NULL;
    sinks s = {0};
    sfd_detect_settings settings;
    sfd_detect_settings_defaults(&settings);
    settings.pictures = true;
    settings.user = &s;
    settings.on_keyframe = on_keyframe;

    sfd_status status = sfd_labels_open(&labels, NULL, err);
    if (status == SFD_OK)
        status = sfd_proposals_parse(&p, "boxes", rows, strlen(rows), &id, 1, NULL, err);
    if (status == SFD_OK)
        status = open_sinks(&s, labels, err);
    if (status == SFD_OK)
        status = sfd_detector_create(&d, model, 1, err);
    if (status == SFD_OK)
        status = sfd_detector_run_video(d, "clip.mp4", "clip", p, &settings, NULL, err);
    if (status == SFD_OK)
        status = sfd_writer_commit(s.eaf, err);
    if (status == SFD_OK)
        status = sfd_writer_commit(s.tsv, err);
    if (status == SFD_OK)
        status = draw(s.overlay, err);
    sfd_detector_free(d);
    sfd_proposals_free(p);
    sfd_writer_free(s.csv);
    sfd_writer_free(s.json);
    sfd_writer_free(s.eaf);
    sfd_writer_free(s.tsv);
    sfd_overlay_free(s.overlay);
    sfd_labels_free(labels);
    return status;
}

static double every_second_s(const void *keyframes, size_t k)
{
    (void)keyframes;
    return (double)k;
}

/* Two persons who go to the right are seen in every moment. */
static sfd_status add_moment(sfd_follower *f, const sfd_clip *moment, sfd_error *err)
{
    const float x = (float)moment->index;
    const sfd_found_person persons[] = {{.box = {x, 2, x + 10, 40}, .score = 0.95f},
                                        {.box = {x + 30, 2, x + 40, 40}, .score = 0.95f}};
    return sfd_follower_add(f, (double)moment->index / 5, persons, 2, moment->picture, err);
}

static sfd_status follow_source(sfd_follower *f, sfd_clip_source *s, sfd_error *err)
{
    const sfd_track_box *places;
    size_t n;
    sfd_clip clip;
    sfd_status status = SFD_OK;
    while (status == SFD_OK) {
        status = sfd_clip_source_next(s, &clip, NULL, NULL, err);
        if (status == SFD_OK && clip.event == SFD_CLIP_MOMENT)
            status = add_moment(f, &clip, err);
        else if (status == SFD_OK && clip.event == SFD_CLIP_END)
            status = sfd_follower_end(f, sfd_clip_source_end_s(s), err);
        else if (status == SFD_OK && !clip.exists)
            break;
        else if (status == SFD_OK)
            status = sfd_follower_at(f, (double)clip.index, &places, &n, err);
    }
    return status;
}

static sfd_status following_job(const sfd_model *model, sfd_error *err)
{
    const sfd_clip_plan plan = {.model = model,
                                .time_s = every_second_s,
                                .n_keyframes = SIZE_MAX,
                                .moments = {0.2, 0},
                                .delay_frames = 43};
    sfd_follower *f = NULL;
    sfd_clip_source *s = NULL;
    sfd_tracks *t = NULL;
    sfd_status status = sfd_follower_create(&f, 5, 0.8, true, err);
    if (status == SFD_OK)
        status = sfd_clip_source_open(&s, "clip.mp4", &plan, err);
    if (status == SFD_OK)
        status = follow_source(f, s, err);
    if (status == SFD_OK)
        status = sfd_follower_tracks(f, &t, err);
    if (status == SFD_OK)
        assert_true(sfd_tracks_count(t) > 0);
    sfd_tracks_free(t);
    sfd_clip_source_close(s);
    sfd_follower_free(f);
    return status;
}

typedef struct attempt {
    sfd_status (*job)(const sfd_model *model, sfd_error *err);
    const sfd_model *model;
} attempt;

static sfd_status try_once(void *user, sfd_error *err)
{
    const attempt *a = user;
    fake_video_reset(80);
    const sfd_status status = a->job(a->model, err);
    assert_int_equal(fake.n_open, 0);
    assert_int_equal(fake_states, 0);
    return status;
}

static void try_every_allocation(sfd_status (*job)(const sfd_model *, sfd_error *), int at_least)
{
    const sfd_net_config network = {
        .num_frames = 4, .sampling_rate = 4, .test_crop_size = 24, .detection = true};
    sfd_model *model = fake_model_create(&network);
    refuse_each_allocation(try_once, &(attempt){job, model}, at_least);
    sfd_model_free(model);
}

static void test_every_allocation(void **state)
{
    (void)state;
    close(mkstemps(eaf_path, 4));
    memcpy(tsv_path, eaf_path, sizeof tsv_path);
    memcpy(strrchr(tsv_path, '.'), ".tsv", 4);
    try_every_allocation(main_job, 100);
    unlink(eaf_path);
    unlink(tsv_path);
}

static void test_following(void **state)
{
    (void)state;
    try_every_allocation(following_job, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation),
                                       cmocka_unit_test(test_following)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
