/* SPDX-License-Identifier: Apache-2.0 */
/* Detections from files and from folders of parts. */
#ifndef SFD_TOOLS_SFEVAL_PARTS_H
#define SFD_TOOLS_SFEVAL_PARTS_H

#include <sfdet/eval.h>

/* sfd_eval_read_detections, also of a folder by sfdetect --out-dir, whose parts have to be complete
 * unless `partial`; what they lack is told. Errors: as that; SFD_ERR_MISMATCH. */
sfd_status read_detections(sfd_eval_detections **out, sfd_eval *e, const char *path, bool partial,
                           sfd_error *err);

#endif
