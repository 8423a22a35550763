#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Many videos into a folder: killed and gone on with, in shares, split, put together again. The
# oracle is one run with -o.
set -u
. "$(dirname "$0")/lib.sh"
sfdetect="$build/sfdetect -w golden/sf_r50/weights.safetensors -c golden/sf_r50/config.yaml -t 1"
make_clip=$build/tests/tools/make_clip
v=$tmp/videos
mkdir "$v"
for i in 1 2 3 4 5 6 7; do
    check "$make_clip" "$v/v$i.mp4" 64 48 $((30 + 15 * i)) 30
done
# v3 is the long one; the boxes of keyframes differ in number
awk 'BEGIN { for (i = 1; i <= 7; i++) for (k = 0; k < (i == 3 ? 24 : 4); k++)
    for (b = 0; b <= k % 2; b++) printf "v%d,%.3f,0.%d,0.1,0.9,0.95,,0.95\n", i, k / (i == 3 ? 20 : 5), b + 1 }' \
    >"$tmp/boxes.csv"
boxes="-p $tmp/boxes.csv"
now() { date +%s%N; }
from=$(now)
check $sfdetect -q $boxes -o "$tmp/one.csv" -j "$tmp/one.json" "$v"/v?.mp4
ms=$((($(now) - from) / 1000000))

# same DIR...: put together, they are the oracle.
same() {
    $sfdetect --merge "$@" -o "$tmp/all.csv" -j "$tmp/all.json" || fail "--merge $*"
    check cmp "$tmp/one.csv" "$tmp/all.csv"
    check cmp "$tmp/one.json" "$tmp/all.json"
}
set_run() {
    out=$1
    shift
    $sfdetect $boxes $also --out-dir "$out" "$@"
}
also="--also json,features,npz"
same_features() {
    for i in 1 2 3 4 5 6 7; do
        check cmp "$tmp/d/v$i.features.safetensors" "$1/v$i.features.safetensors"
        check cmp "$tmp/d/v$i.features.npz" "$1/v$i.features.npz"
    done
}

# --- a folder of videos
expect 0 "d: 7 parts done, 0 complete before, 0 failed; 48 keyframes" set_run "$tmp/d" "$v"
same "$tmp/d"
for i in 2 3; do
    check $sfdetect -q $boxes --features "$tmp/f.npz" "$v/v$i.mp4"
    check cmp "$tmp/f.npz" "$tmp/d/v$i.features.npz"
done
check $sfdetect -q $boxes --features "$tmp/f.safetensors" --jobs 3 "$v/v3.mp4"
check cmp "$tmp/f.safetensors" "$tmp/d/v3.features.safetensors"
[ "$(cut -d, -f1 "$tmp/d/v2.csv" | sort -u)" = v2 ] || fail "v2.csv"
[ "$(grep -c '"status":"done"' "$tmp/d/manifest.jsonl")" -eq 7 ] || fail "manifest"
[ -z "$(find "$tmp/d" -name '*.journal' -o -name '.*')" ] || fail "left over: $(ls -A "$tmp/d")"

# --- sfeval takes the folder for the file
cut -d, -f1-7 "$tmp/one.csv" | awk -F, -v OFS=, '$7 < 4 { print $0, 1 }' >"$tmp/truth.csv"
check "$build/sfeval" -g "$tmp/truth.csv" "$tmp/one.csv" >"$tmp/wanted" 2>/dev/null
check "$build/sfeval" -g "$tmp/truth.csv" "$tmp/d" 2>/dev/null | sed "s|$tmp/d|$tmp/one.csv|" >"$tmp/told"
grep -i map "$tmp/wanted" >"$tmp/wanted_map"
grep -i map "$tmp/told" | cmp - "$tmp/wanted_map" && [ -s "$tmp/wanted_map" ] || fail "sfeval DIR: $(cat "$tmp/told")"

# and folders of two runs, compared by draws of the videos
check $sfdetect -q $boxes --flip --out-dir "$tmp/flip" "$v"
check $sfdetect --merge "$tmp/flip" -o "$tmp/flip.csv"
gain() { "$build/sfeval" -g "$tmp/truth.csv" --bootstrap 30 "$@" 2>/dev/null | sed -n '/less/,$p'; }
gain "$tmp/one.csv" "$tmp/flip.csv" >"$tmp/wanted"
gain "$tmp/d" "$tmp/flip" | cmp - "$tmp/wanted" && grep -q "draws of 7 videos" "$tmp/wanted" ||
    fail "sfeval --bootstrap on folders: $(cat "$tmp/wanted")"

# --- killed 50 times at random, gone on with each time; a slow build is killed less often
kills=$((ms > 1500 ? 4 : 50))
[ -z "$sanitized" ] || kills=4
awk -v n=$kills -v ms=$ms 'BEGIN { srand(7); for (i = 0; i < n; i++) printf "%.3f\n", rand() * ms / 800 }' \
    >"$tmp/delays"
