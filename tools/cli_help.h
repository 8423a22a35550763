/* SPDX-License-Identifier: Apache-2.0 */
/* --help and --help-all, from the option table. */
#ifndef SFD_TOOLS_CLI_HELP_H
#define SFD_TOOLS_CLI_HELP_H

#include "cli.h"

/* Each prints on stdout and returns the exit status. --help is what fits a screen: the options that
 * have a brief text, and examples; all, where no option has one. */
int cli_help(const cli_program *program);
int cli_help_all(const cli_program *program);

#endif
