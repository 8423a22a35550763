/* SPDX-License-Identifier: Apache-2.0 */
/* Image and video files: what is written reads back; failures leave nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/image_file.h"
#include "media/video_reader.h"
#include "media/video_writer.h"

#include <dirent.h>
#include <sfdet/codecs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/sfdet-outputs-XXXXXX";

static sfd_picture *gradient(int width, int height, int shift)
{
    sfd_picture *p;
    assert_int_equal(sfd_picture_create(&p, width, height, NULL), SFD_OK);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint8_t *pixel = p->rgb + (size_t)y * p->stride_bytes + 3 * (size_t)x;
            pixel[0] = (uint8_t)(40 + 150 * x / width);
            pixel[1] = (uint8_t)(40 + 150 * y / height);
            pixel[2] = (uint8_t)(100 + shift);
        }
    return p;
}

static int largest_difference(const sfd_picture *a, const sfd_picture *b)
{
    int worst = 0;
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    for (int y = 0; y < a->height; y++)
        for (size_t x = 0; x < 3 * (size_t)a->width; x++) {
            int d = abs(a->rgb[(size_t)y * a->stride_bytes + x] -
                        b->rgb[(size_t)y * b->stride_bytes + x]);
            worst = d > worst ? d : worst;
        }
    return worst;
}

static int count_files(void)
{
    int n = 0;
    DIR *d = opendir(".");
    for (struct dirent *e; (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void check_image(const char *path, sfd_image_format format, int tolerance)
{
    sfd_picture *p = gradient(61, 35, 0), *back;
    sfd_video_reader *v;
    sfd_error err = {0};
    int64_t index;
    assert_int_equal(sfd_image_write(p, path, format, &err), SFD_OK);
    assert_int_equal(sfd_video_open(&v, path, &(sfd_video_options){.fps = 30}, &err), SFD_OK);
    assert_int_equal(sfd_video_next(v, &back, &index, &err), SFD_OK);
    assert_true(largest_difference(p, back) <= tolerance);
    sfd_picture_unref(back);
    sfd_video_close(v);
    sfd_picture_unref(p);
    unlink(path);
}

static void test_images(void **state)
{
    (void)state;
    check_image("a.png", SFD_IMAGE_PNG, 0);
    check_image("a.jpg", SFD_IMAGE_JPEG, 12);
    assert_string_equal(sfd_image_extension(SFD_IMAGE_PNG), "png");
    assert_string_equal(sfd_image_extension(SFD_IMAGE_JPEG), "jpg");
}

static void test_unwritable_image(void **state)
{
    (void)state;
    sfd_picture *p = gradient(8, 8, 0);
    sfd_error err = {0};
    assert_int_equal(sfd_image_write(p, "absent/a.png", SFD_IMAGE_PNG, &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "absent/a.png"));
    assert_int_equal(sfd_image_write(p, "/dev/full", SFD_IMAGE_PNG, &err), SFD_ERR_IO);
    sfd_picture_unref(p);
    assert_int_equal(count_files(), 0);
}

/* Writes `n` pictures; the first failure. */
static sfd_status write_video(const char *path, int width, int height, int n, sfd_error *err)
{
    sfd_video_writer *w;
    sfd_status st = sfd_video_writer_open(
        &w, path, &(sfd_video_format){.width = width, .height = height, .fps = 30}, err);
    for (int i = 0; st == SFD_OK && i < n; i++) {
        sfd_picture *p = gradient(width, height, i % 100);
        st = sfd_video_writer_add(w, p, err);
        sfd_picture_unref(p);
    }
    if (st == SFD_OK)
        return sfd_video_writer_close(w, err);
    sfd_video_writer_discard(w);
    return st;
}

static void need_encoder(void)
{
    sfd_video_writer *w;
    sfd_error err = {0};
    sfd_status st = sfd_video_writer_open(
        &w, "x.mp4", &(sfd_video_format){.width = 16, .height = 16, .fps = 30}, &err);
    sfd_video_writer_discard(w);
    if (st == SFD_ERR_UNSUPPORTED)
        skip();
    assert_int_equal(st, SFD_OK);
}

static void check_video(const char *path, int width, int height)
{
    enum { n_frames = 40 };
    sfd_video_reader *v;
    sfd_error err = {0};
    sfd_picture *p;
    int64_t index;
    int n = 0;
    if (write_video(path, width, height, n_frames, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_int_equal(sfd_video_open(&v, path, &(sfd_video_options){.fps = 30}, &err), SFD_OK);
    const sfd_video_info *info = sfd_video_get_info(v);
    assert_int_equal(info->width, (width + 1) / 2 * 2);
    assert_int_equal(info->height, (height + 1) / 2 * 2);
    assert_string_equal(info->codec, "h264");
    while (sfd_video_next(v, &p, &index, &err) == SFD_OK) {
        sfd_picture *expected = gradient(width, height, n);
        if (info->width == width && info->height == height)
            assert_in_range(largest_difference(p, expected), 0, 24);
        sfd_picture_unref(expected);
        sfd_picture_unref(p);
        n++;
    }
    assert_int_equal(n, n_frames);
    sfd_video_close(v);
    unlink(path);
    assert_int_equal(count_files(), 0);
}

static void test_videos(void **state)
{
    (void)state;
    need_encoder();
    check_video("a.mp4", 96, 64);
    check_video("a.mkv", 97, 65);
    check_video("a:b.mov", 128, 720);
    check_video("one.mp4", 1, 1);
}

static void test_unwritable_video(void **state)
{
    (void)state;
    sfd_error err = {0};
    assert_int_equal(write_video("a.xyz", 16, 16, 1, &err), SFD_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "a.xyz"));
    assert_int_equal(write_video("absent/a.mp4", 16, 16, 1, &err), SFD_ERR_IO);
    assert_int_equal(write_video("a.mp4", 0, 16, 1, &err), SFD_ERR_ARG);
    assert_int_equal(count_files(), 0);
}

/* A file that may not grow stands for a full disk; an older file of that name stays. */
static void test_full_disk(void **state)
{
    (void)state;
    need_encoder();
    FILE *old = fopen("a.mp4", "w");
    fputs("old", old);
    fclose(old);
    struct rlimit before, small;
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 3000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    sfd_error err = {0};
    sfd_status st = write_video("a.mp4", 640, 360, 90, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(st, SFD_ERR_IO);
    assert_non_null(strstr(err.message, "a.mp4"));
    struct stat info;
    assert_int_equal(stat("a.mp4", &info), 0);
    assert_int_equal(info.st_size, 3);
    assert_int_equal(count_files(), 1);
    unlink("a.mp4");
}

static void test_wrong_picture_size(void **state)
{
    (void)state;
    need_encoder();
    sfd_video_writer *w;
    sfd_error err = {0};
    sfd_picture *p = gradient(20, 10, 0);
    assert_int_equal(
        sfd_video_writer_open(&w, "a.mp4",
                              &(sfd_video_format){.width = 10, .height = 20, .fps = 30}, &err),
        SFD_OK);
    assert_int_equal(sfd_video_writer_add(w, p, &err), SFD_ERR_ARG);
    sfd_video_writer_discard(w);
    sfd_picture_unref(p);
    assert_int_equal(count_files(), 0);
}

static int begin(void **state)
{
    (void)state;
    sfd_quiet_codecs();
    return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    return chdir("/") == 0 ? rmdir(directory) : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_images),    cmocka_unit_test(test_unwritable_image),
        cmocka_unit_test(test_videos),    cmocka_unit_test(test_unwritable_video),
        cmocka_unit_test(test_full_disk), cmocka_unit_test(test_wrong_picture_size),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
