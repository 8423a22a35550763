/* SPDX-License-Identifier: Apache-2.0 */
/* sfdetect on a camera, a stream or a pipe. */
#ifndef SFD_TOOLS_SFDETECT_LIVE_H
#define SFD_TOOLS_SFDETECT_LIVE_H

#include "cli.h"
#include "sfdetect_clips.h"
#include "sfdetect_persons.h"

/* The source as the only clip, whose id tells no password. CLI_CONTINUE or an exit status. */
int add_live_source(clip_list *list, const char *source);

typedef struct live_view {
    void *user;
    sfd_status (*on_keyframe)(void *user, const sfd_keyframe *k, sfd_error *err);
    void (*on_warning)(void *user, const char *message);
    bool pictures;
    cli_progress *progress;
    char note[96]; /* of the progress */
} live_view;

/* Follows the source until it ends or Ctrl-C. *n_done keyframes were handed out. */
sfd_status follow_live(sfd_detector *d, const person_source *persons, const clip *source,
                       live_view *view, size_t *n_done, sfd_error *err);

#endif
