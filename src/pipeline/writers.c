/* SPDX-License-Identifier: Apache-2.0 */
/* Detections as csv, as JSON lines, as pictures of the keyframes. */
#include "base/alloc.h"
#include "base/csv_write.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/utf8.h"
#include "pipeline/canvas.h"
#include "pipeline/overlay.h"
#include "pipeline/picture_folder.h"
#include "pipeline/writer.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

sfd_status sfd_writer_create(sfd_writer **out, const char *path, bool with_file, sfd_error *err)
{
    sfd_writer *w = sfd_calloc(1, sizeof *w);
    sfd_status status = SFD_OK;
    *out = NULL;
    if (!w || !(w->path = sfd_strdup(path)))
        status = sfd_fail_nomem(err, path);
    else if (with_file)
        status = sfd_outfile_open(&w->file, path, err);
    if (status != SFD_OK) {
        sfd_writer_free(w);
        return status;
    }
    w->scale = 1;
    *out = w;
    return SFD_OK;
}

void sfd_writer_free(sfd_writer *w)
{
    if (!w)
        return;
    sfd_outfile_discard(w->file);
    if (w->release)
        w->release(w->own);
    free(w->path);
    free(w);
}

void sfd_writer_settings_defaults_sized(sfd_writer_settings *s, size_t struct_size)
{
    const sfd_writer_settings defaults = {.scale = 1};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

sfd_status sfd_writer_configure(sfd_writer *w, const sfd_writer_settings *settings, sfd_error *err)
{
    sfd_writer_settings s;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_writer_settings, &s, settings, err);
    if (status != SFD_OK)
        return status;
    if (w->started || w->complete)
        return sfd_fail(err, SFD_ERR_ARG, "%s: has begun, nothing can be set", w->path);
    if (s.top < 0 || s.scale < 1 || s.scale > SFD_MAX_SCALE)
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: top is %d, wanted 0 or more; scale is %d, wanted 1 to %d", w->path,
                        s.top, s.scale, SFD_MAX_SCALE);
    w->limited = w->limited || s.min_score > 0 || s.top > 0;
    w->min_score = s.min_score;
    w->top = s.top;
    w->scale = s.scale;
    w->growing = s.growing;
    return SFD_OK;
}

sfd_status sfd_writer_add(sfd_writer *w, const sfd_keyframe *keyframe, sfd_error *err)
{
    if (w->complete)
        return sfd_fail(err, SFD_ERR_ARG, "%s: is complete, nothing can be added", w->path);
    sfd_status status = SFD_OK;
    if (!w->started && w->growing && w->file) /* what was there goes when there is something new */
        status = sfd_outfile_publish(w->file, err);
    w->started = true;
    return status == SFD_OK ? w->add(w, keyframe, err) : status;
}

sfd_status sfd_writer_commit(sfd_writer *w, sfd_error *err)
{
    sfd_status status = w->finish && !w->complete ? w->finish(w, err) : SFD_OK;
    sfd_outfile *file = w->file;
    w->file = NULL;
    w->complete = true;
    if (status == SFD_OK)
        return file ? sfd_outfile_commit(file, err) : SFD_OK;
    sfd_outfile_discard(file);
    return status;
}

/* ------------------------------------------------------------------- labels */

typedef struct label {
    int output; /* of the network */
    int id;
    double score;
} label;

static int by_score(const void *a, const void *b)
{
    const label *x = a, *y = b;
    int order = (x->score < y->score) - (x->score > y->score);
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

static int by_output(const void *a, const void *b)
{
    const label *x = a, *y = b;
    return (x->output > y->output) - (x->output < y->output);
}

/* The labels of a person that are wanted, best first, to be freed; NULL when memory is out. */
static label *choose_labels(const sfd_writer *w, const sfd_keyframe *k, const float *scores,
                            size_t *n)
{
    label *list = sfd_malloc_array((size_t)k->n_classes, sizeof *list);
    *n = 0;
    for (int c = 0; list && c < k->n_classes; c++)
        if (k->class_ids[c] >= 0 && (!w->limited || (double)scores[c] >= w->min_score))
            list[(*n)++] = (label){c, k->class_ids[c], (double)scores[c]};
    if (*n > 0)
        qsort(list, *n, sizeof *list, by_score);
    if (w->top > 0 && *n > (size_t)w->top)
        *n = (size_t)w->top;
    return list;
}

/* ---------------------------------------------------------------------- csv */

static bool write_rows(const sfd_writer *w, const sfd_keyframe *k, const sfd_person *p)
{
    FILE *f = sfd_outfile_stream(w->file);
    char score[SFD_DECIMAL_CHARS];
    size_t n;
    label *list = choose_labels(w, k, p->scores, &n);
    if (!list)
        return false;
    if (n > 0)
        qsort(list, n, sizeof *list, by_output);
    for (size_t i = 0; i < n; i++) {
        sfd_csv_write_text(f, k->video_id);
        fprintf(f, ",%s,%s,%d,%s\n", p->timestamp_text, p->box_text, list[i].id,
                sfd_format_fixed6(score, list[i].score));
    }
    free(list);
    return true;
}

static sfd_status add_csv(sfd_writer *w, const sfd_keyframe *k, sfd_error *err)
{
    for (size_t i = 0; i < k->n_persons; i++)
        if (!write_rows(w, k, &k->persons[i]))
            return sfd_fail_nomem(err, w->path);
    return sfd_outfile_flush(w->file, err);
}

sfd_status sfd_writer_open_csv(sfd_writer **out, const char *path, sfd_error *err)
{
    sfd_status status = sfd_writer_create(out, path, true, err);
    if (status == SFD_OK)
        (*out)->add = add_csv;
    return status;
}

/* --------------------------------------------------------------------- JSON */

/* Six decimals, as in the csv file. */
static double rounded(double score)
{
    return rint(score * 1e6) / 1e6;
}

static bool add_label(cJSON *list, const sfd_labels *labels, const label *l)
{
    cJSON *item = cJSON_CreateObject();
    const char *name = sfd_labels_name(labels, l->id);
    if (!cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        return false;
    }
    return cJSON_AddNumberToObject(item, "id", l->id) &&
           (name ? cJSON_AddStringToObject(item, "name", name)
                 : cJSON_AddNullToObject(item, "name")) &&
           cJSON_AddNumberToObject(item, "score", rounded(l->score));
}

static bool add_labels(cJSON *person, const sfd_writer *w, const sfd_keyframe *k,
                       const float *scores)
{
    size_t n;
    cJSON *list = cJSON_AddArrayToObject(person, "labels");
    label *chosen = choose_labels(w, k, scores, &n);
    bool ok = list && chosen;
    for (size_t i = 0; ok && i < n; i++)
        ok = add_label(list, w->labels, &chosen[i]);
    free(chosen);
    return ok;
}

static bool add_box(cJSON *person, const sfd_box_norm *b)
{
    const double corners[4] = {b->x1, b->y1, b->x2, b->y2};
    cJSON *box = cJSON_CreateDoubleArray(corners, 4);
    if (cJSON_AddItemToObject(person, "box", box))
        return true;
    cJSON_Delete(box);
    return false;
}

/* As text, for ids beyond what a double holds. */
static bool add_person_id(cJSON *person, const sfd_person *p)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)p->person_id);
    return !p->has_person_id || cJSON_AddRawToObject(person, "person", digits);
}

