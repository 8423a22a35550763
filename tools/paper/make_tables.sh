#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Trains the rows of the paper's ablations in small, on the synthetic world: fusion (2a), width of the fast
# pathway (2b), weaker inputs (2c); same data and budget for all, three seeds for the rows that decide something.
#
#   tools/paper/make_tables.sh [--quick] [DIR]      # DIR gets some 3 GB, and is continued where a run stopped
#
# Writes DIR/rows.csv (a row a run), DIR/table_2?.csv, docs/images/paper_2?.svg, and the tables in docs/paper.md;
# with --quick only into DIR, from a world of a few seconds: whether everything runs. On two cores that do nothing
# else: some three hours, a quarter of one for rendering; each run tells how long those that are left will take.
# SFD_BUILD names the folder of the programs (build).
set -eu
. "$(dirname "$0")/../script_help.sh"
cd "$(dirname "$0")/../.."
programs=${SFD_BUILD:-build}
videos=240 seconds=10 epochs=10 seeds="1 2 3" quick=""
if [ "${1:-}" = --quick ]; then
    quick=yes videos=4 seconds=3 epochs=1 seeds="1 2"
    shift
fi
work=${1:-paper-tables}
here=tools/paper
val=$work/val
mkdir -p "$work"

# ---------------------------------------------------------------------- the world

# world DIR SEED VIDEOS VAL_SHARE
world() {
    [ -f "$1/labels.pbtxt" ] || "$programs/sfsynth" --out "$1" --seed "$2" --videos "$3" --val-share "$4" \
        --seconds "$seconds" --quiet
}

echo "== rendering"
world "$work/train" 11 "$videos" 0
world "$val" 99 "$((videos / 4))" 1
mkdir -p "$work/videos"
ln -f "$work/train/videos/"* "$val/videos/"* "$work/videos"

# ---------------------------------------------------------------------- the rows

# table|row|what the paper says: top-1 on Kinetics-400, GFLOPs|seeds|configuration and its keys
rows() {
    cat <<END
2a|Slow-only|72.6|27.3|all|single.yaml
2a|Fast-only|51.7|6.4|one|single.yaml MODEL.ARCH fast DATA.NUM_FRAMES 16 DATA.SAMPLING_RATE 2
2a|no lateral|73.5|34.2|all|slowfast.yaml SLOWFAST.LATERAL none
2a|time-to-channel, sum|74.5|34.2|one|slowfast.yaml SLOWFAST.LATERAL to_channel SLOWFAST.LATERAL_MERGE sum
2a|time-to-channel, concatenation|74.3|39.8|one|slowfast.yaml SLOWFAST.LATERAL to_channel
2a|time-strided sampling|75.4|34.9|one|slowfast.yaml SLOWFAST.LATERAL sample
2a|time-strided convolution|75.6|36.1|all|slowfast.yaml
2b|beta 1/2|||one|slowfast.yaml SLOWFAST.BETA_INV 2
2b|beta 1/3|||one|slowfast.yaml SLOWFAST.BETA_INV 3
2b|beta 1/4|75.6|54.5|all|slowfast.yaml
2b|beta 1/6|75.8|41.8|one|slowfast.yaml SLOWFAST.BETA_INV 6
2b|beta 1/12|75.2|32.8|one|slowfast.yaml SLOWFAST.BETA_INV 12
2c|RGB|75.6|36.1|all|slowfast.yaml
2c|RGB, half size|74.7|34.4|one|slowfast.yaml SLOWFAST.FAST_SHRINK 2 SLOWFAST.BETA_INV 2 SLOWFAST.FUSION_CONV_CHANNEL_RATIO 1
2c|gray|75.5|34.1|one|slowfast.yaml SLOWFAST.FAST_INPUT gray
2c|time difference|74.5|34.2|one|slowfast.yaml SLOWFAST.FAST_INPUT time_difference
END
}

# The runs that the rows need, each network once: id|seed|configuration and its keys
runs() {
    rows | while IFS='|' read -r table row top1 gflops which network; do
        for seed in $seeds; do
            echo "$(echo "$network" | tr -c 'A-Za-z0-9\n' _)|$seed|$network"
            [ "$which" = all ] || break
        done
    done | sort -u
}

