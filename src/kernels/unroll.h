/* SPDX-License-Identifier: Apache-2.0 */
/* Before a loop of at most 16 turns whose number is constant after inlining: unrolls it, so that an
 * array it walks through is kept in registers. Not for the address sanitizer, with which clang
 * would take minutes over the checks of every turn. */
#ifndef SFD_KERNELS_UNROLL_H
#define SFD_KERNELS_UNROLL_H

#ifndef __clang__
#define UNROLL _Pragma("GCC unroll 16")
#elif __has_feature(address_sanitizer)
#define UNROLL
#else
#define UNROLL _Pragma("clang loop unroll(full)")
#endif

#endif
