/* SPDX-License-Identifier: Apache-2.0 */
/* A frame in all the sizes in which it is looked at. */
#include "pipeline/view_sheet.h"

#include "input/resize.h"

void sfd_view_sheet_lay_out(sfd_view_sheet *s, const sfd_model *model,
                            const sfd_detect_views *views, int width, int height)
{
    *s = (sfd_view_sheet){.n = views && views->n_scales > 0 ? views->n_scales : 1};
    for (int i = 0; i < s->n; i++) {
        if (views && views->n_scales > 0)
            s->views[i] = views->scales[i];
        else
            sfd_model_view(model, 0, &s->views[i], NULL);
        sfd_model_view_size(model, &s->views[i], width, height, &s->width[i], &s->height[i]);
        s->top[i] = s->full_height;
        s->full_height += s->height[i];
        s->full_width = s->width[i] > s->full_width ? s->width[i] : s->full_width;
    }
}

sfd_status sfd_view_sheet_make(const sfd_view_sheet *s, sfd_picture **out, const sfd_picture *frame,
                               sfd_error *err)
{
    sfd_picture *p = NULL;
    *out = NULL;
    sfd_status status = sfd_picture_create(&p, s->full_width, s->full_height, err);
    const sfd_rgb from = {frame->width, frame->height, frame->stride_bytes, frame->rgb};
    for (int i = 0; status == SFD_OK && i < s->n; i++) {
        const sfd_rgb to = {s->width[i], s->height[i], p->stride_bytes,
                            p->rgb + (size_t)s->top[i] * p->stride_bytes};
        status = sfd_resize_linear(&to, &from, err);
    }
    if (status == SFD_OK)
        *out = p;
    else
        sfd_picture_unref(p);
    return status;
}
