#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfeval --boxes and --tracks run as a user would: the bundled clip's boxes and truth, files that fail, wrong usage.
set -u
. "$(dirname "$0")/lib.sh"
demo=../../data/demo
gt=$demo/street.csv
sfeval="$build/sfeval"

# --- boxes: distinct ones of the truth; several files side by side
check $sfeval --boxes --gt $gt --json "$tmp/boxes.json" $demo/street_boxes.csv $gt >"$tmp/table"
[ "$(wc -l <"$tmp/table")" -eq 3 ] || fail "table: $(cat "$tmp/table")"
head -1 "$tmp/table" | grep -q 'AP50' || fail "heading: $(cat "$tmp/table")"
awk 'NR == 2 && !($2 > 95 && $4 > 80 && $6 == 34 && $7 == 36) { exit 1 }
     NR == 3 && !($1 > 99.999 && $6 == 34 && $7 == 34) { exit 1 }' "$tmp/table" || fail "$(cat "$tmp/table")"
grep -q '"AP50":' "$tmp/boxes.json" || fail "JSON"
check $sfeval --boxes --gt $gt --json - - <$demo/street_boxes.csv >"$tmp/stdin.json"
grep -q '"path":[^"]*"stdin"' "$tmp/stdin.json" || fail "stdin: $(cat "$tmp/stdin.json")"

# --- tracks: ids of the truth, and the same with one switch
check $sfeval --tracks --gt $gt $gt >"$tmp/table"
awk 'NR == 2 && !($1 == 100 && $2 == 100 && $5 == 0) { exit 1 }' "$tmp/table" || fail "$(cat "$tmp/table")"
sed 's/^\(street,000[6-9],.*\),1$/\1,9/' $gt >"$tmp/switched.csv"
check $sfeval --tracks --gt $gt "$tmp/switched.csv" >"$tmp/table"
awk 'NR == 2 && !($1 < 100 && $2 < 100 && $5 == 1) { exit 1 }' "$tmp/table" || fail "$(cat "$tmp/table")"
printf '1,1,10,10,40,80,1,-1,-1,-1\n2,1,12,10,40,80,1,-1,-1,-1\n' >"$tmp/truth.txt"
printf '1,4,10,10,40,80,0.9,-1,-1,-1\n2,5,12,10,40,80,0.9,-1,-1,-1\n' >"$tmp/tracks.txt"
check $sfeval --tracks --boxes --gt "$tmp/truth.txt" "$tmp/tracks.txt" >"$tmp/table"
awk 'NR == 2 && !($1 > 99.99) || NR == 4 && !($1 == 50 && $2 == 50 && $5 == 1) { exit 1 }' "$tmp/table" ||
    fail "$(cat "$tmp/table")"
check $sfeval --tracks --iou 0.99 --gt "$tmp/truth.txt" "$tmp/tracks.txt" >/dev/null

# --- what is left out, fails, or is wrong
echo 'street,0099,0,0,1,1,,0.9' >"$tmp/other.csv"
expect 0 "1 box left out: of pictures that $gt does not have" $sfeval --boxes --gt $gt "$tmp/other.csv"
echo 'street,1,0,0,1' >"$tmp/bad.csv"
expect 3 "bad.csv: line 1: 5 columns" $sfeval --boxes --gt $gt "$tmp/bad.csv" $demo/street_boxes.csv
expect 1 "column 8 (person id): \"0.951\" is not a whole number" $sfeval --tracks --gt $gt $demo/street_boxes.csv
sed '3s/,0\.[0-9]*,/,x,/' $demo/street_boxes.csv >"$tmp/one_bad.csv"
expect 0 "one_bad.csv: line 3, column" $sfeval --boxes --gt $gt "$tmp/one_bad.csv"
expect 1 "one_bad.csv: line 3, column" $sfeval --boxes --strict --gt $gt "$tmp/one_bad.csv"
printf '1,4,10,10,40,80,0.9\n1,4,11,10,40,80,0.9\n' >"$tmp/twice.txt"
expect 0 "twice.txt: line 2: person 4 has a box in frame 1 already, line 1; left out" \
    $sfeval --tracks --gt "$tmp/truth.txt" "$tmp/twice.txt"
expect 1 "one has MOT's frames" $sfeval --tracks --gt $gt "$tmp/tracks.txt"
expect 1 "no/such.csv" $sfeval --boxes --gt no/such.csv $gt
expect 2 "--labels is about AVA's actions" $sfeval --boxes --labels ava-80 --gt $gt $gt
expect 2 "--iou is one threshold, of --tracks" $sfeval --tracks --iou 0.5,0.75 --gt $gt $gt
expect 2 "--iou is one threshold, of --tracks" $sfeval --boxes --iou 0.5 --gt $gt $gt
expect 2 "--sort is about AVA's actions" $sfeval --boxes --sort id --gt $gt $gt
expect 2 "--gt FILE" $sfeval --boxes $gt
expect 2 "no stdin" $sfeval --boxes --gt - $gt $gt
finish
