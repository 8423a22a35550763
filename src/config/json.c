/* SPDX-License-Identifier: Apache-2.0 */
/* sfd_net_config as JSON, for the metadata of converted weights: one member per field of the
 * struct, lists flattened in C order, enumerations by name. */
#include "config/json.h"

#include "base/error.h"
#include "base/utf8.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum kind { KIND_INT, KIND_BOOL, KIND_FLOAT, KIND_DOUBLE, KIND_U64, KIND_ENUM } kind;

typedef struct field {
    const char *name;
    kind kind;
    size_t offset, n;
    const char *const *names; /* of an enumeration, NULL at the end */
    size_t count;             /* offset of the int that counts a list's used items, 0: all n */
} field;

static const char *const families[] = {"pyslowfast", "mmaction2", "pytorchvideo", NULL};
#define ENTRY(kind, name, ...) #name,
static const char *const archs[] = {SFD_ARCHS(ENTRY) NULL};
static const char *const laterals[] = {SFD_LATERALS(ENTRY) NULL};
static const char *const merges[] = {SFD_MERGES(ENTRY) NULL};
static const char *const audio_fusions[] = {SFD_AUDIO_FUSIONS(ENTRY) NULL};
static const char *const fast_inputs[] = {SFD_FAST_INPUTS(ENTRY) NULL};
#undef ENTRY
static const char *const head_acts[] = {"sigmoid", "softmax", "none", NULL};
static const char *const classifiers[] = {"linear", "mlp", NULL};
static const char *const nonlocal_kinds[] = {"dot_product", "softmax", NULL};
static const char *const clip_rules[] = {"uniform", "offset", "spread", "segments", NULL};
static const char *const ensembles[] = {"mean", "max", NULL};
static const char *const video_styles[] = {"pyslowfast", "mmaction2", NULL};
static const char *const samplings[] = {"linspace", "stride", NULL};

#define FIELD(kind, name, n, names)                                                                \
    {                                                                                              \
#name, kind, offsetof(sfd_net_config, name), n, names, 0                                   \
    }
#define ENUM(name, names) FIELD(KIND_ENUM, name, 1, names)
#define INT(name)         FIELD(KIND_INT, name, 1, NULL)
#define BOOL(name)        FIELD(KIND_BOOL, name, 1, NULL)
#define COUNTED(name, counter)                                                                     \
    {                                                                                              \
#name, KIND_INT, offsetof(sfd_net_config, name),                                           \
            sizeof((sfd_net_config *)0)->name / sizeof(int), NULL,                                 \
            offsetof(sfd_net_config, counter)                                                      \
    }
#define AUDIO(kind, name, names)                                                                   \
    {                                                                                              \
        "audio_" #name, kind, offsetof(sfd_net_config, audio.name), 1, names, 0                    \
    }
#define LIST(name) FIELD(KIND_INT, name, sizeof((sfd_net_config *)0)->name / sizeof(int), NULL)

