#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfclassify: videos, folders and lists; views by options and by configuration; results, accuracy, what
# must fail, Ctrl-C.
set -u
. "$(dirname "$0")/lib.sh"
sfclassify="$build/sfclassify"
golden=$PWD/golden/kinetics_sf_r50
videos=$tmp/videos
mkdir -p "$videos/far away"
check "$build/sfsynth" -q --clip "$videos/room.mp4" --scene room -t 2 --size 96x72 --seed 3
check "$build/sfsynth" -q --clip "$videos/far away/beach.mp4" --scene beach -t 2 --size 96x72 --seed 4
net="-w $golden/weights.safetensors -c $golden/config.yaml --quiet"

# --- a summary, and files
check $sfclassify $net "$videos/room.mp4" --clips 2 --top 3 >"$tmp/out.txt"
[ "$(wc -l <"$tmp/out.txt")" -eq 4 ] || fail "summary: $(cat "$tmp/out.txt")"
[ "$(head -n 1 "$tmp/out.txt")" = "$videos/room.mp4" ] || fail "no path"
check $sfclassify $net "$videos/room.mp4" "$videos/far away/beach.mp4" --clips 2 -o "$tmp/a.csv" -j "$tmp/a.json" \
    >"$tmp/out.txt"
[ ! -s "$tmp/out.txt" ] || fail "a summary beside files: $(cat "$tmp/out.txt")"
[ "$(wc -l <"$tmp/a.csv")" -eq 34 ] || fail "17 classes of two videos"
awk -F, -v v="$videos/room.mp4" '$1 == v { sum += $3; n++; bad += $2 != n - 1 }
    END { exit bad || n != 17 || sum < 0.9999 || sum > 1.0001 }' "$tmp/a.csv" || fail "rows of the csv"
[ "$(wc -l <"$tmp/a.json")" -eq 2 ] || fail "a line a video"
best=$(awk -F, -v v="$videos/room.mp4" '$1 == v && $3 > s { s = $3; k = $2 } END { print k }' "$tmp/a.csv")
head -n 1 "$tmp/a.json" | grep -q "^{\"path\":\"$videos/room.mp4\",\"classes\":\[{\"id\":$best,\"name\":null,\"score\":0\." ||
    fail "JSON: $(head -n 1 "$tmp/a.json")"

# --- views: all by the configuration, the same by options; others give other scores
cat "$golden/config.yaml" - >"$tmp/net.yaml" <<'EOF'
TEST: {DATASET: ssv2, NUM_ENSEMBLE_VIEWS: 1, NUM_SPATIAL_CROPS: 2}
EOF
sed -i 's/TEST_CROP_SIZE: 64/TEST_CROP_SIZE: 72\n  ENSEMBLE_METHOD: max\n  REVERSE_INPUT_CHANNEL: True/' "$tmp/net.yaml"
check $sfclassify $net -c "$tmp/net.yaml" "$videos/room.mp4" -o "$tmp/b.csv"
check $sfclassify $net --sampling segments --clips 1 --crops 2 --crop 72 --short-side 72 --average max \
    "$videos/room.mp4" -o "$tmp/c.csv"
check cmp "$tmp/b.csv" "$tmp/c.csv"
check $sfclassify $net --sampling segments --clips 1 --crops 3 --crop 72 --short-side 72 --average max \
    "$videos/room.mp4" -o "$tmp/c.csv"
! cmp -s "$tmp/b.csv" "$tmp/c.csv" || fail "a crop more changes nothing"
$sfclassify ${net% --quiet} "$videos/room.mp4" --clips 1 2>&1 >/dev/null |
    grep -q '1 clip (uniform) of 8 frames, 3 crops of 64 from a short side of 64, mean' || fail "views are not told"

# --- a list with labels, names, classes; what is missing is named and the rest done
printf 'room.mp4 %s\nfar away/beach.mp4,1\n' "$best" >"$tmp/list.csv"
seq 0 16 | sed 's/^/class /' >"$tmp/names.txt"
check $sfclassify $net --list "$tmp/list.csv" --videos "$videos" --clips 2 --names "$tmp/names.txt" \
    --per-class "$tmp/classes.csv" -o "$tmp/d.csv" >"$tmp/out.txt"
