#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfdetect without boxes: persons are found, with a small detector of random weights; the same results by way of
# sfboxes' file; clips with nobody; calls that must fail.
set -u
. "$(dirname "$0")/lib.sh"
net="-w golden/sf_r50/weights.safetensors -c golden/sf_r50/config.yaml"
persons="--persons persons/yolox_1.pth --person-threshold 0.1"
sfdetect="$build/sfdetect --quiet $net"
clip=$tmp/clip.mp4
check "$build/tests/tools/make_clip" "$clip" 96 72 100 30
again=$tmp/again.mp4
cp "$clip" "$again"

# same OPTIONS: found at once or by way of the file, all outputs are the same.
same() {
    check "$build/sfboxes" --quiet $persons "$@" -o "$tmp/boxes.csv" "$clip" "$again"
    case "$*" in
    *--timestamp-offset*) offset="--timestamp-offset 900" ;;
    *) offset= ;;
    esac
    check $sfdetect -p "$tmp/boxes.csv" --box-threshold 0.1 $offset -o "$tmp/given.csv" \
        -j "$tmp/given.json" "$clip" "$again"
    check $sfdetect $persons "$@" -o "$tmp/found.csv" -j "$tmp/found.json" "$clip" "$again"
    check cmp "$tmp/given.csv" "$tmp/found.csv"
    check cmp "$tmp/given.json" "$tmp/found.json"
    [ -s "$tmp/found.csv" ] || fail "nothing found: $*"
}
same --max-persons 2
[ "$(cut -d, -f1,2 "$tmp/found.csv" | uniq | tr '\n' ' ')" = \
    "clip,0 clip,1 clip,2 clip,3 again,0 again,1 again,2 again,3 " ] || fail "keyframes"
check $sfdetect $persons --max-persons 2 --jobs 2 -o "$tmp/jobs.csv" -j "$tmp/jobs.json" "$clip" "$tmp/again.mp4"
check cmp "$tmp/found.csv" "$tmp/jobs.csv"
same --max-persons 3 --every 0.333333333 --timestamp-offset 900
whole=$clip
clip=$tmp/short.mp4 again=$tmp/shorter.mp4
check "$build/tests/tools/make_clip" "$clip" 96 72 9 30
check "$build/tests/tools/make_clip" "$again" 96 72 4 30
same --max-persons 1 --every 0.05 --timestamp-offset 900
clip=$whole again=$tmp/again.mp4

# --- pictures and the video
check "$build/sfdetect" $net $persons --max-persons 2 -k "$tmp/png" -r "$tmp/out.mp4" "$clip" >"$tmp/summary" 2>"$tmp/stderr"
[ "$(ls "$tmp/png" | tr '\n' ' ')" = "clip_0.png clip_1.png clip_2.png clip_3.png " ] || fail "pictures"
check [ -s "$tmp/out.mp4" ]
grep -q '^clip 3 (frame 90)$' "$tmp/summary" || fail "summary: $(cat "$tmp/summary")"

# --- a clip alone: who does what when; a pipe, too
check $sfdetect $persons --max-persons 2 "$clip" >"$tmp/summary"
grep -q '^  person [1-9][0-9]*: ' "$tmp/summary" || fail "followed for the summary: $(cat "$tmp/summary")"
mkfifo "$tmp/pipe"
cat "$clip" >"$tmp/pipe" &
check $sfdetect $persons --max-persons 2 "$tmp/pipe" >"$tmp/summary"
grep -q '^  person [1-9][0-9]*: ' "$tmp/summary" || fail "a pipe's summary: $(cat "$tmp/summary")"

# --- followed: the same by way of sfboxes' file, with ids; every output that needs them
check "$build/sfboxes" --quiet $persons --track --max-persons 3 --tracks "$tmp/boxes.txt" -o "$tmp/boxes.csv" "$clip"
check $sfdetect $persons --track --max-persons 3 --tracks "$tmp/tracks.txt" -o "$tmp/found.csv" -j "$tmp/found.json" \
    "$clip"
