/* SPDX-License-Identifier: Apache-2.0 */
/* Tensor names of the public code bases, turned into PySlowFast's.
 *
 * Each code base is a table of patterns. A letter in braces stands for a part of the name:
 *
 *   {K} {B} {P}  numbers: stage or layer, block, pathway; {K+1} in the result adds one
 *   {A}          convolution of a bottleneck: a, b, c;   {C} the same counted 1, 2, 3
 *   {S}          slow, fast: pathway 0, 1
 *   {H}          convolution of a non-local block: theta, phi, g, out
 *   {X}          weight, bias, running_mean, running_var; {F} Caffe2's s, b, rm, riv for these */
#include "weights/formats/containers.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE_PREFIX "module."
#define COUNTER       "num_batches_tracked"

typedef struct rule {
    const char *from, *to; /* `to` NULL: PySlowFast's own name */
    sfd_head head;         /* what this name tells about the head */
} rule;

static const rule pyslowfast[] = {
    {"s1.pathway{P}_stem.conv.weight", NULL, 0},
    {"s1.pathway{P}_stem.bn.{X}", NULL, 0},
    {"s{K}_fuse.conv_f2s.weight", NULL, 0},
    {"s{K}_fuse.bn.{X}", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch1.weight", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch1_bn.{X}", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch2.{A}.weight", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch2.{A}_bn.{X}", NULL, 0},
    {"s{K}.pathway{P}_nonlocal{B}.conv_{H}.{X}", NULL, 0},
    {"s{K}.pathway{P}_nonlocal{B}.bn.{X}", NULL, 0},
    {"head.projection.{X}", NULL, 0},
    {NULL, NULL, 0},
};

static const rule caffe2[] = {
    {"conv1_w", "s1.pathway0_stem.conv.weight", 0},
    {"res_conv1_bn_{F}", "s1.pathway0_stem.bn.{F}", 0},
    {"t_conv1_w", "s1.pathway1_stem.conv.weight", 0},
    {"t_res_conv1_bn_{F}", "s1.pathway1_stem.bn.{F}", 0},
    {"t_pool1_subsample_w", "s1_fuse.conv_f2s.weight", 0},
    {"t_pool1_subsample_bn_{F}", "s1_fuse.bn.{F}", 0},
    {"t_res{K}_{B}_branch2c_bn_subsample_w", "s{K}_fuse.conv_f2s.weight", 0},
    {"t_res{K}_{B}_branch2c_bn_subsample_bn_{F}", "s{K}_fuse.bn.{F}", 0},
    {"res{K}_{B}_branch1_w", "s{K}.pathway0_res{B}.branch1.weight", 0},
    {"res{K}_{B}_branch1_bn_{F}", "s{K}.pathway0_res{B}.branch1_bn.{F}", 0},
    {"res{K}_{B}_branch2{A}_w", "s{K}.pathway0_res{B}.branch2.{A}.weight", 0},
    {"res{K}_{B}_branch2{A}_bn_{F}", "s{K}.pathway0_res{B}.branch2.{A}_bn.{F}", 0},
    {"t_res{K}_{B}_branch1_w", "s{K}.pathway1_res{B}.branch1.weight", 0},
    {"t_res{K}_{B}_branch1_bn_{F}", "s{K}.pathway1_res{B}.branch1_bn.{F}", 0},
    {"t_res{K}_{B}_branch2{A}_w", "s{K}.pathway1_res{B}.branch2.{A}.weight", 0},
    {"t_res{K}_{B}_branch2{A}_bn_{F}", "s{K}.pathway1_res{B}.branch2.{A}_bn.{F}", 0},
    {"nonlocal_conv{K}_{B}_{H}_w", "s{K}.pathway0_nonlocal{B}.conv_{H}.weight", 0},
    {"nonlocal_conv{K}_{B}_{H}_b", "s{K}.pathway0_nonlocal{B}.conv_{H}.bias", 0},
    {"nonlocal_conv{K}_{B}_bn_{F}", "s{K}.pathway0_nonlocal{B}.bn.{F}", 0},
    {"pred_w", "head.projection.weight", 0},
    {"pred_b", "head.projection.bias", 0},
    {NULL, NULL, 0},
};

