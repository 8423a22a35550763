/* SPDX-License-Identifier: Apache-2.0 */
/* Persons from a file of boxes or from a detector. */
#include "sfdetect_persons.h"

#include "cli.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_THRESHOLD 0.8 /* where neither the user nor the network says one */

/* Options of finding are refused beside boxes, rather than without effect. */
int choose_persons(person_source *p, const options *o)
{
    *p = (person_source){.o = o};
    if (o->proposals && o->persons)
        return cli_usage_error(SFDETECT, "--proposals and --persons: persons are given or found");
    if (o->proposals && (o->person_threshold >= 0 || o->max_persons > 0))
        return cli_usage_error(SFDETECT, "%s is for persons that are found, without --proposals",
                               o->max_persons > 0 ? "--max-persons" : "--person-threshold");
    if (!o->proposals && o->box_threshold >= 0)
        return cli_usage_error(SFDETECT,
                               "--box-threshold is for --proposals; --person-threshold says who "
                               "is found");
    if (o->proposals || o->persons)
        return CLI_CONTINUE;
    p->bundled = cli_data_path(BUNDLED_PERSONS);
    if (!p->bundled)
        return cli_usage_error(SFDETECT,
                               "persons are found with --persons FILE or given with --proposals "
                               "FILE; the default detector, %s, is not installed",
                               BUNDLED_PERSONS);
    if (!o->quiet)
        cli_warn(SFDETECT, "no --persons: the bundled detector finds synthetic figures only; for "
                           "real people take a YOLOX checkpoint (yolox_s.pth)");
    return CLI_CONTINUE;
}

static void on_warning(void *user, const char *message)
{
    (void)user;
    cli_warn(SFDETECT, "warning: %s", message);
}

static sfd_status read_proposals(person_source *p, const clip_list *clips, const sfd_model *model,
                                 sfd_error *err)
{
    sfd_proposals_settings settings;
    sfd_proposals_settings_defaults(&settings);
    settings.box_threshold = p->threshold;
    settings.keep_best = p->o->box_threshold < 0 && sfd_model_get_info(model)->keep_best_box;
    settings.frame_fps = p->o->frame_fps;
    settings.first_frame_s = p->o->timestamp_offset_s;
    settings.strict = p->o->strict;
    settings.on_warning = on_warning;
    const char **ids = calloc(clips->n, sizeof *ids);
    if (!ids) {
        snprintf(err->message, sizeof err->message, "out of memory");
        return SFD_ERR_NOMEM;
    }
    for (size_t i = 0; i < clips->n; i++)
        ids[i] = clips->clips[i].id;
    sfd_status status =
        sfd_proposals_read(&p->proposals, p->o->proposals, ids, clips->n, &settings, err);
    free(ids);
    return status;
}

static sfd_status open_detector(person_source *p, sfd_error *err)
{
    sfd_person_model_settings s;
    sfd_person_model_settings_defaults(&s);
    s.weights = p->o->persons ? p->o->persons : p->bundled;
    s.cpu = p->o->cpu;
    const sfd_status status = sfd_person_model_open(&p->model, &s, err);
    if (status == SFD_OK && p->o->persons && !p->o->quiet)
        cli_note("%s\n", sfd_person_model_describe(p->model));
    return status;
}

sfd_status open_persons(person_source *p, const clip_list *clips, const sfd_model *model,
                        sfd_error *err)
{
    const double configured = sfd_model_get_info(model)->box_threshold;
    const double given = p->o->proposals ? p->o->box_threshold : p->o->person_threshold;
    p->threshold = given >= 0 ? given : configured >= 0 ? configured : DEFAULT_THRESHOLD;
    return p->o->proposals ? read_proposals(p, clips, model, err) : open_detector(p, err);
}

/* "b.csv: 31 boxes left out: 20 below 0.8, 11 of other videos; 2 clipped to the picture" */
static void print_counts(const person_source *p, const sfd_proposals_counts *c)
{
    const size_t n_out = c->n_below + c->n_other_videos + c->n_other_categories + c->n_unusable;
    char text[400] = "";
    size_t n = 0;
    if (n_out > 0)
        n += (size_t)snprintf(text, sizeof text, "%zu boxes left out:", n_out);
    if (c->n_below > 0)
        n +=
            (size_t)snprintf(text + n, sizeof text - n, " %zu below %g,", c->n_below, p->threshold);
    if (c->n_other_categories > 0)
        n += (size_t)snprintf(text + n, sizeof text - n, " %zu of other categories,",
                              c->n_other_categories);
    if (c->n_other_videos > 0)
        n +=
            (size_t)snprintf(text + n, sizeof text - n, " %zu of other videos,", c->n_other_videos);
    if (c->n_unusable > 0)
        n += (size_t)snprintf(text + n, sizeof text - n, " %zu unusable,", c->n_unusable);
    if (n > 0)
        text[--n] = '\0'; /* the last comma */
    if (c->n_cut > 0)
        snprintf(text + n, sizeof text - n, "%s%zu clipped to the picture", n ? "; " : "",
                 c->n_cut);
    if (*text)
        cli_warn(SFDETECT, "%s: %s", p->o->proposals, text);
}

void tell_counts(const person_source *p)
{
    sfd_proposals_counts counts;
    if (!p->proposals)
        return;
    sfd_proposals_get_counts(p->proposals, &counts);
    print_counts(p, &counts);
}

size_t count_unusable(const person_source *p)
{
    sfd_proposals_counts counts = {0};
    if (p->proposals)
        sfd_proposals_get_counts(p->proposals, &counts);
    return counts.n_unusable;
}

static bool knows_a_person(const person_source *p, const char *video_id)
{
    sfd_tracks *t;
    sfd_track_info first = {0};
    size_t n_keyframes;
    if (sfd_proposals_count(p->proposals, video_id, &n_keyframes, NULL) != SFD_OK)
        return false;
    if (sfd_tracks_from_proposals(&t, p->proposals, video_id, 1, NULL) != SFD_OK)
        return true; /* ids there are, and one of them twice in a keyframe */
    if (sfd_tracks_count(t) > 0)
        sfd_tracks_get(t, 0, &first);
    sfd_tracks_free(t);
    return first.has_person_id;
}

sfd_status check_persons_known(const person_source *p, const clip_list *clips, sfd_error *err)
{
    for (size_t i = 0; p->proposals && i < clips->n; i++)
        if (clips->clips[i].to_do && knows_a_person(p, clips->clips[i].id))
            return SFD_OK;
    err->status = SFD_ERR_MISMATCH;
    snprintf(err->message, sizeof err->message,
             "--segments %s: no box says whose it is; person ids can stand behind the score in "
             "proposals",
             p->o->segments);
    return SFD_ERR_MISMATCH;
}

void fill_find_settings(const person_source *p, sfd_find_settings *s)
{
    sfd_find_settings_defaults(s);
    s->every_s = p->o->every_s;
    s->threshold = p->threshold;
    s->max_persons = p->o->max_persons;
    s->timestamp_offset_s = p->o->timestamp_offset_s;
}

void close_persons(person_source *p)
{
    sfd_proposals_free(p->proposals);
    sfd_person_model_free(p->model);
    free(p->bundled);
}
