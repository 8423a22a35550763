/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs share: option table, files, help, messages, progress, Ctrl-C. */
#ifndef SFD_TOOLS_CLI_H
#define SFD_TOOLS_CLI_H

#include <sfdet/model.h>

/* First thing in main: closed standard streams lead to /dev/null, so that no file that is opened
 * later gets their messages, and a file that grows beyond its limit is an error, not a signal. */
void cli_start(void);

/* Exit statuses. */
enum {
    CLI_CONTINUE = -1, /* not an exit status: go on */
    CLI_DONE = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_PARTIAL = 3,      /* finished, but some items failed */
    CLI_INTERRUPTED = 130 /* as shells report a program ended by Ctrl-C */
};

typedef enum cli_kind {
    CLI_HEADING, /* not an option: a line above the next ones in --help */
    CLI_FLAG,    /* bool: set to true */
    CLI_TEXT,    /* const char * */
    CLI_TEXTS,   /* cli_texts: may be repeated */
    CLI_INT,     /* int, min to max */
    CLI_UINT64,  /* uint64_t, at most 2^63 - 1 */
    CLI_DOUBLE,  /* double, finite, min to max */
    CLI_CHOICE   /* int: index into `choices` */
} cli_kind;

/* What the program does with the file that an option or operand names. cli_parse refuses an output
 * that is an input or another output, under whatever name. */
typedef enum cli_file {
    CLI_NO_FILE,
    CLI_READS,
    CLI_WRITES,
    CLI_FILLS /* a folder: files called as one of cli_option.creates */
} cli_file;

typedef struct cli_texts {
    const char **items; /* point into argv; the array is freed by cli_texts_free */
    size_t n;
} cli_texts;

/* A table of these, one per option, ends with {0}:
 *   {CLI_INT, "--threads", 't', "N", &threads, .help = "...", .min = 1, .max = 256}, */
typedef struct cli_option {
    cli_kind kind;
    const char *name;     /* "--threads"; the text of a heading */
    char letter;          /* 't' for -t, 0 for none */
    const char *argument; /* "N", "FILE"; NULL for flags */
    void *value;          /* of the kind's type; holds the default */
    const char *help;     /* wrapped to the terminal; newlines start a new line */
    const char *brief;    /* of an everyday option: one line for --help; else --help-all has it */
    double min, max;
    const char *const *choices; /* ends with NULL; listed in --help by themselves */
    cli_file file;              /* of CLI_TEXT */
    const char *const *creates; /* patterns of fnmatch, ends with NULL */
} cli_option;

/* Keys of the configuration that are set behind the operands, as PySlowFast's programs take them:
 * SECTION.KEY VALUE ... */
typedef struct cli_overrides {
    char **words; /* [n] keys and values by turns; point into argv */
    size_t n;
    char *text; /* made by cli_override */
} cli_overrides;

typedef struct cli_program {
    const char *name;     /* "sfmodel convert" */
    const char *operands; /* "DETECTIONS.csv..."; NULL: takes none */
    const char *summary;  /* one or two sentences */
    const char *notes;    /* below the options: examples, exit status; may be NULL */
    const cli_option *options;
    int min_operands, max_operands;
    cli_file operand_file;    /* CLI_READS or CLI_NO_FILE */
    cli_overrides *overrides; /* NULL: takes none */
} cli_program;

/* Parses argv[1..argc-1] (pass argc - 1, argv + 1 behind a subcommand). Options may stand anywhere,
 * as "--name value", "--name=value", "-nvalue" or "-n value"; "--" ends them. The operands are
 * moved to the front of argv + 1, their number goes to *n_operands. --help, --help-all and
 * --version are built in. Returns CLI_CONTINUE, or the exit status of a program that has nothing
 * more to do: a usage error (told on stderr) is CLI_USAGE. */
int cli_parse(const cli_program *program, int argc, char **argv, int *n_operands);

/* The overrides put behind the name of a configuration (NULL: none given), as sfd_model_settings
 * takes them: *config then lives until cli_overrides_free. CLI_CONTINUE, or CLI_FAILED without
 * memory. */
int cli_override(const char *program, const char **config, cli_overrides *o);
void cli_overrides_free(cli_overrides *o);

/* For cli_parse: how many of the words are operands; what to do with the others. */
size_t cli_count_operands(const cli_program *p, char **operands, size_t n);
int cli_take_overrides(const cli_program *p, char **words, size_t n);

/* For an input that the command line does not name: CLI_CONTINUE, or CLI_USAGE after a message when
 * it is one of the outputs that cli_parse has seen. */
