/* SPDX-License-Identifier: Apache-2.0 */
/* Option table: values, operands, usage errors. Runs cli_parse in this process. */
#include "../../tools/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct values {
    bool quiet;
    const char *gt;
    cli_texts words;
    int threads;
    uint64_t seed;
    double iou;
    int sort;
} values;

/* Up to 7 arguments; stderr is kept in `said`. */
static char said[4096];

static int parse(values *v, char **operands, int *n_operands, const char *a, const char *b,
                 const char *c, const char *d)
{
    static const char *const sorts[] = {"count", "ap", "id", NULL};
    *v = (values){.threads = 1, .iou = 0.5};
    const cli_option options[] = {
        {CLI_HEADING, .name = "Input"},
        {CLI_TEXT, "--gt", 0, "FILE", &v->gt, .help = "ground truth"},
        {CLI_TEXTS, "--word", 'w', "WORD", &v->words, .help = "words"},
        {CLI_FLAG, "--quiet", 'q', NULL, &v->quiet, .help = "no progress"},
        {CLI_INT, "--threads", 't', "N", &v->threads, .help = "threads", .min = 0, .max = 64},
        {CLI_UINT64, "--seed", 0, "N", &v->seed, .help = "seed"},
        {CLI_DOUBLE, "--iou", 0, "X", &v->iou, .help = "overlap", .min = 0, .max = 1},
        {CLI_CHOICE, "--sort", 0, "KEY", &v->sort, .help = "order", .choices = sorts},
        {0}};
    const cli_program program = {.name = "prog",
                                 .operands = "FILE...",
                                 .summary = "Tests.",
                                 .options = options,
                                 .max_operands = 2};
    char *argv[] = {"prog", (char *)a, (char *)b, (char *)c, (char *)d, NULL};
    int argc = 1;
    while (argc < 5 && argv[argc])
        argc++;
    FILE *capture = tmpfile();
    assert_non_null(capture);
    fflush(stderr);
    int saved = dup(STDERR_FILENO);
    dup2(fileno(capture), STDERR_FILENO);
    int status = cli_parse(&program, argc, argv, n_operands);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(capture);
    said[fread(said, 1, sizeof said - 1, capture)] = '\0';
    fclose(capture);
    for (int i = 0; i < *n_operands; i++)
        operands[i] = argv[1 + i];
    return status;
}

static void values_in_every_form(void **state)
{
    (void)state;
    values v;
    char *operands[4];
    int n;
    assert_int_equal(parse(&v, operands, &n, "a.csv", "--gt=x=y", "-q", "-"), CLI_CONTINUE);
    assert_true(v.quiet);
    assert_string_equal(v.gt, "x=y");
    assert_int_equal(n, 2);
    assert_string_equal(operands[0], "a.csv");
    assert_string_equal(operands[1], "-");
    assert_int_equal(parse(&v, operands, &n, "-t8", "--iou", "0.75", "--sort=id"), CLI_CONTINUE);
    assert_int_equal(v.threads, 8);
    assert_true(v.iou == 0.75);
    assert_int_equal(v.sort, 2);
    assert_int_equal(parse(&v, operands, &n, "-w", "one", "--word=two", NULL), CLI_CONTINUE);
    assert_int_equal(v.words.n, 2);
    assert_string_equal(v.words.items[1], "two");
    cli_texts_free(&v.words);
    assert_int_equal(parse(&v, operands, &n, "--seed", "9007199254740993", "--", "-q"),
                     CLI_CONTINUE);
    assert_true(v.seed == 9007199254740993u && !v.quiet);
    assert_string_equal(operands[0], "-q");
}

static void usage_errors_name_option_value_and_want(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b, *message;
    } cases[] = {
        {"--lables", NULL, "prog: unknown option \"--lables\""},
        {"--thread=3", NULL, "unknown option \"--thread\", did you mean \"--threads\"?"},
        {"--flip", NULL, "unknown option \"--flip\"\n"},
        {"--thraeds", NULL, "did you mean \"--threads\"?"},
        {"-x", NULL, "unknown option \"-x\""},
        {"--gt", NULL, "--gt: a value is missing, FILE was wanted"},
        {"--gt=", NULL, "--gt: the value is empty, FILE was wanted"},
        {"--threads", "3x", "--threads: \"3x\" is not an integer from 0 to 64"},
        {"--threads", "65", "--threads: \"65\" is not an integer from 0 to 64"},
        {"--seed", "-1", "--seed: \"-1\" is not an integer from 0"},
        {"--iou", "nan", "--iou: \"nan\" is not a number from 0 to 1"},
        {"--iou", "", "--iou: \"\" is not a number from 0 to 1"},
        {"--quiet=1", NULL, "--quiet takes no value, \"1\" was given"},
        {"--sort", "idd", "--sort: \"idd\" is not one of count, ap, id; did you mean \"id\"?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        values v;
        char *operands[4];
        int n;
        assert_int_equal(parse(&v, operands, &n, cases[i].a, cases[i].b, NULL, NULL), CLI_USAGE);
        if (!strstr(said, cases[i].message))
            fail_msg("case %zu: %s", i, said);
    }
    values v;
    char *operands[4];
    int n;
    assert_int_equal(parse(&v, operands, &n, "a", "b", "c", NULL), CLI_USAGE);
    assert_non_null(strstr(said, "unexpected argument \"c\", wanted: FILE..."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_in_every_form),
        cmocka_unit_test(usage_errors_name_option_value_and_want),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
