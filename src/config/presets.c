/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of published networks, by name. The values are those of PySlowFast's configs/AVA
 * and configs/Kinetics; the AVA presets use 256 pixels throughout (its *_SHORT config tests at
 * 224).
 */
#include "config/presets.h"

#include <sfdet/inspect.h> /* sfd_preset_name */

#include <string.h>

typedef struct preset {
    const char *name, *description;
    sfd_family family;
    sfd_arch arch;
    int depth, fast_depth;         /* 0: the same */
    int num_frames, sampling_rate; /* of the fast pathway, or of the only one */
    int alpha, fusion_kernel;      /* two pathways only, as */
    sfd_lateral lateral;
    sfd_merge merge;
    bool late_time;   /* only res4 and res5 look at more than one frame */
    bool six_in_res4; /* temporal kernels in six blocks of res4, as in PySlowFast, not in all */
    sfd_fast_input fast_input;
    int fast_shrink, beta_inv, fusion_ratio; /* 0: as usual */
    int test_clips;                          /* the same */
    bool ava; /* RoI head, sigmoid outputs, res5 at stride 1; else as `set` says */
    enum { KINETICS, CHARADES, SSV2 } set;
    bool nonlocal; /* with the family's usual blocks */
    bool aligned, temporal_max, global_context;
    bool acrn;                      /* a relation over the map */
    bool mlp;                       /* a classifier of two layers */
    bool ava_kinetics, multisports; /* MMAction2's data sets other than AVA */
} preset;

#define CLIPS(depth_, frames_, alpha_, kernel_)                                                    \
    .depth = depth_, .num_frames = frames_, .sampling_rate = 2, .alpha = alpha_,                   \
    .fusion_kernel = kernel_
#define TWO(...)   .arch = SFD_ARCH_SLOWFAST, CLIPS(__VA_ARGS__)
#define THREE(...) .arch = SFD_ARCH_AVSLOWFAST, CLIPS(__VA_ARGS__)
#define ONE(depth_, frames_, rate_)                                                                \
    .arch = SFD_ARCH_SLOW, .depth = depth_, .num_frames = frames_, .sampling_rate = rate_
#define FRAMES_8X8       .depth = 50, .num_frames = 8, .sampling_rate = 8
#define MMACTION2        .family = SFD_FAMILY_MMACTION2, .ava = true, .aligned = true
#define MMACTION2_VIDEOS .family = SFD_FAMILY_MMACTION2
#define PYTORCHVIDEO     .family = SFD_FAMILY_PYTORCHVIDEO

