#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfrender run as a user would; calls that must fail.
set -u
. "$(dirname "$0")/lib.sh"
sfrender="$build/sfrender --quiet"
clip=$tmp/clip.mp4
check "$build/tests/tools/make_clip" "$clip" 160 120 100 30
cat >"$tmp/dets.csv" <<EOF
clip,0901,0.1,0.2,0.4,0.9,12,0.93
clip,0901,0.1,0.2,0.4,0.9,80,0.71
clip,0901,0.1,0.2,0.4,0.9,17,0.3
clip,0902,0.5,0.1,0.9,0.8,14,0.6
EOF
echo "clip,0902,0.45,0.1,0.85,0.8,14,7" >"$tmp/gt.csv"

check $sfrender -d "$tmp/dets.csv" -g "$tmp/gt.csv" --timestamp-offset 900 -k "$tmp/png" "$clip"
[ "$(ls "$tmp/png")" = "clip_0901.png
clip_0902.png" ] || fail "pictures: $(ls "$tmp/png")"
check $sfrender -d "$tmp/dets.csv" --timestamp-offset 900 -k "$tmp/jpg" --image-format jpg "$clip"
[ "$(ls "$tmp/jpg" | tail -1)" = clip_0902.jpg ] || fail "pictures: $(ls "$tmp/jpg")"
cmp -s "$tmp/png/clip_0901.png" "$tmp/png/clip_0902.png" && fail "pictures are alike"
# the threshold and the ground truth show
check $sfrender -d "$tmp/dets.csv" --timestamp-offset 900 --render-threshold 0.8 -k "$tmp/high" "$clip"
cmp -s "$tmp/png/clip_0901.png" "$tmp/high/clip_0901.png" && fail "--render-threshold"
check $sfrender -d "$tmp/dets.csv" --timestamp-offset 900 -k "$tmp/green" "$clip"
check cmp "$tmp/png/clip_0901.png" "$tmp/green/clip_0901.png"
cmp -s "$tmp/png/clip_0902.png" "$tmp/green/clip_0902.png" && fail "--gt"

# persons who are followed are a truth as well
echo "clip,0902,0.45,0.1,0.85,0.8,14,0.5,7" >"$tmp/followed.csv"
check $sfrender -d "$tmp/dets.csv" -g "$tmp/followed.csv" --timestamp-offset 900 -k "$tmp/followed" "$clip"
check cmp "$tmp/png/clip_0902.png" "$tmp/followed/clip_0902.png"

# persons in their colours, moving from keyframe to keyframe; at twice the size
sed 's/$/,3/' "$tmp/dets.csv" >"$tmp/ids.csv"
check $sfrender -d "$tmp/ids.csv" --timestamp-offset 900 -k "$tmp/ids" "$clip"
cmp -s "$tmp/ids/clip_0901.png" "$tmp/green/clip_0901.png" && fail "person ids"
check $sfrender -d "$tmp/ids.csv" --timestamp-offset 900 --scale 2 -k "$tmp/large" -r "$tmp/large.mp4" "$clip"
[ "$(head -c 24 "$tmp/large/clip_0901.png" | tail -c 8 | od -An -tx1 | tr -d ' ')" = 00000140000000f0 ] ||
    fail "--scale of pictures: 320x240 wanted"
echo "large,3,0,0,1,1" >"$tmp/large.csv"
check $sfrender -g "$tmp/large.csv" -k "$tmp/larger" "$tmp/large.mp4"
[ "$(head -c 24 "$tmp/larger/large_3.png" | tail -c 8 | od -An -tx1 | tr -d ' ')" = 00000140000000f0 ] ||
    fail "--scale of the video: 320x240 wanted"
expect 2 "--scale" $sfrender -d "$tmp/ids.csv" --scale 5 -k "$tmp/x" "$clip"

check $sfrender -d - --timestamp-offset 900 -r "$tmp/out.mp4" "$clip" <"$tmp/dets.csv"
check [ -s "$tmp/out.mp4" ]
echo "out,3.3,0,0,1,1" >"$tmp/out.csv" # as long as the clip
check $sfrender -g "$tmp/out.csv" -k "$tmp/again" "$tmp/out.mp4"

# --- the csv that all programs take; rows that cannot be used
{ printf '\357\273\277video_id,timestamp,x1,y1,x2,y2,action_id,score\nclip,0901\n'
  sed 's/,/, /g' "$tmp/dets.csv"; } >"$tmp/odd.csv"
check $sfrender -d "$tmp/odd.csv" --timestamp-offset 900 -k "$tmp/odd" "$clip"
check cmp "$tmp/green/clip_0902.png" "$tmp/odd/clip_0902.png"
echo "clip,0901,10,20,50,90,12,0.9" >>"$tmp/odd.csv"
expect 3 "odd.csv: line 7, column 3 (x1): \"10\" is not a fraction" $sfrender -d "$tmp/odd.csv" \
    --timestamp-offset 900 -k "$tmp/odd" "$clip"
expect 1 "line 7, column 3 (x1)" $sfrender --strict -d "$tmp/odd.csv" --timestamp-offset 900 \
    -k "$tmp/odd" "$clip"

expect 3 "clip: the video has no frame for timestamp 0901" $sfrender -d "$tmp/dets.csv" \
    --timestamp-offset 901.5 -k "$tmp/some" "$clip"
[ "$(ls "$tmp/some")" = clip_0902.png ] || fail "pictures: $(ls "$tmp/some")"
expect 2 "--detections FILE or --gt FILE is needed" $sfrender -k "$tmp/x" "$clip"
expect 2 "--keyframes DIR or --render FILE.mp4 is needed" $sfrender -d "$tmp/dets.csv" "$clip"
expect 2 "--image-format" $sfrender -d "$tmp/dets.csv" -k "$tmp/x" --image-format gif "$clip"
expect 1 "missing.csv: cannot open" $sfrender -d "$tmp/missing.csv" -k "$tmp/x" "$clip"
expect 1 "missing.mp4" $sfrender -d "$tmp/dets.csv" -k "$tmp/x" "$tmp/missing.mp4"
cp "$clip" "$tmp/other.mp4"
expect 1 "no row for video \"other\"; the first is for \"clip\"" $sfrender -d "$tmp/dets.csv" \
    -k "$tmp/x" "$tmp/other.mp4"
echo "clip,1,0,0,1,1,stand,0.9" >"$tmp/bad.csv"
expect 1 "line 1, column 7 (label): \"stand\" is not an action id" $sfrender -d "$tmp/bad.csv" \
    -k "$tmp/x" "$clip"
expect 1 "cannot create the directory" $sfrender -d "$tmp/dets.csv" -k "$tmp/no/such" "$clip"
echo old >"$tmp/old.xyz"
expect 1 "has this extension" $sfrender -d "$tmp/dets.csv" -r "$tmp/old.xyz" "$clip"
[ "$(cat "$tmp/old.xyz")" = old ] || fail "old output replaced"

# a pipe that never delivers
mkfifo "$tmp/pipe.mp4"
sed 's/^clip,/pipe,/' "$tmp/dets.csv" >"$tmp/pipe.csv"
$sfrender -d "$tmp/pipe.csv" -r "$tmp/pipe_out.mp4" "$tmp/pipe.mp4" 2>"$tmp/stderr" &
pid=$!
for i in $(seq 600); do # until it waits, for a shell lets its background ignore what comes before
    ls -l /proc/$pid/fd 2>/dev/null | grep -q pipe.mp4 && break
    sleep 0.1
done
kill -INT $pid
wait $pid
status=$?
[ "$status" -eq 130 ] || fail "stopped while waiting for a pipe: status $status, $(cat "$tmp/stderr")"
# part of a file, and a list of others
check $sfrender -g "$tmp/out.csv" -r "$tmp/out.mkv" "$tmp/out.mp4"
head -c $(($(wc -c <"$tmp/out.mkv") / 2)) "$tmp/out.mkv" >"$tmp/part.mkv"
echo "part,0,0,0,1,1" >"$tmp/part.csv"
expect 0 "part.mkv: ends at " $sfrender -g "$tmp/part.csv" -r "$tmp/x.mp4" "$tmp/part.mkv"
printf '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:2,\nclip.mp4\n' >"$tmp/live.mp4"
echo "live,0,0,0,1,1" >"$tmp/live.csv"
expect 1 "live.mp4: is not a video but names others (hls" $sfrender -g "$tmp/live.csv" \
    -r "$tmp/x.mp4" "$tmp/live.mp4"
check $build/sfrender --help >"$tmp/stdout"
check grep -q -- "--render-threshold" "$tmp/stdout"
finish
