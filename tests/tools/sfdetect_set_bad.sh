#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Folders of results: lists, folders, disks, clocks and options that are not as they should be.
# Everything is told by name, nothing is lost, and it can be gone on with.
set -u
. "$(dirname "$0")/lib.sh"
net="-w golden/sf_r50/weights.safetensors -c golden/sf_r50/config.yaml"
sfdetect="$build/sfdetect $net -t 1"
v=$tmp/videos
mkdir "$v"
for i in 1 2 3 4 5 6 7; do
    check "$build/tests/tools/make_clip" "$v/v$i.mp4" 64 48 40 30
done
awk 'BEGIN { for (i = 1; i <= 7; i++) for (k = 0; k < (i == 3 ? 24 : 2); k++)
    printf "v%d,%.3f,0.1,0.1,0.9,0.95,,0.95\n", i, k / 24 }' >"$tmp/boxes.csv"
boxes="-p $tmp/boxes.csv"
d=$tmp/d
set_run() {
    $sfdetect $boxes --out-dir "$d" "$@"
}
check $sfdetect -q $boxes -o "$tmp/one.csv" "$v"
same() {
    $sfdetect --merge "$d" -o "$tmp/all.csv" || fail "--merge"
    check cmp "$tmp/one.csv" "$tmp/all.csv"
}

# --- the disk is full in part 3 of 7; it goes on at the keyframe where it stopped
(
    ulimit -f 24 # 12 KiB a file
    set_run -q "$v" 2>"$tmp/stderr"
)
[ $? -eq 1 ] || fail "status with a full disk"
grep -q "v3.*: cannot write: .*; what is done is kept: --resume goes on" "$tmp/stderr" ||
    fail "a full disk: $(cat "$tmp/stderr")"
[ "$(ls "$d" | grep -c csv)" -eq 2 ] || fail "2 of 7 parts: $(ls "$d")"
set_run --resume "$v" 2>"$tmp/stderr" || fail "--resume"
n=$(sed -n 's/.*failed; \([0-9]*\) keyframes.*/\1/p' "$tmp/stderr")
[ "$n" -gt 8 ] && [ "$n" -lt 32 ] || fail "it went on with $n keyframes: $(cat "$tmp/stderr")"
same

# --- what is there is not begun anew by accident; other options, models, videos are refused
cp -r "$d" "$tmp/kept"
unchanged() { diff -r "$d" "$tmp/kept" >"$tmp/diff" || fail "$d: $(cat "$tmp/diff")"; }
expect 1 "d: 7 of 7 parts are complete in it, 0 are begun" set_run -q "$v"
expect 1 'd: is of other options: it has "top 0", wanted was "top 3"; ' set_run -q --top 3 --resume "$v"
expect 1 'd: is of other options: it is without "cpu scalar"; ' set_run -q --cpu scalar --resume "$v"
expect 1 "d: is of another file than $tmp/one.csv: its SHA-256 was " $sfdetect -q -p "$tmp/one.csv" --out-dir "$d" --resume "$v"
{ cat golden/sf_r50/config.yaml; echo "# other bytes"; } >"$tmp/other.yaml"
expect 1 "d: is of another model: its files have SHA-256" "$build/sfdetect" -q \
    -w golden/sf_r50/weights.safetensors -c "$tmp/other.yaml" $boxes --out-dir "$d" --resume "$v"
expect 1 'd: is of other videos: number 1 of 7 there is "v1", of 6 wanted "v2"' \
    set_run -q --resume "$v"/v[2-7].mp4
