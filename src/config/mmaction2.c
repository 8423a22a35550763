/* SPDX-License-Identifier: Apache-2.0 */
/* MMAction2's Python configs, as far as they are literals. */
#include "config/mmaction2.h"
#include "base/error.h"
#include "base/file.h"
#include "config/python_literals.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONFIG_BYTES (256 * 1024)
#define MAX_ARENA_BYTES  (16 << 20)
#define MAX_BASES        4 /* _base_ of a _base_ of ... */

typedef struct reader {
    sfd_net_config *c;
    const char *origin;
    sfd_error *err;
    sfd_status status;
} reader;

static void fail_value(reader *r, const sfd_py *v, const char *key, sfd_status status,
                       const char *problem)
{
    if (r->status == SFD_OK)
        r->status = sfd_fail(r->err, status, "%s:%zu: %s %s", r->origin, v->line, key, problem);
}

static bool to_int(const sfd_py *v, int *out)
{
    if (!v || v->type != SFD_PY_NUMBER || v->number < -65536 || v->number > 65536 ||
        v->number != (int)v->number)
        return false;
    *out = (int)v->number;
    return true;
}

static void read_int(reader *r, const sfd_py *dict, const char *key, int *out)
{
    const sfd_py *v = sfd_py_get(dict, key);
    if (v && v->type != SFD_PY_OTHER && !to_int(v, out))
        fail_value(r, v, key, SFD_ERR_FORMAT, "is not a whole number");
}

static void read_bool(const sfd_py *dict, const char *key, bool *out)
{
    const sfd_py *v = sfd_py_get(dict, key);
    if (v && v->type == SFD_PY_BOOL)
        *out = v->number != 0.0;
}

/* One number per stage, for one pathway. */
static void read_stages(reader *r, const sfd_py *dict, const char *key,
                        int values[SFD_N_STAGES][SFD_MAX_PATHWAYS], int pathway)
{
    const sfd_py *v = sfd_py_get(dict, key), *item = v ? v->child : NULL;
    if (!v || v->type != SFD_PY_LIST)
        return;
    for (int i = 0; i < SFD_N_STAGES; i++, item = item ? item->next : NULL)
        if (!to_int(item, &values[i][pathway]))
            fail_value(r, v, key, SFD_ERR_FORMAT, "is not a list of four whole numbers");
}

/* Of 0..255 pictures. */
static void read_channels(reader *r, const sfd_py *dict, const char *key, float out[3])
{
    const sfd_py *v = sfd_py_get(dict, key), *item = v ? v->child : NULL;
    if (!v || v->type != SFD_PY_LIST)
        return;
    for (int i = 0; i < 3; i++, item = item->next) {
        if (!item || item->type != SFD_PY_NUMBER) {
            fail_value(r, v, key, SFD_ERR_FORMAT, "is not a list of three numbers");
            return;
        }
        out[i] = (float)(item->number / 255.0);
    }
}

static void read_nonlocal(reader *r, const sfd_py *backbone)
{
    const sfd_py *cfg = sfd_py_get(backbone, "non_local_cfg"), *mode = sfd_py_get(cfg, "mode");
    bool pooled = true, scaled = true;
    if (!cfg)
        return;
    read_bool(cfg, "sub_sample", &pooled);
    read_bool(cfg, "use_scale", &scaled);
    for (int i = 0; i < SFD_N_STAGES; i++)
        for (int axis = 1; axis < 3; axis++)
            r->c->nonlocal_pool[i][0][axis] = pooled ? 2 : 1;
    if (sfd_py_is(mode, "dot_product"))
        r->c->nonlocal_kind = SFD_NONLOCAL_DOT_PRODUCT;
    else if (mode && !sfd_py_is(mode, "embedded_gaussian"))
        fail_value(r, mode, "non_local_cfg.mode", SFD_ERR_UNSUPPORTED,
                   "is not supported; supported: embedded_gaussian, dot_product");
    else if (!scaled)
        fail_value(r, cfg, "non_local_cfg.use_scale", SFD_ERR_UNSUPPORTED,
                   "False is not supported");
}

/* ((0, 0, 0), (1, 0, 1, 0), ...): after which blocks of each stage */
static void read_nonlocal_blocks(reader *r, const sfd_py *backbone)
{
    const sfd_py *v = sfd_py_get(backbone, "non_local"), *stage = v ? v->child : NULL;
    for (int i = 0; i < SFD_N_STAGES && stage; i++, stage = stage->next) {
        const sfd_py *flag = stage->type == SFD_PY_LIST ? stage->child : NULL;
        r->c->nonlocal_blocks[i][0] = 0;
        for (int b = 0; b < SFD_MAX_STAGE_BLOCKS && flag; b++, flag = flag->next)
            if (flag->number != 0.0)
                r->c->nonlocal_blocks[i][0] |= UINT64_C(1) << b;
    }
}

