/* SPDX-License-Identifier: Apache-2.0 */
/* What sfdetect's command line may say. */
#ifndef SFD_TOOLS_SFDETECT_OPTIONS_H
#define SFD_TOOLS_SFDETECT_OPTIONS_H

#include "cli.h"

#define SFDETECT "sfdetect"

enum { MAX_SCALES = 8 };

extern const char *const image_formats[]; /* NULL-terminated; options.image_format is an index */

typedef struct options {
    const char *weights, *config, *cpu;
    bool exact;
    int precision; /* sfd_precision */
    const char *scale_list;
    int scales[MAX_SCALES], n_scales; /* short sides of its views */
    bool flip;                        /* each once more, mirrored */
    const char *proposals, *labels;
    double box_threshold, timestamp_offset_s, frame_fps;
    const char *persons;                         /* weights */
    double every_s, person_threshold, track_fps; /* 0, -1: not said */
    int max_persons, person_class;
    bool track;
    const char *tracks;
    const char *csv, *json, *features, *segments, *keyframes, *render, *live, *mjpeg;
    int feature_type;                            /* sfd_feature_type */
    int image_format, scale, top, threads, jobs; /* top 0: not said */
    double min_score, render_threshold;
    double give_up_s;
    const char *list, *out_dir, *shard, *also; /* many videos */
    bool also_json, also_tracks, also_features, also_npz;
    bool resume, skip_done, force, dry_run, merge, partial;
    int split; /* keyframes of a part; 0: whole videos */
    bool strict, quiet;
    cli_overrides overrides; /* which `config` has taken in; freed by the caller */
} options;

/* The summary is all that is asked for. */
bool has_outputs(const options *o);
bool is_told_only(const options *o);
/* Somebody wants to know who is who. */
bool needs_following(const options *o);

/* Fills *o; `bundled` is what `weights` is without --weights. Returns CLI_CONTINUE or an exit
 * status. */
int parse_options(options *o, const char *bundled, int argc, char **argv, int *n_clips);

#endif
