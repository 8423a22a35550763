/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the head of a NumPy file. */
#include "base/npy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sfd_npy_layout l;
    sfd_error err;
    if (sfd_npy_read_head(&l, "fuzz.npy", data, size, &err) == SFD_OK &&
        (l.at > size || (l.element_bytes != 2 && l.element_bytes != 4 && l.element_bytes != 8)))
        abort();
    return 0;
}
