/* SPDX-License-Identifier: Apache-2.0 */
/* PySlowFast's SOLVER section and what other sections say of training. */
#include "config/solver.h"

#include "base/error.h"
#include "base/file.h"
#include "config/overrides.h"
#include "config/yaml_text.h"
#include "config/yaml_values.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A number that must be the one at `aux`. */
static sfd_status read_only(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                            const void *aux)
{
    (void)field;
    float value = 0;
    sfd_status status = sfd_yaml_float(r, node, &value, NULL);
    if (status == SFD_OK && value != *(const float *)aux)
        status = sfd_yaml_fail(r, node, SFD_ERR_UNSUPPORTED, "is not supported in training");
    return status;
}

static sfd_status read_unset(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                             const void *aux)
{
    (void)field, (void)aux;
    static const char *const unset[] = {"null", "~", "", "None", "0", "0.0"};
    for (size_t i = 0; i < sizeof unset / sizeof unset[0]; i++)
        if (sfd_yaml_is(node, unset[i]))
            return SFD_OK;
    return sfd_yaml_fail(r, node, SFD_ERR_UNSUPPORTED, "is not supported in training");
}

static sfd_status read_empty(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                             const void *aux)
{
    (void)field, (void)aux;
    if (node->type == YAML_SEQUENCE_NODE && sfd_yaml_length(node) == 0)
        return SFD_OK;
    return sfd_yaml_fail(r, node, SFD_ERR_UNSUPPORTED, "is not supported in training");
}

static sfd_status read_flag_only(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                 const void *aux)
{
    (void)field;
    bool value = false;
    sfd_status status = sfd_yaml_bool(r, node, &value, NULL);
    if (status == SFD_OK && value != *(const bool *)aux)
        status = sfd_yaml_fail(r, node, SFD_ERR_UNSUPPORTED, "is not supported in training");
    return status;
}

static sfd_status read_name_only(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                 const void *aux)
{
    (void)field;
    int ignored;
    return sfd_yaml_name(r, node, &ignored, aux);
}

/* The opposite of SOLVER.ZERO_WD_1D_PARAM. */
static sfd_status read_vectors(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                               const void *aux)
{
    bool zero = false;
    sfd_status status = sfd_yaml_bool(r, node, &zero, aux);
    *(bool *)field = !zero;
    return status;
}

static sfd_status read_list(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                            const void *aux)
{
    sfd_solver *s = r->solver;
    sfd_status status =
        sfd_yaml_want_list(r, node, 0, SFD_MAX_SOLVER_STEPS, "is not a list of at most 16 numbers");
    const size_t n = status == SFD_OK ? sfd_yaml_length(node) : 0;
    for (size_t i = 0; status == SFD_OK && i < n; i++)
        status = sfd_yaml_float(r, sfd_yaml_item(r, node, i), (float *)field + i, NULL);
    *(aux ? &s->n_steps : &s->n_rates) = (int)n;
    return status;
}

static sfd_status read_sides(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                             const void *aux)
{
    int *sides = field;
    sfd_status status = sfd_yaml_want_list(r, node, 2, 2, "is not a list of two sizes");
    for (size_t i = 0; status == SFD_OK && i < 2; i++)
        status = sfd_yaml_int(r, sfd_yaml_item(r, node, i), &sides[i], aux);
    if (status == SFD_OK && (sides[0] < 1 || sides[1] < sides[0] || sides[1] > 8192))
        status = sfd_yaml_fail(r, node, SFD_ERR_FORMAT, "is not a range of sizes");
    return status;
}

static const float one = 1, none = 0;
static const bool yes = true, no = false;

#define FIELD(name) offsetof(sfd_solver, name)

