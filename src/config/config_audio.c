/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of what a network is let hear. */
#include "config/config.h"

#include "base/error.h"
#include "base/timeline.h"

#include <math.h>

#define MAX_SAMPLES (1 << 24) /* of a clip */

static sfd_status check_ranges(const sfd_net_config *c, sfd_error *err)
{
    const sfd_audio_config *a = &c->audio;
    const struct {
        const char *key;
        int value, min, max;
    } ranges[] = {
        {"DATA.AUDIO_SAMPLE_RATE", a->rate, 1000, 192000},
        {"DATA.AUDIO_WIN_SZ", a->window_ms, 1, 1000},
        {"DATA.AUDIO_STEP_SZ", a->step_ms, 1, 1000},
        {"DATA.AUDIO_FRAME_NUM", a->n_steps, 1, 4096},
        {"DATA.AUDIO_MEL_NUM", a->n_mels, 1, 512},
        {"RESNET.AUDIO_TRANS_NUM", a->separate_stages, 0, SFD_N_STAGES},
        {"SLOWFAST.AU_ALPHA", a->alpha, 1, 1024},
        {"SLOWFAST.AU_BETA_INV", a->beta_inv, 1, c->width_per_group},
        {"SLOWFAST.AU_FUSION_CONV_CHANNEL_DIM", a->fusion_channels, 0, 4096},
        {"SLOWFAST.AU_FUSION_KERNEL_SZ", a->fusion_kernel, 1, 63},
        {"SLOWFAST.AU_FUSION_CONV_NUM", a->fusion_convs, 1, 8},
        {"SLOWFAST.FS_FUSION", c->lateral_stages, 0, 15},
        {"SLOWFAST.AFS_FUSION", a->fused, 0, 15},
        {"SLOWFAST.AUDIO_FUSION", (int)a->fusion, 0, SFD_N_AUDIO_FUSIONS - 1},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (ranges[i].value < ranges[i].min || ranges[i].value > ranges[i].max)
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: %s is %d, wanted %d to %d", c->name,
                            ranges[i].key, ranges[i].value, ranges[i].min, ranges[i].max);
    const double samples =
        (double)c->num_frames * c->sampling_rate / SFD_TIMELINE_FPS * (double)a->rate;
    if (samples > MAX_SAMPLES)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: a clip has %.0f samples of sound (DATA.AUDIO_SAMPLE_RATE), at most %d "
                        "are possible",
                        c->name, samples, MAX_SAMPLES);
    if (!isfinite(a->mean) || !isfinite(a->std) || !(a->std > 0))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: DATA.LOGMEL_MEAN must be finite and LOGMEL_STD above zero, found %g "
                        "and %g",
                        c->name, (double)a->mean, (double)a->std);
    return SFD_OK;
}

/* A fusion leaves a step of the sound for each frame that it is added to. */
static sfd_status check_steps(const sfd_net_config *c, sfd_error *err)
{
    const sfd_audio_config *a = &c->audio;
    const int halved = a->halves ? 4 : 1; /* up to the last fusion */
    const int chain = a->fusion == SFD_AUDIO_FUSION_CHAIN ? c->alpha : 1;
    if (a->fusion == SFD_AUDIO_FUSION_NONLOCAL)
        return SFD_OK;
    if (a->fusion_kernel % 2 == 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: SLOWFAST.AU_FUSION_KERNEL_SZ is %d, wanted odd",
                        c->name, a->fusion_kernel);
    if (a->alpha % (halved * chain) != 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: SLOWFAST.AU_ALPHA is %d, wanted a multiple of %d",
                        c->name, a->alpha, halved * chain);
    if (a->n_steps != a->alpha * (c->num_frames / c->alpha))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: DATA.AUDIO_FRAME_NUM is %d, wanted AU_ALPHA for each of the %d slow "
                        "frames, %d",
                        c->name, a->n_steps, c->num_frames / c->alpha,
                        a->alpha * (c->num_frames / c->alpha));
    return SFD_OK;
}

/* Those that only listen classify, by one map. */
static sfd_status check_ears_alone(const sfd_net_config *c, sfd_error *err)
{
    if (c->detection || c->relation_convs > 0 || c->global_context)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: a network that only listens cannot look at boxes", c->name);
    if (c->num_groups != 1 || (c->basic_blocks && c->arch != SFD_ARCH_TSN_AUDIO))
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: groups of channels, or blocks of two convolutions, that networks like "
                        "it do not have",
                        c->name);
    for (int i = 0; i < SFD_N_STAGES; i++)
        if (c->nonlocal_blocks[i][0])
            return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                            "%s: non-local blocks in a network that only listens", c->name);
    return SFD_OK;
}

void sfd_net_config_set_features(sfd_net_config *c)
{
    c->num_frames = 64;
    c->sampling_rate = 1;
    c->test_clips = c->test_crops = 1;
    c->audio.rate = 16000;
    c->audio.window_ms = 32;
    c->audio.step_ms = 16;
    c->audio.n_mels = 80;
    c->audio.n_steps = 128;
    c->audio.mean = 0;
    c->audio.std = 1;
}

sfd_status sfd_audio_config_check(const sfd_net_config *c, sfd_error *err)
{
    const sfd_audio_config *a = &c->audio;
    if (!sfd_net_config_listens(c))
        return SFD_OK;
    sfd_status status = check_ranges(c, err);
    if (status == SFD_OK && sfd_net_config_n_pathways(c) == 0)
        return check_ears_alone(c, err);
    if (status == SFD_OK)
        status = check_steps(c, err);
    if (status != SFD_OK)
        return status;
    const int width = c->width_per_group / a->beta_inv;
    for (int i = 0; i < SFD_N_STAGES; i++)
        if ((c->num_groups * c->width_per_group << i) / a->beta_inv % c->num_groups != 0)
            return sfd_fail(err, SFD_ERR_FORMAT,
                            "%s: RESNET.NUM_GROUPS %d does not divide the audio pathway's width",
                            c->name, c->num_groups);
    if (a->fusion_channels == 0 && !((float)width * a->fusion_ratio >= 1 && a->fusion_ratio <= 64))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: SLOWFAST.AU_FUSION_CONV_CHANNEL_RATIO %g leaves no channel of %d",
                        c->name, (double)a->fusion_ratio, width);
    if (c->global_context || c->relation_convs > 0)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: a head with the whole picture's features, or a relation, does not go "
                        "with sound",
                        c->name);
    return SFD_OK;
}
