/* SPDX-License-Identifier: Apache-2.0 */
/* What a rendered video has of its source: shape of pixels, colours, sound in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clips.h"
#include "media/video_reader.h"
#include "media/video_writer.h"

#include <libavformat/avformat.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SMALL "-f lavfi -i testsrc2=size=98x72:rate=25:duration=3 "
#define HD    "-f lavfi -i testsrc2=size=1280x720:rate=25:duration=0.4 "
#define TONE  "-f lavfi -i sine=d=3 "
#define X264  "-c:v libx264 -preset fast -g 20 -pix_fmt yuv420p "
#define BOTH  "-map 0 -map 1 " X264

typedef struct carried {
    const char *file, *arguments, *out;
    int sar_num, sar_den; /* 0/1 when square */
    int primaries, transfer, matrix, range;
    int n_sounds; /* copied */
} carried;

enum { BT709 = 1, NONE = 2, BT601 = 6, BT2020 = 9, PQ = 16, TV = 1, PC = 2 };

static const carried cases[] = {
    {"plain.mp4", SMALL X264, "o.mp4", 0, 1, BT601, BT601, BT601, TV, 0},
    {"sar.mp4", SMALL X264 "-aspect 16:9", "o.mp4", 64, 49, BT601, BT601, BT601, TV, 0},
    {"sar.mkv", SMALL X264 "-aspect 16:9", "o.mkv", 64, 49, BT601, BT601, BT601, TV, 0},
    {"turned.mp4", "-i sar.mp4 -c copy -metadata:s:v rotate=90", "o.mp4", 49, 64, BT601, BT601,
     BT601, TV, 0},
    {"bt709.mp4", SMALL X264 "-colorspace bt709 -color_primaries bt709 -color_trc bt709", "o.mp4",
     0, 1, BT709, BT709, BT709, TV, 0},
    {"hdr.mp4", SMALL X264 "-colorspace bt2020nc -color_primaries bt2020 -color_trc smpte2084",
     "o.mp4", 0, 1, BT2020, PQ, BT2020, TV, 0},
    {"hd_silent.mp4", HD X264, "o.mp4", 0, 1, NONE, NONE, NONE, 0, 0},
    {"hd_601.mp4", HD X264 "-colorspace smpte170m", "o.mp4", 0, 1, NONE, NONE, BT601, TV, 0},
    {"full.mp4", SMALL "-vf scale=out_range=full -color_range pc " X264, "o.mp4", 0, 1, BT601,
     BT601, BT601, PC, 0},
    {"rgb.avi", SMALL "-c:v rawvideo -pix_fmt bgr24", "o.mp4", 0, 1, BT601, BT601, BT601, TV, 0},
    {"aac.mp4", SMALL TONE BOTH "-c:a aac", "o.mp4", 0, 1, BT601, BT601, BT601, TV, 1},
    {"late.mp4", SMALL "-itsoffset 0.7 " TONE BOTH "-c:a aac", "o.mp4", 0, 1, BT601, BT601, BT601,
     TV, 1},
    {"early.mkv", "-itsoffset 0.7 " SMALL TONE BOTH "-c:a aac", "o.mkv", 0, 1, BT601, BT601, BT601,
     TV, 1},
    {"aac.ts", SMALL TONE BOTH "-c:a aac", "o.mp4", 0, 1, BT601, BT601, BT601, TV, 1},
    {"aac.flv", SMALL TONE BOTH "-c:a aac", "o.mp4", 0, 1, BT601, BT601, BT601, TV, 1},
    {"two.mkv", SMALL TONE TONE "-map 0 -map 1 -map 2 " X264 "-c:a:0 flac -c:a:1 ac3", "o.mp4", 0,
     1, BT601, BT601, BT601, TV, 2},
    {"pcm.mov", SMALL TONE BOTH "-c:a pcm_s16le", "o.mkv", 0, 1, BT601, BT601, BT601, TV, 1},
    {"pcm.mov", SMALL TONE BOTH "-c:a pcm_s16le", "o.mp4", 0, 1, BT601, BT601, BT601, TV, 0},
    {"opus.mkv", SMALL TONE BOTH "-c:a libopus", "o.mov", 0, 1, BT601, BT601, BT601, TV, 0},
    {"flac.mkv", SMALL TONE BOTH "-c:a flac", "o.mov", 0, 1, BT601, BT601, BT601, TV, 0},
};