check cmp "$tmp/boxes.txt" "$tmp/tracks.txt"
check $sfdetect -p "$tmp/boxes.csv" --box-threshold 0 -o "$tmp/given.csv" -j "$tmp/given.json" "$clip"
check cmp "$tmp/given.csv" "$tmp/found.csv"
check cmp "$tmp/given.json" "$tmp/found.json"
[ "$(grep -c '"person":[1-9]' "$tmp/found.json")" -eq "$(wc -l <"$tmp/found.json")" ] || fail "ids in JSON"
check $sfdetect $persons --track --max-persons 3 --jobs 3 -j "$tmp/jobs.json" "$clip"
check cmp "$tmp/found.json" "$tmp/jobs.json"
# a pipe is read once, as everything else
cat "$clip" >"$tmp/pipe" &
check $sfdetect $persons --track --max-persons 3 --tracks "$tmp/piped.txt" -o "$tmp/piped.csv" "$tmp/pipe"
check cmp "$tmp/tracks.txt" "$tmp/piped.txt"
sed 's/^pipe,/clip,/' "$tmp/piped.csv" | cmp - "$tmp/found.csv" || fail "followed from a pipe"
cat "$clip" >"$tmp/pipe" &
check "$build/sfboxes" --quiet $persons --track --max-persons 3 -o "$tmp/piped_boxes.csv" "$tmp/pipe"
sed 's/^pipe,/clip,/' "$tmp/piped_boxes.csv" | cmp - "$tmp/boxes.csv" || fail "boxes followed from a pipe"
check "$build/sfboxes" --quiet $persons --track --max-persons 3 -o "$tmp/piped_boxes.csv" - <"$clip"
sed 's/^stdin,/clip,/' "$tmp/piped_boxes.csv" | cmp - "$tmp/boxes.csv" || fail "boxes followed from standard input"
expect 2 "pipe is no regular file, and --render reads a clip twice" $sfdetect $persons -r "$tmp/x.mp4" "$tmp/pipe"
expect 2 "reads a clip twice" $sfdetect -p "$tmp/tracks.txt" "$tmp/pipe"
check $sfdetect $persons --max-persons 2 --segments "$tmp/found.vtt" "$clip" >/dev/null
check [ -s "$tmp/found.vtt" ]
# a MOT file as boxes: those of its keyframes, with their ids
awk -F, '$2 <= 3' "$tmp/tracks.txt" >"$tmp/three.txt"
check $sfdetect -p "$tmp/three.txt" --box-threshold 0 --every 0.5 -j "$tmp/mot.json" "$clip"
awk -F, '($1 - 1) % 15 == 0 { print ($1 - 1) / 30, $2 }' "$tmp/three.txt" >"$tmp/wanted"
sed 's/.*"timestamp":\([0-9.]*\),"person":\([0-9]*\).*/\1 \2/' "$tmp/mot.json" | cmp - "$tmp/wanted" ||
    fail "a MOT file's keyframes"
check $sfdetect -p "$tmp/three.txt" --box-threshold 0 --fps 60 -j "$tmp/mot60.json" "$clip"
awk -F, '($1 - 1) % 60 == 0 { print ($1 - 1) / 60, $2 }' "$tmp/three.txt" >"$tmp/wanted"
sed 's/.*"timestamp":\([0-9.]*\),"person":\([0-9]*\).*/\1 \2/' "$tmp/mot60.json" | cmp - "$tmp/wanted" ||
    fail "--fps of a MOT file"
check $sfdetect -p "$tmp/boxes.csv" --box-threshold 0 --tracks "$tmp/kept.txt" -o "$tmp/given.csv" "$clip"
awk -F, 'NF != 10 || $2 < 1 { exit 1 }' "$tmp/kept.txt" || fail "tracks of given boxes"

# --- nobody there is no failure: an empty file, and a word
expect 0 "nobody scores 1 or more at its 4 keyframes" $sfdetect --persons persons/yolox_1.pth --person-threshold 1 \
    --track --tracks "$tmp/nobody.txt" -o "$tmp/nobody.csv" "$clip"
[ -f "$tmp/nobody.txt" ] && [ ! -s "$tmp/nobody.txt" ] || fail "nobody: an empty MOT file"
expect 0 "nobody scores 1 or more at its 4 keyframes" $sfdetect --persons persons/yolox_1.pth --person-threshold 1 \
    -o "$tmp/nobody.csv" -j "$tmp/nobody.json" -r "$tmp/nobody.mp4" "$clip"
[ -f "$tmp/nobody.csv" ] && [ ! -s "$tmp/nobody.csv" ] || fail "nobody: an empty csv file"
[ -f "$tmp/nobody.json" ] && [ ! -s "$tmp/nobody.json" ] || fail "nobody: an empty JSON file"
check [ -s "$tmp/nobody.mp4" ]

