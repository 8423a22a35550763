/* SPDX-License-Identifier: Apache-2.0 */
/* Which reader a file of detections gets. */
#include "base/error.h"
#include "base/file.h"
#include "base/unpack.h"
#include "boxes/pickled_proposals.h"
#include "tubes/boxes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_BYTES ((size_t)1 << 30)

static bool is_pickle(const char *path)
{
    unsigned char head[4];
    size_t n;
    const int fd = strcmp(path, "-") == 0 ? -1 : sfd_open_to_read(path, &n, NULL);
    const bool is = fd >= 0 && n >= sizeof head && sfd_read_at(fd, 0, head, sizeof head) &&
                    sfd_is_pickle(head, sizeof head);
    if (fd >= 0)
        close(fd);
    return is;
}

static sfd_status read_text(sfd_tube_boxes *b, const char *path, sfd_error *err)
{
    char *text;
    size_t n;
    sfd_status status = sfd_unpack_text(&text, &n, path, "a file of detections", MAX_BYTES, err);
    if (status != SFD_OK)
        return status;
    const size_t mark = n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    const char *first = text + mark + strspn(text + mark, " \t\r\n");
    b->labels_from = SFD_LABELS_AS_TOLD;
    status = *first == '{' ? sfd_tube_boxes_read_json(b, text + mark, n - mark, err)
                           : sfd_tube_boxes_read_csv(b, text + mark, n - mark, err);
    free(text);
    return status;
}

/* A part of a file may be of other data, not all of it. */
static sfd_status tell_foreign(const sfd_tube_boxes *b, sfd_error *err)
{
    const size_t n = b->n_foreign_videos + b->n_foreign_labels;
    if (n == 0)
        return SFD_OK;
    if (b->n == 0)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s", b->foreign.message);
    return sfd_bad_rows_warn(&b->bad, err,
                             "%s; %zu row%s of other videos, %zu of other labels left out",
                             b->foreign.message, b->n_foreign_videos,
                             b->n_foreign_videos == 1 ? "" : "s", b->n_foreign_labels);
}

sfd_status sfd_tube_boxes_read(sfd_tube_boxes *b, sfd_error *err)
{
    const char *path = b->path;
    b->path = strcmp(path, "-") == 0 ? "stdin" : path;
    sfd_status status =
        is_pickle(path) ? sfd_tube_boxes_read_dump(b, err) : read_text(b, path, err);
    if (status == SFD_OK)
        status = sfd_bad_rows_end(&b->bad, b->path, err);
    if (status == SFD_OK) {
        sfd_tube_boxes_settle_labels(b);
        status = tell_foreign(b, err);
    }
    if (status == SFD_OK && b->settings->best_label)
        sfd_tube_boxes_keep_best(b);
    return status;
}
