/* SPDX-License-Identifier: Apache-2.0 */
/* Backbone and RoI head of MMAction2's configs. Absent keys have the defaults of MMAction2's
 * classes: ResNet3dSlowFast, ResNet3dSlowOnly, ResNet3dPathway, SingleRoIExtractor3D, BBoxHeadAVA.
 */
#include "config/mmaction2_parts.h"

#include <string.h>

/* -- non-local blocks */

static bool is_set(sfd_mm_reader *r, const sfd_py *flag)
{
    if (flag->type != SFD_PY_NUMBER && flag->type != SFD_PY_BOOL)
        sfd_mm_fail(r, flag, SFD_ERR_UNSUPPORTED, "has a member that is no number");
    return flag->number != 0.0;
}

/* ((0, 0, 0), (1, 0, 1, 0), 0, ...): after which blocks of each stage; a number counts for all. */
static void read_nonlocal_blocks(sfd_mm_reader *r, const sfd_py *v, int pathway)
{
    const sfd_py *stage = v && v->type == SFD_PY_LIST ? v->child : v;
    for (int i = 0; i < SFD_N_STAGES && stage; i++) {
        uint64_t blocks = 0;
        const sfd_py *flag = stage->type == SFD_PY_LIST ? stage->child : NULL;
        if (stage->type != SFD_PY_LIST && is_set(r, stage))
            blocks = (UINT64_C(1) << sfd_net_config_blocks(r->c, i, pathway)) - 1;
        for (int b = 0; b < SFD_MAX_STAGE_BLOCKS && flag; b++, flag = flag->next)
            if (is_set(r, flag))
                blocks |= UINT64_C(1) << b;
        r->c->nonlocal_blocks[i][pathway] = blocks;
        if (v->type == SFD_PY_LIST)
            stage = stage->next;
    }
}

void sfd_mm_norm(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    static const char *const types[] = {"BN3d", "SyncBN", "BN", NULL};
    int ignored;
    *(bool *)field = v->type == SFD_PY_DICT;
    sfd_mm_read_dict(r, v, "norm_cfg",
                     (const sfd_mm_key[]){{"type", sfd_mm_choice, &ignored, aux ? aux : types},
                                          {"requires_grad", NULL, NULL, NULL},
                                          {"eps", sfd_mm_want_numbers, NULL, "1e-5"},
                                          {NULL, NULL, NULL, NULL}});
}

/* Which class makes a convolution or an activation: the one that it is without the key. */
void sfd_mm_layer(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)field;
    if (v->type == SFD_PY_NONE)
        sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, "is not supported");
    sfd_mm_read_dict(r, v, v->key,
                     (const sfd_mm_key[]){{"type", sfd_mm_want_text, NULL, aux},
                                          {"inplace", NULL, NULL, NULL},
                                          {NULL, NULL, NULL, NULL}});
}

static void read_nonlocal_cfg(sfd_mm_reader *r, const sfd_py *cfg, int pathway)
{
    static const char *const modes[] = {"dot_product", "embedded_gaussian", NULL};
    int mode = 1;
    bool pooled = false, normed = false;
    sfd_mm_read_dict(r, cfg, "non_local_cfg",
                     (const sfd_mm_key[]){{"sub_sample", sfd_mm_bool, &pooled, NULL},
                                          {"use_scale", sfd_mm_want_true, NULL, NULL},
                                          {"mode", sfd_mm_choice, &mode, modes},
                                          {"norm_cfg", sfd_mm_norm, &normed, NULL},
                                          {"reduction", sfd_mm_want_numbers, NULL, "2"},
                                          {"zeros_init", NULL, NULL, NULL},
                                          {NULL, NULL, NULL, NULL}});
    if (r->status == SFD_OK && !normed)
        sfd_mm_fail(r, cfg, SFD_ERR_UNSUPPORTED, "is not supported without a norm_cfg");
    r->c->nonlocal_kind = mode ? SFD_NONLOCAL_SOFTMAX : SFD_NONLOCAL_DOT_PRODUCT;
    for (int i = 0; i < SFD_N_STAGES; i++) {
        r->c->nonlocal_pool[i][pathway][0] = 1;
        r->c->nonlocal_pool[i][pathway][1] = r->c->nonlocal_pool[i][pathway][2] = pooled ? 2 : 1;
    }
}

/* -- pathways */

