/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a list of labelled videos into samples. */
#include "base/ava_row.h"
#include "base/error.h"
#include "base/text.h"
#include "train/samples.h"

#include <string.h>

typedef struct list_line {
    const char *path, *label;
    size_t path_length, label_length;
} list_line;

/* Two columns, or one that a blank parts. */
static bool split(const sfd_csv_row *row, list_line *l)
{
    const sfd_csv_field *first = &row->fields[0], *last = &row->fields[row->n_fields - 1];
    *l = (list_line){first->text, last->text, first->length, last->length};
    if (row->n_fields == 2)
        return l->path_length > 0;
    size_t end = first->length;
    while (end > 0 && (first->text[end - 1] == ' ' || first->text[end - 1] == '\t'))
        end--;
    size_t at = end;
    while (at > 0 && first->text[at - 1] != ' ' && first->text[at - 1] != '\t')
        at--;
    l->label = first->text + at;
    l->label_length = end - at;
    while (at > 0 && (first->text[at - 1] == ' ' || first->text[at - 1] == '\t'))
        at--;
    l->path_length = at;
    return row->n_fields == 1 && at > 0;
}

static sfd_status on_line(void *user, const sfd_csv_row *row, sfd_error *err)
{
    static const sfd_box_norm whole = {0, 0, 1, 1};
    sfd_samples *s = user;
    list_line l;
    long long label;
    size_t video;
    if (!split(row, &l))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: line %llu: \"%.200s\" is not a video's path and a label", row->path,
                        (unsigned long long)row->line, row->fields[0].text);
    if (!sfd_parse_long(l.label, l.label_length, &label) || label < 0 ||
        (unsigned long long)label >= s->n_classes)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: line %llu: label \"%.*s\" is not an integer from 0 to %zu, the last "
                        "of the network's outputs",
                        row->path, (unsigned long long)row->line, (int)l.label_length, l.label,
                        s->n_classes - 1);
    sfd_status status = sfd_samples_add_video(s, l.path, l.path_length, &video, err);
    if (status == SFD_OK)
        status = sfd_samples_add(s, video, 0, err);
    if (status == SFD_OK)
        status = sfd_samples_add_box(s, &whole, 1, true, err);
    if (status == SFD_OK)
        s->targets[(s->n_boxes - 1) * s->n_classes + (size_t)label] = 1;
    return status;
}

sfd_status sfd_samples_read_list(sfd_samples *s, const sfd_samples_settings *settings,
                                 sfd_error *err)
{
    *s = (sfd_samples){.n_classes = settings->n_classes, .whole_videos = true};
    sfd_status status = sfd_ava_read(settings->list, on_line, s, NULL, err);
    if (status == SFD_OK && s->n == 0)
        status = sfd_fail(err, SFD_ERR_MISMATCH, "%s: no video", settings->list);
    return status;
}
