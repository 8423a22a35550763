/* SPDX-License-Identifier: Apache-2.0 */
/* Label maps: both dialects, the built-in lists, errors. */
#include "base/labels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static sfd_status parse(sfd_label_map *m, const char *text, sfd_label_dialect dialect,
                        sfd_error *err)
{
    return sfd_label_map_parse(m, "l.pbtxt", text, strlen(text), dialect, err);
}

static void official_reader_wants_two_blanks(void **state)
{
    (void)state;
    sfd_label_map m;
    assert_int_equal(parse(&m,
                           "item {\n  name: \"one\"\n  id: 1\n}\n"
                           "label {\r\n  name: \"two\"\r\n  label_id:  +0_2 \r\n}\r\n"
                           "item {\n name: \"three\"\n\tid: 3\n}\n# id: 4\nid: 5\n  id: 7",
                           SFD_LABELS_OFFICIAL, NULL),
                     SFD_OK);
    assert_int_equal(m.n_labels, 3);
    assert_int_equal(m.max_id, 7);
    assert_string_equal(sfd_label_name(&m, 1), "one");
    assert_string_equal(sfd_label_name(&m, 2), "two");
    assert_string_equal(sfd_label_name(&m, 7), "two");
    assert_null(sfd_label_name(&m, 3));
    assert_null(sfd_label_name(&m, 0));
    assert_null(sfd_label_name(&m, 8));
    sfd_label_map_free(&m);
}

static void any_layout_is_a_real_parser(void **state)
{
    (void)state;
    sfd_label_map m;
    assert_int_equal(
        parse(&m,
              "# list\nitem{name:\"a { b\" id:1}item {\n\tid: 12, name: 'it\\'s'; "
              "display_name: \"x\"\n}label { label_type: MOVE label_id: 3 name: \"c\" }",
              SFD_LABELS_ANY_LAYOUT, NULL),
        SFD_OK);
    assert_int_equal(m.n_labels, 3);
    assert_string_equal(sfd_label_name(&m, 1), "a { b");
    assert_string_equal(sfd_label_name(&m, 12), "it's");
    assert_string_equal(sfd_label_name(&m, 3), "c");
    sfd_label_map_free(&m);
}

/* Lists that the official reader would find nothing in, or less. */
static void all_readers_take_any_layout(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "item { name: \"one\" id: 1 }\nitem { name: \"two\" id: 2 }\n",
        "item {\n  name: \"one\"\n  id: 1\n}\nitem { name: \"two\" id: 2 }\n",
        "item {\n    name: \"one\"\n    id: 1\n}\nitem {\n\tname: \"two\"\n\tid: 2\n}\n",
        "item {\r\n  id: 1\r\n  name: 'one'\r\n}\r\nitem {\r\n  id: 2\r\n  name: \"two\"\r\n}",
        "\xEF\xBB\xBFitem { name: \"one\" id: 1 }\nitem { name: \"two\" id: 2 }\n",
    };
    for (size_t i = 0; i < 2 * sizeof lists / sizeof lists[0]; i++) {
        sfd_label_map m;
        assert_int_equal(
            parse(&m, lists[i / 2], i % 2 ? SFD_LABELS_OFFICIAL : SFD_LABELS_ANY_LAYOUT, NULL),
            SFD_OK);
        assert_int_equal(m.n_labels, 2);
        assert_string_equal(sfd_label_name(&m, 1), "one");
        assert_string_equal(sfd_label_name(&m, 2), "two");
        sfd_label_map_free(&m);
    }
}

