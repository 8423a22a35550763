#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfeval run as a user would; calls that must fail.
set -u
. "$(dirname "$0")/lib.sh"
sfeval=$build/sfeval
edge=eval/edge
case=$edge/ap_integration_small
gt=$case/gt.csv
det=$case/det.csv

# --- the table
check $sfeval --gt $gt $det >"$tmp/table"
grep -q '^  *mAP, activitynet_2020  *0\.[0-9]*$' "$tmp/table" || fail "mAP line"
grep -qE '^  12  stand +[0-9]+  [01]\.[0-9]{6}$' "$tmp/table" || fail "class line"
grep -qE '^ +pose \(1-14\) ' "$tmp/table" || fail "group line"
grep -q '^rows scored ' "$tmp/table" || fail "counts"
[ "$(grep -cE '^ +[0-9]+  [a-z]' "$tmp/table")" -eq 60 ] || fail "60 classes"
check $sfeval --gt $gt --sort id $det >"$tmp/by_id"
[ "$(grep -oE '^ +[0-9]+  [a-z]' "$tmp/by_id" | awk '{ print $1 }' | sort -nc 2>&1)" = "" ] ||
    fail "--sort id"

# --- gzip and stdin give the same
gzip -c "$det" >"$tmp/det.csv.gz"
sed 1,3d "$tmp/table" >"$tmp/wanted"
$sfeval --gt $gt "$tmp/det.csv.gz" | sed 1,3d | cmp - "$tmp/wanted" || fail "gzip"
$sfeval --gt $gt - <"$det" | sed 1,3d | cmp - "$tmp/wanted" || fail "stdin"
cat "$gt" | $sfeval --gt - "$det" | sed 1,3d | cmp - "$tmp/wanted" || fail "truth from stdin"

# --- dialects side by side, also from a pipe
check $sfeval --gt $gt --dialect all $det >"$tmp/all"
head -1 "$tmp/all" | grep -qE 'activitynet_2020 +activitynet_2019 +pyslowfast +mmaction2' ||
    fail "dialects: $(cat "$tmp/all")"
cat "$det" | $sfeval --gt $gt --dialect all - | sed 's/  stdin$//' >"$tmp/all_stdin"
sed "s:  $det\$::" "$tmp/all" | cmp - "$tmp/all_stdin" || fail "--dialect all from stdin"
$sfeval --gt $edge/score_missing/gt.csv --dialect all $edge/score_missing/det.csv \
    >"$tmp/all" 2>"$tmp/said"
[ $? -eq 3 ] || fail "a dialect that refuses the input is exit status 3"
grep -q refused "$tmp/all" || fail "refused dialect"
grep -q 'pyslowfast: .*det.csv: line 1: has no column 8 (score)' "$tmp/said" || fail "refusal's reason"

# --- several files
head -n 6 "$det" >"$tmp/part.csv"
check $sfeval --gt $gt "$tmp/part.csv" "$det" --json "$tmp/out.json" --plot "$tmp/ap.svg" >"$tmp/two"
grep -qE '^\[2\] ' "$tmp/two" || fail "legend of several files"
grep -qE '^  12  stand .* [+-]0\.[0-9]{6}$' "$tmp/two" || fail "differences"
grep -q '"mAP":' "$tmp/out.json" || fail "JSON"
head -c 5 "$tmp/ap.svg" | grep -q '<?xml' || fail "SVG"
tail -1 "$tmp/ap.svg" | grep -q '^</svg>$' || fail "SVG end"
check $sfeval --gt $gt --json - "$det" >"$tmp/stdout.json"
head -1 "$tmp/stdout.json" | grep -q '^{$' || fail "JSON on stdout"

# --- thresholds and errors
check $sfeval --gt $gt --iou 0.5:0.95:0.05 "$det" >"$tmp/ious"
[ "$(grep -cE '^0\.[5-9]5? ' "$tmp/ious")" -eq 10 ] || fail "ten thresholds"
grep -q '^mean ' "$tmp/ious" || fail "mean over thresholds"
check $sfeval --gt $gt --errors "$det" >"$tmp/errors"
grep -qE '^ +gain +\+' "$tmp/errors" || fail "--errors"

check $sfeval --gt $gt --errors "$tmp/part.csv" "$det" >"$tmp/errors"
[ "$(grep -cE '^ +gain +' "$tmp/errors")" -eq 2 ] || fail "--errors of two files"

