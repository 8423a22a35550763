/* SPDX-License-Identifier: Apache-2.0 */
/* What sfclassify's command line may say. */
#ifndef SFD_TOOLS_SFCLASSIFY_OPTIONS_H
#define SFD_TOOLS_SFCLASSIFY_OPTIONS_H

#include "cli.h"

#include <sfdet/classify.h>

#define SFCLASSIFY "sfclassify"

typedef struct options {
    const char *weights, *config, *cpu;
    bool exact;
    int precision; /* sfd_precision */
    int threads;
    sfd_classify_settings views; /* without callbacks */
    const char *list, *videos;
    const char *csv, *json, *per_class, *names;
    int top;
    bool quiet;
    cli_overrides overrides; /* which `config` has taken in */
} options;

/* CLI_CONTINUE with the operands moved to argv + 1, or an exit status; the overrides are freed by
 * the caller. */
int parse_options(options *o, int argc, char **argv, int *n_operands);

#endif
