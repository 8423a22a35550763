#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Doxygen has nothing to remark about the public headers: every function, struct and member is
# documented. Usage: check_reference.sh Doxyfile
set -eu
command -v doxygen >/dev/null || { echo "no doxygen here" >&2; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
{ cat "$1"; echo "OUTPUT_DIRECTORY = $tmp"; } >"$tmp/Doxyfile"
doxygen "$tmp/Doxyfile" >"$tmp/log" 2>&1
[ -s "$tmp/html/detect_8h.html" ] || { echo "no reference was made" >&2; exit 1; }
if [ -s "$tmp/log" ]; then
    cat "$tmp/log" >&2
    exit 1
fi
