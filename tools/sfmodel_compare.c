/* SPDX-License-Identifier: Apache-2.0 */
/* sfmodel compare: what another precision or file does to the scores on one's own clips. */
#include "cli.h"
#include "sfmodel_clips.h"
#include "sfmodel_commands.h"

#include <sfdet/compare.h>
#include <sfdet/eval.h>
#include <sfdet/labels.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME        "sfmodel compare"
#define MAX_CHANGES 20 /* classes that are printed one by one */

/* A box that was scored. */
typedef struct scored_box {
    const char *video_id; /* the clips' */
    double timestamp_s;
    char *timestamp_text, *box_text;
    sfd_box_norm box;
} scored_box;

/* One model with all its scores. */
typedef struct side {
    sfd_model_settings settings;
    sfd_model *model;
    sfd_detector *detector;
    scored_box *boxes; /* [n] */
    float *scores;     /* [n][n_classes] */
    size_t n, n_alloc;
} side;

typedef struct app {
    boxed_clips clips;
    side sides[2];
    const char *truth, *exclude, *labels_path, *json;
    double threshold;
    int precision[2]; /* sfd_precision, CLI_NO_PRECISION */
    sfd_labels *labels;
    sfd_comparison result;
    cli_progress progress;
    uint64_t n_done;
    size_t clip;       /* that is in work */
    side *in_work;     /* that scores it */
    size_t n_failures; /* keyframes */
} app;

static sfd_status fail(sfd_error *err, sfd_status status, const char *message)
{
    err->status = status;
    snprintf(err->message, sizeof err->message, "%s", message);
    return status;
}

static sfd_status out_of_memory(sfd_error *err)
{
    return fail(err, SFD_ERR_NOMEM, "out of memory");
}

/* ------------------------------------------------------------------ scoring */

static void free_side(side *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->boxes[i].timestamp_text);
        free(s->boxes[i].box_text);
    }
    free(s->boxes);
    free(s->scores);
    sfd_detector_free(s->detector);
    sfd_model_free(s->model);
}

static bool grow(side *s, size_t n_classes)
{
    const size_t n = s->n_alloc ? 2 * s->n_alloc : 64;
    if (s->n < s->n_alloc)
        return true;
    scored_box *boxes = realloc(s->boxes, n * sizeof *boxes);
    s->boxes = boxes ? boxes : s->boxes;
    float *scores = realloc(s->scores, n * n_classes * sizeof *scores);
    s->scores = scores ? scores : s->scores;
    if (!boxes || !scores)
        return false;
    s->n_alloc = n;
    return true;
}

static bool add_box(side *s, const char *video_id, const sfd_keyframe *k, const sfd_person *p)
{
    const size_t n_classes = (size_t)k->n_classes;
    if (!grow(s, n_classes))
        return false;
    const scored_box b = {video_id, k->timestamp_s, strdup(p->timestamp_text), strdup(p->box_text),
                          p->box};
    if (!b.timestamp_text || !b.box_text) {
        free(b.timestamp_text);
        free(b.box_text);
        return false;
    }
    memcpy(s->scores + s->n * n_classes, p->scores, n_classes * sizeof *p->scores);
    s->boxes[s->n++] = b;
    return true;
}

static sfd_status on_keyframe(void *user, const sfd_keyframe *k, sfd_error *err)
{
    app *a = user;
    for (size_t i = 0; i < k->n_persons; i++)
        if (!add_box(a->in_work, a->clips.ids[a->clip], k, &k->persons[i]))
            return out_of_memory(err);
    cli_progress_update(&a->progress, ++a->n_done);
    return SFD_OK;
}

static void on_failure(void *user, const char *message)
{
    app *a = user;
    cli_progress_clear(&a->progress);
    cli_warn(NAME, "%s", message);
    a->n_failures++;
}

static sfd_status score_clips(app *a, sfd_error *err)
{
    sfd_detect_settings s;
    sfd_detect_settings_defaults(&s);
    s.user = a;
    s.on_keyframe = on_keyframe;
    s.should_stop = cli_should_stop;
    sfd_status status = SFD_OK;
    cli_progress_start(&a->progress, "keyframes", 0, a->clips.quiet);
    for (a->clip = 0; a->clip < a->clips.n && status == SFD_OK; a->clip++)
        for (int i = 0; i < 2 && status == SFD_OK; i++) {
            a->in_work = &a->sides[i];
            s.on_failure = i == 0 ? on_failure : NULL; /* the other's are the same */
            status = run_boxed_clip(&a->clips, a->clip, a->in_work->detector, &s, err);
        }
    cli_progress_end(&a->progress, a->n_done);
    return status;
}

