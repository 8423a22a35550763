/* SPDX-License-Identifier: Apache-2.0 */
/* PySlowFast's YAML files read into sfd_net_config. */
#include "config/yaml.h"

#include "base/error.h"
#include "base/file.h"
#include "config/overrides.h"
#include "config/pyslowfast_keys.h"
#include "config/yaml_audio.h"
#include "config/yaml_text.h"
#include "config/yaml_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_KEYS 512 /* of one mapping; PySlowFast has 60 */

/* A name that must be on the list but changes nothing. */
static sfd_status read_supported(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                 const void *aux)
{
    (void)field;
    int ignored;
    return sfd_yaml_name(r, node, &ignored, aux);
}

/* An early PySlowFast's name of networks that do not pool time; zoo's C2D has it. */
static sfd_status forget_pool(sfd_yaml_reader *r, const yaml_node_t *node)
{
    if (r->c->arch == SFD_ARCH_C2D)
        r->c->arch = SFD_ARCH_SLOW_C2D;
    else if (r->c->arch == SFD_ARCH_I3D)
        r->c->arch = SFD_ARCH_SLOW_I3D;
    else
        return sfd_yaml_fail(r, node, SFD_ERR_UNSUPPORTED,
                             "is not supported unless MODEL.ARCH is c2d or i3d");
    return SFD_OK;
}

static sfd_status read_model_name(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                  const void *aux)
{
    sfd_status status = read_supported(r, node, field, aux);
    if (status != SFD_OK)
        return status;
    r->pytorchvideo = strncmp(sfd_yaml_text(node), "PTV", 3) == 0;
    if (sfd_yaml_is(node, "ResNet_nopool"))
        return forget_pool(r, node);
    return SFD_OK;
}

/* SSv2's and Charades' pictures are files that OpenCV reads; each has a rule for clips. */
static sfd_status read_dataset(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                               const void *aux)
{
    (void)aux;
    static const struct {
        const char *name;
        bool opencv;
        sfd_clip_rule rule;
    } sets[] = {{"ssv2", true, SFD_CLIPS_SEGMENTS},
                {"charades", true, SFD_CLIPS_SPREAD},
                {"ptvcharades", false, SFD_CLIPS_SPREAD},
                {"ptvssv2", false, SFD_CLIPS_SEGMENTS}};
    sfd_clip_rule *rule = field;
    r->opencv = false;
    *rule = SFD_CLIPS_UNIFORM;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        if (node->type == YAML_SCALAR_NODE && strcasecmp(sfd_yaml_text(node), sets[i].name) == 0) {
            r->opencv = sets[i].opencv;
            *rule = sets[i].rule;
        }
    return SFD_OK;
}

/* Only Kinetics' clips know it. */
static sfd_status read_offset(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                              const void *aux)
{
    bool offset = false;
    sfd_clip_rule *rule = field;
    sfd_status status = sfd_yaml_bool(r, node, &offset, aux);
    if (status == SFD_OK && offset && *rule == SFD_CLIPS_UNIFORM)
        *rule = SFD_CLIPS_OFFSET;
    return status;
}

/* PySlowFast tests once with each of these numbers in the place of NUM_ENSEMBLE_VIEWS. */
static sfd_status read_clip_numbers(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                    const void *aux)
{
    const bool list = node->type == YAML_SEQUENCE_NODE;
    if (list && (sfd_yaml_length(node) == 0 || r->c->detection))
        return SFD_OK;
    if (list && sfd_yaml_length(node) == 1)
        return sfd_yaml_int(r, sfd_yaml_item(r, node, 0), field, aux);
    return sfd_yaml_fail(r, node, list ? SFD_ERR_UNSUPPORTED : SFD_ERR_FORMAT,
                         list ? "of several numbers of clips is not supported, one is"
                              : "is not a list");
}

