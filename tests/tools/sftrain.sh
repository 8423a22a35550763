#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sftrain run as a user would, on made clips and a small network: training, stopping and resuming, a
# frozen backbone, calls that must fail.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/train_data.sh"

# --- results
check $sftrain $data $val $learn -c "$tmp/net.yaml" -p "$tmp/boxes.csv" -o "$tmp/run" >"$tmp/epochs.txt"
[ "$(grep -c '^epoch ' "$tmp/epochs.txt")" -eq 3 ] || fail "a line per epoch"
best=$(sed -n 's/^best epoch: \([0-9]*\) of 3, mAP \([0-9.]*\)$/\1 \2/p' "$tmp/epochs.txt")
[ "$best" = "$(awk -F, 'NR > 1 && $4 > m { m = $4; e = $1 } END { printf "%d %.4f", e, m }' "$tmp/run/log.csv")" ] ||
    fail "the best epoch: $(cat "$tmp/epochs.txt")"
tail -n 1 "$tmp/epochs.txt" | grep -q "^use it: sfdetect --weights $tmp/run/best.safetensors VIDEO$" ||
    fail "what to do with it: $(tail -n 1 "$tmp/epochs.txt")"
grep -qx "look at it: sfreport $tmp/run -o $tmp/run/report.html" "$tmp/epochs.txt" || fail "what to see it with"
[ "$(wc -l <"$tmp/run/log.csv")" -eq 4 ] || fail "log.csv"
grep -q '</svg>' "$tmp/run/curve.svg" || fail "curve.svg"
awk -F, 'NR == 2 { first = $3 } END { exit !($3 < first) }' "$tmp/run/log.csv" || fail "the loss must fall"
check "$build/sfdetect" -q -w "$tmp/run/last.safetensors" -p "$tmp/boxes.csv" --labels "$tmp/labels.pbtxt" \
    -o "$tmp/dets.csv" "$videos/a.mp4"

# --- same seed, same weights; another seed, others
check $sftrain $data $val $learn -c "$tmp/net.yaml" -p "$tmp/boxes.csv" -o "$tmp/again" >/dev/null
check cmp "$tmp/run/last.safetensors" "$tmp/again/last.safetensors"
check $sftrain $data $learn --seed 6 -c "$tmp/net.yaml" -p "$tmp/boxes.csv" -o "$tmp/other" >/dev/null
cmp -s "$tmp/run/last.safetensors" "$tmp/other/last.safetensors" && fail "the seed has no effect"

# --- stopped after the first epoch or in it, and resumed
interrupt_after_line $sftrain $data $val $learn -c "$tmp/net.yaml" -p "$tmp/boxes.csv" -o "$tmp/stopped"
check $sftrain $data $val $learn -c "$tmp/net.yaml" -p "$tmp/boxes.csv" -o "$tmp/stopped" --resume >/dev/null
check cmp "$tmp/run/last.safetensors" "$tmp/stopped/last.safetensors"

# --- frozen backbone: the second run finds its features
for i in 1 2; do
    check $sftrain $data $val $learn -w "$tmp/run/last.safetensors" --freeze backbone \
        -p "$tmp/boxes.csv" -o "$tmp/frozen" --force >"$tmp/frozen$i"
done
check test -s "$tmp/frozen/cache/train.features"
[ "$(cut -d, -f1,2 "$tmp/frozen1")" = "$(cut -d, -f1,2 "$tmp/frozen2")" ] || fail "cached features differ"

# --- a video that ends before its header's promise, or is damaged, is named
mkdir "$tmp/cut"
cp "$videos"/[bcd].mp4 "$tmp/cut"
check "$build/tests/tools/make_clip" "$tmp/whole.mkv" 96 72 90 30
head -c $(($(wc -c <"$tmp/whole.mkv") * 9 / 10)) "$tmp/whole.mkv" >"$tmp/cut/a.mkv"
expect 0 "a.mkv: ends at " "$build/sftrain" --gt "$tmp/gt.csv" --labels "$tmp/labels.pbtxt" --videos "$tmp/cut" $learn \
    --epochs 1 -c "$tmp/net.yaml" -p "$tmp/boxes.csv" -o "$tmp/of_cut"

