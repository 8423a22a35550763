/* SPDX-License-Identifier: Apache-2.0 */
/* Which share of a data set this process does: as it was told, or as schedulers tell it. */
#include "dataset/shard.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SHARDS 10000000
#define MAX_NUMBER 100000000000 /* times MAX_SHARDS is no overflow */

/* A variable's value as a whole number; false where it is unset, empty, "undefined" (SGE) or "0-3".
 */
static bool number(sfd_getenv_fn *env, const char *name, long long *out)
{
    const char *text = env(name);
    if (!text || !sfd_parse_long(text, strlen(text), out))
        return false;
    *out = *out > MAX_NUMBER ? MAX_NUMBER : *out < -MAX_NUMBER ? -MAX_NUMBER : *out;
    return true;
}

/* An engine's variables. Its indices run from `start` (or the value of `first`) in steps; either
 * `count` tells how many there are, or `last` the last index. */
typedef struct engine {
    const char *name;
    const char *index, *count, *first, *last, *step;
    const char *needs; /* to be set, too; NULL: nothing */
    long long start;
    bool ignores_zero; /* index 0: no array */
} engine;

static const engine slurm_array = {.name = "Slurm array task",
                                   .index = "SLURM_ARRAY_TASK_ID",
                                   .count = "SLURM_ARRAY_TASK_COUNT",
                                   .first = "SLURM_ARRAY_TASK_MIN",
                                   .last = "SLURM_ARRAY_TASK_MAX",
                                   .step = "SLURM_ARRAY_TASK_STEP"};

/* A batch script has the index, too, and is alone: only a step's tasks share the work. */
static const engine slurm_step = {.name = "srun task",
                                  .index = "SLURM_PROCID",
                                  .count = "SLURM_STEP_NUM_TASKS",
                                  .needs = "SLURM_STEP_ID"};

/* In this order, for those that start tasks of others inside their own come last. */
static const engine engines[] = {
    {.name = "Kubernetes job index", .index = "JOB_COMPLETION_INDEX"},
    {.name = "AWS Batch array job",
     .index = "AWS_BATCH_JOB_ARRAY_INDEX",
     .count = "AWS_BATCH_JOB_ARRAY_SIZE"},
    {.name = "Cloud Run task", .index = "CLOUD_RUN_TASK_INDEX", .count = "CLOUD_RUN_TASK_COUNT"},
    {.name = "PBS array job", .index = "PBS_ARRAY_INDEX"},
    {.name = "Torque array job", .index = "PBS_ARRAYID"},
    {.name = "SGE task",
     .index = "SGE_TASK_ID",
     .first = "SGE_TASK_FIRST",
     .last = "SGE_TASK_LAST",
     .step = "SGE_TASK_STEPSIZE",
     .start = 1},
    {.name = "LSF array job",
     .index = "LSB_JOBINDEX",
     .last = "LSB_JOBINDEX_END",
     .step = "LSB_JOBINDEX_STEP",
     .start = 1,
     .ignores_zero = true},
    {.name = "Open MPI rank", .index = "OMPI_COMM_WORLD_RANK", .count = "OMPI_COMM_WORLD_SIZE"},
    {.name = "MPI rank", .index = "PMI_RANK", .count = "PMI_SIZE"},
    {.name = "torchrun rank", .index = "RANK", .count = "WORLD_SIZE"},
};

static bool is_set(const engine *e, sfd_getenv_fn *env)
{
    long long index;
    return number(env, e->index, &index) && !(e->ignores_zero && index == 0) &&
           (!e->needs || env(e->needs));
}

static sfd_status fail_index(const engine *e, long long index, const char *why, sfd_error *err)
{
    return sfd_fail(err, SFD_ERR_MISMATCH, "shard auto: %s %lld (%s): %s", e->name, index, e->index,
                    why);
}

/* How many there are: as the engine tells, else as the user does (0: nobody). */
static bool find_count(const engine *e, sfd_getenv_fn *env, long long first, long long step,
                       size_t told, size_t *count)
{
    long long n = 0, last;
    if (!(e->count && number(env, e->count, &n)) && e->last && number(env, e->last, &last) &&
        last >= first && last - first < (long long)MAX_SHARDS * step)
        n = (last - first) / step + 1;
    *count = n > 0 && n <= MAX_SHARDS ? (size_t)n : told;
    return *count > 0;
}

static sfd_status read_engine(sfd_shard *out, const engine *e, sfd_getenv_fn *env, size_t told,
                              sfd_error *err)
{
    long long index = 0, first = e->start, step = 1;
    size_t count;
    number(env, e->index, &index);
    if (e->first)
        number(env, e->first, &first);
    if (e->step && (!number(env, e->step, &step) || step < 1))
        step = 1;
    if (!find_count(e, env, first, step, told, &count))
        return fail_index(e, index, "it does not tell how many there are: auto/N does", err);
    const long long last = first + (long long)(count - 1) * step;
    if (index < first || (index - first) % step != 0 || index > last) {
        char why[100];
        snprintf(why, sizeof why, "it is not one of %zu evenly spaced indices, %lld to %lld", count,
                 first, last);
        return fail_index(e, index, why, err);
    }
    *out = (sfd_shard){.index = (size_t)((index - first) / step), .count = count};
    snprintf(out->found, sizeof out->found, "%s %lld of %lld to %lld", e->name, index, first, last);
    return SFD_OK;
}

