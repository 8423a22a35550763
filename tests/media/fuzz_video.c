/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a video file: open, read some frames, skip, read again, read every third one. */
#include "media/file_end.h"
#include "media/frame_reader.h"
#include "media/video_reader.h"
#include "support/memory_file.h"

#include <sfdet/codecs.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    sfd_quiet_codecs();
    return 0;
}

static void read_some(sfd_video_reader *v, int n)
{
    sfd_picture *p;
    int64_t index;
    while (n-- > 0 && sfd_video_next(v, &p, &index, NULL) == SFD_OK)
        sfd_picture_unref(p);
}

/* The bytes as a picture, three times. */
static void read_as_pictures(const char *path)
{
    const char *const files[] = {path, path, path};
    const sfd_frame_source source = {.path = "pictures", .pictures = files, .n_pictures = 3};
    sfd_frame_reader *r;
    sfd_picture *p;
    if (sfd_frame_reader_open(&r, &source, NULL) != SFD_OK)
        return;
    for (int i = 0; sfd_frame_reader_next(r, i != 1, &p, NULL) == SFD_OK; i++)
        sfd_picture_unref(p);
    sfd_frame_reader_close(r);
}

static bool wants_third(void *user, int64_t first, int64_t last)
{
    (void)user;
    return first % 3 == 0 || last > first;
}

static void read_thirds(sfd_video_reader *v)
{
    sfd_video_set_wants(v, wants_third, NULL);
    for (int64_t i = 0; i < 48; i += 3) {
        if (sfd_video_skip_to(v, i, NULL) != SFD_OK)
            return;
        read_some(v, 1);
    }
}

static void look_at_end(int fd)
{
    static const char *const formats[] = {"mov,mp4", "matroska,webm", "mpegts", "mpeg", "ogg",
                                          "avi",     "flv",           "gif",    "mjpeg"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        sfd_file_end_fault(fd, formats[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    char path[32];
    sfd_video_reader *v;
    const int fd = memory_file(path, data, n_bytes);
    look_at_end(fd);
    if (sfd_video_open(&v, path, &(sfd_video_options){.fps = 30}, NULL) == SFD_OK) {
        read_some(v, 4);
        if (sfd_video_skip_to(v, 40, NULL) == SFD_OK)
            read_some(v, 2);
        if (sfd_video_skip_to(v, 1, NULL) == SFD_OK)
            read_some(v, 2);
        read_thirds(v);
        sfd_video_close(v);
    }
    read_as_pictures(path);
    close(fd);
    return 0;
}
