#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every lateral connection, and the fast pathway alone, trained by sftrain; the written weights alone tell
# sfdetect which network it was.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/train_data.sh"

train() { # name; its configuration is $tmp/name.yaml
    check $sftrain $data $val $learn -c "$tmp/$1.yaml" -p "$tmp/boxes.csv" -o "$tmp/$1" >/dev/null
    awk -F, 'NR == 2 { first = $3 } END { exit !($3 < first) }' "$tmp/$1/log.csv" || fail "$1: the loss must fall"
    check "$build/sfdetect" -q -w "$tmp/$1/last.safetensors" -p "$tmp/boxes.csv" --labels "$tmp/labels.pbtxt" \
        -o "$tmp/$1.csv" "$videos/a.mp4"
    test -s "$tmp/$1.csv" || fail "$1: no detections"
}

for kind in sample to_channel none "to_channel, LATERAL_MERGE: sum"; do
    name=$(echo "$kind" | tr -dc a-z_)
    sed "s/^SLOWFAST: {/&LATERAL: $kind, /" "$tmp/net.yaml" >"$tmp/$name.yaml"
    train "$name"
done

sed 's/ARCH: slowfast/ARCH: fast/; /^  [NS].*\[\[/s/, [0-9]*\]/]/g' "$tmp/net.yaml" >"$tmp/fast.yaml"
train fast
finish
