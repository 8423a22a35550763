#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sftrain run as a user would, on made clips and a small network: training, stopping and resuming, a
# frozen backbone, calls that must fail.
set -u
. "$(dirname "$0")/lib.sh"
videos=$tmp/videos
mkdir "$videos"
for id in a b c d; do
    check "$build/tests/tools/make_clip" "$videos/$id.mp4" 96 72 70 30
done
for id in a b c d; do
    for second in 0 1 2; do
        echo "$id,$second,0.100,0.200,0.500,0.900,$((1 + (second & 1))),0"
        echo "$id,$second,0.100,0.200,0.500,0.900,3,0"
        echo "$id,$second,0.500,0.100,0.900,0.950,3,1"
    done
done >"$tmp/gt.csv"
sed 's/^\([^,]*,[^,]*\),0.100,\([^,]*,[^,]*,[^,]*\),.*/\1,0.110,\2,,0.9/; s/,3,1$/,,0.95/' "$tmp/gt.csv" |
    sort -u >"$tmp/boxes.csv"
cat >"$tmp/labels.pbtxt" <<EOF
item {
  name: "stand"
  id: 1
}
item {
  name: "sit"
  id: 2
}
item {
  name: "walk"
  id: 3
}
item {
  name: "never seen"
  id: 4
}
EOF
cat >"$tmp/net.yaml" <<EOF
MODEL: {ARCH: slowfast, NUM_CLASSES: 4, HEAD_ACT: sigmoid}
DATA: {NUM_FRAMES: 8, SAMPLING_RATE: 2, TRAIN_CROP_SIZE: 48, TEST_CROP_SIZE: 48}
DETECTION: {ENABLE: True, ALIGNED: True}
SLOWFAST: {ALPHA: 4, BETA_INV: 4, FUSION_CONV_CHANNEL_RATIO: 2, FUSION_KERNEL_SZ: 5}
RESNET:
  DEPTH: 18
  WIDTH_PER_GROUP: 8
  NUM_BLOCK_TEMP_KERNEL: [[2, 2], [2, 2], [2, 2], [2, 2]]
  SPATIAL_STRIDES: [[1, 1], [2, 2], [2, 2], [1, 1]]
  SPATIAL_DILATIONS: [[1, 1], [1, 1], [1, 1], [2, 2]]
EOF
data="--gt $tmp/gt.csv --videos $videos --labels $tmp/labels.pbtxt --quiet"
val="--val-gt $tmp/gt.csv --val-proposals $tmp/boxes.csv"
learn="--epochs 3 --batch 4 --lr 0.05 --threads 2 --seed 5"
sftrain="$build/sftrain"

# --- results
check $sftrain $data $val $learn -c "$tmp/net.yaml" -p "$tmp/boxes.csv" -o "$tmp/run" >"$tmp/epochs.txt"
[ "$(wc -l <"$tmp/epochs.txt")" -eq 3 ] || fail "a line per epoch"
[ "$(wc -l <"$tmp/run/log.csv")" -eq 4 ] || fail "log.csv"
grep -q '</svg>' "$tmp/run/curve.svg" || fail "curve.svg"
awk -F, 'NR == 2 { first = $3 } END { exit !($3 < first) }' "$tmp/run/log.csv" || fail "the loss must fall"
check "$build/sfdetect" -q -w "$tmp/run/model.safetensors" -p "$tmp/boxes.csv" --labels "$tmp/labels.pbtxt" \
    -o "$tmp/dets.csv" "$videos/a.mp4"

# --- same seed, same weights; another seed, others
check $sftrain $data $val $learn -c "$tmp/net.yaml" -p "$tmp/boxes.csv" -o "$tmp/again" >/dev/null
check cmp "$tmp/run/model.safetensors" "$tmp/again/model.safetensors"
check $sftrain $data $learn --seed 6 -c "$tmp/net.yaml" -p "$tmp/boxes.csv" -o "$tmp/other" >/dev/null
cmp -s "$tmp/run/model.safetensors" "$tmp/other/model.safetensors" && fail "the seed has no effect"

# --- stopped after the first epoch or in it, and resumed
$sftrain $data $val $learn -c "$tmp/net.yaml" -p "$tmp/boxes.csv" -o "$tmp/stopped" >"$tmp/lines" &
pid=$!
for i in $(seq 300); do
    [ -s "$tmp/lines" ] && break
    sleep 0.1
done
kill -INT $pid 2>/dev/null
wait $pid
check $sftrain $data $val $learn -c "$tmp/net.yaml" -p "$tmp/boxes.csv" -o "$tmp/stopped" --resume >/dev/null
check cmp "$tmp/run/model.safetensors" "$tmp/stopped/model.safetensors"

# --- frozen backbone: the second run finds its features
for i in 1 2; do
    check $sftrain $data $val $learn -w "$tmp/run/model.safetensors" --freeze backbone \
        -p "$tmp/boxes.csv" -o "$tmp/frozen" >"$tmp/frozen$i"
done
check test -s "$tmp/frozen/cache/train.features"
[ "$(cut -d, -f1,2 "$tmp/frozen1")" = "$(cut -d, -f1,2 "$tmp/frozen2")" ] || fail "cached features differ"

# --- bad input
bad() {
    text=$1
    shift
    expect 1 "$text" $sftrain --videos "$videos" --labels "$tmp/labels.pbtxt" --quiet -c "$tmp/net.yaml" \
        -o "$tmp/bad" "$@"
}
echo "a,0,0.1,0.2,0.5,0.9,5,0" >"$tmp/bad.csv"
bad "bad.csv: line 1, column 7" --gt "$tmp/bad.csv"
echo "a,0,10,20,50,90,1,0" >"$tmp/bad.csv"
bad "a fraction of the picture" --gt "$tmp/bad.csv"
: >"$tmp/bad.csv"
bad "no labelled box" --gt "$tmp/bad.csv"
echo "nowhere,0,0.1,0.2,0.5,0.9,1,0" >"$tmp/bad.csv"
bad "1 of 1 videos are missing, the first is nowhere.mp4" --gt "$tmp/bad.csv"
echo "a,0,0.8,0.8,0.9,0.9,,0.9" >"$tmp/bad.csv"
bad "overlaps a box of" --gt "$tmp/gt.csv" --proposals "$tmp/bad.csv"
bad "state.bin" --gt "$tmp/gt.csv" --resume
bad "needs weights" --gt "$tmp/gt.csv" --freeze backbone
expect 1 "other settings" $sftrain $data $learn --batch 3 -c "$tmp/net.yaml" -o "$tmp/run" --resume
expect 2 "--config or --weights" $sftrain $data -o "$tmp/bad"
finish
