/* SPDX-License-Identifier: Apache-2.0 */
/* Pixels must not depend on the machine: those of FFmpeg with its defaults on x86 are the right
 * ones everywhere. Elsewhere some of its routines round in other ways. */
#ifndef SFD_MEDIA_MACHINE_H
#define SFD_MEDIA_MACHINE_H

#if defined(__x86_64__) || defined(__i386__)
#define SFD_FFMPEG_ROUNDS_RIGHT 1
#else
#define SFD_FFMPEG_ROUNDS_RIGHT 0
#endif

#endif
