/* SPDX-License-Identifier: Apache-2.0 */
/* Person boxes by video and keyframe. */
#include "boxes/proposals.h"

#include "base/alloc.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/video_name.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BLOCK_BYTES 65536
#define MAX_SEEN_IDS     6 /* named in the message about a missing video */
#define MAX_ID_CHARS     64
#define MAX_PATH_CHARS   255 /* of ids that are paths */

/* Texts never move, so that boxes can point at them while the collection grows. */
typedef struct text_block {
    struct text_block *next;
    size_t n_used, n_bytes;
    char bytes[];
} text_block;

typedef struct video {
    char *id;
    sfd_proposed_box *boxes;
    size_t n_boxes, n_alloc;
    sfd_proposed_keyframe *keyframes;
    size_t n_keyframes;
    double best_dropped_score;     /* -1: none dropped */
    bool named;                    /* in the source, be there boxes or not */
    char path[MAX_PATH_CHARS + 1]; /* its id there, "" until it was met */
} video;

struct sfd_proposals {
    char *origin;
    double box_threshold;
    bool keep_best;
    sfd_bad_rows rows;
    sfd_proposals_counts counts;
    video *videos; /* sorted by id */
    size_t n_videos;
    video *current;  /* asked for by the last sfd_proposals_wants */
    sfd_error clash; /* of two ids that stand for the same video */
    text_block *texts;
    char seen[MAX_SEEN_IDS][MAX_ID_CHARS + 1]; /* ids in the source, cut */
    size_t n_seen;
};

