/* SPDX-License-Identifier: Apache-2.0 */
/* One clip after another: its persons' boxes, the network, the outputs. */
#ifndef SFD_TOOLS_SFDETECT_RUN_H
#define SFD_TOOLS_SFDETECT_RUN_H

#include "cli.h"
#include "sfdetect_outputs.h"
#include "sfdetect_persons.h"

typedef struct clip_run {
    const options *o;
    clip_list *clips;
    person_source *persons;
    sfd_detector *detector;
    outputs *outputs;
    cli_progress progress;
    char last_warning[sizeof((sfd_error *)NULL)->message]; /* about a video */
    bool output_failed;                                    /* there is no use in going on */
    size_t n_total; /* keyframes of all clips; where persons are found those of the clips so far */
    size_t n_done, n_failed, n_empty, n_clips_failed;
} clip_run;

/* Whether a clip is left to do; the others are told. */
bool check_clips(clip_run *r);

/* CLI_CONTINUE, or CLI_FAILED after a message: there is no use in completing anything. */
int run_clips(clip_run *r);

/* What was done becomes files, or with nothing done those there are stay. CLI_CONTINUE or an exit
 * status. */
int finish_clips(clip_run *r);

/* Draws the only clip, with --render. CLI_CONTINUE or an exit status. */
int render_clip(clip_run *r);

#endif
