/* SPDX-License-Identifier: Apache-2.0 */
/* Detections from files and from folders of parts. */
#include "sfeval_parts.h"

#include "cli.h"

#include <sfdet/dataset.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void on_fault(void *user, const char *message)
{
    (void)user;
    cli_warn("sfeval", "%s", message);
}

/* An empty file of its own. */
static sfd_status make_temporary(char path[256], sfd_error *err)
{
    const char *folder = getenv("TMPDIR");
    const int n = snprintf(path, 256, "%s/sfeval.XXXXXX", folder && *folder ? folder : "/tmp");
    const int fd = n < 256 ? mkstemp(path) : -1;
    if (fd >= 0) {
        close(fd);
        return SFD_OK;
    }
    err->status = SFD_ERR_IO;
    snprintf(err->message, sizeof err->message, "%s: cannot create: %s", path, strerror(errno));
    return SFD_ERR_IO;
}

static sfd_status read_parts(sfd_eval_detections **out, sfd_eval *e, const sfd_parts *parts,
                             const char *folder, sfd_error *err)
{
    char path[256];
    sfd_status status = make_temporary(path, err);
    if (status != SFD_OK)
        return status;
    status = sfd_parts_merge(parts, SFD_PART_CSV, path, err);
    if (status == SFD_OK)
        status = sfd_eval_read_detections(out, e, path, err);
    if (status == SFD_OK)
        status = sfd_eval_detections_rename(*out, folder, err);
    unlink(path);
    return status;
}

sfd_status read_detections(sfd_eval_detections **out, sfd_eval *e, const char *path, bool partial,
                           sfd_error *err)
{
    sfd_parts *parts;
    *out = NULL;
    if (!sfd_is_dataset(path))
        return sfd_eval_read_detections(out, e, path, err);
    sfd_status status = sfd_parts_open(&parts, &path, 1, partial, on_fault, NULL, err);
    if (status == SFD_OK)
        status = read_parts(out, e, parts, path, err);
    sfd_parts_free(parts);
    return status;
}
