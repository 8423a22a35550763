/* SPDX-License-Identifier: Apache-2.0 */
/* A journal that is cut off at any byte, or changed at any, gives back whole keyframes, the first
 * ones, and can be gone on with. */
#include "dataset/journal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { N = 6, CLASSES = 3, FEATURES = 2 };

static char path[64];
static const char work[] = "model a\nvideo b\n";
static const float scores[2][CLASSES] = {{0.1f, 0.25f, 1e-7f}, {0.5f, 0, 1}};
static const float features[2][FEATURES] = {{-3.5f, 1e30f}, {0.1f, 7}};
static const sfd_person persons[2] = {
    {{0.1, 0.2, 0.3, 1.0 / 3},
     0.875,
     "0001.5",
     "0.1,0.2,0.3,0.333",
     scores[0],
     0,
     false,
     features[0],
     {0}},
    {{0, 0, 1, 1}, 1, "0001.5", "0,0,1,1", scores[1], -7, true, features[1], {0}}};

/* Keyframe i: done with i % 3 persons, but 3 failed and 4 empty; indices leave one out. */
static sfd_status settle(sfd_journal *j, uint64_t i)
{
    const sfd_keyframe k = {.timestamp_s = 900.1 + (double)i,
                            .frame = (int64_t)i * 30 - 1,
                            .n_classes = CLASSES,
                            .n_persons = i % 3,
                            .persons = persons,
                            .n_features = i > 1 ? FEATURES : 0};
    sfd_status status = SFD_OK;
    if (i == 3)
        status = sfd_journal_failed(j, "past the end", NULL);
    else if (i != 4)
        status = sfd_journal_done(j, &k, NULL);
    return status == SFD_OK ? sfd_journal_settle(j, i + (i > 2), 0.5 * (double)i, NULL) : status;
}

static sfd_status expect_next(void *user, const sfd_settled *s, sfd_error *err)
{
    uint64_t *n = user;
    const uint64_t i = (*n)++;
    (void)err;
    assert_int_equal(s->index, i + (i > 2));
    assert_true(s->seconds == 0.5 * (double)i);
    assert_int_equal(s->outcome, i == 3   ? SFD_SETTLED_FAILED
                                 : i == 4 ? SFD_SETTLED_EMPTY
                                          : SFD_SETTLED_DONE);
    if (i == 3)
        assert_string_equal(s->message, "past the end");
    if (i == 3 || i == 4)
        return SFD_OK;
    assert_true(s->keyframe.timestamp_s == 900.1 + (double)i);
    assert_int_equal(s->keyframe.frame, (int64_t)i * 30 - 1);
    assert_int_equal(s->keyframe.n_classes, CLASSES);
    assert_int_equal(s->keyframe.n_features, i > 1 ? FEATURES : 0);
    assert_int_equal(s->keyframe.n_persons, i % 3);
    for (size_t p = 0; p < i % 3; p++) {
        const sfd_person *got = &s->keyframe.persons[p], *wanted = &persons[p];
        assert_memory_equal(&got->box, &wanted->box, sizeof got->box);
        assert_true(got->proposal_score == wanted->proposal_score);
        assert_string_equal(got->timestamp_text, wanted->timestamp_text);
        assert_string_equal(got->box_text, wanted->box_text);
        assert_memory_equal(got->scores, wanted->scores, sizeof scores[0]);
        if (i > 1)
            assert_memory_equal(got->features, wanted->features, sizeof features[0]);
        else
            assert_null(got->features);
        assert_int_equal(got->person_id, wanted->person_id);
        assert_int_equal(got->has_person_id, wanted->has_person_id);
    }
    return SFD_OK;
}

/* Opens what is there, goes on to the end, and returns how many keyframes it held. */
static uint64_t go_on(void)
{
    sfd_journal *j;
    uint64_t n = 0, n_held;
    assert_int_equal(sfd_journal_open(&j, path, work, expect_next, &n, NULL), SFD_OK);
    n_held = n;
    for (; n < N; n++)
        assert_int_equal(settle(j, n), SFD_OK);
    sfd_journal_close(j, false);
    return n_held;
}

static size_t load(unsigned char *bytes, size_t n_room)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    const size_t n = fread(bytes, 1, n_room, f);
    fclose(f);
    assert_true(n < n_room);
    return n;
}

static void store(const unsigned char *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void test_any_end(void **state)
{
    (void)state;
    static unsigned char whole[4096], now[4096], changed[4096];
    uint64_t n_before = 0;
    unlink(path);
    assert_int_equal(go_on(), 0);
    assert_int_equal(go_on(), N);
    const size_t n = load(whole, sizeof whole);
    for (size_t end = 0; end <= n; end++) {
        store(whole, end);
        const uint64_t n_held = go_on();
        assert_true(n_held >= n_before && n_held <= N);
        n_before = n_held;
        assert_int_equal(load(now, sizeof now), n);
        assert_memory_equal(now, whole, n);
    }
    assert_int_equal(n_before, N);
    /* what never reached the disk may read as zeros; other bytes as well */
    for (size_t at = 0; at < n; at++) {
        memcpy(changed, whole, n);
        changed[at] ^= (unsigned char)(1u << at % 8);
        store(changed, n);
        assert_true(go_on() < N);
        assert_int_equal(load(now, sizeof now), n);
        assert_memory_equal(now, whole, n);
    }
}

static sfd_status never(void *user, const sfd_settled *s, sfd_error *err)
{
    (void)user, (void)s, (void)err;
    fail();
    return SFD_OK;
}

static void test_other_work(void **state)
{
    (void)state;
    sfd_journal *j, *other;
    sfd_error err;
    uint64_t n = 0;
    go_on();
    assert_int_equal(sfd_journal_open(&j, path, "model a\nvideo c\n", never, NULL, NULL), SFD_OK);
    assert_int_equal(sfd_journal_open(&other, path, work, expect_next, &n, &err), SFD_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "another process is at work on it"));
    sfd_journal_close(j, false);
    go_on();
    assert_int_equal(sfd_journal_open(&j, path, work, NULL, NULL, NULL), SFD_OK); /* begun anew */
    sfd_journal_close(j, true);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(sfd_journal_open(&j, "/nonexistent/x.journal", work, NULL, NULL, &err),
                     SFD_ERR_IO);
    assert_null(j);
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_int_equal(sfd_journal_open(&j, path, work, NULL, NULL, &err), SFD_ERR_IO);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_end),
        cmocka_unit_test(test_other_work),
    };
    snprintf(path, sizeof path, "/tmp/test_journal.%ld", (long)getpid());
    const int status = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return status;
}
