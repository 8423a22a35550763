/* SPDX-License-Identifier: Apache-2.0 */
#include "train/class_weights.h"

#include "base/alloc.h"
#include "base/ava_row.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>

#define MAX_WEIGHT 1e6
#define NOT_SET    (-1.0f)

typedef struct reader {
    float *weights; /* [n_classes] */
    size_t n_classes, n_rows;
    int first_id;
} reader;

static sfd_status read_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    reader *r = user;
    long long id;
    double weight;
    if (row->n_fields != 2)
        return sfd_ava_fail_columns(row, "class_id,weight", err);
    const sfd_csv_field *f = row->fields;
    if (!sfd_parse_python_int(f[0].text, f[0].length, &id) || id < r->first_id ||
        (size_t)(id - r->first_id) >= r->n_classes)
        return sfd_csv_fail(err, row, 0, "class id", "one of the network's classes");
    float *to = &r->weights[id - r->first_id];
    if (*to != NOT_SET)
        return sfd_csv_fail(err, row, 0, "class id", "listed once");
    if (!sfd_parse_python_float(f[1].text, f[1].length, &weight) ||
        !(weight >= 0 && weight <= MAX_WEIGHT))
        return sfd_csv_fail(err, row, 1, "weight", "a number from 0 to 1000000");
    *to = (float)weight;
    r->n_rows++;
    return SFD_OK;
}

sfd_status sfd_class_weights_read(float **out, const char *path, int first_id, size_t n_classes,
                                  sfd_error *err)
{
    reader r = {.n_classes = n_classes, .first_id = first_id};
    *out = r.weights = sfd_malloc_array(n_classes, sizeof *r.weights);
    if (!r.weights)
        return sfd_fail_nomem(err, path);
    for (size_t i = 0; i < n_classes; i++)
        r.weights[i] = NOT_SET;
    sfd_status status = sfd_ava_read(path, read_row, &r, NULL, err);
    if (status == SFD_OK && r.n_rows == 0)
        status = sfd_fail(err, SFD_ERR_FORMAT, "%s: no row class_id,weight", path);
    for (size_t i = 0; i < n_classes; i++)
        r.weights[i] = r.weights[i] == NOT_SET ? 1 : r.weights[i];
    return status;
}
