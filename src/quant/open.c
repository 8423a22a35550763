/* SPDX-License-Identifier: Apache-2.0 */
/* The model that is quantised: of actions, or of persons. */
#include "base/error.h"
#include "quant/quantiser.h"
#include "quant/scales.h"
#include "weights/kind.h"
#include "weights/weights_config.h"
#include "weights/zoo.h"

#define PICTURE_WIDTH  16 /* the shape of a video */
#define PICTURE_HEIGHT 9

/* As sfd_model_open makes it. */
static sfd_status open_actions(sfd_quantiser *q, const char *config_name,
                               const sfd_prepare_settings *settings, sfd_error *err)
{
    sfd_net_config config;
    sfd_notes notes = {0};
    sfd_status status = sfd_notes_add_file(&notes, sfd_weights_origin(q->weights), err);
    if (status == SFD_OK)
        status = sfd_weights_config(q->weights, config_name, &config, &notes, err);
    if (status == SFD_OK && sfd_net_config_listens(&config))
        status = sfd_fail(err, SFD_ERR_UNSUPPORTED,
                          "%s: networks that listen can run, but not be quantised", config.name);
    if (status == SFD_OK)
        status = sfd_model_create(&q->model, &config, settings, err);
    if (status != SFD_OK) {
        sfd_notes_free(&notes);
        return status;
    }
    q->model->assumed = notes;
    q->net = &q->model->net;
    q->graph = &q->net->graph;
    q->height = config.test_crop_size;
    q->width = q->height * 4 / 3;
    return SFD_OK;
}

static sfd_status open_persons(sfd_quantiser *q, const char *config_name,
                               const sfd_prepare_settings *settings, sfd_error *err)
{
    if (config_name)
        return sfd_fail(err, SFD_ERR_ARG, "%s: a person detector has no configuration",
                        sfd_weights_origin(q->weights));
    const sfd_status status = sfd_person_model_create(&q->persons, settings, err);
    if (status != SFD_OK)
        return status;
    if (!sfd_person_model_takes_bytes(q->persons))
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: of person detectors YOLOX networks are quantised",
                        sfd_weights_origin(q->weights));
    q->graph = sfd_person_model_executable(q->persons)->graph;
    sfd_person_model_input_size(q->persons, PICTURE_WIDTH, PICTURE_HEIGHT, &q->width, &q->height);
    return SFD_OK;
}

sfd_status sfd_quantiser_open(sfd_quantiser *q, const sfd_quantiser_settings *s, sfd_error *err)
{
    unsigned cpu;
    if (!s->weights)
        return sfd_fail(err, SFD_ERR_ARG, "no weights to quantise given");
    sfd_status status = sfd_cpu_choose(&cpu, s->cpu, err);
    if (status == SFD_OK)
        status = sfd_zoo_open(&q->weights, s->weights, err);
    if (status != SFD_OK)
        return status;
    const sfd_prepare_settings settings = {.weights = q->weights, .kernels = sfd_kernels_get(cpu)};
    status = sfd_weights_guess_kind(q->weights).kind == SFD_KIND_PERSONS
                 ? open_persons(q, s->config, &settings, err)
                 : open_actions(q, s->config, &settings, err);
    return status == SFD_OK && s->scales ? sfd_scales_open(&q->scales, s->scales, q->graph, err)
                                         : status;
}
