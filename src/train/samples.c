/* SPDX-License-Identifier: Apache-2.0 */
/* Reading ground truth and proposals into samples, and opening their frames. */
#include "train/samples.h"

#include "base/alloc.h"
#include "base/ava_row.h"
#include "base/bad_rows.h"
#include "base/box.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/name_table.h"
#include "base/text.h"
#include "base/timeline.h"
#include "base/video_file.h"
#include "boxes/proposals.h"
#include "input/sampling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIN_IOU    0.5
#define MIN_FIELDS 7

/* ------------------------------------------------------------------ putting together */

sfd_status sfd_samples_add_video(sfd_samples *s, const char *id, size_t length, size_t *video,
                                 sfd_error *err)
{
    if (!sfd_grow(&s->videos, &s->videos_alloc, s->n_videos, sizeof *s->videos))
        return sfd_fail_nomem(err, id);
    char *copy = sfd_malloc_array(length + 1, 1);
    if (!copy)
        return sfd_fail_nomem(err, id);
    memcpy(copy, id, length);
    copy[length] = '\0';
    *video = s->n_videos;
    s->videos[s->n_videos++] = (sfd_sample_video){.id = copy};
    return SFD_OK;
}

sfd_status sfd_samples_add(sfd_samples *s, size_t video, double timestamp_s, sfd_error *err)
{
    if (!sfd_grow(&s->items, &s->n_alloc, s->n, sizeof *s->items))
        return sfd_fail_nomem(err, s->videos[video].id);
    s->items[s->n++] = (sfd_sample){video, timestamp_s, s->n_boxes, 0};
    return SFD_OK;
}

sfd_status sfd_samples_add_box(sfd_samples *s, const sfd_box_norm *box, double score,
                               bool with_targets, sfd_error *err)
{
    const size_t before = s->boxes_alloc;
    bool ok = sfd_grow(&s->boxes, &s->boxes_alloc, s->n_boxes, sizeof *s->boxes);
    if (ok && with_targets && s->boxes_alloc != before) {
        float *t = sfd_malloc_array(s->boxes_alloc, s->n_classes * sizeof *t);
        ok = t != NULL;
        if (ok && s->targets)
            memcpy(t, s->targets, s->n_boxes * s->n_classes * sizeof *t);
        if (ok) {
            free(s->targets);
            s->targets = t;
        }
    }
    if (!ok)
        return sfd_fail_nomem(err, "boxes");
    if (with_targets)
        memset(s->targets + s->n_boxes * s->n_classes, 0, s->n_classes * sizeof *s->targets);
    s->boxes[s->n_boxes++] = (sfd_sample_box){*box, score};
    s->items[s->n - 1].n_boxes++;
    return SFD_OK;
}

/* ------------------------------------------------------------------ rows of the truth */

typedef struct truth_row {
    size_t video;
    double timestamp_s;
    sfd_box_norm box;
    size_t class_index;
    bool idle;  /* does nothing that there is a class for */
    bool empty; /* a keyframe, no box */
} truth_row;

typedef struct truth_reader {
    sfd_samples *s;
    const sfd_samples_settings *settings;
    sfd_bad_rows bad;
    sfd_name_table videos; /* places in s->videos */
    truth_row *rows;
    size_t n, n_alloc;
} truth_reader;

static sfd_status find_video(truth_reader *r, const sfd_csv_field *id, size_t *video,
                             sfd_error *err)
{
    if (sfd_name_table_find(&r->videos, id->text, video))
        return SFD_OK;
    sfd_status status = sfd_samples_add_video(r->s, id->text, id->length, video, err);
    if (status == SFD_OK && !sfd_name_table_add(&r->videos, r->s->videos[*video].id, *video))
        status = sfd_fail_nomem(err, id->text);
    return status;
}