void sfd_proposals_settings_defaults_sized(sfd_proposals_settings *s, size_t struct_size)
{
    const sfd_proposals_settings defaults = {.box_threshold = 0.8};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

void sfd_proposals_free(sfd_proposals *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n_videos; i++) {
        free(p->videos[i].id);
        free(p->videos[i].boxes);
        free(p->videos[i].keyframes);
    }
    for (text_block *b = p->texts, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(p->videos);
    free(p->origin);
    free(p);
}

static int compare_videos(const void *a, const void *b)
{
    return strcmp(((const video *)a)->id, ((const video *)b)->id);
}

static sfd_status add_videos(sfd_proposals *p, const char *const *ids, size_t n, sfd_error *err)
{
    p->videos = sfd_calloc(n, sizeof *p->videos);
    if (!p->videos)
        return sfd_fail_nomem(err, p->origin);
    for (size_t i = 0; i < n; i++) {
        p->videos[i].best_dropped_score = -1;
        p->videos[i].id = sfd_strdup(ids[i]);
        if (!p->videos[i].id)
            return sfd_fail_nomem(err, p->origin);
        p->n_videos++;
    }
    qsort(p->videos, n, sizeof *p->videos, compare_videos);
    return SFD_OK;
}

sfd_status sfd_proposals_begin(sfd_proposals **out, const char *origin,
                               const char *const *video_ids, size_t n_video_ids,
                               const sfd_proposals_settings *settings, sfd_error *err)
{
    *out = NULL;
    if (n_video_ids == 0)
        return sfd_fail(err, SFD_ERR_ARG, "%s: no video named to read boxes for", origin);
    if (isnan(settings->box_threshold))
        return sfd_fail(err, SFD_ERR_ARG, "%s: the box threshold is not a number", origin);
    sfd_proposals *p = sfd_calloc(1, sizeof *p);
    if (!p)
        return sfd_fail_nomem(err, origin);
    p->box_threshold = settings->box_threshold;
    p->keep_best = settings->keep_best;
    p->rows = (sfd_bad_rows){
        .strict = settings->strict, .user = settings->user, .on_warning = settings->on_warning};
    p->origin = sfd_strdup(origin);
    sfd_status status =
        p->origin ? add_videos(p, video_ids, n_video_ids, err) : sfd_fail_nomem(err, origin);
    if (status != SFD_OK) {
        sfd_proposals_free(p);
        return status;
    }
    *out = p;
    return SFD_OK;
}

static bool same_id(const char *id, const char *text, size_t length)
{
    return strlen(id) == length && memcmp(id, text, length) == 0;
}

static void note_seen(sfd_proposals *p, const char *id, size_t length)
{
    if (p->n_seen == MAX_SEEN_IDS)
        return;
    if (length > MAX_ID_CHARS)
        length = MAX_ID_CHARS;
    for (size_t i = p->n_seen; i-- > 0;)
        if (same_id(p->seen[i], id, length))
            return;
    memcpy(p->seen[p->n_seen++], id, length);
}

/* In strcmp's order; `text` may contain zeros. */
static int compare_id(const char *id, const char *text, size_t length)
{
    size_t n = strlen(id);
    int order = memcmp(id, text, n < length ? n : length);
    return order ? order : (n > length) - (n < length);
}

static video *find_video(const sfd_proposals *p, const char *id, size_t length)
{
    size_t low = 0, high = p->n_videos;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_id(p->videos[middle].id, id, length);
        if (order == 0)
            return &p->videos[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* MultiSports' ids are paths, "folder/video.mp4": the name of the file is the video's. */
static video *find_path(sfd_proposals *p, const char *path, size_t length)
{
    char text[MAX_PATH_CHARS + 1];
    if (length > MAX_PATH_CHARS || memchr(path, '\0', length))
        return NULL;
    memcpy(text, path, length);
    text[length] = '\0';
    const char *slash = strrchr(text, '/'), *name = slash ? slash + 1 : text;
    const char *dot = strrchr(name, '.');
    const bool is_file = dot && dot > name && sfd_is_video_name(name);
    if (!slash && !is_file)
        return NULL;
    return find_video(p, name, is_file ? (size_t)(dot - name) : strlen(name));
}

/* Two videos under one id would be taken for one. */
static void note_path(sfd_proposals *p, video *v, const char *path, size_t length)
{
    if (!*v->path) {
        memcpy(v->path, path, length);
        v->path[length] = '\0';
    } else if (!same_id(v->path, path, length) && p->clash.status == SFD_OK) {
        sfd_fail(&p->clash, SFD_ERR_MISMATCH,
                 "%s: boxes for \"%s\" and for \"%.*s\": which of them is video \"%s\"?", p->origin,
                 v->path, (int)length, path, v->id);
    }
}

bool sfd_proposals_wants(sfd_proposals *p, const char *video_id, size_t length)
{
    note_seen(p, video_id, length);
    if (p->current && same_id(p->current->path, video_id, length))
        return true;
    p->current = find_video(p, video_id, length);
    if (!p->current)
        p->current = find_path(p, video_id, length);
    if (p->current && length <= MAX_PATH_CHARS)
        note_path(p, p->current, video_id, length);
    return p->current != NULL;
}

void sfd_proposals_name(sfd_proposals *p, const char *video_id, size_t length)
{
    if (sfd_proposals_wants(p, video_id, length))
        p->current->named = true;
}

bool sfd_proposals_has(const sfd_proposals *p, const char *video_id)
{
    return find_video(p, video_id, strlen(video_id)) != NULL;
}

sfd_bad_rows *sfd_proposals_rows(sfd_proposals *p)
{
    return &p->rows;
}

sfd_proposals_counts *sfd_proposals_counting(sfd_proposals *p)
{
    return &p->counts;
}

/* Room for n bytes, NULL when memory is out. */
static char *text_room(sfd_proposals *p, size_t n)
{
    text_block *b = p->texts;
    if (!b || b->n_bytes - b->n_used < n) {
        size_t n_bytes = n > TEXT_BLOCK_BYTES ? n : TEXT_BLOCK_BYTES;
        b = malloc(sizeof *b + n_bytes);
        if (!b)
            return NULL;
        *b = (text_block){.next = p->texts, .n_bytes = n_bytes};
        p->texts = b;
    }
    char *room = b->bytes + b->n_used;
    b->n_used += n;
    return room;
}

static const char *keep_text(sfd_proposals *p, const char *text)
{
    size_t n = strlen(text) + 1;
    char *room = text_room(p, n);
    return room ? memcpy(room, text, n) : NULL;
}

static const char *keep_joined(sfd_proposals *p, const char *const corners[4])
{
    size_t length[4], n = 0;
    for (int i = 0; i < 4; i++)
        n += (length[i] = strlen(corners[i])) + 1;
    char *room = text_room(p, n), *at = room;
    if (!room)
        return NULL;
    for (int i = 0; i < 4; i++) {
        memcpy(at, corners[i], length[i]);
        at += length[i];
        *at++ = i < 3 ? ',' : '\0';
    }
    return room;
}

/* A corner that was clipped cannot keep its spelling. */
static const char *keep_corners(sfd_proposals *p, const sfd_box_to_add *b)
{
    const double value[4] = {b->box.x1, b->box.y1, b->box.x2, b->box.y2};
    const char *corners[4];
    for (int i = 0; i < 4; i++)
        corners[i] = b->cut && value[i] == 0 ? "0" : b->cut && value[i] == 1 ? "1" : b->corners[i];
    return keep_joined(p, corners);
}

/* Rows of one timestamp follow each other in every known file: its text is kept once for them. */
static const char *keep_timestamp(sfd_proposals *p, const video *v, const char *text)
{
    const char *last = v->n_boxes ? v->boxes[v->n_boxes - 1].timestamp_text : NULL;
    return last && strcmp(last, text) == 0 ? last : keep_text(p, text);
}

static void drop(sfd_proposals *p, video *v, double score)
{
    v->best_dropped_score = fmax(v->best_dropped_score, score);
    p->counts.n_below++;
}

sfd_status sfd_proposals_add(sfd_proposals *p, const sfd_box_to_add *box, sfd_error *err)
{
    video *v = p->current;
    p->counts.n_cut += box->cut;
    if (!box->undecided && !p->keep_best && box->score < p->box_threshold) {
        drop(p, v, box->score);
        return SFD_OK;
    }
    if (!sfd_grow(&v->boxes, &v->n_alloc, v->n_boxes, sizeof *v->boxes))
        return sfd_fail_nomem(err, p->origin);
    sfd_proposed_box *b = &v->boxes[v->n_boxes];
    *b = (sfd_proposed_box){.timestamp_s = box->timestamp_s,
                            .box = box->box,
                            .score = box->score,
                            .person_id = box->person_id,
                            .has_person_id = box->has_person_id,
                            .undecided = box->undecided,
                            .apart = box->apart,
                            .timestamp_text = keep_timestamp(p, v, box->timestamp_text),
                            .box_text = keep_corners(p, box),
                            .order = v->n_boxes};
    if (!b->timestamp_text || !b->box_text)
        return sfd_fail_nomem(err, p->origin);
    v->n_boxes++;
    return SFD_OK;
}

static void settle_video(sfd_proposals *p, video *v, bool are_ids)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n_boxes; i++) {
        sfd_proposed_box b = v->boxes[i];
        if (b.undecided && are_ids)
            b.score = 1;
        else if (b.undecided)
            b.person_id = 0, b.has_person_id = false;
        if (b.undecided && !p->keep_best && b.score < p->box_threshold)
            drop(p, v, b.score);
        else
            v->boxes[n++] = b;
    }
    v->n_boxes = n;
}

void sfd_proposals_settle(sfd_proposals *p, bool are_ids)
{
    for (size_t i = 0; i < p->n_videos; i++)
        settle_video(p, &p->videos[i], are_ids);
}

static int compare(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_order(const sfd_proposed_box *x, const sfd_proposed_box *y)
{
    return (x->order > y->order) - (x->order < y->order);
}

static int by_text(const void *a, const void *b)
{
    const sfd_proposed_box *x = a, *y = b;
    int order = compare(x->timestamp_s, y->timestamp_s);
    if (order == 0)
        order = strcmp(x->box_text, y->box_text);
    if (!order)
        order = x->has_person_id != y->has_person_id
                    ? (x->has_person_id ? -1 : 1)
                    : (x->person_id > y->person_id) - (x->person_id < y->person_id);
    return order ? order : compare_order(x, y);
}

static int by_appearance(const void *a, const void *b)
{
    const sfd_proposed_box *x = a, *y = b;
    int order = compare(x->timestamp_s, y->timestamp_s);
    return order ? order : compare_order(x, y);
}

/* MMAction2's rule: the threshold of a timestamp is its best score, where that is lower. */
static void drop_all_but_best(sfd_proposals *p, video *v)
{
    size_t n = 0;
    qsort(v->boxes, v->n_boxes, sizeof *v->boxes, by_appearance);
    for (size_t first = 0, end; first < v->n_boxes; first = end) {
        double best = v->boxes[first].score;
        for (end = first + 1;
             end < v->n_boxes && v->boxes[end].timestamp_s == v->boxes[first].timestamp_s; end++)
            best = fmax(best, v->boxes[end].score);
        const double threshold = fmin(best, p->box_threshold);
        for (size_t i = first; i < end; i++) {
            if (v->boxes[i].score < threshold)
                drop(p, v, v->boxes[i].score);
            else
                v->boxes[n++] = v->boxes[i];
        }
    }
    v->n_boxes = n;
}

/* Rows of one box for its labels. Two ids are two persons, wherever they stand. */
static bool same_person(const sfd_proposed_box *a, const sfd_proposed_box *b)
{
    if (a->apart && b->apart && !a->has_person_id && !b->has_person_id)
        return false;
    return a->timestamp_s == b->timestamp_s && strcmp(a->box_text, b->box_text) == 0 &&
           (!a->has_person_id || !b->has_person_id || a->person_id == b->person_id);
}

static void merge_duplicates(video *v)
{
    size_t n = 0;
    qsort(v->boxes, v->n_boxes, sizeof *v->boxes, by_text);
    for (size_t i = 0; i < v->n_boxes; i++) {
        const sfd_proposed_box *b = &v->boxes[i], *kept = n ? &v->boxes[n - 1] : NULL;
        if (!kept || !same_person(kept, b))
            v->boxes[n++] = *b;
    }
    v->n_boxes = n;
    qsort(v->boxes, v->n_boxes, sizeof *v->boxes, by_appearance);
}

static bool group_keyframes(video *v)
{
    size_t n_alloc = 0;
    for (size_t i = 0; i < v->n_boxes; i++) {
        sfd_proposed_keyframe *last = v->n_keyframes ? &v->keyframes[v->n_keyframes - 1] : NULL;
        if (last && last->timestamp_s == v->boxes[i].timestamp_s) {
            last->n_boxes++;
            continue;
        }
        if (!sfd_grow(&v->keyframes, &n_alloc, v->n_keyframes, sizeof *v->keyframes))
            return false;
        v->keyframes[v->n_keyframes++] =
            (sfd_proposed_keyframe){v->boxes[i].timestamp_s, 1, &v->boxes[i]};
    }
    return true;
}

sfd_status sfd_proposals_finish(sfd_proposals **out, sfd_proposals *p, sfd_status status,
                                sfd_error *err)
{
    if (status == SFD_OK && p->clash.status != SFD_OK)
        status = sfd_fail(err, p->clash.status, "%s", p->clash.message);
    for (size_t i = 0; i < p->n_videos && status == SFD_OK; i++) {
        if (p->videos[i].n_boxes == 0)
            continue;
        if (p->keep_best)
            drop_all_but_best(p, &p->videos[i]);
        merge_duplicates(&p->videos[i]);
        p->counts.n_boxes += p->videos[i].n_boxes;
        if (!group_keyframes(&p->videos[i]))
            status = sfd_fail_nomem(err, p->origin);
    }
    if (status != SFD_OK) {
        sfd_proposals_free(p);
        return status;
    }
    *out = p;
    return SFD_OK;
}

static sfd_status fail_unknown_video(const sfd_proposals *p, const char *video_id, sfd_error *err)
{
    if (p->n_seen == 0)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: no boxes in it, wanted some for video \"%s\"",
                        p->origin, video_id);
    for (size_t i = 0; i < p->n_seen; i++)
        if (strncmp(p->seen[i], video_id, MAX_ID_CHARS) == 0)
            return sfd_fail(err, SFD_ERR_MISMATCH, "%s: no box for video \"%s\" at any keyframe",
                            p->origin, video_id);
    char list[MAX_SEEN_IDS * (MAX_ID_CHARS + 4) + 1] = "";
    for (size_t i = 0; i < p->n_seen && i + 1 < MAX_SEEN_IDS; i++) {
        strcat(list, i ? ", \"" : "\"");
        strcat(list, p->seen[i]);
        strcat(list, "\"");
    }
    return sfd_fail(err, SFD_ERR_MISMATCH, "%s: no box for video \"%s\"; it has boxes for %s%s",
                    p->origin, video_id, list, p->n_seen == MAX_SEEN_IDS ? " and others" : "");
}

sfd_status sfd_proposals_find(sfd_proposed_video *out, const sfd_proposals *p, const char *video_id,
                              sfd_error *err)
{
    const video *v = find_video(p, video_id, strlen(video_id));
    *out = (sfd_proposed_video){.video_id = video_id};
    if (!v || (v->n_boxes == 0 && v->best_dropped_score < 0 && !v->named))
        return fail_unknown_video(p, video_id, err);
    char threshold[SFD_DECIMAL_CHARS], best[SFD_DECIMAL_CHARS];
    if (v->n_boxes == 0 && v->best_dropped_score >= 0)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: no box for video \"%s\" scores %s or more; the best has %s", p->origin,
                        video_id, sfd_format_short(threshold, p->box_threshold),
                        sfd_format_short(best, v->best_dropped_score));
    out->n_keyframes = v->n_keyframes;
    out->keyframes = v->keyframes;
    return SFD_OK;
}

sfd_status sfd_proposals_count(const sfd_proposals *p, const char *video_id, size_t *n,
                               sfd_error *err)
{
    sfd_proposed_video v;
    sfd_status status = sfd_proposals_find(&v, p, video_id, err);
    *n = v.n_keyframes;
    return status;
}

void sfd_proposals_get_counts(const sfd_proposals *p, sfd_proposals_counts *counts)
{
    *counts = p->counts;
    counts->n_unusable = p->rows.n_bad;
}
