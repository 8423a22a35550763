/* SPDX-License-Identifier: Apache-2.0 */
/* Videos by id, names of labels, warnings. */
#include "report/data.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sfd_report_find_video(sfd_report *r, const char *id, uint32_t *video)
{
    size_t number;
    if (sfd_name_table_find(&r->by_id, id, &number)) {
        *video = (uint32_t)number;
        return true;
    }
    char *copy = sfd_strdup(id);
    if (!copy || !sfd_grow(&r->videos, &r->n_videos_alloc, r->n_videos, sizeof *r->videos) ||
        !sfd_name_table_add(&r->by_id, copy, r->n_videos)) {
        free(copy);
        return false;
    }
    *video = (uint32_t)r->n_videos;
    r->videos[r->n_videos++] = (sfd_report_video){.id = copy};
    return true;
}

bool sfd_report_keep_name(sfd_report *r, int label, const char *name)
{
    const size_t n = (size_t)label + 1;
    if (n > r->n_found_names) {
        char **grown = realloc(r->found_names, n * sizeof *grown);
        if (!grown)
            return false;
        memset(grown + r->n_found_names, 0, (n - r->n_found_names) * sizeof *grown);
        r->found_names = grown;
        r->n_found_names = n;
    }
    if (!r->found_names[label])
        r->found_names[label] = sfd_strdup(name);
    return r->found_names[label] != NULL;
}

const char *sfd_report_name(const sfd_report *r, int label)
{
    if (!r->labels && label >= 0 && (size_t)label < r->n_found_names && r->found_names[label])
        return r->found_names[label];
    return sfd_label_name(&r->names, label);
}

void sfd_report_warn(const sfd_report *r, const char *fmt, ...)
{
    sfd_error message = {0};
    va_list args;
    if (!r->s.on_warning)
        return;
    va_start(args, fmt);
    vsnprintf(message.message, sizeof message.message, fmt, args);
    va_end(args);
    sfd_make_printable(message.message);
    r->s.on_warning(r->s.user, message.message);
}
