/* SPDX-License-Identifier: Apache-2.0 */
#include "sfeval_options.h"

#include "cli.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TUBE_FRAMES 15

/* A range of thresholds must hit its decimal values exactly: boxes at exactly 0.6 exist. */
static double rounded(double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.12g", x);
    return strtod(text, NULL);
}

/* "A" or "A:B:STEP" of n characters; false when it is neither. */
static bool parse_iou_range(options *s, const char *text, size_t n)
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

static int parse_ious(options *s)
{
    for (const char *text = s->iou ? s->iou : "0.5";; text++) {
        size_t n = strcspn(text, ",");
        if (!parse_iou_range(s, text, n))
            return cli_usage_error(SFEVAL,
                                   "--iou: \"%s\" is not a threshold above 0 and at most 1, a list "
                                   "0.5,0.75 or a range FIRST:LAST:STEP of at most %d thresholds",
                                   s->iou, MAX_IOUS);
        text += n;
        if (!*text)
            return CLI_CONTINUE;
    }
}

static int check_tubes_usage(const options *s)
{
    if (s->boxes || s->tracks)
        return cli_usage_error(SFEVAL, "--tubes measures actions, %s persons: one of them",
                               s->boxes ? "--boxes" : "--tracks");
    if (s->n_ious > 1)
        return cli_usage_error(SFEVAL, "--iou is one threshold, of the boxes in frames");
    if (strcmp(s->gt, "-") == 0)
        return cli_usage_error(SFEVAL, "--gt: a pickle is read in places: no stdin");
    return CLI_CONTINUE;
}

/* Of the options most are about AVA's actions. */
static int check_other_usage(const options *s)
{
    const char *mode = s->tubes ? "--tubes" : s->boxes ? "--boxes" : "--tracks";
    const struct {
        const char *name;
        bool given;
    } others[] = {{"--labels", s->labels != NULL},    {"--exclude", s->exclude != NULL},
                  {"--dialect", s->dialect != 0},     {"--errors", s->errors},
                  {"--plot", s->plot != NULL},        {"--python-O", s->python_O},
                  {"--bootstrap", s->bootstrap != 0}, {"--sort", s->sort != 0},
                  {"--min-score", s->min_score > 0}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].given)
            return cli_usage_error(SFEVAL, "%s is about AVA's actions and cannot go with %s",
                                   others[i].name, mode);
    if (s->tubes)
        return check_tubes_usage(s);
    if (s->n_ious > 1 || (!s->tracks && s->iou))
        return cli_usage_error(SFEVAL, "--iou is one threshold, of --tracks");
    if (strcmp(s->gt, "-") == 0 && (s->n_paths > 1 || (s->boxes && s->tracks)))
        return cli_usage_error(SFEVAL,
                               "the truth is read again for each file and measure: no stdin");
    if (s->boxes && s->tracks)
        for (size_t i = 0; i < s->n_paths; i++)
            if (strcmp(s->paths[i], "-") == 0)
                return cli_usage_error(SFEVAL, "stdin cannot be read for boxes and tracks");
    return CLI_CONTINUE;
}

static int check_usage(const options *s)
{
    int n_stdin = s->exclude && strcmp(s->exclude, "-") == 0;
    n_stdin += s->labels && strcmp(s->labels, "-") == 0;
    n_stdin += s->gt && strcmp(s->gt, "-") == 0;
    for (size_t i = 0; i < s->n_paths; i++)
        n_stdin += strcmp(s->paths[i], "-") == 0;
    if (!s->gt)
        return cli_usage_error(SFEVAL, "--gt FILE (ground truth) was wanted");
    if (n_stdin > 1)
        return cli_usage_error(SFEVAL, "\"-\" (stdin) can be read for one file only");
    if (!s->tubes && (s->linking || s->best_label || s->min_frames != TUBE_FRAMES || s->fps > 0 ||
                      s->first_label >= 0))
        return cli_usage_error(
            SFEVAL, "--link, --best-label, --first-label, --tube-frames and --fps are of --tubes");
    if (s->boxes || s->tracks || s->tubes)
        return check_other_usage(s);
    if (s->min_score > 0 && !s->errors)
        return cli_usage_error(SFEVAL, "--min-score is for --errors");
    if ((s->errors || s->bootstrap) && (s->dialect == ALL_DIALECTS || s->n_ious > 1))
        return cli_usage_error(SFEVAL, "%s wants one dialect and one --iou",
                               s->errors ? "--errors" : "--bootstrap");
    if (s->bootstrap && s->n_paths < 2)
        return cli_usage_error(SFEVAL,
                               "--bootstrap compares files with the first: two were wanted");
    if (s->plot && (s->dialect == ALL_DIALECTS || s->n_ious > 1))
        return cli_usage_error(SFEVAL, "--plot wants one dialect and one --iou");
    if (s->plot && s->n_paths > 6)
        return cli_usage_error(SFEVAL, "--plot shows up to 6 detections files, not %zu",
                               s->n_paths);
    return CLI_CONTINUE;
}

