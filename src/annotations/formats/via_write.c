/* SPDX-License-Identifier: Apache-2.0 */
/* A project for VIA 3: each group of actions an attribute of checkboxes. Videos are files of their
 * own, with regions at times; what came as pictures are pictures again. */
#include "annotations/formats/via.h"
#include "annotations/sample.h"
#include "base/alloc.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/json_fields.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct via_attribute {
    const char *name;
    int offset;    /* of its options' ids */
    bool by_place; /* keys are places: ids do not lead to any */
} via_attribute;

typedef struct via_writer {
    sfd_annotations *a;
    FILE *f;
    via_attribute *attributes;
    size_t *attribute_of, *key_of; /* [labels] */
    size_t n_attributes;
    bool ids; /* there are persons with ids */
    size_t n_files, n_regions;
} via_writer;

/* ---- attributes */

static const char *name_of(const sfd_action_label *label)
{
    return label->group ? label->group : SFD_VIA_ALONE;
}

static void find_attributes(via_writer *w)
{
    const sfd_label_list *l = &w->a->labels;
    for (size_t i = 0; i < l->n; i++) {
        size_t k = 0;
        while (k < w->n_attributes && strcmp(w->attributes[k].name, name_of(&l->items[i])) != 0)
            k++;
        if (k == w->n_attributes)
            w->attributes[w->n_attributes++].name = name_of(&l->items[i]);
        w->attribute_of[i] = k;
    }
}

/* Keys from which a reader finds the ids again, or places where there are none. */
static void number_options(via_writer *w)
{
    const sfd_label_list *l = &w->a->labels;
    int offset = 0;
    for (size_t k = 0; k < w->n_attributes; k++) {
        via_attribute *at = &w->attributes[k];
        int n = 0;
        at->offset = offset;
        for (size_t i = 0; i < l->n; i++)
            if (w->attribute_of[i] == k) {
                at->by_place |= l->items[i].id - 1 - offset < 0;
                n++;
            }
        int place = 0;
        for (size_t i = 0; i < l->n; i++)
            if (w->attribute_of[i] == k) {
                w->key_of[i] = (size_t)(at->by_place ? place : l->items[i].id - 1 - offset);
                if (at->by_place)
                    sfd_tally_add(&w->a->tally, "actions whose ids follow from their places now",
                                  l->items[i].name);
                place++;
            }
        offset += n;
    }
}

static void put_attribute(const via_writer *w, size_t k)
{
    char name[SFD_LABEL_CHARS];
    const sfd_label_list *l = &w->a->labels;
    bool first = true;
    fprintf(w->f, "%s\n\"%zu\":{\"aname\":", k > 0 ? "," : "", k + 1);
    sfd_json_put(w->f, w->attributes[k].name);
    fprintf(w->f, ",\"anchor_id\":\"FILE1_Z1_XY1\",\"type\":%d,\"desc\":\"\",\"options\":{",
            SFD_VIA_CHECKBOX);
    for (size_t i = 0; i < l->n; i++)
        if (w->attribute_of[i] == k) {
            fprintf(w->f, "%s\"%zu\":", first ? "" : ",", w->key_of[i]);
            sfd_json_put(w->f,
                         l->items[i].group ? l->items[i].name : sfd_label_full_name(l, i, name));
            first = false;
        }
    fputs("},\"default_option_id\":\"\"}", w->f);
}

static void put_attributes(const via_writer *w)
{
    fputs("\"attribute\":{", w->f);
    for (size_t k = 0; k < w->n_attributes; k++)
        put_attribute(w, k);
    if (w->ids)
        fprintf(w->f,
                "%s\n\"%zu\":{\"aname\":\"" SFD_VIA_PERSON
                "\",\"anchor_id\":\"FILE1_Z1_XY1\",\"type\":%d,\"desc\":\"\",\"options\":{},"
                "\"default_option_id\":\"\"}",
                w->n_attributes > 0 ? "," : "", w->n_attributes + 1, SFD_VIA_TEXT);
    fputs("},\n", w->f);
}