/* clang-format off */
static const preset presets[] = {
    {"slowfast_r50_4x16_ava", "SlowFast-50, 4 slow and 32 fast frames, AVA head",
     TWO(50, 32, 8, 5), .ava = true, .aligned = true},
    {"slowfast_r50_8x8_ava",
     "SlowFast-50, 8 slow and 32 fast frames, AVA head (SLOWFAST_32x2_R50_SHORT)",
     TWO(50, 32, 4, 7), .ava = true, .aligned = true},
    {"slowfast_r101_nl_8x8_ava",
     "SlowFast-101, non-local, 8 slow and 32 fast frames, AVA head (SLOWFAST_32x2_R101_50_50)",
     TWO(101, 32, 4, 5), .ava = true, .nonlocal = true},
    {"slowfast_r101_nl_16x8_ava",
     "SlowFast-101, non-local, 16 slow and 64 fast frames, AVA head (SLOWFAST_64x2_R101_50_50)",
     TWO(101, 64, 4, 5), .ava = true, .nonlocal = true},
    {"avslowfast_r50_4x16_ava", "SlowFast-50 4x16 that listens, too, AVA head",
     THREE(50, 32, 8, 5), .ava = true, .aligned = true},
    {"avslowfast_r50_8x8_ava", "SlowFast-50 8x8 that listens, too, AVA head",
     THREE(50, 32, 4, 7), .ava = true, .aligned = true},
    {"avslowfast_r101_8x8_ava", "SlowFast-101 8x8 that listens, too, AVA head",
     THREE(101, 32, 4, 7), .ava = true, .aligned = true},
    {"slow_r50_4x16_ava",
     "Slow-only ResNet-50, 4 frames, AVA head (SLOW_8x8_R50_SHORT, which is 4x16)",
     ONE(50, 4, 16), .ava = true, .aligned = true},
    {"slow_r50_8x8_ava", "Slow-only ResNet-50, 8 frames, AVA head",
     ONE(50, 8, 8), .ava = true, .aligned = true},

    {"slowfast_r50_4x16_kinetics",
     "SlowFast-50, 4 slow and 32 fast frames, Kinetics-400 (SLOWFAST_4x16_R50)",
     TWO(50, 32, 8, 5)},
    {"slowfast_r50_8x8_kinetics",
     "SlowFast-50, 8 slow and 32 fast frames, Kinetics-400 (SLOWFAST_8x8_R50)",
     TWO(50, 32, 4, 7)},
    {"slowfast_r101_8x8_kinetics",
     "SlowFast-101, 8 slow and 32 fast frames, Kinetics-400 (SLOWFAST_8x8_R101_50_50)",
     TWO(101, 32, 4, 5)},
    {"slowfast_r101_16x8_kinetics",
     "SlowFast-101, 16 slow and 64 fast frames, Kinetics-400 (SLOWFAST_16x8_R101_50_50)",
     TWO(101, 64, 4, 5)},
    {"avslowfast_r50_4x16_kinetics",
     "SlowFast-50 4x16 that listens, too, Kinetics-400 (AVSLOWFAST_4x16_R50)",
     THREE(50, 32, 8, 5)},
    {"avslowfast_r50_8x8_kinetics",
     "SlowFast-50 8x8 that listens, too, Kinetics-400 (AVSLOWFAST_8x8_R50)",
     THREE(50, 32, 4, 7)},
    {"slow_r50_4x16_kinetics", "Slow-only ResNet-50, 4 frames, Kinetics-400 (SLOW_4x16_R50)",
     ONE(50, 4, 16)},
    {"slow_r50_8x8_kinetics", "Slow-only ResNet-50, 8 frames, Kinetics-400 (SLOW_8x8_R50)",
     ONE(50, 8, 8)},

    {"fast_r50_32x2_kinetics", "Fast-only ResNet-50, 32 frames, Kinetics-400",
     .arch = SFD_ARCH_FAST, .depth = 50, .num_frames = 32, .sampling_rate = 2, .late_time = true},
    {"slowfast_r50_4x16_sample_kinetics", "SlowFast-50 4x16 with time-strided sampling, Kinetics-400",
     TWO(50, 32, 8, 5), .lateral = SFD_LATERAL_SAMPLE},
    {"slowfast_r50_4x16_to_channel_kinetics", "SlowFast-50 4x16 with time-to-channel, Kinetics-400",
     TWO(50, 32, 8, 5), .lateral = SFD_LATERAL_TO_CHANNEL},
    {"slowfast_r50_4x16_to_channel_sum_kinetics",
     "SlowFast-50 4x16 with time-to-channel, summed, Kinetics-400",
     TWO(50, 32, 8, 5), .lateral = SFD_LATERAL_TO_CHANNEL, .merge = SFD_MERGE_SUM},
    {"slowfast_r50_4x16_no_lateral_kinetics", "SlowFast-50 4x16 without lateral connections, Kinetics-400",
     TWO(50, 32, 8, 5), .lateral = SFD_LATERAL_NONE},
    {"slowfast_r50_4x16_half_kinetics",
     "SlowFast-50 4x16, fast pathway of half the picture's size and beta 1/4, Kinetics-400",
     TWO(50, 32, 8, 5), .fast_shrink = 2, .beta_inv = 4, .fusion_ratio = 1},
    {"slowfast_r50_4x16_gray_kinetics", "SlowFast-50 4x16, gray fast pathway, Kinetics-400",
     TWO(50, 32, 8, 5), .fast_input = SFD_FAST_INPUT_GRAY},
    {"slowfast_r50_4x16_time_difference_kinetics",
     "SlowFast-50 4x16, fast pathway of time differences, Kinetics-400",
     TWO(50, 32, 8, 5), .fast_input = SFD_FAST_INPUT_TIME_DIFFERENCE},

    {"c2d_r50_8x8_kinetics", "C2D ResNet-50, 8 frames, time max-pooled, Kinetics-400 (C2D_8x8_R50)",
     FRAMES_8X8, .arch = SFD_ARCH_C2D},
    {"c2d_nln_r50_8x8_kinetics", "C2D ResNet-50 with non-local blocks, Kinetics-400 (C2D_NLN_8x8_R50)",
     FRAMES_8X8, .arch = SFD_ARCH_C2D, .nonlocal = true},
    {"c2d_nopool_r50_8x8_kinetics", "C2D ResNet-50, 8 frames, Kinetics-400 (C2D_NOPOOL_8x8_R50)",
     FRAMES_8X8, .arch = SFD_ARCH_SLOW_C2D},
    {"i3d_r50_8x8_kinetics", "I3D ResNet-50, 8 frames, Kinetics-400 (I3D_8x8_R50)",
     FRAMES_8X8, .arch = SFD_ARCH_I3D},
    {"i3d_nln_r50_8x8_kinetics", "I3D ResNet-50 with non-local blocks, Kinetics-400 (I3D_NLN_8x8_R50)",
     FRAMES_8X8, .arch = SFD_ARCH_I3D, .nonlocal = true},
    {"slowfast_r50_16x8_charades",
     "SlowFast-50, 16 slow and 64 fast frames, Charades (SLOWFAST_16x8_R50)",
     TWO(50, 64, 4, 7), .set = CHARADES},
    {"slowfast_r50_16x8_ssv2",
     "SlowFast-50, 16 slow and 64 fast frames, Something-Something V2 (SLOWFAST_16x8_R50)",
     TWO(50, 64, 4, 7), .set = SSV2},

    {"mmaction2_slowfast_r50_4x16_ava", "MMAction2's SlowFast-50 4x16, AVA",
     MMACTION2, TWO(50, 32, 8, 5)},
    {"mmaction2_slowfast_r50_8x8_ava", "MMAction2's SlowFast-50 8x8, AVA",
     MMACTION2, TWO(50, 32, 4, 7)},
    {"mmaction2_slowfast_r50_4x16_context_ava", "MMAction2's SlowFast-50 4x16 with context, AVA",
     MMACTION2, TWO(50, 32, 8, 5), .global_context = true},
    {"mmaction2_slowfast_r50_8x8_temporal_max_ava",
     "MMAction2's SlowFast-50 8x8 with maximum over time, AVA",
     MMACTION2, TWO(50, 32, 4, 7), .temporal_max = true},
    {"mmaction2_slowfast_r50_8x8_acrn_ava", "MMAction2's SlowFast-50 8x8 with ACRN, AVA",
     MMACTION2, TWO(50, 32, 4, 7), .acrn = true},
    {"mmaction2_slowonly_r50_4x16_ava", "MMAction2's SlowOnly-50 4x16, AVA",
     MMACTION2, ONE(50, 4, 16)},
    {"mmaction2_slowonly_r50_nl_4x16_ava", "MMAction2's SlowOnly-50 4x16, non-local, AVA",
     MMACTION2, ONE(50, 4, 16), .nonlocal = true},
    {"mmaction2_slowonly_r50_nl_8x8_ava", "MMAction2's SlowOnly-50 8x8, non-local, AVA",
     MMACTION2, ONE(50, 8, 8), .nonlocal = true},
    {"mmaction2_slowonly_r101_8x8_ava", "MMAction2's SlowOnly-101 8x8, AVA",
     MMACTION2, ONE(101, 8, 8)},    {"mmaction2_slowonly_r50_4x16_ava_kinetics", "MMAction2's SlowOnly-50 4x16, AVA-Kinetics",
     MMACTION2, ONE(50, 4, 16), .ava_kinetics = true},
    {"mmaction2_slowonly_r50_8x8_ava_kinetics", "MMAction2's SlowOnly-50 8x8, AVA-Kinetics",
     MMACTION2, ONE(50, 8, 8), .ava_kinetics = true},
    {"mmaction2_slowonly_r50_8x8_context_ava_kinetics",
     "MMAction2's SlowOnly-50 8x8 with context, AVA-Kinetics",
     MMACTION2, ONE(50, 8, 8), .ava_kinetics = true, .global_context = true},
    {"mmaction2_slowonly_r50_8x8_context_max_ava_kinetics",
     "MMAction2's SlowOnly-50 8x8 with context and maximum over time, AVA-Kinetics",
     MMACTION2, ONE(50, 8, 8), .ava_kinetics = true, .global_context = true, .temporal_max = true},
    {"mmaction2_slowonly_r50_8x8_mlp_ava_kinetics",
     "the same with a classifier of two layers",
     MMACTION2, ONE(50, 8, 8), .ava_kinetics = true, .global_context = true, .temporal_max = true,
     .mlp = true},
    {"mmaction2_slowonly_r50_16x4_mlp_ava_kinetics",
     "the same, 16 frames",
     MMACTION2, ONE(50, 16, 4), .ava_kinetics = true, .global_context = true, .temporal_max = true,
     .mlp = true},
    {"mmaction2_slowonly_r50_4x16_multisports", "MMAction2's SlowOnly-50 4x16, MultiSports",
     MMACTION2, ONE(50, 4, 16), .multisports = true},
    {"mmaction2_slowfast_r50_4x16_multisports", "MMAction2's SlowFast-50 4x16, MultiSports",
     MMACTION2, TWO(50, 32, 8, 5), .multisports = true},

    {"mmaction2_slowfast_r50_4x16_kinetics", "MMAction2's SlowFast-50 4x16, Kinetics-400",
     MMACTION2_VIDEOS, TWO(50, 32, 8, 5)},
    {"mmaction2_slowfast_r50_8x8_kinetics", "MMAction2's SlowFast-50 8x8, Kinetics-400",
     MMACTION2_VIDEOS, TWO(50, 32, 4, 5)},
    {"mmaction2_slowfast_r101_8x8_kinetics", "MMAction2's SlowFast-101 8x8, Kinetics-400",
     MMACTION2_VIDEOS, TWO(101, 32, 4, 5)},
    {"mmaction2_slowfast_r101_r50_4x16_kinetics",
     "MMAction2's SlowFast 4x16, slow pathway 101, fast 50, Kinetics-400",
     MMACTION2_VIDEOS, TWO(101, 32, 8, 5), .fast_depth = 50},
    {"mmaction2_slowonly_r50_4x16_kinetics", "MMAction2's SlowOnly-50 4x16, Kinetics-400",
     MMACTION2_VIDEOS, ONE(50, 4, 16)},
    {"mmaction2_slowonly_r50_8x8_kinetics", "MMAction2's SlowOnly-50 8x8, Kinetics-400",
     MMACTION2_VIDEOS, ONE(50, 8, 8)},
    {"mmaction2_slowonly_r101_8x8_kinetics", "MMAction2's SlowOnly-101 8x8, Kinetics-400",
     MMACTION2_VIDEOS, ONE(101, 8, 8)},

    {"mmaction2_audioonly_r50_kinetics", "MMAction2's audio-only ResNet-50, Kinetics-400",
     MMACTION2_VIDEOS, .arch = SFD_ARCH_AUDIOONLY, .depth = 50, .test_clips = 10},
    {"mmaction2_tsn_r18_audio_kinetics", "MMAction2's ResNet-18 of sound, Kinetics-400",
     MMACTION2_VIDEOS, .arch = SFD_ARCH_TSN_AUDIO, .depth = 18},
    {"mmaction2_tsn_r50_audio_kinetics", "MMAction2's ResNet-50 of sound, Kinetics-400",
     MMACTION2_VIDEOS, .arch = SFD_ARCH_TSN_AUDIO, .depth = 50},

    {"pytorchvideo_slowfast_r50_detection", "PyTorchVideo's slowfast_r50_detection",
     PYTORCHVIDEO, TWO(50, 32, 4, 7), .ava = true},
    {"pytorchvideo_slow_r50_detection", "PyTorchVideo's slow_r50_detection",
     PYTORCHVIDEO, ONE(50, 4, 16), .ava = true},
    {"pytorchvideo_slowfast_r50", "PyTorchVideo's slowfast_r50 (8x8), Kinetics-400",
     PYTORCHVIDEO, TWO(50, 32, 4, 7)},
    {"pytorchvideo_slowfast_r101", "PyTorchVideo's slowfast_r101 (8x8), Kinetics-400",
     PYTORCHVIDEO, TWO(101, 32, 4, 5)},
    {"pytorchvideo_slowfast_r50_4x16", "PyTorchVideo's SlowFast-50 4x16, Kinetics-400",
     PYTORCHVIDEO, TWO(50, 32, 8, 5)},
    {"pytorchvideo_slowfast_r101_16x8",
     "PyTorchVideo's slowfast_16x8_r101_50_50, Kinetics-400",
     PYTORCHVIDEO, TWO(101, 64, 4, 5), .six_in_res4 = true},
    {"pytorchvideo_slow_r50_4x16", "PyTorchVideo's SlowOnly-50 4x16, Kinetics-400",
     PYTORCHVIDEO, ONE(50, 4, 16)},
    {"pytorchvideo_slow_r50", "PyTorchVideo's slow_r50 (8x8), Kinetics-400",
     PYTORCHVIDEO, ONE(50, 8, 8)},
    {"pytorchvideo_c2d_r50", "PyTorchVideo's c2d_r50 (8x8), Kinetics-400",
     PYTORCHVIDEO, FRAMES_8X8, .arch = SFD_ARCH_C2D},
    {"pytorchvideo_i3d_r50", "PyTorchVideo's i3d_r50 (8x8), Kinetics-400",
     PYTORCHVIDEO, FRAMES_8X8, .arch = SFD_ARCH_I3D},
};
/* clang-format on */