check cmp "$tmp/a.csv" "$tmp/d.csv"
grep -q '^2 videos with labels, 2 of 17 classes$' "$tmp/out.txt" || fail "$(cat "$tmp/out.txt")"
grep -q '^top-1 [01].[05]000, top-5 ' "$tmp/out.txt" || fail "$(cat "$tmp/out.txt")"
grep -q '^mAP [01].[0-9]*$' "$tmp/out.txt" || fail "$(cat "$tmp/out.txt")"
[ "$(head -n 1 "$tmp/classes.csv")" = class_id,name,videos,accuracy,ap ] || fail "header of the classes"
grep -q "^$best,class $best,1,1.000000,[01]" "$tmp/classes.csv" || fail "$(cat "$tmp/classes.csv")"
grep -q '^16,class 16,0,,$' "$tmp/classes.csv" || [ "$best" = 16 ] || fail "a class without videos"
seq 0 19 | sed 's/^/class /' >"$tmp/twenty.txt"
echo '{"first": 0, "third": 2}' >"$tmp/two.json"
expect 0 "warning: $tmp/twenty.txt has names for 17 of the network's 17 classes and ends at class 19" \
    $sfclassify $net --clips 1 --crops 1 --names "$tmp/twenty.txt" "$videos/room.mp4"
expect 0 "warning: $tmp/two.json has names for 2 of the network's 17 classes and ends at class 2" \
    $sfclassify $net --clips 1 --crops 1 --names "$tmp/two.json" "$videos/room.mp4"
check $sfclassify $net --clips 1 --crops 1 --names "$tmp/names.txt" "$videos/room.mp4" 2>"$tmp/stderr" >"$tmp/stdout"
[ ! -s "$tmp/stderr" ] || fail "names that fit: $(cat "$tmp/stderr")"
for i in $(seq 17); do printf 'item { name: "act %d" id: %d }\n' $i $i; done >"$tmp/own.pbtxt"
check "$build/sfmodel" convert "$golden/weights.safetensors" -c "$golden/config.yaml" -l "$tmp/own.pbtxt" \
    -o "$tmp/own.safetensors" >"$tmp/stdout" 2>&1
check $sfclassify -q -w "$tmp/own.safetensors" --clips 2 "$videos/room.mp4" >"$tmp/out.txt"
grep -q "^  0\.[0-9]*  *$best  act $((best + 1))$" "$tmp/out.txt" || fail "names in the weights: $(cat "$tmp/out.txt")"
printf 'room.mp4 %s,2\nnowhere.mp4 1\nfar away/beach.mp4 1\n' "$best" >"$tmp/some.csv"
expect 3 "$videos/nowhere.mp4: cannot open" $sfclassify $net --list "$tmp/some.csv" --videos "$videos" --clips 2 -o "$tmp/e.csv"
check cmp "$tmp/a.csv" "$tmp/e.csv"
grep -q '^mAP ' "$tmp/stdout" && ! grep -q top-1 "$tmp/stdout" || fail "several labels: $(cat "$tmp/stdout")"
check $sfclassify $net --list "$tmp/list.csv" --videos "$videos" --clips 2 -o - 2>"$tmp/err.txt" >"$tmp/f.csv"
check cmp "$tmp/a.csv" "$tmp/f.csv"
grep -q '^mAP ' "$tmp/err.txt" || fail "no figures beside results on stdout"

# --- damaged videos
head -c $(($(wc -c <"$videos/room.mp4") * 2 / 3)) "$videos/room.mp4" >"$tmp/cut.mp4"
: >"$tmp/empty.mp4"
expect 3 "empty.mp4: is empty" $sfclassify $net --clips 1 "$tmp/empty.mp4" "$videos/room.mp4"
expect 0 "cut.mp4: " $sfclassify $net --clips 1 "$tmp/cut.mp4" -o "$tmp/cut.csv"
grep -q ': ends at [01][.0-9]* s of [0-9.]* s (truncated file?)$' "$tmp/stderr" || fail "$(cat "$tmp/stderr")"
head -c 200 "$videos/room.mp4" >"$tmp/head.mp4"
expect 1 "head.mp4" $sfclassify $net --clips 1 "$tmp/head.mp4" -o "$tmp/none.csv"
[ ! -e "$tmp/none.csv" ] || fail "a file without results"
mkfifo "$tmp/pipe"
cat "$videos/room.mp4" >"$tmp/pipe" 2>/dev/null &
expect 1 "is a pipe" $sfclassify $net --clips 1 "$tmp/pipe"
mkdir "$tmp/nothing"
expect 1 "nothing: a folder without pictures" $sfclassify $net --clips 1 "$tmp/nothing"

