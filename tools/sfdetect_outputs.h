/* SPDX-License-Identifier: Apache-2.0 */
/* What sfdetect makes of results: files, pictures, the video again, a summary. */
#ifndef SFD_TOOLS_SFDETECT_OUTPUTS_H
#define SFD_TOOLS_SFDETECT_OUTPUTS_H

#include "sfdetect_clips.h"
#include "sfdetect_options.h"
#include "sfdetect_summary.h"

#include <sfdet/labels.h>
#include <sfdet/output.h>
#include <sfdet/render.h>

enum { OUT_CSV, OUT_JSON, OUT_FEATURES, OUT_PICTURES, OUT_SEGMENTS, OUT_MJPEG, N_OUTPUTS };

typedef struct outputs {
    const options *o;
    sfd_labels *labels;
    sfd_writer *writers[N_OUTPUTS]; /* NULL where not asked for */
    sfd_overlay *overlay;           /* with --render */
    sfd_renderer *renderer;
    summary *summary;    /* NULL: not wanted */
    const char *caution; /* said below it; NULL: none */
} outputs;

/* Names of the network's classes; a word where they may be wrong. */
sfd_status open_labels(sfd_labels **out, const options *o, const sfd_model *model, sfd_error *err);

/* `caution` may be NULL. close_outputs in every case. */
sfd_status open_outputs(outputs *out, const options *o, const clip_list *clips,
                        const sfd_model *model, const char *caution, sfd_error *err);

/* Keyframes have to come with their pictures. */
bool want_pictures(const outputs *out);

sfd_status add_keyframe(outputs *out, const sfd_keyframe *k, sfd_error *err);

/* Gives the files their names. CLI_CONTINUE, or CLI_FAILED after messages. */
int commit_outputs(outputs *out);

void close_outputs(outputs *out);

#endif
