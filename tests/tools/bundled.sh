#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The bundled network is what sfdetect takes without --weights, and right about the bundled clip.
set -u
. "$(dirname "$0")/lib.sh"
demo=../../data/demo
model=$demo/slowfast_demo.safetensors
detect="$build/sfdetect -p $demo/street_boxes.csv -o $tmp/dets.csv"

[ "$(wc -c <$model)" -le 4000000 ] || fail "$model has more than 4 MB"
check $detect $demo/street.mp4 2>"$tmp/words"
[ "$(grep -c 'knows synthetic figures only' "$tmp/words")" -eq 1 ] || fail "$(cat "$tmp/words")"
grep -q 'sfmodel zoo' "$tmp/words" || fail "where published checkpoints are"
check "$build/sfeval" --gt $demo/street.csv --labels $demo/labels.pbtxt --json "$tmp/scores.json" \
    "$tmp/dets.csv" >/dev/null
mean=$(sed -n 's/^.*"mAP":[^0-9]*\([0-9.]*\),$/\1/p' "$tmp/scores.json")
awk -v mean="$mean" 'BEGIN { exit !(mean > 0.8) }' || fail "mAP $mean on the bundled clip"

cp "$tmp/dets.csv" "$tmp/default.csv"
check $detect -q -w $model $demo/street.mp4 2>"$tmp/words"
check cmp "$tmp/default.csv" "$tmp/dets.csv"
[ ! -s "$tmp/words" ] || fail "--quiet says $(cat "$tmp/words")"

# a program without its data
cp "$build/sfdetect" "$tmp/alone"
export LD_LIBRARY_PATH=$build
expect 2 "--weights FILE is needed" "$tmp/alone" -p $demo/street_boxes.csv $demo/street.mp4
unset LD_LIBRARY_PATH
finish