static sfd_status parse_class(const truth_reader *r, const sfd_csv_row *row, truth_row *t,
                              sfd_error *err)
{
    const sfd_samples_settings *s = r->settings;
    int id;
    if (!s->labels)
        return SFD_OK;
    sfd_status status = sfd_ava_row_label(row, &id, err);
    t->idle = id == 0 && row->n_fields > SFD_AVA_LABEL && row->fields[SFD_AVA_LABEL].length == 0;
    if (status != SFD_OK || t->idle)
        return status;
    if (id < 1 || id > s->labels->max_id || !sfd_label_name(s->labels, (int)id))
        return sfd_csv_fail(err, row, 6, "action id", "on the label list");
    t->class_index = (size_t)(id - s->label_offset);
    if (id < s->label_offset || t->class_index >= s->n_classes)
        return sfd_csv_fail(err, row, 6, "action id", "one of the network's outputs");
    return SFD_OK;
}

static sfd_status read_box(const sfd_csv_row *row, truth_row *t, sfd_error *err)
{
    bool cut;
    sfd_status status =
        sfd_ava_row_check(row, "video_id,timestamp,x1,y1,x2,y2,action_id[,person_id]", err);
    return status == SFD_OK ? sfd_ava_row_box(row, &t->timestamp_s, &t->box, &cut, err) : status;
}

/* A box that cannot be used is left out; a label that cannot is another list's, and an error. */
static sfd_status on_truth_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    truth_reader *r = user;
    const sfd_csv_field *id = &row->fields[SFD_AVA_VIDEO];
    truth_row t = {.empty = sfd_ava_row_is_frame(row)}; /* a keyframe without people */
    if (t.empty && r->settings->labels)
        return SFD_OK;
    sfd_status status = t.empty ? sfd_ava_row_time(row, &t.timestamp_s, &r->bad.row)
                                : read_box(row, &t, &r->bad.row);
    if (status != SFD_OK)
        return sfd_bad_rows_count(&r->bad, status, err);
    r->bad.n_good++;
    status = t.empty ? SFD_OK : parse_class(r, row, &t, err);
    if (status == SFD_OK)
        status = find_video(r, id, &t.video, err);
    if (status == SFD_OK && !sfd_grow(&r->rows, &r->n_alloc, r->n, sizeof *r->rows))
        status = sfd_fail_nomem(err, row->path);
    if (status == SFD_OK)
        r->rows[r->n++] = t;
    return status;
}

