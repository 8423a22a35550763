/* SPDX-License-Identifier: Apache-2.0 */
/* Segments as an annotation document of ELAN (EAF 3.0, archive.mpi.nl/tla/elan): a tier a person.
 * Annotations of a tier may not overlap, so what a person does meanwhile goes to a further tier of
 * that person. */
#include "base/alloc.h"
#include "base/error.h"
#include "pipeline/segment_files.h"
#include "pipeline/segment_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

typedef struct annotation {
    const sfd_segment *segment;
    uint32_t begin_ms, end_ms;
    size_t tier; /* of its person, from 0 */
} annotation;

typedef struct document {
    annotation *annotations;
    size_t n;
    uint32_t *slots; /* the times that occur, rising */
    size_t n_slots;
} document;

static int by_begin(const void *pa, const void *pb)
{
    const annotation *a = pa, *b = pb;
    if (a->segment->person_id != b->segment->person_id)
        return a->segment->person_id < b->segment->person_id ? -1 : 1;
    if (a->begin_ms != b->begin_ms)
        return a->begin_ms < b->begin_ms ? -1 : 1;
    return (a->segment > b->segment) - (a->segment < b->segment);
}

static int by_tier(const void *pa, const void *pb)
{
    const annotation *a = pa, *b = pb;
    if (a->segment->person_id == b->segment->person_id && a->tier != b->tier)
        return a->tier < b->tier ? -1 : 1;
    return by_begin(pa, pb);
}

static int by_value(const void *pa, const void *pb)
{
    const uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    return (a > b) - (a < b);
}

/* Each annotation goes to its person's first tier that is free; ends[] has room for all. */
static void choose_tiers(document *d, uint32_t *ends)
{
    size_t n_tiers = 0;
    qsort(d->annotations, d->n, sizeof *d->annotations, by_begin);
    for (size_t i = 0; i < d->n; i++) {
        annotation *a = &d->annotations[i];
        if (i > 0 && a->segment->person_id != a[-1].segment->person_id)
            n_tiers = 0;
        while (a->tier < n_tiers && ends[a->tier] > a->begin_ms)
            a->tier++;
        if (a->tier == n_tiers)
            n_tiers++;
        ends[a->tier] = a->end_ms;
    }
    qsort(d->annotations, d->n, sizeof *d->annotations, by_tier);
}

static void list_slots(document *d)
{
    for (size_t i = 0; i < d->n; i++) {
        d->slots[2 * i] = d->annotations[i].begin_ms;
        d->slots[2 * i + 1] = d->annotations[i].end_ms;
    }
    qsort(d->slots, 2 * d->n, sizeof *d->slots, by_value);
    for (size_t i = 0; i < 2 * d->n; i++)
        if (i == 0 || d->slots[i] != d->slots[d->n_slots - 1])
            d->slots[d->n_slots++] = d->slots[i];
}

static size_t slot_of(const document *d, uint32_t ms)
{
    const uint32_t *slot = bsearch(&ms, d->slots, d->n_slots, sizeof ms, by_value);
    return (size_t)(slot - d->slots) + 1;
}

static sfd_status make_document(document *d, const sfd_segment_list *list, sfd_error *err)
{
    d->annotations = sfd_calloc(list->n, sizeof *d->annotations);
    d->slots = sfd_calloc(list->n, 2 * sizeof *d->slots);
    if (!d->annotations || !d->slots)
        return sfd_fail_nomem(err, "segments");
    for (size_t i = 0; i < list->n; i++) {
        const sfd_segment *s = &list->items[i];
        const annotation a = {s, sfd_segment_ms(s->start_s, list->offset_s),
                              sfd_segment_ms(s->end_s, list->offset_s), 0};
        if (a.end_ms > a.begin_ms)
            d->annotations[d->n++] = a;
    }
    if (d->n > 0) {
        choose_tiers(d, d->slots);
        list_slots(d);
    }
    return SFD_OK;
}

/* ------------------------------------------------------------------ writing */