/* ---- regions */

static void put_values(const via_writer *w, const sfd_person_box *b)
{
    bool any = false;
    fputs("\"av\":{", w->f);
    for (size_t k = 0; k < w->n_attributes; k++) {
        bool first = true;
        for (size_t i = 0; i < b->n_done; i++)
            if (w->attribute_of[b->done[i].label] == k) {
                if (first)
                    fprintf(w->f, "%s\"%zu\":\"", any ? "," : "", k + 1);
                fprintf(w->f, "%s%zu", first ? "" : ",", w->key_of[b->done[i].label]);
                first = false;
                any = true;
            }
        if (!first)
            fputc('"', w->f);
    }
    if (b->has_person_id)
        fprintf(w->f, "%s\"%zu\":\"%" PRId64 "\"", any ? "," : "", w->n_attributes + 1,
                b->person_id);
    fputc('}', w->f);
}

static sfd_status put_region(via_writer *w, const sfd_labelled_video *v, const sfd_person_box *b,
                             size_t file, bool picture, sfd_error *err)
{
    double c[4];
    char text[5][SFD_DECIMAL_CHARS];
    sfd_status status = sfd_set_corners(v, b, SFD_UNIT_PIXELS, c, err);
    if (status != SFD_OK)
        return status;
    sfd_format_drop_scores(w->a, b);
    fprintf(w->f, "%s\n\"%zu_%zu\":{\"vid\":\"%zu\",\"flg\":0,\"z\":[%s],",
            w->n_regions > 0 ? "," : "", file, w->n_regions + 1, file,
            picture ? "" : sfd_format_decimal(text[4], b->time_s));
    fprintf(w->f, "\"xy\":[%d,%s,%s,%s,%s],", SFD_VIA_RECTANGLE, sfd_format_decimal(text[0], c[0]),
            sfd_format_decimal(text[1], c[1]), sfd_format_decimal(text[2], c[2] - c[0]),
            sfd_format_decimal(text[3], c[3] - c[1]));
    put_values(w, b);
    fputc('}', w->f);
    w->n_regions++;
    return SFD_OK;
}

/* ---- files: a video is one, or its pictures are */

static bool is_pictures(const sfd_labelled_video *v)
{
    for (size_t i = 0; i < v->n_frames_seen; i++)
        if (v->frames[i].name)
            return true;
    return false;
}

static sfd_status put_file(via_writer *w, const char *name, const char *ending, int type)
{
    char *full = malloc(strlen(name) + strlen(ending) + 1);
    if (!full)
        return SFD_ERR_NOMEM;
    strcpy(stpcpy(full, name), ending);
    w->n_files++;
    fprintf(w->f, "%s\n\"%zu\":{\"fid\":\"%zu\",\"fname\":", w->n_files > 1 ? "," : "", w->n_files,
            w->n_files);
    sfd_json_put(w->f, full);
    fprintf(w->f, ",\"type\":%d,\"loc\":1,\"src\":\"\"}", type);
    free(full);
    return SFD_OK;
}

/* Files and, in the second pass, regions: one walk over all pictures and boxes. */
static sfd_status walk_pictures(via_writer *w, sfd_labelled_video *v, const sfd_person_samples *s,
                                bool regions, sfd_error *err)
{
    sfd_status status = SFD_OK;
    sfd_sampled_picture p = {0};
    while (status == SFD_OK && sfd_next_sampled_picture(s, &p)) {
        if (!regions) {
            const char *name = p.name ? p.name : sfd_set_picture_name(w->a, v, p.time_s);
            status = name ? put_file(w, name, "", SFD_VIA_IMAGE) : SFD_ERR_NOMEM;
        } else {
            w->n_files++;
        }
        for (size_t i = 0; regions && status == SFD_OK && i < p.n; i++)
            status = put_region(w, v, &s->boxes[p.first + i], w->n_files, true, err);
    }
    return status;
}

