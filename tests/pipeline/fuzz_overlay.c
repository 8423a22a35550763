/* SPDX-License-Identifier: Apache-2.0 */
/* Any csv as detections and as ground truth of video "v", drawn; and keyframes in hand with any
 * numbers for boxes and scores. */
#include "media/draw.h"
#include "pipeline/overlay.h"
#include "support/memory_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH     200
#define HEIGHT    120
#define MAX_DRAWN 8
#define N_CLASSES 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

/* At its own time, and between it and the groups around it. */
static void draw_moments(const sfd_overlay *o, const sfd_mark_group *g, const sfd_font *font,
                         sfd_picture *p)
{
    static const double distances_s[] = {-0.9, 0, 0.5};
    sfd_plates *plates;
    if (sfd_overlay_plates(&plates, o, g, font, WIDTH, HEIGHT, NULL) != SFD_OK)
        abort();
    for (size_t i = 0; i < sizeof distances_s / sizeof *distances_s; i++) {
        const sfd_moment moment = {g, g->timestamp_s + distances_s[i], i == 0};
        if (sfd_overlay_draw(o, &moment, font, plates, p, NULL) != SFD_OK)
            abort();
    }
    sfd_plates_free(plates);
}

static void draw(sfd_overlay *o, const sfd_font *font)
{
    const sfd_mark_group *groups;
    size_t n;
    sfd_picture *p;
    if (sfd_picture_create(&p, WIDTH, HEIGHT, NULL) != SFD_OK ||
        sfd_overlay_groups(o, &groups, &n, NULL) != SFD_OK)
        abort();
    memset(p->rgb, 90, p->stride_bytes * HEIGHT);
    for (size_t i = 0; i < n && i < MAX_DRAWN; i++) {
        if (i > 0 && groups[i].timestamp_s < groups[i - 1].timestamp_s)
            abort();
        draw_moments(o, &groups[i], font, p);
    }
    sfd_picture_unref(p);
}

static void read_csv(sfd_overlay *o, const uint8_t *data, size_t n_bytes)
{
    char path[32];
    const int fd = memory_file(path, data, n_bytes);
    sfd_overlay_read_ground_truth(o, path, NULL);
    sfd_overlay_read_detections(o, path, NULL);
    close(fd);
}

typedef struct raw_person {
    double timestamp_s;
    sfd_box_norm box;
    float scores[N_CLASSES];
    uint32_t person_id;
} raw_person;

static void add_keyframes(sfd_overlay *o, const uint8_t *data, size_t n_bytes)
{
    static const int class_ids[N_CLASSES] = {12, -1, 1 << 30};
    for (size_t i = 0; i + sizeof(raw_person) <= n_bytes; i += sizeof(raw_person)) {
        raw_person raw;
        memcpy(&raw, data + i, sizeof raw);
        const sfd_person person = {
            raw.box, 1,  "1", "0,0,1,1", raw.scores, raw.person_id % 3, raw.person_id % 4 != 0,
            NULL,    {0}};
        const sfd_keyframe k = {.video_id = "v",
                                .timestamp_s = raw.timestamp_s,
                                .n_classes = N_CLASSES,
                                .class_ids = class_ids,
                                .n_persons = 1,
                                .persons = &person};
        if (sfd_overlay_add(o, &k, NULL) != SFD_OK)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    static sfd_font *font;
    static sfd_labels *labels;
    sfd_overlay *o;
    if (!font && (sfd_font_open_builtin(&font, NULL) != SFD_OK ||
                  sfd_labels_open(&labels, NULL, NULL) != SFD_OK))
        abort();
    if (sfd_overlay_create(&o, "v", labels, 0.5, NULL) != SFD_OK)
        abort();
    if (n_bytes > 0 && data[0] == 0)
        add_keyframes(o, data + 1, n_bytes - 1);
    else
        read_csv(o, data, n_bytes);
    draw(o, font);
    sfd_overlay_free(o);
    return 0;
}
