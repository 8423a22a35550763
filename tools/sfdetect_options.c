/* SPDX-License-Identifier: Apache-2.0 */
/* What sfdetect's command line may say. */
#include "sfdetect_options.h"

#include "cli.h"
#include "persons.h"
#include "sfdetect_set.h"
#include "text.h"

#include <string.h>
#include <strings.h>

const char *const image_formats[] = {"png", "jpg", NULL};

static const char *const feature_types[] = {"f32", "f16", NULL};

static const char *const picture_names[] = {"*_*.png", "*_*.jpg", NULL};

static int read_scales(options *o)
{
    const char *at = o->scale_list;
    while (at) {
        const size_t n = strcspn(at, ",");
        long long side;
        if (!cli_parse_long(at, n, &side) || side < 32 || side > 4096 || o->n_scales == MAX_SCALES)
            return cli_usage_error(SFDETECT,
                                   "--scales: \"%s\" is not a list of at most %d short sides of "
                                   "32 to 4096 pixels, with commas between",
                                   o->scale_list, MAX_SCALES);
        for (int i = 0; i < o->n_scales; i++)
            if (o->scales[i] == side)
                return cli_usage_error(SFDETECT, "--scales: %lld occurs twice", side);
        o->scales[o->n_scales++] = (int)side;
        at = at[n] ? at + n + 1 : NULL;
    }
    return CLI_CONTINUE;
}

bool has_outputs(const options *o)
{
    return o->csv || o->json || o->features || o->segments || o->tracks || o->keyframes ||
           o->render || o->mjpeg;
}

bool is_told_only(const options *o)
{
    return !has_outputs(o) && !o->live && !o->out_dir;
}

bool needs_following(const options *o)
{
    return o->track || o->tracks || o->segments || o->also_tracks;
}

/* What would have no effect is refused by name. */
static int check_effects(const options *o)
{
    const bool found = !o->proposals, follows = needs_following(o);
    const bool draws = o->keyframes || o->render || o->mjpeg;
    const char *const for_found = "is for persons that are found, without --proposals";
    const char *const for_drawing = "is for --keyframes, --render and --mjpeg";
    const struct {
        const char *name;
        bool given, works;
        const char *why;
    } rules[] = {
        {"--person-threshold", o->person_threshold >= 0, found, for_found},
        {"--max-persons", o->max_persons > 0, found, for_found},
        {"--person-class", o->person_class >= 0, found, for_found},
        {"--track", o->track, found, for_found},
        {"--track-fps", o->track_fps > 0, found, for_found},
        {"--track-fps", o->track_fps > 0, follows || is_told_only(o),
         "is for persons who are followed: --track, --tracks or --segments"},
        {"--box-threshold", o->box_threshold >= 0, !found,
         "is for --proposals; --person-threshold says who is found"},
        {"--mjpeg", o->mjpeg != NULL, o->live != NULL,
         "goes with --live; --keyframes and --render draw"},
        {"--give-up", o->give_up_s >= 0, o->live != NULL, "is for --live"},
        {"--features-type", o->feature_type > 0, o->features || o->also_features || o->also_npz,
         "is for --features and --also features"},
        {"--image-format", o->image_format > 0, o->keyframes != NULL, "is for --keyframes"},
        {"--render-threshold", o->render_threshold >= 0, draws, for_drawing},
        {"--scale", o->scale > 1, draws, for_drawing},
    };
    if (o->proposals && o->persons)
        return cli_usage_error(SFDETECT, "--proposals and --persons: persons are given or found");
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].given && !rules[i].works)
            return cli_usage_error(SFDETECT, "%s %s", rules[i].name, rules[i].why);
    return CLI_CONTINUE;
}

/* What was not said, where it matters whether it was. */
static void fill_in(options *o)
{
    if (o->give_up_s < 0)
        o->give_up_s = 60;
    if (o->render_threshold < 0)
        o->render_threshold = 0.5;
    if (!(o->track_fps > 0))
        o->track_fps = DEFAULT_TRACK_FPS;
}

