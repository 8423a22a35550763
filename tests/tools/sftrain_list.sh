#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sftrain on lists of labelled videos: learning to tell two made videos apart, stopping and resuming, new
# classes, a frozen backbone, lists that must fail.
set -u
. "$(dirname "$0")/lib.sh"
sftrain="$build/sftrain"
videos=$tmp/videos
mkdir -p "$videos/far away"
check "$build/sfsynth" -q --clip "$videos/room.mp4" --scene room -t 3 --size 96x72 --seed 3
check "$build/sfsynth" -q --clip "$videos/far away/beach.mp4" --scene beach -t 3 --size 96x72 --seed 4
for i in 1 2 3 4; do
    echo "room.mp4 0"
    echo "$videos/far away/beach.mp4 2"
done >"$tmp/train.csv"
printf 'room.mp4,0\r\n\r\nfar away/beach.mp4,2\r\n' >"$tmp/val.csv"
net() {
    cat <<EOF
MODEL: {ARCH: slowfast, NUM_CLASSES: 3}
DATA: {NUM_FRAMES: 8, SAMPLING_RATE: 2, TRAIN_CROP_SIZE: $1, TEST_CROP_SIZE: 64}
SLOWFAST: {ALPHA: 4, BETA_INV: 4, FUSION_CONV_CHANNEL_RATIO: 2, FUSION_KERNEL_SZ: 5}
TEST: {NUM_ENSEMBLE_VIEWS: 2}
RESNET:
  DEPTH: 18
  WIDTH_PER_GROUP: 8
  NUM_BLOCK_TEMP_KERNEL: [[2, 2], [2, 2], [2, 2], [2, 2]]
DETECTION: {ENABLE: $2}
EOF
}
net 64 False >"$tmp/net.yaml"
data="--list $tmp/train.csv --val-list $tmp/val.csv --videos $videos --quiet"
learn="--epochs 12 --batch 4 --lr 0.015 --dropout 0.2 --threads 2 --seed 5"

# --- results
check $sftrain $data $learn -c "$tmp/net.yaml" -o "$tmp/run" >"$tmp/epochs.txt"
[ "$(grep -c '^epoch ' "$tmp/epochs.txt")" -eq 12 ] || fail "a line per epoch"
grep -q '^epoch 12: loss [0-9.]*, top-1 [0-9.]*, top-5 1.0000, mAP [0-9.]*, ' "$tmp/epochs.txt" || fail "accuracy"
[ "$(head -n 1 "$tmp/run/log.csv")" = epoch,rate,loss,top1,top5,mAP,seconds ] || fail "log.csv"
awk -F, 'NR == 2 { first = $3 } END { exit !($3 < first / 2 && $4 == 1) }' "$tmp/run/log.csv" ||
    fail "not learned: $(cat "$tmp/run/log.csv")"
grep -q '>top1<' "$tmp/run/curve.svg" || fail "curve.svg"
check "$build/sfmodel" info "$tmp/run/last.safetensors" >/dev/null

# --- the figures are sfclassify's, in training, and with the weights alone; nothing is written
check "$build/sfclassify" -q -w "$tmp/run/last.safetensors" --list "$tmp/val.csv" --videos "$videos" -o "$tmp/scores.csv" |
    sed -n 's/, mean.*//; 2p; 3p' | paste -s -d, | sed 's/,m/, m/' >"$tmp/want.txt"
figures() { grep '^epoch' "$1" | sed -n '$s/.*\(top-1.*mAP [0-9.]*\).*/\1/p' >"$tmp/got.txt"; }
figures "$tmp/epochs.txt"
check cmp "$tmp/want.txt" "$tmp/got.txt"
check $sftrain --val-list "$tmp/val.csv" --videos "$videos" -q -e 0 -w "$tmp/run/last.safetensors" -o "$tmp/looked" >"$tmp/zero.txt"
figures "$tmp/zero.txt"
check cmp "$tmp/want.txt" "$tmp/got.txt"
grep -q '^epoch 0: validation, top-1 ' "$tmp/zero.txt" || fail "$(cat "$tmp/zero.txt")"
[ -z "$(find "$tmp/looked" -type f)" ] || fail "validation wrote $(find "$tmp/looked" -type f)"
check $sftrain --val-list "$tmp/val.csv" --videos "$videos" -q -e 0 -w "$tmp/run/last.safetensors" -o "$tmp/looked" \
    TEST.NUM_ENSEMBLE_VIEWS 1 TEST.NUM_SPATIAL_CROPS 1 >/dev/null

# --- several labels, where classes do not exclude each other
printf 'room.mp4 0,1\nfar away/beach.mp4 2\n' >"$tmp/several.csv"
check $sftrain --list "$tmp/several.csv" --val-list "$tmp/several.csv" --videos "$videos" -q -c "$tmp/net.yaml" \
    -o "$tmp/several" -e 1 MODEL.HEAD_ACT sigmoid DATA.ENSEMBLE_METHOD max >"$tmp/several.txt"
grep -q 'mAP' "$tmp/several.txt" && ! grep -q 'top-1' "$tmp/several.txt" || fail "$(cat "$tmp/several.txt")"

