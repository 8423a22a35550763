/* SPDX-License-Identifier: Apache-2.0 */
/* Models: a backbone, a head and what the network is shown. */
#include "detect/model.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "config/load.h"
#include "detect/params.h"
#include "graph/quantise.h"
#include "input/sampling.h"
#include "kernels/dense/blas.h"
#include "weights/names/names.h"
#include "weights/weights_config.h"
#include "weights/zoo.h"

#include <stdlib.h>
#include <string.h>

void sfd_model_settings_defaults_sized(sfd_model_settings *s, size_t struct_size)
{
    const sfd_model_settings defaults = {0};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

/* ------------------------------------------------------------------ every tensor of the file is
 * used */

/* PySlowFast skips what does not fit without a word; a wrong configuration must not pass here. */
static sfd_status refuse_unknown(const sfd_net *net, const sfd_weights *weights, sfd_error *err)
{
    for (size_t i = 0; i < sfd_weights_count(weights); i++) {
        const char *name = sfd_weights_info(weights, i)->name;
        if (!sfd_is_bookkeeping(name) && !sfd_model_has_param(net, name))
            return sfd_fail(err, SFD_ERR_MISMATCH,
                            "%s: tensor \"%s\" has no place in the network %s",
                            sfd_weights_origin(weights), name, net->config.name);
    }
    return SFD_OK;
}

/* ------------------------------------------------------------------ creation */

static sfd_status set_class_ids(sfd_model *m, sfd_error *err)
{
    const sfd_net_config *c = &m->net.config;
    m->class_ids = sfd_malloc_array((size_t)c->num_classes, sizeof *m->class_ids);
    if (!m->class_ids)
        return sfd_fail_nomem(err, c->name);
    for (int k = 0; k < c->num_classes; k++)
        m->class_ids[k] = sfd_net_config_class_id(c, k);
    return SFD_OK;
}

static sfd_model_info describe(const sfd_model *m)
{
    const sfd_net *net = &m->net;
    const sfd_net_config *c = &net->config;
    return (sfd_model_info){.name = c->name,
                            .cpu = sfd_cpu_name(m->executable.kernels->needs),
                            .detection = c->detection,
                            .n_classes = c->num_classes,
                            .class_ids = m->class_ids,
                            .box_threshold = c->box_threshold,
                            .keep_best_box = c->keep_best_box,
                            .frame_timestamps = c->frame_timestamps,
                            .n_frames = c->num_frames,
                            .sampling_rate = c->sampling_rate,
                            .timeline_fps = SFD_TIMELINE_FPS,
                            .n_pathways = net->n_pathways,
                            .n_features = (int)m->head.desc.n_features,
                            .short_side_px = c->test_crop_size,
                            .n_parameters = sfd_model_count_params(net),
                            .class_list = m->class_list,
                            .weights = m->origin,
                            .quantised = m->quantised,
                            .sound_rate = net->input.sound.rate,
                            .n_sound = net->input.sound.n_samples,
                            .weights_bytes = m->executable.weights_bytes +
                                             m->relation.weights_bytes + m->head.weights_bytes};
}

sfd_status sfd_model_create(sfd_model **out, const sfd_net_config *config,
                            const sfd_prepare_settings *settings, sfd_error *err)
{
    const sfd_weights *weights = settings->weights;
    *out = NULL;
    sfd_model *m = sfd_calloc(1, sizeof *m);
    if (!m)
        return sfd_fail_nomem(err, config->name);
    sfd_blas_use_one_thread();
    const int side = config->test_crop_size;
    sfd_status status = sfd_net_build(&m->net, config, err);
    if (status == SFD_OK) {
        m->quantised = sfd_graph_is_quantised(&m->net.graph, weights);
        status =
            sfd_executable_create(&m->executable, &m->net.graph, side, side * 4 / 3, settings, err);
    }
    sfd_prepare_settings of_head = *settings; /* whose layers are never bytes */
    if (m->quantised && of_head.precision == SFD_PRECISION_INT8)
        of_head.precision = SFD_PRECISION_F32;
    if (status == SFD_OK && m->net.relation.n_nodes > 0)
        status = sfd_executable_create(&m->relation, &m->net.relation,
                                       side / config->spatial_scale_factor,
                                       side * 4 / 3 / config->spatial_scale_factor, &of_head, err);
    if (status == SFD_OK)
        status = refuse_unknown(&m->net, weights, err);
    if (status == SFD_OK)
        status = sfd_head_create(&m->head, &m->net, weights, err);
    if (status == SFD_OK)
        status = set_class_ids(m, err);
    if (status == SFD_OK && !(m->origin = sfd_strdup(sfd_weights_origin(weights))))
        status = sfd_fail_nomem(err, config->name);
    const char *list = sfd_weights_metadata(weights, SFD_METADATA_LABELS);
    if (status == SFD_OK && list && !(m->class_list = sfd_strdup(list)))
        status = sfd_fail_nomem(err, config->name);
    if (status != SFD_OK) {
        sfd_model_free(m);
        return status;
    }
    m->info = describe(m);
    *out = m;
    return SFD_OK;
}

/* Random weights of a configuration that must be given. */
static sfd_status make_random(sfd_weights **weights, const sfd_model_settings *s,
                              sfd_net_config *config, sfd_notes *notes, sfd_error *err)
{
    sfd_net net = {0};
    if (!s->config)
        return sfd_fail(err, SFD_ERR_ARG, "neither weights nor a network configuration given");
    sfd_status status = sfd_net_config_load(config, s->config, notes, err);
    if (status == SFD_OK)
        status = sfd_net_build(&net, config, err);
    if (status == SFD_OK)
        status = sfd_random_weights(weights, &net, s->seed, err);
    sfd_net_free(&net);
    return status;
}

sfd_status sfd_model_open(sfd_model **out, const sfd_model_settings *settings, sfd_error *err)
{
    sfd_net_config config;
    unsigned cpu;
    sfd_weights *weights = NULL;
    sfd_notes assumed = {0};
    sfd_model_settings s;
    *out = NULL;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_model_settings, &s, settings, err);
    if (status == SFD_OK)
        status = sfd_cpu_choose(&cpu, s.cpu, err);
    if (status == SFD_OK && s.weights) {
        status = sfd_zoo_open(&weights, s.weights, err);
        if (status == SFD_OK)
            status = sfd_notes_add_file(&assumed, sfd_weights_origin(weights), err);
        if (status == SFD_OK)
            status = sfd_weights_config(weights, s.config, &config, &assumed, err);
    } else if (status == SFD_OK) {
        status = make_random(&weights, &s, &config, &assumed, err);
    }
    if (status == SFD_OK)
        status = sfd_model_create(
            out, &config,
            &(sfd_prepare_settings){weights, sfd_kernels_get(cpu), s.exact, s.precision}, err);
    sfd_weights_close(weights);
    sfd_release_freed();
    if (status == SFD_OK)
        (*out)->assumed = assumed;
    else
        sfd_notes_free(&assumed);
    return status;
}

