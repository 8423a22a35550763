/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes as a proposals file. */
#include "boxes/proposals.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const ids[] = {"clip", "c", "1j20qq1JyX4"};
    sfd_proposals *p;
    sfd_proposed_video v;
    if (sfd_proposals_parse(&p, "fuzz", data, n, ids, 3, NULL, NULL) != SFD_OK)
        return 0;
    for (size_t i = 0; i < 3; i++) {
        sfd_error err;
        if (sfd_proposals_find(&v, p, ids[i], &err) != SFD_OK)
            continue;
        for (size_t k = 0; k < v.n_keyframes; k++)
            if (v.keyframes[k].n_boxes == 0 ||
                (k > 0 && !(v.keyframes[k].timestamp_s > v.keyframes[k - 1].timestamp_s)))
                abort();
    }
    sfd_proposals_free(p);
    return 0;
}
