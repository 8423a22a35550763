/* SPDX-License-Identifier: Apache-2.0 */
/* Setting up a training run. */
#include "train/trainer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/outfile.h"
#include "base/settings.h"
#include "config/load.h"
#include "train/validate.h"
#include "weights/weights_config.h"
#include "weights/zoo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PATH_LEN 4096
#define HASH_START   0xcbf29ce484222325u /* FNV-1a */
#define HASH_PRIME   0x100000001b3u

void sfd_train_settings_defaults_sized(sfd_train_settings *s, size_t struct_size)
{
    const sfd_train_settings defaults = {.batch = 8,
                                         .rate = NAN,
                                         .warmup_epochs = NAN,
                                         .schedule = SFD_TRAIN_AS_CONFIGURED,
                                         .momentum = NAN,
                                         .weight_decay = NAN,
                                         .dropout = NAN,
                                         .seed = 1,
                                         .box_threshold = 0.8,
                                         .max_shift = 1};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

static void tell(const sfd_trainer *t, const char *message)
{
    if (t->s.on_message)
        t->s.on_message(t->s.user, message);
}

/* ------------------------------------------------------------------ settings */

static sfd_status check_settings(const sfd_train_settings *s, sfd_error *err)
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
    if (s->freeze_backbone && !s->weights)
        return sfd_fail(err, SFD_ERR_ARG, "a frozen backbone needs weights");
    if (!s->val_truth != !s->val_proposals)
        return sfd_fail(err, SFD_ERR_ARG, "validation needs both ground truth and proposals");
    if (s->epochs < 1 || s->batch < 1 || s->threads < 0 || !(s->rate > 0) ||
        !(s->dropout >= 0 && s->dropout < 1) || s->max_shift < 0 || !(s->warmup_epochs >= 0) ||
        s->n_classes < 0)
        return sfd_fail(err, SFD_ERR_ARG,
                        "epochs %d, batch %d, threads %d, rate %g, dropout %g: out of range",
                        s->epochs, s->batch, s->threads, s->rate, s->dropout);
    return SFD_OK;
}

/* ------------------------------------------------------------------ network */

/* Own classes, for which the classifier starts anew. */
static bool has_own_classes(const sfd_train_settings *s)
{
    return s->labels || s->n_classes > 0;
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
    if (t->s.weights && t->s.labels)
        c->n_class_ids = 0;
    if (c->n_class_ids > 0)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: its outputs stand for %d chosen class ids; training goes on with a "
                        "label list of its own only",
                        c->name, c->n_class_ids);
    const int needed = t->labels.max_id + 1 - c->label_offset;
    if (t->s.weights && t->s.labels)
        c->num_classes = needed;
    if (needed > c->num_classes)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "the label list goes up to id %d, the network %s has %d outputs",
                        t->labels.max_id, c->name, c->num_classes);
    return SFD_OK;
}

static sfd_status keep_class_list(sfd_trainer *t, sfd_error *err)
{
    t->class_list = sfd_label_map_text(&t->labels);
    return t->class_list ? SFD_OK : sfd_fail_nomem(err, "labels");
}

/* The names that a model was trained with go on with it. */
static sfd_status take_stored_labels(sfd_trainer *t, const sfd_weights *weights, sfd_error *err)
{
    const char *list = sfd_weights_metadata(weights, SFD_METADATA_LABELS);
    if (!list)
        return SFD_OK;
    sfd_label_map_free(&t->labels);
    sfd_status status = sfd_label_map_parse(&t->labels, t->s.weights, list, strlen(list),
                                            SFD_LABELS_ANY_LAYOUT, err);
    return status == SFD_OK ? keep_class_list(t, err) : status;
}

