/* SPDX-License-Identifier: Apache-2.0 */
/* One part: what the journal has of it, the rest of its keyframes, its files. */
#include "base/clock.h"
#include "base/error.h"
#include "base/video_file.h"
#include "dataset/journal.h"
#include "dataset/work.h"

#include <sfdet/output.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_GAP_S 2 /* between boxes of a track */

typedef struct part_run {
    sfd_dataset *d;
    const sfd_part *part;
    sfd_source_video video;
    const char *id; /* in UTF-8 */
    char name[256]; /* for messages */
    const sfd_model_info *info;
    char *paths[SFD_PART_FILES], *journal_path;
    sfd_writer *writers[SFD_PART_FILES]; /* NULL where not wanted; tracks have none */
    sfd_journal *journal;
    size_t next;             /* keyframe to go on with */
    double before_s, from_s; /* of work; when this run began */
    sfd_part_end *end;
    const sfd_next_video *after; /* this part; NULL: not known */
    sfd_tracks *tracks;
    bool output_failed;
} part_run;

static bool follows(const sfd_dataset *d)
{
    return !d->s.proposals && d->find.track_fps > 0;
}

/* ------------------------------------------------------------------- writers */

static sfd_status make_paths(part_run *r, sfd_error *err)
{
    const sfd_dataset *d = r->d;
    bool ok = true;
    for (int i = 0; i < SFD_PART_FILES; i++) {
        r->paths[i] = sfd_part_path(d->folder, &d->set, r->part, sfd_part_suffixes[i]);
        ok = ok && r->paths[i];
    }
    r->journal_path = sfd_part_path(d->folder, &d->set, r->part, ".journal");
    return ok && r->journal_path ? SFD_OK : sfd_fail_nomem(err, r->id);
}

static sfd_status open_features(part_run *r, sfd_part_file kind, sfd_error *err)
{
    return sfd_writer_open_features(&r->writers[kind], r->paths[kind], r->d->s.model,
                                    r->d->s.feature_type, err);
}

static sfd_status open_writers(part_run *r, sfd_error *err)
{
    const sfd_dataset_settings *s = &r->d->s;
    sfd_writer_settings settings;
    sfd_writer_settings_defaults(&settings);
    settings.min_score = s->min_score;
    settings.top = s->top;
    sfd_status status = sfd_writer_open_csv(&r->writers[SFD_PART_CSV], r->paths[SFD_PART_CSV], err);
    if (status == SFD_OK && s->json)
        status = sfd_writer_open_json(&r->writers[SFD_PART_JSON], r->paths[SFD_PART_JSON],
                                      s->labels, s->min_score, err);
    if (status == SFD_OK && s->features)
        status = open_features(r, SFD_PART_FEATURES, err);
    if (status == SFD_OK && s->features_npz)
        status = open_features(r, SFD_PART_FEATURES_NPZ, err);
    for (int i = 0; i < SFD_PART_FILES && status == SFD_OK; i++)
        if (r->writers[i])
            status = sfd_writer_configure(r->writers[i], &settings, err);
    return status;
}

static sfd_status write_keyframe(part_run *r, const sfd_keyframe *k, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (int i = 0; i < SFD_PART_FILES && status == SFD_OK; i++)
        if (r->writers[i])
            status = sfd_writer_add(r->writers[i], k, err);
    r->output_failed |= status != SFD_OK;
    return status;
}

/* ------------------------------------------------------------------- journal */

/* Results are those of this text alone. A video that was replaced has another size. */
static char *describe_work(const part_run *r)
{
    const sfd_set_file *set = &r->d->set;
    int64_t n_bytes = 0, time_s;
    char *text;
    sfd_video_stamp(r->video.path, &n_bytes, &time_s);
    return asprintf(&text,
                    "journal 2 of %s\nmodel %s\noptions %s\nkeyframes %zu+%zu\noffset %a\n"
                    "bytes %lld\n",
                    r->id, set->model, set->options, r->part->first, r->part->n,
                    r->video.timestamp_offset_s, (long long)n_bytes) < 0
               ? NULL
               : text;
}

/* That keyframes come with. */
static int n_features(const part_run *r)
{
    const sfd_dataset_settings *s = &r->d->s;
    return s->features || s->features_npz ? r->info->n_features : 0;
}

static sfd_status replay(void *user, const sfd_settled *s, sfd_error *err)
{
    part_run *r = user;
    sfd_status status = SFD_OK;
    if (s->index < r->next ||
        (s->outcome == SFD_SETTLED_DONE && s->keyframe.n_persons > 0 &&
         (s->keyframe.n_classes != r->info->n_classes || s->keyframe.n_features != n_features(r))))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: is damaged at keyframe %llu", r->journal_path,
                        (unsigned long long)s->index);
    sfd_keyframe k = s->keyframe;
    k.video_id = r->video.id;
    k.class_ids = r->info->class_ids;
    if (s->outcome == SFD_SETTLED_DONE)
        status = write_keyframe(r, &k, err);
    if (s->outcome == SFD_SETTLED_FAILED)
        sfd_dataset_note_failure(r->d, s->message);
    r->end->n_done += s->outcome == SFD_SETTLED_DONE;
    r->end->n_failed += s->outcome == SFD_SETTLED_FAILED;
    r->end->n_empty += s->outcome == SFD_SETTLED_EMPTY;
    r->next = (size_t)s->index + 1;
    r->before_s = s->seconds;
    return status;
}