/* What tensors tell too, for when there are none. */
static void read_architecture(reader *r, const sfd_py *backbone)
{
    const sfd_py *type = sfd_py_get(backbone, "type"), *fast = sfd_py_get(backbone, "fast_pathway"),
                 *slow = sfd_py_get(backbone, "slow_pathway");
    int depth = r->c->depth, fast_width = 0;
    bool lateral_norm = !r->c->bare_lateral;
    if (!slow)
        slow = backbone;
    if (type && type->type == SFD_PY_TEXT) {
        bool two = strstr(type->text, "SlowFast") != NULL;
        if (!two && !strstr(type->text, "SlowOnly"))
            fail_value(r, type, "backbone.type", SFD_ERR_UNSUPPORTED,
                       "is not supported; supported: ResNet3dSlowFast, ResNet3dSlowOnly");
        r->c->arch = two ? SFD_ARCH_SLOWFAST : SFD_ARCH_SLOW;
    }
    read_int(r, slow, "depth", &depth);
    if (depth != r->c->depth && (depth < 50 || !sfd_net_config_set_depth(r->c, depth)))
        fail_value(r, slow, "depth", SFD_ERR_UNSUPPORTED, "is not supported; supported: 50, 101");
    for (int i = 0; i < SFD_N_STAGES; i++) /* all blocks of a stage are inflated or none */
        for (int p = 0; p < SFD_MAX_PATHWAYS; p++)
            r->c->num_block_temp_kernel[i][p] = r->c->n_blocks[i];
    read_int(r, slow, "base_channels", &r->c->width_per_group);
    read_int(r, slow, "fusion_kernel", &r->c->fusion_kernel);
    read_bool(slow, "lateral_norm", &lateral_norm);
    r->c->bare_lateral = !lateral_norm;
    read_int(r, fast, "base_channels", &fast_width);
    if (fast_width > 0)
        r->c->beta_inv = r->c->width_per_group / fast_width;
    read_nonlocal_blocks(r, backbone);
}

/* The network sees every (resample_rate / speed_ratio)-th picture of the clip in its fast pathway,
 * every resample_rate-th in its slow one. */
static void read_backbone(reader *r, const sfd_py *backbone, int *resample_rate)
{
    const sfd_py *slow = sfd_py_get(backbone, "slow_pathway"),
                 *fast = sfd_py_get(backbone, "fast_pathway");
    read_int(r, backbone, "resample_rate", resample_rate);
    read_int(r, backbone, "speed_ratio", &r->c->alpha);
    read_stages(r, slow ? slow : backbone, "spatial_strides", r->c->spatial_strides, 0);
    read_stages(r, slow ? slow : backbone, "dilations", r->c->spatial_dilations, 0);
    read_stages(r, fast, "spatial_strides", r->c->spatial_strides, 1);
    read_stages(r, fast, "dilations", r->c->spatial_dilations, 1);
    read_nonlocal(r, backbone);
}

static void read_roi_head(reader *r, const sfd_py *roi_head)
{
    const sfd_py *extractor = sfd_py_get(roi_head, "bbox_roi_extractor"),
                 *head = sfd_py_get(roi_head, "bbox_head"),
                 *mode = sfd_py_get(extractor, "temporal_pool_mode"),
                 *kind = sfd_py_get(extractor, "roi_layer_type"),
                 *spatial = sfd_py_get(head, "spatial_pool_type");
    bool multilabel = true;
    read_int(r, extractor, "output_size", &r->c->roi_resolution);
    read_int(r, extractor, "featmap_stride", &r->c->spatial_scale_factor);
    read_bool(extractor, "aligned", &r->c->aligned);
    if (mode)
        r->c->temporal_max = sfd_py_is(mode, "max");
    read_bool(extractor, "with_global", &r->c->global_context);
    read_int(r, head, "num_classes", &r->c->num_classes);
    read_bool(head, "multilabel", &multilabel);
    r->c->head_act = multilabel ? SFD_HEAD_SIGMOID : SFD_HEAD_SOFTMAX;
    if (kind && kind->type == SFD_PY_TEXT && !sfd_py_is(kind, "RoIAlign"))
        fail_value(r, kind, "roi_layer_type", SFD_ERR_UNSUPPORTED,
                   "is not supported; supported: RoIAlign");
    if (spatial && !sfd_py_is(spatial, "max"))
        fail_value(r, spatial, "spatial_pool_type", SFD_ERR_UNSUPPORTED,
                   "is not supported; supported: max");
    if (sfd_py_get(roi_head, "shared_head") &&
        sfd_py_get(roi_head, "shared_head")->type == SFD_PY_DICT)
        fail_value(r, sfd_py_get(roi_head, "shared_head"), "shared_head", SFD_ERR_UNSUPPORTED,
                   "(feature banks, ACRN) is not supported");
}

