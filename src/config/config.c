/* SPDX-License-Identifier: Apache-2.0 */
/* Network configuration: defaults and checks. */
#include "config/config.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void sfd_net_config_defaults(sfd_net_config *c)
{
    static const sfd_net_config defaults = {
        .name = "defaults",
        .family = SFD_FAMILY_PYSLOWFAST,
        .arch = SFD_ARCH_SLOWFAST,
        .num_classes = 400,
        .head_act = SFD_HEAD_SOFTMAX,
        .num_frames = 8,
        .sampling_rate = 8,
        .train_crop_size = 224,
        .test_crop_size = 256,
        .mean = {0.45F, 0.45F, 0.45F},
        .std = {0.225F, 0.225F, 0.225F},
        .depth = 50,
        .n_blocks = {3, 4, 6, 3},
        .num_groups = 1,
        .width_per_group = 64,
        .num_block_temp_kernel = {{3, 3}, {4, 4}, {6, 6}, {3, 3}},
        .spatial_strides = {{1, 1}, {2, 2}, {2, 2}, {2, 2}},
        .spatial_dilations = {{1, 1}, {1, 1}, {1, 1}, {1, 1}},
        .nonlocal_group = {{1, 1}, {1, 1}, {1, 1}, {1, 1}},
        .nonlocal_pool = {{{1, 2, 2}, {1, 2, 2}},
                          {{1, 2, 2}, {1, 2, 2}},
                          {{1, 2, 2}, {1, 2, 2}},
                          {{1, 2, 2}, {1, 2, 2}}},
        .nonlocal_kind = SFD_NONLOCAL_DOT_PRODUCT,
        .alpha = 8,
        .beta_inv = 8,
        .fusion_ratio = 2,
        .fusion_kernel = 5,
        .slow_sampling = SFD_SLOW_LINSPACE,
        .fast_shrink = 1,
        .lateral_stages = 15,
        .audio = {.rate = 16000,
                  .window_ms = 32,
                  .step_ms = 16,
                  .n_mels = 40,
                  .n_steps = 128,
                  .std = 1,
                  .alpha = 32,
                  .beta_inv = 2,
                  .fusion_ratio = 0.125F,
                  .fusion_kernel = 5,
                  .fusion_convs = 2,
                  .fused = 15,
                  .halves = true,
                  .separate_stages = 2},
        .aligned = true,
        .spatial_scale_factor = 16,
        .roi_resolution = 7,
        .test_clips = 10,
        .test_crops = 3,
        .one_crop_side = 256,
        .label_offset = 1,
        .box_threshold = -1.0,
    };
    *c = defaults;
}

int sfd_net_config_class_id(const sfd_net_config *c, int output)
{
    if (c->background && output == 0)
        return SFD_NO_CLASS;
    if (c->n_class_ids > 0)
        return c->class_ids[output - c->background];
    return output + c->label_offset;
}

/* NULL where it is none of these. */
static const int *blocks_of_depth(int depth)
{
    static const struct {
        int depth, n_blocks[SFD_N_STAGES];
    } known[] = {
        {18, {2, 2, 2, 2}}, {50, {3, 4, 6, 3}}, {101, {3, 4, 23, 3}}, {152, {3, 8, 36, 3}}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].depth == depth)
            return known[i].n_blocks;
    return NULL;
}

bool sfd_net_config_set_depth(sfd_net_config *c, int depth)
{
    const int *blocks = blocks_of_depth(depth);
    if (!blocks)
        return false;
    c->depth = depth;
    memcpy(c->n_blocks, blocks, sizeof c->n_blocks);
    return true;
}

bool sfd_net_config_set_fast_depth(sfd_net_config *c, int depth)
{
    const int *blocks = blocks_of_depth(depth);
    for (int i = 0; blocks && i < SFD_N_STAGES; i++)
        c->fast_blocks[i] = blocks[i] == c->n_blocks[i] ? 0 : blocks[i];
    return blocks != NULL;
}

void sfd_net_config_set_name(sfd_net_config *c, const char *name)
{
    const char *slash = strrchr(name, '/');
    snprintf(c->name, sizeof c->name, "%s", slash && slash[1] ? slash + 1 : name);
}

