/* SPDX-License-Identifier: Apache-2.0 */
/* The names in PySlowFast's configurations: slowfast/config/defaults.py of March 2026, and what its
 * earlier versions had; and those of its authors' branch for audiovisual SlowFast. */
#include "config/pyslowfast_keys.h"

#include <sfdet/common.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
static const char *const aug_keys[] = {
    "AA_TYPE", "COLOR_JITTER", "ENABLE", "GEN_MASK_LOADER", "INTERPOLATION", "MASK_FRAMES",
    "MASK_RATIO", "MASK_TUBE", "MASK_WINDOW_SIZE", "MAX_MASK_PATCHES_PER_BLOCK", "NUM_SAMPLE",
    "RE_COUNT", "RE_MODE", "RE_PROB", "RE_SPLIT", NULL,
};
static const char *const ava_keys[] = {
    "ANNOTATION_DIR", "BGR", "DETECTION_SCORE_THRESH", "EXCLUSION_FILE", "FRAME_DIR",
    "FRAME_LIST_DIR", "FULL_TEST_ON_VAL", "GROUNDTRUTH_FILE", "IMG_PROC_BACKEND",
    "LABEL_MAP_FILE", "TEST_FORCE_FLIP", "TEST_LISTS", "TEST_PREDICT_BOX_LISTS",
    "TRAIN_GT_BOX_LISTS", "TRAIN_LISTS", "TRAIN_PCA_EIGVAL", "TRAIN_PCA_EIGVEC",
    "TRAIN_PCA_JITTER_ONLY", "TRAIN_PREDICT_BOX_LISTS", "TRAIN_USE_COLOR_AUGMENTATION", NULL,
};
static const char *const benchmark_keys[] = {
    "LOG_PERIOD", "NUM_EPOCHS", "SHUFFLE", NULL,
};
static const char *const bn_keys[] = {
    "EPSILON", "GLOBAL_SYNC", "MOMENTUM", "NORM_TYPE", "NUM_BATCHES_PRECISE", "NUM_SPLITS",
    "NUM_SYNC_DEVICES", "USE_PRECISE_STATS", "WEIGHT_DECAY", NULL,
};
static const char *const contrastive_keys[] = {
    "BN_MLP", "BN_SYNC_MLP", "DELTA_CLIPS_MAX", "DELTA_CLIPS_MIN", "DIM", "INTERP_MEMORY",
    "KNN_ON", "LENGTH", "LOCAL_SHUFFLE_BN", "MEM_TYPE", "MLP_DIM", "MOCO_MULTI_VIEW_QUEUE",
    "MOMENTUM", "MOMENTUM_ANNEALING", "NUM_CLASSES_DOWNSTREAM", "NUM_MLP_LAYERS",
    "PREDICTOR_DEPTHS", "QUEUE_LEN", "SEQUENTIAL", "SIMCLR_DIST_ON", "SWAV_QEUE_LEN", "T",
    "TYPE", NULL,
};
static const char *const data_keys[] = {
    "AUDIO_FRAME_NUM", "AUDIO_MEL_NUM", "AUDIO_MISALIGNED_GAP", "AUDIO_SAMPLE_RATE",
    "AUDIO_STEP_SZ", "AUDIO_WIN_SZ", "EASY_NEG_RATIO", "GET_MISALIGNED_AUDIO", "LOGMEL_MEAN",
    "LOGMEL_STD", "MIX_NEG_EPOCH", "USE_AUDIO", "USE_BGR_ORDER",
    "COLOR_RND_GRAYSCALE", "DECODING_BACKEND", "DECODING_SHORT_SIZE", "DUMMY_LOAD",
    "ENSEMBLE_METHOD", "IN22K_TRAINVAL", "IN22k_VAL_IN1K", "INPUT_CHANNEL_NUM",
    "INV_UNIFORM_SAMPLE", "IN_VAL_CROP_RATIO", "LOADER_CHUNK_OVERALL_SIZE", "LOADER_CHUNK_SIZE",
    "MEAN", "MULTI_LABEL", "NUM_FRAMES", "PATH_LABEL_SEPARATOR", "PATH_PREFIX",
    "PATH_TO_DATA_DIR", "PATH_TO_PRELOAD_IMDB", "RANDOM_FLIP", "REVERSE_INPUT_CHANNEL",
    "SAMPLING_RATE", "SKIP_ROWS", "SSL_BLUR_SIGMA_MAX", "SSL_BLUR_SIGMA_MIN",
    "SSL_COLOR_BRI_CON_SAT", "SSL_COLOR_HUE", "SSL_COLOR_JITTER", "SSL_MOCOV2_AUG", "STD",
    "TARGET_FPS", "TEST_CROP_SIZE", "TIME_DIFF_PROB", "TRAIN_CROP_NUM_SPATIAL",
    "TRAIN_CROP_NUM_TEMPORAL", "TRAIN_CROP_SIZE", "TRAIN_JITTER_ASPECT_RELATIVE",
    "TRAIN_JITTER_FPS", "TRAIN_JITTER_MOTION_SHIFT", "TRAIN_JITTER_SCALES",
    "TRAIN_JITTER_SCALES_RELATIVE", "TRAIN_PCA_EIGVAL", "TRAIN_PCA_EIGVEC",
    "USE_OFFSET_SAMPLING", NULL,
};
static const char *const data_loader_keys[] = {
    "ENABLE_MULTI_THREAD_DECODE", "NUM_WORKERS", "PIN_MEMORY", NULL,
};
static const char *const demo_keys[] = {
    "BUFFER_SIZE", "CLIP_VIS_SIZE", "COMMON_CLASS_NAMES", "COMMON_CLASS_THRES", "DATA_SOURCE",
    "DETECTRON2_CFG", "DETECTRON2_OBJECT_DETECTION_MODEL_CFG",
    "DETECTRON2_OBJECT_DETECTION_MODEL_WEIGHTS", "DETECTRON2_THRESH", "DETECTRON2_WEIGHTS",
    "DISPLAY_HEIGHT", "DISPLAY_WIDTH", "ENABLE", "FPS", "GT_BOXES", "INPUT_FORMAT",
    "INPUT_VIDEO", "LABEL_FILE_PATH", "NUM_CLIPS_SKIP", "NUM_VIS_INSTANCES", "OUTPUT_FILE",
    "OUTPUT_FPS", "PREDS_BOXES", "SLOWMO", "STARTING_SECOND", "THREAD_ENABLE",
    "UNCOMMON_CLASS_THRES", "VIS_MODE", "WEBCAM", NULL,
};
static const char *const detection_keys[] = {
    "ALIGNED", "ENABLE", "ROI_XFORM_RESOLUTION", "SPATIAL_SCALE_FACTOR", NULL,
};
static const char *const mask_keys[] = {
    "DECODER_DEPTH", "DECODER_EMBED_DIM", "DECODER_SEP_POS_EMBED", "DEC_KV_KERNEL",
    "DEC_KV_STRIDE", "ENABLE", "HEAD_TYPE", "MAE_ON", "MAE_RND_MASK", "NORM_PRED_PIXEL",
    "PER_FRAME_MASKING", "PRED_HOG", "PRETRAIN_DEPTH", "SCALE_INIT_BY_DEPTH", "TIME_STRIDE_LOSS",
    NULL,
};
static const char *const mixup_keys[] = {
    "ALPHA", "CUTMIX_ALPHA", "ENABLE", "LABEL_SMOOTH_VALUE", "PROB", "SWITCH_PROB", NULL,
};
static const char *const model_keys[] = {
    "ACT_CHECKPOINT", "ARCH", "DETACH_FINAL_FC", "DROPCONNECT_RATE", "DROPOUT_RATE",
    "FC_INIT_STD", "FP16_ALLREDUCE", "FROZEN_BN", "HEAD_ACT", "LOSS_FUNC", "MODEL_NAME",
    "MULTI_PATHWAY_ARCH", "NUM_CLASSES", "SINGLE_PATHWAY_ARCH", NULL,
};
static const char *const multigrid_keys[] = {
    "BN_BASE_SIZE", "DEFAULT_B", "DEFAULT_S", "DEFAULT_T", "EPOCH_FACTOR", "EVAL_FREQ",
    "LONG_CYCLE", "LONG_CYCLE_FACTORS", "LONG_CYCLE_SAMPLING_RATE", "SHORT_CYCLE",
    "SHORT_CYCLE_FACTORS", NULL,
};
static const char *const mvit_keys[] = {
    "CLS_EMBED_ON", "DEPTH", "DIM_MUL", "DIM_MUL_IN_ATT", "DROPOUT_RATE", "DROPPATH_RATE",
    "EMBED_DIM", "HEAD_INIT_SCALE", "HEAD_MUL", "LAYER_SCALE_INIT_VALUE", "MLP_RATIO", "MODE",
    "NORM", "NORM_STEM", "NUM_HEADS", "PATCH_2D", "PATCH_KERNEL", "PATCH_PADDING",
    "PATCH_STRIDE", "POOL_FIRST", "POOL_KVQ_KERNEL", "POOL_KV_KERNEL", "POOL_KV_STRIDE",
    "POOL_KV_STRIDE_ADAPTIVE", "POOL_Q_KERNEL", "POOL_Q_STRIDE", "POOL_SKIP_KERNEL",
    "POOL_SKIP_STRIDE", "QKV_BIAS", "REL_POS_SPATIAL", "REL_POS_TEMPORAL", "REL_POS_ZERO_INIT",
    "RESIDUAL_POOLING", "REV", "SEPARATE_QKV", "SEP_POS_EMBED", "USE_ABS_POS",
    "USE_FIXED_SINCOS_POS", "USE_MEAN_POOLING", "ZERO_DECAY_POS_CLS", NULL,
};
static const char *const nonlocal_keys[] = {
    "GROUP", "INSTANTIATION", "LOCATION", "POOL", NULL,
};
static const char *const resnet_keys[] = {
    "AUDIO_TRANS_FUNC", "AUDIO_TRANS_NUM", "DEPTH", "INPLACE_RELU", "NUM_BLOCK_TEMP_KERNEL", "NUM_GROUPS", "SPATIAL_DILATIONS",
    "SPATIAL_STRIDES", "STRIDE_1X1", "TRANS_FUNC", "WIDTH_PER_GROUP", "ZERO_INIT_FINAL_BN",
    "ZERO_INIT_FINAL_CONV", NULL,
};
static const char *const slowfast_keys[] = {
    "AFS_FUSION", "ALPHA", "AU_ALPHA", "AU_BETA_INV", "AU_FUSION_CONV_CHANNEL_DIM",
    "AU_FUSION_CONV_CHANNEL_MODE", "AU_FUSION_CONV_CHANNEL_RATIO", "AU_FUSION_CONV_NUM",
    "AU_FUSION_KERNEL_SZ", "AU_REDUCE_TF_DIM", "AVS_DUPLICATE_THRESH", "AVS_FLAG", "AVS_PROJ_DIM",
    "AVS_VAR_THRESH", "BETA_INV", "DROPPATHWAY_RATE", "FS_FUSION", "FUSION_CONV_CHANNEL_RATIO",
    "FUSION_KERNEL_SZ", NULL,
};
static const char *const solver_keys[] = {
    "BASE_LR", "BASE_LR_SCALE_NUM_SHARDS", "BETAS", "CLIP_GRAD_L2NORM", "CLIP_GRAD_VAL",
    "COSINE_AFTER_WARMUP", "COSINE_END_LR", "DAMPENING", "GAMMA", "LARS_ON", "LAYER_DECAY",
    "LRS", "LR_POLICY", "MAX_EPOCH", "MOMENTUM", "NESTEROV", "OPTIMIZING_METHOD", "STEPS",
    "STEP_SIZE", "WARMUP_EPOCHS", "WARMUP_FACTOR", "WARMUP_START_LR", "WEIGHT_DECAY",
    "ZERO_WD_1D_PARAM", NULL,
};
static const char *const tensorboard_keys[] = {
    "CATEGORIES", "CATEGORIES_PATH", "CLASS_NAMES", "CLASS_NAMES_PATH",
    "CM_SUBSET_CATEGORIES_PATH", "CONFUSION_MATRIX", "ENABLE", "FIGSIZE", "HISTOGRAM", "LOG_DIR",
    "MODEL_VIS", "PREDICTIONS_PATH", "WRONG_PRED_VIS", NULL,
};
static const char *const test_keys[] = {
    "BATCH_SIZE", "CHECKPOINT_FILE_PATH", "CHECKPOINT_TYPE", "DATASET", "ENABLE",
    "NUM_ENSEMBLE_VIEWS", "NUM_SPATIAL_CROPS", "NUM_TEMPORAL_CLIPS", "SAVE_RESULTS_PATH", NULL,
};
static const char *const train_keys[] = {
    "AUTO_RESUME", "BATCH_SIZE", "CHECKPOINT_CLEAR_NAME_PATTERN", "CHECKPOINT_EPOCH_RESET",
    "CHECKPOINT_FILE_PATH", "CHECKPOINT_INFLATE", "CHECKPOINT_IN_INIT", "CHECKPOINT_PERIOD",
    "CHECKPOINT_TYPE", "DATASET", "ENABLE", "EVAL_PERIOD", "KILL_LOSS_EXPLOSION_FACTOR",
    "MIXED_PRECISION", NULL,
};
static const char *const vis_mask_keys[] = {
    "ENABLE", NULL,
};
static const char *const x3d_keys[] = {
    "BN_LIN5", "BOTTLENECK_FACTOR", "CHANNELWISE_3x3x3", "DEPTH_FACTOR", "DIM_C1", "DIM_C5",
    "SCALE_RES2", "WIDTH_FACTOR", NULL,
};
/* Those outside of sections. */
static const char *const top_keys[] = {
    "DIST_BACKEND", "LOG_MODEL_INFO", "LOG_PERIOD", "NUM_GPUS", "NUM_SHARDS", "OUTPUT_DIR",
    "RNG_SEED", "SHARD_ID", "TASK", NULL,
};
/* clang-format on */

