/* SPDX-License-Identifier: Apache-2.0 */
/* Keyframes as small pictures in the page. */
#include "report/pictures.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/timeline.h"
#include "media/image_file.h"
#include "media/video_reader.h"
#include "report/base64.h"

#include <stdlib.h>

#define LARGE_PX 320
#define QUALITY  70

void sfd_report_plan_pictures(sfd_report_picture_plan *plan, const sfd_report *r,
                              const sfd_report_keyframes *k, const bool *large)
{
    *plan = (sfd_report_picture_plan){.large = large};
    for (size_t v = 0; v < r->n_videos; v++)
        if (r->videos[v].path)
            plan->n_total += k->start[v + 1] - k->start[v];
    const size_t most = (size_t)r->s.max_thumbnails;
    plan->n_pictures = plan->n_total < most ? plan->n_total : most;
}

/* Evenly over all keyframes, and those that are wanted larger. */
static bool is_wanted(const sfd_report_picture_plan *plan, size_t keyframe)
{
    const size_t i = plan->n_done;
    return plan->large[keyframe] ||
           (i + 1) * plan->n_pictures / plan->n_total > i * plan->n_pictures / plan->n_total;
}

/* The mean of what lies below each pixel; never wider than the picture. */
static sfd_status shrink(sfd_picture **out, const sfd_picture *p, int width, sfd_error *err)
{
    const size_t w = (size_t)(p->width < width ? p->width : width);
    size_t h = ((size_t)p->height * w + (size_t)p->width / 2) / (size_t)p->width;
    h = h < 1 ? 1 : h > 65535 ? 65535 : h;
    sfd_status status = sfd_picture_create(out, (int)w, (int)h, err);
    if (status != SFD_OK)
        return status;
    for (size_t y = 0; y < h; y++) {
        const size_t y0 = y * (size_t)p->height / h, y1 = (y + 1) * (size_t)p->height / h;
        for (size_t x = 0; x < w; x++) {
            const size_t x0 = x * (size_t)p->width / w, x1 = (x + 1) * (size_t)p->width / w;
            uint64_t sum[3] = {0};
            for (size_t sy = y0; sy < y1 || sy == y0; sy++)
                for (size_t sx = x0; sx < x1; sx++)
                    for (size_t c = 0; c < 3; c++)
                        sum[c] += p->rgb[sy * p->stride_bytes + 3 * sx + c];
            const size_t n = (y1 > y0 ? y1 - y0 : 1) * (x1 - x0);
            for (size_t c = 0; c < 3; c++)
                (*out)->rgb[y * (*out)->stride_bytes + 3 * x + c] = (uint8_t)((sum[c] + n / 2) / n);
        }
    }
    return SFD_OK;
}

static sfd_status put_picture(sfd_json_out *j, const sfd_picture *frame, int width, sfd_error *err)
{
    sfd_picture *small;
    char *bytes = NULL;
    size_t n = 0;
    sfd_status status = shrink(&small, frame, width, err);
    if (status != SFD_OK)
        return status;
    FILE *memory = open_memstream(&bytes, &n);
    const bool drawn = memory && sfd_image_put_jpeg(memory, small, QUALITY);
    const bool closed = memory && fclose(memory) == 0;
    if (drawn && closed) {
        if (j->comma)
            putc(',', j->f);
        fputs("\"data:image/jpeg;base64,", j->f);
        sfd_base64_put(j->f, bytes, n);
        putc('"', j->f);
        j->comma = true;
    }
    sfd_picture_unref(small);
    free(bytes);
    return drawn && closed ? SFD_OK : sfd_fail_nomem(err, "picture of a keyframe");
}

/* A frame of the video; the caller unrefs it. */
static sfd_status read_frame(sfd_video_reader *v, double time_s, sfd_picture **frame,
                             sfd_error *err)
{
    const int64_t wanted = sfd_timeline_frame(time_s);
    int64_t index;
    if (wanted < 0)
        return sfd_fail(err, SFD_ERR_END, "%g s is before the first frame", time_s);
    sfd_status status = sfd_video_skip_to(v, wanted, err);
    return status == SFD_OK ? sfd_video_next(v, frame, &index, err) : status;
}

