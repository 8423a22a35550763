/* SPDX-License-Identifier: Apache-2.0 */
/* Setting up a run that learns what people do. */
#include "train/actions.h"

#include "base/alloc.h"
#include "base/error.h"
#include "config/load.h"
#include "train/class_weights.h"
#include "train/setup.h"
#include "train/validate.h"
#include "weights/weights_config.h"
#include "weights/zoo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AVA_MAX_ID 80
#define MOST_NAMED 5 /* empty classes */

/* ------------------------------------------------------------------ network */

/* Own classes, for which the classifier starts anew. */
static bool has_new_head(const sfd_trainer *t)
{
    return (t->s.labels || t->s.n_classes > 0) && !t->keeps_head;
}

/* With own labels the classifier gets an output for each id of the list. */
static sfd_status fit_classes(const sfd_trainer *t, sfd_net_config *c, sfd_error *err)
{
    const bool learns_from_list = sfd_train_head_find(c)->whole_videos;
    if (learns_from_list != (t->s.list != NULL))
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: %s", c->name,
                        learns_from_list
                            ? "is no detection network, it learns from a list of videos"
                            : "is a detection network, which learns from boxes, not from a list");
    if (t->s.list) {
        c->num_classes = t->s.n_classes ? t->s.n_classes : c->num_classes;
        return SFD_OK;
    }
    const bool refits = t->s.weights && t->s.labels && !t->keeps_head;
    if (refits)
        c->n_class_ids = 0;
    if (c->n_class_ids > 0)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: its outputs stand for %d chosen class ids; training goes on with a "
                        "label list of its own only",
                        c->name, c->n_class_ids);
    const int needed = t->labels.max_id + 1 - c->label_offset;
    if (refits)
        c->num_classes = needed;
    if (needed > c->num_classes)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "the label list goes up to id %d, the network %s has %d output%s",
                        t->labels.max_id, c->name, c->num_classes,
                        sfd_plural((size_t)c->num_classes));
    return SFD_OK;
}

static sfd_status keep_class_list(sfd_trainer *t, sfd_error *err)
{
    t->class_list = sfd_label_map_text(&t->labels);
    return t->class_list ? SFD_OK : sfd_fail_nomem(err, "labels");
}

/* The list of what the weights' classifier puts out: stored, or AVA's. Empty where a network has
 * others. */
static sfd_status read_stored_labels(sfd_label_map *out, const sfd_trainer *t,
                                     const sfd_weights *weights, const sfd_net_config *c,
                                     sfd_error *err)
{
    const char *list = sfd_weights_metadata(weights, SFD_METADATA_LABELS);
    *out = (sfd_label_map){0};
    if (list)
        return sfd_label_map_parse(out, t->s.weights, list, strlen(list), SFD_LABELS_ANY_LAYOUT,
                                   err);
    return c->num_classes + c->label_offset == AVA_MAX_ID + 1
               ? sfd_label_map_builtin(out, SFD_LABELS_AVA_80, err)
               : SFD_OK;
}

static bool same_labels(const sfd_label_map *a, const sfd_label_map *b)
{
    bool same = a->max_id == b->max_id && a->max_id > 0;
    for (int id = 1; same && id <= a->max_id; id++) {
        const char *x = sfd_label_name(a, id), *y = sfd_label_name(b, id);
        same = !x == !y && (!x || strcmp(x, y) == 0);
    }
    return same;
}

/* The names that a model was trained with go on with it; a list of one's own that is the same keeps
 * its classifier, too. */
static sfd_status compare_labels(sfd_trainer *t, const sfd_weights *weights,
                                 const sfd_net_config *c, sfd_error *err)
{
    sfd_label_map stored;
    sfd_status status = read_stored_labels(&stored, t, weights, c, err);
    if (status != SFD_OK)
        return status;
    if (t->s.labels) {
        t->keeps_head = c->n_class_ids == 0 && same_labels(&stored, &t->labels);
        sfd_trainer_tell(t, t->keeps_head ? "the classes are those of the weights, whose "
                                            "classifier goes on"
                                          : "the classes are not those of the weights: the "
                                            "classifier is new");
    } else if (sfd_weights_metadata(weights, SFD_METADATA_LABELS)) {
        sfd_label_map_free(&t->labels);
        t->labels = stored;
        return keep_class_list(t, err);
    }
    sfd_label_map_free(&stored);
    return SFD_OK;
}

