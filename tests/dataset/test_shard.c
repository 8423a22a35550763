/* SPDX-License-Identifier: Apache-2.0 */
/* What schedulers say about shares, by their documents, and shares of equal weight. */
#include "base/random.h"
#include "dataset/shard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *environment; /* "NAME=VALUE NAME=VALUE" of the case in hand */

static char *fake_getenv(const char *name)
{
    static char value[64];
    const size_t n = strlen(name);
    for (const char *at = environment; *at;
         at += strcspn(at, " ") + (at[strcspn(at, " ")] == ' ')) {
        if (strncmp(at, name, n) != 0 || at[n] != '=')
            continue;
        const size_t length = strcspn(at + n + 1, " ");
        memcpy(value, at + n + 1, length);
        value[length] = '\0';
        return value;
    }
    return NULL;
}

static void test_engines(void **state)
{
    (void)state;
    static const struct {
        const char *environment;
        size_t told;
        size_t index, count; /* count 0: refused */
        const char *text;    /* in `found`, or the message */
    } cases[] = {
        /* sbatch --array=0-7 */
        {"SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=8 SLURM_ARRAY_TASK_MIN=0 "
         "SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_STEP=1 SLURM_PROCID=0 SLURM_NTASKS=1",
         0, 3, 8, "Slurm array task 3 of 0 to 7"},
        /* --array=10-40:10 */
        {"SLURM_ARRAY_TASK_ID=40 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=10 "
         "SLURM_ARRAY_TASK_MAX=40 SLURM_ARRAY_TASK_STEP=10",
         0, 3, 4, "task 40 of 10 to 40"},
        /* --array=1,2,9: no even spacing */
        {"SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1 "
         "SLURM_ARRAY_TASK_MAX=9 SLURM_ARRAY_TASK_STEP=1",
         0, 0, 0, "it is not one of 3 evenly spaced indices, 1 to 3"},
        /* a batch script of four tasks is one process, its step is four */
        {"SLURM_PROCID=0 SLURM_NTASKS=4", 0, 0, 0, "no variables"},
        {"SLURM_PROCID=2 SLURM_NTASKS=4 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=4", 0, 2, 4,
         "srun task 2 of 0 to 3"},
        /* srun within an array */
        {"SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=0 "
         "SLURM_ARRAY_TASK_STEP=1 SLURM_PROCID=2 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=3",
         0, 5, 6, "Slurm array task 1 of 0 to 1, srun task 2 of 0 to 2"},
        {"JOB_COMPLETION_INDEX=5", 0, 0, 0, "does not tell how many"},
        {"JOB_COMPLETION_INDEX=5", 8, 5, 8, "Kubernetes job index 5 of 0 to 7"},
        {"JOB_COMPLETION_INDEX=8", 8, 0, 0, "not one of"},
        {"AWS_BATCH_JOB_ARRAY_INDEX=1 AWS_BATCH_JOB_ARRAY_SIZE=3", 0, 1, 3, "AWS Batch"},
        {"AWS_BATCH_JOB_ARRAY_INDEX=1 AWS_BATCH_JOB_ARRAY_SIZE=3", 4, 0, 0, "are 3"},
        {"CLOUD_RUN_TASK_INDEX=0 CLOUD_RUN_TASK_COUNT=1", 0, 0, 1, "Cloud Run"},
        {"PBS_ARRAY_INDEX=2", 3, 2, 3, "PBS array job"},
        {"PBS_ARRAYID=2", 3, 2, 3, "Torque array job"},
        /* qsub -t 1-10:3 */
        {"SGE_TASK_ID=7 SGE_TASK_FIRST=1 SGE_TASK_LAST=10 SGE_TASK_STEPSIZE=3", 0, 2, 4, "SGE"},
        {"SGE_TASK_ID=undefined SGE_TASK_LAST=undefined", 0, 0, 0, "no variables"},
        {"LSB_JOBINDEX=4 LSB_JOBINDEX_END=4 LSB_JOBINDEX_STEP=1", 0, 3, 4, "LSF array job 4"},
        {"LSB_JOBINDEX=0 LSB_JOBINDEX_END=0", 0, 0, 0, "no variables"}, /* no array */
        {"OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2", 0, 1, 2, "Open MPI rank"},
        {"PMI_RANK=0 PMI_SIZE=2", 0, 0, 2, "MPI rank"},
        {"RANK=3 WORLD_SIZE=4", 0, 3, 4, "torchrun"},
        {"RANK=3", 0, 0, 0, "does not tell"},
        {"RANK=3 WORLD_SIZE=99999999999999999999", 0, 0, 0, "does not tell"},
        {"SLURM_ARRAY_TASK_ID=-9223372036854775807 SLURM_ARRAY_TASK_COUNT=2 "
         "SLURM_ARRAY_TASK_MIN=0",
         0, 0, 0, "not one of"},
        {"SLURM_ARRAY_TASK_ID=9223372036854775807 SLURM_ARRAY_TASK_COUNT=8 SLURM_ARRAY_TASK_MIN=-9 "
         "SLURM_ARRAY_TASK_STEP=9223372036854775807",
         0, 0, 0, "not one of"},
        {"", 8, 0, 0, "no variables of Slurm, Kubernetes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sfd_shard s;
        sfd_error err = {0};
        environment = cases[i].environment;
        const sfd_status status = sfd_shard_find(&s, cases[i].told, fake_getenv, &err);
        if (cases[i].count == 0) {
            assert_int_equal(status, SFD_ERR_MISMATCH);
            assert_non_null(strstr(err.message, cases[i].text));
            continue;
        }
        assert_int_equal(status, SFD_OK);
        assert_int_equal(s.index, cases[i].index);
        assert_int_equal(s.count, cases[i].count);
        assert_non_null(strstr(s.found, cases[i].text));
    }
}

static void test_words(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",      "/",   "1",    "8/8",   "-1/8",  "1/0",
        "1/8/2", "1/x", "x/2",  "1 /2",  "auto/", "auto/0",
        "Auto",  "au",  "1/2 ", "0x1/2", "1.0/2", "1/99999999999999999999"};
    sfd_shard s;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(sfd_shard_read(&s, bad[i], NULL), SFD_ERR_ARG);
    assert_int_equal(sfd_shard_read(&s, "7/8", NULL), SFD_OK);
    assert_int_equal(s.index, 7);
    assert_int_equal(s.count, 8);
    assert_int_equal(*s.found, 0);
}

