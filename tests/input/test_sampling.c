/* SPDX-License-Identifier: Apache-2.0 */
/* Clip sampling against figures of the public code bases. */
#include "input/sampling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_support.h"

#define MAX_FRAMES 256

static void test_clip_frames(void **state)
{
    (void)state;
    cJSON *json = read_json("preprocess/sampling.json"), *item;
    int n = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "clips"))
    {
        sfd_net_config c = {.num_frames = number(item, "num_frames"),
                            .sampling_rate = number(item, "sampling_rate")};
        int64_t frames[MAX_FRAMES], centre;
        sfd_clip_frames(&c, number(item, "second") - 900.0, number(item, "total_frames"), frames,
                        &centre);
        assert_int_equal(centre, number(item, "centre"));
        const cJSON *expected = cJSON_GetObjectItem(item, "indices"), *e;
        assert_int_equal(cJSON_GetArraySize(expected), c.num_frames);
        int i = 0;
        cJSON_ArrayForEach(e, expected) assert_int_equal(frames[i++], e->valueint);
        n++;
    }
    assert_true(n > 5);
    cJSON_Delete(json);
}

static void test_clip_frames_limits(void **state)
{
    (void)state;
    sfd_net_config c = {.num_frames = 32, .sampling_rate = 2};
    int64_t frames[MAX_FRAMES], centre;
    sfd_clip_frames(&c, 100, 0, frames, &centre);
    assert_int_equal(centre, 3000);
    assert_int_equal(frames[16], 3000);
    assert_int_equal(frames[31], 3030); /* end unknown: not clamped */
    sfd_clip_frames(&c, -100, 0, frames, &centre);
    assert_int_equal(centre, -3000);
    assert_int_equal(frames[31], 0);
    sfd_clip_frames(&c, 1e300, 90, frames, &centre);
    assert_true(centre > 90);
    assert_int_equal(frames[0], 89);
    c.centre_offset_frames = 1;
    sfd_clip_frames(&c, 100, 0, frames, &centre);
    assert_int_equal(centre, 3000);
    assert_int_equal(frames[16], 3001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clip_frames),
        cmocka_unit_test(test_clip_frames_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