static int compare_doubles(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_rows(const void *a, const void *b)
{
    const truth_row *x = a, *y = b;
    if (x->video != y->video)
        return x->video < y->video ? -1 : 1;
    const double left[] = {x->timestamp_s, x->box.x1, x->box.y1, x->box.x2, x->box.y2};
    const double right[] = {y->timestamp_s, y->box.x1, y->box.y1, y->box.x2, y->box.y2};
    for (size_t i = 0; i < 5; i++)
        if (compare_doubles(left[i], right[i]) != 0)
            return compare_doubles(left[i], right[i]);
    return (x->class_index > y->class_index) - (x->class_index < y->class_index);
}

/* ------------------------------------------------------------------ samples */

/* The box of the sample, ground truth only, that a proposal overlaps most, with IoU >= MIN_IOU; -1
 * when there is none. */
static ptrdiff_t best_overlap(const sfd_samples *s, const sfd_sample *sample,
                              const sfd_box_norm *box)
{
    ptrdiff_t best = -1;
    double most = 0;
    for (size_t j = sample->first_box; j < sample->first_box + sample->n_boxes; j++) {
        const double iou = sfd_box_iou(&s->boxes[j].box, box);
        if (iou >= MIN_IOU && iou > most) {
            most = iou;
            best = (ptrdiff_t)j;
        }
    }
    return best;
}

/* Adds to the last sample those proposals of its keyframe that overlap one of its boxes. */
static sfd_status add_matches(sfd_samples *s, const sfd_proposed_keyframe *k, sfd_error *err)
{
    const sfd_sample sample = s->items[s->n - 1];
    for (size_t i = 0; i < k->n_boxes; i++) {
        const ptrdiff_t best = best_overlap(s, &sample, &k->boxes[i].box);
        if (best < 0)
            continue;
        sfd_status status = sfd_samples_add_box(s, &k->boxes[i].box, k->boxes[i].score, true, err);
        if (status != SFD_OK)
            return status;
        memcpy(s->targets + (s->n_boxes - 1) * s->n_classes,
               s->targets + (size_t)best * s->n_classes, s->n_classes * sizeof *s->targets);
        s->n_matched++;
    }
    return SFD_OK;
}

static int compare_keyframe(const void *key, const void *keyframe)
{
    const double a = *(const double *)key,
                 b = ((const sfd_proposed_keyframe *)keyframe)->timestamp_s;
    return compare_doubles(a, b);
}

static sfd_status match_keyframe(sfd_samples *s, const sfd_proposals *p, sfd_error *err)
{
    sfd_proposed_video v;
    const sfd_sample *sample = &s->items[s->n - 1];
    if (!p || sfd_proposals_find(&v, p, s->videos[sample->video].id, NULL) != SFD_OK)
        return SFD_OK; /* a video whose people were not found */
    const sfd_proposed_keyframe *k = bsearch(&sample->timestamp_s, v.keyframes, v.n_keyframes,
                                             sizeof *v.keyframes, compare_keyframe);
    return k ? add_matches(s, k, err) : SFD_OK;
}

static bool same_box(const truth_row *a, const truth_row *b)
{
    return memcmp(&a->box, &b->box, sizeof a->box) == 0;
}

/* Sorted rows -> samples, boxes, labels; then each sample's proposals. */
static sfd_status group_rows(truth_reader *r, const sfd_proposals *p, sfd_error *err)
{
    sfd_samples *s = r->s;
    sfd_status status = SFD_OK;
    qsort(r->rows, r->n, sizeof *r->rows, compare_rows);
    for (size_t i = 0; status == SFD_OK && i < r->n; i++) {
        const truth_row *row = &r->rows[i], *before = i ? row - 1 : NULL;
        const bool new_frame =
            !before || before->video != row->video || before->timestamp_s != row->timestamp_s;
        if (new_frame && s->n > 0)
            status = match_keyframe(s, p, err);
        if (new_frame && status == SFD_OK)
            status = sfd_samples_add(s, row->video, row->timestamp_s, err);
        if (status != SFD_OK || row->empty)
            continue;
        if (new_frame || before->empty || !same_box(before, row))
            status = sfd_samples_add_box(s, &row->box, 1, true, err);
        if (status == SFD_OK && !row->idle)
            s->targets[(s->n_boxes - 1) * s->n_classes + row->class_index] = 1;
    }
    return status == SFD_OK && s->n > 0 ? match_keyframe(s, p, err) : status;
}

static sfd_status read_proposals(sfd_proposals **out, const sfd_samples *s,
                                 const sfd_samples_settings *settings, sfd_error *err)
{
    sfd_proposals_settings how;
    sfd_proposals_settings_defaults(&how);
    how.box_threshold = settings->box_threshold;
    const char **ids = sfd_malloc_array(s->n_videos, sizeof *ids);
    *out = NULL;
    if (!ids)
        return sfd_fail_nomem(err, settings->proposals);
    for (size_t i = 0; i < s->n_videos; i++)
        ids[i] = s->videos[i].id;
    sfd_status status = sfd_proposals_read(out, settings->proposals, ids, s->n_videos, &how, err);
    free(ids);
    return status;
}

static sfd_bad_rows how_to_tell(const sfd_samples_settings *settings)
{
    return (sfd_bad_rows){
        .strict = settings->strict, .user = settings->user, .on_warning = settings->on_warning};
}

static sfd_status read_truth(truth_reader *r, sfd_error *err)
{
    sfd_status status = sfd_ava_read(r->settings->truth, on_truth_row, r, NULL, err);
    if (status == SFD_OK)
        status = sfd_bad_rows_end(&r->bad, r->settings->truth, err);
    if (status == SFD_OK && r->n == 0)
        status = sfd_fail(err, SFD_ERR_MISMATCH, "%s: no labelled box", r->settings->truth);
    return status;
}

sfd_status sfd_samples_read(sfd_samples *s, const sfd_samples_settings *settings, sfd_error *err)
{
    truth_reader r = {.s = s, .settings = settings, .bad = how_to_tell(settings)};
    sfd_proposals *p = NULL;
    *s = (sfd_samples){.n_classes = settings->n_classes};
    sfd_status status = read_truth(&r, err);
    if (status == SFD_OK && settings->proposals)
        status = read_proposals(&p, s, settings, err);
    if (status == SFD_OK)
        status = group_rows(&r, p, err);
    if (status == SFD_OK && settings->proposals && s->n_matched == 0)
        status = sfd_fail(err, SFD_ERR_MISMATCH,
                          "%s: no box (score >= %g) overlaps a box of %s with IoU >= 0.5: do video "
                          "ids, timestamps and corners belong together?",
                          settings->proposals, settings->box_threshold, settings->truth);
    sfd_proposals_free(p);
    sfd_name_table_free(&r.videos);
    free(r.rows);
    return status;
}

static sfd_status add_video_proposals(sfd_samples *s, size_t video, const sfd_proposals *p,
                                      sfd_error *err)
{
    sfd_proposed_video v;
    if (sfd_proposals_find(&v, p, s->videos[video].id, NULL) != SFD_OK)
        return SFD_OK;
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < v.n_keyframes; i++) {
        status = sfd_samples_add(s, video, v.keyframes[i].timestamp_s, err);
        for (size_t j = 0; status == SFD_OK && j < v.keyframes[i].n_boxes; j++)
            status = sfd_samples_add_box(s, &v.keyframes[i].boxes[j].box,
                                         v.keyframes[i].boxes[j].score, false, err);
    }
    return status;
}

