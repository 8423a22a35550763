/* SPDX-License-Identifier: Apache-2.0 */
/* What sfclassify's command line may say. */
#include "sfclassify_options.h"

/* In the order of their enumerations. */
static const char *const samplings[] = {"configured", "uniform",  "offset",
                                        "spread",     "segments", NULL};
static const char *const averages[] = {"configured", "mean", "max", NULL};

int parse_options(options *o, int argc, char **argv, int *n_operands)
{
    int sampling = SFD_CLIPS_AS_CONFIGURED, average = SFD_AVERAGE_AS_CONFIGURED;
    *o = (options){.top = 5, .precision = CLI_NO_PRECISION};
    sfd_classify_settings_defaults(&o->views);
    const cli_option table[] = {
        {CLI_HEADING, .name = "Network"},
        {CLI_TEXT, "--weights", 'w', "FILE", &o->weights,
         .brief = "trained weights, or a published checkpoint's name (sfmodel zoo)",
         .help = "trained weights, or the name of a published checkpoint (sfmodel zoo)",
         .file = CLI_READS},
        {CLI_TEXT, "--config", 'c', "NAME|FILE", &o->config,
         .brief = "preset or PySlowFast YAML file (what the weights say)",
         .help = "preset or PySlowFast YAML file; default: what the weights say",
         .file = CLI_READS},
        {CLI_INT, "--threads", 't', "N", &o->threads,
         .brief = "threads of the network; 0: one per core",
         .help = "threads of the network, no more than there are cores; 0: one per core", .min = 0,
         .max = 1024},
        CLI_CPU(&o->cpu),
        CLI_PRECISION(&o->precision),
        {CLI_FLAG, "--exact", 0, NULL, &o->exact,
         .help = "plain convolutions only: slower, with smaller rounding errors"},
        {CLI_HEADING, .name = "Views (defaults: the configuration's)"},
        {CLI_INT, "--clips", 0, "N", &o->views.n_clips,
         .brief = "clips in time (TEST.NUM_ENSEMBLE_VIEWS, 10)",
         .help = "clips in time (TEST.NUM_ENSEMBLE_VIEWS, 10)", .min = 1, .max = 1000},
        {CLI_INT, "--crops", 0, "N", &o->views.n_crops,
         .brief = "crops of each (TEST.NUM_SPATIAL_CROPS, 3)",
         .help = "crops of each: left, centre and right, or top, centre and bottom "
                 "(TEST.NUM_SPATIAL_CROPS, 3)",
         .min = 1, .max = 3},
        {CLI_INT, "--short-side", 0, "N", &o->views.short_side_px,
         .help = "short side of the pictures that they are cut from (DATA.TEST_CROP_SIZE)",
         .min = 32, .max = 4096},
        {CLI_INT, "--crop", 0, "N", &o->views.crop_px,
         .help = "side of a crop (DATA.TEST_CROP_SIZE)", .min = 32, .max = 4096},
        {CLI_CHOICE, "--sampling", 0, "RULE", &sampling,
         .help = "where clips lie: uniform as for Kinetics, offset with DATA.USE_OFFSET_SAMPLING, "
                 "spread as for Charades, segments of the whole video as for SSv2; configured: "
                 "by TEST.DATASET:",
         .choices = samplings},
        {CLI_CHOICE, "--average", 0, "HOW", &average,
         .help = "what a class's scores in the views come to; configured: DATA.ENSEMBLE_METHOD:",
         .choices = averages},
        {CLI_DOUBLE, "--fps", 0, "X", &o->views.picture_fps,
         .help = "rate of folders and lists of pictures (30)", .min = 0.001, .max = 1000},
        {CLI_DOUBLE, "--picture-fps", 0, "X", &o->views.picture_fps, .help = "the same",
         .min = 0.001, .max = 1000},
        {CLI_HEADING, .name = "Input"},
        {CLI_TEXT, "--list", 0, "FILE.csv", &o->list,
         .brief = "videos, a line PATH or PATH LABEL each",
         .help =
             "videos or folders of pictures, a line PATH, PATH LABEL or PATH LABEL,LABEL each "
             "(or with a comma between), labels from 0; or PySlowFast's list of frames, "
             "original_vido_id video_id frame_id path labels; or MMAction2's of features, FILE.npy "
             "FRAMES LABEL; - is stdin",
         .file = CLI_READS},
        {CLI_TEXT, "--videos", 'v', "DIR", &o->videos,
         .brief = "folder of the relative paths in --list",
         .help = "folder of the paths in --list that are relative (the present one)"},
        {CLI_HEADING, .name = "Output"},
        {CLI_TEXT, "--output", 'o', "FILE", &o->csv,
         .brief = "csv rows path,class_id,score for every class",
         .help = "csv rows path,class_id,score for every class; - is stdout", .file = CLI_WRITES},
        {CLI_TEXT, "--json", 'j', "FILE", &o->json, .brief = "JSON lines, one per video",
         .help = "JSON lines, one per video, with its best classes; - is stdout",
         .file = CLI_WRITES},
        {CLI_TEXT, "--per-class", 0, "FILE", &o->per_class,
         .brief = "csv rows class_id,name,videos,accuracy,ap",
         .help = "csv rows class_id,name,videos,accuracy,ap, where labels are known",
         .file = CLI_WRITES},
        {CLI_INT, "--top", 0, "N", &o->top, .brief = "best classes of a video (5)",
         .help = "best classes of a video, in the summary and in JSON (5)", .min = 1, .max = 1000},
        {CLI_TEXT, "--names", 0, "FILE", &o->names,
         .brief = "names of the classes (those in the weights)",
         .help = "names of the classes: a line each, from class 0 on, or JSON {\"name\": number}; "
                 "default: those in the weights",
         .file = CLI_READS},
        {CLI_FLAG, "--quiet", 'q', NULL, &o->quiet, .brief = "no progress on stderr",
         .help = "no progress on stderr"},
        {0},
    };
    const cli_program program = {
        .name = SFCLASSIFY,
        .operands = "VIDEO|FOLDER|SOUND...",
        .operand_file = CLI_READS,
        .summary = "Says what whole videos show: scores of a network's classes, over clips in time "
                   "and crops of the picture, and how good they are where labels are given.",
        .notes =
            "Networks that only listen (MMAction2's recognisers of sound) take videos, files of "
            "sound, and\n"
            "MMAction2's features, FILE.npy; there are no crops of these.\n"
            "\n"
            "Without --output and --json every video's best classes are printed; accuracy and "
            "mAP at the end.\n"
            "\n"
            "Exit status: 0 done; 1 failed; 2 wrong usage; 3 done, but for some videos; 130 "
            "stopped by\n"
            "Ctrl-C, with what was done kept.\n"
            "\n"
            "Example: sfclassify -w SLOWFAST_8x8_R50.pkl --names kinetics.txt clip.mp4\n"
            "         sfclassify -w run/last.safetensors --list kinetics/val.csv --videos clips "
            "-o scores.csv",
        .options = table,
        .max_operands = 1 << 20,
        .overrides = &o->overrides,
    };
    const int exit_status = cli_parse(&program, argc, argv, n_operands);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    o->views.sampling = (sfd_clip_sampling)sampling;
    o->views.average = (sfd_view_average)average;
    if (!o->weights)
        return cli_usage_error(SFCLASSIFY, "no network given: --weights FILE is needed");
    if ((*n_operands > 0) == (o->list != NULL))
        return cli_usage_error(SFCLASSIFY, "either videos or --list is wanted");
    if (o->videos && !o->list)
        return cli_usage_error(SFCLASSIFY, "--videos goes with --list");
    if (o->per_class && !o->list)
        return cli_usage_error(SFCLASSIFY, "--per-class takes labels, of a --list");
    return cli_override(SFCLASSIFY, &o->config, &o->overrides);
}