static const sfd_yaml_key keys[] = {
    {"SOLVER", "BASE_LR", sfd_yaml_float, FIELD(rate), NULL},
    {"SOLVER", "LR_POLICY", sfd_yaml_name, FIELD(policy),
     SFD_NAMES("cosine", "steps_with_relative_lrs")},
    {"SOLVER", "COSINE_END_LR", sfd_yaml_float, FIELD(end_rate), NULL},
    {"SOLVER", "COSINE_AFTER_WARMUP", sfd_yaml_bool, FIELD(cosine_after_warmup), NULL},
    {"SOLVER", "STEPS", read_list, FIELD(steps), &yes},
    {"SOLVER", "LRS", read_list, FIELD(rates), NULL},
    {"SOLVER", "MAX_EPOCH", sfd_yaml_int, FIELD(epochs), NULL},
    {"SOLVER", "MOMENTUM", sfd_yaml_float, FIELD(momentum), NULL},
    {"SOLVER", "NESTEROV", sfd_yaml_bool, FIELD(nesterov), NULL},
    {"SOLVER", "WEIGHT_DECAY", sfd_yaml_float, FIELD(weight_decay), NULL},
    {"SOLVER", "WARMUP_EPOCHS", sfd_yaml_float, FIELD(warmup_epochs), NULL},
    {"SOLVER", "WARMUP_START_LR", sfd_yaml_float, FIELD(warmup_rate), NULL},
    {"SOLVER", "ZERO_WD_1D_PARAM", read_vectors, FIELD(decay_vectors), NULL},
    {"BN", "WEIGHT_DECAY", sfd_yaml_float, FIELD(norm_decay), NULL},
    {"MODEL", "DROPOUT_RATE", sfd_yaml_float, FIELD(dropout), NULL},
    {"DATA", "TRAIN_JITTER_SCALES", read_sides, FIELD(sides), NULL},
    {"RESNET", "ZERO_INIT_FINAL_BN", sfd_yaml_bool, FIELD(zero_last_norm), NULL},
    {"SLOWFAST", "DROPPATHWAY_RATE", sfd_yaml_float, FIELD(drop_pathway), NULL},
    {"DATA", "GET_MISALIGNED_AUDIO", sfd_yaml_bool, FIELD(synchronises), NULL},
    {"DATA", "AUDIO_MISALIGNED_GAP", sfd_yaml_int, FIELD(sync_gap), NULL},
    {"DATA", "MIX_NEG_EPOCH", sfd_yaml_int, FIELD(mix_epoch), NULL},
    {"DATA", "EASY_NEG_RATIO", sfd_yaml_float, FIELD(easy_share), NULL},
    {"SLOWFAST", "AVS_FLAG", sfd_yaml_flags, FIELD(sync_stages),
     &(const sfd_yaml_flag_list){5, "is not a list of five, one for each of stem and stages"}},
    {"SLOWFAST", "AVS_PROJ_DIM", sfd_yaml_int, FIELD(sync_width), NULL},
    {"SLOWFAST", "AVS_VAR_THRESH", sfd_yaml_float, FIELD(min_variance), NULL},
    {"SLOWFAST", "AVS_DUPLICATE_THRESH", sfd_yaml_float, FIELD(max_likeness), NULL},
    /* what is not done here */
    {"SOLVER", "OPTIMIZING_METHOD", read_name_only, 0, SFD_NAMES("sgd")},
    {"SOLVER", "DAMPENING", read_only, 0, &none},
    {"SOLVER", "LAYER_DECAY", read_only, 0, &one},
    {"SOLVER", "LARS_ON", read_flag_only, 0, &no},
    {"SOLVER", "CLIP_GRAD_VAL", read_unset, 0, NULL},
    {"SOLVER", "CLIP_GRAD_L2NORM", read_unset, 0, NULL},
    {"MODEL", "DROPCONNECT_RATE", read_only, 0, &none},
    {"MODEL", "FROZEN_BN", read_flag_only, 0, &no},
    {"DATA", "RANDOM_FLIP", read_flag_only, 0, &yes},
    {"DATA", "TRAIN_JITTER_SCALES_RELATIVE", read_empty, 0, NULL},
    {"DATA", "TRAIN_JITTER_ASPECT_RELATIVE", read_empty, 0, NULL},
    {"DATA", "TRAIN_JITTER_MOTION_SHIFT", read_flag_only, 0, &no},
    {"AVA", "TRAIN_USE_COLOR_AUGMENTATION", read_flag_only, 0, &no},
    {"AUG", "ENABLE", read_flag_only, 0, &no},
    {"MIXUP", "ENABLE", read_flag_only, 0, &no},
    {"MULTIGRID", "SHORT_CYCLE", read_flag_only, 0, &no},
    {"MULTIGRID", "LONG_CYCLE", read_flag_only, 0, &no},
};

