/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of annotated pictures, one per keyframe: VIDEO_TIMESTAMP.png or .jpg. */
#ifndef SFD_PIPELINE_PICTURE_FOLDER_H
#define SFD_PIPELINE_PICTURE_FOLDER_H

#include "pipeline/overlay.h"

typedef struct sfd_picture_folder sfd_picture_folder;

/* Makes the folder if need be. `format` is "png" or "jpg". Errors: SFD_ERR_ARG (another format),
 * SFD_ERR_IO (not a folder that can be written into), SFD_ERR_NOMEM. */
sfd_status sfd_picture_folder_open(sfd_picture_folder **out, const char *path, const char *format,
                                   sfd_error *err);
void sfd_picture_folder_close(sfd_picture_folder *f); /* takes NULL */

/* Draws the group's boxes on p, which the caller holds alone, and writes it. */
sfd_status sfd_picture_folder_write(const sfd_picture_folder *f, const sfd_overlay *o,
                                    const sfd_mark_group *group, const char *video_id,
                                    sfd_picture *p, sfd_error *err);

#endif
