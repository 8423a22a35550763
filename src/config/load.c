/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a network's configuration by name or path. */
#include "config/load.h"

#include "base/error.h"
#include "base/file.h"
#include "config/mmaction2.h"
#include "config/presets.h"
#include "config/yaml.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static sfd_status fail_unknown_name(const char *name, sfd_error *err)
{
    const char *nearest = sfd_preset_suggest(name);
    return sfd_fail(err, SFD_ERR_ARG, "%s: neither a file nor a preset%s%s%s", name,
                    nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

sfd_status sfd_net_config_load(sfd_net_config *c, const char *name_or_path, sfd_notes *notes,
                               sfd_error *err)
{
    sfd_net_config_defaults(c);
    if (sfd_preset_find(c, name_or_path))
        return SFD_OK;
    bool looks_like_path = strpbrk(name_or_path, "/.") != NULL;
    if (!looks_like_path && access(name_or_path, F_OK) != 0 && errno == ENOENT)
        return fail_unknown_name(name_or_path, err);
    if (sfd_is_mmaction2_config(name_or_path)) {
        sfd_preset_find(c, "mmaction2_slowfast_r50_4x16_ava");
        sfd_status status = sfd_mmaction2_config_load_over(c, name_or_path, notes, err);
        return status == SFD_OK ? sfd_net_config_check(c, err) : status;
    }
    return sfd_net_config_load_yaml_over(c, name_or_path, notes, err);
}
