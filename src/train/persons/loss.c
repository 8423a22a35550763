/* SPDX-License-Identifier: Apache-2.0 */
#include "train/persons/loss.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

#define PERSON     0 /* the class, as COCO's */
#define BOX_WEIGHT 5

/* IoU at which a found person's class score is to be 0, and 1. */
#define BAD_IOU  0.3
#define GOOD_IOU 0.7

/* The outputs of a level, in the graph's order. */
enum { CLASSES, BOX, OBJECT, N_OUTPUTS };

/* ------------------------------------------------------------------ cells */

static int output_tensor(const sfd_person_loss *l, int level, int which)
{
    return l->graph->graph->outputs[N_OUTPUTS * level + which].tensor;
}

static const sfd_plan_tensor *output(const sfd_person_loss *l, int level, int which)
{
    return &l->graph->plan.tensors[output_tensor(l, level, which)];
}

static size_t fill_level(sfd_person_loss *l, int level, size_t n)
{
    const sfd_plan_tensor *t = output(l, level, BOX);
    const float side = (float)(8 << level);
    for (int row = 0; row < t->size[1]; row++)
        for (int column = 0; column < t->size[2]; column++)
            l->cells[n++] =
                (sfd_cell){((float)column + 0.5F) * side, ((float)row + 0.5F) * side, side};
    return n;
}

static sfd_status make_slot(sfd_person_slot *slot, size_t n_cells, sfd_error *err)
{
    slot->predictions = sfd_calloc(n_cells, sizeof *slot->predictions);
    sfd_status status = sfd_assignment_create(&slot->assignment, n_cells, err);
    return slot->predictions ? status : sfd_fail_nomem(err, "finding persons");
}

sfd_status sfd_person_loss_create(sfd_person_loss *l, const sfd_train_graph *graph, sfd_error *err)
{
    *l = (sfd_person_loss){.graph = graph, .n_slots = graph->batch};
    l->n_classes = output(l, 0, CLASSES)->channels;
    for (int level = 0; level < SFD_YOLOX_LEVELS; level++) {
        const sfd_plan_tensor *t = output(l, level, BOX);
        l->first[level + 1] = l->first[level] + (size_t)t->size[1] * (size_t)t->size[2];
    }
    l->n_cells = l->first[SFD_YOLOX_LEVELS];
    l->cells = sfd_malloc_array(l->n_cells, sizeof *l->cells);
    l->slots = sfd_calloc(graph->batch, sizeof *l->slots);
    if (!l->cells || !l->slots)
        return sfd_fail_nomem(err, "finding persons");
    for (int level = 0; level < SFD_YOLOX_LEVELS; level++)
        fill_level(l, level, l->first[level]);
    sfd_status status = SFD_OK;
    for (size_t n = 0; status == SFD_OK && n < graph->batch; n++)
        status = make_slot(&l->slots[n], l->n_cells, err);
    return status;
}

void sfd_person_loss_free(sfd_person_loss *l)
{
    for (size_t n = 0; l->slots && n < l->n_slots; n++) {
        sfd_assignment_free(&l->slots[n].assignment);
        free(l->slots[n].predictions);
    }
    free(l->slots);
    free(l->cells);
    *l = (sfd_person_loss){0};
}

/* ------------------------------------------------------------------ what a cell says */

/* The outputs of a cell, or their gradients. */
typedef struct outputs {
    float *at[N_OUTPUTS];
} outputs;

static outputs values_of(const sfd_person_loss *l, size_t sample, int level, size_t position)
{
    outputs o;
    for (int which = 0; which < N_OUTPUTS; which++)
        o.at[which] = sfd_train_graph_value(l->graph, output_tensor(l, level, which), sample) +
                      position * output(l, level, which)->ld;
    return o;
}

static outputs grads_of(const sfd_person_loss *l, size_t sample, int level, size_t position)
{
    outputs o;
    for (int which = 0; which < N_OUTPUTS; which++)
        o.at[which] = sfd_train_graph_grad(l->graph, output_tensor(l, level, which), sample) +
                      position * output(l, level, which)->ld;
    return o;
}

/* Centre and size in pixels. */
typedef struct decoded {
    double x, y, w, h;
} decoded;

