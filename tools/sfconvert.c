/* SPDX-License-Identifier: Apache-2.0 */
/* sfconvert: labelled people from one format into another. */
#include "cli.h"

#include <sfdet/annotations.h>
#include <sfdet/codecs.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define NAME        "sfconvert"
#define MAX_FORMATS 32

typedef struct options {
    const char *output, *folder, *labels, *labels_output, *video_id, *videos, *size;
    int from, to; /* 0: by content and name; else format + 1 */
    double fps, timestamp_offset_s, min_score, every_s, join_s;
    bool strict, quiet;
} options;

typedef struct app {
    options o;
    int width, height;
    sfd_annotations *set;
    bool over_video; /* an output is one of --videos */
} app;

/* "by-name" and the names of the formats, ended by NULL. */
static const char *format_names[MAX_FORMATS + 2] = {"by-name"};

static void list_formats(char *text, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < sfd_annotation_format_count() && i < MAX_FORMATS; i++) {
        const sfd_annotation_format *f = sfd_annotation_format_get(i);
        format_names[i + 1] = f->name;
        at += (size_t)snprintf(text + at, at < n ? n - at : 0, "  %-13s%s%s\n", f->name, f->summary,
                               f->writes ? "" : " (read only)");
    }
}

static const char *const folder_files[] = {"*.xml", "*.csv", "*.json", "*.jsonl",
                                           "*.txt", "*.pkl", NULL};

static int parse_options(options *o, int argc, char **argv, int *n_inputs)
{
    char formats[4096] = "", notes[8192];
    list_formats(formats, sizeof formats);
    snprintf(notes, sizeof notes,
             "Formats:\n%s\n"
             "What a format cannot hold is left out and told by number on stderr.\n"
             "\n"
             "Exit status: 0 done; 1 failed, an existing output is left alone; 2 wrong usage.\n"
             "\n"
             "Examples: sfconvert --videos clips annotations.xml -o train.csv\n"
             "          sfconvert --min-score 0.3 --videos clips dets.jsonl -o clip.xml",
             formats);
    *o = (options){.join_s = 1};
    const cli_option table[] = {
        {CLI_HEADING, .name = "Input"},
        {CLI_CHOICE, "--from", 0, "FORMAT", &o->from,
         .brief = "format of the inputs (found out by their content)",
         .help = "format of the inputs; default: found out by their content",
         .choices = format_names},
        {CLI_TEXT, "--labels", 'l', "FILE.pbtxt", &o->labels,
         .brief = "ids and names of the actions; others are left out",
         .help = "ids and names of the actions; others are left out. ava-80, ava-60: AVA's own. "
                 "Default: as in the files, numbered in order of appearance where they have no ids",
         .file = CLI_READS},
        {CLI_TEXT, "--videos", 0, "DIR", &o->videos,
         .brief = "folder of the videos: sizes and frame rates are theirs",
         .help = "folder of the videos, called as the inputs call them, from whose headers sizes "
                 "and frame rates are taken"},
        {CLI_TEXT, "--size", 0, "WxH", &o->size,
         .help = "width and height of the videos, where neither they nor the files tell"},
        {CLI_DOUBLE, "--fps", 0, "X", &o->fps,
         .brief = "rate of the frames that inputs and output count",
         .help = "rate of the frames that inputs and output count; default: that of the video, "
                 "else 30",
         .min = 0.001, .max = 100000},
        {CLI_DOUBLE, "--timestamp-offset", 0, "SECONDS", &o->timestamp_offset_s,
         .brief = "timestamp of frame 0: 900 for AVA's cuts (0)",
         .help = "timestamp of frame 0 in formats with timestamps: 900 for AVA's 15-minute cuts "
                 "(0)",
         .min = -1e9, .max = 1e9},
        {CLI_TEXT, "--video-id", 0, "ID", &o->video_id,
         .help = "of the video, in formats that name none; default: the file's name"},
        {CLI_DOUBLE, "--min-score", 0, "S", &o->min_score,
         .brief = "leave out actions that score less (0)",
         .help = "leave out actions that score less (0)", .min = 0, .max = 1},
        {CLI_FLAG, "--strict", 0, NULL, &o->strict,
         .help = "refuse rows that cannot be used, which are else left out with a warning"},
        {CLI_HEADING, .name = "Output"},
        {CLI_TEXT, "--output", 'o', "FILE", &o->output, .brief = "the annotations; - is stdout",
         .help = "the annotations; - is stdout", .file = CLI_WRITES},
        {CLI_TEXT, "--output-dir", 0, "DIR", &o->folder, .brief = "instead a file for each video",
         .help = "instead of one file one for each video, called like it: for formats of one video",
         .file = CLI_FILLS, .creates = folder_files},
        {CLI_CHOICE, "--to", 0, "FORMAT", &o->to,
         .brief = "format of the output (by its extension)",
         .help = "format of the output; default: the one of its extension, where there is one only",
         .choices = format_names},
        {CLI_TEXT, "--labels-output", 0, "FILE.pbtxt", &o->labels_output,
         .brief = "the actions' ids and names",
         .help = "the actions' ids and names, for sfeval, sftrain and others", .file = CLI_WRITES},
        {CLI_DOUBLE, "--every", 0, "SECONDS", &o->every_s,
         .help = "formats of keyframes: time between these; boxes of persons who move in between "
                 "are interpolated. Default: the boxes that somebody drew, at their own times",
         .min = 0.001, .max = 1e9},
        {CLI_DOUBLE, "--join", 0, "SECONDS", &o->join_s,
         .help = "formats of tracks: a person's boxes no further apart belong to one movement (1)",
         .min = 0, .max = 1e9},
        {CLI_FLAG, "--quiet", 'q', NULL, &o->quiet, .brief = "no summary on stderr",
         .help = "no summary on stderr"},
        {0},
    };
    const cli_program program = {
        .name = NAME,
        .operands = "FILE...",
        .operand_file = CLI_READS,
        .summary = "Converts labelled people between the formats of data sets, annotation tools "
                   "and trackers. Several inputs become one output.",
        .notes = notes,
        .options = table,
        .min_operands = 1,
        .max_operands = 1 << 20,
    };
    return cli_parse(&program, argc, argv, n_inputs);
}

