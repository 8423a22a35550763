/* SPDX-License-Identifier: Apache-2.0 */
/* The videos named on the command line. */
#include "sfdetect_clips.h"

#include "cli.h"
#include "persons.h"
#include "sfdetect_options.h"

#include <sfdet/detect.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int compare_clips(const void *a, const void *b)
{
    return strcmp((*(const clip *const *)a)->id, (*(const clip *const *)b)->id);
}

/* Boxes and results go by video id: two clips of one name could not be told apart. */
static int check_ids(const clip_list *list)
{
    const clip **sorted = calloc(list->n, sizeof *sorted);
    int exit_status = CLI_CONTINUE;
    if (!sorted) {
        cli_warn(SFDETECT, "out of memory");
        return CLI_FAILED;
    }
    for (size_t i = 0; i < list->n; i++)
        sorted[i] = &list->clips[i];
    qsort(sorted, list->n, sizeof *sorted, compare_clips);
    for (size_t i = 1; i < list->n && exit_status == CLI_CONTINUE; i++)
        if (strcmp(sorted[i - 1]->id, sorted[i]->id) == 0)
            exit_status = cli_usage_error(SFDETECT, "%s and %s have the same video id \"%s\"",
                                          sorted[i - 1]->path, sorted[i]->path, sorted[i]->id);
    free(sorted);
    return exit_status;
}

static bool is_file(const char *path)
{
    struct stat s;
    return stat(path, &s) != 0 ||
           S_ISREG(s.st_mode); /* what is missing is told when it is opened */
}

int check_files(const clip_list *list, const char *why)
{
    for (size_t i = 0; i < list->n; i++)
        if (!is_file(list->clips[i].path))
            return cli_usage_error(SFDETECT, "%s is no regular file, and %s reads a clip twice",
                                   list->clips[i].path, why);
    return CLI_CONTINUE;
}

int add_clips(clip_list *list, char **paths, size_t n)
{
    list->clips = calloc(n, sizeof *list->clips);
    for (size_t i = 0; list->clips && i < n; i++) {
        list->clips[i] = (clip){.path = clip_path(paths[i])};
        list->clips[i].id = sfd_video_id(list->clips[i].path);
        if (!list->clips[i].id)
            break;
        list->n++;
    }
    if (list->n == n)
        return check_ids(list);
    cli_warn(SFDETECT, "out of memory");
    return CLI_FAILED;
}

void free_clips(clip_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->clips[i].id);
    free(list->clips);
}
