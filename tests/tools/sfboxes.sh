#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfboxes run as a user would, on a made clip with a small network of random weights; its file in sfdetect; calls
# that must fail.
set -u
. "$(dirname "$0")/lib.sh"
net="--persons persons/yolox_1.pth --person-threshold 0.1"
sfboxes="$build/sfboxes --quiet"
clip=$tmp/clip.mp4
check "$build/tests/tools/make_clip" "$clip" 96 72 100 30

# --- results
check $sfboxes $net -o "$tmp/boxes.csv" "$clip"
[ "$(cut -d, -f1,2 "$tmp/boxes.csv" | uniq)" = "clip,0
clip,1
clip,2
clip,3" ] || fail "keyframes: $(cut -d, -f1,2 "$tmp/boxes.csv" | uniq)"
awk -F, 'NF != 8 || $3 < 0 || $4 < 0 || $5 > 1 || $6 > 1 || $3 >= $5 || $4 >= $6 || $7 != "" || $8 < 0.1 { exit 1 }' \
    "$tmp/boxes.csv" || fail "corners or scores"
grep -vqE '^clip,[0-3](,[01]\.[0-9]{6}){4},,[01]\.[0-9]{6}$' "$tmp/boxes.csv" && fail "layout of the rows"
check $sfboxes $net "$clip" >"$tmp/stdout.csv"
check cmp "$tmp/boxes.csv" "$tmp/stdout.csv"
check $sfboxes $net --every 0.5 --max-persons 2 --timestamp-offset 900 -o "$tmp/half.csv" "$clip"
[ "$(cut -d, -f2 "$tmp/half.csv" | uniq -c | awk '{ print $2, ($1 <= 2) }')" = "900 1
900.5 1
901 1
901.5 1
902 1
902.5 1
903 1" ] || fail "--every, --max-persons"

# --- the file as proposals
check "$build/sfdetect" --quiet -w golden/sf_r50/weights.safetensors -c golden/sf_r50/config.yaml \
    -p "$tmp/half.csv" --box-threshold 0 --timestamp-offset 900 -o "$tmp/dets.csv" "$clip"
[ "$(cut -d, -f1-6 "$tmp/dets.csv" | sort -u)" = "$(cut -d, -f1-6 "$tmp/half.csv" | sort -u)" ] ||
    fail "sfdetect has other boxes"

# --- nobody there is no failure, and several clips
check $sfboxes --persons persons/yolox_1.pth --person-threshold 1 -o "$tmp/nobody.csv" "$clip"
printf 'clip,0\nclip,1\nclip,2\nclip,3\n' | cmp - "$tmp/nobody.csv" || fail "nobody: rows of frames alone"
check $sfboxes --persons persons/yolox_1.pth --person-threshold 1 -o "$tmp/nobody.json" "$clip"
for format in csv json; do
    echo before >"$tmp/nobody_dets.csv"
    expect 0 "nobody.$format: no persons in it for $clip" "$build/sfdetect" --quiet \
        -w golden/sf_r50/weights.safetensors -c golden/sf_r50/config.yaml -p "$tmp/nobody.$format" \
        -o "$tmp/nobody_dets.csv" -r "$tmp/nobody.mp4" "$clip"
    [ -f "$tmp/nobody_dets.csv" ] && [ ! -s "$tmp/nobody_dets.csv" ] || fail "nobody: detections"
    check [ -s "$tmp/nobody.mp4" ]
done
printf 'other,0\n' >"$tmp/other.csv"
expect 1 'no box for video "clip"; it has boxes for "other"' "$build/sfdetect" --quiet \
    -w golden/sf_r50/weights.safetensors -c golden/sf_r50/config.yaml -p "$tmp/other.csv" \
    -o "$tmp/nobody_dets.csv" "$clip"
cp "$clip" "$tmp/again.mp4"
check $sfboxes $net -o "$tmp/both.csv" "$clip" "$tmp/again.mp4"
[ "$(wc -l <"$tmp/both.csv")" -eq $((2 * $(wc -l <"$tmp/boxes.csv"))) ] || fail "two clips"

# --- other formats, by name or as said
check $sfboxes $net --max-persons 3 -o "$tmp/few.csv" "$clip"
check $sfboxes $net --max-persons 3 -o "$tmp/few.json" "$clip"
check $sfboxes $net --max-persons 3 -o "$tmp/few.txt" "$clip"
check $sfboxes $net --max-persons 3 --format mot "$clip" >"$tmp/stdout.txt"
check cmp "$tmp/few.txt" "$tmp/stdout.txt"
check $sfboxes $net --max-persons 3 --format mot --fps 25 --timestamp-offset 900 "$clip" >"$tmp/at_25.txt"
awk -F, -v OFS=, '{ $1 = ($1 - 1) / 30 * 25 + 1; print }' "$tmp/few.txt" | cmp - "$tmp/at_25.txt" ||
    fail "MOT's rows at 25 frames a second"
[ "$(grep -c '"image_id"' "$tmp/few.json")" -eq "$(wc -l <"$tmp/few.csv")" ] || fail "COCO's boxes"
awk -F, -v n="$(wc -l <"$tmp/few.csv")" 'NF != 10 || $1 % 30 != 1 || $2 != -1 { exit 1 } END { exit NR != n }' \
    "$tmp/few.txt" || fail "MOT's rows: $(cat "$tmp/few.txt")"
detect="$build/sfdetect --quiet -w golden/sf_r50/weights.safetensors -c golden/sf_r50/config.yaml"
for boxes in few.csv few.json few.txt; do
    check $detect -p "$tmp/$boxes" --box-threshold 0 -o "$tmp/$boxes.out" -j "$tmp/$boxes.lines" "$clip"
    check cmp "$tmp/few.csv.out" "$tmp/$boxes.out"
    check cmp "$tmp/few.csv.lines" "$tmp/$boxes.lines"
done

# a MOT file in which nobody is
: >"$tmp/nobody.txt"
expect 0 "nobody.txt: no persons in it" $detect -p "$tmp/nobody.txt" -o "$tmp/nobody.out" "$clip"
[ -e "$tmp/nobody.out" ] && [ ! -s "$tmp/nobody.out" ] || fail "an empty MOT file"
expect 1 "few.txt: no box scores 1 or more" $detect -p "$tmp/few.txt" --box-threshold 1 -o "$tmp/nobody.out" "$clip"

# one bad row of a MOT file is left out, and told by the status
{ cat "$tmp/few.txt"; echo '1,x,0,0,40,50,1,-1,-1,-1'; } >"$tmp/odd.txt"
expect 3 "column 2 (id): \"x\" is not a whole number; left out" $detect -p "$tmp/odd.txt" --box-threshold 0 \
    -o "$tmp/odd.out" "$clip"
check cmp "$tmp/few.txt.out" "$tmp/odd.out"

# --- followed
check $sfboxes $net --track --tracks "$tmp/tracks.txt" -o "$tmp/followed.csv" "$clip"
check $sfboxes $net --track -o "$tmp/again.txt" "$clip"
check cmp "$tmp/tracks.txt" "$tmp/again.txt"
awk -F, 'NF != 9 || $9 < 1 { exit 1 }' "$tmp/followed.csv" || fail "ids"
awk -F, 'NF != 10 || $1 < last || $1 > 100 || $2 < 1 { exit 1 } { last = $1 }' "$tmp/tracks.txt" || fail "tracks"
[ "$(cut -d, -f1 "$tmp/tracks.txt" | sort -un | wc -l)" -ge 96 ] || fail "tracks are not in every frame"

# --- bad input
echo keep >"$tmp/kept.csv"
expect 2 "MOT files are of one clip" $sfboxes $net --tracks "$tmp/t.txt" "$clip" "$tmp/again.mp4"
expect 2 "--fps is for MOT's frames" $sfboxes $net --fps 25 "$clip"
expect 1 "/dev/null" $sfboxes $net --track /dev/null
expect 2 "--every" $sfboxes $net --every 0 "$clip"
expect 1 "missing.mp4" $sfboxes $net -o "$tmp/kept.csv" "$tmp/missing.mp4"
expect 1 "not a person detector" $sfboxes --persons golden/sf_r50/weights.safetensors -o "$tmp/kept.csv" "$clip"
expect 3 "missing.mp4" $sfboxes $net -o "$tmp/part.csv" "$tmp/missing.mp4" "$clip"
check cmp "$tmp/part.csv" "$tmp/boxes.csv"
expect 2 "$clip" $sfboxes $net -o "$clip" "$clip"
[ "$(cat "$tmp/kept.csv")" = keep ] || fail "an output of a failed run was touched"
# --- a name that is not UTF-8: ids are spelled as in files, everywhere
odd="$tmp/$(printf 'caf\351').mp4"
cp ../../data/demo/street.mp4 "$odd"
check "$build/sfboxes" -q -o "$tmp/odd.csv" "$odd"
check "$build/sfdetect" -q -o "$tmp/odd_found.csv" "$odd"
check "$build/sfdetect" -q -p "$tmp/odd.csv" -o "$tmp/odd_given.csv" "$odd"
grep -q '^caf\\xE9,' "$tmp/odd_found.csv" || fail "nobody in $(head -1 "$tmp/odd_found.csv")"
cmp "$tmp/odd_found.csv" "$tmp/odd_given.csv" || fail "an odd name does not feed back"

finish
