/* SPDX-License-Identifier: Apache-2.0 */
/* sfmodel: what a network consists of, random weights for it, and how fast it runs. */
#include "cli.h"
#include "sfmodel_commands.h"

#include <sfdet/inspect.h>

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define SIZE_TEXT 32

/* "341x256" -> width and height; false when it is anything else. */
static bool parse_size(const char *text, int *width, int *height)
{
    char rest;
    return sscanf(text, "%5dx%5d%c", width, height, &rest) == 2 && *width > 0 && *height > 0;
}

static int size_error(const char *program, const char *text)
{
    return cli_usage_error(program, "--size: \"%s\" is not WIDTHxHEIGHT, such as 341x256", text);
}

/* ------------------------------------------------------------------ info */

static const char *print_size(char text[SIZE_TEXT], const int size[3])
{
    snprintf(text, SIZE_TEXT, "%dx%dx%d", size[0], size[1], size[2]);
    return text;
}

static void print_layer(const sfd_layer_info *l)
{
    char kernel[SIZE_TEXT], stride[SIZE_TEXT], dilation[SIZE_TEXT], in[SIZE_TEXT], out[SIZE_TEXT];
    char in_shape[2 * SIZE_TEXT], out_shape[2 * SIZE_TEXT];
    snprintf(in_shape, sizeof in_shape, "%dx%s", l->in_channels, print_size(in, l->in_size));
    snprintf(out_shape, sizeof out_shape, "%dx%s", l->out_channels, print_size(out, l->out_size));
    cli_print("%-34s %-9s %-6s %-6s %-6s %16s %16s %10zu %9.3f\n", l->name, l->kind,
              print_size(kernel, l->kernel), print_size(stride, l->stride),
              print_size(dilation, l->dilation), in_shape, out_shape, l->n_parameters,
              l->macs * 1e-9);
}

