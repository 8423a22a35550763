/* SPDX-License-Identifier: Apache-2.0 */
/* Names and times as files of segments hold them. */
#include "pipeline/segment_text.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

const char *sfd_segment_name(char text[SFD_DECIMAL_CHARS], const sfd_labels *labels, int id)
{
    const char *name = labels ? sfd_labels_name(labels, id) : NULL;
    if (name)
        return name;
    snprintf(text, SFD_DECIMAL_CHARS, "action %d", id);
    return text;
}

sfd_status sfd_write_xml_text(FILE *f, const char *text, sfd_error *err)
{
    char *clean = sfd_strdup(text);
    if (!clean)
        return sfd_fail_nomem(err, "segments");
    sfd_make_printable(clean);
    for (const char *c = clean; *c; c++)
        if (*c == '&')
            fputs("&amp;", f);
        else if (*c == '<')
            fputs("&lt;", f);
        else if (*c == '>')
            fputs("&gt;", f);
        else if (*c == '"')
            fputs("&quot;", f);
        else
            fputc(*c, f);
    free(clean);
    return SFD_OK;
}

uint32_t sfd_segment_ms(double time_s, double offset_s)
{
    return (uint32_t)fmax(0, fmin(round((time_s - offset_s) * 1000), UINT32_MAX));
}