static void write_head(FILE *f)
{
    char date[64];
    const time_t now = time(NULL);
    struct tm utc;
    if (!gmtime_r(&now, &utc) || strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        strcpy(date, "1970-01-01T00:00:00Z");
    fprintf(f,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<ANNOTATION_DOCUMENT AUTHOR=\"sfdetect\" DATE=\"%s\" FORMAT=\"3.0\" VERSION=\"3.0\"\n"
            "    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n"
            "    xsi:noNamespaceSchemaLocation=\"http://www.mpi.nl/tools/elan/EAFv3.0.xsd\">\n",
            date);
}

/* ELAN asks for the kind of file by its MIME type. */
static const char *mime_type(const char *path)
{
    static const char *const types[][2] = {{".mp4", "video/mp4"},
                                           {".mpg", "video/mpeg"},
                                           {".mpeg", "video/mpeg"},
                                           {".mov", "video/quicktime"}};
    const char *extension = strrchr(path, '.');
    for (size_t i = 0; extension && i < sizeof types / sizeof *types; i++)
        if (strcasecmp(extension, types[i][0]) == 0)
            return types[i][1];
    return "unknown";
}

/* A path as part of a URL. */
static void write_url_path(FILE *f, const char *path)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    for (const char *c = path; *c; c++)
        if (strchr(plain, *c))
            fputc(*c, f);
        else
            fprintf(f, "%%%02X", (unsigned char)*c);
}

static void write_media(FILE *f, const char *video_path)
{
    char *absolute = video_path ? realpath(video_path, NULL) : NULL;
    fputs("  <HEADER MEDIA_FILE=\"\" TIME_UNITS=\"milliseconds\">\n", f);
    if (absolute) {
        fputs("    <MEDIA_DESCRIPTOR MEDIA_URL=\"file://", f);
        write_url_path(f, absolute);
        fprintf(f, "\" MIME_TYPE=\"%s\"/>\n", mime_type(absolute));
    }
    free(absolute);
}

static sfd_status write_annotation(FILE *f, const document *d, size_t i,
                                   const sfd_segment_list *list, sfd_error *err)
{
    char unlisted[SFD_DECIMAL_CHARS];
    const annotation *a = &d->annotations[i];
    fprintf(f,
            "    <ANNOTATION>\n"
            "      <ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a%zu\" TIME_SLOT_REF1=\"ts%zu\" "
            "TIME_SLOT_REF2=\"ts%zu\">\n"
            "        <ANNOTATION_VALUE>",
            i + 1, slot_of(d, a->begin_ms), slot_of(d, a->end_ms));
    sfd_status status =
        sfd_write_xml_text(f, sfd_segment_name(unlisted, list->labels, a->segment->action_id), err);
    fputs("</ANNOTATION_VALUE>\n"
          "      </ALIGNABLE_ANNOTATION>\n"
          "    </ANNOTATION>\n",
          f);
    return status;
}

/* "person 3", and where something overlaps "person 3 (2)". */
static void begin_tier(FILE *f, const annotation *a)
{
    const int64_t person = a->segment->person_id;
    fprintf(f, "  <TIER LINGUISTIC_TYPE_REF=\"action\" PARTICIPANT=\"person %" PRId64 "\" ",
            person);
    if (a->tier == 0)
        fprintf(f, "TIER_ID=\"person %" PRId64 "\">\n", person);
    else
        fprintf(f, "TIER_ID=\"person %" PRId64 " (%zu)\">\n", person, a->tier + 1);
}

static sfd_status write_tiers(FILE *f, const document *d, const sfd_segment_list *list,
                              sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < d->n && status == SFD_OK; i++) {
        const annotation *a = &d->annotations[i];
        const bool first =
            i == 0 || a->segment->person_id != a[-1].segment->person_id || a->tier != a[-1].tier;
        if (first && i > 0)
            fputs("  </TIER>\n", f);
        if (first)
            begin_tier(f, a);
        status = write_annotation(f, d, i, list, err);
    }
    if (d->n > 0)
        fputs("  </TIER>\n", f);
    return status;
}

sfd_status sfd_segments_write_eaf(FILE *f, const sfd_segment_list *list, sfd_error *err)
{
    document d = {0};
    sfd_status status = make_document(&d, list, err);
    if (status == SFD_OK) {
        write_head(f);
        write_media(f, list->video_path);
        fprintf(f, "    <PROPERTY NAME=\"lastUsedAnnotationId\">%zu</PROPERTY>\n  </HEADER>\n",
                d.n);
        fputs("  <TIME_ORDER>\n", f);
        for (size_t i = 0; i < d.n_slots; i++)
            fprintf(f, "    <TIME_SLOT TIME_SLOT_ID=\"ts%zu\" TIME_VALUE=\"%" PRIu32 "\"/>\n",
                    i + 1, d.slots[i]);
        fputs("  </TIME_ORDER>\n", f);
        status = write_tiers(f, &d, list, err);
        fputs("  <LINGUISTIC_TYPE GRAPHIC_REFERENCES=\"false\" LINGUISTIC_TYPE_ID=\"action\" "
              "TIME_ALIGNABLE=\"true\"/>\n"
              "</ANNOTATION_DOCUMENT>\n",
              f);
    }
    free(d.annotations);
    free(d.slots);
    return status;
}
