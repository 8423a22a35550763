#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What sound adds: SlowFast and its twin that listens, on the synthetic world with sound; same videos and budget, three
# seeds. Classes that ears tell apart and the others are averaged apart.
#
#   tools/paper/make_sound.sh [--quick] [DIR]      # DIR gets some 2 GB, and is continued where a run stopped
#
# Writes DIR/ap.csv (network,seed,class,AP), DIR/sound.md (AP of each class and the means), and the latter into
# docs/paper.md, with the last seed's figure, docs/images/sound.svg; with --quick only into DIR, from a world of a few
# seconds: whether everything runs. On two cores that do nothing else rendering takes five minutes and each of the six
# runs about as long. SFD_BUILD names the folder of the programs (build).
set -eu
. "$(dirname "$0")/../script_help.sh"
cd "$(dirname "$0")/../.."
programs=${SFD_BUILD:-build}
videos=120 val_videos=60 seconds=10 epochs=12 seeds="1 2 3" quick=""
if [ "${1:-}" = --quick ]; then
    quick=yes videos=4 val_videos=3 seconds=3 epochs=1 seeds="1 2"
    shift
fi
work=${1:-paper-sound}
here=tools/paper
val=$work/val
heard="41 67 74 77 79" # play musical instrument, hand clap, listen to, sing to, talk to: docs/synth.md
mkdir -p "$work"

# ---------------------------------------------------------------------- the world

# world DIR SEED VIDEOS VAL_SHARE
world() {
    [ -f "$1/labels.pbtxt" ] || "$programs/sfsynth" --out "$1" --seed "$2" --videos "$3" --val-share "$4" \
        --seconds "$seconds" --size 160x120 --max-people 2 --sound --quiet
}

echo "== rendering"
world "$work/train" 11 "$videos" 0
world "$val" 99 "$val_videos" 1
mkdir -p "$work/videos"
ln -f "$work/train/videos/"* "$val/videos/"* "$work/videos"

# ---------------------------------------------------------------------- the twins

# learn NETWORK SEED: trains, looks (and listens), writes run/ap.txt: class and AP
learn() {
    run=$work/$1_$2
    network=$1 seed=$2
    resume=""
    [ ! -f "$run/state.bin" ] || resume=--resume
    mkdir -p "$run" "$work/cache"
    [ -e "$run/cache" ] || ln -s ../cache "$run/cache" # the same decoded frames and sound
    "$programs/sftrain" --quiet --config "$here/$network.yaml" --videos "$work/videos" --gt "$work/train/train.csv" \
        --proposals "$work/train/train_boxes.csv" --labels "$val/labels.pbtxt" --epochs "$epochs" --lr 1 \
        --dropout 0 --max-side 72 --seed "$seed" --out "$run" $resume
    # 3: somebody who is alone in a video was missed by the proposals throughout, and so has no boxes
    "$programs/sfdetect" --quiet --weights "$run/last.safetensors" --proposals "$val/val_boxes.csv" \
        -o "$run/val.csv" "$val"/videos/*.mp4 || [ $? -eq 3 ]
    "$programs/sfeval" --gt "$val/val.csv" --exclude "$val/val_excluded.csv" --labels "$val/labels.pbtxt" \
        "$run/val.csv" | awk '$1 ~ /^[0-9]+$/ && $NF ~ /^[01][.][0-9]+$/ {
            name = $2
            for (i = 3; i < NF - 1; i++) name = name " " $i
            print $1 "|" name "|" $NF }' >"$run/ap.part"
    mv "$run/ap.part" "$run/ap.txt"
}

echo "== training"
for seed in $seeds; do
    for network in slowfast avslowfast; do
        [ ! -s "$work/${network}_$seed/ap.txt" ] || continue
        begin=$(date +%s)
        learn "$network" "$seed"
        echo "$network, seed $seed: $((($(date +%s) - begin + 30) / 60)) minutes"
    done
done

# ---------------------------------------------------------------------- the table

echo "network,seed,class,AP" >"$work/ap.csv"
for seed in $seeds; do
    for network in slowfast avslowfast; do
        awk -F'|' -v run="$network,$seed" '{ print run "," $1 "," $3 }' "$work/${network}_$seed/ap.txt" >>"$work/ap.csv"
    done
done
sort -n "$work"/*_*/ap.txt | cut -d'|' -f1,2 | uniq >"$work/names.txt"
awk -v heard=" $heard " -f "$here/sound.awk" "$work/names.txt" "$work/ap.csv" >"$work/sound.md"
if [ -z "$quick" ]; then
    last=${seeds##* }
    cp "$work/slowfast_$last/val.csv" "$work/SlowFast.csv"
    cp "$work/avslowfast_$last/val.csv" "$work/audiovisual.csv"
    "$programs/sfeval" --gt "$val/val.csv" --exclude "$val/val_excluded.csv" --labels "$val/labels.pbtxt" \
        --dialect pyslowfast --plot docs/images/sound.svg "$work/SlowFast.csv" "$work/audiovisual.csv" >"$work/last.txt"
    awk -v from="$work/sound.md" '/^<!-- end of heard/ { on = 0 } !on { print }
        /^<!-- heard/ { on = 1; print ""; while ((getline line < from) > 0) print line; print "" }' docs/paper.md \
        >"$work/paper.md"
    cp "$work/paper.md" docs/paper.md
fi
cat "$work/sound.md"
