/* SPDX-License-Identifier: Apache-2.0 */
/* MMAction2's pickled proposals, and the table of published checkpoints. */
#include "boxes/pickled_proposals.h"
#include "config/load.h"
#include "weights/weights.h"
#include "weights/zoo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static sfd_status check_entry(void *user, const sfd_pickled_boxes *e, sfd_error *err)
{
    int i = (*(int *)user)++;
    double b[2][5] = {{0}};
    for (size_t k = 0; k < e->n_boxes && k < 2; k++)
        assert_int_equal(sfd_pickled_box(e, k, b[k], err), SFD_OK);
    switch (i) {
    case 0:
        assert_string_equal(e->video_id, "0f39OWEqJ24");
        assert_string_equal(e->timestamp, "0902");
        assert_int_equal(e->n_boxes, 1);
        assert_true(b[0][0] == 0.011 && b[0][3] == 0.983 && b[0][4] == 0.998163);
        break;
    case 1:
        assert_int_equal(e->n_boxes, 2);
        assert_true(b[1][2] == 0.519 && b[1][4] == 0.984025);
        break;
    case 2:
        assert_string_equal(e->video_id, "a,b");
        assert_true(b[0][0] == 0.25 && b[0][4] == 1.0);
        break;
    default:
        assert_string_equal(e->video_id, "none");
        assert_int_equal(e->n_boxes, 0);
    }
    return SFD_OK;
}

static sfd_status stop(void *user, const sfd_pickled_boxes *e, sfd_error *err)
{
    (void)user;
    (void)e;
    (void)err;
    return SFD_ERR_CANCELLED;
}

static void pickled_proposals_are_read(void **state)
{
    (void)state;
    const char *const files[] = {"checkpoints/proposals_p2.pkl", "checkpoints/proposals_p4.pkl"};
    for (int i = 0; i < 2; i++) {
        int n = 0;
        sfd_error err = {0};
        sfd_bad_rows rows = {.strict = true};
        if (sfd_pickled_proposals_read(files[i], &rows, check_entry, &n, &err) != SFD_OK)
            fail_msg("%s", err.message);
        assert_int_equal(n, 4);
        assert_int_equal(sfd_pickled_proposals_read(files[i], &rows, stop, NULL, &err),
                         SFD_ERR_CANCELLED);
    }
}

static void other_pickles_are_refused(void **state)
{
    (void)state;
    int n = 0;
    sfd_error err = {0};
    sfd_bad_rows rows = {.strict = true};
    assert_int_equal(
        sfd_pickled_proposals_read("checkpoints/odd_numpy_p2.pkl", &rows, check_entry, &n, &err),
        SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "entry 'c': wanted a key of the form video,timestamp"));
    assert_int_equal(sfd_pickled_proposals_read("no.pkl", &rows, check_entry, &n, &err),
                     SFD_ERR_IO);
    assert_true(sfd_is_pickle((const unsigned char *)"\x80\4\x95", 3));
    assert_false(sfd_is_pickle((const unsigned char *)"video,0902", 10));
}

/* Its last part: some files are called alike. */
static const char *file_of(const sfd_zoo_entry *e)
{
    const char *slash = strrchr(e->file, '/');
    return slash ? slash + 1 : e->file;
}

static void the_table_names_presets(void **state)
{
    (void)state;
    sfd_zoo zoo;
    sfd_error err;
    assert_int_equal(sfd_zoo_read(&zoo, &err), SFD_OK);
    assert_true(zoo.n_entries >= 50);
    size_t n_persons = 0;
    for (size_t i = 0; i < zoo.n_entries; i++) {
        const sfd_zoo_entry *e = &zoo.entries[i];
        sfd_net_config c;
        const bool persons = strstr(e->metric, "AP") && !strstr(e->metric, "mAP");
        assert_non_null(strstr(e->address, file_of(e)));
        assert_int_equal(strncmp(e->address, "https://", 8), 0);
        assert_true(atof(e->value) > 10 && atof(e->value) < 100);
        assert_true(strlen(e->sha256_begins) == 0 || strlen(e->sha256_begins) == 8);
        if (strlen(e->sha256_begins) > 0)
            assert_non_null(strstr(e->file, e->sha256_begins));
        for (size_t k = 0; k < i; k++)
            assert_true(strcmp(zoo.entries[k].name, e->name) != 0 &&
                        strcmp(zoo.entries[k].file, e->file) != 0);
        n_persons += persons;
        if (*e->config) { /* else the file tells */
            assert_false(persons);
            assert_int_equal(sfd_net_config_load(&c, e->config, NULL, &err), SFD_OK);
            assert_int_equal(c.detection, strncmp(e->dataset, "AVA", 3) == 0 ||
                                              strcmp(e->dataset, "MultiSports") == 0);
        }
    }
    assert_true(n_persons >= 15);
    sfd_zoo_free(&zoo);
    sfd_zoo_free(&zoo);
}

static void files_are_located_or_explained(void **state)
{
    (void)state;
    char folder[] = "/tmp/sfd_zoo_XXXXXX", file[128], *path;
    sfd_error err = {0};
    assert_non_null(mkdtemp(folder));
    setenv("SFDET_MODELS", folder, 1);
    setenv("XDG_DATA_HOME", "/nonexistent", 1);
    assert_int_equal(sfd_zoo_locate(&path, "slowfast_r101_8x8_ava22", &err), SFD_ERR_IO);
    assert_null(path);
    assert_non_null(strstr(err.message, "download https://dl.fbaipublicfiles.com/"));
    assert_non_null(strstr(err.message, "/ava/SLOWFAST_32x2_R101_50_50.pkl into /tmp/sfd_zoo_"));
    assert_non_null(strstr(err.message, "/nonexistent/sfdet/models"));

    snprintf(file, sizeof file, "%s/SLOWFAST_32x2_R101_50_50.pkl", folder);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(sfd_zoo_locate(&path, "slowfast_r101_8x8_ava22", &err), SFD_OK);
    assert_string_equal(path, file);
    free(path);
    assert_int_equal(sfd_zoo_locate(&path, "elsewhere/SLOWFAST_32x2_R101_50_50.pkl", &err), SFD_OK);
    assert_string_equal(path, file);
    free(path);
    unlink(file);
    assert_int_equal(sfd_zoo_locate(&path, "SLOWFAST_32x2_R101_50_50.pkl", &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "download https://dl.fbaipublicfiles.com/"));
    assert_int_equal(sfd_zoo_locate(&path, "detectron_x101_fpn_ava", &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "/model_final.pkl into /tmp/sfd_zoo_"));
    assert_non_null(strstr(err.message, "/67091280 (looked for"));
    assert_int_equal(sfd_zoo_locate(&path, "a/67091280/model_final.pkl", &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "download"));
    assert_int_equal(sfd_zoo_locate(&path, "output/model_final.pkl", &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "no such file"));
    rmdir(folder);

    assert_int_equal(sfd_zoo_locate(&path, "checkpoints/odd.pth", &err), SFD_OK);
    assert_string_equal(path, "checkpoints/odd.pth");
    free(path);
    assert_int_equal(sfd_zoo_locate(&path, "slowfast_r101_8x8_ava2", &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "did you mean slowfast_r101_8x8_ava22?"));
    assert_int_equal(sfd_zoo_locate(&path, "no/such/file.pth", &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "no/such/file.pth: no such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pickled_proposals_are_read),
        cmocka_unit_test(other_pickles_are_refused),
        cmocka_unit_test(the_table_names_presets),
        cmocka_unit_test(files_are_located_or_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
