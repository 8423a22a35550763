/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures of a folder. */
#ifndef SFD_MEDIA_PICTURE_LIST_H
#define SFD_MEDIA_PICTURE_LIST_H

#include <sfdet/common.h>

typedef struct sfd_picture_list {
    char **paths; /* [n], folder and name */
    size_t n, n_alloc;
} sfd_picture_list;

/* Files called *.jpg, .jpeg, .png, .bmp, .webp, .tif or .tiff in any case, sorted by name with
 * numbers by value. Errors: SFD_ERR_IO; SFD_ERR_FORMAT when there is none; SFD_ERR_NOMEM. Freed by
 * sfd_picture_list_free, also after failure. */
sfd_status sfd_picture_list_read(sfd_picture_list *l, const char *folder, sfd_error *err);
void sfd_picture_list_free(sfd_picture_list *l);

#endif