/* ------------------------------------------------------------------ opening */

static sfd_status open_side(side *s, int precision, int threads, sfd_error *err)
{
    sfd_status status = sfd_model_open(&s->model, &s->settings, err);
    if (status == SFD_OK)
        status = cli_check_precision(precision, s->settings.weights,
                                     sfd_model_get_info(s->model)->quantised, err);
    for (size_t i = 0; status == SFD_OK && sfd_model_assumption(s->model, i); i++)
        cli_note("%s: %s\n", s->settings.weights, sfd_model_assumption(s->model, i));
    return status == SFD_OK ? sfd_detector_create(&s->detector, s->model, threads, err) : status;
}

static sfd_status open_sides(app *a, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (int i = 0; i < 2 && status == SFD_OK; i++)
        status = open_side(&a->sides[i], a->precision[i], a->clips.threads, err);
    if (status != SFD_OK)
        return status;
    const sfd_model_info *x = sfd_model_get_info(a->sides[0].model);
    const sfd_model_info *y = sfd_model_get_info(a->sides[1].model);
    if (x->n_classes != y->n_classes ||
        memcmp(x->class_ids, y->class_ids, (size_t)x->n_classes * sizeof *x->class_ids) != 0)
        return fail(err, SFD_ERR_MISMATCH, "the models score different classes");
    return sfd_labels_open_for(&a->labels, a->labels_path, a->sides[0].model, NULL, err);
}

/* ------------------------------------------------------------------ truth */

static sfd_status add_detections(sfd_eval_detections **d, sfd_eval *e, const side *s,
                                 sfd_error *err)
{
    const sfd_model_info *info = sfd_model_get_info(s->model);
    const size_t n_classes = (size_t)info->n_classes;
    sfd_eval_row *rows = malloc(n_classes * sizeof *rows);
    sfd_status status = rows ? SFD_OK : out_of_memory(err);

    for (size_t i = 0; i < s->n && status == SFD_OK; i++) {
        size_t n = 0;
        for (size_t c = 0; c < n_classes; c++)
            if (info->class_ids[c] >= 0)
                rows[n++] = (sfd_eval_row){.video_id = s->boxes[i].video_id,
                                           .timestamp_s = s->boxes[i].timestamp_s,
                                           .box = s->boxes[i].box,
                                           .label = info->class_ids[c],
                                           .score = (double)s->scores[i * n_classes + c]};
        status = sfd_eval_add_detections(d, e, rows, n, err);
    }
    free(rows);
    return status;
}

static sfd_status score_side(double *map, sfd_eval *e, const side *s, sfd_error *err)
{
    const double iou = 0.5;
    sfd_eval_detections *d = NULL;
    sfd_eval_result r = {0};
    sfd_status status = add_detections(&d, e, s, err);
    if (status == SFD_OK)
        status = sfd_eval_score(&r, e, d, &iou, 1, err);
    *map = status == SFD_OK ? r.map : NAN;
    sfd_eval_result_free(&r);
    sfd_eval_detections_free(d);
    return status;
}

static sfd_status score_truth(app *a, sfd_error *err)
{
    sfd_eval *e;
    sfd_eval_settings s;
    sfd_eval_settings_defaults(&s);
    if (a->labels_path)
        s.labels = a->labels_path;
    else
        s.label_text = sfd_model_get_info(a->sides[0].model)->class_list;
    sfd_status status = sfd_eval_create(&e, &s, err);
    if (status == SFD_OK && a->exclude)
        status = sfd_eval_read_exclusions(e, a->exclude, err);
    if (status == SFD_OK)
        status = sfd_eval_read_truth(e, a->truth, err);
    if (status == SFD_OK)
        status = score_side(&a->result.map_a, e, &a->sides[0], err);
    if (status == SFD_OK)
        status = score_side(&a->result.map_b, e, &a->sides[1], err);
    sfd_eval_free(e);
    return status;
}

/* ------------------------------------------------------------------ results */

/* Both models saw the same boxes in the same order; their clips' lengths may differ. */
static sfd_status check_pairs(const app *a, sfd_error *err)
{
    const side *x = &a->sides[0], *y = &a->sides[1];
    bool same = x->n == y->n;
    for (size_t i = 0; same && i < x->n; i++)
        same = x->boxes[i].video_id == y->boxes[i].video_id &&
               strcmp(x->boxes[i].timestamp_text, y->boxes[i].timestamp_text) == 0 &&
               strcmp(x->boxes[i].box_text, y->boxes[i].box_text) == 0;
    if (!same)
        return fail(err, SFD_ERR_MISMATCH, "the models were not shown the same boxes");
    return x->n > 0 ? SFD_OK : fail(err, SFD_ERR_MISMATCH, "no keyframe of the clips has a person");
}

