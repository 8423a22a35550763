/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of csv files. */
#include "base/csv_write.h"

#include "base/alloc.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool needs_quotes(const char *text)
{
    const size_t n = strlen(text);
    return text[strcspn(text, ",\"\r\n")] || (n > 0 && (is_blank(*text) || is_blank(text[n - 1])));
}

static void write_utf8(FILE *out, const char *text)
{
    for (size_t n; *text; text += n) {
        n = sfd_utf8_length(text);
        if (*text == '"')
            putc('"', out);
        if (n > 0) {
            fwrite(text, 1, n, out);
        } else {
            fprintf(out, "\\x%02X", (unsigned)(unsigned char)*text);
            n = 1;
        }
    }
}

static bool is_plain(const char *text)
{
    while (*text >= ' ' && *text < 0x7F)
        text++;
    return !*text;
}

static void write_field(FILE *out, const char *text)
{
    const char *quote = needs_quotes(text) ? "\"" : "";
    fputs(quote, out);
    write_utf8(out, text);
    fputs(quote, out);
}

void sfd_csv_write_text(FILE *out, const char *text)
{
    char *shown = is_plain(text) || !isatty(fileno(out)) ? NULL : sfd_strdup(text);
    if (shown)
        sfd_make_printable(shown);
    write_field(out, shown ? shown : text);
    free(shown);
}
