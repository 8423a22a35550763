/* SPDX-License-Identifier: Apache-2.0 */
/* How good the runs are: measures, curves, confused actions, worst errors. */
#include "report/scores.h"

#include "base/alloc.h"
#include "base/error.h"
#include "eval/analysis.h"
#include "report/worst.h"

#include <math.h>
#include <stdlib.h>

#define MAX_POINTS     100 /* of a curve */
#define MAX_CONFUSIONS 30
#define SHOWN_SCORE    0.5 /* as of the page's */
#define N_DRAWS        1000

/* ---------------------------------------------------------------- evaluation */

typedef struct evaluation {
    const sfd_report *r;
    sfd_eval *e;
    sfd_eval_detections *runs[SFD_REPORT_MAX_RUNS];
} evaluation;

static void free_evaluation(evaluation *v)
{
    for (size_t i = 0; i < v->r->n_runs; i++)
        sfd_eval_detections_free(v->runs[i]);
    sfd_eval_free(v->e);
}

static sfd_eval_row eval_row(const sfd_report *r, const sfd_report_row *row, bool truth)
{
    const double score = !truth ? row->score : row->has_person ? (double)row->person : 1;
    return (sfd_eval_row){r->videos[row->video].id, row->timestamp_s, row->box, row->label, score};
}

static sfd_status add_rows(evaluation *v, const sfd_report_rows *rows, sfd_eval_detections **run,
                           sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < rows->n && status == SFD_OK; i++) {
        const sfd_eval_row row = eval_row(v->r, &rows->items[i], !run);
        if (!run && (rows->items[i].frame_only || rows->items[i].idle))
            status = sfd_eval_add_frame(v->e, row.video_id, row.timestamp_s, err);
        else
            status = run ? sfd_eval_add_detections(run, v->e, &row, 1, err)
                         : sfd_eval_add_truth(v->e, &row, 1, err);
    }
    if (run && status == SFD_OK && rows->n == 0)
        status = sfd_eval_add_detections(run, v->e, NULL, 0, err);
    return status;
}

/* What messages call the rows. */
static sfd_status name_rows(sfd_rows *rows, const char *name, sfd_error *err)
{
    free(rows->path); /* "detections" or "truth" */
    rows->path = sfd_strdup(name);
    return rows->path ? SFD_OK : sfd_fail_nomem(err, name);
}

static void on_suspicion(void *user, const char *message)
{
    const evaluation *v = user;
    sfd_report_warn(v->r, "%s", message);
}

static sfd_status check_run(evaluation *v, size_t run, sfd_error *err)
{
    size_t n;
    sfd_status status = name_rows(&v->runs[run]->rows, v->r->runs[run].name, err);
    return status == SFD_OK ? sfd_eval_check(&n, v->e, v->runs[run], on_suspicion, v, err) : status;
}

static sfd_status make_evaluation(evaluation *v, const sfd_report *r, sfd_error *err)
{
    sfd_eval_settings s;
    *v = (evaluation){.r = r};
    sfd_eval_settings_defaults(&s);
    s.dialect = r->s.dialect;
    if (r->labels)
        s.labels = r->labels;
    sfd_status status = sfd_eval_create(&v->e, &s, err);
    for (size_t i = 0; i < r->n_exclusions && status == SFD_OK; i++)
        status = sfd_eval_exclude(v->e, r->videos[r->exclusions[i].video].id,
                                  r->exclusions[i].timestamp_s, err);
    if (status == SFD_OK)
        status = add_rows(v, &r->truth, NULL, err);
    if (status == SFD_OK)
        status = name_rows(&v->e->truth, "the truth", err);
    for (size_t i = 0; i < r->n_runs && status == SFD_OK; i++) {
        status = add_rows(v, &r->runs[i].rows, &v->runs[i], err);
        if (status == SFD_OK)
            status = check_run(v, i, err);
    }
    return status;
}

/* -------------------------------------------------------------------- curves */

static void put_point(sfd_json_out *j, double recall, double precision, double score)
{
    sfd_json_put_integer(j, lrint(recall * 1000));
    sfd_json_put_integer(j, lrint(precision * 1000));
    sfd_json_put_integer(j, lrint(fmax(-1, fmin(1, score)) * 1000));
}

/* Recall, the best precision at it or beyond, and the score there, in thousandths, at right
 * detections: every so many. */
