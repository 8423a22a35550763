/* SPDX-License-Identifier: Apache-2.0 */
#include "sfeval_actions.h"

#include "cli.h"
#include "sfeval_parts.h"
#include "sfeval_tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Runs dialect after dialect, file after file; evaluations live until the reports are written,
 * because they own the class names. */
typedef struct session {
    const options *s;
    sfd_eval *evaluations[SFD_EVAL_N_DIALECTS];
    eval_run *runs; /* [n_dialects * n_paths] */
    size_t n_runs, n_done;
    bool spooled; /* stdin is a temporary file, to be read from its start for each dialect */
} session;

/* ---- stdin for several dialects ---- */

static bool reads_stdin(const options *s)
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
        cli_warn(SFEVAL, "stdin: cannot copy to a temporary file: %s", strerror(errno));
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
        cli_warn(SFEVAL, c->strict ? "suspicious: %s" : "warning: %s", message);
}

/* Classes never vanish unsaid. */
static void tell_unlisted(const options *s, const sfd_eval *e)
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
    cli_warn(SFEVAL, "%s: %zu row%s not counted, of labels that are not among the %s: %s%s", s->gt,
             c.n_off_list, cli_plural(c.n_off_list),
             s->labels ? "classes of --labels" : "60 classes of AVA's benchmark (see --labels)",
             list, n > MOST ? ", ..." : "");
}

/* Exclusions and truth of one dialect. */
static sfd_status open_evaluation(sfd_eval **e, const options *s, sfd_eval_dialect dialect,
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

static sfd_status evaluate(eval_run *run, const options *s, const sfd_eval *e,
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
        st = sfd_eval_analyse(&run->errors, e, d, s->ious[0], s->min_score, err);
    return st;
}

/* Warnings are much the same for every dialect, so that only the first gives them. */
static void run_file(eval_run *run, const char *path, const options *s, sfd_eval *e, bool first)
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
        warn_dropped(SFEVAL, run);
    if (!run->done)
        cli_warn(SFEVAL, "%s: %s", sfd_eval_dialect_name(run->dialect), err.message);
}

static void run_dialect(session *x, sfd_eval_dialect dialect)
{
    const options *s = x->s;
    sfd_error err;
    if (x->spooled)
        lseek(STDIN_FILENO, 0, SEEK_SET);
    sfd_status st = open_evaluation(&x->evaluations[dialect], s, dialect, &err);
    bool first = x->n_runs == 0;
    if (st != SFD_OK)
        cli_warn(SFEVAL, "%s: %s", sfd_eval_dialect_name(dialect), err.message);
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
    const options *s = x->s;
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
    const options *s = x->s;
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
    const options *s = x->s;
    bool to_stdout =
        (s->json && strcmp(s->json, "-") == 0) || (s->plot && strcmp(s->plot, "-") == 0);
    sfd_error err;
    if (x->n_done == 0)
        return CLI_FAILED;
    if (n_dialects == 1)
        put_done_first(x);
    if (s->bootstrap && compare_runs(x, &err) != SFD_OK)
        return cli_fail(SFEVAL, &err);
    if (!to_stdout)
        print_tables(x, n_dialects);
    if (write_reports(x, &err) != SFD_OK)
        return cli_fail(SFEVAL, &err);
    return cli_finish_stdout(SFEVAL, x->n_done < x->n_runs ? CLI_PARTIAL : CLI_DONE);
}

int evaluate_actions(const options *s)
{
    size_t first = s->dialect == ALL_DIALECTS ? 0 : (size_t)s->dialect;
    size_t n_dialects = s->dialect == ALL_DIALECTS ? SFD_EVAL_N_DIALECTS : 1;
    session x = {.s = s, .spooled = n_dialects > 1 && reads_stdin(s)};
    if (x.spooled && spool_stdin() != CLI_CONTINUE)
        return CLI_FAILED;
    x.runs = calloc(n_dialects * s->n_paths, sizeof *x.runs);
    if (!x.runs) {
        cli_warn(SFEVAL, "out of memory");
        return CLI_FAILED;
    }
    for (size_t d = first; d < first + n_dialects; d++)
        run_dialect(&x, (sfd_eval_dialect)d);
    int status = output(&x, n_dialects);
    close_session(&x);
    return status;
}
