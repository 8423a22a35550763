/* SPDX-License-Identifier: Apache-2.0 */
/* Files of segments byte for byte, with hostile names; the shape of eaf files. */
#include "base/file.h"
#include "support/random.h"

#include <sfdet/output.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define N_CLASSES 3

static char folder[] = "/tmp/sfdet-segments-XXXXXX";
static char path[64];
static sfd_labels *labels, *hostile;

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder) || sfd_labels_open(&labels, NULL, NULL) != SFD_OK)
        return 1;
    snprintf(path, sizeof path, "%s/hostile.pbtxt", folder);
    FILE *f = fopen(path, "w");
    fputs("item { name: \"a <b> & \\\"c\\\" --> d\" id: 11 }\nitem { name: \"x]]>\ty\" id: 12 }\n",
          f);
    fclose(f);
    const sfd_status status = sfd_labels_open(&hostile, path, NULL);
    unlink(path);
    return status == SFD_OK ? 0 : 1;
}

static int remove_folder(void **state)
{
    (void)state;
    sfd_labels_free(labels);
    sfd_labels_free(hostile);
    return rmdir(folder); /* fails when a file was left behind */
}

/* Digits are tenths of the scores of sit, stand and an unknown action, of person 1, then 2. */
static void add(sfd_writer *w, const char *video_id, double time_s, const char *digits)
{
    static const int class_ids[N_CLASSES] = {11, 12, 99};
    float scores[2][N_CLASSES];
    sfd_person persons[2];
    sfd_keyframe k = {.video_id = video_id,
                      .timestamp_s = time_s,
                      .n_classes = N_CLASSES,
                      .class_ids = class_ids,
                      .n_persons = strlen(digits) / N_CLASSES,
                      .persons = persons};
    for (size_t i = 0; i < k.n_persons * N_CLASSES; i++)
        scores[i / N_CLASSES][i % N_CLASSES] = (float)(digits[i] - '0') / 10;
    for (size_t i = 0; i < k.n_persons; i++)
        persons[i] =
            (sfd_person){.scores = scores[i], .person_id = (int64_t)i + 1, .has_person_id = true};
    assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_OK);
}

