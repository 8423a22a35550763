#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfcheck on data made faulty by hand: one case for every finding, what --fix makes of it, contact sheets.
set -u
. "$(dirname "$0")/lib.sh"
sfcheck="$build/sfcheck --quiet --min-examples 1"
mkdir "$tmp/videos"
check "$build/tests/tools/make_clip" "$tmp/videos/alpha.mp4" 96 72 60 30
check "$build/tests/tools/make_clip" "$tmp/videos/beta.mp4" 96 72 60 30
cat >"$tmp/labels.pbtxt" <<EOF
item { name: "stand" id: 1 }
item { name: "sit (down)" id: 2 }
item { name: "wave" id: 3 }
EOF
cat >"$tmp/good.csv" <<EOF
alpha,0,0.1,0.2,0.5,0.9,1,0
alpha,0,0.1,0.2,0.5,0.9,3,0
alpha,0,0.6,0.2,0.9,0.8,2,1
alpha,1,0.1,0.2,0.5,0.9,1,0
beta,1.5,0.2,0.1,0.4,0.7,3,0
beta,1,0.2,0.1,0.4,0.7,,1
EOF
all="-l $tmp/labels.pbtxt -v $tmp/videos"

# --- a set that is right: status 0, its numbers
check $sfcheck -g "$tmp/good.csv" $all >"$tmp/page"
for line in "6 rows, 2 videos, 4 keyframes, 5 boxes, 5 labels" \
    "people per keyframe: 0: 0 1: 3 2: 1 3: 0 4: 0 5+: 0" \
    "box heights (of the picture): 10 % below 0.60, half below 0.60, 90 % below 0.70" \
    "boxes without an action: 1" "    1        2       1  stand" "    3        2       2  wave" \
    "labels of one box: 1 with 3: 1" "nothing is wrong"; do
    grep -qF -e "$line" "$tmp/page" || fail "no \"$line\" in $(cat "$tmp/page")"
done
cp "$tmp/good.csv" "$tmp/video.mp4"
expect 2 "does not end in .csv" $sfcheck -g "$tmp/good.csv" --fix "$tmp/video.mp4"
check $sfcheck -g "$tmp/good.csv" $all --fix "$tmp/same.csv" >/dev/null
check cmp "$tmp/good.csv" "$tmp/same.csv"

# --- findings: faulty ROWS... TEXT, of the good set with these rows behind it
faulty() {
    kind=$1 text=$2
    shift 2
    { cat "$tmp/good.csv"; printf '%b\n' "$@"; } >"$tmp/bad.csv"
    status=0
    $sfcheck -g "$tmp/bad.csv" $all --fix "$tmp/fixed.csv" >"$tmp/page" || status=$?
    [ $status -eq 1 ] || fail "$kind: exit status $status"
    grep -q "^$kind: .*bad.csv" "$tmp/page" || fail "no $kind in $(cat "$tmp/page")"
    grep -qF -e "$text" "$tmp/page" || fail "no \"$text\" in $(cat "$tmp/page")"
}
# fixed ROWS: these are what --fix made of the faulty ones
fixed() {
    { cat "$tmp/good.csv"; printf '%s\n' "$@"; } | sed '/^$/d' | cmp - "$tmp/fixed.csv" ||
        fail "fixed into $(cat "$tmp/fixed.csv")"
}
faulty label-zero "line 7: label 0 (2 times)" "alpha,1,0.6,0.2,0.9,0.8,0" "alpha,2,0.6,0.2,0.9,0.8,0"
faulty label-unknown "line 7: label 4 is not on the list, whose ids end at 3" "alpha,1,0.6,0.2,0.9,0.8,4"
faulty pixels "line 7: box 48,18,96,72 is in pixels" "alpha,1,48,18,96,72,1,5"
fixed "alpha,1,0.500000,0.250000,1.000000,1.000000,1,5"
faulty pixels "box 48,18,960,72 is in pixels" "alpha,1,48,18,960,72,1,5"
fixed "alpha,1,48,18,960,72,1,5"
faulty corners "line 7: box 0.9,0.2,0.6,0.8 has its corners exchanged" "alpha,1,0.9,0.2,0.6,0.8,1" \
    "beta,0,0.1,0.1,0.2,0.2,2"
