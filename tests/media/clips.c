/* SPDX-License-Identifier: Apache-2.0 */
/* Clips made by the ffmpeg program. */
#include "clips.h"

#include <sfdet/codecs.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FFMPEG "ffmpeg -nostdin -v quiet -y -threads 1"

static char directory[64];

bool have_ffmpeg;

int clips_begin(void **state)
{
    (void)state;
    sfd_quiet_codecs();
    if (system("ffmpeg -version >/dev/null 2>&1") != 0) {
        fprintf(stderr, "the ffmpeg program is not installed: nothing to compare with\n");
        return 0;
    }
    strcpy(directory, "/tmp/sfdet-clips-XXXXXX");
    have_ffmpeg = mkdtemp(directory) && chdir(directory) == 0;
    return 0;
}

int clips_end(void **state)
{
    char command[128];
    (void)state;
    if (!*directory || chdir("/") != 0)
        return 0;
    snprintf(command, sizeof command, "rm -r %s", directory);
    if (system(command) != 0)
        fprintf(stderr, "%s: not removed\n", directory);
    return 0;
}

bool clips_make(const char *file, const char *arguments)
{
    char command[1024];
    int n = snprintf(command, sizeof command, FFMPEG " %s %s", arguments, file);
    return n > 0 && (size_t)n < sizeof command && system(command) == 0;
}

FILE *clips_reference(const char *file, int fps)
{
    char command[256];
    snprintf(command, sizeof command,
             "ffmpeg -nostdin -v quiet -i %s -vf fps=%d -f rawvideo -pix_fmt rgb24 -", file, fps);
    return popen(command, "r");
}

/* ------------------------------------------------------------------ several at once */

typedef struct command {
    char text[16384];
    size_t n;
    int n_inputs;
} command;

static void put(command *c, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const int n = vsnprintf(c->text + c->n, sizeof c->text - c->n, fmt, args);
    va_end(args);
    c->n += n > 0 ? (size_t)n : 0;
}

/* Options that count for the whole run. */
static bool goes_with_others(const clip_recipe *r)
{
    return !strstr(r->arguments, "-vsync") && !strstr(r->arguments, "-copyts");
}

/* A recipe behind others: its inputs have other numbers, and have to be mapped. */
static void put_recipe(command *c, const clip_recipe *r)
{
    const int first = c->n_inputs;
    const char *text = r->arguments, *map;
    for (const char *i = text; (i = strstr(i, "-i ")); i++)
        c->n_inputs++;
    if (!strstr(text, "-map ")) {
        put(c, " %s", text);
        for (int i = first; i < c->n_inputs; i++)
            put(c, " -map %d", i);
    }
    for (; (map = strstr(text, "-map ")); text = map) {
        char *rest;
        const long i = strtol(map + strlen("-map "), &rest, 10);
        put(c, " %.*s -map %ld", (int)(map - text), text, first + i);
        map = rest;
        if (!strstr(map, "-map "))
            put(c, "%s", map);
    }
    put(c, " -threads 1 %s", r->file);
}

/* How many of the first recipes can be followed together: none reads what another writes. */
static size_t count_together(const clip_recipe *r, size_t n)
{
    size_t n_together = 1;
    for (; goes_with_others(&r[0]) && n_together < n && n_together < CLIPS_AT_ONCE; n_together++) {
        if (!goes_with_others(&r[n_together]))
            return n_together;
        for (size_t i = 0; i < n_together; i++)
            if (strstr(r[n_together].arguments, r[i].file) ||
                strcmp(r[n_together].file, r[i].file) == 0)
                return n_together;
    }
    return n_together;
}

static bool run(const command *c)
{
    return c->n < sizeof c->text && system(c->text) == 0;
}

void clips_make_all(const clip_recipe *recipes, size_t n, bool *made)
{
    for (size_t first = 0, n_together; first < n; first += n_together) {
        static command c;
        c.n = 0;
        c.n_inputs = 0;
        n_together = count_together(&recipes[first], n - first);
        put(&c, FFMPEG);
        for (size_t i = first; i < first + n_together; i++)
            put_recipe(&c, &recipes[i]);
        const bool all = n_together > 1 && run(&c);
        for (size_t i = first; i < first + n_together; i++)
            made[i] = all || clips_make(recipes[i].file, recipes[i].arguments);
    }
}

void clips_references(const clip_recipe *recipes, size_t n)
{
    static command c;
    c.n = 0;
    put(&c, FFMPEG);
    for (size_t i = 0; i < n; i++)
        put(&c, " -i %s", recipes[i].file);
    for (size_t i = 0; i < n; i++)
        put(&c, " -map %zu:v:0 -vf fps=%d -f rawvideo -pix_fmt rgb24 %s.rgb", i, recipes[i].fps,
            recipes[i].file);
    if (!run(&c))
        fprintf(stderr, "not all references were made\n");
}
