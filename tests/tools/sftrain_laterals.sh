#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every lateral connection trained by sftrain; the written weights alone tell sfdetect which it was.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/train_data.sh"

for kind in sample to_channel none "to_channel, LATERAL_MERGE: sum"; do
    name=$(echo "$kind" | tr -dc a-z_)
    sed "s/^SLOWFAST: {/&LATERAL: $kind, /" "$tmp/net.yaml" >"$tmp/$name.yaml"
    check $sftrain $data $val $learn -c "$tmp/$name.yaml" -p "$tmp/boxes.csv" -o "$tmp/$name" >/dev/null
    awk -F, 'NR == 2 { first = $3 } END { exit !($3 < first) }' "$tmp/$name/log.csv" ||
        fail "$kind: the loss must fall"
    check "$build/sfdetect" -q -w "$tmp/$name/model.safetensors" -p "$tmp/boxes.csv" \
        --labels "$tmp/labels.pbtxt" -o "$tmp/$name.csv" "$videos/a.mp4"
    test -s "$tmp/$name.csv" || fail "$kind: no detections"
done
finish
