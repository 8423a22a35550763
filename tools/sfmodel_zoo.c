/* SPDX-License-Identifier: Apache-2.0 */
/* sfmodel zoo: published checkpoints, chosen and sorted. */
#include "cli.h"
#include "sfmodel_commands.h"

#include <sfdet/inspect.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME "sfmodel zoo"

/* How the table is sorted: by a published result the best come first, then those without one. */
static const char *const orders[] = {"table", "name", "map", "top1", NULL};
static const char *const order_metrics[] = {NULL, NULL, "mAP", "top-1"};

typedef struct row {
    sfd_zoo_entry entry;
    char *line; /* what it points into */
    size_t at;  /* in the table */
} row;

typedef struct listing {
    char **words; /* all of which an entry has somewhere */
    int n_words;
    bool exact; /* the only word is a name or a file of the table, and means that entry alone */
    row *rows;
    size_t n, n_alloc, n_seen;
    bool failed; /* no memory */
} listing;

/* ------------------------------------------------------------------ choice */

static bool contains(const char *text, const char *word)
{
    for (; *text; text++)
        if (strncasecmp(text, word, strlen(word)) == 0)
            return true;
    return false;
}

static bool is_called(const sfd_zoo_entry *e, const char *word)
{
    const size_t n = strlen(word), n_file = strlen(e->file);
    const char *end = n > n_file ? word + n - n_file : word;
    return strcmp(e->name, word) == 0 ||
           (strcmp(e->file, end) == 0 && (end == word || end[-1] == '/'));
}

static void look_for_name(void *user, const sfd_zoo_entry *e)
{
    listing *l = user;
    l->exact = l->exact || is_called(e, l->words[0]);
}

static bool is_wanted(const listing *l, const sfd_zoo_entry *e)
{
    const char *const columns[] = {e->name, e->code_base, e->file, e->dataset, e->metric};
    if (l->exact)
        return is_called(e, l->words[0]);
    for (int w = 0; w < l->n_words; w++) {
        bool found = false;
        for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
            found = found || contains(columns[i], l->words[w]);
        if (!found)
            return false;
    }
    return true;
}

/* Entries are lent for the call: their texts are copied, one behind the other. */
static bool copy_entry(row *r, const sfd_zoo_entry *e)
{
    const char *const from[] = {e->name,    e->code_base, e->file,  e->address,      e->config,
                                e->dataset, e->metric,    e->value, e->sha256_begins};
    const char **to[] = {&r->entry.name,    &r->entry.code_base, &r->entry.file,
                         &r->entry.address, &r->entry.config,    &r->entry.dataset,
                         &r->entry.metric,  &r->entry.value,     &r->entry.sha256_begins};
    size_t n = 0;
    for (size_t i = 0; i < sizeof from / sizeof *from; i++)
        n += strlen(from[i]) + 1;
    char *text = r->line = malloc(n);
    for (size_t i = 0; text && i < sizeof from / sizeof *from; i++) {
        strcpy(text, from[i]);
        *to[i] = text;
        text += strlen(text) + 1;
    }
    return text != NULL;
}

static void take(void *user, const sfd_zoo_entry *e)
{
    listing *l = user;
    const size_t at = l->n_seen++;
    if (l->failed || !is_wanted(l, e))
        return;
    if (l->n == l->n_alloc) {
        const size_t n = l->n_alloc ? 2 * l->n_alloc : 64;
        row *rows = realloc(l->rows, n * sizeof *rows);
        l->failed = !rows;
        if (!rows)
            return;
        l->rows = rows;
        l->n_alloc = n;
    }
    l->rows[l->n].at = at;
    if (copy_entry(&l->rows[l->n], e))
        l->n++;
    else
        l->failed = true;
}

/* ------------------------------------------------------------------ order */

static int by_place(const void *a, const void *b)
{
    const row *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const row *)a)->entry.name, ((const row *)b)->entry.name);
}

/* Below all results where there is none of that kind. */
static double result(const row *r, const char *metric)
{
    return strcmp(r->entry.metric, metric) == 0 && *r->entry.value ? strtod(r->entry.value, NULL)
                                                                   : -1;
}

static int by_result(const row *x, const row *y, const char *metric)
{
    const double a = result(x, metric), b = result(y, metric);
    return a != b ? (a < b) - (a > b) : by_place(x, y);
}

static int by_map(const void *a, const void *b)
{
    return by_result(a, b, order_metrics[2]);
}

static int by_top1(const void *a, const void *b)
{
    return by_result(a, b, order_metrics[3]);
}

/* ------------------------------------------------------------------ output */

/* What downloads it to where it is looked for, for a shell. */
static void print_entry(const sfd_zoo_entry *e)
{
    cli_print("%-36s %-13s %-14s %s %-6s %s\n", e->name, e->code_base, e->dataset, e->metric,
              *e->value ? e->value : "-", e->file);
    if (*e->config)
        cli_print("%38spreset %s\n", "", e->config);
    cli_print("%38scurl -fL --create-dirs -o "
              "\"${SFDET_MODELS:-$HOME/.local/share/sfdet/models}/%s\" '%s'\n",
              "", e->file, e->address);
}

static int list(listing *l, int order)
{
    static int (*const compare[])(const void *, const void *) = {by_place, by_name, by_map,
                                                                 by_top1};
    sfd_error err;
    if ((l->n_words == 1 && sfd_zoo_each(look_for_name, l, &err) != SFD_OK) ||
        sfd_zoo_each(take, l, &err) != SFD_OK)
        return cli_fail(NAME, &err);
    if (l->failed)
        return cli_fail(NAME, &(sfd_error){.status = SFD_ERR_NOMEM, .message = "out of memory"});
    if (l->n == 0)
        return cli_usage_error(NAME, "no published checkpoint has all of these words");
    qsort(l->rows, l->n, sizeof *l->rows, compare[order]);
    for (size_t i = 0; i < l->n; i++)
        print_entry(&l->rows[i].entry);
    return cli_finish_stdout(NAME, CLI_DONE);
}

int run_zoo(int argc, char **argv)
{
    int order = 0, n_operands;
    const cli_option options[] = {
        {CLI_CHOICE, "--sort", 0, "HOW", &order,
         .help = "by map or top1 the best published results come first (default: table)",
         .choices = orders},
        {0}};
    const cli_program program = {
        .name = NAME,
        .operands = "[WORD]...",
        .summary =
            "Lists published checkpoints, all or those that have every WORD in name, code base, "
            "file, data set or metric: name, code base, data set, published result, file, the "
            "preset that fits, and the command that downloads it. Once it is in $SFDET_MODELS or "
            "~/.local/share/sfdet/models its name or file works as --weights NAME or, of the "
            "detectors, --persons NAME.",
        .options = options,
        .max_operands = 16};
    const int status = cli_parse(&program, argc, argv, &n_operands);
    if (status != CLI_CONTINUE)
        return status;
    listing l = {.words = argv + 1, .n_words = n_operands};
    const int exit_status = list(&l, order);
    for (size_t i = 0; i < l.n; i++)
        free(l.rows[i].line);
    free(l.rows);
    return exit_status;
}
