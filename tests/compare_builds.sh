#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Do two builds give the same bytes? Runs all programs of both over the golden networks, the bundled demo, every
# weight format, twenty steps of training and more, and compares every file, what stands on stdout, and the exit
# status:
#
#     tests/compare_builds.sh OLD_BUILD NEW_BUILD [NAME...]
#
# Both read the data of this checkout with the same number of threads and SFD_CPU. Names choose commands. A
# safetensors file whose tensors are equal and whose metadata differ is told apart. Left out is what tells time, the
# seconds in logs of training and the state beside them, and the best weights, which 0.1 did not write. Videos are
# written on one core: x264's threads do not always give the same bytes. Exit status 1 for any difference.
set -u
[ $# -ge 2 ] || { sed -n '3,13s/^# \{0,1\}//p' "$0"; exit 2; }
old=$(realpath "$1") new=$(realpath "$2")
shift 2
wanted=" $* "
cd "$(dirname "$0")/data"
data=$(pwd)
demo=$(realpath ../../data/demo)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n_run=0 n_different=0
pinned=

# The tensors of a safetensors file without its header.
tensors() {
    tail -c +$((9 + $(od -An -tu8 -N8 "$1"))) "$1"
}

compare_file() {
    [ -f "$tmp/new/$1" ] || { echo "    $1: missing in the new build"; return 1; }
    cmp -s "$tmp/old/$1" "$tmp/new/$1" && return 0
    case $1 in
    *.safetensors)
        tensors "$tmp/old/$1" >"$tmp/a"
        tensors "$tmp/new/$1" >"$tmp/b"
        cmp -s "$tmp/a" "$tmp/b" && { echo "    $1: same tensors, other metadata"; return 1; }
        ;;
    esac
    echo "    $1: differs"
    return 1
}

# run NAME PROGRAM ARGUMENT...: in an empty folder for each build.
run() {
    name=$1 program=$2
    shift 2
    case $wanted in "  " | *" $name "*) ;; *) return ;; esac
    n_run=$((n_run + 1))
    for side in old new; do
        eval "build=\$$side"
        mkdir -p "$tmp/$side/$name"
        (
            cd "$tmp/$side/$name"
            $pinned "$build/$program" "$@" >stdout 2>"$tmp/$side.stderr"
            echo $? >status
            [ ! -d run ] || sed -i 's/,[^,]*$//' run/log.csv stdout
            [ ! -d run ] || sed -i '/^best epoch: /d; /^use it: /d' stdout
            [ ! -e run/model.safetensors ] || mv run/model.safetensors run/last.safetensors # as it was called
            rm -rf run/cache run/state.bin run/best.safetensors
        )
    done
    same=1
    (cd "$tmp/old" && find "$name" -type f | sort) >"$tmp/files"
    (cd "$tmp/new" && find "$name" -type f | sort) | diff "$tmp/files" - >"$tmp/lists" ||
        { sed -n 's/^[<>]/    &/p' "$tmp/lists"; same=0; }
    while read -r file; do
        compare_file "$file" || same=0
    done <"$tmp/files"
    if [ $same = 1 ]; then
        echo "same       $name ($(wc -l <"$tmp/files") files, status $(cat "$tmp/old/$name/status"))"
    else
        echo "DIFFERENT  $name"
        n_different=$((n_different + 1))
    fi
}

small="--threads 2 --quiet"
awk -F, '$2 == 3 || $2 == 4' "$demo/street_boxes.csv" >"$tmp/two.csv" # keyframes, where many networks run

# --- detection: golden networks, formats, options
for net in sf_r50 sf_r101_nl slow_r50; do
    run "golden_$net" sfdetect $small -w "$data/golden/$net/weights.safetensors" -c "$data/golden/$net/config.yaml" \
        -p "$tmp/two.csv" -o dets.csv -j dets.jsonl "$demo/street.mp4"
done
run golden_exact sfdetect $small --exact -w "$data/golden/sf_r50/weights.safetensors" \
    -c "$data/golden/sf_r50/config.yaml" -p "$tmp/two.csv" -o dets.csv "$demo/street.mp4"