grep -q '(fixed by --fix)' "$tmp/page" && fail "one of eight is x,y,width,height, perhaps"
for i in 1 2 3 4; do cat "$tmp/good.csv"; done >"$tmp/many"
awk -F, -v OFS=, '{ $2 = 0.02 * NR; print }' "$tmp/many" >"$tmp/good_many.csv"
{ cat "$tmp/good_many.csv"; echo "alpha,1.9,0.9,0.8,0.6,0.2,1,7"; } >"$tmp/bad.csv"
$sfcheck -g "$tmp/bad.csv" $all --fix "$tmp/fixed.csv" >"$tmp/page"
tail -1 "$tmp/fixed.csv" | grep -qx 'alpha,1.9,0.600000,0.200000,0.900000,0.800000,1,7' || fail "corners in order"
faulty empty-box "line 7: box 0.6,0.2,0.6,0.8 has no area" "alpha,1,0.6,0.2,0.6,0.8,1"
fixed ""
faulty overhang "line 7: box 0.8,0.2,1.05,0.8 reaches out of the picture" "alpha,1,0.8,0.2,1.05,0.8,1"
fixed "alpha,1,0.800000,0.200000,1.000000,0.800000,1"
faulty outside "line 7: box 0.8,0.2,1.9,0.8 reaches out of the picture" "alpha,1,0.8,0.2,1.9,0.8,1"
faulty columns "line 7" "alpha,1,0.8,0.2,0.9"
faulty columns "line 7, column 2" "alpha,one,0.8,0.2,0.9,0.8,1"
faulty columns "line 7, column 4 (corner): \"x\" is not a" "alpha,1,0.8,x,0.9,0.8,1"
faulty duplicate "line 7: the same box and label as in line 4" "alpha,1,0.10,0.2,0.5,0.9,1,0"
fixed ""
faulty separators "line 7: tabs for commas" 'alpha\t1\t0.8\t0.2\t0.9\t0.8\t1'
fixed "alpha,1,0.8,0.2,0.9,0.8,1"
faulty separators "line 7: a blank line" "" "alpha,1,0.8,0.2,0.9,0.8,1"
fixed "alpha,1,0.8,0.2,0.9,0.8,1"
faulty video-missing "line 7: video \"alpa\" is not in $tmp/videos; is it \"alpha\"?" "alpa,1,0.8,0.2,0.9,0.8,1"
faulty video-name "line 7: video \"x/beta.mp4\" is called \"beta\"" "x/beta.mp4,0,0.8,0.2,0.9,0.8,1"
fixed "beta,0,0.8,0.2,0.9,0.8,1"
faulty time-outside "line 7: timestamp 3.5, but video \"alpha\" lasts from 0 to 2.00 s" "alpha,3.5,0.8,0.2,0.9,0.8,1"
faulty time-outside "line 7: timestamp -1," "alpha,-1,0.8,0.2,0.9,0.8,1"
{ printf '\357\273\277'; cat "$tmp/good.csv"; } >"$tmp/bad.csv"
$sfcheck -g "$tmp/bad.csv" $all --fix "$tmp/fixed.csv" >"$tmp/page" && fail "status 0 with a byte order mark"
grep -q '^encoding: .*bad.csv: begins with a byte order mark$' "$tmp/page" || fail "byte order mark"
check cmp "$tmp/good.csv" "$tmp/fixed.csv"

# --- files as a whole: whole TEXT ROWS OPTIONS...
whole() {
    text=$1 rows=$2
    shift 2
    printf '%b' "$rows" >"$tmp/bad.csv"
    $sfcheck -g "$tmp/bad.csv" "$@" >"$tmp/page" && fail "status 0: $text"
    grep -qF -e "$text" "$tmp/page" || fail "no \"$text\" in $(cat "$tmp/page")"
}
box=0.1,0.2,0.5,0.9
whole "timestamp 900, but video \"alpha\" lasts from 0 to 2.00 s; are times counted from 900? (2 times)" \
    "alpha,0900,$box,1\nalpha,0901,$box,1\n" -v "$tmp/videos"
whole "timestamp 30, but video \"alpha\" lasts from 0 to 2.00 s; are these frame numbers? (2 times)" \
    "alpha,0,$box,1\nalpha,30,$box,1\nalpha,59,$box,1\n" -v "$tmp/videos"
whole "class-missing: $tmp/bad.csv: class 2 \"sit (down)\" does not occur (2 times)" "alpha,1,$box,1\n" -l "$tmp/labels.pbtxt"
whole "class-rare: $tmp/bad.csv: class 1 \"\" has 1 box, fewer than 2" "alpha,1,$box,1\n" --min-examples 2
whole "shared-video: $tmp/good.csv: video \"alpha\" is in $tmp/bad.csv as well" "alpha,1,$box,1\n" --val-gt "$tmp/good.csv"
whole "unreadable: $tmp/bad.csv: line 2" "alpha,1,$box,1\nalpha\377,1,$box,1\n"
whole "unreadable: $tmp/nowhere.csv: cannot open" "alpha,1,$box,1\n" -p "$tmp/nowhere.csv"
echo "no video" >"$tmp/videos/broken.mp4"
whole "video-unreadable: $tmp/videos/broken.mp4: is not a video file" "broken,1,$box,1\n" -v "$tmp/videos"

# --- a detector's boxes
printf '%s\n' alpha,0,0.1,0.2,0.5,0.8,,0.9 alpha,1,0.6,0.1,0.9,0.3,,0.9 alpha,1,0.1,0.2,0.5,0.9,,0.8 \
    alpha,0,0.7,0.1,0.9,0.3,,0.9 alpha,0,0.3,0.1,0.4,0.3,,0.9 beta,1,0.6,0.1,0.9,0.2,,0.9 >"$tmp/boxes.csv"
