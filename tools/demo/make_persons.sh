#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the bundled person detector from nothing: renders the synthetic world, learns to find its people,
# looks for those of another seed, and stores the network in data/demo.
#
#   tools/demo/make_persons.sh [DIR]      # DIR gets 2 GB, and is continued where a run stopped
#
# On two cores that do nothing else: a quarter of an hour of rendering, two hours of training. SFD_BUILD
# names the folder of the programs (build).
set -eu
. "$(dirname "$0")/../script_help.sh"
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

# again COPY: the keyframes of stdin where somebody is wider than tall, with their videos, by another name: people who
# lie are rare.
again() {
    cat >"$work/rows.csv"
    awk -F, '4 * ($5 - $3) > 3 * ($6 - $4) { print $1 "," $2 }' "$work/rows.csv" | sort -u >"$work/lying.txt"
    cut -d, -f1 "$work/lying.txt" | sort -u | while read -r video; do
        ln -f "$work/videos/$video.mp4" "$work/videos/again$1_$video.mp4"
    done
    awk -F, -v copy="$1" 'FNR == NR { lying[$0]; next } ($1 "," $2) in lying { print "again" copy "_" $0 }' \
        "$work/lying.txt" "$work/rows.csv"
}

# with_more_lying FILE...
with_more_lying() {
    cat "$@"
    cat "$@" | again 1
    cat "$@" | again 2
}

# stage NAME OPTION...: where it stopped
stage() {
    run=$work/$1
    shift
    resume=""
    [ ! -f "$run/state.bin" ] || resume=--resume
    "$programs/sftrain" --persons --val-gt "$work/val/val.csv" --videos "$work/videos" --out "$run" --batch 8 \
        --threads 2 --knows "synthetic figures only" "$@" $resume
}

echo "== rendering: people, colours and patterns of both halves of the world"
world wide 21 600 0 --size 426x240 --max-people 6
world four 22 240 0
world other_four 24 110 1 --max-people 5
world other_wide 25 100 1 --size 426x240 --max-people 5
world crowd 31 240 0.1834 --max-people 5
world val 99 60 1
cat "$work/wide/train.csv" "$work/four/train.csv" "$work/other_four/val.csv" "$work/other_wide/val.csv" \
    >"$work/one.csv"
with_more_lying "$work/one.csv" >"$work/two.csv"
with_more_lying "$work/one.csv" "$work/crowd/train.csv" "$work/crowd/val.csv" >"$work/three.csv"

echo "== training: small pictures, larger ones, and more of them"
stage one --gt "$work/one.csv" --side 256 --epochs 30 --lr 0.015
stage two --gt "$work/two.csv" --weights "$work/one/last.safetensors" --side 320 --epochs 12 --lr 0.01
stage three --gt "$work/three.csv" --weights "$work/two/best.safetensors" --side 320 --epochs 8 --lr 0.006

echo "== the bundled network, and whom it finds"
"$programs/sfmodel" convert "$work/three/last.safetensors" --dtype f16 -o data/demo/persons_demo.safetensors
world held 77 60 1
"$programs/sfboxes" --persons data/demo/persons_demo.safetensors --person-threshold 0.01 --quiet \
    -o "$work/found.csv" "$work/held"/videos/*.mp4
"$programs/sfeval" --boxes --gt "$work/held/val.csv" "$work/found.csv"
