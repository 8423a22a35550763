/* SPDX-License-Identifier: Apache-2.0 */
/* Videos through a network, view by view. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/timeline.h"
#include "classify/clip_frames.h"
#include "classify/heard.h"
#include "classify/views.h"
#include "detect/model.h"
#include "detect/views.h"
#include "media/frame_reader.h"
#include "media/sound_reader.h"

#include <stdlib.h>
#include <string.h>

#define MIN_CROP 32
#define MAX_SIDE 4096

struct sfd_video_classifier {
    const sfd_model *model;
    sfd_classify_settings s; /* nothing is 0 */
    sfd_state *state;        /* for a crop */
    size_t n_classes;
    float *scores;          /* [n_crops][n_classes] of a clip */
    sfd_view_sum sum;       /* of the views so far */
    float *sound;           /* of the clip in work; NULL where the network does not listen, too */
    float *heard;           /* the same, where it only listens: features */
    sfd_sound_reader *ears; /* of the video in work, NULL: silence */
    double fps;             /* of the same */
    float *rows;            /* the views' features, where they are wanted */
};

/* ------------------------------------------------------------------ settings */

void sfd_classify_settings_defaults_sized(sfd_classify_settings *s, size_t struct_size)
{
    const sfd_classify_settings defaults = {.picture_fps = SFD_TIMELINE_FPS};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

static sfd_clip_rule rule_of(sfd_clip_sampling sampling)
{
    static const sfd_clip_rule rules[] = {[SFD_CLIPS_AT_PARTS] = SFD_CLIPS_UNIFORM,
                                          [SFD_CLIPS_AT_STEPS] = SFD_CLIPS_OFFSET,
                                          [SFD_CLIPS_END_TO_END] = SFD_CLIPS_SPREAD,
                                          [SFD_CLIPS_OVER_ALL] = SFD_CLIPS_SEGMENTS};
    return rules[sampling];
}

static sfd_clip_sampling sampling_of(sfd_clip_rule rule)
{
    sfd_clip_sampling sampling = SFD_CLIPS_AT_PARTS;
    while (rule_of(sampling) != rule)
        sampling++;
    return sampling;
}

static bool by_time(sfd_clip_sampling sampling)
{
    return sampling == SFD_CLIPS_AT_PARTS || sampling == SFD_CLIPS_AT_STEPS;
}

/* What the configuration says of what was left open. */
static void complete(sfd_classify_settings *s, const sfd_net_config *c)
{
    if (s->n_clips == 0)
        s->n_clips = c->test_clips;
    if (s->n_crops == 0)
        s->n_crops = c->test_crops;
    if (s->sampling == SFD_CLIPS_AS_CONFIGURED)
        s->sampling = sampling_of(c->clip_rule);
    if (s->average == SFD_AVERAGE_AS_CONFIGURED)
        s->average = c->ensemble == SFD_VIEWS_MAX ? SFD_AVERAGE_MAX : SFD_AVERAGE_MEAN;
    if (s->crop_px == 0)
        s->crop_px = c->test_crop_size;
    if (s->short_side_px == 0)
        s->short_side_px =
            s->n_crops == 1 && by_time(s->sampling) && c->one_crop_side > c->test_crop_size
                ? c->one_crop_side
                : c->test_crop_size;
}

static sfd_status check(const sfd_classify_settings *s, sfd_error *err)
{
    const struct {
        const char *what;
        int value, min, max;
    } ranges[] = {
        {"clips", s->n_clips, 1, SFD_MAX_TEST_CLIPS},
        {"crops", s->n_crops, 1, SFD_MAX_TEST_CROPS},
        {"the side of a crop", s->crop_px, MIN_CROP, MAX_SIDE},
        {"the short side of a picture", s->short_side_px, MIN_CROP, MAX_SIDE},
        {"sampling", (int)s->sampling, SFD_CLIPS_AS_CONFIGURED, SFD_CLIPS_OVER_ALL},
        {"average", (int)s->average, SFD_AVERAGE_AS_CONFIGURED, SFD_AVERAGE_MAX},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (ranges[i].value < ranges[i].min || ranges[i].value > ranges[i].max)
            return sfd_fail(err, SFD_ERR_ARG, "%s: %d, wanted %d to %d", ranges[i].what,
                            ranges[i].value, ranges[i].min, ranges[i].max);
    if (s->crop_px > s->short_side_px)
        return sfd_fail(err, SFD_ERR_ARG,
                        "a crop of %d pixels does not fit into pictures with a short side of %d",
                        s->crop_px, s->short_side_px);
    if (!(s->picture_fps > 0 && s->picture_fps <= 1000))
        return sfd_fail(err, SFD_ERR_ARG, "%g pictures a second, wanted up to 1000",
                        s->picture_fps);
    return SFD_OK;
}

static bool known(const sfd_classify_settings *s)
{
    return s->sampling >= SFD_CLIPS_AS_CONFIGURED && s->sampling <= SFD_CLIPS_OVER_ALL;
}

static sfd_status check_ears(const sfd_video_classifier *c, sfd_error *err)
{
    if (c->model->net.input.sound.features &&
        (c->s.n_crops > 1 || c->s.short_side_px != 0 || c->s.crop_px != 0))
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: the network only listens: there are no crops of pictures",
                        c->model->net.config.name);
    return SFD_OK;
}

static sfd_status prepare(sfd_video_classifier *c, int n_threads,
                          const sfd_classify_settings *settings, sfd_error *err)
{
    const sfd_net_config *config = &c->model->net.config;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_classify_settings, &c->s, settings, err);
    if (status != SFD_OK)
        return status;
    if (config->detection)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: the network labels people in boxes, wanted one that labels whole "
                        "clips",
                        c->model->info.weights);
    status = check_ears(c, err);
    if (status != SFD_OK)
        return status;
    if (known(&c->s))
        complete(&c->s, config);
    status = check(&c->s, err);
    if (status != SFD_OK)
        return status;
    c->n_classes = (size_t)config->num_classes;
    c->scores = sfd_malloc_array(c->n_classes, (size_t)c->s.n_crops * sizeof *c->scores);
    c->sum = (sfd_view_sum){.max = c->s.average == SFD_AVERAGE_MAX, .n_classes = c->n_classes};
    c->sum.values = sfd_malloc_array(c->n_classes, sizeof *c->sum.values);
    const sfd_sound_input *in = &c->model->net.input.sound;
    if (in->features)
        c->heard = sfd_malloc_array((size_t)in->n_steps, (size_t)in->n_mels * sizeof *c->heard);
    else if (in->n_samples > 0)
        c->sound = sfd_calloc(in->n_samples, sizeof *c->sound);
    if (!c->scores || !c->sum.values || (in->n_samples > 0 && !c->sound && !c->heard))
        return sfd_fail_nomem(err, config->name);
    return sfd_state_create(&c->state, c->model, c->s.crop_px, c->s.crop_px, n_threads, err);
}

