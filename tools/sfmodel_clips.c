/* SPDX-License-Identifier: Apache-2.0 */
/* Clips with person boxes. */
#include "sfmodel_clips.h"

#include "cli.h"
#include "persons.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_THRESHOLD 0.8 /* where neither the user nor the network says one */

static double threshold(const boxed_clips *c, const sfd_model *model)
{
    const double configured = sfd_model_get_info(model)->box_threshold;
    return c->box_threshold >= 0 ? c->box_threshold
           : configured >= 0     ? configured
                                 : DEFAULT_THRESHOLD;
}

static int name_clips(boxed_clips *c, const char *program, char **paths, size_t n)
{
    c->paths = paths;
    c->ids = calloc(n, sizeof *c->ids);
    for (size_t i = 0; c->ids && i < n; i++, c->n++) {
        if (cli_check_video(program, paths[i]) != CLI_CONTINUE)
            return CLI_USAGE;
        c->ids[i] = sfd_video_id(paths[i]);
        if (!c->ids[i])
            break;
        for (size_t j = 0; j < i; j++)
            if (strcmp(c->ids[i], c->ids[j]) == 0) {
                c->n = i + 1;
                return cli_usage_error(program, "%s and %s have the same video id \"%s\"", paths[j],
                                       paths[i], c->ids[i]);
            }
    }
    if (c->n == n)
        return CLI_CONTINUE;
    cli_warn(program, "out of memory");
    return CLI_FAILED;
}

static sfd_status find_all(boxed_clips *c, sfd_person_finder *finder, double least, sfd_error *err)
{
    sfd_find_settings s;
    sfd_find_settings_defaults(&s);
    s.threshold = least;
    s.should_stop = cli_should_stop;
    s.timestamp_offset_s = c->timestamp_offset_s;
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < c->n && status == SFD_OK; i++)
        status = sfd_find_proposals(&c->found[i], finder, c->paths[i], c->ids[i], &s, err);
    return status;
}

static sfd_status find_persons(boxed_clips *c, const char *weights, double least, sfd_error *err)
{
    sfd_person_model_settings s;
    sfd_person_model *model;
    sfd_person_finder *finder = NULL;
    sfd_person_model_settings_defaults(&s);
    s.weights = weights;
    s.cpu = c->cpu;
    sfd_status status = sfd_person_model_open(&model, &s, err);
    if (status == SFD_OK)
        status = sfd_person_finder_create(&finder, model, c->threads, err);
    if (status == SFD_OK)
        status = find_all(c, finder, least, err);
    sfd_person_finder_free(finder);
    sfd_person_model_free(model);
    return status;
}

static void on_warning(void *user, const char *message)
{
    cli_warn(user, "warning: %s", message);
}

int fail_boxed_clips(const char *program, const sfd_error *err)
{
    if (!cli_interrupted())
        return cli_fail(program, err);
    cli_warn(program, "stopped");
    return CLI_INTERRUPTED;
}

int open_boxed_clips(boxed_clips *c, const char *program, char **paths, size_t n,
                     const sfd_model *model)
{
    sfd_error err;
    int result = name_clips(c, program, paths, n);
    if (result != CLI_CONTINUE)
        return result;
    if (c->proposals) {
        sfd_proposals_settings s;
        sfd_proposals_settings_defaults(&s);
        s.box_threshold = threshold(c, model);
        s.keep_best = c->box_threshold < 0 && sfd_model_get_info(model)->keep_best_box;
        s.user = (void *)program;
        s.on_warning = on_warning;
        return sfd_proposals_read(&c->given, c->proposals, (const char *const *)c->ids, n, &s,
                                  &err) == SFD_OK
                   ? CLI_CONTINUE
                   : cli_fail(program, &err);
    }
    char *weights = NULL;
    c->found = calloc(n, sizeof(*c->found));
    if (!c->found) {
        cli_warn(program, "out of memory");
        return CLI_FAILED;
    }
    result = choose_person_weights(&weights, program, c->persons, " or given with --proposals FILE",
                                   c->quiet);
    if (result == CLI_CONTINUE && find_persons(c, weights, threshold(c, model), &err) != SFD_OK)
        result = fail_boxed_clips(program, &err);
    free(weights);
    return result;
}

void free_boxed_clips(boxed_clips *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->ids[i]);
        if (c->found)
            sfd_proposals_free(c->found[i]);
    }
    free(c->ids);
    free(c->found);
    sfd_proposals_free(c->given);
}

sfd_status run_boxed_clip(const boxed_clips *c, size_t i, sfd_detector *d,
                          const sfd_detect_settings *settings, sfd_error *err)
{
    sfd_detect_settings s = *settings;
    size_t n_keyframes;
    s.timestamp_offset_s = c->timestamp_offset_s;
    if (!c->given && sfd_proposals_count(c->found[i], c->ids[i], &n_keyframes, NULL) != SFD_OK)
        return SFD_OK;
    return sfd_detector_run_video(d, c->paths[i], c->ids[i], c->given ? c->given : c->found[i], &s,
                                  NULL, err);
}
