/* SPDX-License-Identifier: Apache-2.0 */
#include "report/link.h"

#include "base/alloc.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The folder of a file that need not exist, without links in it. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder =
        slash ? sfd_strndup(path, slash == path ? 1 : (size_t)(slash - path)) : sfd_strdup(".");
    char *real = folder ? realpath(folder, NULL) : NULL;
    free(folder);
    return real;
}

/* Length of the common folders of two absolute paths, without a slash at the end. */
static size_t common(const char *a, const char *b)
{
    size_t n = 0;
    for (size_t i = 0;; i++) {
        const bool ends = (a[i] == '/' || !a[i]) && (b[i] == '/' || !b[i]);
        if (ends)
            n = i;
        if (a[i] != b[i] || !a[i])
            return n;
    }
}

static void put_escaped(FILE *out, const char *path)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.~";
    for (const char *at = path; *at; at++) {
        if (strchr(plain, *at))
            putc(*at, out);
        else
            fprintf(out, "%%%02X", (unsigned)(unsigned char)*at);
    }
}

static char *spell(const char *file, const char *from)
{
    char *text = NULL;
    size_t n_text;
    FILE *out = open_memstream(&text, &n_text);
    if (!out)
        return NULL;
    const size_t n = common(file, from);
    for (const char *at = from + n; *at; at++)
        if (*at == '/' && at[1])
            fputs("../", out);
    put_escaped(out, file + n + (file[n] == '/'));
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

char *sfd_report_link(const char *path, const char *page)
{
    char *from = strcmp(page, "-") == 0 ? realpath(".", NULL) : folder_of(page);
    char *file = realpath(path, NULL);
    char *link = from && file ? spell(file, from) : NULL;
    free(from);
    free(file);
    return link;
}
