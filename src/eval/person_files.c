/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes and tracks of two files, brought to the numbers that the measures want. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/unpack.h"
#include "eval/person_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)1 << 30)

typedef struct side {
    sfd_person_rows rows;
    char *text;
    size_t n_bytes;
    cJSON *root; /* of a JSON file */
} side;

typedef struct pair {
    sfd_person_names names;
    side truth, result;
    sfd_person_key key;
    sfd_person_picture *pictures; /* that count, sorted; the index is the number */
    size_t n_pictures;
} pair;

static void close_side(side *s)
{
    cJSON_Delete(s->root);
    free(s->text);
    sfd_person_rows_free(&s->rows);
}

static void close_pair(pair *p)
{
    close_side(&p->truth);
    close_side(&p->result);
    sfd_person_names_free(&p->names);
    free(p->pictures);
}

/* ------------------------------------------------------------------ reading */

void sfd_eval_person_settings_defaults_sized(sfd_eval_person_settings *s, size_t struct_size)
{
    const sfd_eval_person_settings defaults = {0};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

/* The place behind a byte order mark. */
static const char *begin(const side *s)
{
    return s->text + (strncmp(s->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0);
}

static bool is_json(const side *s)
{
    const char *first = begin(s) + strspn(begin(s), " \t\r\n");
    return *first == '[' || *first == '{';
}

static sfd_status open_side(side *s, pair *p, const char *path, bool is_truth, bool needs_ids,
                            const sfd_eval_person_settings *settings, sfd_error *err)
{
    s->rows = (sfd_person_rows){.path = strcmp(path, "-") == 0 ? "stdin" : path,
                                .names = &p->names,
                                .is_truth = is_truth,
                                .needs_ids = needs_ids,
                                .bad = {.strict = settings->strict,
                                        .user = settings->user,
                                        .on_warning = settings->on_warning}};
    sfd_status st =
        sfd_unpack_text(&s->text, &s->n_bytes, path, "a csv or JSON file", MAX_BYTES, err);
    if (st != SFD_OK || !is_json(s))
        return st;
    const size_t n = s->n_bytes - (size_t)(begin(s) - s->text);
    return sfd_json_parse(&s->root, s->rows.path, begin(s), n, err);
}

/* A list of pictures that all have a name; else they are told apart by their ids. */
static bool names_images(const side *s)
{
    const cJSON *images = cJSON_GetObjectItemCaseSensitive(s->root, "images"), *item;
    cJSON_ArrayForEach(item, images)
    {
        if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(item, "file_name")))
            return false;
    }
    return cJSON_IsArray(images);
}

static sfd_status read_side(side *s, sfd_person_key key, sfd_error *err)
{
    return s->root ? sfd_person_rows_read_json(&s->rows, s->root, key, err)
                   : sfd_person_rows_read_csv(&s->rows, s->text, s->n_bytes, err);
}

static sfd_status read_pair(pair *p, const char *truth, const char *result, bool needs_ids,
                            const sfd_eval_person_settings *settings, sfd_error *err)
{
    sfd_status st = open_side(&p->truth, p, truth, true, needs_ids, settings, err);
    if (st == SFD_OK)
        st = open_side(&p->result, p, result, false, needs_ids, settings, err);
    if (st != SFD_OK)
        return st;
    const bool both = p->truth.root && p->result.root;
    p->key = !both                                                 ? SFD_PERSON_BY_TIME
             : names_images(&p->truth) && names_images(&p->result) ? SFD_PERSON_BY_NAME
                                                                   : SFD_PERSON_BY_ID;
    st = read_side(&p->truth, p->key, err);
    if (st == SFD_OK)
        st = read_side(&p->result, p->key, err);
    if (st == SFD_OK && !both && p->truth.rows.n > 0 && p->result.rows.n > 0 &&
        p->truth.rows.is_mot != p->result.rows.is_mot)
        st = sfd_fail(err, SFD_ERR_MISMATCH,
                      "%s and %s: one has MOT's frames, the other videos and timestamps", truth,
                      result);
    return st;
}

/* ------------------------------------------------------------------ numbering */

static int compare_pictures(const void *a, const void *b, void *names)
{
    return sfd_person_pictures_compare(names, a, b);
}