static void print_network(const sfd_network *n)
{
    const sfd_network_totals *t = sfd_network_get_totals(n);
    if (t->in_width > 0)
        cli_print("%s, one clip of %dx%d pictures; ", t->name, t->in_width, t->in_height);
    else
        cli_print("%s, one clip of sound, H along time and W along frequency; ", t->name);
    cli_print("shapes are CxTxHxW, GFLOPs are multiply-adds\n\n");
    cli_print("%-34s %-9s %-6s %-6s %-6s %16s %16s %10s %9s\n", "layer", "kind", "kernel", "stride",
              "dil.", "in", "out", "parameters", "GFLOPs");
    for (size_t i = 0; i < sfd_network_n_layers(n); i++)
        print_layer(sfd_network_layer(n, i));
    cli_print("\nparameters         %.2f M\n", 1e-6 * (double)t->n_parameters);
    cli_print("GFLOPs             %.1f\n", 1e-9 * t->macs);
    cli_print("activation memory  %.1f MB (%.1f MB without sharing)\n",
              1e-6 * (double)t->activation_bytes, 1e-6 * (double)t->unshared_bytes);
    for (size_t i = 0; sfd_network_remark(n, i); i++)
        cli_print("%s\n", sfd_network_remark(n, i));
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Presets and configuration files; everything else is taken for weights. */
static bool is_config(const char *text)
{
    return sfd_is_preset(text) || ends_with(text, ".yaml") || ends_with(text, ".yml") ||
           ends_with(text, ".py") || (!strchr(text, '.') && !strchr(text, '/'));
}

static int print_info(const char *program, const char *weights, const char *config, int width,
                      int height)
{
    sfd_network *n;
    sfd_error err;
    if (sfd_network_open(&n, weights, config, width, height, &err) != SFD_OK)
        return cli_fail(program, &err);
    print_network(n);
    sfd_network_free(n);
    return cli_finish_stdout(program, CLI_DONE);
}

static int run_info(int argc, char **argv)
{
    const char *size = NULL, *config = NULL;
    cli_overrides overrides = {0};
    const cli_option options[] = {
        {CLI_TEXT, "--size", 0, "WxH", &size,
         .help = "size of the network's picture (default: a square of the network's test size)"},
        {CLI_TEXT, "--config", 'c', "NAME|FILE", &config,
         .help = "for weights: their configuration (default: what they tell themselves)",
         .file = CLI_READS},
        {0}};
    const cli_program program = {
        .name = "sfmodel info",
        .operands = "CONFIG|WEIGHTS",
        .operand_file = CLI_READS,
        .summary =
            "Prints the layers of a network with shapes, parameters and costs, the totals, and "
            "its conventions; of a weight file also what does not fit and what was assumed. "
            "CONFIG is a preset's name (see sfmodel presets) or a PySlowFast YAML file.",
        .options = options,
        .min_operands = 1,
        .max_operands = 1,
        .overrides = &overrides};
    int n_operands, width = 0, height = 0;
    int status = cli_parse(&program, argc, argv, &n_operands);
    if (status != CLI_CONTINUE)
        return status;
    if (size && !parse_size(size, &width, &height))
        return size_error(program.name, size);
    const char *weights = is_config(argv[1]) ? NULL : argv[1];
    config = weights ? config : argv[1];
    status = cli_override(program.name, &config, &overrides);
    if (status == CLI_CONTINUE)
        status = print_info(program.name, weights, config, width, height);
    cli_overrides_free(&overrides);
    return status;
}

/* ------------------------------------------------------------------ convert */

static int run_convert(int argc, char **argv)
{
    static const char *const dtypes[] = {"f32", "f16", "bf16", NULL};
    const char *output = NULL, *config = NULL, *labels = NULL;
    cli_overrides overrides = {0};
    int dtype = 0;
    const cli_option options[] = {
        {CLI_TEXT, "--output", 'o', "FILE", &output, .help = "safetensors file to write",
         .file = CLI_WRITES},
        {CLI_CHOICE, "--dtype", 0, "TYPE", &dtype,
         .help = "how numbers are stored; f16 halves the file and moves scores by up to some 1e-3",
         .choices = dtypes},
        {CLI_TEXT, "--config", 'c', "NAME|FILE", &config,
         .help = "configuration of the weights (default: what they tell themselves)",
         .file = CLI_READS},
        {CLI_TEXT, "--labels", 'l', "FILE.pbtxt", &labels,
         .help = "names of the classes, to be stored too", .file = CLI_READS},
        {0}};
    const cli_program program = {
        .name = "sfmodel convert",
        .operands = "WEIGHTS",
        .operand_file = CLI_READS,
        .summary = "Writes weights of any readable format as safetensors, with the network's "
                   "configuration inside, so that sfdetect --weights needs nothing else; YOLOX's "
                   "for sfdetect --persons.",
        .options = options,
        .min_operands = 1,
        .max_operands = 1,
        .overrides = &overrides};
    int n_operands;
    int status = cli_parse(&program, argc, argv, &n_operands);
    if (status != CLI_CONTINUE)
        return status;
    if (!output)
        return cli_usage_error(program.name, "no output file given (-o FILE)");
    sfd_error err;
    status = cli_override(program.name, &config, &overrides);
    if (status == CLI_CONTINUE)
        status = sfd_convert_weights(argv[1], config, labels, dtypes[dtype], output, &err) == SFD_OK
                     ? CLI_DONE
                     : cli_fail(program.name, &err);
    cli_overrides_free(&overrides);
    return status;
}

/* ------------------------------------------------------------------ presets */

static int run_presets(int argc, char **argv)
{
    const cli_option options[] = {{0}};
    const cli_program program = {
        .name = "sfmodel presets", .summary = "Lists the built-in networks.", .options = options};
    int n_operands;
    const int status = cli_parse(&program, argc, argv, &n_operands);
    if (status != CLI_CONTINUE)
        return status;
    for (size_t i = 0; sfd_preset_name(i); i++)
        cli_print("%-30s %s\n", sfd_preset_name(i), sfd_preset_description(i));
    return cli_finish_stdout(program.name, CLI_DONE);
}

/* ------------------------------------------------------------------ init */

static int run_init(int argc, char **argv)
{
    const char *output = NULL;
    cli_overrides overrides = {0};
    uint64_t seed = 0;
    const cli_option options[] = {{CLI_TEXT, "--output", 'o', "FILE", &output,
                                   .help = "safetensors file to write", .file = CLI_WRITES},
                                  {CLI_UINT64, "--seed", 0, "N", &seed,
                                   .help = "other numbers give other weights (default 0)"},
                                  {0}};
    const cli_program program = {
        .name = "sfmodel init",
        .operands = "CONFIG",
        .operand_file = CLI_READS,
        .summary =
            "Writes random weights for a network: to run and time it without a checkpoint. The "
            "same seed gives the same file on every machine.",
        .options = options,
        .min_operands = 1,
        .max_operands = 1,
        .overrides = &overrides};
    int n_operands;
    int status = cli_parse(&program, argc, argv, &n_operands);
    if (status != CLI_CONTINUE)
        return status;
    if (!output)
        return cli_usage_error(program.name, "no output file given (-o FILE)");
    sfd_error err;
    const char *config = argv[1];
    status = cli_override(program.name, &config, &overrides);
    if (status == CLI_CONTINUE)
        status = sfd_write_random_weights(config, seed, output, &err) == SFD_OK
                     ? CLI_DONE
                     : cli_fail(program.name, &err);
    cli_overrides_free(&overrides);
    return status;
}

/* ------------------------------------------------------------------ bench */

typedef struct bench_options {
    sfd_model_settings model;
    sfd_bench_settings bench;
    const char *size, *json;
    bool persons, layers, scaling, machine;
    int precision; /* sfd_precision, CLI_NO_PRECISION */
    double load_s;
} bench_options;

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The largest resident memory of this process so far. */
static double peak_mb(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? 1.024e-3 * (double)usage.ru_maxrss : 0;
}

static void print_bench_layer(const sfd_bench_layer *l, double total_s)
{
    char kernel[SIZE_TEXT];
    const double gflop = 2e-9 * l->info.macs;
    cli_print("%-32s %-6s %5d->%-5d %-12s %8.2f %5.1f%% %8.0f", l->info.name,
              print_size(kernel, l->info.kernel), l->info.in_channels, l->info.out_channels,
              l->algorithm, 1e3 * l->seconds, 100 * l->seconds / total_s,
              l->seconds > 0 ? gflop / l->seconds : 0);
    for (size_t i = 0; i < l->n_choices; i++)
        cli_print("  %s %.2f (%.1e)", l->choices[i].algorithm, 1e3 * l->choices[i].seconds,
                  l->choices[i].rounding);
    cli_print("\n");
}

static void print_bench(const sfd_bench *b, const bench_options *o)
{
    const double gflop = 2e-9 * b->macs;
    cli_print("%-32s %-6s %12s %-12s %8s %6s %8s\n", "layer", "kernel", "channels", "algorithm",
              "ms", "share", "GFLOP/s");
    for (size_t i = 0; i < b->n_layers; i++)
        print_bench_layer(&b->layers[i], b->median_s);
    cli_print("\n%s, %dx%d, ", b->name, b->in_width, b->in_height);
    if (!o->persons)
        cli_print("%d box%s, ", b->n_boxes, b->n_boxes == 1 ? "" : "es");
    cli_print("%d thread%s, %s, median of %d run%s\n", b->n_threads,
              cli_plural((size_t)b->n_threads), b->cpu, b->n_runs, cli_plural((size_t)b->n_runs));
    cli_print("%s %.1f ms (fastest %.1f ms), %.1f GFLOP, %.0f GFLOP/s counted as direct "
              "convolution\n",
              o->persons ? "picture " : "clip    ", 1e3 * b->median_s, 1e3 * b->min_s, gflop,
              gflop / b->median_s);
    cli_print("memory   %.1f MB weights, %.1f MB state, %.1f MB resident at most\n",
              1e-6 * (double)b->weights_bytes, 1e-6 * (double)b->state_bytes, peak_mb());
    if (o->model.weights || o->persons)
        cli_print("start-up %.0f ms (weights read, folded, transformed)\n", 1e3 * o->load_s);
}

/* What is timed: one of both. */
typedef struct timed_model {
    sfd_model *model;
    sfd_person_model *persons;
} timed_model;

static sfd_status open_timed(timed_model *m, const bench_options *o, sfd_error *err)
{
    *m = (timed_model){0};
    const char *weights = o->persons ? o->model.config : o->model.weights;
    const sfd_status status = cli_check_precision(
        o->precision, weights, weights && sfd_weights_are_quantised(weights), err);
    if (status != SFD_OK)
        return status;
    if (!o->persons)
        return sfd_model_open(&m->model, &o->model, err);
    sfd_person_model_settings s;
    sfd_person_model_settings_defaults(&s);
    s.weights = o->model.config;
    s.cpu = o->model.cpu;
    s.precision = o->model.precision;
    return sfd_person_model_open(&m->persons, &s, err);
}

static sfd_status run_timed(sfd_bench **b, const timed_model *m, const sfd_bench_settings *s,
                            sfd_error *err)
{
    return m->persons ? sfd_person_bench_run(b, m->persons, s, err)
                      : sfd_bench_run(b, m->model, s, err);
}

static sfd_status time_choices(sfd_bench *b, const timed_model *m, sfd_error *err)
{
    return m->persons ? sfd_person_bench_choices(b, m->persons, err)
                      : sfd_bench_choices(b, m->model, err);
}

/* One thread against several: time = one * (serial + (1 - serial) / n), solved for the serial
 * share [Amdahl]. */
static int bench_scaling(const char *program, const timed_model *m, const sfd_bench *b,
                         const bench_options *o)
{
    sfd_error err;
    sfd_bench *one;
    sfd_bench_settings settings = o->bench;
    settings.n_threads = 1;
    if (run_timed(&one, m, &settings, &err) != SFD_OK)
        return cli_fail(program, &err);
    const double n = b->n_threads, ratio = b->min_s / one->min_s;
    cli_print("scaling  1 thread %.1f ms, %d threads %.1f ms (fastest): %.2f times as fast, serial "
              "share %.1f %%\n",
              1e3 * one->min_s, b->n_threads, 1e3 * b->min_s, 1 / ratio,
              n > 1 ? 100 * (n * ratio - 1) / (n - 1) : 0);
    sfd_bench_free(one);
    return CLI_DONE;
}

static int bench_machine(const char *program, const bench_options *o)
{
    sfd_error err;
    sfd_machine machine;
    if (sfd_measure_machine(&machine, o->model.cpu, o->bench.n_threads, &err) != SFD_OK)
        return cli_fail(program, &err);
    cli_print(
        "machine  %s, %d thread%s: multiply-adds %.0f GFLOP/s, copying %.1f GB/s, balance %.0f "
        "FLOP/byte\n",
        machine.cpu, machine.n_threads, cli_plural((size_t)machine.n_threads), 1e-9 * machine.flops,
        1e-9 * machine.copy_bytes_per_s, machine.flops / machine.copy_bytes_per_s);
    return CLI_DONE;
}

static int time_model(const char *program, const timed_model *m, sfd_bench **b,
                      const bench_options *o)
{
    sfd_error err;
    if (run_timed(b, m, &o->bench, &err) != SFD_OK ||
        (o->layers && time_choices(*b, m, &err) != SFD_OK) ||
        (o->json && sfd_bench_write_json(*b, o->json, &err) != SFD_OK))
        return cli_fail(program, &err);
    if (!o->json || strcmp(o->json, "-") != 0)
        print_bench(*b, o);
    return CLI_DONE;
}

static int bench_model(const char *program, bench_options *o)
{
    sfd_error err;
    timed_model m;
    sfd_bench *b = NULL;
    const double start = seconds_now();
    if (open_timed(&m, o, &err) != SFD_OK)
        return cli_fail(program, &err);
    o->load_s = seconds_now() - start;
    int result = cli_check_model(program, m.model);
    if (result == CLI_CONTINUE)
        result = time_model(program, &m, &b, o);
    if (result == CLI_DONE && o->scaling)
        result = bench_scaling(program, &m, b, o);
    if (result == CLI_DONE && o->machine)
        result = bench_machine(program, o);
    sfd_bench_free(b);
    sfd_model_free(m.model);
    sfd_person_model_free(m.persons);
    return cli_finish_stdout(program, result);
}

static int run_bench(int argc, char **argv)
{
    bench_options o = {.precision = CLI_NO_PRECISION};
    cli_overrides overrides = {0};
    sfd_model_settings_defaults(&o.model);
    sfd_bench_settings_defaults(&o.bench);
    const cli_option options[] = {
        {CLI_INT, "--threads", 't', "N", &o.bench.n_threads,
         .help = "threads, no more than there are cores (default: one per core)", .min = 0,
         .max = 1024},
        {CLI_INT, "--runs", 0, "N", &o.bench.n_runs,
         .help = "counted runs, after one that is not (default 5)", .min = 1, .max = 100000},
        {CLI_INT, "--boxes", 0, "N", &o.bench.n_boxes,
         .help = "person boxes in the clip (default 2)", .min = 1, .max = 10000},
        {CLI_TEXT, "--size", 0, "WxH", &o.size,
         .help = "size of the network's picture (default: the network's test size, 4:3)"},
        {CLI_FLAG, "--persons", 0, NULL, &o.persons,
         .help = "CONFIG is the weights of a person detector; --size is the video's (default "
                 "1280x720)"},
        {CLI_TEXT, "--weights", 0, "FILE", &o.model.weights,
         .help = "weights to use, of CONFIG's network (default: random ones)", .file = CLI_READS},
        CLI_CPU(&o.model.cpu),
        {CLI_FLAG, "--exact", 0, NULL, &o.model.exact,
         .help = "plain sums only, no Winograd convolutions"},
        CLI_PRECISION(&o.precision),
        {CLI_FLAG, "--layers", 0, NULL, &o.layers,
         .help = "time every algorithm that could compute each convolution as well (ms), with its "
                 "rounding: the largest difference from sums in double"},
        {CLI_FLAG, "--scaling", 0, NULL, &o.scaling,
         .help = "run with one thread too and print the serial share that follows"},
        {CLI_FLAG, "--machine", 0, NULL, &o.machine,
         .help = "measure what these threads could do at most: multiply-adds and copying"},
        {CLI_TEXT, "--json", 0, "FILE", &o.json,
         .help = "write the figures as JSON (\"-\": stdout, instead of the table)",
         .file = CLI_WRITES},
        {0}};
    const cli_program program = {.name = "sfmodel bench",
                                 .operands = "CONFIG|WEIGHTS",
                                 .operand_file = CLI_READS,
                                 .summary =
                                     "Runs a network on a random clip and prints the time of every "
                                     "layer and of the whole clip, from 8-bit pictures to scores. "
                                     "WEIGHTS are a file that tells its configuration itself.",
                                 .options = options,
                                 .min_operands = 1,
                                 .max_operands = 1,
                                 .overrides = &overrides};
    int n_operands;
    int status = cli_parse(&program, argc, argv, &n_operands);
    if (status != CLI_CONTINUE)
        return status;
    if (o.size && !parse_size(o.size, &o.bench.in_width, &o.bench.in_height))
        return size_error(program.name, o.size);
    if (o.persons && overrides.n > 0)
        return cli_usage_error(program.name, "%s: person detectors have no such keys",
                               overrides.words[0]);
    if (o.persons || is_config(argv[1]))
        o.model.config = argv[1];
    else if (o.model.weights)
        return cli_usage_error(program.name, "--weights goes with a configuration, not with %s",
                               argv[1]);
    else
        o.model.weights = argv[1];
    o.model.precision = cli_precision(o.precision);
    status = cli_override(program.name, &o.model.config, &overrides);
    if (status == CLI_CONTINUE)
        status = bench_model(program.name, &o);
    cli_overrides_free(&overrides);
    return status;
}

/* ------------------------------------------------------------------ commands */

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv);
} command;

