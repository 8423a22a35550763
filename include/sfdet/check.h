/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * What is in a data set of labelled people, and what is wrong with it.
 *
 *   sfd_check_run       reads it
 *   sfd_check_get       findings, each with its place and its cure
 *   sfd_check_get_facts numbers: videos, keyframes, boxes, labels of each class
 *   sfd_check_fix       the ground truth once more, without what can be repaired safely
 *   sfd_check_draw      pictures of the first boxes of every class
 */
#ifndef SFDET_CHECK_H
#define SFDET_CHECK_H

#include <sfdet/labels.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A data set that was looked at; used by one thread. */
typedef struct sfd_check sfd_check;

/** What belongs to the data set; what is NULL is not looked at. */
typedef struct sfd_check_settings {
    size_t struct_size;        /**< set by sfd_check_settings_defaults() */
    const char *truth;         /**< needed: csv as of AVA */
    const char *labels;        /**< AVA pbtxt or a built-in list */
    const char *videos;        /**< folder of VIDEO_ID.mp4, or of folders VIDEO_ID of pictures */
    const char *proposals;     /**< person boxes: csv, or any other format of
                                    sfd_proposals_read() */
    const char *exclude;       /**< csv rows video,timestamp that do not count */
    const char *val_truth;     /**< of the validation set, which shares no video with the other */
    double timestamp_offset_s; /**< timestamp of a video's first frame */
    double picture_fps;  /**< rate of folders of pictures; 0: 30. And of pictures that proposals
                              in JSON number, which are refused with 0 */
    size_t min_examples; /**< boxes that every class should have (10) */
    void *user;          /**< handed to the callbacks, each of which may be NULL */
    void (*on_video)(void *user, size_t n_done, size_t n_total); /**< a video was looked at */
    bool (*should_stop)(void *user); /**< true ends with SFD_ERR_CANCELLED */
} sfd_check_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_check_settings_defaults_sized(sfd_check_settings *s, size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_check_settings_defaults(sfd_check_settings *s)
{
    sfd_check_settings_defaults_sized(s, sizeof *s);
}

/** Files that cannot be read are findings. Settings' strings are lent until the check is freed.
 * Errors: SFD_ERR_ARG (no truth); SFD_ERR_IO, SFD_ERR_FORMAT (the label list, the folder of the
 * videos); SFD_ERR_CANCELLED; SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_check_run(sfd_check **out, const sfd_check_settings *settings,
                                 sfd_error *err);
SFD_API void sfd_check_free(sfd_check *c); /**< takes NULL */

/** Something that is wrong, however often; strings are owned by the check. */
typedef struct sfd_check_finding {
    const char *kind;   /**< a name for it: "label-zero" */
    const char *text;   /**< file, line of the first case, what it is */
    const char *cure;   /**< what to do */
    size_t n;           /**< how often */
    bool fixed;         /**< sfd_check_fix repairs it */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_check_finding;

SFD_API size_t sfd_check_count(const sfd_check *c); /**< of findings */
/** Finding i below that number. */
SFD_API void sfd_check_get(const sfd_check *c, size_t i, sfd_check_finding *finding);

#define SFD_CHECK_PEOPLE 6 /**< keyframes of 0, 1, 2, 3, 4, 5 and more people */

/** Numbers about the ground truth. */
typedef struct sfd_check_facts {
    size_t n_rows;                   /**< with content */
    size_t n_videos;                 /**< that they name */
    size_t n_keyframes;              /**< likewise */
    size_t n_boxes;                  /**< usable ones, each once */
    size_t n_labels;                 /**< of these */
    size_t n_idle;                   /**< boxes without an action */
    size_t n_excluded;               /**< keyframes that `exclude` names */
    size_t n_classes;                /**< on the list; without one, that occur */
    size_t n_pairs;                  /**< classes that occur together in a box */
    size_t people[SFD_CHECK_PEOPLE]; /**< keyframes of so many people */
    double height[3];   /**< of boxes, shares of the picture's: 10, 50 and 90 of 100 are below */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_check_facts;

SFD_API void sfd_check_get_facts(const sfd_check *c, sfd_check_facts *facts); /**< fills *facts */

/** A class of the ground truth. */
typedef struct sfd_check_class {
    int id;             /**< on the list */
    const char *name;   /**< NULL: without a list */
    size_t n_labels;    /**< boxes that have it */
    size_t n_videos;    /**< in so many videos */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_check_class;

/** Class i of facts.n_classes, by rising id. */
SFD_API void sfd_check_get_class(const sfd_check *c, size_t i, sfd_check_class *out);
/** Pair i of facts.n_pairs, the most frequent first: ids and how many boxes have both. */
SFD_API void sfd_check_get_pair(const sfd_check *c, size_t i, int ids[2], size_t *n);

/** Writes the ground truth again: one row a line with commas, in UTF-8, without doubled rows, empty
 * boxes, and file name extensions in video ids; corners in order, inside the picture, and as
 * fractions where they were pixels of a known video. All else is left as it is. *n_changed (may be
 * NULL): rows changed or left out. Errors: SFD_ERR_IO, SFD_ERR_FORMAT (a truth that cannot be
 * read), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_check_fix(const sfd_check *c, const char *path, size_t *n_changed,
                                 sfd_error *err);

/** Draws FOLDER/ID_NAME.png for every class that occurs: its first n_boxes boxes, each with its
 * video and timestamp. Needs `videos`; boxes without a picture are left out. *n_drawn (may be
 * NULL): files. Errors: SFD_ERR_ARG, SFD_ERR_IO, SFD_ERR_CANCELLED, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_check_draw(const sfd_check *c, const char *folder, size_t n_boxes,
                                  size_t *n_drawn, sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
