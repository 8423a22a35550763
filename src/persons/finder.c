/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a person detector, and running it. */
#include "persons/finder.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "persons/family.h"
#include "persons/lent_team.h"
#include "persons/person_class.h"
#include "weights/kind.h"
#include "weights/zoo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_THREADS 1024

#define READ                                                                                       \
    "read are YOLOX, as of its own releases, and Faster R-CNN with a ResNet and FPN of "           \
    "Detectron2, MMDetection, torchvision and Detectron"

static const sfd_person_family *const families[] = {&sfd_person_yolox, &sfd_person_rcnn};

struct sfd_person_model {
    const sfd_person_family *family;
    void *own; /* the family's */
    sfd_graph graph;
    sfd_executable executable;
};

struct sfd_person_finder {
    const sfd_person_model *model;
    sfd_team *team, *own_team; /* own_team: the same, or NULL where it is lent */
    sfd_executor executor;     /* for pictures of in_width x in_height */
    int in_width, in_height;
    int filled_rows; /* of the network's picture, the others are always the same */
    void *room;      /* the family's */
    sfd_box_list found;
};

void sfd_person_model_settings_defaults_sized(sfd_person_model_settings *s, size_t struct_size)
{
    const sfd_person_model_settings defaults = {.person_class = -1};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

static sfd_status find_family(const sfd_person_family **out, const sfd_weights *w, sfd_error *err)
{
    const sfd_weights_guess guess = sfd_weights_guess_kind(w);
    const size_t n = sizeof families / sizeof *families;
    size_t i = 0;
    while (i < n && (guess.kind == SFD_KIND_DETECTOR || !families[i]->recognise(w)))
        i++;
    *out = i < n ? families[i] : NULL;
    if (*out)
        return SFD_OK;
    if (guess.kind == SFD_KIND_DETECTOR)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: seems to be %s, which is not read; " READ,
                        sfd_weights_origin(w), guess.what);
    return sfd_fail(err, SFD_ERR_MISMATCH, "%s: not a person detector%s%s; " READ,
                    sfd_weights_origin(w), guess.what ? ": seems to be " : "",
                    guess.what ? guess.what : "");
}

static sfd_status fill_model(sfd_person_model *m, const sfd_prepare_settings *settings,
                             sfd_error *err)
{
    const sfd_weights *w = settings->weights;
    int width, height;
    sfd_status status = find_family(&m->family, w, err);
    if (status == SFD_OK)
        status = m->family->build(&m->graph, &m->own, w, err);
    if (status != SFD_OK)
        return status;
    sfd_graph_fuse(&m->graph);
    m->family->input_size(m->own, 16, 9, &width, &height);
    status = sfd_executable_create(&m->executable, &m->graph, height, width, settings, err);
    if (status == SFD_OK && m->family->prepare)
        status = m->family->prepare(m->own, settings, err);
    return status;
}

sfd_status sfd_person_model_create(sfd_person_model **out, const sfd_prepare_settings *settings,
                                   sfd_error *err)
{
    sfd_person_model *m = sfd_calloc(1, sizeof *m);
    *out = NULL;
    sfd_status status = m ? fill_model(m, settings, err)
                          : sfd_fail_nomem(err, sfd_weights_origin(settings->weights));
    if (status == SFD_OK)
        *out = m;
    else
        sfd_person_model_free(m);
    return status;
}

static sfd_status tell_class(sfd_weights *w, int person_class, sfd_error *err)
{
    char text[16];
    snprintf(text, sizeof text, "%d", person_class);
    return sfd_weights_set_metadata(w, SFD_METADATA_PERSON_CLASS, text, err);
}

sfd_status sfd_person_model_open(sfd_person_model **out, const sfd_person_model_settings *settings,
                                 sfd_error *err)
{
    sfd_person_model_settings s;
    sfd_weights *w = NULL;
    unsigned cpu;
    *out = NULL;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_person_model_settings, &s, settings, err);
    if (status == SFD_OK && !s.weights)
        status = sfd_fail(err, SFD_ERR_ARG, "no weights of a person detector given");
    if (status == SFD_OK)
        status = sfd_cpu_choose(&cpu, s.cpu, err);
    if (status == SFD_OK)
        status = sfd_zoo_open(&w, s.weights, err);
    if (status == SFD_OK && s.person_class >= 0)
        status = tell_class(w, s.person_class, err);
    if (status == SFD_OK)
        status = sfd_person_model_create(
            out, &(sfd_prepare_settings){w, sfd_kernels_get(cpu), false, s.precision}, err);
    sfd_weights_close(w);
    sfd_release_freed();
    return status;
}

void sfd_person_model_free(sfd_person_model *m)
{
    if (!m)
        return;
    sfd_executable_free(&m->executable);
    sfd_graph_free(&m->graph);
    if (m->family && m->family->release)
        m->family->release(m->own);
    else
        free(m->own);
    free(m);
}

const char *sfd_person_model_describe(const sfd_person_model *m)
{
    return m->family->describe ? m->family->describe(m->own) : m->family->name;
}

/* ------------------------------------------------------------------ running */

sfd_status sfd_person_finder_create_in(sfd_person_finder **out, const sfd_person_model *m,
                                       sfd_team *team, sfd_error *err)
{
    *out = sfd_calloc(1, sizeof **out);
    if (!*out)
        return sfd_fail_nomem(err, "finding persons");
    (*out)->model = m;
    (*out)->team = team;
    return SFD_OK;
}

