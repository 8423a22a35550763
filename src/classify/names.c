/* SPDX-License-Identifier: Apache-2.0 */
/* Names of classes. */
#include "base/alloc.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/labels.h"
#include "base/utf8.h"

#include <sfdet/classify.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (16 << 20)
#define MAX_ID    99999

struct sfd_class_names {
    char **names; /* [n]; NULL where there is none */
    size_t n, n_alloc;
};

static bool reserve(sfd_class_names *c, size_t n)
{
    while (c->n < n) {
        if (!sfd_grow(&c->names, &c->n_alloc, c->n, sizeof *c->names))
            return false;
        c->names[c->n++] = NULL;
    }
    return true;
}

/* ------------------------------------------------------------------ JSON */

static sfd_status add_member(sfd_class_names *c, const char *path, const cJSON *item,
                             sfd_error *err)
{
    const double id = cJSON_IsNumber(item) ? item->valuedouble : -1;
    if (!(id >= 0 && id <= MAX_ID) || id != floor(id))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: the number of \"%.100s\" is not an integer from 0 to %d", path,
                        item->string, MAX_ID);
    const size_t k = (size_t)id;
    if (!reserve(c, k + 1))
        return sfd_fail_nomem(err, path);
    if (c->names[k])
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: \"%.100s\" and \"%.100s\" are both class %zu",
                        path, c->names[k], item->string, k);
    c->names[k] = sfd_strdup(item->string);
    return c->names[k] ? SFD_OK : sfd_fail_nomem(err, path);
}

static sfd_status read_json(sfd_class_names *c, const char *path, const char *text, size_t n,
                            sfd_error *err)
{
    cJSON *root;
    const cJSON *item;
    sfd_status status = sfd_json_parse(&root, path, text, n, err);
    cJSON_ArrayForEach(item, root)
    {
        if (status == SFD_OK)
            status = add_member(c, path, item, err);
    }
    cJSON_Delete(root);
    return status;
}

/* ------------------------------------------------------------------ lines */

static sfd_status read_lines(sfd_class_names *c, const char *path, const char *text, sfd_error *err)
{
    while (*text) {
        const size_t n = strcspn(text, "\n");
        const size_t n_name = n > 0 && text[n - 1] == '\r' ? n - 1 : n;
        if (c->n > MAX_ID)
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: more than %d lines", path, MAX_ID + 1);
        if (!reserve(c, c->n + 1))
            return sfd_fail_nomem(err, path);
        if (n_name > 0 && !(c->names[c->n - 1] = sfd_strndup(text, n_name)))
            return sfd_fail_nomem(err, path);
        text += n + (text[n] == '\n');
    }
    return SFD_OK;
}

/* ------------------------------------------------------------------ either */

static sfd_status read_text(sfd_class_names *c, const char *path, const char *text, size_t n,
                            sfd_error *err)
{
    sfd_utf8_state utf8 = {0};
    if (sfd_refuse_utf16(text, n, path, err) != SFD_OK)
        return SFD_ERR_FORMAT;
    if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        n -= 3;
    }
    if (text[strspn(text, " \t\r\n")] == '{')
        return read_json(c, path, text, n, err);
    if (sfd_utf8_prefix(&utf8, text, n) < n || utf8.pending > 0 || memchr(text, '\0', n))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: is not UTF-8 text", path);
    return read_lines(c, path, text, err);
}

sfd_status sfd_class_names_read(sfd_class_names **out, const char *path, sfd_error *err)
{
    char *text;
    size_t n;
    *out = NULL;
    sfd_status status = sfd_read_text(&text, &n, path, MAX_BYTES, err);
    if (status != SFD_OK)
        return status;
    sfd_class_names *c = sfd_calloc(1, sizeof *c);
    status = c ? read_text(c, path, text, n, err) : sfd_fail_nomem(err, path);
    free(text);
    if (status != SFD_OK) {
        sfd_class_names_free(c);
        return status;
    }
    *out = c;
    return SFD_OK;
}

sfd_status sfd_class_names_of_model(sfd_class_names **out, const sfd_model *model, sfd_error *err)
{
    const sfd_model_info *info = sfd_model_get_info(model);
    sfd_label_map map = {0};
    sfd_class_names *c = NULL;
    sfd_status status = SFD_OK;
    *out = NULL;
    if (!info->class_list)
        return SFD_OK;
    status = sfd_label_map_parse(&map, info->weights, info->class_list, strlen(info->class_list),
                                 SFD_LABELS_ANY_LAYOUT, err);
    if (status == SFD_OK &&
        (!(c = sfd_calloc(1, sizeof *c)) || !reserve(c, (size_t)info->n_classes)))
        status = sfd_fail_nomem(err, info->weights);
    for (int k = 0; status == SFD_OK && k < info->n_classes; k++) {
        const char *name = sfd_label_name(&map, info->class_ids[k]);
        if (name && !(c->names[k] = sfd_strdup(name)))
            status = sfd_fail_nomem(err, info->weights);
    }
    sfd_label_map_free(&map);
    if (status != SFD_OK) {
        sfd_class_names_free(c);
        return status;
    }
    *out = c;
    return SFD_OK;
}

void sfd_class_names_free(sfd_class_names *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++)
        free(c->names[i]);
    free(c->names);
    free(c);
}

const char *sfd_class_names_get(const sfd_class_names *c, int id)
{
    return c && id >= 0 && (size_t)id < c->n ? c->names[id] : NULL;
}

size_t sfd_class_names_end(const sfd_class_names *c)
{
    size_t n = c ? c->n : 0;
    while (n > 0 && !c->names[n - 1])
        n--;
    return n;
}
