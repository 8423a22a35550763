#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# How threads pay on an idle and on a busy machine: seconds of sfdetect over 28 clips with the bundled network, and of
# sftrain over two epochs of a smaller one, with the default number of threads, one and two, alone and beside processes
# that only compute.
#
#     bench/busy.sh [-r ROUNDS] [-l LOAD] [BUILD...]
#
# Builds (default: build) are measured in turn, ROUNDS times (default 5); the medians are printed, and how much longer
# each took than the fastest of its column. LOAD is the number of other processes (default 4).
set -eu
cd "$(dirname "$0")/.."
rounds=5 load=4
while getopts r:l: option; do
    case $option in
    r) rounds=$OPTARG ;;
    l) load=$OPTARG ;;
    *) sed -n '3,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- build
for build; do
    [ -x "$build/sfdetect" ] || {
        echo "$build has no sfdetect: cmake --preset release && cmake --build build" >&2
        exit 1
    }
done

demo=data/demo
tmp=$(mktemp -d)
others=
stop_others() {
    for pid in $others; do kill "$pid" 2>/dev/null || :; done
    others=
}
trap 'stop_others; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM

# The boxes of second 1 at 28 times, 0.3 s apart.
awk -F, '$2 + 0 == 1 { for (i = 0; i < 28; i++) printf "%s,%.1f,%s,%s,%s,%s,,%s\n", $1, 0.9 + 0.3 * i, $3, $4, $5, $6, $8 }' \
    $demo/street_boxes.csv | sort -t, -k2,2n >"$tmp/boxes.csv"
"$1/sfsynth" -q -o "$tmp/world" -n 5 --seconds 6 --size 128x96 --seed 5
sed 's/NUM_CLASSES: 4/NUM_CLASSES: 80/; s/CROP_SIZE: 48/CROP_SIZE: 64/g; s/WIDTH_PER_GROUP: 8/WIDTH_PER_GROUP: 16/' \
    tests/data/train/small.yaml >"$tmp/net.yaml"

# A job takes a build and its options for threads.
detect() {
    build=$1
    shift
    "$build/sfdetect" "$@" -q -w $demo/slowfast_demo.safetensors -p "$tmp/boxes.csv" -o "$tmp/dets.csv" $demo/street.mp4
}

train() {
    build=$1 world=$tmp/world
    shift
    rm -rf "$tmp/run"
    "$build/sftrain" "$@" --quiet --gt "$world/train.csv" -p "$world/train_boxes.csv" -v "$world/videos" --batch 8 \
        --seed 4 -c "$tmp/net.yaml" --epochs 2 -o "$tmp/run" >/dev/null
}

# measure FILE JOB BUILD OPTION...: appends the seconds of one run.
measure() {
    file=$tmp/$1
    shift
    start=$(date +%s.%N)
    "$@"
    echo "$start $(date +%s.%N)" | awk '{ print $2 - $1 }' >>"$file"
}

# measure_all STATE BUILD...
measure_all() {
    state=$1
    shift
    for round in $(seq "$rounds"); do
        i=0
        for build; do
            i=$((i + 1))
            for job in detect train; do
                measure "$job.$state.$i.default" $job "$build"
                measure "$job.$state.$i.1" $job "$build" --threads 1
                measure "$job.$state.$i.2" $job "$build" --threads 2
            done
        done
    done
}

measure_all idle "$@"
for i in $(seq "$load"); do
    sh -c 'while :; do :; done' &
    others="$others $!"
done
measure_all busy "$@"
stop_others

median() {
    sort -n "$1" | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'
}

# best JOB.STATE: of all builds and numbers of threads
best() {
    for file in "$tmp/$1".*; do median "$file"; done | sort -n | head -1
}

echo "job build threads idle_s of_best beside_${load}_s of_best"
for job in detect train; do
    i=0
    for build; do
        i=$((i + 1))
        for threads in default 1 2; do
            echo "$job $build $threads $(median "$tmp/$job.idle.$i.$threads") $(best $job.idle)" \
                "$(median "$tmp/$job.busy.$i.$threads") $(best $job.busy)"
        done
    done
done | awk '{ printf "%s %s %s %.2f %.2f %.2f %.2f\n", $1, $2, $3, $4, $4 / $5, $6, $6 / $7 }'