static sfd_status make_network(sfd_trainer *t, sfd_error *err)
{
    sfd_net_config c;
    sfd_weights *weights = NULL;
    sfd_status status = SFD_OK;
    if (t->s.weights) {
        status = sfd_zoo_open(&weights, t->s.weights, err);
        if (status == SFD_OK)
            status = sfd_weights_config(weights, t->s.config, &c, NULL, err);
    } else {
        status = sfd_net_config_load(&c, t->s.config, NULL, err);
    }
    if (status == SFD_OK && weights && t->s.truth && !t->s.labels)
        status = take_stored_labels(t, weights, err);
    if (status == SFD_OK)
        status = fit_classes(t, &c, err);
    if (status == SFD_OK)
        status = sfd_net_build(&t->net, &c, err);
    if (status == SFD_OK)
        status = sfd_params_create(&t->params, &t->net, err);
    if (status == SFD_OK)
        sfd_params_init(&t->params, &t->net, t->course.zero_last_norm, t->s.seed);
    if (status == SFD_OK && weights)
        status = sfd_params_load(&t->params, weights, has_own_classes(&t->s), err);
    sfd_weights_close(weights);
    if (status != SFD_OK)
        return status;
    if (t->s.freeze_backbone)
        t->first_learned = t->params.first_head;
    t->s.min_side = t->s.min_side ? t->s.min_side : c.test_crop_size;
    t->s.max_side = t->s.max_side ? t->s.max_side : t->s.min_side * 5 / 4;
    sfd_head_describe(&t->head_desc, &t->net);
    return sfd_train_classifier_create(&t->classifier, &t->head_desc, &t->params, t->s.dropout,
                                       err);
}

/* ------------------------------------------------------------------ data */

/* Name of output k, NULL where no label is meant to reach it. */
static const char *class_name(const sfd_trainer *t, size_t k, char number[24])
{
    snprintf(number, 24, "%zu", k);
    return t->s.list ? number : sfd_label_name(&t->labels, (int)k + t->net.config.label_offset);
}

/* Names classes that no box or video has. */
static void tell_empty_classes(const sfd_trainer *t)
{
    char message[480], number[24];
    size_t n_empty = 0;
    int at = snprintf(message, sizeof message, "no training %s has: ", t->s.list ? "video" : "box");
    for (size_t k = 0; k < t->train.n_classes; k++) {
        const char *name = class_name(t, k, number);
        if (!name || sfd_samples_count(&t->train, k) > 0)
            continue;
        if (at > 0 && (size_t)at < sizeof message)
            at += snprintf(message + at, sizeof message - (size_t)at, "%s%s", n_empty ? ", " : "",
                           name);
        n_empty++;
    }
    if (n_empty > 0)
        tell(t, message);
}

static sfd_status read_lists(sfd_trainer *t, sfd_samples_settings *how, sfd_error *err)
{
    char message[64];
    how->list = t->s.list;
    sfd_status status = sfd_samples_read_list(&t->train, how, err);
    if (status != SFD_OK)
        return status;
    snprintf(message, sizeof message, "%zu videos", t->train.n);
    tell(t, message);
    tell_empty_classes(t);
    how->list = t->s.val_list;
    return how->list ? sfd_samples_read_list(&t->val, how, err) : SFD_OK;
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
             "%zu keyframes of %zu videos, %zu boxes, %zu of them proposals", t->train.n,
             t->train.n_videos, t->train.n_boxes, t->train.n_matched);
    tell(t, message);
    tell_empty_classes(t);
    if (!t->s.val_truth)
        return SFD_OK;
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
                                .strict = t->s.strict,
                                .user = t->s.user,
                                .on_warning = t->s.on_warning};
    return t->s.list ? read_lists(t, &how, err) : read_keyframes(t, &how, err);
}

static void on_video(void *user, size_t n_done, size_t n_total)
{
    const sfd_trainer *t = user;
    if (t->s.on_progress)
        t->s.on_progress(t->s.user, "videos", n_done, n_total, NAN, NAN);
}

static bool should_stop(void *user)
{
    const sfd_trainer *t = user;
    return t->s.should_stop && t->s.should_stop(t->s.user);
}

static void on_warning(void *user, const char *message)
{
    const sfd_trainer *t = user;
    if (t->s.on_warning)
        t->s.on_warning(t->s.user, message);
}