#define N_PRESETS (sizeof presets / sizeof presets[0])

static void set_ava(sfd_net_config *c, bool aligned)
{
    c->num_classes = 80;
    c->head_act = SFD_HEAD_SIGMOID;
    c->detection = true;
    c->aligned = aligned;
    for (int p = 0; p < SFD_MAX_PATHWAYS; p++) {
        c->spatial_strides[3][p] = 1;
        c->spatial_dilations[3][p] = 2;
    }
}

/* Charades and Something-Something V2: PySlowFast reads their pictures as B, G, R and turns them.
 */
static void set_data_set(sfd_net_config *c, const preset *p)
{
    if (p->set == KINETICS)
        return;
    c->reversed = true;
    c->num_classes = p->set == CHARADES ? 157 : 174;
    c->clip_rule = p->set == CHARADES ? SFD_CLIPS_SPREAD : SFD_CLIPS_SEGMENTS;
    if (p->set == CHARADES) {
        c->head_act = SFD_HEAD_SIGMOID;
        c->ensemble = SFD_VIEWS_MAX;
    } else {
        c->test_clips = c->test_crops = 1;
    }
}

/* PySlowFast's AVA models pool time too and follow res4 blocks 6, 13 and 20; MMAction2's follow
 * every other block of res3 and res4, and so do PySlowFast's of Kinetics, beginning with the
 * second. */
