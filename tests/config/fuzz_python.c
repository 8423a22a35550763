/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the reader of MMAction2's Python configs. */
#include "config/load.h"
#include "config/mmaction2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sfd_net_config c;
    sfd_error err;
    sfd_net_config_load(&c, "mmaction2_slowfast_r50_8x8_ava", NULL, &err);
    sfd_mmaction2_config_parse_over(&c, (const char *)data, size, "fuzz.py", NULL, &err);
    return 0;
}