#define MMACTION2_PATHWAY(from, to)                                                                \
    {from "conv1.conv.weight", "s1." to "_stem.conv.weight", 0},                                   \
        {from "conv1.bn.{X}", "s1." to "_stem.bn.{X}", 0},                                         \
        {from "layer{K}.{B}.downsample.conv.weight", "s{K+1}." to "_res{B}.branch1.weight", 0},    \
        {from "layer{K}.{B}.downsample.bn.{X}", "s{K+1}." to "_res{B}.branch1_bn.{X}", 0},         \
        {from "layer{K}.{B}.conv{C}.conv.weight", "s{K+1}." to "_res{B}.branch2.{C}.weight", 0},   \
        {from "layer{K}.{B}.conv{C}.bn.{X}", "s{K+1}." to "_res{B}.branch2.{C}_bn.{X}", 0},        \
        {from "layer{K}.{B}.non_local_block.conv_out.bn.{X}", "s{K+1}." to "_nonlocal{B}.bn.{X}",  \
         0},                                                                                       \
        {from "layer{K}.{B}.non_local_block.conv_{H}.conv.{X}",                                    \
         "s{K+1}." to "_nonlocal{B}.conv_{H}.{X}", 0},                                             \
        {from "layer{K}.{B}.non_local_block.{H}.conv.{X}",                                         \
         "s{K+1}." to "_nonlocal{B}.conv_{H}.{X}", 0},                                             \
    {                                                                                              \
        from "layer{K}.{B}.non_local_block.{H}.0.conv.{X}",                                        \
            "s{K+1}." to "_nonlocal{B}.conv_{H}.{X}", 0                                            \
    }

static const rule mmaction2[] = {
    MMACTION2_PATHWAY("backbone.{S}_path.", "pathway{S}"),
    MMACTION2_PATHWAY("backbone.", "pathway0"),
    {"backbone.slow_path.conv1_lateral.conv.weight", "s1_fuse.conv_f2s.weight", 0},
    {"backbone.slow_path.conv1_lateral.bn.{X}", "s1_fuse.bn.{X}", 0},
    {"backbone.slow_path.layer{K}_lateral.conv.weight", "s{K+1}_fuse.conv_f2s.weight", 0},
    {"backbone.slow_path.layer{K}_lateral.bn.{X}", "s{K+1}_fuse.bn.{X}", 0},
    {"roi_head.bbox_head.fc_cls.{X}", "head.projection.{X}", SFD_HEAD_DETECTION},
    {"cls_head.fc_cls.{X}", "head.projection.{X}", SFD_HEAD_CLASSIFICATION},
    {NULL, NULL, 0},
};

#define PYTORCHVIDEO_PATHWAY(from, to)                                                             \
    {"blocks.0." from "conv.weight", "s1." to "_stem.conv.weight", 0},                             \
        {"blocks.0." from "norm.{X}", "s1." to "_stem.bn.{X}", 0},                                 \
        {"blocks.{K}." from "res_blocks.{B}.branch1_conv.weight",                                  \
         "s{K+1}." to "_res{B}.branch1.weight", 0},                                                \
        {"blocks.{K}." from "res_blocks.{B}.branch1_norm.{X}",                                     \
         "s{K+1}." to "_res{B}.branch1_bn.{X}", 0},                                                \
        {"blocks.{K}." from "res_blocks.{B}.branch2.conv_{A}.weight",                              \
         "s{K+1}." to "_res{B}.branch2.{A}.weight", 0},                                            \
    {                                                                                              \
        "blocks.{K}." from "res_blocks.{B}.branch2.norm_{A}.{X}",                                  \
            "s{K+1}." to "_res{B}.branch2.{A}_bn.{X}", 0                                           \
    }

static const rule pytorchvideo[] = {
    PYTORCHVIDEO_PATHWAY("multipathway_blocks.{P}.", "pathway{P}"),
    PYTORCHVIDEO_PATHWAY("", "pathway0"),
    {"blocks.{K}.multipathway_fusion.conv_fast_to_slow.weight", "s{K+1}_fuse.conv_f2s.weight", 0},
    {"blocks.{K}.multipathway_fusion.norm.{X}", "s{K+1}_fuse.bn.{X}", 0},
    {"detection_head.proj.{X}", "head.projection.{X}", SFD_HEAD_DETECTION},
    {"blocks.{K}.proj.{X}", "head.projection.{X}", SFD_HEAD_CLASSIFICATION},
    {NULL, NULL, 0},
};

