#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfsynth run as a user would; calls that must fail.
set -u
. "$(dirname "$0")/lib.sh"
sfsynth="$build/sfsynth --quiet --size 96x72 --seconds 2"

check $sfsynth --out "$tmp/world" --videos 5 --seed 3
[ "$(ls "$tmp/world/videos" | wc -l)" -eq 5 ] || fail "videos: $(ls "$tmp/world/videos")"
[ "$(cat "$tmp/world/val_videos.txt")" = synth3_val_00000 ] || fail "validation videos"
[ "$(wc -l <"$tmp/world/train_videos.txt")" -eq 4 ] || fail "training videos"
check grep -q '^synth3_train_0000[0-3],0001,[01][.][0-9]*,.*,[0-9]*,[0-7]$' "$tmp/world/train.csv"
check $sfsynth --out "$tmp/again" --videos 5 --seed 3
for table in train val train_boxes val_boxes train_excluded val_excluded; do
    check cmp "$tmp/world/$table.csv" "$tmp/again/$table.csv"
done
check diff -r "$tmp/world/videos" "$tmp/again/videos"
check $sfsynth --out "$tmp/other" --videos 5 --seed 4
cmp -s "$tmp/world/train.csv" "$tmp/other/train.csv" && fail "--seed does not matter"

# what it writes is what sfrender and sfeval read
check $sfsynth --clip "$tmp/clip.mp4" --scene beach --min-people 3
check "$build/sfrender" --quiet --gt "$tmp/clip.csv" --keyframes "$tmp/png" "$tmp/clip.mp4"
[ "$(ls "$tmp/png")" = clip_0001.png ] || fail "pictures: $(ls "$tmp/png")"
cut -d, -f1-7 "$tmp/world/train.csv" | sed 's/$/,0.9/' >"$tmp/dets.csv"
check "$build/sfeval" --gt "$tmp/world/train.csv" --labels "$tmp/world/labels.pbtxt" \
    "$tmp/dets.csv" >"$tmp/stdout"

# tracks: the same people as at the keyframes, and nothing else changes
check $sfsynth --clip "$tmp/tracked.mp4" --scene beach --min-people 3 --tracks
sed 's/^tracked/clip/' "$tmp/tracked.csv" | cmp - "$tmp/clip.csv" || fail "--tracks changes the truth"
check cmp "$tmp/clip.mp4" "$tmp/tracked.mp4"
awk -F, '$1 > 1 && $1 % 30 == 1 { print ($1 - 1) / 30, $2 }' "$tmp/tracked_tracks.txt" >"$tmp/at_seconds"
awk -F, '{ print $2 + 0, $8 }' "$tmp/tracked.csv" | uniq | cmp - "$tmp/at_seconds" || fail "tracks at the keyframes"
check $sfsynth --out "$tmp/tracked" --videos 2 --seed 3 --tracks
[ "$(ls "$tmp/tracked/tracks" | wc -l)" -eq 2 ] || fail "tracks of a set"

# --sound: other labels, the same for the same seed; what cannot be written is told, and nothing left
sum=$(cat "$tmp/world/train.csv" "$tmp/world/val_boxes.csv" | cksum)
[ "$sum" = "1924618181 1055" ] || fail "without --sound seed 3 gives other csv files than ever: $sum"
check $sfsynth --clip "$tmp/loud.mp4" --seed 4 --min-people 4 --sound
cp "$tmp/loud.csv" "$tmp/first.csv"
check $sfsynth --clip "$tmp/loud.mp4" --seed 4 --min-people 4 --sound
check cmp "$tmp/loud.csv" "$tmp/first.csv"
check $sfsynth --out "$tmp/heard" --videos 1 --sound
check grep -q 'talk to' "$tmp/heard/labels.pbtxt"
grep -q 'talk to' "$tmp/world/labels.pbtxt" && fail "talking without sound"
expect 1 "cannot hold AAC sound" $sfsynth --sound --clip "$tmp/raw.h264"
expect 1 "full.mp4: cannot" sh -c 'trap "" XFSZ; ulimit -f 8; exec "$@"' sh $sfsynth --sound --clip "$tmp/full.mp4"
[ -z "$(find "$tmp" -name 'full*' -o -name 'raw*')" ] || fail "left: $(find "$tmp" -name 'full*' -o -name 'raw*')"

expect 2 "either --out DIR or --clip FILE.mp4 is needed" $sfsynth
expect 2 "either --out DIR or --clip FILE.mp4 is needed" $sfsynth --out "$tmp/x" --clip "$tmp/x.mp4"
for size in 320 320x 320x240x3 x240 "320x240 " 320,240; do
    expect 2 "is not of the form 320x240" $sfsynth --out "$tmp/x" --size "$size"
done
expect 1 "picture width is 0" $sfsynth --out "$tmp/x" --size 0x240
expect 1 "picture height is -1" $sfsynth --out "$tmp/x" --size 320x-1
expect 1 "picture width is 99999" $sfsynth --out "$tmp/x" --size 99999x99999
expect 2 "--seconds" $sfsynth --out "$tmp/x" --seconds 1
expect 2 "--seconds" $sfsynth --out "$tmp/x" --seconds nan
expect 2 "--videos" $sfsynth --out "$tmp/x" --videos 0
expect 2 "--seed" $sfsynth --out "$tmp/x" --seed -1
expect 2 "--scene" $sfsynth --out "$tmp/x" --scene moon
expect 1 "highest number of people is 2" $sfsynth --out "$tmp/x" --min-people 3 --max-people 2
expect 1 "cannot create the directory" $sfsynth --out "$tmp/no/such"
expect 1 "needs an extension" $sfsynth --clip "$tmp/clip"
[ -e "$tmp/x" ] && fail "a refused call left $tmp/x"
finish
