#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is needed, builds, and runs the main job on the bundled clip with the bundled network:
# detections as csv, annotated keyframes, an annotated video, a score, what was right and wrong,
# and a page to look at.
set -eu
. "$(dirname "$0")/tools/script_help.sh"
cd "$(dirname "$0")"

./tools/install_packages.sh build-essential cmake ninja-build pkg-config libavdevice-dev libavformat-dev libavcodec-dev \
    libavfilter-dev libswscale-dev libswresample-dev libavutil-dev libopenblas-dev libcsv-dev libstb-dev libcjson-dev \
    libyaml-dev libxml2-dev zlib1g-dev fonts-dejavu-core

echo "== building"
cmake --preset release -DSFD_BUILD_TESTS=OFF -B build-demo >/dev/null
cmake --build build-demo

out=demo-output
clip=data/demo/street.mp4
boxes=data/demo/street_boxes.csv
truth=data/demo/street.csv
labels=data/demo/labels.pbtxt
mkdir -p "$out"

echo "== sfdetect $clip: persons are found and followed, and what they do is told"
build-demo/sfdetect --track -o "$out/dets.csv" --json "$out/dets.jsonl" --segments "$out/acts.vtt" \
    --keyframes "$out/keyframes" --render "$out/labelled.mp4" --scale 2 "$clip"

echo "== sfdetect --proposals $boxes $clip: the same with boxes that are given"
build-demo/sfdetect --quiet --proposals "$boxes" -o "$out/given.csv" "$clip"

echo "== sfrender: the ground truth in red"
build-demo/sfrender --gt "$truth" --scale 2 "$clip" --keyframes "$out/truth"

echo "== sfeval: AP of each class in the clip, with boxes found and given"
build-demo/sfeval --gt "$truth" --labels "$labels" "$out/dets.csv" "$out/given.csv" | sed -n '/ id /,/mAP,/p'

echo "== sfeval: which labels above 0.5 were right"
awk -F, '$8 > 0.5' "$out/dets.csv" >"$out/confident.csv"
build-demo/sfeval --gt "$truth" --labels "$labels" --errors "$out/confident.csv" |
    sed -n '/^errors/,/all classes/p'

echo "== sfreport: a page to look at all of it"
build-demo/sfreport --quiet "$out/dets.jsonl" --gt "$truth" --labels "$labels" --video "$clip" --embed \
    --title "street.mp4: who does what" -o "$out/report.html"

cat <<END

Results in $out/: dets.csv, dets.jsonl, acts.vtt, keyframes/, labelled.mp4, truth/ (what the people really do).
For real people take published checkpoints: README.md, "Use published checkpoints".
Open $out/report.html in a browser.
END
