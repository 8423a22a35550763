/* SPDX-License-Identifier: Apache-2.0 */
/* Every frame byte for byte as the ffmpeg program puts it out, read in order and after skipping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clips.h"
#include "media/decoder.h"
#include "media/video_reader.h"
#include "support/random.h"
#include "support/sanitized.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOURCE(size, rate, seconds)                                                                \
    "-f lavfi -i testsrc2=size=" size ":rate=" rate ":duration=" seconds " "
#define SMALL(rate) SOURCE("98x72", rate, "3")
#define TONE        "-f lavfi -i sine=d=3 "
#define X264        "-c:v libx264 -preset fast -g 20 -pix_fmt yuv420p "
#define X265        "-c:v libx265 -x265-params log-level=none:keyint=20 -pix_fmt yuv420p "
#define VP9         "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime -g 20 "
#define ODD         "-vf scale=97:71,format="
#define COPY        "-i base.mp4 -c copy "

/* In order: some clips are made from earlier ones. */
static const clip_recipe clips[] = {
    /* codecs and rates */
    {"base.mp4", SMALL("25") X264 "-bf 3", 30},
    {"film.mp4", SMALL("24000/1001") X264, 30},
    {"r28.mp4", SMALL("28") X264, 30},
    {"ntsc.mp4", SMALL("30000/1001") X264, 30},
    {"r60.mp4", SMALL("60") X264, 30},
    {"slow.mp4", SOURCE("98x72", "1", "4") X264, 30},
    {"r25.mp4", SMALL("30000/1001") X264, 25},
    {"r7.mp4", SMALL("30000/1001") X264, 7},
    {"hevc.mp4", SMALL("30000/1001") X265, 30},
    {"hevc_open.mkv", SMALL("25") "-c:v libx265 -x265-params log-level=none:keyint=15:open-gop=1",
     30},
    {"mpeg4.avi", SMALL("25") "-c:v mpeg4 -bf 2 -g 20", 30},
    {"mpeg4.mp4", SMALL("24000/1001") "-c:v mpeg4 -bf 2 -g 20", 30},
    {"vp9.webm", SMALL("30000/1001") VP9, 30},
    {"vp9_hidden.webm", SMALL("25") "-c:v libvpx-vp9 -cpu-used 5 -g 25 -lag-in-frames 16", 30},
    {"mjpeg.avi", SMALL("28") "-c:v mjpeg", 30},
    {"mpeg2.ts", SMALL("25") TONE "-c:v mpeg2video -bf 2 -g 15 -c:a mp2", 30},
    {"mpeg2.mpg", SMALL("25") TONE "-c:v mpeg2video -bf 2 -g 15 -c:a mp2", 30},
    {"h264.ts", SMALL("30000/1001") TONE X264 "-c:a aac", 30},
    {"h264.flv", SMALL("30") TONE X264 "-c:a aac", 30},
    {"raw.h264", SMALL("25") X264, 30},
    {"h264.avi", SMALL("25") X264 "-bf 2", 30},
    {"picture.png", SMALL("1") "-frames:v 1", 30},
    {"one.mp4", SMALL("25") "-frames:v 1 " X264, 30},
    /* variable frame rate */
    {"vfr.mp4", SMALL("60") "-vf \"select='not(mod(n,5))+gt(random(1),0.6)'\" -vsync vfr " X264,
     30},
    {"gap.mkv",
     SMALL("50") "-vf \"select='gt(random(3),0.5)*(lt(t,1)+gt(t,1.7))'\" -vsync vfr " X264, 30},
    {"vfr.webm", SMALL("50") "-vf \"select='gt(random(5),0.6)'\" -vsync vfr " VP9, 30},
    {"jump.ts", SMALL("25") "-vf \"setpts='if(gt(N,30),PTS+20/TB,PTS)'\" -vsync vfr " X264, 30},
    /* sizes, formats, colour */
    {"odd444.mp4", SMALL("25") ODD "yuv444p -c:v libx264 -g 20", 30},
    {"odd.webm", SMALL("25") ODD "yuv420p " VP9, 30},
    {"odd.avi", SMALL("25") ODD "yuvj420p -c:v mjpeg", 30},
    {"odd.mkv", SMALL("25") ODD "yuv420p -c:v ffv1", 30},
    {"ten.mp4", SMALL("25") "-c:v libx264 -g 20 -pix_fmt yuv420p10le", 30},
    {"full.mp4", SMALL("25") "-vf scale=out_range=full -color_range pc " X264, 30},
    {"bt709.mp4", SMALL("25") X264 "-colorspace bt709 -color_range tv", 30},
    {"bt2020.mp4", SMALL("25") X265 "-colorspace bt2020nc -color_range tv", 30},
    {"gray.mp4", SMALL("25") "-c:v libx264 -pix_fmt gray", 30},
    {"rgb.avi", SMALL("25") "-c:v rawvideo -pix_fmt bgr24", 30},
    {"rle.mov", SMALL("25") "-c:v qtrle -pix_fmt rgb24", 30},
    {"alpha.mov", SMALL("5") "-vf format=rgba -c:v png", 30},
    {"palette.gif", SMALL("10"), 30},
    {"interlaced.mp4", SMALL("50") "-vf interlace -flags +ildct+ilme " X264, 30},
    /* orientation */
    {"rot90.mp4", COPY "-metadata:s:v rotate=90", 30},
    {"rot180.mp4", COPY "-metadata:s:v rotate=180", 30},
    {"rot270.mp4", COPY "-metadata:s:v rotate=270", 30},
    {"rot45.mp4", COPY "-metadata:s:v rotate=45", 30},
    {"rotodd.mp4", "-i odd444.mp4 -c copy -metadata:s:v rotate=90", 30},
    {"flip.h264",
     "-i base.mp4 -c copy -bsf:v h264_mp4toannexb,h264_metadata="
     "display_orientation=insert:flip=horizontal",
     30},
    /* timestamps */
    {"early.mp4", "-itsoffset 0.7 " SMALL("25") TONE "-map 0 -map 1 " X264 "-c:a aac", 30},
    {"early.mkv", "-itsoffset 0.7 " SMALL("25") TONE "-map 0 -map 1 " X264 "-c:a aac", 30},
    {"early.ts", "-itsoffset 0.7 " SMALL("25") TONE "-map 0 -map 1 " X264 "-c:a aac", 30},
    {"late.mp4", SMALL("25") "-itsoffset 0.7 " TONE "-map 0 -map 1 " X264 "-c:a aac", 30},
    {"offset.ts", SMALL("25") X264 "-output_ts_offset 5.3", 30},
    {"offset.mkv", SMALL("25") X264 "-output_ts_offset 5.3", 30},
    {"wrap.ts", SMALL("25") TONE X264 "-c:a aac -output_ts_offset 95442 -muxdelay 0", 30},
    {"cut.mp4", "-ss 1.3 " COPY, 30},
    {"cut.mkv", "-ss 1.3 " COPY "-copyts", 30},
    {"cut.mov", "-ss 1.3 " COPY "-avoid_negative_ts disabled", 30},
    {"no_edits.mp4", "-ss 1.3 " COPY "-use_editlist 0", 30},
    {"negative.mp4", COPY "-movflags +negative_cts_offsets", 30},
    {"fragments.mp4", COPY "-movflags +frag_keyframe+empty_moov", 30},
    {"mpeg4.m4v", "-i mpeg4.avi -c copy", 30}, /* without timestamps */
    {"twice.mkv", COPY "-bsf:v setts=pts='floor(PTS/1024)*1024':dts='floor(DTS/1024)*1024'", 30},
    /* what makes skipping hard */
    {"open_gop.mp4",
     SOURCE("98x72", "25",
            "6") "-c:v libx264 -x264opts keyint=20:open-gop=1:bframes=3 -pix_fmt yuv420p",
     30},
    {"refresh.mp4",
     SOURCE("98x72", "25", "6") "-c:v libx264 -x264opts keyint=20:intra-refresh=1 -pix_fmt yuv420p",
     30},
    {"no_intra.mp4", SOURCE("98x72", "25", "6") "-c:v libx264 -x264opts keyint=infinite", 30},
    {"long.mp4", SOURCE("98x72", "30000/1001", "20") X264, 30},
    /* pictures that change their size */
    {"large.ts", SOURCE("160x96", "25", "2") X264, 30},
    {"sizes.ts", "-i 'concat:h264.ts|large.ts|h264.ts' -map 0:v -c copy", 30},
};

