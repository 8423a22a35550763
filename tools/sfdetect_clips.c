/* SPDX-License-Identifier: Apache-2.0 */
/* The videos named on the command line, in folders and lists. */
#include "sfdetect_clips.h"

#include "persons.h"

#include <stdlib.h>
#include <sys/stat.h>

static bool is_file(const char *path)
{
    struct stat s;
    return stat(path, &s) != 0 || S_ISREG(s.st_mode) ||
           S_ISDIR(s.st_mode); /* what is missing is told when it is opened */
}

int check_files(const clip_list *list, const char *why)
{
    for (size_t i = 0; i < list->n; i++)
        if (!is_file(list->clips[i].path))
            return cli_usage_error(SFDETECT, "%s is no regular file, and %s reads a clip twice",
                                   list->clips[i].path, why);
    return CLI_CONTINUE;
}

static sfd_status find_sources(sfd_sources **out, const options *o, char **operands, size_t n,
                               sfd_error *err)
{
    sfd_status status = sfd_sources_create(out, o->timestamp_offset_s, err);
    for (size_t i = 0; i < n && status == SFD_OK; i++)
        status = sfd_sources_add(*out, clip_path(operands[i]), err);
    if (status == SFD_OK && o->list)
        status = sfd_sources_read(*out, o->list, err);
    return status;
}

/* Segments count time from a clip's start, by one offset for all. */
static int check_offsets(const clip_list *list, const options *o)
{
    for (size_t i = 1; i < list->n && o->segments; i++)
        if (list->clips[i].offset_s != list->clips[0].offset_s)
            return cli_usage_error(SFDETECT, "--segments: %s and %s begin at different timestamps",
                                   list->clips[0].path, list->clips[i].path);
    return CLI_CONTINUE;
}

/* Of what would have no effect. */
static int check_rate(const clip_list *list, const options *o)
{
    bool works = o->proposals || o->tracks || !(o->frame_fps > 0);
    for (size_t i = 0; i < list->n && !works; i++)
        works = sfd_is_picture_folder(list->clips[i].path);
    return works ? CLI_CONTINUE
                 : cli_usage_error(SFDETECT, "--fps is for --proposals, --tracks and folders of "
                                             "pictures");
}

/* Those of folders and lists, which the command line does not name. */
static int check_inputs(const clip_list *list)
{
    int exit_status = CLI_CONTINUE;
    for (size_t i = 0; i < list->n && exit_status == CLI_CONTINUE; i++)
        exit_status = cli_check_video(SFDETECT, list->clips[i].path);
    return exit_status;
}

int add_clips(clip_list *list, const options *o, char **operands, size_t n)
{
    sfd_error err;
    const sfd_status status = find_sources(&list->sources, o, operands, n, &err);
    if (status == SFD_ERR_ARG)
        return cli_usage_error(SFDETECT, "%s", err.message);
    if (status != SFD_OK)
        return cli_fail(SFDETECT, &err);
    list->n = sfd_sources_count(list->sources);
    list->clips = calloc(list->n + 1, sizeof *list->clips);
    if (!list->clips) {
        list->n = 0;
        cli_warn(SFDETECT, "out of memory");
        return CLI_FAILED;
    }
    for (size_t i = 0; i < list->n; i++) {
        sfd_source_video v;
        sfd_sources_get(list->sources, i, &v);
        list->clips[i] = (clip){.path = v.path, .id = v.id, .offset_s = v.timestamp_offset_s};
    }
    int exit_status = check_inputs(list);
    if (exit_status == CLI_CONTINUE)
        exit_status = check_rate(list, o);
    return exit_status == CLI_CONTINUE ? check_offsets(list, o) : exit_status;
}

void free_clips(clip_list *list)
{
    sfd_sources_free(list->sources);
    free(list->clips);
    free(list->live_id);
}
