/* SPDX-License-Identifier: Apache-2.0 */
/* Top-k accuracy and average precision of classified videos. */
#include "base/alloc.h"
#include "base/error.h"

#include <sfdet/accuracy.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sfd_accuracy {
    size_t n_classes, n_videos, scores_alloc, labels_alloc;
    float *scores;     /* [n_videos][n_classes] */
    uint8_t *is_label; /* the same */
    bool several;      /* some video has not one label but more */
    size_t n_top1, n_top5;
    size_t *class_videos, *class_hits; /* [n_classes] */
    double *class_top1, *class_ap;     /* [n_classes], of the last result */
};

/* A video in the order of a class's scores. */
typedef struct ranked {
    float score;
    bool positive;
} ranked;

sfd_status sfd_accuracy_create(sfd_accuracy **out, int n_classes, sfd_error *err)
{
    *out = NULL;
    if (n_classes < 1)
        return sfd_fail(err, SFD_ERR_ARG, "%d classes, wanted one or more", n_classes);
    const size_t n = (size_t)n_classes;
    sfd_accuracy *a = sfd_calloc(1, sizeof *a);
    if (!a)
        return sfd_fail_nomem(err, "accuracy");
    a->n_classes = n;
    a->class_videos = sfd_calloc(n, sizeof *a->class_videos);
    a->class_hits = sfd_calloc(n, sizeof *a->class_hits);
    a->class_top1 = sfd_calloc(n, sizeof *a->class_top1);
    a->class_ap = sfd_calloc(n, sizeof *a->class_ap);
    if (!a->class_videos || !a->class_hits || !a->class_top1 || !a->class_ap) {
        sfd_accuracy_free(a);
        return sfd_fail_nomem(err, "accuracy");
    }
    *out = a;
    return SFD_OK;
}

void sfd_accuracy_free(sfd_accuracy *a)
{
    if (!a)
        return;
    free(a->scores);
    free(a->is_label);
    free(a->class_videos);
    free(a->class_hits);
    free(a->class_top1);
    free(a->class_ap);
    free(a);
}

/* Classes that come before it. */
static size_t rank_of(const float *scores, size_t n, size_t label)
{
    size_t rank = 0;
    for (size_t i = 0; i < n; i++)
        rank += i < label ? scores[i] >= scores[label] : scores[i] > scores[label];
    return rank;
}

static sfd_status check(const sfd_accuracy *a, const float *scores, const int *labels,
                        size_t n_labels, sfd_error *err)
{
    if (n_labels == 0)
        return sfd_fail(err, SFD_ERR_ARG, "a video without labels");
    for (size_t i = 0; i < n_labels; i++)
        if (labels[i] < 0 || (size_t)labels[i] >= a->n_classes)
            return sfd_fail(err, SFD_ERR_ARG, "label %d, wanted 0 to %zu", labels[i],
                            a->n_classes - 1);
    for (size_t k = 0; k < a->n_classes; k++)
        if (isnan(scores[k]))
            return sfd_fail(err, SFD_ERR_ARG, "the score of class %zu is not a number", k);
    return SFD_OK;
}

sfd_status sfd_accuracy_add(sfd_accuracy *a, const float *scores, const int *labels,
                            size_t n_labels, sfd_error *err)
{
    const size_t n = a->n_classes;
    const sfd_status status = check(a, scores, labels, n_labels, err);
    if (status != SFD_OK)
        return status;
    if (!sfd_grow(&a->scores, &a->scores_alloc, a->n_videos, n * sizeof *a->scores) ||
        !sfd_grow(&a->is_label, &a->labels_alloc, a->n_videos, n * sizeof *a->is_label))
        return sfd_fail_nomem(err, "scores of videos");
    uint8_t *is_label = a->is_label + a->n_videos * n;
    size_t n_different = 0;
    memcpy(a->scores + a->n_videos * n, scores, n * sizeof *scores);
    memset(is_label, 0, n);
    for (size_t i = 0; i < n_labels; i++)
        is_label[labels[i]] = 1;
    for (size_t k = 0; k < n; k++) {
        n_different += is_label[k];
        a->class_videos[k] += is_label[k];
    }
    a->several = a->several || n_different > 1;
    const size_t rank = rank_of(scores, n, (size_t)labels[0]);
    a->n_top1 += rank < 1;
    a->n_top5 += rank < 5;
    a->class_hits[labels[0]] += rank < 1;
    a->n_videos++;
    return SFD_OK;
}

static int by_score(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return (x->score < y->score) - (x->score > y->score);
}

/* scikit-learn's average_precision_score: the precision at each threshold, weighed by how much
 * recall it adds. */
static double average_precision(const sfd_accuracy *a, size_t k, ranked *list)
{
    const size_t n = a->n_videos;
    size_t n_positive = 0;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        list[i] = (ranked){a->scores[i * a->n_classes + k], a->is_label[i * a->n_classes + k]};
    qsort(list, n, sizeof *list, by_score);
    for (size_t i = 0; i < n;) {
        const size_t before = n_positive;
        const float threshold = list[i].score;
        for (; i < n && list[i].score == threshold; i++)
            n_positive += list[i].positive;
        sum += (double)(n_positive - before) * ((double)n_positive / (double)i);
    }
    return n_positive > 0 ? sum / (double)n_positive : NAN;
}

/* NaN are left out. */
static double mean_of(const double *values, size_t n)
{
    double sum = 0;
    size_t n_values = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) {
            sum += values[i];
            n_values++;
        }
    return n_values > 0 ? sum / (double)n_values : NAN;
}

sfd_status sfd_accuracy_get(sfd_accuracy *a, sfd_accuracy_result *result, sfd_error *err)
{
    const size_t n = a->n_classes;
    const bool single = !a->several && a->n_videos > 0;
    size_t n_present = 0;
    ranked *list = sfd_malloc_array(a->n_videos, sizeof *list);
    if (!list)
        return sfd_fail_nomem(err, "average precision");
    for (size_t k = 0; k < n; k++) {
        const double videos = (double)a->class_videos[k];
        a->class_top1[k] = single && videos > 0 ? (double)a->class_hits[k] / videos : NAN;
        a->class_ap[k] = videos > 0 ? average_precision(a, k, list) : NAN;
        n_present += videos > 0;
    }
    free(list);
    *result = (sfd_accuracy_result){.n_videos = a->n_videos,
                                    .single = single,
                                    .top1 = single ? (double)a->n_top1 / (double)a->n_videos : NAN,
                                    .top5 = single ? (double)a->n_top5 / (double)a->n_videos : NAN,
                                    .class_mean = mean_of(a->class_top1, n),
                                    .map = mean_of(a->class_ap, n),
                                    .n_classes = (int)n,
                                    .n_present = n_present,
                                    .class_videos = a->class_videos,
                                    .class_top1 = a->class_top1,
                                    .class_ap = a->class_ap};
    return SFD_OK;
}
