/* SPDX-License-Identifier: Apache-2.0 */
/* Recognising a code base by its tensors' names and turning them into PySlowFast's or, of
 * detectors, Detectron2's. */
#include "weights/names/names.h"

#include "base/alloc.h"
#include "base/error.h"
#include "weights/names/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PREFIXES 6

static const sfd_name_rules *const namings[] = {
    &sfd_names_pyslowfast, &sfd_names_contrastive,      &sfd_names_caffe2,
    &sfd_names_mmaction2,  &sfd_names_pytorchvideo_c2d, &sfd_names_pytorchvideo,
    &sfd_names_detectron2, &sfd_names_mmdetection,      &sfd_names_torchvision,
    &sfd_names_detectron1};

#define N_NAMINGS (sizeof namings / sizeof namings[0])

/* -- matching */

typedef struct captures {
    char text['Z' + 1][24]; /* by letter */
} captures;

const sfd_name_word sfd_name_words[] = {
    {'A', "a", "a"},
    {'A', "b", "b"},
    {'A', "c", "c"},
    {'C', "1", "a"},
    {'C', "2", "b"},
    {'C', "3", "c"},
    {'S', "slow", "0"},
    {'S', "fast", "1"},
    {'H', "theta", "theta"},
    {'H', "phi", "phi"},
    {'H', "g", "g"},
    {'H', "out", "out"},
    {'X', "weight", "weight"},
    {'X', "bias", "bias"},
    {'X', "running_mean", "running_mean"},
    {'X', "running_var", "running_var"},
    {'Q', "weight", "weight"},
    {'Q', "weight_scale", "weight_scale"},
    {'Q', "bias", "bias"},
    {'Q', "input_scale", "input_scale"},
    {'Q', "input_zero_point", "input_zero_point"},
    {'Q', "residual_scale", "residual_scale"},
    {'Q', "residual_zero_point", "residual_zero_point"},
    {'F', "s", "weight"},
    {'F', "b", "bias"},
    {'F', "rm", "running_mean"},
    {'F', "riv", "running_var"},
    {0, NULL, NULL},
};

/* Takes a number of up to two digits; returns its length, 0 when there is none. */
static size_t capture_number(const char *name, char *text)
{
    size_t n = strspn(name, "0123456789");
    if (n == 0 || n > 2)
        return 0;
    memcpy(text, name, n);
    text[n] = '\0';
    return n;
}

/* A word must reach to the end of the name or be followed by what the pattern has next. */
static size_t capture_word(char letter, const char *name, char next, char *text)
{
    for (const sfd_name_word *w = sfd_name_words; w->from; w++) {
        size_t n = strlen(w->from);
        if (w->letter == letter && strncmp(name, w->from, n) == 0 && name[n] == next) {
            strcpy(text, w->to);
            return n;
        }
    }
    return 0;
}

static bool match(const char *pattern, const char *name, captures *c)
{
    while (*pattern) {
        if (*pattern != '{') {
            if (*pattern++ != *name++)
                return false;
            continue;
        }
        char letter = pattern[1];
        pattern += 3;
        char *text = c->text[(unsigned char)letter];
        size_t n = strchr(SFD_NAME_NUMBERS, letter) ? capture_number(name, text)
                                                    : capture_word(letter, name, *pattern, text);
        if (n == 0)
            return false;
        name += n;
    }
    return *name == '\0';
}

/* Fills the result's pattern in; names are far shorter than SFD_MAX_TENSOR_NAME. */
static void expand(const char *pattern, const captures *c, char out[SFD_MAX_TENSOR_NAME])
{
    char *end = out + SFD_MAX_TENSOR_NAME - 1;
    while (*pattern && out < end) {
        if (*pattern != '{') {
            *out++ = *pattern++;
            continue;
        }
        const char *text = c->text[(unsigned char)pattern[1]];
        const bool plus = pattern[2] == '+';
        int n = plus ? snprintf(out, (size_t)(end - out), "%d", atoi(text) + pattern[3] - '0')
                     : snprintf(out, (size_t)(end - out), "%s", text);
        out += n;
        pattern += plus ? 5 : 3;
    }
    *out = '\0';
}

/* The rule that fits a name, NULL when there is none; `out` gets PySlowFast's name. */
static const sfd_name_rule *translate(const sfd_name_rules *naming, const char *name,
                                      char out[SFD_MAX_TENSOR_NAME])
{
    size_t n_prefix = strlen(naming->optional_prefix);
    if (n_prefix > 0 && strncmp(name, naming->optional_prefix, n_prefix) == 0)
        name += n_prefix;
    for (const sfd_name_rule *r = naming->rules; r->from; r++) {
        captures c = {0};
        if (match(r->from, name, &c)) {
            expand(r->to ? r->to : r->from, &c, out);
            return r;
        }
    }
    return NULL;
}

/* -- applying */

static bool ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), n_end = strlen(end);
    return n >= n_end && strcmp(name + n - n_end, end) == 0;
}

/* Statistics of parts of batches, which PySlowFast's SubBatchNorm3d trains with. */
static bool is_of_parts(const char *name)
{
    return strstr(name, "bn.split_bn.running_") != NULL;
}

bool sfd_is_bookkeeping(const char *name)
{
    return is_of_parts(name) || ends_with(name, "num_batches_tracked") ||
           strcmp(name, "n_averaged") == 0 || ends_with(name, ".n_averaged");
}