/* ResNet3dPathway; what two pathways must share is compared by the caller. */
typedef struct pathway {
    int depth, base_channels, fusion_kernel, lateral_inflation, style;
    int strides[SFD_N_STAGES], dilations[SFD_N_STAGES], inflate[SFD_N_STAGES];
    bool lateral, lateral_norm;
    const sfd_py *non_local, *non_local_cfg;
} pathway;

static const pathway pathway_defaults = {
    .depth = 50,
    .base_channels = 64,
    .fusion_kernel = 5,
    .lateral_inflation = 2,
    .strides = {1, 2, 2, 2},
    .dilations = {1, 1, 1, 1},
    .inflate = {1, 1, 1, 1},
};

static void read_inflate(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    int *inflate = field;
    if (v->type == SFD_PY_NUMBER || v->type == SFD_PY_BOOL)
        for (int i = 0; i < SFD_N_STAGES; i++)
            inflate[i] = v->number != 0.0;
    else
        sfd_mm_stage_ints(r, v, field, aux);
}

/* `stem` is the kernel that the network's stem has. */
static void read_pathway(sfd_mm_reader *r, const sfd_py *dict, const char *where, const char *stem,
                         pathway *p)
{
    static const char *const styles[] = {"pytorch", "caffe", NULL};
    static const char *const types[] = {"resnet3d", "ResNet3dSlowOnly", NULL};
    int type;
    bool normed = true;
    const sfd_mm_key keys[] = {
        {"type", sfd_mm_choice, &type, types},
        {"depth", sfd_mm_int, &p->depth, NULL},
        {"base_channels", sfd_mm_int, &p->base_channels, NULL},
        {"spatial_strides", sfd_mm_stage_ints, p->strides, NULL},
        {"dilations", sfd_mm_stage_ints, p->dilations, NULL},
        {"inflate", read_inflate, p->inflate, NULL},
        {"style", sfd_mm_choice, &p->style, styles},
        {"lateral", sfd_mm_bool, &p->lateral, NULL},
        {"lateral_norm", sfd_mm_bool, &p->lateral_norm, NULL},
        {"lateral_infl", sfd_mm_int, &p->lateral_inflation, NULL},
        {"fusion_kernel", sfd_mm_int, &p->fusion_kernel, NULL},
        {"non_local", sfd_mm_member, &p->non_local, NULL},
        {"non_local_cfg", sfd_mm_member, &p->non_local_cfg, NULL},
        {"conv1_kernel", sfd_mm_want_numbers, NULL, stem},
        {"norm_cfg", sfd_mm_norm, &normed, NULL},
        {"in_channels", sfd_mm_want_numbers, NULL, "3"},
        {"num_stages", sfd_mm_want_numbers, NULL, "4"},
        {"out_indices", sfd_mm_want_numbers, NULL, "3"},
        {"temporal_strides", sfd_mm_want_numbers, NULL, "1 1 1 1"},
        {"conv1_stride_s", sfd_mm_want_numbers, NULL, "2"},
        {"conv1_stride_t", sfd_mm_want_numbers, NULL, "1"},
        {"pool1_stride_s", sfd_mm_want_numbers, NULL, "2"},
        {"pool1_stride_t", sfd_mm_want_numbers, NULL, "1"},
        {"with_pool1", sfd_mm_want_true, NULL, NULL},
        {"with_pool2", sfd_mm_want_false, NULL, NULL},
        {"inflate_style", sfd_mm_want_text, NULL, "3x1x1"},
        {"lateral_inv", sfd_mm_want_false, NULL, NULL},
        {"lateral_activate", sfd_mm_want_numbers, NULL, "1 1 1 1"},
        {"stage_blocks", sfd_mm_want_none, NULL, NULL},
        {"conv_cfg", sfd_mm_layer, NULL, "Conv3d"},
        {"act_cfg", sfd_mm_layer, NULL, "ReLU"},
        {"speed_ratio", NULL, NULL, NULL}, /* of the pathway: overwritten by the network's */
        {"channel_ratio", NULL, NULL, NULL},
        {"pretrained", NULL, NULL, NULL},
        {"pretrained2d", NULL, NULL, NULL},
        {"frozen_stages", NULL, NULL, NULL},
        {"norm_eval", NULL, NULL, NULL},
        {"norm_frozen", NULL, NULL, NULL},
        {"with_cp", NULL, NULL, NULL},
        {"zero_init_residual", NULL, NULL, NULL},
        {"init_cfg", NULL, NULL, NULL},
        {NULL, NULL, NULL, NULL},
    };
    sfd_mm_read_dict(r, dict, where, keys);
    if (r->status == SFD_OK && !normed)
        sfd_mm_fail(r, dict, SFD_ERR_UNSUPPORTED, "is not supported without a norm_cfg");
}

