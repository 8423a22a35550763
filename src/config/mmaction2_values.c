/* SPDX-License-Identifier: Apache-2.0 */
/* Values of MMAction2's Python configs. */
#include "config/mmaction2_values.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAMES 64

void sfd_mm_fail(sfd_mm_reader *r, const sfd_py *v, sfd_status status, const char *problem)
{
    const char *dot = strrchr(r->where, '.'), *last = dot ? dot + 1 : r->where;
    const bool member = v->key && strcmp(v->key, last) != 0; /* else the dictionary itself */
    if (r->status == SFD_OK)
        r->status = sfd_fail(r->err, status, "%s:%zu: %s%s%.60s %s", v->origin, v->line, r->where,
                             member && *last ? "." : "", member ? v->key : "", problem);
}

static void fail_unknown(sfd_mm_reader *r, const sfd_py *v, const sfd_mm_key *keys)
{
    const char *names[MAX_NAMES], *nearest;
    char problem[128] = "is not known, and might change the network";
    size_t n = 0;
    for (; keys[n].name && n < MAX_NAMES; n++)
        names[n] = keys[n].name;
    nearest = v->key ? sfd_nearest_name(v->key, names, n) : NULL;
    if (nearest)
        snprintf(problem, sizeof problem, "is not known, and might change the network (%s?)",
                 nearest);
    sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, problem);
}

static void read_member(sfd_mm_reader *r, const sfd_py *v, const sfd_mm_key *keys)
{
    const sfd_mm_key *k = keys;
    while (v->key && k->name && strcmp(k->name, v->key) != 0)
        k++;
    if (v->key && (strcmp(v->key, "_delete_") == 0 || strcmp(v->key, "_scope_") == 0))
        return;
    if (!v->key || !k->name)
        fail_unknown(r, v, keys);
    else if (k->read && v->type == SFD_PY_OTHER)
        sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, "is no literal; write its value instead");
    else if (k->read)
        k->read(r, v, k->field, k->aux);
}

void sfd_mm_read_dict(sfd_mm_reader *r, const sfd_py *dict, const char *where,
                      const sfd_mm_key *keys)
{
    const char *outer = r->where;
    if (!dict || dict->type == SFD_PY_NONE || r->status != SFD_OK)
        return;
    r->where = where;
    if (dict->type != SFD_PY_DICT) {
        r->status = sfd_fail(r->err, SFD_ERR_UNSUPPORTED, "%s:%zu: %s is no dictionary of literals",
                             dict->origin, dict->line, where);
        return;
    }
    for (const sfd_py *v = dict->child; v && r->status == SFD_OK; v = v->next)
        if (!v->key || sfd_py_get(dict, v->key) == v) /* of equal names the last counts */
            read_member(r, v, keys);
    r->where = outer;
}

/* -- values */

static bool to_int(const sfd_py *v, int *out)
{
    if (!v || v->type != SFD_PY_NUMBER || v->number < -65536 || v->number > 65536 ||
        v->number != (int)v->number)
        return false;
    *out = (int)v->number;
    return true;
}

void sfd_mm_int(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)aux;
    if (v->type != SFD_PY_NONE && !to_int(v, field))
        sfd_mm_fail(r, v, SFD_ERR_FORMAT, "is not a whole number");
}

void sfd_mm_square(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    const sfd_py *first = v->type == SFD_PY_LIST ? v->child : v;
    const sfd_py *second = v->type == SFD_PY_LIST && first ? first->next : first;
    if (!first || !second || first->number != second->number)
        sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, "is not supported unless it is square");
    else
        sfd_mm_int(r, first, field, aux);
}

void sfd_mm_bool(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)aux;
    if (v->type == SFD_PY_BOOL)
        *(bool *)field = v->number != 0.0;
    else if (v->type != SFD_PY_NONE)
        sfd_mm_fail(r, v, SFD_ERR_FORMAT, "is not True or False");
}

void sfd_mm_stage_ints(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)aux;
    const sfd_py *item = v->type == SFD_PY_LIST ? v->child : NULL;
    int *values = field;
    for (int i = 0; i < SFD_N_STAGES; i++, item = item ? item->next : NULL)
        if (!to_int(item, &values[i]))
            sfd_mm_fail(r, v, SFD_ERR_FORMAT, "is not a list of four whole numbers");
    if (item)
        sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, "has more than four stages");
}

/* Of 0..255 pictures. */
void sfd_mm_channels(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)aux;
    const sfd_py *item = v->type == SFD_PY_LIST ? v->child : NULL;
    for (int i = 0; i < 3; i++, item = item->next) {
        if (!item || item->type != SFD_PY_NUMBER) {
            sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, "is not a list of three numbers");
            return;
        }
        ((float *)field)[i] = (float)(item->number / 255.0);
    }
}

void sfd_mm_member(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)r, (void)aux;
    *(const sfd_py **)field = v;
}

/* -- values that must be as they are */

static void fail_wanted(sfd_mm_reader *r, const sfd_py *v, const char *wanted)
{
    char problem[160];
    snprintf(problem, sizeof problem, "is not supported unless it is %s", wanted);
    sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, problem);
}

bool sfd_mm_is_type(const sfd_py *type, const char *name)
{
    if (!type || type->type != SFD_PY_TEXT)
        return false;
    const char *dot = strrchr(type->text, '.');
    return strcmp(dot ? dot + 1 : type->text, name) == 0;
}

void sfd_mm_want_text(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)field;
    if (!sfd_mm_is_type(v, aux))
        fail_wanted(r, v, aux);
}

void sfd_mm_want_numbers(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)field;
    const sfd_py *item = v->type == SFD_PY_LIST ? v->child : v;
    const char *at = aux;
    char *end;
    for (; *at; at = end) {
        const double wanted = strtod(at, &end);
        if (!item || (item->type != SFD_PY_NUMBER && item->type != SFD_PY_BOOL) ||
            item->number != wanted) {
            fail_wanted(r, v, aux);
            return;
        }
        if (v->type == SFD_PY_LIST)
            item = item->next;
    }
    if (v->type == SFD_PY_LIST && item)
        fail_wanted(r, v, aux);
}

void sfd_mm_want_channels(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)field;
    const int wanted = *(const int *)aux;
    char problem[96];
    int n = 0;
    if (!to_int(v, &n))
        sfd_mm_fail(r, v, SFD_ERR_FORMAT, "is not a whole number");
    snprintf(problem, sizeof problem, "is %d, but %d channels come here", n, wanted);
    if (n != wanted)
        sfd_mm_fail(r, v, SFD_ERR_UNSUPPORTED, problem);
}

void sfd_mm_want_true(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)field, (void)aux;
    if (v->type != SFD_PY_BOOL || v->number == 0.0)
        fail_wanted(r, v, "True");
}

void sfd_mm_want_false(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)field, (void)aux;
    if (v->type != SFD_PY_NONE && (v->type != SFD_PY_BOOL || v->number != 0.0))
        fail_wanted(r, v, "False");
}

void sfd_mm_want_none(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    (void)field, (void)aux;
    if (v->type != SFD_PY_NONE)
        fail_wanted(r, v, "None");
}

void sfd_mm_choice(sfd_mm_reader *r, const sfd_py *v, void *field, const void *aux)
{
    char wanted[128] = "";
    int i = 0;
    for (const char *const *name = aux; *name; name++, i++) {
        if (sfd_mm_is_type(v, *name)) {
            *(int *)field = i;
            return;
        }
        snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%s%s", i ? " or " : "",
                 *name);
    }
    fail_wanted(r, v, wanted);
}