static void set_nonlocal(sfd_net_config *c)
{
    if (!c->detection && c->family == SFD_FAMILY_PYSLOWFAST) {
        c->nonlocal_blocks[1][0] = 0x0a;
        c->nonlocal_blocks[2][0] = 0x2a;
        c->nonlocal_kind = SFD_NONLOCAL_SOFTMAX;
        return;
    }
    if (c->family == SFD_FAMILY_MMACTION2) {
        c->nonlocal_blocks[1][0] = 0x05;
        c->nonlocal_blocks[2][0] = 0x15;
        return;
    }
    c->nonlocal_blocks[2][0] = UINT64_C(1) << 6 | UINT64_C(1) << 13 | UINT64_C(1) << 20;
    for (int i = 0; i < SFD_N_STAGES; i++)
        for (int p = 0; p < SFD_MAX_PATHWAYS; p++)
            c->nonlocal_pool[i][p][0] = 2;
}

static void set_mmaction2_detector(sfd_net_config *c)
{
    c->num_classes = 81;
    c->background = true;
    c->label_offset = 0;
    c->keep_best_box = true;
    c->roi_resolution = 8;
    for (int p = 0; p < SFD_MAX_PATHWAYS; p++)
        c->spatial_dilations[3][p] = 1;
    c->boxes_scaled_per_axis = true;
    c->centre_offset_frames = 1;
}

