/* SPDX-License-Identifier: Apache-2.0 */
/* sftrain: trains SlowFast networks on AVA-style data and on lists of videos, and person
 * detectors. */
#include "cli.h"

#include <sfdet/codecs.h>
#include <sfdet/train.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NAME   "sftrain"
#define EVENTS "events.out.tfevents.0.sfdet"

static const char *const schedule_names[] = {"configured", "cosine", "steps", NULL};
static const char *const run_files[] = {
    "last.safetensors", "best.safetensors", "state.bin", "log.csv", "curve.svg", EVENTS, NULL};

typedef struct options {
    sfd_train_settings train;
    const char *freeze;
    int schedule;
    bool quiet;
    cli_overrides overrides; /* which train.config has taken in */
} options;

/* Place of a stage's name of n characters; -1: none. */
static int find_stage(const char *name, size_t n)
{
    static const char *const names[] = {"stem", "res2", "res3", "res4", "res5"};
    for (int i = 0; i < 5; i++)
        if (strlen(names[i]) == n && strncmp(names[i], name, n) == 0)
            return i;
    return -1;
}

static bool parse_freeze(sfd_train_settings *s, const char *what)
{
    if (!what || strcmp(what, "none") == 0)
        return true;
    s->freeze_backbone = strcmp(what, "backbone") == 0;
    if (s->freeze_backbone)
        return true;
    const char *range = strstr(what, "..");
    const int first = find_stage(what, range ? (size_t)(range - what) : strlen(what));
    const int last = range ? find_stage(range + 2, strlen(range + 2)) : first;
    for (int i = first; first >= 0 && i <= last; i++)
        s->frozen_stages |= 1U << i;
    return s->frozen_stages != 0;
}