const char *sfd_model_assumption(const sfd_model *m, size_t i)
{
    return i < m->assumed.n_lines ? m->assumed.lines[i] : NULL;
}

const char *sfd_model_file(const sfd_model *m, size_t i)
{
    return sfd_read_files_path(&m->assumed.files, i);
}

void sfd_model_free(sfd_model *m)
{
    if (!m)
        return;
    sfd_executable_free(&m->executable);
    sfd_executable_free(&m->relation);
    sfd_net_free(&m->net);
    free(m->class_ids);
    free(m->class_list);
    free(m->origin);
    sfd_head_free(&m->head);
    sfd_notes_free(&m->assumed);
    free(m);
}

/* ------------------------------------------------------------------ questions */

const sfd_model_info *sfd_model_get_info(const sfd_model *m)
{
    return &m->info;
}

void sfd_model_input_size(const sfd_model *m, int width, int height, int *in_width, int *in_height)
{
    sfd_view_size(&m->net.input.views[0], &m->net.config, width, height, in_width, in_height);
}

void sfd_model_clip_frames(const sfd_model *m, double timestamp_s, int64_t total_frames,
                           int64_t *frames, int64_t *centre)
{
    sfd_clip_frames(&m->net.config, timestamp_s, total_frames, frames, centre);
}

int64_t sfd_model_clip_sound(const sfd_model *m, double timestamp_s)
{
    return sfd_sound_clip_start(&m->net.input.sound, &m->net.config, timestamp_s);
}

void sfd_model_map_boxes(const sfd_model *m, int width, int height, const sfd_box_norm *boxes,
                         size_t n, sfd_box_px *out)
{
    sfd_view_boxes(&m->net.input.views[0], &m->net.config, width, height, boxes, n, out);
}
