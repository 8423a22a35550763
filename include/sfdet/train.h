/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Training of SlowFast networks (detection on AVA-style data, classification on lists of videos)
 * and of person detectors. */
#ifndef SFDET_TRAIN_H
#define SFDET_TRAIN_H

#include <sfdet/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How the learning rate falls. */
typedef enum sfd_train_schedule {
    SFD_TRAIN_COSINE,        /**< half a period, to 0 */
    SFD_TRAIN_STEPS,         /**< a tenth after 60 % and again after 85 % of the epochs */
    SFD_TRAIN_AS_CONFIGURED, /**< by the configuration's SOLVER section; without one, cosine */
} sfd_train_schedule;

/** An epoch's record. */
typedef struct sfd_train_epoch {
    int epoch;       /**< from 1; 0: the weights that were there before, where their classifier goes
                        on, validated */
    double rate;     /**< learning rate at its end */
    double loss;     /**< mean over its steps */
    double map;      /**< frame mAP at IoU 0.5 of the validation set, of val_list's videos their mAP
                        (accuracy.h); NaN without one */
    double top1;     /**< share of val_list's videos whose label scores best; NaN without one, or
                        where one has several labels */
    double top5;     /**< share of those whose label is among the best five; the same */
    double seconds;  /**< of training, without validation */
    double ap50;     /**< persons: COCO's AP at IoU 0.5 of the validation set; NaN without one */
    double recall50; /**< persons: share of those found at IoU 0.5; NaN without one */
} sfd_train_epoch;

/** Stages of a network, as bits. */
enum {
    SFD_STAGE_STEM = 1,  /**< with its lateral connection, as the others */
    SFD_STAGE_RES2 = 2,  /**< res2 */
    SFD_STAGE_RES3 = 4,  /**< res3 */
    SFD_STAGE_RES4 = 8,  /**< res4 */
    SFD_STAGE_RES5 = 16, /**< res5 */
    SFD_STAGES_ALL = 31  /**< the backbone */
};

