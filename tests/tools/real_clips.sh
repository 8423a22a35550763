#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfdetect on real clips (H.264 with sound at 29.97 and 28 frames a second), where they are at hand.
set -u
. "$(dirname "$0")/lib.sh"
clips=${SFD_SHARED:-../../../shared}/clips
if [ ! -r "$clips/basketball.mp4" ] || [ ! -r "$clips/armwrestling.mp4" ]; then
    echo "no clips in $clips: skipped"
    exit 77
fi
sed 's/^basketball,/armwrestling,/' "$clips/basketball_boxes.csv" |
    cat "$clips/basketball_boxes.csv" - >"$tmp/boxes.csv"
check "$build/sfdetect" --quiet -w golden/sf_r50/weights.safetensors -c golden/sf_r50/config.yaml \
    -p "$tmp/boxes.csv" -o "$tmp/out.csv" -k "$tmp/pictures" "$clips/basketball.mp4" \
    "$clips/armwrestling.mp4"
for clip in basketball armwrestling; do
    [ "$(grep -c "^$clip," "$tmp/out.csv")" -eq 1440 ] || fail "$clip: 9 keyframes of 2 boxes wanted"
    [ "$(grep "^$clip," "$tmp/out.csv" | cut -d, -f2 | uniq | wc -l)" -eq 9 ] || fail "$clip: order"
    [ "$(ls "$tmp/pictures" | grep -c "^${clip}_000[1-9].png$")" -eq 9 ] || fail "$clip: pictures"
    check "$build/sfrender" --quiet -d "$tmp/out.csv" -r "$tmp/$clip.mp4" "$clips/$clip.mp4"
done
finish
