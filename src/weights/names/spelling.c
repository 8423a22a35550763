/* SPDX-License-Identifier: Apache-2.0 */
/* How a file calls a tensor: the way back of names.c, for messages. */
#include "weights/names/rules.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANY_NUMBER '*' /* what our name does not tell */
#define PART_TEXT  32  /* of the longest word */

/* Parts of a name as the file has them, by letter; empty: not told. */
typedef struct parts {
    char text['Z' + 1][PART_TEXT];
} parts;

/* A number that is `more` in our name than in the file's; its length, 0 when there is none. */
static size_t take_number(const char *name, int more, char text[PART_TEXT])
{
    const size_t n = strspn(name, "0123456789");
    if (n == 0 || n > 2 || atoi(name) < more)
        return 0;
    snprintf(text, PART_TEXT, "%d", atoi(name) - more);
    return n;
}

static size_t take_word(char letter, const char *name, char next, char text[PART_TEXT])
{
    for (const sfd_name_word *w = sfd_name_words; w->from; w++) {
        const size_t n = strlen(w->to);
        if (w->letter == letter && strncmp(name, w->to, n) == 0 && name[n] == next) {
            snprintf(text, PART_TEXT, "%s", w->from);
            return n;
        }
    }
    return 0;
}

/* Whether our name comes of this pattern. */
static bool take_apart(const char *pattern, const char *name, parts *p)
{
    *p = (parts){0};
    while (*pattern) {
        if (*pattern != '{') {
            if (*pattern++ != *name++)
                return false;
            continue;
        }
        const char letter = pattern[1];
        const int more = pattern[2] == '+' ? pattern[3] - '0' : 0;
        pattern = strchr(pattern, '}') + 1;
        char *text = p->text[(unsigned char)letter];
        const size_t n = strchr(SFD_NAME_NUMBERS, letter) ? take_number(name, more, text)
                                                          : take_word(letter, name, *pattern, text);
        if (n == 0)
            return false;
        name += n;
    }
    return *name == '\0';
}

/* The file's name, with ANY_NUMBER where a number is not told. */
static void put_together(const char *pattern, const parts *p, char *out, size_t size)
{
    size_t n = 0;
    while (*pattern && n + 1 < size) {
        if (*pattern != '{') {
            out[n++] = *pattern++;
            continue;
        }
        const char *text = p->text[(unsigned char)pattern[1]];
        n += (size_t)snprintf(out + n, size - n, "%s", *text ? text : "*");
        pattern = strchr(pattern, '}') + 1;
    }
    out[n < size ? n : size - 1] = '\0';
}

/* How far a name goes as `spelled` does; *number: what stands for ANY_NUMBER, if that is reached.
 */
static size_t common_length(const char *spelled, const char *name, const char **number)
{
    const char *start = spelled;
    *number = NULL;
    while (*spelled && *name) {
        if (*spelled == ANY_NUMBER && isdigit((unsigned char)*name)) {
            *number = name;
            name += strspn(name, "0123456789");
        } else if (*spelled != *name++) {
            break;
        }
        spelled++;
    }
    return (size_t)(spelled - start);
}

/* The longest way that a name of the file goes with `spelled`, where the number is taken from. */
static size_t go_along(const sfd_weights *w, char *spelled, size_t size)
{
    size_t most = 0;
    const char *best = NULL, *number;
    for (size_t i = 0; i < w->n_tensors; i++) {
        const size_t n = common_length(spelled, sfd_tensor_spelling(w->tensors[i]), &number);
        if (n > most) {
            most = n;
            best = number;
        }
    }
    char *hole = strchr(spelled, ANY_NUMBER);
    if (best && hole) {
        char rest[3 * SFD_MAX_TENSOR_NAME];
        snprintf(rest, sizeof rest, "%s", hole + 1);
        snprintf(hole, size - (size_t)(hole - spelled), "%.*s%s", (int)strspn(best, "0123456789"),
                 best, rest);
    }
    return most;
}

/* The spelling that goes along with the file's names for longest. */
typedef struct best {
    bool found;
    size_t length;
    char *text; /* [SFD_MAX_TENSOR_NAME] */
} best;

static void try_rule(const sfd_weights *w, const sfd_name_rule *r, const char *name, best *b)
{
    const char *const before[] = {"", w->rules->optional_prefix};
    parts p;
    if (!take_apart(r->to ? r->to : r->from, name, &p))
        return;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        char own[SFD_MAX_TENSOR_NAME], spelled[3 * SFD_MAX_TENSOR_NAME];
        put_together(r->from, &p, own, sizeof own);
        snprintf(spelled, sizeof spelled, "%s%s%s", w->prefix, before[i], own);
        const size_t n = go_along(w, spelled, sizeof spelled);
        if (b->found && n <= b->length)
            continue;
        b->found = true;
        b->length = n;
        snprintf(b->text, SFD_MAX_TENSOR_NAME, "%.*s", SFD_MAX_TENSOR_NAME - 1, spelled);
    }
}

const char *sfd_weights_spelling(const sfd_weights *w, const char *name,
                                 char text[SFD_MAX_TENSOR_NAME])
{
    const sfd_tensor *t = (const sfd_tensor *)sfd_weights_find(w, name);
    best b = {false, 0, text};
    if (t)
        return sfd_tensor_spelling(t);
    snprintf(text, SFD_MAX_TENSOR_NAME, "%s", name);
    for (const sfd_name_rule *r = w->rules ? w->rules->rules : NULL; r && r->from; r++)
        try_rule(w, r, name, &b);
    return text;
}
