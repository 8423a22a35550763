#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the build does not enforce by itself (there, each folder sees only the headers of those that it USES):
# libav* belongs to media/; the programs see the public headers only; the library neither prints nor exits.
set -eu
cd "$(dirname "$0")/.."
failed=0

forbid() {
    if grep -rnE "$1" $2; then
        echo "$3" >&2
        failed=1
    fi
}
forbid '#include "[a-z]+/' "tools examples" "programs include <sfdet/...> only"
forbid '#include <lib(av|sw)' "$(ls -d src/*/ | grep -v media)" "FFmpeg belongs to src/media"
forbid '\b(printf|puts|exit|abort)\(' "src" "the library neither prints nor exits"
forbid '"[^"]*--[a-z]' "src" "messages of the library name no options: the programs word those"
forbid '\b(f?printf|puts|fputs|putchar|fputc|putc|perror)\(' "$(ls tools/*.c | grep -v tools/cli.c)" \
    "programs print through cli_print, cli_note and cli_warn, which clean what comes from files"

exit $failed
