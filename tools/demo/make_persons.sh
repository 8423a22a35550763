#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the bundled person detector from nothing: renders the synthetic world, learns to find its people,
# looks for people whom it has never seen, and stores the network in data/demo.
#
#   tools/demo/make_persons.sh [DIR]      # DIR gets 1 GB, and is continued where a run stopped
#
# On two cores that do nothing else: a quarter of an hour of rendering, an hour of training. SFD_BUILD
# names the folder of the programs (build).
set -eu
cd "$(dirname "$0")/../.."
programs=${SFD_BUILD:-build}
work=${1:-persons-training}
mkdir -p "$work/videos"

# world NAME SEED VIDEOS VAL_SHARE [OPTION...]
world() {
    name=$work/$1
    [ -f "$name/labels.pbtxt" ] ||
        "$programs/sfsynth" --out "$name" --seed "$2" --videos "$3" --val-share "$4" --seconds 4 --quiet \
            $(shift 4; echo "$@")
    ln -f "$name/videos/"* "$work/videos"
}

# learn NAME OPTION...: continued where a run stopped
learn() {
    name=$1
    shift
    resume=""
    [ ! -f "$work/$name/state.bin" ] || resume=--resume
    "$programs/sftrain" --persons --gt "$work/train.csv" --val-gt "$work/val/val.csv" \
        --videos "$work/videos" --out "$work/$name" --side 256 --batch 8 --threads 2 \
        --knows "synthetic figures only" "$@" $resume
}

echo "== rendering"
world wide 21 600 0 --size 426x240 --max-people 6
world four 22 240 0
world val 99 60 1
cat "$work/wide/train.csv" "$work/four/train.csv" >"$work/train.csv"

echo "== training, and once more from there"
learn first --epochs 12 --lr 0.015
mkdir -p "$work/second"
[ -e "$work/second/cache" ] || ln -s ../first/cache "$work/second/cache" # the same decoded frames
learn second --weights "$work/first/model.safetensors" --epochs 14 --lr 0.01 --warmup 0.5 --seed 2

echo "== the bundled network, and whom it finds"
"$programs/sfmodel" convert "$work/second/model.safetensors" --dtype f16 -o data/demo/persons_demo.safetensors
for set in val held; do
    [ "$set" = val ] || world held 77 60 1
    "$programs/sfboxes" --persons data/demo/persons_demo.safetensors --person-threshold 0.01 --quiet \
        -o "$work/$set.csv" "$work/$set"/videos/*.mp4
    "$programs/sfeval" --boxes --gt "$work/$set/val.csv" "$work/$set.csv"
done
