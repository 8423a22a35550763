/* SPDX-License-Identifier: Apache-2.0 */
/* A data set and its folder: what belongs to it, what is done, what this shard does. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/name_table.h"
#include "base/settings.h"
#include "dataset/inputs.h"
#include "dataset/journal.h"
#include "dataset/shard.h"
#include "pipeline/picture_persons.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void sfd_dataset_settings_defaults_sized(sfd_dataset_settings *s, size_t struct_size)
{
    const sfd_dataset_settings defaults = {.shard = {.count = 1}, .n_jobs = 1};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

void sfd_dataset_free(sfd_dataset *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->n_failures; i++)
        free(d->failures[i]);
    free(d->failures);
    sfd_set_file_free(&d->set);
    free(d->own);
    free(d->folder);
    free(d);
}

static sfd_status check(const sfd_dataset *d, sfd_error *err)
{
    const sfd_dataset_settings *s = &d->s;
    const bool followed = !s->proposals && d->find.track_fps > 0;
    if (!s->model || (!s->proposals && !s->persons) || (s->json && !s->labels))
        return sfd_fail(err, SFD_ERR_ARG,
                        "data set: a model, boxes or a person detector, and labels are needed");
    if (s->shard.count < 1 || s->shard.index >= s->shard.count)
        return sfd_fail(err, SFD_ERR_ARG, "data set: shard %zu of %zu, counted from 0",
                        s->shard.index, s->shard.count);
    if (s->part_keyframes > 0 && (followed || s->tracks))
        return sfd_fail(err, SFD_ERR_ARG,
                        "data set: who is followed through a video is so in one part of it");
    if (s->tracks && !followed && !s->proposals)
        return sfd_fail(err, SFD_ERR_ARG, "data set: there are tracks of persons who are followed");
    return sfd_find_settings_check(&d->find, err);
}

/* ------------------------------------------------------------ what is wanted */

static sfd_status sum_files(char sum[SFD_SHA256_TEXT], const sfd_model *model, sfd_error *err)
{
    char *text = NULL;
    size_t n = 0;
    sfd_status status = SFD_OK;
    FILE *f = open_memstream(&text, &n);
    if (!f)
        return sfd_fail_nomem(err, "data set");
    for (size_t i = 0; status == SFD_OK && sfd_model_file(model, i); i++) {
        char one[SFD_SHA256_TEXT];
        status = sfd_sha256_file(one, sfd_model_file(model, i), err);
        fprintf(f, "%s\n", one);
    }
    if (fclose(f) != 0 && status == SFD_OK)
        status = sfd_fail_nomem(err, "data set");
    if (status == SFD_OK)
        status = sfd_sha256_bytes(sum, text, n, err);
    free(text);
    return status;
}

/* The options' lines, and one for each file: its sum, for names do not matter. */
static sfd_status describe_settings(sfd_dataset *d, sfd_set_file *set, sfd_error *err)
{
    const sfd_dataset_settings *s = &d->s;
    char *text = NULL;
    size_t n = 0;
    sfd_status status = SFD_OK;
    FILE *f = open_memstream(&text, &n);
    if (!f)
        return sfd_fail_nomem(err, "data set");
    fprintf(f, "%s", s->options ? s->options : "");
    fprintf(f, "files csv%s%s%s%s\n", s->json ? ",json" : "", s->tracks ? ",tracks" : "",
            s->features ? ",safetensors" : "", s->features_npz ? ",npz" : "");
    if (s->features || s->features_npz)
        fprintf(f, "features %s\n", s->feature_type == SFD_FEATURES_F16 ? "f16" : "f32");
    for (size_t i = 0; i < s->n_files && status == SFD_OK; i++) {
        char sum[SFD_SHA256_TEXT];
        status = sfd_sha256_file(sum, s->files[i], err);
        fprintf(f, "file %zu %.16s\n", i + 1, status == SFD_OK ? sum : "");
    }
    if (fclose(f) != 0 && status == SFD_OK)
        status = sfd_fail_nomem(err, "data set");
    if (status == SFD_OK)
        status = sfd_sha256_bytes(set->options, text, n, err);
    set->files = s->files;
    set->n_files = s->n_files;
    set->settings = text;
    return status;
}