static const command commands[] = {{"info", run_info},       {"presets", run_presets},
                                   {"zoo", run_zoo},         {"convert", run_convert},
                                   {"init", run_init},       {"bench", run_bench},
                                   {"compare", run_compare}, {"quantise", run_quantise}};

#define N_COMMANDS (sizeof commands / sizeof *commands)

static const char *const usage[] = {
    "Usage: sfmodel COMMAND [OPTION]... [OPERAND]...",
    "",
    "Looks into SlowFast networks.",
    "",
    "Commands:",
    "  info CONFIG      layers, shapes, parameters, GFLOPs, activation memory",
    "  info WEIGHTS     the same, and how the file fits the network",
    "  convert WEIGHTS  write any readable weights as safetensors",
    "  presets          the built-in networks",
    "  zoo              published checkpoints and where they are",
    "  init CONFIG      write random weights",
    "  bench CONFIG     time every layer and the whole clip, of WEIGHTS as well",
    "  compare A B      how far the scores of two models lie apart on one's own clips",
    "  quantise WEIGHTS write 8-bit integers, calibrated on one's own clips",
    "",
    "`sfmodel COMMAND --help` tells the options.",
    "",
    "Exit status: 0 done, 1 failed, 2 wrong usage.",
    NULL};

int main(int argc, char **argv)
{
    cli_start();
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        cli_print("sfmodel %s\n", sfd_version());
        return cli_finish_stdout("sfmodel", CLI_DONE);
    }
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
                      strcmp(argv[1], "--help-all") == 0)) {
        for (size_t i = 0; usage[i]; i++)
            cli_print("%s\n", usage[i]);
        return cli_finish_stdout("sfmodel", CLI_DONE);
    }
    if (argc < 2)
        return cli_usage_error("sfmodel", "no command given");
    const char *names[N_COMMANDS + 1] = {NULL};
    for (size_t i = 0; i < N_COMMANDS; i++)
        names[i] = commands[i].name;
    const int i = cli_choose("sfmodel", "command", argv[1], names);
    return i < 0 ? CLI_USAGE : commands[i].run(argc - 1, argv + 1);
}
