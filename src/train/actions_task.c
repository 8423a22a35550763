/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of a run that learns what people do. */
#include "base/error.h"
#include "train/actions.h"
#include "train/setup.h"
#include "train/validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void copy_targets(sfd_trainer *t, size_t box, size_t row)
{
    const size_t k = t->train.n_classes;
    memcpy(t->targets + row * k, t->train.targets + box * k, k * sizeof *t->targets);
}

/* ------------------------------------------------------------------ whole network */

/* Whose wrong sound a sample is let hear: another's, which is easy to tell, or its own at another
 * time. At first all are others', from MIX_NEG_EPOCH on EASY_NEG_RATIO of them. */
static size_t wrong_slot(const sfd_trainer *t, size_t slot)
{
    const sfd_solver *v = &t->course.solver;
    const int mix_epoch = v->mix_epoch >= 0 ? v->mix_epoch : t->s.epochs / 2;
    const size_t easy = (size_t)(v->easy_share * (float)t->batch);
    const size_t n = t->run.epoch < mix_epoch ? t->batch : easy > 0 ? easy : 1;
    return slot < n ? (slot + 1) % n : slot;
}

static void hear_wrong(const sfd_trainer *t, size_t slot, const sfd_ear *ear, sfd_error *err)
{
    const size_t from = wrong_slot(t, slot);
    const sfd_sample *s = sfd_trainer_sample(t, from);
    const sfd_sample_video *v = &t->train.videos[s->video];
    const double gap_s = t->course.solver.sync_gap * t->net.config.audio.step_ms / 1000.0;
    sfd_random r = sfd_stream(t->s.seed, SFD_STREAM_WRONG, sfd_trainer_step(t), from);
    const double time_s = sfd_augment_draw_wrong(&t->augment, v->frames.header.n_frames,
                                                 t->views[from].time_s, gap_s, &r);
    sfd_augment_hear(&t->augment, &t->graph, slot, 1, &v->sound, time_s, ear, err);
}

static void fill_slot(void *user, size_t slot, int thread)
{
    const sfd_trainer *t = user;
    const sfd_sample *s = sfd_trainer_sample(t, slot);
    const sfd_sample_video *v = &t->train.videos[s->video];
    sfd_frame_buffer *buffer = &t->buffers[thread];
    sfd_augment_fill(&t->augment, &t->graph, slot, &v->frames, &t->views[slot], buffer);
    if (buffer->err.status == SFD_OK)
        sfd_augment_hear(&t->augment, &t->graph, slot, 0, &v->sound, t->views[slot].time_s,
                         &t->ears[thread], &buffer->err);
    if (buffer->err.status == SFD_OK && t->net.n_sync_points > 0)
        hear_wrong(t, slot, &t->ears[thread], &buffer->err);
}

static sfd_status draw_batch(sfd_trainer *t, sfd_error *err)
{
    size_t n = 0;
    for (size_t slot = 0; slot < t->batch; slot++) {
        const sfd_sample *s = sfd_trainer_sample(t, slot);
        const sfd_frame_cache *frames = &t->train.videos[s->video].frames;
        t->views[slot] =
            sfd_augment_draw(&t->augment, &t->train, sfd_trainer_index(t, slot),
                             sfd_stream(t->s.seed, SFD_STREAM_AUGMENT, sfd_trainer_step(t), slot));
        t->first[slot] = n;
        for (size_t i = s->first_box; i < s->first_box + s->n_boxes; i++)
            if (t->train.whole_videos || /* whatever the crop shows of it */
                sfd_augment_map_box(frames, &t->views[slot].view, &t->train.boxes[i].box,
                                    &t->boxes[n]))
                copy_targets(t, i, n++);
    }
    t->first[t->batch] = n;
    return sfd_trainer_fill_batch(t, fill_slot, err);
}

static sfd_random dropout_stream(const sfd_trainer *t)
{
    return sfd_stream(t->s.seed, SFD_STREAM_DROPOUT, sfd_trainer_step(t), 0);
}

/* In so many steps the sound's pathway is left out wherever it joins the others, as in the code of
 * audiovisual SlowFast's authors. */