#define MAX_FRAMES 1024

/* FNV-1a; rows without their padding. */
static uint64_t hash_picture(const sfd_picture *p)
{
    uint64_t h = 14695981039346656037u;
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < 3 * p->width; x++)
            h = (h ^ p->rgb[(size_t)y * p->stride_bytes + (size_t)x]) * 1099511628211u;
    return h;
}

/* Reads the clip in order beside what ffmpeg put out; returns the number of frames. */
static int compare_in_order(const char *file, sfd_video_reader *v, FILE *reference,
                            uint64_t *hashes)
{
    const sfd_video_info *info = sfd_video_get_info(v);
    size_t row = (size_t)info->width * 3;
    uint8_t *expected = malloc(row);
    assert_non_null(expected);
    assert_non_null(reference);
    sfd_error err = {0};
    sfd_picture *p;
    int64_t index;
    int n = 0;
    sfd_status st;
    while ((st = sfd_video_next(v, &p, &index, &err)) == SFD_OK) {
        assert_int_equal(index, n);
        assert_int_equal(p->width, info->width);
        assert_int_equal(p->height, info->height);
        for (int y = 0; y < p->height; y++) {
            if (fread(expected, 1, row, reference) != row)
                fail_msg("%s: ffmpeg has only %d frames", file, n);
            if (memcmp(p->rgb + (size_t)y * p->stride_bytes, expected, row) != 0)
                fail_msg("%s: frame %d differs in row %d", file, n, y);
        }
        assert_true(n < MAX_FRAMES);
        hashes[n++] = hash_picture(p);
        sfd_picture_unref(p);
    }
    if (st != SFD_ERR_END || fgetc(reference) != EOF)
        fail_msg("%s: stopped after %d frames: %s", file, n, err.message);
    if (sfd_video_complain(v, &err))
        fail_msg("%s", err.message);
    free(expected);
    return n;
}

