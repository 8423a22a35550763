#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfmodel zoo: choice, order, presets that exist; sfmodel info: what a file's name promises.
set -u
. "$(dirname "$0")/lib.sh"
data=$PWD
zoo="$build/sfmodel zoo"

# --- every row has a preset that there is, or none; hashes are those of the names
check $build/sfmodel presets >"$tmp/presets"
check $zoo >"$tmp/all"
sed -n 's/^ *preset //p' "$tmp/all" | sort -u | while read -r preset; do
    grep -q "^$preset " "$tmp/presets" || echo "$preset"
done >"$tmp/unknown"
[ -s "$tmp/unknown" ] && fail "presets that are not there: $(cat "$tmp/unknown")"
[ "$(grep -c '^ *curl ' "$tmp/all")" = "$(grep -c '^[a-z]' "$tmp/all")" ] || fail "a row without a command"

# --- order: the best mAP first
check $zoo --sort map ava >"$tmp/map"
[ "$(head -1 "$tmp/map" | cut -d ' ' -f 1)" = mmaction2_slowonly_r50_16x4_mlp_focal_ava_kinetics ] ||
    fail "best of AVA: $(head -1 "$tmp/map")"
grep -o ' mAP [0-9.]*' "$tmp/map" | cut -c 6- >"$tmp/values"
sort -rn "$tmp/values" | cmp -s - "$tmp/values" || fail "not sorted: $(cat "$tmp/values")"
check $zoo --sort name >"$tmp/name"
grep '^[a-z]' "$tmp/name" | cut -d ' ' -f 1 >"$tmp/values"
LC_ALL=C sort "$tmp/values" | cmp -s - "$tmp/values" || fail "not sorted by name"

# --- choice: words in any column; names and files alone
[ "$($zoo i3d nln | grep -c '^[a-z]')" = 1 ] || fail "I3D NLN: $($zoo i3d nln)"
[ "$($zoo yolox_s | grep -c '^[a-z]')" = 1 ] || fail "yolox_s alone"
[ "$($zoo models/yolox_s.pth | grep -c '^[a-z]')" = 1 ] || fail "a file alone"
$zoo C2D_8x8_R50.pkl | grep -q '^slow_r50_4x16_ava22 ' || fail "the zoo's C2D_8x8_R50.pkl"
expect 2 "no published checkpoint" $zoo perhaps
expect 2 "sort" $zoo --sort size

# --- what a name promises
cd "$tmp" || exit 1
weights=$data/golden/slow_r50/weights.safetensors
promise=$(sha256sum "$weights" | cut -c 1-8)
cp "$weights" "net-$promise.pth"
cp "$weights" net-01234567.pth
config=$data/golden/slow_r50/config.yaml
check $build/sfmodel info -c "$config" "net-$promise.pth" >right
grep -q "SHA-256 begins with $promise, as the name promises" right || fail "$(tail -3 right)"
check $build/sfmodel info -c "$config" net-01234567.pth >wrong
grep -q "does not match its name: SHA-256 begins with $promise, the name promises 01234567" wrong ||
    fail "$(tail -3 wrong)"
check $build/sfmodel info -c "$config" "$weights" >plain
grep -q "SHA-256" plain && fail "a promise where there is none"

finish
