#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfdetect --scales and --flip: the mean of single runs, with any number of jobs; what is refused.
set -u
. "$(dirname "$0")/lib.sh"
demo=$PWD/../../data/demo
boxes=$tmp/boxes.csv
grep -E ',000(1|4|7),' "$demo/street_boxes.csv" >"$boxes"
detect="$build/sfdetect --quiet --proposals $boxes $demo/street.mp4"
for side in 96 128; do check $detect --scales $side -o "$tmp/$side.csv"; done
check $detect --scales 96,128 -o "$tmp/both.csv"
paste -d, "$tmp/96.csv" "$tmp/128.csv" "$tmp/both.csv" | awk -F, '
    { d = ($8 + $16) / 2 - $24; d = d < 0 ? -d : d; worst = d > worst ? d : worst
      others += $1 $2 $3 $7 != $17 $18 $19 $23; moved += $8 != $16 }
    END { exit worst > 2e-6 || others || !moved || !NR }' || fail "not the mean of two scales"
check $detect --scales 96,128 --flip -o "$tmp/flipped.csv"
! cmp -s "$tmp/both.csv" "$tmp/flipped.csv" || fail "--flip changes nothing"
check $detect --scales 96,128 --flip --jobs 2 -o "$tmp/jobs.csv"
check cmp "$tmp/flipped.csv" "$tmp/jobs.csv"

# --- one view, mirrored or not, and both
cat >"$tmp/flip.awk" <<'EOF'
{ d = ($8 + $16) / 2 - $24; d = d < 0 ? -d : d; worst = d > worst ? d : worst } END { exit worst > 2e-6 || !NR }
EOF
net="-w golden/sf_r50/weights.safetensors"
one="$build/sfdetect --quiet $net --proposals $boxes $demo/street.mp4"
(cat golden/sf_r50/config.yaml && echo "AVA: {TEST_FORCE_FLIP: True}") >"$tmp/mirrored.yaml"
check $one -c golden/sf_r50/config.yaml -o "$tmp/plain.csv"
check $one -c "$tmp/mirrored.yaml" -o "$tmp/mirrored.csv"
check $one -c golden/sf_r50/config.yaml --flip -o "$tmp/with.csv"
check $one -c "$tmp/mirrored.yaml" --flip -o "$tmp/with2.csv"
paste -d, "$tmp/plain.csv" "$tmp/mirrored.csv" "$tmp/with.csv" | awk -F, -f "$tmp/flip.awk" || fail "--flip"
paste -d, "$tmp/plain.csv" "$tmp/mirrored.csv" "$tmp/with2.csv" | awk -F, -f "$tmp/flip.awk" ||
    fail "--flip of a mirrored network"

for bad in 16 96,,128 96,x 5000 96.5 64,65,66,67,68,69,70,71,72; do
    expect 2 "is not a list of at most 8 short sides" $detect --scales "$bad"
done
expect 2 "--scales: 96 occurs twice" $detect --scales 96,128,96
finish
