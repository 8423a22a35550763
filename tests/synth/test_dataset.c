/* SPDX-License-Identifier: Apache-2.0 */
/* Data sets as files: layout, content, repetition, bad settings, stopping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sfdet/codecs.h>
#include <sfdet/synth.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/labels.h"
#include "media/sound_reader.h"
#include "media/video_reader.h"
#include "synth/soundtrack.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[64];

static const char *path_of(const char *name)
{
    static char path[4][512];
    static unsigned next;
    char *p = path[next++ & 3];
    snprintf(p, sizeof path[0], "%s/%s", directory, name);
    return p;
}

static void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        char inner[1024];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
        remove_tree(inner);
    }
    if (d)
        closedir(d);
    remove(path);
}

static int make_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/sfd_synth_XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    remove_tree(directory);
    return 0;
}

static sfd_synth_settings small(void)
{
    sfd_synth_settings s;
    sfd_synth_settings_defaults(&s);
    s.seed = 3;
    s.seconds = 3.5;
    s.width = 96;
    s.height = 72;
    s.validation_share = 0.5;
    return s;
}

typedef struct counts {
    size_t rows, columns;
    int last; /* column that must be a number in 0..most */
    double most;
} counts;

static double number(const sfd_csv_field *f)
{
    char *end;
    double v = strtod(f->text, &end);
    assert_true(end != f->text && *end == 0);
    return v;
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    (void)err;
    counts *c = user;
    assert_int_equal(row->n_fields, c->columns);
    assert_int_equal(strncmp(row->fields[0].text, "synth3_", 7), 0);
    assert_int_equal(row->fields[1].length, 4);
    double t = number(&row->fields[1]);
    assert_true(t >= 1 && t <= 3);
    if (row->n_fields > 2) {
        double x1 = number(&row->fields[2]), y1 = number(&row->fields[3]);
        double x2 = number(&row->fields[4]), y2 = number(&row->fields[5]);
        assert_true(0 <= x1 && x1 < x2 && x2 <= 1 && 0 <= y1 && y1 < y2 && y2 <= 1);
        double v = number(&row->fields[c->last]);
        assert_true(v >= 0 && v <= c->most);
    }
    c->rows++;
    return SFD_OK;
}

static size_t count_rows(const char *name, size_t columns, int last, double most)
{
    counts c = {0, columns, last, most};
    assert_int_equal(sfd_csv_read(path_of(name), on_row, &c, NULL), SFD_OK);
    return c.rows;
}

static char *text_of(const char *name)
{
    char *text;
    size_t n;
    assert_int_equal(sfd_read_text(&text, &n, path_of(name), 1 << 24, NULL), SFD_OK);
    return text;
}

static void check_video(const char *name)
{
    sfd_video_reader *v;
    int64_t index;
    sfd_error err;
    size_t n = 0;
    assert_int_equal(sfd_video_open(&v, path_of(name), &(sfd_video_options){.fps = 30}, &err),
                     SFD_OK);
    for (sfd_picture *p; sfd_video_next(v, &p, &index, &err) == SFD_OK; n++) {
        assert_int_equal(p->width, 96);
        assert_int_equal(p->height, 72);
        sfd_picture_unref(p);
    }
    sfd_video_close(v);
    assert_int_equal(n, 105);
}

