/* SPDX-License-Identifier: Apache-2.0 */
/* sfeval: AVA frame mAP of detection files; persons' boxes and tracks; actions in tubes. */
#include "cli.h"
#include "sfeval_parts.h"
#include "sfeval_persons.h"
#include "sfeval_tables.h"
#include "sfeval_tubes.h"
#include "text.h"

#include <sfdet/eval.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME         "sfeval"
#define MAX_IOUS     100
#define TUBE_FRAMES  15
#define ALL_DIALECTS SFD_EVAL_N_DIALECTS

typedef struct settings {
    const char *gt, *labels, *exclude, *iou, *json, *plot;
    int dialect, sort;
    bool errors, strict, python_O, partial;
    bool boxes, tracks; /* of persons, whatever they do */
    bool tubes, best_label;
    int linking, min_frames;
    double fps;
    int bootstrap; /* draws */
    uint64_t seed;
    double ious[MAX_IOUS];
    size_t n_ious;
    char **paths; /* detections */
    size_t n_paths;
} settings;

/* Runs dialect after dialect, file after file; evaluations live until the reports are written,
 * because they own the class names. */
typedef struct session {
    const settings *s;
    sfd_eval *evaluations[SFD_EVAL_N_DIALECTS];
    eval_run *runs; /* [n_dialects * n_paths] */
    size_t n_runs, n_done;
    bool spooled; /* stdin is a temporary file, to be read from its start for each dialect */
} session;

/* ---- options ---- */

/* A range of thresholds must hit its decimal values exactly: boxes at exactly 0.6 exist. */
static double rounded(double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.12g", x);
    return strtod(text, NULL);
}

/* "A" or "A:B:STEP" of n characters; false when it is neither. */
static bool parse_iou_range(settings *s, const char *text, size_t n)
{
    double v[3];
    size_t n_values = 0;
    for (const char *end = text + n; n_values < 3;) {
        const char *colon = memchr(text, ':', (size_t)(end - text));
        const char *stop = colon ? colon : end;
        if (!cli_parse_double(text, (size_t)(stop - text), &v[n_values++]))
            return false;
        if (!colon)
            break;
        if (n_values == 3)
            return false;
        text = colon + 1;
    }
    if (n_values == 2 || !(v[0] > 0 && v[0] <= 1))
        return false;
    if (n_values == 1)
        v[1] = v[0], v[2] = 1;
    if (!(v[1] >= v[0] && v[1] <= 1 && v[2] > 0))
        return false;
    double n_steps = floor((v[1] - v[0]) / v[2] + 1e-9);
    if (!(n_steps < (double)(MAX_IOUS - s->n_ious)))
        return false;
    for (int i = 0; i <= (int)n_steps; i++)
        s->ious[s->n_ious++] = rounded(v[0] + i * v[2]);
    return true;
}

static int parse_ious(settings *s)
{
    for (const char *text = s->iou ? s->iou : "0.5";; text++) {
        size_t n = strcspn(text, ",");
        if (!parse_iou_range(s, text, n))
            return cli_usage_error(NAME,
                                   "--iou: \"%s\" is not a threshold above 0 and at most 1, a list "
                                   "0.5,0.75 or a range FIRST:LAST:STEP of at most %d thresholds",
                                   s->iou, MAX_IOUS);
        text += n;
        if (!*text)
            return CLI_CONTINUE;
    }
}

static int check_tubes_usage(const settings *s)
{
    if (s->boxes || s->tracks)
        return cli_usage_error(NAME, "--tubes measures actions, %s persons: one of them",
                               s->boxes ? "--boxes" : "--tracks");
    if (s->n_ious > 1)
        return cli_usage_error(NAME, "--iou is one threshold, of the boxes in frames");
    if (strcmp(s->gt, "-") == 0)
        return cli_usage_error(NAME, "--gt: a pickle is read in places: no stdin");
    return CLI_CONTINUE;
}