/* As far as the boxes, or the header of the video, tell. */
static size_t count_keyframes(const sfd_dataset *d, const sfd_source_video *v)
{
    const sfd_dataset_settings *s = &d->s;
    sfd_video_facts facts;
    size_t n;
    if (s->proposals)
        return sfd_proposals_count(s->proposals, v->id, &n, NULL) == SFD_OK ? n : 0;
    if ((!sfd_is_picture_folder(v->path) && access(v->path, R_OK) != 0) ||
        sfd_video_look_up(&facts, v->path, s->should_stop, s->user, NULL) != SFD_OK)
        return SFD_UNKNOWN;
    if (facts.n_pictures > 0 && s->picture_fps > 0)
        facts.duration_s = (double)facts.n_pictures / s->picture_fps;
    n = sfd_count_keyframes(facts.duration_s, d->find.every_s);
    return n > 0 ? n : SFD_UNKNOWN;
}

static sfd_status describe_videos(const sfd_dataset *d, sfd_set_file *set, sfd_error *err)
{
    sfd_status status = SFD_OK;
    const size_t n = sfd_sources_count(d->videos);
    if (n == 0)
        return sfd_fail(err, SFD_ERR_ARG, "data set: no videos");
    for (size_t i = 0; i < n && status == SFD_OK; i++) {
        sfd_source_video v;
        sfd_sources_get(d->videos, i, &v);
        status = sfd_set_file_add(set, v.id, v.timestamp_offset_s, SFD_UNKNOWN, err);
        if (status == SFD_OK)
            status = sfd_check_file_name(set->videos[i].id, err);
    }
    return status;
}

static sfd_status measure(const sfd_dataset *d, sfd_set_file *set, sfd_error *err)
{
    for (size_t i = 0; i < set->n_videos; i++) {
        sfd_source_video v;
        if (d->s.should_stop && d->s.should_stop(d->s.user))
            return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", d->folder);
        sfd_sources_get(d->videos, i, &v);
        set->videos[i].n_keyframes = count_keyframes(d, &v);
    }
    return SFD_OK;
}

/* ------------------------------------------------------------ what is there */

/* The file of whoever wrote one is everybody's, with its numbers of keyframes: shards have to agree
 * on them. */
static sfd_status agree(sfd_dataset *d, sfd_set_file *wanted, sfd_error *err)
{
    sfd_set_file there = {0};
    sfd_status status = sfd_set_file_read(&there, d->folder, err);
    const bool is_there = status == SFD_OK && there.videos;
    bool same = false;
    d->is_new = !is_there;
    if (is_there) {
        status = sfd_set_file_compare(wanted, &there, d->folder, err);
        same = status == SFD_OK;
        status = d->s.force ? SFD_OK : status;
    }
    if (status == SFD_OK && !same)
        status = measure(d, wanted, err);
    if (status == SFD_OK && !same && !d->s.plan_only)
        status = sfd_set_file_write(wanted, d->folder, is_there, err);
    if (status == SFD_OK && !same && !d->s.plan_only) {
        sfd_set_file_free(&there);
        status = sfd_set_file_read(&there, d->folder, err);
        same = status == SFD_OK && there.videos;
        if (same)
            status = sfd_set_file_compare(wanted, &there, d->folder, err);
    }
    d->set = same ? there : *wanted;
    *wanted = same ? *wanted : (sfd_set_file){0};
    if (!same)
        sfd_set_file_free(&there);
    return status;
}

static sfd_status open_set(sfd_dataset *d, sfd_error *err)
{
    sfd_set_file wanted = {.part_keyframes = d->s.part_keyframes};
    sfd_status status = describe_videos(d, &wanted, err);
    if (status == SFD_OK)
        status = sum_files(wanted.model, d->s.model, err);
    if (status == SFD_OK)
        status = describe_settings(d, &wanted, err);
    if (status == SFD_OK && !d->s.plan_only)
        status = sfd_make_directory(d->folder, err);
    if (status == SFD_OK)
        status = agree(d, &wanted, err);
    sfd_set_file_free(&wanted);
    return status == SFD_OK ? sfd_set_file_cut(&d->set, err) : status;
}

