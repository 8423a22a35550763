/* SPDX-License-Identifier: Apache-2.0 */
/* What fixes a network and its preprocessing: PySlowFast's YAML keys as a plain struct, with the
 * conventions in which the public code bases differ. */
#ifndef SFD_CONFIG_CONFIG_H
#define SFD_CONFIG_CONFIG_H

#include "config/kinds.h"

#include <sfdet/common.h>

#define SFD_MAX_PATHWAYS       2
#define SFD_N_STAGES           4  /* res2 .. res5 */
#define SFD_MAX_STAGE_BLOCKS   36 /* residual blocks in one stage; depth 101 has 23 in res4 */
#define SFD_MAX_CLIP_FRAMES    1024
#define SFD_MAX_CLASS_IDS      256
#define SFD_MAX_TEST_CLIPS     1000
#define SFD_MAX_TEST_CROPS     3
#define SFD_MAX_RELATION_CONVS 8
#define SFD_NO_CLASS           (-1) /* what the background output stands for */

#define SFD_ENTRY(arch, name, ...) SFD_ARCH_##arch,
typedef enum sfd_arch { SFD_ARCHS(SFD_ENTRY) SFD_N_ARCHS } sfd_arch;
#undef SFD_ENTRY

#define SFD_ENTRY(lateral, name, channels) SFD_LATERAL_##lateral,
typedef enum sfd_lateral { SFD_LATERALS(SFD_ENTRY) SFD_N_LATERALS } sfd_lateral;
#undef SFD_ENTRY

#define SFD_ENTRY(merge, name, equal) SFD_MERGE_##merge,
typedef enum sfd_merge { SFD_MERGES(SFD_ENTRY) SFD_N_MERGES } sfd_merge;
#undef SFD_ENTRY

#define SFD_ENTRY(input, name, words) SFD_FAST_INPUT_##input,
typedef enum sfd_fast_input { SFD_FAST_INPUTS(SFD_ENTRY) SFD_N_FAST_INPUTS } sfd_fast_input;
#undef SFD_ENTRY

#define SFD_ENTRY(fusion, name) SFD_AUDIO_FUSION_##fusion,
typedef enum sfd_audio_fusion { SFD_AUDIO_FUSIONS(SFD_ENTRY) SFD_N_AUDIO_FUSIONS } sfd_audio_fusion;
#undef SFD_ENTRY

typedef enum sfd_head_act { SFD_HEAD_SIGMOID, SFD_HEAD_SOFTMAX, SFD_HEAD_NONE } sfd_head_act;

/* What turns features into logits. */
typedef enum sfd_classifier_kind {
    SFD_CLASSIFIER_LINEAR,
    SFD_CLASSIFIER_MLP /* linear, ReLU, linear: MMAction2's mlp_head */
} sfd_classifier_kind;

typedef enum sfd_nonlocal_kind { SFD_NONLOCAL_DOT_PRODUCT, SFD_NONLOCAL_SOFTMAX } sfd_nonlocal_kind;

/* The code base whose conventions hold; recorded with converted weights. */
typedef enum sfd_family {
    SFD_FAMILY_PYSLOWFAST,
    SFD_FAMILY_MMACTION2,
    SFD_FAMILY_PYTORCHVIDEO
} sfd_family;

/* Which of the fast pathway's frames the slow pathway gets. */
typedef enum sfd_slow_sampling {
    SFD_SLOW_LINSPACE, /* trunc(linspace(0, T - 1, T / alpha)): PySlowFast, PyTorchVideo */
    SFD_SLOW_STRIDE    /* 0, alpha, 2 alpha, ...: MMAction2 */
} sfd_slow_sampling;

/* Where the clips lie in which a video is classified, as PySlowFast's data sets choose them; the
 * rules stand in input/clips.h. */
typedef enum sfd_clip_rule {
    SFD_CLIPS_UNIFORM, /* kinetics */
    SFD_CLIPS_OFFSET,  /* kinetics with DATA.USE_OFFSET_SAMPLING */
    SFD_CLIPS_SPREAD,  /* charades */
    SFD_CLIPS_SEGMENTS /* ssv2 */
} sfd_clip_rule;

/* What a class's scores in a video's views come to. */
typedef enum sfd_view_ensemble { SFD_VIEWS_MEAN, SFD_VIEWS_MAX } sfd_view_ensemble;

