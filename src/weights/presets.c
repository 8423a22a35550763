/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of published networks, by name. The values are those of PySlowFast's configs/AVA
 * and configs/Kinetics; the AVA presets use 256 pixels throughout (its *_SHORT config tests at
 * 224).
 */
#include "weights/presets.h"

#include <string.h>

typedef struct preset {
    const char *name, *description;
    sfd_arch arch;
    int depth;
    int num_frames, sampling_rate; /* of the fast pathway, or of the only one */
    int alpha, fusion_kernel;      /* two pathways only */
    bool ava;      /* RoI head, 80 sigmoid outputs, dilated res5; else Kinetics-400 */
    bool nonlocal; /* dot-product blocks after res4 blocks 6, 13 and 20 */
    bool aligned;
} preset;

static const preset presets[] = {
    {.name = "slowfast_r50_4x16_ava",
     .description = "SlowFast-50, 4 slow and 32 fast frames, AVA head",
     .arch = SFD_ARCH_SLOWFAST,
     .depth = 50,
     .num_frames = 32,
     .sampling_rate = 2,
     .alpha = 8,
     .fusion_kernel = 5,
     .ava = true,
     .aligned = true},
    {.name = "slowfast_r50_8x8_ava",
     .description = "SlowFast-50, 8 slow and 32 fast frames, AVA head (SLOWFAST_32x2_R50_SHORT)",
     .arch = SFD_ARCH_SLOWFAST,
     .depth = 50,
     .num_frames = 32,
     .sampling_rate = 2,
     .alpha = 4,
     .fusion_kernel = 7,
     .ava = true,
     .aligned = true},
    {.name = "slowfast_r101_nl_8x8_ava",
     .description = "SlowFast-101 with non-local blocks, 8 slow and 32 fast frames, AVA head "
                    "(SLOWFAST_32x2_R101_50_50)",
     .arch = SFD_ARCH_SLOWFAST,
     .depth = 101,
     .num_frames = 32,
     .sampling_rate = 2,
     .alpha = 4,
     .fusion_kernel = 5,
     .ava = true,
     .nonlocal = true},
    {.name = "slowfast_r101_nl_16x8_ava",
     .description = "SlowFast-101 with non-local blocks, 16 slow and 64 fast frames, AVA head "
                    "(SLOWFAST_64x2_R101_50_50)",
     .arch = SFD_ARCH_SLOWFAST,
     .depth = 101,
     .num_frames = 64,
     .sampling_rate = 2,
     .alpha = 4,
     .fusion_kernel = 5,
     .ava = true,
     .nonlocal = true},
    {.name = "slow_r50_4x16_ava",
     .description = "Slow-only ResNet-50, 4 frames, AVA head (SLOW_8x8_R50_SHORT, which has 4x16)",
     .arch = SFD_ARCH_SLOW,
     .depth = 50,
     .num_frames = 4,
     .sampling_rate = 16,
     .ava = true,
     .aligned = true},
    {.name = "slow_r50_8x8_ava",
     .description = "Slow-only ResNet-50, 8 frames, AVA head",
     .arch = SFD_ARCH_SLOW,
     .depth = 50,
     .num_frames = 8,
     .sampling_rate = 8,
     .ava = true,
     .aligned = true},
    {.name = "slowfast_r50_4x16_kinetics",
     .description = "SlowFast-50, 4 slow and 32 fast frames, Kinetics-400 (SLOWFAST_4x16_R50)",
     .arch = SFD_ARCH_SLOWFAST,
     .depth = 50,
     .num_frames = 32,
     .sampling_rate = 2,
     .alpha = 8,
     .fusion_kernel = 5},
    {.name = "slowfast_r50_8x8_kinetics",
     .description = "SlowFast-50, 8 slow and 32 fast frames, Kinetics-400 (SLOWFAST_8x8_R50)",
     .arch = SFD_ARCH_SLOWFAST,
     .depth = 50,
     .num_frames = 32,
     .sampling_rate = 2,
     .alpha = 4,
     .fusion_kernel = 7},
    {.name = "slowfast_r101_8x8_kinetics",
     .description = "SlowFast-101, 8 slow and 32 fast frames, Kinetics-400 "
                    "(SLOWFAST_8x8_R101_50_50)",
     .arch = SFD_ARCH_SLOWFAST,
     .depth = 101,
     .num_frames = 32,
     .sampling_rate = 2,
     .alpha = 4,
     .fusion_kernel = 5},
    {.name = "slowfast_r101_16x8_kinetics",
     .description = "SlowFast-101, 16 slow and 64 fast frames, Kinetics-400 "
                    "(SLOWFAST_16x8_R101_50_50)",
     .arch = SFD_ARCH_SLOWFAST,
     .depth = 101,
     .num_frames = 64,
     .sampling_rate = 2,
     .alpha = 4,
     .fusion_kernel = 5},
    {.name = "slow_r50_4x16_kinetics",
     .description = "Slow-only ResNet-50, 4 frames, Kinetics-400 (SLOW_4x16_R50)",
     .arch = SFD_ARCH_SLOW,
     .depth = 50,
     .num_frames = 4,
     .sampling_rate = 16},
    {.name = "slow_r50_8x8_kinetics",
     .description = "Slow-only ResNet-50, 8 frames, Kinetics-400 (SLOW_8x8_R50)",
     .arch = SFD_ARCH_SLOW,
     .depth = 50,
     .num_frames = 8,
     .sampling_rate = 8},
};

#define N_PRESETS (sizeof presets / sizeof presets[0])
_Static_assert(N_PRESETS <= SFD_MAX_PRESETS, "SFD_MAX_PRESETS is too small");

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

static void set_nonlocal(sfd_net_config *c)
{
    c->nonlocal_blocks[2][0] = UINT64_C(1) << 6 | UINT64_C(1) << 13 | UINT64_C(1) << 20;
    for (int i = 0; i < SFD_N_STAGES; i++)
        for (int p = 0; p < SFD_MAX_PATHWAYS; p++)
            c->nonlocal_pool[i][p][0] = 2;
}

bool sfd_preset_find(sfd_net_config *c, const char *name)
{
    const preset *p = NULL;
    for (size_t i = 0; i < N_PRESETS && !p; i++)
        if (strcmp(presets[i].name, name) == 0)
            p = &presets[i];
    if (!p)
        return false;
    sfd_net_config_defaults(c);
    sfd_net_config_set_name(c, p->name);
    sfd_net_config_set_depth(c, p->depth);
    c->arch = p->arch;
    c->num_frames = p->num_frames;
    c->sampling_rate = p->sampling_rate;
    if (p->arch == SFD_ARCH_SLOWFAST) {
        c->alpha = p->alpha;
        c->fusion_kernel = p->fusion_kernel;
    }
    if (p->ava)
        set_ava(c, p->aligned);
    if (p->nonlocal)
        set_nonlocal(c);
    return true;
}

const char *sfd_preset_name(size_t i)
{
    return i < N_PRESETS ? presets[i].name : NULL;
}

const char *sfd_preset_description(size_t i)
{
    return i < N_PRESETS ? presets[i].description : NULL;
}