/* Data sets of which the frame around a keyframe, or the classes, are others: see AVADataset's and
 * AVAKineticsDataset's start_index, and docs/weights.md. */
static void set_mmaction2_set(sfd_net_config *c, const preset *p)
{
    if (p->ava_kinetics)
        c->centre_offset_frames = -1;
    if (p->multisports) {
        c->num_classes = 66;
        c->background = false;
        c->head_act = SFD_HEAD_SOFTMAX;
        c->centre_offset_frames = 0;
        c->frame_timestamps = true;
    }
}

/* SlowFastHead, I3DHead; SampleFrames, ThreeCrop. */
static void set_mmaction2_recogniser(sfd_net_config *c)
{
    c->global_pool = c->fast_first = true;
    c->clip_rule = SFD_CLIPS_SPREAD;
    c->video_style = SFD_VIDEO_MMACTION2;
}

/* What MMAction2's models do differently, see SingleRoIExtractor3D, AVADataset and the
 * configs of its repository. */
static void set_mmaction2(sfd_net_config *c)
{
    static const float mean[] = {123.675F, 116.28F, 103.53F}, std[] = {58.395F, 57.12F, 57.375F};
    for (int i = 0; i < 3; i++) {
        c->mean[i] = mean[i] / 255.0F;
        c->std[i] = std[i] / 255.0F;
    }
    c->slow_sampling = SFD_SLOW_STRIDE;
    if (c->detection)
        set_mmaction2_detector(c);
    else
        set_mmaction2_recogniser(c);
    c->bare_lateral = true;
    c->nonlocal_kind = SFD_NONLOCAL_SOFTMAX;
    c->nonlocal_pool_after_conv = true;
    c->round_long_side = true;
}

