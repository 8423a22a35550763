/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs share: option table, help, messages, progress, Ctrl-C. */
#include "cli.h"
#include "cli_files.h"
#include "cli_help.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_NAMES     128
#define REDRAW_S      0.1
#define LINE_PERIOD_S 5.0

/* ---- start ---- */

/* OpenBLAS starts threads before main() that ask for memory until they get it, and exit() would
 * wait for them: for ever, where memory is limited. Sanitizers report what was lost later in
 * exit(). */
#if defined __GLIBC__ && !defined CLI_SANITIZED
static void leave(int status, void *unused)
{
    (void)unused;
    fflush(NULL);
    _exit(status);
}

static void leave_at_exit(void)
{
    on_exit(leave, NULL);
}
#else
static void leave_at_exit(void)
{
}
#endif

void cli_start(void)
{
    leave_at_exit();
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
    signal(SIGXFSZ, SIG_IGN);
}

/* ---- messages ---- */

/* The newlines around the text are the format's; any inside are foreign. */
static void print_clean(FILE *out, const char *fmt, va_list args)
{
    char room[1024], *text = room;
    const size_t n_fmt = strlen(fmt), head = strspn(fmt, "\n");
    size_t tail = 0;
    while (tail < n_fmt - head && fmt[n_fmt - 1 - tail] == '\n')
        tail++;
    va_list again;
    va_copy(again, args);
    const int n = vsnprintf(room, sizeof room, fmt, args);
    if (n >= (int)sizeof room && vasprintf(&text, fmt, again) < 0)
        text = room; /* cut */
    va_end(again);
    if (n < (int)sizeof room || text != room)
        text[strlen(text) - tail] = '\0';
    sfd_make_printable(text + head);
    fputs(text, out);
    for (; tail > 0; tail--)
        fputc('\n', out);
    if (text != room)
        free(text);
}

void cli_print(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    print_clean(stdout, fmt, args);
    va_end(args);
}

void cli_note(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    print_clean(stderr, fmt, args);
    va_end(args);
}

static void print_message(const char *program, const char *fmt, va_list args)
{
    fprintf(stderr, "%s: ", program);
    print_clean(stderr, fmt, args);
    fputc('\n', stderr);
}

int cli_usage_error(const char *program, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    print_message(program, fmt, args);
    va_end(args);
    fprintf(stderr, "Try \"%s --help\".\n", program);
    return CLI_USAGE;
}

int cli_fail(const char *program, const sfd_error *err)
{
    cli_warn(program, "%s", err->message);
    return CLI_FAILED;
}

void cli_warn(const char *program, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    print_message(program, fmt, args);
    va_end(args);
}

