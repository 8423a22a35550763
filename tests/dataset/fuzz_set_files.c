/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a folder's set.jsonl and manifest.jsonl, and as a list of videos. */
#include <sfdet/dataset.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], set[80], manifest[80];

static void clean_up(void)
{
    unlink(set);
    unlink(manifest);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    snprintf(folder, sizeof folder, "/tmp/fuzz_set_files.%ld", (long)getpid());
    snprintf(set, sizeof set, "%s/set.jsonl", folder);
    snprintf(manifest, sizeof manifest, "%s/manifest.jsonl", folder);
    atexit(clean_up);
    return mkdir(folder, 0777);
}

static void store(const char *path, const uint8_t *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    if (!f)
        abort();
    fwrite(data, 1, n, f);
    fclose(f);
}

/* The manifest is what follows the first empty line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const char *folders[] = {folder};
    sfd_parts *p;
    sfd_sources *s;
    size_t split = 0;
    while (split + 1 < n && !(data[split] == '\n' && data[split + 1] == '\n'))
        split++;
    split = split < n ? split + 1 : n;
    store(set, data, split);
    store(manifest, data + split, n - split);
    if (sfd_parts_open(&p, folders, 1, true, NULL, NULL, NULL) == SFD_OK)
        for (size_t i = 0; i < sfd_parts_count(p); i++)
            if (sfd_parts_path(p, i, SFD_PART_CSV))
                abort(); /* there are no csv files */
    sfd_parts_free(p);
    if (sfd_sources_create(&s, 0, NULL) == SFD_OK)
        (void)sfd_sources_read(s, set, NULL);
    sfd_sources_free(s);
    return 0;
}
