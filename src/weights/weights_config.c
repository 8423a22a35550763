/* SPDX-License-Identifier: Apache-2.0 */
/* From weights to the configuration of their network. */
#include "weights/weights_config.h"

#include "base/error.h"
#include "config/json.h"
#include "config/load.h"
#include "config/mmaction2.h"
#include "config/overrides.h"
#include "config/presets.h"
#include "config/yaml.h"
#include "weights/infer.h"
#include "weights/names/pyslowfast.h"
#include "weights/zoo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SFD_METADATA_CONFIG "sfdet.config"

static sfd_family family_of(const sfd_weights *w)
{
    if (w->naming == SFD_NAMING_MMACTION2)
        return SFD_FAMILY_MMACTION2;
    if (w->naming == SFD_NAMING_PYTORCHVIDEO)
        return SFD_FAMILY_PYTORCHVIDEO;
    return SFD_FAMILY_PYSLOWFAST;
}

const char *sfd_weights_code_base(const sfd_weights *w)
{
    static const char *const detectors[] = {"Detectron2", "MMDetection", "torchvision",
                                            "Detectron"};
    if (w->naming == SFD_NAMING_UNKNOWN)
        return NULL;
    if (w->naming >= SFD_NAMING_DETECTRON2)
        return detectors[w->naming - SFD_NAMING_DETECTRON2];
    return w->naming == SFD_NAMING_CAFFE2 ? "Caffe2" : sfd_family_name(family_of(w));
}

/* Names tell it in MMAction2's and PyTorchVideo's files; elsewhere AVA's number of classes does. */
static bool is_detector(const sfd_weights *w, const sfd_net_config *c)
{
    if (w->head != SFD_NAMED_HEAD_UNKNOWN)
        return w->head == SFD_NAMED_HEAD_DETECTION;
    return c->num_classes == 80 || c->num_classes == 81;
}

/* MMAction2's heads with a bank: the non-local one has tensors of its own, of the other only the
 * published name tells. */
static bool wants_bank(const sfd_weights *w)
{
    for (size_t i = 0; i < w->n_tensors; i++)
        if (strstr(sfd_tensor_spelling(w->tensors[i]), "shared_head.fbo."))
            return true;
    return strstr(w->origin, "slowonly-lfb-max_") || strstr(w->origin, "slowonly-lfb-nl_");
}

/* The preset nearest to what the tensors tell, with that put into it again. */
static sfd_status infer(const sfd_weights *w, sfd_net_config *c, const char **preset,
                        sfd_error *err)
{
    sfd_net_config_defaults(c);
    c->family = family_of(w);
    sfd_status status = sfd_infer_architecture(w, c, err);
    if (status != SFD_OK)
        return status;
    c->detection = is_detector(w, c);
    char likely[sizeof c->name];
    status = sfd_zoo_config(w->origin, likely, sizeof likely, err);
    if (status != SFD_OK)
        return status;
    *preset = sfd_preset_nearest(c, likely);
    sfd_preset_find(c, *preset);
    status = sfd_infer_architecture(w, c, err);
    sfd_net_config_set_name(c, w->origin);
    /* PySlowFast's configs for Caffe2's models all say so. */
    if (w->naming == SFD_NAMING_CAFFE2)
        c->aligned = false;
    return status;
}

/* Of networks that only listen. */
static sfd_status note_ears(const sfd_net_config *c, const char *preset, sfd_notes *notes,
                            sfd_error *err)
{
    return sfd_notes_add(
        notes, err,
        "assumed: %d steps of %d mel bands for every %d frames of the video, every "
        "%d, %d clip%s, as in %s",
        c->audio.n_steps, c->audio.n_mels, c->num_frames, c->sampling_rate, c->test_clips,
        sfd_plural((size_t)c->test_clips), preset);
}

