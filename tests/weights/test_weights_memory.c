/* SPDX-License-Identifier: Apache-2.0 */
/* Fails the nth allocation for every n: everything must end in an error or a result, never in a
 * crash or a leak (which AddressSanitizer would tell). */
#include "boxes/pickled_proposals.h"
#include "config/load.h"
#include "weights/formats/safetensors.h"
#include "weights/open.h"
#include "weights/weights.h"
#include "weights/weights_config.h"
#include "weights/zoo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static long countdown = -1; /* allocations until the one that fails; negative: none does */

static bool fails_now(void)
{
    return countdown >= 0 && countdown-- == 0;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);

void *__wrap_malloc(size_t n)
{
    return fails_now() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails_now() ? NULL : __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
    return fails_now() ? NULL : __real_aligned_alloc(alignment, n);
}

static char scratch[] = "/tmp/sfd_memory_XXXXXX";

static int make_scratch(void **state)
{
    (void)state;
    int fd = mkstemp(scratch);
    return fd < 0 || close(fd) != 0;
}

static int remove_scratch(void **state)
{
    (void)state;
    return unlink(scratch);
}

typedef sfd_status (*work)(const char *path, sfd_error *err);

static void sweep(work function, const char *path)
{
    sfd_status status = SFD_ERR_NOMEM;
    long n = 0;
    for (; status != SFD_OK; n++) {
        sfd_error err = {0};
        countdown = n;
        status = function(path, &err);
        bool reached = countdown < 0;
        countdown = -1;
        if (status != SFD_OK && !reached)
            fail_msg("%s: fails without a failed allocation: %s", path, err.message);
        if (status != SFD_OK && !err.message[0])
            fail_msg("%s: allocation %ld: no message", path, n);
    }
    assert_true(n > 1);
}

static sfd_status open_and_ask(const char *path, sfd_error *err)
{
    sfd_weights *w;
    sfd_net_config c;
    sfd_notes notes = {0};
    sfd_status status = sfd_weights_open(&w, path, err);
    if (status != SFD_OK)
        return status;
    if (sfd_weights_code_base(w) && sfd_weights_find(w, "head.projection.weight"))
        status = sfd_weights_config(w, NULL, &c, &notes, err);
    sfd_notes_free(&notes);
    sfd_weights_close(w);
    return status;
}

static sfd_status rewrite(const char *path, sfd_error *err)
{
    sfd_weights *w;
    sfd_net_config c;
    sfd_status status = sfd_weights_open(&w, path, err);
    if (status != SFD_OK)
        return status;
    sfd_net_config_defaults(&c);
    status = sfd_weights_set_config(w, &c, err);
    if (status == SFD_OK)
        status = sfd_weights_write(w, scratch, SFD_F16, err);
    sfd_weights_close(w);
    return status;
}

static sfd_status load_config(const char *path, sfd_error *err)
{
    sfd_net_config c;
    return sfd_net_config_load(&c, path, NULL, err);
}

static sfd_status pass_over(void *user, const sfd_pickled_boxes *boxes, sfd_error *err)
{
    (void)user;
    (void)boxes;
    (void)err;
    return SFD_OK;
}

static sfd_status read_proposals(const char *path, sfd_error *err)
{
    sfd_bad_rows rows = {.strict = true};
    return sfd_pickled_proposals_read(path, &rows, pass_over, NULL, err);
}

static sfd_status locate(const char *name, sfd_error *err)
{
    char *path;
    sfd_status status = sfd_zoo_locate(&path, name, err);
    free(path);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    sweep(open_and_ask, "checkpoints/odd.pth");
    sweep(open_and_ask, "checkpoints/odd_legacy.pth");
    sweep(open_and_ask, "checkpoints/odd_numpy_p0.pkl");
    sweep(open_and_ask, "checkpoints/odd_numpy_p2.pkl");
    sweep(open_and_ask, "checkpoints/part.pyth");
    sweep(open_and_ask, "checkpoints/odd.safetensors");
    sweep(rewrite, "checkpoints/odd_numpy.safetensors");
    sweep(open_and_ask, "golden/slow_r50/weights.safetensors");
    sweep(load_config, "golden/sf_r101_nl/config.yaml");
    sweep(load_config, "configs/slowfast_temporal_max.py");
    sweep(read_proposals, "checkpoints/proposals_p2.pkl");
    sweep(locate, "checkpoints/odd.pth");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
