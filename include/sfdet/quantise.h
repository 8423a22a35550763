/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * 8-bit integers from trained weights: what a network's maps are like is seen on clips, no training
 * is needed.
 *
 *   sfd_quantiser  ->  clips run by a detector of its model  ->  sfd_quantiser_write
 *
 * A network that labels whole clips: videos run by a classifier (classify.h) of it. A person
 * detector (YOLOX) in place of an action network: pictures run by a finder of it.
 */
#ifndef SFDET_QUANTISE_H
#define SFDET_QUANTISE_H

#include <sfdet/persons.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A model of floats that watches itself; used by one thread at a time. */
typedef struct sfd_quantiser sfd_quantiser;

/** Which network. */
typedef struct sfd_quantiser_settings {
    size_t struct_size;      /**< set by sfd_quantiser_settings_defaults() */
    const char *weights;     /**< as in sfd_model_settings or sfd_person_model_settings */
    const char *config;      /**< as in sfd_model_settings; NULL for a person detector */
    const char *cpu;         /**< as in sfd_model_settings */
    const char *const *keep; /**< [n_keep]: names of convolutions that stay floats, or beginnings of
                                names that end with a dot or star: "s5.*" */
    size_t n_keep;           /**< how many */
    const char *scales;      /**< weights of the same network that were quantised before: the same
                                convolutions become bytes, the scales of maps are theirs, and no clip is
                                watched. For weights that were trained for them (train.h). NULL: none */
} sfd_quantiser_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_quantiser_settings_defaults_sized(sfd_quantiser_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_quantiser_settings_defaults(sfd_quantiser_settings *s)
{
    sfd_quantiser_settings_defaults_sized(s, sizeof *s);
}

/** Loads the weights. Errors: as sfd_model_open; SFD_ERR_ARG for a name in `keep` that no
 * convolution has, SFD_ERR_MISMATCH for weights that are quantised already or `scales` that are not
 * of this network, SFD_ERR_UNSUPPORTED for a person detector that is no YOLOX. The caller frees
 * *out. */
SFD_API sfd_status sfd_quantiser_create(sfd_quantiser **out, const sfd_quantiser_settings *settings,
                                        sfd_error *err);
SFD_API void sfd_quantiser_free(sfd_quantiser *q); /**< takes NULL; after its model's states */

/** The model of floats. Every clip that a state, detector or classifier of it runs is watched: one
 * at a time (n_jobs 1). Owned by the quantiser; NULL where a person detector is quantised. */
SFD_API const sfd_model *sfd_quantiser_model(const sfd_quantiser *q);

/** The person detector of floats, NULL where an action network is quantised. Every picture that a
 * finder of it runs is watched. Owned by the quantiser. */
SFD_API const sfd_person_model *sfd_quantiser_persons(const sfd_quantiser *q);

/** What quantising does to a convolution. */
typedef struct sfd_quantised_layer {
    const char *name;    /**< owned by the quantiser */
    bool quantised;      /**< else a float: `reason` says why */
    const char *reason;  /**< NULL where quantised */
    double macs_share;   /**< of all convolutions' multiply-adds, at the network's test size */
    double input_noise;  /**< mean square of what rounding and clipping do to the input, relative to
                            the input's; 0 where scales were taken and nothing was watched */
    double weight_noise; /**< the same of the weights */
    size_t reserved[4];  /**< room to grow, zero */
} sfd_quantised_layer;

/** Fills *layer with the i-th convolution, in running order. SFD_ERR_END past the last one;
 * SFD_ERR_MISMATCH when no clip was watched; SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_quantiser_layer(const sfd_quantiser *q, size_t i, sfd_quantised_layer *layer,
                                       sfd_error *err);

/** Keeps one more convolution as floats, or no longer. Errors: SFD_ERR_ARG (no such name). */
SFD_API sfd_status sfd_quantiser_keep(sfd_quantiser *q, const char *name, bool keep,
                                      sfd_error *err);

/** Writes the network as safetensors, its configuration in the metadata: signed bytes with a scale
 * for each output channel, batch norm folded, scales of maps from what was watched, or taken; what
 * stays float is float32. The same clips give the same file. Errors: SFD_ERR_MISMATCH when no clip
 * was watched, SFD_ERR_FORMAT when values were not finite, what reading and writing give. */
SFD_API sfd_status sfd_quantiser_write(const sfd_quantiser *q, const char *path, sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