/* Tasks of a step within a task of an array: every task of the array has as many. */
static sfd_status read_slurm(sfd_shard *out, sfd_getenv_fn *env, size_t told, sfd_error *err)
{
    const bool in_array = is_set(&slurm_array, env), in_step = is_set(&slurm_step, env);
    sfd_shard array = {.count = 1}, step = {.count = 1};
    sfd_status status = SFD_OK;
    if (in_array)
        status = read_engine(&array, &slurm_array, env, in_step ? 0 : told, err);
    if (status == SFD_OK && in_step)
        status = read_engine(&step, &slurm_step, env, in_array ? 0 : told, err);
    if (status != SFD_OK)
        return status;
    *out = (sfd_shard){.index = array.index * step.count + step.index,
                       .count = array.count * step.count};
    snprintf(out->found, sizeof out->found, "%.70s%s%.70s", array.found,
             in_array && in_step ? ", " : "", step.found);
    return SFD_OK;
}

sfd_status sfd_shard_find(sfd_shard *out, size_t told, sfd_getenv_fn *env, sfd_error *err)
{
    sfd_status status = SFD_ERR_MISMATCH;
    const engine *found = NULL;
    *out = (sfd_shard){.count = 1};
    for (size_t i = 0; i < sizeof engines / sizeof *engines && !found; i++)
        if (is_set(&engines[i], env))
            found = &engines[i];
    if (is_set(&slurm_array, env) || is_set(&slurm_step, env))
        status = read_slurm(out, env, told, err);
    else if (found)
        status = read_engine(out, found, env, told, err);
    else
        sfd_fail(err, status,
                 "shard auto: no variables of Slurm, Kubernetes, AWS Batch, Cloud Run, PBS, SGE, "
                 "LSF, MPI or torchrun are set");
    if (status == SFD_OK && told > 0 && told != out->count)
        return sfd_fail(err, SFD_ERR_MISMATCH, "shard auto/%zu: %s are %zu", told, out->found,
                        out->count);
    return status;
}

static bool parse_count(const char *text, size_t n, long long min, size_t *out)
{
    long long value;
    if (!sfd_parse_long(text, n, &value) || value < min || value > MAX_SHARDS)
        return false;
    *out = (size_t)value;
    return true;
}

sfd_status sfd_shard_read(sfd_shard *out, const char *text, sfd_error *err)
{
    const char *slash = strchr(text, '/');
    const size_t n = slash ? (size_t)(slash - text) : strlen(text);
    const bool is_auto = n == 4 && memcmp(text, "auto", n) == 0;
    size_t index = 0, count = 0;
    *out = (sfd_shard){.count = 1};
    if ((slash || !is_auto) && (!slash || !parse_count(slash + 1, strlen(slash + 1), 1, &count) ||
                                !(is_auto || parse_count(text, n, 0, &index))))
        return sfd_fail(err, SFD_ERR_ARG,
                        "shard \"%s\": wanted I/N, as 0/8 to 7/8, or auto, or auto/N", text);
    if (is_auto)
        return sfd_shard_find(out, count, getenv, err);
    if (index >= count)
        return sfd_fail(err, SFD_ERR_ARG, "shard \"%s\": those of %zu are 0/%zu to %zu/%zu", text,
                        count, count, count - 1, count);
    *out = (sfd_shard){.index = index, .count = count};
    return SFD_OK;
}

/* ------------------------------------------------------------------- shares */

typedef struct share {
    double load;
    size_t index;
} share;

typedef struct piece {
    double weight;
    size_t index;
} piece;

static int heaviest_first(const void *a, const void *b)
{
    const piece *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return (x->index > y->index) - (x->index < y->index);
}

static bool is_less(const share *a, const share *b)
{
    return a->load != b->load ? a->load < b->load : a->index < b->index;
}

/* The least of the heap has become greater. */
static void sink(share *heap, size_t n)
{
    for (size_t i = 0, child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && is_less(&heap[child + 1], &heap[child]))
            child++;
        if (!is_less(&heap[child], &heap[i]))
            return;
        const share s = heap[i];
        heap[i] = heap[child];
        heap[child] = s;
    }
}

/* The heaviest piece that is left goes to whoever has the least (Graham 1969: no share is a third
 * above the best possible). */
sfd_status sfd_share_out(size_t *owner, const double *weights, size_t n, size_t n_shares,
                         sfd_error *err)
{
    piece *pieces = sfd_calloc(n + 1, sizeof *pieces);
    share *heap = sfd_calloc(n_shares, sizeof *heap);
    sfd_status status = pieces && heap ? SFD_OK : sfd_fail_nomem(err, "shares");
    for (size_t i = 0; status == SFD_OK && i < n_shares; i++)
        heap[i].index = i;
    for (size_t i = 0; status == SFD_OK && i < n; i++)
        pieces[i] = (piece){weights[i], i};
    if (status == SFD_OK)
        qsort(pieces, n, sizeof *pieces, heaviest_first);
    for (size_t i = 0; status == SFD_OK && i < n; i++) {
        owner[pieces[i].index] = heap[0].index;
        heap[0].load += pieces[i].weight;
        sink(heap, n_shares);
    }
    free(pieces);
    free(heap);
    return status;
}
