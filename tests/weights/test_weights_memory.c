/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of weights, configurations and pickled boxes whose allocations fail one after the other.
 */
#include "boxes/pickled_proposals.h"
#include "config/load.h"
#include "support/no_memory.h"
#include "weights/formats/safetensors.h"
#include "weights/open.h"
#include "weights/weights.h"
#include "weights/weights_config.h"
#include "weights/zoo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

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

static sfd_status open_and_ask(void *path, sfd_error *err)
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

static sfd_status rewrite(void *path, sfd_error *err)
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

static sfd_status load_config(void *path, sfd_error *err)
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

static sfd_status read_proposals(void *path, sfd_error *err)
{
    sfd_bad_rows rows = {.strict = true};
    return sfd_pickled_proposals_read(path, &rows, pass_over, NULL, err);
}

static sfd_status locate(void *name, sfd_error *err)
{
    char *path;
    sfd_status status = sfd_zoo_locate(&path, name, err);
    free(path);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    refuse_each_allocation(open_and_ask, "checkpoints/odd.pth", 1);
    refuse_each_allocation(open_and_ask, "checkpoints/odd_legacy.pth", 1);
    refuse_each_allocation(open_and_ask, "checkpoints/odd_numpy_p0.pkl", 1);
    refuse_each_allocation(open_and_ask, "checkpoints/odd_numpy_p2.pkl", 1);
    refuse_each_allocation(open_and_ask, "checkpoints/part.pyth", 1);
    refuse_each_allocation(open_and_ask, "checkpoints/odd.safetensors", 1);
    refuse_each_allocation(rewrite, "checkpoints/odd_numpy.safetensors", 1);
    refuse_each_allocation(open_and_ask, "golden/slow_r50/weights.safetensors", 1);
    refuse_each_allocation(load_config, "golden/sf_r101_nl/config.yaml", 1);
    refuse_each_allocation(load_config, "configs/slowfast_temporal_max.py", 1);
    refuse_each_allocation(read_proposals, "checkpoints/proposals_p2.pkl", 1);
    refuse_each_allocation(locate, "checkpoints/odd.pth", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
