/* SPDX-License-Identifier: Apache-2.0 */
/* One file or pipe as libavformat's input. Reading never outlasts a wish to stop. */
#ifndef SFD_MEDIA_INPUT_FILE_H
#define SFD_MEDIA_INPUT_FILE_H

#include <libavformat/avio.h>
#include <sfdet/common.h>

/* Asked while reading, by the thread that reads; should_stop may be NULL. */
typedef struct sfd_stop {
    bool (*should_stop)(void *user);
    void *user;
} sfd_stop;

typedef struct sfd_input_file {
    bool open;
    int fd;
    bool regular; /* not a pipe: can be read again */
    bool stopped; /* a read was broken off */
    sfd_stop stop;
    AVIOContext *io;
} sfd_input_file;

/* The file must stay in place while it is open; messages call it by name. Errors: SFD_ERR_IO
 * (missing, unreadable, a directory, a device), SFD_ERR_FORMAT (empty), SFD_ERR_NOMEM; it can be
 * closed then. */
sfd_status sfd_input_file_open(sfd_input_file *f, const char *path, const char *name, sfd_stop stop,
                               sfd_error *err);
void sfd_input_file_close(sfd_input_file *f);

/* Whether to stop; remembered in f->stopped. */
bool sfd_input_file_stopped(sfd_input_file *f);

#endif
