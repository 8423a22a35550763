/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a detector's boxes and the truth are of the same people. */
#include "base/box.h"
#include "check/work.h"

#define OVERLAP      0.5 /* from which on a box stands for the other, in training */
#define ASTRAY_SHARE 0.5 /* of boxes that stand for nobody: from here on something is wrong */

typedef struct keyframe {
    const sfd_check_row *const *rows;
    size_t n;
} keyframe;

static keyframe keyframe_at(const sfd_check_file *f, size_t at)
{
    return (keyframe){f->sorted + at, sfd_check_keyframe_end(f, at) - at};
}

static bool is_covered(const sfd_box_norm *box, const keyframe *by)
{
    for (size_t i = 0; i < by->n; i++)
        if (by->rows[i]->kind == SFD_ROW_BOX && sfd_box_iou(box, &by->rows[i]->box) >= OVERLAP)
            return true;
    return false;
}

/* Rows of a box that was counted already. */
static bool is_repeated(const keyframe *k, size_t i)
{
    return i > 0 && k->rows[i - 1]->kind == SFD_ROW_BOX &&
           sfd_box_same(&k->rows[i - 1]->box, &k->rows[i]->box);
}

static void check_truth(sfd_check *c, const keyframe *truth, const keyframe *found)
{
    for (size_t i = 0; i < truth->n; i++) {
        const sfd_check_row *r = truth->rows[i];
        if (r->kind == SFD_ROW_BOX && !is_repeated(truth, i) && !is_covered(&r->box, found))
            sfd_check_note(c, SFD_CHECK_PROPOSALS_MISS, c->truth.path, r->line,
                           "no box of %s covers this person (IoU of %g)", c->proposals.path,
                           OVERLAP);
    }
}

/* Boxes at labelled keyframes that stand for nobody, and the first of them. */
static const sfd_check_row *count_astray(const keyframe *truth, const keyframe *found, size_t *n,
                                         size_t *n_all)
{
    const sfd_check_row *first = NULL;
    for (size_t i = 0; i < found->n; i++) {
        const sfd_check_row *r = found->rows[i];
        if (r->kind != SFD_ROW_BOX)
            continue;
        ++*n_all;
        if (is_covered(&r->box, truth))
            continue;
        ++*n;
        first = first ? first : r;
    }
    return first;
}

sfd_status sfd_check_proposals(sfd_check *c, sfd_error *err)
{
    const sfd_check_file *t = &c->truth, *p = &c->proposals;
    const sfd_check_row *astray = NULL;
    size_t at = 0, n = 0, n_all = 0;
    (void)err;
    for (size_t i = 0; p->path && i < t->n; i = sfd_check_keyframe_end(t, i)) {
        const keyframe truth = keyframe_at(t, i);
        while (at < p->n && sfd_check_compare_keyframes(p->sorted[at], t->sorted[i]) < 0)
            at++;
        if (at == p->n || sfd_check_compare_keyframes(p->sorted[at], t->sorted[i]) != 0) {
            sfd_check_note(c, SFD_CHECK_PROPOSALS_NONE, t->path, t->sorted[i]->line,
                           "%s has no box at this keyframe", p->path);
            continue;
        }
        const keyframe found = keyframe_at(p, at);
        check_truth(c, &truth, &found);
        const sfd_check_row *first = count_astray(&truth, &found, &n, &n_all);
        astray = astray ? astray : first;
    }
    if (n_all > 0 && (double)n > ASTRAY_SHARE * (double)n_all)
        sfd_check_note(c, SFD_CHECK_PROPOSALS_ASTRAY, p->path, astray->line,
                       "%zu of %zu boxes at labelled keyframes cover nobody of %s", n, n_all,
                       t->path);
    return SFD_OK;
}
