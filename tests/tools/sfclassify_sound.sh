#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfclassify with networks that only listen (MMAction2's recognisers of sound): features, sound and
# videos; what must fail; what the other programs say of such networks.
set -u
. "$(dirname "$0")/lib.sh"
sfclassify="$build/sfclassify"
sfmodel="$build/sfmodel"
net=$tmp/net.safetensors
check "$sfmodel" init mmaction2_tsn_r18_audio_kinetics RESNET.WIDTH_PER_GROUP 8 MODEL.NUM_CLASSES 7 -o "$net"
check "$sfmodel" info "$net" >"$tmp/info.txt"
grep -q ', one clip of sound, H along time' "$tmp/info.txt" || fail "$(head -n 1 "$tmp/info.txt")"
grep -q '^sound: features of MMAction2, or made of 16000 Hz: 128 .* 80 mel bands' "$tmp/info.txt" || fail "no sound"
! grep -q '^picture:' "$tmp/info.txt" || fail "pictures of a network that sees none"

# Whether two files of rows have the same scores, to 1e-5.
same_scores() {
    paste -d, "$1" "$2" | awk -F, '$2 != $5 || $3 - $6 > 1e-5 || $6 - $3 > 1e-5 { bad++ } END { exit bad || NR < 7 }'
}

# --- features with the frames of their video, as MMAction2's lists have them, and the sound that they are of
check cp sound/speech.npy sound/speech.flac "$tmp"
printf 'speech.npy 30 2\n' >"$tmp/features.txt"
printf 'speech.flac 2\n' >"$tmp/sound.txt"
check $sfclassify -q -w "$net" --list "$tmp/features.txt" --videos "$tmp" --clips 3 -o "$tmp/a.csv" >"$tmp/figures.txt"
check $sfclassify -q -w "$net" --list "$tmp/sound.txt" --videos "$tmp" --clips 3 -o "$tmp/b.csv" >"$tmp/stdout"
check same_scores "$tmp/a.csv" "$tmp/b.csv"
grep -q '^1 video with labels, 1 of 7 classes$' "$tmp/figures.txt" || fail "$(cat "$tmp/figures.txt")"
check $sfclassify -q -w "$net" "$tmp/speech.npy" --clips 3 -o "$tmp/c.csv"
! same_scores "$tmp/a.csv" "$tmp/c.csv" || fail "a row for each frame changes nothing"
check $sfclassify -w "$net" "$tmp/speech.npy" 2>"$tmp/err.txt" >"$tmp/out.txt"
grep -q '1 clip (spread) of the sound of 64 frames, mean' "$tmp/err.txt" || fail "views: $(cat "$tmp/err.txt")"

# --- a video without sound is silent, and silence has the features of no sound
check "$build/sfsynth" -q --clip "$tmp/room.mp4" --scene room -t 2 --size 96x72 --seed 3
check $sfclassify -q -w "$net" "$tmp/room.mp4" -o "$tmp/silent.csv" 2>"$tmp/err.txt"
grep -q 'warning: .*room.mp4: has no sound' "$tmp/err.txt" || fail "silence: $(cat "$tmp/err.txt")"
check $sfclassify -q -w "$net" --exact --cpu scalar "$tmp/room.mp4" -o "$tmp/scalar.csv" 2>"$tmp/err.txt"
check same_scores "$tmp/silent.csv" "$tmp/scalar.csv"

# --- what must fail: one by one, with the rest done
head -c 3000 "$tmp/speech.npy" >"$tmp/cut.npy"
expect 3 "$tmp/cut.npy: is cut off: 2872 bytes follow the head, which speaks of 64 x 80 elements of 4 bytes" \
    $sfclassify -q -w "$net" "$tmp/cut.npy" "$tmp/speech.npy" --clips 3 -o "$tmp/d.csv"
check cmp "$tmp/c.csv" "$tmp/d.csv"
cp "$tmp/speech.flac" "$tmp/sound.npy"
expect 1 "sound.npy: is no NumPy file" $sfclassify -q -w "$net" "$tmp/sound.npy" -o "$tmp/d.csv"
check ffmpeg -nostdin -v error -f s16le -ar 16000 -t 0 -i /dev/zero -c copy "$tmp/empty.wav"
expect 1 "empty.wav: its sound is empty" $sfclassify -q -w "$net" "$tmp/empty.wav" -o "$tmp/d.csv"
mkdir "$tmp/frames"
expect 1 "frames: " $sfclassify -q -w "$net" "$tmp/frames" -o "$tmp/d.csv"
expect 1 "speech.npy: rows of 80 features, the network hears 64 mel bands (DATA.AUDIO_MEL_NUM)" \
    $sfclassify -q -w "$net" "$tmp/speech.npy" DATA.AUDIO_MEL_NUM 64 -o "$tmp/d.csv"
expect 2 "the network only listens: there are no crops of pictures" $sfclassify -q -w "$net" --crops 3 "$tmp/speech.npy"
expect 2 "the network only listens" $sfclassify -q -w "$net" --short-side 256 "$tmp/speech.npy"

# --- other programs
expect 1 "whole clips" "$build/sfdetect" -q -w "$net" "$tmp/room.mp4" -o "$tmp/e.csv"
expect 1 "networks that listen can run, but not be quantised" \
    "$sfmodel" quantise "$net" --calibrate "$tmp/room.mp4" -o "$tmp/q.safetensors"
printf 'room.mp4 1\n' >"$tmp/train.txt"
expect 1 "networks that only listen can run, but not be trained" "$build/sftrain" -q -w "$net" --list "$tmp/train.txt" \
    --videos "$tmp" --out "$tmp/run"
finish
