/* SPDX-License-Identifier: Apache-2.0 */
/* Lateral connections, from the fast pathway to the slow one [paper section 3.3]. */
#ifndef SFD_BACKBONE_LATERALS_H
#define SFD_BACKBONE_LATERALS_H

#include "backbone/parts.h"

/* Brings fast features to the slow frame rate; SFD_NO_TENSOR where nothing is brought. Nodes are
 * named after the stage. */
typedef int (*sfd_lateral_fn)(sfd_net *net, const char *stage, int fast);

/* The slow pathway's map with what was brought. */
typedef int (*sfd_merge_fn)(sfd_net *net, const char *stage, int slow, int lateral);

#define SFD_ENTRY(lateral, name, channels)                                                         \
    int sfd_lateral_##name(sfd_net *net, const char *stage, int fast);
SFD_LATERALS(SFD_ENTRY)
#undef SFD_ENTRY

#define SFD_ENTRY(merge, name, equal)                                                              \
    int sfd_merge_##name(sfd_net *net, const char *stage, int slow, int lateral);
SFD_MERGES(SFD_ENTRY)
#undef SFD_ENTRY

#endif