static bool put_curve(sfd_json_out *j, const sfd_analysis *a, int id)
{
    const size_t first = a->m.start[id], n = a->m.start[id + 1] - first;
    double *envelope = sfd_malloc_array(n, sizeof *envelope);
    size_t n_tp = 0, n_put = 0;
    if (!envelope)
        return false;
    for (size_t k = 0; k < n; k++) {
        n_tp += a->tp[a->ranks[first + k]];
        envelope[k] = (double)n_tp / (double)(k + 1);
    }
    for (size_t k = n; k-- > 1;)
        envelope[k - 1] = fmax(envelope[k - 1], envelope[k]);
    const size_t n_points = n_tp < MAX_POINTS ? n_tp : MAX_POINTS;
    sfd_json_put_key(j, "curve");
    sfd_json_put_open(j, '[');
    for (size_t k = 0, at = 0; k < n; k++) {
        const uint32_t i = a->ranks[first + k];
        if (!a->tp[i])
            continue;
        at++;
        if (at * n_points / n_tp == n_put)
            continue;
        n_put++;
        put_point(j, (double)at / (double)a->m.n_gt[id], envelope[k],
                  a->detections->items[a->m.items[i].row].score);
    }
    sfd_json_put_close(j, ']');
    free(envelope);
    return true;
}

/* ------------------------------------------------------------------- measures */

static void put_kinds(sfd_json_out *j, const char *key, const size_t *n)
{
    sfd_json_put_key(j, key);
    sfd_json_put_open(j, '[');
    for (int i = 0; i < SFD_EVAL_N_ERROR_KINDS; i++)
        sfd_json_put_integer(j, (long long)n[i]);
    sfd_json_put_close(j, ']');
}

static bool put_class(sfd_json_out *j, const evaluation *v, const sfd_analysis *a,
                      const sfd_eval_class *c, const size_t *errors)
{
    const char *name = sfd_report_name(v->r, c->id);
    if (c->n_gt == 0 && c->n_det == 0)
        return true;
    sfd_json_put_open(j, '{');
    sfd_json_put_key(j, "id");
    sfd_json_put_integer(j, c->id);
    sfd_json_put_key(j, "name");
    sfd_json_put_text(j, name ? name : c->name);
    sfd_json_put_key(j, "truths");
    sfd_json_put_integer(j, (long long)c->n_gt);
    sfd_json_put_key(j, "found");
    sfd_json_put_integer(j, (long long)c->n_det);
    sfd_json_put_key(j, "right");
    sfd_json_put_integer(j, (long long)c->n_tp);
    sfd_json_put_key(j, "ap");
    sfd_json_put_number(j, c->ap);
    put_kinds(j, "errors", errors);
    const bool ok = c->n_gt == 0 || put_curve(j, a, c->id);
    sfd_json_put_close(j, '}');
    return ok;
}

static bool put_classes(sfd_json_out *j, const evaluation *v, const sfd_analysis *a,
                        const sfd_eval_result *result, const sfd_eval_errors *errors)
{
    bool ok = true;
    sfd_json_put_key(j, "classes");
    sfd_json_put_open(j, '[');
    for (size_t i = 0, k = 0; i < result->n_classes && ok; i++) {
        static const size_t none[SFD_EVAL_ERRORS_ROOM];
        const size_t *n = none;
        while (k < errors->n_classes && errors->classes[k].id < result->classes[i].id)
            k++;
        if (k < errors->n_classes && errors->classes[k].id == result->classes[i].id)
            n = errors->classes[k].n;
        ok = put_class(j, v, a, &result->classes[i], n);
    }
    sfd_json_put_close(j, ']');
    return ok;
}

static void put_errors(sfd_json_out *j, const sfd_eval_errors *errors)
{
    put_kinds(j, "errors", errors->n);
    sfd_json_put_key(j, "repaired");
    sfd_json_put_open(j, '[');
    for (int i = 0; i < SFD_EVAL_N_ERROR_KINDS; i++)
        sfd_json_put_number(j, errors->repaired_map[i]);
    sfd_json_put_close(j, ']');
}

/* Of labels that score enough to be told. */
static sfd_status put_confusions(sfd_json_out *j, const evaluation *v, const sfd_eval_detections *d,
                                 sfd_error *err)
{
    sfd_eval_errors errors;
    sfd_status status = sfd_eval_analyse(&errors, v->e, d, v->r->s.iou, SHOWN_SCORE, err);
    if (status != SFD_OK)
        return status;
    sfd_json_put_key(j, "confusions");
    sfd_json_put_open(j, '[');
    for (size_t i = 0; i < errors.n_confusions && i < MAX_CONFUSIONS; i++) {
        sfd_json_put_open(j, '[');
        sfd_json_put_integer(j, errors.confusions[i].missed);
        sfd_json_put_integer(j, errors.confusions[i].said);
        sfd_json_put_integer(j, (long long)errors.confusions[i].n);
        sfd_json_put_close(j, ']');
    }
    sfd_json_put_close(j, ']');
    sfd_eval_errors_free(&errors);
    return SFD_OK;
}

