/* SPDX-License-Identifier: Apache-2.0 */
/* What the name of a picture tells. */
#include "base/picture_name.h"

#include <string.h>
#include <strings.h>

#define MAX_SECOND_DIGITS 4

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void copy(char *out, const char *text, size_t n)
{
    memcpy(out, text, n);
    out[n] = '\0';
}

bool sfd_picture_name_split(sfd_picture_name *out, const char *name)
{
    const char *dot = strrchr(name, '.'), *slash = strrchr(name, '/');
    const bool has_ending = dot && (!slash || dot > slash) && !is_digit(dot[1]);
    const size_t end = has_ending ? (size_t)(dot - name) : strlen(name);
    size_t first = end;
    while (first > 0 && is_digit(name[first - 1]))
        first--;
    if (first == end || end >= SFD_PICTURE_NAME_CHARS || first < 2 ||
        !strchr("/_,", name[first - 1]))
        return false;
    copy(out->number, name + first, end - first);
    size_t stem = slash && slash < name + end ? (size_t)(slash - name) + 1 : 0;
    copy(out->stem, name + stem, stem < first ? first - 1 - stem : 0);
    size_t folder_end = stem ? stem - 1 : 0, folder = folder_end;
    while (folder > 0 && name[folder - 1] != '/')
        folder--;
    copy(out->folder, name + folder, folder_end - folder);
    return *out->stem || *out->folder;
}

bool sfd_picture_stem_is_generic(const char *stem)
{
    static const char *const generic[] = {"img", "image", "frame", "frames", "pic", "im"};
    for (size_t i = 0; i < sizeof generic / sizeof *generic; i++)
        if (strcasecmp(stem, generic[i]) == 0)
            return true;
    return false;
}

bool sfd_picture_number_is_frame(const char *number)
{
    return strlen(number) > MAX_SECOND_DIGITS;
}