static const struct section {
    const char *name;
    const char *const *keys;
    bool network; /* describes the network or what it is shown */
} sections[] = {
    {"AUG", aug_keys, false},
    {"AVA", ava_keys, true},
    {"BENCHMARK", benchmark_keys, false},
    {"BN", bn_keys, true},
    {"CONTRASTIVE", contrastive_keys, false},
    {"DATA", data_keys, true},
    {"DATA_LOADER", data_loader_keys, false},
    {"DEMO", demo_keys, false},
    {"DETECTION", detection_keys, true},
    {"MASK", mask_keys, false},
    {"MIXUP", mixup_keys, false},
    {"MODEL", model_keys, true},
    {"MULTIGRID", multigrid_keys, true},
    {"MVIT", mvit_keys, false},
    {"NONLOCAL", nonlocal_keys, true},
    {"RESNET", resnet_keys, true},
    {"SLOWFAST", slowfast_keys, true},
    {"SOLVER", solver_keys, false},
    {"TENSORBOARD", tensorboard_keys, false},
    {"TEST", test_keys, false},
    {"TRAIN", train_keys, false},
    {"VIS_MASK", vis_mask_keys, false},
    {"X3D", x3d_keys, false},
};

#define N_SECTIONS (sizeof sections / sizeof sections[0])

