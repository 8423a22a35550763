/* SPDX-License-Identifier: Apache-2.0 */
/* Samples are those of the ffmpeg program, bit by bit, and stand where their pictures do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clips.h"
#include "media/sound_reader.h"
#include "media/video_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE      16000
#define PICTURES  "-f lavfi -i testsrc2=size=64x48:rate=25:duration=2 "
#define STEREO    "-f lavfi -i 'aevalsrc=0.5*sin(2000*t*t)|0.3*sin(700*t):d=2:s=44100' "
#define NOISE     "-f lavfi -i anoisesrc=r=48000:d=2:seed=5:a=0.4 "
#define X264      "-c:v libx264 -preset ultrafast -pix_fmt yuv420p "
#define ALIGNED   "-af aresample=async=1:first_pts=0 "
#define MAX_TOTAL (RATE * 30)

typedef struct judged {
    const char *file, *arguments;
    bool plain; /* the file's sound starts at 0 and has no gaps: no option is needed */
} judged;

static const judged cases[] = {
    {"aac.mp4", PICTURES STEREO X264 "-c:a aac", true},
    {"mp3.avi", PICTURES STEREO "-c:v mjpeg -c:a libmp3lame", true},
    {"opus.mkv", PICTURES NOISE X264 "-c:a libopus", false},
    {"flac.mkv", PICTURES STEREO X264 "-c:a flac", true},
    {"vorbis.ogg", NOISE "-c:a libvorbis", true},
    {"aac.flv", PICTURES STEREO X264 "-c:a aac", false},
    {"wma.asf", PICTURES STEREO "-c:v wmv2 -c:a wmav2", false},
    {"six.mkv", PICTURES NOISE X264 "-c:a ac3 -af aformat=channel_layouts=5.1", false},
    {"own.wav", NOISE "-c:a pcm_f32le -ac 1 -ar 16000", true},
    {"low.wav", STEREO "-c:a pcm_u8 -ar 8000", true},
    {"high.wav",
     "-f lavfi -i 'aevalsrc=sin(900*t)|0.2|cos(50*t)|0|0.1*t|sin(t)|0|-0.1:d=1:s=192000' "
     "-c:a pcm_s24le",
     true},
    {"late.mkv", PICTURES "-itsoffset 0.7 " STEREO "-map 0 -map 1 " X264 "-c:a pcm_s16le", false},
    {"late.mp4", PICTURES "-itsoffset 5.3 " STEREO "-map 0 -map 1 " X264 "-c:a aac", false},
    {"early.mkv", "-itsoffset 0.7 " PICTURES STEREO "-map 0 -map 1 " X264 "-c:a pcm_s16le", false},
    {"cut.mp4", "-ss 0.5 -i aac.mp4 -c copy", false},
    {"hole.mkv", NOISE "-af \"aselect='not(between(t,0.5,1.1))'\" -c:a pcm_s16le", false},
    {"two.mkv",
     PICTURES STEREO NOISE "-map 0 -map 2 -map 1 " X264
                           "-c:a flac -disposition:a:0 0 -disposition:a:1 0",
     false},
    {"broken.mkv", PICTURES STEREO X264 "-c:a aac -bsf:a noise=amount=4000", false},
    {"vfr.mp4", PICTURES STEREO "-vf \"select='gt(mod(n,5),1)'\" -vsync vfr " X264 "-c:a aac",
     true},
    {"longer.mp4", PICTURES NOISE "-t 2 -vf trim=end=0.6 " X264 "-c:a aac", true},
};
#define N_CASES (sizeof cases / sizeof *cases)

