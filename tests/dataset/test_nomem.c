/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of a data set fails once: its list, its folder, its parts and their journals,
 * and what puts them together. The network and the videos are fakes. */
#include "pipeline/fake_model.h"
#include "pipeline/fake_video.h"
#include "support/no_memory.h"

#include <sfdet/dataset.h>

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[40];
static char list[64], out[64], csv[64];
static sfd_model *model;
static sfd_labels *labels;
static sfd_proposals *boxes;

static void empty(const char *path)
{
    char name[512];
    struct dirent *entry;
    DIR *dir = opendir(path);
    while (dir && (entry = readdir(dir))) {
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        unlink(name);
    }
    if (dir)
        closedir(dir);
}

static sfd_status run_set(sfd_sources *videos, bool resume, sfd_error *err)
{
    sfd_dataset *d = NULL;
    sfd_detector *detector = NULL;
    sfd_dataset_settings s;
    sfd_dataset_settings_defaults(&s);
    s.model = model;
    s.proposals = boxes;
    s.labels = labels;
    s.options = "some 1\n";
    s.part_keyframes = 1;
    s.json = s.features = s.features_npz = true;
    s.resume = resume;
    sfd_status status = sfd_detector_create(&detector, model, 1, err);
    if (status == SFD_OK)
        status = sfd_dataset_open(&d, out, videos, &s, err);
    if (status == SFD_OK)
        status = sfd_dataset_run(d, detector, NULL, err);
    sfd_dataset_free(d);
    sfd_detector_free(detector);
    return status;
}

/* What an earlier round left behind is gone on with, as it would be. */
static sfd_status whole_set(void *user, sfd_error *err)
{
    sfd_sources *videos = NULL;
    (void)user;
    fake_video_reset(80);
    sfd_status status = sfd_sources_create(&videos, 0, err);
    if (status == SFD_OK)
        status = sfd_sources_read(videos, list, err);
    if (status == SFD_OK)
        status = run_set(videos, true, err);
    sfd_sources_free(videos);
    assert_int_equal(fake.n_open, 0);
    assert_int_equal(fake_states, 0);
    return status;
}

/* From nothing each time. */
static sfd_status new_set(void *user, sfd_error *err)
{
    empty(out);
    return whole_set(user, err);
}

static sfd_status merge(void *user, sfd_error *err)
{
    const char *const folders[] = {out};
    sfd_parts *p = NULL;
    (void)user;
    sfd_status status = sfd_parts_open(&p, folders, 1, false, NULL, NULL, err);
    if (status == SFD_OK)
        status = sfd_parts_merge(p, SFD_PART_CSV, csv, err);
    sfd_parts_free(p);
    return status;
}

static void test_every_allocation(void **state)
{
    (void)state;
    refuse_each_allocation(new_set, NULL, 100);
    refuse_each_allocation(merge, NULL, 20);
    refuse_each_allocation(whole_set, NULL, 30);
}

static void test_merging_spares_the_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"clip~2of2.csv", "clip~1of2.json", "set.jsonl",
                                        "manifest.jsonl"};
    const char *const folders[] = {out};
    sfd_parts *p;
    sfd_error err;
    assert_int_equal(new_set(NULL, &err), SFD_OK);
    assert_int_equal(sfd_parts_open(&p, folders, 1, false, NULL, NULL, &err), SFD_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", out, names[i]);
        if (sfd_parts_merge(p, SFD_PART_CSV, path, &err) != SFD_ERR_ARG ||
            !strstr(err.message, ": would overwrite the input "))
            fail_msg("%s", path);
    }
    sfd_parts_free(p);
}

static int set_up(void **state)
{
    static const sfd_proposal at[] = {{1, {0, 0, 0.5, 1}, 1, 3, true},
                                      {2, {0, 0, 1, 1}, 1, 0, false}};
    static const sfd_net_config network = {
        .num_frames = 4, .sampling_rate = 4, .test_crop_size = 24, .detection = true};
    (void)state;
    /* results are on disk a thousand times, which takes its time where that is one */
    strcpy(folder,
           access("/dev/shm", W_OK) == 0 ? "/dev/shm/sfdet-set-XXXXXX" : "/tmp/sfdet-set-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    snprintf(list, sizeof list, "%s/list", folder);
    snprintf(csv, sizeof csv, "%s/all.csv", folder);
    snprintf(out, sizeof out, "%s/out", folder);
    FILE *f = fopen(list, "w");
    assert_non_null(f);
    fputs("some.mp4,clip\n", f);
    fclose(f);
    model = fake_model_create(&network);
    assert_int_equal(sfd_labels_open(&labels, NULL, NULL), SFD_OK);
    assert_int_equal(sfd_proposals_make(&boxes, "clip", at, 2, NULL), SFD_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sfd_proposals_free(boxes);
    sfd_labels_free(labels);
    sfd_model_free(model);
    empty(out);
    rmdir(out);
    empty(folder);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation),
                                       cmocka_unit_test(test_merging_spares_the_folder)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