# --- classes without a box are named, and no obstacle
check $sftrain $data $learn --epochs 1 -c "$tmp/net.yaml" -o "$tmp/told" 2>"$tmp/told.txt" >/dev/null
[ -s "$tmp/told.txt" ] && fail "--quiet is not quiet"
check $sftrain ${data% --quiet} $learn --epochs 1 --force -c "$tmp/net.yaml" -o "$tmp/told" 2>"$tmp/told.txt" >/dev/null
grep -q 'no training box has: never seen$' "$tmp/told.txt" || fail "no word about the empty class"

awk -F, -v OFS=, '{ $7 = ""; print }' "$tmp/gt.csv" >"$tmp/idle.csv"
expect 1 "idle.csv: nobody does any of the" "$build/sftrain" --gt "$tmp/idle.csv" --labels "$tmp/labels.pbtxt" \
    --quiet --videos "$videos" $learn --epochs 1 -c "$tmp/net.yaml" -o "$tmp/never"

# --- the classes' names go with the model, are shown, and go on into the next training
names=$("$build/sfdetect" -q -w "$tmp/run/last.safetensors" -p "$tmp/boxes.csv" "$videos/a.mp4")
echo "$names" | grep -q 'walk [01]\.' || fail "names of own classes: $names"
echo "$names" | grep -qE 'bend|crouch|action' && fail "AVA's names for own classes: $names"
check $sftrain --gt "$tmp/gt.csv" --videos "$videos" --quiet $val $learn --epochs 1 \
    -w "$tmp/run/last.safetensors" -o "$tmp/further" >"$tmp/further.txt"
grep -q 'mAP [01]\.' "$tmp/further.txt" || fail "validation by the stored list: $(cat "$tmp/further.txt")"
"$build/sfdetect" -q -w "$tmp/further/last.safetensors" -p "$tmp/boxes.csv" "$videos/a.mp4" |
    grep -q 'walk [01]\.' || fail "names after further training"
check "$build/sfmodel" convert "$tmp/run/last.safetensors" --dtype f16 -o "$tmp/half.safetensors"
"$build/sfdetect" -q -w "$tmp/half.safetensors" -p "$tmp/boxes.csv" "$videos/a.mp4" |
    grep -q 'walk [01]\.' || fail "names after conversion"
sed 's/walk/run/' "$tmp/labels.pbtxt" >"$tmp/others.pbtxt"
check "$build/sfmodel" convert "$tmp/run/last.safetensors" -l "$tmp/others.pbtxt" -o "$tmp/named.safetensors"
"$build/sfdetect" -q -w "$tmp/named.safetensors" -p "$tmp/boxes.csv" "$videos/a.mp4" |
    grep -q 'run [01]\.' || fail "names given to a conversion"
printf 'item { name: "one" id: 1 }\n' >"$tmp/one.pbtxt"
expect 0 "names 1 class up to id 1, those of" "$build/sfdetect" -q -w "$tmp/run/last.safetensors" \
    -p "$tmp/boxes.csv" --labels "$tmp/one.pbtxt" "$videos/a.mp4"
expect 1 "does it belong to this network?" "$build/sfdetect" -q --strict -w "$tmp/run/last.safetensors" \
    -p "$tmp/boxes.csv" --labels "$tmp/one.pbtxt" "$videos/a.mp4"

expect 0 'others.pbtxt calls class 3 "run", the list in' "$build/sfdetect" -q -w "$tmp/run/last.safetensors" \
    -p "$tmp/boxes.csv" --labels "$tmp/others.pbtxt" "$videos/a.mp4"

# --- keyframes outside their video are named and left out
sed 's/^\([a-d]\),2,/\1,902,/' "$tmp/gt.csv" >"$tmp/outside.csv"
outside="--videos $videos --labels $tmp/labels.pbtxt --quiet $learn --epochs 1 -c $tmp/net.yaml"
expect 0 'warning: a: timestamp 902 (frame 27060) lies past the end of the video of 2.33 s; left out' \
    $sftrain --gt "$tmp/outside.csv" $outside -o "$tmp/inside"
