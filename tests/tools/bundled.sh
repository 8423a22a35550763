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

# --- a summary says so, too
check "$build/sfdetect" -q $demo/street.mp4 >"$tmp/words"
[ "$(tail -1 "$tmp/words")" = "(found and labelled by the bundled networks, which know synthetic figures only)" ] ||
    fail "$(cat "$tmp/words")"
check "$build/sfdetect" -q -p $demo/street_boxes.csv $demo/street.mp4 >"$tmp/words"
grep -q '^(labelled by the bundled network, ' "$tmp/words" || fail "$(cat "$tmp/words")"

# --- the detector of persons: small, read by itself, and right about the bundled clip
persons=$demo/persons_demo.safetensors
[ "$(wc -c <$persons)" -le 2000000 ] || fail "$persons has more than 2 MB"
check "$build/sfboxes" --quiet --persons $persons -o "$tmp/boxes.csv" $demo/street.mp4
# shares of the clip's people that are found with an IoU of 0.5, and of the boxes that are right
awk -F, '
function least(a, b) { return a < b ? a : b }
function most(a, b) { return a > b ? a : b }
function iou(a, b,   u, v, w, h, both) {
    split(a, u, ","); split(b, v, ",")
    w = least(u[3], v[3]) - most(u[1], v[1]); h = least(u[4], v[4]) - most(u[2], v[2])
    both = w > 0 && h > 0 ? w * h : 0
    return both / ((u[3] - u[1]) * (u[4] - u[2]) + (v[3] - v[1]) * (v[4] - v[2]) - both)
}
{ box = $3 "," $4 "," $5 "," $6 }
FNR == NR { if (!((k = $2 + 0 " " box) in seen)) { seen[k]; time[++n] = $2 + 0; truth[n] = box } next }
$2 >= 1 { n_boxes++; for (i = 1; i <= n; i++) if (time[i] == $2 + 0 && iou(truth[i], box) >= 0.5) found[i] }
END { for (i in found) n_found++; print n, n_found, n_boxes; exit !(n_found >= 0.75 * n && n_boxes <= 1.3 * n) }
' $demo/street.csv "$tmp/boxes.csv" >"$tmp/counts" || fail "people, found, boxes: $(cat "$tmp/counts")"

# --- each network as the other
expect 1 "it is for --persons" $build/sfdetect -q -w $persons $demo/street.mp4
expect 1 "it is for sfdetect --weights" $build/sfdetect -q --persons $model $demo/street.mp4
expect 1 "it is for sfdetect --weights" $build/sfboxes -q --persons $model $demo/street.mp4
expect 1 "download https://github.com/Megvii-BaseDetection/YOLOX/" $build/sfboxes -q --persons yolox_s $demo/street.mp4
expect 1 "/yolox_tiny.pth into " $build/sfdetect -q --persons models/yolox_tiny.pth $demo/street.mp4

# --- a program without its data
cp "$build/sfdetect" "$tmp/alone"
export LD_LIBRARY_PATH=$build
expect 2 "--weights FILE is needed" "$tmp/alone" -p $demo/street_boxes.csv $demo/street.mp4
unset LD_LIBRARY_PATH
finish
