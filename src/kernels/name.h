/* SPDX-License-Identifier: Apache-2.0 */
/* Names of templates' functions: the including file defines SFD_SET, its instruction set. */
#ifndef SFD_KERNELS_NAME_H
#define SFD_KERNELS_NAME_H

#define SFD_NAME_(base, set)   base##__##set
#define SFD_NAME_OF(base, set) SFD_NAME_(base, set)
/* SFD_NAME(sfd_f32_add) -> sfd_f32_add__avx2 */
#define SFD_NAME(base) SFD_NAME_OF(base, SFD_SET)

#endif