void sfd_solver_defaults(sfd_solver *s)
{
    *s = (sfd_solver){.nesterov = true,
                      .decay_vectors = true,
                      .epochs = 300,
                      .rate = 0.1F,
                      .warmup_rate = 0.01F,
                      .momentum = 0.9F,
                      .weight_decay = 1e-4F,
                      .dropout = -1,
                      .drop_pathway = 0.8F,
                      .sync_width = 64,
                      .sync_gap = 32,
                      .mix_epoch = -1,
                      .easy_share = 0.75F,
                      .min_variance = 0.01F,
                      .max_likeness = 0.99F};
}

/* How sound is learned. */
static sfd_status check_sound(const sfd_yaml_reader *r)
{
    const sfd_solver *s = r->solver;
    if (!(s->drop_pathway >= 0 && s->drop_pathway <= 1))
        return sfd_fail(r->err, SFD_ERR_FORMAT,
                        "%s: SLOWFAST.DROPPATHWAY_RATE is %g, wanted 0 to 1", r->origin,
                        (double)s->drop_pathway);
    if (s->sync_width < 1 || s->sync_width > 4096 || s->sync_gap < 0 || s->sync_gap > 1 << 20 ||
        !(s->easy_share >= 0 && s->easy_share <= 1) || !(s->min_variance >= 0) ||
        !(s->max_likeness > 0))
        return sfd_fail(r->err, SFD_ERR_FORMAT,
                        "%s: synchronisation of sound: AVS_PROJ_DIM %d, AUDIO_MISALIGNED_GAP %d, "
                        "EASY_NEG_RATIO %g, AVS_VAR_THRESH %g, AVS_DUPLICATE_THRESH %g: out of "
                        "range",
                        r->origin, s->sync_width, s->sync_gap, (double)s->easy_share,
                        (double)s->min_variance, (double)s->max_likeness);
    return SFD_OK;
}

static sfd_status check(const sfd_yaml_reader *r)
{
    const sfd_solver *s = r->solver;
    const bool ordered = s->policy != SFD_SOLVER_RELATIVE_STEPS ||
                         (s->n_steps > 0 && s->steps[0] == 0 && s->n_steps == s->n_rates);
    if (!(s->rate > 0) || s->epochs < 1 || !(s->momentum >= 0 && s->momentum < 1) ||
        !(s->weight_decay >= 0) || !(s->norm_decay >= 0) || !(s->warmup_epochs >= 0) ||
        !(s->warmup_rate >= 0) || !(s->end_rate >= 0) || !(s->dropout < 1) || !ordered)
        return sfd_fail(r->err, SFD_ERR_FORMAT,
                        "%s: SOLVER: rate %g, %d epochs, momentum %g, decay %g, warm-up %g epochs "
                        "from %g%s: out of range",
                        r->origin, (double)s->rate, s->epochs, (double)s->momentum,
                        (double)s->weight_decay, (double)s->warmup_epochs, (double)s->warmup_rate,
                        ordered ? "" : ", STEPS that begin with 0 and as many LRS are needed");
    return check_sound(r);
}

static sfd_status read_keys(sfd_yaml_reader *r)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->document);
    sfd_solver *s = r->solver;
    if (!root || root->type != YAML_MAPPING_NODE)
        return SFD_OK; /* told by the network's reader */
    s->given = s->given || sfd_yaml_find(r, root, "SOLVER") != NULL;
    sfd_status status = sfd_yaml_read_keys(r, keys, sizeof keys / sizeof keys[0], s);
    return status == SFD_OK ? check(r) : status;
}

sfd_status sfd_solver_load(sfd_solver *s, const char *path, sfd_error *err)
{
    sfd_yaml_reader r = {.origin = path, .solver = s, .err = err};
    char *text;
    size_t n;
    sfd_solver_defaults(s);
    sfd_status status = sfd_read_text(&text, &n, path, SFD_MAX_YAML_BYTES, err);
    if (status == SFD_OK)
        status = sfd_yaml_load(&r, text, n, read_keys);
    free(text);
    return status;
}

sfd_status sfd_solver_override(sfd_solver *s, const char *yaml, sfd_error *err)
{
    sfd_yaml_reader r = {.origin = SFD_OVERRIDES_ORIGIN, .solver = s, .err = err};
    const sfd_status status = sfd_yaml_load(&r, yaml, strlen(yaml), read_keys);
    return sfd_overrides_name_key(yaml, status, err);
}
