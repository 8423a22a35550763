/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and steps of a run that learns to find persons. */
#include "train/persons/persons.h"

#include "base/alloc.h"
#include "base/error.h"
#include "train/setup.h"

#include <math.h>
#include <stdlib.h>

#define L1_SHARE 0.15 /* of the epochs, the last */
#define STRIDE   32

static sfd_status make_memory(sfd_trainer *t, sfd_error *err)
{
    sfd_person_trainer *p = t->persons;
    size_t most = 0;
    unsigned cpu;
    sfd_status status = sfd_trainer_cut_batches(t, err);
    if (status != SFD_OK)
        return status;
    for (size_t i = 0; i < t->train.n; i++)
        most = t->train.items[i].n_boxes > most ? t->train.items[i].n_boxes : most;
    p->width = t->s.persons_side;
    p->height = (p->width * 3 / 4 + STRIDE - 1) / STRIDE * STRIDE;
    p->views = sfd_malloc_array(t->batch, sizeof *p->views);
    p->boxes = sfd_malloc_array(t->batch, most * sizeof *p->boxes);
    p->first = sfd_malloc_array(t->batch + 1, sizeof *p->first);
    if (!p->views || !p->boxes || !p->first)
        return sfd_fail_nomem(err, t->s.out);
    status = sfd_cpu_choose(&cpu, NULL, err);
    if (status == SFD_OK)
        status = sfd_trainer_make_team(t, err);
    if (status == SFD_OK)
        status = sfd_train_graph_create(&t->graph, &p->graph, &t->params, sfd_kernels_get(cpu),
                                        t->batch, p->height, p->width, t->team, err);
    return status == SFD_OK ? sfd_person_loss_create(&p->loss, &t->graph, err) : status;
}

static sfd_status create(sfd_trainer *t, sfd_error *err)
{
    t->goes_on = t->s.weights != NULL;
    t->persons = sfd_calloc(1, sizeof *t->persons);
    if (!t->persons)
        return sfd_fail_nomem(err, t->s.out);
    sfd_status status = sfd_persons_make_network(t, err);
    if (status == SFD_OK)
        status = sfd_persons_read_samples(t, err);
    if (status == SFD_OK)
        status = sfd_persons_open_frames(t, err);
    return status == SFD_OK ? make_memory(t, err) : status;
}

static void free_own(sfd_trainer *t)
{
    sfd_person_trainer *p = t->persons;
    if (!p)
        return;
    sfd_person_loss_free(&p->loss);
    sfd_graph_free(&p->graph);
    free(p->views);
    free(p->boxes);
    free(p->first);
    free(p);
}

/* ------------------------------------------------------------------ steps */

static bool has_l1(const sfd_trainer *t)
{
    return t->run.epoch >= (1 - L1_SHARE) * t->s.epochs;
}

static void fill_slot(void *user, size_t slot, int thread)
{
    const sfd_trainer *t = user;
    sfd_rgb picture;
    if (sfd_person_picture(&picture, t, &t->train, sfd_trainer_sample(t, slot),
                           &t->buffers[thread]) != SFD_OK)
        return;
    const int tensor = t->graph.graph->inputs[0].tensor;
    const sfd_map input =
        sfd_plan_map(&t->graph.plan, tensor, t->graph.value + slot * t->graph.plan.arena_bytes);
    sfd_person_view_fill(&t->persons->views[slot], &picture, &input);
}

static sfd_status draw_batch(sfd_trainer *t, sfd_error *err)
{
    sfd_person_trainer *p = t->persons;
    size_t n = 0;
    for (size_t slot = 0; slot < t->batch; slot++) {
        const sfd_sample *s = sfd_trainer_sample(t, slot);
        sfd_rgb size;
        sfd_person_picture(&size, t, &t->train, s, NULL);
        p->views[slot] = sfd_person_view_draw(
            size.width, size.height, p->width, p->height,
            sfd_stream(t->s.seed, SFD_STREAM_AUGMENT, sfd_trainer_step(t), slot));
        p->first[slot] = n;
        for (size_t i = s->first_box; i < s->first_box + s->n_boxes; i++)
            n += sfd_person_view_box(&p->views[slot], &t->train.boxes[i].box, size.width,
                                     size.height, p->width, p->height, &p->boxes[n]);
    }
    p->first[t->batch] = n;
    return sfd_trainer_fill_batch(t, fill_slot, err);
}

static sfd_status step(sfd_trainer *t, double *loss, sfd_error *err)
{
    sfd_person_trainer *p = t->persons;
    const sfd_status status = draw_batch(t, err);
    if (status != SFD_OK)
        return status;
    const sfd_batch_persons persons = {p->boxes, p->first};
    sfd_train_graph_forward(&t->graph);
    sfd_train_graph_clear_grads(&t->graph);
    sfd_person_loss_assign(&p->loss, &persons);
    *loss = sfd_person_loss_run(&p->loss, &persons, has_l1(t));
    if (isfinite(*loss))
        sfd_train_graph_backward(&t->graph);
    return SFD_OK;
}

const sfd_train_task sfd_train_persons = {.unit = "pictures",
                                          .create = create,
                                          .step = step,
                                          .validate = sfd_persons_validate,
                                          .to_weights = sfd_persons_to_weights,
                                          .free = free_own};
