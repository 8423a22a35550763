/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of JSON objects. */
#include "base/json_fields.h"

#include "base/alloc.h"
#include "base/text.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_WHOLE 9e15 /* all below are exact as double */

bool sfd_json_number(const cJSON *object, const char *key, double *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
        return false;
    *out = item->valuedouble;
    return true;
}

bool sfd_json_is_whole(const cJSON *item, int64_t *out)
{
    long long v;
    if (cJSON_IsString(item)) {
        if (!sfd_parse_long(item->valuestring, strlen(item->valuestring), &v))
            return false;
        *out = v;
        return true;
    }
    if (!cJSON_IsNumber(item) || !(fabs(item->valuedouble) <= MAX_WHOLE) ||
        item->valuedouble != floor(item->valuedouble))
        return false;
    *out = (int64_t)item->valuedouble;
    return true;
}

bool sfd_json_whole(const cJSON *object, const char *key, int64_t *out)
{
    return sfd_json_is_whole(cJSON_GetObjectItemCaseSensitive(object, key), out);
}

const char *sfd_json_text(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

bool sfd_json_numbers(const cJSON *array, double *out, int n)
{
    const cJSON *item;
    int i = 0;
    if (!cJSON_IsArray(array))
        return false;
    cJSON_ArrayForEach(item, array)
    {
        if (i == n || !cJSON_IsNumber(item) || !isfinite(item->valuedouble))
            return false;
        out[i++] = item->valuedouble;
    }
    return i == n;
}

bool sfd_coco_is_id(const cJSON *id)
{
    return cJSON_IsString(id) || (cJSON_IsNumber(id) && isfinite(id->valuedouble));
}

int sfd_coco_compare_ids(const cJSON *a, const cJSON *b)
{
    if (cJSON_IsString(a) && cJSON_IsString(b))
        return strcmp(a->valuestring, b->valuestring);
    if (cJSON_IsString(a) || cJSON_IsString(b))
        return cJSON_IsString(a) ? 1 : -1;
    return (a->valuedouble > b->valuedouble) - (a->valuedouble < b->valuedouble);
}

bool sfd_coco_find_person(const cJSON *categories, int *id)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, categories)
    {
        const char *name = sfd_json_text(item, "name");
        const cJSON *number = cJSON_GetObjectItemCaseSensitive(item, "id");
        if (!name || strcasecmp(name, "person") != 0 || !cJSON_IsNumber(number))
            continue;
        *id = number->valueint;
        return true;
    }
    return false;
}

void sfd_json_put(FILE *f, const char *text)
{
    fputc('"', f);
    for (const char *c = text; *c;) {
        const size_t n = sfd_utf8_length(c);
        if (*c == '"' || *c == '\\')
            fprintf(f, "\\%c", *c);
        else if (n == 1 && (unsigned char)*c < ' ')
            fprintf(f, "\\u%04x", *c);
        else if (n > 0)
            fwrite(c, 1, n, f);
        else
            fputc('?', f);
        c += n > 0 ? n : 1;
    }
    fputc('"', f);
}

bool sfd_json_index_make(sfd_json_index *t, const cJSON *object)
{
    const cJSON *item;
    size_t n = 0, ignored;
    t->items = sfd_calloc((size_t)cJSON_GetArraySize(object), sizeof *t->items);
    if (!t->items)
        return false;
    cJSON_ArrayForEach(item, object)
    {
        if (!item->string || sfd_name_table_find(&t->names, item->string, &ignored))
            continue;
        t->items[n] = item;
        if (!sfd_name_table_add(&t->names, item->string, n++))
            return false;
    }
    return true;
}

const cJSON *sfd_json_index_find(const sfd_json_index *t, const char *name)
{
    size_t i;
    return sfd_name_table_find(&t->names, name, &i) ? t->items[i] : NULL;
}

void sfd_json_index_free(sfd_json_index *t)
{
    free(t->items);
    sfd_name_table_free(&t->names);
    *t = (sfd_json_index){0};
}