/* Puts what was read into pathway i of the network. */
static void use_pathway(sfd_mm_reader *r, const sfd_py *dict, const pathway *p, int i)
{
    sfd_net_config *c = r->c;
    for (int s = 0; s < SFD_N_STAGES; s++) {
        c->spatial_strides[s][i] = p->strides[s];
        c->spatial_dilations[s][i] = p->dilations[s];
        c->num_block_temp_kernel[s][i] = p->inflate[s] ? sfd_net_config_blocks(c, s, i) : 0;
        c->nonlocal_blocks[s][i] = 0;
    }
    /* The slow pathway's first stages never have temporal kernels here. */
    if (i == 0 && (p->inflate[0] || p->inflate[1]))
        sfd_mm_fail(r, dict, SFD_ERR_UNSUPPORTED,
                    "is not supported unless inflate begins with 0, 0");
    for (int s = 0; i == 0 && s < 2; s++)
        c->num_block_temp_kernel[s][0] = c->n_blocks[s];
    read_nonlocal_blocks(r, p->non_local, i);
    uint64_t blocks = 0;
    for (int s = 0; s < SFD_N_STAGES; s++)
        blocks |= c->nonlocal_blocks[s][i];
    if (blocks)
        read_nonlocal_cfg(r, p->non_local_cfg ? p->non_local_cfg : dict, i);
}

static void use_depth(sfd_mm_reader *r, const sfd_py *dict, int depth, int fast_depth)
{
    if (depth < 50 || !sfd_net_config_set_depth(r->c, depth) || fast_depth < 50 ||
        !sfd_net_config_set_fast_depth(r->c, fast_depth))
        sfd_mm_fail(r, dict, SFD_ERR_UNSUPPORTED,
                    "is not supported unless depth is 50, 101 or 152");
}

/* -- networks */

static void read_slowonly(sfd_mm_reader *r, const sfd_py *backbone, int *resample_rate)
{
    pathway p = pathway_defaults;
    p.inflate[0] = p.inflate[1] = 0;
    r->where = "model.backbone";
    read_pathway(r, backbone, "model.backbone", "1 7 7", &p);
    if (p.lateral)
        sfd_mm_fail(r, backbone, SFD_ERR_UNSUPPORTED, "is not supported unless lateral is False");
    r->c->arch = SFD_ARCH_SLOW;
    r->c->width_per_group = p.base_channels;
    r->c->stride_1x1 = p.style == 1;
    *resample_rate = 1;
    use_depth(r, backbone, p.depth, p.depth);
    use_pathway(r, backbone, &p, 0);
}

/* Both pathways go through the same code, so most of their values must agree. */
static void use_both(sfd_mm_reader *r, const sfd_py *backbone, const pathway *slow,
                     const pathway *fast)
{
    sfd_net_config *c = r->c;
    if (!slow->lateral || fast->lateral)
        sfd_mm_fail(r, backbone, SFD_ERR_UNSUPPORTED,
                    "is not supported unless lateral is True for the slow pathway alone");
    if (slow->style != fast->style)
        sfd_mm_fail(r, backbone, SFD_ERR_UNSUPPORTED,
                    "is not supported with pathways of different style");
    if (fast->base_channels < 1 || slow->base_channels % fast->base_channels != 0)
        sfd_mm_fail(r, backbone, SFD_ERR_UNSUPPORTED,
                    "is not supported unless the slow pathway's base_channels are a multiple of "
                    "the fast one's");
    if (r->status != SFD_OK)
        return;
    c->arch = SFD_ARCH_SLOWFAST;
    c->width_per_group = slow->base_channels;
    c->beta_inv = slow->base_channels / fast->base_channels;
    c->fusion_kernel = slow->fusion_kernel;
    c->fusion_ratio = slow->lateral_inflation;
    c->bare_lateral = !slow->lateral_norm;
    c->stride_1x1 = slow->style == 1;
    use_depth(r, backbone, slow->depth, fast->depth);
    use_pathway(r, backbone, slow, 0);
    use_pathway(r, backbone, fast, 1);
}

