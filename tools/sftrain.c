/* SPDX-License-Identifier: Apache-2.0 */
/* sftrain: trains SlowFast networks on AVA-style data and on lists of videos, and person
 * detectors. */
#include "cli.h"

#include <sfdet/codecs.h>
#include <sfdet/train.h>

#include <math.h>
#include <stdio.h>

#define NAME "sftrain"

enum { FREEZE_NONE, FREEZE_BACKBONE };
static const char *const freeze_names[] = {"none", "backbone", NULL};
static const char *const schedule_names[] = {"configured", "cosine", "steps", NULL};
static const char *const run_files[] = {"model.safetensors", "best.safetensors", "state.bin",
                                        "log.csv",           "curve.svg",        NULL};

typedef struct options {
    sfd_train_settings train;
    int freeze, schedule;
    bool quiet;
    cli_overrides overrides; /* which train.config has taken in */
} options;

static int parse_options(options *o, int argc, char **argv)
{
    int n_operands, epochs = -1;
    *o = (options){0};
    sfd_train_settings *s = &o->train;
    sfd_train_settings_defaults(s);
    const cli_option table[] = {
        {CLI_HEADING, .name = "Data"},
        {CLI_TEXT, "--gt", 'g', "FILE.csv", &s->truth, .help = "ground truth, as AVA's",
         .file = CLI_READS},
        {CLI_TEXT, "--proposals", 'p', "FILE.csv", &s->proposals,
         .help = "person boxes of a detector: those that overlap the truth are learned from too",
         .file = CLI_READS},
        {CLI_TEXT, "--videos", 'v', "DIR", &s->videos,
         .help = "holds VIDEO_ID.mp4 (mkv, webm, avi, mov)"},
        {CLI_TEXT, "--labels", 'l', "FILE.pbtxt", &s->labels,
         .help = "own classes (AVA's 80); with --weights the classifier starts anew",
         .file = CLI_READS},
        {CLI_TEXT, "--val-gt", 0, "FILE.csv", &s->val_truth,
         .help = "validation after each epoch: ground truth", .file = CLI_READS},
        {CLI_TEXT, "--val-proposals", 0, "FILE.csv", &s->val_proposals,
         .help = "and its person boxes", .file = CLI_READS},
        {CLI_DOUBLE, "--box-threshold", 0, "X", &s->box_threshold,
         .help = "leave out proposals with a lower score (0.8)", .min = 0, .max = 1},
        {CLI_FLAG, "--strict", 0, NULL, &s->strict,
         .help = "refuse what is else left out or guessed with a warning: boxes that cannot be "
                 "used, keyframes outside their video"},
        {CLI_DOUBLE, "--timestamp-offset", 0, "S", &s->timestamp_offset_s,
         .help = "timestamp of a video's first frame (0)", .min = -1e9, .max = 1e9},
        {CLI_HEADING, .name = "Data of a network that classifies whole clips, instead"},
        {CLI_TEXT, "--list", 0, "FILE.csv", &s->list,
         .help =
             "videos, a line PATH LABEL or PATH,LABEL each, labels from 0; paths absolute or from "
             "--videos",
         .file = CLI_READS},
        {CLI_TEXT, "--val-list", 0, "FILE.csv", &s->val_list,
         .help = "validation after each epoch, as sfclassify does it: top-1, top-5, mAP",
         .file = CLI_READS},
        {CLI_INT, "--classes", 0, "N", &s->n_classes,
         .help = "number of classes (NUM_CLASSES); with --weights the classifier starts anew",
         .min = 1, .max = 100000},
        {CLI_HEADING, .name = "A detector of persons, instead"},
        {CLI_FLAG, "--persons", 0, NULL, &s->persons,
         .help = "learn to find persons, a network of YOLOX's layout, from --gt (whose labels do "
                 "not matter; a row VIDEO_ID,TIMESTAMP is a keyframe without anybody) and "
                 "--videos; --val-gt alone validates"},
        {CLI_INT, "--width", 0, "N", &s->persons_width,
         .help = "channels of its first layer, even; YOLOX-s has 32; --weights tell it otherwise "
                 "(8)",
         .min = 2, .max = 256},
        {CLI_INT, "--depth", 0, "N", &s->persons_depth,
         .help = "bottlenecks in its shortest stages; the same (1)", .min = 1, .max = 16},
        {CLI_INT, "--side", 0, "N", &s->persons_side,
         .help = "long side of its pictures, a multiple of 32 (what --weights of our own tell, "
                 "else 320)",
         .min = 32, .max = 4096},
        {CLI_TEXT, "--knows", 0, "TEXT", &s->persons_knows,
         .help = "what it knows, stored with it: \"synthetic figures only\""},
        {CLI_HEADING, .name = "Network"},
        {CLI_TEXT, "--config", 'c', "NAME|FILE", &s->config,
         .help = "preset or PySlowFast YAML file; with --weights only if those do not tell",
         .file = CLI_READS},
        {CLI_TEXT, "--weights", 'w', "FILE", &s->weights, .help = "start from this checkpoint",
         .file = CLI_READS},
        {CLI_CHOICE, "--freeze", 0, "WHAT", &o->freeze,
         .help = "what does not learn; with a frozen backbone the features are computed once:",
         .choices = freeze_names},
        {CLI_HEADING, .name = "Learning"},
        {CLI_INT, "--epochs", 'e', "N", &epochs,
         .help = "(SOLVER.MAX_EPOCH of a YAML file, else 20); 0: only validate --weights; the "
                 "training set is not needed then",
         .max = 100000},
        {CLI_INT, "--batch", 'b', "N", &s->batch, .help = "clips in a step (8)", .min = 1,
         .max = 4096},
        {CLI_DOUBLE, "--lr", 0, "X", &s->rate,
         .help = "peak of the learning rate (SOLVER.BASE_LR, else 0.1; persons 0.01)", .min = 1e-9,
         .max = 1e3},
        {CLI_CHOICE, "--schedule", 0, "NAME", &o->schedule,
         .help =
             "of the learning rate; configured: by the YAML file's SOLVER section, else cosine:",
         .choices = schedule_names},
        {CLI_DOUBLE, "--warmup", 0, "N", &s->warmup_epochs,
         .help = "epochs of rising rate (SOLVER.WARMUP_EPOCHS, else 1)", .min = 0, .max = 1000},
        {CLI_DOUBLE, "--momentum", 0, "X", &s->momentum,
         .help = "Nesterov's (SOLVER.MOMENTUM, else 0.9)", .min = 0, .max = 0.9999},
        {CLI_DOUBLE, "--weight-decay", 0, "X", &s->weight_decay,
         .help = "of convolutions and classifier (SOLVER.WEIGHT_DECAY, else 1e-5; persons "
                 "5e-4)",
         .min = 0, .max = 1},
        {CLI_DOUBLE, "--dropout", 0, "X", &s->dropout,
         .help = "before the classifier (MODEL.DROPOUT_RATE, else 0.5)", .min = 0, .max = 0.99},
        {CLI_INT, "--min-side", 0, "N", &s->min_side,
         .help = "random short side of the pictures, at least (DATA.TRAIN_JITTER_SCALES of a YAML "
                 "file, else TEST_CROP_SIZE)",
         .min = 1, .max = 8192},
        {CLI_INT, "--max-side", 0, "N", &s->max_side, .help = "and at most (5/4 of it)", .min = 1,
         .max = 8192},
        {CLI_INT, "--max-shift", 0, "N", &s->max_shift,
         .help = "random shift of the clip, in steps of the sampling rate (1)", .min = 0,
         .max = 100},
        {CLI_UINT64, "--seed", 's', "N", &s->seed,
         .help = "same seed and threads, same weights (1)"},
        {CLI_HEADING, .name = "Run"},
        {CLI_TEXT, "--out", 'o', "DIR", &s->out,
         .help = "gets model.safetensors (of persons with --val-gt also best.safetensors), "
                 "state.bin, log.csv, curve.svg and cache/ (decoded frames, may be deleted)",
         .file = CLI_FILLS, .creates = run_files},
        {CLI_FLAG, "--resume", 0, NULL, &s->resume, .help = "continue the run in DIR"},
        {CLI_INT, "--threads", 't', "N", &s->threads, .help = "0: one per core (0)", .min = 0,
         .max = 1024},
        {CLI_FLAG, "--quiet", 'q', NULL, &o->quiet, .help = "no progress on stderr"},
        {0},
    };
    const cli_program program = {
        .name = NAME,
        .summary =
            "Trains a SlowFast network on videos with labelled people, or on labelled videos, or a "
            "detector of persons, from nothing or from a checkpoint.",
        .notes = "Exit status: 0 done; 1 failed; 2 wrong usage; 130 stopped by Ctrl-C, resumable.\n"
                 "\n"
                 "Example: sftrain --weights SLOWFAST_8x8_R50.pkl --freeze backbone --gt own.csv "
                 "--labels own.pbtxt --videos clips --out run\n"
                 "         sftrain --config kinetics_net.yaml --list train.csv --val-list val.csv "
                 "--out run\n"
                 "         sftrain --persons --gt world/train.csv --val-gt world/val.csv --videos "
                 "world/videos --out run",
        .options = table,
        .overrides = &o->overrides,
    };
    const int exit_status = cli_parse(&program, argc, argv, &n_operands);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    s->epochs = epochs > 0 ? epochs : 0;
    s->validate_only = epochs == 0;
    if (s->validate_only && !s->list && !s->truth) {
        s->list = s->val_list;
        s->truth = s->val_truth;
    }
    if (!s->out || (s->list ? s->truth != NULL : !s->truth || !s->videos))
        return cli_usage_error(NAME, "--out is needed, and either --gt and --videos or --list");
    if (!s->config && !s->weights && !s->persons)
        return cli_usage_error(NAME, "--config or --weights is needed");
    s->freeze_backbone = o->freeze == FREEZE_BACKBONE;
    static const sfd_train_schedule schedules[] = {SFD_TRAIN_AS_CONFIGURED, SFD_TRAIN_COSINE,
                                                   SFD_TRAIN_STEPS};
    s->schedule = schedules[o->schedule];
    return cli_override(NAME, &s->config, &o->overrides);
}

