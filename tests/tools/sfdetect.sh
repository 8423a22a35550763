#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfdetect run as a user would, on a made clip and a small network; calls that must fail.
set -u
. "$(dirname "$0")/lib.sh"
net="-w golden/sf_r50/weights.safetensors -c golden/sf_r50/config.yaml"
sfdetect="$build/sfdetect --quiet"
clip=$tmp/clip.mp4
boxes=$tmp/boxes.csv
out=$tmp/out.csv
check "$build/tests/tools/make_clip" "$clip" 96 72 100 30
cat >"$boxes" <<EOF
clip,0002,0.500,0.1,0.9,0.950,,0.95
clip,0001,0.100,0.200,0.300,0.900,,0.980000
clip,0001,0.500,0.100,0.900,0.950,,0.80
clip,0001,0.020,0.400,0.090,0.560,,0.31
clip,0001,0.100,0.200,0.300,0.900,,0.97
other,0001,0.1,0.2,0.3,0.9,,0.97
EOF

# --- results
check $sfdetect $net -p "$boxes" -o "$out" "$clip"
[ "$(wc -l <"$out")" -eq 240 ] || fail "240 rows wanted: 3 boxes, 80 classes"
[ "$(cut -d, -f1-6 "$out" | uniq)" = "clip,0001,0.100,0.200,0.300,0.900
clip,0001,0.500,0.100,0.900,0.950
clip,0002,0.500,0.1,0.9,0.950" ] || fail "boxes or their order"
[ "$(head -80 "$out" | cut -d, -f7)" = "$(seq 80)" ] || fail "action ids"
[ "$(cut -d, -f8 "$out" | grep -cE '^[01]\.[0-9]{6}$')" -eq 240 ] || fail "scores"

check $sfdetect $net -p "$boxes" -o "$tmp/again.csv" "$clip"
check cmp "$out" "$tmp/again.csv"
check $sfdetect $net -p - -o - "$clip" <"$boxes" >"$tmp/stdout.csv"
check cmp "$out" "$tmp/stdout.csv"
for threads in 1 2; do
    check $sfdetect $net -t $threads -p "$boxes" -o "$tmp/threads$threads.csv" "$clip"
done
paste -d, "$tmp/threads1.csv" "$tmp/threads2.csv" |
    awk -F, '{ d = $8 - $16; if (d > 1e-5 || d < -1e-5) exit 1 }' || fail "1 and 2 threads differ"
for jobs in 0 1 2 3; do
    check $sfdetect $net -t 2 --jobs $jobs -p "$boxes" -o "$tmp/jobs.csv" -k "$tmp/jobs" "$clip"
    check cmp "$tmp/threads2.csv" "$tmp/jobs.csv"
done
for cpu in scalar avx2 avx512; do
    $sfdetect $net --cpu $cpu -p "$boxes" -o "$tmp/cpu.csv" "$clip" 2>/dev/null || continue
    paste -d, "$out" "$tmp/cpu.csv" |
        awk -F, '{ d = $8 - $16; if (d > 2e-5 || d < -2e-5) exit 1 }' || fail "--cpu $cpu differs"
done

# --- timestamps of a longer movie
sed 's/,000\([12]\),/,090\1,/' "$boxes" >"$tmp/movie.csv"
check $sfdetect $net -p "$tmp/movie.csv" --timestamp-offset 900 -o "$tmp/movie_out.csv" "$clip"
sed 's/,090\([12]\),/,000\1,/' "$tmp/movie_out.csv" | cmp - "$out" || fail "--timestamp-offset"

# --- other outputs
summary=$($sfdetect $net -p "$boxes" --top 2 "$clip")
[ "$(echo "$summary" | wc -l)" -eq 6 ] || fail "summary: $summary"
echo "$summary" | head -1 | grep -q '^clip 0001 (frame 30)$' || fail "summary: $summary"
echo "$summary" | sed -n 2p | grep -qE '^  box 0.100,0.200,0.300,0.900 \(0.98\): .* 0\.[0-9]+, .* 0\.[0-9]+$' ||
    fail "summary: $summary"
echo "$summary" | tail -1 | grep -qE \
    '^clip: 3 boxes without person id at 2 keyframes; most often best: .* \([123]\)' ||
    fail "summary: $summary"
# beside results in a file, and where they are on stdout on stderr; --quiet: none
"$build/sfdetect" $net -p "$boxes" -o "$tmp/beside.csv" "$clip" >"$tmp/told" 2>/dev/null
echo "$summary" | tail -1 | cut -d: -f1,2 | cut -d';' -f1 >"$tmp/wanted"
cut -d';' -f1 "$tmp/told" | cmp -s - "$tmp/wanted" || fail "summary beside -o: $(cat "$tmp/told")"
"$build/sfdetect" $net -p "$boxes" -o - "$clip" 2>"$tmp/stderr" | cmp - "$out" || fail "-o - with a summary"
grep -q "^clip: 3 boxes without person id" "$tmp/stderr" || fail "summary beside -o -"
[ -z "$($sfdetect $net -p "$boxes" -o "$tmp/beside.csv" "$clip")" ] || fail "summary with --quiet"
[ -z "$($sfdetect $net -p "$boxes" -k "$tmp/beside" "$clip")" ] || fail "summary with --quiet beside pictures"
[ -n "$($sfdetect $net -p "$boxes" "$clip")" ] || fail "--quiet without any output"

# --- persons by ids: segments, a summary by person and time
awk -F, 'BEGIN { for (t = 0; t < 4; t++) for (i = 0; i < 2; i++)
    printf "clip,%s,0.%d,0.2,0.%d,0.9,,0.98,%d\n", t * 0.8, 1 + 4 * i, 4 + 4 * i, i }' >"$tmp/ids.csv"
