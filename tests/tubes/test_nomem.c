/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of the evaluation of tubes fails once, for each format of detections. */
#include "support/no_memory.h"

#include <sfdet/eval_tubes.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char made[2][40] = {"/tmp/sfdet-tubes-XXXXXX", "/tmp/sfdet-tubes-XXXXXX"};

typedef struct evaluation {
    const char *truth, *found;
    sfd_tube_linking linking;
} evaluation;

static sfd_status evaluate(void *user, sfd_error *err)
{
    const evaluation *e = user;
    sfd_eval_tube_result r;
    sfd_eval_tube_settings s;
    sfd_eval_tube_settings_defaults(&s);
    s.linking = e->linking;
    s.min_frames = 2;
    const sfd_status status = sfd_eval_tube_files(&r, e->truth, e->found, &s, err);
    if (status == SFD_OK)
        sfd_eval_tube_result_free(&r);
    return status;
}

static void write_file(char *name, const char *text)
{
    const int fd = mkstemp(name);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void test_every_format(void **state)
{
    (void)state;
    const char *const truth =
        "(dS'labels'\n(lS'a'\nasS'nframes'\n(dS'v'\nI40\nssS'gttubes'\n(dS'v'\n(dI0\n(l(l"
        "(lI11\naI0\naI0\naI9\naI9\naa(lI12\naI0\naI0\naI9\naI9\naaasss.";
    write_file(made[0], truth);
    write_file(made[1], "{\"video\":\"v\",\"timestamp\":11,\"person\":7,\"box\":[0,0,9,9],"
                        "\"labels\":[{\"id\":1,\"score\":0.9}]}\n"
                        "{\"video\":\"v\",\"timestamp\":12,\"person\":7,\"box\":[0,0,9,9],"
                        "\"labels\":[{\"id\":1,\"score\":0.8}]}\n");
    evaluation all[] = {{"tubes/set_0.pkl", "tubes/set_0.csv", SFD_TUBES_MMACTION2},
                        {made[0], made[1], SFD_TUBES_OWN_SCORES},
                        {made[0], made[1], SFD_TUBES_PERSONS}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        refuse_each_allocation(evaluate, &all[i], 20);
    unlink(made[0]);
    unlink(made[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_format)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
