/* SPDX-License-Identifier: Apache-2.0 */
/* Which person detector, and tracks as a file. */
#include "persons.h"

#include "cli.h"

#include <sfdet/inspect.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUNDLED "demo/persons_demo.safetensors" /* in data/ */

int choose_person_weights(char **path, const char *program, const char *given, const char *or_else,
                          bool quiet)
{
    *path = given ? strdup(given) : cli_data_path(BUNDLED);
    if (given && !*path) {
        cli_warn(program, "out of memory");
        return CLI_FAILED;
    }
    if (!*path)
        return cli_usage_error(program,
                               "persons are found with --persons FILE%s; the default detector, %s, "
                               "is not installed",
                               or_else, BUNDLED);
    const int status = given ? CLI_CONTINUE : cli_check_input(program, *path);
    if (!given && !quiet && status == CLI_CONTINUE)
        cli_warn(program,
                 "no --persons: the bundled detector learned from synthetic figures alone; for "
                 "real people take a YOLOX checkpoint (yolox_s.pth)");
    return status;
}

int fail_weights(const char *program, const char *weights, bool as_persons, const sfd_error *err)
{
    const sfd_network_use other = as_persons ? SFD_USE_ACTIONS : SFD_USE_PERSONS;
    sfd_error e = *err;
    if (err->status == SFD_ERR_MISMATCH && weights && sfd_network_use_of(weights) == other) {
        const size_t n = strlen(e.message);
        snprintf(e.message + n, sizeof e.message - n, "; it is for %s",
                 as_persons ? "sfdetect --weights" : "--persons");
    }
    return cli_fail(program, &e);
}

const char *clip_path(const char *operand)
{
    return strcmp(operand, "-") == 0 ? "/dev/stdin" : operand;
}

sfd_status write_tracks(const sfd_tracks *t, const mot_file *file, sfd_error *err)
{
    sfd_video_facts facts = {.width = file->width, .height = file->height};
    sfd_mot_settings s;
    sfd_mot_settings_defaults(&s);
    sfd_status status =
        file->width > 0 ? SFD_OK : sfd_video_look_up(&facts, file->clip, NULL, NULL, err);
    if (status != SFD_OK)
        return status;
    s.width = facts.width;
    s.height = facts.height;
    if (file->fps > 0)
        s.fps = file->fps;
    s.timestamp_offset_s = file->timestamp_offset_s;
    return sfd_tracks_write_mot(t, file->path, &s, err);
}