/* What wrapped training and compilers put before names: "module.", "model.", "_orig_mod.". */
typedef struct prefix {
    char text[SFD_MAX_TENSOR_NAME];
    size_t n;
} prefix;

static bool has_prefix(const char *name, const prefix *p)
{
    return strncmp(name, p->text, p->n) == 0;
}

static const char *without_prefix(const char *name, const prefix *p)
{
    return has_prefix(name, p) ? name + p->n : name;
}

/* Extends *p by the next part of a name if nearly all names share it. */
static bool extend(const sfd_weights *w, prefix *p, size_t sample)
{
    const char *name = w->tensors[sample]->name;
    const char *dot = has_prefix(name, p) ? strchr(name + p->n, '.') : NULL;
    size_t n_used = 0, n_with = 0;
    prefix longer;
    if (!dot)
        return false;
    longer.n = (size_t)(dot + 1 - name);
    memcpy(longer.text, name, longer.n);
    longer.text[longer.n] = '\0';
    for (size_t i = 0; i < w->n_tensors; i++) {
        n_used += !sfd_is_bookkeeping(w->tensors[i]->name);
        n_with +=
            !sfd_is_bookkeeping(w->tensors[i]->name) && has_prefix(w->tensors[i]->name, &longer);
    }
    if (n_with * 10 < n_used * 9)
        return false;
    *p = longer;
    return true;
}

static bool is_unused(const sfd_name_rules *naming, const char *name)
{
    for (const char *const *p = naming->unused; p && *p; p++)
        if (strncmp(name, *p, strlen(*p)) == 0)
            return true;
    return false;
}

/* How many names a naming knows. */
static size_t count_known(const sfd_weights *w, const sfd_name_rules *naming, const prefix *p)
{
    char name[SFD_MAX_TENSOR_NAME];
    size_t n = 0;
    for (size_t i = 0; i < w->n_tensors; i++) {
        const char *own = without_prefix(w->tensors[i]->name, p);
        n += is_unused(naming, own) || translate(naming, own, name);
    }
    return n;
}

/* True when a tensor is there that the naming does not have. */
static bool contradicts(const sfd_weights *w, const sfd_name_rules *naming, const prefix *p)
{
    char full[3 * SFD_MAX_TENSOR_NAME];
    if (!naming->without)
        return false;
    snprintf(full, sizeof full, "%s%s", p->text, naming->without);
    if (sfd_weights_find(w, full))
        return true;
    snprintf(full, sizeof full, "%s%s%s", p->text, naming->optional_prefix, naming->without);
    return sfd_weights_find(w, full) != NULL;
}

/* The naming that most tensors follow, and the prefix before it; NULL when half of them follow
 * none. */
static const sfd_name_rules *recognise(const sfd_weights *w, prefix *best_prefix)
{
    const sfd_name_rules *best = NULL;
    size_t n_best = 0, n_used = 0;
    prefix p = {.n = 0};
    for (size_t i = 0; i < w->n_tensors; i++)
        n_used += !sfd_is_bookkeeping(w->tensors[i]->name);
    for (int depth = 0; depth < MAX_PREFIXES && w->n_tensors > 0; depth++) {
        for (size_t k = 0; k < N_NAMINGS; k++) {
            const size_t n = contradicts(w, namings[k], &p) ? 0 : count_known(w, namings[k], &p);
            if (n > n_best) {
                n_best = n;
                best = namings[k];
                *best_prefix = p;
            }
        }
        if (!extend(w, &p, 0) && !extend(w, &p, w->n_tensors / 2))
            break;
    }
    return n_best * 2 > n_used ? best : NULL;
}

static sfd_status add_renamed(sfd_weights *w, const sfd_tensor *t, const sfd_name_rules *naming,
                              const prefix *p, sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    const char *own = without_prefix(t->name, p);
    if (sfd_is_bookkeeping(t->name))
        return sfd_weights_ignore(w, t->name,
                                  is_of_parts(t->name) ? "statistics of parts of batches"
                                                       : "counter of the training",
                                  err);
    if (is_unused(naming, own))
        return sfd_weights_ignore(w, t->name, naming->unused_why, err);
    const sfd_name_rule *r = translate(naming, own, name);
    if (r && r->head != SFD_NAMED_HEAD_UNKNOWN)
        w->head = r->head;
    sfd_status status = sfd_weights_add_view(w, r ? name : own, t->info.dtype, t->info.n_dims,
                                             t->info.dims, t->strides, t->data, err);
    if (status != SFD_OK)
        return status;
    sfd_tensor *added = w->tensors[w->n_tensors - 1];
    added->big_endian = t->big_endian;
    added->spelled = sfd_strdup(t->name);
    return added->spelled ? SFD_OK : sfd_fail_nomem(err, w->origin);
}

sfd_status sfd_weights_translate_names(sfd_weights *w, sfd_error *err)
{
    size_t n = w->n_tensors;
    prefix p = {.n = 0};
    const sfd_name_rules *naming = recognise(w, &p);
    if (!naming)
        return SFD_OK;
    sfd_tensor **old = w->tensors;
    w->tensors = NULL;
    w->n_tensors = w->n_tensors_alloc = 0;
    sfd_name_table_free(&w->tensor_names);
    w->naming = naming->naming;
    w->rules = naming;
    memcpy(w->prefix, p.text, p.n);
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < n; i++) {
        if (status == SFD_OK)
            status = add_renamed(w, old[i], naming, &p, err);
        free(old[i]);
    }
    free(old);
    return status;
}