const char *sfd_family_name(sfd_family family)
{
    static const char *const names[] = {"PySlowFast", "MMAction2", "PyTorchVideo"};
    return names[family];
}

/* Plain ranges. The upper ends are far beyond any published network and keep all products of sizes
 * within 64 bits. */
static sfd_status check_ranges(const sfd_net_config *c, sfd_error *err)
{
    const struct {
        const char *key;
        int value, min, max;
    } ranges[] = {
        {"MODEL.ARCH", (int)c->arch, 0, SFD_N_ARCHS - 1},
        {"MODEL.NUM_CLASSES", c->num_classes, 1, 100000},
        {"MODEL.HEAD_ACT", (int)c->head_act, SFD_HEAD_SIGMOID, SFD_HEAD_NONE},
        {"DATA.NUM_FRAMES", c->num_frames, 1, SFD_MAX_CLIP_FRAMES},
        {"DATA.SAMPLING_RATE", c->sampling_rate, 1, 1024},
        {"DATA.TRAIN_CROP_SIZE", c->train_crop_size, 32, 4096},
        {"DATA.TEST_CROP_SIZE", c->test_crop_size, 32, 4096},
        {"RESNET.NUM_GROUPS", c->num_groups, 1, 256},
        {"RESNET.WIDTH_PER_GROUP", c->width_per_group, 1, 1024},
        {"NONLOCAL.INSTANTIATION", (int)c->nonlocal_kind, SFD_NONLOCAL_DOT_PRODUCT,
         SFD_NONLOCAL_SOFTMAX},
        {"SLOWFAST.LATERAL", (int)c->lateral, 0, SFD_N_LATERALS - 1},
        {"SLOWFAST.LATERAL_MERGE", (int)c->lateral_merge, 0, SFD_N_MERGES - 1},
        {"SLOWFAST.FAST_INPUT", (int)c->fast_input, 0, SFD_N_FAST_INPUTS - 1},
        {"SLOWFAST.FAST_SHRINK", c->fast_shrink, 1, 2},
        {"SLOWFAST.ALPHA", c->alpha, 1, 1024},
        {"SLOWFAST.BETA_INV", c->beta_inv, 1, 1024},
        {"SLOWFAST.FUSION_CONV_CHANNEL_RATIO", c->fusion_ratio, 1, 64},
        {"SLOWFAST.FUSION_KERNEL_SZ", c->fusion_kernel, 1, 63},
        {"DETECTION.SPATIAL_SCALE_FACTOR", c->spatial_scale_factor, 1, 256},
        {"DETECTION.ROI_XFORM_RESOLUTION", c->roi_resolution, 1, 64},
        {"relation's convolutions", c->relation_convs, 0, SFD_MAX_RELATION_CONVS},
        {"relation's channels", c->relation_channels, c->relation_convs > 0, 16384},
        {"TEST.NUM_ENSEMBLE_VIEWS", c->test_clips, 1, SFD_MAX_TEST_CLIPS},
        {"TEST.NUM_SPATIAL_CROPS", c->test_crops, 1, SFD_MAX_TEST_CROPS},
        {"DATA.TRAIN_JITTER_SCALES", c->one_crop_side, 1, 8192},
        {"clip rule", (int)c->clip_rule, 0, SFD_CLIPS_SEGMENTS},
        {"label offset", c->label_offset, 0, 1},
        {"longest side", c->max_long_side, 0, 16384},
        {"fixed width", c->fixed_size[0], 0, 4096},
        {"fixed height", c->fixed_size[1], 0, 4096},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (ranges[i].value < ranges[i].min || ranges[i].value > ranges[i].max)
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: %s is %d, wanted %d to %d", c->name,
                            ranges[i].key, ranges[i].value, ranges[i].min, ranges[i].max);
    if (!(c->box_threshold <= 1))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: the threshold of boxes' scores is %g, wanted 0 to 1", c->name,
                        c->box_threshold);
    for (int i = 0; i < 3; i++)
        if (!isfinite(c->mean[i]) || !(c->std[i] > 0.0F) || !isfinite(c->std[i]))
            return sfd_fail(err, SFD_ERR_FORMAT,
                            "%s: DATA.MEAN must be finite and DATA.STD above zero, found %g and %g",
                            c->name, (double)c->mean[i], (double)c->std[i]);
    return SFD_OK;
}

