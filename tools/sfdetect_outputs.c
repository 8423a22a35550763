/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, feeding and completing what the command line asks for. */
#include "sfdetect_outputs.h"

#include "cli.h"

#include <string.h>

#define SUMMARY_TOP 5 /* labels, where --top does not say */

sfd_status open_labels(sfd_labels **out, const options *o, const sfd_model *model, sfd_error *err)
{
    sfd_error remark;
    sfd_status status = sfd_labels_open_for(out, o->labels, model, &remark, err);
    if (status != SFD_OK || remark.status == SFD_OK)
        return status;
    if (o->strict) {
        *err = remark;
        return remark.status;
    }
    cli_warn(SFDETECT, "warning: %s", remark.message);
    return SFD_OK;
}

static bool is_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static void segment_settings(const options *o, const clip_list *clips, sfd_segment_settings *s)
{
    sfd_segment_settings_defaults(s);
    s->timestamp_offset_s = clips->clips[0].offset_s;
    if (o->min_score > 0) {
        s->off *= o->min_score / s->on;
        s->on = o->min_score;
    }
}

static sfd_status open_writers(outputs *out, const clip_list *clips, const sfd_model *model,
                               sfd_error *err)
{
    const options *o = out->o;
    sfd_segment_settings segments;
    segment_settings(o, clips, &segments);
    sfd_status status = SFD_OK;
    if (o->csv)
        status = sfd_writer_open_csv(&out->writers[OUT_CSV], o->csv, err);
    if (status == SFD_OK && o->json)
        status =
            sfd_writer_open_json(&out->writers[OUT_JSON], o->json, out->labels, o->min_score, err);
    if (status == SFD_OK && o->features)
        status = sfd_writer_open_features(&out->writers[OUT_FEATURES], o->features, model,
                                          (sfd_feature_type)o->feature_type, err);
    if (status == SFD_OK && o->keyframes)
        status = sfd_writer_open_pictures(&out->writers[OUT_PICTURES], o->keyframes,
                                          image_formats[o->image_format], out->labels,
                                          o->render_threshold, err);
    if (status == SFD_OK && o->segments)
        status = sfd_writer_open_segments(&out->writers[OUT_SEGMENTS], o->segments,
                                          clips->n == 1 ? clips->clips[0].path : NULL, out->labels,
                                          &segments, err);
    if (status == SFD_OK && o->mjpeg)
        status = sfd_writer_open_mjpeg(&out->writers[OUT_MJPEG], o->mjpeg, out->labels,
                                       o->render_threshold, err);
    sfd_writer_settings settings;
    sfd_writer_settings_defaults(&settings);
    settings.growing = o->live != NULL;
    settings.min_score = o->min_score;
    settings.top = o->top;
    settings.scale = o->scale;
    for (int i = 0; i < N_OUTPUTS && status == SFD_OK; i++)
        if (out->writers[i])
            status = sfd_writer_configure(out->writers[i], &settings, err);
    return status;
}

static sfd_status open_renderer(outputs *out, const clip *c, sfd_error *err)
{
    sfd_render_settings settings;
    sfd_render_settings_defaults(&settings);
    settings.scale = out->o->scale;
    settings.picture_fps = out->o->frame_fps;
    sfd_status status =
        sfd_overlay_create(&out->overlay, c->id, out->labels, out->o->render_threshold, err);
    return status == SFD_OK
               ? sfd_renderer_open(&out->renderer, c->path, out->o->render, &settings, err)
               : status;
}

/* Where there are no results in a file to read, what is seen in every keyframe is told; beside
 * them only what it comes to, unless nobody wants to know. */
static sfd_status open_summary(outputs *out, const clip_list *clips, sfd_error *err)
{
    const options *o = out->o;
    summary_settings settings = {
        .labels = out->labels,
        .min_score = o->min_score,
        .top = o->top > 0 ? o->top : SUMMARY_TOP,
        .each_keyframe = !o->csv && !is_stdout(o->json) && !is_stdout(o->mjpeg),
        .beside_results = is_stdout(o->csv) || is_stdout(o->json) || is_stdout(o->mjpeg)};
    segment_settings(o, clips, &settings.segments);
    return o->quiet && has_outputs(o) ? SFD_OK : summary_create(&out->summary, &settings, err);
}

sfd_status open_outputs(outputs *out, const options *o, const clip_list *clips,
                        const sfd_model *model, const char *caution, sfd_error *err)
{
    *out = (outputs){.o = o, .caution = caution};
    sfd_status status = open_labels(&out->labels, o, model, err);
    if (status == SFD_OK)
        status = open_writers(out, clips, model, err);
    if (status == SFD_OK && o->render)
        status = open_renderer(out, &clips->clips[0], err);
    return status == SFD_OK ? open_summary(out, clips, err) : status;
}

bool want_pictures(const outputs *out)
{
    return out->writers[OUT_PICTURES] || out->writers[OUT_MJPEG];
}

sfd_status add_keyframe(outputs *out, const sfd_keyframe *k, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (int i = 0; i < N_OUTPUTS && status == SFD_OK; i++)
        if (out->writers[i])
            status = sfd_writer_add(out->writers[i], k, err);
    if (status == SFD_OK && out->overlay)
        status = sfd_overlay_add(out->overlay, k, err);
    if (status == SFD_OK && out->summary)
        status = summary_add(out->summary, k, err);
    return status;
}

int commit_outputs(outputs *out)
{
    int exit_status = CLI_CONTINUE;
    sfd_error err;
    for (int i = 0; i < N_OUTPUTS; i++)
        if (out->writers[i] && sfd_writer_commit(out->writers[i], &err) != SFD_OK)
            exit_status = cli_fail(SFDETECT, &err);
    if (out->summary && summary_end(out->summary, &err) != SFD_OK)
        exit_status = cli_fail(SFDETECT, &err);
    if (out->summary && out->caution)
        summary_note(out->summary, out->caution);
    return exit_status;
}

void close_outputs(outputs *out)
{
    for (int i = 0; i < N_OUTPUTS; i++)
        sfd_writer_free(out->writers[i]);
    summary_free(out->summary);
    sfd_renderer_free(out->renderer);
    sfd_overlay_free(out->overlay);
    sfd_labels_free(out->labels);
}
