/* SPDX-License-Identifier: Apache-2.0 */
/* Setting up a training run. */
#include "train/trainer.h"

#include "base/error.h"
#include "base/settings.h"

#include <math.h>
#include <stdlib.h>

void sfd_train_settings_defaults_sized(sfd_train_settings *s, size_t struct_size)
{
    const sfd_train_settings defaults = {.batch = 8,
                                         .rate = NAN,
                                         .warmup_epochs = NAN,
                                         .schedule = SFD_TRAIN_AS_CONFIGURED,
                                         .momentum = NAN,
                                         .weight_decay = NAN,
                                         .dropout = NAN,
                                         .drop_pathway = NAN,
                                         .sync_loss = NAN,
                                         .seed = 1,
                                         .box_threshold = 0.8,
                                         .max_shift = 1,
                                         .persons_width = 8,
                                         .persons_depth = 1,
                                         .focal_alpha = 1};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

/* ------------------------------------------------------------------ settings */

static sfd_status check_actions(const sfd_train_settings *s, sfd_error *err)
{
    if (!s->list == !s->truth)
        return sfd_fail(err, SFD_ERR_ARG, "either ground truth or a list of videos is needed");
    if (s->list && (s->labels || s->proposals || s->val_truth || s->val_proposals))
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: a list of videos goes with no labels, boxes or truth", s->list);
    if (s->truth && (s->val_list || s->n_classes))
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: ground truth goes with no list of videos and no number of classes",
                        s->truth);
    if ((s->truth && !s->videos) || !s->out)
        return sfd_fail(err, SFD_ERR_ARG, "videos and an output folder are needed");
    if (!s->config && !s->weights)
        return sfd_fail(err, SFD_ERR_ARG, "neither a network configuration nor weights given");
    if ((s->freeze_backbone || s->frozen_stages) && !s->weights)
        return sfd_fail(err, SFD_ERR_ARG, "a frozen backbone needs weights");
    if (s->quantise_as && (!s->weights || s->freeze_backbone))
        return sfd_fail(err, SFD_ERR_ARG, "%s: to be quantised, %s", s->quantise_as,
                        s->weights ? "a backbone must learn, not be frozen"
                                   : "weights must be trained already");
    if (!s->val_truth != !s->val_proposals)
        return sfd_fail(err, SFD_ERR_ARG, "validation needs both ground truth and proposals");
    if (s->frozen_stages > SFD_STAGES_ALL || !(s->focal_gamma >= 0 && s->focal_gamma <= 100) ||
        !(s->focal_alpha > 0 && s->focal_alpha <= 1000))
        return sfd_fail(err, SFD_ERR_ARG,
                        "frozen stages %#x, focal loss with gamma %g, alpha %g: out of range",
                        s->frozen_stages, s->focal_gamma, s->focal_alpha);
    return SFD_OK;
}

static sfd_status check_only_actions(const sfd_train_settings *s, sfd_error *err)
{
    return s->frozen_stages || s->focal_gamma != 0 || s->focal_alpha != 1 || s->class_weights ||
                   s->by_class || s->quantise_as
               ? sfd_fail(err, SFD_ERR_ARG,
                          "frozen stages, focal loss, weights of classes, draws by class and "
                          "scales to be quantised with are not for person detectors")
               : SFD_OK;
}

/* As the caller set them: the course has filled what was left open. */
static sfd_status check_only_clips(const sfd_train_settings *s, sfd_error *err)
{
    return s->drop_pathway > 0 || s->sync_loss > 0 || s->dropout > 0 || s->min_side ||
                   s->max_side || s->max_shift != 1 || s->box_threshold != 0.8
               ? sfd_fail(
                     err, SFD_ERR_ARG,
                     "dropout, dropped pathways, the loss of synchronisation, sides and shifts "
                     "of clips and the threshold of proposals are not for person detectors")
               : SFD_OK;
}

static sfd_status check_no_persons(const sfd_train_settings *s, sfd_error *err)
{
    return s->persons_width != 8 || s->persons_depth != 1 || s->persons_side || s->persons_knows
               ? sfd_fail(err, SFD_ERR_ARG,
                          "a width, depth, side and knowledge of persons are for person detectors "
                          "only")
               : SFD_OK;
}