static sfd_status open_frames(sfd_trainer *t, sfd_error *err)
{
    char cache[MAX_PATH_LEN];
    const int n = snprintf(cache, sizeof cache, "%s/cache", t->s.out);
    if (n < 0 || (size_t)n >= sizeof cache)
        return sfd_fail(err, SFD_ERR_ARG, "%s: path too long", t->s.out);
    sfd_status status = sfd_make_directory(t->s.out, err);
    if (status == SFD_OK)
        status = sfd_make_directory(cache, err);
    /* features are computed as inference does, at the test size */
    sfd_samples_frames how = {.videos_dir = t->s.videos,
                              .cache_dir = cache,
                              .config = &t->net.config,
                              .short_side = t->s.freeze_backbone ? t->net.config.test_crop_size
                                                                 : t->s.max_side,
                              .timestamp_offset_s = t->s.timestamp_offset_s,
                              .user = t,
                              .should_stop = should_stop,
                              .on_progress = on_video,
                              .strict = t->s.strict,
                              .on_warning = on_warning};
    if (status == SFD_OK)
        status = sfd_samples_open_frames(&t->train, &how, err);
    how.short_side = t->net.config.test_crop_size;
    if (status == SFD_OK)
        status = sfd_samples_open_frames(&t->val, &how, err);
    return status;
}

/* ------------------------------------------------------------------ memory */

static size_t most_boxes(const sfd_samples *s)
{
    size_t most = 0;
    for (size_t i = 0; i < s->n; i++)
        most = s->items[i].n_boxes > most ? s->items[i].n_boxes : most;
    return most;
}

static sfd_status make_memory(sfd_trainer *t, sfd_error *err)
{
    t->batch = (size_t)t->s.batch < t->train.n ? (size_t)t->s.batch : t->train.n;
    t->steps = t->train.n / t->batch;
    const size_t boxes = t->batch * most_boxes(&t->train);
    t->order = sfd_malloc_array(t->train.n, sizeof *t->order);
    t->views = sfd_malloc_array(t->batch, sizeof *t->views);
    t->boxes = sfd_malloc_array(boxes, sizeof *t->boxes);
    t->first = sfd_malloc_array(t->batch + 1, sizeof *t->first);
    t->targets = sfd_malloc_array(boxes, t->train.n_classes * sizeof *t->targets);
    t->rows = sfd_malloc_array(t->s.freeze_backbone ? boxes : 0,
                               t->head_desc.n_features * sizeof *t->rows);
    if (!t->order || !t->views || !t->boxes || !t->first || !t->targets || !t->rows)
        return sfd_fail_nomem(err, t->net.config.name);
    if (t->s.freeze_backbone)
        return SFD_OK;
    const int crop = t->net.config.train_crop_size;
    unsigned cpu;
    sfd_status status = sfd_cpu_choose(&cpu, NULL, err);
    if (status == SFD_OK)
        status = sfd_augment_init(&t->augment, &t->net, t->s.timestamp_offset_s, t->s.min_side,
                                  t->s.max_side, t->s.max_shift, err);
    if (status == SFD_OK)
        status = sfd_team_create(&t->team, t->s.threads, err);
    if (status == SFD_OK)
        status = sfd_train_graph_create(&t->graph, &t->net.graph, &t->params, sfd_kernels_get(cpu),
                                        t->batch, crop, crop, t->team, err);
    if (status == SFD_OK)
        status = sfd_train_head_create(&t->head, &t->net, &t->graph, t->team, err);
    return status == SFD_OK ? sfd_train_head_check(&t->head, err) : status;
}

sfd_status sfd_trainer_create(sfd_trainer *t, const sfd_train_settings *s, sfd_error *err)
{
    *t = (sfd_trainer){.s = *s, .order_epoch = -1};
    sfd_status status = sfd_course_resolve(&t->course, &t->s, err);
    if (status == SFD_OK)
        status = check_settings(&t->s, err);
    if (status != SFD_OK)
        return status;
    t->s.threads = s->threads ? s->threads : sfd_usable_cores();
    if (s->truth)
        status = sfd_label_map_read(&t->labels, s->labels, SFD_LABELS_ANY_LAYOUT, err);
    if (status == SFD_OK && s->truth && s->labels)
        status = keep_class_list(t, err);
    if (status == SFD_OK)
        status = make_network(t, err);
    if (status == SFD_OK)
        status = read_samples(t, err);
    if (status == SFD_OK)
        status = open_frames(t, err);
    if (status == SFD_OK)
        status = make_memory(t, err);
    if (status == SFD_OK && s->resume)
        status = sfd_run_state_read(&t->run, &t->params, &t->s, err);
    if (status == SFD_OK && s->freeze_backbone)
        status = sfd_trainer_prepare_features(t, err);
    return status;
}