static sfd_status refuse_untrained(const sfd_trainer *t, const sfd_net_config *c, sfd_error *err)
{
    if (sfd_net_config_n_pathways(c) == 0)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: networks that only listen can run, but not be trained", c->name);
    if (t->course.sound_is_set && !sfd_net_config_listens(c))
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s does not listen: there is no sound to drop, or to synchronise",
                        c->name);
    return c->relation_convs == 0
               ? SFD_OK
               : sfd_fail(err, SFD_ERR_UNSUPPORTED,
                          "%s: heads with a relation (ACRN) can run, but not be trained", c->name);
}

static sfd_status make_classifier(sfd_trainer *t, sfd_error *err)
{
    const sfd_net_config *c = &t->net.config;
    if (t->s.class_weights) {
        const sfd_status status =
            sfd_class_weights_read(&t->class_weights, t->s.class_weights,
                                   t->s.list ? 0 : c->label_offset, (size_t)c->num_classes, err);
        if (status != SFD_OK)
            return status;
    }
    const sfd_loss_settings loss = {t->s.focal_gamma, t->s.focal_alpha, t->class_weights};
    return sfd_train_classifier_create(&t->classifier, &t->head_desc, &t->params, t->s.dropout,
                                       &loss, err);
}

static sfd_status open_bytes(sfd_trainer *t, sfd_error *err)
{
    sfd_status status = sfd_train_bytes_open(&t->bytes, &t->net, t->s.quantise_as, err);
    if (status == SFD_OK)
        status = sfd_notes_add_file(&t->read, sfd_weights_origin(t->bytes.scales), err);
    t->params.bytes = &t->bytes;
    return status;
}

/* Behind which the loss of synchronisation is taken: as configured, else everywhere. */
static unsigned sync_stages(const sfd_trainer *t, const sfd_net_config *c)
{
    const unsigned last = 1U << SFD_N_STAGES;
    const unsigned wanted = (unsigned)t->course.solver.sync_stages;
    const bool learns = sfd_net_config_listens(c) && !t->s.freeze_backbone && !t->s.validate_only;
    return learns && t->s.sync_loss > 0
               ? (wanted ? wanted : ~0U) & ((unsigned)c->audio.fused | last)
               : 0;
}

static sfd_status make_network(sfd_trainer *t, sfd_error *err)
{
    sfd_net_config c;
    sfd_weights *weights = NULL;
    sfd_status status = SFD_OK;
    if (t->s.weights) {
        status = sfd_zoo_open(&weights, t->s.weights, err);
        if (status == SFD_OK)
            status = sfd_notes_add_file(&t->read, sfd_weights_origin(weights), err);
        if (status == SFD_OK)
            status = sfd_weights_config(weights, t->s.config, &c, &t->read, err);
    } else {
        status = sfd_net_config_load(&c, t->s.config, &t->read, err);
    }
    if (status == SFD_OK)
        sfd_trainer_tell_notes(t);
    if (status == SFD_OK && weights && t->s.truth)
        status = compare_labels(t, weights, &c, err);
    if (status == SFD_OK)
        status = refuse_untrained(t, &c, err);
    c.frame_timestamps = false; /* those of the ground truth are seconds */
    if (status == SFD_OK)
        status = fit_classes(t, &c, err);
    if (status == SFD_OK)
        status = sfd_net_build_synchronised(&t->net, &c, sync_stages(t, &c),
                                            t->course.solver.sync_width, err);
    if (status == SFD_OK)
        status = sfd_params_create(&t->params, &t->net, err);
    if (status == SFD_OK)
        sfd_params_init(&t->params, &t->net, t->course.zero_last_norm, t->s.seed);
    if (status == SFD_OK && weights)
        status = sfd_params_load(&t->params, weights, has_new_head(t), err);
    sfd_weights_close(weights);
    if (status == SFD_OK && t->s.quantise_as)
        status = open_bytes(t, err);
    if (status != SFD_OK)
        return status;
    t->goes_on = t->s.weights && !has_new_head(t);
    if (t->s.freeze_backbone)
        t->first_learned = t->params.first_head;
    else if (t->goes_on)
        sfd_course_go_on(&t->course, &t->s);
    sfd_params_freeze(&t->params, t->s.frozen_stages);
    t->s.min_side = t->s.min_side ? t->s.min_side : c.test_crop_size;
    t->s.max_side = t->s.max_side ? t->s.max_side : t->s.min_side * 5 / 4;
    sfd_head_describe(&t->head_desc, &t->net);
    return make_classifier(t, err);
}