expect 1 "d: its parts are of 0 keyframes, wanted are 5" set_run -q --resume --split 5 "$v"
unchanged
# a preset with keys behind it
preset() {
    "$build/sfdetect" -q -t 1 -w golden/sf_r50/weights.safetensors -c "$1" $boxes --out-dir "$tmp/preset" --resume "$v/v1.mp4" \
        RESNET.WIDTH_PER_GROUP 8 SLOWFAST.BETA_INV 4 SLOWFAST.ALPHA 4 SLOWFAST.FUSION_KERNEL_SZ 7 DATA.TEST_CROP_SIZE 64
}
check preset slowfast_r50_4x16_ava
expect 1 'it has "config slowfast_r50_4x16_ava", wanted was "config slowfast_r50_8x8_ava"' preset slowfast_r50_8x8_ava
check set_run -q --top 3 --force "$v"
[ "$(cut -d, -f1-6 "$d/v1.csv" | uniq -c | awk '{ print $1 }' | uniq)" -eq 3 ] || fail "--force"
check $sfdetect --merge "$d" -o "$tmp/top.csv"
check set_run -q --force --resume "$v"
same

# --- faults of parts are told by name
merge() {
    text=$1
    shift
    status=0
    $sfdetect --merge "$@" -o "$tmp/merged.csv" 2>"$tmp/stderr" || status=$?
    [ $status -eq 1 ] || fail "status $status of --merge: $text"
    grep -qF "$text" "$tmp/stderr" || fail "no \"$text\" in \"$(cat "$tmp/stderr")\""
}
mv "$d/v4.csv" "$tmp/v4.csv"
merge "video v4: $d/v4.csv is gone" "$d"
expect 3 "video v4" $sfdetect --merge --partial "$d" -o "$tmp/merged.csv"
grep -v '^v4,' "$tmp/one.csv" | cmp - "$tmp/merged.csv" || fail "--partial"
cut -d, -f1-7 "$tmp/one.csv" >"$tmp/truth.csv"
expect 0 "warning: $tmp/truth.csv: video \"v4\" does not occur in $d" "$build/sfeval" --partial -g "$tmp/truth.csv" "$d"
sed '$d' "$tmp/v4.csv" >"$d/v4.csv"
merge "video v4: $d/v4.csv is not what was written" "$d"
mv "$tmp/v4.csv" "$d/v4.csv"
cp "$d/v4.csv" "$d/v9.csv"
merge "d/v9.csv: belongs to no part of this data set" "$d"
rm "$d/v9.csv"
merge "video v1: is in $d and in $tmp/copy" "$d" "$(cp -r "$d" "$tmp/copy" && echo "$tmp/copy")"
grep -v '"v6"' "$d/manifest.jsonl" >"$tmp/manifest" && cp "$tmp/manifest" "$d/manifest.jsonl"
merge "video v6: is missing" "$d"
check set_run -q --resume "$v"
same
# a line that was cut off, by a machine that died
cp "$d/manifest.jsonl" "$tmp/manifest"
head -c -40 "$tmp/manifest" >"$d/manifest.jsonl"
expect 0 "1 part done, 6 complete before" set_run --resume "$v"
same
echo nonsense >>"$d/manifest.jsonl"
expect 1 "d/manifest.jsonl: line 20 is no JSON object" set_run -q --resume "$v"
cp "$tmp/manifest" "$d/manifest.jsonl"
expect 1 "kept: is of another model" $sfdetect --merge "$d" "$(sed -i '1s/"model":"....../"model":"000000/' \
    "$tmp/kept/set.jsonl" && echo "$tmp/kept")" -o "$tmp/merged.csv"
expect 1 "no data set: there is no set.jsonl in it" $sfdetect --merge "$v" -o "$tmp/merged.csv"
ln "$d/v2.csv" "$tmp/v2.csv"
for out in "$d/v1.csv" "$d/manifest.jsonl" "$d/set.jsonl" "$tmp/v2.csv"; do
    expect 2 "--output $out would overwrite the input $d" $sfdetect --merge "$d" -o "$out"
    expect 2 "--json $out would overwrite the input $d" "$build/sfeval" -g "$tmp/one.csv" --json "$out" "$d"
done
expect 2 "--output $d/all.csv: is in the folder that is read" $sfdetect --merge "$d" -o "$d/all.csv"
same
check $sfdetect -q $boxes --also json --out-dir "$tmp/json" "$v/v1.mp4"
echo >>"$tmp/json/v1.json"
merge "video v1: $tmp/json/v1.json is not what was written" "$tmp/json"