/* Where persons are followed, who is who depends on all that was seen: such a video begins anew. */
static sfd_status open_journal(part_run *r, sfd_error *err)
{
    const bool go_on = r->d->s.resume && !follows(r->d);
    char *work = describe_work(r);
    if (!work)
        return sfd_fail_nomem(err, r->id);
    const sfd_status status =
        sfd_journal_open(&r->journal, r->journal_path, work, go_on ? replay : NULL, r, err);
    free(work);
    return status;
}

/* ----------------------------------------------------------------- callbacks */

static sfd_status on_keyframe(void *user, const sfd_keyframe *k, sfd_error *err)
{
    part_run *r = user;
    sfd_status status = write_keyframe(r, k, err);
    if (status == SFD_OK)
        status = sfd_journal_done(r->journal, k, err);
    r->output_failed |= status != SFD_OK;
    r->end->n_done++;
    return status;
}

static void on_failure(void *user, const char *message)
{
    part_run *r = user;
    r->output_failed |= sfd_journal_failed(r->journal, message, NULL) != SFD_OK;
    r->end->n_failed++;
    sfd_dataset_note_failure(r->d, message);
}

static double seconds(const part_run *r)
{
    return r->before_s + sfd_clock_s() - r->from_s;
}

static sfd_status on_settled(void *user, size_t index, sfd_error *err)
{
    part_run *r = user;
    const sfd_status status = sfd_journal_settle(r->journal, index, seconds(r), err);
    r->output_failed |= status != SFD_OK;
    r->next = index + 1;
    r->end->n_now++;
    r->d->progress.n_done++;
    if (r->d->s.on_progress)
        r->d->s.on_progress(r->d->s.user, &r->d->progress);
    return status;
}

static void on_warning(void *user, const char *message)
{
    part_run *r = user;
    if (r->d->s.on_warning)
        r->d->s.on_warning(r->d->s.user, message);
}

static bool should_stop(void *user)
{
    part_run *r = user;
    return r->d->s.should_stop && r->d->s.should_stop(r->d->s.user);
}

/* ------------------------------------------------------------------- running */

static void fill_settings(part_run *r, sfd_detect_settings *s)
{
    const sfd_part *p = r->part;
    sfd_detect_settings_defaults(s);
    s->timestamp_offset_s = r->video.timestamp_offset_s;
    s->n_jobs = r->d->s.n_jobs;
    s->features = n_features(r) > 0;
    s->picture_fps = r->d->s.picture_fps;
    s->user = r;
    s->on_keyframe = on_keyframe;
    s->on_failure = on_failure;
    s->on_settled = on_settled;
    s->on_warning = on_warning;
    s->should_stop = should_stop;
    s->first_keyframe = r->next;
    s->n_keyframes = p->n > 0 ? p->first + p->n - r->next : 0;
    s->next = r->after;
}

/* A video that the boxes name, and that nobody is in, is one empty keyframe. */
static sfd_status run_given(part_run *r, sfd_detector *detector, const sfd_detect_settings *s,
                            sfd_detect_summary *done, sfd_error *err)
{
    const sfd_proposals *boxes = r->d->s.proposals;
    size_t n;
    const sfd_status status = sfd_proposals_count(boxes, r->video.id, &n, err);
    if (status != SFD_OK)
        return status;
    if (n == 0)
        r->end->n_empty = 1;
    return r->next < n
               ? sfd_detector_run_video(detector, r->video.path, r->video.id, boxes, s, done, err)
               : SFD_OK;
}

static sfd_status run_found(part_run *r, sfd_detector *detector, const sfd_detect_settings *s,
                            sfd_detect_summary *done, sfd_error *err)
{
    sfd_find_settings find = r->d->find;
    find.tracks = r->d->s.tracks ? &r->tracks : NULL;
    const sfd_status status = sfd_detector_find_and_run(detector, r->d->s.persons, r->video.path,
                                                        r->video.id, &find, s, done, err);
    r->end->n_empty += done->n_empty;
    return status;
}

static sfd_status run_rest(part_run *r, sfd_detector *detector, sfd_detect_summary *done,
                           sfd_error *err)
{
    const sfd_part *p = r->part;
    sfd_detect_settings s;
    if (p->n > 0 && r->next >= p->first + p->n)
        return SFD_OK;
    fill_settings(r, &s);
    return r->d->s.proposals ? run_given(r, detector, &s, done, err)
                             : run_found(r, detector, &s, done, err);
}

/* --------------------------------------------------------------------- files */