sfd_status sfd_person_finder_create(sfd_person_finder **out, const sfd_person_model *m,
                                    int n_threads, sfd_error *err)
{
    *out = NULL;
    if (n_threads < 0 || n_threads > MAX_THREADS)
        return sfd_fail(err, SFD_ERR_ARG, "%d threads wanted, 0 to %d possible", n_threads,
                        MAX_THREADS);
    const int n_cores = sfd_usable_cores();
    sfd_team *team;
    sfd_status status =
        sfd_team_create(&team, n_threads > 0 && n_threads < n_cores ? n_threads : n_cores, err);
    if (status != SFD_OK)
        return status;
    status = sfd_person_finder_create_in(out, m, team, err);
    if (status == SFD_OK)
        (*out)->own_team = team;
    else
        sfd_team_destroy(team);
    return status;
}

void sfd_person_finder_free(sfd_person_finder *f)
{
    if (!f)
        return;
    sfd_executor_free(&f->executor);
    if (f->model->family->free_room)
        f->model->family->free_room(f->room);
    sfd_team_destroy(f->own_team);
    sfd_box_list_free(&f->found);
    free(f);
}

/* An executor for pictures of this size. */
static sfd_status fit(sfd_person_finder *f, int width, int height, sfd_error *err)
{
    const sfd_person_family *family = f->model->family;
    int in_width, in_height;
    family->input_size(f->model->own, width, height, &in_width, &in_height);
    const int rows =
        family->filled_rows ? family->filled_rows(f->model->own, width, height) : in_height;
    if (in_width == f->in_width && in_height == f->in_height && rows == f->filled_rows)
        return SFD_OK;
    sfd_executor_free(&f->executor);
    f->in_width = f->in_height = 0;
    sfd_status status = sfd_executor_create(&f->executor, &f->model->executable, in_height,
                                            in_width, SFD_PLAN_SHARE, f->team, err);
    if (status == SFD_OK && rows < in_height)
        status = sfd_executor_expect_still(&f->executor, rows, err);
    if (status != SFD_OK) {
        sfd_executor_free(&f->executor);
        return status;
    }
    f->in_width = in_width;
    f->in_height = in_height;
    f->filled_rows = rows;
    return SFD_OK;
}

sfd_status sfd_person_finder_fit(sfd_person_finder *f, int width, int height, size_t *n_bytes,
                                 sfd_error *err)
{
    const sfd_status status = fit(f, width, height, err);
    *n_bytes = status == SFD_OK ? sfd_executor_bytes(&f->executor) : 0;
    return status;
}

/* What of a person is in the picture; those who are not leave the list. */
static void clip_boxes(sfd_box_list *list, int width, int height)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        sfd_found_person p = list->items[i];
        p.box.x1 = fminf(fmaxf(p.box.x1, 0), (float)width);
        p.box.x2 = fminf(fmaxf(p.box.x2, 0), (float)width);
        p.box.y1 = fminf(fmaxf(p.box.y1, 0), (float)height);
        p.box.y2 = fminf(fmaxf(p.box.y2, 0), (float)height);
        if (p.box.x2 > p.box.x1 && p.box.y2 > p.box.y1)
            list->items[n++] = p;
    }
    list->n = n;
}

sfd_status sfd_person_finder_run_timed(sfd_person_finder *f, const uint8_t *rgb, int width,
                                       int height, size_t stride_bytes, double threshold,
                                       const sfd_found_person **persons, size_t *n_persons,
                                       double *node_s, sfd_error *err)
{
    const sfd_rgb picture = {width, height, stride_bytes, (uint8_t *)rgb};
    const sfd_person_model *m = f->model;
    *persons = NULL;
    *n_persons = f->found.n = 0;
    if (!rgb || width < 1 || height < 1)
        return sfd_fail(err, SFD_ERR_ARG, "an empty picture shows nobody");
    if (isnan(threshold))
        return sfd_fail(err, SFD_ERR_ARG, "the persons' least score is not a number");
    sfd_status status = fit(f, width, height, err);
    if (status != SFD_OK)
        return status;
    const sfd_map input = sfd_executor_map(&f->executor, m->graph.inputs[0].tensor);
    status = m->family->fill(m->own, &picture, &input, err);
    if (status != SFD_OK)
        return status;
    sfd_executor_run(&f->executor, node_s);
    status = m->family->read(m->own, &f->executor, &picture, threshold, &f->room, &f->found, err);
    clip_boxes(&f->found, width, height);
    *persons = f->found.items;
    *n_persons = status == SFD_OK ? f->found.n : 0;
    return status;
}

sfd_status sfd_person_finder_run(sfd_person_finder *f, const uint8_t *rgb, int width, int height,
                                 size_t stride_bytes, double threshold,
                                 const sfd_found_person **persons, size_t *n_persons,
                                 sfd_error *err)
{
    return sfd_person_finder_run_timed(f, rgb, width, height, stride_bytes, threshold, persons,
                                       n_persons, NULL, err);
}

/* ------------------------------------------------------------------ looking at */

const sfd_executable *sfd_person_model_executable(const sfd_person_model *m)
{
    return &m->executable;
}

void sfd_person_model_observe(sfd_person_model *m, sfd_observe_fn fn, void *user)
{
    m->executable.observe = fn;
    m->executable.observer = user;
}

bool sfd_person_model_takes_bytes(const sfd_person_model *m)
{
    return m->family->takes_bytes;
}

void sfd_person_model_input_size(const sfd_person_model *m, int width, int height, int *in_width,
                                 int *in_height)
{
    m->family->input_size(m->own, width, height, in_width, in_height);
}

const sfd_executor *sfd_person_finder_executor(const sfd_person_finder *f)
{
    return &f->executor;
}