# --- a video that cannot be read is taken off the list
printf '%s\n' "$v/v1.mp4" "$v/none.mp4" >"$tmp/list.csv"
awk -F, -v OFS=, '$1 == "v1" { print; $1 = "none"; print }' "$tmp/boxes.csv" >"$tmp/two.csv"
expect 3 "video none: $v/none.mp4: cannot open" $sfdetect -q -p "$tmp/two.csv" --list "$tmp/list.csv" --out-dir "$tmp/off"
check $sfdetect -q -p "$tmp/two.csv" "$v/v1.mp4" --out-dir "$tmp/off" --force --resume
check $sfdetect --merge "$tmp/off" -o "$tmp/off.csv"
check cmp "$tmp/off.csv" "$tmp/off/v1.csv"

# --- files that are nobody's, and folders that are none
mkdir "$tmp/theirs"
echo mine >"$tmp/theirs/v2.csv"
expect 1 "theirs/v2.csv: is there already, and the folder is no data set's" \
    $sfdetect -q $boxes --out-dir "$tmp/theirs" "$v"
[ "$(cat "$tmp/theirs/v2.csv")" = mine ] || fail "somebody's file"
# what the set is made of, under a result's name, behind a link
theirs=$tmp/theirs
cp "$tmp/boxes.csv" "$theirs/v1.json"
ln -s v1.json "$theirs/v3.csv"
printf '%s\n' "$v/v1.mp4" >"$theirs/v1.csv"
spare() {
    expect 2 "$1: would overwrite the input $2" $sfdetect -q --out-dir "$theirs" --force $3
}
spare "$theirs/v3.csv" "$theirs/v3.csv" "-p $theirs/v3.csv $v/v3.mp4"
spare "$theirs/v1.json" "$theirs/v3.csv" "-p $theirs/v3.csv --also json $v/v1.mp4"
spare "$theirs/v1.csv" "$theirs/v1.csv" "$boxes --list $theirs/v1.csv"
cmp -s "$tmp/boxes.csv" "$theirs/v1.json" || fail "boxes called as a result"
cp "$tmp/boxes.csv" "$theirs/boxes.csv"
rm "$theirs/v3.csv"
check $sfdetect -q -p "$theirs/boxes.csv" --out-dir "$theirs" --force "$v"
cmp -s "$tmp/boxes.csv" "$theirs/boxes.csv" || fail "boxes among results"
cmp -s "$tmp/boxes.csv" "$theirs/v1.json" || fail "boxes called as a result of another kind"
expect 1 "boxes.csv: cannot create the directory" $sfdetect -q $boxes --out-dir "$tmp/boxes.csv" "$v"

# --- lists
list() { printf '%s\n' "$@" >"$tmp/list"; }
rm -rf "$d"
list "$v/v1.mp4" "$v/missing.mp4" "$v/v2.mp4"
status=0
$sfdetect -q $boxes --list "$tmp/list" --out-dir "$d" 2>"$tmp/stderr" || status=$?
[ $status -eq 3 ] || fail "status $status with a missing file"
grep -q "^  video missing: .*missing.mp4\|^  video missing: .*no box for video" "$tmp/stderr" ||
    fail "the table of failures: $(cat "$tmp/stderr")"
echo 'missing,0.1,0,0,1,1,,1' >>"$tmp/boxes.csv"
rm -rf "$d"
$sfdetect -q $boxes --list "$tmp/list" --out-dir "$d" 2>"$tmp/stderr"
grep -q "^  video missing: .*missing.mp4: cannot open: No such file" "$tmp/stderr" ||
    fail "the table of failures: $(cat "$tmp/stderr")"
merge "video missing: failed: " "$d"
cp "$v/v7.mp4" "$v/missing.mp4"
expect 0 "1 part done, 2 complete before, 0 failed; 1 keyframe" $sfdetect $boxes --list "$tmp/list" \
    --out-dir "$d" --resume