/* Those of the authors' configs/Kinetics. */
static void set_audio(sfd_net_config *c)
{
    sfd_audio_config *a = &c->audio;
    a->n_mels = 80;
    a->mean = -7.03F;
    a->std = 4.66F;
    a->alpha = 4 * c->alpha;
    a->fusion_channels = 64;
    a->fusion_ratio = 0.25F;
    a->fused = c->lateral_stages = 1 << 2 | 1 << 3;
}

/* What is let hear; of MMAction2's networks that do nothing else the width, too. */
static void set_ears(sfd_net_config *c)
{
    if (c->arch == SFD_ARCH_AVSLOWFAST) {
        set_audio(c);
        return;
    }
    sfd_net_config_set_features(c);
    c->width_per_group = c->arch == SFD_ARCH_AUDIOONLY ? 32 : 64;
    c->basic_blocks = c->arch == SFD_ARCH_TSN_AUDIO && c->depth < 50;
}

static void fill(sfd_net_config *c, const preset *p)
{
    sfd_net_config_defaults(c);
    sfd_net_config_set_name(c, p->name);
    sfd_net_config_set_depth(c, p->depth);
    sfd_net_config_set_fast_depth(c, p->fast_depth ? p->fast_depth : p->depth);
    c->family = p->family;
    c->arch = p->arch;
    c->num_frames = p->num_frames;
    c->sampling_rate = p->sampling_rate;
    if (sfd_net_config_n_pathways(c) == 2) {
        c->alpha = p->alpha;
        c->fusion_kernel = p->fusion_kernel;
        c->lateral = p->lateral;
        c->lateral_merge = p->merge;
        c->fast_input = p->fast_input;
        c->fast_shrink = p->fast_shrink ? p->fast_shrink : c->fast_shrink;
        c->beta_inv = p->beta_inv ? p->beta_inv : c->beta_inv;
        c->fusion_ratio = p->fusion_ratio ? p->fusion_ratio : c->fusion_ratio;
    }
    if (p->ava)
        set_ava(c, p->aligned);
    else
        set_data_set(c, p);
    if (sfd_net_config_listens(c))
        set_ears(c);
    c->test_clips = p->test_clips ? p->test_clips : c->test_clips;
    if (p->family == SFD_FAMILY_MMACTION2)
        set_mmaction2(c);
    set_mmaction2_set(c, p);
    /* The other code bases inflate all blocks of a stage or none. */
    for (int i = 0; p->family != SFD_FAMILY_PYSLOWFAST && i < SFD_N_STAGES; i++)
        for (int k = 0; k < SFD_MAX_PATHWAYS; k++)
            c->num_block_temp_kernel[i][k] = sfd_net_config_blocks(c, i, k);
    for (int k = 0; p->six_in_res4 && k < SFD_MAX_PATHWAYS; k++)
        c->num_block_temp_kernel[2][k] = 6;
    for (int i = 0; p->late_time && i < 2; i++)
        c->num_block_temp_kernel[i][0] = 0;
    c->average_logits = p->family == SFD_FAMILY_PYTORCHVIDEO && !p->ava;
    c->temporal_max = p->temporal_max;
    c->global_context = p->global_context;
    c->relation_convs = p->acrn;
    c->relation_channels = p->acrn ? 4 * 8 * (c->width_per_group + c->width_per_group / c->beta_inv)
                                   : 0; /* of all pathways */
    c->classifier = p->mlp ? SFD_CLASSIFIER_MLP : SFD_CLASSIFIER_LINEAR;
    if (p->nonlocal)
        set_nonlocal(c);
}

