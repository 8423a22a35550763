/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that are set besides a configuration. */
#include "config/overrides.h"

#include "base/alloc.h"
#include "base/error.h"
#include "config/pyslowfast_keys.h"
#include "config/yaml_text.h"

#include <sfdet/inspect.h> /* sfd_is_config_key */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OVERRIDES 256

typedef struct override {
    const char *section, *key, *value;
    size_t n_section, n_key, n_value;
    bool written;
} override;

bool sfd_is_config_key(const char *text)
{
    char section[32];
    const size_t n = strcspn(text, ".");
    if (text[n] == '\0' || n >= sizeof section)
        return false;
    memcpy(section, text, n);
    section[n] = '\0';
    return sfd_pyslowfast_is_section(section);
}

static sfd_status fail(const char *line, size_t n, const char *what, sfd_error *err)
{
    return sfd_fail(err, SFD_ERR_FORMAT, SFD_OVERRIDES_ORIGIN ": \"%.*s\" %s", (int)n, line, what);
}

/* "SECTION.KEY VALUE", n bytes */
static sfd_status split(override *o, const char *line, size_t n, sfd_error *err)
{
    const char *blank = memchr(line, ' ', n);
    const size_t n_name = blank ? (size_t)(blank - line) : n;
    const char *dot = memchr(line, '.', n_name);
    if (!dot || dot == line || dot + 1 == line + n_name)
        return fail(line, n_name, "is not SECTION.KEY, as SLOWFAST.ALPHA is", err);
    if (n_name + 1 >= n)
        return fail(line, n_name, "has no value", err);
    *o = (override){.section = line,
                    .n_section = (size_t)(dot - line),
                    .key = dot + 1,
                    .n_key = (size_t)(line + n_name - dot - 1),
                    .value = blank + 1,
                    .n_value = n - n_name - 1};
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)line[i] < ' ')
            return fail(line, n_name, "has control characters in its value", err);
    return SFD_OK;
}

/* That no value reaches into the next line. */
static sfd_status check_value(const override *o, sfd_error *err)
{
    const sfd_status status = sfd_yaml_check_text(o->value, o->n_value, "value", NULL);
    return status == SFD_OK || status == SFD_ERR_NOMEM
               ? status
               : sfd_fail(err, status, "%.*s.%.*s: \"%.*s\" is not valid YAML", (int)o->n_section,
                          o->section, (int)o->n_key, o->key, (int)o->n_value, o->value);
}

static bool same_section(const override *a, const override *b)
{
    return a->n_section == b->n_section && memcmp(a->section, b->section, a->n_section) == 0;
}

/* Keys of a section stand together. */
static void write_yaml(FILE *f, override *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].written)
            continue;
        fprintf(f, "%.*s:\n", (int)list[i].n_section, list[i].section);
        for (size_t k = i; k < n; k++)
            if (same_section(&list[i], &list[k])) {
                fprintf(f, "  %.*s: %.*s\n", (int)list[k].n_key, list[k].key, (int)list[k].n_value,
                        list[k].value);
                list[k].written = true;
            }
    }
}

static sfd_status read_keys(sfd_config_spec *s, const char *text, sfd_error *err)
{
    override list[MAX_OVERRIDES];
    size_t n = 0, n_bytes;
    while (*text) {
        const size_t n_line = strcspn(text, "\n");
        if (n == MAX_OVERRIDES)
            return sfd_fail(err, SFD_ERR_FORMAT, SFD_OVERRIDES_ORIGIN ": more than %d keys",
                            MAX_OVERRIDES);
        sfd_status status = split(&list[n], text, n_line, err);
        if (status == SFD_OK)
            status = check_value(&list[n++], err);
        if (status != SFD_OK)
            return status;
        text += n_line + (text[n_line] == '\n');
    }
    if (n == 0)
        return SFD_OK;
    FILE *f = open_memstream(&s->yaml, &n_bytes);
    if (f)
        write_yaml(f, list, n);
    return f && fclose(f) == 0 ? SFD_OK : sfd_fail_nomem(err, SFD_OVERRIDES_ORIGIN);
}

sfd_status sfd_config_spec_read(sfd_config_spec *s, const char *text, sfd_error *err)
{
    *s = (sfd_config_spec){0};
    const size_t n = text ? strcspn(text, "\n") : 0;
    if (n > 0 && !(s->name = sfd_strndup(text, n)))
        return sfd_fail_nomem(err, text);
    return text && text[n] ? read_keys(s, text + n + 1, err) : SFD_OK;
}

sfd_status sfd_overrides_name_key(const char *yaml, sfd_status status, sfd_error *err)
{
    char key[128], problem[sizeof err->message];
    const char *section = "", *at = yaml;
    size_t line;
    int n = 0;
    if (status == SFD_OK || !err ||
        sscanf(err->message, SFD_OVERRIDES_ORIGIN ":%zu: %n", &line, &n) != 1 || n == 0)
        return status;
    for (size_t i = 1;; i++) {
        section = *at == ' ' ? section : at;
        if (i >= line || !strchr(at, '\n'))
            break;
        at = strchr(at, '\n') + 1;
    }
    snprintf(problem, sizeof problem, "%s", err->message + n);
    snprintf(key, sizeof key, "%.*s%s%.*s", (int)strcspn(section, ":"), section,
             *at == ' ' ? "." : "", *at == ' ' ? (int)strcspn(at + 2, ":") : 0, at + 2);
    if (strstr(problem, key))
        return sfd_fail(err, status, "%s", problem);
    return sfd_fail(err, status, "%s: %s", key, problem);
}

void sfd_config_spec_free(sfd_config_spec *s)
{
    free(s->name);
    free(s->yaml);
    *s = (sfd_config_spec){0};
}
