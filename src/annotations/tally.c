/* SPDX-License-Identifier: Apache-2.0 */
/* Counting what is left out. */
#include "annotations/tally.h"

#include <stdio.h>
#include <string.h>

void sfd_tally_add(sfd_tally *t, const char *kind, const char *example)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->items[i].kind, kind) == 0) {
            t->items[i].n++;
            return;
        }
    if (t->n == SFD_MAX_KINDS_TALLIED)
        return;
    t->items[t->n].kind = kind;
    t->items[t->n].n = 1;
    snprintf(t->items[t->n].first, sizeof t->items[t->n].first, "%s", example ? example : "");
    t->n++;
}

void sfd_tally_tell(sfd_tally *t, const char *path,
                    void (*on_warning)(void *user, const char *message), void *user)
{
    for (size_t i = 0; i < t->n && on_warning; i++) {
        char text[512];
        const char *first = t->items[i].first;
        snprintf(text, sizeof text, "%.200s: %s: %zu%s%s%s", path, t->items[i].kind, t->items[i].n,
                 *first ? " (first: " : "", first, *first ? ")" : "");
        sfd_make_printable(text);
        on_warning(user, text);
    }
    t->n = 0;
}