static void check_at(const char *file, sfd_video_reader *v, int64_t index, int n, uint64_t hash)
{
    sfd_picture *p;
    sfd_error err = {0};
    int64_t got = -1;
    sfd_status st = sfd_video_next(v, &p, &got, &err);
    if (index >= n) {
        assert_int_equal(st, SFD_ERR_END);
        return;
    }
    if (st != SFD_OK || got != index)
        fail_msg("%s: frame %d of %d: %s", file, (int)index, n, err.message);
    if (hash_picture(p) != hash)
        fail_msg("%s: frame %d is another one after skipping", file, (int)index);
    sfd_picture_unref(p);
}

static void check_skipping(const char *file, sfd_video_reader *v, int n, const uint64_t *hashes)
{
    test_random r = {11};
    for (int i = 0; i < 8; i++) {
        int64_t index = random_int(&r, 0, n + 1);
        assert_int_equal(sfd_video_skip_to(v, index, NULL), SFD_OK);
        for (int k = random_int(&r, 1, 4); k > 0 && index <= n; k--, index++)
            check_at(file, v, index, n, index < n ? hashes[index] : 0);
    }
    assert_int_equal(sfd_video_skip_to(v, 0, NULL), SFD_OK);
    for (int64_t index = 0; index < n; index += random_int(&r, 1, 50)) {
        assert_int_equal(sfd_video_skip_to(v, index, NULL), SFD_OK);
        check_at(file, v, index, n, hashes[index]);
    }
}

typedef struct choice {
    int first, step;
} choice;

static bool chosen(const choice *c, int64_t index)
{
    return index >= c->first && (index - c->first) % c->step == 0;
}

static bool wants_chosen(void *user, int64_t first, int64_t last)
{
    for (int64_t i = first; i <= last; i++)
        if (chosen(user, i))
            return true;
    return false;
}

/* The frames that are wanted are the same when the others need not be decoded; so is one that is
 * asked for though it was not wanted. */
static void check_leaving_out(const char *file, sfd_video_reader *v, int n, const uint64_t *hashes)
{
    static const choice choices[] = {{0, 2}, {1, 2}, {2, 5}, {40, 3}, {1000, 7}};
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        choice c = choices[i];
        assert_int_equal(sfd_video_skip_to(v, 0, NULL), SFD_OK);
        sfd_video_set_wants(v, wants_chosen, &c);
        for (int64_t index = 0; index < n; index++) {
            bool denied = index == n - 5;
            if (!chosen(&c, index) && !denied)
                continue;
            assert_int_equal(sfd_video_skip_to(v, index, NULL), SFD_OK);
            check_at(file, v, index, n, hashes[index]);
        }
        assert_int_equal(sfd_video_skip_to(v, n, NULL), SFD_OK);
        check_at(file, v, n, n, 0);
    }
    sfd_video_set_wants(v, NULL, NULL);
}