/* More layers make another classification head; contrastive networks leave theirs behind. */
static sfd_status read_layers(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                              const void *aux)
{
    (void)field;
    int n = 1;
    const sfd_status status = sfd_yaml_int(r, node, &n, aux);
    if (status == SFD_OK && n != 1 && !r->c->detection && !r->stored)
        return sfd_yaml_fail(r, node, SFD_ERR_UNSUPPORTED, "is not supported, only 1 is");
    return status;
}

/* The first of two sizes; training takes both, and looks closer. */
static sfd_status read_first_side(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                  const void *aux)
{
    if (node->type != YAML_SEQUENCE_NODE || sfd_yaml_length(node) == 0)
        return SFD_OK;
    return sfd_yaml_int(r, sfd_yaml_item(r, node, 0), field, aux);
}

static sfd_status read_bgr(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                           const void *aux)
{
    (void)field;
    return sfd_yaml_bool(r, node, &r->bgr, aux);
}

static sfd_status read_reversed(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                const void *aux)
{
    (void)field;
    return sfd_yaml_bool(r, node, &r->reversed, aux);
}

/* Below 0 as at 0 every box passes; in the field that would be none configured. */
static sfd_status read_threshold(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                 const void *aux)
{
    sfd_status status = sfd_yaml_double(r, node, field, aux);
    if (status == SFD_OK && *(double *)field < 0)
        *(double *)field = 0;
    return status;
}

static sfd_status read_depth(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                             const void *aux)
{
    (void)field;
    int depth = 0;
    sfd_status status = sfd_yaml_int(r, node, &depth, aux);
    if (status == SFD_OK && !sfd_net_config_set_depth(r->c, depth))
        return sfd_yaml_fail(r, node, SFD_ERR_UNSUPPORTED,
                             "is not supported; supported: 18, 50, 101");
    return status;
}

static sfd_status read_epsilon(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                               const void *aux)
{
    (void)field;
    float value = 0;
    sfd_status status = sfd_yaml_float(r, node, &value, aux);
    if (status == SFD_OK && value != 1e-5F)
        return sfd_yaml_fail(r, node, SFD_ERR_UNSUPPORTED, "is not supported, only 1e-5 is");
    return status;
}

/* AVA's pictures are cut out at 30 per second, whatever the key says. */
static sfd_status read_target_fps(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                  const void *aux)
{
    (void)field;
    float value = 0;
    sfd_status status = sfd_yaml_float(r, node, &value, aux);
    if (status == SFD_OK && value != 30.0F && !r->c->detection)
        return sfd_yaml_fail(r, node, SFD_ERR_UNSUPPORTED, "is not supported, only 30 is");
    return status;
}

static sfd_status read_floats(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                              const void *aux)
{
    sfd_status status = sfd_yaml_want_list(r, node, 3, 3, "is not a list of three numbers");
    for (size_t i = 0; status == SFD_OK && i < 3; i++) {
        /* What OpenCV reads is normalised in its channel order, B, G, R, and only then turned into
         * R, G, B; Kinetics' pictures are R, G, B from the start. */
        float *value = &((float *)field)[r->c->detection || r->opencv ? 2 - i : i];
        status = sfd_yaml_float(r, sfd_yaml_item(r, node, i), value, aux);
    }
    return status;
}

static sfd_status read_channels(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                const void *aux)
{
    (void)field;
    const bool listens = sfd_net_config_listens(r->c);
    sfd_status status =
        sfd_yaml_want_list(r, node, 1, SFD_MAX_PATHWAYS + listens,
                           listens ? "is not a list of three" : "is not a list of one or two");
    for (size_t i = 0; status == SFD_OK && i < sfd_yaml_length(node); i++) {
        int channels = 0;
        status = sfd_yaml_int(r, sfd_yaml_item(r, node, i), &channels, aux);
        if (status == SFD_OK && channels != (i < SFD_MAX_PATHWAYS ? 3 : 1))
            status =
                sfd_yaml_fail(r, sfd_yaml_item(r, node, i), SFD_ERR_UNSUPPORTED,
                              i < SFD_MAX_PATHWAYS ? "is not supported: pictures have 3 channels"
                                                   : "is not supported: sound has 1 channel");
    }
    r->n_inputs = sfd_yaml_length(node);
    return status;
}