# info CONFIGURATION [KEY VALUE]...: parameters in thousands, GFLOPs of one clip
info() {
    config=$1
    shift
    "$programs/sfmodel" info "$here/$config" "$@" --size 64x64 |
        awk '/ linear | conv / { for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+$/) n += $i; g += $NF }
             END { printf "%.0f,%.3f", n / 1000, g }'
}

# learn ID SEED CONFIGURATION [KEY VALUE]...: trains, looks, adds to rows.csv
learn() {
    run=$work/$1_$2 seed=$2 config=$3
    shift 3
    resume=""
    [ ! -f "$run/state.bin" ] || resume=--resume
    mkdir -p "$run" "$work/cache"
    [ -e "$run/cache" ] || ln -s ../cache "$run/cache" # the same decoded frames
    "$programs/sftrain" --quiet --config "$here/$config" --videos "$work/videos" --gt "$work/train/train.csv" \
        --proposals "$work/train/train_boxes.csv" --labels "$val/labels.pbtxt" --epochs "$epochs" --lr 1 \
        --dropout 0 --max-side 72 --seed "$seed" --out "$run" $resume "$@"
    "$programs/sfdetect" --quiet --weights "$run/last.safetensors" --proposals "$val/val_boxes.csv" \
        -o "$run/val.csv" "$val"/videos/*.mp4
    "$programs/sfeval" --gt "$val/val.csv" --exclude "$val/val_excluded.csv" --labels "$val/labels.pbtxt" \
        "$run/val.csv" | awk '$1 == "mAP," { printf "%.2f\n", 100 * $NF }' >"$run/map.txt"
}

echo "== training"
begin=$(date +%s) n_done=0
n_all=$(runs | while IFS='|' read -r id seed network; do [ -s "$work/${id}_$seed/map.txt" ] || echo; done | wc -l)
runs >"$work/runs.txt"
while IFS='|' read -r id seed network <&3; do
    if [ ! -s "$work/${id}_$seed/map.txt" ]; then
        # shellcheck disable=SC2086
        learn "$id" "$seed" $network
        n_done=$((n_done + 1))
        left=$((($(date +%s) - begin) * (n_all - n_done) / n_done / 60))
        echo "$network, seed $seed: mAP $(cat "$work/${id}_$seed/map.txt"); $((n_all - n_done)) left, $left minutes"
    fi
done 3<"$work/runs.txt"

# ---------------------------------------------------------------------- tables and plots

echo "table,row,seeds,mAP,lowest,highest,parameters_k,GFLOPs,paper_top1,paper_GFLOPs" >"$work/tables.csv"
echo "table,row,seed,mAP" >"$work/rows.csv"
rows | while IFS='|' read -r table row top1 gflops which network; do
    id=$(echo "$network" | tr -c 'A-Za-z0-9\n' _)
    for seed in $seeds; do
        echo "$table,\"$row\",$seed,$(cat "$work/${id}_$seed/map.txt")" >>"$work/rows.csv"
        cat "$work/${id}_$seed/map.txt"
        [ "$which" = all ] || break
    done | awk '{ n++; s += $1; low = n == 1 || $1 < low ? $1 : low; high = n == 1 || $1 > high ? $1 : high }
        END { printf "%d,%.2f,%.2f,%.2f", n, s / n, low, high }' >"$work/mean.txt"
    # shellcheck disable=SC2086
    echo "$table,\"$row\",$(cat "$work/mean.txt"),$(info $network),$top1,$gflops" >>"$work/tables.csv"
done

awk -v work="$work" -f "$here/tables.awk" "$work/tables.csv"
if [ -z "$quick" ]; then
    cp "$work"/paper_2?.svg docs/images
    awk -v from="$work/tables.md" '/^<!-- end of trained/ { on = 0 } !on { print }
        /^<!-- trained/ { on = 1; while ((getline line < from) > 0) print line }' docs/paper.md >"$work/paper.md"
    cp "$work/paper.md" docs/paper.md
fi
cat "$work/tables.md"
