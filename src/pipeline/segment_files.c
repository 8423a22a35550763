/* SPDX-License-Identifier: Apache-2.0 */
/* Which formats there are; csv and WebVTT. */
#include "pipeline/segment_files.h"

#include "base/csv_write.h"
#include "pipeline/segment_text.h"

#include <string.h>
#include <strings.h>

static sfd_status write_csv(FILE *f, const sfd_segment_list *list, sfd_error *err)
{
    char start[SFD_DECIMAL_CHARS], end[SFD_DECIMAL_CHARS], score[SFD_DECIMAL_CHARS];
    char unlisted[SFD_DECIMAL_CHARS];
    (void)err;
    fputs("video_id,person,start,end,action_id,name,score\n", f);
    for (size_t i = 0; i < list->n; i++) {
        const sfd_segment *s = &list->items[i];
        sfd_csv_write_text(f, s->video_id);
        fprintf(f, ",%lld,%s,%s,%d,", (long long)s->person_id, sfd_format_short(start, s->start_s),
                sfd_format_short(end, s->end_s), s->action_id);
        sfd_csv_write_text(f, sfd_segment_name(unlisted, list->labels, s->action_id));
        fprintf(f, ",%s\n", sfd_format_fixed6(score, s->score));
    }
    return SFD_OK;
}

/* "00:01:02.500" */
static void write_vtt_time(FILE *f, uint32_t ms)
{
    const unsigned s = ms / 1000;
    fprintf(f, "%02u:%02u:%02u.%03u", s / 3600, s / 60 % 60, s % 60, ms % 1000);
}

static sfd_status write_vtt(FILE *f, const sfd_segment_list *list, sfd_error *err)
{
    char unlisted[SFD_DECIMAL_CHARS];
    sfd_status status = SFD_OK;
    fputs("WEBVTT\n", f);
    for (size_t i = 0; i < list->n && status == SFD_OK; i++) {
        const sfd_segment *s = &list->items[i];
        const uint32_t start = sfd_segment_ms(s->start_s, list->offset_s);
        const uint32_t end = sfd_segment_ms(s->end_s, list->offset_s);
        if (end <= start)
            continue;
        fputc('\n', f);
        write_vtt_time(f, start);
        fputs(" --> ", f);
        write_vtt_time(f, end);
        fprintf(f, "\nperson %lld: ", (long long)s->person_id);
        status = sfd_write_xml_text(f, sfd_segment_name(unlisted, list->labels, s->action_id), err);
        fputc('\n', f);
    }
    return status;
}

const sfd_segment_format *sfd_segment_format_of(const char *path)
{
    static const sfd_segment_format formats[] = {{".csv", false, write_csv},
                                                 {".tsv", false, sfd_segments_write_tsv},
                                                 {".vtt", true, write_vtt},
                                                 {".eaf", true, sfd_segments_write_eaf}};
    const size_t n = strlen(path);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const size_t n_extension = strlen(formats[i].extension);
        if (n > n_extension && strcasecmp(path + n - n_extension, formats[i].extension) == 0)
            return &formats[i];
    }
    return NULL;
}
