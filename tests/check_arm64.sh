#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: tests/check_arm64.sh HERE EMULATOR... ARM64
#
# The demo's clip by sfdetect ARM64 under the emulator and by HERE, this machine's: persons found and followed, then boxes
# that are given. Boxes must be the same to 0.0001 of the picture's side, scores to 2e-5. Skipped without HERE.
set -eu
cd "$(dirname "$0")/.."
here=$1
shift
[ -x "$here" ] || { echo "no $here to compare with"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Rows in the same order, with the same names, times and actions.
compare()
{
    paste -d, "$tmp/here.csv" "$tmp/arm64.csv" | awk -F, -v what="$1" '
        function off(a, b) { return a > b ? a - b : b - a }
        NF != 16 { print "line " NR ": " $0; exit bad = 1 }
        { n = NF / 2 }
        $1 != $(n + 1) || $2 != $(n + 2) || $7 != $(n + 7) { print "line " NR ": " $0; exit bad = 1 }
        { for (i = 3; i <= 6; i++) if (off($i, $(n + i)) > box) box = off($i, $(n + i)) }
        { if (off($8, $(n + 8)) > score) score = off($8, $(n + 8)) }
        END {
            printf "%s: %d scores, boxes differ by %g, scores by %g\n", what, NR, box, score
            exit bad || NR < 100 || !(box <= 1e-4) || !(score <= 2e-5)
        }'
}

clip=data/demo/street.mp4
"$here" --quiet --track -o "$tmp/here.csv" $clip
"$@" --quiet --track -o "$tmp/arm64.csv" $clip
compare followed
"$here" --quiet --proposals data/demo/street_boxes.csv -o "$tmp/here.csv" $clip
"$@" --quiet --proposals data/demo/street_boxes.csv -o "$tmp/arm64.csv" $clip
compare given