summary=$(${sfdetect% --quiet} $net -p "$tmp/ids.csv" --min-score 0.01 --top 2 --segments "$tmp/s.csv" "$clip" 2>"$tmp/stderr")
[ "$(head -1 "$tmp/s.csv")" = "video_id,person,start,end,action_id,name,score" ] || fail "--segments"
[ "$(sed 1d "$tmp/s.csv" | cut -d, -f1,2 | sort -u | tr '\n' ' ')" = "clip,0 clip,1 " ] || fail "persons"
[ "$(echo "$summary" | sed -n 1p)" = "clip: 2 persons" ] || fail "summary: $summary"
echo "$summary" | sed -n 2p | grep -qE '^  person 0: .* 0 to [0-9.]+ s; .* [0-9.]+ to [0-9.]+ s' ||
    fail "summary: $summary"
echo "$summary" | tail -1 | grep -qE '^  most of all: .* \([0-9.]+ s\), ' || fail "summary: $summary"
for format in vtt eaf tsv; do
    check $sfdetect $net -p "$tmp/ids.csv" --min-score 0.01 --segments "$tmp/s.$format" "$clip" >/dev/null
    [ "$(grep -c "person 1" "$tmp/s.$format")" -ge 1 ] || fail "--segments s.$format"
done
grep -q "MEDIA_URL=\"file://$tmp/clip.mp4\"" "$tmp/s.eaf" || fail "the video in s.eaf"
expect 1 "no box says whose it is" $sfdetect $net -p "$boxes" --segments "$tmp/none.vtt" "$clip"
[ ! -e "$tmp/none.vtt" ] || fail "segments of nobody"
expect 2 "s.txt: segments are written as" $sfdetect $net -p "$tmp/ids.csv" --segments "$tmp/s.txt" "$clip"
expect 2 "takes one clip, 2 were given" $sfdetect $net -p "$boxes" --segments x.eaf "$clip" b.mp4

check $sfdetect $net -p "$boxes" -o "$tmp/top.csv" --top 3 "$clip"
[ "$(wc -l <"$tmp/top.csv")" -eq 9 ] || fail "--top in csv"
check $sfdetect $net -p "$boxes" -o "$out" -j "$tmp/out.json" --min-score 0.5 -k "$tmp/png" \
    -r "$tmp/out.mp4" "$clip"
awk -F, '$8 >= 0.5' "$tmp/again.csv" | cmp - "$out" || fail "--min-score in csv"
[ "$(wc -l <"$tmp/out.json")" -eq 3 ] || fail "JSON lines"
[ "$(grep -o '"score":[0-9.]*' "$tmp/out.json" | wc -l)" -eq \
    "$(awk -F, '$8 >= 0.5' "$out" | wc -l)" ] || fail "--min-score"
