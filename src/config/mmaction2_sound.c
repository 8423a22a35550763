/* SPDX-License-Identifier: Apache-2.0 */
/* MMAction2's recognisers of sound: RecognizerAudio with ResNetAudio or ResNet, and TSNAudioHead;
 * before version 1 AudioRecognizer and AudioTSNHead. */
#include "config/mmaction2_parts.h"

#include "base/error.h"

#include <string.h>

bool sfd_mm_is_listener(const sfd_py *model)
{
    const sfd_py *type = sfd_py_get(model, "type");
    return sfd_mm_is_type(type, "RecognizerAudio") || sfd_mm_is_type(type, "AudioRecognizer") ||
           sfd_mm_is_type(sfd_py_get(sfd_py_get(model, "backbone"), "type"), "ResNetAudio");
}

/* -- backbone */

/* ((1, 1, 1), 1, 0, 0): whether each stage, or each of its blocks, looks at time and frequency
 * apart; a number counts for all stages. Field: for how many stages, from the first on, that is so.
 */
static void read_factorize(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    const sfd_py *stage = v->type == SFD_PY_LIST ? v->child : v;
    int n = 0;
    (void)aux;
    for (int i = 0; i < SFD_N_STAGES && stage; i++) {
        const sfd_py *flag = stage->type == SFD_PY_LIST ? stage->child : stage;
        const bool apart = flag && flag->number == 1;
        for (; flag; flag = stage->type == SFD_PY_LIST ? flag->next : NULL)
            if ((flag->type != SFD_PY_NUMBER && flag->type != SFD_PY_BOOL) ||
                (flag->number == 1) != apart)
                sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED,
                            "is not supported unless it is the same in all blocks of a stage");
        if (apart && n < i)
            sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED,
                        "is not supported unless the stages that are factorised come first");
        n += apart;
        if (v->type == SFD_PY_LIST)
            stage = stage->next;
    }
    *(int *)field = n;
}

typedef struct ears {
    int depth, base_channels, apart, style;
    int strides[SFD_N_STAGES], dilations[SFD_N_STAGES];
    bool normed;
} ears;

static void use_depth(sfd_mm_reader *r, const sfd_py *dict, const ears *e)
{
    static const int as_50[SFD_N_STAGES] = {3, 4, 6, 3};
    sfd_net_config *c = r->c;
    c->basic_blocks = c->arch == SFD_ARCH_TSN_AUDIO && (e->depth == 18 || e->depth == 34);
    if (e->depth == 34 && c->basic_blocks)
        memcpy(c->n_blocks, as_50, sizeof as_50);
    else if ((e->depth < 50 && !c->basic_blocks) || !sfd_net_config_set_depth(c, e->depth))
        sfd_mm_fail(r, dict, SFD_ERR_UNSUPPORTED,
                    c->arch == SFD_ARCH_TSN_AUDIO
                        ? "is not supported unless depth is 18, 34, 50, 101 or 152"
                        : "is not supported unless depth is 50, 101 or 152");
    c->depth = e->depth;
}

static void use_ears(sfd_mm_reader *r, const sfd_py *dict, const ears *e)
{
    sfd_net_config *c = r->c;
    const bool heard_before = sfd_net_config_n_pathways(c) == 0;
    c->arch = sfd_mm_is_type(sfd_py_get(dict, "type"), "ResNetAudio") ? SFD_ARCH_AUDIOONLY
                                                                      : SFD_ARCH_TSN_AUDIO;
    if (!heard_before)
        sfd_net_config_set_features(c);
    use_depth(r, dict, e);
    c->width_per_group = e->base_channels;
    c->num_groups = 1;
    c->stride_1x1 = e->style == 1;
    c->audio.separate_stages = e->apart;
    for (int s = 0; s < SFD_N_STAGES; s++) {
        c->spatial_strides[s][0] = e->strides[s];
        c->spatial_dilations[s][0] = e->dilations[s];
        c->nonlocal_blocks[s][0] = 0;
    }
    if (!e->normed)
        sfd_mm_fail(r, dict, SFD_ERR_UNSUPPORTED, "is not supported without a norm_cfg");
}