/* Of the options most are about AVA's actions. */
static int check_other_usage(const settings *s)
{
    const char *mode = s->tubes ? "--tubes" : s->boxes ? "--boxes" : "--tracks";
    const struct {
        const char *name;
        bool given;
    } others[] = {{"--labels", s->labels != NULL},    {"--exclude", s->exclude != NULL},
                  {"--dialect", s->dialect != 0},     {"--errors", s->errors},
                  {"--plot", s->plot != NULL},        {"--python-O", s->python_O},
                  {"--bootstrap", s->bootstrap != 0}, {"--sort", s->sort != 0}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].given)
            return cli_usage_error(NAME, "%s is about AVA's actions and cannot go with %s",
                                   others[i].name, mode);
    if (s->tubes)
        return check_tubes_usage(s);
    if (s->n_ious > 1 || (!s->tracks && s->iou))
        return cli_usage_error(NAME, "--iou is one threshold, of --tracks");
    if (strcmp(s->gt, "-") == 0 && (s->n_paths > 1 || (s->boxes && s->tracks)))
        return cli_usage_error(NAME, "the truth is read again for each file and measure: no stdin");
    if (s->boxes && s->tracks)
        for (size_t i = 0; i < s->n_paths; i++)
            if (strcmp(s->paths[i], "-") == 0)
                return cli_usage_error(NAME, "stdin cannot be read for boxes and tracks");
    return CLI_CONTINUE;
}

static int check_usage(const settings *s)
{
    int n_stdin = s->exclude && strcmp(s->exclude, "-") == 0;
    n_stdin += s->labels && strcmp(s->labels, "-") == 0;
    n_stdin += s->gt && strcmp(s->gt, "-") == 0;
    for (size_t i = 0; i < s->n_paths; i++)
        n_stdin += strcmp(s->paths[i], "-") == 0;
    if (!s->gt)
        return cli_usage_error(NAME, "--gt FILE (ground truth) was wanted");
    if (n_stdin > 1)
        return cli_usage_error(NAME, "\"-\" (stdin) can be read for one file only");
    if (!s->tubes && (s->linking || s->best_label || s->min_frames != TUBE_FRAMES || s->fps > 0))
        return cli_usage_error(NAME,
                               "--link, --best-label, --tube-frames and --fps are of --tubes");
    if (s->boxes || s->tracks || s->tubes)
        return check_other_usage(s);
    if ((s->errors || s->bootstrap) && (s->dialect == ALL_DIALECTS || s->n_ious > 1))
        return cli_usage_error(NAME, "%s wants one dialect and one --iou",
                               s->errors ? "--errors" : "--bootstrap");
    if (s->bootstrap && s->n_paths < 2)
        return cli_usage_error(NAME, "--bootstrap compares files with the first: two were wanted");
    if (s->plot && (s->dialect == ALL_DIALECTS || s->n_ious > 1))
        return cli_usage_error(NAME, "--plot wants one dialect and one --iou");
    if (s->plot && s->n_paths > 6)
        return cli_usage_error(NAME, "--plot shows up to 6 detections files, not %zu", s->n_paths);
    return CLI_CONTINUE;
}

