/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a command line names, and that none is written over another. */
#ifndef SFD_TOOLS_CLI_FILES_H
#define SFD_TOOLS_CLI_FILES_H

#include "cli.h"

/* CLI_CONTINUE, or CLI_USAGE after a message: an output is the same file (by device and inode, or,
 * not yet there, by folder and name) as an input or another output, or would be created in a folder
 * that an option fills with files of such names. */
int cli_check_files(const cli_program *p, char **operands, size_t n_operands);

#endif