static void check_clip(const char *file, int fps, FILE *reference)
{
    static uint64_t hashes[MAX_FRAMES];
    sfd_video_reader *v;
    sfd_error err = {0};
    if (sfd_video_open(&v, file, &(sfd_video_options){.fps = fps}, &err) != SFD_OK)
        fail_msg("%s", err.message);
    int n = compare_in_order(file, v, reference, hashes);
    assert_true(n > 0);
    check_skipping(file, v, n, hashes);
    check_leaving_out(file, v, n, hashes);
    sfd_video_close(v);
}

static bool wants_even(void *user, int64_t first, int64_t last)
{
    (void)user;
    return first % 2 == 0 || last > first;
}

/* Whatever is not decoded leaves its place behind. */
static void test_places(void **state)
{
    (void)state;
    if (!have_ffmpeg ||
        !clips_make("places.mp4", SMALL("30") X264 "-bf 3 -x264opts b-adapt=0:b-pyramid=normal"))
        skip();
    sfd_decoder d;
    assert_int_equal(sfd_decoder_open(&d, &(sfd_source){.path = "places.mp4", .name = "places.mp4"},
                                      30, (sfd_stop){0}, NULL),
                     SFD_OK);
    d.wants = wants_even;
    int n = 0, n_left_out = 0;
    for (;; n++) {
        AVFrame *frame = av_frame_alloc();
        int64_t tick = -1;
        sfd_decoder_state got = sfd_decoder_next(&d, frame, &tick);
        assert_int_equal(frame->buf[0] != NULL, got == SFD_DECODER_FRAME);
        av_frame_free(&frame);
        if (got == SFD_DECODER_END)
            break;
        assert_int_equal(tick, n);
        assert_true(got == SFD_DECODER_FRAME || (got == SFD_DECODER_LEFT_OUT && n % 2 == 1));
        n_left_out += got == SFD_DECODER_LEFT_OUT;
    }
    assert_int_equal(n, 90);
    assert_int_equal(d.end_tick, 90);
    assert_true(n_left_out >= 20);
    sfd_decoder_close(&d);
}

/* Those of up to CLIPS_AT_ONCE clips; returns how many this ffmpeg could not make. */
static int check_clips(const clip_recipe *c, const bool *made, size_t n)
{
    clip_recipe there[CLIPS_AT_ONCE];
    size_t n_there = 0;
    for (size_t i = 0; i < n; i++) {
        if (made[i])
            there[n_there++] = c[i];
        else
            fprintf(stderr, "%s: this ffmpeg cannot make it: left out\n", c[i].file);
    }
    clips_references(there, n_there);
    for (size_t i = 0; i < n_there; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.rgb", there[i].file);
        FILE *reference = fopen(name, "rb");
        check_clip(there[i].file, there[i].fps, reference);
        fclose(reference);
        unlink(name);
    }
    return (int)(n - n_there);
}

static void test_clips(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    enum { N = sizeof clips / sizeof *clips };
    bool made[N];
    int n_missing = 0;
    clips_make_all(clips, N, made);
    for (size_t i = 0; i < N; i += SANITIZED ? 2 * CLIPS_AT_ONCE : CLIPS_AT_ONCE)
        n_missing +=
            check_clips(&clips[i], &made[i], N - i < CLIPS_AT_ONCE ? N - i : CLIPS_AT_ONCE);
    if (n_missing > 0) /* the others were checked: not passed all the same */
        skip();
}

/* Where the shared clips are, seen from the directory that the tests are started in. */
static char real_clips[4096];

static void test_real_clips(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    static const char *const names[] = {"basketball.mp4", "armwrestling.mp4"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s", real_clips, names[i]);
        FILE *there = fopen(path, "rb");
        if (!there)
            skip();
        fclose(there);
        if (symlink(path, names[i]) != 0)
            fail();
        FILE *reference = clips_reference(names[i], 30);
        check_clip(names[i], 30, reference);
        pclose(reference);
    }
}

static int begin(void **state)
{
    const char *shared = getenv("SFD_SHARED");
    char path[4000];
    snprintf(path, sizeof path, "%s/clips", shared ? shared : "../../../shared");
    if (!realpath(path, real_clips))
        *real_clips = '\0';
    return clips_begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_clips),
        cmocka_unit_test(test_real_clips),
    };
    return cmocka_run_group_tests(tests, begin, clips_end);
}