typedef struct display {
    cli_progress progress;
    char what[64];
    const char *phase;
    bool quiet;
} display;

static void on_progress(void *user, const char *what, size_t n_done, size_t n_total, double loss,
                        double rate)
{
    display *d = user;
    if (d->phase != what || d->progress.total != n_total) {
        cli_progress_clear(&d->progress);
        cli_progress_start(&d->progress, d->what, n_total, d->quiet);
        d->phase = what;
    }
    if (isnan(loss))
        snprintf(d->what, sizeof d->what, "%s", what);
    else
        snprintf(d->what, sizeof d->what, "%s (loss %.4f, learning rate %.4f)", what, loss, rate);
    cli_progress_update(&d->progress, n_done);
}

static void on_message(void *user, const char *message)
{
    display *d = user;
    cli_progress_clear(&d->progress);
    if (!d->quiet)
        cli_warn(NAME, "%s", message);
}

static void on_warning(void *user, const char *message)
{
    display *d = user;
    cli_progress_clear(&d->progress);
    cli_warn(NAME, "warning: %s", message);
}

static void on_epoch(void *user, const sfd_train_epoch *e)
{
    display *d = user;
    cli_progress_clear(&d->progress);
    cli_print("epoch %d: ", e->epoch);
    if (isnan(e->loss))
        cli_print("validation");
    else
        cli_print("loss %.5f", e->loss);
    if (!isnan(e->ap50))
        cli_print(", AP50 %.4f, recall %.4f", e->ap50, e->recall50);
    if (!isnan(e->top1))
        cli_print(", top-1 %.4f, top-5 %.4f", e->top1, e->top5);
    if (!isnan(e->map))
        cli_print(", mAP %.4f", e->map);
    cli_print(", %.1f s\n", e->seconds);
    fflush(stdout);
}

static bool should_stop(void *user)
{
    (void)user;
    return cli_interrupted();
}

int main(int argc, char **argv)
{
    options o;
    display d = {0};
    sfd_error err;
    cli_start();
    const int exit_status = parse_options(&o, argc, argv);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    sfd_quiet_codecs();
    cli_catch_interrupt();
    d.quiet = o.quiet;
    o.train.user = &d;
    o.train.on_message = on_message;
    o.train.on_progress = on_progress;
    o.train.on_epoch = on_epoch;
    o.train.on_warning = on_warning;
    o.train.should_stop = should_stop;
    cli_progress_start(&d.progress, d.what, 0, o.quiet);
    const sfd_status status = sfd_train_run(&o.train, &err);
    cli_progress_clear(&d.progress);
    cli_overrides_free(&o.overrides);
    if (status == SFD_ERR_CANCELLED) {
        cli_warn(NAME, "stopped; --resume continues");
        return CLI_INTERRUPTED;
    }
    if (status != SFD_OK)
        return cli_fail(NAME, &err);
    return cli_finish_stdout(NAME, CLI_DONE);
}