static sfd_writer *open_writer(const char *name, const sfd_labels *list, double offset_s)
{
    sfd_writer *w;
    sfd_error err;
    sfd_segment_settings s;
    sfd_segment_settings_defaults(&s);
    s.smooth_s = 0;
    s.timestamp_offset_s = offset_s;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (sfd_writer_open_segments(&w, path, NULL, list, &s, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return w;
}

/* Person 1 sits, then stands and does something else meanwhile; person 2 sits all the time. */
static void tell(const char *name, const sfd_labels *list, const char *video_id)
{
    sfd_writer *w = open_writer(name, list, 900);
    add(w, video_id, 902, "900800");
    add(w, video_id, 903, "920800");
    add(w, video_id, 904, "090800");
    add(w, video_id, 905, "099800");
    add(w, video_id, 906, "090800");
    assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
    sfd_writer_free(w);
}

static char *take_file(void)
{
    static char text[1 << 16];
    char *read;
    size_t n;
    assert_int_equal(sfd_read_text(&read, &n, path, sizeof text - 1, NULL), SFD_OK);
    assert_int_equal(strlen(read), n);
    memcpy(text, read, n + 1);
    free(read);
    unlink(path);
    return text;
}

static void expect_file(const char *expected)
{
    assert_string_equal(take_file(), expected);
}

static void test_csv(void **state)
{
    (void)state;
    tell("out.csv", labels, "a,b");
    expect_file("video_id,person,start,end,action_id,name,score\n"
                "\"a,b\",1,901.5,903.5,11,sit,0.900000\n"
                "\"a,b\",2,901.5,906.5,11,sit,0.800000\n"
                "\"a,b\",1,903.5,906.5,12,stand,0.900000\n"
                "\"a,b\",1,904.5,905.5,99,action 99,0.900000\n");
}

static void test_vtt(void **state)
{
    (void)state;
    tell("out.VTT", labels, "clip");
    expect_file("WEBVTT\n"
                "\n00:00:01.500 --> 00:00:03.500\nperson 1: sit\n"
                "\n00:00:01.500 --> 00:00:06.500\nperson 2: sit\n"
                "\n00:00:03.500 --> 00:00:06.500\nperson 1: stand\n"
                "\n00:00:04.500 --> 00:00:05.500\nperson 1: action 99\n");
    tell("hostile.vtt", hostile, "clip");
    expect_file(
        "WEBVTT\n"
        "\n00:00:01.500 --> 00:00:03.500\nperson 1: a &lt;b&gt; &amp; &quot;c&quot; --&gt; d\n"
        "\n00:00:01.500 --> 00:00:06.500\nperson 2: a &lt;b&gt; &amp; &quot;c&quot; --&gt; d\n"
        "\n00:00:03.500 --> 00:00:06.500\nperson 1: x]]&gt;?y\n"
        "\n00:00:04.500 --> 00:00:05.500\nperson 1: action 99\n");
}

static void test_tsv(void **state)
{
    (void)state;
    tell("out.tsv", hostile, "\xE9\tclip");
    static const char begin[] = "\\xE9?clip\t\t\tMedia file\t\\xE9?clip\t0\t5.000\tNA\tNA\t";
    static const char end[] = "\\xE9?clip\tNA\tNA\tNA\tNA\tscore ";
    char expected[4096];
    snprintf(
        expected, sizeof expected,
        "Observation id\tObservation date\tDescription\tObservation type\tSource\t"
        "Time offset (s)\tCoding duration\tMedia duration (s)\tFPS (frame/s)\tSubject\t"
        "Observation duration by subject by observation\tBehavior\tBehavioral category\t"
        "Behavior type\tStart (s)\tStop (s)\tDuration (s)\tMedia file name\t"
        "Image index start\tImage index stop\tImage file path start\tImage file path stop\t"
        "Comment start\tComment stop\n"
        "%1$sperson 1\t6.000\t\"a <b> & \"\"c\"\" --> d\"\tNot defined\tSTATE\t1.500\t3.500\t"
        "2.000\t%2$s0.900000\t\n"
        "%1$sperson 2\t5.000\t\"a <b> & \"\"c\"\" --> d\"\tNot defined\tSTATE\t1.500\t6.500\t"
        "5.000\t%2$s0.800000\t\n"
        "%1$sperson 1\t6.000\tx]]>?y\tNot defined\tSTATE\t3.500\t6.500\t3.000\t%2$s0.900000\t\n"
        "%1$sperson 1\t6.000\taction 99\tNot defined\tSTATE\t4.500\t5.500\t1.000\t"
        "%2$s0.900000\t\n",
        begin, end);
    expect_file(expected);
}

/* Replaces the date by "now". */
static void undate(char *text)
{
    char *date = strstr(text, "DATE=\"");
    assert_non_null(date);
    date += strlen("DATE=\"");
    const char *end = strchr(date, '"');
    assert_int_equal(end - date, strlen("2016-12-01T00:00:00Z"));
    memmove(date + 3, end, strlen(end) + 1);
    memcpy(date, "now", 3);
}

#define EAF_HEAD                                                                                   \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                                 \
    "<ANNOTATION_DOCUMENT AUTHOR=\"sfdetect\" DATE=\"now\" FORMAT=\"3.0\" VERSION=\"3.0\"\n"       \
    "    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n"                                \
    "    xsi:noNamespaceSchemaLocation=\"http://www.mpi.nl/tools/elan/EAFv3.0.xsd\">\n"            \
    "  <HEADER MEDIA_FILE=\"\" TIME_UNITS=\"milliseconds\">\n"
#define EAF_TAIL                                                                                   \
    "  <LINGUISTIC_TYPE GRAPHIC_REFERENCES=\"false\" LINGUISTIC_TYPE_ID=\"action\" "               \
    "TIME_ALIGNABLE=\"true\"/>\n"                                                                  \
    "</ANNOTATION_DOCUMENT>\n"
#define EAF_ANNOTATION(id, from, to, value)                                                        \
    "    <ANNOTATION>\n"                                                                           \
    "      <ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a" id "\" TIME_SLOT_REF1=\"ts" from               \
    "\" TIME_SLOT_REF2=\"ts" to "\">\n"                                                            \
    "        <ANNOTATION_VALUE>" value "</ANNOTATION_VALUE>\n"                                     \
    "      </ALIGNABLE_ANNOTATION>\n"                                                              \
    "    </ANNOTATION>\n"

static void test_eaf(void **state)
{
    (void)state;
    tell("out.eaf", hostile, "clip");
    char *text = take_file();
    undate(text);
    assert_string_equal(
        text,
        EAF_HEAD "    <PROPERTY NAME=\"lastUsedAnnotationId\">4</PROPERTY>\n"
                 "  </HEADER>\n"
                 "  <TIME_ORDER>\n"
                 "    <TIME_SLOT TIME_SLOT_ID=\"ts1\" TIME_VALUE=\"1500\"/>\n"
                 "    <TIME_SLOT TIME_SLOT_ID=\"ts2\" TIME_VALUE=\"3500\"/>\n"
                 "    <TIME_SLOT TIME_SLOT_ID=\"ts3\" TIME_VALUE=\"4500\"/>\n"
                 "    <TIME_SLOT TIME_SLOT_ID=\"ts4\" TIME_VALUE=\"5500\"/>\n"
                 "    <TIME_SLOT TIME_SLOT_ID=\"ts5\" TIME_VALUE=\"6500\"/>\n"
                 "  </TIME_ORDER>\n"
                 "  <TIER LINGUISTIC_TYPE_REF=\"action\" PARTICIPANT=\"person 1\" TIER_ID=\"person "
                 "1\">\n" EAF_ANNOTATION("1", "1", "2", "a &lt;b&gt; &amp; &quot;c&quot; --&gt; d")
                     EAF_ANNOTATION(
                         "2", "2", "5",
                         "x]]&gt;?y") "  </TIER>\n"
                                      "  <TIER LINGUISTIC_TYPE_REF=\"action\" PARTICIPANT=\"person "
                                      "1\" TIER_ID=\"person 1 (2)\">\n" EAF_ANNOTATION(
                                          "3", "3", "4",
                                          "action 99") "  </TIER>\n"
                                                       "  <TIER LINGUISTIC_TYPE_REF=\"action\" "
                                                       "PARTICIPANT=\"person 2\" TIER_ID=\"person "
                                                       "2\">\n" EAF_ANNOTATION(
                                                           "4", "1", "5",
                                                           "a &lt;b&gt; &amp; &quot;c&quot; --&gt; "
                                                           "d") "  </TIER>\n" EAF_TAIL);
}

#define MOST_SLOTS 512

/* Reads an eaf line by line: slots rise, ids count up, a tier is there once, its annotations refer
 * to slots and do not overlap. Returns the number of annotations. */
static size_t check_shape(const char *text, size_t *n_tiers)
{
    unsigned slots[MOST_SLOTS] = {0}, end_ms = 0;
    size_t n_slots = 0, n_annotations = 0, id, from, to;
    char tier[64], before[64] = "";
    *n_tiers = 0;
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        if (sscanf(line, " <TIME_SLOT TIME_SLOT_ID=\"ts%zu\" TIME_VALUE=\"%u\"/>", &id,
                   &slots[n_slots + 1]) == 2) {
            assert_int_equal(id, ++n_slots);
            assert_true(n_slots == 1 || slots[n_slots] > slots[n_slots - 1]);
            assert_true(n_slots + 2 < MOST_SLOTS);
        } else if (sscanf(line,
                          " <TIER LINGUISTIC_TYPE_REF=\"action\" PARTICIPANT=\"%*[^\"]\" "
                          "TIER_ID=\"%63[^\"]\">",
                          tier) == 1) {
            assert_true(strcmp(tier, before) > 0);
            memcpy(before, tier, sizeof before);
            ++*n_tiers;
            end_ms = 0;
        } else if (sscanf(line,
                          " <ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a%zu\" "
                          "TIME_SLOT_REF1=\"ts%zu\" TIME_SLOT_REF2=\"ts%zu\">",
                          &id, &from, &to) == 3) {
            assert_int_equal(id, ++n_annotations);
            assert_true(from >= 1 && from < to && to <= n_slots);
            assert_true(slots[from] >= end_ms);
            end_ms = slots[to];
        }
    }
    return n_annotations;
}

/* Two people who do much at once, by chance. */
static void test_eaf_of_chance(void **state)
{
    (void)state;
    test_random r = {4};
    for (int round = 0; round < 20; round++) {
        sfd_writer *w = open_writer("chance.eaf", labels, 0);
        for (int t = 0; t < 40; t++) {
            char digits[2 * N_CLASSES + 1] = "";
            for (int i = 0; i < 2 * N_CLASSES; i++)
                digits[i] = (char)('0' + random_int(&r, 0, 9));
            add(w, "clip", t * 3, digits);
        }
        assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
        sfd_writer_free(w);
        size_t n_tiers;
        assert_true(check_shape(take_file(), &n_tiers) > 20);
        assert_in_range(n_tiers, 2, 6);
    }
}

static void test_eaf_names_its_video(void **state)
{
    (void)state;
    sfd_writer *w;
    char video[96], line[256];
    snprintf(video, sizeof video, "%s/a b&\".mp4", folder);
    fclose(fopen(video, "w"));
    snprintf(path, sizeof path, "%s/out.eaf", folder);
    assert_int_equal(sfd_writer_open_segments(&w, path, video, labels, NULL, NULL), SFD_OK);
    assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
    sfd_writer_free(w);
    unlink(video);
    char *text = take_file();
    snprintf(
        line, sizeof line,
        "<MEDIA_DESCRIPTOR MEDIA_URL=\"file://%s/a%%20b%%26%%22.mp4\" MIME_TYPE=\"video/mp4\"/>",
        folder);
    assert_non_null(strstr(text, line));
    assert_non_null(strstr(text, "  <TIME_ORDER>\n  </TIME_ORDER>\n" EAF_TAIL));
}

/* A persons' video without persons, and one whose persons nobody knows. */
static void test_without_persons(void **state)
{
    (void)state;
    sfd_error err;
    sfd_writer *w = open_writer("out.vtt", labels, 0);
    add(w, "clip", 1, "");
    assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
    sfd_writer_free(w);
    expect_file("WEBVTT\n");

    const float scores[N_CLASSES] = {1, 1, 1};
    const int class_ids[N_CLASSES] = {11, 12, 99};
    const sfd_person person = {.scores = scores};
    const sfd_keyframe k = {.video_id = "clip",
                            .timestamp_s = 1,
                            .n_classes = N_CLASSES,
                            .class_ids = class_ids,
                            .n_persons = 1,
                            .persons = &person};
    w = open_writer("out.csv", labels, 0);
    assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_OK);
    assert_int_equal(sfd_writer_commit(w, &err), SFD_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "none of the 1 has a person id"));
    assert_int_equal(access(path, F_OK), -1);
    sfd_writer_free(w);
}