# --- same seed, same weights; stopped after the first epoch or in it, and resumed
interrupt_after_line $sftrain $data $learn -c "$tmp/net.yaml" -o "$tmp/stopped"
check $sftrain $data $learn -c "$tmp/net.yaml" -o "$tmp/stopped" --resume >/dev/null
check cmp "$tmp/run/last.safetensors" "$tmp/stopped/last.safetensors"

# --- more videos than descriptors
for i in $(seq 60); do
    echo "room.mp4 0"
done >"$tmp/many.csv"
check sh -c 'ulimit -n 40 && exec "$@"' sh $sftrain --list "$tmp/many.csv" --videos "$videos" --quiet --epochs 1 \
    --batch 30 --threads 2 -c "$tmp/net.yaml" -o "$tmp/many" >/dev/null

# --- new classes, alone and with the whole network; from the present folder
echo "room.mp4 4" >"$tmp/own.csv"
for what in none backbone; do
    (cd "$videos" && check $sftrain --list "$tmp/own.csv" --val-list "$tmp/own.csv" --classes 5 --quiet --freeze $what \
        -w "$tmp/run/last.safetensors" --epochs 2 -o "$tmp/own_$what" >"$tmp/own.txt")
    grep -q 'epoch 2: .*top-1' "$tmp/own.txt" || fail "new classes, $what frozen"
done

# --- a frozen backbone is validated in the same views, from features that a second run finds
for i in 1 2; do
    check $sftrain --list "$tmp/train.csv" --val-list "$tmp/val.csv" --videos "$videos" --quiet --freeze backbone \
        -w "$tmp/run/last.safetensors" --epochs 2 -o "$tmp/frozen" --force >"$tmp/frozen$i.txt"
    grep '^epoch' "$tmp/frozen$i.txt" | tail -1 | sed 's/, [0-9.]* s$//' >"$tmp/frozen.last$i"
    stat -c %Y.%i "$tmp/frozen/cache/val.features" >"$tmp/frozen.kept$i"
done
check cmp "$tmp/frozen.last1" "$tmp/frozen.last2"
check cmp "$tmp/frozen.kept1" "$tmp/frozen.kept2"
check "$build/sfclassify" -q -w "$tmp/frozen/last.safetensors" --list "$tmp/val.csv" --videos "$videos" -o "$tmp/scores.csv" |
    sed -n 's/, mean.*//; 2p; 3p' | paste -s -d, | sed 's/,m/, m/' >"$tmp/want.txt"
figures "$tmp/frozen2.txt"
check cmp "$tmp/want.txt" "$tmp/got.txt"
check touch "$videos/room.mp4"
check $sftrain --list "$tmp/train.csv" --val-list "$tmp/val.csv" --videos "$videos" --quiet --freeze backbone \
    -w "$tmp/run/last.safetensors" --epochs 1 -o "$tmp/frozen" --force >/dev/null
stat -c %Y.%i "$tmp/frozen/cache/val.features" >"$tmp/frozen.kept2"
! cmp -s "$tmp/frozen.kept1" "$tmp/frozen.kept2" || fail "features of another file were taken"

# --- a class without a video is named
check $sftrain ${data% --quiet} $learn --epochs 1 -c "$tmp/net.yaml" -o "$tmp/told" 2>"$tmp/told.txt" >/dev/null
grep -q 'no training video has: 1$' "$tmp/told.txt" || fail "no word about the empty class"

# --- bad input
bad() {
    text=$1
    shift
    expect 1 "$text" $sftrain --videos "$videos" --quiet -c "$tmp/net.yaml" -o "$tmp/bad" "$@"
}
echo "room.mp4 3" >"$tmp/bad.csv"
bad 'bad.csv: line 1: label "3" is not an integer from 0 to 2' --list "$tmp/bad.csv"
bad 'bad.csv: line 1: label "3"' --list "$tmp/train.csv" --val-list "$tmp/bad.csv"
printf 'room.mp4 0\nroom.mp4 walk\n' >"$tmp/bad.csv"
bad 'bad.csv: line 2: label "walk"' --list "$tmp/bad.csv"
echo "room.mp4" >"$tmp/bad.csv"
bad "bad.csv: line 1: \"room.mp4\" is not a video's path and a label" --list "$tmp/bad.csv"
echo "room.mp4,0,1" >"$tmp/bad.csv"
bad "bad.csv: line 1: 2 labels" --list "$tmp/bad.csv"
: >"$tmp/bad.csv"
bad "bad.csv: no video" --list "$tmp/bad.csv"
printf 'room.mp4 0\nnowhere.mp4 1\n' >"$tmp/bad.csv"
bad "1 of 2 videos is missing, the first is nowhere.mp4" --list "$tmp/bad.csv"
bad "no labels, boxes or truth" --list "$tmp/train.csv" --labels "$tmp/train.csv"
bad "is no detection network" --gt "$tmp/train.csv"
net 64 True >"$tmp/net.yaml"
bad "is a detection network" --list "$tmp/train.csv"
net 48 False >"$tmp/net.yaml"
bad "measure 2x2, the classifier's window 1" --list "$tmp/train.csv"
bad "nothing is resumed where nothing is learned" --val-list "$tmp/val.csv" -e 0 --resume
bad "there is no validation set" --list "$tmp/train.csv" -e 0 -w "$tmp/run/last.safetensors"
expect 2 "either --gt and --videos or --list" $sftrain -c "$tmp/net.yaml" -o "$tmp/bad"
finish