static void errors_name_the_line(void **state)
{
    (void)state;
    static const struct {
        sfd_label_dialect dialect;
        const char *text, *message;
    } cases[] = {
        {SFD_LABELS_OFFICIAL, "item {\n  name: one\n", "line 2: \"  name: one\" is not a name in"},
        {SFD_LABELS_OFFICIAL, "\n\n  id: one\n", "line 3: \"one\" is not an integer id"},
        {SFD_LABELS_OFFICIAL, "  id: 0\n", "line 1: id 0 is not from 1 to 4096"},
        {SFD_LABELS_OFFICIAL, "item { name: \"x\" }", "line 1: an entry without id ends here"},
        {SFD_LABELS_OFFICIAL, "\n", "holds no item"},
        {SFD_LABELS_ANY_LAYOUT, "", "holds no item"},
        {SFD_LABELS_ANY_LAYOUT, "\nthing {}", "line 2: \"thing\" is not \"item\" or \"label\""},
        {SFD_LABELS_ANY_LAYOUT, "item {\n}", "line 2: an entry without id ends here"},
        {SFD_LABELS_ANY_LAYOUT, "item { id: 1\n}", "line 2: an entry without name ends here"},
        {SFD_LABELS_ANY_LAYOUT, "item { name: \"x", "line 1: \"\"x\" is not a string that ends"},
        {SFD_LABELS_ANY_LAYOUT, "item { name: x", "line 1: \"x\" is not a name in quotes"},
        {SFD_LABELS_ANY_LAYOUT, "item { name: \"x\" id: 9999 }", "line 1: id 9999 is not from"},
        {SFD_LABELS_ANY_LAYOUT, "item { name: \"x\" id: 1 }\nitem { name: \"y\" id: 1 }",
         "line 2: id 1 occurs twice"},
        {SFD_LABELS_ANY_LAYOUT, "item { name: \"\xFF\" id: 1 }", "not valid UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sfd_label_map m;
        sfd_error err = {.message = ""};
        assert_int_equal(parse(&m, cases[i].text, cases[i].dialect, &err), SFD_ERR_FORMAT);
        assert_null(m.names);
        assert_int_equal(strncmp(err.message, "l.pbtxt: ", 9), 0);
        if (!strstr(err.message, cases[i].message))
            fail_msg("case %zu: \"%s\"", i, err.message);
    }
}

static void builtin_lists_are_those_of_ava(void **state)
{
    (void)state;
    sfd_label_map all, evaluated;
    assert_int_equal(sfd_label_map_read(&all, NULL, SFD_LABELS_ANY_LAYOUT, NULL), SFD_OK);
    assert_int_equal(sfd_label_map_read(&evaluated, "ava-60", SFD_LABELS_OFFICIAL, NULL), SFD_OK);
    assert_int_equal(evaluated.n_labels, 60);
    sfd_label_map_free(&evaluated);
    assert_int_equal(sfd_label_map_read(&evaluated, "ava-80", SFD_LABELS_OFFICIAL, NULL), SFD_OK);
    assert_int_equal(evaluated.n_labels, 80);
    sfd_label_map_free(&evaluated);
    assert_int_equal(sfd_label_map_builtin(&evaluated, SFD_LABELS_AVA_60, NULL), SFD_OK);
    assert_int_equal(all.n_labels, 80);
    assert_int_equal(all.max_id, 80);
    assert_int_equal(evaluated.n_labels, 60);
    assert_int_equal(evaluated.max_id, 80);
    for (int id = 1; id <= 80; id++)
        if (sfd_label_name(&evaluated, id))
            assert_string_equal(sfd_label_name(&evaluated, id), sfd_label_name(&all, id));
    assert_string_equal(sfd_label_name(&all, 2), "crawl");
    assert_null(sfd_label_name(&evaluated, 2));
    assert_string_equal(sfd_label_name(&evaluated, 80), "watch (a person)");
    sfd_label_map_free(&all);
    sfd_label_map_free(&evaluated);
}

/* The files themselves are in the form that the official line reader needs. */
static void files_read_the_same_in_both_dialects(void **state)
{
    (void)state;
    static const char *const paths[] = {"../../data/ava/ava_action_list_60.pbtxt",
                                        "../../data/ava/ava_action_list_80.pbtxt"};
    for (size_t i = 0; i < 2; i++) {
        sfd_label_map any, official;
        assert_int_equal(sfd_label_map_read(&any, paths[i], SFD_LABELS_ANY_LAYOUT, NULL), SFD_OK);
        assert_int_equal(sfd_label_map_read(&official, paths[i], SFD_LABELS_OFFICIAL, NULL),
                         SFD_OK);
        assert_int_equal(any.n_labels, official.n_labels);
        assert_int_equal(any.max_id, official.max_id);
        for (int id = 1; id <= any.max_id; id++)
            if (any.names[id])
                assert_string_equal(any.names[id], official.names[id]);
        sfd_label_map_free(&any);
        sfd_label_map_free(&official);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(official_reader_wants_two_blanks),
        cmocka_unit_test(any_layout_is_a_real_parser),
        cmocka_unit_test(all_readers_take_any_layout),
        cmocka_unit_test(errors_name_the_line),
        cmocka_unit_test(builtin_lists_are_those_of_ava),
        cmocka_unit_test(files_read_the_same_in_both_dialects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
