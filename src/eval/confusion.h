/* SPDX-License-Identifier: Apache-2.0 */
/* Which labels are said instead of which. */
#ifndef SFD_EVAL_CONFUSION_H
#define SFD_EVAL_CONFUSION_H

#include <sfdet/eval.h>

/* Pairs that are counted; zero-initialised, `pairs` freed by the owner. Memory grows with the
 * number of different pairs, not with that of what is counted. */
typedef struct sfd_confusions {
    sfd_eval_confusion *pairs;
    size_t n, n_alloc;
    bool failed; /* memory was out */
} sfd_confusions;

void sfd_confusions_count(sfd_confusions *c, int missed, int said);
/* Each pair once, the most frequent first, then by ids. */
void sfd_confusions_sort(sfd_confusions *c);

#endif
