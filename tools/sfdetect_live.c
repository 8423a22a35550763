/* SPDX-License-Identifier: Apache-2.0 */
/* sfdetect on a camera, a stream or a pipe. */
#include "sfdetect_live.h"

#include <sfdet/live.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "rtsp://user:secret@host/door" is "door", "-" and mere hosts are "live". */
static char *live_id(const char *source)
{
    const char *scheme = strstr(source, "://"), *slash = scheme ? strchr(scheme + 3, '/') : source;
    char *id = slash && strcmp(source, "-") != 0 ? sfd_video_id(source) : NULL;
    if (id)
        id[strcspn(id, "?#")] = '\0';
    if (id && *id && !strchr(id, '@'))
        return id;
    free(id);
    return strdup("live");
}

int add_live_source(clip_list *list, const char *source)
{
    list->clips = calloc(1, sizeof *list->clips);
    list->live_id = live_id(source);
    if (list->clips && list->live_id) {
        list->clips[0] = (clip){.path = source, .id = list->live_id, .to_do = true};
        list->n = 1;
        return CLI_CONTINUE;
    }
    cli_warn(SFDETECT, "out of memory");
    return CLI_FAILED;
}

static sfd_status on_keyframe(void *user, const sfd_keyframe *k, sfd_error *err)
{
    live_view *v = user;
    sfd_status status = v->on_keyframe(v->user, k, err);
    fflush(stdout); /* somebody is reading along */
    return status;
}

static void on_status(void *user, const sfd_live_status *s)
{
    live_view *v = user;
    int n =
        snprintf(v->note, sizeof v->note, "%.1f s behind, %zu dropped", s->latency_s, s->n_dropped);
    if (!s->connected)
        snprintf(v->note + n, sizeof v->note - (size_t)n, ", not connected");
    v->progress->note = v->note;
    cli_progress_update(v->progress, s->n_done);
}

static void on_warning(void *user, const char *message)
{
    const live_view *v = user;
    v->on_warning(v->user, message);
}

sfd_status follow_live(sfd_detector *d, const person_source *persons, const clip *source,
                       live_view *view, size_t *n_done, sfd_error *err)
{
    sfd_live_settings settings;
    sfd_live_status done;
    sfd_find_settings find;
    fill_find_settings(persons, source, &find);
    sfd_live_settings_defaults(&settings);
    settings.give_up_s = persons->o->give_up_s;
    settings.pictures = view->pictures;
    settings.user = view;
    settings.on_keyframe = on_keyframe;
    settings.on_status = on_status;
    settings.on_warning = on_warning;
    settings.should_stop = cli_should_stop;
    sfd_status status = sfd_detector_run_live(d, persons->model, source->path, source->id, &find,
                                              &settings, &done, err);
    *n_done = done.n_done;
    return status;
}