/* One line of text, to be freed with cJSON_free; NULL when memory is out. */
static char *person_json(const sfd_writer *w, const sfd_keyframe *k, const sfd_person *p)
{
    char *text = NULL, *video_id = sfd_utf8_copy(k->video_id);
    cJSON *person = cJSON_CreateObject();
    if (person && video_id && cJSON_AddStringToObject(person, "video", video_id) &&
        cJSON_AddNumberToObject(person, "timestamp", k->timestamp_s) && add_person_id(person, p) &&
        add_box(person, &p->box) &&
        cJSON_AddNumberToObject(person, "proposal_score", p->proposal_score) &&
        add_labels(person, w, k, p->scores))
        text = cJSON_PrintUnformatted(person);
    cJSON_Delete(person);
    free(video_id);
    return text;
}

static sfd_status add_json(sfd_writer *w, const sfd_keyframe *k, sfd_error *err)
{
    FILE *f = sfd_outfile_stream(w->file);
    for (size_t i = 0; i < k->n_persons; i++) {
        char *text = person_json(w, k, &k->persons[i]);
        if (!text)
            return sfd_fail_nomem(err, w->path);
        fprintf(f, "%s\n", text);
        cJSON_free(text);
    }
    return sfd_outfile_flush(w->file, err);
}

sfd_status sfd_writer_open_json(sfd_writer **out, const char *path, const sfd_labels *labels,
                                double min_score, sfd_error *err)
{
    sfd_status status = sfd_writer_create(out, path, true, err);
    if (status != SFD_OK)
        return status;
    (*out)->add = add_json;
    (*out)->labels = labels;
    (*out)->limited = true;
    (*out)->min_score = min_score;
    return SFD_OK;
}

/* ----------------------------------------------------------------- pictures */

/* Of one keyframe at a time. */
typedef struct pictures {
    sfd_picture_folder *folder;
    sfd_overlay *overlay;
} pictures;

static void release_pictures(void *own)
{
    pictures *p = own;
    sfd_overlay_free(p->overlay);
    sfd_picture_folder_close(p->folder);
    free(p);
}

static sfd_status draw_and_write(const pictures *own, const sfd_keyframe *k, sfd_picture *p,
                                 sfd_error *err)
{
    const sfd_mark_group *groups;
    size_t n_groups;
    sfd_overlay_clear(own->overlay);
    sfd_status status = sfd_overlay_add(own->overlay, k, err);
    if (status == SFD_OK)
        status = sfd_overlay_groups(own->overlay, &groups, &n_groups, err);
    if (status != SFD_OK || n_groups == 0)
        return status;
    return sfd_picture_folder_write(own->folder, own->overlay, &groups[0], k->video_id, p, err);
}

static sfd_status add_picture(sfd_writer *w, const sfd_keyframe *k, sfd_error *err)
{
    sfd_picture *p = NULL;
    if (!k->picture)
        return sfd_fail(err, SFD_ERR_ARG, "%s: the keyframe comes without its picture", w->path);
    sfd_status status = sfd_canvas_create(&p, k->picture, w->scale, err);
    if (status == SFD_OK)
        status = draw_and_write(w->own, k, p, err);
    sfd_picture_unref(p);
    return status;
}

sfd_status sfd_writer_open_pictures(sfd_writer **out, const char *directory, const char *format,
                                    const sfd_labels *labels, double threshold, sfd_error *err)
{
    sfd_status status = sfd_writer_create(out, directory, false, err);
    if (status != SFD_OK)
        return status;
    sfd_writer *w = *out;
    pictures *own = sfd_calloc(1, sizeof *own);
    if (!own) {
        status = sfd_fail_nomem(err, directory);
    } else {
        w->add = add_picture;
        w->own = own;
        w->release = release_pictures;
        status = sfd_picture_folder_open(&own->folder, directory, format, err);
    }
    if (status == SFD_OK)
        status = sfd_overlay_create(&own->overlay, "", labels, threshold, err);
    if (status != SFD_OK) {
        sfd_writer_free(w);
        *out = NULL;
    }
    return status;
}
