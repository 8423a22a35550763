/* SPDX-License-Identifier: Apache-2.0 */
/* --help and --help-all, from the option table. */
#include "cli_help.h"

#include <stdio.h>
#include <string.h>

#define HELP_COLUMN 26
#define HELP_WIDTH  96

/* Words of `text` between `column` and HELP_WIDTH; the cursor stands at `at`. */
static void print_wrapped(const char *text, int column, int at)
{
    while (*text) {
        int n = (int)strcspn(text, " \n");
        if (at > column && at + n + 1 > HELP_WIDTH) {
            putchar('\n');
            at = 0;
        }
        if (at < column)
            at += printf("%*s", column - at, "");
        else if (at > column)
            at += printf(" ");
        at += printf("%.*s", n, text);
        text += n;
        if (*text == '\n') {
            putchar('\n');
            at = 0;
        }
        text += *text != '\0';
    }
    putchar('\n');
}

static void print_option(const char *name, char letter, const char *argument, const char *help)
{
    char left[80];
    if (letter)
        snprintf(left, sizeof left, "  -%c, %s%s%s", letter, name, argument ? " " : "",
                 argument ? argument : "");
    else
        snprintf(left, sizeof left, "  %s%s%s", name, argument ? " " : "",
                 argument ? argument : "");
    int at = printf("%s", left);
    if (at + 2 > HELP_COLUMN) {
        putchar('\n');
        at = 0;
    }
    print_wrapped(help, HELP_COLUMN, at);
}

static void print_usage(const cli_program *p)
{
    printf("Usage: %s [options]%s%s%s\n\n", p->name, p->operands ? " " : "",
           p->operands ? p->operands : "", p->overrides ? " [SECTION.KEY VALUE]..." : "");
    print_wrapped(p->summary, 0, 0);
}

static bool has_brief(const cli_program *p)
{
    for (const cli_option *o = p->options; o->name; o++)
        if (o->brief)
            return true;
    return false;
}

int cli_help_all(const cli_program *p)
{
    const bool brief = has_brief(p);
    bool headed = false;
    print_usage(p);
    for (const cli_option *o = p->options; o->name; o++) {
        if (o->kind == CLI_HEADING || !headed)
            printf("\n%s:\n", o->kind == CLI_HEADING ? o->name : "Options");
        headed = true;
        if (o->kind == CLI_HEADING)
            continue;
        print_option(o->name, o->letter, o->argument, o->help);
        for (int i = 0; o->choices && o->choices[i]; i++)
            printf("%*s%s%s\n", HELP_COLUMN + 2, "", o->choices[i],
                   i == *(const int *)o->value ? " (default)" : "");
    }
    printf("\nGeneral:\n");
    print_option("--help", 'h', NULL, brief ? "print the everyday options" : "print this text");
    if (brief)
        print_option("--help-all", 0, NULL, "print this text");
    print_option("--version", 0, NULL, "print the version");
    if (p->notes)
        printf("\n%s\n", p->notes);
    return cli_finish_stdout(p->name, CLI_DONE);
}

int cli_help(const cli_program *p)
{
    size_t n = 0;
    char text[64];
    if (!has_brief(p))
        return cli_help_all(p);
    print_usage(p);
    printf("\nEveryday options:\n");
    for (const cli_option *o = p->options; o->name; o++) {
        n += o->kind != CLI_HEADING;
        if (o->brief)
            print_option(o->name, o->letter, o->argument, o->brief);
    }
    snprintf(text, sizeof text, "print all %zu options, and what the exit status means", n);
    printf("\n");
    print_option("--help", 'h', NULL, "print this text");
    print_option("--help-all", 0, NULL, text);
    print_option("--version", 0, NULL, "print the version");
    const char *examples = p->notes ? strstr(p->notes, "\nExample") : NULL;
    if (examples)
        printf("%s\n", examples);
    return cli_finish_stdout(p->name, CLI_DONE);
}
