/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a list of labelled videos into samples. */
#include "base/error.h"
#include "classify/list.h"
#include "train/samples.h"

#include <string.h>

typedef struct maker {
    sfd_samples *s;
    bool several_labels;
} maker;

/* Videos alone, and with labels. */
static sfd_status check(const maker *m, const sfd_list_line *line, sfd_error *err)
{
    const sfd_csv_row *row = line->row;
    if (line->video)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: line %llu: lists of frames are not learned from", row->path,
                        (unsigned long long)row->line);
    if (line->n_labels == 0)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: line %llu: \"%.200s\" is not a video's path and a label", row->path,
                        (unsigned long long)row->line, row->fields[0].text);
    if (line->n_labels > 1 && !m->several_labels)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: line %llu: %zu labels; a network whose classes exclude each other "
                        "(MODEL.HEAD_ACT softmax) learns from one",
                        row->path, (unsigned long long)row->line, line->n_labels);
    return SFD_OK;
}

static sfd_status on_line(void *user, const sfd_list_line *line, sfd_error *err)
{
    static const sfd_box_norm whole = {0, 0, 1, 1};
    const maker *m = user;
    sfd_samples *s = m->s;
    size_t video;
    sfd_status status = check(m, line, err);
    if (status == SFD_OK)
        status = sfd_samples_add_video(s, line->path, strlen(line->path), &video, err);
    if (status == SFD_OK)
        status = sfd_samples_add(s, video, 0, err);
    if (status == SFD_OK)
        status = sfd_samples_add_box(s, &whole, 1, true, err);
    for (size_t i = 0; status == SFD_OK && i < line->n_labels; i++)
        s->targets[(s->n_boxes - 1) * s->n_classes + (size_t)line->labels[i]] = 1;
    return status;
}

sfd_status sfd_samples_read_list(sfd_samples *s, const sfd_samples_settings *settings,
                                 sfd_error *err)
{
    *s = (sfd_samples){.n_classes = settings->n_classes, .whole_videos = true};
    maker m = {s, settings->several_labels};
    sfd_status status = sfd_list_read(settings->list, (int)settings->n_classes, on_line, &m, err);
    if (status == SFD_OK && s->n == 0)
        status = sfd_fail(err, SFD_ERR_MISMATCH, "%s: no video", settings->list);
    return status;
}