/* ------------------------------------------------------------------ data */

/* Name of output k, NULL where no label is meant to reach it. */
static const char *class_name(const sfd_trainer *t, size_t k, char number[24])
{
    snprintf(number, 24, "%zu", k);
    return t->s.list ? number : sfd_label_name(&t->labels, (int)k + t->net.config.label_offset);
}

/* Names classes that no box or video has. Errors: SFD_ERR_MISMATCH (none has any). */
static sfd_status look_for_empty_classes(const sfd_trainer *t, sfd_error *err)
{
    char message[480], number[24];
    size_t n_empty = 0, n_classes = 0;
    int at = snprintf(message, sizeof message, "no training %s has: ", t->s.list ? "video" : "box");
    for (size_t k = 0; k < t->train.n_classes; k++) {
        const char *name = class_name(t, k, number);
        n_classes += name != NULL;
        if (!name || sfd_samples_count(&t->train, k) > 0)
            continue;
        if (n_empty++ < MOST_NAMED && at > 0 && (size_t)at < sizeof message)
            at += snprintf(message + at, sizeof message - (size_t)at, "%s%.60s",
                           n_empty > 1 ? ", " : "", name);
    }
    if (n_empty == n_classes)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: nobody does any of the %zu actions: there is nothing to learn",
                        t->s.list ? t->s.list : t->s.truth, n_classes);
    if (n_empty > MOST_NAMED)
        snprintf(message + at, sizeof message - (size_t)at, " and %zu more", n_empty - MOST_NAMED);
    if (n_empty > 0)
        sfd_trainer_tell(t, message);
    return SFD_OK;
}

static sfd_status read_lists(sfd_trainer *t, sfd_samples_settings *how, sfd_error *err)
{
    char message[64];
    how->list = t->s.list;
    sfd_status status = sfd_samples_read_list(&t->train, how, err);
    if (status != SFD_OK)
        return status;
    snprintf(message, sizeof message, "%zu video%s", t->train.n, sfd_plural(t->train.n));
    sfd_trainer_tell(t, message);
    status = look_for_empty_classes(t, err);
    how->list = t->s.val_list;
    return status == SFD_OK && how->list ? sfd_samples_read_list(&t->val, how, err) : status;
}

static sfd_status read_keyframes(sfd_trainer *t, sfd_samples_settings *how, sfd_error *err)
{
    char message[256];
    how->truth = t->s.truth;
    how->proposals = t->s.proposals;
    sfd_status status = sfd_samples_read(&t->train, how, err);
    if (status != SFD_OK)
        return status;
    snprintf(message, sizeof message,
             "%zu keyframe%s of %zu video%s, %zu box%s, %zu of them proposals", t->train.n,
             sfd_plural(t->train.n), t->train.n_videos, sfd_plural(t->train.n_videos),
             t->train.n_boxes, t->train.n_boxes == 1 ? "" : "es", t->train.n_matched);
    sfd_trainer_tell(t, message);
    status = look_for_empty_classes(t, err);
    if (status != SFD_OK || !t->s.val_truth)
        return status;
    how->truth = t->s.val_truth;
    how->proposals = t->s.val_proposals;
    status = sfd_validate_check(&t->s, t->class_list, err);
    if (status == SFD_OK)
        status = sfd_samples_read_proposals(&t->val, how, err);
    t->val.class_list = t->class_list;
    return status;
}

static sfd_status read_samples(sfd_trainer *t, sfd_error *err)
{
    sfd_samples_settings how = {.labels = &t->labels,
                                .label_offset = t->net.config.label_offset,
                                .n_classes = (size_t)t->net.config.num_classes,
                                .box_threshold = t->s.box_threshold,
                                .several_labels = t->net.config.head_act == SFD_HEAD_SIGMOID,
                                .strict = t->s.strict,
                                .user = t->s.user,
                                .on_warning = t->s.on_warning};
    return t->s.list ? read_lists(t, &how, err) : read_keyframes(t, &how, err);
}