bool sfd_preset_find(sfd_net_config *c, const char *name)
{
    for (size_t i = 0; i < N_PRESETS; i++) {
        if (strcmp(presets[i].name, name) == 0) {
            fill(c, &presets[i]);
            return true;
        }
    }
    return false;
}

static int n_classes(const preset *p)
{
    sfd_net_config c;
    fill(&c, p);
    return c.num_classes;
}

static bool has_nonlocal(const sfd_net_config *c)
{
    uint64_t blocks = 0;
    for (int i = 0; i < SFD_N_STAGES; i++)
        blocks |= c->nonlocal_blocks[i][0] | c->nonlocal_blocks[i][1];
    return blocks != 0;
}

const char *sfd_preset_nearest(const sfd_net_config *c, const char *likely)
{
    size_t best = 0;
    int best_score = -1;
    const bool two = sfd_net_config_n_pathways(c) == 2;
    for (size_t i = 0; i < N_PRESETS; i++) {
        const preset *p = &presets[i];
        const sfd_net_config of_arch = {.arch = p->arch};
        const bool p_two = sfd_net_config_n_pathways(&of_arch) == 2;
        int score =
            32 * (p->family == c->family) + 16 * (p_two == two) + 8 * (p->ava == c->detection) +
            4 * (p->nonlocal == has_nonlocal(c)) + 2 * (p->depth == c->depth) +
            (two ? p->fusion_kernel == c->fusion_kernel && p->global_context == c->global_context
                 : p->arch == c->arch);
        const bool same_ears = sfd_net_config_listens(&of_arch) == sfd_net_config_listens(c);
        score = 64 * same_ears + score;
        score = 4 * score + 2 * (strcmp(likely, p->name) == 0) + (n_classes(p) == c->num_classes);
        if (score > best_score) {
            best_score = score;
            best = i;
        }
    }
    return presets[best].name;
}

const char *sfd_preset_suggest(const char *name)
{
    const char *names[N_PRESETS];
    for (size_t i = 0; i < N_PRESETS; i++)
        names[i] = presets[i].name;
    return sfd_nearest_name(name, names, N_PRESETS);
}

const char *sfd_preset_name(size_t i)
{
    return i < N_PRESETS ? presets[i].name : NULL;
}

const char *sfd_preset_description(size_t i)
{
    return i < N_PRESETS ? presets[i].description : NULL;
}
