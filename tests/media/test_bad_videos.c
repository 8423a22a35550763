/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are no videos, damaged ones, truncated ones, and pipes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clips.h"
#include "media/video_reader.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOURCE(size, rate, seconds)                                                                \
    "-f lavfi -i testsrc2=size=" size ":rate=" rate ":duration=" seconds " "
#define SMALL(rate) SOURCE("98x72", rate, "3")
#define TONE        "-f lavfi -i sine=d=3 "
#define X264        "-c:v libx264 -preset fast -g 20 -pix_fmt yuv420p "

static const sfd_video_options thirty = {.fps = 30};

static void expect_failure(const char *path, sfd_status expected, const char *what)
{
    sfd_video_reader *v;
    sfd_error err = {0};
    sfd_status st = sfd_video_open(&v, path, &thirty, &err);
    if (st != expected || v || strncmp(err.message, path, strlen(path)) != 0 ||
        !strstr(err.message, what) || strchr(err.message, '\n'))
        fail_msg("%s: status %d, message \"%s\"", path, (int)st, err.message);
}

static void write_part(const char *to, const char *from, double share)
{
    static char bytes[1 << 20];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_true(in && out);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    fwrite(bytes, 1, (size_t)((double)n * share), out);
    fclose(in);
    fclose(out);
}

/* Zeroes for what follows the first `mark`, up to the index. */
static void zero_after(const char *to, const char *from, const char *mark)
{
    static char bytes[1 << 20];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_true(in && out);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    char *start = memmem(bytes, n, mark, 4), *index = memmem(bytes, n, "moov", 4);
    assert_true(start && index > start);
    memset(start + 4, 0, (size_t)(index - start) - 8);
    fwrite(bytes, 1, n, out);
    fclose(in);
    fclose(out);
}

