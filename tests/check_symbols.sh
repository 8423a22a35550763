#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The shared library exports sfd_ names only. Usage: check_symbols.sh libsfdet.so
set -eu
if nm -D --defined-only "$1" | awk '{print $3}' | sed 's/@.*//' | grep -vE '^(sfd_|_init$|_fini$)'; then
    echo "$1 exports names without the prefix sfd_" >&2
    exit 1
fi
nm -D --defined-only "$1" | grep -q ' T sfd_version' || { echo "$1 exports nothing" >&2; exit 1; }
