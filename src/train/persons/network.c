/* SPDX-License-Identifier: Apache-2.0 */
/* A detector's network: from nothing or from weights, and to weights again. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "train/persons/persons.h"
#include "weights/open.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SCORE   0.01
#define STEM          "backbone.backbone.stem.conv"
#define MOST_VARIANCE 30000
#define SIDE          320
#define MOST_SIDE     4096
#define STRIDE        32
#define COCO_CLASSES  80
#define NMS_IOU       "0.7" /* people overlap; YOLOX evaluates with 0.65 */

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Predictions start small, with next to nobody anywhere: T.-Y. Lin et al., "Focal Loss for Dense
 * Object Detection", 4.1. */
static void init_predictions(sfd_params *p, uint64_t seed)
{
    for (size_t i = 0; i < p->n; i++) {
        const sfd_param *item = &p->items[i];
        const bool score =
            begins_with(item->name, "head.obj_preds") || begins_with(item->name, "head.cls_preds");
        if (!score && !begins_with(item->name, "head.reg_preds"))
            continue;
        if (item->role == SFD_PARAM_WEIGHT)
            sfd_params_init_normal(p, i, 0.01, seed);
        for (size_t k = 0; score && item->role == SFD_PARAM_BIAS && k < item->n; k++)
            p->value[item->at + k] = (float)log(FIRST_SCORE / (1 - FIRST_SCORE));
    }
}

static sfd_status open_weights(sfd_weights **out, sfd_yolox_config *c, sfd_trainer *t,
                               sfd_error *err)
{
    sfd_status status = sfd_weights_open(out, t->s.weights, err);
    if (status == SFD_OK)
        status = sfd_notes_add_file(&t->read, sfd_weights_origin(*out), err);
    if (status == SFD_OK && !sfd_yolox_recognise(*out))
        status = sfd_fail(err, SFD_ERR_MISMATCH, "%s: not a YOLOX network", t->s.weights);
    if (status == SFD_OK)
        status = sfd_yolox_infer(c, *out, err);
    if (status == SFD_OK && c->n_classes != 1 && c->n_classes != COCO_CLASSES)
        status = sfd_fail(err, SFD_ERR_MISMATCH,
                          "%s: a network of %d classes; learning goes on from networks of persons "
                          "alone, or of COCO's %d",
                          t->s.weights, c->n_classes, COCO_CLASSES);
    return status;
}

/* The caller's, the weights', or ours. */
static sfd_status choose_side(sfd_trainer *t, const sfd_weights *weights, sfd_error *err)
{
    const char *stored = weights ? sfd_weights_metadata(weights, SFD_METADATA_PERSON_SIDE) : NULL;
    long long side = t->s.persons_side;
    if (side == 0 && !(stored && sfd_parse_long(stored, strlen(stored), &side)))
        side = SIDE;
    if (side < STRIDE || side > MOST_SIDE || side % STRIDE != 0)
        return sfd_fail(err, SFD_ERR_ARG,
                        "pictures of %lld pixels: not a multiple of 32 from 32 to 4096", side);
    t->s.persons_side = (int)side;
    return SFD_OK;
}

sfd_status sfd_persons_make_network(sfd_trainer *t, sfd_error *err)
{
    sfd_yolox_config c = {t->s.persons_width, t->s.persons_depth, false, 1};
    sfd_weights *weights = NULL;
    sfd_status status = t->s.weights ? open_weights(&weights, &c, t, err) : SFD_OK;
    if (status == SFD_OK)
        status = choose_side(t, weights, err);
    if (status == SFD_OK)
        status = sfd_yolox_build(&t->persons->graph, &c, "persons", err);
    if (status == SFD_OK)
        status = sfd_params_create_for_graph(&t->params, &t->persons->graph, err);
    if (status == SFD_OK) {
        sfd_params_init_graph(&t->params, t->s.seed);
        init_predictions(&t->params, t->s.seed);
    }
    if (status == SFD_OK && weights)
        status = sfd_params_load(&t->params, weights, false, err);
    sfd_weights_close(weights);
    return status;
}

static float *values_of(const sfd_params *p, const char *name, size_t *n)
{
    const sfd_param *item = sfd_params_find(p, name);
    *n = item->n;
    return p->value + item->at;
}

static void scale(const sfd_params *p, const char *name, float by)
{
    size_t n;
    float *v = values_of(p, name, &n);
    for (size_t i = 0; i < n; i++)
        v[i] *= by;
}

/* The first layer sees 0..255, and float16 ends at 65504: the layer is scaled down until its
 * statistics fit. Batch norm takes that out again. */
static void fit_stem(const sfd_params *p)
{
    size_t n;
    float factor = 1, most = 0;
    const float *variance = values_of(p, STEM ".bn.running_var", &n);
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, variance[i]);
    while (most * factor * factor > MOST_VARIANCE && factor > 1e-6F)
        factor /= 2;
    scale(p, STEM ".conv.weight", factor);
    scale(p, STEM ".bn.running_mean", factor);
    scale(p, STEM ".bn.running_var", factor * factor);
}

static sfd_status copy_fitting(sfd_weights **out, const sfd_params *p, sfd_error *err)
{
    sfd_params fitting = *p;
    *out = NULL;
    fitting.value = sfd_malloc_array(p->n_floats, sizeof *p->value);
    if (!fitting.value)
        return sfd_fail_nomem(err, "persons");
    memcpy(fitting.value, p->value, p->n_floats * sizeof *p->value);
    fit_stem(&fitting);
    sfd_status status = sfd_params_copy(out, &fitting, "persons", true, err);
    free(fitting.value);
    return status;
}

sfd_status sfd_persons_to_weights(sfd_weights **out, const sfd_trainer *t, sfd_error *err)
{
    char side[16];
    snprintf(side, sizeof side, "%d", t->s.persons_side);
    sfd_status status = copy_fitting(out, &t->params, err);
    if (status == SFD_OK)
        status = sfd_weights_set_metadata(*out, SFD_METADATA_PERSON_SIDE, side, err);
    if (status == SFD_OK)
        status = sfd_weights_set_metadata(*out, SFD_METADATA_PERSON_NMS, NMS_IOU, err);
    if (status == SFD_OK && t->s.persons_knows)
        status = sfd_weights_set_metadata(*out, SFD_METADATA_PERSON_KNOWS, t->s.persons_knows, err);
    return status;
}
