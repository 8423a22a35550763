/* SPDX-License-Identifier: Apache-2.0 */
/* The course of training: steps, epochs, checkpoints. */
#include "base/clock.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/team.h"
#include "kernels/dense/blas.h"
#include "train/optimizer.h"
#include "train/order.h"
#include "train/report.h"
#include "train/setup.h"
#include "train/trainer.h"
#include "weights/formats/safetensors.h"

#include <math.h>
#include <stdio.h>

/* Depends on seed and epoch alone. */
static sfd_status make_order(sfd_trainer *t, sfd_error *err)
{
    if (t->order_epoch == t->run.epoch)
        return SFD_OK;
    const sfd_random r = sfd_stream(t->s.seed, SFD_STREAM_ORDER, (uint64_t)t->run.epoch, 0);
    sfd_status status = SFD_OK;
    if (t->s.by_class)
        status = sfd_order_by_class(t->order, &t->train, r, err);
    else
        sfd_order_shuffle(t->order, t->train.n, r);
    if (status == SFD_OK)
        t->order_epoch = t->run.epoch;
    return status;
}

/* ------------------------------------------------------------------ files */

static sfd_status write_model(const sfd_trainer *t, const char *name, sfd_error *err)
{
    char path[SFD_MAX_RUN_PATH];
    sfd_weights *weights = NULL;
    sfd_status status = sfd_run_path(path, &t->s, name, err);
    if (status == SFD_OK)
        status = t->task->to_weights(&weights, t, err);
    if (status == SFD_OK)
        status = sfd_weights_write(weights, path, SFD_F32, err);
    sfd_weights_close(weights);
    return status;
}

/* The weights of the epoch that has just ended, where it is the best. */
static sfd_status keep_best(const sfd_trainer *t, sfd_error *err)
{
    const sfd_train_epoch *best = sfd_train_best(&t->run, &t->s);
    const bool is_best = best && best->epoch == t->run.epoch && t->run.step == 0;
    return is_best ? write_model(t, "best.safetensors", err) : SFD_OK;
}

