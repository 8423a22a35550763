/* SPDX-License-Identifier: Apache-2.0 */
/* Many videos into a folder, and such folders as one. */
#ifndef SFD_TOOLS_SFDETECT_SET_H
#define SFD_TOOLS_SFDETECT_SET_H

#include "sfdetect_persons.h"

/* CLI_CONTINUE, or CLI_USAGE after a message: options that do not go together. */
int check_set_options(options *o, int n_operands);

/* --out-dir, with --dry-run: without doing it. Returns the exit status. */
int run_set(const options *o, const clip_list *clips, const person_source *persons,
            const sfd_model *model, sfd_detector *detector);

/* --merge. Returns the exit status. */
int merge_sets(const options *o, char **folders, size_t n);

#endif
