/* SPDX-License-Identifier: Apache-2.0 */
/* Given, found, followed. */
#include "pipeline/keyframe_boxes.h"

#include "base/error.h"
#include "base/timeline.h"
#include "pipeline/picture_persons.h"

static sfd_status nothing_to_begin(const sfd_keyframe_boxes *b, sfd_job *j, sfd_error *err)
{
    (void)b, (void)j, (void)err;
    return SFD_OK;
}

static sfd_status see_nothing(sfd_keyframe_boxes *b, sfd_clip_source *source, const sfd_clip *event,
                              sfd_error *err)
{
    (void)b, (void)source, (void)event, (void)err;
    return SFD_OK;
}

/* ------------------------------------------------------------------------ given */

static double given_time_s(const void *boxes, size_t k)
{
    const sfd_keyframe_boxes *b = boxes;
    return (b->given.keyframes[k].timestamp_s - b->offset_s) * b->step_s;
}

static void plan_given(const sfd_keyframe_boxes *b, sfd_clip_plan *plan)
{
    plan->time_s = given_time_s;
    plan->keyframes = b;
    plan->n_keyframes = b->given.n_keyframes;
}

static sfd_status set_given(sfd_keyframe_boxes *b, sfd_job *j, sfd_error *err)
{
    (void)err;
    j->keyframe = &b->given.keyframes[j->clip.index];
    return SFD_OK;
}

static const sfd_boxes_kind given = {
    .plan = plan_given, .begin_job = nothing_to_begin, .see = see_nothing, .set = set_given};

sfd_status sfd_boxes_are_given(sfd_keyframe_boxes *b, const sfd_proposals *p, const char *video_id,
                               sfd_error *err)
{
    *b = (sfd_keyframe_boxes){.kind = &given, .video_id = video_id, .step_s = 1};
    return sfd_proposals_find(&b->given, p, video_id, err);
}

/* ------------------------------------------------------------------------ found */

static double timestamp_s(const sfd_keyframe_boxes *b, size_t k)
{
    return sfd_keyframe_timestamp(b->first + k, b->find->every_s, b->offset_s);
}

static double found_time_s(const void *boxes, size_t k)
{
    const sfd_keyframe_boxes *b = boxes;
    return (timestamp_s(b, k) - b->offset_s) * b->step_s;
}

static void plan_found(const sfd_keyframe_boxes *b, sfd_clip_plan *plan)
{
    plan->time_s = found_time_s;
    plan->keyframes = b;
    plan->n_keyframes = b->n_wanted;
    plan->pictures = true;
}

static sfd_status begin_finder(const sfd_keyframe_boxes *b, sfd_job *j, sfd_error *err)
{
    const sfd_status status = sfd_job_begin_search(j, b->persons, err);
    j->search.threshold = b->find->threshold;
    j->search.max_persons = b->find->max_persons;
    j->search.video_id = b->video_id;
    return status;
}

/* The job's own thread looks. */
static sfd_status set_search(sfd_keyframe_boxes *b, sfd_job *j, sfd_error *err)
{
    (void)err;
    j->keyframe = NULL;
    j->search.timestamp_s = timestamp_s(b, j->clip.index);
    return SFD_OK;
}

static const sfd_boxes_kind found = {.found = true,
                                     .plan = plan_found,
                                     .begin_job = begin_finder,
                                     .see = see_nothing,
                                     .set = set_search};

/* --------------------------------------------------------------------- followed */

static void plan_followed(const sfd_keyframe_boxes *b, sfd_clip_plan *plan)
{
    const bool pictures = plan->pictures;
    plan_found(b, plan);
    plan->pictures = pictures;
    sfd_followed_plan(b->followed, plan);
}

static sfd_status see_moment(sfd_keyframe_boxes *b, sfd_clip_source *source, const sfd_clip *event,
                             sfd_error *err)
{
    return sfd_followed_take(b->followed, source, event, err);
}

static sfd_status set_followed(sfd_keyframe_boxes *b, sfd_job *j, sfd_error *err)
{
    sfd_found_keyframe k;
    const sfd_status status =
        sfd_followed_at(b->followed, timestamp_s(b, j->clip.index), j->clip.centre, &k, err);
    return status == SFD_OK ? sfd_job_set_found(j, &k, err) : status;
}

static const sfd_boxes_kind followed = {.found = true,
                                        .plan = plan_followed,
                                        .begin_job = nothing_to_begin,
                                        .see = see_moment,
                                        .set = set_followed};

sfd_status sfd_boxes_are_found(sfd_keyframe_boxes *b, const sfd_person_model *persons,
                               const sfd_find_settings *find, const char *video_id, int n_threads,
                               sfd_error *err)
{
    *b = (sfd_keyframe_boxes){.kind = find->track_fps > 0 ? &followed : &found,
                              .video_id = video_id,
                              .offset_s = find->timestamp_offset_s,
                              .step_s = 1,
                              .n_wanted = SIZE_MAX,
                              .persons = persons,
                              .find = find};
    if (!(find->track_fps > 0))
        return SFD_OK;
    const sfd_status status = sfd_person_finder_create(&b->finder, persons, n_threads, err);
    return status == SFD_OK ? sfd_followed_create(&b->followed, b->finder, find, video_id, err)
                            : status;
}

sfd_status sfd_keyframe_boxes_time(sfd_keyframe_boxes *b, const sfd_model_info *model,
                                   double offset_s, sfd_error *err)
{
    b->offset_s = offset_s;
    if (!model->frame_timestamps)
        return SFD_OK;
    if (offset_s != 0)
        return sfd_fail(err, SFD_ERR_ARG, "%s: timestamps are numbers of frames, from 1: no offset",
                        model->name);
    if (b->followed)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: timestamps are numbers of frames: persons cannot be followed",
                        model->name);
    b->offset_s = 1;
    b->step_s = 1.0 / SFD_TIMELINE_FPS;
    return SFD_OK;
}

sfd_status sfd_keyframe_boxes_limit(sfd_keyframe_boxes *b, size_t first, size_t n, sfd_error *err)
{
    sfd_proposed_video *v = &b->given;
    if (b->followed && first > 0)
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: persons are followed from a video's start, not from keyframe %zu on",
                        b->video_id, first);
    b->first = first;
    b->n_wanted = n > 0 ? n : SIZE_MAX;
    first = first < v->n_keyframes ? first : v->n_keyframes;
    if (first > 0)
        v->keyframes += first;
    v->n_keyframes -= first;
    if (b->n_wanted < v->n_keyframes)
        v->n_keyframes = b->n_wanted;
    return SFD_OK;
}

void sfd_keyframe_boxes_end(sfd_keyframe_boxes *b)
{
    sfd_followed_free(b->followed);
    sfd_person_finder_free(b->finder);
}