static int parse(settings *s, int argc, char **argv)
{
    static const char *const dialects[] = {
        "activitynet_2020", "activitynet_2019", "pyslowfast", "mmaction2", "all", NULL};
    static const char *const sorts[] = {"count", "ap", "id", NULL};
    static const char *const links[] = {"mmaction2", "own-scores", "persons", NULL};
    s->min_frames = TUBE_FRAMES;
    s->seed = 1;
    const cli_option options[] = {
        {CLI_HEADING, .name = "Input"},
        {CLI_TEXT, "--gt", 'g', "FILE", &s->gt,
         .help = "ground truth csv: video_id,timestamp,x1,y1,x2,y2,action_id[,person_id]",
         .file = CLI_READS},
        {CLI_FLAG, "--boxes", 0, NULL, &s->boxes,
         .help =
             "measure persons' boxes, whatever they do: COCO's AP and recall, in percent. Truth "
             "and files are csv video_id,timestamp,x1,y1,x2,y2[,label[,score]], of which AVA's "
             "truth counts every box once, or COCO's JSON"},
        {CLI_FLAG, "--tracks", 0, NULL, &s->tracks,
         .help = "measure who is who: MOTA, IDF1, id switches. Truth and files are MOT csv "
                 "frame,id,x,y,width,height,conf,..., or csv as for --boxes with person ids last"},
        {CLI_FLAG, "--tubes", 0, NULL, &s->tubes,
         .help = "frame mAP and video mAP of MultiSports, UCF101-24, JHMDB: the truth is their "
                 "pickle with \"gttubes\"; files are csv video_id,frame,x1,y1,x2,y2,label,score[,"
                 "person_id], sfdetect's JSON lines, MMAction2's dumped results, or MOT csv of a "
                 "video, which has no labels"},
        {CLI_TEXT, "--labels", 'l', "FILE", &s->labels,
         .help = "classes that count: AVA pbtxt, or ava-80 for all of AVA's (default: ava-60, "
                 "those of its "
                 "benchmark)",
         .file = CLI_READS},
        {CLI_TEXT, "--exclude", 'e', "FILE", &s->exclude,
         .help = "frames that do not count: video_id,timestamp", .file = CLI_READS},
        {CLI_HEADING, .name = "Rules"},
        {CLI_CHOICE, "--dialect", 'd', "NAME", &s->dialect,
         .help = "whose numbers to reproduce; \"all\" prints the four mAPs side by side",
         .choices = dialects},
        {CLI_TEXT, "--iou", 0, "X", &s->iou,
         .help = "IoU thresholds: 0.5 (default), a list 0.5,0.75 or a range 0.5:0.95:0.05; "
                 "with --tracks and --tubes (boxes in frames) one"},
        {CLI_FLAG, "--python-O", 0, NULL, &s->python_O,
         .help = "accept rows of 9 and more columns, as the originals do under \"python -O\""},
        {CLI_FLAG, "--strict", 0, NULL, &s->strict,
         .help = "refuse suspicious input instead of warning: labels off by one, pixel "
                 "coordinates, inverted boxes, timestamps that never match, videos in one of the "
                 "files only, text that the original would not take so; with --boxes, --tracks and "
                 "--tubes rows that cannot be used"},
        {CLI_CHOICE, "--link", 0, "HOW", &s->linking,
         .help = "how boxes become tubes: as MMAction2's evaluator, where all boxes have the score "
                 "of the last one; by the same rules with their own scores; by person ids",
         .choices = links},
        {CLI_FLAG, "--best-label", 0, NULL, &s->best_label,
         .help = "--tubes: of a box with several labels only the best counts, as in MMAction2's "
                 "evaluator"},
        {CLI_INT, "--tube-frames", 0, "N", &s->min_frames,
         .help = "--tubes: linked tubes of fewer frames are dropped", .min = 1, .max = 1000000},
        {CLI_DOUBLE, "--fps", 0, "RATE", &s->fps,
         .help = "--tubes: timestamps are seconds, in which the video has so many frames "
                 "(default: they are frame numbers, from 1)",
         .min = 0.001, .max = 1000},
        {CLI_FLAG, "--partial", 0, NULL, &s->partial,
         .help = "a folder by sfdetect --out-dir, which stands where a file of detections does, is "
                 "read without its parts that are missing or wrong"},
        {CLI_HEADING, .name = "Output"},
        {CLI_CHOICE, "--sort", 0, "KEY", &s->sort, .help = "order of the classes",
         .choices = sorts},
        {CLI_FLAG, "--errors", 0, NULL, &s->errors,
         .help = "what is wrong with the false positives and the missed truths, and the mAP that "
                 "repairing each kind would give"},
        {CLI_INT, "--bootstrap", 0, "N", &s->bootstrap,
         .help = "are the differences to the first file more than luck of the videos? Scores all "
                 "on N draws of the videos with replacement and prints intervals of 95 %",
         .min = 1, .max = 100000},
        {CLI_UINT64, "--seed", 0, "N", &s->seed, .help = "of --bootstrap (default 1)"},
        {CLI_TEXT, "--json", 0, "FILE", &s->json,
         .help = "everything with full precision (\"-\": stdout, without the tables)",
         .file = CLI_WRITES},
        {CLI_TEXT, "--plot", 0, "FILE", &s->plot, .help = "bars of AP per class as SVG",
         .file = CLI_WRITES},
        {0}};
    const cli_program program = {
        .name = NAME,
        .operands = "DETECTIONS.csv...",
        .operand_file = CLI_READS,
        .summary = "Prints the AVA frame mAP and the AP of every class, equal to the public "
                   "evaluators' results. Detections are csv rows "
                   "video_id,timestamp,x1,y1,x2,y2,action_id,score; \"-\" is stdin, gzip is "
                   "recognised. Several files are compared with the first.",
        .notes = "Examples:\n"
                 "  sfeval --gt ava_val_v2.2.csv --exclude ava_val_excluded_timestamps_v2.2.csv "
                 "dets.csv\n"
                 "  sfeval --gt ava_val_v2.2.csv --plot ap.svg slow_only.csv slowfast.csv\n"
                 "  sfeval --gt ava_val_v2.2.csv --dialect all dets.csv\n"
                 "  sfeval --boxes --gt ava_val_v2.2.csv boxes.csv\n"
                 "  sfeval --tracks --gt truth.txt tracks.txt\n"
                 "  sfeval --tubes --gt multisports_GT.pkl results.pkl\n\n"
                 "Exit status: 0 done, 1 failed, 2 wrong usage, 3 some of the files or dialects "
                 "failed.",
        .options = options,
        .min_operands = 1,
        .max_operands = 1000};
    int n_paths, status = cli_parse(&program, argc, argv, &n_paths);
    if (status != CLI_CONTINUE)
        return status;
    s->paths = argv + 1;
    s->n_paths = (size_t)n_paths;
    status = parse_ious(s);
    return status == CLI_CONTINUE ? check_usage(s) : status;
}