/* -- the keys, in the order of reading: what decides how others are read comes first. Lists of
 * names are in the order of their enums. */

#define FIELD(field) offsetof(sfd_net_config, field)

_Static_assert(sizeof(sfd_arch) == sizeof(int) && sizeof(sfd_head_act) == sizeof(int) &&
                   sizeof(sfd_nonlocal_kind) == sizeof(int),
               "sfd_yaml_name stores an int");

#define KIND_NAME(kind, name, ...) #name,

static const sfd_yaml_key keys[] = {
    {"MODEL", "ARCH", sfd_yaml_name, FIELD(arch), SFD_NAMES(SFD_ARCHS(KIND_NAME))},
    {"MODEL", "MODEL_NAME", read_model_name, 0,
     SFD_NAMES("SlowFast", "ResNet", "PTVSlowFast", "PTVResNet", "ResNet_nopool",
               "ContrastiveModel", "AVSlowFast")},
    {"DETECTION", "ENABLE", sfd_yaml_bool, FIELD(detection), NULL},
    {"TEST", "DATASET", read_dataset, FIELD(clip_rule), NULL},
    {"TEST", "NUM_ENSEMBLE_VIEWS", sfd_yaml_int, FIELD(test_clips), NULL},
    {"TEST", "NUM_TEMPORAL_CLIPS", read_clip_numbers, FIELD(test_clips), NULL},
    {"TEST", "NUM_SPATIAL_CROPS", sfd_yaml_int, FIELD(test_crops), NULL},
    {"DATA", "ENSEMBLE_METHOD", sfd_yaml_name, FIELD(ensemble), SFD_NAMES("sum", "max")},
    {"DATA", "USE_OFFSET_SAMPLING", read_offset, FIELD(clip_rule), NULL},
    {"DATA", "TRAIN_JITTER_SCALES", read_first_side, FIELD(one_crop_side), NULL},
    {"MODEL", "NUM_CLASSES", sfd_yaml_int, FIELD(num_classes), NULL},
    {"MODEL", "HEAD_ACT", sfd_yaml_name, FIELD(head_act), SFD_NAMES("sigmoid", "softmax", "none")},
    {"DATA", "INPUT_CHANNEL_NUM", read_channels, 0, NULL},
    {"DATA", "NUM_FRAMES", sfd_yaml_int, FIELD(num_frames), NULL},
    {"DATA", "SAMPLING_RATE", sfd_yaml_int, FIELD(sampling_rate), NULL},
    {"DATA", "TARGET_FPS", read_target_fps, 0, NULL},
    {"DATA", "TRAIN_CROP_SIZE", sfd_yaml_int, FIELD(train_crop_size), NULL},
    {"DATA", "TEST_CROP_SIZE", sfd_yaml_int, FIELD(test_crop_size), NULL},
    {"DATA", "MEAN", read_floats, FIELD(mean), NULL},
    {"DATA", "STD", read_floats, FIELD(std), NULL},
    {"DATA", "REVERSE_INPUT_CHANNEL", read_reversed, 0, NULL},
    {"AVA", "BGR", read_bgr, 0, NULL},
    {"AVA", "IMG_PROC_BACKEND", read_supported, 0, SFD_NAMES("cv2")},
    {"AVA", "TEST_FORCE_FLIP", sfd_yaml_bool, FIELD(flip), NULL},
    {"AVA", "DETECTION_SCORE_THRESH", read_threshold, FIELD(box_threshold), NULL},
    {"CONTRASTIVE", "NUM_MLP_LAYERS", read_layers, 0, NULL},
    {"MULTIGRID", "SHORT_CYCLE", sfd_yaml_bool, FIELD(global_pool), NULL},
    {"BN", "NORM_TYPE", read_supported, 0,
     SFD_NAMES("batchnorm", "sub_batchnorm", "sync_batchnorm", "sync_batchnorm_apex")},
    {"BN", "EPSILON", read_epsilon, 0, NULL},
    {"RESNET", "DEPTH", read_depth, 0, NULL},
    {"RESNET", "NUM_GROUPS", sfd_yaml_int, FIELD(num_groups), NULL},
    {"RESNET", "WIDTH_PER_GROUP", sfd_yaml_int, FIELD(width_per_group), NULL},
    {"RESNET", "STRIDE_1X1", sfd_yaml_bool, FIELD(stride_1x1), NULL},
    {"RESNET", "TRANS_FUNC", read_supported, 0, SFD_NAMES("bottleneck_transform")},
    {"RESNET", "NUM_BLOCK_TEMP_KERNEL", sfd_yaml_stage_ints, FIELD(num_block_temp_kernel), NULL},
    {"RESNET", "SPATIAL_STRIDES", sfd_yaml_stage_ints, FIELD(spatial_strides), NULL},
    {"RESNET", "SPATIAL_DILATIONS", sfd_yaml_stage_ints, FIELD(spatial_dilations), NULL},
    {"NONLOCAL", "LOCATION", sfd_yaml_stage_locations, FIELD(nonlocal_blocks), NULL},
    {"NONLOCAL", "GROUP", sfd_yaml_stage_ints, FIELD(nonlocal_group), NULL},
    {"NONLOCAL", "POOL", sfd_yaml_stage_pools, FIELD(nonlocal_pool), NULL},
    {"NONLOCAL", "INSTANTIATION", sfd_yaml_name, FIELD(nonlocal_kind),
     SFD_NAMES("dot_product", "softmax")},
    {"SLOWFAST", "ALPHA", sfd_yaml_int, FIELD(alpha), NULL},
    {"SLOWFAST", "BETA_INV", sfd_yaml_int, FIELD(beta_inv), NULL},
    {"SLOWFAST", "FUSION_CONV_CHANNEL_RATIO", sfd_yaml_int, FIELD(fusion_ratio), NULL},
    {"SLOWFAST", "FUSION_KERNEL_SZ", sfd_yaml_int, FIELD(fusion_kernel), NULL},
    {"SLOWFAST", "LATERAL", sfd_yaml_name, FIELD(lateral), SFD_NAMES(SFD_LATERALS(KIND_NAME))},
    {"SLOWFAST", "LATERAL_MERGE", sfd_yaml_name, FIELD(lateral_merge),
     SFD_NAMES(SFD_MERGES(KIND_NAME))},
    {"SLOWFAST", "FAST_INPUT", sfd_yaml_name, FIELD(fast_input),
     SFD_NAMES(SFD_FAST_INPUTS(KIND_NAME))},
    {"SLOWFAST", "FAST_SHRINK", sfd_yaml_int, FIELD(fast_shrink), NULL},
    {"DETECTION", "ALIGNED", sfd_yaml_bool, FIELD(aligned), NULL},
    {"DETECTION", "SPATIAL_SCALE_FACTOR", sfd_yaml_int, FIELD(spatial_scale_factor), NULL},
    {"DETECTION", "ROI_XFORM_RESOLUTION", sfd_yaml_int, FIELD(roi_resolution), NULL},
};

