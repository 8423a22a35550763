/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8. */
#include "base/utf8.h"

#include "base/alloc.h"

#include <string.h>

static bool utf8_accepts(sfd_utf8_state *u, unsigned c)
{
    if (u->pending > 0) {
        bool fits = c >= u->lo && c <= u->hi;
        u->pending--;
        u->lo = 0x80;
        u->hi = 0xBF;
        return fits;
    }
    if (c < 0x80)
        return true;
    /* no overlong forms, surrogates or code points above U+10FFFF */
    u->lo = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    u->hi = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    u->pending = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    return c >= 0xC2 && c <= 0xF4;
}

static bool is_ascii(const char *text, size_t n)
{
    uint64_t word, high = 0;
    for (; n >= sizeof word; text += sizeof word, n -= sizeof word) {
        memcpy(&word, text, sizeof word);
        high |= word;
    }
    for (; n > 0; n--)
        high |= (unsigned char)*text++;
    return (high & 0x8080808080808080u) == 0;
}

size_t sfd_utf8_prefix(sfd_utf8_state *state, const char *text, size_t n)
{
    if (state->pending == 0 && is_ascii(text, n))
        return n;
    size_t i = 0;
    while (i < n && utf8_accepts(state, (unsigned char)text[i]))
        i++;
    return i;
}

/* Bytes of the UTF-8 character at `text`, 0 when there is none; its code point goes to *code. */
static size_t read_character(const char *text, unsigned *code)
{
    const unsigned char *c = (const unsigned char *)text;
    sfd_utf8_state utf8 = {0};
    *code = c[0] < 0x80 ? c[0] : c[0] & (c[0] < 0xE0 ? 0x1FU : c[0] < 0xF0 ? 0x0FU : 0x07U);
    for (size_t i = 0; c[i] && utf8_accepts(&utf8, c[i]); i++) {
        if (i > 0)
            *code = *code << 6 | (c[i] & 0x3FU);
        if (utf8.pending == 0)
            return i + 1;
    }
    return 0;
}

size_t sfd_utf8_length(const char *text)
{
    unsigned code;
    return *text ? read_character(text, &code) : 0;
}

/* Controls, which can drive a terminal; line separators; marks that turn the reading direction or
 * take no room, by which a text looks like another; and what XML does not allow. Joiners stay:
 * there are languages that need them. */
static bool is_printable(unsigned code)
{
    return code >= 0x20 && !(code >= 0x7F && code <= 0x9F) && code != 0x61C && code != 0x200B &&
           code != 0x200E && code != 0x200F && !(code >= 0x2028 && code <= 0x202E) &&
           !(code >= 0x2060 && code <= 0x206F) && code != 0xFEFF &&
           !(code >= 0xFFF9 && code <= 0xFFFB) && code != 0xFFFE && code != 0xFFFF &&
           !(code >= 0xE0000 && code <= 0xE007F);
}

void sfd_make_printable(char *text)
{
    char *to = text;
    unsigned code;
    for (size_t n; *text; text += n) {
        n = read_character(text, &code);
        if (n > 0 && is_printable(code)) {
            memmove(to, text, n);
            to += n;
        } else {
            *to++ = '?';
            n += n == 0;
        }
    }
    *to = '\0';
}

char *sfd_utf8_copy(const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *copy = sfd_malloc_array(strlen(text) + 1, 4), *to = copy;
    unsigned code;
    for (size_t n; copy && *text; text += n) {
        n = read_character(text, &code);
        if (n > 0) {
            memcpy(to, text, n);
            to += n;
        } else {
            const unsigned byte = (unsigned char)*text;
            const char escape[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
            memcpy(to, escape, sizeof escape);
            to += sizeof escape;
            n = 1;
        }
    }
    if (copy)
        *to = '\0';
    return copy;
}
