/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the number in the names of a folder's pictures. */
#include "base/numbering.h"

#include "base/alloc.h"
#include "base/error.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define MAX_PICTURES 10000000
#define MAX_DIGITS   18

/* A name in three parts; no digits: all of it is `before`. */
typedef struct parts {
    size_t n_before, n_digits;
} parts;

/* While a folder is read. */
typedef struct finder {
    sfd_numbering *out;
    const char *path;
    char *folder;
    bool by_pattern;
    char *example; /* the first name, of which others are to differ by the number only */
    int shortest, longest_filled; /* digits of numbers; of those that begin with a zero */
    int64_t *numbers;
    size_t n, n_alloc;
} finder;

bool sfd_is_picture_name(const char *name)
{
    static const char *const extensions[] = {".jpg",  ".jpeg", ".png", ".bmp",
                                             ".webp", ".tif",  ".tiff"};
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name)
        return false;
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (strcasecmp(dot, extensions[i]) == 0)
            return true;
    return false;
}

/* The last digits before the extension. */
static parts take_apart(const char *name)
{
    const char *dot = strrchr(name, '.');
    size_t end = dot ? (size_t)(dot - name) : strlen(name);
    while (end > 0 && !isdigit((unsigned char)name[end - 1]))
        end--;
    size_t begin = end;
    while (begin > 0 && isdigit((unsigned char)name[begin - 1]))
        begin--;
    return (parts){end > begin ? begin : strlen(name), end - begin};
}

/* ------------------------------------------------------------------ patterns */

/* "%d" or "%05d" begins at `at`: its end, and how many digits there are at least; else NULL. */
static const char *number_at(const char *at, int *n_digits)
{
    *n_digits = 1;
    at++;
    if (*at == '0')
        for (*n_digits = 0; isdigit((unsigned char)*at) && *n_digits <= MAX_DIGITS; at++)
            *n_digits = 10 * *n_digits + (*at - '0');
    return *at == 'd' && *n_digits >= 1 && *n_digits <= MAX_DIGITS ? at + 1 : NULL;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool sfd_is_numbering_pattern(const char *path)
{
    int n_digits;
    const char *percent = strchr(name_of(path), '%');
    const char *end = percent ? number_at(percent, &n_digits) : NULL;
    return end && !strchr(end, '%');
}

static sfd_status take_pattern(finder *f, sfd_error *err)
{
    const char *name = name_of(f->path), *percent = strchr(name, '%');
    const char *end = number_at(percent, &f->out->n_digits);
    f->folder = name > f->path ? sfd_strndup(f->path, (size_t)(name - f->path)) : sfd_strdup(".");
    f->out->before = sfd_strndup(f->path, (size_t)(percent - f->path));
    f->out->after = sfd_strdup(end);
    f->by_pattern = true;
    return f->folder && f->out->before && f->out->after ? SFD_OK : sfd_fail_nomem(err, f->path);
}

/* --------------------------------------------------------------------- names */

static void spell(char *out, size_t size, const char *name, const parts *p)
{
    if (p->n_digits > 0)
        snprintf(out, size, "%.*s%%d%s", (int)p->n_before, name, name + p->n_before + p->n_digits);
    else
        snprintf(out, size, "%s", name);
}

static bool are_alike(const char *a, const parts *pa, const char *b, const parts *pb)
{
    return pa->n_digits > 0 && pb->n_digits > 0 && pa->n_before == pb->n_before &&
           strncmp(a, b, pa->n_before) == 0 &&
           strcmp(a + pa->n_before + pa->n_digits, b + pb->n_before + pb->n_digits) == 0;
}

static sfd_status fail_other(const finder *f, const char *name, const parts *p, sfd_error *err)
{
    char one[300], other[300];
    const parts first = take_apart(f->example);
    spell(one, sizeof one, f->example, &first);
    spell(other, sizeof other, name, p);
    return sfd_fail(err, SFD_ERR_FORMAT,
                    "%s: its pictures are not numbered alike: \"%s\" and \"%s\"; give one of them "
                    "as %s/NAME_%%d.jpg",
                    f->path, one, other, f->path);
}

static sfd_status add_number(finder *f, const char *digits, size_t n, sfd_error *err)
{
    if (n > MAX_DIGITS)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: %.40s is too large a number", f->path, digits);
    if (f->n == MAX_PICTURES)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: more than %d pictures", f->path, MAX_PICTURES);
    if (!sfd_grow(&f->numbers, &f->n_alloc, f->n, sizeof *f->numbers))
        return sfd_fail_nomem(err, f->path);
    if (n > 1 && *digits == '0' && (int)n > f->longest_filled)
        f->longest_filled = (int)n;
    f->shortest = f->n == 0 || (int)n < f->shortest ? (int)n : f->shortest;
    f->numbers[f->n++] = strtoll(digits, NULL, 10);
    return SFD_OK;
}

/* A name that the pattern could have made. */
static sfd_status add_of_pattern(finder *f, const char *name, sfd_error *err)
{
    const char *before = name_of(f->out->before), *after = f->out->after;
    const size_t n_before = strlen(before);
    if (strncmp(name, before, n_before) != 0)
        return SFD_OK;
    const char *digits = name + n_before;
    const size_t n = strspn(digits, "0123456789"), wanted = (size_t)f->out->n_digits;
    if (n < wanted || (n > wanted && *digits == '0') || strcmp(digits + n, after) != 0)
        return SFD_OK;
    return add_number(f, digits, n, err);
}

static sfd_status add_of_folder(finder *f, const char *name, sfd_error *err)
{
    const parts p = take_apart(name);
    if (!sfd_is_picture_name(name))
        return SFD_OK;
    if (f->example) {
        const parts first = take_apart(f->example);
        if (!are_alike(f->example, &first, name, &p))
            return fail_other(f, name, &p, err);
    } else if (!(f->example = sfd_strdup(name))) {
        return sfd_fail_nomem(err, f->path);
    }
    return p.n_digits > 0 ? add_number(f, name + p.n_before, p.n_digits, err) : SFD_OK;
}

static sfd_status read_folder(finder *f, sfd_error *err)
{
    DIR *dir = opendir(f->folder);
    if (!dir)
        return sfd_fail_errno(err, f->folder, "open");
    sfd_status status = SFD_OK;
    const struct dirent *entry;
    for (errno = 0; status == SFD_OK && (entry = readdir(dir)) != NULL; errno = 0)
        if (*entry->d_name != '.')
            status = f->by_pattern ? add_of_pattern(f, entry->d_name, err)
                                   : add_of_folder(f, entry->d_name, err);
    if (status == SFD_OK && errno != 0)
        status = sfd_fail_errno(err, f->folder, "read");
    closedir(dir);
    return status;
}

/* ------------------------------------------------------------------- numbers */

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* What the folder's names have in common. */
static sfd_status take_common(finder *f, sfd_error *err)
{
    const parts p = take_apart(f->example);
    sfd_numbering *out = f->out;
    if (asprintf(&out->before, "%s/%.*s", f->folder, (int)p.n_before, f->example) < 0)
        out->before = NULL;
    out->after = sfd_strdup(f->example + p.n_before + p.n_digits);
    out->n_digits = p.n_digits == 0 ? 0 : f->shortest;
    return out->before && out->after ? SFD_OK : sfd_fail_nomem(err, f->path);
}

static sfd_status fail_missing(const sfd_numbering *n, const char *path, int64_t last, int64_t next,
                               sfd_error *err)
{
    char *missing = sfd_numbering_file(n, last + 1 - n->first);
    char *there = sfd_numbering_file(n, next - n->first);
    sfd_status status = SFD_ERR_NOMEM;
    if (missing && there)
        status = sfd_fail(err, SFD_ERR_FORMAT,
                          "%s: %" PRId64 " picture%s missing before %s: %s is not there", path,
                          next - last - 1, next - last == 2 ? " is" : "s are", name_of(there),
                          name_of(missing));
    else
        sfd_fail_nomem(err, path);
    free(missing);
    free(there);
    return status;
}

/* All from the first to the last, each once. */
static sfd_status check_numbers(finder *f, sfd_error *err)
{
    sfd_numbering *out = f->out;
    qsort(f->numbers, f->n, sizeof *f->numbers, by_number);
    out->first = f->numbers[0];
    out->n = (int64_t)f->n;
    for (size_t i = 1; i < f->n; i++) {
        const int64_t last = f->numbers[i - 1], next = f->numbers[i];
        if (next == last)
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: two pictures have the number %" PRId64,
                            f->path, next);
        if (next != last + 1)
            return fail_missing(out, f->path, last, next, err);
    }
    return SFD_OK;
}

