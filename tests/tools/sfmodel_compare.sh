#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfmodel compare: two models on the same boxes, against what sfdetect writes and sfeval makes of it.
set -u
. "$(dirname "$0")/lib.sh"
demo=../../data/demo
model=$demo/slowfast_demo.safetensors
clip=$demo/street.mp4
grep -E ',000(1|4|7),' $demo/street_boxes.csv >"$tmp/boxes.csv"
grep -E ',000(1|4|7),' $demo/street.csv >"$tmp/truth.csv"
boxes="--proposals $tmp/boxes.csv"
compare="$build/sfmodel compare --quiet"

# another model: the same network with one row of the classifier (class 12) moved down by 20
check python3 - "$model" "$tmp/moved.safetensors" <<'PYTHON'
import json, struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
n = struct.unpack("<Q", data[:8])[0]
entry = json.loads(data[8:8 + n])["head.projection.bias"]
assert entry["dtype"] == "F16"
at = 8 + n + entry["data_offsets"][0] + 2 * 11
data[at:at + 2] = struct.pack("<e", struct.unpack("<e", data[at:at + 2])[0] - 20)
open(sys.argv[2], "wb").write(data)
PYTHON

# --- every figure from the csv files that sfdetect writes (six decimals)
check "$build/sfdetect" -q -w $model $boxes -o "$tmp/a.csv" $clip
check "$build/sfdetect" -q -w "$tmp/moved.safetensors" $boxes -o "$tmp/b.csv" $clip
for side in a b; do
    check "$build/sfeval" --gt $tmp/truth.csv --json "$tmp/$side.json" "$tmp/$side.csv" >/dev/null
done
check $compare $model "$tmp/moved.safetensors" $clip $boxes --gt $tmp/truth.csv --json "$tmp/both.json" >"$tmp/table"
check python3 - "$tmp" <<'PYTHON'
import csv, json, sys
read = lambda name: [(r[0:7], float(r[7])) for r in csv.reader(open(f"{sys.argv[1]}/{name}.csv"))]
a, b, both = read("a"), read("b"), json.load(open(f"{sys.argv[1]}/both.json"))
assert [x for x, _ in a] == [x for x, _ in b] and len(a) == both["n_boxes"] * 80 > 0
differences = [abs(x - y) for (_, x), (_, y) in zip(a, b)]
near = lambda x, y: abs(x - y) < 2e-6
assert near(max(differences), both["largest_difference"]) and both["largest_difference_id"] == 12
assert near(sum(differences) / len(differences), both["mean_difference"])
changed = {c["id"]: c["n_gained"] + c["n_lost"] for c in both["classes"]}
lost = sum(y < 0.5 <= x for (_, x), (_, y) in zip(a, b))
assert both["n_lost"] == lost == changed[12] > 0 and both["n_gained"] == 0
assert all(n == 0 for i, n in changed.items() if i != 12)
assert 0.9 < both["rank_correlation"] < 1
for side in "ab":
    wanted = json.load(open(f"{sys.argv[1]}/{side}.json"))["files"][0]["mAP"]
    assert abs(wanted - both["mAP_" + side]) < 1e-6, (wanted, both)
PYTHON
for line in "^A $model" "^largest difference  0\." "12 stand" "^labels at 0.5" "^mAP  .*A 0\..*, B 0\."; do
    grep -q "$line" "$tmp/table" || fail "no line \"$line\" in $(cat "$tmp/table")"
done

# --- the same twice, boxes of the truth, found boxes
$compare $model $model $clip --gt $tmp/truth.csv >"$tmp/table" || fail "boxes of the truth"
grep -q "^largest difference  0.000000" "$tmp/table" || fail "$(cat "$tmp/table")"
grep -q "^rank correlation    1.000000" "$tmp/table" || fail "$(cat "$tmp/table")"
check $compare $model $model $clip --threshold 0.9 --box-threshold 0.9 >"$tmp/table"
grep -q "^labels at 0.9 " "$tmp/table" || fail "persons found: $(cat "$tmp/table")"

# --- refused
expect 2 "--exclude goes with --gt" $compare $model $model $clip --exclude "$tmp/truth.csv"
sed 's/NUM_CLASSES: 80/NUM_CLASSES: 20/' ../../tools/demo/slow.yaml >"$tmp/other.yaml"
check "$build/sfmodel" init "$tmp/other.yaml" -o "$tmp/other.safetensors"
expect 1 "different classes" $compare $model "$tmp/other.safetensors" $clip $boxes
expect 1 "nowhere.safetensors" $compare $model nowhere.safetensors $clip $boxes
echo "other,0001,0.1,0.2,0.3,0.9,,0.97" >"$tmp/other.csv"
expect 1 "street" $compare $model $model $clip --proposals "$tmp/other.csv"
expect 2 "same video id" $compare $model $model $clip $clip $boxes
expect 2 "sfmodel compare" "$build/sfmodel" compare $model
finish