/* The keyframe's picture, or null with *why told where the video does not have it. */
static sfd_status put_keyframe(sfd_json_out *j, const sfd_report *r, sfd_video_reader *v,
                               double timestamp_s, bool large, sfd_error *why, sfd_error *err)
{
    sfd_picture *frame;
    sfd_status status = read_frame(v, timestamp_s - r->s.timestamp_offset_s, &frame, why);
    if (status == SFD_ERR_CANCELLED || status == SFD_ERR_NOMEM)
        return sfd_fail(err, status, "%s", why->message);
    if (status != SFD_OK) {
        why->status = status;
        sfd_json_put_text(j, NULL);
        return SFD_OK;
    }
    const int width = large && LARGE_PX > r->s.thumbnail_px ? LARGE_PX : r->s.thumbnail_px;
    status = put_picture(j, frame, width, err);
    sfd_picture_unref(frame);
    return status;
}

static sfd_status put_keyframes(sfd_json_out *j, const sfd_report *r, const sfd_report_keyframes *k,
                                size_t video, sfd_video_reader *v, sfd_report_picture_plan *plan,
                                sfd_error *err)
{
    sfd_error why = {0};
    size_t n_missing = 0;
    sfd_status status = SFD_OK;
    for (size_t i = k->start[video]; i < k->start[video + 1] && status == SFD_OK; i++) {
        const bool wanted = is_wanted(plan, i);
        plan->n_done++;
        if (!wanted) {
            sfd_json_put_text(j, NULL);
            continue;
        }
        why.status = SFD_OK;
        status = put_keyframe(j, r, v, k->times_s[i], plan->large[i], &why, err);
        n_missing += why.status != SFD_OK;
        if (r->s.on_progress)
            r->s.on_progress(r->s.user, ++plan->n_made, plan->n_pictures);
    }
    if (n_missing > 0)
        sfd_report_warn(r, "%s: %zu keyframe%s not in it (is the timestamp offset right?): %s",
                        r->videos[video].path, n_missing, n_missing == 1 ? " is" : "s are",
                        why.message);
    return status;
}

static void put_size(sfd_json_out *j, const sfd_video_reader *v)
{
    sfd_json_put_key(j, "size");
    if (!v) {
        sfd_json_put_text(j, NULL);
        return;
    }
    sfd_json_put_open(j, '[');
    sfd_json_put_integer(j, sfd_video_get_info(v)->width);
    sfd_json_put_integer(j, sfd_video_get_info(v)->height);
    sfd_json_put_close(j, ']');
}

sfd_status sfd_report_put_pictures(sfd_json_out *j, const sfd_report *r,
                                   const sfd_report_keyframes *k, size_t video,
                                   sfd_report_picture_plan *plan, sfd_error *err)
{
    const sfd_video_options options = {
        .fps = SFD_TIMELINE_FPS, .should_stop = r->s.should_stop, .user = r->s.user};
    sfd_video_reader *v = NULL;
    sfd_error why;
    sfd_status status = SFD_OK;
    if (r->videos[video].path)
        status = sfd_video_open(&v, r->videos[video].path, &options, &why);
    if (status == SFD_ERR_CANCELLED || status == SFD_ERR_NOMEM)
        return sfd_fail(err, status, "%s", why.message);
    if (status != SFD_OK) {
        sfd_report_warn(r, "%s", why.message);
        plan->n_done += k->start[video + 1] - k->start[video];
    }
    put_size(j, v);
    sfd_json_put_key(j, "pictures");
    sfd_json_put_open(j, '[');
    status = v ? put_keyframes(j, r, k, video, v, plan, err) : SFD_OK;
    sfd_json_put_close(j, ']');
    sfd_video_close(v);
    return status;
}