n_complete=0
while read -r delay; do
    $sfdetect -q $boxes $also --out-dir "$tmp/k" --resume "$v" 2>"$tmp/stderr" &
    pid=$!
    sleep "$delay"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null && status=0 || status=$?
    [ $status -eq 0 ] || [ $status -eq 137 ] || fail "status $status: $(cat "$tmp/stderr")"
    if [ $status -eq 0 ]; then
        n_complete=$((n_complete + 1))
        same "$tmp/k"
        same_features "$tmp/k"
        rm -rf "$tmp/k"
    fi
done <"$tmp/delays"
set_run "$tmp/k" -q --resume "$v" || fail "the end of it"
same "$tmp/k"
same_features "$tmp/k"
# whoever completed a part was killed before its journal went
: >"$tmp/k/v2.journal"
set_run "$tmp/k" -q --resume "$v" || fail "all complete"
[ -z "$(find "$tmp/k" -name '*.journal')" ] || fail "left over: $(ls "$tmp/k")"

# --- a share each, at once; those of the long video too
for split in 0 5; do
    for i in 0 1 2; do
        $sfdetect -q $boxes $also --out-dir "$tmp/s$split" --split $split --shard $i/3 "$v" &
    done
    wait
    same "$tmp/s$split"
done
[ "$(ls "$tmp/s5" | grep -c '^v3~.of5.csv$')" -eq 5 ] || fail "parts of v3: $(ls "$tmp/s5")"
[ "$(cat "$tmp"/s5/manifest.*-of-3.jsonl | wc -l)" -eq 11 ] || fail "11 parts"
# in folders of their own
for i in 0 1; do
    set_run "$tmp/own$i" -q --shard $i/2 "$v" || fail "shard $i"
done
same "$tmp/own0" "$tmp/own1"
SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=4 SLURM_ARRAY_TASK_MAX=5 \
    expect 0 "shard 1 of 2: Slurm array task 5 of 4 to 5" set_run "$tmp/auto" --shard auto "$v"
ls "$tmp/own1" >"$tmp/wanted"
ls "$tmp/auto" | cmp - "$tmp/wanted" || fail "--shard auto"

# --- a list with ids and offsets
{
    echo "path,id,offset"
    echo "$v/v2.mp4,first,900"
    echo
    printf '%s\tsecond\n' "$v/v1.mp4"
    echo "\"$v/v3.mp4\""
} >"$tmp/list.csv"
printf 'first,901,0,0,1,1,,1\nsecond,1,0,0,1,1,,1\nv3,0.5,0,0,1,1,,1\n' >"$tmp/listed.csv"
check $sfdetect -q -p "$tmp/listed.csv" --list "$tmp/list.csv" -o "$tmp/listed_one.csv"
[ "$(cut -d, -f1,2 "$tmp/listed_one.csv" | uniq | tr '\n' ' ')" = "first,901 second,1 v3,0.5 " ] ||
    fail "--list: $(cut -d, -f1,2 "$tmp/listed_one.csv" | uniq)"
check $sfdetect -q -p "$tmp/listed.csv" --list - --out-dir "$tmp/l" <"$tmp/list.csv"
check $sfdetect --merge "$tmp/l" -o "$tmp/all.csv"
check cmp "$tmp/listed_one.csv" "$tmp/all.csv"

# --- what is done, what would be
rm "$tmp/d/v5.csv"
$sfdetect -q $boxes $also --out-dir "$tmp/d" --resume --dry-run "$v" >"$tmp/told" || fail "--dry-run"
[ "$(sed -n 5p "$tmp/told")" = "to do v5" ] || fail "--dry-run: $(cat "$tmp/told")"
tail -1 "$tmp/told" | grep -q '^1 part to do, 6 complete; 4 keyframes; .* as measured so far$' ||
    fail "--dry-run: $(cat "$tmp/told")"
expect 0 "d: 1 part done, 6 complete before, 0 failed; 4 keyframes" set_run "$tmp/d" --skip-done "$v"
same "$tmp/d"
$sfdetect -q $boxes --out-dir "$tmp/none" --dry-run "$v" | grep -q 'by the network alone' || fail "--dry-run"
[ ! -e "$tmp/none" ] || fail "--dry-run made a folder"

# --- persons who are found, and followed
found="$build/sfdetect -q -t 1"
demo="$build/share/sfdet/demo/street.mp4"
cp "$demo" "$tmp/street.mp4"
cp "$demo" "$tmp/again.mp4"
check $found -o "$tmp/one.csv" -j "$tmp/one.json" "$tmp/again.mp4" "$tmp/street.mp4"
check $found --also json --out-dir "$tmp/f" --split 3 "$tmp/again.mp4" "$tmp/street.mp4"
same "$tmp/f"
check $found --tracks "$tmp/one.txt" -o "$tmp/one.csv" -j "$tmp/one.json" "$tmp/street.mp4"
$found --track --also json,tracks --out-dir "$tmp/t" "$tmp/street.mp4" &
pid=$!
sleep 0.$((ms % 10))
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
check $found --also json,tracks --out-dir "$tmp/t" --resume "$tmp/street.mp4"
same "$tmp/t"
check cmp "$tmp/one.txt" "$tmp/t/street.tracks.txt"
finish
