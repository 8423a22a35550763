/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes what reads quantised weights: the bytes are safetensors for the graph of quantised_net.h,
 * which is prepared and, where that succeeds, run. */
#include "graph/executor.h"
#include "graph/quantised_net.h"
#include "support/memory_file.h"
#include "weights/open.h"

#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const sfd_executable *x)
{
    sfd_team *team;
    sfd_executor e;
    if (sfd_team_create(&team, 1, NULL) != SFD_OK)
        return;
    if (sfd_executor_create(&e, x, NET_HEIGHT, NET_WIDTH, SFD_PLAN_SHARE, team, NULL) == SFD_OK) {
        const sfd_map in = sfd_executor_map(&e, x->graph->inputs[0].tensor);
        memset(in.data, 0, sfd_map_positions(&in) * in.ld * sizeof(float));
        sfd_executor_run(&e, NULL);
    }
    sfd_executor_free(&e);
    sfd_team_destroy(team);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[32];
    sfd_weights *w;
    sfd_graph g;
    sfd_executable x = {0};
    const int fd = memory_file(path, data, size);
    quantised_net_build(&g);
    if (sfd_weights_open(&w, path, NULL) == SFD_OK) {
        const sfd_prepare_settings s = {.weights = w, .kernels = sfd_kernels_get(0)};
        if (sfd_executable_create(&x, &g, NET_HEIGHT, NET_WIDTH, &s, NULL) == SFD_OK)
            run(&x);
        sfd_executable_free(&x);
        sfd_weights_close(w);
    }
    sfd_graph_free(&g);
    close(fd);
    return 0;
}