char *cli_data_path(const char *name)
{
    static const char *const places[] = {SFD_SHARE_FROM_BIN, "share/sfdet"};
    char program[4096], *path = NULL;
    const ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n <= 0)
        return NULL;
    program[n] = '\0';
    *strrchr(program, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (asprintf(&path, "%s/%s/%s", program, places[i], name) < 0)
            return NULL;
        if (access(path, R_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

int cli_finish_stdout(const char *program, int status)
{
    errno = 0;
    if ((fflush(stdout) == 0 && !ferror(stdout)) || status == CLI_FAILED)
        return status;
    cli_warn(program, "stdout: cannot write: %s", strerror(errno ? errno : EIO));
    return CLI_FAILED;
}

/* ---- version ---- */

static int print_version(const cli_program *p)
{
    printf("%s %s\n", p->name, sfd_version());
    return cli_finish_stdout(p->name, CLI_DONE);
}

/* A library of another version may lay its structs out otherwise. */
static bool library_fits(const cli_program *p)
{
    char wanted[32];
    snprintf(wanted, sizeof wanted, "%d.%d.", SFD_VERSION_MAJOR, SFD_VERSION_MINOR);
    if (strncmp(sfd_version(), wanted, strlen(wanted)) == 0)
        return true;
    cli_warn(p->name, "built for libsfdet %sx, but the library found is %s", wanted, sfd_version());
    return false;
}

/* ---- options ---- */

static const cli_option *find_option(const cli_program *p, const char *name, size_t n)
{
    for (const cli_option *o = p->options; o->name; o++)
        if (o->kind != CLI_HEADING && strlen(o->name) == n && memcmp(o->name, name, n) == 0)
            return o;
    return NULL;
}

static const cli_option *find_letter(const cli_program *p, char letter)
{
    for (const cli_option *o = p->options; o->name; o++)
        if (o->kind != CLI_HEADING && o->letter && o->letter == letter)
            return o;
    return NULL;
}

static int unknown_option(const cli_program *p, const char *arg)
{
    const char *names[MAX_NAMES] = {"--help", "--help-all", "--version"};
    size_t n = 3;
    for (const cli_option *o = p->options; o->name && n < MAX_NAMES; o++)
        if (o->kind != CLI_HEADING)
            names[n++] = o->name;
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(arg, "="), arg);
    const char *near = sfd_nearest_name(word, names, n);
    return cli_usage_error(p->name, "unknown option \"%s\"%s%s%s", word,
                           near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

int cli_choose(const char *program, const char *what, const char *word, const char *const *names)
{
    size_t n = 0;
    for (; names[n]; n++)
        if (strcmp(word, names[n]) == 0)
            return (int)n;
    char list[512] = "";
    for (size_t i = 0, used = 0; i < n && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    const char *near = sfd_nearest_name(word, names, n);
    cli_usage_error(program, "%s: \"%s\" is not one of %s%s%s%s", what, word, list,
                    near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return -1;
}

static int set_number(const cli_program *p, const cli_option *o, const char *text)
{
    double number;
    long long integer;
    switch (o->kind) {
    case CLI_DOUBLE:
        if (!cli_parse_double(text, strlen(text), &number) || number < o->min || number > o->max)
            return cli_usage_error(p->name, "%s: \"%s\" is not a number from %g to %g", o->name,
                                   text, o->min, o->max);
        *(double *)o->value = number;
        return CLI_CONTINUE;
    case CLI_UINT64:
        if (!cli_parse_long(text, strlen(text), &integer) || integer < 0)
            return cli_usage_error(p->name, "%s: \"%s\" is not an integer from 0 to 2^63 - 1",
                                   o->name, text);
        *(uint64_t *)o->value = (uint64_t)integer;
        return CLI_CONTINUE;
    default:
        if (!cli_parse_long(text, strlen(text), &integer) || (double)integer < o->min ||
            (double)integer > o->max)
            return cli_usage_error(p->name, "%s: \"%s\" is not an integer from %.0f to %.0f",
                                   o->name, text, o->min, o->max);
        *(int *)o->value = (int)integer;
        return CLI_CONTINUE;
    }
}

static int append_text(const cli_program *p, cli_texts *t, const char *text)
{
    const char **grown = realloc(t->items, (t->n + 1) * sizeof *grown);
    if (!grown) {
        cli_warn(p->name, "out of memory");
        return CLI_FAILED;
    }
    t->items = grown;
    t->items[t->n++] = text;
    return CLI_CONTINUE;
}

static int set_value(const cli_program *p, const cli_option *o, const char *text)
{
    int choice;
    switch (o->kind) {
    case CLI_TEXT:
        if (!*text)
            return cli_usage_error(p->name, "%s: the value is empty, %s was wanted", o->name,
                                   o->argument);
        *(const char **)o->value = text;
        return CLI_CONTINUE;
    case CLI_TEXTS:
        return append_text(p, o->value, text);
    case CLI_CHOICE:
        choice = cli_choose(p->name, o->name, text, o->choices);
        if (choice < 0)
            return CLI_USAGE;
        *(int *)o->value = choice;
        return CLI_CONTINUE;
    default:
        return set_number(p, o, text);
    }
}

const char *const cli_precisions[] = {"f32", "bf16", "int8", NULL};

sfd_precision cli_precision(int choice)
{
    return choice == CLI_NO_PRECISION ? SFD_PRECISION_F32 : (sfd_precision)choice;
}

sfd_status cli_check_precision(int choice, const char *weights, bool quantised, sfd_error *err)
{
    if (choice != SFD_PRECISION_F32 || !quantised)
        return SFD_OK;
    err->status = SFD_ERR_MISMATCH;
    snprintf(err->message, sizeof err->message,
             "%s: --precision f32: the weights are 8-bit integers, which are computed as such",
             weights);
    return err->status;
}

sfd_status cli_open_model(sfd_model **model, sfd_model_settings *s, int precision, sfd_error *err)
{
    s->precision = cli_precision(precision);
    sfd_status status = sfd_model_open(model, s, err);
    if (status == SFD_OK)
        status = cli_check_precision(precision, sfd_model_get_info(*model)->weights,
                                     sfd_model_get_info(*model)->quantised, err);
    for (size_t i = 0; status == SFD_OK && sfd_model_assumption(*model, i); i++)
        cli_note("%s\n", sfd_model_assumption(*model, i));
    return status;
}

void cli_texts_free(cli_texts *t)
{
    free(t->items);
    *t = (cli_texts){0};
}

/* One option: `inline_value` is what stood behind "=" or the letter, else NULL; *i advances over a
 * value taken from the next argument. */
static int apply_option(const cli_program *p, const cli_option *o, const char *inline_value,
                        int argc, char **argv, int *i)
{
    if (o->kind == CLI_FLAG) {
        if (inline_value)
            return cli_usage_error(p->name, "%s takes no value, \"%s\" was given", o->name,
                                   inline_value);
        *(bool *)o->value = true;
        return CLI_CONTINUE;
    }
    if (inline_value)
        return set_value(p, o, inline_value);
    if (*i + 1 >= argc)
        return cli_usage_error(p->name, "%s: a value is missing, %s was wanted", o->name,
                               o->argument);
    return set_value(p, o, argv[++*i]);
}

static int parse_argument(const cli_program *p, int argc, char **argv, int *i)
{
    const char *arg = argv[*i];
    const cli_option *o;
    if (strcmp(arg, "--help") == 0 || (strcmp(arg, "-h") == 0 && !find_letter(p, 'h')))
        return cli_help(p);
    if (strcmp(arg, "--help-all") == 0)
        return cli_help_all(p);
    if (strcmp(arg, "--version") == 0)
        return print_version(p);
    if (arg[1] == '-') {
        size_t n = strcspn(arg, "=");
        o = find_option(p, arg, n);
        return o ? apply_option(p, o, arg[n] ? arg + n + 1 : NULL, argc, argv, i)
                 : unknown_option(p, arg);
    }
    o = find_letter(p, arg[1]);
    return o ? apply_option(p, o, arg[2] ? arg + 2 : NULL, argc, argv, i) : unknown_option(p, arg);
}

int cli_parse(const cli_program *p, int argc, char **argv, int *n_operands)
{
    int n = 0;
    bool options_ended = false;
    *n_operands = 0;
    if (!library_fits(p))
        return CLI_FAILED;
    for (int i = 1; i < argc; i++) {
        if (options_ended || argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[1 + n++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            options_ended = true;
        } else {
            int status = parse_argument(p, argc, argv, &i);
            if (status != CLI_CONTINUE)
                return status;
        }
    }
    const int n_words = n;
    n = (int)cli_count_operands(p, argv + 1, (size_t)n);
    if (n > p->max_operands)
        return cli_usage_error(p->name, "unexpected argument \"%s\"%s%s", argv[1 + p->max_operands],
                               p->operands ? ", wanted: " : "", p->operands ? p->operands : "");
    if (n < p->min_operands)
        return cli_usage_error(p->name, "%s was wanted", p->operands);
    const int status = cli_take_overrides(p, argv + 1 + n, (size_t)(n_words - n));
    *n_operands = n;
    return status == CLI_CONTINUE ? cli_check_files(p, argv + 1, (size_t)n) : status;
}

/* ---- progress ---- */

static double monotonic_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void draw_progress(const cli_progress *p, uint64_t done, double now_s)
{
    double elapsed_s = now_s - p->start_s;
    double rate = elapsed_s > 0 ? (double)(done - p->first) / elapsed_s : 0;
    fprintf(stderr, "%s%llu", p->terminal ? "\r\033[K" : "", (unsigned long long)done);
    if (p->total > 0)
        fprintf(stderr, "/%llu", (unsigned long long)p->total);
    fprintf(stderr, " %s, %.*f/s", p->what, rate < 100 ? 2 : 0, rate);
    if (p->total > done && rate > 0) {
        unsigned long long left_s = (unsigned long long)ceil((double)(p->total - done) / rate);
        fprintf(stderr, ", %llu:%02llu:%02llu left", left_s / 3600, left_s / 60 % 60, left_s % 60);
    } else if (p->total == done) {
        fprintf(stderr, ", %.1f s", elapsed_s);
    }
    if (p->note)
        fprintf(stderr, ", %s", p->note);
    if (!p->terminal)
        fputc('\n', stderr);
    fflush(stderr);
}

void cli_progress_start(cli_progress *p, const char *what, uint64_t total, bool quiet)
{
    double now_s = monotonic_s();
    *p = (cli_progress){.what = what,
                        .total = total,
                        .quiet = quiet,
                        .terminal = isatty(STDERR_FILENO) == 1,
                        .start_s = now_s,
                        .last_s = now_s};
}

void cli_progress_update(cli_progress *p, uint64_t done)
{
    double now_s = monotonic_s();
    if (p->quiet || now_s - p->last_s < (p->terminal ? REDRAW_S : LINE_PERIOD_S))
        return;
    p->last_s = now_s;
    p->shown = true;
    draw_progress(p, done, now_s);
}

void cli_progress_end(cli_progress *p, uint64_t done)
{
    if (p->quiet || (!p->terminal && !p->shown))
        return;
    draw_progress(p, done, monotonic_s());
    if (p->terminal)
        fputc('\n', stderr);
}

void cli_progress_clear(cli_progress *p)
{
    if (p->quiet || !p->terminal || !p->shown)
        return;
    fprintf(stderr, "\r\033[K");
    fflush(stderr);
    p->last_s = 0;
}

/* ---- Ctrl-C ---- */

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void cli_catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction old;
    if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
}

bool cli_interrupted(void)
{
    return interrupted;
}

bool cli_should_stop(void *user)
{
    (void)user;
    return interrupted;
}
