/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of videos as they are, against `ffmpeg -vsync passthrough`; folders of pictures. */
#include "clips.h"
#include "media/frame_reader.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define WIDTH  64
#define HEIGHT 48
#define BYTES  (3 * WIDTH * HEIGHT)
#define SOURCE "-f lavfi -i testsrc2=size=64x48:rate="

static sfd_frame_reader *open_reader(const char *path)
{
    sfd_frame_reader *r;
    sfd_error err;
    const sfd_frame_source source = {.path = path, .picture_fps = 12};
    if (sfd_frame_reader_open(&r, &source, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return r;
}

/* Whether the file's next picture is the next one of ffmpeg's. */
static bool same_picture(const sfd_picture *p, FILE *reference)
{
    uint8_t want[BYTES];
    if (fread(want, BYTES, 1, reference) != 1)
        return false;
    assert_int_equal(p->width, WIDTH);
    assert_int_equal(p->height, HEIGHT);
    for (int y = 0; y < HEIGHT; y++)
        if (memcmp(p->rgb + (size_t)y * p->stride_bytes, want + 3 * WIDTH * y, 3 * WIDTH) != 0)
            return false;
    return true;
}

static void expect_frames(const char *path, int n, double fps)
{
    char command[256];
    snprintf(command, sizeof command,
             "ffmpeg -nostdin -v quiet -i %s -vsync passthrough -f rawvideo -pix_fmt rgb24 -",
             path);
    FILE *reference = popen(command, "r");
    sfd_frame_reader *r = open_reader(path);
    sfd_picture *p;
    sfd_error err;
    assert_int_equal(sfd_frame_reader_count(r), n);
    assert_true(fabs(sfd_frame_reader_fps(r) - fps) < 0.01 * fps);
    for (int i = 0; i < n; i++) {
        assert_int_equal(sfd_frame_reader_next(r, true, &p, &err), SFD_OK);
        if (!same_picture(p, reference))
            fail_msg("%s: frame %d", path, i);
        sfd_picture_unref(p);
    }
    assert_int_equal(sfd_frame_reader_next(r, true, &p, &err), SFD_ERR_END);
    assert_null(p);
    assert_int_equal(fgetc(reference), EOF);
    assert_false(sfd_frame_reader_complain(r, &err));
    pclose(reference);
    sfd_frame_reader_close(r);
}

static void test_videos(void **state)
{
    (void)state;
    assert_true(clips_make("ntsc.mp4", SOURCE "30000/1001 -frames:v 40 -c:v libx264 -bf 3"));
    expect_frames("ntsc.mp4", 40, 29.97);
    assert_true(clips_make("film.ts", SOURCE "24 -frames:v 31 -c:v libx264 -bf 2"));
    expect_frames("film.ts", 31, 24);
    assert_true(clips_make("slow.avi", SOURCE "12 -frames:v 17 -c:v mpeg4"));
    expect_frames("slow.avi", 17, 12);
    assert_true(clips_make("irregular.mkv", SOURCE "30 -vf \"select='lt(mod(n,7),3)'\" -vsync vfr "
                                                   "-frames:v 20 -c:v libx264"));
    sfd_frame_reader *r = open_reader("irregular.mkv");
    const double fps = sfd_frame_reader_fps(r);
    sfd_frame_reader_close(r);
    expect_frames("irregular.mkv", 20, fps);
}

/* Frames that are not wanted are passed over. */
static void test_passing_over(void **state)
{
    (void)state;
    sfd_frame_reader *all = open_reader("ntsc.mp4"), *some = open_reader("ntsc.mp4");
    for (int i = 0; i < 40; i++) {
        sfd_picture *a, *b;
        assert_int_equal(sfd_frame_reader_next(all, true, &a, NULL), SFD_OK);
        assert_int_equal(sfd_frame_reader_next(some, i % 7 == 3, &b, NULL), SFD_OK);
        assert_true((b != NULL) == (i % 7 == 3));
        if (b)
            assert_memory_equal(a->rgb, b->rgb, 3 * WIDTH);
        sfd_picture_unref(a);
        sfd_picture_unref(b);
    }
    sfd_frame_reader_close(all);
    sfd_frame_reader_close(some);
}

static void test_folder(void **state)
{
    (void)state;
    mkdir("pictures", 0700);
    mkdir("empty", 0700);
    assert_true(clips_make("pictures/%d.png", "-i ntsc.mp4 -frames:v 12"));
    assert_true(clips_make("pictures/notes.txt", "-i ntsc.mp4 -frames:v 1 -f rawvideo"));
    sfd_frame_reader *video = open_reader("ntsc.mp4"), *folder = open_reader("pictures");
    assert_int_equal(sfd_frame_reader_count(folder), 12);
    assert_true(sfd_frame_reader_fps(folder) == 12);
    for (int i = 0; i < 12; i++) {
        sfd_picture *a, *b;
        assert_int_equal(sfd_frame_reader_next(video, true, &a, NULL), SFD_OK);
        assert_int_equal(sfd_frame_reader_next(folder, true, &b, NULL), SFD_OK);
        for (int y = 0; y < HEIGHT; y++)
            assert_memory_equal(a->rgb + (size_t)y * a->stride_bytes,
                                b->rgb + (size_t)y * b->stride_bytes, 3 * WIDTH);
        sfd_picture_unref(a);
        sfd_picture_unref(b);
    }
    sfd_frame_reader_close(video);
    sfd_frame_reader_close(folder);
}

/* Patterns mean what they mean to ffmpeg; each kind is decoded as ffmpeg does it, and pictures of a
 * folder may be of several kinds. */
static void test_kinds(void **state)
{
    (void)state;
    static const char *const kinds[] = {"jpg", "png", "bmp", "tiff"};
    char pattern[32], options[64];
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        snprintf(pattern, sizeof pattern, "%s_%%03d.%s", kinds[i], kinds[i]);
        snprintf(options, sizeof options, "-i ntsc.mp4 -frames:v 9 -start_number %d", (int)i);
        assert_true(clips_make(pattern, options));
        expect_frames(pattern, 9, 12);
    }
    assert_int_equal(rename("png_003.png", "bmp_003.bmp"), 0);
    sfd_frame_reader *mixed = open_reader("bmp_%03d.bmp"), *video = open_reader("ntsc.mp4");
    for (int i = 0; i < 9; i++) {
        sfd_picture *a, *b;
        assert_int_equal(sfd_frame_reader_next(video, true, &a, NULL), SFD_OK);
        assert_int_equal(sfd_frame_reader_next(mixed, i != 4, &b, NULL), SFD_OK);
        if (b && i != 1)
            assert_memory_equal(a->rgb, b->rgb, 3 * WIDTH);
        sfd_picture_unref(a);
        sfd_picture_unref(b);
    }
    sfd_frame_reader_close(mixed);
    sfd_frame_reader_close(video);
}

static void expect_failure(const char *path, sfd_status status, const char *message)
{
    sfd_frame_reader *r;
    sfd_error err = {0};
    const sfd_frame_source source = {.path = path};
    const sfd_status got = sfd_frame_reader_open(&r, &source, &err);
    if (got != status || !strstr(err.message, message))
        fail_msg("%s: %d, \"%s\"", path, got, err.message);
    assert_null(r);
}

static void test_refused(void **state)
{
    (void)state;
    expect_failure("nowhere.mp4", SFD_ERR_IO, "nowhere.mp4: cannot open");
    expect_failure("empty", SFD_ERR_FORMAT, "empty: a folder without pictures");
    expect_failure("nothing_%d.jpg", SFD_ERR_FORMAT,
                   "nothing_%d.jpg: no picture is called like this");
    sfd_picture *p;
    sfd_error err;
    assert_true(clips_make("pictures/13.png", "-i ntsc.mp4 -frames:v 1 -vf scale=32:32"));
    sfd_frame_reader *r = open_reader("pictures");
    for (int i = 0; i < 12; i++) {
        assert_int_equal(sfd_frame_reader_next(r, i == 0, &p, &err), SFD_OK);
        sfd_picture_unref(p);
    }
    assert_int_equal(sfd_frame_reader_next(r, true, &p, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "pictures/13.png: is 32 x 32, the first picture 64 x 48"));
    sfd_frame_reader_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_videos),  cmocka_unit_test(test_passing_over),
        cmocka_unit_test(test_folder),  cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_refused),
    };
    clips_begin(NULL);
    return have_ffmpeg ? cmocka_run_group_tests(tests, NULL, clips_end) : 77;
}