static sfd_status check_class_ids(const sfd_net_config *c, sfd_error *err)
{
    if (c->n_class_ids == 0)
        return SFD_OK;
    if (c->n_class_ids < 0 || c->n_class_ids > SFD_MAX_CLASS_IDS ||
        c->n_class_ids + c->background != c->num_classes)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: %d class id%s for %d output%s%s (at most %d are supported)", c->name,
                        c->n_class_ids, sfd_plural((size_t)c->n_class_ids), c->num_classes,
                        sfd_plural((size_t)c->num_classes),
                        c->background ? ", of which one is the background" : "", SFD_MAX_CLASS_IDS);
    for (int i = 0; i < c->n_class_ids; i++)
        if (c->class_ids[i] < 0)
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: class id %d is %d", c->name, i,
                            c->class_ids[i]);
    return SFD_OK;
}

static sfd_status check_pathways(const sfd_net_config *c, sfd_error *err)
{
    const bool two = sfd_net_config_n_pathways(c) == 2;
    if (!two && c->arch != SFD_ARCH_FAST)
        return SFD_OK;
    if (two && c->num_frames % c->alpha != 0)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: SLOWFAST.ALPHA %d does not divide DATA.NUM_FRAMES %d", c->name,
                        c->alpha, c->num_frames);
    if (c->width_per_group < c->beta_inv)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: SLOWFAST.BETA_INV %d leaves no channel of RESNET.WIDTH_PER_GROUP %d",
                        c->name, c->beta_inv, c->width_per_group);
    for (int i = 0; i < SFD_N_STAGES; i++) {
        int width = (c->num_groups * c->width_per_group << i) / c->beta_inv;
        if (width % c->num_groups != 0)
            return sfd_fail(err, SFD_ERR_FORMAT,
                            "%s: RESNET.NUM_GROUPS %d does not divide the fast pathway's width %d",
                            c->name, c->num_groups, width);
    }
    if (two && c->fusion_kernel % 2 == 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: SLOWFAST.FUSION_KERNEL_SZ is %d, wanted odd",
                        c->name, c->fusion_kernel);
    return SFD_OK;
}

static sfd_status check_fast_input(const sfd_net_config *c, sfd_error *err)
{
    const bool weak = c->fast_input != SFD_FAST_INPUT_RGB || c->fast_shrink != 1;
    if (weak && !sfd_net_config_is_fast(c, sfd_net_config_n_pathways(c) - 1))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: SLOWFAST.FAST_INPUT and FAST_SHRINK: the network has no fast pathway",
                        c->name);
    if (c->fast_input == SFD_FAST_INPUT_TIME_DIFFERENCE && c->num_frames < 2)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: DATA.NUM_FRAMES is 1, differences in time want at least 2", c->name);
    return SFD_OK;
}

/* Channels that a lateral connection gives for each of the fast pathway's. */
static int lateral_channels(const sfd_net_config *c)
{
    switch (c->lateral) {
#define ENTRY(lateral, name, channels)                                                             \
    case SFD_LATERAL_##lateral:                                                                    \
        return channels;
        SFD_LATERALS(ENTRY)
#undef ENTRY
    case SFD_N_LATERALS:
        break;
    }
    return 0;
}

/* At the stem and the three stages behind which the pathways meet. */
static sfd_status check_merge(const sfd_net_config *c, sfd_error *err)
{
#define ENTRY(merge, name, equal) [SFD_MERGE_##merge] = equal,
    static const bool equal[] = {SFD_MERGES(ENTRY)};
#undef ENTRY
    const bool merges = sfd_net_config_n_pathways(c) == 2 && equal[c->lateral_merge];
    for (int i = 0; merges && i < SFD_N_STAGES; i++) {
        const int slow = i == 0 ? c->width_per_group : 4 * c->width_per_group << (i - 1);
        const int lateral = slow / c->beta_inv * lateral_channels(c);
        if (lateral != slow)
            return sfd_fail(err, SFD_ERR_FORMAT,
                            "%s: SLOWFAST.LATERAL_MERGE wants as many lateral channels as the slow "
                            "pathway has, %d, not %d",
                            c->name, slow, lateral);
    }
    return SFD_OK;
}

