/* SPDX-License-Identifier: Apache-2.0 */
/* What compilers are told about the loop that follows.
 *
 * UNROLL: at most 16 turns, whose number is constant after inlining: unrolled, so that an array it
 * walks through is kept in registers.
 * INDEPENDENT: no turn reads what another writes, though no compiler can know it.
 *
 * Not under clang's sanitizers, with whose checks it cannot do the second and takes minutes over
 * the first. */
#ifndef SFD_KERNELS_LOOPS_H
#define SFD_KERNELS_LOOPS_H

#ifndef __clang__
#define UNROLL      _Pragma("GCC unroll 16")
#define INDEPENDENT _Pragma("GCC ivdep")
#elif __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNROLL
#define INDEPENDENT
#else
#define UNROLL      _Pragma("clang loop unroll(full)")
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#endif

#endif
