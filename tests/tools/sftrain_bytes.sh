#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sftrain --quantise-aware and sfmodel quantise --scales: what is learned is quantised as was said, validation is of
# the quantised network, and calls that must fail.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/train_data.sh"
train="$sftrain $data $learn -p $tmp/boxes.csv"
floats=$tmp/run/last.safetensors
int8=$tmp/int8.safetensors
check $train -c "$tmp/net.yaml" -e 1 -o "$tmp/run" >/dev/null
check "$build/sfmodel" quantise -q "$floats" "$videos/a.mp4" "$videos/b.mp4" --proposals "$tmp/boxes.csv" \
    --keep "s2.*" -o "$int8"

# --- two epochs, then as bytes
aware="$train $val -w $floats --quantise-aware $int8"
check $aware -e 2 -o "$tmp/aware" >"$tmp/log"
grep -q "^quantise it: sfmodel quantise $tmp/aware/best.safetensors --scales $int8 -o $tmp/aware/best.int8.safetensors" \
    "$tmp/log" || fail "$(cat "$tmp/log")"
own=$tmp/aware.int8.safetensors
check "$build/sfmodel" quantise "$tmp/aware/last.safetensors" --scales "$int8" -o "$own" >"$tmp/report"
grep -q "with the scales of $int8" "$tmp/report" || fail "$(cat "$tmp/report")"
check python3 - "$int8" "$own" <<'PYTHON'
import json, struct, sys
def load(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + n])
    header.pop("__metadata__")
    return {k: (t["dtype"], t["shape"], data[8 + n + t["data_offsets"][0]:8 + n + t["data_offsets"][1]])
            for k, t in header.items()}
a, b = load(sys.argv[1]), load(sys.argv[2])
assert {k: t[:2] for k, t in a.items()} == {k: t[:2] for k, t in b.items()}
scales = [k for k in a if k.rsplit(".", 1)[1] in ("input_scale", "input_zero_point", "residual_scale", "residual_zero_point")]
assert len(scales) > 60 and all(a[k] == b[k] for k in scales)
assert not any(k.startswith("s2.") for k in scales)
weights = [k for k in a if a[k][0] == "I8"]
assert sum(a[k] != b[k] for k in weights) > len(weights) / 2
PYTHON

# --- the validation was of those bytes
scores() {
    sed -n 's/^epoch 2: .*\(mAP [0-9.]*\),.*/\1/p; s/^epoch 0: validation, \(mAP [0-9.]*\),.*/\1/p' "$1" | tail -n 1
}
check $sftrain $data $val -e 0 -w "$tmp/aware/last.safetensors" --quantise-aware "$int8" -o "$tmp/only" >"$tmp/only.log"
[ -n "$(scores "$tmp/log")" ] && [ "$(scores "$tmp/log")" = "$(scores "$tmp/only.log")" ] ||
    fail "$(cat "$tmp/log" "$tmp/only.log")"
check "$build/sfdetect" -q -w "$own" -p "$tmp/boxes.csv" -o "$tmp/own.csv" "$videos"/*.mp4
check "$build/sfeval" --gt "$tmp/gt.csv" --labels "$tmp/labels.pbtxt" --dialect pyslowfast "$tmp/own.csv" >"$tmp/eval"
map=$(awk '$1 == "mAP," { printf "mAP %.4f", $NF }' "$tmp/eval")
[ "$map" = "$(scores "$tmp/log")" ] || fail "$map: $(cat "$tmp/eval" "$tmp/log")"

# --- the same weights again, interrupted or not; not without rounding
check $aware -e 2 -o "$tmp/again" >/dev/null
check cmp "$tmp/aware/last.safetensors" "$tmp/again/last.safetensors"
expect 1 "other settings" $train $val -w "$floats" -e 2 -o "$tmp/again" --resume

# --- refused
expect 1 "weights must be trained already" $train -c "$tmp/net.yaml" --quantise-aware "$int8" -o "$tmp/never"
expect 1 "8-bit integers, which do not learn" $train -w "$int8" -o "$tmp/never"
expect 1 "8-bit integers, which do not learn" $train -w "$int8" --freeze backbone -o "$tmp/never"
expect 1 "a backbone must learn" $train -w "$floats" --freeze backbone --quantise-aware "$int8" -o "$tmp/never"
expect 1 "not for person detectors" $sftrain --persons --gt "$tmp/gt.csv" --videos "$videos" --quantise-aware "$int8" \
    -o "$tmp/never"
expect 1 "$floats: no convolution of net.yaml is 8-bit integers there" $train -w "$floats" --quantise-aware "$floats" -o "$tmp/never"
sed 's/WIDTH_PER_GROUP: 8/WIDTH_PER_GROUP: 12/' "$tmp/net.yaml" >"$tmp/wide.yaml"
check $train -c "$tmp/wide.yaml" -e 1 -o "$tmp/wide" >/dev/null
expect 1 "is [8x3x1x7x7], the network wants [12x3x1x7x7]" $train -w "$tmp/wide/last.safetensors" --quantise-aware "$int8" -o "$tmp/never"
expect 1 "is [8x3x1x7x7], the network wants [12x3x1x7x7]" "$build/sfmodel" quantise -q "$tmp/wide/last.safetensors" --scales "$int8" -o "$tmp/never.st"
expect 2 "taken, or found with clips" "$build/sfmodel" quantise -q "$floats" "$videos/a.mp4" --scales "$int8" -o "$tmp/never.st"
cp "$int8" "$tmp/own.safetensors"
expect 2 "would overwrite" "$build/sfmodel" quantise -q "$floats" --scales "$tmp/own.safetensors" -o "$tmp/own.safetensors"
[ ! -e "$tmp/never" ] && [ ! -e "$tmp/never.st" ] || fail "something was left behind"
finish
