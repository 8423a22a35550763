/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * A SlowFast network with its weights, and running it on one clip.
 *
 *   model (shared, read-only)  ->  state (one per thread and picture size)  ->  scores
 *
 * C. Feichtenhofer, H. Fan, J. Malik, K. He, "SlowFast Networks for Video Recognition", ICCV 2019.
 */
#ifndef SFDET_MODEL_H
#define SFDET_MODEL_H

#include <sfdet/common.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sfd_model sfd_model; /**< read-only once opened; threads may share it */
typedef struct sfd_state sfd_state; /**< scratch memory; used by one thread at a time */

/** Which weights, which network, how to compute. */
typedef struct sfd_model_settings {
    size_t struct_size; /**< set by sfd_model_settings_defaults() */
    /** file of any readable format, or the name of a published checkpoint (sfd_zoo_entry) whose
     * file lies in $SFDET_MODELS or the user's data folder; NULL: random weights from `seed` */
    const char *weights;
    /** preset name, PySlowFast YAML or MMAction2 Python file; NULL: what `weights` tell by their
     * stored configuration, names and shapes. Keys of PySlowFast's may be set besides, a line for
     * each: "slowfast_r50_8x8_ava\nSLOWFAST.ALPHA 8\nDATA.TEST_CROP_SIZE 224"; without a name it
     * begins with the end of a line. The rules are those of YAML files. */
    const char *config;
    const char *cpu; /**< "scalar", "avx2", "avx512", "avx512_bf16", on arm64 "scalar",
                        "neon", "neon_dot", "neon_i8mm", "neon_bf16"; NULL: $SFD_CPU, else the best
                        there is */
    uint64_t seed;   /**< of random weights */
    bool exact; /**< plain sums only: no Winograd convolutions, whose rounding is larger (see docs)
                 */
    sfd_precision precision; /**< layers that gain nothing by a lower one stay float32; weights that
                                are 8-bit integers are computed as such by float32 as well */
} sfd_model_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_model_settings_defaults_sized(sfd_model_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_model_settings_defaults(sfd_model_settings *s)
{
    sfd_model_settings_defaults_sized(s, sizeof *s);
}

/** Loads, checks and folds the weights. The settings' strings are not kept.
 * Sets OpenBLAS, for the whole process, to one thread a call: the library's own threads call it.
 * Errors: what reading the files gives; SFD_ERR_MISMATCH when tensors are missing, unknown or
 * misshapen (the message names them); SFD_ERR_ARG for an unknown preset. */
SFD_API sfd_status sfd_model_open(sfd_model **out, const sfd_model_settings *settings,
                                  sfd_error *err);
SFD_API void sfd_model_free(sfd_model *m); /**< takes NULL; after all its states */

/** What there is to tell about how the configuration was found, one line each: "assumed: alpha 4,
 * as in slowfast_r50_8x8_ava" for what neither weights nor configuration told, "warning: ...",
 * "ignored: ..."; NULL past the end. Owned by the model. */
SFD_API const char *sfd_model_assumption(const sfd_model *m, size_t i);

/** Path of the i-th file that the model was read from: weights, configuration, and those that the
 * configuration is made of; NULL past the end. An output should be none of them. Owned by the
 * model. */
SFD_API const char *sfd_model_file(const sfd_model *m, size_t i);

/** What a model is; owned by it. */
typedef struct sfd_model_info {
    const char *name;       /**< owned by the model */
    const char *cpu;        /**< instruction set in use */
    bool detection;         /**< boxes in, scores per box out; else one row of scores per clip */
    int n_classes;          /**< outputs */
    const int *class_ids;   /**< [n_classes]: the id of each output's class, -1 for the background;
                               owned by the model */
    double box_threshold;   /**< of boxes' scores, as configured; below 0: nothing was said */
    bool keep_best_box;     /**< where no box passes, those of the highest score do */
    bool frame_timestamps;  /**< timestamps are numbers of the video's own frames, from 1
                               (MultiSports); else seconds */
    int n_frames;           /**< pictures in a clip, as the fast pathway sees it */
    int sampling_rate;      /**< their distance on the timeline */
    int timeline_fps;       /**< 30; with frame_timestamps it is the video's own rate */
    int n_pathways;         /**< that see: 1 or 2; 0: the network only listens */
    int n_features;         /**< of a row of sfd_state_features */
    int short_side_px;      /**< of the pictures the network sees */
    size_t n_parameters;    /**< learned values */
    size_t weights_bytes;   /**< held in memory by the model */
    const char *class_list; /**< names of the classes as AVA's pbtxt text, where the weights hold
                               them; else NULL; owned by the model */
    const char *weights;    /**< path of their file, or what they are else; owned by the model */
    bool quantised;         /**< computed in 8-bit integers, as the weights are stored */
    int sound_rate;         /**< samples a second of the sound that it is let hear; 0: it does not
                               listen */
    size_t n_sound;         /**< samples of a clip's sound; of a network that only listens as loud
                               as if the root mean square of all its video's were 0.1 */
} sfd_model_info;

SFD_API const sfd_model_info *sfd_model_get_info(const sfd_model *m); /**< owned by the model */

/** Size of the picture that the network sees for a video picture of width x height. */
SFD_API void sfd_model_input_size(const sfd_model *m, int width, int height, int *in_width,
                                  int *in_height);

/** Timeline numbers of a clip's pictures around `timestamp_s` (seconds of the video; with
 * frame_timestamps the frame's number, from 0, divided by timeline_fps), n_frames of them; numbers
 * below 0 are clamped to 0 and, where total_frames > 0, to total_frames - 1. *centre is the
 * keyframe's own number, not clamped. */
SFD_API void sfd_model_clip_frames(const sfd_model *m, double timestamp_s, int64_t total_frames,
                                   int64_t *frames, int64_t *centre);

/** Where the sound of a clip around `timestamp_s` begins: sample k is heard at k / sound_rate
 * seconds of the video; below 0 there is silence. 0 where the network does not listen. */
SFD_API int64_t sfd_model_clip_sound(const sfd_model *m, double timestamp_s);

/** Boxes as fractions of a width x height picture -> pixels of the network's picture. */
SFD_API void sfd_model_map_boxes(const sfd_model *m, int width, int height,
                                 const sfd_box_norm *boxes, size_t n, sfd_box_px *out);

/** Scratch memory for pictures of in_width x in_height (sfd_model_input_size), run by n_threads (0:
 * one per core), but no more than there are cores: they would take turns on a core and its cache,
 * which is slower. Errors: SFD_ERR_ARG (too small for the network), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_state_create(sfd_state **out, const sfd_model *m, int in_width,
                                    int in_height, int n_threads, sfd_error *err);
SFD_API void sfd_state_free(sfd_state *s); /**< takes NULL */
/** Bytes of memory that the state holds. */
SFD_API size_t sfd_state_bytes(const sfd_state *s);

/** Runs one clip. frames: n_frames pointers to 8-bit RGB pictures of the network's size, rows
 * stride_bytes apart; one pointer may occur several times. Detection: boxes [n_boxes] in pixels of
 * those pictures, scores [n_boxes][n_classes]; n_boxes = 0 runs nothing. Classification: boxes
 * NULL, n_boxes 0, scores [n_classes]. Errors: SFD_ERR_ARG (a corner that is NaN or infinite, too);
 * SFD_ERR_FORMAT (a score that is, by overflow or weights); SFD_ERR_NOMEM (only when n_boxes
 * exceeds every earlier call's). */
SFD_API sfd_status sfd_state_run(sfd_state *s, const uint8_t *const *frames, size_t stride_bytes,
                                 const sfd_box_px *boxes, size_t n_boxes, float *scores,
                                 sfd_error *err);

/** What a network is shown and let hear of a clip. */
typedef struct sfd_clip_input {
    size_t struct_size;           /**< set by sfd_clip_input_defaults() */
    const uint8_t *const *frames; /**< as in sfd_state_run */
    size_t stride_bytes;          /**< likewise */
    const float *sound; /**< [n_sound] samples of one channel, -1 to 1, from sfd_model_clip_sound
                           on; NULL where the network does not listen */
} sfd_clip_input;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_clip_input_defaults_sized(sfd_clip_input *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_clip_input_defaults(sfd_clip_input *s)
{
    sfd_clip_input_defaults_sized(s, sizeof *s);
}

/** sfd_state_run of a clip with sound, if the network listens; sound that it does not want is no
 * error, samples that are NaN or infinite are SFD_ERR_ARG. sfd_state_run, which has none, gives
 * SFD_ERR_ARG for networks that listen. */
SFD_API sfd_status sfd_state_run_clip(sfd_state *s, const sfd_clip_input *clip,
                                      const sfd_box_px *boxes, size_t n_boxes, float *scores,
                                      sfd_error *err);

/** What the scores of the last run are computed from, a row for each row of scores: detection
 * features [n_boxes][n_features], each box's values of all pathways one after the other;
 * classification [n_features], the mean over the clip. Writes nothing where the last run failed or
 * had no boxes. */
SFD_API void sfd_state_features(const sfd_state *s, float *features);

#ifdef __cplusplus
}
#endif
#endif