sfd_status sfd_video_classifier_create(sfd_video_classifier **out, const sfd_model *model,
                                       int n_threads, const sfd_classify_settings *settings,
                                       sfd_error *err)
{
    *out = NULL;
    sfd_video_classifier *c = sfd_calloc(1, sizeof *c);
    if (!c)
        return sfd_fail_nomem(err, "classifier");
    c->model = model;
    const sfd_status status = prepare(c, n_threads, settings, err);
    if (status != SFD_OK) {
        sfd_video_classifier_free(c);
        return status;
    }
    *out = c;
    return SFD_OK;
}

void sfd_video_classifier_free(sfd_video_classifier *c)
{
    if (!c)
        return;
    sfd_state_free(c->state);
    free(c->sound);
    free(c->heard);
    free(c->scores);
    free(c->sum.values);
    free(c);
}

const sfd_classify_settings *sfd_video_classifier_views(const sfd_video_classifier *c)
{
    return &c->s;
}

/* ------------------------------------------------------------------ views */

void sfd_view_sum_add(sfd_view_sum *s, const float *scores)
{
    for (size_t i = 0; i < s->n_classes; i++) {
        const double score = (double)scores[i];
        if (s->n_views == 0 || (s->max && score > s->values[i]))
            s->values[i] = score;
        else if (!s->max)
            s->values[i] += score;
    }
    s->n_views++;
}

void sfd_view_sum_get(const sfd_view_sum *s, float *scores)
{
    const double n = s->max ? 1 : (double)s->n_views;
    for (size_t i = 0; i < s->n_classes; i++)
        scores[i] = (float)(s->values[i] / n);
}

static sfd_status check_stop(const sfd_video_classifier *c, sfd_error *err)
{
    return c->s.should_stop && c->s.should_stop(c->s.user)
               ? sfd_fail(err, SFD_ERR_CANCELLED, "stopped")
               : SFD_OK;
}

/* Crops lie along the longer side. */
static sfd_status run_crop(sfd_video_classifier *c, const sfd_clip_pictures *pictures, int crop,
                           float *scores, sfd_error *err)
{
    const sfd_video_style style = c->model->net.config.video_style;
    const bool centre = by_time(c->s.sampling) || style == SFD_VIDEO_MMACTION2;
    const sfd_clip_view v = {.pictures = pictures,
                             .view =
                                 sfd_view_of_crop(pictures->width, pictures->height, c->s.crop_px,
                                                  c->s.n_crops == 1 && centre ? 1 : crop, style),
                             .sound = c->sound};
    return sfd_state_run_view(c->state, &v, NULL, 0, scores, err);
}

