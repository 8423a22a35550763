/* SPDX-License-Identifier: Apache-2.0 */
/* How good are person boxes, and how good their tracks: COCO's AP and the CLEAR MOT and ID
 * measures, whatever the actions are. */
#ifndef SFDET_EVAL_PERSONS_H
#define SFDET_EVAL_PERSONS_H

#include <sfdet/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A box of one class. Corner, width and height in any unit that is the same for all boxes of a
 * picture (pixels, fractions). */
typedef struct sfd_eval_box {
    int64_t picture; /* pictures count in rising order where scores are equal */
    double x, y, width, height;
    double score; /* of a detection */
    bool crowd;   /* of a truth: stands for many persons; what lies in it counts neither way */
} sfd_eval_box;

typedef struct sfd_eval_box_result {
    size_t n_pictures; /* that have a truth or a detection */
    size_t n_truth;    /* without crowds */
    size_t n_detections;
    double ap;       /* mean over IoU 0.50, 0.55 ... 0.95; NaN without truth, as all below */
    double ap50;     /* at IoU 0.5 */
    double ap75;     /* at IoU 0.75 */
    double recall;   /* COCO's AR: mean over the same IoUs, at most 100 detections a picture */
    double recall50; /* at IoU 0.5 */
    size_t reserved[4];
} sfd_eval_box_result;

/* COCO's average precision (https://cocodataset.org/#detection-eval) over all areas, equal to
 * pycocotools: 101 points of recall, the 100 best detections of a picture, stable order. NaN and
 * negative sizes are the caller's to refuse. Errors: SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_score_boxes(sfd_eval_box_result *out, const sfd_eval_box *truth,
                                        size_t n_truth, const sfd_eval_box *detections,
                                        size_t n_detections, sfd_error *err);

/* A person in a frame. */
typedef struct sfd_eval_track_box {
    int64_t frame, id;
    double x, y, width, height;
} sfd_eval_track_box;

typedef struct sfd_eval_track_result {
    size_t n_frames;                /* with a truth or a track's box */
    size_t n_objects, n_boxes;      /* truth: different ids, boxes */
    size_t n_tracks, n_track_boxes; /* result: the same */
    size_t n_matches;               /* truth boxes that have a track's, switches included */
    size_t n_misses, n_false, n_switches;
    size_t n_fragments; /* times that a truth was lost and found again */
    size_t n_mostly_tracked, n_partly_tracked,
        n_mostly_lost; /* objects: at least 0.8, 0.2, less of their boxes matched */
    double mota;       /* 1 - (misses + false + switches) / n_boxes */
    double idf1, id_precision, id_recall;
    size_t reserved[4];
} sfd_eval_track_result;

/* CLEAR MOT (K. Bernardin, R. Stiefelhagen, "Evaluating Multiple Object Tracking Performance",
 * 2008) and ID measures (E. Ristani et al., "Performance Measures and a Data Set for Multi-Target,
 * Multi-Camera Tracking", 2016), equal to py-motmetrics; boxes match with an IoU of at least
 * `iou`. Ratios are NaN where their divisor is 0. Errors: SFD_ERR_ARG (iou not in 0..1, an id twice
 * in a frame: named, or more than 2^26 pairs of ids), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_eval_score_tracks(sfd_eval_track_result *out,
                                         const sfd_eval_track_box *truth, size_t n_truth,
                                         const sfd_eval_track_box *tracks, size_t n_tracks,
                                         double iou, sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