/* The state comes first: the other files follow from it. */
static sfd_status write_results(const sfd_trainer *t, sfd_error *err)
{
    sfd_status status = write_model(t, "last.safetensors", err);
    if (status == SFD_OK)
        status = keep_best(t, err);
    return status == SFD_OK && t->run.epoch > 0 ? sfd_train_report(&t->run, &t->s, err) : status;
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

static sfd_status step(sfd_trainer *t, double *loss, sfd_error *err)
{
    sfd_status status = t->task->step(t, loss, err);
    if (status != SFD_OK)
        return status;
    const bool is_number = isfinite(*loss);
    const double done = t->run.epoch + (double)t->run.step / (double)t->steps;
    if (is_number)
        sfd_optimizer_step(&t->params, t->first_learned, t->params.n,
                           sfd_course_rate(&t->course, done), &t->course, t->team);
    if (!is_number || !sfd_params_are_finite(&t->params, t->team))
        return sfd_fail(
            err, SFD_ERR_ARG,
            "%s no finite number in epoch %d, step %zu of %zu: a lower rate than %g may "
            "help; the last checkpoint was kept",
            is_number ? "a weight is" : "the loss is", t->run.epoch + 1, t->run.step + 1, t->steps,
            t->s.rate);
    return SFD_OK;
}

/* For the products of the first step; everything else is allocated. */
static sfd_status check_room(const sfd_trainer *t, sfd_error *err)
{
    return sfd_blas_has_room(t->team ? sfd_team_size(t->team) : 1) ? SFD_OK
                                                                   : sfd_fail_nomem(err, t->s.out);
}

/* The epoch's remaining steps. */
static sfd_status run_steps(sfd_trainer *t, sfd_error *err)
{
    sfd_status status = make_order(t, err);
    while (status == SFD_OK && t->run.step < t->steps) {
        const double start = sfd_clock_s();
        double loss;
        if (wants_stop(t))
            return sfd_fail(err, SFD_ERR_CANCELLED, "stopped");
        status = step(t, &loss, err);
        if (status != SFD_OK)
            return status;
        t->run.step++;
        t->run.loss_sum += loss;
        t->run.seconds += sfd_clock_s() - start;
        if (t->s.on_progress)
            t->s.on_progress(
                t->s.user, t->task->unit, (size_t)sfd_trainer_step(t) * t->batch,
                (size_t)t->s.epochs * t->steps * t->batch, loss,
                sfd_course_rate(&t->course, (double)sfd_trainer_step(t) / (double)t->steps));
    }
    return status;
}

static const sfd_train_epoch no_results = {
    .loss = NAN, .map = NAN, .top1 = NAN, .top5 = NAN, .ap50 = NAN, .recall50 = NAN};

/* The weights as they are; nothing is written. */
static sfd_status validate_only(sfd_trainer *t, sfd_error *err)
{
    sfd_train_epoch e = no_results;
    if (t->val.n == 0)
        return sfd_fail(err, SFD_ERR_ARG, "there is no validation set");
    const double start = sfd_clock_s();
    const sfd_status status = t->task->validate(t, &e, err);
    e.epoch = t->run.epoch;
    e.seconds = sfd_clock_s() - start;
    if (status == SFD_OK && t->s.on_epoch)
        t->s.on_epoch(t->s.user, &e);
    return status;
}

static sfd_status run_epoch(sfd_trainer *t, sfd_error *err)
{
    sfd_train_epoch e = no_results;
    sfd_status status = run_steps(t, err);
    if (status != SFD_OK)
        return status;
    if (t->val.n > 0)
        status = t->task->validate(t, &e, err);
    if (status != SFD_OK)
        return status;
    e.epoch = t->run.epoch + 1;
    e.rate = sfd_course_rate(&t->course, e.epoch);
    e.loss = t->run.loss_sum / (double)t->steps;
    e.seconds = t->run.seconds;
    status = sfd_run_state_add_epoch(&t->run, &e, err);
    if (status == SFD_OK)
        status = save(t, err);
    if (status == SFD_OK && t->s.tensorboard)
        status = sfd_events_add(&e, &t->s, err);
    if (status == SFD_OK && t->s.on_epoch)
        t->s.on_epoch(t->s.user, &e);
    return status;
}

/* Weights that know something already are the best until an epoch is better: nobody ends with less
 * than was there. */
static sfd_status validate_start(sfd_trainer *t, sfd_error *err)
{
    sfd_run_state *r = &t->run;
    if (!t->goes_on || t->val.n == 0 || r->has_start || sfd_trainer_step(t) > 0)
        return SFD_OK;
    const double start = sfd_clock_s();
    r->start = no_results;
    sfd_status status = t->task->validate(t, &r->start, err);
    if (status != SFD_OK)
        return status;
    r->start.seconds = sfd_clock_s() - start;
    r->has_start = true;
    status = keep_best(t, err);
    if (status == SFD_OK && t->s.on_epoch)
        t->s.on_epoch(t->s.user, &r->start);
    return status;
}

/* The best epoch lies too far back. */
static bool is_out_of_patience(const sfd_trainer *t)
{
    const sfd_train_epoch *best = sfd_train_best(&t->run, &t->s);
    return t->s.patience > 0 && best && t->run.epoch - best->epoch >= t->s.patience;
}

/* A resumed run first brings its files up to date: an interruption between two of them left one
 * old. */
static sfd_status begin(sfd_trainer *t, sfd_error *err)
{
    char message[160];
    sfd_status status = t->run.begun_epochs > 0 ? write_results(t, err) : SFD_OK;
    if (status == SFD_OK && t->s.tensorboard)
        status = sfd_events_begin(&t->run, &t->s, err);
    if (t->run.begun_epochs > 0 && t->run.begun_epochs != t->s.epochs) {
        snprintf(message, sizeof message,
                 "begun for %d epochs: after the first %d the learning rate goes as in %d",
                 t->run.begun_epochs, t->run.epoch, t->s.epochs);
        sfd_trainer_tell(t, message);
    }
    return status;
}

static sfd_status run_epochs(sfd_trainer *t, sfd_error *err)
{
    sfd_status status = begin(t, err);
    if (status == SFD_OK)
        status = check_room(t, err);
    if (status == SFD_OK)
        status = validate_start(t, err);
    while (status == SFD_OK && t->run.epoch < t->s.epochs && !is_out_of_patience(t))
        status = run_epoch(t, err);
    if (status == SFD_ERR_CANCELLED) {
        const sfd_status saved = save(t, err);
        return saved == SFD_OK ? SFD_ERR_CANCELLED : saved;
    }
    if (status == SFD_OK && t->s.on_end)
        t->s.on_end(t->s.user, sfd_train_best(&t->run, &t->s), t->run.epoch);
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
    if (status == SFD_OK)
        status = s.validate_only ? validate_only(&t, err) : run_epochs(&t, err);
    sfd_trainer_free(&t);
    return status;
}