static const char *label_name(const app *a, int id)
{
    const char *name = sfd_labels_name(a->labels, id);
    return name ? name : "";
}

static int by_changes(const void *a, const void *b)
{
    const sfd_comparison_class *x = *(const sfd_comparison_class *const *)a;
    const sfd_comparison_class *y = *(const sfd_comparison_class *const *)b;
    const size_t n = x->n_gained + x->n_lost, m = y->n_gained + y->n_lost;
    return n != m ? (n < m) - (n > m) : (x->id > y->id) - (x->id < y->id);
}

static void print_changes(const app *a)
{
    const sfd_comparison *c = &a->result;
    const sfd_comparison_class **order = calloc(c->n_classes, sizeof *order);
    size_t n = 0;
    for (size_t i = 0; order && i < c->n_classes; i++)
        if (c->classes[i].n_gained + c->classes[i].n_lost > 0)
            order[n++] = &c->classes[i];
    if (n > 1)
        qsort(order, n, sizeof *order, by_changes);
    if (n > 0)
        cli_print("  %6s %6s %6s %6s %9s  %s\n", "in A", "in B", "gained", "lost", "largest",
                  "label");
    for (size_t i = 0; i < n && i < MAX_CHANGES; i++)
        cli_print("  %6zu %6zu %6zu %6zu %9.6f  %d %s\n", order[i]->n_above_a, order[i]->n_above_b,
                  order[i]->n_gained, order[i]->n_lost, order[i]->largest, order[i]->id,
                  label_name(a, order[i]->id));
    if (n > MAX_CHANGES)
        cli_print("  and %zu more\n", n - MAX_CHANGES);
    free(order);
}

static void print_result(const app *a)
{
    const sfd_comparison *c = &a->result;
    const scored_box *worst = &a->sides[0].boxes[c->largest_box];
    for (int i = 0; i < 2; i++)
        cli_print("%c %s\n", "AB"[i], a -> sides[i].settings.weights);
    cli_print("%zu box%s, %zu label%s\n", c->n_boxes, c->n_boxes == 1 ? "" : "es", c->n_classes,
              cli_plural(c->n_classes));
    cli_print("largest difference  %.6f  %s %s %s, %d %s\n", c->largest, worst->video_id,
              worst->timestamp_text, worst->box_text, c->largest_id, label_name(a, c->largest_id));
    cli_print("mean difference     %.6f\n", c->mean);
    cli_print("rank correlation    %.6f\n", c->rank_correlation);
    cli_print("labels at %g       A %zu, B %zu: %zu gained, %zu lost\n", c->threshold, c->n_above_a,
              c->n_above_b, c->n_gained, c->n_lost);
    print_changes(a);
    if (a->truth)
        cli_print("mAP                 A %.6f, B %.6f: %+.6f\n", c->map_a, c->map_b,
                  c->map_b - c->map_a);
}

static sfd_status compare(app *a, sfd_error *err)
{
    const sfd_model_info *info = sfd_model_get_info(a->sides[0].model);
    sfd_status status = score_clips(a, err);
    if (status == SFD_OK)
        status = check_pairs(a, err);
    if (status == SFD_OK)
        status =
            sfd_compare_scores(&a->result, a->sides[0].scores, a->sides[1].scores, a->sides[0].n,
                               info->class_ids, (size_t)info->n_classes, a->threshold, err);
    if (status == SFD_OK && a->truth)
        status = score_truth(a, err);
    if (status == SFD_OK && a->json)
        status = sfd_comparison_write_json(&a->result, a->json, a->sides[0].settings.weights,
                                           a->sides[1].settings.weights, err);
    return status;
}

static int run(app *a, char **clips, size_t n_clips)
{
    sfd_error err;
    cli_catch_interrupt();
    if (open_sides(a, &err) != SFD_OK)
        return cli_fail(NAME, &err);
    int result = CLI_CONTINUE;
    for (int i = 0; i < 2 && result == CLI_CONTINUE; i++)
        result = cli_check_model(NAME, a->sides[i].model);
    if (result == CLI_CONTINUE)
        result = open_boxed_clips(&a->clips, NAME, clips, n_clips, a->sides[0].model);
    if (result != CLI_CONTINUE)
        return result;
    if (compare(a, &err) != SFD_OK)
        return fail_boxed_clips(NAME, &err);
    if (!a->json || strcmp(a->json, "-") != 0)
        print_result(a);
    return cli_finish_stdout(NAME, a->n_failures > 0 ? CLI_PARTIAL : CLI_DONE);
}

