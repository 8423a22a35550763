/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that sources were read from. */
#ifndef SFD_DATASET_SOURCES_H
#define SFD_DATASET_SOURCES_H

#include <sfdet/dataset.h>

/* Path of the i-th list; NULL past the end. Owned by the sources. */
const char *sfd_sources_list(const sfd_sources *l, size_t i);

#endif
