/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the YAML config reader: what it accepts must describe a buildable network. */
#include "config/config.h"
#include "config/yaml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sfd_net_config c;
    sfd_error err;
    sfd_status status = sfd_net_config_parse(&c, (const char *)data, size, "fuzz.yaml", NULL, &err);
    if (status == SFD_OK && sfd_net_config_check(&c, &err) != SFD_OK)
        abort();
    return 0;
}
