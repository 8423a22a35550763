/* SPDX-License-Identifier: Apache-2.0 */
/* Person boxes as MMAction2 keeps them: read as a set of small tensors whose names are the keys. */
#include "boxes/pickled_proposals.h"

#include "base/alloc.h"
#include "base/error.h"
#include "weights/formats/elements.h"
#include "weights/formats/torch_file.h"

#include <stdlib.h>
#include <string.h>

/* About 600 bytes of objects for every keyframe; AVA has 300 000 of them. */
#define MAX_OBJECT_BYTES ((size_t)1 << 30)
#define MAX_BOXES        100000

bool sfd_is_pickle(const unsigned char *data, size_t n_bytes)
{
    return n_bytes >= 2 && data[0] == 0x80 && data[1] >= 2 && data[1] <= 5;
}

static sfd_status fail_entry(const sfd_weights *w, const sfd_tensor *t, const char *problem,
                             sfd_error *err)
{
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: entry '%s': %s", w->origin, t->name, problem);
}

/* Rows of 4 or 5 numbers to rows of 5. */
static void read_rows(const sfd_tensor *t, size_t n_rows, size_t n_columns, double (*boxes)[5])
{
    for (size_t row = 0; row < n_rows; row++) {
        unsigned char raw[5 * 8];
        float values[5];
        sfd_tensor_gather(t, row * n_columns, n_columns, raw);
        boxes[row][4] = 1.0;
        if (t->info.dtype == SFD_F64) {
            memcpy(boxes[row], raw, n_columns * sizeof(double));
            continue;
        }
        sfd_elements_to_f32(t->info.dtype, raw, n_columns, values);
        for (size_t i = 0; i < n_columns; i++)
            boxes[row][i] = (double)values[i];
    }
}

static sfd_status hand_over(const sfd_weights *w, const sfd_tensor *t, sfd_pickled_boxes_fn fn,
                            void *user, sfd_error *err)
{
    char key[SFD_MAX_TENSOR_NAME];
    strcpy(key, t->name);
    char *comma = strrchr(key, ',');
    const sfd_tensor_info *info = &t->info;
    bool empty = info->n_elements == 0;
    if (!comma || comma == key || !comma[1])
        return fail_entry(w, t, "wanted a key of the form video,timestamp", err);
    if (!empty && (info->n_dims != 2 || (info->dims[1] != 4 && info->dims[1] != 5)))
        return fail_entry(w, t, "wanted an array of N x 5 (x1, y1, x2, y2, score)", err);
    if (!empty && info->dims[0] > MAX_BOXES)
        return fail_entry(w, t, "more than 100000 boxes", err);
    size_t n = empty ? 0 : info->dims[0];
    double(*boxes)[5] = sfd_calloc(n, sizeof *boxes);
    if (!boxes)
        return sfd_fail_nomem(err, w->origin);
    if (n > 0)
        read_rows(t, n, info->dims[1], boxes);
    *comma = '\0';
    sfd_pickled_boxes entry = {w->origin, key, comma + 1, n, (const double(*)[5])boxes};
    sfd_status status = fn(user, &entry, err);
    free(boxes);
    return status;
}

sfd_status sfd_pickled_proposals_read(const char *path, sfd_pickled_boxes_fn fn, void *user,
                                      sfd_error *err)
{
    sfd_weights *w;
    sfd_status status = sfd_weights_create(&w, path, err);
    if (status != SFD_OK)
        return status;
    status = sfd_map_file(&w->file, path, err);
    if (status == SFD_OK)
        status = sfd_pickle_file_read(w, MAX_OBJECT_BYTES, err);
    for (size_t i = 0; status == SFD_OK && i < w->n_tensors; i++)
        status = hand_over(w, w->tensors[i], fn, user, err);
    sfd_weights_close(w);
    return status;
}
