#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Networks that listen, trained by sftrain on clips whose pictures tell nothing: what is to be told apart is heard
# for two seconds each, so that sound and keyframes must belong together.
set -u
. "$(dirname "$0")/lib.sh"
ffmpeg="ffmpeg -nostdin -y -v error"
videos=$tmp/videos
mkdir "$videos" "$tmp/mute" "$tmp/short" "$tmp/files"

# --- a tone of 1 kHz and noise take turns; b begins with the noise
$ffmpeg -f lavfi -i color=gray:size=64x48:rate=30:duration=8 \
    -f lavfi -i "aevalsrc=if(lt(mod(t\,4)\,2)\,0.4*sin(6283*t)\,0.8*random(0)-0.4):d=8:s=16000" \
    -c:v mpeg4 -c:a aac "$videos/a.mp4" || fail "ffmpeg"
$ffmpeg -f lavfi -i color=gray:size=64x48:rate=30:duration=8 \
    -f lavfi -i "aevalsrc=if(gte(mod(t\,4)\,2)\,0.4*sin(6283*t)\,0.8*random(0)-0.4):d=8:s=44100" \
    -c:v mpeg4 -c:a aac "$videos/b.mp4" || fail "ffmpeg"
for second in 1 3 5 7; do
    echo "a,$second,0.1,0.1,0.6,0.9,$((1 + second / 2 % 2)),0"
    echo "b,$second,0.1,0.1,0.6,0.9,$((2 - second / 2 % 2)),0"
done >"$tmp/gt.csv"
sed 's/,[12],0$/,,0.95/' "$tmp/gt.csv" >"$tmp/boxes.csv"
printf 'item { name: "tone" id: 1 }\nitem { name: "noise" id: 2 }\n' >"$tmp/labels.pbtxt"
cp train/listening.yaml "$tmp/net.yaml"
val="--val-gt $tmp/gt.csv --val-proposals $tmp/boxes.csv"
train() { # folder of videos, output, options
    folder=$1 out=$2
    shift 2
    "$build/sftrain" --gt "$tmp/gt.csv" --videos "$folder" --labels "$tmp/labels.pbtxt" -q --batch 8 --lr 0.02 \
        --threads 2 --seed 5 -c "$tmp/net.yaml" -o "$out" "$@"
}

# --- it hears at the right time, and so do validation and sfdetect
check train "$videos" "$tmp/run" --epochs 16 $val >"$tmp/epochs.txt"
grep -q '^best epoch: .*, mAP 1.0000$' "$tmp/epochs.txt" || fail "sound is not learned: $(cat "$tmp/epochs.txt")"
for video in a b; do
    check "$build/sfdetect" -q -w "$tmp/run/best.safetensors" -p "$tmp/boxes.csv" "$videos/$video.mp4" -o "$tmp/$video.csv"
done
cat "$tmp/a.csv" "$tmp/b.csv" >"$tmp/found.csv"
"$build/sfeval" -g "$tmp/gt.csv" --labels "$tmp/labels.pbtxt" -d all "$tmp/found.csv" >"$tmp/eval.txt"
grep -q '^IoU 0.5  *1.000000' "$tmp/eval.txt" || fail "sfdetect: $(cat "$tmp/eval.txt")"

# --- sfmodel compares what hears alike, and times it
check "$build/sfmodel" compare "$tmp/run/best.safetensors" "$tmp/run/best.safetensors" --precision-b bf16 \
    -p "$tmp/boxes.csv" -g "$tmp/gt.csv" -l "$tmp/labels.pbtxt" "$videos/a.mp4" "$videos/b.mp4" >"$tmp/compared.txt"
grep -q '^mAP  *A 1.000000, B 1.000000' "$tmp/compared.txt" || fail "sfmodel compare: $(cat "$tmp/compared.txt")"
check "$build/sfmodel" bench "$tmp/net.yaml" --weights "$tmp/run/best.safetensors" --runs 1 >"$tmp/bench.txt"
grep -q '^s5.pathway2_res2.branch2.c ' "$tmp/bench.txt" || fail "sfmodel bench: $(cat "$tmp/bench.txt")"

# --- the same, begun, ended by Ctrl-C and resumed; whether sound joins decides
check train "$videos" "$tmp/two" --epochs 2 >"$tmp/plain.txt"
interrupt_after_line train "$videos" "$tmp/ended" --epochs 2
check train "$videos" "$tmp/ended" --epochs 2 --resume >/dev/null
check cmp "$tmp/two/last.safetensors" "$tmp/ended/last.safetensors"
check train "$videos" "$tmp/never" --epochs 2 --drop-pathway 0 >/dev/null
check train "$videos" "$tmp/always" --epochs 2 --drop-pathway 1 >/dev/null
cmp -s "$tmp/never/last.safetensors" "$tmp/always/last.safetensors" && fail "the pathway is not dropped"
expect 2 "--drop-pathway" train "$videos" "$tmp/bad" --drop-pathway 1.5