static sfd_status write_tracks(part_run *r, const sfd_detect_summary *done, sfd_error *err)
{
    sfd_video_facts facts = {.width = (int)done->width, .height = (int)done->height};
    sfd_mot_settings s;
    sfd_status status = SFD_OK;
    sfd_mot_settings_defaults(&s);
    if (facts.width == 0)
        status = sfd_video_look_up(&facts, r->video.path, should_stop, r, err);
    if (status == SFD_OK && !r->tracks && r->d->s.proposals)
        status =
            sfd_tracks_from_proposals(&r->tracks, r->d->s.proposals, r->video.id, MAX_GAP_S, err);
    if (status == SFD_OK && !r->tracks)
        status = sfd_tracks_make(&r->tracks, NULL, 0, MAX_GAP_S, err);
    s.width = facts.width;
    s.height = facts.height;
    s.timestamp_offset_s = r->video.timestamp_offset_s;
    return status == SFD_OK ? sfd_tracks_write_mot(r->tracks, r->paths[SFD_PART_TRACKS], &s, err)
                            : status;
}

static sfd_status complete_files(part_run *r, const sfd_detect_summary *done, sfd_part_record *rec,
                                 sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (int i = 0; i < SFD_PART_FILES && status == SFD_OK; i++) {
        const bool is_tracks = i == SFD_PART_TRACKS && r->d->s.tracks;
        if (r->writers[i])
            status = sfd_writer_commit(r->writers[i], err);
        else if (is_tracks)
            status = write_tracks(r, done, err);
        if (status == SFD_OK && (r->writers[i] || is_tracks))
            status = sfd_sha256_file(rec->sums[i], r->paths[i], err);
    }
    return status;
}

/* Of a part that failed, what is done is there, too. */
static sfd_status end_part(part_run *r, const sfd_detect_summary *done, const sfd_error *failure,
                           sfd_error *err)
{
    const sfd_set_file *set = &r->d->set;
    sfd_part_record rec = {.video = r->id,
                           .number = r->part->number,
                           .count = r->part->count,
                           .failed = r->end->failed,
                           .error = r->end->failed ? failure->message : NULL,
                           .n_done = r->end->n_done,
                           .n_failed = r->end->n_failed,
                           .n_empty = r->end->n_empty,
                           .seconds = seconds(r),
                           .cpu = r->info->cpu};
    const bool anything = r->end->n_done + r->end->n_empty > 0;
    sfd_status status = SFD_OK;
    memcpy(rec.model, set->model, sizeof rec.model);
    memcpy(rec.options, set->options, sizeof rec.options);
    if (!r->end->failed || anything)
        status = complete_files(r, done, &rec, err);
    if (status == SFD_OK)
        status = sfd_manifest_add(r->d->folder, &r->d->s.shard, &rec, err);
    if (status == SFD_OK) {
        sfd_journal_close(r->journal, !r->end->failed || !anything);
        r->journal = NULL;
    }
    return status;
}

static sfd_status fail_part(part_run *r, sfd_error *failure)
{
    char message[sizeof failure->message + sizeof r->name + 2];
    r->end->failed = true;
    snprintf(message, sizeof message, "%s: %s", r->name, failure->message);
    sfd_dataset_note_failure(r->d, message);
    return SFD_OK;
}

static bool ends_all(const part_run *r, sfd_status status)
{
    return r->output_failed || status == SFD_ERR_CANCELLED || status == SFD_ERR_NOMEM;
}

/* The status of this run; what is wrong with the video itself goes to *failure. */
static sfd_status run_part(part_run *r, sfd_detector *detector, sfd_error *err)
{
    sfd_error failure = {SFD_OK, ""};
    sfd_detect_summary done = {0};
    sfd_status status = make_paths(r, err);
    if (status == SFD_OK)
        status = open_writers(r, err);
    if (status != SFD_OK)
        return status;
    r->from_s = sfd_clock_s();
    status = open_journal(r, &failure);
    if (status == SFD_ERR_MISMATCH && !r->journal && !r->output_failed)
        return fail_part(r, &failure);
    if (status == SFD_OK)
        status = run_rest(r, detector, &done, &failure);
    else
        r->output_failed = true;
    if (status != SFD_OK && ends_all(r, status))
        return sfd_fail(err, status, "%s", failure.message);
    if (status != SFD_OK)
        fail_part(r, &failure);
    return end_part(r, &done, &failure, err);
}

sfd_status sfd_part_run(sfd_dataset *d, const sfd_part *p, sfd_detector *detector,
                        const sfd_next_video *after, sfd_part_end *end, sfd_error *err)
{
    part_run r = {.d = d,
                  .part = p,
                  .id = d->set.videos[p->video].id,
                  .info = sfd_model_get_info(d->s.model),
                  .next = p->first,
                  .after = after,
                  .end = end};
    *end = (sfd_part_end){0};
    sfd_sources_get(d->videos, p->video, &r.video);
    sfd_part_text(r.name, sizeof r.name, &d->set, p);
    const sfd_status status = run_part(&r, detector, err);
    sfd_journal_close(r.journal, false);
    for (int i = 0; i < SFD_PART_FILES; i++) {
        sfd_writer_free(r.writers[i]);
        free(r.paths[i]);
    }
    sfd_tracks_free(r.tracks);
    free(r.journal_path);
    return status;
}
