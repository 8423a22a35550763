/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that the authors of audiovisual SlowFast added to PySlowFast's. */
#ifndef SFD_CONFIG_YAML_AUDIO_H
#define SFD_CONFIG_YAML_AUDIO_H

#include "config/yaml_values.h"

extern const sfd_yaml_key sfd_yaml_audio_keys[];
extern const size_t sfd_yaml_n_audio_keys;

#endif
