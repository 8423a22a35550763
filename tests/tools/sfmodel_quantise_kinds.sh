#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfmodel quantise of networks that label whole clips, and of a head with convolutions of its own.
set -u
. "$(dirname "$0")/lib.sh"
demo=../../data/demo
clip=$demo/street.mp4
golden=golden/kinetics_sf_r50
net="-c $golden/config.yaml"
int8=$tmp/int8.safetensors
quantise="$build/sfmodel quantise $golden/weights.safetensors $net"

# --- whole clips: clips of the videos are watched, and sfclassify runs the file
check $quantise --max-keyframes 3 --calibrate $clip -o "$int8" >"$tmp/report" 2>/dev/null
for line in "^110 of 110 convolutions are 8-bit integers, .* after 3 clips" "^a clip takes [0-9]* ms in float"; do
    grep -q "$line" "$tmp/report" || fail "no line \"$line\" in $(cat "$tmp/report")"
done
check $quantise --max-keyframes 3 -q -t 1 $clip -o "$tmp/again.safetensors"
check cmp "$int8" "$tmp/again.safetensors"
check $quantise --scales "$int8" -o "$tmp/taken.safetensors" >"$tmp/report"
check cmp "$int8" "$tmp/taken.safetensors"
cp $clip "$tmp/other.mp4"
check $quantise --max-keyframes 3 $clip "$tmp/other.mp4" -o "$tmp/two.safetensors" >"$tmp/report"
grep -q "after 3 clips" "$tmp/report" || fail "of two videos: $(head -n 1 "$tmp/report")" # two of the first, one of the second
views="--clips 1 --crops 2 -q $clip"
check "$build/sfclassify" -w $golden/weights.safetensors $net $views -o "$tmp/f32.csv"
for cpu in scalar avx2 avx512; do
    [ -z "$sanitized" ] || [ $cpu = avx2 ] || continue
    "$build/sfclassify" -w "$int8" --precision int8 --cpu $cpu $views -o "$tmp/int8.csv" 2>"$tmp/words" ||
        { grep -q "does not have" "$tmp/words" || fail "--cpu $cpu: $(cat "$tmp/words")"; continue; }
    check python3 - "$tmp/f32.csv" "$tmp/int8.csv" <<'PYTHON'
import csv, sys
a, b = ([float(row[-1]) for row in csv.reader(open(path))] for path in sys.argv[1:])
worst = max(abs(x - y) for x, y in zip(a, b, strict=True))
assert 0 < worst < 0.03, worst
assert a.index(max(a)) == b.index(max(b))
PYTHON
done
expect 1 "must be quantised before" "$build/sfclassify" -w $golden/weights.safetensors $net --precision int8 $views
expect 1 "which are computed as such" "$build/sfclassify" -w "$int8" --precision f32 $views
expect 1 "not computed in bf16" "$build/sfclassify" -w "$int8" --precision bf16 $views
expect 2 "labels whole clips: no --proposals" $quantise -q $clip --proposals $demo/street_boxes.csv -o "$tmp/never.safetensors"
expect 1 "gone.mp4" $quantise -q $clip "$tmp/gone.mp4" -o "$tmp/never.safetensors"
[ ! -e "$tmp/never.safetensors" ] || fail "a file was left behind"

# --- a head with convolutions of its own (ACRN), which stay floats
grep -m 1 ",0004," $demo/street_boxes.csv >"$tmp/box.csv"
check "$build/sfmodel" init networks/mm_acrn.py RESNET.WIDTH_PER_GROUP 8 RESNET.DEPTH 18 DATA.TEST_CROP_SIZE 64 \
    -o "$tmp/acrn.safetensors"
check "$build/sfmodel" quantise "$tmp/acrn.safetensors" -q $clip -p "$tmp/box.csv" -o "$tmp/acrn8.safetensors"
check "$build/sfdetect" -q -w "$tmp/acrn8.safetensors" -p "$tmp/box.csv" -o "$tmp/acrn.csv" $clip
check "$build/sfdetect" -q -w "$tmp/acrn8.safetensors" --precision int8 -p "$tmp/box.csv" -o "$tmp/acrn8.csv" $clip
check cmp "$tmp/acrn.csv" "$tmp/acrn8.csv"
expect 1 "must be quantised before" "$build/sfdetect" -q -w "$tmp/acrn.safetensors" --precision int8 -p "$tmp/box.csv" \
    -o "$tmp/x.csv" $clip
finish