/* ---- stdin for several dialects ---- */

static bool reads_stdin(const settings *s)
{
    bool reads = s->exclude && strcmp(s->exclude, "-") == 0;
    reads |= strcmp(s->gt, "-") == 0;
    for (size_t i = 0; i < s->n_paths; i++)
        reads |= strcmp(s->paths[i], "-") == 0;
    return reads;
}

/* Puts a seekable copy in the place of stdin, to be read again for each dialect. */
static int spool_stdin(void)
{
    char buffer[65536];
    FILE *copy = tmpfile();
    ssize_t got = 0;
    bool ok = copy != NULL;
    while (ok && (got = read(STDIN_FILENO, buffer, sizeof buffer)) > 0)
        ok = fwrite(buffer, 1, (size_t)got, copy) == (size_t)got;
    ok = ok && got == 0 && fflush(copy) == 0 && dup2(fileno(copy), STDIN_FILENO) >= 0;
    if (!ok)
        cli_warn(NAME, "stdin: cannot copy to a temporary file: %s", strerror(errno));
    if (copy)
        fclose(copy);
    return ok ? CLI_CONTINUE : CLI_FAILED;
}

/* ---- runs ---- */

/* What to do with what sfd_eval_check finds. */
typedef struct checking {
    bool quiet; /* found and told under another dialect already */
    bool strict;
} checking;

static void warn(void *user, const char *message)
{
    const checking *c = user;
    if (!c->quiet)
        cli_warn(NAME, c->strict ? "suspicious: %s" : "warning: %s", message);
}

