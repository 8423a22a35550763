#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tutorial of docs/own-classes.md, command by command: every indented line of "From three videos to a
# fourth" that begins with $ is run here, on synthetic videos with three classes of other names.
set -u
. "$(dirname "$0")/lib.sh"
doc=$(dirname "$0")/../../docs/own-classes.md
demo=$(cd ../../data/demo && pwd)
[ "${build#/}" = "$build" ] && build=$(pwd)/$build
PATH=$build:$PATH
mkdir "$tmp/own" "$tmp/own/videos"
check "$build/sfsynth" -q -o "$tmp/world" -n 4 --val-share 0.25 -t 3 --size 160x120 --seed 3
cp "$tmp"/world/videos/*train* "$tmp/own/videos"
cp "$tmp"/world/videos/*val* "$tmp/own/fourth.mp4"
cp "$demo/slowfast_demo.safetensors" "$tmp/own/pretrained.safetensors"

# what an annotation tool gives back: three of the classes, called otherwise
printf 'item { name: "%s" id: %d }\n' stoop 1 loiter 12 deposit 47 >"$tmp/three.pbtxt"
awk -F, '$7 == 1 || $7 == 12 || $7 == 47' "$tmp/world/train.csv" >"$tmp/three.csv"
mkdir "$tmp/own/annotations"
check "$build/sfconvert" -q --labels "$tmp/three.pbtxt" --videos "$tmp/own/videos" "$tmp/three.csv" \
    --to cvat --output-dir "$tmp/own/annotations"

# the commands, those of the annotation tool's user left out
sed -n '/^## From three videos to a fourth/,/^## /s/^    \$ //p' "$doc" >"$tmp/commands"
[ "$(wc -l <"$tmp/commands")" -ge 9 ] || fail "where are the commands of the tutorial?"
cd "$tmp/own" || exit 1
while IFS= read -r command; do
    wanted=0
    case $command in sfcheck*) wanted=1 ;; esac # three videos have rare classes
    status=0
    sh -c "$command" >"$tmp/said" 2>&1 </dev/null || status=$?
    [ $status -eq $wanted ] || fail "status $status of \"$command\": $(cat "$tmp/said")"
done <"$tmp/commands"

"$build/sfmodel" info head/last.safetensors >"$tmp/info"
grep -q '^classes: 1 .*loiter' "$tmp/info" || fail "classes of head: $(tail -2 "$tmp/info")"
grep -q '"loiter"' labels.pbtxt || fail "names: $(cat labels.pbtxt)"
ids=$(cut -d, -f7 train.csv | grep . | sort -u | tr '\n' ' ')
[ "$ids" = "1 2 3 " ] || fail "ids of train.csv: $ids in $(cat train.csv labels.pbtxt)"
[ -s sheets/2_loiter.png ] || ls sheets | grep -q loiter || fail "sheets: $(ls sheets)"
for run in head whole again; do
    [ -s $run/last.safetensors ] || fail "$run learned nothing"
done
ls pictures/fourth_* >/dev/null || fail "no pictures of the fourth video"
[ "$(sed 1d again/log.csv | wc -l)" -ge 1 ] || fail "again/log.csv"
cut -d, -f1 more.csv | grep -qx fourth || fail "the fourth video is not among the rows"
finish
