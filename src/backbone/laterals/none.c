/* SPDX-License-Identifier: Apache-2.0 */
/* Pathways that meet in the head only. */
#include "backbone/laterals/laterals.h"

int sfd_lateral_none(sfd_net *net, const char *stage, int fast)
{
    (void)net, (void)stage, (void)fast;
    return SFD_NO_TENSOR;
}