/* Classes never vanish unsaid. */
static void tell_unlisted(const settings *s, const sfd_eval *e)
{
    enum { MOST = 10 };
    long long ids[MOST];
    char list[MOST * 24] = "";
    size_t n = sfd_eval_unlisted(e, ids, MOST), at = 0;
    sfd_eval_counts c;
    if (n == 0 || sfd_eval_count_truth(&c, e, NULL) != SFD_OK)
        return;
    for (size_t i = 0; i < n && i < MOST; i++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%lld", i ? ", " : "", ids[i]);
    cli_warn(NAME, "%s: %zu row%s not counted, of labels that are not among the %s: %s%s", s->gt,
             c.n_off_list, cli_plural(c.n_off_list),
             s->labels ? "classes of --labels" : "60 classes of AVA's benchmark (see --labels)",
             list, n > MOST ? ", ..." : "");
}

/* Exclusions and truth of one dialect. */
static sfd_status open_evaluation(sfd_eval **e, const settings *s, sfd_eval_dialect dialect,
                                  sfd_error *err)
{
    sfd_eval_settings es;
    sfd_eval_settings_defaults(&es);
    es.dialect = dialect;
    if (s->labels)
        es.labels = s->labels;
    es.python_O = s->python_O;
    es.strict = s->strict;
    sfd_status st = sfd_eval_create(e, &es, err);
    if (st == SFD_OK && s->exclude)
        st = sfd_eval_read_exclusions(*e, s->exclude, err);
    if (st == SFD_OK)
        st = sfd_eval_read_truth(*e, s->gt, err);
    return st;
}

static sfd_status check_input(checking c, const sfd_eval *e, const sfd_eval_detections *d,
                              sfd_error *err)
{
    size_t n_found;
    sfd_status st = sfd_eval_check(&n_found, e, d, warn, &c, err);
    if (st == SFD_OK && c.strict && n_found > 0) {
        st = SFD_ERR_MISMATCH;
        snprintf(err->message, sizeof err->message, "suspicious input is refused (--strict)");
    }
    return st;
}

static sfd_status evaluate(eval_run *run, const settings *s, const sfd_eval *e,
                           const sfd_eval_detections *d, sfd_error *err)
{
    run->n_ious = s->n_ious;
    run->results = calloc(s->n_ious, sizeof *run->results);
    run->box_recalls = calloc(s->n_ious, sizeof *run->box_recalls);
    if (!run->results || !run->box_recalls) {
        snprintf(err->message, sizeof err->message, "%s: out of memory", run->path);
        return SFD_ERR_NOMEM;
    }
    sfd_status st = sfd_eval_score(run->results, e, d, s->ious, s->n_ious, err);
    if (st == SFD_OK)
        st = sfd_eval_box_recall(run->box_recalls, e, d, s->ious, s->n_ious, err);
    if (st == SFD_OK)
        st = sfd_eval_count_truth(&run->truth, e, err);
    if (st == SFD_OK)
        st = sfd_eval_count_detections(&run->detections, e, d, err);
    if (st == SFD_OK && s->errors)
        st = sfd_eval_analyse(&run->errors, e, d, s->ious[0], err);
    return st;
}

/* Warnings are much the same for every dialect, so that only the first gives them. */
static void run_file(eval_run *run, const char *path, const settings *s, sfd_eval *e, bool first)
{
    sfd_error err;
    sfd_eval_detections *d;
    sfd_status st = read_detections(&d, e, path, s->partial, &err);
    if (st == SFD_OK && (first || s->strict))
        st = check_input((checking){.quiet = !first, .strict = s->strict}, e, d, &err);
    if (st == SFD_OK)
        st = evaluate(run, s, e, d, &err);
    if (s->bootstrap)
        run->rows = d;
    else
        sfd_eval_detections_free(d);
    run->done = st == SFD_OK;
    if (run->done && s->dialect != ALL_DIALECTS)
        warn_dropped(NAME, run);
    if (!run->done)
        cli_warn(NAME, "%s: %s", sfd_eval_dialect_name(run->dialect), err.message);
}

static void run_dialect(session *x, sfd_eval_dialect dialect)
{
    const settings *s = x->s;
    sfd_error err;
    if (x->spooled)
        lseek(STDIN_FILENO, 0, SEEK_SET);
    sfd_status st = open_evaluation(&x->evaluations[dialect], s, dialect, &err);
    bool first = x->n_runs == 0;
    if (st != SFD_OK)
        cli_warn(NAME, "%s: %s", sfd_eval_dialect_name(dialect), err.message);
    else if (first)
        tell_unlisted(s, x->evaluations[dialect]);
    for (size_t i = 0; i < s->n_paths; i++) {
        eval_run *run = &x->runs[x->n_runs++];
        run->path = strcmp(s->paths[i], "-") == 0 ? "stdin" : s->paths[i];
        run->dialect = dialect;
        run->n_ious = s->n_ious;
        if (st != SFD_OK)
            continue;
        run_file(run, s->paths[i], s, x->evaluations[dialect], first);
        x->n_done += run->done;
    }
}

static void close_session(session *x)
{
    for (size_t i = 0; i < x->n_runs; i++) {
        eval_run *run = &x->runs[i];
        for (size_t k = 0; run->results && k < run->n_ious; k++)
            sfd_eval_result_free(&run->results[k]);
        free(run->results);
        free(run->box_recalls);
        sfd_eval_errors_free(&run->errors);
        sfd_eval_detections_free(run->rows);
        sfd_eval_bootstrap_result_free(&run->gain);
    }
    free(x->runs);
    for (int d = 0; d < SFD_EVAL_N_DIALECTS; d++)
        sfd_eval_free(x->evaluations[d]);
}

/* All others with the first. */
static sfd_status compare_runs(session *x, sfd_error *err)
{
    sfd_eval_bootstrap_settings how;
    sfd_status st = SFD_OK;
    sfd_eval_bootstrap_settings_defaults(&how);
    how.iou = x->s->ious[0];
    how.n_samples = (size_t)x->s->bootstrap;
    how.seed = x->s->seed;
    for (size_t k = 1; k < x->n_done && st == SFD_OK; k++)
        st = sfd_eval_bootstrap(&x->runs[k].gain, x->evaluations[x->s->dialect], x->runs[0].rows,
                                x->runs[k].rows, &how, err);
    return st;
}

/* ---- output ---- */

static void print_tables(const session *x, size_t n_dialects)
{
    const settings *s = x->s;
    if (n_dialects > 1) {
        print_dialects(x->runs, s->n_paths, n_dialects, s->ious, s->n_ious);
        return;
    }
    print_scores(x->runs, x->n_done, (eval_sort)s->sort);
    print_gains(x->runs, x->n_done);
    for (size_t i = 0; s->errors && i < x->n_done; i++)
        print_errors(&x->runs[i]);
}

static sfd_status write_reports(const session *x, sfd_error *err)
{
    const settings *s = x->s;
    sfd_eval_report *reports = calloc(x->n_done * s->n_ious, sizeof *reports);
    size_t n = 0;
    if (!reports) {
        snprintf(err->message, sizeof err->message, "reports: out of memory");
        return SFD_ERR_NOMEM;
    }
    for (size_t i = 0; i < x->n_runs; i++) {
        const eval_run *run = &x->runs[i];
        for (size_t k = 0; run->done && k < s->n_ious; k++)
            reports[n++] = (sfd_eval_report){.path = run->path,
                                             .dialect = run->dialect,
                                             .result = &run->results[k],
                                             .box_recall = &run->box_recalls[k],
                                             .truth = &run->truth,
                                             .detections = &run->detections,
                                             .errors = s->errors ? &run->errors : NULL,
                                             .gain = run->gain.classes ? &run->gain : NULL};
    }
    sfd_status st = SFD_OK;
    if (s->json)
        st = sfd_eval_write_json(s->json, reports, n, err);
    if (st == SFD_OK && s->plot)
        st = sfd_eval_write_plot(s->plot, reports, n, err);
    free(reports);
    return st;
}

/* Failed runs to the end, so that the tables see the others side by side. */
static void put_done_first(session *x)
{
    size_t n = 0;
    for (size_t i = 0; i < x->n_runs; i++) {
        if (!x->runs[i].done)
            continue;
        eval_run done = x->runs[i];
        memmove(&x->runs[n + 1], &x->runs[n], (i - n) * sizeof done);
        x->runs[n++] = done;
    }
}

static int output(session *x, size_t n_dialects)
{
    const settings *s = x->s;
    bool to_stdout =
        (s->json && strcmp(s->json, "-") == 0) || (s->plot && strcmp(s->plot, "-") == 0);
    sfd_error err;
    if (x->n_done == 0)
        return CLI_FAILED;
    if (n_dialects == 1)
        put_done_first(x);
    if (s->bootstrap && compare_runs(x, &err) != SFD_OK)
        return cli_fail(NAME, &err);
    if (!to_stdout)
        print_tables(x, n_dialects);
    if (write_reports(x, &err) != SFD_OK)
        return cli_fail(NAME, &err);
    return cli_finish_stdout(NAME, x->n_done < x->n_runs ? CLI_PARTIAL : CLI_DONE);
}

static int run_all(const settings *s)
{
    size_t first = s->dialect == ALL_DIALECTS ? 0 : (size_t)s->dialect;
    size_t n_dialects = s->dialect == ALL_DIALECTS ? SFD_EVAL_N_DIALECTS : 1;
    session x = {.s = s, .spooled = n_dialects > 1 && reads_stdin(s)};
    if (x.spooled && spool_stdin() != CLI_CONTINUE)
        return CLI_FAILED;
    x.runs = calloc(n_dialects * s->n_paths, sizeof *x.runs);
    if (!x.runs) {
        cli_warn(NAME, "out of memory");
        return CLI_FAILED;
    }
    for (size_t d = first; d < first + n_dialects; d++)
        run_dialect(&x, (sfd_eval_dialect)d);
    int status = output(&x, n_dialects);
    close_session(&x);
    return status;
}

int main(int argc, char **argv)
{
    settings s = {0};
    cli_start();
    int status = parse(&s, argc, argv);
    const persons_job persons = {.gt = s.gt,
                                 .json = s.json,
                                 .boxes = s.boxes,
                                 .tracks = s.tracks,
                                 .strict = s.strict,
                                 .iou = s.ious[0],
                                 .paths = s.paths,
                                 .n_paths = s.n_paths};
    const tubes_job tubes = {.gt = s.gt,
                             .json = s.json,
                             .linking = s.linking,
                             .best_label = s.best_label,
                             .strict = s.strict,
                             .fps = s.fps,
                             .iou = s.ious[0],
                             .min_frames = s.min_frames,
                             .paths = s.paths,
                             .n_paths = s.n_paths};
    if (status != CLI_CONTINUE)
        return status;
    if (s.tubes)
        return evaluate_tubes(NAME, &tubes);
    return s.boxes || s.tracks ? evaluate_persons(NAME, &persons) : run_all(&s);
}