sfd_status sfd_samples_read_proposals(sfd_samples *s, const sfd_samples_settings *settings,
                                      sfd_error *err)
{
    truth_reader r = {.s = s, .settings = settings, .bad = how_to_tell(settings)};
    sfd_proposals *p = NULL;
    *s = (sfd_samples){.n_classes = settings->n_classes};
    sfd_status status = read_truth(&r, err);
    if (status == SFD_OK)
        status = read_proposals(&p, s, settings, err);
    for (size_t i = 0; status == SFD_OK && i < s->n_videos; i++)
        status = add_video_proposals(s, i, p, err);
    if (status == SFD_OK && s->n == 0)
        status = sfd_fail(err, SFD_ERR_MISMATCH, "%s: no box (score >= %g) of a video in %s",
                          settings->proposals, settings->box_threshold, settings->truth);
    sfd_proposals_free(p);
    sfd_name_table_free(&r.videos);
    free(r.rows);
    return status;
}

void sfd_samples_free(sfd_samples *s)
{
    for (size_t i = 0; i < s->n_videos; i++) {
        sfd_frame_cache_close(&s->videos[i].frames);
        sfd_sound_cache_close(&s->videos[i].sound);
        free(s->videos[i].id);
    }
    free(s->videos);
    free(s->items);
    free(s->boxes);
    free(s->targets);
    *s = (sfd_samples){0};
}

size_t sfd_samples_count(const sfd_samples *s, size_t k)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_boxes; i++)
        n += s->targets[i * s->n_classes + k] > 0;
    return n;
}

/* ------------------------------------------------------------------ frames */

static bool fits(int length)
{
    return length > 0 && length < SFD_MAX_SAMPLE_PATH;
}

bool sfd_samples_find_video(char *path, const sfd_samples *s, size_t video, const char *dir)
{
    const char *id = s->videos[video].id;
    if (s->whole_videos) {
        const bool relative = dir && *id != '/';
        const int n = snprintf(path, SFD_MAX_SAMPLE_PATH, "%s%s%s", relative ? dir : "",
                               relative ? "/" : "", id);
        return fits(n) && (sfd_is_picture_path(path) || access(path, R_OK) == 0);
    }
    return sfd_find_video_file(path, SFD_MAX_SAMPLE_PATH, dir, id);
}

