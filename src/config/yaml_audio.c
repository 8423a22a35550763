/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that the authors of audiovisual SlowFast added to PySlowFast's. */
#include "config/yaml_audio.h"

/* With ByRatio the number of channels, which is read before, does not count. */
static sfd_status read_channel_mode(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                    const void *aux)
{
    int by_dim = 0;
    const sfd_status status = sfd_yaml_name(r, node, &by_dim, aux);
    if (status == SFD_OK && !by_dim)
        *(int *)field = 0;
    else if (status == SFD_OK && *(int *)field == 0)
        *(int *)field = 64;
    return status;
}

/* One that may be absent from a file with another MODEL.ARCH. */
static sfd_status read_transform(sfd_yaml_reader *r, const yaml_node_t *node, void *field,
                                 const void *aux)
{
    int ignored;
    (void)field;
    return sfd_net_config_listens(r->c) ? sfd_yaml_name(r, node, &ignored, aux) : SFD_OK;
}

#define AUDIO(field)            offsetof(sfd_net_config, audio.field)
#define FUSION_NAME(kind, name) #name,

static const sfd_yaml_flag_list stages = {
    SFD_N_STAGES, "is not a list of four, one for each of the stem and res2 to res4"};

const sfd_yaml_key sfd_yaml_audio_keys[] = {
    {"DATA", "AUDIO_SAMPLE_RATE", sfd_yaml_int, AUDIO(rate), NULL},
    {"DATA", "AUDIO_WIN_SZ", sfd_yaml_int, AUDIO(window_ms), NULL},
    {"DATA", "AUDIO_STEP_SZ", sfd_yaml_int, AUDIO(step_ms), NULL},
    {"DATA", "AUDIO_FRAME_NUM", sfd_yaml_int, AUDIO(n_steps), NULL},
    {"DATA", "AUDIO_MEL_NUM", sfd_yaml_int, AUDIO(n_mels), NULL},
    {"DATA", "LOGMEL_MEAN", sfd_yaml_float, AUDIO(mean), NULL},
    {"DATA", "LOGMEL_STD", sfd_yaml_float, AUDIO(std), NULL},
    {"RESNET", "AUDIO_TRANS_FUNC", read_transform, 0, SFD_NAMES("tf_bottleneck_transform_v1")},
    {"RESNET", "AUDIO_TRANS_NUM", sfd_yaml_int, AUDIO(separate_stages), NULL},
    {"SLOWFAST", "AU_ALPHA", sfd_yaml_int, AUDIO(alpha), NULL},
    {"SLOWFAST", "AU_BETA_INV", sfd_yaml_int, AUDIO(beta_inv), NULL},
    {"SLOWFAST", "AU_FUSION_CONV_CHANNEL_DIM", sfd_yaml_int, AUDIO(fusion_channels), NULL},
    {"SLOWFAST", "AU_FUSION_CONV_CHANNEL_RATIO", sfd_yaml_float, AUDIO(fusion_ratio), NULL},
    {"SLOWFAST", "AU_FUSION_CONV_CHANNEL_MODE", read_channel_mode, AUDIO(fusion_channels),
     SFD_NAMES("ByRatio", "ByDim")},
    {"SLOWFAST", "AU_FUSION_KERNEL_SZ", sfd_yaml_int, AUDIO(fusion_kernel), NULL},
    {"SLOWFAST", "AU_FUSION_CONV_NUM", sfd_yaml_int, AUDIO(fusion_convs), NULL},
    {"SLOWFAST", "AU_REDUCE_TF_DIM", sfd_yaml_bool, AUDIO(halves), NULL},
    {"SLOWFAST", "FS_FUSION", sfd_yaml_flags, offsetof(sfd_net_config, lateral_stages), &stages},
    {"SLOWFAST", "AFS_FUSION", sfd_yaml_flags, AUDIO(fused), &stages},
    {"SLOWFAST", "AUDIO_FUSION", sfd_yaml_name, AUDIO(fusion),
     SFD_NAMES(SFD_AUDIO_FUSIONS(FUSION_NAME))},
};

const size_t sfd_yaml_n_audio_keys = sizeof sfd_yaml_audio_keys / sizeof *sfd_yaml_audio_keys;