static int check_live_options(const options *o, int n_clips)
{
    const char *wrong = o->proposals                 ? "--proposals"
                        : o->segments                ? "--segments"
                        : o->features                ? "--features"
                        : o->render                  ? "--render"
                        : o->track                   ? "--track"
                        : o->tracks                  ? "--tracks"
                        : o->jobs > 1                ? "--jobs"
                        : o->timestamp_offset_s != 0 ? "--timestamp-offset"
                                                     : NULL;
    if (n_clips > 0)
        return cli_usage_error(SFDETECT, "--live takes the place of clips, %d were given", n_clips);
    if (wrong)
        return cli_usage_error(SFDETECT, "%s cannot go with --live", wrong);
    return CLI_CONTINUE;
}

static int check_options(options *o, int n_clips)
{
    const int exit_status = read_scales(o);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    if (o->live)
        return check_live_options(o, n_clips);
    if (n_clips == 0 && !o->list)
        return cli_usage_error(SFDETECT, "no clip given: CLIP... was wanted");
    if (o->render && n_clips > 1)
        return cli_usage_error(SFDETECT, "--render takes one clip, %d were given", n_clips);
    const char *extension = o->segments ? strrchr(o->segments, '.') : NULL;
    if (n_clips > 1 && extension &&
        (strcasecmp(extension, ".vtt") == 0 || strcasecmp(extension, ".eaf") == 0))
        return cli_usage_error(SFDETECT, "--segments %s takes one clip, %d were given", o->segments,
                               n_clips);
    return CLI_CONTINUE;
}