static sfd_sound_reader *open_sound(const char *file)
{
    sfd_sound_reader *s;
    sfd_error err = {0};
    if (sfd_sound_open(&s, file, &(sfd_sound_options){.rate = RATE}, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return s;
}

/* All of it in windows of n samples that go on by `advance`. */
static size_t read_all(const char *file, float *samples, size_t n, size_t advance)
{
    sfd_sound_reader *s = open_sound(file);
    sfd_error err = {0};
    size_t at = 0;
    for (; sfd_sound_length(s) < 0 || at < (size_t)sfd_sound_length(s); at += advance) {
        assert_true(at + n <= MAX_TOTAL);
        if (sfd_sound_read(s, (int64_t)at, n, samples + at, &err) != SFD_OK)
            fail_msg("%s", err.message);
    }
    const size_t length = (size_t)sfd_sound_length(s);
    sfd_sound_close(s);
    return length;
}

static size_t read_reference(const char *file, const char *filter, float *samples)
{
    char command[256];
    snprintf(command, sizeof command, "ffmpeg -nostdin -v quiet -i %s %s-ac 1 -ar %d -f f32le -",
             file, filter, RATE);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    const size_t n = fread(samples, sizeof *samples, MAX_TOTAL, f);
    pclose(f);
    return n;
}

static void compare(const char *file, const char *filter, const float *ours, size_t n,
                    float *reference)
{
    const size_t n_reference = read_reference(file, filter, reference);
    if (n != n_reference)
        fail_msg("%s %s: %zu samples, ffmpeg has %zu", file, filter, n, n_reference);
    for (size_t i = 0; i < n; i++)
        if (memcmp(&ours[i], &reference[i], sizeof *ours) != 0)
            fail_msg("%s %s: sample %zu of %zu is %g, ffmpeg has %g", file, filter, i, n,
                     (double)ours[i], (double)reference[i]);
}

static void make(const char *file, const char *arguments)
{
    if (!clips_make(file, arguments))
        fail_msg("%s: this ffmpeg cannot make it", file);
}

static void make_all(const clip_recipe *recipes, size_t n)
{
    bool made[N_CASES];
    clips_make_all(recipes, n, made);
    for (size_t i = 0; i < n; i++)
        if (!made[i])
            fail_msg("%s: this ffmpeg cannot make it", recipes[i].file);
}

static void test_ffmpeg(void **state)
{
    (void)state;
    clip_recipe recipes[N_CASES];
    if (!have_ffmpeg)
        skip();
    float *ours = malloc(MAX_TOTAL * sizeof *ours), *reference = malloc(MAX_TOTAL * sizeof *ours);
    for (size_t i = 0; i < N_CASES; i++)
        recipes[i] = (clip_recipe){.file = cases[i].file, .arguments = cases[i].arguments};
    make_all(recipes, N_CASES);
    for (size_t i = 0; i < N_CASES; i++) {
        const judged *c = &cases[i];
        const size_t n = read_all(c->file, ours, i % 2 ? 7001 : 32768, i % 2 ? 7001 : 16000);
        compare(c->file, c->plain ? "" : ALIGNED, ours, n, reference);
    }
    free(ours);
    free(reference);
}

/* White pictures and a tone from 1.5 s on. */
#define FLASH                                                                                      \
    "-f lavfi -i \"color=black:size=64x48:rate=30:duration=3,drawbox=c=white:t=fill:"              \
    "enable='gte(t,1.5)'\" "
#define BEEP "-f lavfi -i \"aevalsrc='if(gte(t,1.5),0.7*sin(5000*t),0)':d=3:s=48000\" "
#define MAPS "-map 0 -map 1 "

typedef struct in_time {
    const char *file, *arguments;
    double later_s; /* by which the pictures are later than the sound */
} in_time;

static const in_time timed[] = {
    {"t.mp4", FLASH BEEP X264 "-g 15 -c:a aac", 0},
    {"t.ts", FLASH BEEP X264 "-c:a aac", 0},
    {"t2.ts", "-itsoffset 0.4 " FLASH BEEP MAPS X264 "-c:a mp2", 0.4},
    {"t3.ts", FLASH "-itsoffset 0.4 " BEEP MAPS X264 "-c:a mp2 -output_ts_offset 5000", -0.4},
    {"t.mpg", FLASH BEEP "-c:v mpeg2video -c:a mp2", 0},
    {"t.mkv", FLASH BEEP X264 "-c:a libopus", 0},
    {"t2.mkv", "-itsoffset 0.4 " FLASH BEEP MAPS X264 "-c:a aac", 0.4},
    {"t.flv", FLASH BEEP X264 "-c:a aac", 0},
    {"t.avi", FLASH BEEP "-c:v mjpeg -c:a ac3", 0},
    {"cut.mp4", "-ss 1 -i t.mp4 -c copy", 0},
    {"delay.mp4", "-itsoffset 0.4 -i t.mp4 -i t.mp4 -map 0:v -map 1:a -c copy", 0.4},
    {"vfr.mkv", "-i t.mp4 -vf \"select='gt(mod(n,5),1)+eq(n,45)'\" -vsync vfr " X264 "-c:a copy",
     0},
};

static double find_flash(const char *file)
{
    sfd_video_reader *v;
    sfd_picture *p;
    sfd_error err = {0};
    int64_t index = 0;
    bool white = false;
    if (sfd_video_open(&v, file, &(sfd_video_options){.fps = 30}, &err) != SFD_OK)
        fail_msg("%s", err.message);
    while (!white && sfd_video_next(v, &p, &index, &err) == SFD_OK) {
        white = p->rgb[0] > 128;
        sfd_picture_unref(p);
    }
    assert_true(white);
    sfd_video_close(v);
    return (double)index / 30;
}

static double find_beep(const char *file)
{
    static float samples[RATE * 4];
    sfd_sound_reader *s = open_sound(file);
    size_t k = 0;
    assert_int_equal(sfd_sound_read(s, 0, RATE * 4, samples, NULL), SFD_OK);
    while (k < RATE * 4 - 1 && fabsf(samples[k]) < 0.3F)
        k++;
    sfd_sound_close(s);
    return (double)k / RATE;
}

static void test_on_the_clock_of_pictures(void **state)
{
    (void)state;
    enum { N = sizeof timed / sizeof *timed };
    clip_recipe recipes[N];
    if (!have_ffmpeg)
        skip();
    for (size_t i = 0; i < N; i++)
        recipes[i] = (clip_recipe){.file = timed[i].file, .arguments = timed[i].arguments};
    make_all(recipes, N);
    for (size_t i = 0; i < N; i++) {
        const double flash_s = find_flash(timed[i].file), beep_s = find_beep(timed[i].file);
        if (fabs(flash_s - beep_s - timed[i].later_s) > 0.04)
            fail_msg("%s: flash at %.3f s, beep at %.3f s", timed[i].file, flash_s, beep_s);
    }
}

static void check_complaint(const char *file, sfd_status status, const char *wanted)
{
    static float samples[RATE * 3];
    sfd_sound_reader *s = open_sound(file);
    sfd_error err = {0};
    assert_int_equal(sfd_sound_read(s, 0, RATE * 3, samples, &err), SFD_OK);
    const bool complains = sfd_sound_complain(s, &err);
    sfd_sound_close(s);
    for (int i = 0; i < RATE * 3; i++)
        assert_true(isfinite(samples[i]));
    if (complains != (wanted != NULL) ||
        (wanted && (err.status != status || !strstr(err.message, wanted))))
        fail_msg("%s: complains \"%s\"", file, err.message);
}

static void test_complaints(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    make("mute.mp4", PICTURES X264);
    make("empty.wav", "-f s16le -ar 16000 -t 0 -i /dev/zero -c copy");
    make("nan.wav", "-f lavfi -i "
                    "\"aevalsrc='if(between(t,0.5,0.6),0/0,0.2)':d=1:s=44100\" "
                    "-c:a pcm_f32le");
    make("first.mp4", PICTURES STEREO X264 "-c:a aac -bsf:a noise=amount=1");
    make("odd.wav", "-f s16le -ac 11 -ar 44100 -t 1 -i /dev/zero -c copy");
    check_complaint("mute.mp4", SFD_ERR_FORMAT, "mute.mp4: has no sound");
    check_complaint("empty.wav", SFD_ERR_FORMAT, "empty.wav: its sound is empty");
    check_complaint("broken.mkv", SFD_ERR_FORMAT, "damaged part");
    check_complaint("first.mp4", SFD_ERR_FORMAT,
                    "parts of its sound, the first before the pictures");
    check_complaint("nan.wav", SFD_ERR_FORMAT,
                    "nan.wav: 1 damaged part of its sound, the first at 0.50 s");
    check_complaint("odd.wav", SFD_ERR_UNSUPPORTED,
                    "odd.wav: its sound of 11 channels and 44100 Hz cannot be brought to one");
    check_complaint("aac.mp4", SFD_OK, NULL);
}

static sfd_status open_status(const char *file, const sfd_sound_options *o, sfd_error *err)
{
    sfd_sound_reader *s;
    const sfd_status st = sfd_sound_open(&s, file, o, err);
    sfd_sound_close(s);
    return st;
}

static bool stop_at_once(void *user)
{
    (void)user;
    return true;
}

static void test_bad_files(void **state)
{
    (void)state;
    const sfd_sound_options fine = {.rate = RATE};
    sfd_error err = {0};
    if (!have_ffmpeg)
        skip();
    assert_int_equal(open_status("none.mp4", &fine, &err), SFD_ERR_IO);
    assert_int_equal(system("head -c 3000 aac.mp4 >part.mp4; echo "
                            "'#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\naac.mp4' "
                            ">list.m3u8; : >empty.mp4"),
                     0);
    assert_int_equal(open_status("part.mp4", &fine, &err), SFD_ERR_FORMAT);
    assert_int_equal(open_status("empty.mp4", &fine, &err), SFD_ERR_FORMAT);
    assert_int_equal(open_status("list.m3u8", &fine, &err), SFD_ERR_UNSUPPORTED);
    assert_int_equal(open_status("aac.mp4", &(sfd_sound_options){.rate = 10}, &err), SFD_ERR_ARG);
    assert_string_equal(err.message, "sound of 10 samples a second, wanted 1000 to 192000");
    assert_int_equal(open_status("aac.mp4",
                                 &(sfd_sound_options){.rate = RATE, .should_stop = stop_at_once},
                                 &err),
                     SFD_ERR_CANCELLED);
}

static void test_windows(void **state)
{
    (void)state;
    enum { N = 1000 };
    float samples[N], later[N];
    sfd_error err = {0};
    if (!have_ffmpeg)
        skip();
    sfd_sound_reader *s = open_sound("aac.mp4");
    assert_int_equal(sfd_sound_read(s, -5000, N, samples, &err), SFD_OK); /* before the file */
    assert_true(samples[0] == 0 && samples[N - 1] == 0);
    assert_int_equal(sfd_sound_read(s, -400, N, samples, &err), SFD_OK); /* across its start */
    assert_int_equal(sfd_sound_read(s, 0, N, later, &err), SFD_OK);
    assert_memory_equal(samples + 400, later, (N - 400) * sizeof *samples);
    assert_true(samples[399] == 0);
    assert_int_equal(sfd_sound_read(s, 20000, N, samples, &err), SFD_OK); /* far ahead */
    assert_true(samples[500] != 0);
    assert_int_equal(sfd_sound_read(s, 19999, N, samples, &err), SFD_ERR_ARG);
    assert_string_equal(err.message, "aac.mp4: its sound before sample 20000 is gone");
    assert_int_equal(sfd_sound_read(s, 20000, SFD_MAX_SOUND_WINDOW + 1, samples, &err),
                     SFD_ERR_ARG);
    assert_int_equal(sfd_sound_read(s, INT64_MAX - 5, N, samples, &err),
                     SFD_OK); /* behind its end */
    assert_true(samples[0] == 0 && samples[N - 1] == 0);
    sfd_sound_close(s);
}

/* Frames of another rate and number of channels: time goes on. */
static void test_change(void **state)
{
    (void)state;
    static float samples[MAX_TOTAL];
    if (!have_ffmpeg)
        skip();
    make("a.mp3",
         "-f lavfi -i aevalsrc='0.5*sin(3000*t):d=1:s=44100' -c:a libmp3lame -write_xing 0 "
         "-id3v2_version 0");
    make("b.mp3", "-f lavfi -i 'aevalsrc=0.5*sin(3000*t)|0:d=1:s=22050' -c:a libmp3lame "
                  "-write_xing 0 -id3v2_version 0");
    assert_int_equal(system("cat a.mp3 b.mp3 >ab.mp3"), 0);
    const size_t n = read_all("ab.mp3", samples, 32000, 16000);
    assert_in_range(n, 2 * RATE, 2.3 * RATE);
    assert_true(fabsf(samples[RATE / 2]) + fabsf(samples[RATE / 2 + 2]) > 0.1F);
    assert_true(fabsf(samples[RATE * 3 / 2]) + fabsf(samples[RATE * 3 / 2 + 2]) > 0.05F);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ffmpeg),     cmocka_unit_test(test_on_the_clock_of_pictures),
        cmocka_unit_test(test_complaints), cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_windows),    cmocka_unit_test(test_change),
    };
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
