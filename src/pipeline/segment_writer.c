/* SPDX-License-Identifier: Apache-2.0 */
/* A writer that tells at the end what persons did from when to when. */
#include "base/alloc.h"
#include "base/error.h"
#include "pipeline/segment_files.h"
#include "pipeline/writer.h"

#include <stdlib.h>
#include <string.h>

typedef struct segment_writer {
    const sfd_segment_format *format;
    sfd_segmenter *segmenter;
    double offset_s;
    char *video_path; /* NULL: not known */
    char *video_id;   /* of the first keyframe, where the format tells of one video */
} segment_writer;

static void release(void *own)
{
    segment_writer *s = own;
    sfd_segmenter_free(s->segmenter);
    free(s->video_path);
    free(s->video_id);
    free(s);
}

static sfd_status check_video(segment_writer *s, const char *path, const sfd_keyframe *k,
                              sfd_error *err)
{
    if (!s->video_id && !(s->video_id = sfd_strdup(k->video_id)))
        return sfd_fail_nomem(err, path);
    if (strcmp(s->video_id, k->video_id) != 0)
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: %s files tell of one video, and there are \"%s\" and \"%s\"", path,
                        s->format->extension, s->video_id, k->video_id);
    return SFD_OK;
}

static sfd_status add(sfd_writer *w, const sfd_keyframe *k, sfd_error *err)
{
    segment_writer *s = w->own;
    sfd_status status = s->format->one_video ? check_video(s, w->path, k, err) : SFD_OK;
    return status == SFD_OK ? sfd_segmenter_add(s->segmenter, k, err) : status;
}

static sfd_status finish(sfd_writer *w, sfd_error *err)
{
    segment_writer *s = w->own;
    sfd_segment_counts counts;
    sfd_segment_list list = {
        .labels = w->labels, .offset_s = s->offset_s, .video_path = s->video_path};
    sfd_segmenter_get_counts(s->segmenter, &counts);
    if (counts.n_boxes > 0 && counts.n_unknown == counts.n_boxes)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: not written: segments need boxes that say which person they are of, "
                        "and none of the %zu has a person id",
                        w->path, counts.n_boxes);
    sfd_status status = sfd_segmenter_finish(s->segmenter, &list.items, &list.n, err);
    return status == SFD_OK ? s->format->write(sfd_outfile_stream(w->file), &list, err) : status;
}

static sfd_status make(segment_writer **out, const char *path, const char *video_path,
                       const sfd_segment_settings *settings, sfd_error *err)
{
    const sfd_segment_format *format = sfd_segment_format_of(path);
    if (!format)
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: segments are written as .csv, .tsv, .vtt or .eaf files", path);
    segment_writer *s = sfd_calloc(1, sizeof *s);
    if (!s || (video_path && !(s->video_path = sfd_strdup(video_path)))) {
        free(s);
        return sfd_fail_nomem(err, path);
    }
    s->format = format;
    s->offset_s = settings ? settings->timestamp_offset_s : 0;
    sfd_status status = sfd_segmenter_create(&s->segmenter, settings, err);
    if (status == SFD_OK)
        *out = s;
    else
        release(s);
    return status;
}

sfd_status sfd_writer_open_segments(sfd_writer **out, const char *path, const char *video_path,
                                    const sfd_labels *labels, const sfd_segment_settings *settings,
                                    sfd_error *err)
{
    segment_writer *own = NULL;
    *out = NULL;
    sfd_status status = make(&own, path, video_path, settings, err);
    if (status != SFD_OK)
        return status;
    status = sfd_writer_create(out, path, true, err);
    if (status != SFD_OK) {
        release(own);
        return status;
    }
    (*out)->add = add;
    (*out)->finish = finish;
    (*out)->own = own;
    (*out)->release = release;
    (*out)->labels = labels;
    return SFD_OK;
}
