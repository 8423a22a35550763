#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Networks whose timestamps are numbers of the video's own frames (MultiSports): the same scores as of the same frames
# played at 30 a second with timestamps in seconds; ids of proposals that are paths; what wants seconds is refused.
set -u
. "$(dirname "$0")/lib.sh"
net=$PWD/networks/mm_multisports_slowonly.py
check "$build/tests/tools/make_clip" "$tmp/v_one.mp4" 96 72 70 25
check ffmpeg -v error -itsscale 0.83333333333 -i "$tmp/v_one.mp4" -c copy "$tmp/thirty.mp4"
sed 's/ fps=1,//; s/scale=(-1, 256)/scale=(-1, 64)/' "$net" >"$tmp/seconds.py"
sed 's/scale=(-1, 256)/scale=(-1, 64)/' "$net" >"$tmp/frames.py"
check "$build/sfmodel" init "$tmp/seconds.py" --seed 5 -o "$tmp/w.safetensors"

# Frames 1, 16, 31, 34 and 70, which is the last one, are at 0, 0.5, 1, 1.1 and 2.3 s of 30 frames a second.
box=0.2,0.1,0.7,0.9,,0.95
for t in 0001 0016 0031 0034 0070; do echo "sport/v_one.mp4,$t,$box"; done >"$tmp/frames.csv"
for t in 0 0.5 1 1.1 2.3; do echo "thirty,$t,$box"; done >"$tmp/seconds.csv"
frames="$build/sfdetect --quiet -c $tmp/frames.py -w $tmp/w.safetensors"
check $frames --proposals "$tmp/frames.csv" "$tmp/v_one.mp4" -o "$tmp/by_frames.csv"
check "$build/sfdetect" --quiet -c "$tmp/seconds.py" -w "$tmp/w.safetensors" --proposals "$tmp/seconds.csv" \
    "$tmp/thirty.mp4" -o "$tmp/by_seconds.csv"
[ "$(wc -l <"$tmp/by_frames.csv")" -eq 330 ] || fail "not 5 x 66 rows"
[ "$(cut -d, -f1,2 "$tmp/by_frames.csv" | uniq | tr '\n' ' ')" = \
    "v_one,0001 v_one,0016 v_one,0031 v_one,0034 v_one,0070 " ] || fail "timestamps are not the frames' numbers"
cut -d, -f3- "$tmp/by_seconds.csv" >"$tmp/wanted"
cut -d, -f3- "$tmp/by_frames.csv" | cmp - "$tmp/wanted" || fail "other scores than at 30 frames a second"
[ "$(grep -c ,7,0 "$tmp/by_frames.csv")" -eq 5 ] || fail "no action 7"
[ "$(grep ,7,0 "$tmp/by_frames.csv" | cut -d, -f8 | sort -u | wc -l)" -eq 5 ] || fail "keyframes look the same"

# The 71st frame does not exist.
sed 's/0070/0071/' "$tmp/frames.csv" >"$tmp/late.csv"
expect 3 "v_one: timestamp 0071 (frame 70) lies past the end" $frames --proposals "$tmp/late.csv" "$tmp/v_one.mp4" \
    -o "$tmp/late_out.csv"

# Two paths, one name.
(cat "$tmp/frames.csv" && sed 's/sport/other/' "$tmp/frames.csv") >"$tmp/twice.csv"
expect 1 'boxes for "sport/v_one.mp4" and for "other/v_one.mp4": which of them is video "v_one"?' \
    $frames --proposals "$tmp/twice.csv" "$tmp/v_one.mp4" -o "$tmp/x.csv"

# Persons who are found, at every 30th frame.
check $frames --persons persons/yolox_1.pth --person-threshold 0.1 --max-persons 1 --every 30 "$tmp/v_one.mp4" -o "$tmp/found.csv"
[ "$(cut -d, -f2 "$tmp/found.csv" | uniq | tr '\n' ' ')" = "1 31 61 " ] || fail "keyframes of those found"

for wrong in "--render $tmp/r.mp4" "--tracks $tmp/t.csv" "--timestamp-offset 3"; do
    expect 1 "${wrong%% *} wants seconds" $frames --proposals "$tmp/frames.csv" $wrong "$tmp/v_one.mp4" -o "$tmp/x.csv"
done
sed 's/timestamp_start=1/timestamp_start=900/' "$tmp/frames.py" >"$tmp/late.py"
expect 1 "only from timestamp_start=1" "$build/sfdetect" -c "$tmp/late.py" -w "$tmp/w.safetensors" \
    --proposals "$tmp/frames.csv" "$tmp/v_one.mp4"
finish