# --- a clip that fails among several, and alone
echo "no video" >"$tmp/text.mp4"
expect 3 "text.mp4" $sfdetect $persons --max-persons 2 -o "$tmp/part.csv" "$tmp/text.mp4" "$clip" "$tmp/missing.mp4"
grep -q "missing.mp4: cannot open" "$tmp/stderr" || fail "missing.mp4 is not named"
[ "$(cut -d, -f1 "$tmp/part.csv" | uniq)" = clip ] || fail "the clip that can be read"
echo keep >"$tmp/kept.csv"
expect 1 "text.mp4" $sfdetect $persons -o "$tmp/kept.csv" "$tmp/text.mp4"

# --- wrong detectors, wrong usage
expect 1 "not a person detector" $sfdetect --persons golden/sf_r50/weights.safetensors -o "$tmp/kept.csv" "$clip"
expect 1 "no/such.pth" $sfdetect --persons no/such.pth -o "$tmp/kept.csv" "$clip"
expect 2 "persons are given or found" $sfdetect $persons -p "$tmp/boxes.csv" "$clip"
expect 2 "--person-threshold is for persons that are found" $sfdetect --person-threshold 0.5 -p "$tmp/boxes.csv" "$clip"
expect 2 "--box-threshold is for --proposals" $sfdetect --box-threshold 0.5 "$clip"
expect 2 "--every: the boxes of --proposals say when" $sfdetect --every 2 -p "$tmp/boxes.csv" "$clip"
expect 2 "--track is for persons that are found" $sfdetect --track -p "$tmp/boxes.csv" "$clip"
expect 2 "--track-fps is for persons that are found" $sfdetect --track-fps 5 -p "$tmp/boxes.csv" "$clip"
expect 2 "--track-fps is for persons who are followed" $sfdetect --track-fps 5 -o "$tmp/x.csv" "$clip"
expect 2 "--track-fps" $sfdetect --track --track-fps 0.5 "$clip"
expect 2 "--person-class is for persons that are found" $sfdetect --person-class 0 -p "$tmp/boxes.csv" "$clip"
expect 2 "--give-up is for --live" $sfdetect --give-up 5 "$clip"
expect 2 "--fps is for --proposals, --tracks and folders of pictures" $sfdetect --fps 25 "$clip"
expect 2 "--scale is for --keyframes, --render and --mjpeg" $sfdetect --scale 2 "$clip"
expect 2 "--render-threshold is for --keyframes" $sfdetect --render-threshold 0.2 -o "$tmp/x.csv" "$clip"
expect 2 "--image-format is for --keyframes" $sfdetect --image-format jpg -r "$tmp/x.mp4" "$clip"
expect 2 "--track-fps is for persons who are followed" "$build/sfboxes" -q --track-fps 5 "$clip"
expect 2 "segments are written as" $sfdetect $persons --segments "$tmp/x.txt" "$clip"
expect 2 "MOT files are of one clip" $sfdetect -p "$tmp/three.txt" "$clip" "$tmp/again.mp4"
expect 2 "MOT files are of one clip" $sfdetect $persons --tracks "$tmp/t.txt" "$clip" "$tmp/again.mp4"
expect 1 "/dev/null" $sfdetect $persons --track /dev/null
expect 2 "--every" $sfdetect $persons --every 0 "$clip"
expect 2 "persons/yolox_1.pth" $sfdetect $persons -o persons/yolox_1.pth "$clip"
[ "$(cat "$tmp/kept.csv")" = keep ] || fail "an output of a failed run was touched"

# a program without its data has no detector
cp "$build/sfdetect" "$tmp/alone"
export LD_LIBRARY_PATH=$build
expect 2 "persons are found with --persons FILE" "$tmp/alone" $net "$clip"
unset LD_LIBRARY_PATH

# --- Ctrl-C keeps what is done
check "$build/tests/tools/make_clip" "$tmp/long.mp4" 96 72 3000 30
interrupt_after_line "$build/sfdetect" $net $persons -j "$tmp/some.json" "$tmp/long.mp4"
[ $? -eq 130 ] || fail "status after Ctrl-C"
n=$(grep -o '"timestamp":[0-9.]*' "$tmp/some.json" | uniq | wc -l)
[ "$n" -ge 1 ] && [ "$n" -lt 100 ] || fail "$n keyframes after Ctrl-C"
interrupt_after_line $sfdetect $persons --max-persons 2 --tracks "$tmp/some.txt" -o "$tmp/some.csv" -j - "$tmp/long.mp4"
[ $? -eq 130 ] || fail "status after Ctrl-C, followed"
n=$(cut -d, -f2 "$tmp/some.csv" | uniq | wc -l)
[ "$n" -ge 1 ] && [ "$n" -lt 100 ] || fail "$n keyframes after Ctrl-C, followed"
check [ -s "$tmp/some.txt" ]
finish
