/* SPDX-License-Identifier: Apache-2.0 */
#include "persons/person_class.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

sfd_status sfd_person_class_find(int *out, const sfd_weights *w, int n_classes, int coco,
                                 const char *tensor, sfd_error *err)
{
    const char *told = sfd_weights_metadata(w, SFD_METADATA_PERSON_CLASS);
    char spelled[SFD_MAX_TENSOR_NAME];
    long long number = 0;
    if (told && (!sfd_parse_long(told, strlen(told), &number) || number < 0 || number >= n_classes))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: class \"%.40s\" is to be persons; the network has %d, counted from 0",
                        sfd_weights_origin(w), told, n_classes);
    if (!told && n_classes != 1 && n_classes != coco)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: which of the %d classes of \"%s\" is persons is not known; known are "
                        "networks of persons alone, and of COCO's %d classes",
                        sfd_weights_origin(w), n_classes, sfd_weights_spelling(w, tensor, spelled),
                        coco);
    *out = (int)number;
    return SFD_OK;
}
