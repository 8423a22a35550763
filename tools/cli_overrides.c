/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration keys behind the operands: SECTION.KEY VALUE ... */
#include "cli.h"

#include <sfdet/inspect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is an operand comes before them; a file is one whatever it is called. */
size_t cli_count_operands(const cli_program *p, char **operands, size_t n)
{
    const size_t most = (size_t)p->max_operands;
    for (size_t i = 0; p->overrides && i < n; i++)
        if (i >= most || (sfd_is_config_key(operands[i]) && access(operands[i], F_OK) != 0))
            return i;
    return n;
}

int cli_take_overrides(const cli_program *p, char **words, size_t n)
{
    if (n == 0)
        return CLI_CONTINUE;
    if (!strchr(words[0], '.'))
        return cli_usage_error(p->name, "unexpected argument \"%s\"%s%s", words[0],
                               p->operands ? ", wanted: " : "", p->operands ? p->operands : "");
    if (n % 2 != 0)
        return cli_usage_error(p->name,
                               "%s: a value is missing; keys of the configuration are set "
                               "by SECTION.KEY VALUE",
                               words[n - 1]);
    *p->overrides = (cli_overrides){.words = words, .n = n};
    return CLI_CONTINUE;
}

int cli_override(const char *program, const char **config, cli_overrides *o)
{
    const char *name = *config ? *config : "";
    size_t n_bytes = strlen(name) + 1, at = strlen(name);
    if (o->n == 0)
        return CLI_CONTINUE;
    for (size_t i = 0; i < o->n; i++)
        n_bytes += strlen(o->words[i]) + 1;
    o->text = malloc(n_bytes);
    if (!o->text) {
        cli_warn(program, "out of memory");
        return CLI_FAILED;
    }
    memcpy(o->text, name, at);
    for (size_t i = 0; i < o->n; i += 2)
        at += (size_t)snprintf(o->text + at, n_bytes - at, "\n%s %s", o->words[i], o->words[i + 1]);
    *config = o->text;
    return CLI_CONTINUE;
}

void cli_overrides_free(cli_overrides *o)
{
    free(o->text);
    *o = (cli_overrides){0};
}