$sfcheck -g "$tmp/good.csv" -p "$tmp/boxes.csv" >"$tmp/page" && fail "boxes that miss people"
for line in "proposals-miss: $tmp/good.csv: line 3: no box of $tmp/boxes.csv covers this person (IoU of 0.5) (2 times)" \
    "proposals-none: $tmp/good.csv: line 5: $tmp/boxes.csv has no box at this keyframe" \
    "proposals-astray: $tmp/boxes.csv: line 5: 4 of 6 boxes at labelled keyframes cover nobody"; do
    grep -qF -e "$line" "$tmp/page" || fail "no \"$line\" in $(cat "$tmp/page")"
done
# of people who were followed: an id behind the score
printf '%s\n' alpha,0,0.1,0.2,0.5,0.8,,0.9,4 >"$tmp/boxes.csv"
$sfcheck -g "$tmp/good.csv" -p "$tmp/boxes.csv" | grep "^proposals-rows:" && fail "boxes of people who were followed"
printf '%s\n' alpha,0,0.1,0.2,0.5,0.8,,0.9 alpha,0,0.1,0.2,0.5,0.8,,7 >"$tmp/boxes.csv"
$sfcheck -g "$tmp/good.csv" -p "$tmp/boxes.csv" >"$tmp/page" && fail "a score of 7"
grep -qF "proposals-rows: $tmp/boxes.csv: line 2, column 8 (score)" "$tmp/page" || fail "a score of 7: $(cat "$tmp/page")"
# the formats that sfdetect reads, by content: the same boxes, the same findings
printf '%s\n' alpha,0,0.1,0.2,0.5,0.8,,0.9 alpha,1,0.6,0.1,0.9,0.3,,0.9 >"$tmp/boxes.csv"
findings() { $sfcheck -g "$tmp/good.csv" -p "$1" | sed "s|line [0-9]*: ||; s|$1|BOXES|g"; }
findings "$tmp/boxes.csv" >"$tmp/want"
check "$build/sfconvert" -q "$tmp/boxes.csv" --to proposals -o "$tmp/boxes.pkl"
echo '[{"image_id": "alpha_0000", "category_id": 1, "bbox": [0.1, 0.2, 0.4, 0.6], "score": 0.9},
 {"image_id": "alpha_0001", "category_id": 1, "bbox": [0.6, 0.1, 0.3, 0.2], "score": 0.9}]' >"$tmp/boxes.json"
for format in pkl json; do
    findings "$tmp/boxes.$format" >"$tmp/page"
    diff "$tmp/want" "$tmp/page" || fail "boxes as $format"
done
sed 's/0.6, 0.1, 0.3/60, 0.1, 30/' "$tmp/boxes.json" >"$tmp/pixels.json"
findings "$tmp/pixels.json" | grep -qF "proposals-rows: BOXES: detection 1" || fail "a box in pixels"
head -c 60 "$tmp/boxes.pkl" >"$tmp/cut.pkl"
findings "$tmp/cut.pkl" | grep -qF "unreadable: BOXES" || fail "a pickle that is cut short"
printf 'alpha,0\nalpha,7\n' >"$tmp/excluded.csv"
$sfcheck -g "$tmp/good.csv" -e "$tmp/excluded.csv" | grep -qx 'keyframes excluded: 1' || fail "--exclude"

# --- contact sheets
check $sfcheck -g "$tmp/good.csv" $all --sheet "$tmp/sheets" >/dev/null
[ "$(ls "$tmp/sheets")" = "1_stand.png
2_sit__down_.png
3_wave.png" ] || fail "sheets: $(ls "$tmp/sheets")"
[ "$(ffprobe -v error -show_entries stream=width,height -of csv=p=0 "$tmp/sheets/3_wave.png")" = 960,178 ] ||
    fail "size of a sheet"

# --- the page to look at
check $sfcheck -g "$tmp/good.csv" $all >"$tmp/page"
command=$(sed -n 's/^look at it: sfreport //p' "$tmp/page")
(cd "$tmp" && check "$build/sfreport" -q $command) || fail "\"$command\""
[ -s "$tmp/report.html" ] || fail "no page"

# --- usage
expect 2 "--gt FILE.csv is needed" $sfcheck
expect 2 "--sheet needs --videos DIR" $sfcheck -g "$tmp/good.csv" --sheet "$tmp/sheets"
expect 2 "would overwrite the input" $sfcheck -g "$tmp/good.csv" --fix "$tmp/good.csv"
expect 1 "nowhere.pbtxt" $sfcheck -g "$tmp/good.csv" -l "$tmp/nowhere.pbtxt"
# a full disk is told where something was found, which is status 1 as well
[ ! -w /dev/full ] || expect 1 "stdout: cannot write: No space left on device" \
    sh -c 'exec "$@" >/dev/full' sh $sfcheck --min-examples 9 -g "$tmp/good.csv" $all
finish