static sfd_status check_persons(const sfd_train_settings *s, sfd_error *err)
{
    if (!s->truth || !s->videos || !s->out)
        return sfd_fail(err, SFD_ERR_ARG, "ground truth, videos and an output folder are needed");
    if (s->list || s->val_list || s->labels || s->proposals || s->val_proposals || s->n_classes ||
        s->config || s->freeze_backbone)
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: a person detector learns from the boxes of the truth: lists of "
                        "videos, labels, proposals, configurations and a frozen backbone are not "
                        "for it",
                        s->truth);
    if (s->persons_width < 2 || s->persons_width > 256 || s->persons_width % 2 != 0 ||
        s->persons_depth < 1 || s->persons_depth > 16)
        return sfd_fail(err, SFD_ERR_ARG,
                        "%d channels, an even number from 2 to 256, and depth %d, 1 to 16: out of "
                        "range",
                        s->persons_width, s->persons_depth);
    return check_only_actions(s, err);
}

static sfd_status check_only(const sfd_train_settings *s, sfd_error *err)
{
    return s->validate_only && s->resume
               ? sfd_fail(err, SFD_ERR_ARG,
                          "%s: nothing is resumed where nothing is learned; the run's "
                          "last.safetensors are weights",
                          s->out)
               : SFD_OK;
}

static sfd_status check_course(const sfd_train_settings *s, sfd_error *err)
{
    if (s->epochs < 1 || s->batch < 1 || s->threads < 0 || !(s->rate > 0) ||
        !(s->dropout >= 0 && s->dropout < 1) || !(s->drop_pathway >= 0 && s->drop_pathway <= 1) ||
        !(s->sync_loss >= 0 && s->sync_loss <= 1e6) || s->max_shift < 0 ||
        !(s->warmup_epochs >= 0) || s->n_classes < 0 || s->patience < 0)
        return sfd_fail(err, SFD_ERR_ARG,
                        "epochs %d, batch %d, threads %d, rate %g, dropout %g, dropped pathway %g: "
                        "out of range",
                        s->epochs, s->batch, s->threads, s->rate, s->dropout, s->drop_pathway);
    return SFD_OK;
}

static sfd_status check_patience(const sfd_train_settings *s, sfd_error *err)
{
    return s->patience > 0 && !s->val_truth && !s->val_list
               ? sfd_fail(err, SFD_ERR_ARG,
                          "to end where epochs get no better, a validation set is needed")
               : SFD_OK;
}

/* Hours of training are not overwritten by the same command, given again. */
static sfd_status check_out(const sfd_trainer *t, sfd_error *err)
{
    const sfd_train_settings *s = &t->s;
    return !s->resume && !s->force && !s->validate_only && sfd_run_state_exists(s)
               ? sfd_fail(err, SFD_ERR_ARG,
                          "%s: holds a run already (state.bin); \"resume\" goes on with it, "
                          "\"force\" begins anew",
                          s->out)
               : SFD_OK;
}

sfd_status sfd_trainer_create(sfd_trainer *t, const sfd_train_settings *s, sfd_error *err)
{
    *t = (sfd_trainer){
        .s = *s, .order_epoch = -1, .task = s->persons ? &sfd_train_persons : &sfd_train_actions};
    sfd_status status = sfd_course_resolve(&t->course, &t->s, err);
    if (status == SFD_OK)
        status = s->persons ? check_persons(&t->s, err) : check_actions(&t->s, err);
    if (status == SFD_OK)
        status = s->persons ? check_only_clips(s, err) : check_no_persons(s, err);
    if (status == SFD_OK)
        status = check_course(&t->s, err);
    if (status == SFD_OK)
        status = check_only(&t->s, err);
    if (status == SFD_OK)
        status = check_patience(&t->s, err);
    if (status == SFD_OK)
        status = check_out(t, err);
    if (status != SFD_OK)
        return status;
    t->s.threads = s->threads ? s->threads : sfd_usable_cores();
    t->s.freeze_backbone = s->freeze_backbone && !s->validate_only;
    status = t->task->create(t, err);
    if (status == SFD_OK && s->resume && sfd_run_state_exists(s))
        status = sfd_run_state_read(&t->run, &t->params, &t->s, err);
    return status == SFD_OK && t->task->begin ? t->task->begin(t, err) : status;
}

static void free_buffers(sfd_trainer *t)
{
    for (int i = 0; t->buffers && i < sfd_team_size(t->team); i++)
        free(t->buffers[i].bytes);
    free(t->buffers);
}

void sfd_trainer_free(sfd_trainer *t)
{
    sfd_train_graph_free(&t->graph); /* looks at the task's graph */
    t->task->free(t);
    free_buffers(t);
    sfd_team_destroy(t->team);
    sfd_params_free(&t->params);
    sfd_train_bytes_free(&t->bytes);
    sfd_samples_free(&t->train);
    sfd_samples_free(&t->val);
    sfd_run_state_free(&t->run);
    sfd_notes_free(&t->read);
    free(t->order);
}
