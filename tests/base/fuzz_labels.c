/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a label map, in both dialects. */
#include "base/labels.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    for (int dialect = SFD_LABELS_ANY_LAYOUT; dialect <= SFD_LABELS_OFFICIAL; dialect++) {
        sfd_label_map m;
        sfd_error err;
        size_t n = 0;
        if (sfd_label_map_parse(&m, "fuzz", (const char *)data, size, (sfd_label_dialect)dialect,
                                &err) != SFD_OK)
            continue;
        for (int id = 0; id <= m.max_id; id++)
            n += sfd_label_name(&m, id) != NULL;
        if (n != m.n_labels)
            abort();
        sfd_label_map_free(&m);
    }
    return 0;
}