static const field fields[] = {
    ENUM(family, families),
    ENUM(arch, archs),
    INT(num_classes),
    ENUM(head_act, head_acts),
    INT(num_frames),
    INT(sampling_rate),
    INT(train_crop_size),
    INT(test_crop_size),
    FIELD(KIND_FLOAT, mean, 3, NULL),
    FIELD(KIND_FLOAT, std, 3, NULL),
    INT(depth),
    LIST(n_blocks),
    INT(num_groups),
    INT(width_per_group),
    BOOL(stride_1x1),
    LIST(num_block_temp_kernel),
    LIST(spatial_strides),
    LIST(spatial_dilations),
    FIELD(KIND_U64, nonlocal_blocks, SFD_N_STAGES *SFD_MAX_PATHWAYS, NULL),
    LIST(nonlocal_group),
    LIST(nonlocal_pool),
    ENUM(nonlocal_kind, nonlocal_kinds),
    BOOL(nonlocal_pool_after_conv),
    INT(alpha),
    INT(beta_inv),
    INT(fusion_ratio),
    INT(fusion_kernel),
    BOOL(bare_lateral),
    ENUM(slow_sampling, samplings),
    BOOL(detection),
    BOOL(aligned),
    INT(spatial_scale_factor),
    INT(roi_resolution),
    BOOL(temporal_max),
    BOOL(global_context),
    INT(label_offset),
    BOOL(average_logits),
    BOOL(round_long_side),
    BOOL(boxes_scaled_per_axis),
    INT(centre_offset_frames),
    /* From here on written only where they differ from the defaults. */
    BOOL(background),
    COUNTED(class_ids, n_class_ids),
    INT(max_long_side),
    LIST(fixed_size),
    BOOL(bgr),
    BOOL(flip),
    BOOL(temporal_max_roi),
    BOOL(global_pool),
    FIELD(KIND_DOUBLE, box_threshold, 1, NULL),
    BOOL(keep_best_box),
    ENUM(lateral, laterals),
    ENUM(lateral_merge, merges),
    ENUM(classifier, classifiers),
    ENUM(fast_input, fast_inputs),
    INT(fast_shrink),
    ENUM(clip_rule, clip_rules),
    INT(test_clips),
    INT(test_crops),
    INT(one_crop_side),
    ENUM(ensemble, ensembles),
    BOOL(reversed),
    INT(relation_convs),
    INT(relation_channels),
    BOOL(fast_first),
    ENUM(video_style, video_styles),
    LIST(fast_blocks),
    BOOL(frame_timestamps),
    INT(lateral_stages),
    AUDIO(KIND_INT, rate, NULL),
    AUDIO(KIND_INT, window_ms, NULL),
    AUDIO(KIND_INT, step_ms, NULL),
    AUDIO(KIND_INT, n_mels, NULL),
    AUDIO(KIND_INT, n_steps, NULL),
    AUDIO(KIND_FLOAT, mean, NULL),
    AUDIO(KIND_FLOAT, std, NULL),
    AUDIO(KIND_INT, alpha, NULL),
    AUDIO(KIND_INT, beta_inv, NULL),
    AUDIO(KIND_INT, fusion_channels, NULL),
    AUDIO(KIND_FLOAT, fusion_ratio, NULL),
    AUDIO(KIND_INT, fusion_kernel, NULL),
    AUDIO(KIND_INT, fusion_convs, NULL),
    AUDIO(KIND_INT, fused, NULL),
    AUDIO(KIND_ENUM, fusion, audio_fusions),
    AUDIO(KIND_BOOL, halves, NULL),
    AUDIO(KIND_INT, separate_stages, NULL),
    BOOL(basic_blocks),
};

#define N_FIELDS (sizeof fields / sizeof fields[0])
#define N_ALWAYS (N_FIELDS - 45)

static size_t value_size(const field *f)
{
    return f->n * (f->kind == KIND_U64      ? sizeof(uint64_t)
                   : f->kind == KIND_FLOAT  ? sizeof(float)
                   : f->kind == KIND_DOUBLE ? sizeof(double)
                   : f->kind == KIND_BOOL   ? sizeof(bool)
                                            : sizeof(int));
}

static bool is_written(size_t i, const sfd_net_config *c, const sfd_net_config *defaults)
{
    const size_t offset = fields[i].offset;
    /* else ids from 0 on would be taken for an earlier version's, see from_json */
    if (offset == offsetof(sfd_net_config, background) && c->label_offset == 0)
        return true;
    return i < N_ALWAYS || memcmp((const char *)c + offset, (const char *)defaults + offset,
                                  value_size(&fields[i])) != 0;
}

static double get_number(const field *f, const void *value, size_t i)
{
    if (f->kind == KIND_DOUBLE)
        return ((const double *)value)[i];
    if (f->kind == KIND_FLOAT)
        return (double)((const float *)value)[i];
    if (f->kind == KIND_U64)
        return (double)((const uint64_t *)value)[i]; /* at most 36 bits */
    return ((const int *)value)[i];
}

static cJSON *field_to_json(const field *f, const sfd_net_config *c)
{
    const void *value = (const char *)c + f->offset;
    if (f->kind == KIND_BOOL)
        return cJSON_CreateBool(*(const bool *)value);
    if (f->kind == KIND_ENUM)
        return cJSON_CreateString(f->names[*(const int *)value]);
    if (f->n == 1)
        return cJSON_CreateNumber(get_number(f, value, 0));
    cJSON *list = cJSON_CreateArray();
    const size_t n = f->count ? (size_t) * (const int *)((const char *)c + f->count) : f->n;
    for (size_t i = 0; list && i < n; i++) {
        if (!cJSON_AddItemToArray(list, cJSON_CreateNumber(get_number(f, value, i)))) {
            cJSON_Delete(list);
            return NULL;
        }
    }
    return list;
}

