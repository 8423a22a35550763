/* SPDX-License-Identifier: Apache-2.0 */
/* The instruction sets that a kernel test runs. */
#include "kernels/sets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static unsigned lacking(const sfd_kernels *k)
{
    return k->needs & ~sfd_cpu_detect();
}

const sfd_kernels *next_set(size_t *i)
{
    const sfd_kernels *k;
    while ((k = sfd_kernels_at((*i)++)) && lacking(k))
        ;
    return k;
}

const sfd_kernels *next_float_set(size_t *i)
{
    const sfd_kernels *k;
    while ((k = next_set(i)) && *i > 1 && sfd_kernels_at(*i - 2)->conv == k->conv)
        ;
    return k;
}

void print_sets(void)
{
    const sfd_kernels *k;
    for (size_t i = 0; (k = sfd_kernels_at(i)); i++) {
        print_message("%s %s", sfd_cpu_name(k->needs),
                      lacking(k) ? "not run, this machine has no" : "run");
        for (unsigned flag = 1; flag && flag <= lacking(k); flag <<= 1)
            if (lacking(k) & flag)
                print_message(" %s", sfd_cpu_flag_name((sfd_cpu_flag)flag));
        print_message("\n");
    }
}

bool in_lesser_set(const sfd_kernels *k, const sfd_conv_algorithm *a)
{
    const sfd_kernels *lesser;
    for (size_t set = 0; (lesser = sfd_kernels_at(set)) && lesser != k; set++)
        for (size_t i = 0; i < lesser->n_conv; i++)
            if (lesser->conv[i] == a)
                return true;
    return false;
}