/* Non-local blocks of one stage and pathway with `frames` frames. */
static sfd_status check_nonlocal(const sfd_net_config *c, int i, int p, int frames, sfd_error *err)
{
    uint64_t blocks = c->nonlocal_blocks[i][p];
    int group = c->nonlocal_group[i][p];
    const int *pool = c->nonlocal_pool[i][p];
    if (!blocks)
        return SFD_OK;
    const int n_blocks = sfd_net_config_blocks(c, i, p);
    if (blocks >> n_blocks)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: NONLOCAL.LOCATION names a block of res%d, which has only %d", c->name,
                        i + 2, n_blocks);
    if (group < 1 || frames % group != 0)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: NONLOCAL.GROUP %d of res%d does not divide its %d frame%s", c->name,
                        group, i + 2, frames, sfd_plural((size_t)frames));
    for (int axis = 0; axis < 3; axis++)
        if (pool[axis] < 1 || pool[axis] > 64)
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: NONLOCAL.POOL of res%d is %d, wanted 1 to 64",
                            c->name, i + 2, pool[axis]);
    if (frames / group < pool[0])
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: NONLOCAL.POOL of res%d pools %d frame%s, but there %s %d", c->name,
                        i + 2, pool[0], sfd_plural((size_t)pool[0]),
                        frames / group == 1 ? "is" : "are", frames / group);
    return SFD_OK;
}

static sfd_status check_stage(const sfd_net_config *c, int i, int p, sfd_error *err)
{
    const struct {
        const char *key;
        int value, min, max;
    } ranges[] = {
        {"number of blocks", sfd_net_config_blocks(c, i, p), 1, SFD_MAX_STAGE_BLOCKS},
        {"RESNET.NUM_BLOCK_TEMP_KERNEL", c->num_block_temp_kernel[i][p], 0, SFD_MAX_STAGE_BLOCKS},
        {"RESNET.SPATIAL_STRIDES", c->spatial_strides[i][p], 1, 8},
        {"RESNET.SPATIAL_DILATIONS", c->spatial_dilations[i][p], 1, 16},
    };
    for (size_t k = 0; k < sizeof ranges / sizeof ranges[0]; k++)
        if (ranges[k].value < ranges[k].min || ranges[k].value > ranges[k].max)
            return sfd_fail(err, SFD_ERR_FORMAT,
                            "%s: %s of res%d, pathway %d is %d, wanted %d to %d", c->name,
                            ranges[k].key, i + 2, p, ranges[k].value, ranges[k].min, ranges[k].max);
    int frames = sfd_net_config_frames(c, p);
    if (i > 0)
        frames /= sfd_net_config_time_pool(c);
    return check_nonlocal(c, i, p, frames, err);
}

sfd_status sfd_net_config_check(const sfd_net_config *c, sfd_error *err)
{
    sfd_status status = check_ranges(c, err);
    if (status == SFD_OK)
        status = check_class_ids(c, err);
    if (status == SFD_OK)
        status = check_pathways(c, err);
    if (status == SFD_OK)
        status = check_merge(c, err);
    if (status == SFD_OK)
        status = check_fast_input(c, err);
    if (status == SFD_OK)
        status = sfd_audio_config_check(c, err);
    if (status == SFD_OK && c->num_frames < sfd_net_config_time_pool(c))
        status = sfd_fail(err, SFD_ERR_FORMAT,
                          "%s: DATA.NUM_FRAMES is %d, a network that pools time wants at least %d",
                          c->name, c->num_frames, sfd_net_config_time_pool(c));
    const int n_pathways = sfd_net_config_n_pathways(c);
    for (int i = 0; status == SFD_OK && i < SFD_N_STAGES; i++) {
        for (int p = 0; status == SFD_OK && p < (n_pathways > 0 ? n_pathways : 1); p++)
            status = check_stage(c, i, p, err);
        /* the pathways meet after every stage, so their pictures must stay equally large */
        if (status == SFD_OK && n_pathways == 2 &&
            c->spatial_strides[i][0] != c->spatial_strides[i][1])
            status = sfd_fail(err, SFD_ERR_FORMAT,
                              "%s: RESNET.SPATIAL_STRIDES of res%d differ between the pathways",
                              c->name, i + 2);
    }
    return status;
}