/* The features of a view: of the state's last run, or those of the same crop of the clip before. */
static void keep_rows(sfd_video_classifier *c, bool repeats)
{
    size_t n;
    const float *rows = sfd_state_rows(c->state, &n);
    const size_t view = n * c->model->head.desc.n_features;
    float *out = c->rows + c->sum.n_views * view;
    if (repeats)
        rows = out - (size_t)c->s.n_crops * view;
    memcpy(out, rows, view * sizeof *out);
}

/* A clip with the frames of the one before has its scores. */
static sfd_status run_clip(sfd_video_classifier *c, const sfd_clip_pictures *pictures, bool repeats,
                           sfd_error *err)
{
    for (int i = 0; i < c->s.n_crops; i++) {
        float *scores = c->scores + (size_t)i * c->n_classes;
        sfd_status status = check_stop(c, err);
        if (status == SFD_OK && !repeats)
            status = run_crop(c, pictures, i, scores, err);
        if (status != SFD_OK)
            return status;
        if (c->rows)
            keep_rows(c, repeats);
        sfd_view_sum_add(&c->sum, scores);
        if (c->s.on_view)
            c->s.on_view(c->s.user, c->sum.n_views, (size_t)c->s.n_clips * (size_t)c->s.n_crops);
    }
    return SFD_OK;
}

static sfd_status listen(sfd_video_classifier *c, const sfd_clip_frames *f, int clip,
                         sfd_error *err)
{
    const sfd_sound_input *in = &c->model->net.input.sound;
    const int64_t first = f->numbers[(size_t)clip * (size_t)f->num_frames];
    return c->ears ? sfd_sound_read(c->ears, sfd_sound_first_sample(in, (double)first, c->fps),
                                    in->n_samples, c->sound, err)
                   : SFD_OK;
}

/* Clips from *next on whose frames are there. */
static sfd_status run_clips(sfd_video_classifier *c, sfd_clip_frames *f, int *next, sfd_error *err)
{
    sfd_clip_pictures pictures;
    sfd_status status = SFD_OK;
    while (status == SFD_OK && *next < c->s.n_clips && sfd_clip_frames_get(f, *next, &pictures)) {
        status = listen(c, f, *next, err);
        if (status == SFD_OK)
            status = run_clip(c, &pictures, sfd_clip_frames_repeats(f, *next), err);
        sfd_clip_frames_release(f, (*next)++);
    }
    return status;
}

/* ------------------------------------------------------------------ videos */

/* *n_read: frames that there were, where the video ended too early. */
static sfd_status read_clips(sfd_video_classifier *c, sfd_frame_reader *r, sfd_clip_frames *f,
                             int64_t *n_read, sfd_error *err)
{
    int next = 0;
    sfd_status status = SFD_OK;
    for (*n_read = 0; status == SFD_OK && next < c->s.n_clips; ++*n_read) {
        sfd_picture *picture;
        const bool wanted = sfd_clip_frames_next(f) == *n_read;
        status = sfd_frame_reader_next(r, wanted, &picture, err);
        if (status == SFD_ERR_END)
            return status;
        if (status == SFD_OK && wanted)
            status =
                sfd_clip_frames_take(f, &c->model->net.config, c->s.short_side_px, picture, err);
        if (status == SFD_OK && wanted)
            status = run_clips(c, f, &next, err);
        else if (status == SFD_OK && *n_read % 64 == 0)
            status = check_stop(c, err);
    }
    return status;
}

static sfd_status open_ears(sfd_video_classifier *c, const sfd_frame_source *source, sfd_error *err)
{
    const sfd_sound_input *in = &c->model->net.input.sound;
    const sfd_sound_options options = {
        .rate = in->rate, .should_stop = c->s.should_stop, .user = c->s.user};
    if (!c->sound)
        return SFD_OK;
    memset(c->sound, 0, in->n_samples * sizeof *c->sound);
    return source->pictures ? SFD_OK : sfd_sound_open(&c->ears, source->path, &options, err);
}

static void close_ears(sfd_video_classifier *c, bool complain)
{
    sfd_error fault;
    if (complain && c->sound && c->s.on_warning && !c->ears)
        c->s.on_warning(c->s.user, "pictures have no sound: the network hears silence");
    if (complain && c->ears && c->s.on_warning && sfd_sound_complain(c->ears, &fault))
        c->s.on_warning(c->s.user, fault.message);
    sfd_sound_close(c->ears);
    c->ears = NULL;
}

static sfd_clip_choice choice_of(const sfd_video_classifier *c)
{
    const sfd_net_config *config = &c->model->net.config;
    return (sfd_clip_choice){rule_of(c->s.sampling), c->s.n_clips, config->num_frames,
                             config->sampling_rate, config->video_style == SFD_VIDEO_MMACTION2};
}

