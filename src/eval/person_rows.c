/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of persons' boxes and their pictures. */
#include "eval/person_rows.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

void sfd_person_names_free(sfd_person_names *n)
{
    sfd_name_table_free(&n->table);
    for (size_t i = 0; i < n->n; i++)
        free(n->names[i]);
    free(n->names);
}

void sfd_person_rows_free(sfd_person_rows *r)
{
    free(r->rows);
    free(r->pictures);
}

static bool add_name(sfd_person_names *n, char *name)
{
    if (!name || !sfd_grow(&n->names, &n->n_alloc, n->n, sizeof *n->names))
        return false;
    if (!sfd_name_table_add(&n->table, name, n->n))
        return false;
    n->names[n->n++] = name;
    return true;
}

sfd_status sfd_person_rows_name(sfd_person_rows *r, const char *name, size_t length, size_t *number,
                                sfd_error *err)
{
    char *copy = sfd_strndup(name, length);
    if (copy && sfd_name_table_find(&r->names->table, copy, number)) {
        free(copy);
        return SFD_OK;
    }
    *number = r->names->n;
    if (add_name(r->names, copy))
        return SFD_OK;
    free(copy);
    return sfd_fail_nomem(err, r->path);
}

sfd_status sfd_person_rows_add(sfd_person_rows *r, const sfd_person_row *row, sfd_error *err)
{
    if (!sfd_grow(&r->rows, &r->n_alloc, r->n, sizeof *r->rows))
        return sfd_fail_nomem(err, r->path);
    r->rows[r->n++] = *row;
    return SFD_OK;
}

sfd_status sfd_person_rows_add_picture(sfd_person_rows *r, const sfd_person_picture *p,
                                       sfd_error *err)
{
    if (!sfd_grow(&r->pictures, &r->n_pictures_alloc, r->n_pictures, sizeof *r->pictures))
        return sfd_fail_nomem(err, r->path);
    r->pictures[r->n_pictures++] = *p;
    return SFD_OK;
}

int sfd_person_pictures_compare(const sfd_person_names *n, const sfd_person_picture *a,
                                const sfd_person_picture *b)
{
    const int order = a->name == b->name ? 0 : strcmp(n->names[a->name], n->names[b->name]);
    return order ? order : (a->time > b->time) - (a->time < b->time);
}
