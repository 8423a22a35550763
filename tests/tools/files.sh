#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the programs do to files: no output over an input or another output, closed standard streams, and what
# signals leave behind.
set -u
. "$(dirname "$0")/lib.sh"
demo=$(cd ../../data/demo && pwd)
configs=$(cd ../data/configs && pwd)
tiny=$(cd ../data/video && pwd)/tiny.png
cd "$tmp" || exit 1
"$build/tests/tools/make_clip" c1.mp4 96 72 300 30
printf 'c1,0001,0.1,0.2,0.3,0.9,,0.95\nc1,0001,0.5,0.1,0.9,0.95,,0.9\n' >b1.csv
printf 'c1,0001,0.1,0.2,0.3,0.9,12,1\n' >gt.csv
cp "$demo/slowfast_demo.safetensors" net.safetensors
cp "$demo/labels.pbtxt" lab.pbtxt
detect="$build/sfdetect -q -w net.safetensors"
mkdir kf
ln c1.mp4 hard.mp4
ln -s c1.mp4 soft.mp4
ln -s nowhere.csv loose.csv
ln -s "$tmp" here
check $detect -p b1.csv -o dets.csv c1.mp4
md5sum c1.mp4 b1.csv gt.csv net.safetensors lab.pbtxt dets.csv >sums

# refused TEXT COMMAND...: wrong usage, and no input is touched.
refused() {
    expect 2 "$@"
    md5sum -c --quiet sums || fail "an input was changed: $*"
}

# refused_1 TEXT COMMAND...: the same, noticed while it runs.
refused_1() {
    expect 1 "$@"
    md5sum -c --quiet sums || fail "an input was changed: $*"
}

# --- outputs that are inputs
refused "--output c1.mp4 would overwrite the input c1.mp4" $detect -p b1.csv -o c1.mp4 c1.mp4
for name in hard.mp4 soft.mp4 ./c1.mp4 here/c1.mp4 "$tmp/c1.mp4" kf/../c1.mp4; do
    refused "would overwrite the input c1.mp4" $detect -p b1.csv -j $name c1.mp4
done
refused "--output ./b1.csv would overwrite the input b1.csv" $detect -p b1.csv -o ./b1.csv c1.mp4
refused "would overwrite the input net.safetensors" $detect -p b1.csv -o net.safetensors c1.mp4
refused "would overwrite the input lab.pbtxt" $detect -p b1.csv --labels lab.pbtxt -o here/lab.pbtxt c1.mp4
refused "would overwrite the input c1.mp4" $detect -p b1.csv -r soft.mp4 c1.mp4
refused "--output b1.csv would overwrite the input -" $detect -p - -o b1.csv c1.mp4 <b1.csv
refused "would overwrite the input c1.mp4" "$build/sfrender" -q -d dets.csv -r ./c1.mp4 c1.mp4
refused "would overwrite the input dets.csv" "$build/sfrender" -q -d dets.csv -r here/dets.csv c1.mp4
refused "--json gt.csv would overwrite the input gt.csv" "$build/sfeval" --gt gt.csv --json gt.csv dets.csv
refused "--plot dets.csv would overwrite the input dets.csv" "$build/sfeval" --gt gt.csv --plot dets.csv dets.csv
refused "would overwrite the input net.safetensors" "$build/sfmodel" convert net.safetensors -o ./net.safetensors
printf 'MODEL:\n  ARCH: slow\n' >own.yaml
refused "would overwrite the input own.yaml" "$build/sfmodel" init own.yaml -o own.yaml
refused "would overwrite the input own.yaml" "$build/sfmodel" bench own.yaml --json here/own.yaml
mkdir run
ln net.safetensors run/last.safetensors
refused "--out run would overwrite the input net.safetensors" \
    "$build/sftrain" -g gt.csv -v . -w net.safetensors -o run
refused "would overwrite the input run/last.safetensors" \
    "$build/sftrain" -g gt.csv -v . -w run/last.safetensors -o here/run
bundled=$(readlink -f "$build/share/sfdet/demo/slowfast_demo.safetensors")
ln -s "$bundled" bundled.csv
expect 2 "would overwrite the input" "$build/sfdetect" -q -p b1.csv -o bundled.csv c1.mp4

