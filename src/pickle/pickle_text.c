/* SPDX-License-Identifier: Apache-2.0 */
/* The spellings of text and bytes in pickles. */
#include "pickle/pickle.h"

#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Up to n_max digits of base 8 or 16; returns how many. */
static size_t read_digits(const char *s, size_t n, size_t n_max, int base, unsigned *value)
{
    size_t i = 0;
    *value = 0;
    for (; i < n && i < n_max; i++) {
        int digit = hex_digit(s[i]);
        if (digit < 0 || digit >= base)
            break;
        *value = *value * (unsigned)base + (unsigned)digit;
    }
    return i;
}

/* One character of Python 2's string repr; returns how many bytes it took. */
static size_t next_escaped(const char *s, size_t n, unsigned char *out)
{
    static const char letters[] = "\\'\"abfnrtv";
    static const char meant[] = "\\'\"\a\b\f\n\r\t\v";
    unsigned value;
    *out = (unsigned char)s[0];
    if (s[0] != '\\' || n < 2)
        return 1;
    const char *letter = memchr(letters, s[1], sizeof letters - 1);
    if (letter) {
        *out = (unsigned char)meant[letter - letters];
        return 2;
    }
    bool hex = s[1] == 'x';
    size_t digits =
        hex ? read_digits(s + 2, n - 2, 2, 16, &value) : read_digits(s + 1, n - 1, 3, 8, &value);
    if (digits == 0)
        return 1;
    *out = (unsigned char)value;
    return digits + (hex ? 2 : 1);
}

/* One code point of Latin-1 with \uXXXX and \UXXXXXXXX. */
static size_t next_raw_unicode(const char *s, size_t n, unsigned *code)
{
    *code = (unsigned char)s[0];
    if (s[0] == '\\' && n >= 2 && (s[1] == 'u' || s[1] == 'U')) {
        size_t wanted = s[1] == 'u' ? 4 : 8;
        unsigned value;
        if (read_digits(s + 2, n - 2, wanted, 16, &value) == wanted) {
            *code = value;
            return wanted + 2;
        }
    }
    return 1;
}

/* One code point below 256 of UTF-8; other bytes are passed through. */
static size_t next_latin1(const char *s, size_t n, unsigned char *out)
{
    unsigned char first = (unsigned char)s[0];
    *out = first;
    if ((first == 0xC2 || first == 0xC3) && n >= 2 && ((unsigned char)s[1] & 0xC0U) == 0x80) {
        *out = (unsigned char)((first & 3U) << 6 | ((unsigned char)s[1] & 0x3FU));
        return 2;
    }
    return 1;
}

size_t sfd_put_utf8(unsigned code, unsigned char dst[4])
{
    unsigned char bytes[4];
    size_t n;
    if (code < 0x80) {
        bytes[0] = (unsigned char)code;
        n = 1;
    } else if (code < 0x800) {
        bytes[0] = (unsigned char)(0xC0U | code >> 6);
        n = 2;
    } else if (code < 0x10000) {
        bytes[0] = (unsigned char)(0xE0U | code >> 12);
        n = 3;
    } else {
        bytes[0] = (unsigned char)(0xF0U | (code >> 18 & 7U));
        n = 4;
    }
    for (size_t i = 1; i < n; i++)
        bytes[i] = (unsigned char)(0x80U | (code >> 6 * (n - 1 - i) & 0x3FU));
    memcpy(dst, bytes, n);
    return n;
}

static size_t decode_latin1(const char *s, size_t n, unsigned char *dst)
{
    size_t length = 0;
    for (size_t i = 0; i < n; length++)
        i += next_latin1(s + i, n - i, &dst[length]);
    return length;
}

size_t sfd_text_decode(const sfd_value *v, unsigned char *dst)
{
    const char *s = v->text.data;
    size_t n = v->text.n, length = 0;
    unsigned code;
    switch (v->encoding) {
    case SFD_TEXT_PLAIN:
        memcpy(dst, s, n);
        return n;
    case SFD_TEXT_UTF8_TO_BYTES:
        return decode_latin1(s, n, dst);
    case SFD_TEXT_ESCAPED:
        for (size_t i = 0; i < n; length++)
            i += next_escaped(s + i, n - i, &dst[length]);
        return length;
    case SFD_TEXT_RAW_UNICODE_TO_BYTES:
        for (size_t i = 0; i < n; length++) {
            i += next_raw_unicode(s + i, n - i, &code);
            dst[length] = (unsigned char)code;
        }
        return length;
    case SFD_TEXT_RAW_UNICODE:
        for (size_t i = 0; i < n;) {
            i += next_raw_unicode(s + i, n - i, &code);
            length += sfd_put_utf8(code, dst + length);
        }
        return length;
    }
    return 0;
}

bool sfd_value_text(sfd_unpickler *u, const sfd_value *v, sfd_slice *out)
{
    if (v->type != SFD_VALUE_TEXT)
        return false;
    *out = v->text;
    if (v->encoding == SFD_TEXT_PLAIN)
        return true;
    unsigned char *copy = sfd_unpickler_alloc(u, 2 * v->text.n); /* Latin-1 to UTF-8 doubles */
    if (!copy)
        return false;
    *out = (sfd_slice){(const char *)copy, sfd_text_decode(v, copy)};
    return true;
}

bool sfd_value_is(sfd_unpickler *u, const sfd_value *v, const char *text)
{
    sfd_slice s;
    size_t n = strlen(text);
    if (v->type != SFD_VALUE_TEXT || v->text.n > 10 * n) /* no spelling takes more */
        return false;
    return sfd_value_text(u, v, &s) && s.n == n && memcmp(s.data, text, n) == 0;
}

const char *sfd_value_string(sfd_unpickler *u, const sfd_value *v, size_t max_bytes)
{
    sfd_slice s;
    if (!sfd_value_text(u, v, &s) || s.n > max_bytes || memchr(s.data, '\0', s.n))
        return NULL;
    char *copy = sfd_unpickler_alloc(u, s.n + 1);
    if (copy)
        memcpy(copy, s.data, s.n);
    return copy;
}
