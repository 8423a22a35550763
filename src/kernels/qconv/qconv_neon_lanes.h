/* SPDX-License-Identifier: Apache-2.0 */
/* What the convolutions of bytes share of NEON: vectors of four sums. */
#include "kernels/qconv/qconv.h"
#include "kernels/vec.h"

#include <string.h>

typedef int32x4_t q_vec;
#define QVEC     q_vec
#define QLANES   4
#define WIDEST   4 /* vectors of a block */
#define ROWS(nv) ((nv) == 4 ? 6 : 8)

ALWAYS_INLINE q_vec q_set(int32_t x)
{
    return vdupq_n_s32(x);
}

ALWAYS_INLINE q_vec q_load(const void *p)
{
    return vld1q_s32(p);
}

ALWAYS_INLINE void q_store(void *p, q_vec v)
{
    vst1q_s32(p, v);
}

ALWAYS_INLINE q_vec q_add(q_vec a, q_vec b)
{
    return vaddq_s32(a, b);
}

ALWAYS_INLINE vec q_floats(q_vec sums)
{
    return vcvtq_f32_s32(sums);
}

ALWAYS_INLINE vec q_bytes_as_floats(const uint8_t *p)
{
    uint32_t four;
    memcpy(&four, p, sizeof four);
    const uint16x8_t words = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four)));
    return vcvtq_f32_u32(vmovl_u16(vget_low_u16(words)));
}

/* Four values in each half of the words. */
ALWAYS_INLINE uint8x8_t q_pack_two(vec a, vec b)
{
    const int16x4_t low = vqmovn_s32(vcvtnq_s32_f32(a)), high = vqmovn_s32(vcvtnq_s32_f32(b));
    return vqmovun_s16(vcombine_s16(low, high));
}

ALWAYS_INLINE void q_pack(uint8_t *y, const vec v[], const int nv)
{
    if (nv == 1) {
        const uint8x8_t bytes = q_pack_two(v[0], v[0]);
        memcpy(y, &bytes, QLANES);
        return;
    }
    UNROLL for (int i = 0; i < nv; i += 2) vst1_u8(y + i * QLANES, q_pack_two(v[i], v[i + 1]));
}