#define N_KEYS (sizeof keys / sizeof keys[0])

/* -- names that PySlowFast does not know */

static bool is_known(const char *section, const char *name)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < sfd_yaml_n_audio_keys; i++)
        if (strcmp(sfd_yaml_audio_keys[i].section, section) == 0 &&
            strcmp(sfd_yaml_audio_keys[i].name, name) == 0)
            return true;
    return sfd_pyslowfast_has_key(section, name);
}

/* A key that has lost its section, as on a command line or by a line that begins in the wrong
 * column: SLOWFAST.ALPHA or ALPHA beside the sections, a section within another one. */
static sfd_status check_place(sfd_yaml_reader *r, const yaml_node_t *node, const char *section)
{
    const char *name = sfd_yaml_text(node), *dot = strchr(name, '.'), *of;
    char prefix[32];
    const size_t n = dot ? (size_t)(dot - name) : 0;
    if (n > 0 && n < sizeof prefix) {
        snprintf(prefix, sizeof prefix, "%.*s", (int)n, name);
        of = sfd_pyslowfast_is_section(prefix) ? prefix : sfd_pyslowfast_nearest_section(prefix);
        if (of)
            return sfd_fail(
                r->err, SFD_ERR_FORMAT,
                "%s:%zu: %.40s: in a file a key stands below its section: \"%s:\", then "
                "\"  %.40s: ...\"",
                r->origin, sfd_yaml_line(node), name, of, dot + 1);
    }
    if (r->stored) /* by a program, which may have keys of its own */
        return SFD_OK;
    if (section && sfd_pyslowfast_is_section(name))
        return sfd_fail(r->err, SFD_ERR_FORMAT,
                        "%s:%zu: the section %s stands within %s: is its line indented too far?",
                        r->origin, sfd_yaml_line(node), name, section);
    of = section ? NULL : sfd_pyslowfast_network_section_of(name);
    return of ? sfd_fail(r->err, SFD_ERR_FORMAT,
                         "%s:%zu: %s is a key of the section %s: is its line not indented?",
                         r->origin, sfd_yaml_line(node), name, of)
              : SFD_OK;
}