# --- differences and luck; rows left out
check $sfeval --gt $gt --bootstrap 50 --json "$tmp/gain.json" "$tmp/part.csv" "$det" >"$tmp/gain"
grep -qE '^\[2\] less \[1\]: 50 draws of [0-9]+ video' "$tmp/gain" || fail "--bootstrap"
grep -qE '^ +mAP +[+-]0\.[0-9]{6} .* luck' "$tmp/gain" || fail "--bootstrap: $(tail -3 "$tmp/gain")"
grep -q '"gain":' "$tmp/gain.json" || fail "--bootstrap: JSON"
check $sfeval --gt $gt --bootstrap 50 "$tmp/part.csv" "$det" | cmp - "$tmp/gain" || fail "draws differ"
capacity=$edge/capacity_60_drops_lowest
expect 0 'takes the best 50 of a frame (--dialect pyslowfast' $sfeval --gt $capacity/gt.csv $capacity/det.csv

# --- strict
sed 's/^/x_/' "$det" >"$tmp/other.csv"
$sfeval --gt $gt "$tmp/other.csv" >/dev/null 2>"$tmp/said" || fail "suspicious input is a warning"
grep -q '^sfeval: warning: .*does not occur in' "$tmp/said" || fail "warning"
$sfeval --strict --gt $gt "$tmp/other.csv" >/dev/null 2>"$tmp/said"
[ $? -eq 1 ] || fail "--strict refuses"
tail -1 "$tmp/said" | grep -q 'suspicious input is refused (--strict)' || fail "--strict: last line"

expect 0 'line 1: a header line is left out; activitynet_2020 refuses that' \
    $sfeval --gt $edge/header_line/gt.csv $edge/header_line/det.csv
awk -F, -v OFS=, '{ x = $3; $3 = $5; $5 = x; print }' "$det" >"$tmp/inverted.csv"
expect 0 'boxes have x2 <= x1 or y2 <= y1' $sfeval --gt $gt "$tmp/inverted.csv"
$sfeval --strict --gt $gt "$tmp/inverted.csv" >/dev/null 2>&1 && fail "--strict: inverted boxes"
printf 'v,1,0,0,1,1,2\nv,1,0,0,1,1,12\nv,1,0,0,1,1,2\n' >"$tmp/own.csv"
expect 0 '2 rows not counted, of labels that are not among the 60 classes' \
    $sfeval --gt "$tmp/own.csv" "$tmp/own.csv"

# --- AVA-Kinetics: fractions of seconds, rows of frames without people
printf 'a,10.5,0.1,0.1,0.5,0.5,12,0\na,10.75,0.1,0.1,0.5,0.5,12,1\nb,3.2\n' >"$tmp/kinetics.csv"
printf 'a,10.500000,0.1,0.1,0.5,0.5,12,0.9\na,10.25,0.1,0.1,0.5,0.5,12,1\nb,3.20,0,0,1,1,12,0.5\n' >"$tmp/found.csv"
check $sfeval --gt "$tmp/kinetics.csv" "$tmp/found.csv" >"$tmp/table"
grep -q '^  *mAP, activitynet_2020  *0.500000$' "$tmp/table" || fail "AVA-Kinetics: $(cat "$tmp/table")"
expect 1 'line 1, column 2 (timestamp): "10.5" is not an integer' \
    $sfeval --dialect mmaction2 --gt "$tmp/kinetics.csv" "$tmp/found.csv"

# --- tubes
check $sfeval --tubes --gt tubes/set_2.pkl tubes/set_2.csv --tube-frames 3 --json "$tmp/tubes.json" >"$tmp/tubes"
grep -qE '^ +mean .* 75.6802 +82.2222 +82.2222 +82.8395 +59.1461 +37.8611$' "$tmp/tubes" ||
    fail "tubes: $(cat "$tmp/tubes")"