# --- bad input
bad() {
    status=$1
    text=$2
    shift 2
    expect "$status" "$text" $sfclassify $net "$@"
}
bad 2 "a crop of 96 pixels does not fit into pictures with a short side of 64" "$videos/room.mp4" --crop 96
bad 2 "the classifier wants 64 pixels of each side (DATA.TRAIN_CROP_SIZE)" "$videos/room.mp4" --crop 32
echo "room.mp4 17" >"$tmp/bad.csv"
bad 1 'bad.csv: line 1: label "17" is not an integer from 0 to 16' --list "$tmp/bad.csv" --videos "$videos"
: >"$tmp/bad.csv"
bad 1 "bad.csv: no video" --list "$tmp/bad.csv"
check $sfclassify $net --clips 2 - <"$videos/room.mp4" -o "$tmp/stdin.csv"
[ "$(sed 's/^-,//' "$tmp/stdin.csv" | head -n 17)" = "$(head -n 17 "$tmp/a.csv" | cut -d, -f2-)" ] || fail "standard input"
expect 1 "-: is a pipe; its frames are counted first, which takes a file" \
    sh -c 'cat "$0" | "$@"' "$videos/room.mp4" $sfclassify $net -
bad 1 "nowhere.mp4: cannot open" nowhere.mp4
bad 1 "nowhere.txt" --names "$tmp/nowhere.txt" "$videos/room.mp4"
bad 2 "either videos or --list" "$videos/room.mp4" --list "$tmp/list.csv"
bad 2 "either videos or --list"
bad 2 "--per-class takes labels" "$videos/room.mp4" --per-class "$tmp/x.csv"
bad 2 "would overwrite the input" "$videos/room.mp4" -o "$videos/room.mp4"

# --- outputs that are inputs only by a list or a folder
cp "$videos/room.mp4" "$tmp/own.mp4"
echo "own.mp4 1" >"$tmp/own.csv"
mkdir "$tmp/frames"
check ffmpeg -v error -i "$tmp/own.mp4" -frames:v 3 "$tmp/frames/%d.png"
md5sum "$tmp/own.mp4" "$tmp"/frames/*.png >"$tmp/sums"
bad 2 "would overwrite the input" --list "$tmp/own.csv" --videos "$tmp" -o "$tmp/own.mp4"
bad 2 "would overwrite the input" --list "$tmp/own.csv" --videos "$tmp" -o "$tmp/x.csv" --per-class "$tmp/own.mp4"
bad 2 "would overwrite the input" "$tmp/frames" -j "$tmp/frames/2.png"
printf 'original_vido_id video_id frame_id path labels\nv 0 0 frames/1.png "1"\nv 0 1 frames/2.png "1"\n' >"$tmp/own.csv"
bad 2 "would overwrite the input" --list "$tmp/own.csv" --videos "$tmp" -o "$tmp/frames/2.png"
md5sum -c --quiet "$tmp/sums" || fail "an input was changed"

# --- a file that breaks off where no header promises a length
check ffmpeg -v error -i "$videos/room.mp4" -c copy "$tmp/whole.ts"
head -c $(($(wc -c <"$tmp/whole.ts") * 6 / 10 + 50)) "$tmp/whole.ts" >"$tmp/cut.ts"
expect 0 "s within a packet (truncated file?)" $sfclassify $net --clips 1 --crops 1 "$tmp/cut.ts"
expect 1 "labels people in boxes" $sfclassify -w golden/sf_r50/weights.safetensors -c golden/sf_r50/config.yaml -q "$videos/room.mp4"
expect 2 "no network given" $sfclassify "$videos/room.mp4"
if [ -z "$sanitized" ]; then # which needs more than there is
    expect 1 "out of memory" sh -c 'ulimit -v 1500000; exec "$@"' sh $sfclassify $net "$videos/room.mp4" \
        --crop 4096 --short-side 4096
fi

# --- Ctrl-C keeps what is done
for i in $(seq 200); do echo "room.mp4 0"; done >"$tmp/many.csv"
interrupt_after_line $sfclassify $net --list "$tmp/many.csv" --videos "$videos"
status=0
timeout --foreground -s INT 3 $sfclassify $net --list "$tmp/many.csv" --videos "$videos" -o "$tmp/stopped.csv" 2>"$tmp/err.txt" >/dev/null ||
    status=$?
[ "$status" -eq 124 ] || [ "$status" -eq 130 ] || fail "exit status $status after Ctrl-C"
grep -q 'stopped after [0-9]* of 200 videos; what is done was kept\|before the first' "$tmp/err.txt" || fail "$(cat "$tmp/err.txt")"
finish