/* Whose way it is to cut clips and crops out of a video, and to resize: clips longer than the video
 * repeat its last frame or begin again; the crops (input/view.h) and bytes in floats or in bytes
 * (classify/clip_frames.h). */
typedef enum sfd_video_style { SFD_VIDEO_PYSLOWFAST, SFD_VIDEO_MMACTION2 } sfd_video_style;

/* What networks are let hear, and their pathway for that: of those that only listen the first three
 * lines of DATA, and separate_stages, count. */
typedef struct sfd_audio_config {
    /* DATA */
    int rate; /* samples a second */
    int window_ms, step_ms, n_mels;
    int n_steps; /* spread over the clip's time */
    float mean, std;

    /* SLOWFAST, RESNET */
    int alpha, beta_inv; /* steps for each slow frame; the pathway's width */
    int fusion_channels; /* between a fusion's convolutions; 0: fusion_ratio of the pathway's */
    float fusion_ratio;
    int fusion_kernel, fusion_convs;
    int fused; /* bit s: behind res(s + 1), res1 being the stem */
    sfd_audio_fusion fusion;
    bool halves;         /* res3 to res5 halve time and frequency */
    int separate_stages; /* so many, from res2 on, look along time and along frequency apart */
} sfd_audio_config;

typedef struct sfd_net_config {
    char name[64]; /* preset name, or the file it was read from, for messages */
    sfd_family family;

    /* MODEL */
    sfd_arch arch;
    int num_classes;
    sfd_head_act head_act;
    sfd_classifier_kind classifier;

    /* DATA */
    int num_frames;    /* T of the fast pathway (of the only one in one-pathway networks) */
    int sampling_rate; /* distance of those frames on the 30 fps timeline */
    int train_crop_size, test_crop_size; /* the latter is the short side of a picture */
    int max_long_side; /* pictures that would be longer are made smaller; 0: none */
    int fixed_size[2]; /* pictures of exactly this width and height; 0, 0: by the short side */
    bool bgr;          /* channels in the order B, G, R */
    bool reversed;     /* DATA.REVERSE_INPUT_CHANNEL, which bgr already follows */
    bool flip;         /* pictures and boxes mirrored (AVA.TEST_FORCE_FLIP) */
    /* of R, G, B in 0..1 (PySlowFast's YAML lists them for B, G, R: the reader reverses them) */
    float mean[3], std[3];

    /* RESNET; [stage - 2][pathway] */
    int depth; /* 18, 34, 50, 101, 152; informative once n_blocks is filled */
    int n_blocks[SFD_N_STAGES];
    int fast_blocks[SFD_N_STAGES]; /* of a second pathway that has others; 0: n_blocks */
    bool basic_blocks;             /* of two convolutions of 3x3; tsn_audio's */
    int num_groups, width_per_group;
    bool stride_1x1; /* with two pathways only in MMAction2's networks */
    int num_block_temp_kernel[SFD_N_STAGES][SFD_MAX_PATHWAYS];
    int spatial_strides[SFD_N_STAGES][SFD_MAX_PATHWAYS];
    int spatial_dilations[SFD_N_STAGES][SFD_MAX_PATHWAYS];

    /* NONLOCAL */
    uint64_t nonlocal_blocks[SFD_N_STAGES][SFD_MAX_PATHWAYS]; /* bit b: after block b */
    int nonlocal_group[SFD_N_STAGES][SFD_MAX_PATHWAYS];
    int nonlocal_pool[SFD_N_STAGES][SFD_MAX_PATHWAYS][3]; /* T, H, W */
    sfd_nonlocal_kind nonlocal_kind;
    bool nonlocal_pool_after_conv; /* MMAction2 pools phi and g after their convolutions */

    /* SLOWFAST */
    int alpha, beta_inv, fusion_ratio, fusion_kernel;
    bool bare_lateral; /* lateral convolutions without batch norm and ReLU (MMAction2's AVA models)
                        */
    sfd_slow_sampling slow_sampling;
    sfd_fast_input fast_input;
    int fast_shrink; /* the fast pathway's pictures are so many times smaller: 1, 2 */
    sfd_lateral lateral;
    sfd_merge lateral_merge;
    int lateral_stages;     /* bit s: behind res(s + 1); all but in avslowfast */
    sfd_audio_config audio; /* avslowfast's */

    /* DETECTION */
    bool detection;
    bool aligned;
    int spatial_scale_factor, roi_resolution;
    bool temporal_max;     /* head: maximum over time instead of mean */
    bool temporal_max_roi; /* head: that maximum behind RoIAlign instead of before it */
    bool global_context;   /* head: globally pooled features appended to the RoI's */
    int relation_convs;    /* head: ACRN's 3x3 convolutions over box and map; 0: none */
    int relation_channels; /* what they put out */

    /* classification */
    bool average_logits;        /* mean over positions before the activation */
    bool fast_first;            /* the fast pathway's features stand before the slow one's */
    bool global_pool;           /* one window as large as the map (MULTIGRID.SHORT_CYCLE) */
    sfd_clip_rule clip_rule;    /* TEST.DATASET */
    int test_clips, test_crops; /* TEST.NUM_ENSEMBLE_VIEWS, NUM_SPATIAL_CROPS */
    int one_crop_side;          /* short side where kinetics has one crop: TRAIN_JITTER_SCALES[0] */
    sfd_view_ensemble ensemble; /* DATA.ENSEMBLE_METHOD */
    sfd_video_style video_style;

    /* conventions around the network; sfd_net_config_class_id puts the first three together */
    bool background;  /* output 0 is no class */
    int label_offset; /* output k is class id k + label_offset (AVA counts from 1) ... */
    int n_class_ids, class_ids[SFD_MAX_CLASS_IDS]; /* ... unless a subset of ids is listed */
    bool round_long_side;                          /* resize: nearest instead of floor */
    bool boxes_scaled_per_axis; /* box factors new_w/w and new_h/h, no clipping (MMAction2) */
    int centre_offset_frames;   /* added to the keyframe's frame number (MMAction2: 1) */
    bool frame_timestamps; /* they are numbers of the video's own frames, from 1 (MultiSports) */
    double box_threshold;  /* of a box's score; below 0: the configuration says nothing */
    bool keep_best_box;    /* where no box passes, those of the highest score do */
} sfd_net_config;

