#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Trains a network nine times as large as the bundled one from nothing, on the synthetic world, and tells what bf16 and
# 8-bit integers cost it on people whom it has not seen.
#
#   tools/demo/make_larger.sh [DIR]      # DIR gets some 3 GB, and is continued where a run stopped
#
# On two cores rendering takes a quarter of an hour, training half an hour. Its weights are not bundled. The world is that
# of tools/paper/make_tables.sh, whose folder may be given. SFD_BUILD names the folder of the programs (build).
set -eu
. "$(dirname "$0")/../script_help.sh"
cd "$(dirname "$0")/../.."
programs=${SFD_BUILD:-build}
work=${1:-larger-training}
val=$work/val
run=$work/larger
mkdir -p "$work"

# world DIR SEED VIDEOS VAL_SHARE
world() {
    [ -f "$1/labels.pbtxt" ] || "$programs/sfsynth" --out "$1" --seed "$2" --videos "$3" --val-share "$4" \
        --seconds 10 --quiet
}

echo "== rendering"
world "$work/train" 11 240 0
world "$val" 99 60 1
if [ ! -d "$work/videos" ]; then
    mkdir "$work/videos"
    ln -f "$work/train/videos/"* "$val/videos/"* "$work/videos"
fi

echo "== training"
"$programs/sftrain" --config tools/demo/larger.yaml --videos "$work/videos" --gt "$work/train/train.csv" \
    --proposals "$work/train/train_boxes.csv" --labels "$val/labels.pbtxt" --epochs 10 --lr 1 --dropout 0 \
    --max-side 72 --out "$run" --resume

echo "== precisions"
# scales from what was trained on
find "$work/train/videos/" -name '*.mp4' | sort | head -n 12 >"$run/clips.txt"
# shellcheck disable=SC2046
"$programs/sfmodel" quantise "$run/last.safetensors" $(cat "$run/clips.txt") --proposals "$work/train/train_boxes.csv" \
    -o "$run/last.int8.safetensors"
for other in "$run/last.safetensors --precision-b bf16" "$run/last.int8.safetensors"; do
    # shellcheck disable=SC2086
    "$programs/sfmodel" compare "$run/last.safetensors" $other --gt "$val/val.csv" --exclude "$val/val_excluded.csv" \
        --proposals "$val/val_boxes.csv" --labels "$val/labels.pbtxt" "$val"/videos/*.mp4
done