static const char *const norms[] = {"BN2d", "SyncBN", "BN", NULL};

static void read_resnet_audio(sfd_mm_reader *r, const sfd_py *backbone, ears *e)
{
    e->base_channels = 32;
    e->apart = 2;
    sfd_mm_read_dict(r, backbone, "model.backbone",
                     (const sfd_mm_key[]){
                         {"type", sfd_mm_want_text, NULL, "ResNetAudio"},
                         {"depth", sfd_mm_int, &e->depth, NULL},
                         {"base_channels", sfd_mm_int, &e->base_channels, NULL},
                         {"strides", sfd_mm_stage_ints, e->strides, NULL},
                         {"dilations", sfd_mm_stage_ints, e->dilations, NULL},
                         {"factorize", read_factorize, &e->apart, NULL},
                         {"norm_cfg", sfd_mm_norm, &e->normed, norms},
                         {"in_channels", sfd_mm_want_numbers, NULL, "1"},
                         {"num_stages", sfd_mm_want_numbers, NULL, "4"},
                         {"conv1_kernel", sfd_mm_want_numbers, NULL, "9"},
                         {"conv1_stride", sfd_mm_want_numbers, NULL, "1"},
                         {"conv_cfg", NULL, NULL, NULL}, /* which the class makes no use of */
                         {"act_cfg", sfd_mm_layer, NULL, "ReLU"},
                         {"pretrained", NULL, NULL, NULL},
                         {"frozen_stages", NULL, NULL, NULL},
                         {"norm_eval", NULL, NULL, NULL},
                         {"with_cp", NULL, NULL, NULL},
                         {"zero_init_residual", NULL, NULL, NULL},
                         {"init_cfg", NULL, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
}

/* in_channels is 3 where nothing is said, and of pictures then. */
static void read_resnet(sfd_mm_reader *r, const sfd_py *backbone, ears *e)
{
    static const char *const styles[] = {"pytorch", "caffe", NULL};
    e->base_channels = 64;
    sfd_mm_read_dict(r, backbone, "model.backbone",
                     (const sfd_mm_key[]){
                         {"type", sfd_mm_want_text, NULL, "ResNet"},
                         {"depth", sfd_mm_int, &e->depth, NULL},
                         {"strides", sfd_mm_stage_ints, e->strides, NULL},
                         {"dilations", sfd_mm_stage_ints, e->dilations, NULL},
                         {"style", sfd_mm_choice, &e->style, styles},
                         {"norm_cfg", sfd_mm_norm, &e->normed, norms},
                         {"in_channels", sfd_mm_want_numbers, NULL, "1"},
                         {"num_stages", sfd_mm_want_numbers, NULL, "4"},
                         {"out_indices", sfd_mm_want_numbers, NULL, "3"},
                         {"conv_cfg", sfd_mm_layer, NULL, "Conv"},
                         {"act_cfg", sfd_mm_layer, NULL, "ReLU"},
                         {"pretrained", NULL, NULL, NULL},
                         {"torchvision_pretrain", NULL, NULL, NULL},
                         {"frozen_stages", NULL, NULL, NULL},
                         {"norm_eval", NULL, NULL, NULL},
                         {"partial_bn", NULL, NULL, NULL},
                         {"with_cp", NULL, NULL, NULL},
                         {"init_cfg", NULL, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
    if (r->status == SFD_OK && !sfd_py_get(backbone, "in_channels"))
        sfd_mm_fail(r, backbone, SFD_ERR_UNSUPPORTED, "is not supported unless in_channels is 1");
}

static void read_backbone(sfd_mm_reader *r, const sfd_py *backbone)
{
    ears e = {.depth = 50, .strides = {1, 2, 2, 2}, .dilations = {1, 1, 1, 1}, .normed = true};
    const sfd_py *type = sfd_py_get(backbone, "type");
    r->where = "model.backbone";
    if (sfd_mm_is_type(type, "ResNetAudio"))
        read_resnet_audio(r, backbone, &e);
    else if (sfd_mm_is_type(type, "ResNet"))
        read_resnet(r, backbone, &e);
    else
        sfd_mm_fail(r, type ? type : backbone, SFD_ERR_UNSUPPORTED,
                    "is not supported; of recognisers of sound ResNetAudio and ResNet are");
    r->where = "model.backbone";
    if (r->status == SFD_OK)
        use_ears(r, backbone, &e);
}

/* -- model */

/* Features are not normalised: without mean and std the preprocessor only puts clips together. */
void sfd_mm_read_listener(sfd_mm_reader *r, const sfd_py *model)
{
    static const char *const types[] = {"RecognizerAudio", "AudioRecognizer", NULL};
    const sfd_py *backbone = NULL, *head = NULL, *preprocessor = NULL, *test_cfg = NULL;
    int type;
    sfd_mm_read_dict(r, model, "model",
                     (const sfd_mm_key[]){
                         {"type", sfd_mm_choice, &type, types},
                         {"backbone", sfd_mm_member, &backbone, NULL},
                         {"cls_head", sfd_mm_member, &head, NULL},
                         {"data_preprocessor", sfd_mm_member, &preprocessor, NULL},
                         {"test_cfg", sfd_mm_member, &test_cfg, NULL},
                         {"neck", sfd_mm_want_none, NULL, NULL},
                         {"train_cfg", NULL, NULL, NULL},
                         {"pretrained", NULL, NULL, NULL},
                         {"init_cfg", NULL, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
    if (r->status == SFD_OK)
        read_backbone(r, backbone);
    r->c->global_context = false;
    r->c->relation_convs = 0;
    if (r->status == SFD_OK)
        sfd_mm_read_cls_head(r, head);
    sfd_mm_read_test_cfg(r, test_cfg);
    sfd_mm_read_dict(r, preprocessor, "model.data_preprocessor",
                     (const sfd_mm_key[]){
                         {"type", sfd_mm_want_text, NULL, "ActionDataPreprocessor"},
                         {"mean", sfd_mm_want_none, NULL, NULL},
                         {"std", sfd_mm_want_none, NULL, NULL},
                         {"format_shape", NULL, NULL, NULL},
                         {"to_rgb", NULL, NULL, NULL},
                         {"to_float32", NULL, NULL, NULL},
                         {"blending", NULL, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
}

/* -- pipeline */

bool sfd_mm_read_sound_step(sfd_mm_reader *r, const sfd_py *step, sfd_mm_clip *clip)
{
    static const char *const neutral[] = {"LoadAudioFeature", "PackActionInputs", "Collect",
                                          "ToTensor", NULL};
    const sfd_py *type = sfd_py_get(step, "type");
    for (size_t i = 0; neutral[i]; i++)
        if (sfd_mm_is_type(type, neutral[i]))
            return true;
    if (sfd_mm_is_type(type, "SampleFrames"))
        sfd_mm_read_sample_frames(r, step, clip);
    else if (sfd_mm_is_type(type, "AudioFeatureSelector"))
        sfd_mm_read_dict(r, step, "AudioFeatureSelector",
                         (const sfd_mm_key[]){
                             {"type", NULL, NULL, NULL},
                             {"fixed_length", sfd_mm_int, &r->c->audio.n_steps, NULL},
                             {NULL, NULL, NULL, NULL},
                         });
    else if (sfd_mm_is_type(type, "FormatAudioShape"))
        sfd_mm_read_dict(r, step, "FormatAudioShape",
                         (const sfd_mm_key[]){
                             {"type", NULL, NULL, NULL},
                             {"input_format", sfd_mm_want_text, NULL, "NCTF"},
                             {NULL, NULL, NULL, NULL},
                         });
    else
        return false;
    return true;
}

void sfd_mm_use_sound_clip(sfd_mm_reader *r, const sfd_mm_clip *clip)
{
    sfd_net_config *c = r->c;
    c->test_crops = 1;
    if (clip->n_frames != 0) {
        c->num_frames = clip->n_frames;
        c->sampling_rate = clip->interval;
        return;
    }
    r->status = sfd_notes_add(r->notes, r->err,
                              "assumed: clips of %d frames, every %d of the video: no SampleFrames "
                              "in the configuration",
                              c->num_frames, c->sampling_rate);
}