int run_compare(int argc, char **argv)
{
    app a = {.clips = {.box_threshold = -1},
             .threshold = 0.5,
             .precision = {CLI_NO_PRECISION, CLI_NO_PRECISION}};
    sfd_model_settings common;
    sfd_model_settings_defaults(&common);
    cli_overrides overrides = {0};
    const cli_option options[] = {
        {CLI_TEXT, "--proposals", 'p', "FILE", &a.clips.proposals,
         .help = "person boxes; default: those of --gt, or persons are found", .file = CLI_READS},
        {CLI_TEXT, "--gt", 'g', "FILE.csv", &a.truth,
         .help = "AVA truth of the clips: the mAP of both models", .file = CLI_READS},
        {CLI_TEXT, "--exclude", 0, "FILE.csv", &a.exclude,
         .help = "keyframes that do not count for the mAP", .file = CLI_READS},
        {CLI_TEXT, "--persons", 0, "FILE", &a.clips.persons,
         .help = "weights of the person detector (default: the bundled one)", .file = CLI_READS},
        {CLI_DOUBLE, "--box-threshold", 0, "S", &a.clips.box_threshold,
         .help = "boxes and persons with a lower score are dropped (default: A's configuration, "
                 "else 0.8)",
         .min = 0, .max = 1},
        {CLI_DOUBLE, "--timestamp-offset", 0, "SECONDS", &a.clips.timestamp_offset_s,
         .help = "timestamp of the clips' first frame (AVA's cuts: 900)", .min = -1e6, .max = 1e6},
        {CLI_DOUBLE, "--threshold", 0, "S", &a.threshold,
         .help = "labels that come to this score or fall below it are counted (0.5)", .min = 0,
         .max = 1},
        {CLI_TEXT, "--labels", 'l', "FILE.pbtxt", &a.labels_path,
         .help = "names of the classes, and those that count for the mAP", .file = CLI_READS},
        {CLI_TEXT, "--config", 'c', "NAME|FILE", &common.config,
         .help = "configuration of both models (default: what they tell themselves)",
         .file = CLI_READS},
        {CLI_INT, "--threads", 't', "N", &a.clips.threads,
         .help = "threads, no more than there are cores (default: one per core)", .min = 0,
         .max = 1024},
        CLI_CPU(&common.cpu),
        {CLI_CHOICE, "--precision-a", 0, "TYPE", &a.precision[0],
         .help = "how A's layers are computed (f32; int8 where its weights are)",
         .choices = cli_precisions},
        {CLI_CHOICE, "--precision-b", 0, "TYPE", &a.precision[1],
         .help = "how B's are; A and B may be one file (f32)", .choices = cli_precisions},
        {CLI_TEXT, "--json", 'j', "FILE", &a.json,
         .help = "write the figures as JSON (\"-\": stdout, instead of the table)",
         .file = CLI_WRITES},
        {CLI_FLAG, "--quiet", 'q', NULL, &a.clips.quiet, .help = "no progress on stderr"},
        {0}};
    const cli_program program = {
        .name = NAME,
        .operands = "A B CLIP...",
        .operand_file = CLI_READS,
        .summary = "Scores the same persons at the same keyframes with two models and tells how "
                   "far the scores lie apart: differences, rank correlation, labels that change, "
                   "mAP.",
        .options = options,
        .min_operands = 3,
        .max_operands = 1000000,
        .overrides = &overrides};
    int n_operands;
    int result = cli_parse(&program, argc, argv, &n_operands);
    if (result != CLI_CONTINUE)
        return result;
    if (a.exclude && !a.truth)
        return cli_usage_error(NAME, "--exclude goes with --gt");
    result = cli_override(NAME, &common.config, &overrides);
    if (result != CLI_CONTINUE)
        return result;
    if (!a.clips.proposals && !a.clips.persons)
        a.clips.proposals = a.truth;
    for (int i = 0; i < 2; i++) {
        a.sides[i].settings = common;
        a.sides[i].settings.weights = argv[1 + i];
        a.sides[i].settings.precision = cli_precision(a.precision[i]);
    }
    a.clips.cpu = common.cpu;
    result = run(&a, argv + 3, (size_t)n_operands - 2);
    sfd_comparison_free(&a.result);
    free_side(&a.sides[0]);
    free_side(&a.sides[1]);
    free_boxed_clips(&a.clips);
    sfd_labels_free(a.labels);
    cli_overrides_free(&overrides);
    return result;
}
