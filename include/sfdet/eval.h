/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * AVA frame mAP, equal to the public evaluators' own results; docs/evaluation.md has the rules.
 *
 *   evaluation (labels, excluded frames, truth)  +  detections  ->  APs, counts, recall, errors
 *
 * Reading and adding change the evaluation and belong to one thread at a time; everything that
 * takes it const may run in several threads at once. */
#ifndef SFDET_EVAL_H
#define SFDET_EVAL_H

#include <sfdet/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The public evaluators, which disagree on ordinary data. */
typedef enum sfd_eval_dialect {
    SFD_EVAL_ACTIVITYNET_2020, /**< the official script of today */
    SFD_EVAL_ACTIVITYNET_2019, /**< the last official one with an exclusions file */
    SFD_EVAL_PYSLOWFAST,
    SFD_EVAL_MMACTION2,
    SFD_EVAL_N_DIALECTS
} sfd_eval_dialect;

/** "activitynet_2020" ..., never NULL. */
SFD_API const char *sfd_eval_dialect_name(sfd_eval_dialect dialect);

/** Label list, excluded frames and truth, under the rules of one dialect. */
typedef struct sfd_eval sfd_eval;
/** Detections that were read for an evaluation, which must outlive them. */
typedef struct sfd_eval_detections sfd_eval_detections;

/** How to evaluate. */
typedef struct sfd_eval_settings {
    size_t struct_size;       /**< set by sfd_eval_settings_defaults() */
    sfd_eval_dialect dialect; /**< whose results to reproduce */
    /** AVA pbtxt file, SFD_AVA_60 (the default) or SFD_AVA_80 (NULL); not kept */
    const char *labels;
    bool python_O; /**< as `python -O` runs the originals: rows of 9 and more columns pass */
    /** csv text as the dialect's original takes it. Else, as in all programs, a byte order mark, a
     * header line, blank lines, blanks around fields, tabs for commas, empty columns at the end and
     * rows of two columns (frames without people) are no content; sfd_eval_check tells. */
    bool strict;
    const char *label_text; /**< a list as text, in place of `labels`; NULL: none; not kept */
} sfd_eval_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_eval_settings_defaults_sized(sfd_eval_settings *s, size_t struct_size);
/** activitynet_2020, the classes of AVA's benchmark. */
static inline void sfd_eval_settings_defaults(sfd_eval_settings *s)
{
    sfd_eval_settings_defaults_sized(s, sizeof *s);
}

/** Errors: SFD_ERR_IO, SFD_ERR_FORMAT (label list), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_create(sfd_eval **out, const sfd_eval_settings *settings,
                                   sfd_error *err);
SFD_API void sfd_eval_free(sfd_eval *e); /**< takes NULL; after its detections */

/* ---- input from files ---- */

/** Rows video_id,timestamp of frames that do not count.
 *
 * Files are csv without header, "-" is stdin, gzip is recognised by content. Errors: SFD_ERR_IO,
 * SFD_ERR_NOMEM, SFD_ERR_FORMAT wherever the dialect's original refuses the input, naming file,
 * line, column and value, SFD_ERR_ARG for a second truth. Exclusions come first, then the truth,
 * then detections. */
SFD_API sfd_status sfd_eval_read_exclusions(sfd_eval *e, const char *path, sfd_error *err);
/** Rows video_id,timestamp,x1,y1,x2,y2,action_id[,person_id]. */
SFD_API sfd_status sfd_eval_read_truth(sfd_eval *e, const char *path, sfd_error *err);
/** Rows video_id,timestamp,x1,y1,x2,y2,action_id,score. */
SFD_API sfd_status sfd_eval_read_detections(sfd_eval_detections **out, sfd_eval *e,
                                            const char *path, sfd_error *err);
/** What messages call them, instead of their path. Errors: SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_detections_rename(sfd_eval_detections *d, const char *name,
                                              sfd_error *err);
SFD_API void sfd_eval_detections_free(sfd_eval_detections *d); /**< takes NULL */

/* ---- input from memory ---- */

