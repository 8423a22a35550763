/* SPDX-License-Identifier: Apache-2.0 */
/* A model without a network. */
#include "fake_model.h"

#include "base/error.h"
#include "detect/state.h"
#include "detect/views.h"
#include "fake_video.h"
#include "input/sampling.h"
#include "input/view.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sfd_model {
    sfd_net_config config;
    sfd_model_info info;
    int class_ids[FAKE_CLASSES];
};

struct sfd_state {
    const sfd_model *model;
    sfd_team *team;
    float features[64][FAKE_FEATURES]; /* of the last run */
    size_t n_boxes;
};

#define LOOPS 4 /* of a run that takes time, and parts of each */
#define PARTS 4

int fake_states, fake_states_made, fake_run_us;
atomic_int fake_helped;

sfd_model *fake_model_create(const sfd_net_config *config)
{
    sfd_model *m = malloc(sizeof *m);
    m->config = *config;
    for (int i = 0; i < FAKE_CLASSES; i++)
        m->class_ids[i] = sfd_net_config_class_id(config, i);
    m->info = (sfd_model_info){.name = "fake",
                               .cpu = "fake",
                               .detection = config->detection,
                               .n_classes = FAKE_CLASSES,
                               .n_features = FAKE_FEATURES,
                               .class_ids = m->class_ids,
                               .n_frames = config->num_frames,
                               .sampling_rate = config->sampling_rate,
                               .timeline_fps = SFD_TIMELINE_FPS};
    return m;
}

void sfd_model_settings_defaults_sized(sfd_model_settings *s, size_t struct_size)
{
    memset(s, 0, struct_size);
    s->struct_size = struct_size;
}

sfd_status sfd_model_open(sfd_model **out, const sfd_model_settings *s, sfd_error *err)
{
    (void)s;
    *out = NULL;
    return sfd_fail(err, SFD_ERR_UNSUPPORTED, "fake_model_create makes fake models");
}

const char *sfd_model_file(const sfd_model *m, size_t i)
{
    (void)m, (void)i;
    return NULL;
}

void sfd_model_free(sfd_model *m)
{
    free(m);
}

const sfd_model_info *sfd_model_get_info(const sfd_model *m)
{
    return &m->info;
}

void sfd_model_input_size(const sfd_model *m, int width, int height, int *in_width, int *in_height)
{
    const sfd_view view = sfd_view_for_test(&m->config);
    sfd_view_size(&view, &m->config, width, height, in_width, in_height);
}

void sfd_model_clip_frames(const sfd_model *m, double timestamp_s, int64_t total_frames,
                           int64_t *frames, int64_t *centre)
{
    sfd_clip_frames(&m->config, timestamp_s, total_frames, frames, centre);
}

void sfd_model_map_boxes(const sfd_model *m, int width, int height, const sfd_box_norm *boxes,
                         size_t n, sfd_box_px *out)
{
    const sfd_view view = sfd_view_for_test(&m->config);
    sfd_view_boxes(&view, &m->config, width, height, boxes, n, out);
}

sfd_status sfd_model_view(const sfd_model *m, int short_side, sfd_view *out, sfd_error *err)
{
    (void)err;
    *out = sfd_view_for_test(&m->config);
    if (short_side > 0)
        out->short_side = short_side;
    return SFD_OK;
}

void sfd_model_view_size(const sfd_model *m, const sfd_view *v, int width, int height,
                         int *in_width, int *in_height)
{
    sfd_view_size(v, &m->config, width, height, in_width, in_height);
}

void sfd_model_view_boxes(const sfd_model *m, const sfd_view *v, int width, int height,
                          const sfd_box_norm *boxes, size_t n, sfd_box_px *out)
{
    sfd_view_boxes(v, &m->config, width, height, boxes, n, out);
}

int64_t sfd_model_clip_sound(const sfd_model *m, double timestamp_s)
{
    (void)m, (void)timestamp_s;
    return 0;
}

sfd_status sfd_state_run_view(sfd_state *s, const sfd_clip_view *v, const sfd_box_px *boxes,
                              size_t n_boxes, float *scores, sfd_error *err)
{
    return sfd_state_run(s, v->pictures->rgb, v->pictures->stride_bytes, boxes, n_boxes, scores,
                         err);
}

sfd_status sfd_state_create_in(sfd_state **out, const sfd_model *m, int in_width, int in_height,
                               sfd_team *team, sfd_error *err)
{
    (void)in_width, (void)in_height;
    *out = malloc(sizeof **out);
    if (!*out)
        return sfd_fail_nomem(err, "fake state");
    (*out)->model = m;
    (*out)->team = team;
    fake_states++;
    fake_states_made++;
    return SFD_OK;
}

void sfd_state_free(sfd_state *s)
{
    fake_states -= s != NULL;
    free(s);
}

size_t sfd_state_bytes(const sfd_state *s)
{
    return sizeof *s;
}

float fake_frames_score(const int64_t *numbers, int n)
{
    uint32_t hash = 0;
    for (int i = 0; i < n; i++)
        hash = hash * 31 + (uint32_t)numbers[i];
    return (float)(hash % 1000) / 1000;
}

float fake_box_score(const sfd_box_px *box)
{
    return (box->x1 + 2 * box->y1 + 3 * box->x2 + 4 * box->y2) / 4096;
}

static void sleep_a_part(void *user, size_t item, int thread)
{
    (void)item;
    const int *us = user;
    usleep((useconds_t)(*us / (LOOPS * PARTS)));
    if (thread > 0) /* the tests' teams have one thread of their own */
        atomic_fetch_add(&fake_helped, 1);
}

static void take_time(sfd_state *s, int us)
{
    for (int i = 0; i < LOOPS; i++)
        sfd_team_for(s->team, PARTS, sleep_a_part, &us);
}

sfd_status sfd_state_run(sfd_state *s, const uint8_t *const *frames, size_t stride_bytes,
                         const sfd_box_px *boxes, size_t n_boxes, float *scores, sfd_error *err)
{
    (void)stride_bytes;
    int n = s->model->config.num_frames;
    int64_t *numbers = malloc(sizeof *numbers * (size_t)n);
    if (!numbers)
        return sfd_fail_nomem(err, "fake run");
    for (int i = 0; i < n; i++)
        numbers[i] = fake_number(frames[i]);
    for (size_t i = 0; i < n_boxes; i++) {
        float *row = scores + i * FAKE_CLASSES;
        row[0] = fake_frames_score(numbers, n);
        row[1] = fake_box_score(&boxes[i]);
        row[2] = (float)n_boxes / 100;
        row[3] = 0.25f;
        for (int k = 0; i < 64 && k < FAKE_FEATURES; k++)
            s->features[i][k] = 100 * row[k];
    }
    s->n_boxes = n_boxes < 64 ? n_boxes : 64;
    if (fake_run_us)
        take_time(s, fake_run_us * (int)(numbers[n - 1] / 30 % 3));
    free(numbers);
    return SFD_OK;
}

void sfd_state_features(const sfd_state *s, float *features)
{
    memcpy(features, s->features, s->n_boxes * sizeof s->features[0]);
}