/* PySlowFast refuses names that it does not know. So are those here that are like a known one, and
 * those that would change the network; others, of programs built upon it, are named and passed
 * over. */
static sfd_status check_name(sfd_yaml_reader *r, const yaml_node_t *node, const char *section)
{
    const char *name = sfd_yaml_text(node), *nearest;
    const char *dot = section ? "." : "", *of = section ? section : "";
    if (section ? is_known(section, name) : sfd_pyslowfast_has_section(name))
        return SFD_OK;
    const sfd_status status = check_place(r, node, section);
    if (status != SFD_OK)
        return status;
    nearest =
        section ? sfd_pyslowfast_nearest_key(section, name) : sfd_pyslowfast_nearest_section(name);
    if (!r->stored && (nearest || (section && sfd_pyslowfast_is_network_section(section))))
        return sfd_fail(r->err, SFD_ERR_FORMAT, "%s:%zu: %s%s%.40s is no %s of PySlowFast's%s%s%s",
                        r->origin, sfd_yaml_line(node), of, dot, name, section ? "key" : "section",
                        nearest ? " (" : "", nearest ? nearest : "", nearest ? "?)" : "");
    return sfd_notes_add(r->notes, r->err, "ignored: %s%s%.40s, which is no %s of PySlowFast's", of,
                         dot, name, section ? "key" : "section");
}

static const yaml_node_t *pair_key(sfd_yaml_reader *r, const yaml_node_pair_t *pair)
{
    return yaml_document_get_node(&r->document, pair->key);
}

static sfd_status tell_twice(sfd_yaml_reader *r, const yaml_node_t *node, const char *section)
{
    const char *dot = section ? "." : "", *of = section ? section : "", *name = sfd_yaml_text(node);
    if (strcmp(r->origin, SFD_OVERRIDES_ORIGIN) == 0)
        return sfd_notes_add(r->notes, r->err, "warning: %s%s%.40s is given again; the last counts",
                             of, dot, name);
    return sfd_notes_add(r->notes, r->err,
                         "warning: %s:%zu: %s%s%.40s is given again; the last counts", r->origin,
                         sfd_yaml_line(node), of, dot, name);
}

/* Names of one mapping: known, and told when they occur twice. Sections are checked too, their
 * keys being those of the mapping that counts. */