/* Everything that shapes do not tell. */
static sfd_status note_assumptions(const sfd_net_config *c, const char *preset, sfd_notes *notes,
                                   sfd_error *err)
{
    if (sfd_net_config_n_pathways(c) == 0)
        return note_ears(c, preset, notes, err);
    sfd_status status = sfd_notes_add(
        notes, err, "assumed: %d frame%s, every %d of a 30 fps video, short side %d, as in %s",
        c->num_frames, sfd_plural((size_t)c->num_frames), c->sampling_rate, c->test_crop_size,
        preset);
    if (status == SFD_OK && sfd_net_config_n_pathways(c) == 2)
        status = sfd_notes_add(notes, err, "assumed: alpha %d, as in %s", c->alpha, preset);
    if (status == SFD_OK && (c->arch == SFD_ARCH_C2D || c->arch == SFD_ARCH_I3D))
        status = sfd_notes_add(notes, err,
                               "assumed: architecture %s, which pools time (slow_%s, which does "
                               "not, has the same tensors)",
                               c->arch == SFD_ARCH_C2D ? "c2d" : "i3d",
                               c->arch == SFD_ARCH_C2D ? "c2d" : "i3d");
    if (status == SFD_OK && (c->arch == SFD_ARCH_SLOW_C2D || c->arch == SFD_ARCH_SLOW_I3D))
        status = sfd_notes_add(notes, err, "assumed: time is not pooled, as in %s", preset);
    if (status == SFD_OK && c->detection)
        status =
            sfd_notes_add(notes, err,
                          "assumed: an AVA head: %s over time, RoIAlign %s, %dx%d; res5 at stride "
                          "%d, dilation %d",
                          c->temporal_max ? "maximum" : "mean",
                          c->aligned ? "aligned" : "not aligned", c->roi_resolution,
                          c->roi_resolution, c->spatial_strides[3][0], c->spatial_dilations[3][0]);
    if (status == SFD_OK && !c->detection)
        status = sfd_notes_add(notes, err, "assumed: a classification head, windows of %d pixels",
                               c->train_crop_size);
    for (int i = 0; status == SFD_OK && i < SFD_N_STAGES; i++)
        if (c->nonlocal_blocks[i][0])
            status = sfd_notes_add(
                notes, err, "assumed: non-local blocks of res%d: %s, pooled %dx%dx%d", i + 2,
                c->nonlocal_kind == SFD_NONLOCAL_SOFTMAX ? "softmax" : "dot product",
                c->nonlocal_pool[i][0][0], c->nonlocal_pool[i][0][1], c->nonlocal_pool[i][0][2]);
    return status;
}

/* PySlowFast's weights take all from the file; for those of another code base it is laid over what
 * is known, and the tensors keep the last word on shapes. */
static sfd_status read_config_file(const sfd_weights *w, const char *path, sfd_net_config *c,
                                   sfd_notes *notes, sfd_error *err)
{
    bool python = sfd_is_mmaction2_config(path);
    if (c->family == SFD_FAMILY_PYSLOWFAST && !python)
        return sfd_net_config_load(c, path, notes, err);
    if (python && c->family != SFD_FAMILY_MMACTION2)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: a Python config belongs to MMAction2, but %s holds %s's weights", path,
                        w->origin, sfd_family_name(c->family));
    sfd_status status = python ? sfd_mmaction2_config_load_over(c, path, notes, err)
                               : sfd_net_config_load_yaml_over(c, path, notes, err);
    if (status == SFD_OK && w->head != SFD_NAMED_HEAD_UNKNOWN &&
        c->detection != (w->head == SFD_NAMED_HEAD_DETECTION))
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s is of a network that %s, but %s's %s", path,
                        c->detection ? "looks at boxes" : "classifies whole videos", w->origin,
                        c->detection ? "classifies whole videos" : "looks at boxes");
    return status == SFD_OK ? sfd_infer_architecture(w, c, err) : status;
}

static sfd_status read_given(const sfd_weights *w, const char *config, sfd_net_config *c,
                             sfd_notes *notes, sfd_error *err)
{
    sfd_net_config preset;
    sfd_family family = c->family;
    if (!sfd_preset_find(&preset, config))
        return read_config_file(w, config, c, notes, err);
    if (preset.family != family)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s is %s's, but %s holds %s's weights: their conventions differ; its "
                        "presets begin with %s",
                        config, sfd_family_name(preset.family), w->origin, sfd_family_name(family),
                        family == SFD_FAMILY_MMACTION2      ? "mmaction2_"
                        : family == SFD_FAMILY_PYTORCHVIDEO ? "pytorchvideo_"
                                                            : "slow");
    bool bare_lateral = c->bare_lateral;
    *c = preset;
    c->bare_lateral = bare_lateral;
    return SFD_OK;
}

typedef sfd_status parse_config(sfd_net_config *c, const char *text, size_t n_bytes,
                                const char *origin, sfd_notes *notes, sfd_error *err);

/* A text in the file; messages name both. */
static sfd_status parse_stored(const sfd_weights *w, sfd_net_config *c, const char *text,
                               parse_config *parse, sfd_notes *notes, sfd_error *err)
{
    char *origin;
    if (asprintf(&origin, "%s, its stored configuration", w->origin) < 0)
        return sfd_fail_nomem(err, w->origin);
    sfd_status status = parse(c, text, strlen(text), origin, notes, err);
    sfd_net_config_set_name(c, w->origin);
    free(origin);
    return status;
}

