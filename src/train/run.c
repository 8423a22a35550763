/* SPDX-License-Identifier: Apache-2.0 */
/* The course of training: steps, epochs, checkpoints. */
#include "base/clock.h"
#include "base/error.h"
#include "base/settings.h"
#include "train/optimizer.h"
#include "train/trainer.h"
#include "train/validate.h"
#include "weights/formats/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PATH_LEN 4096

/* Fisher-Yates; depends on seed and epoch alone. */
static void shuffle(sfd_trainer *t)
{
    if (t->order_epoch == t->run.epoch)
        return;
    sfd_random r = sfd_stream(t->s.seed, SFD_STREAM_ORDER, (uint64_t)t->run.epoch, 0);
    for (size_t i = 0; i < t->train.n; i++)
        t->order[i] = i;
    for (size_t i = t->train.n; i > 1; i--) {
        const size_t j = sfd_random_below(&r, i), kept = t->order[i - 1];
        t->order[i - 1] = t->order[j];
        t->order[j] = kept;
    }
    t->order_epoch = t->run.epoch;
}

static size_t batch_index(const sfd_trainer *t, size_t slot)
{
    return t->order[t->run.step * t->batch + slot];
}

static const sfd_sample *batch_sample(const sfd_trainer *t, size_t slot)
{
    return &t->train.items[batch_index(t, slot)];
}

static uint64_t global_step(const sfd_trainer *t)
{
    return (uint64_t)t->run.epoch * t->steps + t->run.step;
}

static void copy_targets(sfd_trainer *t, size_t box, size_t row)
{
    const size_t k = t->train.n_classes;
    memcpy(t->targets + row * k, t->train.targets + box * k, k * sizeof *t->targets);
}

/* ------------------------------------------------------------------ whole network */

static void fill_slot(void *user, size_t slot, int thread)
{
    (void)thread;
    const sfd_trainer *t = user;
    const sfd_sample *s = batch_sample(t, slot);
    sfd_augment_fill(&t->augment, &t->graph, slot, &t->train.videos[s->video].frames,
                     &t->views[slot]);
}

static void draw_batch(sfd_trainer *t)
{
    size_t n = 0;
    for (size_t slot = 0; slot < t->batch; slot++) {
        const sfd_sample *s = batch_sample(t, slot);
        const sfd_frame_cache *frames = &t->train.videos[s->video].frames;
        t->views[slot] =
            sfd_augment_draw(&t->augment, &t->train, batch_index(t, slot),
                             sfd_stream(t->s.seed, SFD_STREAM_AUGMENT, global_step(t), slot));
        t->first[slot] = n;
        for (size_t i = s->first_box; i < s->first_box + s->n_boxes; i++)
            if (t->train.whole_videos || /* whatever the crop shows of it */
                sfd_augment_map_box(frames, &t->views[slot].view, &t->train.boxes[i].box,
                                    &t->boxes[n]))
                copy_targets(t, i, n++);
    }
    t->first[t->batch] = n;
    sfd_team_for(t->team, t->batch, fill_slot, t);
}

static sfd_random dropout_stream(const sfd_trainer *t)
{
    return sfd_stream(t->s.seed, SFD_STREAM_DROPOUT, global_step(t), 0);
}

static sfd_status network_step(sfd_trainer *t, double *loss, sfd_error *err)
{
    draw_batch(t);
    const sfd_batch_boxes boxes = {t->boxes, t->first};
    const size_t n = t->first[t->batch];
    *loss = 0;
    if (n == 0) /* all people were cropped away */
        return SFD_OK;
    sfd_train_graph_forward(&t->graph);
    sfd_status status = sfd_train_head_forward(&t->head, &boxes, err);
    if (status == SFD_OK)
        status = sfd_train_classifier_step(&t->classifier, t->head.features, t->targets, n,
                                           dropout_stream(t), t->head.d_features, loss, err);
    if (status != SFD_OK || !isfinite(*loss))
        return status;
    sfd_train_graph_clear_grads(&t->graph);
    sfd_train_head_backward(&t->head, &boxes);
    sfd_train_graph_backward(&t->graph);
    return SFD_OK;
}

/* ------------------------------------------------------------------ classifier alone */

static sfd_status classifier_step(sfd_trainer *t, double *loss, sfd_error *err)
{
    const size_t width = t->head_desc.n_features;
    size_t n = 0;
    for (size_t slot = 0; slot < t->batch; slot++) {
        const sfd_sample *s = batch_sample(t, slot);
        for (size_t i = s->first_box; i < s->first_box + s->n_boxes; i++, n++) {
            memcpy(t->rows + n * width, t->features + i * width, width * sizeof *t->rows);
            copy_targets(t, i, n);
        }
    }
    return sfd_train_classifier_step(&t->classifier, t->rows, t->targets, n, dropout_stream(t),
                                     NULL, loss, err);
}

/* ------------------------------------------------------------------ files */