sfd_status sfd_samples_find_videos(const sfd_samples *s, const sfd_samples_frames *f,
                                   sfd_error *err)
{
    char path[SFD_MAX_SAMPLE_PATH];
    const char *first = NULL;
    size_t n = 0;
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < s->n_videos; i++)
        if (sfd_samples_find_video(path, s, i, f->videos_dir)) {
            status = sfd_read_files_add(f->read, path, err);
        } else {
            first = first ? first : s->videos[i].id;
            n++;
        }
    if (status != SFD_OK || n == 0)
        return status;
    return sfd_fail(err, SFD_ERR_IO, "%s: %zu of %zu video%s %s missing, the first is %s%s",
                    f->videos_dir ? f->videos_dir : ".", n, s->n_videos, sfd_plural(s->n_videos),
                    n == 1 ? "is" : "are", first, s->whole_videos ? "" : ".mp4");
}

static int greatest_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return (int)a;
}

/* The first sample of a video; they lie video by video. */
static size_t first_sample(const sfd_samples *s, size_t video)
{
    size_t low = 0, high = s->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->items[middle].video < video)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Distance of the keyframes of this video. */
static int picture_step(const sfd_samples *s, size_t video, const sfd_samples_frames *f)
{
    int64_t step = 0;
    for (size_t i = first_sample(s, video); i < s->n && s->items[i].video == video; i++) {
        const int64_t frame = sfd_timeline_frame(s->items[i].timestamp_s - f->timestamp_offset_s);
        step = greatest_divisor(frame < 0 ? -frame : frame, step);
    }
    return step > 0 && step < SFD_TIMELINE_FPS * 3600 ? (int)step : SFD_TIMELINE_FPS;
}

/* Distance of the frames that clips of this video can need, shifted by multiples of the sampling
 * rate. */
static int frame_step(const sfd_samples *s, size_t video, const sfd_samples_frames *f)
{
    int64_t centre, step = f->config->sampling_rate;
    sfd_net_config c = *f->config;
    c.num_frames = 1; /* only the centre is asked for */
    const int64_t half = (int64_t)f->config->num_frames * f->config->sampling_rate / 2;
    if (s->whole_videos)
        return (int)step;
    if (f->pictures)
        return picture_step(s, video, f);
    for (size_t i = first_sample(s, video); i < s->n && s->items[i].video == video; i++) {
        int64_t frame;
        sfd_clip_frames(&c, s->items[i].timestamp_s - f->timestamp_offset_s, 0, &frame, &centre);
        const int64_t first = centre + c.centre_offset_frames - half;
        step = greatest_divisor(first < 0 ? -first : first, step);
    }
    return (int)step;
}

size_t sfd_clip_starts(const sfd_net_config *c, int64_t n_frames)
{
    const int64_t spare = n_frames - ((int64_t)(c->num_frames - 1) * c->sampling_rate + 1);
    return spare > 0 ? (size_t)(spare / c->sampling_rate) + 1 : 1;
}

double sfd_clip_time(const sfd_net_config *c, size_t k)
{
    const int64_t half = (int64_t)c->num_frames * c->sampling_rate / 2;
    return (double)((int64_t)k * c->sampling_rate + half - c->centre_offset_frames) /
           SFD_TIMELINE_FPS;
}

bool sfd_samples_cache_path(char *path, const char *id, const char *ending,
                            const sfd_samples_frames *f)
{
    const int n = snprintf(path, SFD_MAX_SAMPLE_PATH, "%s/%s.%s", f->cache_dir, id, ending);
    for (char *c = path + strlen(f->cache_dir) + 1; fits(n) && *c; c++)
        *c = *c == '/' ? '@' : *c;
    return fits(n);
}

/* Both sets may have the video, in other sizes and at other distances. */
static bool make_cache_path(char *cache, const char *id, int step, const sfd_samples_frames *f)
{
    char ending[48];
    snprintf(ending, sizeof ending, "%d.%d.frames", f->short_side, step);
    return sfd_samples_cache_path(cache, id, ending, f);
}