static const struct naming {
    const rule *rules;
    sfd_naming naming;
    const char *optional_prefix;
} namings[] = {
    {pyslowfast, SFD_NAMING_PYSLOWFAST, ""},
    {caffe2, SFD_NAMING_CAFFE2, ""},
    {mmaction2, SFD_NAMING_MMACTION2, ""},
    {pytorchvideo, SFD_NAMING_PYTORCHVIDEO, "model."},
};

#define N_NAMINGS (sizeof namings / sizeof namings[0])

/* -- matching */

typedef struct captures {
    char text['Z' + 1][16]; /* by letter */
} captures;

/* Words that a letter stands for, and what they become. */
typedef struct word {
    char letter;
    const char *from, *to;
} word;

static const word words[] = {
    {'A', "a", "a"},
    {'A', "b", "b"},
    {'A', "c", "c"},
    {'C', "1", "a"},
    {'C', "2", "b"},
    {'C', "3", "c"},
    {'S', "slow", "0"},
    {'S', "fast", "1"},
    {'H', "theta", "theta"},
    {'H', "phi", "phi"},
    {'H', "g", "g"},
    {'H', "out", "out"},
    {'X', "weight", "weight"},
    {'X', "bias", "bias"},
    {'X', "running_mean", "running_mean"},
    {'X', "running_var", "running_var"},
    {'F', "s", "weight"},
    {'F', "b", "bias"},
    {'F', "rm", "running_mean"},
    {'F', "riv", "running_var"},
};

/* Takes a number of up to two digits; returns its length, 0 when there is none. */
static size_t capture_number(const char *name, char *text)
{
    size_t n = strspn(name, "0123456789");
    if (n == 0 || n > 2)
        return 0;
    memcpy(text, name, n);
    text[n] = '\0';
    return n;
}

/* A word must reach to the end of the name or be followed by what the pattern has next. */
static size_t capture_word(char letter, const char *name, char next, char *text)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i].from);
        if (words[i].letter == letter && strncmp(name, words[i].from, n) == 0 && name[n] == next) {
            strcpy(text, words[i].to);
            return n;
        }
    }
    return 0;
}

static bool match(const char *pattern, const char *name, captures *c)
{
    while (*pattern) {
        if (*pattern != '{') {
            if (*pattern++ != *name++)
                return false;
            continue;
        }
        char letter = pattern[1];
        pattern += 3;
        char *text = c->text[(unsigned char)letter];
        size_t n = strchr("KBP", letter) ? capture_number(name, text)
                                         : capture_word(letter, name, *pattern, text);
        if (n == 0)
            return false;
        name += n;
    }
    return *name == '\0';
}

/* Fills the result's pattern in; names are far shorter than SFD_MAX_TENSOR_NAME. */
static void expand(const char *pattern, const captures *c, char out[SFD_MAX_TENSOR_NAME])
{
    char *end = out + SFD_MAX_TENSOR_NAME - 1;
    while (*pattern && out < end) {
        if (*pattern != '{') {
            *out++ = *pattern++;
            continue;
        }
        const char *text = c->text[(unsigned char)pattern[1]];
        bool next = pattern[2] == '+';
        int n = next ? snprintf(out, (size_t)(end - out), "%d", atoi(text) + 1)
                     : snprintf(out, (size_t)(end - out), "%s", text);
        out += n;
        pattern += next ? 5 : 3;
    }
    *out = '\0';
}

/* The rule that fits a name, NULL when there is none; `out` gets PySlowFast's name. */
static const rule *translate(const struct naming *naming, const char *name,
                             char out[SFD_MAX_TENSOR_NAME])
{
    size_t n_prefix = strlen(naming->optional_prefix);
    if (n_prefix > 0 && strncmp(name, naming->optional_prefix, n_prefix) == 0)
        name += n_prefix;
    for (const rule *r = naming->rules; r->from; r++) {
        captures c = {0};
        if (match(r->from, name, &c)) {
            expand(r->to ? r->to : r->from, &c, out);
            return r;
        }
    }
    return NULL;
}