/** A truth or a detection in memory. */
typedef struct sfd_eval_row {
    const char *video_id; /**< not kept */
    double timestamp_s;   /**< dialects with integer timestamps refuse fractions */
    sfd_box_norm box;     /**< corners */
    int label;            /**< a row whose label is not on the list only makes its frame known */
    double score;         /**< of a truth: 1, or the person id, which orders the boxes of a frame */
} sfd_eval_row;

/** Errors: SFD_ERR_ARG (fractional timestamp), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_exclude(sfd_eval *e, const char *video_id, double timestamp_s,
                                    sfd_error *err);
/** Appends n rows to the truth; they are copied. Errors: as above. */
SFD_API sfd_status sfd_eval_add_truth(sfd_eval *e, const sfd_eval_row *rows, size_t n,
                                      sfd_error *err);
/** Appends to *d, which is created where it is NULL; its rows count as one file in this order. */
SFD_API sfd_status sfd_eval_add_detections(sfd_eval_detections **d, sfd_eval *e,
                                           const sfd_eval_row *rows, size_t n, sfd_error *err);

/** The distinct labels of the truth that are not on the list of classes, rising, the first `n` of
 * them into ids[n]; returns how many there are. Their rows do not count. */
SFD_API size_t sfd_eval_unlisted(const sfd_eval *e, long long *ids, size_t n);

/* ---- results ---- */

