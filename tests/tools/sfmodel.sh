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

# --- a person detector: SiLU is part of its convolutions
check $build/sfmodel bench --persons persons/yolox_1.pth --runs 2 --threads 1 --size 200x100 --layers >"$tmp/persons"
for line in "^picture  .* ms" "^memory  .* MB weights, .* MB state" "^start-up .* ms" "200x100, 1 threads"; do
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

finish
