/* SPDX-License-Identifier: Apache-2.0 */
/* Decoders and demuxers that get no memory, which they may call a damaged or truncated file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clips.h"
#include "media/frame_reader.h"
#include "media/sound_reader.h"
#include "media/video_reader.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#define CLIP "-f lavfi -i testsrc2=size=98x72:rate=25:duration=1 "

static const char *const clips[][2] = {
    {"a.mp4", CLIP "-c:v libx264 -pix_fmt yuv420p"},
    {"a.avi", CLIP "-c:v mjpeg"},
    {"a.mpg", CLIP "-c:v mpeg2video"},
    {"a.wmv", CLIP "-c:v wmv2"},
    {"a.webm", CLIP "-c:v libvpx -b:v 1M"},
};
static const char *const sounds[][2] = {
    {"a.mka", "-f lavfi -i sine=d=1:r=44100 -af adelay=300 -ac 2 -c:a aac"},
    {"a.flac", "-f lavfi -i sine=d=1:r=16000"},
    {"a.wav", "-f lavfi -i sine=d=1:r=48000 -ac 6"},
};
static atomic_int left; /* large blocks that there still are */

/* Its scale filter loses a frame when it gets no memory (5.1: scale_frame, behind config_props). */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:posix_memalign\n"; /* stacks end in av_malloc */
}

/* FFmpeg's, in the place of the C library's. */
int posix_memalign(void **p, size_t alignment, size_t n)
{
    if (n > 4096 && atomic_fetch_sub(&left, 1) <= 0)
        return ENOMEM;
    *p = aligned_alloc(alignment, (n + alignment - 1) / alignment * alignment);
    return *p ? 0 : ENOMEM;
}

static sfd_status read_video(const char *name, sfd_error *err)
{
    static const sfd_video_options thirty = {.fps = 30};
    sfd_video_reader *v;
    sfd_picture *p;
    int64_t index;
    sfd_status status = sfd_video_open(&v, name, &thirty, err);
    if (status != SFD_OK)
        return status;
    while ((status = sfd_video_next(v, &p, &index, err)) == SFD_OK)
        sfd_picture_unref(p);
    if (status == SFD_ERR_END)
        status = sfd_video_complain(v, err) ? SFD_ERR_FORMAT : SFD_OK;
    sfd_video_close(v);
    return status;
}

static sfd_status read_frames(const char *name, sfd_error *err)
{
    const sfd_frame_source source = {.path = name};
    sfd_frame_reader *r;
    sfd_picture *p;
    sfd_status status = sfd_frame_reader_open(&r, &source, err);
    if (status != SFD_OK)
        return status;
    while ((status = sfd_frame_reader_next(r, true, &p, err)) == SFD_OK)
        sfd_picture_unref(p);
    if (status == SFD_ERR_END)
        status = sfd_frame_reader_complain(r, err) ? SFD_ERR_FORMAT : SFD_OK;
    sfd_frame_reader_close(r);
    return status;
}

static sfd_status read_sound(const char *name, sfd_error *err)
{
    static float samples[30000];
    sfd_sound_reader *s;
    sfd_status status = sfd_sound_open(&s, name, &(sfd_sound_options){.rate = 16000}, err);
    if (status != SFD_OK)
        return status;
    status = sfd_sound_read(s, 0, 30000, samples, err);
    if (status == SFD_OK && sfd_sound_complain(s, err))
        status = SFD_ERR_FORMAT;
    sfd_sound_close(s);
    return status;
}

/* With one block more each time (but a few) until they are enough. */
static void try_all(const char *name, sfd_status (*read)(const char *name, sfd_error *err))
{
    sfd_status status = SFD_ERR_NOMEM;
    int n = 0;
    for (; status == SFD_ERR_NOMEM && n < 3000; n += 1 + n / 16) {
        sfd_error err = {0};
        atomic_store(&left, n);
        status = read(name, &err);
        atomic_store(&left, INT32_MAX);
        if (status != SFD_OK && status != SFD_ERR_NOMEM)
            fail_msg("%s: %d blocks: %s", name, n, err.message);
    }
    assert_int_equal(status, SFD_OK);
    assert_true(n > 5);
}

static void test_memory_is_named(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    for (size_t i = 0; i < sizeof clips / sizeof *clips; i++) {
        assert_true(clips_make(clips[i][0], clips[i][1]));
        try_all(clips[i][0], read_video);
        try_all(clips[i][0], read_frames);
    }
    for (size_t i = 0; i < sizeof sounds / sizeof *sounds; i++) {
        assert_true(clips_make(sounds[i][0], sounds[i][1]));
        try_all(sounds[i][0], read_sound);
    }
}

static int begin(void **state)
{
    atomic_store(&left, INT32_MAX);
    return clips_begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory_is_named)};
    return cmocka_run_group_tests(tests, begin, clips_end);
}
