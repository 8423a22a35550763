#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfmodel quantise of a person detector: the file, what it finds, calls that must fail.
set -u
. "$(dirname "$0")/lib.sh"
demo=../../data/demo
model=$demo/persons_demo.safetensors
clip=$demo/street.mp4
int8=$tmp/int8.safetensors
quantise="$build/sfmodel quantise $model"

check $quantise $clip --max-keyframes 6 -o "$int8" >"$tmp/report" 2>/dev/null
for line in "^74 of 83 convolutions are 8-bit integers, .* after 6 pictures" "^a picture takes [0-9]* ms in float" \
    "^backbone.*conv  *[0-9.]*% .*% .*% *[+-][0-9.]*$"; do
    grep -q "$line" "$tmp/report" || fail "no line \"$line\" in $(cat "$tmp/report")"
done
[ "$(wc -c <"$int8")" -lt "$(wc -c <$model)" ] || fail "not smaller than float16"
check $quantise -q -t 1 $clip --max-keyframes 6 -o "$tmp/again.safetensors"
check cmp "$int8" "$tmp/again.safetensors"

# --- the format, read by itself: asymmetric bytes behind SiLU, the picture's own before, floats where boxes are made
check python3 - $model "$int8" <<'PYTHON'
import json, struct, sys
def load(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + n])
    def one(name):
        t = header[name]
        return struct.unpack_from({"F32": "<f", "U8": "B"}[t["dtype"]], data, 8 + n + t["data_offsets"][0])[0]
    return header, header.pop("__metadata__"), one
_, meta, _ = load(sys.argv[1])
header, q_meta, one = load(sys.argv[2])
persons = {k: v for k, v in meta.items() if k.startswith("sfdet.persons.")}
assert persons and all(q_meta[k] == v for k, v in persons.items()), (meta, q_meta)
layers = [n[:-len(".weight_scale")] for n in header if n.endswith(".weight_scale")]
assert len(layers) == 74 and not any("_preds" in n for n in layers)
assert header["head.cls_preds.0.weight"]["dtype"] == "F32"
for layer in layers:
    scale, zero = one(layer + ".input_scale"), one(layer + ".input_zero_point")
    if layer == "backbone.backbone.stem.conv.conv":
        assert (scale, zero) == (1, 0)
    else: # least value of SiLU: -0.2785; sums of up to four of them
        assert 0 < zero < 128 and scale * zero < 4 * 0.2785 + scale, (layer, scale, zero)
sums = [n for n in header if n.endswith(".residual_scale")]
assert sums and all(".m." in n and ".conv2." in n for n in sums), sums
PYTHON

# --- whom it finds: as many as before, under every instruction set
awk -F, '$2 % 3 == 0' $demo/street.csv >"$tmp/gt.csv"
check "$build/sfboxes" -q -w $model --every 3 --person-threshold 0.01 -o "$tmp/f32.csv" $clip
for cpu in scalar avx2 avx512 avx512_bf16; do
    "$build/sfboxes" -q -w "$int8" --cpu $cpu --every 3 --person-threshold 0.01 -o "$tmp/$cpu.csv" $clip 2>"$tmp/words" ||
        { grep -q "does not have" "$tmp/words" || fail "--cpu $cpu: $(cat "$tmp/words")"; continue; }
    check "$build/sfeval" --boxes --gt "$tmp/gt.csv" "$tmp/f32.csv" "$tmp/$cpu.csv" >"$tmp/table"
    awk 'NR == 2 { ap = $1; ap50 = $2 }
         NR == 3 && !($2 > 90 && ap50 - $2 < 1 && ap - $1 < 3) { exit 1 }' "$tmp/table" || fail "$cpu: $(cat "$tmp/table")"
done
cmp -s "$tmp/f32.csv" "$tmp/scalar.csv" && fail "nothing was quantised"

# --- beside any precision of the action network
weights=$demo/slowfast_demo.safetensors
check "$build/sfboxes" -q -w "$int8" -o "$tmp/boxes.csv" $clip
check "$build/sfboxes" -q -w "$int8" --precision int8 -o "$tmp/same.csv" $clip
check cmp "$tmp/boxes.csv" "$tmp/same.csv"
check "$build/sfdetect" -q -w $weights -p "$tmp/boxes.csv" -o "$tmp/given.csv" $clip
check "$build/sfdetect" -q -w $weights --persons "$int8" -o "$tmp/found.csv" $clip
check cmp "$tmp/given.csv" "$tmp/found.csv"
check "$build/sfmodel" bench --persons "$int8" --precision int8 --size 64x48 --runs 1 --layers >"$tmp/layers"
grep -q "stem.conv.conv .*int8" "$tmp/layers" || fail "$(cat "$tmp/layers")"

# --- layers that stay float, beside sums and side by side with bytes
check $quantise -q $clip --max-keyframes 2 --keep backbone.backbone.dark3.1.m.1.conv2.conv --keep "head.stems.*" \
    --keep backbone.backbone.stem.conv.conv -o "$tmp/kept.safetensors"
check "$build/sfboxes" -q -w "$tmp/kept.safetensors" --every 3 --person-threshold 0.01 -o "$tmp/kept.csv" $clip
check "$build/sfeval" --boxes --gt "$tmp/gt.csv" "$tmp/kept.csv" >"$tmp/table"
awk 'NR == 2 && !($2 > 90) { exit 1 }' "$tmp/table" || fail "$(cat "$tmp/table")"

# --- refused
out="-o $tmp/never.safetensors"
for option in "--proposals $tmp/boxes.csv" "--persons $model" "--box-threshold 0.5"; do
    expect 2 "finds persons itself: no ${option%% *}" $quantise -q $clip $option $out
done
expect 1 "a person detector has no configuration" $quantise -q $clip -c slowfast_r50_8x8_ava $out
expect 1 "8-bit integers already" "$build/sfmodel" quantise -q "$int8" $clip $out
expect 1 "of person detectors YOLOX networks are quantised" "$build/sfmodel" quantise -q persons/rcnn_torchvision.pth $clip $out
expect 2 "would overwrite the input" $quantise -q $clip -o $clip
expect 1 "must be quantised before" "$build/sfboxes" -q -w $model --precision int8 -o "$tmp/x.csv" $clip
expect 1 "$int8: --precision f32: the weights are 8-bit integers" \
    "$build/sfboxes" -q -w "$int8" --precision f32 -o "$tmp/x.csv" $clip
expect 1 "not computed in bf16" "$build/sfboxes" -q -w "$int8" --precision bf16 -o "$tmp/x.csv" $clip
bad="$build/sfboxes -q -w $tmp/bad.safetensors -o $tmp/x.csv $clip"
damage "$int8" backbone.backbone.dark2.0.conv.input_scale 0
expect 1 "dark2.0.conv.input_scale[0] = 0 is not a scale" $bad
damage "$int8" backbone.backbone.dark2.1.m.0.conv2.conv.residual_scale -1
expect 1 "residual_scale[0] = -1 is not a scale" $bad
damage "$int8" head.stems.1.conv.weight_scale inf
expect 1 "not finite" $bad
damage "$int8" backbone.backbone.dark3.1.conv2.conv.input_scale 7
expect 1 "which others read with scale" $bad
[ ! -e "$tmp/never.safetensors" ] || fail "a file was left behind"
finish