static decoded decode(const float *box, const sfd_cell *c)
{
    const double side = (double)c->side;
    return (decoded){(double)c->x + ((double)box[0] - 0.5) * side,
                     (double)c->y + ((double)box[1] - 0.5) * side, exp((double)box[2]) * side,
                     exp((double)box[3]) * side};
}

/* Cross-entropy of a score before its sigmoid, against t. */
static double entropy(double x, double t)
{
    return fmax(x, 0) - x * t + log1p(exp(-fabs(x)));
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* Of the classes' scores, each the root of class times object, were there a person: the cost by
 * which cells are chosen. Logarithms end at -100, as PyTorch's. */
static double cost_of_scores(const sfd_person_loss *l, const outputs *o)
{
    double cost = 0;
    for (int k = 0; k < l->n_classes; k++) {
        const double p = sqrt(sigmoid((double)o->at[CLASSES][k]) * sigmoid((double)*o->at[OBJECT]));
        cost -= fmax(log(k == PERSON ? p : 1 - p), -100);
    }
    return cost;
}

static sfd_prediction predict(const sfd_person_loss *l, const outputs *o, const sfd_cell *c)
{
    const decoded d = decode(o->at[BOX], c);
    return (sfd_prediction){{(float)(d.x - d.w / 2), (float)(d.y - d.h / 2), (float)(d.x + d.w / 2),
                             (float)(d.y + d.h / 2)},
                            (float)cost_of_scores(l, o)};
}

/* ------------------------------------------------------------------ assignment */

typedef struct job {
    sfd_person_loss *l;
    const sfd_batch_persons *persons;
    bool with_l1;
    double scale; /* of all terms: one over the number of persons' cells */
} job;

static void assign_slot(void *user, size_t n, int thread)
{
    (void)thread;
    const job *j = user;
    sfd_person_loss *l = j->l;
    sfd_person_slot *slot = &l->slots[n];
    const size_t first = j->persons->first[n];
    for (int level = 0; level < SFD_YOLOX_LEVELS; level++)
        for (size_t i = l->first[level]; i < l->first[level + 1]; i++) {
            const outputs o = values_of(l, n, level, i - l->first[level]);
            slot->predictions[i] = predict(l, &o, &l->cells[i]);
        }
    sfd_simota(&slot->assignment, l->cells, slot->predictions, j->persons->boxes + first,
               j->persons->first[n + 1] - first);
}

void sfd_person_loss_assign(sfd_person_loss *l, const sfd_batch_persons *persons)
{
    job j = {l, persons, false, 0};
    sfd_team_for(l->graph->team, l->graph->batch, assign_slot, &j);
}

/* ------------------------------------------------------------------ terms */

/* One axis of two boxes: what they share, and how that changes with the first one's ends. */
typedef struct overlap {
    double length, by_low, by_high;
} overlap;

static overlap overlap_of(double low, double high, double other_low, double other_high)
{
    const overlap o = {fmin(high, other_high) - fmax(low, other_low), low > other_low ? -1 : 0,
                       high < other_high ? 1 : 0};
    return o.length > 0 ? o : (overlap){0};
}

/* 1 - IoU^2 and its derivatives by x, y, w, h. */
static double overlap_loss(const decoded *d, const sfd_box_px *t, double slope[4])
{
    const double tx1 = (double)t->x1, ty1 = (double)t->y1, tx2 = (double)t->x2, ty2 = (double)t->y2;
    const overlap x = overlap_of(d->x - d->w / 2, d->x + d->w / 2, tx1, tx2);
    const overlap y = overlap_of(d->y - d->h / 2, d->y + d->h / 2, ty1, ty2);
    const double both = x.length * y.length;
    const double all = d->w * d->h + (tx2 - tx1) * (ty2 - ty1) - both;
    const double iou = both / all;
    const double by_both = -2 * iou * (all + both) / (all * all);
    const double by_area = 2 * iou * both / (all * all);
    slope[0] = by_both * y.length * (x.by_low + x.by_high);
    slope[1] = by_both * x.length * (y.by_low + y.by_high);
    slope[2] = by_both * y.length * (x.by_high - x.by_low) / 2 + by_area * d->h;
    slope[3] = by_both * x.length * (y.by_high - y.by_low) / 2 + by_area * d->w;
    return 1 - iou * iou;
}

static double learn_overlap(const outputs *o, const outputs *grad, const sfd_cell *c,
                            const sfd_box_px *truth, double scale)
{
    double slope[4];
    const decoded d = decode(o->at[BOX], c);
    const double loss = overlap_loss(&d, truth, slope);
    const double side = (double)c->side, by_value[4] = {side, side, d.w, d.h};
    for (int i = 0; i < 4; i++)
        grad->at[BOX][i] += (float)(BOX_WEIGHT * scale * slope[i] * by_value[i]);
    return BOX_WEIGHT * loss;
}

static double learn_values(const outputs *o, const outputs *grad, const sfd_cell *c,
                           const sfd_box_px *truth, double scale)
{
    const double side = (double)c->side;
    const double w = (double)truth->x2 - (double)truth->x1;
    const double h = (double)truth->y2 - (double)truth->y1;
    const double wanted[4] = {((double)truth->x1 + w / 2 - (double)c->x) / side + 0.5,
                              ((double)truth->y1 + h / 2 - (double)c->y) / side + 0.5,
                              log(w / side + 1e-8), log(h / side + 1e-8)};
    double loss = 0;
    for (int i = 0; i < 4; i++) {
        const double error = (double)o->at[BOX][i] - wanted[i];
        loss += fabs(error);
        grad->at[BOX][i] += (float)(scale * ((error > 0) - (error < 0)));
    }
    return loss;
}

static double learn_score(float value, float *grad, double wanted, double scale)
{
    *grad += (float)(scale * (sigmoid((double)value) - wanted));
    return entropy((double)value, wanted);
}

/* What the class score is to say of a prediction: a person, and well located. */
static double quality_of(double iou)
{
    return fmin(fmax((iou - BAD_IOU) / (GOOD_IOU - BAD_IOU), 0), 1);
}

static double learn_cell(const job *j, size_t sample, int level, size_t i)
{
    const sfd_person_loss *l = j->l;
    const sfd_assignment *a = &l->slots[sample].assignment;
    const size_t position = i - l->first[level];
    const outputs o = values_of(l, sample, level, position);
    const outputs grad = grads_of(l, sample, level, position);
    const bool found = a->truth[i] != SFD_NO_TRUTH;
    double loss = learn_score(*o.at[OBJECT], grad.at[OBJECT], found, j->scale);
    if (!found)
        return loss;
    const sfd_box_px *truth = &j->persons->boxes[j->persons->first[sample] + (size_t)a->truth[i]];
    for (int k = 0; k < l->n_classes; k++)
        loss += learn_score(o.at[CLASSES][k], &grad.at[CLASSES][k],
                            k == PERSON ? quality_of((double)a->iou[i]) : 0, j->scale);
    loss += learn_overlap(&o, &grad, &l->cells[i], truth, j->scale);
    return j->with_l1 ? loss + learn_values(&o, &grad, &l->cells[i], truth, j->scale) : loss;
}

static void learn_slot(void *user, size_t n, int thread)
{
    (void)thread;
    const job *j = user;
    const sfd_person_loss *l = j->l;
    double loss = 0;
    for (int level = 0; level < SFD_YOLOX_LEVELS; level++)
        for (size_t i = l->first[level]; i < l->first[level + 1]; i++)
            loss += learn_cell(j, n, level, i);
    l->slots[n].loss = loss;
}

double sfd_person_loss_run(sfd_person_loss *l, const sfd_batch_persons *persons, bool with_l1)
{
    size_t n_found = 0;
    double loss = 0;
    for (size_t n = 0; n < l->graph->batch; n++)
        n_found += l->slots[n].assignment.n_found;
    job j = {l, persons, with_l1, n_found > 0 ? 1 / (double)n_found : 1};
    sfd_team_for(l->graph->team, l->graph->batch, learn_slot, &j);
    for (size_t n = 0; n < l->graph->batch; n++)
        loss += l->slots[n].loss * j.scale;
    return loss;
}