static int parse_options(options *o, int argc, char **argv)
{
    int n_operands, epochs = -1;
    *o = (options){0};
    sfd_train_settings *s = &o->train;
    sfd_train_settings_defaults(s);
    const cli_option table[] = {
        {CLI_HEADING, .name = "Data"},
        {CLI_TEXT, "--gt", 'g', "FILE.csv", &s->truth, .brief = "ground truth, as AVA's",
         .help = "ground truth, as AVA's", .file = CLI_READS},
        {CLI_TEXT, "--proposals", 'p', "FILE.csv", &s->proposals,
         .brief = "person boxes of a detector, to learn from too",
         .help = "person boxes of a detector: those that overlap the truth are learned from too",
         .file = CLI_READS},
        {CLI_TEXT, "--videos", 'v', "DIR", &s->videos,
         .brief = "holds VIDEO_ID.mp4 (mkv, webm, avi, mov)",
         .help = "holds VIDEO_ID.mp4 (mkv, webm, avi, mov), or folders VIDEO_ID of numbered "
                 "pictures"},
        {CLI_DOUBLE, "--fps", 0, "X", &s->picture_fps, .help = "rate of such folders (30)",
         .min = 0.001, .max = 1000},
        {CLI_TEXT, "--labels", 'l', "FILE.pbtxt", &s->labels, .brief = "own classes (AVA's 80)",
         .help = "own classes (AVA's 80); with --weights the classifier starts anew",
         .file = CLI_READS},
        {CLI_TEXT, "--val-gt", 0, "FILE.csv", &s->val_truth,
         .brief = "validation after each epoch: ground truth",
         .help = "validation after each epoch: ground truth", .file = CLI_READS},
        {CLI_TEXT, "--val-proposals", 0, "FILE.csv", &s->val_proposals,
         .brief = "and its person boxes", .help = "and its person boxes", .file = CLI_READS},
        {CLI_DOUBLE, "--box-threshold", 0, "X", &s->box_threshold,
         .help = "leave out proposals with a lower score (0.8)", .min = 0, .max = 1},
        {CLI_FLAG, "--strict", 0, NULL, &s->strict,
         .help = "refuse what is else left out or guessed with a warning: boxes that cannot be "
                 "used, keyframes outside their video"},
        {CLI_DOUBLE, "--timestamp-offset", 0, "S", &s->timestamp_offset_s,
         .help = "timestamp of a video's first frame (0)", .min = -1e9, .max = 1e9},
        {CLI_HEADING, .name = "Data of a network that classifies whole clips, instead"},
        {CLI_TEXT, "--list", 0, "FILE.csv", &s->list,
         .brief = "instead: whole videos, a line PATH LABEL each",
         .help =
             "videos, a line PATH LABEL or PATH,LABEL each, labels from 0; paths absolute or from "
             "--videos",
         .file = CLI_READS},
        {CLI_TEXT, "--val-list", 0, "FILE.csv", &s->val_list, .brief = "validation of these",
         .help = "validation after each epoch, as sfclassify does it: top-1, top-5, mAP",
         .file = CLI_READS},
        {CLI_INT, "--classes", 0, "N", &s->n_classes,
         .help = "number of classes (NUM_CLASSES); with --weights the classifier starts anew",
         .min = 1, .max = 100000},
        {CLI_HEADING, .name = "A detector of persons, instead"},
        {CLI_FLAG, "--persons", 0, NULL, &s->persons, .brief = "instead: a detector of persons",
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
         .brief = "preset or PySlowFast YAML file",
         .help = "preset or PySlowFast YAML file; with --weights only if those do not tell",
         .file = CLI_READS},
        {CLI_TEXT, "--weights", 'w', "FILE", &s->weights, .brief = "start from this checkpoint",
         .help = "start from this checkpoint", .file = CLI_READS},
        {CLI_TEXT, "--quantise-aware", 0, "FILE", &s->quantise_as,
         .help = "learn to be 8-bit integers: round as FILE, which sfmodel quantise made of "
                 "--weights; what is learned is quantised with its --scales",
         .file = CLI_READS},
        {CLI_TEXT, "--freeze", 0, "WHAT", &o->freeze,
         .brief = "what does not learn: stages, or backbone (none)",
         .help = "what does not learn: stages, as stem, res3, or stem..res3; or backbone, whose "
                 "features are then computed once, without augmentation (none)"},
        {CLI_HEADING, .name = "Learning"},
        {CLI_INT, "--epochs", 'e', "N", &epochs, .brief = "how often all samples are seen (20)",
         .help = "(SOLVER.MAX_EPOCH of a YAML file, else 20); 0: only validate --weights; the "
                 "training set is not needed then",
         .max = 100000},
        {CLI_INT, "--patience", 0, "N", &s->patience,
         .help = "end when the best epoch of the validation lies N back (0: never)", .max = 100000},
        {CLI_INT, "--batch", 'b', "N", &s->batch, .brief = "clips in a step (8)",
         .help = "clips in a step (8)", .min = 1, .max = 4096},
        {CLI_DOUBLE, "--lr", 0, "X", &s->rate,
         .brief = "peak of the learning rate (0.1; persons 0.01)",
         .help = "peak of the learning rate (SOLVER.BASE_LR, else 0.1; 0.02 where more than the "
                 "classifier goes on from --weights; persons 0.01)",
         .min = 1e-9, .max = 1e3},
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
        {CLI_DOUBLE, "--drop-pathway", 0, "X", &s->drop_pathway,
         .help = "of networks that listen: share of the steps in which sound does not join what is "
                 "seen before the classifier (SLOWFAST.DROPPATHWAY_RATE, else 0.8)",
         .max = 1},
        {CLI_DOUBLE, "--sync-loss", 0, "X", &s->sync_loss,
         .help = "and weight of a loss that tells whether sound and pictures belong together (1 "
                 "where a YAML file has GET_MISALIGNED_AUDIO and AVS_FLAG, else 0)",
         .max = 1000},
        {CLI_DOUBLE, "--focal-gamma", 0, "X", &s->focal_gamma,
         .help = "focal loss: what is sure already counts less (0)", .max = 100},
        {CLI_DOUBLE, "--focal-alpha", 0, "X", &s->focal_alpha, .help = "and its factor (1)",
         .min = 1e-6, .max = 1000},
        {CLI_TEXT, "--class-weights", 0, "FILE.csv", &s->class_weights,
         .help = "rows CLASS_ID,WEIGHT: how much the loss makes of a class (1)", .file = CLI_READS},
        {CLI_FLAG, "--by-class", 0, NULL, &s->by_class,
         .help = "draw samples so that rare classes come as often as others"},
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
         .brief = "gets last.safetensors, best.safetensors, log.csv ...",
         .help = "gets last.safetensors, with a validation set best.safetensors, state.bin, "
                 "log.csv, curve.svg and cache/ (decoded frames and sound, may be deleted)",
         .file = CLI_FILLS, .creates = run_files},
        {CLI_FLAG, "--resume", 0, NULL, &s->resume, .brief = "continue the run in DIR",
         .help = "continue the run in DIR, where there is one; more --epochs may be wanted now"},
        {CLI_FLAG, "--force", 0, NULL, &s->force, .help = "begin anew where DIR holds a run"},
        {CLI_FLAG, "--tensorboard", 0, NULL, &s->tensorboard,
         .help = "also write " EVENTS " for TensorBoard"},
        {CLI_INT, "--threads", 't', "N", &s->threads, .brief = "0: one per core (0)",
         .help = "0: one per core (0)", .min = 0, .max = 1024},
        {CLI_FLAG, "--quiet", 'q', NULL, &o->quiet, .brief = "no progress on stderr",
         .help = "no progress on stderr"},
        {0},
    };
    const cli_program program = {
        .name = NAME,
        .summary =
            "Trains a SlowFast network on videos with labelled people, or on labelled videos, or a "
            "detector of persons, from nothing or from a checkpoint.",
        .notes =
            "Exit status: 0 done; 1 failed; 2 wrong usage; 130 stopped by Ctrl-C, resumable.\n"
            "\n"
            "Examples:\n"
            "  sftrain -w net.safetensors --freeze backbone -g own.csv -l own.pbtxt -v clips -o "
            "own\n"
            "  sftrain -c net.yaml -w SLOWFAST_8x8_R50.pkl -g own.csv -l own.pbtxt -v clips -o "
            "run\n"
            "  sftrain -c kinetics_net.yaml --list kinetics/train.csv -v clips -o kinetics_run\n"
            "  sftrain --persons -g train.csv --val-gt val.csv -v clips -o persons",
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
    if (!parse_freeze(s, o->freeze))
        return cli_usage_error(NAME,
                               "--freeze %s: wanted backbone, or stages: stem, res2 to res5, "
                               "or a range as stem..res3",
                               o->freeze);
    static const sfd_train_schedule schedules[] = {SFD_TRAIN_AS_CONFIGURED, SFD_TRAIN_COSINE,
                                                   SFD_TRAIN_STEPS};
    s->schedule = schedules[o->schedule];
    return cli_override(NAME, &s->config, &o->overrides);
}

