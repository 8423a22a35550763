/* SPDX-License-Identifier: Apache-2.0 */
/* The best labels of a keyframe's persons. */
#include "sfdetect_summary.h"

#include "cli.h"

#include <stdlib.h>
#include <string.h>

/* The best label of `scores` that is not taken yet; -1 when no other scores min_score. */
static int next_best(const sfd_keyframe *k, const float *scores, const bool *taken,
                     double min_score)
{
    int best = -1;
    for (int c = 0; c < k->n_classes; c++)
        if (!taken[c] && k->class_ids[c] >= 0 && (double)scores[c] >= min_score &&
            (best < 0 || scores[c] > scores[best]))
            best = c;
    return best;
}

static void print_person(const sfd_keyframe *k, const sfd_person *p, const sfd_labels *labels,
                         int top, double min_score, bool *taken)
{
    cli_print("  box %s (%.2f):", p->box_text, p->proposal_score);
    memset(taken, 0, (size_t)k->n_classes * sizeof *taken);
    for (int i = 0; i < top; i++) {
        int best = next_best(k, p->scores, taken, min_score);
        if (best < 0)
            break;
        taken[best] = true;
        const char *name = sfd_labels_short_name(labels, k->class_ids[best]);
        if (name)
            cli_print("%s %s %.2f", i ? "," : "", name, (double)p->scores[best]);
        else
            cli_print("%s action %d %.2f", i ? "," : "", k->class_ids[best],
                      (double)p->scores[best]);
    }
    cli_print("\n");
}

void print_summary(const sfd_keyframe *k, const sfd_labels *labels, int top, double min_score)
{
    bool *taken = calloc((size_t)k->n_classes, sizeof *taken);
    if (!taken)
        return;
    cli_print("%s %s (frame %lld)\n", k->video_id, k->persons[0].timestamp_text,
              (long long)k->frame);
    for (size_t i = 0; i < k->n_persons; i++)
        print_person(k, &k->persons[i], labels, top, min_score, taken);
    free(taken);
}
