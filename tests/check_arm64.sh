#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: tests/check_arm64.sh found|given|whole HERE EMULATOR... ARM64
#
# The demo's clip by sfdetect ARM64 under the emulator and by HERE, this machine's: persons found at one keyframe, boxes
# given for one, or all ten keyframes with persons followed (minutes). Boxes must be the same to 0.0001 of the picture's
# side, scores to 2e-5. Skipped without HERE.
set -eu
cd "$(dirname "$0")/.."
what=$1
here=$2
shift 2
[ -x "$here" ] || { echo "no $here to compare with"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

case $what in
found) options="--every 10" ;;
given)
    grep '^street,0005,' data/demo/street_boxes.csv >"$tmp/boxes.csv"
    options="--proposals $tmp/boxes.csv"
    ;;
whole) options=--track ;;
esac
# shellcheck disable=SC2086
"$here" --quiet $options -o "$tmp/here.csv" data/demo/street.mp4
# shellcheck disable=SC2086
"$@" --quiet $options -o "$tmp/arm64.csv" data/demo/street.mp4
# Rows in the same order, with the same names, times and actions.
paste -d, "$tmp/here.csv" "$tmp/arm64.csv" | awk -F, -v what="$what" '
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