static sfd_status open_frames(sfd_trainer *t, sfd_error *err)
{
    const sfd_net_config *c = &t->net.config;
    /* features are computed as inference does, at the test size */
    sfd_samples_frames how = {
        .config = c, .short_side = t->s.freeze_backbone ? c->test_crop_size : t->s.max_side};
    return sfd_trainer_open_frames(t, &how, c->test_crop_size, err);
}

/* ------------------------------------------------------------------ memory */

static size_t most_boxes(const sfd_samples *s)
{
    size_t most = 0;
    for (size_t i = 0; i < s->n; i++)
        most = s->items[i].n_boxes > most ? s->items[i].n_boxes : most;
    return most;
}

static sfd_status make_ears(sfd_trainer *t, sfd_error *err)
{
    const int n = sfd_team_size(t->team);
    sfd_status status = SFD_OK;
    t->ears = sfd_calloc((size_t)n, sizeof *t->ears);
    if (!t->ears)
        return sfd_fail_nomem(err, t->net.config.name);
    for (int i = 0; status == SFD_OK && i < n; i++)
        status = sfd_ear_create(&t->ears[i], &t->net.input.sound, err);
    return status;
}

static sfd_status make_memory(sfd_trainer *t, sfd_error *err)
{
    sfd_status status = sfd_trainer_cut_batches(t, err);
    if (status != SFD_OK)
        return status;
    const size_t boxes = t->batch * most_boxes(&t->train);
    t->views = sfd_malloc_array(t->batch, sizeof *t->views);
    t->boxes = sfd_malloc_array(boxes, sizeof *t->boxes);
    t->first = sfd_malloc_array(t->batch + 1, sizeof *t->first);
    t->targets = sfd_malloc_array(boxes, t->train.n_classes * sizeof *t->targets);
    t->rows = sfd_malloc_array(t->s.freeze_backbone ? boxes : 0,
                               t->head_desc.n_features * sizeof *t->rows);
    if (!t->views || !t->boxes || !t->first || !t->targets || !t->rows)
        return sfd_fail_nomem(err, t->net.config.name);
    if (t->s.freeze_backbone)
        return SFD_OK;
    const int crop = t->net.config.train_crop_size;
    unsigned cpu;
    status = sfd_cpu_choose(&cpu, NULL, err);
    if (status == SFD_OK)
        status = sfd_augment_init(&t->augment, &t->net, t->s.timestamp_offset_s, t->s.min_side,
                                  t->s.max_side, t->s.max_shift, err);
    if (status == SFD_OK)
        status = sfd_trainer_make_team(t, err);
    if (status == SFD_OK)
        status = make_ears(t, err);
    if (status == SFD_OK)
        status = sfd_train_graph_create(&t->graph, &t->net.graph, &t->params, sfd_kernels_get(cpu),
                                        t->batch, crop, crop, t->team, err);
    const sfd_sync_limits limits = {(double)t->course.solver.min_variance,
                                    (double)t->course.solver.max_likeness};
    if (status == SFD_OK && t->net.n_sync_points > 0)
        status = sfd_train_sync_create(&t->sync, &t->net, &t->graph, &limits, err);
    if (status == SFD_OK)
        status = sfd_train_head_create(&t->head, &t->net, &t->graph, t->team, err);
    return status == SFD_OK ? sfd_train_head_check(&t->head, err) : status;
}

sfd_status sfd_actions_create(sfd_trainer *t, sfd_error *err)
{
    sfd_status status = SFD_OK;
    if (t->s.truth)
        status = sfd_label_map_read(&t->labels, t->s.labels, SFD_LABELS_ANY_LAYOUT, err);
    if (status == SFD_OK && t->s.truth && t->s.labels)
        status = keep_class_list(t, err);
    if (status == SFD_OK)
        status = make_network(t, err);
    if (status == SFD_OK)
        status = read_samples(t, err);
    if (status == SFD_OK)
        status = open_frames(t, err);
    return status == SFD_OK && !t->s.validate_only ? make_memory(t, err) : status;
}
