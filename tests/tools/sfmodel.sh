#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfmodel bench on a small network: its figures are there and make sense; sfmodel info of a large head.
set -u
. "$(dirname "$0")/lib.sh"
bench="$build/sfmodel bench golden/sf_r50/config.yaml --size 96x64 --runs 2"
cores=$(python3 -c 'import os; print(len(os.sched_getaffinity(0)))')
two=$((cores < 2 ? cores : 2))

# --- the table
check $bench --threads 2 --weights golden/sf_r50/weights.safetensors --scaling --machine >"$tmp/table"
for line in "^clip  .* ms" "^memory  .* MB weights, .* MB state, .* MB resident at most" \
    "^start-up .* ms" "^scaling  1 thread .* ms, $two threads .* ms .*: .* times as fast, serial share" \
    "^machine  .*, 2 threads: multiply-adds [1-9][0-9]* GFLOP/s, copying [0-9.]* GB/s"; do
    grep -q "$line" "$tmp/table" || fail "no line \"$line\" in $(cat "$tmp/table")"
done
check $bench --threads 2 >"$tmp/random"
grep -q "^start-up" "$tmp/random" && fail "start-up time of random weights"

# --- JSON: every algorithm of every convolution rounds, and none by much; no more threads than cores
check $bench --threads 1000 --layers --json - >"$tmp/bench.json"
check python3 - "$tmp/bench.json" "$cores" <<'EOF'
import json, sys
bench = json.load(open(sys.argv[1]))
convolutions = [l for l in bench["layers"] if l["kind"] == "conv"]
assert len(convolutions) > 50 and bench["threads"] == int(sys.argv[2])
for layer in convolutions:
    rounding = layer["choices_rounding"]
    assert rounding and rounding.keys() == layer["choices_ms"].keys(), layer
    assert all(0 < r < 1e-5 for r in rounding.values()), layer
    assert len(layer["in"]) == len(layer["out"]) == 4 and layer["parameters"] > 0, layer
EOF
expect 2 "--size" $bench --size 96
# --- weights that tell their configuration themselves
demo=../../data/demo/slowfast_demo.safetensors
check $build/sfmodel bench $demo --size 64x48 --runs 1 --precision bf16 >"$tmp/demo"
grep -q "^clip  .* ms" "$tmp/demo" || fail "$(cat "$tmp/demo")"
expect 2 "--weights goes with a configuration" $build/sfmodel bench $demo --weights $demo

# --- a person detector: SiLU is part of its convolutions
check $build/sfmodel bench --persons persons/yolox_1.pth --runs 2 --threads 1 --size 200x100 --layers >"$tmp/persons"
for line in "^picture  .* ms" "^memory  .* MB weights, .* MB state" "^start-up .* ms" "200x100, 1 thread"; do
    grep -q "$line" "$tmp/persons" || fail "no line \"$line\" in $(cat "$tmp/persons")"
done
grep -q "act  " "$tmp/persons" && fail "SiLU by itself in $(cat "$tmp/persons")"
expect 1 "not a person detector" $build/sfmodel bench --persons golden/sf_r50/weights.safetensors

# --- MMAction2's classifier of two layers, 4096 wide
cat >"$tmp/mlp.py" <<'EOF'
model = dict(backbone=dict(type='ResNet3dSlowOnly', depth=50, spatial_strides=(1, 2, 2, 1)),
             roi_head=dict(bbox_roi_extractor=dict(output_size=8, with_global=True),
                           bbox_head=dict(type='BBoxHeadAVA', in_channels=4096, num_classes=81, mlp_head=True)))
EOF
check "$build/sfmodel" info "$tmp/mlp.py" >"$tmp/mlp"
for line in "^head.projection.0  *linear .* 16781312 " "^head.projection.2  *linear .* 331857 " \
    "^parameters  *48.75 M" "81 classes by linear, ReLU, linear"; do
    grep -q "$line" "$tmp/mlp" || fail "no line \"$line\" in $(cat "$tmp/mlp")"
done

# --- published networks have the number of parameters that their code bases tell, in millions
for net in pytorchvideo_slowfast_r50_4x16=34.48 pytorchvideo_slowfast_r101=62.83 pytorchvideo_slowfast_r101_16x8=53.77 \
    pytorchvideo_slow_r50_4x16=32.45 mmaction2_slowfast_r101_r50_4x16_kinetics=62.38; do
    check "$build/sfmodel" info "${net%=*}" >"$tmp/info"
    grep -q "^parameters  *${net#*=} M" "$tmp/info" || fail "${net%=*}: $(grep '^parameters' "$tmp/info")"
done

# --- a fast pathway of another depth: from a config, from what the weights' file tells, from its tensors alone
cat >"$tmp/deep.py" <<'EOF'
model = dict(backbone=dict(type='ResNet3dSlowFast', resample_rate=8, speed_ratio=8, channel_ratio=4,
    slow_pathway=dict(type='resnet3d', depth=101, base_channels=8, lateral=True, conv1_kernel=(1, 7, 7), inflate=(0, 0, 1, 1)),
    fast_pathway=dict(type='resnet3d', depth=50, base_channels=2, lateral=False, conv1_kernel=(5, 7, 7))),
    cls_head=dict(type='SlowFastHead', in_channels=320, num_classes=5, average_clips='prob'))
EOF
layers() { check "$build/sfmodel" info "$@" 2>/dev/null | sed -n '/^layer/,/^parameters/p'; }
layers "$tmp/deep.py" >"$tmp/want"
grep -q 's4.pathway0_res22' "$tmp/want" && grep -q 's4.pathway1_res5' "$tmp/want" || fail "$(cat "$tmp/want")"
! grep -q 's4.pathway1_res6' "$tmp/want" || fail "the fast pathway is as deep as the slow one"
check "$build/sfmodel" init "$tmp/deep.py" -o "$tmp/deep.safetensors"
layers "$tmp/deep.safetensors" >"$tmp/told"
check cmp "$tmp/want" "$tmp/told"
check python3 - "$tmp/deep.safetensors" "$tmp/bare.safetensors" <<'EOF'
import json, struct, sys
data = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8:8 + n])
del header["__metadata__"]
text = json.dumps(header).encode()
open(sys.argv[2], "wb").write(struct.pack("<Q", len(text)) + text + data[8 + n:])
EOF
layers "$tmp/bare.safetensors" | awk '{ print $1, $(NF - 1) }' >"$tmp/told"
awk '{ print $1, $(NF - 1) }' "$tmp/want" >"$tmp/names"
check cmp "$tmp/names" "$tmp/told"

finish