/* "1" and "02": a pattern makes one or the other. */
static sfd_status check_digits(const finder *f, sfd_error *err)
{
    if (f->by_pattern || f->longest_filled <= f->shortest)
        return SFD_OK;
    return sfd_fail(err, SFD_ERR_FORMAT,
                    "%s: some numbers of its pictures have %d digits, others are filled with zeros "
                    "to %d",
                    f->path, f->shortest, f->longest_filled);
}

static sfd_status check(finder *f, sfd_error *err)
{
    if (f->by_pattern && f->n == 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: no picture is called like this", f->path);
    if (f->by_pattern)
        return check_numbers(f, err);
    if (!f->example)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: a folder without pictures", f->path);
    sfd_status status = check_digits(f, err);
    if (status == SFD_OK)
        status = take_common(f, err);
    if (f->n == 0)
        f->out->n = 1; /* without a number */
    return status == SFD_OK && f->n > 0 ? check_numbers(f, err) : status;
}

/* Without slashes at its end, but for "/". */
static char *copy_folder(const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    return sfd_strndup(path, n);
}

sfd_status sfd_numbering_find(sfd_numbering *n, const char *path, sfd_error *err)
{
    finder f = {.out = n, .path = path};
    struct stat st;
    sfd_status status = SFD_OK;
    *n = (sfd_numbering){0};
    if (sfd_is_numbering_pattern(path) && !(stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        status = take_pattern(&f, err);
    else if (!(f.folder = copy_folder(path)))
        status = sfd_fail_nomem(err, path);
    if (status == SFD_OK)
        status = read_folder(&f, err);
    if (status == SFD_OK)
        status = check(&f, err);
    free(f.folder);
    free(f.example);
    free(f.numbers);
    return status;
}

void sfd_numbering_free(sfd_numbering *n)
{
    free(n->before);
    free(n->after);
    *n = (sfd_numbering){0};
}

char *sfd_numbering_file(const sfd_numbering *n, int64_t i)
{
    char *file;
    const int length = n->n_digits == 0 ? asprintf(&file, "%s%s", n->before, n->after)
                                        : asprintf(&file, "%s%0*" PRId64 "%s", n->before,
                                                   n->n_digits, n->first + i, n->after);
    return length < 0 ? NULL : file;
}