# of a folder, of a pattern, of a configuration's configuration
mkdir -p vids frames
cp c1.mp4 vids/c1.mp4
for i in 1 2 3; do cp "$tiny" frames/f_$i.png; done
md5sum vids/c1.mp4 frames/f_2.png >>sums
refused "--output ./vids/c1.mp4 would overwrite the input vids/c1.mp4" $detect -p b1.csv -o ./vids/c1.mp4 vids
refused "--output frames/f_2.png would overwrite the input frames/f_2.png" $detect -o frames/f_2.png frames
refused "would overwrite the input frames/f_2.png" $detect -o frames/f_2.png 'frames/f_%d.png'
refused "would overwrite the input frames/f_2.png" "$build/sfboxes" -q -o here/frames/f_2.png frames
refused "--output vids/c1.mp4 would overwrite the input vids/c1.mp4" \
    "$build/sfconvert" gt.csv --videos vids --to cvat -o vids/c1.mp4
cat >own_base.py <<'END'
model = dict(type='FastRCNN', backbone=dict(type='ResNet3dSlowOnly', pretrained=None, base_channels=2),
             roi_head=dict(bbox_head=dict(type='BBoxHeadAVA', in_channels=64)))
END
echo "_base_ = 'own_base.py'" >own.py
check "$build/sfmodel" init own.py -o own.safetensors
md5sum own_base.py >>sums
refused "--json own_base.py would overwrite the input own_base.py" \
    "$build/sfmodel" compare own.safetensors own.safetensors -c own.py --json own_base.py c1.mp4
refused "--mjpeg c1.mp4 would overwrite the input c1.mp4" $detect --live c1.mp4 --mjpeg c1.mp4
refused "--output here/c1.mp4 would overwrite the input c1.mp4" $detect --live c1.mp4 -o here/c1.mp4
refused "--output b1.csv would overwrite the input -" $detect --live - -o b1.csv <b1.csv

# --- a live source that cannot be opened leaves earlier results alone
expect 1 "none.mp4: cannot open" $detect --live none.mp4 -o dets.csv -j gt.csv --mjpeg b1.csv
md5sum -c --quiet sums || fail "an output was changed"

# --- outputs that are inputs which the command line does not name
bundled=$(readlink -f "$build/share/sfdet/demo/persons_demo.safetensors")
ln -s "$bundled" persons.csv
expect 2 "--output persons.csv would overwrite the input" "$build/sfboxes" -q -o persons.csv c1.mp4
expect 2 "--json persons.csv would overwrite the input" $detect -j persons.csv c1.mp4
expect 2 "--tracks persons.csv would overwrite the input" $detect --tracks persons.csv c1.mp4
printf "num_stages = 4\n" >shared.py
printf "_base_ = './shared.py'\n" >middle.py
sed 's/^_base_.*//' "$configs/slowfast_base.py" >sf_base.py
printf "_base_ = ['middle.py', 'sf_base.py']\n" >own.py
sum=$(cat shared.py sf_base.py | md5sum)
for name in shared.py here/shared.py ./sf_base.py; do
    expect 1 "would overwrite the input" "$build/sfmodel" init own.py -o $name
    expect 2 "would overwrite the input" "$build/sfmodel" bench own.py --runs 1 --size 64x64 --json $name
done
check "$build/sfmodel" init own.py -o mm.safetensors
expect 1 "would overwrite the input" "$build/sfmodel" convert mm.safetensors -c own.py -o here/sf_base.py
expect 2 "--output here/shared.py would overwrite the input ./shared.py" \
    "$build/sfdetect" -q -w mm.safetensors -c own.py -p b1.csv -o here/shared.py c1.mp4