static void test_bad_files(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    expect_failure("absent.mp4", SFD_ERR_IO, "No such file");
    expect_failure("/proc", SFD_ERR_FORMAT, "a folder without pictures");
    assert_true(clips_make("base.mp4", SMALL("25") X264));
    assert_true(clips_make("sound.m4a", TONE "-c:a aac"));
    expect_failure("sound.m4a", SFD_ERR_FORMAT, "no video stream");
    write_part("empty.mp4", "base.mp4", 0);
    expect_failure("empty.mp4", SFD_ERR_FORMAT, "empty");
    write_part("cut_off.mp4", "base.mp4", 0.6); /* the index is at the end */
    expect_failure("cut_off.mp4", SFD_ERR_FORMAT, "no complete index (moov)");
    zero_after("blank.mp4", "base.mp4", "mdat");
    expect_failure("blank.mp4", SFD_ERR_FORMAT, "no frame");
    FILE *text = fopen("notes.mp4", "w");
    fputs("This is not a video.\n", text);
    fclose(text);
    expect_failure("notes.mp4", SFD_ERR_FORMAT, "not a video");
    sfd_video_reader *v;
    sfd_error err = {0};
    assert_int_equal(sfd_video_open(&v, "base.mp4", &(sfd_video_options){.fps = 0}, &err),
                     SFD_ERR_ARG);
    assert_non_null(strstr(err.message, "frame rate 0"));
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* A file is one video: none that names others, whatever its own name looks like. */
static void test_one_file_only(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    sfd_video_reader *v;
    assert_true(clips_make("base.mp4", SMALL("25") X264));
    write_file("live.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:2,\nbase.mp4\n");
    write_file("list.mp4", "ffconcat version 1.0\nfile base.mp4\n");
    write_file("session.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
                              "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n");
    write_file("manifest.mpd",
               "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" "
               "profiles=\"urn:mpeg:dash:profile:isoff-on-demand:2011\"></MPD>");
    expect_failure("live.mp4", SFD_ERR_UNSUPPORTED, "names others (hls");
    expect_failure("list.mp4", SFD_ERR_UNSUPPORTED, "names others (concat)");
    expect_failure("session.sdp", SFD_ERR_UNSUPPORTED, "names others (sdp)");
    expect_failure("manifest.mpd", SFD_ERR_UNSUPPORTED, "names others (dash)");
    expect_failure("/dev/zero", SFD_ERR_IO, "is a device");
    expect_failure("concat:base.mp4|base.mp4", SFD_ERR_IO, "No such file");
    expect_failure("data:video/mp4;base64,AAAA", SFD_ERR_IO, "No such file");
    expect_failure("http://127.0.0.1/x.mp4", SFD_ERR_IO, "No such file");
    /* names that would be patterns and protocols */
    static const char *const names[] = {"pic%02d.png", "pic*.png", "concat:a|b.png", "data:,.png"};
    assert_true(clips_make("pic01.png", SOURCE("40x30", "1", "1") "-frames:v 1"));
    assert_true(clips_make("other.png", SOURCE("20x10", "1", "1") "-frames:v 1"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(rename("other.png", names[i]), 0);
        assert_int_equal(sfd_video_open(&v, names[i], &thirty, NULL), SFD_OK);
        assert_int_equal(sfd_video_get_info(v)->width, 20);
        sfd_video_close(v);
        assert_int_equal(rename(names[i], "other.png"), 0);
    }
}

/* A picture of nothing, of any size. */
static void write_black_png(const char *name, unsigned width, unsigned height)
{
    char command[128];
    snprintf(command, sizeof command, "-f lavfi -i color=size=%ux%u -frames:v 1 -pix_fmt monob",
             width, height);
    assert_true(clips_make(name, command));
}

static void test_picture_size(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    sfd_video_reader *v;
    write_black_png("large.png", 8192, 4320);
    write_black_png("larger.png", 9000, 4002);
    assert_int_equal(sfd_video_open(&v, "large.png", &thirty, NULL), SFD_OK);
    sfd_video_close(v);
    expect_failure("larger.png", SFD_ERR_UNSUPPORTED,
                   "pictures of 9000 x 4002 are too large, at most 36 million pixels");
    assert_true(clips_make("larger.mkv", "-i larger.png -c copy"));
    expect_failure("larger.mkv", SFD_ERR_UNSUPPORTED, "pictures of 9000 x 4002 are too large");
    assert_true(clips_make("larger_ffv1.mkv", "-i larger.png -c:v ffv1"));
    expect_failure("larger_ffv1.mkv", SFD_ERR_UNSUPPORTED, "9000 x 4002 are too large");
}

static bool stop_at_third(void *user)
{
    int *n = user;
    return ++*n >= 3;
}

/* Waiting for a pipe ends when it should: one that nobody opens, and one that does not go on. */
static void test_pipes(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    sfd_video_reader *v;
    sfd_error err = {0};
    int n = 0;
    const sfd_video_options options = {.fps = 30, .should_stop = stop_at_third, .user = &n};
    assert_int_equal(mkfifo("pipe.mkv", 0600), 0);
    assert_int_equal(sfd_video_open(&v, "pipe.mkv", &options, &err), SFD_ERR_CANCELLED);
    assert_string_equal(err.message, "pipe.mkv: stopped");
    assert_int_equal(n, 3);
    assert_true(clips_make("piped.mkv", SMALL("25") X264));
    pid_t writer = fork();
    if (writer == 0) {
        execlp("sh", "sh", "-c", "exec >pipe.mkv; head -c 20000 piped.mkv; exec sleep 300", NULL);
        _exit(1);
    }
    n = -1000000;
    assert_int_equal(sfd_video_open(&v, "pipe.mkv", &options, &err), SFD_OK);
    n = -100;
    sfd_picture *p;
    int64_t index;
    sfd_status st;
    while ((st = sfd_video_next(v, &p, &index, &err)) == SFD_OK)
        sfd_picture_unref(p);
    assert_int_equal(st, SFD_ERR_CANCELLED);
    assert_int_equal(n, 3);
    sfd_video_close(v);
    kill(writer, SIGTERM);
    waitpid(writer, NULL, 0);
}

/* What can be decoded is handed out, and the rest is told. */
static void test_truncated(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    static const char *const names[][2] = {{"whole.mp4", "cut_whole.mp4"},
                                           {"whole.mkv", "cut_whole.mkv"},
                                           {"whole.avi", "cut_whole.avi"},
                                           {"whole.wmv", "cut_whole.wmv"}};
    assert_true(clips_make(names[0][0], SMALL("25") X264 "-movflags +faststart"));
    assert_true(clips_make(names[1][0], SMALL("25") X264));
    assert_true(clips_make(names[2][0], SMALL("25") "-c:v mjpeg"));
    assert_true(clips_make(names[3][0], SMALL("25") "-c:v wmv2"));
    for (size_t i = 0; i < 4; i++) {
        sfd_video_reader *v;
        sfd_picture *p;
        sfd_error err = {0};
        int64_t index = 0;
        int n = 0;
        write_part(names[i][1], names[i][0], 0.5);
        assert_int_equal(sfd_video_open(&v, names[i][1], &thirty, &err), SFD_OK);
        while (sfd_video_next(v, &p, &index, &err) == SFD_OK) {
            sfd_picture_unref(p);
            n++;
        }
        assert_int_equal(err.status, SFD_ERR_END);
        assert_in_range(n, 15, 85);
        char expected[64];
        snprintf(expected, sizeof expected, "%s: ends at %.2f s of ", names[i][1], n / 30.0);
        assert_true(sfd_video_complain(v, &err));
        assert_ptr_equal(strstr(err.message, expected), err.message);
        const double promised_s = strtod(err.message + strlen(expected), NULL);
        assert_in_range((int)lround(promised_s * 100), 300, 306);
        sfd_video_close(v);
    }
}

static void read_all(const char *name, sfd_error *complaint)
{
    sfd_video_reader *v;
    sfd_picture *p;
    int64_t index;
    complaint->message[0] = '\0';
    assert_int_equal(sfd_video_open(&v, name, &thirty, NULL), SFD_OK);
    while (sfd_video_next(v, &p, &index, NULL) == SFD_OK)
        sfd_picture_unref(p);
    sfd_video_complain(v, complaint);
    sfd_video_close(v);
}

static void write_to_pipe(pid_t *writer, const char *file, const char *pipe)
{
    assert_int_equal(mkfifo(pipe, 0600), 0);
    *writer = fork();
    if (*writer == 0) {
        execlp("sh", "sh", "-c", "exec cat \"$0\" >\"$1\"", file, pipe, NULL);
        _exit(1);
    }
}

/* Of a pipe only the length is left at its end. */
static void test_truncated_pipes(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    pid_t writer;
    sfd_error err = {0};
    sfd_video_reader *v;
    assert_true(clips_make("sent.ts", SMALL("25") X264));
    write_part("cut_sent.ts", "sent.ts", 0.5001);
    write_to_pipe(&writer, "cut_sent.ts", "cut_pipe.ts");
    read_all("cut_pipe.ts", &err);
    waitpid(writer, NULL, 0);
    assert_non_null(strstr(err.message, "within a packet"));
    write_to_pipe(&writer, "sent.ts", "whole_pipe.ts");
    read_all("whole_pipe.ts", &err);
    waitpid(writer, NULL, 0);
    assert_string_equal(err.message, "");

    assert_true(clips_make("behind.mp4", SMALL("25") X264));
    write_to_pipe(&writer, "behind.mp4", "pipe.mp4");
    assert_int_equal(sfd_video_open(&v, "pipe.mp4", &thirty, &err), SFD_ERR_FORMAT);
    waitpid(writer, NULL, 0);
    assert_non_null(strstr(err.message, "faststart"));
    assert_true(clips_make("front.mp4", SMALL("25") X264 "-movflags +faststart"));
    write_to_pipe(&writer, "front.mp4", "pipe_front.mp4");
    read_all("pipe_front.mp4", &err);
    waitpid(writer, NULL, 0);
    assert_string_equal(err.message, "");
}

/* Where no header promises a length the last unit tells. */
static void test_truncated_without_promise(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    static const struct {
        const char *name, *make, *fault;
    } kinds[] = {
        {"end.ts", SMALL("25") TONE X264 "-c:a mp2", "within a packet"},
        {"end.m2ts", SMALL("25") X264 "-mpegts_m2ts_mode 1", "within a packet"},
        {"end.mpg", SMALL("25") TONE "-c:v mpeg2video -c:a mp2", "within a packet"},
        {"end.mp4", SMALL("25") X264 "-movflags frag_keyframe+empty_moov -frag_duration 300000",
         "within a box"},
        {"end.mkv", SMALL("25") TONE X264 "-c:a mp2 -live 1", "within an element"},
        {"end.flv", SMALL("25") "-c:v flv1 -flvflags no_duration_filesize", "within a tag"},
        {"end.gif", SMALL("25"), "without the mark of its end"},
        {"end.ogv", TONE SMALL("25") "-map 1 -c:v libtheora", "within a page"},
        {"end.wmv", SMALL("25") TONE "-c:v wmv2 -c:a wmav2", "before the end of its packets"},
        {"end.nut", SMALL("25") "-c:v mpeg4", "its index"},
        {"bare.nut", SMALL("25") "-c:v mpeg4 -write_index 0", "without its index"},
        {"end.mjpeg", SMALL("25") "-c:v mjpeg", "within a picture"},
        {"end.dv", SMALL("25") "-c:v dvvideo -s 720x576 -pix_fmt yuv420p", "within a frame"},
        {"ntsc.dv", SMALL("30000/1001") "-c:v dvvideo -s 720x480 -pix_fmt yuv411p",
         "within a frame"},
        {"end.apng", SMALL("25") "-f apng", "within a frame"},
    };
    char cut[32];
    sfd_error err = {0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!clips_make(kinds[i].name, kinds[i].make)) {
            print_message("left out: %s\n", kinds[i].name);
            continue;
        }
        read_all(kinds[i].name, &err);
        assert_string_equal(err.message, "");
        for (int k = 0; k < 4; k++) {
            snprintf(cut, sizeof cut, "cut_%s", kinds[i].name);
            write_part(cut, kinds[i].name, 0.999 - 0.1317 * k);
            read_all(cut, &err);
            if (!strstr(err.message, kinds[i].fault) &&
                !strstr(err.message, " s of ")) /* fragment */
                fail_msg("%s: \"%s\"", cut, err.message);
        }
    }
}

/* What is written to a pipe has a header without numbers. */
static void test_truncated_streams(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    static const struct {
        const char *name, *cut, *make, *fault;
    } kinds[] = {
        {"pipe.avi", "cut_pipe.avi",
         SMALL("25") "-c:v mjpeg -f avi - | cat >pipe.avi; :", "within a chunk"},
        {"pipe.wmv", "cut_pipe.wmv",
         SMALL("25") "-c:v wmv2 -f asf - | cat >pipe.wmv; :", "within a packet"},
        {"pipe.nut", "cut_pipe.nut",
         SMALL("25") "-c:v mpeg4 -f nut - | cat >pipe.nut; :", "without its index"},
    };
    sfd_error err = {0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_true(clips_make(kinds[i].name, kinds[i].make));
        read_all(kinds[i].name, &err);
        assert_string_equal(err.message, "");
        write_part(kinds[i].cut, kinds[i].name, 0.7);
        read_all(kinds[i].cut, &err);
        if (!strstr(err.message, kinds[i].fault))
            fail_msg("%s: \"%s\"", kinds[i].cut, err.message);
    }
}

/* Sound may go on longer, and demuxers may call the end an error. */
static void test_whole(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    static const struct {
        const char *name, *make;
    } kinds[] = {
        {"long.wmv", SMALL("25") "-f lavfi -i sine=d=6 -c:v wmv2 -c:a wmav2"},
        {"long.avi", SMALL("25") "-f lavfi -i sine=d=6 -c:v mjpeg -c:a mp2"},
        {"whole.gxf", SOURCE("720x576", "25", "1") "-c:v mpeg2video -pix_fmt yuv420p"},
        {"bare.nut", SMALL("25") "-c:v mpeg4 -write_index 0"},
        {"whole.roq", SOURCE("64x64", "30", "1") "-c:v roqvideo"},
    };
    sfd_error err = {0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_true(clips_make(kinds[i].name, kinds[i].make));
        read_all(kinds[i].name, &err);
        assert_string_equal(err.message, "");
    }
}

/* A block of zeroes within the frames. */
static void test_damaged(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    sfd_video_reader *v;
    sfd_picture *p;
    sfd_error err = {0};
    int64_t index;
    assert_true(clips_make("sound.mp4", SMALL("25") X264));
    write_part("holed.mp4", "sound.mp4", 1);
    FILE *f = fopen("holed.mp4", "r+b");
    static const char zeroes[4000];
    assert_int_equal(fseek(f, 9000, SEEK_SET), 0);
    assert_int_equal(fwrite(zeroes, sizeof zeroes, 1, f), 1);
    fclose(f);
    assert_int_equal(sfd_video_open(&v, "holed.mp4", &thirty, NULL), SFD_OK);
    while (sfd_video_next(v, &p, &index, NULL) == SFD_OK)
        sfd_picture_unref(p);
    assert_true(sfd_video_complain(v, &err));
    assert_non_null(strstr(err.message, "holed.mp4: "));
    assert_non_null(strstr(err.message, " damaged frame"));
    sfd_video_close(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_files),         cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_truncated_pipes),   cmocka_unit_test(test_truncated_without_promise),
        cmocka_unit_test(test_truncated_streams), cmocka_unit_test(test_whole),
        cmocka_unit_test(test_damaged),           cmocka_unit_test(test_one_file_only),
        cmocka_unit_test(test_picture_size),      cmocka_unit_test(test_pipes),
    };
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
