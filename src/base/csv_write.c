/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of csv files. */
#include "base/csv_write.h"

#include "base/utf8.h"

#include <string.h>

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

void sfd_csv_write_text(FILE *out, const char *text)
{
    const char *quote = needs_quotes(text) ? "\"" : "";
    fputs(quote, out);
    write_utf8(out, text);
    fputs(quote, out);
}
