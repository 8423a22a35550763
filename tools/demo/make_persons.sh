#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the bundled person detector from nothing: renders the synthetic world, learns to find its people,
# looks for those of another seed, and stores the network in data/demo.
#
#   tools/demo/make_persons.sh [DIR]      # DIR gets 1.5 GB, and is continued where a run stopped
#
# On two cores that do nothing else: ten minutes of rendering, an hour of training. SFD_BUILD
# names the folder of the programs (build).
set -eu
cd "$(dirname "$0")/../.."
programs=${SFD_BUILD:-build}
work=${1:-persons-training}
mkdir -p "$work/videos"

# world NAME SEED VIDEOS VAL_SHARE [OPTION...]
world() {
    name=$work/$1 seed=$2 videos=$3 share=$4
    shift 4
    [ -f "$name/labels.pbtxt" ] ||
        "$programs/sfsynth" --out "$name" --seed "$seed" --videos "$videos" --val-share "$share" \
            --seconds 4 --quiet "$@"
    ln -f "$name/videos/"* "$work/videos"
}

echo "== rendering: people, colours and patterns of both halves of the world"
world wide 21 600 0 --size 426x240 --max-people 6
world four 22 240 0
world other_four 24 110 1 --max-people 5
world other_wide 25 100 1 --size 426x240 --max-people 5
world val 99 60 1
cat "$work/wide/train.csv" "$work/four/train.csv" "$work/other_four/val.csv" "$work/other_wide/val.csv" \
    >"$work/train.csv"

echo "== training"
resume=""
[ ! -f "$work/run/state.bin" ] || resume=--resume
"$programs/sftrain" --persons --gt "$work/train.csv" --val-gt "$work/val/val.csv" --videos "$work/videos" \
    --out "$work/run" --side 256 --batch 8 --threads 2 --epochs 30 --lr 0.015 \
    --knows "synthetic figures only" $resume

echo "== the bundled network, and whom it finds"
"$programs/sfmodel" convert "$work/run/model.safetensors" --dtype f16 -o data/demo/persons_demo.safetensors
world held 77 60 1
"$programs/sfboxes" --persons data/demo/persons_demo.safetensors --person-threshold 0.01 --quiet \
    -o "$work/found.csv" "$work/held"/videos/*.mp4
"$programs/sfeval" --boxes --gt "$work/held/val.csv" "$work/found.csv"
