/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * The video codecs' own messages. */
#ifndef SFDET_CODECS_H
#define SFDET_CODECS_H

#include <sfdet/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Keeps FFmpeg from writing to stderr, for the whole process: its log level is global, so this is
 * for programs, and never called by the library itself. What matters comes as sfd_error. */
SFD_API void sfd_quiet_codecs(void);

#ifdef __cplusplus
}
#endif
#endif
