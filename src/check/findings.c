/* SPDX-License-Identifier: Apache-2.0 */
/* What may be wrong, and what to do about it. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "check/work.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_TEXT 1000

static const struct {
    const char *name, *cure;
    bool fixed;
} kinds[SFD_CHECK_N_KINDS] = {
    [SFD_CHECK_UNREADABLE] = {"unreadable", "repair the file; nothing behind that place was read",
                              false},
    [SFD_CHECK_ENCODING] = {"encoding", "write UTF-8 without a byte order mark", true},
    [SFD_CHECK_SEPARATORS] = {"separators", "one row a line, commas between columns, nothing else",
                              true},
    [SFD_CHECK_COLUMNS] = {"columns",
                           "video_id,timestamp,x1,y1,x2,y2,action_id[,person_id], "
                           "numbers with a decimal point",
                           false},
    [SFD_CHECK_PROPOSAL_ROWS] = {"proposals-rows",
                                 "so all programs read them: correct the file, or what "
                                 "wrote it",
                                 false},
    [SFD_CHECK_PIXELS] = {"pixels", "divide x by the picture's width and y by its height", true},
    [SFD_CHECK_CORNERS] = {"corners",
                           "x1,y1 is the corner above and left, x2,y2 the one below and "
                           "right: exchange them; of x,y,width,height make corners",
                           true},
    [SFD_CHECK_EMPTY_BOX] = {"empty-box", "draw the box again, or leave the row out", true},
    [SFD_CHECK_OUTSIDE] = {"outside", "corners are fractions of width and height, 0 to 1", false},
    [SFD_CHECK_OVERHANG] = {"overhang", "clip the box to the picture", true},
    [SFD_CHECK_LABEL_ZERO] = {"label-zero",
                              "ids count from 1: where the list begins at 0, add 1 "
                              "to all labels; a person who does none of the actions "
                              "has an empty label",
                              false},
    [SFD_CHECK_LABEL_UNKNOWN] = {"label-unknown", "add it to the list, or correct the label",
                                 false},
    [SFD_CHECK_DUPLICATE] = {"duplicate", "leave the second row out", true},
    [SFD_CHECK_VIDEO_MISSING] = {"video-missing",
                                 "name the file after the video id, or correct "
                                 "the id",
                                 false},
    [SFD_CHECK_VIDEO_NAME] = {"video-name",
                              "the video id is the file's name without extension "
                              "and folder",
                              true},
    [SFD_CHECK_VIDEO_BAD] = {"video-unreadable", "copy or convert the video again", false},
    [SFD_CHECK_TIME_OFFSET] = {"time-offset",
                               "say that timestamps begin there, or subtract it from all "
                               "timestamps",
                               false},
    [SFD_CHECK_TIME_FRAMES] = {"time-frames",
                               "timestamps are seconds: divide frame numbers by the "
                               "frame rate",
                               false},
    [SFD_CHECK_TIME_OUTSIDE] = {"time-outside",
                                "correct the timestamp; seconds from the video's "
                                "first frame are wanted",
                                false},
    [SFD_CHECK_CLASS_RARE] = {"class-rare", "label more of it, or take it off the list", false},
    [SFD_CHECK_CLASS_MISSING] = {"class-missing", "label some, or take it off the list", false},
    [SFD_CHECK_PROPOSALS_MISS] = {"proposals-miss",
                                  "lower the detector's threshold, or look at "
                                  "these boxes: are both of one video and time?",
                                  false},
    [SFD_CHECK_PROPOSALS_NONE] = {"proposals-none", "look for people at these keyframes, too",
                                  false},
    [SFD_CHECK_PROPOSALS_ASTRAY] = {"proposals-astray",
                                    "label these people (an empty label: none "
                                    "of the actions), or raise the threshold",
                                    false},
    [SFD_CHECK_SHARED] = {"shared-video",
                          "a video belongs to training or to validation: results "
                          "are too good otherwise",
                          false},
};

sfd_found *sfd_check_find(const sfd_check *c, sfd_check_kind kind, const char *path)
{
    for (size_t i = 0; i < c->n_found; i++)
        if (c->found[i].kind == kind && c->found[i].path == path)
            return &c->found[i];
    return NULL;
}

/* Takes the text over. */
static void add(sfd_check *c, sfd_check_kind kind, const char *path, char *text)
{
    if (text)
        sfd_make_printable(text);
    if (!text || !sfd_grow(&c->found, &c->found_alloc, c->n_found, sizeof *c->found)) {
        free(text);
        c->out_of_memory = true;
        return;
    }
    c->found[c->n_found++] = (sfd_found){.kind = kind, .path = path, .text = text, .n = 1};
}

void sfd_check_note_message(sfd_check *c, sfd_check_kind kind, const char *path,
                            const char *message)
{
    sfd_found *f = sfd_check_find(c, kind, path);
    if (f)
        f->n++;
    else
        add(c, kind, path, sfd_strdup(message));
}

void sfd_check_note(sfd_check *c, sfd_check_kind kind, const char *path, uint64_t line,
                    const char *fmt, ...)
{
    char what[MAX_TEXT], *text;
    va_list args;
    sfd_found *f = sfd_check_find(c, kind, path);
    if (f) {
        f->n++;
        return;
    }
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    const int n = line ? asprintf(&text, "%s: line %" PRIu64 ": %s", path, line, what)
                       : asprintf(&text, "%s: %s", path, what);
    add(c, kind, path, n < 0 ? NULL : text);
}

size_t sfd_check_count(const sfd_check *c)
{
    return c->n_found;
}

void sfd_check_get(const sfd_check *c, size_t i, sfd_check_finding *finding)
{
    const sfd_found *f = &c->found[i];
    *finding = (sfd_check_finding){.kind = kinds[f->kind].name,
                                   .text = f->text,
                                   .cure = kinds[f->kind].cure,
                                   .n = f->n,
                                   .fixed = kinds[f->kind].fixed && !f->not_fixed &&
                                            f->path == c->s.truth};
}