char *sfd_net_config_to_json(const sfd_net_config *c)
{
    sfd_net_config defaults;
    sfd_net_config_defaults(&defaults);
    cJSON *root = cJSON_CreateObject();
    char *name = sfd_utf8_copy(c->name);
    bool ok = root && name && cJSON_AddStringToObject(root, "name", name);
    free(name);
    for (size_t i = 0; ok && i < N_FIELDS; i++) {
        if (!is_written(i, c, &defaults))
            continue;
        cJSON *item = field_to_json(&fields[i], c);
        ok = item && cJSON_AddItemToObject(root, fields[i].name, item);
        if (!ok)
            cJSON_Delete(item);
    }
    char *text = ok ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    return text;
}

static bool set_number(const field *f, const cJSON *item, void *value, size_t i)
{
    if (!cJSON_IsNumber(item))
        return false;
    double x = item->valuedouble;
    if (f->kind == KIND_DOUBLE) {
        ((double *)value)[i] = x;
        return true;
    }
    if (f->kind == KIND_FLOAT) {
        ((float *)value)[i] = (float)x;
        return true;
    }
    if (x != floor(x) || x < INT_MIN || x > (f->kind == KIND_U64 ? 0x1p53 : INT_MAX))
        return false;
    if (f->kind == KIND_U64 && x < 0)
        return false;
    if (f->kind == KIND_U64)
        ((uint64_t *)value)[i] = (uint64_t)x;
    else
        ((int *)value)[i] = (int)x;
    return true;
}

static bool set_name(const field *f, const cJSON *item, void *value)
{
    for (int i = 0; cJSON_IsString(item) && f->names[i]; i++) {
        if (strcmp(item->valuestring, f->names[i]) == 0) {
            memcpy(value, &i, sizeof i);
            return true;
        }
    }
    return false;
}

static bool field_from_json(const field *f, const cJSON *item, sfd_net_config *c)
{
    void *value = (char *)c + f->offset;
    if (f->kind == KIND_BOOL) {
        if (!cJSON_IsBool(item))
            return false;
        *(bool *)value = cJSON_IsTrue(item);
        return true;
    }
    if (f->kind == KIND_ENUM)
        return set_name(f, item, value);
    if (f->n == 1)
        return set_number(f, item, value, 0);
    size_t i = 0;
    const cJSON *element;
    cJSON_ArrayForEach(element, item)
    {
        if (i == f->n || !set_number(f, element, value, i++))
            return false;
    }
    if (f->count)
        *(int *)((char *)c + f->count) = (int)i;
    return cJSON_IsArray(item) && (f->count || i == f->n);
}

sfd_status sfd_net_config_from_json(sfd_net_config *c, const char *json, const char *origin,
                                    sfd_error *err)
{
    sfd_status status = SFD_OK;
    sfd_net_config_defaults(c);
    cJSON *root = cJSON_Parse(json);
    if (!cJSON_IsObject(root))
        status = sfd_fail(err, SFD_ERR_FORMAT, "%s: recorded configuration is not a JSON object",
                          origin);
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(root, "name");
    sfd_net_config_set_name(c, cJSON_IsString(name) ? name->valuestring : origin);
    for (size_t i = 0; status == SFD_OK && i < N_FIELDS; i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, fields[i].name);
        if (item && !field_from_json(&fields[i], item, c))
            status = sfd_fail(err, SFD_ERR_FORMAT,
                              "%s: recorded configuration: %s is not what is wanted there", origin,
                              fields[i].name);
    }
    /* Earlier versions wrote no "background": ids from 0 on told it. */
    if (!cJSON_GetObjectItemCaseSensitive(root, "background"))
        c->background = c->label_offset == 0;
    cJSON_Delete(root);
    return status == SFD_OK ? sfd_net_config_check(c, err) : status;
}
