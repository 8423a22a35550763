/* SPDX-License-Identifier: Apache-2.0 */
/* Segments as the table of aggregated events that BORIS 8 exports (www.boris.unito.it): one state
 * event a row. A video is an observation, a person its subject; what BORIS has of its project is NA
 * or empty. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"
#include "pipeline/segment_files.h"
#include "pipeline/segment_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char header[] =
    "Observation id\tObservation date\tDescription\tObservation type\tSource\tTime offset (s)\t"
    "Coding duration\tMedia duration (s)\tFPS (frame/s)\tSubject\t"
    "Observation duration by subject by observation\tBehavior\tBehavioral category\t"
    "Behavior type\tStart (s)\tStop (s)\tDuration (s)\tMedia file name\tImage index start\t"
    "Image index stop\tImage file path start\tImage file path stop\tComment start\tComment stop\n";

/* In quotes where a quote is in it; tabs and ends of lines become '?'. */
static sfd_status write_field(FILE *f, const char *text, sfd_error *err)
{
    char *clean = sfd_utf8_copy(text);
    if (!clean)
        return sfd_fail_nomem(err, "segments");
    sfd_make_printable(clean);
    const bool quoted = strchr(clean, '"') != NULL;
    if (quoted)
        fputc('"', f);
    for (const char *c = clean; *c; c++)
        fputs(*c == '"' ? "\"\"" : (char[]){*c, '\0'}, f);
    if (quoted)
        fputc('"', f);
    free(clean);
    return SFD_OK;
}

/* "12.500" */
static void write_seconds(FILE *f, uint32_t ms)
{
    fprintf(f, "%" PRIu32 ".%03" PRIu32, ms / 1000, ms % 1000);
}

typedef struct event {
    const sfd_segment *segment;
    uint32_t start_ms, stop_ms;
    uint64_t subject_ms; /* all events of its subject together */
} event;

/* The events of one observation. */
typedef struct observation {
    event *events;
    size_t n;
    uint32_t coding_ms; /* from the first start to the last stop */
} observation;

static sfd_status write_event(FILE *f, const sfd_segment_list *list, const observation *o,
                              const event *e, sfd_error *err)
{
    char score[SFD_DECIMAL_CHARS], unlisted[SFD_DECIMAL_CHARS];
    const sfd_segment *s = e->segment;
    const char *media = list->video_path ? list->video_path : s->video_id;
    sfd_status status = write_field(f, s->video_id, err);
    fputs("\t\t\tMedia file\t", f);
    if (status == SFD_OK)
        status = write_field(f, media, err);
    fputs("\t0\t", f);
    write_seconds(f, o->coding_ms);
    fprintf(f, "\tNA\tNA\tperson %" PRId64 "\t%" PRIu64 ".%03u\t", s->person_id,
            e->subject_ms / 1000, (unsigned)(e->subject_ms % 1000));
    if (status == SFD_OK)
        status = write_field(f, sfd_segment_name(unlisted, list->labels, s->action_id), err);
    fputs("\tNot defined\tSTATE\t", f);
    write_seconds(f, e->start_ms);
    fputc('\t', f);
    write_seconds(f, e->stop_ms);
    fputc('\t', f);
    write_seconds(f, e->stop_ms - e->start_ms);
    fputc('\t', f);
    if (status == SFD_OK)
        status = write_field(f, media, err);
    fprintf(f, "\tNA\tNA\tNA\tNA\tscore %s\t\n", sfd_format_fixed6(score, s->score));
    return status;
}

static int by_person(const void *pa, const void *pb)
{
    const sfd_segment *a = ((const event *)pa)->segment, *b = ((const event *)pb)->segment;
    if (a->person_id != b->person_id)
        return a->person_id < b->person_id ? -1 : 1;
    return (a > b) - (a < b);
}

static int by_place(const void *pa, const void *pb)
{
    const sfd_segment *a = ((const event *)pa)->segment, *b = ((const event *)pb)->segment;
    return (a > b) - (a < b);
}

static void sum_subjects(observation *o)
{
    qsort(o->events, o->n, sizeof *o->events, by_person);
    for (size_t i = 0, end; i < o->n; i = end) {
        uint64_t sum = 0;
        for (end = i;
             end < o->n && o->events[end].segment->person_id == o->events[i].segment->person_id;
             end++)
            sum += o->events[end].stop_ms - o->events[end].start_ms;
        for (size_t k = i; k < end; k++)
            o->events[k].subject_ms = sum;
    }
    qsort(o->events, o->n, sizeof *o->events, by_place);
}

/* The video that begins with segment `first`. */
static observation observe(const sfd_segment_list *list, size_t first, event *events)
{
    observation o = {events, 0, 0};
    uint32_t begin = UINT32_MAX, end = 0;
    for (size_t i = first; i < list->n; i++) {
        const sfd_segment *s = &list->items[i];
        if (strcmp(s->video_id, list->items[first].video_id) != 0)
            break;
        const event e = {s, sfd_segment_ms(s->start_s, list->offset_s),
                         sfd_segment_ms(s->end_s, list->offset_s), 0};
        begin = e.start_ms < begin ? e.start_ms : begin;
        end = e.stop_ms > end ? e.stop_ms : end;
        o.events[o.n++] = e;
    }
    o.coding_ms = end - begin;
    sum_subjects(&o);
    return o;
}

sfd_status sfd_segments_write_tsv(FILE *f, const sfd_segment_list *list, sfd_error *err)
{
    event *events = sfd_malloc_array(list->n, sizeof *events);
    sfd_status status = events ? SFD_OK : sfd_fail_nomem(err, "segments");
    fputs(header, f);
    for (size_t first = 0; first < list->n && status == SFD_OK;) {
        const observation o = observe(list, first, events);
        for (size_t i = 0; i < o.n && status == SFD_OK; i++)
            status = write_event(f, list, &o, &o.events[i], err);
        first += o.n;
    }
    free(events);
    return status;
}
