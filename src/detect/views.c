/* SPDX-License-Identifier: Apache-2.0 */
/* Models looked through by other views than the configured one. */
#include "detect/views.h"

#include "base/error.h"
#include "detect/model.h"

#define MIN_SIDE 32
#define MAX_SIDE 4096

sfd_status sfd_model_view(const sfd_model *m, int short_side, sfd_view *out, sfd_error *err)
{
    const sfd_net_config *c = &m->net.config;
    *out = m->net.input.views[0];
    if (short_side == 0)
        return SFD_OK;
    if (short_side < MIN_SIDE || short_side > MAX_SIDE)
        return sfd_fail(err, SFD_ERR_ARG, "a short side of %d pixels, wanted %d to %d", short_side,
                        MIN_SIDE, MAX_SIDE);
    if (c->fixed_size[0] > 0)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: its configuration makes all pictures %d x %d; no other scale is "
                        "possible",
                        c->name, c->fixed_size[0], c->fixed_size[1]);
    out->short_side = short_side;
    return SFD_OK;
}

void sfd_model_view_size(const sfd_model *m, const sfd_view *v, int width, int height,
                         int *in_width, int *in_height)
{
    sfd_view_size(v, &m->net.config, width, height, in_width, in_height);
}

void sfd_model_view_boxes(const sfd_model *m, const sfd_view *v, int width, int height,
                          const sfd_box_norm *boxes, size_t n, sfd_box_px *out)
{
    sfd_view_boxes(v, &m->net.config, width, height, boxes, n, out);
}