static void read_slowfast(sfd_mm_reader *r, const sfd_py *backbone, int *resample_rate)
{
    pathway slow = pathway_defaults, fast = pathway_defaults;
    const sfd_py *slow_dict = NULL, *fast_dict = NULL;
    int channel_ratio = 8;
    *resample_rate = r->c->alpha = 8;
    const sfd_mm_key keys[] = {
        {"type", NULL, NULL, NULL},
        {"resample_rate", sfd_mm_int, resample_rate, NULL},
        {"speed_ratio", sfd_mm_int, &r->c->alpha, NULL},
        {"channel_ratio", sfd_mm_int, &channel_ratio, NULL},
        {"slow_pathway", sfd_mm_member, &slow_dict, NULL},
        {"fast_pathway", sfd_mm_member, &fast_dict, NULL},
        {"pretrained", NULL, NULL, NULL},
        {"init_cfg", NULL, NULL, NULL},
        {NULL, NULL, NULL, NULL},
    };
    sfd_mm_read_dict(r, backbone, "model.backbone", keys);
    if (!slow_dict) {
        slow.inflate[0] = slow.inflate[1] = 0;
        slow.lateral = true;
    }
    if (!fast_dict)
        fast.base_channels = 8;
    read_pathway(r, slow_dict, "model.backbone.slow_pathway", "1 7 7", &slow);
    read_pathway(r, fast_dict, "model.backbone.fast_pathway", "5 7 7", &fast);
    r->where = "model.backbone";
    use_both(r, backbone, &slow, &fast);
    /* Lateral convolutions have base_channels / channel_ratio inputs. */
    if (r->status == SFD_OK && channel_ratio != r->c->beta_inv)
        sfd_mm_fail(r, backbone, SFD_ERR_UNSUPPORTED,
                    "is not supported unless channel_ratio is that of the base_channels");
}

void sfd_mm_read_backbone(sfd_mm_reader *r, const sfd_py *backbone, int *resample_rate)
{
    const sfd_py *type = sfd_py_get(backbone, "type");
    r->where = "model.backbone";
    if (sfd_mm_is_type(type, "ResNet3dSlowFast"))
        read_slowfast(r, backbone, resample_rate);
    else if (sfd_mm_is_type(type, "ResNet3dSlowOnly"))
        read_slowonly(r, backbone, resample_rate);
    else
        sfd_mm_fail(r, type ? type : backbone, SFD_ERR_UNSUPPORTED,
                    "is not supported; supported: ResNet3dSlowFast, ResNet3dSlowOnly, and of sound "
                    "(RecognizerAudio) ResNetAudio and ResNet");
}

int sfd_mm_backbone_channels(const sfd_net_config *c)
{
    const int slow = (c->basic_blocks ? 8 : 32) * c->width_per_group;
    return c->arch == SFD_ARCH_SLOWFAST && c->beta_inv > 0 ? slow + slow / c->beta_inv : slow;
}

/* -- head */

