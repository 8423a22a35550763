/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing results with the official programs' own, as recorded in expected*.json. */
#ifndef TESTS_EVAL_EXPECTED_H
#define TESTS_EVAL_EXPECTED_H

#include <sfdet/eval.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole file parsed; NULL when it does not exist. */
static inline cJSON *read_json(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    char *text = malloc((size_t)n + 1);
    text[fread(text, 1, (size_t)n, f)] = '\0';
    fclose(f);
    cJSON *json = cJSON_Parse(text);
    free(text);
    return json;
}

/* One run over files; `exclude` NULL: none. The caller frees *out. */
static inline sfd_status run_files(sfd_eval_result *out, const sfd_eval_settings *s, const char *gt,
                                   const char *exclude, const char *det, sfd_error *err)
{
    sfd_eval *e;
    sfd_eval_detections *d = NULL;
    double iou = 0.5;
    *out = (sfd_eval_result){0};
    sfd_status st = sfd_eval_create(&e, s, err);
    if (st == SFD_OK && exclude)
        st = sfd_eval_read_exclusions(e, exclude, err);
    if (st == SFD_OK)
        st = sfd_eval_read_truth(e, gt, err);
    if (st == SFD_OK)
        st = sfd_eval_read_detections(&d, e, det, err);
    if (st == SFD_OK)
        st = sfd_eval_score(out, e, d, &iou, 1, err);
    for (size_t i = 0; i < out->n_classes; i++)
        out->classes[i].name = NULL; /* not beyond the evaluation's end */
    sfd_eval_detections_free(d);
    sfd_eval_free(e);
    return st;
}

/* Distance of two numbers of which null stands for NaN; infinite when only one is. */
static inline double distance(double ours, const cJSON *theirs)
{
    bool is_nan = !theirs || cJSON_IsNull(theirs);
    if (is_nan || isnan(ours))
        return is_nan && isnan(ours) ? 0 : INFINITY;
    return fabs(ours - theirs->valuedouble);
}

/* Largest difference of mAP and APs; infinite where counts or undefined classes differ. */
static inline double compare_result(const sfd_eval_result *r, const cJSON *expected)
{
    double worst = distance(r->map, cJSON_GetObjectItem(expected, "mAP"));
    const cJSON *aps = cJSON_GetObjectItem(expected, "AP");
    const cJSON *counts = cJSON_GetObjectItem(expected, "counts");
    int n_found = 0;
    for (size_t i = 0; i < r->n_classes; i++) {
        const sfd_eval_class *c = &r->classes[i];
        char id[16];
        snprintf(id, sizeof id, "%d", c->id);
        const cJSON *ap = cJSON_GetObjectItem(aps, id), *n = cJSON_GetObjectItem(counts, id);
        double d = distance(c->ap, ap);
        n_found += ap != NULL;
        if (n && (n->child->valuedouble != (double)c->n_gt ||
                  n->child->next->valuedouble != (double)c->n_det ||
                  n->child->next->next->valuedouble != (double)c->n_tp))
            d = INFINITY;
        worst = d > worst ? d : worst;
    }
    return n_found == cJSON_GetArraySize(aps) ? worst : INFINITY;
}

#endif
