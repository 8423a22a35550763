/* SPDX-License-Identifier: Apache-2.0 */
/* Costs of the paper's table 2a, and that shared memory changes no network's outputs. */
#include "backbone/net.h"
#include "config/load.h"
#include "detect/params.h"
#include "graph/executor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sfdet/inspect.h>

#include "support/random.h"

static void must(sfd_status status, const sfd_error *err)
{
    if (status != SFD_OK)
        fail_msg("%s", err->message);
}

/* C. Feichtenhofer et al., "SlowFast Networks for Video Recognition", ICCV 2019, tables 2a and 2c,
 * at 256 x 256. For time-to-channel with concatenation it has 39.8: its 64, 256, 512 and 1024
 * packed channels in the first convolution and the shortcut of res2 to res5 make 5.70 of our 39.86.
 */
static void test_costs(void **state)
{
    (void)state;
    static const struct {
        const char *preset, *gflops;
    } table[] = {
        {"slow_r50_4x16_kinetics", "27.3"},
        {"fast_r50_32x2_kinetics", "6.4"},
        {"slowfast_r50_4x16_kinetics", "36.1"},
        {"slowfast_r50_4x16_no_lateral_kinetics", "34.2"},
        {"slowfast_r50_4x16_to_channel_sum_kinetics", "34.2"},
        {"slowfast_r50_4x16_to_channel_kinetics", "39.9"},
        {"slowfast_r50_4x16_sample_kinetics", "34.9"},
        /* table 2c has 34.4, 34.1 and, as if differences had one channel, 34.2 */
        {"slowfast_r50_4x16_half_kinetics", "34.3"},
        {"slowfast_r50_4x16_gray_kinetics", "34.0"},
        {"slowfast_r50_4x16_time_difference_kinetics", "36.1"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        sfd_network *n;
        sfd_error err;
        char got[32];
        must(sfd_network_open(&n, NULL, table[i].preset, 256, 256, &err), &err);
        snprintf(got, sizeof got, "%.1f", 1e-9 * sfd_network_get_totals(n)->macs);
        if (strcmp(got, table[i].gflops) != 0)
            fail_msg("%s: %s GFLOPs, wanted %s", table[i].preset, got, table[i].gflops);
        sfd_network_free(n);
    }
}

/* Outputs of all pathways, one after the other; the caller frees. */
static float *run(sfd_net *net, const sfd_weights *w, sfd_team *team, sfd_plan_mode mode, size_t *n)
{
    const sfd_prepare_settings settings = {w, sfd_kernels_get(sfd_cpu_detect()), true,
                                           SFD_PRECISION_F32};
    test_random r = {1};
    sfd_executable x;
    sfd_executor e;
    sfd_error err;
    float *all = NULL;
    must(sfd_executable_create(&x, &net->graph, 64, 80, &settings, &err), &err);
    must(sfd_executor_create(&e, &x, 64, 80, mode, team, &err), &err);
    for (size_t i = 0; i < net->graph.n_inputs; i++) {
        const sfd_map m = sfd_executor_map(&e, net->graph.inputs[i].tensor);
        random_fill_reals(&r, m.data, sfd_map_positions(&m) * m.ld);
    }
    sfd_executor_run(&e, NULL);
    *n = 0;
    for (size_t i = 0; i < net->graph.n_outputs; i++) {
        const sfd_map m = sfd_executor_map(&e, net->graph.outputs[i].tensor);
        const size_t channels = (size_t)m.channels, positions = sfd_map_positions(&m);
        all = realloc(all, (*n + positions * channels) * sizeof *all);
        assert_non_null(all);
        for (size_t p = 0; p < positions; p++, *n += channels)
            memcpy(all + *n, (const float *)m.data + p * m.ld, channels * sizeof *all);
    }
    sfd_executor_free(&e);
    sfd_executable_free(&x);
    return all;
}

static void check_sharing(const sfd_net_config *c, sfd_team *team)
{
    sfd_net net;
    sfd_weights *w;
    sfd_error err;
    size_t n_shared, n_kept;
    must(sfd_net_build(&net, c, &err), &err);
    must(sfd_random_weights(&w, &net, 1, &err), &err);
    float *shared = run(&net, w, team, SFD_PLAN_SHARE, &n_shared);
    float *kept = run(&net, w, team, SFD_PLAN_KEEP_ALL, &n_kept);
    assert_int_equal(n_shared, n_kept);
    if (memcmp(shared, kept, n_kept * sizeof *kept) != 0)
        fail_msg("%s: shared memory changes the outputs", c->name);
    free(shared);
    free(kept);
    sfd_weights_close(w);
    sfd_net_free(&net);
}

/* All networks and ways to join pathways, narrow and short. */
static void test_sharing(void **state)
{
    (void)state;
    sfd_team *team;
    sfd_error err;
    must(sfd_team_create(&team, 2, &err), &err);
    for (int arch = 0; arch < SFD_N_ARCHS; arch++)
        for (int lateral = 0; lateral < SFD_N_LATERALS; lateral++)
            for (int merge = 0; merge < SFD_N_MERGES; merge++) {
                sfd_net_config c;
                sfd_net_config_defaults(&c);
                c.arch = (sfd_arch)arch;
                c.lateral = (sfd_lateral)lateral;
                c.lateral_merge = (sfd_merge)merge;
                c.width_per_group = 16;
                snprintf(c.name, sizeof c.name, "network %d, lateral %d, merge %d", arch, lateral,
                         merge);
                if (sfd_net_config_check(&c, &err) == SFD_OK)
                    check_sharing(&c, team);
            }
    sfd_team_destroy(team);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_costs),
                                       cmocka_unit_test(test_sharing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
