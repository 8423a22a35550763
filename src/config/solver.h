/* SPDX-License-Identifier: Apache-2.0 */
/* How a PySlowFast YAML file wants a network to be trained. */
#ifndef SFD_CONFIG_SOLVER_H
#define SFD_CONFIG_SOLVER_H

#include <sfdet/common.h>

#define SFD_MAX_SOLVER_STEPS 16

/* SOLVER.LR_POLICY. */
typedef enum sfd_solver_policy { SFD_SOLVER_COSINE, SFD_SOLVER_RELATIVE_STEPS } sfd_solver_policy;

typedef struct sfd_solver {
    bool given; /* the file has a SOLVER section; else only what is below `outside` counts */
    sfd_solver_policy policy;
    bool cosine_after_warmup, nesterov, decay_vectors; /* the last: biases decay, too */
    int epochs, n_steps, n_rates;
    float rate, end_rate, warmup_epochs, warmup_rate, momentum, weight_decay, norm_decay;
    float steps[SFD_MAX_SOLVER_STEPS]; /* epochs from which on ... */
    float rates[SFD_MAX_SOLVER_STEPS]; /* ... the rate is times this */
    /* outside of the section: */
    float dropout;       /* MODEL.DROPOUT_RATE; < 0: absent */
    int sides[2];        /* DATA.TRAIN_JITTER_SCALES; 0: absent */
    bool zero_last_norm; /* RESNET.ZERO_INIT_FINAL_BN */
    float drop_pathway;  /* SLOWFAST.DROPPATHWAY_RATE */
    bool synchronises;   /* DATA.GET_MISALIGNED_AUDIO */
    int sync_stages;     /* SLOWFAST.AVS_FLAG, bits: stem, res2 to res5 */
    int sync_width;      /* SLOWFAST.AVS_PROJ_DIM */
    int sync_gap;        /* DATA.AUDIO_MISALIGNED_GAP, steps of the spectrogram */
    int mix_epoch;       /* DATA.MIX_NEG_EPOCH; < 0: absent */
    float easy_share;    /* DATA.EASY_NEG_RATIO */
    float min_variance;  /* SLOWFAST.AVS_VAR_THRESH */
    float max_likeness;  /* SLOWFAST.AVS_DUPLICATE_THRESH */
} sfd_solver;

/* Nothing given. */
void sfd_solver_defaults(sfd_solver *s);

/* What the YAML file at `path` says; absent keys of its SOLVER section have PySlowFast's defaults.
 * Keys that change the training and cannot be honoured are refused by name. Errors: SFD_ERR_IO,
 * SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED naming key and line, SFD_ERR_NOMEM. */
sfd_status sfd_solver_load(sfd_solver *s, const char *path, sfd_error *err);

/* Keys that are set besides (config/overrides.h) laid over *s. */
sfd_status sfd_solver_override(sfd_solver *s, const char *yaml, sfd_error *err);

#endif