int parse_options(options *s, int argc, char **argv)
{
    static const char *const dialects[] = {
        "activitynet_2020", "activitynet_2019", "pyslowfast", "mmaction2", "all", NULL};
    static const char *const sorts[] = {"count", "ap", "id", NULL};
    static const char *const links[] = {"mmaction2", "own-scores", "persons", NULL};
    s->min_frames = TUBE_FRAMES;
    s->first_label = -1;
    s->seed = 1;
    const cli_option table[] = {
        {CLI_HEADING, .name = "Input"},
        {CLI_TEXT, "--gt", 'g', "FILE", &s->gt, .brief = "ground truth, csv rows as AVA's",
         .help = "ground truth csv: video_id,timestamp,x1,y1,x2,y2,action_id[,person_id]",
         .file = CLI_READS},
        {CLI_FLAG, "--boxes", 0, NULL, &s->boxes, .brief = "persons' boxes: COCO's AP and recall",
         .help =
             "measure persons' boxes, whatever they do: COCO's AP and recall, in percent. Truth "
             "and files are csv video_id,timestamp,x1,y1,x2,y2[,label[,score]], of which AVA's "
             "truth counts every box once, or COCO's JSON"},
        {CLI_FLAG, "--tracks", 0, NULL, &s->tracks, .brief = "who is who: MOTA, IDF1",
         .help = "measure who is who: MOTA, IDF1, id switches. Truth and files are MOT csv "
                 "frame,id,x,y,width,height,conf,..., or csv as for --boxes with person ids last"},
        {CLI_FLAG, "--tubes", 0, NULL, &s->tubes,
         .brief = "actions in tubes: MultiSports, UCF101-24, JHMDB",
         .help = "frame mAP and video mAP of MultiSports, UCF101-24, JHMDB: the truth is their "
                 "pickle with \"gttubes\"; files are csv video_id,frame,x1,y1,x2,y2,label,score[,"
                 "person_id], sfdetect's JSON lines, MMAction2's dumped results, or MOT csv of a "
                 "video, which has no labels"},
        {CLI_TEXT, "--labels", 'l', "FILE", &s->labels,
         .brief = "the classes that count, AVA's pbtxt (its benchmark's 60)",
         .help = "classes that count: AVA pbtxt, or ava-80 for all of AVA's (default: ava-60, "
                 "those of its "
                 "benchmark)",
         .file = CLI_READS},
        {CLI_TEXT, "--exclude", 'e', "FILE", &s->exclude,
         .brief = "csv rows video_id,timestamp of frames that do not count",
         .help = "frames that do not count: video_id,timestamp", .file = CLI_READS},
        {CLI_HEADING, .name = "Rules"},
        {CLI_CHOICE, "--dialect", 'd', "NAME", &s->dialect,
         .brief = "activitynet_2020, activitynet_2019, pyslowfast, mmaction2, all",
         .help = "whose numbers to reproduce; \"all\" prints the four mAPs side by side",
         .choices = dialects},
        {CLI_TEXT, "--iou", 0, "X", &s->iou,
         .brief = "thresholds: T, a list T,T... or FIRST:LAST:STEP (0.5)",
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
        {CLI_INT, "--first-label", 0, "N", &s->first_label,
         .help =
             "--tubes: what csv and JSON call the truth's first label, 0 or 1 (default: 0 where "
             "the file has one, as those of MultiSports networks)",
         .min = 0, .max = 1},
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
         .brief = "what kinds of errors there are, and what each costs",
         .help = "what is wrong with the false positives and the missed truths, the mAP that "
                 "repairing each kind would give, and which labels are said instead of which"},
        {CLI_DOUBLE, "--min-score", 0, "S", &s->min_score,
         .help = "--errors: detections that score less do not count there (0). At 0 nearly every "
                 "label is detected somewhere; what is shown to users tells more",
         .min = 0, .max = 1},
        {CLI_INT, "--bootstrap", 0, "N", &s->bootstrap,
         .brief = "is a difference more than luck: draws of videos",
         .help = "are the differences to the first file more than luck of the videos? Scores all "
                 "on N draws of the videos with replacement and prints intervals of 95 %",
         .min = 1, .max = 100000},
        {CLI_UINT64, "--seed", 0, "N", &s->seed, .help = "of --bootstrap (default 1)"},
        {CLI_TEXT, "--json", 0, "FILE", &s->json, .brief = "all figures with full precision",
         .help = "everything with full precision (\"-\": stdout, without the tables)",
         .file = CLI_WRITES},
        {CLI_TEXT, "--plot", 0, "FILE", &s->plot, .brief = "SVG of bars: AP of each class",
         .help = "bars of AP per class as SVG", .file = CLI_WRITES},
        {0}};
    const cli_program program = {
        .name = SFEVAL,
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
        .options = table,
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