/** Score of one class. */
typedef struct sfd_eval_class {
    int id;             /**< action id */
    const char *name;   /**< lives as long as the evaluation */
    size_t n_gt;        /**< truths on the frames that count */
    size_t n_det;       /**< ranked detections */
    size_t n_tp;        /**< of them true positives */
    double ap;          /**< NaN: undefined */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_eval_class;

/** Room for groups and kinds of errors to come. */
enum { SFD_EVAL_GROUPS_ROOM = 8, SFD_EVAL_ERRORS_ROOM = 16 };

/** AVA's groups of actions: ids 1 to 14, 15 to 63, 64 and above. */
enum { SFD_EVAL_POSE, SFD_EVAL_OBJECT, SFD_EVAL_PERSON, SFD_EVAL_N_GROUPS };

/** Scores at one IoU threshold; freed by sfd_eval_result_free(). */
typedef struct sfd_eval_result {
    double iou; /**< the threshold */
    double map; /**< mean over the classes whose AP is defined, else NaN */
    double group_map[SFD_EVAL_GROUPS_ROOM]; /**< [SFD_EVAL_N_GROUPS]: the same over each group */
    size_t n_classes;                       /**< on the label list, by rising id */
    sfd_eval_class *classes;                /**< owned */
    size_t reserved[4];                     /**< room to grow, zero */
} sfd_eval_result;

/** Scores at n_ious thresholds (a detection needs IoU >= threshold) into results[n_ious]. Errors:
 * SFD_ERR_ARG (threshold not in (0, 1]), SFD_ERR_NOMEM, SFD_ERR_FORMAT (inverted boxes where the
 * original refuses them; mmaction2: no truth); results are zeroed then. */
SFD_API sfd_status sfd_eval_score(sfd_eval_result *results, const sfd_eval *e,
                                  const sfd_eval_detections *d, const double *ious, size_t n_ious,
                                  sfd_error *err);
/** Frees what *r owns and zeroes it. Takes NULL. */
SFD_API void sfd_eval_result_free(sfd_eval_result *r);

/** What a file held, and why rows do not take part. */
typedef struct sfd_eval_counts {
    size_t n_rows;       /**< all of the file */
    size_t n_frame_only; /**< of them rows of two columns, which only make a frame known */
    size_t n_off_list;   /**< ... with a label that is not on the list */
    size_t n_excluded;   /**< ... on excluded frames */
    size_t n_unknown;    /**< ... on frames that the dialect ignores: not in the truth */
    size_t n_over_limit; /**< ... dropped by the limit of rows per frame */
    size_t n_no_area;    /**< ... removed for having no area */
    size_t n_used;       /**< the rest: rows that are scored */
    size_t n_videos;     /**< distinct, over rows with listed labels */
    size_t n_keyframes;  /**< distinct, over rows with listed labels */
    size_t n_boxes;      /**< distinct, over rows with listed labels */
    size_t n_classes;    /**< distinct, over rows with listed labels */
    size_t reserved[4];  /**< room to grow, zero */
} sfd_eval_counts;

/** Errors: SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_count_truth(sfd_eval_counts *out, const sfd_eval *e, sfd_error *err);
/** The same of detections. */
SFD_API sfd_status sfd_eval_count_detections(sfd_eval_counts *out, const sfd_eval *e,
                                             const sfd_eval_detections *d, sfd_error *err);

/** Share of the distinct truth boxes (frames that are not excluded) that any detected box, whatever
 * its label and score, overlaps with IoU >= ious[i]; NaN without truth. Errors: SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_box_recall(double *recalls, const sfd_eval *e,
                                       const sfd_eval_detections *d, const double *ious,
                                       size_t n_ious, sfd_error *err);

/** Kinds of error: each false positive and each missed truth has exactly one. */
typedef enum sfd_eval_error_kind {
    SFD_EVAL_DUPLICATE,  /**< overlaps a truth of its class that another detection has taken */
    SFD_EVAL_LABEL,      /**< else: overlaps a person who does not have this label */
    SFD_EVAL_PLACE,      /**< else: IoU >= 0.1 with a truth of its class */
    SFD_EVAL_BACKGROUND, /**< else */
    SFD_EVAL_NO_BOX,     /**< missed truth that no box of any label overlaps */
    SFD_EVAL_LOW_SCORE,  /**< missed truth with a box, whose score for the label was not written */
    SFD_EVAL_N_ERROR_KINDS
} sfd_eval_error_kind;

/** "duplicate" ..., never NULL. */
SFD_API const char *sfd_eval_error_kind_name(sfd_eval_error_kind kind);

/** Errors of one class. */
typedef struct sfd_eval_class_errors {
    int id;                         /**< of the class */
    size_t n[SFD_EVAL_ERRORS_ROOM]; /**< [SFD_EVAL_N_ERROR_KINDS] */
    size_t n_right;                 /**< detections that are none */
    size_t reserved[3];             /**< room to grow, zero */
} sfd_eval_class_errors;

/** A label of a person that no detection found, and one that a detection on the same person has
 * and the truth has not. */
typedef struct sfd_eval_confusion {
    int missed; /**< id of the truth's label */
    int said;   /**< id of the detection's */
    size_t n;   /**< how often */
} sfd_eval_confusion;

/** All errors at one IoU threshold; freed by sfd_eval_errors_free(). */
typedef struct sfd_eval_errors {
    double iou; /**< the threshold */
    double map; /**< as in sfd_eval_result, of the detections that count */
    /** [SFD_EVAL_N_ERROR_KINDS]: if all errors of that kind were repaired */
    double repaired_map[SFD_EVAL_ERRORS_ROOM];
    size_t n[SFD_EVAL_ERRORS_ROOM]; /**< [SFD_EVAL_N_ERROR_KINDS]: how many */
    size_t n_classes;               /**< as in sfd_eval_result */
    sfd_eval_class_errors *classes; /**< [n_classes], owned */
    double min_score;               /**< detections with a lower score do not count */
    size_t n_confusions;            /**< different pairs */
    sfd_eval_confusion *confusions; /**< [n_confusions] the most frequent first, owned */
    size_t reserved[1];             /**< room to grow, zero */
} sfd_eval_errors;

/** Detections that score less than min_score are left out: at 0 nearly every label of every person
 * is detected with some score, and missed labels and confused ones say little. Errors: as
 * sfd_eval_score. */
SFD_API sfd_status sfd_eval_analyse(sfd_eval_errors *out, const sfd_eval *e,
                                    const sfd_eval_detections *d, double iou, double min_score,
                                    sfd_error *err);
/** Frees what *r owns and zeroes it. Takes NULL. */
SFD_API void sfd_eval_errors_free(sfd_eval_errors *r);

/** How sfd_eval_bootstrap() draws. */
typedef struct sfd_eval_bootstrap_settings {
    size_t struct_size; /**< set by sfd_eval_bootstrap_settings_defaults() */
    double iou;         /**< threshold (0.5) */
    size_t n_samples;   /**< draws, up to 100000 (1000) */
    uint64_t seed;      /**< the same seed gives the same draws (1) */
    double confidence;  /**< share of the samples that an interval holds (0.95) */
} sfd_eval_bootstrap_settings;

/** sfd_..._defaults() for callers of any header: struct_size is the size they know. */
SFD_API void sfd_eval_bootstrap_settings_defaults_sized(sfd_eval_bootstrap_settings *s,
                                                        size_t struct_size);
/** Fills *s; to be called before any field is set. */
static inline void sfd_eval_bootstrap_settings_defaults(sfd_eval_bootstrap_settings *s)
{
    sfd_eval_bootstrap_settings_defaults_sized(s, sizeof *s);
}

/** The difference of two files in a measure. NaN: undefined. */
typedef struct sfd_eval_interval {
    double difference; /**< the second file's less the first's */
    double low;        /**< where the interval begins */
    double high;       /**< where it ends */
    double p; /**< twice the share of the samples without a gain, or without a loss if fewer */
} sfd_eval_interval;

/** Differences of two files; freed by sfd_eval_bootstrap_result_free(). */
typedef struct sfd_eval_bootstrap_result {
    sfd_eval_interval map;      /**< of mAP */
    size_t n_videos;            /**< drawn from: those of the truth */
    size_t n_samples;           /**< as asked for */
    size_t n_classes;           /**< as in sfd_eval_result */
    sfd_eval_interval *classes; /**< [n_classes] of AP, owned */
    size_t reserved[4];         /**< room to grow, zero */
} sfd_eval_bootstrap_result;

/** Is b better than a by more than luck of the videos? Scores both on as many videos as there are,
 * drawn with replacement, n_samples times; an interval is that of the differences' percentiles.
 * `settings` NULL: the defaults. Errors: as sfd_eval_score, SFD_ERR_ARG (settings). */
SFD_API sfd_status sfd_eval_bootstrap(sfd_eval_bootstrap_result *out, const sfd_eval *e,
                                      const sfd_eval_detections *a, const sfd_eval_detections *b,
                                      const sfd_eval_bootstrap_settings *settings, sfd_error *err);
/** Frees what *r owns and zeroes it. Takes NULL. */
SFD_API void sfd_eval_bootstrap_result_free(sfd_eval_bootstrap_result *r);

/** One line about something suspicious. */
typedef void (*sfd_eval_warn_fn)(void *user, const char *message);
/** Looks for mistakes that still give a number: labels off by one, pixel coordinates, inverted
 * boxes, timestamps that never match the truth, video ids in only one of the files, text that the
 * original would not take so. Calls `warn` with one line each and counts them in *n_found. Errors:
 * SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_check(size_t *n_found, const sfd_eval *e, const sfd_eval_detections *d,
                                  sfd_eval_warn_fn warn, void *user, sfd_error *err);

/* ---- reports ---- */

/** What a report tells about one detections file. */
typedef struct sfd_eval_report {
    const char *path;              /**< of the detections, also its title */
    sfd_eval_dialect dialect;      /**< of the evaluation */
    const sfd_eval_result *result; /**< what sfd_eval_score gave */
    /** further parts, each may be NULL */
    const double *box_recall;
    const sfd_eval_counts *truth;          /**< of the truth */
    const sfd_eval_counts *detections;     /**< of the detections */
    const sfd_eval_errors *errors;         /**< what sfd_eval_analyse gave */
    const sfd_eval_bootstrap_result *gain; /**< over another file: what sfd_eval_bootstrap gave */
} sfd_eval_report;

/** {"files": [{"path", "dialect", "iou", "mAP", "groups", "classes": [{"id", "name", "n_gt",
 * "n_det", "AP"}], ...}]}, every number with full double precision, NaN as null. The file appears
 * when it is complete; "-" is stdout. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_write_json(const char *path, const sfd_eval_report *reports, size_t n,
                                       sfd_error *err);

/** SVG of bars: AP of every class with truth, by falling number of truths, one bar per report (at
 * most 6). With several: the five largest absolute gains of the last over the first in bold, the
 * five largest relative ones (first AP above 1 %) in a second colour. Errors: SFD_ERR_ARG,
 * SFD_ERR_IO, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_write_plot(const char *path, const sfd_eval_report *reports, size_t n,
                                       sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