static size_t add_pictures(sfd_person_picture *out, const sfd_person_rows *r)
{
    for (size_t i = 0; i < r->n; i++)
        out[i] = r->rows[i].picture;
    if (r->n_pictures > 0)
        memcpy(out + r->n, r->pictures, r->n_pictures * sizeof *out);
    return r->n + r->n_pictures;
}

/* Those of the truth; in MOT files, whose frames all count, those of both. */
static sfd_status number_pictures(pair *p, sfd_error *err)
{
    const sfd_person_rows *t = &p->truth.rows, *r = &p->result.rows;
    const bool both = t->is_mot || (t->n == 0 && r->is_mot);
    const size_t room = t->n + t->n_pictures + (both ? r->n + r->n_pictures : 0);
    size_t n = 0;
    p->pictures = sfd_malloc_array(room, sizeof *p->pictures);
    if (!p->pictures)
        return sfd_fail_nomem(err, t->path);
    size_t n_all = add_pictures(p->pictures, t);
    if (both)
        n_all += add_pictures(p->pictures + n_all, r);
    if (n_all > 0)
        qsort_r(p->pictures, n_all, sizeof *p->pictures, compare_pictures, &p->names);
    for (size_t i = 0; i < n_all; i++)
        if (n == 0 || sfd_person_pictures_compare(&p->names, &p->pictures[n - 1], &p->pictures[i]))
            p->pictures[n++] = p->pictures[i];
    p->n_pictures = n;
    return SFD_OK;
}