/* Keeps the last of the samples kept so far. */
static void keep_sample(sfd_samples *s, const sfd_sample *sample)
{
    const size_t k = s->n_classes, first = s->n_boxes;
    memmove(s->boxes + first, s->boxes + sample->first_box, sample->n_boxes * sizeof *s->boxes);
    if (s->targets)
        memmove(s->targets + first * k, s->targets + sample->first_box * k,
                sample->n_boxes * k * sizeof *s->targets);
    s->items[s->n++] = (sfd_sample){sample->video, sample->timestamp_s, first, sample->n_boxes};
    s->n_boxes += sample->n_boxes;
}

static sfd_status check_keyframe(const sfd_samples *s, const sfd_sample *sample,
                                 const sfd_samples_frames *f, sfd_error *err)
{
    const sfd_sample_video *v = &s->videos[sample->video];
    const int64_t frame = sfd_timeline_frame(sample->timestamp_s - f->timestamp_offset_s);
    char time[SFD_DECIMAL_CHARS];
    sfd_format_short(time, sample->timestamp_s);
    if (frame < 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: timestamp %s lies before the start of the video",
                        v->id, time);
    if (frame >= v->frames.header.n_frames)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: timestamp %s (frame %lld) lies past the end of the video of %.2f s",
                        v->id, time, (long long)frame,
                        sfd_timeline_time(v->frames.header.n_frames));
    return SFD_OK;
}

/* A clip around a keyframe that the video does not have would repeat one picture. */
static sfd_status leave_out_missing(sfd_samples *s, const sfd_samples_frames *f, sfd_error *err)
{
    sfd_bad_rows keyframes = {.strict = f->strict, .user = f->user, .on_warning = f->on_warning};
    const size_t n = s->n;
    sfd_status status = SFD_OK;
    s->n = s->n_boxes = 0;
    for (size_t i = 0; status == SFD_OK && i < n; i++) {
        const sfd_sample sample = s->items[i];
        const size_t n_bad = keyframes.n_bad;
        status = sfd_bad_rows_count(&keyframes, check_keyframe(s, &sample, f, &keyframes.row), err);
        if (status == SFD_OK && keyframes.n_bad == n_bad)
            keep_sample(s, &sample);
    }
    if (status != SFD_OK || n == 0)
        return status;
    if (s->n == 0)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s; no keyframe lies in its video: timestamps of a longer movie need a "
                        "timestamp offset",
                        keyframes.bad[0].message);
    sfd_bad_rows_tell(&keyframes, "keyframes");
    return SFD_OK;
}

sfd_status sfd_samples_open_frames(sfd_samples *s, const sfd_samples_frames *f, sfd_error *err)
{
    char path[SFD_MAX_SAMPLE_PATH], cache[SFD_MAX_SAMPLE_PATH];
    sfd_status status = SFD_OK;
    sfd_cache_source source = {.config = f->config,
                               .short_side = f->short_side,
                               .picture_fps = f->picture_fps,
                               .should_stop = f->should_stop,
                               .on_warning = f->on_warning,
                               .user = f->user};
    for (size_t i = 0; status == SFD_OK && i < s->n_videos; i++) {
        source.step = frame_step(s, i, f);
        sfd_samples_find_video(path, s, i, f->videos_dir);
        if (!make_cache_path(cache, s->videos[i].id, source.step, f))
            return sfd_fail(err, SFD_ERR_ARG, "%s: path too long", f->cache_dir);
        status = sfd_read_files_refuse(f->read, cache, err);
        if (status == SFD_OK)
            status = sfd_frame_cache_open(&s->videos[i].frames, path, cache, &source, err);
        if (status == SFD_OK && f->on_progress)
            f->on_progress(f->user, i + 1, s->n_videos);
    }
    for (size_t i = 0; status == SFD_OK && s->whole_videos && i < s->n; i++) {
        const int64_t n_frames = s->videos[s->items[i].video].frames.header.n_frames;
        s->items[i].timestamp_s =
            f->timestamp_offset_s +
            sfd_clip_time(f->config, (sfd_clip_starts(f->config, n_frames) - 1) / 2);
    }
    return status == SFD_OK && !s->whole_videos ? leave_out_missing(s, f, err) : status;
}
