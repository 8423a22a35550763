/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file with sound: open, read windows, go ahead. */
#include "media/sound_reader.h"
#include "support/memory_file.h"

#include <sfdet/codecs.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    sfd_quiet_codecs();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    static float samples[32768];
    static const int64_t firsts[] = {-100, 0, 16000, 160000};
    char path[32];
    sfd_sound_reader *s;
    const int fd = memory_file(path, data, n_bytes);
    if (sfd_sound_open(&s, path, &(sfd_sound_options){.rate = 16000}, NULL) == SFD_OK) {
        for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
            if (sfd_sound_read(s, firsts[i], 32768, samples, NULL) != SFD_OK)
                break;
        sfd_sound_close(s);
    }
    close(fd);
    return 0;
}