static sfd_status write_model(const sfd_trainer *t, sfd_error *err)
{
    char path[MAX_PATH_LEN];
    sfd_weights *weights;
    snprintf(path, sizeof path, "%s/model.safetensors", t->s.out);
    sfd_status status = sfd_params_to_weights(&weights, &t->params, &t->net, err);
    if (status != SFD_OK)
        return status;
    if (t->class_list)
        status = sfd_weights_set_metadata(weights, SFD_METADATA_LABELS, t->class_list, err);
    if (status == SFD_OK)
        status = sfd_weights_write(weights, path, SFD_F32, err);
    sfd_weights_close(weights);
    return status;
}

/* The state comes first: the other files follow from it. */
static sfd_status write_results(const sfd_trainer *t, sfd_error *err)
{
    sfd_status status = write_model(t, err);
    return status == SFD_OK && t->run.epoch > 0 ? sfd_run_state_report(&t->run, &t->s, err)
                                                : status;
}

static sfd_status save(const sfd_trainer *t, sfd_error *err)
{
    sfd_status status = sfd_run_state_write(&t->run, &t->params, &t->s, err);
    return status == SFD_OK ? write_results(t, err) : status;
}

/* ------------------------------------------------------------------ epochs */

static bool wants_stop(const sfd_trainer *t)
{
    return t->s.should_stop && t->s.should_stop(t->s.user);
}

static bool all_finite(const sfd_params *p)
{
    bool finite = true;
    for (size_t i = 0; i < p->n_floats; i++)
        finite &= isfinite(p->value[i]) != 0;
    return finite;
}

static sfd_status step(sfd_trainer *t, double *loss, sfd_error *err)
{
    sfd_status status =
        t->s.freeze_backbone ? classifier_step(t, loss, err) : network_step(t, loss, err);
    if (status != SFD_OK)
        return status;
    const bool is_number = isfinite(*loss);
    const double done = t->run.epoch + (double)t->run.step / (double)t->steps;
    if (is_number)
        sfd_optimizer_step(&t->params, t->first_learned, t->params.n,
                           sfd_course_rate(&t->course, done), &t->course);
    if (!is_number || !all_finite(&t->params))
        return sfd_fail(
            err, SFD_ERR_ARG,
            "%s no finite number in epoch %d, step %zu of %zu: a lower rate than %g may "
            "help; the last checkpoint was kept",
            is_number ? "a weight is" : "the loss is", t->run.epoch + 1, t->run.step + 1, t->steps,
            t->s.rate);
    return SFD_OK;
}

/* The epoch's remaining steps. */
static sfd_status run_steps(sfd_trainer *t, sfd_error *err)
{
    shuffle(t);
    while (t->run.step < t->steps) {
        const double start = sfd_clock_s();
        double loss;
        if (wants_stop(t))
            return sfd_fail(err, SFD_ERR_CANCELLED, "stopped");
        sfd_status status = step(t, &loss, err);
        if (status != SFD_OK)
            return status;
        t->run.step++;
        t->run.loss_sum += loss;
        t->run.seconds += sfd_clock_s() - start;
        if (t->s.on_progress)
            t->s.on_progress(
                t->s.user, "clips", (size_t)global_step(t) * t->batch,
                (size_t)t->s.epochs * t->steps * t->batch, loss,
                sfd_course_rate(&t->course, (double)global_step(t) / (double)t->steps));
    }
    return SFD_OK;
}

static sfd_status validate(const sfd_trainer *t, sfd_train_epoch *e, sfd_error *err)
{
    if (t->val.n == 0)
        return SFD_OK;
    return t->s.freeze_backbone
               ? sfd_validate_features(e, &t->net, &t->params, &t->val, t->val_features, &t->s, err)
               : sfd_validate(e, &t->net, &t->params, &t->val, &t->s, err);
}

static sfd_status run_epoch(sfd_trainer *t, sfd_error *err)
{
    sfd_train_epoch e = {.map = NAN, .top1 = NAN, .top5 = NAN};
    sfd_status status = run_steps(t, err);
    if (status != SFD_OK)
        return status;
    status = validate(t, &e, err);
    if (status != SFD_OK)
        return status;
    e.epoch = t->run.epoch + 1;
    e.rate = sfd_course_rate(&t->course, e.epoch);
    e.loss = t->run.loss_sum / (double)t->steps;
    e.seconds = t->run.seconds;
    status = sfd_run_state_add_epoch(&t->run, &e, err);
    if (status == SFD_OK)
        status = save(t, err);
    if (status == SFD_OK && t->s.on_epoch)
        t->s.on_epoch(t->s.user, &e);
    return status;
}

sfd_status sfd_train_run(const sfd_train_settings *settings, sfd_error *err)
{
    sfd_train_settings s;
    sfd_trainer t;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_train_settings, &s, settings, err);
    if (status != SFD_OK)
        return status;
    status = sfd_trainer_create(&t, &s, err);
    const bool begun = status == SFD_OK;
    if (begun && s.resume) /* what an interruption between two files left old */
        status = write_results(&t, err);
    while (status == SFD_OK && t.run.epoch < t.s.epochs)
        status = run_epoch(&t, err);
    if (begun && status == SFD_ERR_CANCELLED) {
        const sfd_status saved = save(&t, err);
        status = saved == SFD_OK ? SFD_ERR_CANCELLED : saved;
    }
    sfd_trainer_free(&t);
    return status;
}