static sfd_status take_share(sfd_dataset *d, sfd_error *err)
{
    const sfd_set_file *set = &d->set;
    size_t *owner = sfd_malloc_array(set->n_parts, sizeof *owner);
    double *weights = sfd_malloc_array(set->n_parts, sizeof *weights);
    d->own = sfd_calloc(set->n_parts, sizeof *d->own);
    sfd_status status = owner && weights && d->own ? SFD_OK : sfd_fail_nomem(err, d->folder);
    for (size_t i = 0; status == SFD_OK && i < set->n_parts; i++)
        weights[i] = set->parts[i].weight;
    if (status == SFD_OK)
        status = sfd_share_out(owner, weights, set->n_parts, d->s.shard.count, err);
    for (size_t i = 0; status == SFD_OK && i < set->n_parts; i++)
        if (owner[i] == d->s.shard.index)
            d->own[d->n_own++].index = i;
    free(owner);
    free(weights);
    return status;
}

/* -------------------------------------------------------------- what is done */

typedef struct taking {
    sfd_dataset *d;
    sfd_name_table videos; /* -> first of own parts; parts of a video are in order */
} taking;

/* Whether the files are still those that the record tells of: a run with other options, or
 * somebody's hand, may have changed them since. */
static sfd_status has_files(const sfd_dataset *d, const sfd_part *p, const sfd_part_record *r,
                            bool *all, sfd_error *err)
{
    char sum[SFD_SHA256_TEXT];
    *all = true;
    for (int i = 0; i < SFD_PART_FILES && *all; i++) {
        if (!*r->sums[i])
            continue;
        char *path = sfd_part_path(d->folder, &d->set, p, sfd_part_suffixes[i]);
        if (!path)
            return sfd_fail_nomem(err, d->folder);
        const sfd_status status = sfd_sha256_file(sum, path, NULL);
        free(path);
        if (status == SFD_ERR_NOMEM)
            return sfd_fail_nomem(err, d->folder);
        *all = status == SFD_OK && strcmp(sum, r->sums[i]) == 0;
    }
    return SFD_OK;
}

static sfd_status take_record(void *user, const sfd_part_record *r, sfd_error *err)
{
    taking *t = user;
    sfd_dataset *d = t->d;
    const sfd_set_file *set = &d->set;
    size_t i;
    sfd_status status = SFD_OK;
    if (strcmp(r->model, set->model) != 0 || strcmp(r->options, set->options) != 0)
        return SFD_OK;
    if (!r->failed) {
        d->n_measured += r->n_done + r->n_empty;
        d->measured_s += r->seconds;
    }
    if (!sfd_name_table_find(&t->videos, r->video, &i))
        return SFD_OK;
    for (size_t video = set->parts[d->own[i].index].video; i < d->n_own && status == SFD_OK; i++) {
        const sfd_part *p = &set->parts[d->own[i].index];
        if (p->video != video)
            break;
        if (p->number == r->number && p->count == r->count && !r->failed && !d->own[i].complete)
            status = has_files(d, p, r, &d->own[i].complete, err);
    }
    return status;
}

static sfd_status read_done(sfd_dataset *d, sfd_error *err)
{
    taking t = {.d = d};
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < d->n_own && status == SFD_OK; i++) {
        const char *id = d->set.videos[d->set.parts[d->own[i].index].video].id;
        size_t first;
        if (!sfd_name_table_find(&t.videos, id, &first) && !sfd_name_table_add(&t.videos, id, i))
            status = sfd_fail_nomem(err, d->folder);
    }
    if (status == SFD_OK)
        status = sfd_manifests_read(d->folder, take_record, &t, err);
    sfd_name_table_free(&t.videos);
    return status;
}

static sfd_status has(const sfd_dataset *d, const sfd_part *p, const char *suffix, bool *there,
                      sfd_error *err)
{
    char *path = sfd_part_path(d->folder, &d->set, p, suffix);
    if (!path)
        return sfd_fail_nomem(err, d->folder);
    *there = access(path, F_OK) == 0;
    free(path);
    return SFD_OK;
}