int parse_options(options *o, const char *bundled, int argc, char **argv, int *n_clips)
{
    *o = (options){.weights = bundled,
                   .precision = CLI_NO_PRECISION,
                   .person_class = -1,
                   .box_threshold = -1,
                   .person_threshold = -1,
                   .render_threshold = -1,
                   .give_up_s = -1,
                   .scale = 1};
    const cli_option table[] = {
        {CLI_HEADING, .name = "Network"},
        {CLI_TEXT, "--weights", 'w', "FILE", &o->weights,
         .brief = "trained weights, or a published checkpoint's name (sfmodel zoo)",
         .help =
             "trained weights, or the name of a published checkpoint (sfmodel zoo); default: the "
             "bundled demo network, which knows synthetic figures only",
         .file = CLI_READS},
        {CLI_TEXT, "--config", 'c', "NAME|FILE", &o->config,
         .brief = "preset or PySlowFast YAML file (what the weights say)",
         .help = "preset or PySlowFast YAML file; default: what the weights say",
         .file = CLI_READS},
        {CLI_INT, "--threads", 't', "N", &o->threads,
         .brief = "threads of the network; 0: one per core",
         .help = "threads of the network, no more than there are cores; 0: one per core", .min = 0,
         .max = 1024},
        {CLI_INT, "--jobs", 0, "N", &o->jobs,
         .help =
             "keyframes computed at once, sharing the threads and the weights; the output is the "
             "same. Each takes memory of its own. 0, the default: by cores and free memory",
         .min = 0, .max = 256},
        CLI_CPU(&o->cpu),
        {CLI_FLAG, "--exact", 0, NULL, &o->exact,
         .help = "plain convolutions only: slower, with smaller rounding errors"},
        CLI_PRECISION(&o->precision),
        {CLI_TEXT, "--scales", 0, "N,N...", &o->scale_list,
         .help = "average the scores over pictures with these short sides, 224,256,320 for the "
                 "paper's \"++\" (the network's own alone)"},
        {CLI_FLAG, "--flip", 0, NULL, &o->flip,
         .help = "and over each of them mirrored. A view costs what a clip of its size does"},
        {CLI_HEADING, .name = "Persons, found"},
        {CLI_TEXT, "--persons", 0, "FILE", &o->persons,
         .brief = "weights of a person detector: YOLOX, Faster R-CNN (bundled)",
         .help =
             "weights of a person detector: yolox_s.pth and other YOLOX releases, or Faster R-CNN "
             "with FPN of Detectron2, MMDetection, torchvision or Detectron; default: "
             "the bundled detector, which learned from synthetic figures alone",
         .file = CLI_READS},
        {CLI_INT, "--person-class", 0, "N", &o->person_class,
         .help = "which of its classes is persons, counted from 0 (the only one, or COCO's first)",
         .max = 4095},
        {CLI_DOUBLE, "--every", 0, "SECONDS", &o->every_s, .brief = "seconds between keyframes (1)",
         .help = "time between keyframes, the first being the video's first frame (1); also for "
                 "MOT csv",
         .min = 0.04, .max = 1e6},
        {CLI_DOUBLE, "--person-threshold", 0, "S", &o->person_threshold,
         .help = "least score of a person (the network's own threshold, else 0.8)", .min = 0,
         .max = 1},
        {CLI_INT, "--max-persons", 0, "N", &o->max_persons,
         .help = "of a keyframe the N best ones; 0: all (0)", .max = 100000},
        {CLI_FLAG, "--track", 0, NULL, &o->track,
         .brief = "follow persons: ids that live through the clip",
         .help =
             "follow them: every person has an id that lives through the clip. --tracks, --also "
             "tracks and --segments imply it, and so does no output at all"},
        {CLI_DOUBLE, "--track-fps", 0, "X", &o->track_fps,
         .help = "pictures a second that are looked at for that (5)", .min = 1, .max = 30},
        {CLI_HEADING, .name = "Many videos (docs/data-sets.md)"},
        {CLI_TEXT, "--list", 0, "FILE", &o->list,
         .help = "clips besides those named: rows path[,id[,offset]], the timestamp offset of each "
                 "being --timestamp-offset where it is not said; - is stdin. A CLIP may also be a "
                 "folder: of videos, of numbered pictures that are one (img_00001.jpg ...), of "
                 "such folders",
         .file = CLI_READS},
        {CLI_TEXT, "--out-dir", 0, "DIR", &o->out_dir,
         .brief = "many videos: results in a folder, see --list, --resume, --shard",
         .help = "instead of -o: DIR/ID.csv for each video, there when it is complete, and a line "
                 "in DIR/manifest.jsonl. What is done is on disk with every keyframe"},
        {CLI_TEXT, "--also", 0, "KINDS", &o->also,
         .help = "besides each csv: json, tracks (MOT csv), features (safetensors), npz (features "
                 "for NumPy), with commas between"},
        {CLI_FLAG, "--resume", 0, NULL, &o->resume,
         .brief = "go on where a run with --out-dir ended",
         .help = "leave complete videos alone and go on at the keyframe where a run ended, however "
                 "it did; the results are those of a run that did not"},
        {CLI_FLAG, "--skip-done", 0, NULL, &o->skip_done,
         .help = "leave complete videos alone, begin others at their start"},
        {CLI_FLAG, "--force", 0, NULL, &o->force,
         .help =
             "take DIR whatever data set it is of; without --resume or --skip-done do all of it "
             "anew"},
        {CLI_FLAG, "--dry-run", 0, NULL, &o->dry_run,
         .help = "only print what is complete and what would be done, and how long it would take"},
        {CLI_TEXT, "--shard", 0, "I/N", &o->shard,
         .help = "do the I-th of N equal shares, 0/N to (N-1)/N; auto: as Slurm, Kubernetes, AWS "
                 "Batch, Cloud Run, PBS, SGE, LSF, MPI or torchrun say; auto/N where they do not "
                 "say how many there are"},
        {CLI_INT, "--split", 0, "N", &o->split,
         .help = "videos of more than N keyframes are parts of N each, which shards share (0: none "
                 "is)",
         .max = 1e9},
        {CLI_FLAG, "--merge", 0, NULL, &o->merge,
         .help =
             "instead of clips: folders of --out-dir, whose csv becomes -o and whose JSON lines "
             "-j, as one run would have written them"},
        {CLI_FLAG, "--partial", 0, NULL, &o->partial,
         .help = "--merge goes on without parts that are missing or wrong"},
        {CLI_HEADING, .name = "Live"},
        {CLI_TEXT, "--live", 0, "SOURCE", &o->live,
         .brief = "a camera (/dev/video0), a stream (rtsp://...) or a pipe (-)",
         .help = "instead of clips: a camera (/dev/video0), a stream (rtsp://, rtmp://, http://, "
                 "udp://, tcp://, srt:// ...) or a pipe (-). The newest keyframe comes next, those "
                 "that there is no time for are dropped. -o and -j grow with every keyframe",
         .file = CLI_READS},
        {CLI_TEXT, "--mjpeg", 0, "FILE", &o->mjpeg,
         .help = "annotated keyframes as a stream of JPEG pictures; - is stdout",
         .file = CLI_WRITES},
        {CLI_DOUBLE, "--give-up", 0, "SECONDS", &o->give_up_s,
         .help = "a camera or stream that was there and is lost is tried again for so long (60)",
         .max = 1e9},
        {CLI_HEADING, .name = "Persons, given"},
        {CLI_TEXT, "--proposals", 'p', "FILE", &o->proposals,
         .brief = "person boxes instead of finding them: csv, pickle, COCO, MOT",
         .help =
             "person boxes, instead of finding them: csv rows "
             "video_id,timestamp,x1,y1,x2,y2[,label[,score[,person_id]]], "
             "corners "
             "as fractions of width and height; - is stdin. The video_id of clip.mp4 is clip. "
             "MMAction2's pickled proposals, COCO's detection JSON and MOT csv (one clip only) are "
             "read as well",
         .file = CLI_READS},
        {CLI_DOUBLE, "--box-threshold", 0, "S", &o->box_threshold,
         .help = "leave out boxes with a score below S (the network's own threshold, else 0.8)",
         .min = 0, .max = 1},
        {CLI_DOUBLE, "--fps", 0, "X", &o->frame_fps,
         .help =
             "JSON: pictures are called by their frames (clip_000031.jpg, from 1) at X a second; "
             "default: by seconds (clip_0031.jpg). MOT csv, also --tracks, and clips that are "
             "folders of pictures: rate of the frames (30)",
         .min = 0.001, .max = 1000},
        {CLI_HEADING, .name = "Input"},
        {CLI_DOUBLE, "--timestamp-offset", 0, "SECONDS", &o->timestamp_offset_s,
         .brief = "timestamp of the first frame: 900 for AVA's cuts (0)",
         .help = "timestamp of the clips' first frame: 900 for AVA's 15-minute cuts (0)",
         .min = -1e9, .max = 1e9},
        {CLI_FLAG, "--strict", 0, NULL, &o->strict,
         .help =
             "refuse what is else left out or guessed with a warning: boxes that cannot be used, "
             "person ids in the place of scores, names that are not the network's"},
        {CLI_HEADING, .name = "Output"},
        {CLI_TEXT, "--output", 'o', "FILE", &o->csv,
         .brief = "csv video_id,timestamp,x1,y1,x2,y2,action_id,score",
         .help =
             "csv rows video_id,timestamp,x1,y1,x2,y2,action_id,score for every action; - is "
             "stdout. Without --quiet a summary is printed besides, and without any output instead",
         .file = CLI_WRITES},
        {CLI_TEXT, "--json", 'j', "FILE", &o->json, .brief = "JSON lines, one per box",
         .help = "JSON lines, one per box; - is stdout", .file = CLI_WRITES},
        {CLI_TEXT, "--features", 0, "FILE", &o->features,
         .help = "what the scores are computed from, a row for each box, with boxes, ids and "
                 "timestamps: "
                 ".safetensors, or .npz for NumPy (docs/features.md)",
         .file = CLI_WRITES},
        {CLI_CHOICE, "--features-type", 0, "TYPE", &o->feature_type,
         .help = "of these numbers:", .choices = feature_types},
        {CLI_TEXT, "--segments", 0, "FILE", &o->segments,
         .brief = "who does what from when to when: .csv, .vtt, .eaf or .tsv",
         .help =
             "who does what from when to when: .csv, .vtt (WebVTT), .eaf (ELAN) or .tsv (BORIS' "
             "aggregated events), by the extension; boxes of --proposals have to have person ids",
         .file = CLI_WRITES},
        {CLI_TEXT, "--tracks", 0, "FILE", &o->tracks,
         .help = "where each person is at every frame, as MOT csv rows "
                 "frame,id,x,y,width,height,score,-1,-1,-1 (one clip only)",
         .file = CLI_WRITES},
        {CLI_DOUBLE, "--min-score", 0, "S", &o->min_score,
         .brief = "leave out labels with a score below S (0)",
         .help = "leave out labels with a score below S, here and in the summary (0); segments "
                 "begin at S (0.5) and end below 0.6 S",
         .min = 0, .max = 1},
        {CLI_INT, "--top", 0, "N", &o->top,
         .help = "labels per box: the N best (all; 5 in the summary)", .min = 1, .max = 1000},
        {CLI_TEXT, "--labels", 0, "FILE.pbtxt", &o->labels,
         .brief = "names of the actions (those in the weights)",
         .help =
             "names of the actions (default: those stored with the weights, else AVA's for its 80)",
         .file = CLI_READS},
        {CLI_TEXT, "--keyframes", 'k', "DIR", &o->keyframes,
         .brief = "annotated pictures of all keyframes",
         .help = "annotated pictures DIR/VIDEO_TIMESTAMP.png of all keyframes", .file = CLI_FILLS,
         .creates = picture_names},
        {CLI_CHOICE, "--image-format", 0, "FORMAT", &o->image_format,
         .help = "of these pictures:", .choices = image_formats},
        {CLI_INT, "--scale", 0, "N", &o->scale,
         .help =
             "draw pictures and video N times as wide and high (1): text stays readable on small "
             "ones",
         .min = 1, .max = 4},
        {CLI_TEXT, "--render", 'r', "FILE.mp4", &o->render,
         .brief = "the clip again, with its sound and boxes",
         .help = "the clip again, with its sound and boxes around the keyframes (one clip only)",
         .file = CLI_WRITES},
        {CLI_DOUBLE, "--render-threshold", 0, "S", &o->render_threshold,
         .help = "draw labels that score more than S (0.5)", .min = 0, .max = 1},
        {CLI_FLAG, "--quiet", 'q', NULL, &o->quiet,
         .brief = "no progress on stderr, no summary beside files",
         .help = "no progress on stderr, and no summary beside files"},
        {0},
    };
    const cli_program program = {
        .name = SFDETECT,
        .operands = "CLIP...",
        .operand_file = CLI_READS,
        .summary =
            "Detects what people do in videos: scores of all actions for every person of every "
            "keyframe. Persons are found, or given as boxes. A clip may be a pipe; - is stdin.",
        .notes =
            "Ctrl-C finishes the keyframes in hand and keeps what is done; it is how --live\n"
            "ends (status 0).\n"
            "\n"
            "Exit status: 0 done; 1 failed, existing outputs are left alone; 2 wrong usage;\n"
            "3 finished, but some clips, keyframes or boxes failed (named on stderr);\n"
            "130 stopped by Ctrl-C.\n"
            "\n"
            "Examples:\n"
            "  sfdetect clip.mp4\n"
            "  sfdetect -w slowfast.safetensors --persons yolox_s.pth -o dets.csv clip.mp4\n"
            "  sfdetect -w slowfast.safetensors -p boxes.csv -o dets.csv clip.mp4\n"
            "  sfdetect -w slowfast.safetensors --persons yolox_s.pth --live rtsp://door -j -\n"
            "  sfdetect -w slowfast.safetensors -p boxes.csv --list videos.csv --out-dir val "
            "--resume\n"
            "  sfdetect --merge val -o val.csv",
        .options = table,
        .min_operands = 0,
        .max_operands = 1 << 20,
        .overrides = &o->overrides,
    };
    int exit_status = cli_parse(&program, argc, argv, n_clips);
    if (exit_status == CLI_CONTINUE)
        exit_status = check_set_options(o, *n_clips);
    if (exit_status == CLI_CONTINUE && !o->merge)
        exit_status = check_options(o, *n_clips);
    if (exit_status == CLI_CONTINUE)
        exit_status = check_effects(o);
    fill_in(o);
    return exit_status == CLI_CONTINUE ? cli_override(SFDETECT, &o->config, &o->overrides)
                                       : exit_status;
}
