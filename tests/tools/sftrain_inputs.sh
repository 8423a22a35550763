#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fast pathways that are shown less: gray, differences in time, half the size. Each learns, from boxes and from a
# list of videos, and its weights tell what it is shown.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/train_data.sh"
for id in a b c d; do
    printf '%s.mp4 %d\n' "$id" $(($(printf '%d' "'$id") % 4))
done >"$tmp/list.txt"

try() {
    name=$1 keys=$2 told=$3
    sed "s/^SLOWFAST: {/&$keys, /" "$tmp/net.yaml" >"$tmp/$name.yaml"
    check $sftrain $data $val $learn -c "$tmp/$name.yaml" -p "$tmp/boxes.csv" -o "$tmp/$name" >/dev/null
    awk -F, 'NR == 2 { first = $3 } END { exit !($3 < first) }' "$tmp/$name/log.csv" || fail "$name: the loss must fall"
    check "$build/sfmodel" info "$tmp/$name/last.safetensors" >"$tmp/info"
    grep -q "^fast pathway: $told\$" "$tmp/info" || fail "$name: $(grep pathway: "$tmp/info")"
    for threads in 1 2; do
        check "$build/sfdetect" -q --threads $threads -w "$tmp/$name/last.safetensors" -p "$tmp/boxes.csv" \
            --labels "$tmp/labels.pbtxt" -o "$tmp/dets$threads.csv" "$videos/a.mp4"
    done
    check test -s "$tmp/dets1.csv"
    check cmp "$tmp/dets1.csv" "$tmp/dets2.csv"

    sed 's/ENABLE: True/ENABLE: False/; s/HEAD_ACT: sigmoid/HEAD_ACT: softmax/; s/CROP_SIZE: 48/CROP_SIZE: 64/g
         s/\[1, 1\]\]$/[2, 2]]/; /DILATIONS/d' "$tmp/$name.yaml" >"$tmp/clips.yaml"
    check $sftrain --list "$tmp/list.txt" --val-list "$tmp/list.txt" --videos "$videos" --quiet --epochs 1 --batch 2 \
        --lr 0.01 --threads 2 -c "$tmp/clips.yaml" -o "$tmp/clips_$name" >/dev/null
}
try gray "FAST_INPUT: gray" "gray pictures"
try difference "FAST_INPUT: time_difference" "differences in time"
try half "FAST_SHRINK: 2" "the same pictures, half as large"
try half_gray "FAST_INPUT: gray, FAST_SHRINK: 2" "gray pictures, half as large"
finish
