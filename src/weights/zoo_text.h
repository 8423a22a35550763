/* SPDX-License-Identifier: Apache-2.0 */
/* data/ava/zoo.csv as zero-terminated text; the build generates zoo_text.c from it. */
#ifndef SFD_WEIGHTS_ZOO_TEXT_H
#define SFD_WEIGHTS_ZOO_TEXT_H

extern const char sfd_zoo_text[];

#endif
