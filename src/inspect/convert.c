/* SPDX-License-Identifier: Apache-2.0 */
/* Writing weights: converted or random. */
#include "base/error.h"
#include "base/labels.h"
#include "config/load.h"
#include "detect/model.h"
#include "detect/params.h"
#include "inspect/remarks.h"
#include "persons/finder.h"
#include "persons/yolox_graph.h"
#include "weights/formats/safetensors.h"
#include "weights/weights_config.h"
#include "weights/zoo.h"

#include <sfdet/inspect.h>

#include <stdlib.h>
#include <string.h>

static sfd_status parse_dtype(sfd_dtype *out, const char *text, sfd_error *err)
{
    static const struct {
        const char *name;
        sfd_dtype dtype;
    } known[] = {{"f32", SFD_F32}, {"f16", SFD_F16}, {"bf16", SFD_BF16}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(text, known[i].name) == 0) {
            *out = known[i].dtype;
            return SFD_OK;
        }
    return sfd_fail(err, SFD_ERR_ARG, "\"%s\" is not one of f32, f16, bf16", text);
}

static sfd_status store_labels(sfd_weights *weights, const char *labels, sfd_error *err)
{
    sfd_label_map map;
    sfd_status status = sfd_label_map_read(&map, labels, SFD_LABELS_ANY_LAYOUT, err);
    if (status != SFD_OK)
        return status;
    char *text = sfd_label_map_text(&map);
    sfd_label_map_free(&map);
    status = text ? sfd_weights_set_metadata(weights, SFD_METADATA_LABELS, text, err)
                  : sfd_fail_nomem(err, labels);
    free(text);
    return status;
}

/* Only to see that all tensors fit and are finite. */
static sfd_status check_network(const sfd_weights *weights, const sfd_net_config *config,
                                sfd_error *err)
{
    sfd_model *model = NULL;
    sfd_status status = sfd_model_create(
        &model, config,
        &(sfd_prepare_settings){weights, sfd_kernels_get(SFD_CPU_SCALAR), true, SFD_PRECISION_F32},
        err);
    sfd_model_free(model);
    return status;
}

static sfd_status check_detector(const sfd_weights *weights, sfd_error *err)
{
    sfd_person_model *model = NULL;
    sfd_status status = sfd_person_model_create(
        &model,
        &(sfd_prepare_settings){.weights = weights, .kernels = sfd_kernels_get(SFD_CPU_SCALAR)},
        err);
    sfd_person_model_free(model);
    return status;
}

/* A YOLOX network tells what it is by its tensors and metadata. */
static sfd_status describe(sfd_weights *weights, const char *config_name, sfd_notes *read,
                           sfd_error *err)
{
    sfd_net_config config;
    if (sfd_yolox_recognise(weights))
        return check_detector(weights, err);
    sfd_status status = sfd_weights_config(weights, config_name, &config, read, err);
    if (status == SFD_OK)
        status = check_network(weights, &config, err);
    return status == SFD_OK ? sfd_weights_set_config(weights, &config, err) : status;
}

/* Scales of bytes are float32 in files: shorter ones would change every weight. */
static sfd_status check_dtype(const sfd_weights *weights, sfd_dtype dtype, sfd_error *err)
{
    for (size_t i = 0; dtype != SFD_F32 && i < sfd_weights_count(weights); i++)
        if (sfd_weights_info(weights, i)->dtype == SFD_I8)
            return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                            "%s: the weights are 8-bit integers, whose scales are stored as f32",
                            sfd_weights_origin(weights));
    return SFD_OK;
}

sfd_status sfd_convert_weights(const char *weights_path, const char *config_name,
                               const char *labels, const char *dtype_name, const char *path,
                               sfd_error *err)
{
    sfd_dtype dtype = SFD_F32;
    sfd_weights *weights = NULL;
    sfd_notes read = {0};
    sfd_status status = parse_dtype(&dtype, dtype_name, err);
    if (status == SFD_OK)
        status = sfd_zoo_open(&weights, weights_path, err);
    if (status == SFD_OK)
        status = sfd_notes_add_file(&read, sfd_weights_origin(weights), err);
    if (status == SFD_OK)
        status = check_dtype(weights, dtype, err);
    if (status == SFD_OK)
        status = describe(weights, config_name, &read, err);
    if (status == SFD_OK && labels)
        status = store_labels(weights, labels, err);
    if (status == SFD_OK)
        status = sfd_read_files_refuse(&read.files, path, err);
    if (status == SFD_OK)
        status = sfd_weights_write(weights, path, dtype, err);
    sfd_notes_free(&read);
    sfd_weights_close(weights);
    return status;
}

sfd_status sfd_write_random_weights(const char *config_name, uint64_t seed, const char *path,
                                    sfd_error *err)
{
    sfd_net_config config;
    sfd_net net = {0};
    sfd_weights *weights = NULL;
    sfd_notes read = {0};
    sfd_status status = sfd_net_config_load(&config, config_name, &read, err);
    if (status == SFD_OK)
        status = sfd_read_files_refuse(&read.files, path, err);
    if (status == SFD_OK)
        status = sfd_net_build(&net, &config, err);
    if (status == SFD_OK)
        status = sfd_random_weights(&weights, &net, seed, err);
    if (status == SFD_OK)
        status = sfd_weights_set_config(weights, &config, err);
    if (status == SFD_OK)
        status = sfd_weights_write(weights, path, SFD_F32, err);
    sfd_notes_free(&read);
    sfd_weights_close(weights);
    sfd_net_free(&net);
    return status;
}
