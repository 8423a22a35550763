/* SPDX-License-Identifier: Apache-2.0 */
/* A detector's network: from nothing or from weights, and to weights again. */
#include "base/error.h"
#include "train/persons/persons.h"
#include "weights/open.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIRST_SCORE 0.01
#define NMS_IOU     "0.65" /* YOLOX's own in its evaluation: people overlap */

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

static sfd_status open_weights(sfd_weights **out, sfd_yolox_config *c, const sfd_trainer *t,
                               sfd_error *err)
{
    sfd_status status = sfd_weights_open(out, t->s.weights, err);
    if (status == SFD_OK && !sfd_yolox_recognise(*out))
        status = sfd_fail(err, SFD_ERR_MISMATCH, "%s: not a YOLOX network", t->s.weights);
    return status == SFD_OK ? sfd_yolox_infer(c, *out, err) : status;
}

sfd_status sfd_persons_make_network(sfd_trainer *t, sfd_error *err)
{
    sfd_yolox_config c = {t->s.persons_width, t->s.persons_depth, false, 1};
    sfd_weights *weights = NULL;
    sfd_status status = t->s.weights ? open_weights(&weights, &c, t, err) : SFD_OK;
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

sfd_status sfd_persons_to_weights(sfd_weights **out, const sfd_trainer *t, sfd_error *err)
{
    char side[16];
    snprintf(side, sizeof side, "%d", t->s.persons_side);
    sfd_status status = sfd_params_copy(out, &t->params, "persons", true, err);
    if (status == SFD_OK)
        status = sfd_weights_set_metadata(*out, SFD_METADATA_PERSON_SIDE, side, err);
    if (status == SFD_OK)
        status = sfd_weights_set_metadata(*out, SFD_METADATA_PERSON_NMS, NMS_IOU, err);
    if (status == SFD_OK && t->s.persons_knows)
        status = sfd_weights_set_metadata(*out, SFD_METADATA_PERSON_KNOWS, t->s.persons_knows, err);
    return status;
}