grep -q 'warning: keyframes: 4 in all are left out' "$tmp/stderr" || fail "count of keyframes"
grep -v '^[a-d],2,' "$tmp/gt.csv" >"$tmp/shorter.csv"
check $sftrain --gt "$tmp/shorter.csv" $outside -o "$tmp/shorter" >/dev/null
check cmp "$tmp/inside/last.safetensors" "$tmp/shorter/last.safetensors"
expect 1 'a: timestamp 902' $sftrain --strict --gt "$tmp/outside.csv" $outside -o "$tmp/strict"
sed 's/^\([a-d]\),/\1,90/' "$tmp/gt.csv" >"$tmp/all_outside.csv"
expect 1 'no keyframe lies in its video: timestamps of a longer movie need a timestamp offset' \
    $sftrain --gt "$tmp/all_outside.csv" $outside -o "$tmp/none"
sed 's/^\([a-d]\),0,/\1,-1,/' "$tmp/gt.csv" >"$tmp/negative.csv"
expect 0 'a: timestamp -1 lies before the start of the video' $sftrain --gt "$tmp/negative.csv" $outside \
    -o "$tmp/negative"

# --- the csv that all programs take
{ printf '\357\273\277video_id,timestamp,x1,y1,x2,y2,action_id,person_id\r\n\r\na,1\r\n'
  sed 's/,/, /g; s/$/\r/' "$tmp/gt.csv"; } >"$tmp/odd.csv"
check $sftrain --gt "$tmp/gt.csv" $outside -o "$tmp/clean" >/dev/null
check $sftrain --gt "$tmp/odd.csv" $outside -o "$tmp/odd" >/dev/null
check cmp "$tmp/clean/last.safetensors" "$tmp/odd/last.safetensors"

# --- bad input
bad() {
    text=$1
    shift
    expect 1 "$text" $sftrain --videos "$videos" --labels "$tmp/labels.pbtxt" --quiet -c "$tmp/net.yaml" \
        -o "$tmp/bad" "$@"
}
echo "a,0,0.1,0.2,0.5,0.9,5,0" >"$tmp/bad.csv"
bad "bad.csv: line 1, column 7" --gt "$tmp/bad.csv"
echo "a,0,10,20,50,90,1,0" >"$tmp/bad.csv"
bad "a fraction of the picture" --gt "$tmp/bad.csv"
: >"$tmp/bad.csv"
bad "no labelled box" --gt "$tmp/bad.csv"
echo "nowhere,0,0.1,0.2,0.5,0.9,1,0" >"$tmp/bad.csv"
bad "1 of 1 video is missing, the first is nowhere.mp4" --gt "$tmp/bad.csv"
echo "a,0,0.8,0.8,0.9,0.9,,0.9" >"$tmp/bad.csv"
bad "overlaps a box of" --gt "$tmp/gt.csv" --proposals "$tmp/bad.csv"
: >"$tmp/bad.csv"
bad "bad.csv: no box" --gt "$tmp/gt.csv" --val-gt "$tmp/gt.csv" --val-proposals "$tmp/bad.csv"
echo "b,0,0.1,0.2,0.5,0.9,9,0" >"$tmp/bad.csv"
bad "bad.csv: line 1, column 7" --gt "$tmp/gt.csv" --val-gt "$tmp/bad.csv" --val-proposals "$tmp/boxes.csv"
sed 's/^b,/gone,/' "$tmp/gt.csv" >"$tmp/bad.csv"
sed 's/^b,/gone,/' "$tmp/boxes.csv" >"$tmp/bad_boxes.csv"
bad "1 of 4 videos is missing, the first is gone.mp4" --gt "$tmp/gt.csv" --val-gt "$tmp/bad.csv" \
    --val-proposals "$tmp/bad_boxes.csv"
bad "needs weights" --gt "$tmp/gt.csv" --freeze backbone
expect 1 "other settings" $sftrain $data $learn --batch 3 -c "$tmp/net.yaml" -o "$tmp/run" --resume
expect 2 "--config or --weights" $sftrain $data -o "$tmp/bad"
finish