static sfd_status walk(via_writer *w, bool regions, sfd_error *err)
{
    sfd_status status = SFD_OK;
    w->n_files = 0;
    for (size_t k = 0; status == SFD_OK && k < w->a->n_videos; k++) {
        sfd_labelled_video *v = w->a->videos[k];
        sfd_person_samples s;
        const sfd_tally before = w->a->tally;
        status = sfd_sample_persons(&s, w->a, v, SFD_KEYFRAMES, err);
        if (regions)
            w->a->tally = before; /* counted in the first pass */
        if (status == SFD_OK && is_pictures(v)) {
            status = walk_pictures(w, v, &s, regions, err);
        } else if (status == SFD_OK && !regions) {
            status =
                put_file(w, v->source ? v->source : v->id, v->source ? "" : ".mp4", SFD_VIA_VIDEO);
        } else if (status == SFD_OK) {
            w->n_files++;
            for (size_t i = 0; status == SFD_OK && i < s.n; i++)
                status = put_region(w, v, &s.boxes[i], w->n_files, false, err);
        }
        sfd_person_samples_free(&s);
    }
    return status == SFD_ERR_NOMEM ? sfd_fail_nomem(err, w->a->path) : status;
}

static void put_numbers(FILE *f, size_t n)
{
    for (size_t i = 1; i <= n; i++)
        fprintf(f, "%s\"%zu\"", i > 1 ? "," : "", i);
}

static sfd_status put_project(via_writer *w, sfd_error *err)
{
    fputs("{", w->f);
    put_attributes(w);
    fputs("\"file\":{", w->f);
    sfd_status status = walk(w, false, err);
    fputs("},\n\"metadata\":{", w->f);
    if (status == SFD_OK)
        status = walk(w, true, err);
    fputs("},\n\"view\":{", w->f);
    for (size_t i = 1; i <= w->n_files; i++)
        fprintf(w->f, "%s\n\"%zu\":{\"fid_list\":[\"%zu\"]}", i > 1 ? "," : "", i, i);
    fputs("},\n\"project\":{\"pid\":\"__VIA_PROJECT_ID__\",\"rev\":\"__VIA_PROJECT_REV_ID__\","
          "\"rev_timestamp\":\"__VIA_PROJECT_REV_TIMESTAMP__\",\"pname\":\"people\","
          "\"creator\":\"sfconvert\",\"created\":0,\"vid_list\":[",
          w->f);
    put_numbers(w->f, w->n_files);
    fputs(
        "]},\n\"config\":{\"file\":{\"loc_prefix\":{\"1\":\"\",\"2\":\"\",\"3\":\"\",\"4\":\"\"}},"
        "\"ui\":{\"file_content_align\":\"center\",\"file_metadata_editor_visible\":true,"
        "\"spatial_metadata_editor_visible\":true,"
        "\"temporal_segment_metadata_editor_visible\":true,"
        "\"spatial_region_label_attribute_id\":\"\",\"gtimeline_visible_row_count\":\"4\"}}}\n",
        w->f);
    return status;
}

sfd_status sfd_via_write(sfd_annotations *a, FILE *f, sfd_error *err)
{
    via_writer w = {.a = a, .f = f};
    const size_t n = a->labels.n;
    w.attributes = sfd_calloc(n, sizeof *w.attributes);
    w.attribute_of = sfd_calloc(n, sizeof *w.attribute_of);
    w.key_of = sfd_calloc(n, sizeof *w.key_of);
    sfd_status status = SFD_OK;
    if (!w.attributes || !w.attribute_of || !w.key_of) {
        status = sfd_fail_nomem(err, a->path);
    } else {
        find_attributes(&w);
        number_options(&w);
        for (size_t k = 0; k < a->n_videos; k++)
            for (size_t i = 0; i < a->videos[k]->n_tracks; i++)
                w.ids |= a->videos[k]->tracks[i].has_person_id;
        status = put_project(&w, err);
    }
    free(w.attributes);
    free(w.attribute_of);
    free(w.key_of);
    return status;
}