/* PySlowFast's defaults for absent keys (a SlowFast classification network, depth 50). */
void sfd_net_config_defaults(sfd_net_config *c);

/* Checks that the values describe a network that can be built (ranges, divisibility). */
sfd_status sfd_net_config_check(const sfd_net_config *c, sfd_error *err);

/* The sound's share of that. */
sfd_status sfd_audio_config_check(const sfd_net_config *c, sfd_error *err);

/* Number of pathways that see: 0 (it only listens), 1 or 2. */
int sfd_net_config_n_pathways(const sfd_net_config *c);

/* Whether it listens, alone or too. */
bool sfd_net_config_listens(const sfd_net_config *c);

/* What MMAction2's networks that only listen are let hear, and how a video is cut for them. */
void sfd_net_config_set_features(sfd_net_config *c);

/* By what time is max-pooled behind res2, 1 or 2. */
int sfd_net_config_time_pool(const sfd_net_config *c);

/* Frames that a pathway gets of a clip's num_frames. */
int sfd_net_config_frames(const sfd_net_config *c, int pathway);

/* Whether a pathway is a fast one, to which fast_input and fast_shrink belong. */
bool sfd_net_config_is_fast(const sfd_net_config *c, int pathway);

/* Blocks of a stage (0 to 3) of a pathway. */
static inline int sfd_net_config_blocks(const sfd_net_config *c, int stage, int pathway)
{
    return pathway > 0 && c->fast_blocks[stage] != 0 ? c->fast_blocks[stage] : c->n_blocks[stage];
}

/* Id of the class that an output stands for, SFD_NO_CLASS for the background. */
int sfd_net_config_class_id(const sfd_net_config *c, int output);

/* Sets depth and n_blocks; false, nothing changed, when the depth is not 18, 50, 101 or 152. */
bool sfd_net_config_set_depth(sfd_net_config *c, int depth);
/* Sets fast_blocks likewise. */
bool sfd_net_config_set_fast_depth(sfd_net_config *c, int depth);

/* Sets the name used in messages from a path (its last part). */
void sfd_net_config_set_name(sfd_net_config *c, const char *path);

/* "PySlowFast", "MMAction2", "PyTorchVideo" */
const char *sfd_family_name(sfd_family family);

#endif
