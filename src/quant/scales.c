/* SPDX-License-Identifier: Apache-2.0 */
/* Weights whose scales others take. */
#include "quant/scales.h"

#include "base/error.h"
#include "graph/ops/qconv.h"
#include "graph/quantise.h"
#include "weights/zoo.h"

#include <stdio.h>

static sfd_status check_shape(const sfd_node *node, const sfd_weights *scales, sfd_error *err)
{
    const sfd_conv_attributes *a = node->attributes;
    const int *kernel = a->window.kernel;
    const sfd_tensor_info *info;
    char name[SFD_MAX_TENSOR_NAME];
    const size_t dims[5] = {(size_t)a->cout, (size_t)a->cin, (size_t)kernel[0], (size_t)kernel[1],
                            (size_t)kernel[2]};
    snprintf(name, sizeof name, "%s.weight", node->name);
    return sfd_param_find(&info, scales, &(sfd_param_desc){.name = name, .n_dims = 5, .dims = dims},
                          err);
}

static sfd_status check(const sfd_weights *scales, const sfd_graph *g, sfd_error *err)
{
    sfd_status status = SFD_OK;
    if (!sfd_graph_is_quantised(g, scales))
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: no convolution of %s is 8-bit integers there, of which scales could "
                        "be taken",
                        sfd_weights_origin(scales), g->name);
    for (size_t i = 0; status == SFD_OK && i < g->n_nodes; i++)
        if (sfd_qconv_is_stored(&g->nodes[i], scales))
            status = check_shape(&g->nodes[i], scales, err);
    return status;
}

sfd_status sfd_scales_open(sfd_weights **out, const char *path, const sfd_graph *g, sfd_error *err)
{
    sfd_status status = sfd_zoo_open(out, path, err);
    if (status == SFD_OK)
        status = check(*out, g, err);
    if (status != SFD_OK) {
        sfd_weights_close(*out);
        *out = NULL;
    }
    return status;
}
