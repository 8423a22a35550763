/* SPDX-License-Identifier: Apache-2.0 */
/* Names in YAML files: misspelt, out of place, unknown, given twice. */
#include "config/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/yaml_cases.h"

static void misspelt_names_are_refused(void **state)
{
    (void)state;
    expect_failure("SLOWFAST:\n  APLHA: 4\n", SFD_ERR_FORMAT,
                   "net.yaml:2: SLOWFAST.APLHA is no key of PySlowFast's (ALPHA?)");
    expect_failure("SLOW_FAST:\n  ALPHA: 4\n", SFD_ERR_FORMAT,
                   "net.yaml:1: SLOW_FAST is no section of PySlowFast's (SLOWFAST?)");
    expect_failure("slowfast:\n  alpha: 4\n", SFD_ERR_FORMAT, "(SLOWFAST?)");
    expect_failure("DATA:\n  num_frames: 4\n", SFD_ERR_FORMAT, "DATA.num_frames is no key");
    expect_failure("RESNET:\n  XYZZY_PLUGH_QUUX: 4\n", SFD_ERR_FORMAT, "RESNET.XYZZY_PLUGH_QUUX");
    expect_failure("SOLVER:\n  BASE_LRR: 4\n", SFD_ERR_FORMAT, "(BASE_LR?)");
    expect_failure("1: 2\n[a]: 3\n", SFD_ERR_FORMAT, "a key is not a name");
}

static void numbers_of_clips(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, "TEST: {NUM_ENSEMBLE_VIEWS: 4, NUM_TEMPORAL_CLIPS: []}\n");
    assert_int_equal(c.test_clips, 4);
    expect_ok(&c, "TEST: {NUM_TEMPORAL_CLIPS: [7], NUM_ENSEMBLE_VIEWS: 4}\n");
    assert_int_equal(c.test_clips, 7);
}

/* PySlowFast refuses all of these, too. */
static void misplaced_names_are_refused(void **state)
{
    (void)state;
    expect_failure("MODEL:\n  ARCH: slowfast\nSLOWFAST.ALPHA: 4\n", SFD_ERR_FORMAT,
                   "net.yaml:3: SLOWFAST.ALPHA: in a file a key stands below its section: "
                   "\"SLOWFAST:\", then \"  ALPHA: ...\"");
    expect_failure("SLOWFST.ALPHA: 4\n", SFD_ERR_FORMAT, "\"SLOWFAST:\"");
    expect_failure("TEST:\n  TEST.DATASET: ava\n", SFD_ERR_FORMAT, "net.yaml:2: TEST.DATASET: in");
    expect_failure("ALPHA: 4\n", SFD_ERR_FORMAT,
                   "net.yaml:1: ALPHA is a key of the section SLOWFAST: is its line not indented?");
    expect_failure("TEST:\n  SLOWFAST:\n    ALPHA: 4\n", SFD_ERR_FORMAT,
                   "net.yaml:2: the section SLOWFAST stands within TEST: is its line indented too");
    expect_failure("MODEL: {NUM_CLASSES: 7}\n---\nSLOWFAST: {ALPHA: 4}\n", SFD_ERR_FORMAT,
                   "net.yaml:2: a second document begins");
    expect_failure("MODEL: {NUM_CLASSES: 7}\n...\n---\n", SFD_ERR_FORMAT, "net.yaml:3: a second");
    sfd_net_config c;
    expect_ok(&c, "%YAML 1.1\n---\nMODEL: {NUM_CLASSES: 7}\n...\n");
    assert_int_equal(c.num_classes, 7);
}

static void expect_notes(const char *yaml, size_t n, const char *first)
{
    sfd_net_config c;
    sfd_error err = {0};
    sfd_notes notes = {0};
    if (sfd_net_config_parse(&c, yaml, strlen(yaml), "net.yaml", &notes, &err) != SFD_OK)
        fail_msg("refused: %s", err.message);
    assert_int_equal(notes.n_lines, n);
    if (n > 0)
        assert_string_equal(notes.lines[0], first);
    sfd_notes_free(&notes);
}

static void foreign_names_are_told(void **state)
{
    (void)state;
    expect_notes("PREFETCH:\n  NUM_LOADERS: 2\n", 1,
                 "ignored: PREFETCH, which is no section of PySlowFast's");
    expect_notes("TRAIN:\n  XYZZY_PLUGH_QUUX: 1\n", 1,
                 "ignored: TRAIN.XYZZY_PLUGH_QUUX, which is no key of PySlowFast's");
    expect_notes("TASK: ssl\nMVIT:\n  DEPTH: 3\nTENSORBOARD:\n  MODEL_VIS:\n    TOPK: 1\n", 0, "");
}

static void of_equal_keys_the_last_counts(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, "DATA:\n  NUM_FRAMES: 8\n  NUM_FRAMES: 16\nMODEL: {NUM_CLASSES: 3}\n"
                  "MODEL: {HEAD_ACT: sigmoid}\n");
    assert_int_equal(c.num_frames, 16);
    assert_int_equal(c.num_classes, 400); /* the first section is gone altogether */
    expect_notes("DATA:\n  NUM_FRAMES: 8\n  NUM_FRAMES: 8\n", 1,
                 "warning: net.yaml:3: DATA.NUM_FRAMES is given again; the last counts");
}

/* What a checkpoint holds was written by a program of that version. */
static void stored_names_need_not_be_known(void **state)
{
    (void)state;
    static const char yaml[] = "SLOWFAST:\n  APLHA: 4\nMODEL:\n  NUM_CLASSES: 7\n";
    sfd_net_config c;
    sfd_error err = {0};
    sfd_net_config_defaults(&c);
    assert_int_equal(sfd_net_config_parse_stored(&c, yaml, strlen(yaml), "net.pyth", NULL, &err),
                     SFD_OK);
    assert_int_equal(c.num_classes, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misspelt_names_are_refused),
        cmocka_unit_test(misplaced_names_are_refused),
        cmocka_unit_test(numbers_of_clips),
        cmocka_unit_test(foreign_names_are_told),
        cmocka_unit_test(of_equal_keys_the_last_counts),
        cmocka_unit_test(stored_names_need_not_be_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
