/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes MMAction2's Python configs as a whole: files that change each other through _base_. The
 * input is cut at form feeds into a.py, b.py and c.py. */
#include "config/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_FILES 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *folder(void)
{
    static char path[] = "/tmp/sfdet-fuzz-XXXXXX", *made;
    if (!made && !(made = mkdtemp(path)))
        abort();
    return made;
}

static void put(int i, const uint8_t *data, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%c.py", folder(), 'a' + i);
    FILE *f = fopen(path, "wb");
    if (!f)
        abort();
    fwrite(data, 1, size, f);
    fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sfd_net_config c;
    sfd_error err;
    sfd_notes notes = {0};
    char path[64];
    const uint8_t *end = data + size;
    for (int i = 0; i < N_FILES; i++) {
        const uint8_t *cut =
            data < end && i + 1 < N_FILES ? memchr(data, '\f', (size_t)(end - data)) : NULL;
        put(i, data, (size_t)((cut ? cut : end) - data));
        data = cut ? cut + 1 : end;
    }
    snprintf(path, sizeof path, "%s/a.py", folder());
    sfd_status status = sfd_net_config_load(&c, path, &notes, &err);
    if (status == SFD_OK && sfd_net_config_check(&c, &err) != SFD_OK)
        abort();
    sfd_notes_free(&notes);
    return 0;
}