static sfd_status fail_foreign(const sfd_dataset *d, const sfd_part *p, sfd_error *err)
{
    char *path = sfd_part_path(d->folder, &d->set, p, sfd_part_suffixes[SFD_PART_CSV]);
    const sfd_status status =
        path ? sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: is there already, and the folder is no data set's", path)
             : sfd_fail_nomem(err, d->folder);
    free(path);
    return status;
}

/* Somebody's file would be written over, or somebody's work begun anew. */
static sfd_status protect_part(const sfd_dataset *d, const sfd_own_part *own, size_t *n_begun,
                               sfd_error *err)
{
    const sfd_part *p = &d->set.parts[own->index];
    bool foreign = false;
    char *journal = sfd_part_path(d->folder, &d->set, p, ".journal");
    if (!journal)
        return sfd_fail_nomem(err, d->folder);
    if (own->complete)
        sfd_journal_remove(journal);
    else
        *n_begun += access(journal, F_OK) == 0;
    free(journal);
    const sfd_status status = has(d, p, sfd_part_suffixes[SFD_PART_CSV], &foreign, err);
    if (status != SFD_OK)
        return status;
    return d->is_new && foreign ? fail_foreign(d, p, err) : SFD_OK;
}

static sfd_status protect(const sfd_dataset *d, sfd_error *err)
{
    size_t n_complete = 0, n_begun = 0;
    for (size_t i = 0; i < d->n_own; i++) {
        const sfd_status status = protect_part(d, &d->own[i], &n_begun, err);
        if (status != SFD_OK)
            return status;
        n_complete += d->own[i].complete;
    }
    if (n_complete + n_begun == 0 || d->s.resume || d->s.skip_done)
        return SFD_OK;
    return sfd_fail(
        err, SFD_ERR_MISMATCH,
        "%s: %zu of %zu parts are complete in it, %zu are begun: whether to go on or to "
        "begin anew has to be said",
        d->folder, n_complete, d->n_own, n_begun);
}

static sfd_status find_done(sfd_dataset *d, sfd_error *err)
{
    if (d->s.plan_only && access(d->folder, F_OK) != 0)
        return SFD_OK;
    sfd_status status = read_done(d, err);
    if (status == SFD_OK && d->s.force && !d->s.resume && !d->s.skip_done)
        for (size_t i = 0; i < d->n_own; i++)
            d->own[i].complete = false;
    else if (status == SFD_OK && !d->s.plan_only)
        status = protect(d, err);
    return status;
}

sfd_status sfd_dataset_open(sfd_dataset **out, const char *folder, const sfd_sources *videos,
                            const sfd_dataset_settings *settings, sfd_error *err)
{
    *out = NULL;
    sfd_dataset *d = sfd_calloc(1, sizeof *d);
    if (!d || !(d->folder = sfd_strdup(folder))) {
        free(d);
        return sfd_fail_nomem(err, folder);
    }
    d->videos = videos;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_dataset_settings, &d->s, settings, err);
    if (status == SFD_OK)
        status = SFD_SETTINGS_TAKE(sfd_find_settings, &d->find, d->s.find, err);
    if (status == SFD_OK)
        status = check(d, err);
    if (status == SFD_OK)
        status = open_set(d, err);
    if (status == SFD_OK)
        status = take_share(d, err);
    if (status == SFD_OK)
        status = sfd_dataset_spare_inputs(d, err);
    if (status == SFD_OK)
        status = find_done(d, err);
    if (status == SFD_OK)
        *out = d;
    else
        sfd_dataset_free(d);
    return status;
}

/* ------------------------------------------------------------------ the plan */

static size_t known_keyframes(const sfd_dataset *d, const sfd_part *p)
{
    const size_t n = d->set.videos[p->video].n_keyframes;
    return n == SFD_UNKNOWN ? SFD_UNKNOWN : p->n > 0 ? p->n : n - p->first;
}