/* Every piece has one owner; by Graham's bound no share is above the mean and the heaviest piece,
 * nor a third above the best possible, which is at least the mean and at least every piece. */
static void test_shares(void **state)
{
    (void)state;
    enum { N = 500 };
    static double weights[N];
    static size_t owner[N], again[N];
    sfd_random random = sfd_random_init(5, 0);
    for (size_t n_shares = 1; n_shares <= 64; n_shares = n_shares * 2 + 1) {
        double load[64] = {0}, total = 0, heaviest = 0;
        for (size_t i = 0; i < N; i++) {
            const double r = sfd_random_unit(&random);
            weights[i] = 1 + 900 * r * r * r;
            total += weights[i];
            heaviest = weights[i] > heaviest ? weights[i] : heaviest;
        }
        assert_int_equal(sfd_share_out(owner, weights, N, n_shares, NULL), SFD_OK);
        assert_int_equal(sfd_share_out(again, weights, N, n_shares, NULL), SFD_OK);
        assert_memory_equal(owner, again, sizeof owner);
        for (size_t i = 0; i < N; i++) {
            assert_true(owner[i] < n_shares);
            load[owner[i]] += weights[i];
        }
        const double mean = total / (double)n_shares, least = mean > heaviest ? mean : heaviest;
        for (size_t k = 0; k < n_shares; k++)
            assert_true(load[k] <= 4.0 / 3 * least && load[k] > 0);
    }
    /* AVA's validation set: 64 videos of 897 keyframes on 8 shards */
    for (size_t i = 0; i < 64; i++)
        weights[i] = 897;
    size_t n_of[8] = {0};
    assert_int_equal(sfd_share_out(owner, weights, 64, 8, NULL), SFD_OK);
    for (size_t i = 0; i < 64; i++)
        n_of[owner[i]]++;
    for (size_t k = 0; k < 8; k++)
        assert_int_equal(n_of[k], 8);
    assert_int_equal(sfd_share_out(owner, weights, 0, 3, NULL), SFD_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engines),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
