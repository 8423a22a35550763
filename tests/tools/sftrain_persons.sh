#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sftrain --persons run as a user would: a person detector learned from a small synthetic world, stopping
# and resuming, data that is not as it should be.
set -u
. "$(dirname "$0")/lib.sh"
world=$tmp/world
check "$build/sfsynth" --quiet --out "$world" --seed 3 --videos 4 --seconds 3 --size 128x96 --val-share 0 \
    --max-people 2
gt=$world/train.csv
sftrain="$build/sftrain --persons --quiet"
data="--gt $gt --videos $world/videos"
small="--width 4 --side 64 --batch 2 --threads 2 --seed 5 --lr 0.02"

# --- results: 80 steps; without learning the least loss is 0.2 below the first at most
learn="--epochs 20 $small --val-gt $gt --knows nothing"
check $sftrain $data $learn -o "$tmp/run" >"$tmp/epochs.txt"
[ "$(grep -c 'AP50 .*recall' "$tmp/epochs.txt")" -eq 20 ] || fail "a line per epoch: $(cat "$tmp/epochs.txt")"
[ "$(head -1 "$tmp/run/log.csv")" = "epoch,rate,loss,AP50,recall50,seconds" ] || fail "log.csv"
awk -F, 'NR == 2 { first = $3 } NR > 2 && $3 < first - 0.4 { falls = 1 } END { exit !falls }' "$tmp/run/log.csv" ||
    fail "the loss must fall: $(cat "$tmp/run/log.csv")"
grep -q '>AP50<' "$tmp/run/curve.svg" || fail "curve.svg"
check test -s "$tmp/run/best.safetensors"
for key in '"sfdet.persons.side":"64"' '"sfdet.persons.nms":"0.7"' '"sfdet.persons.knows":"nothing"'; do
    head -c 100000 "$tmp/run/last.safetensors" | tr -d ' ' | grep -aq "$key" || fail "no $key in the file"