void sfd_dataset_get_plan(const sfd_dataset *d, sfd_dataset_plan *plan)
{
    *plan = (sfd_dataset_plan){.n_parts = d->n_own};
    for (size_t i = 0; i < d->n_own; i++) {
        const size_t n = known_keyframes(d, &d->set.parts[d->own[i].index]);
        if (d->own[i].complete)
            plan->n_complete++;
        else if (n == SFD_UNKNOWN)
            plan->n_unknown++;
        else
            plan->n_keyframes += n;
    }
    if (d->n_measured > 0)
        plan->s_per_keyframe = d->measured_s / (double)d->n_measured;
}

bool sfd_dataset_part(const sfd_dataset *d, size_t i, const char **video, size_t *number,
                      size_t *count)
{
    const sfd_part *p = &d->set.parts[d->own[i].index];
    *video = d->set.videos[p->video].id;
    *number = p->number;
    *count = p->count;
    return d->own[i].complete;
}

/* ------------------------------------------------------------------- running */

static void begin_progress(sfd_dataset *d)
{
    sfd_dataset_plan plan;
    sfd_dataset_get_plan(d, &plan);
    d->progress = (sfd_dataset_progress){.n_keyframes = plan.n_unknown ? 0 : plan.n_keyframes,
                                         .n_parts = plan.n_parts - plan.n_complete};
}

static void count_part(sfd_dataset_summary *sum, const sfd_part_end *end)
{
    sum->n_failed += end->failed;
    sum->n_done += !end->failed;
    sum->n_incomplete += !end->failed && end->n_failed > 0;
    sum->n_keyframes_failed += end->n_failed;
}

/* What a journal had, or the video has not, is done, too. */
static void count_progress(sfd_dataset *d, const sfd_part *p, const sfd_part_end *end)
{
    const size_t n = known_keyframes(d, p);
    if (n != SFD_UNKNOWN)
        d->progress.n_done += n - end->n_now;
    d->progress.n_ended++;
}

/* The part behind own part i that comes next, without a path where it is not known where in it: one
 * that was begun begins where only its journal knows. */
static sfd_status find_next(const sfd_dataset *d, size_t i, sfd_next_video *next, sfd_error *err)
{
    sfd_source_video v;
    bool begun = false;
    sfd_status status = SFD_OK;
    *next = (sfd_next_video){0};
    while (++i < d->n_own && d->own[i].complete)
        ;
    if (i >= d->n_own)
        return SFD_OK;
    const sfd_part *p = &d->set.parts[d->own[i].index];
    if (d->s.resume)
        status = has(d, p, ".journal", &begun, err);
    if (status != SFD_OK || begun)
        return status;
    sfd_sources_get(d->videos, p->video, &v);
    *next = (sfd_next_video){.path = v.path,
                             .video_id = v.id,
                             .timestamp_offset_s = v.timestamp_offset_s,
                             .first_keyframe = p->first,
                             .n_keyframes = p->n};
    return SFD_OK;
}

sfd_status sfd_dataset_run(sfd_dataset *d, sfd_detector *detector, sfd_dataset_summary *summary,
                           sfd_error *err)
{
    sfd_dataset_summary ignored, *sum = summary ? summary : &ignored;
    sfd_status status = SFD_OK;
    *sum = (sfd_dataset_summary){0};
    begin_progress(d);
    for (size_t i = 0; i < d->n_own && status == SFD_OK; i++) {
        const sfd_part *p = &d->set.parts[d->own[i].index];
        sfd_part_end end;
        sfd_next_video next;
        sum->n_complete += d->own[i].complete;
        if (d->own[i].complete)
            continue;
        if (d->s.should_stop && d->s.should_stop(d->s.user))
            return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", d->folder);
        status = find_next(d, i, &next, err);
        if (status != SFD_OK)
            break;
        status = sfd_part_run(d, p, detector, next.path ? &next : NULL, &end, err);
        sum->n_keyframes += end.n_now;
        if (status != SFD_OK)
            break;
        count_part(sum, &end);
        count_progress(d, p, &end);
        d->own[i].complete = !end.failed;
    }
    return status;
}
