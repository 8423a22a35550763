/* SPDX-License-Identifier: Apache-2.0 */
/* Which name a misspelt one was likely meant to be. */
#include <sfdet/common.h>

#include <string.h>

#define MAX_WORD 63

static size_t min2(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: changed, missing, added letters and swapped neighbours count one. */
static size_t edit_distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][MAX_WORD + 1]; /* rows[i % 3][j]: of i letters of a and j of b */
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        const size_t *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        size_t *row = rows[i % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = min2(min2(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = min2(row[j], above2[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

const char *sfd_nearest_name(const char *word, const char *const *names, size_t n_names)
{
    const char *nearest = NULL;
    word += strspn(word, "-");
    const size_t n = strlen(word);
    if (n < 2 || n > MAX_WORD)
        return NULL;
    size_t best = (n < 3 ? 1 : n / 3) + 1;
    for (size_t i = 0; i < n_names; i++) {
        const char *name = names[i] + strspn(names[i], "-");
        const size_t m = strlen(name);
        const size_t distance = m > MAX_WORD ? best : edit_distance(word, n, name, m);
        if (distance < best) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}
