/* SPDX-License-Identifier: Apache-2.0 */
/* What reports as JSON are made of. */
#include "eval/json_parts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/outfile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sfd_json_add_number(cJSON *parent, const char *name, double value)
{
    char text[40];
    if (!isfinite(value))
        return cJSON_AddNullToObject(parent, name) != NULL;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    char *comma = strchr(text, ','); /* the decimal point of some locales */
    if (comma)
        *comma = '.';
    return cJSON_AddRawToObject(parent, name, text) != NULL;
}

bool sfd_json_add_path(cJSON *file, const char *path)
{
    char *text = sfd_strdup(path);
    if (text)
        sfd_make_printable(text);
    bool ok = text && cJSON_AddStringToObject(file, "path", text);
    free(text);
    return ok;
}

static sfd_status write_text(const char *path, const char *text, sfd_error *err)
{
    sfd_outfile *out;
    sfd_status st = sfd_outfile_open(&out, path, err);
    if (st != SFD_OK)
        return st;
    fprintf(sfd_outfile_stream(out), "%s\n", text);
    return sfd_outfile_commit(out, err);
}

sfd_status sfd_json_write(const char *path, const void *reports, size_t n, sfd_json_add_report *add,
                          sfd_error *err)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *files = cJSON_AddArrayToObject(root, "files");
    bool ok = files != NULL;
    for (size_t i = 0; i < n && ok; i++)
        ok = add(files, reports, i);
    char *text = ok ? cJSON_Print(root) : NULL;
    sfd_status st = text ? write_text(path, text, err) : sfd_fail_nomem(err, path);
    cJSON_free(text);
    cJSON_Delete(root);
    return st;
}