/* Returns whether time is pooled before RoIAlign. */
static bool read_extractor(sfd_mm_reader *r, const sfd_py *extractor)
{
    static const char *const modes[] = {"avg", "max", NULL};
    sfd_net_config *c = r->c;
    bool pooled = true;
    int mode = 0;
    c->roi_resolution = c->spatial_scale_factor = 16;
    c->aligned = true;
    c->global_context = false;
    sfd_mm_read_dict(r, extractor, "model.roi_head.bbox_roi_extractor",
                     (const sfd_mm_key[]){
                         {"type", sfd_mm_want_text, NULL, "SingleRoIExtractor3D"},
                         {"roi_layer_type", sfd_mm_want_text, NULL, "RoIAlign"},
                         {"featmap_stride", sfd_mm_int, &c->spatial_scale_factor, NULL},
                         {"output_size", sfd_mm_square, &c->roi_resolution, NULL},
                         {"sampling_ratio", sfd_mm_want_numbers, NULL, "0"},
                         {"pool_mode", sfd_mm_want_text, NULL, "avg"},
                         {"aligned", sfd_mm_bool, &c->aligned, NULL},
                         {"with_temporal_pool", sfd_mm_bool, &pooled, NULL},
                         {"temporal_pool_mode", sfd_mm_choice, &mode, modes},
                         {"with_global", sfd_mm_bool, &c->global_context, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
    c->temporal_max = pooled && mode == 1;
    return pooled;
}

/* `channels` come to the head. `pooled`: time is no more; else the head pools it, which for a mean
 * is the same. */
static void read_bbox_head(sfd_mm_reader *r, const sfd_py *head, int channels, bool pooled)
{
    static const char *const modes[] = {"avg", "max", NULL};
    sfd_net_config *c = r->c;
    bool multilabel = true, mlp_head = false;
    int mode = 0;
    c->num_classes = 81;
    c->background = true; /* before the key came up, it was always there */
    c->label_offset = 0;
    sfd_mm_read_dict(r, head, "model.roi_head.bbox_head",
                     (const sfd_mm_key[]){
                         {"type", sfd_mm_want_text, NULL, "BBoxHeadAVA"},
                         {"background_class", sfd_mm_bool, &c->background, NULL},
                         {"num_classes", sfd_mm_int, &c->num_classes, NULL},
                         {"multilabel", sfd_mm_bool, &multilabel, NULL},
                         {"temporal_pool_type", sfd_mm_choice, &mode, modes},
                         {"spatial_pool_type", sfd_mm_want_text, NULL, "max"},
                         {"mlp_head", sfd_mm_bool, &mlp_head, NULL},
                         {"in_channels", sfd_mm_want_channels, NULL, &channels},
                         {"dropout_ratio", NULL, NULL, NULL},
                         {"dropout_before_pool", NULL, NULL, NULL},
                         {"topk", NULL, NULL, NULL},
                         {"focal_alpha", NULL, NULL, NULL},
                         {"focal_gamma", NULL, NULL, NULL},
                         {"init_cfg", NULL, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
    c->head_act = multilabel ? SFD_HEAD_SIGMOID : SFD_HEAD_SOFTMAX;
    c->classifier = mlp_head ? SFD_CLASSIFIER_MLP : SFD_CLASSIFIER_LINEAR;
    c->temporal_max_roi = !pooled && mode == 1;
}

static void read_relation(sfd_mm_reader *r, const sfd_py *head)
{
    sfd_net_config *c = r->c;
    const int channels = 2 * sfd_mm_backbone_channels(c); /* a box's beside the whole map's */
    c->relation_convs = 1;
    sfd_mm_read_dict(r, head, "model.roi_head.shared_head",
                     (const sfd_mm_key[]){
                         {"type", NULL, NULL, NULL},
                         {"in_channels", sfd_mm_want_channels, NULL, &channels},
                         {"out_channels", sfd_mm_int, &c->relation_channels, NULL},
                         {"num_convs", sfd_mm_int, &c->relation_convs, NULL},
                         {"stride", sfd_mm_want_numbers, NULL, "1"},
                         {"conv_cfg", sfd_mm_layer, NULL, "Conv3d"},
                         {"act_cfg", sfd_mm_layer, NULL, "ReLU"},
                         {"norm_cfg", sfd_mm_norm, &(bool){true}, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
}

/* ACRN; heads that score with more than the clip at hand are refused. */
static void read_shared_head(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)field, (void)aux;
    const sfd_py *type = sfd_py_get(v, "type");
    if (v->type == SFD_PY_NONE)
        return;
    if (sfd_mm_is_type(type, "ACRNHead"))
        read_relation(r, v);
    else if (sfd_mm_is_type(type, "FBOHead") || sfd_mm_is_type(type, "LFBInferHead"))
        sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED,
                    "is not supported: it wants a long-term feature bank (LFB), the features of "
                    "all keyframes around");
    else
        sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, "is not supported");
}

void sfd_mm_read_roi_head(sfd_mm_reader *r, const sfd_py *roi_head)
{
    const sfd_py *extractor = NULL, *head = NULL;
    r->c->relation_convs = r->c->relation_channels = 0;
    sfd_mm_read_dict(r, roi_head, "model.roi_head",
                     (const sfd_mm_key[]){
                         {"type", sfd_mm_want_text, NULL, "AVARoIHead"},
                         {"bbox_roi_extractor", sfd_mm_member, &extractor, NULL},
                         {"bbox_head", sfd_mm_member, &head, NULL},
                         {"shared_head", read_shared_head, NULL, NULL},
                         {"train_cfg", NULL, NULL, NULL},
                         {"test_cfg", NULL, NULL, NULL},
                         {"pretrained", NULL, NULL, NULL},
                         {"init_cfg", NULL, NULL, NULL},
                         {NULL, NULL, NULL, NULL},
                     });
    bool pooled = read_extractor(r, extractor);
    if (r->c->relation_convs > 0 && (!pooled || r->c->global_context))
        sfd_mm_fail(r, roi_head, SFD_ERR_UNSUPPORTED,
                    "is not supported with ACRNHead unless with_temporal_pool is True and "
                    "with_global False");
    const int channels = r->c->relation_convs > 0 ? r->c->relation_channels
                         : r->c->global_context   ? 2 * sfd_mm_backbone_channels(r->c)
                                                  : sfd_mm_backbone_channels(r->c);
    read_bbox_head(r, head, channels, pooled);
}
