#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# stand_ins.sh BUILD OUT: small files under the names that the documents' commands use, into the folder OUT.
# All videos are one of two seconds, all networks the bundled ones or tiny ones of random weights.
set -eu
build=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$2"
cd "$2"

# --- one video under many names
"$build/sfsynth" -q --clip clip.mp4 -t 2 --size 96x72 --min-people 2 --seed 3 --tracks
for name in a b video next fourth; do cp clip.mp4 $name.mp4; done
mkdir clips videos aerobic_gymnastics kinetics
for name in a b c 1 2 clip; do cp clip.mp4 clips/$name.mp4; done
for name in a b; do cp clip.mp4 videos/$name.mp4; done
cp clip.mp4 aerobic_gymnastics/v_x.mp4

# as FILE ID...: its rows as those of videos of these names
as() {
    file=$1
    shift
    for name in "$@"; do sed "s:^clip,:$name,:" "$file"; done
}
# from_900 FILE: its timestamps as those of AVA's cuts
from_900() {
    awk -F, -v OFS=, '{ $2 += 900; print }' "$1"
}
as clip.csv a b >train.csv
as clip.csv c >val.csv
as clip.csv a b c 1 2 clip >truth.csv
as clip_boxes.csv a b c 1 2 clip >boxes.csv
as clip_boxes.csv c >val_boxes.csv
cp train.csv own.csv
cp truth.csv ava_val.csv
for name in truth tracks; do cp clip_tracks.txt $name.txt; done
from_900 train.csv | cat - truth.csv >ava_val_v2.2.csv
from_900 boxes.csv >ava_val_predicted_boxes.csv
echo clip,3 >excluded.csv
for name in a b; do echo "$PWD/clips/$name.mp4"; done >videos.csv
cp excluded.csv ava_val_excluded_timestamps_v2.2.csv
mkdir -p ava/annotations ava/videos_15min
cp ava_val_*.csv ava/annotations
for name in a b c 1 2 clip; do cp clip.mp4 ava/videos_15min/$name.mp4; done
awk -F, -v OFS=, '{ $8 = 0.3 + NR % 7 / 10; print }' truth.csv >dets.csv
awk -F, -v OFS=, '{ $8 = 0.3 + NR % 5 / 10; print }' truth.csv >slow.csv
for name in old slow_only; do cp slow.csv $name.csv; done
for name in new slowfast; do cp dets.csv $name.csv; done
for name in labels own list action_list classes; do cp "$root/data/demo/labels.pbtxt" $name.pbtxt; done

# --- lists of whole videos
printf 'a.mp4 0\nb.mp4 1\n' >kinetics/train.csv
printf 'c.mp4 0\n' >kinetics/val.csv
printf '{"run": 0, "walk": 1}\n' >kinetics.json
printf 'run\nwalk\n' >kinetics.txt

# --- networks
for name in net.safetensors pretrained.safetensors slowfast.safetensors checkpoint.pth a.pyth b.pyth slowfast_r101.pyth \
    r101.pyth SLOWFAST_32x2_R101_50_50.pkl; do
    cp "$root/data/demo/slowfast_demo.safetensors" $name
done
cp "$root/data/demo/persons_demo.safetensors" yolox_s.pth
"$build/sfmodel" init mmaction2_tsn_r18_audio_kinetics RESNET.WIDTH_PER_GROUP 8 MODEL.NUM_CLASSES 2 -o tsn_r18_audio.pth >/dev/null
cp "$root/tests/data/sound/music.flac" song.flac
cp "$root/tests/data/sound/speech.npy" features.npy
# config ARGS...: a network of few channels, with these lines
config() {
    cat <<END
DATA: {NUM_FRAMES: 8, SAMPLING_RATE: 2, TRAIN_CROP_SIZE: 64, TEST_CROP_SIZE: 64}
SLOWFAST: {ALPHA: 4, BETA_INV: 4, FUSION_CONV_CHANNEL_RATIO: 2, FUSION_KERNEL_SZ: 5}
RESNET: {DEPTH: 18, WIDTH_PER_GROUP: 8, NUM_BLOCK_TEMP_KERNEL: [[2, 2], [2, 2], [2, 2], [2, 2]]}
SOLVER: {MAX_EPOCH: 1}
END
    printf '%s\n' "$@"
}
config "MODEL: {ARCH: slowfast, NUM_CLASSES: 80, HEAD_ACT: sigmoid}" "DETECTION: {ENABLE: True, ALIGNED: True}" >net.yaml
config "MODEL: {ARCH: slowfast, NUM_CLASSES: 2}" >kinetics_net.yaml
cp kinetics_net.yaml SLOWFAST_8x8_R50.yaml
"$build/sfmodel" init kinetics_net.yaml -o SLOWFAST_8x8_R50.pkl >/dev/null
"$build/sfmodel" quantise net.safetensors --calibrate clip.mp4 --max-keyframes 1 -o net.int8.safetensors >/dev/null 2>&1
"$build/sftrain" -q --config kinetics_net.yaml --list kinetics/train.csv --videos clips --out run >/dev/null
cp -r run run1
cp -r run run2

# --- what programs write
"$build/sfdetect" -q --track --json dets.jsonl clip.mp4
cp dets.jsonl people.json
"$build/sfdetect" -q -p ava_val_predicted_boxes.csv --timestamp-offset 900 --out-dir val videos

# --- what annotation tools and data sets give
convert="$build/sfconvert -q --labels labels.pbtxt"
for name in a next 1 2; do as clip.csv $name >$name.csv; done
$convert a.csv --videos clips --to cvat -o annotations.xml
$convert next.csv --videos . --to cvat -o next_corrected.xml
"$build/sfconvert" -q boxes.csv --to proposals -o dense_proposals.pkl
for name in 1 2; do $convert $name.csv --fps 1 --size 96x72 --to cvat -o ${name}_annotations.xml; done
rm a.csv next.csv 1.csv 2.csv
as clip.csv clip v_x g/b >tubes.csv # the last is in results.pkl
$convert tubes.csv --size 96x72 --to tubes -o multisports_GT.pkl 2>/dev/null
cp multisports_GT.pkl UCF101v2-GT.pkl
cp "$root/tests/data/tubes/dump.pkl" results.pkl
