#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Keys of the configuration behind the operands, in every program that takes one: as if the YAML file said
# so, and refused by its rules.
set -u
. "$(dirname "$0")/lib.sh"
demo=$PWD/../../data/demo
golden=$PWD/golden/sf_r50
info="$build/sfmodel info"

# --- what a YAML file with the same values gives
edit() {
    sed "$1" "$golden/config.yaml" >"$tmp/edited.yaml"
    shift
    $info "$tmp/edited.yaml" | sed 1d >"$tmp/want.txt"
    check $info "$golden/config.yaml" "$@" | sed 1d >"$tmp/got.txt"
    cmp -s "$tmp/want.txt" "$tmp/got.txt" || fail "$*: $(diff "$tmp/want.txt" "$tmp/got.txt" | head -n 3)"
}
edit 's/ALPHA: 4/ALPHA: 2/' SLOWFAST.ALPHA 2
edit 's/NUM_FRAMES: 8/NUM_FRAMES: 16/; s/ALPHA: 4/ALPHA: 16/' DATA.NUM_FRAMES 16 SLOWFAST.ALPHA 16
edit 's/SPATIAL_DILATIONS: .*/SPATIAL_DILATIONS: [[1, 1], [1, 1], [1, 1], [1, 1]]/' RESNET.SPATIAL_DILATIONS '[[1, 1], [1, 1], [1, 1], [1, 1]]'
edit 's/HEAD_ACT: sigmoid/HEAD_ACT: softmax/' TRAIN.BATCH_SIZE 8 MODEL.HEAD_ACT softmax
check $info slowfast_r50_4x16_ava SLOWFAST.ALPHA 4 | sed 1d >"$tmp/four.txt"
check $info slowfast_r50_8x8_ava SLOWFAST.FUSION_KERNEL_SZ 5 | sed 1d >"$tmp/eight.txt"
check cmp "$tmp/four.txt" "$tmp/eight.txt"
grep -q 'BGR' "$tmp/four.txt" && fail "the order of channels changed"
$info "$golden/config.yaml" AVA.BGR True | grep -q '^BGR' || fail "AVA.BGR"

# --- in weights, and where they are kept
check "$build/sfmodel" init "$golden/config.yaml" MODEL.NUM_CLASSES 7 -o "$tmp/seven.safetensors"
check "$build/sfmodel" convert "$tmp/seven.safetensors" -o "$tmp/eighty.safetensors" DATA.TEST_CROP_SIZE 80
$info "$tmp/eighty.safetensors" | grep -q 'short side 80' || fail "convert"
$info "$tmp/seven.safetensors" DATA.TEST_CROP_SIZE 72 | grep -q 'short side 72' || fail "weights"
detect="$build/sfdetect --quiet -p $demo/street_boxes.csv -w $golden/weights.safetensors -c $golden/config.yaml"
sed 's/TEST_CROP_SIZE: 64/TEST_CROP_SIZE: 80/' "$golden/config.yaml" >"$tmp/edited.yaml"
check $detect "$demo/street.mp4" DATA.TEST_CROP_SIZE 80 -o "$tmp/a.csv"
check $detect "$demo/street.mp4" -c "$tmp/edited.yaml" -o "$tmp/b.csv"
check cmp "$tmp/a.csv" "$tmp/b.csv"
check "$build/sfclassify" -q -w golden/kinetics_sf_r50/weights.safetensors -c golden/kinetics_sf_r50/config.yaml \
    "$demo/street.mp4" -o "$tmp/c.csv" TEST.NUM_ENSEMBLE_VIEWS 1 TEST.NUM_SPATIAL_CROPS 2
check "$build/sfclassify" -q -w golden/kinetics_sf_r50/weights.safetensors -c golden/kinetics_sf_r50/config.yaml \
    "$demo/street.mp4" -o "$tmp/d.csv" --clips 1 --crops 2
check cmp "$tmp/c.csv" "$tmp/d.csv"
cp "$demo/street.mp4" "$tmp/DATA.MP4" # a file is a file
(cd "$tmp" && check $detect -p "$demo/street_boxes.csv" "$demo/street.mp4" DATA.MP4 --min-score 0.5 >/dev/null 2>&1)

# --- training: SOLVER too
printf '%s 0\n' "$demo/street.mp4" >"$tmp/list.csv"
check "$build/sftrain" -q -c golden/kinetics_sf_r50/config.yaml --list "$tmp/list.csv" -o "$tmp/run" -b 1 \
    SOLVER.MAX_EPOCH 2 SOLVER.BASE_LR 0.001 MODEL.NUM_CLASSES 2 >"$tmp/epochs.txt"
[ "$(grep -c '^epoch ' "$tmp/epochs.txt")" -eq 2 ] || fail "SOLVER.MAX_EPOCH: $(cat "$tmp/epochs.txt")"
expect 1 "AUG.ENABLE: 'True' is not supported in training" "$build/sftrain" -q -c golden/kinetics_sf_r50/config.yaml \
    --list "$tmp/list.csv" -o "$tmp/run2" AUG.ENABLE True

# --- refused
bad() {
    status=$1
    text=$2
    shift 2
    expect "$status" "$text" $info slowfast_r50_4x16_ava "$@"
}
bad 1 "SLOWFAST.ALPHA 5 does not divide DATA.NUM_FRAMES 32" SLOWFAST.ALPHA 5
bad 1 "sfmodel info: SLOWFAST.ALPHA: 'many' is not a whole number" TEST.DATASET ava SLOWFAST.ALPHA many
bad 1 "sfmodel info: SLOWFST is no section of PySlowFast's (SLOWFAST?)" SLOWFST.ALPHA 4
bad 1 "SLOWFAST.ALPH is no key of PySlowFast's (ALPHA?)" SLOWFAST.ALPH 4
bad 1 "MODEL.ARCH: 'x3d' is not supported" MODEL.ARCH x3d
bad 1 "SLOWFAST." SLOWFAST. 4
bad 1 "has no value" SLOWFAST.ALPHA ""
bad 1 "control characters" SLOWFAST.ALPHA "$(printf '4\t\001')"
bad 1 'sfmodel info: DATA.MEAN: "[4" is not valid YAML' SLOWFAST.ALPHA 4 DATA.MEAN '[4' DATA.STD '5]'
bad 1 "sfmodel info: SLOWFAST.ALPHA: not valid YAML: " SLOWFAST.ALPHA 'a: b'
$info slowfast_r50_4x16_ava SLOWFAST.ALPHA 4 SLOWFAST.ALPHA 4 2>&1 |
    grep -q '^warning: SLOWFAST.ALPHA is given again; the last counts$' || fail "a key given twice"
bad 2 "SLOWFAST.ALPHA: a value is missing" SLOWFAST.ALPHA
expect 1 "SLOWFAST.ALPH is no key" "$build/sfmodel" quantise "$golden/weights.safetensors" "$demo/street.mp4" -o "$tmp/q" \
    SLOWFAST.ALPH 4
bad 2 'unexpected argument "4"' 4 SLOWFAST.ALPHA
finish