static void read_pipeline(reader *r, const sfd_py *pipeline, int *clip_len, int *interval)
{
    for (const sfd_py *step = pipeline ? pipeline->child : NULL; step; step = step->next) {
        const sfd_py *type = sfd_py_get(step, "type"), *scale = sfd_py_get(step, "scale");
        if (sfd_py_is(type, "SampleAVAFrames")) {
            read_int(r, step, "clip_len", clip_len);
            read_int(r, step, "frame_interval", interval);
        }
        if (sfd_py_is(type, "Resize") && scale && scale->type == SFD_PY_LIST && scale->child)
            to_int(scale->child->next, &r->c->test_crop_size);
    }
}

static void read_module(reader *r, const sfd_py *module)
{
    const sfd_py *model = sfd_py_get(module, "model"), *pipeline,
                 *norm = sfd_py_get(module, "img_norm_cfg"); /* before version 1 */
    read_architecture(r, sfd_py_get(model, "backbone"));
    bool two = r->c->arch == SFD_ARCH_SLOWFAST;
    /* what the clip would be if the file said nothing */
    int resample_rate = r->c->alpha, clip_len = r->c->num_frames, interval = r->c->sampling_rate;
    read_backbone(r, sfd_py_get(model, "backbone"), &resample_rate);
    read_roi_head(r, sfd_py_get(model, "roi_head"));
    if (!norm)
        norm = sfd_py_get(model, "data_preprocessor");
    read_channels(r, norm, "mean", r->c->mean);
    read_channels(r, norm, "std", r->c->std);
    pipeline = sfd_py_get(module, "val_pipeline");
    read_pipeline(r, pipeline ? pipeline : sfd_py_get(module, "test_pipeline"), &clip_len,
                  &interval);
    int step = two && r->c->alpha > 0 ? resample_rate / r->c->alpha : 1;
    if (two &&
        (r->c->alpha < 1 || step < 1 || resample_rate % r->c->alpha != 0 || clip_len % step != 0)) {
        fail_value(r, module, "resample_rate and speed_ratio", SFD_ERR_UNSUPPORTED,
                   "do not divide the clip evenly");
        return;
    }
    r->c->num_frames = clip_len / step;
    r->c->sampling_rate = interval * step;
}

sfd_status sfd_mmaction2_config_parse_over(sfd_net_config *c, const char *text, size_t n_bytes,
                                           const char *origin, sfd_error *err)
{
    sfd_arena arena;
    const sfd_py *module;
    sfd_arena_init(&arena, MAX_ARENA_BYTES);
    sfd_status status = sfd_py_parse(&module, &arena, text, n_bytes, origin, err);
    if (status == SFD_OK) {
        reader r = {.c = c, .origin = origin, .err = err};
        read_module(&r, module);
        status = r.status;
    }
    sfd_arena_free(&arena);
    return status;
}

static sfd_status load(sfd_net_config *c, const char *path, int depth, sfd_error *err);

/* The configs that this one changes, relative to its folder. */
static sfd_status load_base(sfd_net_config *c, const char *path, const sfd_py *base, int depth,
                            sfd_error *err)
{
    const char *slash = strrchr(path, '/');
    char name[PATH_MAX];
    if (base->type != SFD_PY_TEXT || strstr(base->text, "default_runtime"))
        return SFD_OK;
    int n = snprintf(name, sizeof name, "%.*s%s", slash ? (int)(slash - path) + 1 : 0, path,
                     base->text);
    if (depth == MAX_BASES || n < 0 || (size_t)n >= sizeof name)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s:%zu: _base_ goes too deep", path, base->line);
    return load(c, name, depth + 1, err);
}

static sfd_status load(sfd_net_config *c, const char *path, int depth, sfd_error *err)
{
    char *text;
    size_t n_bytes;
    sfd_arena arena;
    const sfd_py *module;
    sfd_status status = sfd_read_text(&text, &n_bytes, path, MAX_CONFIG_BYTES, err);
    if (status != SFD_OK)
        return status;
    sfd_arena_init(&arena, MAX_ARENA_BYTES);
    status = sfd_py_parse(&module, &arena, text, n_bytes, path, err);
    const sfd_py *base = status == SFD_OK ? sfd_py_get(module, "_base_") : NULL;
    if (base && base->type == SFD_PY_TEXT)
        status = load_base(c, path, base, depth, err);
    for (const sfd_py *b = base && base->type == SFD_PY_LIST ? base->child : NULL;
         status == SFD_OK && b; b = b->next)
        status = load_base(c, path, b, depth, err);
    if (status == SFD_OK) {
        reader r = {.c = c, .origin = path, .err = err};
        read_module(&r, module);
        status = r.status;
    }
    sfd_arena_free(&arena);
    free(text);
    return status;
}

bool sfd_is_mmaction2_config(const char *path)
{
    size_t n = strlen(path);
    return n > 3 && strcmp(path + n - 3, ".py") == 0;
}

sfd_status sfd_mmaction2_config_load_over(sfd_net_config *c, const char *path, sfd_error *err)
{
    sfd_status status = load(c, path, 0, err);
    if (status == SFD_OK)
        sfd_net_config_set_name(c, path);
    return status;
}