static sfd_status check_mapping(sfd_yaml_reader *r, const yaml_node_t *mapping, const char *section)
{
    const yaml_node_pair_t *first = mapping->data.mapping.pairs.start,
                           *end = mapping->data.mapping.pairs.top;
    if (end - first > MAX_KEYS)
        return sfd_fail(r->err, SFD_ERR_FORMAT, "%s:%zu: more than %d keys", r->origin,
                        sfd_yaml_line(mapping), MAX_KEYS);
    for (const yaml_node_pair_t *pair = first; pair < end; pair++) {
        const yaml_node_t *node = pair_key(r, pair);
        if (node->type != YAML_SCALAR_NODE)
            return sfd_fail(r->err, SFD_ERR_FORMAT, "%s:%zu: a key is not a name", r->origin,
                            sfd_yaml_line(node));
        sfd_status status = check_name(r, node, section);
        for (const yaml_node_pair_t *p = first; status == SFD_OK && p < pair; p++)
            if (sfd_yaml_is(pair_key(r, p), sfd_yaml_text(node)))
                status = tell_twice(r, node, section);
        if (status != SFD_OK)
            return status;
    }
    return SFD_OK;
}

/* -- the document */

/* Keys that pull in values from elsewhere: ignoring them would silently give another network. */
static sfd_status refuse_inheritance(sfd_yaml_reader *r, const yaml_node_t *mapping)
{
    static const char *const refused[] = {"_BASE_", "<<"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const yaml_node_t *value = sfd_yaml_find(r, mapping, refused[i]);
        if (value)
            return sfd_fail(r->err, SFD_ERR_UNSUPPORTED,
                            "%s:%zu: %s is not supported; write its values into this file",
                            r->origin, sfd_yaml_line(value), refused[i]);
    }
    return SFD_OK;
}

static sfd_status check_section(sfd_yaml_reader *r, const yaml_node_t *root, const char *name)
{
    const yaml_node_t *section = sfd_yaml_find(r, root, name);
    if (section->type != YAML_MAPPING_NODE)
        return sfd_fail(r->err, SFD_ERR_FORMAT, "%s:%zu: %s is not a mapping", r->origin,
                        sfd_yaml_line(section), name);
    sfd_status status = refuse_inheritance(r, section);
    return status == SFD_OK ? check_mapping(r, section, name) : status;
}

/* All names at every level that is read. */
static sfd_status check_names(sfd_yaml_reader *r, const yaml_node_t *root)
{
    sfd_status status = refuse_inheritance(r, root);
    if (status == SFD_OK)
        status = check_mapping(r, root, NULL);
    const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
    for (; status == SFD_OK && pair < root->data.mapping.pairs.top; pair++) {
        const char *name = sfd_yaml_text(pair_key(r, pair));
        const bool counts =
            yaml_document_get_node(&r->document, pair->value) == sfd_yaml_find(r, root, name);
        if (counts && sfd_pyslowfast_is_section(name))
            status = check_section(r, root, name);
    }
    return status;
}

/* The wrapper (PySlowFast's ptv_model_builder.py) takes detectron2's RoIAlign, which is aligned,
 * whatever DETECTION.ALIGNED says; the fast pathway's dilations in res4 and res5 from the res3
 * entry; all blocks of a stage of a one-pathway network alike; no non-local blocks; and applies the
 * activation per window. */
static sfd_status follow_wrapper(sfd_yaml_reader *r)
{
    sfd_net_config *c = r->c;
    const bool has_arch = c->arch == SFD_ARCH_SLOWFAST || c->arch == SFD_ARCH_SLOW ||
                          c->arch == SFD_ARCH_C2D || c->arch == SFD_ARCH_I3D;
    if (c->stride_1x1 || c->depth < 50 || !has_arch)
        return sfd_fail(r->err, SFD_ERR_UNSUPPORTED,
                        "%s: PySlowFast's wrapper of PyTorchVideo has no %s", r->origin,
                        c->stride_1x1   ? "RESNET.STRIDE_1X1"
                        : c->depth < 50 ? "RESNET.DEPTH 18"
                                        : "such MODEL.ARCH");
    c->family = SFD_FAMILY_PYTORCHVIDEO;
    c->aligned = true;
    c->average_logits = c->global_pool = false;
    for (int i = 2; i < SFD_N_STAGES; i++)
        c->spatial_dilations[i][1] = c->spatial_dilations[1][1];
    memset(c->nonlocal_blocks, 0, sizeof c->nonlocal_blocks);
    for (int i = 0; c->arch != SFD_ARCH_SLOWFAST && i < SFD_N_STAGES; i++)
        c->num_block_temp_kernel[i][0] = c->n_blocks[i];
    return SFD_OK;
}

