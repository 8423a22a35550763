/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_out.h"

#include "base/decimal.h"

#include <math.h>

#define MAX_FIXED 9e12 /* of sfd_format_short */

static void separate(sfd_json_out *j)
{
    if (j->comma)
        putc(',', j->f);
    j->comma = true;
}

void sfd_json_put_open(sfd_json_out *j, char bracket)
{
    separate(j);
    putc(bracket, j->f);
    j->comma = false;
}

void sfd_json_put_close(sfd_json_out *j, char bracket)
{
    putc(bracket, j->f);
    j->comma = true;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

/* U+2028 and U+2029 end lines for JavaScript; U+202A to U+202E and U+2066 to U+2069 turn the
 * reading direction of what follows. */
static bool is_sly(const unsigned char *at)
{
    return at[0] == 0xe2 && ((at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) ||
                             (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
}

void sfd_json_put_text(sfd_json_out *j, const char *text)
{
    separate(j);
    if (!text) {
        fputs("null", j->f);
        return;
    }
    putc('"', j->f);
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (is_sly(at)) {
            putc('?', j->f);
            at += 2;
        } else if (is_plain(*at)) {
            putc(*at, j->f);
        } else {
            fprintf(j->f, "\\u%04x", *at);
        }
    }
    putc('"', j->f);
}

void sfd_json_put_key(sfd_json_out *j, const char *key)
{
    sfd_json_put_text(j, key);
    putc(':', j->f);
    j->comma = false;
}

void sfd_json_put_integer(sfd_json_out *j, long long v)
{
    separate(j);
    fprintf(j->f, "%lld", v);
}

void sfd_json_put_number(sfd_json_out *j, double v)
{
    char text[SFD_DECIMAL_CHARS];
    separate(j);
    fputs(fabs(v) < MAX_FIXED ? sfd_format_short(text, v) : "null", j->f);
}

void sfd_json_put_bool(sfd_json_out *j, bool v)
{
    separate(j);
    fputs(v ? "true" : "false", j->f);
}