static void test_refused(void **state)
{
    (void)state;
    sfd_writer *w;
    sfd_error err;
    assert_int_equal(sfd_writer_open_segments(&w, "x.txt", NULL, labels, NULL, &err), SFD_ERR_ARG);
    assert_string_equal(err.message,
                        "x.txt: segments are written as .csv, .tsv, .vtt or .eaf files");
    assert_null(w);
    assert_int_equal(sfd_writer_open_segments(&w, ".csv", NULL, labels, NULL, &err), SFD_ERR_ARG);
    assert_int_equal(sfd_writer_open_segments(&w, "no/such/x.csv", NULL, labels, NULL, &err),
                     SFD_ERR_IO);
    w = open_writer("out.eaf", labels, 0);
    add(w, "clip", 1, "900");
    const sfd_keyframe other = {.video_id = "other", .timestamp_s = 1, .n_classes = N_CLASSES};
    assert_int_equal(sfd_writer_add(w, &other, &err), SFD_ERR_ARG);
    assert_non_null(
        strstr(err.message, ".eaf files tell of one video, and there are \"clip\" and"));
    sfd_writer_free(w); /* nothing is left behind */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_vtt),
        cmocka_unit_test(test_tsv),
        cmocka_unit_test(test_eaf),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_eaf_names_its_video),
        cmocka_unit_test(test_without_persons),
        cmocka_unit_test(test_eaf_of_chance),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