/* Copies the pictures; true when sound had to be left out. */
static bool render(const carried *c)
{
    sfd_video_reader *v;
    sfd_video_writer *w;
    sfd_picture *p;
    sfd_error err = {0};
    int64_t index;
    const sfd_video_options options = {.fps = 30, .keep_sound = true};
    if (sfd_video_open(&v, c->file, &options, &err) != SFD_OK)
        fail_msg("%s", err.message);
    const sfd_video_info *info = sfd_video_get_info(v);
    const sfd_video_format format = {.width = info->width,
                                     .height = info->height,
                                     .fps = 30,
                                     .look = &info->look,
                                     .sound = sfd_video_sound(v)};
    if (sfd_video_writer_open(&w, c->out, &format, &err) != SFD_OK)
        fail_msg("%s", err.message);
    while (sfd_video_next(v, &p, &index, &err) == SFD_OK) {
        assert_int_equal(sfd_video_writer_add(w, p, &err), SFD_OK);
        sfd_picture_unref(p);
    }
    assert_int_equal(err.status, SFD_ERR_END);
    bool left_out = sfd_video_writer_complain(w, &err);
    if (sfd_video_writer_close(w, &err) != SFD_OK)
        fail_msg("%s", err.message);
    sfd_video_close(v);
    return left_out;
}

/* Where the sounds of a file begin, from its own start. */
typedef struct sounds {
    int n;
    double start_s[4];
} sounds;

static void look_into(const char *file, AVFormatContext **format, AVStream **video, sounds *s)
{
    *format = NULL;
    *s = (sounds){0};
    assert_int_equal(avformat_open_input(format, file, NULL, NULL), 0);
    assert_true(avformat_find_stream_info(*format, NULL) >= 0);
    for (unsigned i = 0; i < (*format)->nb_streams; i++) {
        AVStream *st = (*format)->streams[i];
        double start_s = (double)st->start_time * av_q2d(st->time_base);
        if (st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO)
            *video = st;
        else
            s->start_s[s->n++] = start_s - (double)(*format)->start_time / AV_TIME_BASE;
    }
}

/* The first sound's samples. */
static void hash_sound(const char *file, char hash[64])
{
    char command[256];
    snprintf(command, sizeof command, "ffmpeg -nostdin -v quiet -i %s -map 0:a:0 -f md5 -", file);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    if (!fgets(hash, 64, f))
        *hash = '\0';
    pclose(f);
}

static void check(const carried *c)
{
    AVFormatContext *source, *result;
    AVStream *source_video = NULL, *video = NULL;
    sounds before, after;
    bool left_out = render(c);
    look_into(c->file, &source, &source_video, &before);
    look_into(c->out, &result, &video, &after);
    const AVCodecParameters *par = video->codecpar;
    AVRational sar = par->sample_aspect_ratio;
    if (sar.num == sar.den)
        sar = (AVRational){0, 1};
    if (sar.num != c->sar_num || sar.den != c->sar_den)
        fail_msg("%s: pixels of %d:%d", c->file, sar.num, sar.den);
    if ((int)par->color_primaries != c->primaries || (int)par->color_trc != c->transfer ||
        (int)par->color_space != c->matrix || (int)par->color_range != c->range)
        fail_msg("%s: colours %d %d %d, range %d", c->file, (int)par->color_primaries,
                 (int)par->color_trc, (int)par->color_space, (int)par->color_range);
    assert_int_equal(after.n, c->n_sounds);
    assert_int_equal(left_out, before.n > after.n);
    for (int i = 0; i < after.n; i++)
        if (fabs(after.start_s[i] - before.start_s[i]) > 0.05) /* one and a half pictures */
            fail_msg("%s: sound %d starts %.3f s after the file, was %.3f", c->file, i,
                     after.start_s[i], before.start_s[i]);
    /* the pictures of MPEG-TS are the clock's zero: sound before them is not played */
    if (after.n > 0 && !strstr(c->file, ".ts")) {
        char a[64], b[64];
        hash_sound(c->file, a);
        hash_sound(c->out, b);
        assert_string_equal(a, b);
    }
    avformat_close_input(&source);
    avformat_close_input(&result);
}

static void test_carried(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    enum { N = sizeof cases / sizeof *cases };
    clip_recipe recipes[N];
    bool made[N];
    for (size_t i = 0; i < N; i++)
        recipes[i] = (clip_recipe){.file = cases[i].file, .arguments = cases[i].arguments};
    clips_make_all(recipes, N, made);
    for (size_t i = 0; i < N; i++) {
        if (!made[i])
            fail_msg("%s: this ffmpeg cannot make it", cases[i].file);
        check(&cases[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_carried),
    };
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