ln sf_base.py run/log.csv
expect 1 "run/log.csv: would overwrite the input sf_base.py" "$build/sftrain" -q -g gt.csv -v . -c own.py -o run
[ "$(cat shared.py sf_base.py | md5sum)" = "$sum" ] || fail "a base was written over"
mkdir zoo listed listed/cache
file=$("$build/sfmodel" zoo | awk '$1 == "mmaction2_slowfast_r50_4x16_ava21" { print $NF }')
cp mm.safetensors "zoo/$file"
ln -s "zoo/$file" zoo.csv
(
    SFDET_MODELS=$tmp/zoo
    export SFDET_MODELS
    expect 1 "would overwrite the input" "$build/sfmodel" convert mmaction2_slowfast_r50_4x16_ava21 -o zoo.csv
    expect 2 "--json zoo.csv would overwrite the input" \
        "$build/sfdetect" -q -w "$file" -p b1.csv -j zoo.csv c1.mp4
    exit $failures
)
failures=$?
check cmp mm.safetensors "zoo/$file"
printf 'MODEL: {ARCH: slow, NUM_CLASSES: 3}\nDATA: {NUM_FRAMES: 4, TRAIN_CROP_SIZE: 64, TEST_CROP_SIZE: 64}\nRESNET: {DEPTH: 18}\n' >c.yaml
for output in best.safetensors curve.svg cache/train.features; do
    ln c1.mp4 listed/$output
    echo "listed/$output 0" >list.txt
    refused_1 "listed/$output: would overwrite the input listed/$output" \
        "$build/sftrain" -q --list list.txt -c c.yaml -o listed
    rm listed/$output
done
echo "c1.mp4 0" >list.txt
ln c1.mp4 listed/cache/c1.mp4.80.8.frames
refused_1 "would overwrite the input c1.mp4" "$build/sftrain" -q --list list.txt -c c.yaml -o listed

# --- outputs that are each other
refused "--output new.csv and --json ./new.csv are the same file" $detect -p b1.csv -o new.csv -j ./new.csv c1.mp4
refused "are the same file" $detect -p b1.csv -o kf/new.csv -j here/kf/new.csv c1.mp4
refused "are the same file" $detect -p b1.csv -o loose.csv -j nowhere.csv c1.mp4
refused "are the same file" $detect -p b1.csv -o r.mp4 -r r.mp4 c1.mp4
refused "are the same file" "$build/sfeval" --gt gt.csv --json x --plot here/x dets.csv
refused "--output and --json cannot both be written to stdout" $detect -p b1.csv -o - -j - c1.mp4
refused "--json and --plot cannot both be written to stdout" "$build/sfeval" --gt gt.csv --json - --plot - dets.csv
refused "are the same file" sh -c 'exec "$@" >both.csv' sh $detect -p b1.csv -o - -j both.csv c1.mp4

# --- pictures over an input, by any name in the folder
cp b1.csv c1_boxes.png
ln -s ../b1.csv kf/c1_0001.png
refused "--keyframes . would overwrite the input c1_boxes.png" $detect -p c1_boxes.png -k . c1.mp4
refused "--keyframes kf would overwrite the input b1.csv" $detect -p b1.csv -k kf c1.mp4
refused "--keyframes kf and --output kf/c1_2.png are the same file" $detect -p gt.csv -o kf/c1_2.png -k kf c1.mp4
rm kf/c1_0001.png
rm c1_boxes.png
check $detect -p b1.csv -k . c1.mp4 >summary # inputs of other names may lie there
[ -s c1_0001.png ] || fail "no picture beside the clip"

# --- devices may be shared, what is read may be shared
check $detect -p b1.csv -o /dev/null -j /dev/null c1.mp4
check "$build/sfeval" --gt dets.csv dets.csv dets.csv >/dev/null

# --- closed standard streams: no output gets what belongs to them
set -- "0<&-" "1>&-" "2>&-" "0<&- 1>&- 2>&-"
[ -z "$sanitized" ] || shift 3
for streams in "$@"; do
    eval "$build/sfdetect -w net.safetensors -p b1.csv -j z.json c1.mp4 $streams" >/dev/null 2>&1
    [ "$(grep -vc '^{.*}$' z.json)" -eq 0 ] && [ "$(wc -l <z.json)" -eq 2 ] || fail "JSON with $streams"
    echo c1,x >bad.csv
    eval "$build/sfdetect -p bad.csv -o z.csv c1.mp4 $streams" >/dev/null 2>&1
    [ ! -e z.csv ] || fail "z.csv with $streams: $(cat z.csv)"
    eval "$build/sfeval --gt gt.csv --json z.json dets.csv $streams" >/dev/null 2>&1
    head -c 1 z.json | grep -q '{' && tail -c 2 z.json | grep -q '^}$' || fail "sfeval's JSON with $streams"
    rm -f own.safetensors
    eval "$build/sfmodel convert net.safetensors -o own.safetensors $streams" >/dev/null 2>&1
    check "$build/sfmodel" info own.safetensors >/dev/null
    eval "$build/sfsynth -t 2 --clip synth.mp4 $streams" >/dev/null 2>&1
    check "$build/sfrender" -q -g synth.csv -k synth synth.mp4