done
check "$build/sfboxes" --quiet --persons "$tmp/run/last.safetensors" -o "$tmp/found.csv" "$world"/videos/*_00000.mp4

# --- as float16, with what finders need to know
check "$build/sfmodel" convert "$tmp/run/last.safetensors" --dtype f16 -o "$tmp/half.safetensors"
[ "$(wc -c <"$tmp/half.safetensors")" -lt "$(($(wc -c <"$tmp/run/last.safetensors") * 2 / 3))" ] || fail "not half"
head -c 100000 "$tmp/half.safetensors" | tr -d ' ' | grep -aq '"sfdet.persons.side":"64"' || fail "converted: metadata"
check "$build/sfboxes" --quiet --persons "$tmp/half.safetensors" -o "$tmp/found.csv" "$world"/videos/*_00000.mp4
sed 's/"sfdet.persons.side":"64"/"sfdet.persons.side":"65"/' "$tmp/half.safetensors" >"$tmp/odd.safetensors"
expect 1 'sfdet.persons.side is "65", wanted a multiple of 32' "$build/sfmodel" convert "$tmp/odd.safetensors" \
    -o "$tmp/none.safetensors"
sed 's/"sfdet.persons.nms":"0.7"/"sfdet.persons.nms":"-.7"/' "$tmp/half.safetensors" >"$tmp/odd.safetensors"
expect 1 'sfdet.persons.nms is "-.7", wanted a number above 0' "$build/sfmodel" convert "$tmp/odd.safetensors" \
    -o "$tmp/none.safetensors"

# --- same seed, same weights; another seed, others
check $sftrain $data $learn -o "$tmp/again" >"$tmp/again.txt"
check cmp "$tmp/run/last.safetensors" "$tmp/again/last.safetensors"
check cmp "$tmp/run/best.safetensors" "$tmp/again/best.safetensors"
check $sftrain $data $learn --seed 6 -o "$tmp/other" >/dev/null
cmp -s "$tmp/run/last.safetensors" "$tmp/other/last.safetensors" && fail "the seed has no effect"

# --- stopped and resumed
interrupt_after_line $sftrain $data $learn -o "$tmp/stopped"
expect 1 "other settings" $sftrain $data $learn --side 96 -o "$tmp/stopped" --resume
expect 1 "another network" $sftrain $data $learn --width 6 -o "$tmp/stopped" --resume
check $sftrain $data $learn -o "$tmp/stopped" --resume >/dev/null
check cmp "$tmp/run/last.safetensors" "$tmp/stopped/last.safetensors"
check cmp "$tmp/run/best.safetensors" "$tmp/stopped/best.safetensors"

# --- further from a checkpoint, which tells the network
check $sftrain $data --epochs 1 --batch 2 --threads 2 --lr 0.01 --knows nothing -w "$tmp/run/last.safetensors" \
    -o "$tmp/further" >/dev/null
[ "$(wc -c <"$tmp/further/last.safetensors")" -eq "$(wc -c <"$tmp/run/last.safetensors")" ] ||
    fail "another network than the checkpoint's"

# --- what is not for it, or for it only, is refused
for option in "--sync-loss 1" "--drop-pathway 0.5" "--dropout 0.1" "--min-side 64" "--max-side 64" "--max-shift 0" \
    "--box-threshold 0.5"; do
    expect 1 "not for person detectors" $sftrain $data --epochs 1 $option -o "$tmp/refused"
done
for option in "--width 16" "--depth 2" "--side 64" "--knows nothing"; do
    expect 1 "for person detectors only" "$build/sftrain" -q $data -c slowfast_r50_4x16_ava $option -o "$tmp/refused"
done
[ ! -e "$tmp/refused" ] || fail "a refused run left a folder"

# --- labels do not matter; keyframes without people are learned from, those outside are left out
learn="--epochs 1 $small"
check $sftrain $data $learn -o "$tmp/clean" >/dev/null
sed 's/,[0-9]*,\([0-9]*\)$/,999,\1/' "$gt" >"$tmp/labels.csv"
check $sftrain --gt "$tmp/labels.csv" --videos "$world/videos" $learn -o "$tmp/labels" >/dev/null
check cmp "$tmp/clean/last.safetensors" "$tmp/labels/last.safetensors"
id=$(head -1 "$gt" | cut -d, -f1)
{ cat "$gt"; echo "$id,0"; } >"$tmp/empty.csv"
check $build/sftrain --persons --gt "$tmp/empty.csv" --videos "$world/videos" $learn -o "$tmp/empty" \
    >/dev/null 2>"$tmp/words"
grep -q "$(($(cut -d, -f1,2 "$gt" | sort -u | wc -l) + 1)) keyframes of 4 videos" "$tmp/words" ||
    fail "keyframe without people: $(cat "$tmp/words")"
{ cat "$gt"; echo "$id,900,0.1,0.1,0.5,0.9,12,0"; } >"$tmp/late.csv"
expect 0 "timestamp 900 (frame 27000) lies past the end" $sftrain --gt "$tmp/late.csv" --videos "$world/videos" \
    $learn -o "$tmp/late"

# --- boxes that leave the picture: cut, or left out and named
{ cat "$gt"; echo "$id,1,0.9,0.1,1.4,0.9,12,7"; } >"$tmp/outside.csv"
expect 0 "outside.csv: line $(wc -l <"$tmp/outside.csv" | tr -d ' ')" $sftrain --gt "$tmp/outside.csv" \
    --videos "$world/videos" $learn -o "$tmp/outside"
check cmp "$tmp/clean/last.safetensors" "$tmp/outside/last.safetensors"
expect 1 "outside.csv: line" $sftrain --strict --gt "$tmp/outside.csv" --videos "$world/videos" $learn \
    -o "$tmp/outside" --force
{ cat "$gt"; echo "$id,1,0.9,0.1,1.02,0.9,12,7"; } >"$tmp/cut.csv"
check $sftrain --strict --gt "$tmp/cut.csv" --videos "$world/videos" $learn -o "$tmp/cut" >/dev/null

# --- bad input
bad() {
    text=$1
    shift
    expect 1 "$text" $sftrain --videos "$world/videos" $learn -o "$tmp/bad" "$@"
}
: >"$tmp/bad.csv"
bad "bad.csv: no labelled box" --gt "$tmp/bad.csv"
printf '%s,1\n%s,2\n' "$id" "$id" >"$tmp/bad.csv"
bad "bad.csv: no box of a person" --gt "$tmp/bad.csv"
bad "a multiple of 32" --gt "$gt" --side 100
bad "out of range" --gt "$gt" --width 7
bad "not a YOLOX network" --gt "$gt" -w golden/sf_r50/weights.safetensors
bad "learns from the boxes of the truth" --gt "$gt" --proposals "$gt"
bad "learns from the boxes of the truth" --gt "$gt" -c slowfast_r50_8x8_ava
echo "nowhere,1,0.1,0.2,0.5,0.9,1,0" >"$tmp/bad.csv"
bad "1 of 1 video is missing, the first is nowhere.mp4" --gt "$tmp/bad.csv"
expect 2 "--gt and --videos" $sftrain -o "$tmp/bad" --gt "$gt"
finish
