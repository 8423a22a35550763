#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfmodel quantise: the file, what it costs, calls that must fail.
set -u
. "$(dirname "$0")/lib.sh"
demo=../../data/demo
model=$demo/slowfast_demo.safetensors
clip=$demo/street.mp4
grep -E ',000(1|4|7),' $demo/street_boxes.csv >"$tmp/boxes.csv"
quantise="$build/sfmodel quantise $model --proposals $tmp/boxes.csv"
int8=$tmp/int8.safetensors

check $quantise --calibrate $clip -o "$int8" >"$tmp/report" 2>/dev/null
for line in "^62 of 62 convolutions are 8-bit integers, .* after 3 keyframes" "^layer  *input  *weights" \
    "^s5.pathway[01]_res.* [0-9.]*% .*% .*% *[+-][0-9.]*$" "^a clip takes [0-9]* ms in float"; do
    grep -q "$line" "$tmp/report" || fail "no line \"$line\" in $(cat "$tmp/report")"
done
[ "$(wc -c <"$int8")" -lt "$(wc -c <$model)" ] || fail "not smaller than float16"

# --- the same clips, the same file; a clip behind the weights is one as well
check $quantise -q -t 1 $clip -o "$tmp/again.safetensors"
check cmp "$int8" "$tmp/again.safetensors"

# --- the format, read by itself: every weight within half a step of the folded one, or clipped at 127
check python3 - $model "$int8" <<'PYTHON'
import json, math, struct, sys
def load(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + n])
    meta = header.pop("__metadata__")
    codes = {"F32": "f", "F16": "e", "I8": "b", "U8": "B"}
    def tensor(name):
        t = header[name]
        begin, end = t["data_offsets"]
        return list(struct.iter_unpack("<" + codes[t["dtype"]], data[8 + n + begin:8 + n + end]))
    return header, meta, lambda name: [x for x, in tensor(name)]
header, meta, floats = load(sys.argv[1])
q_header, q_meta, q = load(sys.argv[2])
assert "sfdet.config" in q_meta
layers = [n[:-len(".weight_scale")] for n in q_header if n.endswith(".weight_scale")]
assert len(layers) == 62
checked = 0
for layer in layers:
    assert q_header[layer + ".weight"]["dtype"] == "I8" and q_header[layer + ".input_zero_point"]["dtype"] == "U8"
    assert q_header[layer + ".weight"]["shape"] == header[layer + ".weight"]["shape"]
    norm = layer.rsplit(".", 1)[0] + ".bn" if "fuse" in layer or "stem" in layer else layer + "_bn"
    gain, shift, mean, var = (floats(f"{norm}.{f}") for f in ("weight", "bias", "running_mean", "running_var"))
    w, wq, scale, bias = floats(layer + ".weight"), q(layer + ".weight"), q(layer + ".weight_scale"), q(layer + ".bias")
    row = len(w) // len(scale)
    for c, s in enumerate(scale):
        factor = gain[c] / math.sqrt(var[c] + 1e-5)
        assert abs(bias[c] - (shift[c] - mean[c] * factor)) < 1e-4 * (1 + abs(bias[c]))
        for i in range(c * row, (c + 1) * row):
            x = w[i] * factor / s
            assert abs(x - wq[i]) < 0.502 or abs(wq[i]) == 127 and abs(x) > 127, (layer, i)
            checked += 1
    scale, zero = q(layer + ".input_scale")[0], q(layer + ".input_zero_point")[0]
    if "stem" in layer: # the pictures' own bytes, (v / 255 - 0.45) / 0.225
        assert abs(scale * 255 * 0.225 - 1) < 1e-6 and zero == 115
    else:
        assert scale > 0 and zero in (0, 128)
assert checked > 800000
PYTHON

