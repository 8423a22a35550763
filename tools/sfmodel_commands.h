/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of sfmodel that have files of their own: argv[0] is the command. They return the
 * program's exit status. */
#ifndef SFD_TOOLS_SFMODEL_COMMANDS_H
#define SFD_TOOLS_SFMODEL_COMMANDS_H

int run_compare(int argc, char **argv);
int run_quantise(int argc, char **argv);
int run_zoo(int argc, char **argv);

#endif
