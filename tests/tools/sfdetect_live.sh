#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfdetect --live: a pipe that is written at the pace of a camera, one that is written as fast as it can be, a stream
# on loopback that breaks off and comes back, sources that cannot be had. What is found is what the file gives.
set -u
. "$(dirname "$0")/lib.sh"
common="-w golden/sf_r50/weights.safetensors -c golden/sf_r50/config.yaml --persons persons/yolox_1.pth"
common="$common --person-threshold 0.1 --max-persons 2"
sfdetect="$build/sfdetect $common"
check "$build/tests/tools/make_clip" "$tmp/live.mkv" 96 72 200 30
ffmpeg="ffmpeg -nostdin -y -v error"
check $ffmpeg -i "$tmp/live.mkv" -c copy "$tmp/live.ts"
check $sfdetect -q -o "$tmp/file.csv" -j "$tmp/file.json" "$tmp/live.mkv"

# known NAME: every line is one that the file gave, in rising order of time.
known() {
    [ -s "$tmp/$1.json" ] || fail "$1: nothing"
    unknown=$(grep -cvxF -f "$tmp/file.json" "$tmp/$1.json")
    [ "$unknown" -eq 0 ] || fail "$1: $unknown lines that the file does not give"
    sed 's/.*"timestamp":\([0-9.]*\).*/\1/' "$tmp/$1.json" | sort -nc || fail "$1: order"
}

# --- a pipe at the pace of a camera: all keyframes, unless the machine is busy
$ffmpeg -re -i "$tmp/live.mkv" -c copy -f mpegts - |
    $sfdetect --live - -o "$tmp/paced.csv" -j "$tmp/paced.json" --mjpeg "$tmp/paced.mjpeg" -k "$tmp/png" >"$tmp/told" 2>&1 ||
    fail "a paced pipe: $(cat "$tmp/told")"
known paced
n=$(cut -d, -f2 "$tmp/paced.csv" | sort -u | wc -l)
[ "$(ls "$tmp/png" | wc -l)" -eq "$n" ] || fail "pictures"
[ "$(ffprobe -v error -f mjpeg -count_frames -show_entries stream=nb_read_frames,width,height -of csv=p=0 \
    "$tmp/paced.mjpeg")" = "96,72,$n" ] || fail "MJPEG"
grep -q ' s behind, [0-9]* dropped$' "$tmp/told" || fail "no status: $(cat "$tmp/told")"

# --- files can be read while they grow
mkfifo "$tmp/fifo"
$sfdetect -q --live "$tmp/fifo" -j "$tmp/growing.json" >/dev/null 2>"$tmp/told" &
pid=$!
exec 3>"$tmp/fifo"
head -c $(($(wc -c <"$tmp/live.ts") * 3 / 4)) "$tmp/live.ts" >&3
for i in $(seq 300); do
    [ -s "$tmp/growing.json" ] && break
    sleep 0.1
done
[ -s "$tmp/growing.json" ] || fail "nothing to be seen before the end"
kill -INT $pid
wait $pid || fail "Ctrl-C: status $?, $(cat "$tmp/told")"
exec 3>&-
sed 's/"fifo"/"live"/' "$tmp/growing.json" >"$tmp/stopped.json"
known stopped

# --- as fast as it comes: keyframes are dropped, memory does not grow (the decoder's threads vary by some MB)
memory() {
    $ffmpeg -f lavfi -i testsrc=size=64x48:rate=30 -t "$1" -c:v mpeg2video -f mpegts "$tmp/long.ts"
    $sfdetect -q --live - -j "$tmp/long.json" <"$tmp/long.ts" >/dev/null 2>"$tmp/told" &
    pid=$!
    most=0
    while now=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' /proc/$pid/status 2>/dev/null) && [ -n "$now" ]; do
        most=$now
        sleep 0.05
    done
    wait $pid || fail "a stream of $1 s: $(cat "$tmp/told")"
}
memory 20
short=$most
memory 600
if [ -z "$sanitized" ]; then # which keeps what was freed for a while
    [ "$most" -gt 0 ] && [ "$most" -lt $((short + 8192)) ] || fail "memory: $short kB for 20 s, $most kB for 600 s"
fi

