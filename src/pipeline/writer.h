/* SPDX-License-Identifier: Apache-2.0 */
/* What all writers share, and what a kind of writer brings. */
#ifndef SFD_PIPELINE_WRITER_H
#define SFD_PIPELINE_WRITER_H

#include "base/outfile.h"

#include <sfdet/output.h>

struct sfd_writer {
    sfd_status (*add)(sfd_writer *w, const sfd_keyframe *k, sfd_error *err);
    /* Writes what waited for the last keyframe; NULL: nothing does. */
    sfd_status (*finish)(sfd_writer *w, sfd_error *err);
    void (*release)(void *own); /* NULL: there is nothing to release */
    void *own;                  /* the kind's */
    sfd_outfile *file;          /* NULL: a folder */
    char *path;
    bool started, complete;
    bool growing; /* the file gets its name with the first keyframe */

    const sfd_labels *labels;
    bool limited; /* labels are left out by min_score and top */
    double min_score;
    int top;   /* 0: all */
    int scale; /* of pictures */
};

/* A writer with a path and no kind yet; with_file: opens the path as its file. Errors: SFD_ERR_IO,
 * SFD_ERR_NOMEM. */
sfd_status sfd_writer_create(sfd_writer **out, const char *path, bool with_file, sfd_error *err);

#endif
