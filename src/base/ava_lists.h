/* SPDX-License-Identifier: Apache-2.0 */
/* The label lists of data/ava as zero-terminated text; the build generates ava_lists.c from them.
 */
#ifndef SFD_BASE_AVA_LISTS_H
#define SFD_BASE_AVA_LISTS_H

extern const char sfd_ava_list_60[];
extern const char sfd_ava_list_80[];

#endif