/* As if the video had n frames; 0: as many as it seems to have. */
static sfd_status run_pass(sfd_video_classifier *c, const sfd_frame_source *source, int64_t n,
                           int64_t *n_read, sfd_error *err)
{
    const sfd_clip_choice choice = choice_of(c);
    sfd_frame_reader *r;
    sfd_clip_frames f = {0};
    c->sum.n_views = 0;
    sfd_status status = sfd_frame_reader_open(&r, source, err);
    if (status != SFD_OK)
        return status;
    n = n > 0 ? n : sfd_frame_reader_count(r);
    const double fps = sfd_frame_reader_fps(r);
    c->fps = fps > 0 ? fps : SFD_TIMELINE_FPS;
    status = sfd_clip_frames_plan(&f, &choice, n > 0 ? n : 1, c->fps, err);
    if (status == SFD_OK)
        status = open_ears(c, source, err);
    if (status == SFD_OK)
        status = read_clips(c, r, &f, n_read, err);
    sfd_error damage;
    if (status == SFD_OK && c->s.on_warning && sfd_frame_reader_complain(r, &damage))
        c->s.on_warning(c->s.user, damage.message);
    close_ears(c, status == SFD_OK);
    sfd_clip_frames_free(&f);
    sfd_frame_reader_close(r);
    return status;
}

/* Clips of what is heard. */
static sfd_status run_heard_clips(sfd_video_classifier *c, sfd_heard *h, int64_t *frames,
                                  sfd_error *err)
{
    const sfd_clip_choice choice = choice_of(c);
    const sfd_clip_view v = {.heard = c->heard};
    sfd_status status = SFD_OK;
    c->sum.n_views = 0;
    for (int k = 0; k < c->s.n_clips && status == SFD_OK; k++) {
        sfd_clip_choose(&choice, h->n_frames, SFD_TIMELINE_FPS, k, frames);
        status = check_stop(c, err);
        if (status == SFD_OK)
            status = sfd_heard_clip(h, frames[0], frames[choice.num_frames - 1], c->heard, err);
        if (status == SFD_OK)
            status = sfd_state_run_view(c->state, &v, NULL, 0, c->scores, err);
        if (status != SFD_OK)
            return status;
        if (c->rows)
            keep_rows(c, false);
        sfd_view_sum_add(&c->sum, c->scores);
        if (c->s.on_view)
            c->s.on_view(c->s.user, c->sum.n_views, (size_t)c->s.n_clips);
    }
    return status;
}

static sfd_status run_heard(sfd_video_classifier *c, const sfd_listed_video *video, sfd_error *err)
{
    const int num_frames = c->model->net.config.num_frames;
    const sfd_stop stop = {c->s.should_stop, c->s.user};
    sfd_heard h;
    int64_t *frames = sfd_malloc_array((size_t)num_frames, sizeof *frames);
    if (!frames)
        return sfd_fail_nomem(err, video->path);
    sfd_status status = sfd_heard_open(&h, &c->model->net.input.sound, video, stop, err);
    if (status == SFD_OK)
        status = run_heard_clips(c, &h, frames, err);
    if (status == SFD_OK && h.complains && c->s.on_warning)
        c->s.on_warning(c->s.user, h.complaint.message);
    sfd_heard_close(&h);
    free(frames);
    return status;
}

sfd_status sfd_video_classifier_run(sfd_video_classifier *c, const sfd_listed_video *video,
                                    float *scores, sfd_error *err)
{
    const sfd_frame_source source = {.path = video->path,
                                     .pictures = video->pictures,
                                     .n_pictures = video->n_pictures,
                                     .picture_fps = c->s.picture_fps,
                                     .stop = {c->s.should_stop, c->s.user}};
    int64_t n = 0, n_read = 0;
    sfd_status status;
    if (c->heard)
        status = run_heard(c, video, err);
    /* Damaged videos have fewer frames than packets; clips then lie elsewhere. */
    else
        while ((status = run_pass(c, &source, n, &n_read, err)) == SFD_ERR_END)
            n = n_read;
    if (status != SFD_OK)
        return status;
    sfd_view_sum_get(&c->sum, scores);
    return SFD_OK;
}

sfd_status sfd_video_classifier_rows(sfd_view_rows *out, const sfd_video_classifier *c,
                                     sfd_error *err)
{
    *out = (sfd_view_rows){.n_views = (size_t)c->s.n_clips * (size_t)c->s.n_crops,
                           .n_features = c->model->head.desc.n_features,
                           .max = c->sum.max};
    return sfd_state_count_rows(&out->n_rows, c->state, err);
}

sfd_status sfd_video_classifier_run_rows(sfd_video_classifier *c, const sfd_listed_video *video,
                                         float *scores, float *rows, sfd_error *err)
{
    c->rows = rows;
    const sfd_status status = sfd_video_classifier_run(c, video, scores, err);
    c->rows = NULL;
    return status;
}
