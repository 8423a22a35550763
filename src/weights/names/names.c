/* SPDX-License-Identifier: Apache-2.0 */
/* Recognising a code base by its tensors' names and turning them into PySlowFast's. */
#include "weights/names/names.h"

#include "base/alloc.h"
#include "base/error.h"
#include "weights/names/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE_PREFIX "module."
#define COUNTER       "num_batches_tracked"

static const sfd_name_rules *const namings[] = {&sfd_names_pyslowfast, &sfd_names_caffe2,
                                                &sfd_names_mmaction2, &sfd_names_pytorchvideo};

#define N_NAMINGS (sizeof namings / sizeof namings[0])

/* -- matching */

typedef struct captures {
    char text['Z' + 1][16]; /* by letter */
} captures;

/* Words that a letter stands for, and what they become. */
typedef struct word {
    char letter;
    const char *from, *to;
} word;

static const word words[] = {
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
    {'F', "s", "weight"},
    {'F', "b", "bias"},
    {'F', "rm", "running_mean"},
    {'F', "riv", "running_var"},
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
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i].from);
        if (words[i].letter == letter && strncmp(name, words[i].from, n) == 0 && name[n] == next) {
            strcpy(text, words[i].to);
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
        size_t n = strchr("KBP", letter) ? capture_number(name, text)
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
        bool next = pattern[2] == '+';
        int n = next ? snprintf(out, (size_t)(end - out), "%d", atoi(text) + 1)
                     : snprintf(out, (size_t)(end - out), "%s", text);
        out += n;
        pattern += next ? 5 : 3;
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

bool sfd_is_bookkeeping(const char *name)
{
    size_t n = strlen(name), n_counter = strlen(COUNTER);
    return n >= n_counter && strcmp(name + n - n_counter, COUNTER) == 0;
}

/* Length of "module." if all tensors have it, which data-parallel training puts in front. */
static size_t common_prefix(const sfd_weights *w)
{
    size_t n = strlen(MODULE_PREFIX);
    for (size_t i = 0; i < w->n_tensors; i++)
        if (strncmp(w->tensors[i]->name, MODULE_PREFIX, n) != 0)
            return 0;
    return w->n_tensors > 0 ? n : 0;
}

/* The naming that most tensors follow, NULL when half of them follow none. */
static const sfd_name_rules *recognise(const sfd_weights *w, size_t n_prefix)
{
    const sfd_name_rules *best = NULL;
    size_t n_best = 0, n_used = 0;
    char name[SFD_MAX_TENSOR_NAME];
    for (size_t i = 0; i < w->n_tensors; i++)
        n_used += !sfd_is_bookkeeping(w->tensors[i]->name);
    for (size_t k = 0; k < N_NAMINGS; k++) {
        size_t n = 0;
        for (size_t i = 0; i < w->n_tensors; i++)
            n += translate(namings[k], w->tensors[i]->name + n_prefix, name) != NULL;
        if (n > n_best) {
            n_best = n;
            best = namings[k];
        }
    }
    return n_best * 2 > n_used ? best : NULL;
}

static sfd_status add_renamed(sfd_weights *w, const sfd_tensor *t, const sfd_name_rules *naming,
                              size_t n_prefix, sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    if (sfd_is_bookkeeping(t->name))
        return sfd_weights_ignore(w, t->name, "counter of the training", err);
    const sfd_name_rule *r = translate(naming, t->name + n_prefix, name);
    if (r && r->head != SFD_NAMED_HEAD_UNKNOWN)
        w->head = r->head;
    sfd_status status =
        sfd_weights_add_view(w, r ? name : t->name + n_prefix, t->info.dtype, t->info.n_dims,
                             t->info.dims, t->strides, t->data, err);
    if (status == SFD_OK)
        w->tensors[w->n_tensors - 1]->big_endian = t->big_endian;
    return status;
}

sfd_status sfd_weights_translate_names(sfd_weights *w, sfd_error *err)
{
    size_t n_prefix = common_prefix(w), n = w->n_tensors;
    const sfd_name_rules *naming = recognise(w, n_prefix);
    if (!naming)
        return SFD_OK;
    sfd_tensor **old = w->tensors;
    w->tensors = NULL;
    w->n_tensors = w->n_tensors_alloc = 0;
    w->naming = naming->naming;
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < n; i++) {
        if (status == SFD_OK)
            status = add_renamed(w, old[i], naming, n_prefix, err);
        free(old[i]);
    }
    free(old);
    return status;
}
