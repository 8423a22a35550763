/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * Finding persons in pictures: the boxes that action detection starts from. */
#ifndef SFDET_PERSONS_H
#define SFDET_PERSONS_H

#include <sfdet/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A person detector: read-only once opened, shared by threads. */
typedef struct sfd_person_model sfd_person_model;

/** Which weights, how to compute. */
typedef struct sfd_person_model_settings {
    size_t struct_size;  /**< set by sfd_person_model_settings_defaults() */
    const char *weights; /**< file */
    const char *cpu;     /**< as in sfd_model_settings; NULL: the best */
} sfd_person_model_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_person_model_settings_defaults_sized(sfd_person_model_settings *s,
                                                      size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_person_model_settings_defaults(sfd_person_model_settings *s)
{
    sfd_person_model_settings_defaults_sized(s, sizeof *s);
}

/** YOLOX's releases (`yolox_s.pth` ...). Errors: SFD_ERR_IO, SFD_ERR_FORMAT, SFD_ERR_MISMATCH
 * (another kind of network, or a tensor that is missing or misshapen), SFD_ERR_UNSUPPORTED,
 * SFD_ERR_NOMEM. The caller frees *out. */
SFD_API sfd_status sfd_person_model_open(sfd_person_model **out,
                                         const sfd_person_model_settings *settings, sfd_error *err);
SFD_API void sfd_person_model_free(sfd_person_model *m); /**< takes NULL */

/** Memory to run a model in, and its threads: used by one thread at a time. */
typedef struct sfd_person_finder sfd_person_finder;

/** n_threads 0: one for each core that may be used. The model must outlive the finder. Errors:
 * SFD_ERR_ARG, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_person_finder_create(sfd_person_finder **out, const sfd_person_model *m,
                                            int n_threads, sfd_error *err);
SFD_API void sfd_person_finder_free(sfd_person_finder *f); /**< takes NULL */

/** A person in a picture. */
typedef struct sfd_found_person {
    sfd_box_px box;     /**< pixels of the picture, clipped to it */
    float score;        /**< 0..1 */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_found_person;

/** Finds the persons of an 8-bit RGB picture [height][stride_bytes] that score `threshold` or more,
 * best first, as the network's own code base does: its resizing, its non-maximum suppression.
 * *persons belongs to the finder and is valid until its next run. Errors: SFD_ERR_ARG (empty
 * picture), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_person_finder_run(sfd_person_finder *f, const uint8_t *rgb, int width,
                                         int height, size_t stride_bytes, double threshold,
                                         const sfd_found_person **persons, size_t *n_persons,
                                         sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