static int check_options(app *a, int n_inputs)
{
    char rest;
    const options *o = &a->o;
    if (!o->output && !o->folder && !o->labels_output)
        return cli_usage_error(NAME, "no output: --output FILE");
    if (o->folder && (o->output || o->to == 0))
        return cli_usage_error(NAME, o->output ? "--output and --output-dir are two ways"
                                               : "--output-dir needs a format: --to FORMAT");
    if (o->size && (sscanf(o->size, "%dx%d%c", &a->width, &a->height, &rest) != 2 || a->width < 1 ||
                    a->height < 1 || a->width > 1000000 || a->height > 1000000))
        return cli_usage_error(NAME, "--size: \"%s\" is not WIDTHxHEIGHT", o->size);
    if (o->video_id && n_inputs > 1)
        return cli_usage_error(NAME, "--video-id is for one input, %d were given", n_inputs);
    return CLI_CONTINUE;
}

/* ID.mp4, with any extension of its own. */
static bool is_called(const char *name, const char *id)
{
    const size_t n = strlen(id);
    return strncmp(name, id, n) == 0 && name[n] == '.' && name[n + 1] && !strchr(name + n + 1, '.');
}

/* The file of a video in a folder where annotations may lie, too: the first that is one. */
static bool look_up(app *a, const char *id, sfd_video_facts *facts)
{
    const char *folder = a->o.videos;
    bool found = false;
    DIR *dir = opendir(folder);
    for (struct dirent *d = dir ? readdir(dir) : NULL; d && !found; d = readdir(dir)) {
        char *path =
            is_called(d->d_name, id) ? malloc(strlen(folder) + strlen(d->d_name) + 2) : NULL;
        if (!path)
            continue;
        sprintf(path, "%s/%s", folder, d->d_name);
        found = sfd_video_look_up(facts, path, NULL, NULL, NULL) == SFD_OK;
        if (found && cli_check_video(NAME, path) != CLI_CONTINUE)
            a->over_video = true;
        free(path);
    }
    if (dir)
        closedir(dir);
    return found;
}

static bool find_video(void *user, const char *video_id, sfd_video_facts *facts)
{
    app *a = user;
    if (!a->o.videos)
        return false;
    if (look_up(a, video_id, facts))
        return true;
    cli_warn(NAME, "warning: no video \"%s\" in %s", video_id, a->o.videos);
    return false;
}

static void on_warning(void *user, const char *message)
{
    (void)user;
    cli_warn(NAME, "warning: %s", message);
}

static sfd_status read_all(app *a, char **inputs, int n_inputs, sfd_error *err)
{
    const options *o = &a->o;
    sfd_annotation_settings s;
    sfd_annotation_settings_defaults(&s);
    s.labels = o->labels;
    s.video_id = o->video_id;
    s.fps = o->fps;
    s.timestamp_offset_s = o->timestamp_offset_s;
    s.width = a->width;
    s.height = a->height;
    s.min_score = o->min_score;
    s.every_s = o->every_s;
    s.join_s = o->join_s;
    s.strict = o->strict;
    s.user = a;
    s.find_video = find_video;
    s.on_warning = on_warning;
    sfd_status status = sfd_annotations_create(&a->set, &s, err);
    const char *format = o->from > 0 ? format_names[o->from] : NULL;
    for (int i = 0; status == SFD_OK && i < n_inputs; i++)
        status = sfd_annotations_read(a->set, inputs[i], format, err);
    return status;
}