int cli_check_input(const char *program, const char *path);
/* The same for a video that is a file, a folder of pictures or a pattern of their names. */
int cli_check_video(const char *program, const char *path);
/* The same for all files that a model (NULL: none) was read from. */
int cli_check_model(const char *program, const sfd_model *model);

/* Index of `word` in `names` (NULL-terminated), or -1 after an error message that suggests the
 * nearest one; `what` says what the word was meant to be ("command"). */
int cli_choose(const char *program, const char *what, const char *word, const char *const *names);

void cli_texts_free(cli_texts *t);

/* In words, why access() or open() of a video has just failed. */
const char *cli_open_reason(const char *path);

/* --precision: choices (values of sfd_precision), argument, help; with CLI_NO_PRECISION as default
 * it is known whether it was given. */
extern const char *const cli_precisions[];
#define CLI_NO_PRECISION (-1)
sfd_precision cli_precision(int choice);
/* A type that was asked for and is not the one of the weights: refused as wrong usage. */
sfd_status cli_check_precision(int choice, const char *weights, bool quantised, sfd_error *err);

/* Opens a model with that --precision and tells what was assumed, also with --quiet: the scores
 * depend on it. */
sfd_status cli_open_model(sfd_model **model, sfd_model_settings *s, int precision, sfd_error *err);

/* Options that several programs have. */
#define CLI_CPU(variable)                                                                          \
    {                                                                                              \
        CLI_TEXT, "--cpu", 0, "SET", variable,                                                     \
            .help = "instruction set: scalar, avx2, avx512, avx512_bf16; on arm64 neon, "          \
                    "neon_dot, neon_i8mm, neon_bf16 (default: $SFD_CPU, else the best there is)"   \
    }

#define CLI_PRECISION(variable)                                                                    \
    {                                                                                              \
        CLI_CHOICE, "--precision", 0, "TYPE", variable,                                            \
            .choices = cli_precisions,                                                             \
            .help =                                                                                \
                "what the network computes with: bf16 takes half the memory and time, where the "  \
                "processor has instructions for it; int8 is for weights by sfmodel quantise"       \
    }

/* All that the programs print goes through these, for names that come from files may hold anything:
 * what is not printable becomes '?' (see sfd_make_printable). Newlines count only at the beginning
 * and the end of `fmt`. */
void cli_print(const char *fmt, ...) SFD_PRINTF(1, 2); /* on stdout */
void cli_note(const char *fmt, ...) SFD_PRINTF(1, 2);  /* on stderr */

/* "s" where it is not one. */
static inline const char *cli_plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* "NAME: message" on stderr; each returns the exit status to leave with. */
int cli_usage_error(const char *program, const char *fmt, ...) SFD_PRINTF(2, 3);
int cli_fail(const char *program, const sfd_error *err);
void cli_warn(const char *program, const char *fmt, ...) SFD_PRINTF(2, 3);

/* Path of a file that comes with the programs, `name` as in data/: installed in share/sfdet, or in
 * the build tree. NULL when it is in neither place. Freed by the caller. */
char *cli_data_path(const char *name);

/* Flushes stdout. Returns `status`, or CLI_FAILED when something was lost, after a message unless
 * it was CLI_FAILED already. */
int cli_finish_stdout(const char *program, int status);

/* Progress on stderr: done/total, rate, time left. On a terminal one line that is redrawn,
 * otherwise a line every few seconds, nothing when quiet. */
typedef struct cli_progress {
    const char *what; /* "keyframes" */
    uint64_t total;   /* 0: unknown */
    uint64_t first;   /* that were done when it started: no part of the rate */
    bool quiet;
    bool terminal;
    bool shown;
    double start_s, last_s; /* monotonic clock */
    const char *note;       /* what else there is to say; NULL: nothing */
} cli_progress;

void cli_progress_start(cli_progress *p, const char *what, uint64_t total, bool quiet);
void cli_progress_update(cli_progress *p, uint64_t done);
/* Draws the final state and ends the line. */
void cli_progress_end(cli_progress *p, uint64_t done);
/* Erases the line on a terminal, so that a message can be printed; the next update redraws it. */
void cli_progress_clear(cli_progress *p);

/* From now on the first Ctrl-C, SIGTERM or SIGHUP (unless ignored, as with nohup) is only
 * remembered; a second one ends the program. */
void cli_catch_interrupt(void);
bool cli_interrupted(void);
/* The same as a should_stop of the library. */
bool cli_should_stop(void *user);

#endif
