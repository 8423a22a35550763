/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a list of videos. */
#include "classify/list.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sfd_status on_line(void *user, const sfd_list_line *line, sfd_error *err)
{
    (void)user, (void)err;
    if (!*line->path || strlen(line->path) > SFD_CSV_MAX_ROW_BYTES)
        abort();
    for (size_t i = 0; i < line->n_labels; i++)
        if (line->labels[i] < 0 || line->labels[i] >= 9)
            abort();
    return SFD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sfd_error err;
    sfd_list_parse("list", data, size, 9, on_line, NULL, &err);
    return 0;
}