/* Training is one course over all epochs, whose rate and time left include the validation between
 * them; what comes before and between has lines of its own. */
typedef struct display {
    cli_progress course, other;
    char course_what[64];
    const char *phase;
    bool quiet;
    const sfd_train_settings *train;
} display;

static void clear(display *d)
{
    cli_progress_clear(&d->course);
    cli_progress_clear(&d->other);
}

static void on_step(display *d, const char *what, size_t n_done, size_t n_total, double loss,
                    double rate)
{
    if (d->phase != what)
        cli_progress_clear(&d->other);
    if (!d->course.what) {
        cli_progress_start(&d->course, d->course_what, n_total, d->quiet);
        d->course.first = n_done;
    }
    snprintf(d->course_what, sizeof d->course_what, "%s (loss %.4f, learning rate %.4f)", what,
             loss, rate);
    cli_progress_update(&d->course, n_done);
}

static void on_progress(void *user, const char *what, size_t n_done, size_t n_total, double loss,
                        double rate)
{
    display *d = user;
    if (!isnan(loss)) {
        on_step(d, what, n_done, n_total, loss, rate);
    } else {
        if (d->phase != what || d->other.total != n_total) {
            clear(d);
            cli_progress_start(&d->other, what, n_total, d->quiet);
        }
        cli_progress_update(&d->other, n_done);
    }
    d->phase = what;
}

static void on_message(void *user, const char *message)
{
    display *d = user;
    clear(d);
    if (!d->quiet)
        cli_warn(NAME, "%s", message);
}

static void on_warning(void *user, const char *message)
{
    display *d = user;
    clear(d);
    cli_warn(NAME, "warning: %s", message);
}

static void on_epoch(void *user, const sfd_train_epoch *e)
{
    display *d = user;
    clear(d);
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

/* What to do with it, as a command. */
static void on_end(void *user, const sfd_train_epoch *best, int n_epochs)
{
    const display *d = user;
    const sfd_train_settings *s = d->train;
    const char *file = best ? "best" : "last";
    char measure[64] = "";
    if (best && !isnan(best->ap50))
        snprintf(measure, sizeof measure, ", AP50 %.4f", best->ap50);
    else if (best && !isnan(best->top1))
        snprintf(measure, sizeof measure, ", top-1 %.4f", best->top1);
    else if (best)
        snprintf(measure, sizeof measure, ", mAP %.4f", best->map);
    if (best)
        cli_print("best epoch: %d of %d%s%s\n", best->epoch, n_epochs, measure,
                  best->epoch == 0 ? ", the weights that it began with" : "");
    cli_print("look at it: sfreport %s -o %s/report.html\n", s->out, s->out);
    if (s->quantise_as) {
        cli_print("quantise it: sfmodel quantise %s/%s.safetensors --scales %s -o "
                  "%s/%s.int8.safetensors\n",
                  s->out, file, s->quantise_as, s->out, file);
        return;
    }
    cli_print("use it: %s %s/%s.safetensors VIDEO\n",
              s->persons ? "sfdetect --persons"
              : s->list  ? "sfclassify --weights"
                         : "sfdetect --weights",
              s->out, file);
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
    d.train = &o.train;
    o.train.user = &d;
    o.train.on_message = on_message;
    o.train.on_progress = on_progress;
    o.train.on_epoch = on_epoch;
    o.train.on_warning = on_warning;
    o.train.on_end = on_end;
    o.train.should_stop = cli_should_stop;
    const sfd_status status = sfd_train_run(&o.train, &err);
    clear(&d);
    cli_overrides_free(&o.overrides);
    if (status == SFD_ERR_CANCELLED) {
        cli_warn(NAME, "stopped; --resume continues");
        return CLI_INTERRUPTED;
    }
    if (status != SFD_OK)
        return cli_fail(NAME, &err);
    return cli_finish_stdout(NAME, CLI_DONE);
}