/* -- applying */

static bool is_counter(const char *name)
{
    size_t n = strlen(name), n_counter = strlen(COUNTER);
    return n >= n_counter && strcmp(name + n - n_counter, COUNTER) == 0;
}

/* Length of "module." if all tensors have it, which data-parallel training puts in front. */
static size_t common_prefix(const sfd_weights *w)
{
    size_t n = strlen(MODULE_PREFIX);
    for (size_t i = 0; i < w->n_tensors; i++)
        if (strncmp(w->tensors[i]->name, MODULE_PREFIX, n) != 0)
            return 0;
    return w->n_tensors > 0 ? n : 0;
}

/* The naming that most tensors follow, NULL when half of them follow none. */
static const struct naming *recognise(const sfd_weights *w, size_t n_prefix)
{
    const struct naming *best = NULL;
    size_t n_best = 0, n_used = 0;
    char name[SFD_MAX_TENSOR_NAME];
    for (size_t i = 0; i < w->n_tensors; i++)
        n_used += !is_counter(w->tensors[i]->name);
    for (size_t k = 0; k < N_NAMINGS; k++) {
        size_t n = 0;
        for (size_t i = 0; i < w->n_tensors; i++)
            n += translate(&namings[k], w->tensors[i]->name + n_prefix, name) != NULL;
        if (n > n_best) {
            n_best = n;
            best = &namings[k];
        }
    }
    return n_best * 2 > n_used ? best : NULL;
}

static sfd_status add_renamed(sfd_weights *w, const sfd_tensor *t, const struct naming *naming,
                              size_t n_prefix, sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    if (is_counter(t->name))
        return sfd_weights_ignore(w, t->name, "counter of the training", err);
    const rule *r = translate(naming, t->name + n_prefix, name);
    if (r && r->head != SFD_HEAD_UNKNOWN)
        w->head = r->head;
    sfd_status status =
        sfd_weights_add_view(w, r ? name : t->name + n_prefix, t->info.dtype, t->info.n_dims,
                             t->info.dims, t->strides, t->data, err);
    if (status == SFD_OK)
        w->tensors[w->n_tensors - 1]->big_endian = t->big_endian;
    return status;
}

/* MMAction2's non-local blocks have no bias before their batch norm, PySlowFast's have: zeros. */
static sfd_status add_missing_biases(sfd_weights *w, sfd_error *err)
{
    static const char end[] = ".conv_out.weight";
    sfd_status status = SFD_OK;
    for (size_t i = 0, n = w->n_tensors; status == SFD_OK && i < n; i++) {
        const sfd_tensor *t = w->tensors[i];
        char name[SFD_MAX_TENSOR_NAME];
        size_t length = strlen(t->name), n_end = sizeof end - 1;
        float *zeros;
        if (length < n_end || strcmp(t->name + length - n_end, end) != 0 || t->info.n_dims < 1)
            continue;
        snprintf(name, sizeof name, "%.*sbias", (int)(length - strlen("weight")), t->name);
        if (!sfd_weights_find(w, name))
            status = sfd_weights_add(w, name, 1, t->info.dims, &zeros, err);
    }
    return status;
}

sfd_status sfd_weights_translate_names(sfd_weights *w, sfd_error *err)
{
    size_t n_prefix = common_prefix(w), n = w->n_tensors;
    const struct naming *naming = recognise(w, n_prefix);
    if (!naming)
        return SFD_OK;
    sfd_tensor **old = w->tensors;
    w->tensors = NULL;
    w->n_tensors = w->n_tensors_alloc = 0;
    w->naming = naming->naming;
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < n; i++) {
        if (status == SFD_OK)
            status = add_renamed(w, old[i], naming, n_prefix, err);
        free(old[i]);
    }
    free(old);
    if (status == SFD_OK && w->naming == SFD_NAMING_MMACTION2)
        status = add_missing_biases(w, err);
    return status;
}
