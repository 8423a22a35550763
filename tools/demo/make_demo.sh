#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the bundled demo network from nothing: renders the synthetic world, trains SlowFast and its
# Slow-only twin on it, scores both on people whom neither has seen, and stores the first in data/demo.
#
#   tools/demo/make_demo.sh [DIR]      # DIR gets some 5 GB, and is continued where a run stopped
#
# On two cores rendering takes ten minutes, SlowFast an hour and a half, the twin three quarters of an
# hour. SFD_BUILD names the folder of the programs (build).
set -eu
. "$(dirname "$0")/../script_help.sh"
cd "$(dirname "$0")/../.."
programs=${SFD_BUILD:-build}
work=${1:-demo-training}
val=$work/val
mkdir -p "$work"

# world DIR SEED VIDEOS VAL_SHARE
world() {
    [ -f "$1/labels.pbtxt" ] ||
        "$programs/sfsynth" --out "$1" --seed "$2" --videos "$3" --val-share "$4" --quiet
}

# learn NAME: tools/demo/NAME.yaml, continued where a run stopped
learn() {
    resume=""
    [ ! -f "$work/$1/state.bin" ] || resume=--resume
    "$programs/sftrain" --config "tools/demo/$1.yaml" --videos "$work/videos" \
        --gt "$work/train.csv" --proposals "$work/train_boxes.csv" --labels "$val/labels.pbtxt" \
        --val-gt "$val/val.csv" --val-proposals "$val/val_boxes.csv" \
        --epochs 20 --lr 1 --dropout 0 --max-side 108 --out "$work/$1" $resume
}

# detect NAME: the validation videos, which have other people, colours and patterns
detect() {
    "$programs/sfdetect" --weights "$work/$1/last.safetensors" --proposals "$val/val_boxes.csv" \
        --quiet -o "$work/$1.csv" "$val"/videos/*.mp4
}

echo "== rendering" # the halves side by side
world "$work/first" 11 300 0 &
world "$work/second" 12 300 0
wait
world "$val" 99 60 1
mkdir -p "$work/videos"
ln -f "$work/first/videos/"* "$work/second/videos/"* "$val/videos/"* "$work/videos"
for table in train.csv train_boxes.csv; do
    cat "$work/first/$table" "$work/second/$table" >"$work/$table"
done

echo "== training SlowFast"
learn slowfast
echo "== training its Slow-only twin"
mkdir -p "$work/slow"
[ -e "$work/slow/cache" ] || ln -s ../slowfast/cache "$work/slow/cache" # the same decoded frames
learn slow

echo "== the bundled network, and both on the validation videos"
"$programs/sfmodel" convert "$work/slowfast/last.safetensors" --dtype f16 \
    -o data/demo/slowfast_demo.safetensors
detect slow
detect slowfast
"$programs/sfeval" --gt "$val/val.csv" --exclude "$val/val_excluded.csv" --labels "$val/labels.pbtxt" \
    --plot docs/images/twins.svg "$work/slow.csv" "$work/slowfast.csv"