static const struct section *find_section(const char *name)
{
    for (size_t i = 0; i < N_SECTIONS; i++)
        if (strcmp(sections[i].name, name) == 0)
            return &sections[i];
    return NULL;
}

static size_t count(const char *const *names)
{
    size_t n = 0;
    while (names[n])
        n++;
    return n;
}

static bool has(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

bool sfd_pyslowfast_has_section(const char *name)
{
    return find_section(name) || has(top_keys, name);
}

bool sfd_pyslowfast_is_section(const char *name)
{
    return find_section(name) != NULL;
}

bool sfd_pyslowfast_has_key(const char *section, const char *name)
{
    const struct section *s = find_section(section);
    return s && has(s->keys, name);
}

bool sfd_pyslowfast_is_network_section(const char *section)
{
    const struct section *s = find_section(section);
    return s && s->network;
}

const char *sfd_pyslowfast_network_section_of(const char *name)
{
    for (size_t i = 0; i < N_SECTIONS; i++)
        if (sections[i].network && has(sections[i].keys, name))
            return sections[i].name;
    return NULL;
}

/* The names are all in capitals. */
static const char *nearest(const char *name, const char *const *names, size_t n)
{
    char upper[64];
    snprintf(upper, sizeof upper, "%s", name);
    for (char *c = upper; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return sfd_nearest_name(upper, names, n);
}

const char *sfd_pyslowfast_nearest_section(const char *name)
{
    const char *names[N_SECTIONS + sizeof top_keys / sizeof top_keys[0]];
    size_t n = 0;
    for (; n < N_SECTIONS; n++)
        names[n] = sections[n].name;
    for (size_t i = 0; top_keys[i]; i++)
        names[n++] = top_keys[i];
    return nearest(name, names, n);
}

const char *sfd_pyslowfast_nearest_key(const char *section, const char *name)
{
    const struct section *s = find_section(section);
    return s ? nearest(name, s->keys, count(s->keys)) : NULL;
}