/* A file's path for a video, to be freed. Ids are no ways into other folders. */
static sfd_status path_of(char **out, const options *o, const char *id,
                          const sfd_annotation_format *f, sfd_error *err)
{
    const char *ending = *f->extension ? f->extension : ".xml";
    *out = NULL;
    if (strchr(id, '/') || strcmp(id, ".") == 0 || strcmp(id, "..") == 0) {
        snprintf(err->message, sizeof err->message,
                 "a file cannot be called like the video \"%.400s\"", id);
        return SFD_ERR_ARG;
    }
    *out = malloc(strlen(o->folder) + strlen(id) + strlen(ending) + 2);
    if (!*out) {
        snprintf(err->message, sizeof err->message, "out of memory");
        return SFD_ERR_NOMEM;
    }
    sprintf(*out, "%s/%s%s", o->folder, id, ending);
    return SFD_OK;
}

/* Each video in a file of its own. */
static sfd_status write_each(app *a, size_t n_videos, sfd_error *err)
{
    const sfd_annotation_format *f = sfd_annotation_format_get((size_t)a->o.to - 1);
    sfd_status status = SFD_OK;
    if (mkdir(a->o.folder, 0777) != 0 && errno != EEXIST) {
        snprintf(err->message, sizeof err->message, "%.300s: cannot create: %s", a->o.folder,
                 strerror(errno));
        return SFD_ERR_IO;
    }
    for (size_t i = 0; status == SFD_OK && i < n_videos; i++) {
        char *path;
        status = path_of(&path, &a->o, sfd_annotations_video(a->set, i), f, err);
        if (status == SFD_OK)
            status = sfd_annotations_write_video(a->set, i, path, f->name, err);
        free(path);
    }
    return status;
}

/* True where only --to can tell the format. */
static bool lacks_format(const options *o)
{
    const char *extension = o->output ? strrchr(o->output, '.') : NULL;
    int n = 0;
    for (size_t i = 0; extension && i < sfd_annotation_format_count(); i++) {
        const sfd_annotation_format *f = sfd_annotation_format_get(i);
        n += f->writes && strcasecmp(f->extension, extension) == 0;
    }
    return o->output && o->to == 0 && n != 1;
}

static int run(app *a, char **inputs, int n_inputs)
{
    const options *o = &a->o;
    sfd_error err;
    sfd_annotation_counts n;
    if (lacks_format(o))
        return cli_usage_error(NAME, "\"%s\" does not tell the format: --to FORMAT", o->output);
    sfd_status status = read_all(a, inputs, n_inputs, &err);
    if (a->over_video)
        return CLI_USAGE;
    if (status == SFD_OK && o->output)
        status =
            sfd_annotations_write(a->set, o->output, o->to > 0 ? format_names[o->to] : NULL, &err);
    if (status == SFD_OK)
        sfd_annotations_count(a->set, &n);
    if (status == SFD_OK && o->folder)
        status = write_each(a, n.n_videos, &err);
    if (status == SFD_OK && o->labels_output)
        status = sfd_annotations_write_labels(a->set, o->labels_output, &err);
    if (status != SFD_OK)
        return cli_fail(NAME, &err);
    if (!o->quiet)
        cli_note("%zu video%s, %zu person%s followed or boxes alone, %zu box%s, %zu action%s of "
                 "%zu label%s\n",
                 n.n_videos, cli_plural(n.n_videos), n.n_tracks, cli_plural(n.n_tracks), n.n_boxes,
                 n.n_boxes == 1 ? "" : "es", n.n_actions, cli_plural(n.n_actions), n.n_labels,
                 cli_plural(n.n_labels));
    return CLI_DONE;
}

int main(int argc, char **argv)
{
    app a = {0};
    int n_inputs;
    cli_start();
    int exit_status = parse_options(&a.o, argc, argv, &n_inputs);
    if (exit_status == CLI_CONTINUE)
        exit_status = check_options(&a, n_inputs);
    if (exit_status == CLI_CONTINUE) {
        sfd_quiet_codecs();
        exit_status = run(&a, argv + 1, n_inputs);
    }
    sfd_annotations_free(a.set);
    return cli_finish_stdout(NAME, exit_status);
}
