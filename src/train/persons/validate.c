/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the validation set's persons. */
#include "base/alloc.h"
#include "base/error.h"
#include "persons/finder.h"
#include "train/persons/persons.h"

#include <sfdet/eval_persons.h>

#include <math.h>
#include <stdlib.h>

#define MIN_SCORE 0.01 /* AP wants the doubtful ones, too */

typedef struct found_boxes {
    sfd_eval_box *items;
    size_t n, n_alloc;
} found_boxes;

static sfd_status add_found(found_boxes *b, size_t picture, const sfd_found_person *persons,
                            size_t n, const sfd_rgb *size, sfd_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const sfd_box_px *p = &persons[i].box;
        if (!sfd_grow(&b->items, &b->n_alloc, b->n, sizeof *b->items))
            return sfd_fail_nomem(err, "validation");
        b->items[b->n++] = (sfd_eval_box){.picture = (int64_t)picture,
                                          .x = (double)p->x1 / size->width,
                                          .y = (double)p->y1 / size->height,
                                          .width = ((double)p->x2 - (double)p->x1) / size->width,
                                          .height = ((double)p->y2 - (double)p->y1) / size->height,
                                          .score = (double)persons[i].score};
    }
    return SFD_OK;
}

static sfd_status find_all(found_boxes *b, sfd_person_finder *f, const sfd_trainer *t,
                           sfd_error *err)
{
    sfd_status status = SFD_OK;
    sfd_frame_buffer buffer = {0};
    for (size_t i = 0; status == SFD_OK && i < t->val.n; i++) {
        sfd_rgb p;
        status = sfd_person_picture(&p, t, &t->val, &t->val.items[i], &buffer);
        if (status != SFD_OK) {
            sfd_fail(err, status, "%s", buffer.err.message);
            break;
        }
        const sfd_found_person *persons;
        size_t n;
        status = sfd_person_finder_run(f, p.rgb, p.width, p.height, p.stride_bytes, MIN_SCORE,
                                       &persons, &n, err);
        if (status == SFD_OK)
            status = add_found(b, i, persons, n, &p, err);
        if (status == SFD_OK && t->s.on_progress)
            t->s.on_progress(t->s.user, "validation", i + 1, t->val.n, NAN, NAN);
        if (status == SFD_OK && t->s.should_stop && t->s.should_stop(t->s.user))
            status = sfd_fail(err, SFD_ERR_CANCELLED, "stopped");
    }
    free(buffer.bytes);
    return status;
}

static sfd_eval_box *copy_truth(const sfd_samples *s)
{
    sfd_eval_box *truth = sfd_malloc_array(s->n_boxes, sizeof *truth);
    for (size_t i = 0; truth && i < s->n; i++)
        for (size_t k = s->items[i].first_box; k < s->items[i].first_box + s->items[i].n_boxes;
             k++) {
            const sfd_box_norm *b = &s->boxes[k].box;
            truth[k] = (sfd_eval_box){.picture = (int64_t)i,
                                      .x = b->x1,
                                      .y = b->y1,
                                      .width = b->x2 - b->x1,
                                      .height = b->y2 - b->y1};
        }
    return truth;
}

static sfd_status score(sfd_train_epoch *e, const sfd_samples *s, const found_boxes *b,
                        sfd_error *err)
{
    sfd_eval_box_result result;
    sfd_eval_box *truth = copy_truth(s);
    if (!truth)
        return sfd_fail_nomem(err, "validation");
    sfd_status status = sfd_eval_score_boxes(&result, truth, s->n_boxes, b->items, b->n, err);
    if (status == SFD_OK) {
        e->ap50 = result.ap50;
        e->recall50 = result.recall50;
    }
    free(truth);
    return status;
}

sfd_status sfd_persons_validate(const sfd_trainer *t, sfd_train_epoch *e, sfd_error *err)
{
    found_boxes found = {0};
    sfd_weights *weights = NULL;
    sfd_person_model *model = NULL;
    sfd_person_finder *finder = NULL;
    sfd_status status = sfd_persons_to_weights(&weights, t, err);
    if (status == SFD_OK)
        status = sfd_person_model_create(
            &model, &(sfd_prepare_settings){.weights = weights, .kernels = t->graph.kernels}, err);
    if (status == SFD_OK)
        status = sfd_person_finder_create(&finder, model, t->s.threads, err);
    if (status == SFD_OK)
        status = find_all(&found, finder, t, err);
    if (status == SFD_OK)
        status = score(e, &t->val, &found, err);
    sfd_person_finder_free(finder);
    sfd_person_model_free(model);
    sfd_weights_close(weights);
    free(found.items);
    return status;
}
