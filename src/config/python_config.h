/* SPDX-License-Identifier: Apache-2.0 */
/* MMEngine's Python configs: a file's literals laid over those of its _base_. */
#ifndef SFD_CONFIG_PYTHON_CONFIG_H
#define SFD_CONFIG_PYTHON_CONFIG_H

#include "base/notes.h"
#include "config/python_literals.h"

#define SFD_MAX_PY_CONFIG_BYTES (256 * 1024)

/* *module: a DICT in the arena. Each file is read once, however often it is named; default_runtime,
 * which describes no network, need not be there. The files are noted (`notes` may be NULL). Errors:
 * those of reading and sfd_py_parse; SFD_ERR_FORMAT when bases form a circle or are too many;
 * SFD_ERR_UNSUPPORTED for a _base_ that is no path: "mmaction::..." of an installed package, or an
 * expression. */
sfd_status sfd_py_config_load(const sfd_py **module, sfd_arena *arena, const char *path,
                              sfd_notes *notes, sfd_error *err);

#endif