static sfd_status read_document(sfd_yaml_reader *r)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->document);
    if (!root || root->type != YAML_MAPPING_NODE)
        return sfd_fail(r->err, SFD_ERR_FORMAT, "%s:%zu: not a mapping of PySlowFast's sections",
                        r->origin, root ? sfd_yaml_line(root) : 1);
    sfd_status status = check_names(r, root);
    if (status == SFD_OK)
        status = sfd_yaml_read_keys(r, keys, N_KEYS, r->c);
    if (status == SFD_OK)
        status = sfd_yaml_read_keys(r, sfd_yaml_audio_keys, sfd_yaml_n_audio_keys, r->c);
    if (status == SFD_OK && r->n_inputs == 1 && sfd_net_config_n_pathways(r->c) == 2)
        status = sfd_fail(r->err, SFD_ERR_FORMAT,
                          "%s: DATA.INPUT_CHANNEL_NUM has one entry, wanted one for each of two "
                          "pathways",
                          r->origin);
    if (status != SFD_OK)
        return status;
    /* AVA's pictures are turned to R, G, B by default, the other ones of OpenCV are not. */
    r->c->bgr = (r->c->detection ? r->bgr : r->opencv) != r->reversed;
    r->c->reversed = r->reversed;
    r->c->flip = r->c->flip && r->c->detection;
    if (r->pytorchvideo)
        status = follow_wrapper(r);
    return status == SFD_OK ? sfd_net_config_check(r->c, r->err) : status;
}

static sfd_status parse_over(sfd_yaml_reader *r, const char *yaml, size_t n_bytes)
{
    sfd_net_config_set_name(r->c, r->origin);
    return sfd_yaml_load(r, yaml, n_bytes, read_document);
}

sfd_status sfd_net_config_parse(sfd_net_config *c, const char *yaml, size_t n_bytes,
                                const char *origin, sfd_notes *notes, sfd_error *err)
{
    sfd_yaml_reader r = {.origin = origin, .c = c, .notes = notes, .err = err};
    sfd_net_config_defaults(c);
    return parse_over(&r, yaml, n_bytes);
}

sfd_status sfd_net_config_parse_stored(sfd_net_config *c, const char *yaml, size_t n_bytes,
                                       const char *origin, sfd_notes *notes, sfd_error *err)
{
    sfd_yaml_reader r = {.origin = origin, .stored = true, .c = c, .notes = notes, .err = err};
    return parse_over(&r, yaml, n_bytes);
}

sfd_status sfd_net_config_load_yaml_over(sfd_net_config *c, const char *path, sfd_notes *notes,
                                         sfd_error *err)
{
    sfd_yaml_reader r = {.origin = path, .c = c, .notes = notes, .err = err};
    char *text;
    size_t n_bytes;
    sfd_status status = sfd_read_text(&text, &n_bytes, path, SFD_MAX_YAML_BYTES, err);
    if (status == SFD_OK)
        status = sfd_notes_add_file(notes, path, err);
    if (status == SFD_OK)
        status = parse_over(&r, text, n_bytes);
    free(text);
    return status;
}

/* What the reader knows of the channels' order beside *c follows from it. */
sfd_status sfd_net_config_override(sfd_net_config *c, const char *yaml, sfd_notes *notes,
                                   sfd_error *err)
{
    const bool before = c->bgr != c->reversed;
    sfd_yaml_reader r = {.origin = SFD_OVERRIDES_ORIGIN,
                         .opencv = before,
                         .bgr = before,
                         .reversed = c->reversed,
                         .c = c,
                         .notes = notes,
                         .err = err};
    const sfd_status status = sfd_yaml_load(&r, yaml, strlen(yaml), read_document);
    return sfd_overrides_name_key(yaml, status, err);
}