# --- what it costs; all instruction sets; memory
grep ',0004,' "$tmp/boxes.csv" >"$tmp/one.csv"
compare="$build/sfmodel compare -q $model $int8 $clip --proposals $tmp/one.csv --json -"
for cpu in scalar avx2 avx512; do
    [ -z "$sanitized" ] || [ $cpu = avx2 ] || continue
    $compare --cpu $cpu >"$tmp/$cpu.json" 2>"$tmp/words" || { grep -q "does not have" "$tmp/words" || fail "--cpu $cpu: $(cat "$tmp/words")"; continue; }
    python3 -c "
import json, sys
c = json.load(open(sys.argv[1]))
assert c['mean_difference'] < 2e-3 and c['largest_difference'] < 0.2 and c['rank_correlation'] > 0.99, c
assert c['mean_difference'] > 0" "$tmp/$cpu.json" || fail "--cpu $cpu"
done
check "$build/sfdetect" -q -w "$int8" --precision int8 -p "$tmp/boxes.csv" -o "$tmp/int8.csv" $clip
check "$build/sfdetect" -q -w "$int8" -p "$tmp/boxes.csv" -o "$tmp/default.csv" $clip
check cmp "$tmp/int8.csv" "$tmp/default.csv"
# persons beside it: bfloat16 where the processor has instructions for it
persons=f32
"$build/sfmodel" bench --persons $demo/persons_demo.safetensors --runs 1 --size 64x48 --json - | grep -q '"avx512_bf16"' && persons=bf16
check "$build/sfboxes" -q --precision $persons -o "$tmp/persons.csv" $clip 2>/dev/null
check "$build/sfdetect" -q -w "$int8" --precision int8 -p "$tmp/persons.csv" -o "$tmp/given.csv" $clip
check "$build/sfdetect" -q -w "$int8" --precision int8 -o "$tmp/found.csv" $clip 2>/dev/null
check cmp "$tmp/given.csv" "$tmp/found.csv"
check "$build/sfmodel" info "$int8" >"$tmp/info"
grep -qE "unknown|does not fit" "$tmp/info" && fail "$(grep -E "unknown|does not fit" "$tmp/info")"
grep -q "^parameters  *0.91 M" "$tmp/info" || fail "$(grep parameters "$tmp/info")"

# --- layers that stay float
check $quantise -q $clip --keep "s5.*" --keep s4.pathway0_res0.branch1 -o "$tmp/kept.safetensors"
check python3 - "$tmp/kept.safetensors" <<'PYTHON'
import json, struct, sys
data = open(sys.argv[1], "rb").read()
names = json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])
assert not any(n.startswith("s5.") and n.endswith("weight_scale") for n in names)
assert "s4.pathway0_res0.branch1_bn.weight" in names and "s4.pathway0_res0.branch1.weight_scale" not in names
assert "s4.pathway1_res0.branch1.weight_scale" in names
PYTHON
check "$build/sfdetect" -q -w "$tmp/kept.safetensors" -p "$tmp/boxes.csv" -o "$tmp/kept.csv" $clip

# --- refused
out="-o $tmp/never.safetensors"
expect 2 "no output file" $quantise --calibrate $clip
expect 2 "no video given" $quantise $out
expect 1 'no convolution is called "s9.*"' $quantise -q $clip --keep "s9.*" $out
expect 1 "8-bit integers already" "$build/sfmodel" quantise -q "$int8" $clip $out
echo "other,0001,0.1,0.2,0.3,0.9,,0.97" >"$tmp/other.csv"
expect 1 "street" "$build/sfmodel" quantise -q $model $clip --proposals "$tmp/other.csv" $out
expect 1 "nothing to calibrate with" "$build/sfmodel" quantise -q $model $clip --box-threshold 1 $out
expect 1 "must be quantised before" "$build/sfdetect" -q -w $model --precision int8 -p "$tmp/boxes.csv" -o "$tmp/x.csv" $clip
expect 1 "$int8: --precision f32: the weights are 8-bit integers" \
    "$build/sfdetect" -q -w "$int8" --precision f32 -p "$tmp/boxes.csv" -o "$tmp/x.csv" $clip
