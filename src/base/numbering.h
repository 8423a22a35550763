/* SPDX-License-Identifier: Apache-2.0 */
/* Files whose names differ in a number: "VIDEO_000001.jpg", "img_00001.jpg", "1.png". */
#ifndef SFD_BASE_NUMBERING_H
#define SFD_BASE_NUMBERING_H

#include <sfdet/common.h>

typedef struct sfd_numbering {
    char *before, *after; /* the number; `before` has the folder, too */
    int n_digits;         /* at least, filled with zeros; 0: a single file without number */
    int64_t first, n;
} sfd_numbering;

/* How the pictures (jpg, jpeg, png, bmp, webp, tif, tiff) of a folder are numbered, or those that a
 * pattern names. Other files do not matter. All numbers from the first to the last must be there.
 * Errors: SFD_ERR_IO; SFD_ERR_FORMAT (no pictures, several numberings, missing or doubled numbers,
 * more than 10 million); SFD_ERR_NOMEM. Freed by sfd_numbering_free, also after failure. */
sfd_status sfd_numbering_find(sfd_numbering *n, const char *path, sfd_error *err);
void sfd_numbering_free(sfd_numbering *n);

/* Whether a file is called as pictures are. */
bool sfd_is_picture_name(const char *name);

/* Whether the name has one printf-like number, and nothing else that printf would replace. */
bool sfd_is_numbering_pattern(const char *path);

/* The name of file i, counted from 0; NULL without memory. The caller frees it. */
char *sfd_numbering_file(const sfd_numbering *n, int64_t i);

#endif
