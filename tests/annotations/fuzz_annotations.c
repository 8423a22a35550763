/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes as annotations of a format that is found out, written in all formats. */
#include "annotations/set.h"
#include "support/memory_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(const sfd_annotations *a)
{
    for (size_t k = 0; k < a->n_videos; k++) {
        const sfd_labelled_video *v = a->videos[k];
        size_t n = 0;
        for (size_t t = 0; t < v->n_tracks; t++) {
            const sfd_person_box *b = &v->boxes[v->tracks[t].first];
            if (v->tracks[t].first != n || v->tracks[t].n == 0)
                abort();
            n += v->tracks[t].n;
            for (size_t i = 0; i < v->tracks[t].n; i++)
                if (!isfinite(b[i].time_s) || (i > 0 && !(b[i].time_s >= b[i - 1].time_s)) ||
                    !(b[i].corner[0] <= b[i].corner[2]) || !(b[i].corner[1] <= b[i].corner[3]))
                    abort();
        }
        if (n != v->n_boxes)
            abort();
    }
}

/* The same as the only file of a folder, which lies in memory. */
static void read_folder(const sfd_annotation_settings *s, const uint8_t *data, size_t n)
{
    char folder[] = "/dev/shm/fuzz_annotationsXXXXXX", file[64];
    sfd_annotations *a;
    if (!mkdtemp(folder))
        abort();
    snprintf(file, sizeof file, "%s/v_1.txt", folder);
    FILE *f = fopen(file, "wb");
    if (!f || fwrite(data, 1, n, f) != n || fclose(f) != 0)
        abort();
    if (sfd_annotations_create(&a, s, NULL) != SFD_OK)
        abort();
    if (sfd_annotations_read(a, folder, NULL, NULL) == SFD_OK)
        check(a);
    sfd_annotations_free(a);
    unlink(file);
    rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char path[32];
    sfd_annotation_settings s;
    sfd_annotations *a;
    const int fd = memory_file(path, data, n);
    sfd_annotation_settings_defaults(&s);
    s.width = 640;
    s.height = 480;
    s.fps = n % 3 ? 25 : 0;
    s.every_s = n % 5 ? 0 : 1;
    if (sfd_annotations_create(&a, &s, NULL) != SFD_OK)
        abort();
    if (sfd_annotations_read(a, path, NULL, NULL) == SFD_OK) {
        check(a);
        for (size_t i = 0; i < sfd_annotation_format_count(); i++)
            if (sfd_annotation_format_get(i)->writes)
                sfd_annotations_write(a, "/dev/null", sfd_annotation_format_get(i)->name, NULL);
    }
    sfd_annotations_free(a);
    if (n % 7 == 0)
        read_folder(&s, data, n);
    close(fd);
    return 0;
}