[ "$(ls "$tmp/png")" = "clip_0001.png
clip_0002.png" ] || fail "pictures: $(ls "$tmp/png")"
check [ -s "$tmp/out.mp4" ]
check $sfdetect $net -p "$boxes" -k "$tmp/jpg" --image-format jpg "$clip" >/dev/null
[ "$(ls "$tmp/jpg" | head -1)" = clip_0001.jpg ] || fail "jpg pictures"
check $sfdetect $net -p "$boxes" -o "$out" -k "$tmp/large" --scale 2 -r "$tmp/large.mp4" "$clip"
check cmp "$out" "$tmp/again.csv"
[ "$(head -c 24 "$tmp/large/clip_0001.png" | tail -c 8 | od -An -tx1 | tr -d ' ')" = 000000c000000090 ] ||
    fail "--scale of pictures: 192x144 wanted"
# the rendered video is a video of the same length
cp "$tmp/out.mp4" "$tmp/drawn.mp4"
printf 'drawn,3.3,0,0,1,1\ndrawn,3.34,0,0,1,1\n' >"$tmp/drawn.csv"
expect 3 "drawn: timestamp 3.34 (frame 100) lies past the end" \
    $sfdetect $net -p "$tmp/drawn.csv" "$tmp/drawn.mp4"

# --- several clips, in the order given; those that fail are named
cp "$clip" "$tmp/b.mp4"
sed 's/^other/b/' "$boxes" >"$tmp/two.csv"
check $sfdetect $net -p "$tmp/two.csv" -o "$tmp/two_out.csv" "$tmp/b.mp4" "$clip"
[ "$(cut -d, -f1 "$tmp/two_out.csv" | uniq)" = "b
clip" ] || fail "order of clips"
expect 3 "missing.mp4: cannot open" $sfdetect $net -p "$boxes" -o "$tmp/part.csv" \
    "$tmp/missing.mp4" "$clip"
check cmp "$tmp/part.csv" "$out"
{ cat "$boxes"; echo 'clip,0009,0,0,1,1'; } >"$tmp/late.csv"
expect 3 "clip: timestamp 0009 (frame 270) lies past the end of the video of 3.33 s" \
    $sfdetect $net -p "$tmp/late.csv" -o "$tmp/part.csv" "$clip"
check cmp "$tmp/part.csv" "$out"
expect 3 "clip: timestamp 0009 (frame 270) lies past the end of the video of 3.33 s" \
    $sfdetect $net --jobs 3 -p "$tmp/late.csv" -o "$tmp/part.csv" "$clip"
check cmp "$tmp/part.csv" "$out"

# --- wrong usage
expect 2 "--jobs" $sfdetect $net --jobs -1 -p "$boxes" "$clip"
expect 2 "CLIP... was wanted" $sfdetect $net -p "$boxes"
expect 2 "--render takes one clip, 2 were given" $sfdetect $net -p "$boxes" -r x.mp4 "$clip" b.mp4
expect 2 "have the same video id \"clip\"" $sfdetect $net -p "$boxes" "$clip" "$tmp/x/clip.avi"
expect 2 "cannot both be written to stdout" $sfdetect $net -p "$boxes" -o - -j - "$clip"
expect 2 "--output x and --json x are the same file" $sfdetect $net -p "$boxes" -o x -j x "$clip"
expect 2 "--box-threshold" $sfdetect $net -p "$boxes" --box-threshold 1.5 "$clip"
expect 2 "did you mean" $sfdetect $net -p "$boxes" --propsals x "$clip"
expect 2 'cpu: "mmx"' $sfdetect $net --cpu mmx -p "$boxes" "$clip"
expect 2 "did you mean" $sfdetect -w golden/sf_r50/weights.safetensors -c slowfast_r50_8x8_av \
    -p "$boxes" "$clip"

# --- failures: one line, status 1, existing outputs left alone
echo old >"$tmp/old.csv"
refuse() {
    text=$1
    shift
    expect 1 "$text" $sfdetect -o "$tmp/old.csv" "$@"
    [ "$(cat "$tmp/old.csv")" = old ] || fail "old output replaced: $*"
}
refuse "missing.csv: cannot open: No such file" $net -p "$tmp/missing.csv" "$clip"
refuse "is a directory" $net -p "$tmp" "$clip"
sed 's/^clip,/stdin,/' "$boxes" >"$tmp/stdin.csv"
check $sfdetect $net -p "$tmp/stdin.csv" -o "$tmp/stdin_out.csv" - <"$clip"
sed 's/^stdin,/clip,/' "$tmp/stdin_out.csv" | cmp - "$out" || fail "a clip from standard input"
expect 2 "standard input is the clip or the boxes" $sfdetect $net -p - - <"$clip"
refuse "missing.mp4: cannot open: No such file" $net -p "$boxes" "$tmp/missing.mp4"
refuse "missing.safetensors: no such file" -w "$tmp/missing.safetensors" \
    -c golden/sf_r50/config.yaml -p "$boxes" "$clip"
refuse "golden/slow_r50" -w golden/slow_r50/weights.safetensors -c golden/sf_r50/config.yaml \
    -p "$boxes" "$clip"
refuse "wanted one with a detection head" -w golden/kinetics_sf_r50/weights.safetensors \
    -c golden/kinetics_sf_r50/config.yaml -p "$boxes" "$clip"
refuse "no box for video \"b\"; it has boxes for \"clip\", \"other\"" $net -p "$boxes" "$tmp/b.mp4"
refuse "no box for video \"clip\" scores 0.99 or more; the best has 0.98" $net -p "$boxes" \
    --box-threshold 0.99 "$clip"
refuse "clip: timestamp 0001 lies before the start of the video" $net \
    --timestamp-offset 900 --box-threshold 0.98 -p "$boxes" "$clip"
bad() {
    printf '%s\n' "$1" >"$tmp/bad.csv"
    refuse "$2" $net -p "$tmp/bad.csv" "$clip"
}
bad "clip,1,0,0,1" "bad.csv: line 1: 5 columns, wanted"
bad "clip,1,0,nan,1,1,,1" "line 1, column 4 (y1): \"nan\" is not a number"
bad "clip,1,10,20,90,60,,1" "line 1, column 3 (x1): \"10\" is not a fraction"
bad "clip,1,0.9,0,0.1,1,,1" "line 1, column 5 (x2): \"0.1\" is not x1 or more"
bad "video_id,timestamp,x1,y1,x2,y2" "bad.csv: no boxes in it"

# --- boxes left out, guesses: told, and with --strict refused
cat >"$tmp/mixed.csv" <<END
video_id,timestamp,x1,y1,x2,y2,label,score
clip, 0001, 0.100, 0.200, 0.300, 0.900, , 0.980000
clip,0001,0.500,0.100,0.900,0.950,,0.80
clip,0001,0.020,0.400,0.090,0.560,,0.31
clip,0001,10,20,90,60,,0.9

clip,0002,0.500,0.1,0.9,0.950,,0.95
other,1
other,0001,0.1,0.2,0.3,0.9,,0.97
END
expect 3 "mixed.csv: line 5, column 3 (x1): \"10\" is not a fraction" "$build/sfdetect" $net \
    -p "$tmp/mixed.csv" -o "$tmp/mixed_out.csv" "$clip"
grep -q "3 boxes left out: 1 below 0.8, 1 of other videos, 1 unusable" "$tmp/stderr" || fail "counts"
check cmp "$out" "$tmp/mixed_out.csv"
refuse "line 5, column 3 (x1)" $net --strict -p "$tmp/mixed.csv" "$clip"
printf 'clip,1,0.1,0.1,0.5,0.9,12,0\nclip,1,0.6,0.1,0.9,0.9,12,1\n' >"$tmp/truth.csv"
expect 0 "taken as the person ids" $sfdetect $net -p "$tmp/truth.csv" -o "$tmp/truth_out.csv" \
    -j "$tmp/truth.json" "$clip"
[ "$(grep -o '"person":[0-9]*' "$tmp/truth.json" | tr '\n' ' ')" = '"person":0 "person":1 ' ] ||
    fail "person ids of ground truth"
[ "$(wc -l <"$tmp/truth_out.csv")" -eq 160 ] || fail "ground truth as proposals"
refuse "taken as the person ids" $net --strict -p "$tmp/truth.csv" "$clip"
echo '[{"image_id": "clip/clip_000031.jpg", "category_id": 0, "bbox": [0.1, 0.1, 0.4, 0.8]}]' \
    >"$tmp/frames.json"
sed 's/"category_id": 0, //' "$tmp/frames.json" >"$tmp/no_fps.json"
refuse "000031 in the picture's name is the number of a frame" $net -p "$tmp/no_fps.json" "$clip"
expect 0 "category 0 is taken as the persons" $sfdetect $net --fps 30 -p "$tmp/frames.json" \
    -o "$tmp/frames.csv" "$clip"
[ "$(cut -d, -f1-6 "$tmp/frames.csv" | uniq)" = "clip,1,0.1,0.1,0.5,0.9" ] || fail "--fps"

refuse_clip() {
    refuse "$1" $net -p "$boxes" "$2"
}
mkdir "$tmp/v"
: >"$tmp/v/clip.mp4"
refuse_clip "is empty" "$tmp/v/clip.mp4"
echo hello >"$tmp/v/clip.mp4"
refuse_clip "is not a video file" "$tmp/v/clip.mp4"
head -c 300 "$clip" >"$tmp/v/clip.mp4"
refuse_clip "v/clip.mp4: " "$tmp/v/clip.mp4"
mkdir "$tmp/v/clip.mkv"
refuse_clip "no videos in this folder" "$tmp/v/clip.mkv"
# half a second of silence
{ printf 'RIFF\244\037\000\000WAVEfmt \020\000\000\000\001\000\001\000\100\037\000\000'
  printf '\200\076\000\000\002\000\020\000data\200\037\000\000'
  head -c 8064 /dev/zero; } >"$tmp/v/clip.wav"
refuse_clip "clip.wav: " "$tmp/v/clip.wav"

printf 'clip,0902,0,0,1,1\n' >"$tmp/movie_only.csv"
$sfdetect $net -p "$tmp/movie_only.csv" "$clip" 2>&1 | grep -q "need --timestamp-offset" || fail "hint"
cp "$clip" "$tmp/v/clip.mp4"
expect 2 "would overwrite the input" $sfdetect $net -p "$boxes" -r "$tmp/v/../v/clip.mp4" "$tmp/v/clip.mp4"
check cmp "$clip" "$tmp/v/clip.mp4"
expect 1 "no/such/out.csv: cannot" $sfdetect $net -p "$boxes" -o "$tmp/no/such/out.csv" "$clip"
expect 1 "is a directory" $sfdetect $net -p "$boxes" -o "$tmp" "$clip"
expect 1 "clip.mp4: cannot create the directory" $sfdetect $net -p "$boxes" -k "$clip" "$clip"
expect 1 "has this extension" $sfdetect $net -p "$boxes" -r "$tmp/out.xyz" "$clip"
[ ! -w /dev/full ] || expect 1 "No space left on device" $sfdetect $net -p "$boxes" -o /dev/full "$clip"
[ -z "$(find "$tmp" -name '.*')" ] || fail "temporary files left: $(find "$tmp" -name '.*')"

# --- Ctrl-C keeps whole keyframes
check "$build/tests/tools/make_clip" "$tmp/long.mp4" 96 72 1500 30
awk 'BEGIN { for (i = 0; i < 1500; i++) printf "long,%.4f,0,0,1,1\n", i / 30 }' >"$tmp/long.csv"
for seconds in 1 2 4 8; do # until it had begun: machines are busy
    status=0
    timeout --foreground --preserve-status $seconds "$build/sfdetect" --quiet $net -p "$tmp/long.csv" -o "$tmp/long_out.csv" \
        "$tmp/long.mp4" 2>"$tmp/stderr" || status=$?
    rows=$(cat "$tmp/long_out.csv" 2>/dev/null | wc -l)
    [ "$status" -eq 143 ] || [ "$status" -eq 130 ] && [ "$rows" -eq 0 ] || break
done
if [ "$status" -eq 130 ]; then
    grep -q "stopped after .* of 1500 keyframes; what is done was kept" "$tmp/stderr" ||
        fail "message after Ctrl-C: $(cat "$tmp/stderr")"
    [ "$rows" -gt 0 ] && [ $((rows % 80)) -eq 0 ] || fail "$rows rows after Ctrl-C"
elif [ "$status" -ne 0 ]; then # 0: it was faster than the signal
    fail "exit status $status after Ctrl-C"
fi

check "$build/sfdetect" --help >"$tmp/stdout"
check grep -q -- "--timestamp-offset" "$tmp/stdout"
"$build/sfdetect" --version | grep -q '^sfdetect [0-9]' || fail "--version"
finish