check $sfdetect --merge "$d" -o "$tmp/merged.csv"
rm "$v/missing.mp4"
list "$v/v1.mp4" "$tmp/other/v1.mkv"
expect 2 "list: line 2: $v/v1.mp4 and $tmp/other/v1.mkv have the same video id \"v1\"" \
    $sfdetect -q $boxes --list "$tmp/list" --out-dir "$d"
list "$v/v1.mp4,,nine"
expect 1 'list: line 1, column 3 (offset): "nine" is not a time in seconds' \
    $sfdetect -q $boxes --list "$tmp/list" -o "$tmp/x.csv"
list "$v/v1.mp4,a,1,2"
expect 1 "list: line 1: more than the 3 columns" $sfdetect -q $boxes --list "$tmp/list" -o "$tmp/x.csv"
list ""
expect 1 "list: no videos in this list" $sfdetect -q $boxes --list "$tmp/list" -o "$tmp/x.csv"
mkdir "$tmp/empty"
expect 1 "empty: no videos in this folder" $sfdetect -q $boxes "$tmp/empty"
# an id is no way out of the folder
list "$v/v1.mp4,../out/v1"
printf '../out/v1,0.1,0,0,1,1,,1\n' >"$tmp/path.csv"
check $sfdetect -q -p "$tmp/path.csv" --list "$tmp/list" --out-dir "$tmp/names"
[ "$(ls "$tmp/names" | grep csv)" = "%2E.%2Fout%2Fv1.csv" ] || fail "names: $(ls -A "$tmp/names")"
check $sfdetect --merge "$tmp/names" -o "$tmp/x.csv"

# --- options
expect 2 'shard "7/7": those of 7 are 0/7 to 6/7' $sfdetect -q $boxes --out-dir "$d" --shard 7/7 "$v"
expect 2 'shard "x": wanted I/N' $sfdetect -q $boxes --out-dir "$d" --shard x "$v"
expect 1 "shard auto: no variables of" env -i $sfdetect -q $boxes --out-dir "$d" --shard auto "$v"
expect 1 "it does not tell how many there are: auto/N does" env JOB_COMPLETION_INDEX=1 \
    $sfdetect -q $boxes --out-dir "$d" --shard auto "$v"
expect 2 "--shard is for --out-dir" $sfdetect -q $boxes --shard 0/2 "$v"
expect 2 "--output cannot go with --out-dir" $sfdetect -q $boxes --out-dir "$d" -o x "$v"
expect 2 "--also: \"xml\": wanted" $sfdetect -q $boxes --out-dir "$d" --also xml "$v"
expect 2 "--features cannot go with --out-dir" $sfdetect -q $boxes --out-dir "$d" --features x.npz "$v"
expect 2 "--features-type is for --features" $sfdetect -q $boxes --out-dir "$d" --features-type f16 "$v"
expect 2 "--merge takes folders alone: --features" $sfdetect --merge "$d" -o x --features x.npz
expect 2 "x.npy: features are .safetensors or .npz" $sfdetect -q $boxes --features x.npy "$v"
expect 2 "--split: persons are followed" "$build/sfdetect" -q --track --split 3 --out-dir "$d" "$v"
expect 2 "--merge: -o FILE or -j FILE is wanted" $sfdetect --merge "$d"
expect 2 "--partial is for --merge" $sfdetect --partial "$v"

# --- a clock that jumps back an hour at every look
jumping=$build/tests/tools/libjumping_clock.so
if [ -e "$jumping" ]; then
    rm -rf "$d"
    (
        export LD_PRELOAD="$jumping"
        ulimit -f 24
        set_run -q "$v" 2>/dev/null
    )
    touch -d 2001-01-01 "$d"/*
    LD_PRELOAD="$jumping" set_run -q --resume "$v" || fail "a clock that jumps"
    same
    grep -q '"seconds":[0-9]' "$d/manifest.jsonl" && ! grep -q '"seconds":[0-9]\{4\}' "$d/manifest.jsonl" ||
        fail "seconds: $(cat "$d/manifest.jsonl")"
fi
finish