# --- a stream that breaks off and comes back
port=$((20000 + $$ % 20000))
serve() {
    $ffmpeg -re -i "$tmp/live.ts" -t "$1" -c copy -f mpegts "tcp://127.0.0.1:$port?listen=1"
}
serve 3 &
sleep 1
$sfdetect --live "tcp://user:secret@127.0.0.1:$port/door" -j "$tmp/door.json" --give-up 1 >"$tmp/summary" 2>"$tmp/told" &
pid=$!
wait $!
status=$?
[ $status -eq 3 ] || fail "a stream that is lost for good: status $status, $(cat "$tmp/told")"
grep -q "warning: tcp://127.0.0.1:$port/door.*lost, trying again" "$tmp/told" || fail "loss is not told: $(cat "$tmp/told")"
grep -q secret "$tmp/told" "$tmp/summary" "$tmp/door.json" && fail "the password is told"
sed 's/"door"/"live"/' "$tmp/door.json" >"$tmp/lost.json"
known lost
port=$((port + 1))
(serve 3; serve 6) &
sleep 1
$sfdetect --live "tcp://127.0.0.1:$port/door" -j "$tmp/back.json" --give-up 5 >/dev/null 2>"$tmp/told"
grep -q "tcp://127.0.0.1:$port/door: is back" "$tmp/told" || fail "a stream that comes back: $(cat "$tmp/told")"
[ "$(sed 's/.*"timestamp":\([0-9.]*\).*/\1/' "$tmp/back.json" | sort -nu | tail -n 1)" -ge 4 ] ||
    fail "timestamps after a loss: $(cut -c 1-40 "$tmp/back.json")"

# --- sound: what is heard beside the pictures is what the file gives; a source without is told
mkdir "$tmp/heard"
check $ffmpeg -i "$tmp/live.mkv" -f lavfi -i "aevalsrc=0.5*sin(2000*t*t):s=44100" -t 3 -c:v copy -c:a aac "$tmp/heard/live.ts"
check $ffmpeg -i "$tmp/heard/live.ts" -c copy "$tmp/heard/live.mkv"
check $ffmpeg -i "$tmp/heard/live.ts" -c copy -an "$tmp/mute.ts"
echo "live,1,0.1,0.2,0.5,0.9,1" >"$tmp/heard/gt.csv"
printf 'item { name: "one" id: 1 }\nitem { name: "other" id: 2 }\n' >"$tmp/heard/labels.pbtxt"
check "$build/sftrain" -q --gt "$tmp/heard/gt.csv" --labels "$tmp/heard/labels.pbtxt" --videos "$tmp/heard" \
    -c train/listening.yaml --epochs 1 --lr 0.5 --threads 1 -o "$tmp/heard/run" >/dev/null
sfdetect="$build/sfdetect -w $tmp/heard/run/last.safetensors ${common#*.yaml}"
check $sfdetect -q -j "$tmp/file.json" "$tmp/heard/live.ts"
check $ffmpeg -i "$tmp/heard/live.ts" -c copy -bsf:a noise=amount=300 "$tmp/noisy.ts"
for kind in heard/live mute noisy; do
    $ffmpeg -re -i "$tmp/$kind.ts" -c copy -f mpegts - | $sfdetect --live - -j "$tmp/${kind%/live}.json" >"$tmp/${kind%/live}.txt" 2>&1 &
done
wait
known heard
grep -q "has no sound" "$tmp/heard.txt" && fail "sound of a stream: $(cat "$tmp/heard.txt")"
[ "$(grep -c "warning: -: .* damaged part.* of its sound" "$tmp/noisy.txt")" -eq 1 ] ||
    fail "damaged sound of a stream is told once: $(cat "$tmp/noisy.txt")"
grep -q "damaged" "$tmp/heard.txt" && fail "sound of a stream: $(cat "$tmp/heard.txt")"
grep -q "warning: -: has no sound" "$tmp/mute.txt" || fail "a stream without sound is not told: $(cat "$tmp/mute.txt")"
[ -s "$tmp/mute.json" ] || fail "a stream without sound: $(cat "$tmp/mute.txt")"
grep -qxF -f "$tmp/file.json" "$tmp/mute.json" && fail "a stream without sound is heard"

# --- what cannot be had
expect 1 "127.0.0.1:1/door: cannot be opened: Connection refused" $sfdetect -q --live rtsp://u:secret@127.0.0.1:1/door
grep -q secret "$tmp/stderr" && fail "the password is told"
expect 1 "no address of this kind is known, wanted a camera" $sfdetect -q --live gopher://x
expect 1 "no address of this kind is known" $sfdetect -q --live file:///etc/passwd
expect 1 "/dev/null: cannot be opened: it is no camera" $sfdetect -q --live /dev/null
expect 1 "none: cannot open: No such file" $sfdetect -q --live "$tmp/none"
expect 1 "stdin: is /dev/null, not a video file" $sfdetect -q --live - </dev/null
expect 1 "its host: " $sfdetect -q --live http://host.invalid/door
expect 1 "not a video file" $sfdetect -q --live "$tmp/file.json"
expect 2 "--live takes the place of clips" $sfdetect --live - "$tmp/live.mkv"
expect 2 "--render cannot go with --live" $sfdetect --live - -r "$tmp/x.mp4"
expect 2 "--mjpeg goes with --live" $sfdetect --mjpeg "$tmp/x" "$tmp/live.mkv"
finish
