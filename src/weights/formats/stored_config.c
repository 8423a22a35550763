/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations that code bases store beside the weights. */
#include "weights/formats/stored_config.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONFIG_BYTES (256 * 1024)
#define MAX_NESTING      16

/* A value as text that is at once YAML's flow style and a literal of Python. */
typedef struct writer {
    sfd_unpickler *u;
    char *text; /* [MAX_CONFIG_BYTES + 1] */
    size_t n;
    bool full;
} writer;

static void put(writer *w, const char *text, size_t n)
{
    w->full = w->full || n > MAX_CONFIG_BYTES - w->n;
    if (w->full)
        return;
    memcpy(w->text + w->n, text, n);
    w->n += n;
}

static void put_word(writer *w, const char *word)
{
    put(w, word, strlen(word));
}

static void put_string(writer *w, sfd_slice s)
{
    put(w, "\"", 1);
    for (size_t i = 0; i < s.n && !w->full; i++) {
        const char c = s.data[i];
        if (c == '"' || c == '\\')
            put(w, "\\", 1);
        put(w, (unsigned char)c < 0x20 || c == 0x7F ? "?" : &c, 1);
    }
    put(w, "\"", 1);
}

static void put_value(writer *w, const sfd_value *v, int depth);

static void put_members(writer *w, const sfd_value *v, int depth)
{
    const bool dict = v->type == SFD_VALUE_DICT;
    put(w, dict ? "{" : "[", 1);
    for (size_t i = 0; i < v->list.n && !w->full; i++) {
        if (i > 0)
            put_word(w, dict && i % 2 ? ": " : ", ");
        put_value(w, v->list.items[i], depth + 1);
    }
    put(w, dict ? "}" : "]", 1);
}

static void put_value(writer *w, const sfd_value *v, int depth)
{
    char number[40];
    sfd_slice text;
    w->full = w->full || depth > MAX_NESTING;
    if (v->type == SFD_VALUE_TEXT && sfd_value_text(w->u, v, &text)) {
        put_string(w, text);
    } else if (v->type == SFD_VALUE_LIST || v->type == SFD_VALUE_DICT) {
        put_members(w, v, depth);
    } else if (v->type == SFD_VALUE_BOOL) {
        put_word(w, v->integer ? "True" : "False");
    } else if (v->type == SFD_VALUE_INT) {
        snprintf(number, sizeof number, "%lld", (long long)v->integer);
        put_word(w, number);
    } else if (v->type == SFD_VALUE_FLOAT && isfinite(v->number)) {
        snprintf(number, sizeof number, "%.17g", v->number);
        put_word(w, number);
    } else {
        put_word(w, "None");
    }
}

/* A module of assignments, as MMAction2's configs are. */
static void put_module(writer *w, const sfd_value *dict)
{
    for (size_t i = 0; i + 1 < dict->list.n && !w->full; i += 2) {
        sfd_slice name;
        if (!sfd_value_text(w->u, dict->list.items[i], &name))
            continue;
        put(w, name.data, name.n);
        put_word(w, " = ");
        put_value(w, dict->list.items[i + 1], 1);
        put(w, "\n", 1);
    }
}

/* *kept: the configuration is in the metadata. */
static sfd_status keep(sfd_weights *w, sfd_unpickler *u, const sfd_value *v, const char *key,
                       bool python, bool *kept, sfd_error *err)
{
    *kept = false;
    if (v->type != SFD_VALUE_DICT) {
        const char *text = sfd_value_string(u, v, MAX_CONFIG_BYTES);
        *kept = text != NULL;
        return text ? sfd_weights_set_metadata(w, key, text, err) : u->status;
    }
    writer out = {.u = u, .text = sfd_calloc(MAX_CONFIG_BYTES + 1, 1)};
    if (!out.text)
        return sfd_fail_nomem(err, w->origin);
    if (python)
        put_module(&out, v);
    else
        put_value(&out, v, 0);
    sfd_status status = u->status;
    if (status == SFD_OK && !out.full) {
        status = sfd_weights_set_metadata(w, key, out.text, err);
        *kept = status == SFD_OK;
    }
    free(out.text);
    return status;
}

sfd_status sfd_stored_config_keep(sfd_weights *w, sfd_unpickler *u, const sfd_value *root,
                                  const sfd_value *used[2], sfd_error *err)
{
    const sfd_value *cfg = sfd_value_get(u, root, "cfg"), *meta = sfd_value_get(u, root, "meta"),
                    *python = meta ? sfd_value_get(u, meta, "cfg") : NULL;
    if (meta && !python)
        python = sfd_value_get(u, meta, "config"); /* before version 1 */
    const struct {
        const sfd_value *value, *entry;
        const char *key, *name;
    } found[] = {{cfg, cfg, SFD_METADATA_PYSLOWFAST, "cfg"},
                 {python, meta, SFD_METADATA_MMACTION2, "the configuration in meta"}};
    sfd_status status = u->status;
    for (size_t i = 0; i < 2; i++) {
        bool kept = false;
        used[i] = NULL;
        if (status == SFD_OK && found[i].value)
            status = keep(w, u, found[i].value, found[i].key, i == 1, &kept, err);
        if (kept)
            used[i] = found[i].entry;
        else if (status == SFD_OK && found[i].value && found[i].value->type != SFD_VALUE_NONE)
            status = sfd_weights_ignore(w, found[i].name,
                                        "a configuration in a form that is not read", err);
    }
    return status;
}