expect 1 "$int8: --precision f32: the weights are 8-bit integers" $compare --precision-b f32
expect 1 "$int8: --precision f32: the weights are 8-bit integers" "$build/sfmodel" bench "$int8" --precision f32
check "$build/sfmodel" bench "$int8" --precision int8 --runs 1 --size 64x48 >"$tmp/layers"
grep -q "s1.pathway0_stem.conv .*int8" "$tmp/layers" || fail "$(cat "$tmp/layers")"
expect 1 "not computed in bf16" "$build/sfdetect" -q -w "$int8" --precision bf16 -p "$tmp/boxes.csv" -o "$tmp/x.csv" $clip
expect 1 "scales are stored as f32" "$build/sfmodel" convert "$int8" --dtype f16 $out
cp $clip "$tmp/own.mp4"
for path in "$tmp/own.mp4" "$tmp/./own.mp4"; do
    expect 2 "would overwrite the input" "$build/sfmodel" quantise -q $model --calibrate $clip \
        --calibrate "$tmp/own.mp4" -o "$path"
done
cmp -s $clip "$tmp/own.mp4" || fail "a clip was written over"
[ ! -e "$tmp/never.safetensors" ] || fail "a file was left behind"

bad="$build/sfdetect -q -w $tmp/bad.safetensors -p $tmp/boxes.csv -o $tmp/x.csv $clip"
damage "$int8" s3.pathway0_res1.branch2.b.input_scale 0
expect 1 "s3.pathway0_res1.branch2.b.input_scale[0] = 0 is not a scale" $bad
damage "$int8" s3.pathway0_res1.branch2.b.input_scale nan
expect 1 "not finite" $bad
damage "$int8" s3.pathway0_res1.branch2.b.weight_scale inf
expect 1 "not finite" $bad
damage "$int8" s3.pathway0_res1.branch2.a.input_scale 7
expect 1 "which others read with scale" $bad
# one tensor of the file called otherwise
rename() {
    python3 -c "
import sys
data = open('$int8', 'rb').read()
assert data.count(b'\"$1\"') == 1 and len('$1') == len('$2')
open('$tmp/bad.safetensors', 'wb').write(data.replace(b'\"$1\"', b'\"$2\"'))"
}
rename s3.pathway0_res1.branch2.b.weight_scale s3.pathway0_res1.branch2.b.weight_scal_
expect 1 "s3.pathway0_res1.branch2.b are 8-bit integers, but its weight_scale is missing" $bad
rename s3.pathway0_res1.branch2.c.residual_zero_point s3.pathway0_res1.branch2.c.residual_zero_poin_
expect 1 '"s3.pathway0_res1.branch2.c.residual_zero_point" [1] is missing' $bad

# Ctrl-C while persons are looked for
for i in 1 2 3 4 5 6 7 8; do echo "file '$PWD/$clip'"; done >"$tmp/parts.txt"
check ffmpeg -v error -f concat -safe 0 -i "$tmp/parts.txt" -c copy "$tmp/long.mp4"
stopped() {
    for seconds in 1.5 3 6 12; do # until it had begun: machines are busy
        status=0
        timeout --foreground --preserve-status -s INT $seconds "$build/sfmodel" "$@" >"$tmp/stdout" 2>"$tmp/stderr" || status=$?
        [ $status -ne 130 ] || grep -q "stopped" "$tmp/stderr" || continue
        break
    done
    [ $status -eq 130 ] && grep -q "stopped" "$tmp/stderr" || fail "status $status, $(cat "$tmp/stderr"): $*"
}
stopped quantise $model --calibrate "$tmp/long.mp4" --max-keyframes 0 -o "$tmp/never.safetensors"
stopped compare $model $model "$tmp/long.mp4"
[ ! -e "$tmp/never.safetensors" ] || fail "a file was left behind by Ctrl-C"
finish
