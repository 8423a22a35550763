#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Folders of numbered pictures where a clip is: the results are those of the video that they come
# from; what is wrong with a folder is told.
set -u
. "$(dirname "$0")/lib.sh"
net="-w golden/sf_r50/weights.safetensors -c golden/sf_r50/config.yaml"
sfdetect="$build/sfdetect --quiet"
clip=$tmp/clip.mp4
boxes=$tmp/boxes.csv
check "$build/tests/tools/make_clip" "$clip" 96 72 75 25
cat >"$boxes" <<EOF
clip,1,0.100,0.200,0.300,0.900,,0.98
clip,1,0.500,0.100,0.900,0.950,,0.95
clip,2,0.500,0.1,0.9,0.950,,0.95
EOF
mkdir -p "$tmp/frames/clip" "$tmp/jpeg/clip" "$tmp/slow/clip" "$tmp/other"
check ffmpeg -nostdin -v error -i "$clip" -vf fps=30 "$tmp/frames/clip/clip_%06d.png"
check ffmpeg -nostdin -v error -i "$clip" -vf fps=30 -q:v 1 -start_number 0 "$tmp/jpeg/clip/img_%05d.jpg"
check ffmpeg -nostdin -v error -i "$clip" "$tmp/slow/clip/%d.png"
echo "no picture" >"$tmp/frames/clip/notes.txt"

# --- the video's results, byte by byte: a folder, a pattern, another rate, a set, two at once
check $sfdetect $net -p "$boxes" -o "$tmp/video.csv" -j "$tmp/video.jsonl" "$clip"
check $sfdetect $net -p "$boxes" -o "$tmp/png.csv" -j "$tmp/png.jsonl" "$tmp/frames/clip"
check cmp "$tmp/video.csv" "$tmp/png.csv"
check cmp "$tmp/video.jsonl" "$tmp/png.jsonl"
check $sfdetect $net -p "$boxes" -o "$tmp/png.csv" "$tmp/frames/clip/"
check cmp "$tmp/video.csv" "$tmp/png.csv"
check $sfdetect $net -p "$boxes" -o "$tmp/png.csv" --jobs 2 "$tmp/frames/clip/clip_%06d.png"
check cmp "$tmp/video.csv" "$tmp/png.csv"
check $sfdetect $net -p "$boxes" -o "$tmp/png.csv" --fps 25 "$tmp/slow/clip"
check cmp "$tmp/video.csv" "$tmp/png.csv"
check $sfdetect $net -p "$boxes" --out-dir "$tmp/set" "$tmp/frames"
check cmp "$tmp/video.csv" "$tmp/set/clip.csv"
echo "$tmp/frames/clip" >"$tmp/list.csv"
check $sfdetect $net -p "$boxes" --out-dir "$tmp/list" --list "$tmp/list.csv"
check cmp "$tmp/video.csv" "$tmp/list/clip.csv"
check $sfdetect $net -p "$boxes" -o "$tmp/jpeg.csv" "$tmp/jpeg/clip"
paste -d, "$tmp/video.csv" "$tmp/jpeg.csv" |
    awk -F, '{ d = $8 - $16; n++; if (d > 0.06 || d < -0.06) exit 1 } END { if (n != 240) exit 1 }' ||
    fail "JPEG frames give other results"

# --- drawing, looking for people
check "$build/sfrender" -q -d "$tmp/video.csv" -k "$tmp/drawn" "$clip"
check "$build/sfrender" -q -d "$tmp/video.csv" -k "$tmp/drawn_png" -r "$tmp/drawn.mp4" "$tmp/frames/clip"
check cmp "$tmp/drawn/clip_1.png" "$tmp/drawn_png/clip_1.png"
[ "$(ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 "$tmp/drawn.mp4")" = 90 ] ||
    fail "the drawn video has other frames"
check "$build/sfboxes" -q --persons persons/yolox_1.pth --person-threshold 0.1 -o "$tmp/found.csv" "$clip"
check "$build/sfboxes" -q --persons persons/yolox_1.pth --person-threshold 0.1 -o "$tmp/found_png.csv" \
    --fps 30 "$tmp/frames/clip"
check cmp "$tmp/found.csv" "$tmp/found_png.csv"

# --- learning: the same weights
printf 'clip,1,0.1,0.2,0.3,0.9,1\nclip,2,0.5,0.1,0.9,0.95,2\n' >"$tmp/gt.csv"
mkdir "$tmp/videos"
cp "$clip" "$tmp/videos"
for from in videos frames slow; do
    fps=$([ $from = slow ] && echo "--fps 25")
    check "$build/sftrain" --quiet --gt "$tmp/gt.csv" --videos "$tmp/$from" --labels train/labels.pbtxt \
        -c train/small.yaml -e 1 -b 2 -t 2 $fps -o "$tmp/run_$from" >/dev/null
    check cmp "$tmp/run_videos/last.safetensors" "$tmp/run_$from/last.safetensors"
done

# --- what is wrong
bad() {
    text=$1
    shift
    expect 1 "$text" $sfdetect $net -p "$boxes" "$@"
}
two() {
    rm -rf "$tmp/clip"
    cp -r "$tmp/frames/clip" "$tmp/clip"
}
two
rm "$tmp/clip/clip_000031.png" "$tmp/clip/clip_000032.png"
bad "clip: 2 pictures are missing before clip_000033.png: clip_000031.png is not there" "$tmp/clip"
two
cp "$tmp/clip/clip_000001.png" "$tmp/clip/img_1.png"
bad "clip: its pictures are not numbered alike" "$tmp/clip"
check $sfdetect $net -p "$boxes" -o "$tmp/png.csv" "$tmp/clip/clip_%06d.png"
check cmp "$tmp/video.csv" "$tmp/png.csv"
two
cp "$tmp/clip/clip_000001.png" "$tmp/clip/clip_91.png"
bad "clip: some numbers of its pictures have 2 digits, others are filled with zeros to 6" "$tmp/clip"
two
ffmpeg -nostdin -v error -y -i "$clip" -vf scale=48:36 -frames:v 1 "$tmp/clip/clip_000030.png"
bad "clip_000030.png: is 48 x 36, the first picture 96 x 72" "$tmp/clip"
two
head -c 500 "$tmp/frames/clip/clip_000030.png" >"$tmp/clip/clip_000030.png"
bad "clip_000030.png: is truncated" "$tmp/clip"
two
echo hello >"$tmp/clip/clip_000030.png"
bad "clip_000030.png: is not a picture, wanted a picture (JPEG, PNG, BMP, WebP, TIFF)" "$tmp/clip"
: >"$tmp/clip/clip_000030.png"
bad "clip_000030.png: is empty" "$tmp/clip"
bad "other: no videos in this folder, and no folder of pictures" "$tmp/other"
bad "img_%d.jpg: no picture is called like this" "$tmp/frames/clip/img_%d.jpg"
expect 2 "--fps is for --proposals, --tracks and folders of pictures" $sfdetect --fps 25 "$clip"
finish