/** What to train, on what and how. */
typedef struct sfd_train_settings {
    size_t struct_size;    /**< set by sfd_train_settings_defaults() */
    const char *weights;   /**< start from this checkpoint; NULL: from random weights */
    const char *config;    /**< as in sfd_model_settings; NULL: what `weights` tell */
    const char *labels;    /**< AVA pbtxt or a built-in list, stored with the model; NULL: the list
                              that `weights` hold, else SFD_AVA_80. With `weights` the classifier
                              is new, unless their list is the same */
    const char *truth;     /**< csv as of AVA */
    const char *proposals; /**< person boxes; may be NULL */
    const char *videos;    /**< folder of VIDEO_ID.mp4, or of folders VIDEO_ID of pictures */
    const char *val_truth; /**< of the validation set, with its proposals or not at all */
    const char *val_proposals; /**< person boxes for it */
    /** Instead of truth, labels and proposals, for networks that classify whole clips: a line
     * `path label` for each video, blank or comma between, labels from 0, paths absolute or from
     * `videos` (NULL: from the present folder). val_list may be NULL. */
    const char *list;
    const char *val_list; /**< of the validation set; its videos are looked at in the views of the
                             configuration, as sfd_video_classifier does */
    int n_classes;   /**< of such a network, 0: as configured. With `weights`: the classifier is new
                      */
    const char *out; /**< folder: last.safetensors, with a validation set best.safetensors,
                          state.bin, log.csv, curve.svg, cache/ */
    bool resume;     /**< continue from out/state.bin where there is one; with more epochs, too */
    bool freeze_backbone; /**< only the classifier learns, from features computed once */

    /** The course. What is 0 (epochs) or NaN (drop_pathway and sync_loss, too) follows the
     * configuration's SOLVER section and MODEL.DROPOUT_RATE where it is a PySlowFast YAML file that
     * has them; else the default that stands in parentheses. */
    int epochs;                  /**< (20) */
    int batch;                   /**< clips in a step */
    int threads;                 /**< 0: one per core */
    double rate;                 /**< peak of the learning rate (0.1, see docs/training.md) */
    double warmup_epochs;        /**< linear, from a tenth (1) */
    sfd_train_schedule schedule; /**< of the learning rate */
    double momentum;             /**< Nesterov's (0.9) */
    double weight_decay;         /**< of convolutions and classifier (1e-5) */
    double dropout;              /**< before the classifier (0.5) */
    uint64_t seed;               /**< of weights, order and views */
    double box_threshold;        /**< proposals with a lower score are left out */
    double timestamp_offset_s;   /**< timestamp of a video's first frame */
    int min_side;                /**< short side before the crop; 0: DATA.TRAIN_JITTER_SCALES of a
                                    YAML file, else the test size, and 5/4 of it */
    int max_side;                /**< the same */
    int max_shift;               /**< of the keyframe, in steps of the sampling rate */

    /** Callbacks, each may be NULL; they run on the calling thread. */
    void *user;
    /** What was read, found or assumed. */
    void (*on_message)(void *user, const char *message);
    /** `what` is "videos", "clips", "pictures", "features" or "validation"; loss is of the last
     * step, NaN where there is none. */
    void (*on_progress)(void *user, const char *what, size_t n_done, size_t n_total, double loss,
                        double rate);
    /** After each epoch, and once before the first where there is an epoch 0. */
    void (*on_epoch)(void *user, const sfd_train_epoch *epoch);
    /** Asked between steps; true ends with SFD_ERR_CANCELLED. */
    bool (*should_stop)(void *user);
    /** What on_warning would be told is an error. */
    bool strict;
    /** About input that is left out: boxes that cannot be used, keyframes outside their video. */
    void (*on_warning)(void *user, const char *message);

    /** Learn to find persons instead: a network of YOLOX's layout from the boxes of `truth`, whose
     * labels do not matter (and rows `video_id,timestamp`, keyframes without anybody). val_truth
     * alone validates; no labels, proposals, list, n_classes, config, freeze_backbone; what is said
     * of clips and sound is refused, as persons_... are without `persons`. The rate's default is
     * 0.01, the weight decay's 5e-4. */
    bool persons;
    int persons_width; /**< channels of its first layer, even (8); `weights` tell it otherwise */
    int persons_depth; /**< bottlenecks in its shortest stages (1); the same */
    int persons_side;  /**< long side of its pictures, a multiple of 32; 0: what weights of our own
                          tell, else 320 */
    /** What the network knows, stored with it for its users ("synthetic figures only"); NULL:
     * nothing. */
    const char *persons_knows;
    /** Nothing is learned or written but cached frames: the weights are validated (no `resume`),
     * and on_epoch is told, with a loss that is NaN. The training set is not looked at, but for its
     * labels. */
    bool validate_only;

    bool force;             /**< a run that `out` holds is begun anew, instead of refused */
    unsigned frozen_stages; /**< that do not learn, in whole networks: SFD_STAGE_STEM ... */
    int patience; /**< ends when the best epoch lies so many back; 0: never. Needs validation */
    double focal_gamma;        /**< focal loss of sigmoids, as MMAction2's heads have it (0) */
    double focal_alpha;        /**< and its factor (1) */
    const char *class_weights; /**< file of rows `class id,weight`; the others' weight is 1; may be
                                    NULL */
    bool by_class; /**< samples are drawn with every class as often as any other, those without one
                        as one more class */
    bool tensorboard; /**< also writes events.out.tfevents.0.sfdet for TensorBoard */
    /** When all is done, before the function returns: the best epoch, NULL where nothing was
     * validated, and how many there were. May be NULL. */
    void (*on_end)(void *user, const sfd_train_epoch *best, int n_epochs);
    double picture_fps; /**< rate of folders of pictures; 0: 30 */
    /** Learn to be 8-bit integers: `weights` that sfd_quantiser_write made of the network that
     * `weights` above name. Maps and weights are rounded by their scales as the quantised network
     * rounds them, and validation is that network's. The results are floats, which
     * sfd_quantiser_settings' `scales` quantise the same way. Not for person detectors, nor with
     * freeze_backbone. NULL: no rounding. */
    const char *quantise_as;
    /** Of networks that listen: share of the steps in which what is seen goes on without what is
     * heard, but for the head (SLOWFAST.DROPPATHWAY_RATE of a PySlowFast YAML file, else 0.8). */
    double drop_pathway;
    /** Of these: weight of the loss that tells whether sound and pictures belong together; 0: none.
     * NaN: 1 where a PySlowFast YAML file has DATA.GET_MISALIGNED_AUDIO and SLOWFAST.AVS_FLAG. */
    double sync_loss;
} sfd_train_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_train_settings_defaults_sized(sfd_train_settings *s, size_t struct_size);
/** Batches of 8 clips, boxes of score 0.8, shifts of up to 1; the course as configured. */
static inline void sfd_train_settings_defaults(sfd_train_settings *s)
{
    sfd_train_settings_defaults_sized(s, sizeof *s);
}

/** Trains. After every epoch, and when should_stop asks for it, the state is written to `out`: each
 * file appears when it is complete, and a resumed run goes on to the same result as an
 * uninterrupted one. The same seed, data and number of threads give the same weights.
 *
 * Errors: SFD_ERR_CANCELLED (the state is saved), SFD_ERR_ARG, SFD_ERR_IO (videos missing, disk
 * full), SFD_ERR_FORMAT naming file and line, SFD_ERR_MISMATCH (boxes that never match, a state of
 * another network), SFD_ERR_UNSUPPORTED; a loss that is no number is SFD_ERR_ARG naming epoch and
 * step. */
SFD_API sfd_status sfd_train_run(const sfd_train_settings *settings, sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