static void drop_pathway(sfd_trainer *t)
{
    sfd_random r = sfd_stream(t->s.seed, SFD_STREAM_PATHWAY, sfd_trainer_step(t), 0);
    t->graph.skips = sfd_random_unit(&r) < t->s.drop_pathway;
}

static sfd_status network_step(sfd_trainer *t, double *loss, sfd_error *err)
{
    sfd_status status = draw_batch(t, err);
    if (status != SFD_OK)
        return status;
    const sfd_batch_boxes boxes = {t->boxes, t->first};
    const size_t n = t->first[t->batch];
    *loss = 0;
    if (n == 0) /* all people were cropped away */
        return SFD_OK;
    drop_pathway(t);
    sfd_train_graph_forward(&t->graph);
    status = sfd_train_head_forward(&t->head, &boxes, err);
    if (status == SFD_OK)
        status = sfd_train_classifier_step(&t->classifier, t->head.features, t->targets, n,
                                           dropout_stream(t), t->head.d_features, loss, err);
    if (status != SFD_OK || !isfinite(*loss))
        return status;
    sfd_train_graph_clear_grads(&t->graph);
    sfd_train_head_backward(&t->head, &boxes);
    if (t->net.n_sync_points > 0)
        *loss += t->s.sync_loss * sfd_train_sync_step(&t->sync, t->s.sync_loss);
    sfd_train_graph_backward(&t->graph);
    return SFD_OK;
}

/* ------------------------------------------------------------------ classifier alone */

static sfd_status classifier_step(sfd_trainer *t, double *loss, sfd_error *err)
{
    const size_t width = t->head_desc.n_features;
    size_t n = 0;
    for (size_t slot = 0; slot < t->batch; slot++) {
        const sfd_sample *s = sfd_trainer_sample(t, slot);
        for (size_t i = s->first_box; i < s->first_box + s->n_boxes; i++, n++) {
            memcpy(t->rows + n * width, t->features + i * width, width * sizeof *t->rows);
            copy_targets(t, i, n);
        }
    }
    return sfd_train_classifier_step(&t->classifier, t->rows, t->targets, n, dropout_stream(t),
                                     NULL, loss, err);
}

/* ------------------------------------------------------------------ the task */

static sfd_status resume(sfd_trainer *t, sfd_error *err)
{
    if (t->s.validate_only)
        return SFD_OK;
    return t->s.freeze_backbone ? sfd_actions_prepare_features(t, err)
                                : sfd_train_graph_prepare(&t->graph, err);
}

static sfd_status step(sfd_trainer *t, double *loss, sfd_error *err)
{
    return t->s.freeze_backbone ? classifier_step(t, loss, err) : network_step(t, loss, err);
}

static sfd_status validate(const sfd_trainer *t, sfd_train_epoch *e, sfd_error *err)
{
    return t->s.freeze_backbone ? sfd_validate_features(e, &t->net, &t->params, &t->val,
                                                        t->val_features, &t->val_views, &t->s, err)
                                : sfd_validate(e, &t->net, &t->params, &t->val, &t->s, err);
}

static sfd_status to_weights(sfd_weights **out, const sfd_trainer *t, sfd_error *err)
{
    sfd_status status = sfd_params_to_weights(out, &t->params, &t->net, err);
    if (status == SFD_OK && t->class_list)
        status = sfd_weights_set_metadata(*out, SFD_METADATA_LABELS, t->class_list, err);
    return status;
}

static void free_own(sfd_trainer *t)
{
    sfd_label_map_free(&t->labels);
    free(t->class_list);
    sfd_train_classifier_free(&t->classifier);
    sfd_train_head_free(&t->head);
    sfd_train_sync_free(&t->sync);
    for (int i = 0; t->ears && i < sfd_team_size(t->team); i++)
        sfd_ear_free(&t->ears[i]);
    free(t->ears);
    free(t->class_weights);
    sfd_net_free(&t->net);
    free(t->features);
    free(t->val_features);
    free(t->views);
    free(t->boxes);
    free(t->first);
    free(t->rows);
    free(t->targets);
}

const sfd_train_task sfd_train_actions = {.unit = "clips",
                                          .create = sfd_actions_create,
                                          .begin = resume,
                                          .step = step,
                                          .validate = validate,
                                          .to_weights = to_weights,
                                          .free = free_own};