/* -1: a picture that does not count. */
static int64_t picture_number(pair *p, const sfd_person_picture *picture)
{
    size_t low = 0, high = p->n_pictures;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = sfd_person_pictures_compare(&p->names, &p->pictures[middle], picture);
        if (order == 0)
            return (int64_t)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

static sfd_status prepare(pair *p, const char *truth, const char *result, bool needs_ids,
                          const sfd_eval_person_settings *settings, sfd_error *err)
{
    sfd_eval_person_settings s;
    sfd_status st = SFD_SETTINGS_TAKE(sfd_eval_person_settings, &s, settings, err);
    if (st == SFD_OK)
        st = read_pair(p, truth, result, needs_ids, &s, err);
    return st == SFD_OK ? number_pictures(p, err) : st;
}

/* What was left out of a file, after all its rows were looked at. */
static sfd_status finish_side(side *s, sfd_error *err)
{
    const size_t n = s->rows.n_others;
    sfd_status st = sfd_bad_rows_end(&s->rows.bad, s->rows.path, err);
    if (st == SFD_OK && n > 0 && s->rows.bad.on_warning) {
        sfd_error text;
        sfd_fail(&text, SFD_OK, "%s: %zu box%s of other categories than persons left out",
                 s->rows.path, n, n == 1 ? "" : "es");
        s->rows.bad.on_warning(s->rows.bad.user, text.message);
    }
    return st;
}

static sfd_status finish_pair(pair *p, sfd_error *err)
{
    const sfd_status st = finish_side(&p->truth, err);
    return st == SFD_OK ? finish_side(&p->result, err) : st;
}

/* ------------------------------------------------------------------ boxes */

typedef struct numbered_box {
    sfd_eval_box box;
    bool labelled;
    size_t order;
} numbered_box;

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

/* Rows of one box together, the best score first. */
static int by_place(const void *a, const void *b)
{
    const numbered_box *x = a, *y = b;
    int order = (x->box.picture > y->box.picture) - (x->box.picture < y->box.picture);
    order = order ? order : compare_numbers(x->box.x, y->box.x);
    order = order ? order : compare_numbers(x->box.y, y->box.y);
    order = order ? order : compare_numbers(x->box.width, y->box.width);
    order = order ? order : compare_numbers(x->box.height, y->box.height);
    order = order ? order : compare_numbers(y->box.score, x->box.score);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int by_order(const void *a, const void *b)
{
    const numbered_box *x = a, *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

static bool same_place(const sfd_eval_box *a, const sfd_eval_box *b)
{
    return a->picture == b->picture && a->x == b->x && a->y == b->y && a->width == b->width &&
           a->height == b->height;
}

/* A box that has a row for each of its labels is one box. */
static size_t merge_labels(numbered_box *boxes, size_t n)
{
    size_t n_kept = 0;
    if (n > 0)
        qsort(boxes, n, sizeof *boxes, by_place);
    for (size_t i = 0; i < n; i++) {
        const bool again = n_kept > 0 && boxes[i].labelled && boxes[n_kept - 1].labelled &&
                           same_place(&boxes[n_kept - 1].box, &boxes[i].box);
        if (!again)
            boxes[n_kept++] = boxes[i];
    }
    if (n_kept > 0)
        qsort(boxes, n_kept, sizeof *boxes, by_order);
    return n_kept;
}

static sfd_status make_boxes(sfd_eval_box **out, size_t *n, size_t *n_left_out, pair *p,
                             const sfd_person_rows *r, sfd_error *err)
{
    numbered_box *boxes = sfd_malloc_array(r->n, sizeof *boxes);
    *n = 0;
    *out = sfd_malloc_array(r->n, sizeof **out);
    if (!boxes || !*out) {
        free(boxes);
        return sfd_fail_nomem(err, r->path);
    }
    for (size_t i = 0; i < r->n; i++) {
        const sfd_person_row *row = &r->rows[i];
        const int64_t picture = picture_number(p, &row->picture);
        if (picture < 0) {
            (*n_left_out)++;
            continue;
        }
        boxes[*n] = (numbered_box){
            {picture, row->x, row->y, row->width, row->height, row->score, row->crowd},
            row->labelled,
            *n};
        (*n)++;
    }
    *n = merge_labels(boxes, *n);
    for (size_t i = 0; i < *n; i++)
        (*out)[i] = boxes[i].box;
    free(boxes);
    return SFD_OK;
}

sfd_status sfd_eval_box_files(sfd_eval_box_result *out, size_t *n_left_out, const char *truth,
                              const char *detections, const sfd_eval_person_settings *settings,
                              sfd_error *err)
{
    pair p = {0};
    sfd_eval_box *t = NULL, *d = NULL;
    size_t n_t, n_d, n_none = 0;
    *n_left_out = 0;
    sfd_status st = prepare(&p, truth, detections, false, settings, err);
    if (st == SFD_OK)
        st = make_boxes(&t, &n_t, &n_none, &p, &p.truth.rows, err);
    if (st == SFD_OK)
        st = make_boxes(&d, &n_d, n_left_out, &p, &p.result.rows, err);
    if (st == SFD_OK)
        st = finish_pair(&p, err);
    if (st == SFD_OK)
        st = sfd_eval_score_boxes(out, t, n_t, d, n_d, err);
    free(t);
    free(d);
    close_pair(&p);
    return st;
}

/* ------------------------------------------------------------------ tracks */

/* Ids belong to a video: within both files of a pair each (name, id) becomes a number. */
typedef struct person_key {
    size_t name;
    int64_t id;
} person_key;

static int compare_keys(const void *a, const void *b)
{
    const person_key *x = a, *y = b;
    if (x->name != y->name)
        return x->name < y->name ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static size_t distinct_keys(person_key *keys, const sfd_person_rows *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        keys[i] = (person_key){r->rows[i].picture.name, r->rows[i].id};
    if (r->n > 0)
        qsort(keys, r->n, sizeof *keys, compare_keys);
    for (size_t i = 0; i < r->n; i++)
        if (n == 0 || compare_keys(&keys[n - 1], &keys[i]) != 0)
            keys[n++] = keys[i];
    return n;
}

typedef struct numbered_track {
    sfd_eval_track_box box;
    const sfd_person_row *row;
} numbered_track;

static int by_frame_and_id(const void *a, const void *b)
{
    const sfd_eval_track_box *x = &((const numbered_track *)a)->box,
                             *y = &((const numbered_track *)b)->box;
    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int by_frame_id_and_place(const void *a, const void *b)
{
    const uint64_t x = ((const numbered_track *)a)->row->place,
                   y = ((const numbered_track *)b)->row->place;
    const int order = by_frame_and_id(a, b);
    return order ? order : (x > y) - (x < y);
}

static bool same_box(const sfd_eval_track_box *a, const sfd_eval_track_box *b)
{
    return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

/* In the file's words. */
static sfd_status tell_doubled(const side *s, const pair *p, const sfd_person_row *row,
                               const sfd_person_row *first, sfd_error *err)
{
    const char *what = s->root ? "annotation" : "line", *name = p->names.names[row->picture.name];
    char place[300];
    if (s->rows.is_mot)
        snprintf(place, sizeof place, "frame %.0f", row->picture.time);
    else if (p->key == SFD_PERSON_BY_TIME)
        snprintf(place, sizeof place, "%.200s at %.15g", name, row->picture.time);
    else if (*name)
        snprintf(place, sizeof place, "%.200s", name);
    else
        snprintf(place, sizeof place, "picture %.15g", row->picture.time);
    return sfd_fail(err, SFD_ERR_FORMAT,
                    "%s: %s %" PRIu64 ": person %" PRId64 " has a box in %s already, %s %" PRIu64,
                    s->rows.path, what, row->place, row->id, place, what, first->place);
}

/* AVA's truth repeats a box for every label; another box of a person in one frame is a bad row. */
static sfd_status merge_rows(side *s, const pair *p, numbered_track *boxes, size_t *n,
                             sfd_error *err)
{
    sfd_bad_rows *bad = &s->rows.bad;
    sfd_status st = SFD_OK;
    size_t n_kept = 0;
    if (*n > 0)
        qsort(boxes, *n, sizeof *boxes, by_frame_id_and_place);
    for (size_t i = 0; i < *n && st == SFD_OK; i++) {
        const numbered_track *kept = n_kept > 0 ? &boxes[n_kept - 1] : NULL;
        if (!kept || by_frame_and_id(kept, &boxes[i]) != 0) {
            boxes[n_kept++] = boxes[i];
        } else if (!same_box(&kept->box, &boxes[i].box)) {
            st = tell_doubled(s, p, boxes[i].row, kept->row, &bad->row);
            bad->n_good--;
            st = sfd_bad_rows_count(bad, st, err);
        }
    }
    *n = n_kept;
    return st;
}

/* Numbers of pictures and ids; what has none of them is left out. */
static size_t number_tracks(numbered_track *out, size_t *n_left_out, pair *p,
                            const sfd_person_rows *r, const person_key *keys, size_t n_keys)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        const sfd_person_row *row = &r->rows[i];
        const person_key key = {row->picture.name, row->id};
        const int64_t frame = picture_number(p, &row->picture);
        const bool followed = !r->is_mot || row->id >= 0;
        if (frame < 0 || !followed) {
            (*n_left_out)++;
            continue;
        }
        const person_key *found = bsearch(&key, keys, n_keys, sizeof key, compare_keys);
        out[n++] =
            (numbered_track){{frame, found - keys, row->x, row->y, row->width, row->height}, row};
    }
    return n;
}

static sfd_status make_tracks(sfd_eval_track_box **out, size_t *n, size_t *n_left_out, pair *p,
                              side *s, sfd_error *err)
{
    const sfd_person_rows *r = &s->rows;
    person_key *keys = sfd_malloc_array(r->n, sizeof *keys);
    numbered_track *boxes = sfd_malloc_array(r->n, sizeof *boxes);
    sfd_status st = SFD_OK;
    *out = sfd_malloc_array(r->n, sizeof **out);
    *n = 0;
    if (keys && boxes && *out) {
        const size_t n_keys = distinct_keys(keys, r);
        *n = number_tracks(boxes, n_left_out, p, r, keys, n_keys);
        st = merge_rows(s, p, boxes, n, err);
        for (size_t i = 0; i < *n; i++)
            (*out)[i] = boxes[i].box;
    } else {
        st = sfd_fail_nomem(err, r->path);
    }
    free(boxes);
    free(keys);
    return st;
}

sfd_status sfd_eval_track_files(sfd_eval_track_result *out, size_t *n_left_out, const char *truth,
                                const char *tracks, double iou,
                                const sfd_eval_person_settings *settings, sfd_error *err)
{
    pair p = {0};
    sfd_error inner = {0};
    sfd_eval_track_box *t = NULL, *r = NULL;
    size_t n_t, n_r, n_none = 0;
    *n_left_out = 0;
    sfd_status st = prepare(&p, truth, tracks, true, settings, err);
    if (st == SFD_OK)
        st = make_tracks(&t, &n_t, &n_none, &p, &p.truth, err);
    if (st == SFD_OK)
        st = make_tracks(&r, &n_r, n_left_out, &p, &p.result, err);
    if (st == SFD_OK)
        st = finish_pair(&p, err);
    if (st == SFD_OK)
        st = sfd_eval_score_tracks(out, t, n_t, r, n_r, iou, &inner);
    if (st != SFD_OK && inner.status != SFD_OK)
        st = sfd_fail(err, st, "%s and %s: %s", p.truth.rows.path, p.result.rows.path,
                      inner.message);
    free(t);
    free(r);
    close_pair(&p);
    return st;
}
