/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to a data set: FOLDER/set.jsonl, which whoever comes first writes and all others
 * compare, and the parts that follow from it.
 *
 * A JSON object a line. The first one is the set:
 *     {"dataset":1,"version":"0.2.0","model":SHA-256,"options":SHA-256,"settings":[line...],
 *      "part_keyframes":0}
 * and one follows for each video, in order:
 *     {"video":"a","offset":900,"keyframes":902}     (without keyframes where that is not known)
 */
#ifndef SFD_DATASET_SET_FILE_H
#define SFD_DATASET_SET_FILE_H

#include "media/sha256.h"

#include <sfdet/dataset.h>

#define SFD_UNKNOWN SIZE_MAX

typedef struct sfd_set_video {
    char *id; /* in UTF-8 */
    double offset_s;
    size_t n_keyframes; /* or SFD_UNKNOWN */
} sfd_set_video;

typedef struct sfd_part {
    size_t video;         /* index */
    size_t number, count; /* of the video's parts, from 1 */
    size_t first, n;      /* keyframes; n 0: up to the last */
    double weight;
} sfd_part;

typedef struct sfd_set_file {
    char model[SFD_SHA256_TEXT], options[SFD_SHA256_TEXT];
    char *settings;           /* lines, which `options` is the sum of */
    const char *const *files; /* lent, of this run's lines "file 1 SHA-256" ... */
    size_t n_files;
    size_t part_keyframes;
    sfd_set_video *videos;
    size_t n_videos, n_alloc;
    sfd_part *parts; /* made by sfd_set_file_cut */
    size_t n_parts;
} sfd_set_file;

void sfd_set_file_free(sfd_set_file *f); /* takes zeros */
/* Errors: SFD_ERR_NOMEM. */
sfd_status sfd_set_file_add(sfd_set_file *f, const char *id, double offset_s, size_t n_keyframes,
                            sfd_error *err);
/* Makes the parts. Errors: SFD_ERR_UNSUPPORTED (too many), SFD_ERR_NOMEM. */
sfd_status sfd_set_file_cut(sfd_set_file *f, sfd_error *err);

/* *out->videos stays NULL where there is no such file. Errors: SFD_ERR_IO, SFD_ERR_FORMAT,
 * SFD_ERR_NOMEM. */
sfd_status sfd_set_file_read(sfd_set_file *out, const char *folder, sfd_error *err);
/* Unless `replace`, a file that is there meanwhile stays, which is no error. Errors: SFD_ERR_IO,
 * SFD_ERR_NOMEM. */
sfd_status sfd_set_file_write(const sfd_set_file *f, const char *folder, bool replace,
                              sfd_error *err);
/* Whether both are of one data set; the first difference is told. Errors: SFD_ERR_MISMATCH. */
sfd_status sfd_set_file_compare(const sfd_set_file *wanted, const sfd_set_file *there,
                                const char *folder, sfd_error *err);

/* FOLDER/ID.csv, of parts FOLDER/ID~2of3.csv, with `suffix` ".csv". What file names cannot have or
 * would hide is written as %2F. Freed by the caller; NULL when memory is out. */
char *sfd_part_path(const char *folder, const sfd_set_file *f, const sfd_part *p,
                    const char *suffix);
extern const char *const sfd_part_suffixes[SFD_PART_FILES];
/* "video a", "video a, part 2 of 3". */
void sfd_part_text(char *text, size_t n_bytes, const sfd_set_file *f, const sfd_part *p);
/* Errors: SFD_ERR_ARG: no file can be called after this id. */
sfd_status sfd_check_file_name(const char *id, sfd_error *err);

#endif
