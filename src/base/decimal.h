/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal numbers as text with a point in every locale, unlike printf. */
#ifndef SFD_BASE_DECIMAL_H
#define SFD_BASE_DECIMAL_H

#define SFD_DECIMAL_CHARS 32

/* `v` with six decimals, as printf's %.6f in the C locale for |v| < 1e6; for greater values the
 * sixth decimal may be off. Takes finite values below 9e12. Returns `text`. */
const char *sfd_format_fixed6(char text[SFD_DECIMAL_CHARS], double v);

/* The same without trailing zeros: 902, 0.5. */
const char *sfd_format_short(char text[SFD_DECIMAL_CHARS], double v);

/* Nine significant digits at most, from which a float is read back as it was: 0.25, 1.23456789e-07.
 */
const char *sfd_format_float(char text[SFD_DECIMAL_CHARS], float v);

/* Seventeen, from which a double is read back as it was. */
const char *sfd_format_double(char text[SFD_DECIMAL_CHARS], double v);

/* Fifteen, the most that a decimal keeps on its way through a double: 0.077 stays 0.077, and a
 * third of 640 pixels comes back from its fraction. */
const char *sfd_format_decimal(char text[SFD_DECIMAL_CHARS], double v);

/* As short as sfd_format_short where that is read back as it was, else seventeen digits. */
const char *sfd_format_exact(char text[SFD_DECIMAL_CHARS], double v);

#endif