static void test_files(void **state)
{
    (void)state;
    sfd_synth_settings s = small();
    sfd_error err;
    if (sfd_synth_write_set(directory, 3, &s, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_true(count_rows("train.csv", 8, 6, 80) >= 1);
    assert_true(count_rows("val.csv", 8, 6, 80) >= 3);
    assert_true(count_rows("val_boxes.csv", 8, 7, 1) >= 3);
    count_rows("val_excluded.csv", 2, 0, 0);
    char *videos = text_of("val_videos.txt");
    assert_string_equal(videos, "synth3_val_00000\nsynth3_val_00001\n");
    free(videos);
    check_video("videos/synth3_train_00000.mp4");
    check_video("videos/synth3_val_00001.mp4");

    sfd_label_map map;
    size_t n;
    const int *classes = sfd_synth_classes(&n);
    assert_int_equal(sfd_label_map_read(&map, path_of("labels.pbtxt"), SFD_LABELS_OFFICIAL, NULL),
                     SFD_OK);
    assert_int_equal(map.n_labels, n);
    for (size_t i = 0; i < n; i++)
        assert_non_null(sfd_label_name(&map, classes[i]));
    assert_string_equal(sfd_label_name(&map, 69), "hand wave");
    sfd_label_map_free(&map);
}

/* A second run writes the same tables. */
static void test_repeats(void **state)
{
    (void)state;
    static const char *const names[] = {"train.csv", "val.csv", "train_boxes.csv", "val_boxes.csv"};
    sfd_synth_settings s = small();
    char *first[4];
    assert_int_equal(sfd_synth_write_set(directory, 3, &s, NULL), SFD_OK);
    for (int i = 0; i < 4; i++)
        first[i] = text_of(names[i]);
    assert_int_equal(sfd_synth_write_set(directory, 3, &s, NULL), SFD_OK);
    for (int i = 0; i < 4; i++) {
        char *again = text_of(names[i]);
        assert_string_equal(first[i], again);
        free(again);
        free(first[i]);
    }
}

static void test_clip(void **state)
{
    (void)state;
    sfd_synth_settings s = small();
    s.scene = "street";
    assert_int_equal(sfd_synth_write_clip(path_of("synth3_x.mp4"), &s, NULL), SFD_OK);
    check_video("synth3_x.mp4");
    assert_true(count_rows("synth3_x.csv", 8, 6, 80) >= 1);
    assert_true(count_rows("synth3_x_boxes.csv", 8, 7, 1) >= 1);
}

/* The file's sound is the soundtrack, in time with it, and as long as its pictures but for what
 * fills AAC's last frame. */
static void test_sound(void **state)
{
    (void)state;
    enum { N = 105 * SFD_SOUND_BLOCK, FRAME = 1024 };
    static float left[N], right[N], file[N + 4 * FRAME];
    sfd_synth_settings s = small();
    s.sound = true;
    s.seed = 4;
    assert_int_equal(sfd_synth_write_clip(path_of("synth3_x.mp4"), &s, NULL), SFD_OK);
    check_video("synth3_x.mp4");

    const sfd_world_settings ws = {s.seed, 0, true, s.seconds, s.width, s.height,
                                   1,      4, -1,   s.grain,   s.sound};
    sfd_world *w;
    sfd_soundtrack *track;
    sfd_sound_reader *reader;
    assert_int_equal(sfd_world_create(&w, &ws, NULL), SFD_OK);
    assert_int_equal(sfd_soundtrack_create(&track, w, NULL), SFD_OK);
    for (size_t i = 0; i < N; i += SFD_SOUND_BLOCK)
        assert_int_equal(sfd_soundtrack_next(track, left + i, right + i, SFD_SOUND_BLOCK, NULL),
                         SFD_OK);
    assert_int_equal(sfd_sound_open(&reader, path_of("synth3_x.mp4"),
                                    &(sfd_sound_options){.rate = SFD_SOUND_RATE}, NULL),
                     SFD_OK);
    assert_int_equal(sfd_sound_read(reader, 0, N + 4 * FRAME, file, NULL), SFD_OK);
    const int64_t length = sfd_sound_length(reader);
    assert_true(length >= N && length < N + FRAME);
    double same = 0, ours = 0, theirs = 0;
    for (size_t i = 0; i < N; i++) {
        const double mono = 0.5 * (left[i] + right[i]);
        same += mono * file[i];
        ours += mono * mono;
        theirs += (double)file[i] * file[i];
    }
    if (!(same > 0.97 * sqrt(ours * theirs)))
        fail_msg("correlation %g", same / sqrt(ours * theirs));
    sfd_sound_close(reader);
    sfd_soundtrack_destroy(track);
    sfd_world_destroy(w);
}

static void test_sound_classes(void **state)
{
    (void)state;
    size_t n, n_sound, found = 0;
    const int *silent = sfd_synth_classes(&n), *all = sfd_synth_sound_classes(&n_sound);
    assert_int_equal(n_sound, n + 4);
    for (size_t i = 0; i < n_sound; i++)
        found += found < n && all[i] == silent[found];
    assert_int_equal(found, n);
}

static void refuse(const sfd_synth_settings *s, size_t n_videos, const char *message)
{
    sfd_error err = {0};
    assert_int_equal(sfd_synth_write_set(directory, n_videos, s, &err), SFD_ERR_ARG);
    assert_non_null(strstr(err.message, message));
}

static void test_bad_settings(void **state)
{
    (void)state;
    sfd_synth_settings good = small(), s;
    refuse(&good, 0, "number of videos");
    refuse(&good, (size_t)-1, "number of videos");
#define REFUSE(field, value, message)                                                              \
    s = good;                                                                                      \
    s.field = value;                                                                               \
    refuse(&s, 1, message)
    REFUSE(seconds, 1, "seconds");
    REFUSE(seconds, NAN, "seconds");
    REFUSE(seconds, INFINITY, "seconds");
    REFUSE(width, 0, "width");
    REFUSE(width, -320, "width");
    REFUSE(height, 1 << 30, "height");
    REFUSE(min_people, 0, "lowest");
    REFUSE(max_people, 9, "highest");
    REFUSE(max_people, 0, "highest");
    REFUSE(grain, -1, "grain");
    REFUSE(validation_share, 1.5, "validation");
    REFUSE(scene, "moon", "no scene \"moon\"");
#undef REFUSE
    sfd_error err;
    assert_int_equal(sfd_synth_write_clip(path_of("noextension"), &good, &err), SFD_ERR_ARG);
    assert_int_equal(sfd_synth_write_clip(path_of("missing/x.mp4"), &good, &err), SFD_ERR_IO);
    assert_int_equal(sfd_synth_write_set(path_of("missing/x"), 1, &good, &err), SFD_ERR_IO);
    assert_int_equal(sfd_synth_write_clip(path_of("x.pbtxt"), &good, &err), SFD_ERR_UNSUPPORTED);
}

static bool stop_soon(void *user)
{
    return ++*(int *)user > 40;
}

/* The unfinished files are gone. */
static void test_cancel(void **state)
{
    (void)state;
    int asked = 0;
    sfd_synth_settings s = small();
    s.user = &asked;
    s.should_stop = stop_soon;
    assert_int_equal(sfd_synth_write_set(directory, 2, &s, NULL), SFD_ERR_CANCELLED);
    assert_int_equal(rmdir(path_of("videos")), 0);
    assert_int_not_equal(access(path_of("train.csv"), F_OK), 0);
    assert_int_equal(rmdir(directory), 0);
}

/* Extremes that must work. */
static void test_extremes(void **state)
{
    (void)state;
    sfd_synth_settings s = small();
    s.seed = UINT64_MAX;
    s.seconds = 2;
    s.min_people = s.max_people = SFD_SYNTH_MAX_PEOPLE;
    s.width = 333;
    s.height = 65;
    s.grain = 4;
    s.validation_share = 0;
    assert_int_equal(sfd_synth_write_set(directory, 1, &s, NULL), SFD_OK);
    s.width = 64;
    s.height = 240;
    s.validation_share = 1;
    assert_int_equal(sfd_synth_write_set(directory, 1, &s, NULL), SFD_OK);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_directory, remove_directory)

int main(void)
{
    sfd_quiet_codecs();
    const struct CMUnitTest tests[] = {
        TEST(test_files),  TEST(test_repeats),  TEST(test_clip),  TEST(test_bad_settings),
        TEST(test_cancel), TEST(test_extremes), TEST(test_sound), TEST(test_sound_classes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