# --- the loss of synchronisation, also as a file has it; what is written is the network alone
check train "$videos" "$tmp/sync" --epochs 2 --sync-loss 1 >/dev/null
cmp -s "$tmp/two/last.safetensors" "$tmp/sync/last.safetensors" && fail "the loss of synchronisation has no effect"
[ "$(wc -c <"$tmp/two/last.safetensors")" -eq "$(wc -c <"$tmp/sync/last.safetensors")" ] || fail "more is written"
sed 's/^DATA: {/&GET_MISALIGNED_AUDIO: True, MIX_NEG_EPOCH: 1, /; s/^SLOWFAST: {/&AVS_FLAG: [False, False, True, True, True], /' \
    "$tmp/net.yaml" >"$tmp/files/net.yaml"
check train "$videos" "$tmp/again" --epochs 2 -c "$tmp/files/net.yaml" >/dev/null
check cmp "$tmp/sync/last.safetensors" "$tmp/again/last.safetensors"
check train "$videos" "$tmp/off" --epochs 2 -c "$tmp/files/net.yaml" --sync-loss 0 >/dev/null
check cmp "$tmp/two/last.safetensors" "$tmp/off/last.safetensors"
for option in "--sync-loss 1" "--drop-pathway 0.8"; do
    expect 1 "slowfast_r50_4x16_ava does not listen: there is no sound to drop, or to synchronise" \
        train "$videos" "$tmp/bad" -c slowfast_r50_4x16_ava $option
done
expect 1 "AVS_FLAG" train "$videos" "$tmp/bad" DATA.GET_MISALIGNED_AUDIO True SLOWFAST.AVS_FLAG "[True]"
expect 1 "EASY_NEG_RATIO 2" train "$videos" "$tmp/bad" DATA.EASY_NEG_RATIO 2
expect 1 "DROPPATHWAY_RATE is 2" train "$videos" "$tmp/bad" SLOWFAST.DROPPATHWAY_RATE 2

# --- some of it, and the classifier alone
for what in stem..res3 stem..res5 backbone; do
    check train "$videos" "$tmp/$what" -w "$tmp/run/best.safetensors" --freeze $what --epochs 1 $val >"$tmp/frozen.txt"
    grep -q 'mAP 1.0000' "$tmp/frozen.txt" || fail "--freeze $what: $(cat "$tmp/frozen.txt")"
done

# --- mute videos and folders of pictures are silent, the first told once for each
for video in a b; do
    check $ffmpeg -i "$videos/$video.mp4" -c copy -an "$tmp/mute/$video.mp4"
done
expect 0 "a.mp4: has no sound" train "$tmp/mute" "$tmp/of_mute" --epochs 1
[ "$(grep -c 'has no sound' "$tmp/stderr")" -eq 2 ] || fail "told: $(cat "$tmp/stderr")"

# --- whole clips: each half of a video has one sound
for video in a b; do
    for half in 0 1; do
        check $ffmpeg -ss $((2 * half)) -t 2 -i "$videos/$video.mp4" -c:v mpeg4 -c:a pcm_s16le "$tmp/short/$video$half.mkv"
    done
done
printf 'a0.mkv 0\na1.mkv 1\nb0.mkv 1\nb1.mkv 0\n' >"$tmp/list.txt"
sed 's/^DETECTION.*//; s/HEAD_ACT: sigmoid/HEAD_ACT: softmax/; s/\(SPATIAL_STRIDES.*\)\[1, 1, 1\]\]/\1[2, 2, 2]]/' \
    "$tmp/net.yaml" >"$tmp/clips.yaml"
echo 'TEST: {NUM_ENSEMBLE_VIEWS: 2, NUM_SPATIAL_CROPS: 1}' >>"$tmp/clips.yaml"
check "$build/sftrain" --list "$tmp/list.txt" --val-list "$tmp/list.txt" --videos "$tmp/short" -q --batch 4 --lr 0.02 \
    --threads 2 --seed 5 -c "$tmp/clips.yaml" -o "$tmp/clips" --epochs 16 >"$tmp/clips.txt"
grep -q 'top-1 1.0000' "$tmp/clips.txt" || fail "whole clips: $(tail -n 4 "$tmp/clips.txt")"
finish
