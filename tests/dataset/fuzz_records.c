/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the content of a journal's record; what is read is written back. */
#include "dataset/records.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    sfd_settled s;
    sfd_bytes room = {0}, again = {0};
    unsigned char *content = malloc(n + 1);
    if (!content)
        return 0;
    memcpy(content, data, n);
    if (sfd_read_settled(&s, &room, content, n) && s.outcome == SFD_SETTLED_DONE) {
        sfd_put_done(&again, &s.keyframe);
        if (again.n + 16 > n)
            abort();
    }
    free(content);
    free(room.bytes);
    free(again.bytes);
    return 0;
}