static bool has_classifier(const sfd_weights *w)
{
    return sfd_weights_find(w, SFD_NAME_HEAD ".weight") ||
           sfd_weights_find(w, SFD_NAME_HEAD ".bias") ||
           sfd_weights_find(w, SFD_NAME_HEAD ".2.weight");
}

/* PySlowFast's configurations say everything, so that the tensors need not tell anything; presets
 * do where there is no classifier that could. *status is the result where there is one. */
static bool read_complete(const sfd_weights *w, const char *config, sfd_net_config *c,
                          sfd_notes *notes, sfd_status *status, sfd_error *err)
{
    const char *yaml = sfd_weights_metadata(w, SFD_METADATA_PYSLOWFAST);
    sfd_net_config preset;
    if (family_of(w) != SFD_FAMILY_PYSLOWFAST || (!config && !yaml))
        return false;
    if (config && sfd_is_mmaction2_config(config))
        return false;
    if (config && sfd_preset_find(&preset, config)) {
        *c = preset;
        *status = SFD_OK;
        return preset.family == SFD_FAMILY_PYSLOWFAST && !has_classifier(w);
    }
    if (config) {
        *status = sfd_net_config_load(c, config, notes, err);
    } else {
        sfd_net_config_defaults(c);
        *status = parse_stored(w, c, yaml, sfd_net_config_parse_stored, notes, err);
    }
    return true;
}

/* What the file holds of another code base's configuration, laid over what its tensors tell. */
static sfd_status read_stored(const sfd_weights *w, const char *preset, sfd_net_config *c,
                              sfd_notes *notes, sfd_error *err)
{
    const char *yaml = sfd_weights_metadata(w, SFD_METADATA_PYSLOWFAST);
    const char *python = sfd_weights_metadata(w, SFD_METADATA_MMACTION2);
    sfd_status status;
    if (yaml && c->family == SFD_FAMILY_PYTORCHVIDEO) /* trained by PySlowFast's wrapper */
        status = parse_stored(w, c, yaml, sfd_net_config_parse_stored, notes, err);
    else if (python && c->family == SFD_FAMILY_MMACTION2)
        status = parse_stored(w, c, python, sfd_mmaction2_config_parse_over, notes, err);
    else
        return note_assumptions(c, preset, notes, err);
    return status == SFD_OK ? sfd_infer_architecture(w, c, err) : status;
}

static sfd_status read_named(const sfd_weights *w, const char *config, sfd_net_config *c,
                             sfd_notes *notes, sfd_error *err)
{
    const char *recorded = sfd_weights_metadata(w, SFD_METADATA_CONFIG), *preset = NULL;
    sfd_status status;
    if (recorded && !config)
        return sfd_net_config_from_json(c, recorded, w->origin, err);
    if (wants_bank(w))
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: MMAction2's head with a long-term feature bank (LFB): the bank, "
                        "features of all keyframes around, is not in the file, and is not made "
                        "here",
                        w->origin);
    if (w->naming == SFD_NAMING_UNKNOWN || w->naming >= SFD_NAMING_DETECTRON2)
        return sfd_infer_fail_foreign(w, err);
    if (!recorded && read_complete(w, config, c, notes, &status, err))
        return status == SFD_OK ? sfd_net_config_check(c, err) : status;
    status = recorded ? sfd_net_config_from_json(c, recorded, w->origin, err)
                      : infer(w, c, &preset, err);
    if (status != SFD_OK)
        return status;
    status = config ? read_given(w, config, c, notes, err) : read_stored(w, preset, c, notes, err);
    return status == SFD_OK ? sfd_net_config_check(c, err) : status;
}

sfd_status sfd_weights_config(const sfd_weights *w, const char *config, sfd_net_config *c,
                              sfd_notes *notes, sfd_error *err)
{
    sfd_config_spec spec;
    sfd_status status = sfd_config_spec_read(&spec, config, err);
    if (status == SFD_OK)
        status = read_named(w, spec.name, c, notes, err);
    if (status == SFD_OK && spec.yaml)
        status = sfd_net_config_override(c, spec.yaml, notes, err);
    sfd_config_spec_free(&spec);
    return status;
}

sfd_status sfd_weights_set_config(sfd_weights *w, const sfd_net_config *c, sfd_error *err)
{
    char *json = sfd_net_config_to_json(c);
    if (!json)
        return sfd_fail_nomem(err, w->origin);
    sfd_status status = sfd_weights_set_metadata(w, SFD_METADATA_CONFIG, json, err);
    free(json);
    return status;
}