void sfd_trainer_free(sfd_trainer *t)
{
    sfd_label_map_free(&t->labels);
    free(t->class_list);
    sfd_train_classifier_free(&t->classifier);
    sfd_train_head_free(&t->head);
    sfd_train_graph_free(&t->graph);
    sfd_team_destroy(t->team);
    sfd_params_free(&t->params);
    sfd_net_free(&t->net);
    sfd_samples_free(&t->train);
    sfd_samples_free(&t->val);
    sfd_run_state_free(&t->run);
    free(t->order);
    free(t->features);
    free(t->val_features);
    free(t->views);
    free(t->boxes);
    free(t->first);
    free(t->rows);
    free(t->targets);
}

/* ------------------------------------------------------------------ features of a frozen backbone
 */

static uint64_t hash_bytes(uint64_t h, const void *data, size_t n)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * HASH_PRIME;
    return h;
}

/* Of all that the features follow from. */
static uint64_t hash_features(const sfd_trainer *t, const sfd_samples *s)
{
    const size_t n = t->params.items[t->first_learned].at;
    uint64_t h = hash_bytes(HASH_START, t->params.value, n * sizeof *t->params.value);
    h = hash_bytes(h, s->boxes, s->n_boxes * sizeof *s->boxes);
    h = hash_bytes(h, &t->s.timestamp_offset_s, sizeof t->s.timestamp_offset_s);
    for (size_t i = 0; i < s->n; i++) {
        h = hash_bytes(h, &s->items[i].timestamp_s, sizeof s->items[i].timestamp_s);
        h = hash_bytes(h, s->videos[s->items[i].video].frames.header, sizeof(sfd_frame_header));
    }
    return h;
}

static bool load_features(float *features, size_t n, const char *path, uint64_t hash)
{
    sfd_mapping m;
    sfd_error missing;
    if (sfd_load_file(&m, path, &missing) != SFD_OK)
        return false;
    const bool ok =
        m.n_bytes == sizeof hash + n * sizeof *features && memcmp(m.data, &hash, sizeof hash) == 0;
    if (ok)
        memcpy(features, m.data + sizeof hash, n * sizeof *features);
    sfd_unmap(&m);
    return ok;
}

static sfd_status save_features(const float *features, size_t n, const char *path, uint64_t hash,
                                sfd_error *err)
{
    sfd_outfile *f;
    sfd_status status = sfd_outfile_open(&f, path, err);
    if (status != SFD_OK)
        return status;
    fwrite(&hash, sizeof hash, 1, sfd_outfile_stream(f));
    fwrite(features, sizeof *features, n, sfd_outfile_stream(f));
    return sfd_outfile_commit(f, err);
}

static sfd_status prepare_set(sfd_trainer *t, const sfd_samples *s, const char *name, float **out,
                              sfd_error *err)
{
    char path[MAX_PATH_LEN];
    const size_t n = s->n_boxes * t->head_desc.n_features;
    const uint64_t hash = hash_features(t, s);
    *out = sfd_malloc_array(n, sizeof **out);
    if (!*out)
        return sfd_fail_nomem(err, "features");
    snprintf(path, sizeof path, "%s/cache/%s.features", t->s.out, name);
    if (load_features(*out, n, path, hash))
        return SFD_OK;
    sfd_status status = sfd_compute_features(*out, &t->net, &t->params, s, &t->s, err);
    return status == SFD_OK ? save_features(*out, n, path, hash, err) : status;
}

sfd_status sfd_trainer_prepare_features(sfd_trainer *t, sfd_error *err)
{
    sfd_status status = prepare_set(t, &t->train, "train", &t->features, err);
    if (status == SFD_OK && t->val.n > 0)
        status = prepare_set(t, &t->val, "val", &t->val_features, err);
    return status;
}