grep -q '"0.10:0.90":' "$tmp/tubes.json" || fail "tubes as JSON"
check $sfeval --tubes --gt tubes/set_2.pkl tubes/set_2.csv - <tubes/set_2.csv >"$tmp/tubes"
[ "$(wc -l <"$tmp/tubes")" -eq 3 ] || fail "tubes of two files"
expect 1 'no video "v"' sh -c "echo v,1,0,0,1,1,1,1 | $sfeval --tubes --gt tubes/set_2.pkl -"
box=0.1,0.1,0.2025,0.3
printf '%s\n' aerobics/v_2,2,$box,2,0.9 >"$tmp/name.csv"
printf '%s\n' aerobics/v_2.mp4,2,$box,2,0.9 >"$tmp/file.csv"
printf '%s\n' v_2,2,$box,2,0.9 >"$tmp/last.csv"
printf '%s\n' v_2,2,$box,0,0.1 v_2,2,$box,1,0.9 >"$tmp/from0.csv"
echo '{"video":"v_2","timestamp":2,"box":[0.1,0.1,0.2025,0.3],"labels":[{"id":1,"score":0.9},{"id":0,"score":0.1}]}' \
    >"$tmp/from0.json"
for file in name.csv file.csv last.csv from0.csv from0.json; do
    check $sfeval --tubes --gt annotations/tubes.pkl --tube-frames 1 "$tmp/$file" >"$tmp/tubes"
    grep -q ' turn .*  100.0000  ' "$tmp/tubes" ||
        fail "tubes of $file: $(cat "$tmp/tubes")"
done
expect 1 'label 2 is not among the 2' $sfeval --tubes --first-label 0 --gt annotations/tubes.pkl "$tmp/last.csv"
expect 2 '--exclude is about AVA' $sfeval --tubes --exclude x --gt tubes/set_2.pkl tubes/set_2.csv
expect 2 'are of --tubes' $sfeval --link persons --gt $gt "$det"

# --- wrong usage and bad input
expect 2 '--gt FILE (ground truth) was wanted' $sfeval "$det"
expect 2 'DETECTIONS.csv... was wanted' $sfeval --gt $gt
expect 2 'did you mean "mmaction2"?' $sfeval --gt $gt --dialect mmaction "$det"
expect 2 'did you mean "--exclude"?' $sfeval --gt $gt --excluded x "$det"
for iou in 0 1.1 x 0.5: 0.5:0.9 0.9:0.5:0.1 0.5:0.9:0 0.1:1:0.001 0.5, nan; do
    expect 2 "--iou: \"$iou\" is not a threshold" $sfeval --gt $gt --iou $iou "$det"
done
expect 2 'stdin) can be read for one file only' $sfeval --gt - -
check $sfeval --gt eval/confusion/truth.csv --errors --min-score 0.5 eval/confusion/found.csv >"$tmp/errors"
grep -q "that score 0.5 or more: false" "$tmp/errors" &&
    grep -qE '^ +5 +33  stand +crouch/kneel$' "$tmp/errors" || fail "--min-score: $(cat "$tmp/errors")"
expect 2 '--min-score is for --errors' $sfeval --gt $gt --min-score 0.5 "$det"
expect 2 '--errors wants one' $sfeval --gt $gt --errors --iou 0.5,0.6 "$det"
expect 2 '--bootstrap compares files' $sfeval --gt $gt --bootstrap 10 "$det"
expect 1 'no/such.csv: cannot open: No such file' $sfeval --gt no/such.csv "$det"
expect 1 'is a directory' $sfeval --gt $gt eval
expect 1 'line 1, column 2 (timestamp): "timestamp" is not' \
    $sfeval --strict --gt $edge/header_line/gt.csv $edge/header_line/det.csv
expect 1 'gt.csv: line 1: "v1" is not "item" or "label"' $sfeval --gt $gt --labels "$gt" "$det"
expect 1 'cannot create a file beside it' $sfeval --gt $gt --json no/such/x.json "$det"
echo old >"$tmp/old.json"
expect 1 'no/such' $sfeval --gt $gt --json "$tmp/old.json" no/such
[ "$(cat "$tmp/old.json")" = old ] || fail "a failed run touched its output"
$sfeval --gt $gt "$det" no/such >"$tmp/some" 2>/dev/null
[ $? -eq 3 ] || fail "one of two files failed is exit status 3"
grep -q 'mAP, activitynet_2020' "$tmp/some" || fail "the other file's table"
if [ -w /dev/full ]; then
    $sfeval --gt $gt "$det" >/dev/full 2>"$tmp/said"
    [ $? -eq 1 ] || fail "full disk is exit status 1"
    grep -q 'stdout: cannot write: No space left on device' "$tmp/said" || fail "full disk"
fi
$sfeval --help | grep -q -- '--dialect NAME' || fail "--help"
$sfeval --version | grep -qE '^sfeval [0-9]+\.[0-9]+\.[0-9]+$' || fail "--version"
finish
