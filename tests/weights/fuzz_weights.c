/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the weight file readers, all containers: opens the bytes, reads every tensor, and infers
 * the network. */
#include "support/memory_file.h"
#include "weights/open.h"
#include "weights/weights.h"
#include "weights/weights_config.h"

#include <unistd.h>

#define MAX_ELEMENTS (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static float values[MAX_ELEMENTS];
    char path[32];
    sfd_weights *w;
    sfd_error err;
    const int fd = memory_file(path, data, size);
    if (sfd_weights_open(&w, path, &err) == SFD_OK) {
        for (size_t i = 0; i < sfd_weights_count(w); i++) {
            const sfd_tensor_info *info = sfd_weights_info(w, i);
            if (info->n_elements <= MAX_ELEMENTS)
                sfd_weights_read_f32(w, info, values, &err);
        }
        sfd_net_config c;
        sfd_notes notes = {0};
        sfd_weights_config(w, NULL, &c, &notes, &err);
        sfd_notes_free(&notes);
        sfd_weights_close(w);
    }
    close(fd);
    return 0;
}
