/* SPDX-License-Identifier: Apache-2.0 */
/* Keyframes with any timestamps, persons and scores as segments in all formats: nothing but a
 * refusal comes of it, and what is told lies in order. */
#include "pipeline/segment_files.h"

#include <stdlib.h>
#include <string.h>

#define N_CLASSES 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

typedef struct raw_keyframe {
    double timestamp_s;
    float scores[N_CLASSES];
    int8_t person_id;
    uint8_t video;
    uint16_t unused;
} raw_keyframe;

static void add(sfd_segmenter *s, const raw_keyframe *raw)
{
    static const int class_ids[N_CLASSES] = {12, -1, 1 << 30};
    const char video_id[] = {(char)(raw->video | 1), '\0'};
    const sfd_person person = {
        .person_id = raw->person_id, .has_person_id = raw->person_id != 3, .scores = raw->scores};
    const sfd_keyframe k = {.video_id = video_id,
                            .timestamp_s = raw->timestamp_s,
                            .n_classes = N_CLASSES,
                            .class_ids = class_ids,
                            .n_persons = 1,
                            .persons = &person};
    sfd_segmenter_add(s, &k, NULL);
}

static void write_all(const sfd_segment *list, size_t n, double offset_s)
{
    static const char *const paths[] = {"x.csv", "x.tsv", "x.vtt", "x.eaf"};
    static sfd_labels *labels;
    if (!labels && sfd_labels_open(&labels, NULL, NULL) != SFD_OK)
        abort();
    const sfd_segment_list all = {list, n, labels, offset_s, NULL};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        FILE *f = fopen("/dev/null", "w");
        if (!f || sfd_segment_format_of(paths[i])->write(f, &all, NULL) != SFD_OK)
            abort();
        fclose(f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    sfd_segmenter *s;
    sfd_segment_settings settings;
    const sfd_segment *list;
    size_t n;
    if (n_bytes < 2)
        return 0;
    sfd_segment_settings_defaults(&settings);
    settings.smooth_s = data[0] % 4;
    settings.min_length_s = data[1] % 2;
    settings.timestamp_offset_s = data[1];
    if (sfd_segmenter_create(&s, &settings, NULL) != SFD_OK)
        abort();
    for (size_t i = 2; i + sizeof(raw_keyframe) <= n_bytes; i += sizeof(raw_keyframe)) {
        raw_keyframe raw;
        memcpy(&raw, data + i, sizeof raw);
        add(s, &raw);
    }
    if (sfd_segmenter_finish(s, &list, &n, NULL) != SFD_OK)
        abort();
    for (size_t i = 0; i < n; i++)
        if (!(list[i].end_s >= list[i].start_s) ||
            !(list[i].start_s >= settings.timestamp_offset_s))
            abort();
    write_all(list, n, settings.timestamp_offset_s);
    sfd_segmenter_free(s);
    return 0;
}
