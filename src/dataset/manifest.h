/* SPDX-License-Identifier: Apache-2.0 */
/* What became of the parts of a data set: FOLDER/manifest.jsonl, or with shards a file each,
 * FOLDER/manifest.2-of-8.jsonl, to which a line is added when a part is complete or has failed. A
 * part is complete where one of its lines says so and has the sums of the files that are there. */
#ifndef SFD_DATASET_MANIFEST_H
#define SFD_DATASET_MANIFEST_H

#include "dataset/set_file.h"

typedef struct sfd_part_record {
    const char *video;
    size_t number, count; /* the part, 1 of 1: the whole video */
    bool failed;
    const char *error; /* why; else NULL */
    size_t n_done, n_failed, n_empty;
    double seconds;
    const char *cpu;
    char model[SFD_SHA256_TEXT], options[SFD_SHA256_TEXT];
    char sums[SFD_PART_FILES][SFD_SHA256_TEXT]; /* of the files; empty: none */
} sfd_part_record;

/* Lent for the call. */
typedef sfd_status sfd_record_fn(void *user, const sfd_part_record *r, sfd_error *err);

/* All lines of all manifests of a folder, those of one file in order. Errors: SFD_ERR_IO,
 * SFD_ERR_FORMAT, SFD_ERR_NOMEM, what fn returns. */
sfd_status sfd_manifests_read(const char *folder, sfd_record_fn *fn, void *user, sfd_error *err);

/* Adds a line to that of a shard, which is on disk then. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
sfd_status sfd_manifest_add(const char *folder, const sfd_shard *shard, const sfd_part_record *r,
                            sfd_error *err);

#endif