run demo_all sfdetect $small -p "$demo/street_boxes.csv" -o dets.csv -j dets.jsonl -k pictures "$demo/street.mp4"
pinned="taskset -c 0"
run demo_video sfdetect $small -p "$demo/street_boxes.csv" -r labelled.mp4 "$demo/street.mp4"
pinned=
run demo_jpg sfdetect $small -p "$tmp/two.csv" -k pictures --image-format jpg "$demo/street.mp4"
run demo_summary sfdetect $small -p "$demo/street_boxes.csv" --top 3 --min-score 0.2 "$demo/street.mp4"
run demo_stdout sfdetect $small -p "$demo/street_boxes.csv" -o - --jobs 2 "$demo/street.mp4"
run demo_offset sfdetect $small -p "$demo/street_boxes.csv" --timestamp-offset 1 --box-threshold 0.9 -o - \
    "$demo/street.mp4"
for cpu in scalar avx2; do
    run "demo_$cpu" sfdetect $small --cpu $cpu -p "$tmp/two.csv" -o dets.csv "$demo/street.mp4"
done
run demo_one_thread sfdetect --threads 1 --quiet -p "$tmp/two.csv" -o dets.csv "$demo/street.mp4"

# --- weights: published names and containers, random values, number formats
for preset in slowfast_r50_4x16_ava slow_r50_8x8_kinetics mmaction2_slowfast_r50_4x16_context_ava; do
    run "init_$preset" sfmodel init --seed 3 -o net.safetensors $preset
done
"$old/sfmodel" init --seed 7 -o "$tmp/net.safetensors" slowfast_r50_4x16_ava >"$tmp/log"
for dtype in f32 f16 bf16; do
    run "convert_$dtype" sfmodel convert --dtype $dtype -o out.safetensors "$tmp/net.safetensors"
done
run detect_full sfdetect $small -w "$tmp/net.safetensors" -p "$tmp/two.csv" -o dets.csv "$demo/street.mp4"
for file in part.pyth part_caffe2_p2.pkl part_legacy.pyth part_mmaction2.pth part_pytorchvideo.pyth; do
    run "info_$file" sfmodel info "$data/checkpoints/$file"
done
for preset in slowfast_r50_8x8_ava slowfast_r101_nl_8x8_ava slow_r50_4x16_kinetics \
    mmaction2_slowonly_r50_nl_4x16_ava; do
    run "info_$preset" sfmodel info --size 341x256 $preset
done
run presets sfmodel presets

# --- evaluation
"$old/sfdetect" $small -p "$demo/street_boxes.csv" -o "$tmp/dets.csv" "$demo/street.mp4"
for dialect in activitynet_2020 activitynet_2019 pyslowfast mmaction2 all; do
    run "eval_$dialect" sfeval --dialect $dialect --gt "$demo/street.csv" --labels "$demo/labels.pbtxt" "$tmp/dets.csv"
done
run eval_errors sfeval --gt "$demo/street.csv" --labels "$demo/labels.pbtxt" --errors --json out.json --plot ap.svg \
    "$tmp/dets.csv"
run eval_iou sfeval --gt "$demo/street.csv" --labels "$demo/labels.pbtxt" --iou 0.5:0.95:0.05 "$tmp/dets.csv"

# --- drawing
run render_pictures sfrender -q -d "$tmp/dets.csv" -g "$demo/street.csv" -k pictures "$demo/street.mp4"
pinned="taskset -c 0"
run render_video sfrender -q -d "$tmp/dets.csv" -r out.mp4 "$demo/street.mp4"
pinned=

# --- the synthetic world, and at least twenty steps of training on it
run synth sfsynth -q -o world -n 5 --seconds 6 --size 128x96 --seed 5
world=$tmp/old/synth/world
if [ -d "$world" ]; then
    sed 's/NUM_CLASSES: 4/NUM_CLASSES: 80/' train/small.yaml >"$tmp/net.yaml"
    learn="--threads 2 --quiet --gt $world/train.csv -p $world/train_boxes.csv -v $world/videos --batch 2 --seed 4"
    run train sftrain $learn --val-gt "$world/val.csv" --val-proposals "$world/val_boxes.csv" -c "$tmp/net.yaml" \
        --epochs 3 -o run
    run train_frozen sftrain $learn -w "$tmp/old/train/run/last.safetensors" --freeze backbone --epochs 2 -o run
fi

echo "$n_run commands, $n_different different"
[ $n_different = 0 ]
