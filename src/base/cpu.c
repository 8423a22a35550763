/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the processor's instructions may be used. */
#include "base/cpu.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* What --cpu and SFD_CPU name: features that must be there, and all that may be used. */
typedef struct named_set {
    const char *name;
    unsigned needs, allowed;
} named_set;

#define ALLOWED_AVX2        (SFD_CPU_NEEDS_AVX2 | SFD_CPU_F16C | SFD_CPU_AVX_VNNI)
#define ALLOWED_AVX512      (SFD_CPU_NEEDS_AVX512 | ALLOWED_AVX2 | SFD_CPU_AVX512_VNNI)
#define ALLOWED_AVX512_BF16 (SFD_CPU_NEEDS_AVX512_BF16 | ALLOWED_AVX512)

static const named_set sets[] = {
    {"scalar", SFD_CPU_SCALAR, SFD_CPU_SCALAR},
    {"avx2", SFD_CPU_NEEDS_AVX2, ALLOWED_AVX2},
    {"avx512", SFD_CPU_NEEDS_AVX512, ALLOWED_AVX512},
    {"avx512_bf16", SFD_CPU_NEEDS_AVX512_BF16, ALLOWED_AVX512_BF16},
    {"neon", SFD_CPU_NEEDS_NEON, SFD_CPU_NEEDS_NEON},
    {"neon_dot", SFD_CPU_NEEDS_NEON_DOT, SFD_CPU_NEEDS_NEON_DOT},
    {"neon_i8mm", SFD_CPU_NEEDS_NEON_I8MM, SFD_CPU_NEEDS_NEON_I8MM},
    {"neon_bf16", SFD_CPU_NEEDS_NEON_BF16, SFD_CPU_NEEDS_NEON_BF16},
};

#define SET_NAMES "scalar, avx2, avx512, avx512_bf16, neon, neon_dot, neon_i8mm, neon_bf16"

/* ------------------------------------------------------------------ detection */

#if defined(__aarch64__)
#include <sys/auxv.h>

/* Bits of AT_HWCAP and AT_HWCAP2 [Linux, Documentation/arch/arm64/elf_hwcaps.rst]. */
unsigned sfd_cpu_detect(void)
{
    const unsigned long first = getauxval(AT_HWCAP), second = getauxval(AT_HWCAP2);
    return (first >> 1 & 1 ? SFD_CPU_ASIMD : 0u) | (first >> 20 & 1 ? SFD_CPU_ASIMDDP : 0u) |
           (second >> 13 & 1 ? SFD_CPU_I8MM : 0u) | (second >> 14 & 1 ? SFD_CPU_BF16 : 0u);
}
#elif defined(__x86_64__)
#include <cpuid.h>

typedef enum cpuid_register { EBX, ECX, EDX, EAX } cpuid_register;

/* Where cpuid reports a feature, and the registers (bits of XCR0) that the operating system must
 * save for it [Intel, "Software Developer's Manual", volume 1, chapter 13 and volume 2, CPUID]. */
typedef struct feature {
    sfd_cpu_flag flag;
    unsigned leaf, subleaf;
    cpuid_register in;
    int bit;
    unsigned saved;
} feature;

#define SAVED_YMM 0x06u /* SSE and AVX */
#define SAVED_ZMM 0xE6u /* and masks, and upper halves of ZMM */
#define SAVED_AMX 0x60000u

static const feature features[] = {
    {SFD_CPU_AVX2, 7, 0, EBX, 5, SAVED_YMM},        {SFD_CPU_FMA, 1, 0, ECX, 12, SAVED_YMM},
    {SFD_CPU_F16C, 1, 0, ECX, 29, SAVED_YMM},       {SFD_CPU_AVX_VNNI, 7, 1, EAX, 4, SAVED_YMM},
    {SFD_CPU_AVX512F, 7, 0, EBX, 16, SAVED_ZMM},    {SFD_CPU_AVX512BW, 7, 0, EBX, 30, SAVED_ZMM},
    {SFD_CPU_AVX512DQ, 7, 0, EBX, 17, SAVED_ZMM},   {SFD_CPU_AVX512VL, 7, 0, EBX, 31, SAVED_ZMM},
    {SFD_CPU_AVX512_BF16, 7, 1, EAX, 5, SAVED_ZMM}, {SFD_CPU_AVX512_VNNI, 7, 0, ECX, 11, SAVED_ZMM},
    {SFD_CPU_AMX_TILE, 7, 0, EDX, 24, SAVED_AMX},   {SFD_CPU_AMX_BF16, 7, 0, EDX, 22, SAVED_AMX},
    {SFD_CPU_AMX_INT8, 7, 0, EDX, 25, SAVED_AMX},
};

#define BIT_OSXSAVE (1u << 27)

static unsigned read_cpuid(unsigned leaf, unsigned subleaf, cpuid_register which)
{
    unsigned r[4] = {0};
    if (!__get_cpuid_count(leaf, subleaf, &r[EAX], &r[EBX], &r[ECX], &r[EDX]))
        return 0;
    return r[which];
}

/* XCR0; 0 where the operating system does not use it. */
static unsigned read_saved_registers(void)
{
    unsigned low, high;
    if (!(read_cpuid(1, 0, ECX) & BIT_OSXSAVE))
        return 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

unsigned sfd_cpu_detect(void)
{
    const unsigned saved = read_saved_registers();
    unsigned cpu = 0;
    for (size_t i = 0; i < LENGTH(features); i++) {
        const feature *f = &features[i];
        if ((saved & f->saved) == f->saved && read_cpuid(f->leaf, f->subleaf, f->in) >> f->bit & 1)
            cpu |= f->flag;
    }
    return cpu;
}
#else
unsigned sfd_cpu_detect(void)
{
    return SFD_CPU_SCALAR;
}
#endif

/* ------------------------------------------------------------------ names */

const char *sfd_cpu_flag_name(sfd_cpu_flag flag)
{
    static const char *const names[] = {
        "avx2",     "fma",      "f16c",        "avx_vnni",    "avx512f",  "avx512bw",
        "avx512dq", "avx512vl", "avx512_bf16", "avx512_vnni", "amx_tile", "amx_bf16",
        "amx_int8", "asimd",    "asimddp",     "i8mm",        "bf16"};
    for (size_t i = 0; i < LENGTH(names); i++)
        if ((unsigned)flag == 1u << i)
            return names[i];
    return "unknown";
}

static const named_set *best_set(unsigned cpu)
{
    const named_set *best = &sets[0];
    for (size_t i = 1; i < LENGTH(sets); i++)
        if ((sets[i].needs & ~cpu) == 0)
            best = &sets[i];
    return best;
}

const char *sfd_cpu_name(unsigned cpu)
{
    return best_set(cpu)->name;
}

sfd_status sfd_cpu_choose(unsigned *out, const char *wanted, sfd_error *err)
{
    const unsigned cpu = sfd_cpu_detect();
    *out = cpu;
    const char *from = wanted ? "cpu" : "SFD_CPU";
    const char *name = wanted ? wanted : getenv("SFD_CPU");
    if (!name || !*name)
        return SFD_OK;
    for (size_t i = 0; i < LENGTH(sets); i++) {
        if (strcmp(name, sets[i].name) != 0)
            continue;
        if (sets[i].needs & ~cpu)
            return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: this machine has no %s, its best is %s",
                            from, name, sfd_cpu_name(cpu));
        *out = cpu & sets[i].allowed;
        return SFD_OK;
    }
    return sfd_fail(err, SFD_ERR_ARG, "%s: \"%s\" is not one of " SET_NAMES, from, name);
}