/* Of a run over the first one, null where there is nothing to draw from. */
static sfd_status put_gain(sfd_json_out *j, const evaluation *v, size_t run, sfd_error *err)
{
    sfd_eval_bootstrap_settings s;
    sfd_eval_bootstrap_result gain;
    sfd_json_put_key(j, "gain");
    if (run == 0 || v->r->n_videos < 2) {
        sfd_json_put_text(j, NULL);
        return SFD_OK;
    }
    sfd_eval_bootstrap_settings_defaults(&s);
    s.iou = v->r->s.iou;
    s.n_samples = N_DRAWS;
    sfd_status status = sfd_eval_bootstrap(&gain, v->e, v->runs[0], v->runs[run], &s, err);
    if (status != SFD_OK)
        return status;
    sfd_json_put_open(j, '[');
    sfd_json_put_number(j, gain.map.difference);
    sfd_json_put_number(j, gain.map.low);
    sfd_json_put_number(j, gain.map.high);
    sfd_json_put_number(j, gain.map.p);
    sfd_json_put_close(j, ']');
    sfd_eval_bootstrap_result_free(&gain);
    return SFD_OK;
}

static void put_measures(sfd_json_out *j, const sfd_eval_result *result, double recall)
{
    sfd_json_put_key(j, "iou");
    sfd_json_put_number(j, result->iou);
    sfd_json_put_key(j, "map");
    sfd_json_put_number(j, result->map);
    sfd_json_put_key(j, "groups");
    sfd_json_put_open(j, '[');
    for (int g = 0; g < SFD_EVAL_N_GROUPS; g++)
        sfd_json_put_number(j, result->group_map[g]);
    sfd_json_put_close(j, ']');
    sfd_json_put_key(j, "recall");
    sfd_json_put_number(j, recall);
}

static sfd_status put_run(sfd_json_out *j, const evaluation *v, size_t run,
                          const sfd_report_keyframes *k, bool *large, sfd_error *err)
{
    const double iou = v->r->s.iou;
    const sfd_eval_detections *d = v->runs[run];
    sfd_eval_result result = {0};
    sfd_eval_errors errors = {0};
    sfd_analysis a = {0};
    double recall = NAN;
    sfd_status status = sfd_eval_score(&result, v->e, d, &iou, 1, err);
    if (status == SFD_OK)
        status = sfd_eval_analyse(&errors, v->e, d, iou, 0, err);
    if (status == SFD_OK)
        status = sfd_eval_box_recall(&recall, v->e, d, &iou, 1, err);
    if (status == SFD_OK)
        status = sfd_analysis_make(&a, v->e, &d->rows, iou, err);
    if (status == SFD_OK) {
        put_measures(j, &result, recall);
        put_errors(j, &errors);
        if (!put_classes(j, v, &a, &result, &errors))
            status = sfd_fail_nomem(err, "report");
    }
    if (status == SFD_OK)
        status = put_confusions(j, v, d, err);
    if (status == SFD_OK)
        status = sfd_report_put_worst(j, v->r, &a, k, large, err);
    sfd_analysis_free(&a);
    sfd_eval_errors_free(&errors);
    sfd_eval_result_free(&result);
    return status == SFD_OK ? put_gain(j, v, run, err) : status;
}

sfd_status sfd_report_put_scores(sfd_json_out *j, const sfd_report *r,
                                 const sfd_report_keyframes *k, bool *large, sfd_error *err)
{
    evaluation v;
    sfd_json_put_key(j, "scores");
    if (!r->has_truth || r->n_runs == 0) {
        sfd_json_put_text(j, NULL);
        return SFD_OK;
    }
    sfd_status status = make_evaluation(&v, r, err);
    sfd_json_put_open(j, '[');
    for (size_t i = 0; i < r->n_runs && status == SFD_OK; i++) {
        sfd_json_put_open(j, '{');
        status = put_run(j, &v, i, k, large, err);
        sfd_json_put_close(j, '}');
    }
    sfd_json_put_close(j, ']');
    free_evaluation(&v);
    return status;
}
