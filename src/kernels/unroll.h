/* SPDX-License-Identifier: Apache-2.0 */
/* Before a loop of at most 16 turns whose number is constant after inlining: unrolls it, so that an
 * array it walks through is kept in registers. */
#ifndef SFD_KERNELS_UNROLL_H
#define SFD_KERNELS_UNROLL_H

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#endif
