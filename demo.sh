#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is needed, builds, and runs the main job on the bundled clip: detections as csv, annotated
# keyframes, an annotated video, and a score. The network has random weights until trained ones are bundled:
# everything but the labels is real.
set -eu
cd "$(dirname "$0")"

./tools/install_packages.sh build-essential cmake ninja-build pkg-config libavformat-dev libavcodec-dev \
    libavfilter-dev libswscale-dev libavutil-dev libopenblas-dev libcsv-dev libstb-dev libcjson-dev \
    libyaml-dev zlib1g-dev fonts-dejavu-core

echo "== building"
cmake --preset release -DSFD_BUILD_TESTS=OFF -B build-demo >/dev/null
cmake --build build-demo

out=demo-output
clip=data/demo/street.mp4
boxes=data/demo/street_boxes.csv
truth=data/demo/street.csv
mkdir -p "$out"

echo "== random weights for SlowFast 8x8 R50 ($out/random.safetensors)"
build-demo/sfmodel init slowfast_r50_8x8_ava --seed 1 -o "$out/random.safetensors"

echo "== sfdetect --proposals $boxes $clip"
build-demo/sfdetect --weights "$out/random.safetensors" --proposals "$boxes" -o "$out/dets.csv" \
    --json "$out/dets.jsonl" --keyframes "$out/keyframes" --render "$out/labelled.mp4" "$clip"

echo "== the ground truth drawn (red) over the same clip"
build-demo/sfrender --gt "$truth" "$clip" --keyframes "$out/truth"

echo "== sfeval (random weights: the score is that of chance)"
build-demo/sfeval --gt "$truth" "$out/dets.csv" | grep -E 'mAP|recall'

cat <<EOF

Results in $out/: dets.csv, dets.jsonl, keyframes/, labelled.mp4, truth/ (what the people really do).
For real labels take a published checkpoint: README.md, "Use a published checkpoint".
EOF
