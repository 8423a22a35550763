#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs/paper.md: its commands print its figures, and table 1 is what the first of them prints.
set -u
. "$(dirname "$0")/lib.sh"
doc=$(dirname "$0")/../../docs/paper.md

# --- GFLOPs
sed -n 's/^|[^|]*| `\(sfmodel [^`]*\)` | \([0-9.]*\) |.*/\2 \1/p' "$doc" >"$tmp/rows"
[ "$(wc -l <"$tmp/rows")" -ge 20 ] || fail "only $(wc -l <"$tmp/rows") commands in $doc"
while read -r want command; do
    got=$(eval "$build/$command" | awk '/^GFLOPs/ { print $2 }')
    [ "$got" = "$want" ] || fail "$command: $got, not $want"
done <"$tmp/rows"

# --- sizes
"$build/sfmodel" info slowfast_r50_4x16_kinetics --size 224x224 >"$tmp/info"
sed -n 's/^| \([a-z]*[0-9]\) | \([0-9x]*\) | \([0-9x]*\) | `\(.*\)` |$/\1 \2 \3 \4/p' "$doc" >"$tmp/stages"
[ "$(wc -l <"$tmp/stages")" -eq 6 ] || fail "table 1 has $(wc -l <"$tmp/stages") stages"
while read -r stage slow fast layer; do
    for pathway in 0 1; do
        name=$(echo "$layer" | tr '?' $pathway)
        got=$(awk -v name="$name" '$1 == name { for (i = 3; i <= NF; i++) if ($i ~ /x.*x.*x/) size = $i; print size }' \
            "$tmp/info")
        [ "$got" = "$slow" ] || fail "$stage, $name: $got, not $slow"
        slow=$fast
    done
done <"$tmp/stages"

finish