done

# --- mode and link of what is replaced
chmod 600 dets.csv
ln -s dets.csv link.csv
check $detect -p b1.csv -o link.csv c1.mp4
[ -L link.csv ] && [ "$(stat -c %a dets.csv)" = 600 ] || fail "mode or link of an output"
md5sum -c --quiet sums || fail "written through a link"

# --- signals: nothing hidden stays, whenever they come
no_leavings() {
    leavings=$(find . -name '.?*' ! -name ..)
    [ -z "$leavings" ] || fail "$1 leaves $leavings"
}
for i in 1 2 3 4 5 6 7 8; do
    sed "s/,0001,/,000$i,/" b1.csv
done >many.csv
mkfifo pipe
as_in_terminal="env --default-signal=INT,QUIT,HUP" # a shell lets its background ignore them, nohup the last
for signal in INT HUP QUIT KILL; do
    # before the network is there: the boxes come from a pipe that says nothing
    $as_in_terminal $detect -p pipe -o sig.csv -j sig.json -r sig.mp4 c1.mp4 2>/dev/null &
    pid=$!
    exec 4>pipe
    kill -$signal $pid
    wait $pid 2>/dev/null
    exec 4>&-
    no_leavings "$signal at the start"
    $as_in_terminal $build/sfsynth -q -n 5 -o set 2>/dev/null &
    pid=$!
    while [ ! -d set/videos ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
    kill -$signal $pid
    wait $pid 2>/dev/null
    no_leavings "$signal in sfsynth"
    rm -rf set
done
for signals in "HUP" "INT INT" "HUP TERM" "QUIT" "KILL"; do
    : >lines
    $as_in_terminal $detect -t 1 -p many.csv -j sig.json -r sig.mp4 c1.mp4 >lines 2>told &
    pid=$!
    while [ ! -s lines ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
    for signal in $signals; do
        kill -$signal $pid 2>/dev/null
    done
    status=0
    wait $pid 2>/dev/null || status=$?
    no_leavings "$signals"
    if [ "$signals" = HUP ] && [ -s told ]; then # unless it was through already
        [ $status -eq 130 ] && grep -q "what is done was kept" told || fail "SIGHUP: $status $(cat told)"
        [ -s sig.json ] || fail "nothing was kept after SIGHUP"
    fi
done

# --- a file that may not grow is an error in words
expect 1 "big.safetensors: cannot write: File too large" \
    sh -c 'ulimit -f 64; exec "$@"' sh "$build/sfmodel" convert net.safetensors -o big.safetensors
expect 1 "big.json: cannot write: File too large" \
    sh -c 'ulimit -f 1; exec "$@"' sh $detect -p many.csv -j big.json c1.mp4
expect 1 "/dev/full: cannot write: No space left on device" $detect -p many.csv -j /dev/full c1.mp4
expect 1 "/dev/full: cannot write: No space left on device" $detect -p many.csv -o /dev/full c1.mp4
expect 1 "stdout: cannot write: No space left on device" \
    sh -c 'exec "$@" >/dev/full' sh $detect -p many.csv -o - c1.mp4
no_leavings "the limit"

# --- little memory: whatever comes of it, an end comes
if [ -z "$sanitized" ]; then # which take terabytes of addresses
    for limit in 250000 350000 450000 600000; do
        for run in "sfboxes -q -o few.csv c1.mp4" "sfdetect -q --track -r few.mp4 -o few.csv c1.mp4" \
            "sfrender -q -d b1.csv -r few.mp4 -k few c1.mp4" "sfsynth -q --clip few.mp4 -t 2" "sfmodel info net.safetensors" \
            "sftrain -q --persons --gt gt.csv --videos . --epochs 1 --batch 1 --out few.d"; do
            rm -rf few.d
            sh -c 'ulimit -v "$1"; shift; exec timeout -s KILL 60 "$@"' sh $limit "$build/"$run >told.txt 2>told
            status=$?
            [ $status -eq 0 ] || [ -s told ] || fail "$run with $limit KiB: $status, and not a word"
            [ $status -lt 128 ] || fail "$run with $limit KiB: $status, $(cat told)"
            ! grep -E 'damaged|truncated|not a video' told || fail "$run with $limit KiB"
        done
    done
    no_leavings "little memory"
fi
finish
