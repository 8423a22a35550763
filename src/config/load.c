/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a network's configuration by name or path. */
#include "config/load.h"

#include "base/error.h"
#include "base/file.h"
#include "config/mmaction2.h"
#include "config/overrides.h"
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

static bool is_path(const char *name)
{
    return strpbrk(name, "/.") != NULL || access(name, F_OK) == 0 || errno != ENOENT;
}

bool sfd_config_is_yaml(const char *name_or_path)
{
    sfd_net_config preset;
    return !sfd_preset_find(&preset, name_or_path) && is_path(name_or_path) &&
           !sfd_is_mmaction2_config(name_or_path);
}

static sfd_status load_named(sfd_net_config *c, const char *name_or_path, sfd_notes *notes,
                             sfd_error *err)
{
    sfd_net_config_defaults(c);
    if (sfd_preset_find(c, name_or_path))
        return SFD_OK;
    if (!is_path(name_or_path))
        return fail_unknown_name(name_or_path, err);
    if (sfd_is_mmaction2_config(name_or_path)) {
        sfd_preset_find(c, "mmaction2_slowfast_r50_4x16_ava");
        sfd_status status = sfd_mmaction2_config_load_over(c, name_or_path, notes, err);
        return status == SFD_OK ? sfd_net_config_check(c, err) : status;
    }
    return sfd_net_config_load_yaml_over(c, name_or_path, notes, err);
}

sfd_status sfd_net_config_load(sfd_net_config *c, const char *config, sfd_notes *notes,
                               sfd_error *err)
{
    sfd_config_spec spec;
    sfd_status status = sfd_config_spec_read(&spec, config, err);
    if (status == SFD_OK && !spec.name)
        status = sfd_fail(err, SFD_ERR_ARG, "no network configuration given");
    if (status == SFD_OK)
        status = load_named(c, spec.name, notes, err);
    if (status == SFD_OK && spec.yaml)
        status = sfd_net_config_override(c, spec.yaml, notes, err);
    sfd_config_spec_free(&spec);
    return status;
}
