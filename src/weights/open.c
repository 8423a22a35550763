/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a weight file: its container is told apart by content. */
#include "weights/open.h"

#include "weights/formats/foreign.h"
#include "weights/formats/safetensors.h"
#include "weights/formats/torch_file.h"
#include "weights/names/names.h"

#include <string.h>

#define LOOKED_AT 4096 /* bytes at both ends of a file */

/* What containers are told apart by. */
static bool load_ends(const sfd_mapping *file)
{
    const size_t n = file->n_bytes < LOOKED_AT ? file->n_bytes : LOOKED_AT;
    return sfd_mapping_load(file, 0, n) && sfd_mapping_load(file, file->n_bytes - n, n);
}

/* Told apart by content: file names say nothing. */
static sfd_status read_container(sfd_weights *w, sfd_error *err)
{
    const unsigned char *data = w->file.data;
    size_t n = w->file.n_bytes;
    if (sfd_safetensors_recognise(data, n))
        return sfd_safetensors_read(w, err);
    if (n >= 4 && memcmp(data, "PK\3\4", 4) == 0)
        return sfd_torch_file_read(w, err);
    if (n >= 2 && (data[0] == 0x80 || data[0] == '(' || data[0] == '}' ||
                   (n >= 13 && memcmp(data, "ccollections\n", 13) == 0)))
        return sfd_torch_file_read(w, err);
    return sfd_weights_fail_foreign(w, err);
}

sfd_status sfd_weights_open(sfd_weights **out, const char *path, sfd_error *err)
{
    *out = NULL;
    sfd_weights *w;
    sfd_status status = sfd_weights_create(&w, path, err);
    if (status != SFD_OK)
        return status;
    status = sfd_reserve_file(&w->file, path, err);
    if (status != SFD_OK)
        goto fail;
    if (!load_ends(&w->file)) {
        status = sfd_fail_shrunk(err, path);
        goto fail;
    }
    status = read_container(w, err);
    if (status == SFD_OK)
        status = sfd_weights_translate_names(w, err);
    if (status != SFD_OK)
        goto fail;
    *out = w;
    return SFD_OK;
fail:
    sfd_weights_close(w);
    return status;
}
