#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Ways of training with sftrain: runs that are there already, more epochs, patience, frozen stages, people who do
# nothing, the loss and the order for rare classes, a classifier that goes on, TensorBoard.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/train_data.sh"
run=$tmp/run
from="$sftrain $data $learn -p $tmp/boxes.csv"
train="$from $val -c $tmp/net.yaml"

# --- a run is not written over by the same command; where none is there --resume begins one
check $train --epochs 1 -o "$run" --resume --tensorboard >/dev/null
cp "$run/state.bin" "$tmp/state"
expect 1 'holds a run already (state.bin); "resume" goes on with it, "force" begins anew' $train --epochs 1 -o "$run"
check cmp "$tmp/state" "$run/state.bin"
check $train --epochs 1 -o "$tmp/again" >/dev/null
check $train --epochs 1 -o "$tmp/again" --force >/dev/null
check cmp "$run/last.safetensors" "$tmp/again/last.safetensors"

# --- more epochs than it was begun for, and fewer than are done
check $train --epochs 3 -o "$run" --resume --tensorboard >"$tmp/more"
[ "$(grep -c '^epoch [23]: ' "$tmp/more")" -eq 2 ] || fail "two more epochs: $(cat "$tmp/more")"
[ "$(wc -l <"$run/log.csv")" -eq 4 ] || fail "log.csv of three epochs"
expect 1 "other settings" $train --epochs 2 -o "$run" --resume

# --- events: the record format, all epochs once
check python3 - "$run" <<'EOF'
import glob, struct, sys
files = glob.glob(sys.argv[1] + "/*tfevents*")
assert len(files) == 1, files
def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    crc ^= 0xffffffff
    return ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff
def fields(data):
    at = 0
    def varint():
        nonlocal at
        value = shift = 0
        while True:
            value |= (data[at] & 127) << shift
            at, shift = at + 1, shift + 7
            if data[at - 1] < 128:
                return value
    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            n = {1: 8, 2: 0, 5: 4}[key & 7] or varint()
            yield key >> 3, data[at:at + n]
            at += n
data, events = open(files[0], "rb").read(), []
while data:
    n, = struct.unpack("<Q", data[:8])
    assert struct.unpack("<I", data[8:12])[0] == crc32c(data[:8])
    assert struct.unpack("<I", data[12 + n:16 + n])[0] == crc32c(data[12:12 + n])
    events.append(dict(fields(data[12:12 + n])))
    data = data[16 + n:]
assert events[0][3] == b"brain.Event:2" and [e[2] for e in events[1:]] == [1, 2, 3]
log = [line.split(",") for line in open(sys.argv[1] + "/log.csv").read().split()]
for event, row in zip(events[1:], log[1:]):
    values = dict((v[1].decode(), struct.unpack("<f", v[2])[0]) for v in
                  (dict(fields(f)) for k, f in fields(event[5])))
    for name in ("rate", "loss", "mAP"):
        assert abs(values[name] - float(row[log[0].index(name)])) < 1e-5, (name, values, row)
EOF
if python3 -c "import tensorboard" 2>/dev/null; then
    check python3 - "$run" <<'EOF'
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1])
events.Reload()
assert sorted(events.Tags()["scalars"]) == ["loss", "mAP", "rate"]
assert [e.step for e in events.Scalars("loss")] == [1, 2, 3]
EOF
fi

# --- patience: a rate of nearly nothing makes no epoch better than the first
check $train --epochs 9 --lr 1e-9 --warmup 0 --patience 2 -o "$tmp/patient" >"$tmp/lines"
[ "$(grep -c '^epoch ' "$tmp/lines")" -lt 9 ] || fail "no end: $(cat "$tmp/lines")"
grep -q '^best epoch: ' "$tmp/lines" || fail "no best epoch"
expect 1 "a validation set is needed" $from -c "$tmp/net.yaml" --epochs 2 --patience 1 -o "$tmp/never"

# --- weights whose classifier goes on are the best while no epoch is better, also behind an interruption
on="$from $val -w $run/best.safetensors --lr 5 --warmup 0"
check $on -e 0 -o "$tmp/valid" >"$tmp/before"
check $on -e 9 --patience 1 -o "$tmp/spoilt" >"$tmp/lines"
map=$(sed -n 's/^epoch 0: validation, mAP \([0-9.]*\),.*/\1/p' "$tmp/before")
grep -q "^epoch 0: validation, mAP $map," "$tmp/lines" || fail "no epoch 0: $(cat "$tmp/lines")"
grep -qx "best epoch: 0 of 1, mAP $map, the weights that it began with" "$tmp/lines" || fail "$(cat "$tmp/lines")"
check $on -e 2 -o "$tmp/spoilt" --resume >"$tmp/lines"
grep -q "^epoch 0" "$tmp/lines" && fail "validated twice: $(cat "$tmp/lines")"
grep -q "^best epoch: 0 of 2" "$tmp/lines" || fail "forgotten: $(cat "$tmp/lines")"
check $from $val -w "$tmp/spoilt/best.safetensors" -e 0 -o "$tmp/valid" >"$tmp/after"
[ "$(cut -d, -f1,2 "$tmp/before")" = "$(cut -d, -f1,2 "$tmp/after")" ] || fail "best.safetensors: $(cat "$tmp/after")"
grep -q "^epoch 0" "$tmp/more" && fail "a network from nothing has no epoch 0"

# --- frozen stages keep every bit, the others change; statistics, too
check $from -w "$run/last.safetensors" --epochs 1 --freeze stem..res3 -o "$tmp/frozen" >/dev/null
check python3 - "$run/last.safetensors" "$tmp/frozen/last.safetensors" <<'EOF'
import json, struct, sys
def tensors(path):
    data = open(path, "rb").read()
    n, = struct.unpack("<Q", data[:8])
    return {k: data[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]]
            for k, v in json.loads(data[8:8 + n]).items() if k != "__metadata__"}
a, b = (tensors(path) for path in sys.argv[1:])
assert a.keys() == b.keys()
frozen = [k for k in a if k[:2] in ("s1", "s2", "s3")]
assert len(frozen) > 20 and all(a[k] == b[k] for k in frozen)
assert all(a[k] != b[k] for k in a if k[:2] in ("s4", "s5") and k.endswith((".weight", "running_mean")))
EOF
for what in res6 stem..res9 res3..stem stages; do
    expect 2 "--freeze $what: wanted" $from -w "$run/last.safetensors" --freeze $what -o "$tmp/never"
done
expect 1 "a frozen backbone needs weights" $from -c "$tmp/net.yaml" --freeze stem -o "$tmp/never"

# --- the same list of classes keeps its classifier; another one does not
loud=${from%%--quiet*}${from#*--quiet}
check $loud -w "$run/last.safetensors" --epochs 1 -o "$tmp/on" 2>"$tmp/told" >"$tmp/kept"
grep -q "whose classifier goes on" "$tmp/told" || fail "$(cat "$tmp/told")"
sed 's/"sit"/"sit down"/' "$tmp/labels.pbtxt" >"$tmp/others.pbtxt"
check "$build/sftrain" --gt "$tmp/gt.csv" --labels "$tmp/others.pbtxt" --videos "$videos" $learn -w "$run/last.safetensors" \
    --epochs 1 -o "$tmp/other" 2>"$tmp/told" >/dev/null
grep -q "the classifier is new" "$tmp/told" || fail "$(cat "$tmp/told")"

# --- the rate's default: low where all, or some stages, go on together with a classifier that is there
rate_of() { # OPTION...: of the first half of a course by steps
    rm -rf "$tmp/rate"
    "$build/sftrain" --gt "$tmp/gt.csv" --videos "$videos" --quiet --batch 4 --threads 2 --epochs 2 --schedule steps \
        --warmup 0 -w "$run/last.safetensors" -o "$tmp/rate" "$@" >/dev/null || fail "rate: $*"
    sed -n 2p "$tmp/rate/log.csv" | cut -d, -f2
}
[ "$(rate_of)" = 0.020000 ] || fail "all of it goes on: $(cat "$tmp/rate/log.csv")"
[ "$(rate_of --labels "$tmp/labels.pbtxt" --freeze stem..res4)" = 0.020000 ] || fail "some of it"
[ "$(rate_of --freeze backbone)" = 0.100000 ] || fail "the classifier alone"
[ "$(rate_of --labels "$tmp/others.pbtxt" --freeze stem..res4)" = 0.100000 ] || fail "a new classifier"
[ "$(rate_of --freeze stem..res4 --lr 0.3)" = 0.300000 ] || fail "a rate that is told"

# --- people who do none of it are learned from, and nobody's when the result is scored
sed '$!d; s/,3,1$/,,1/' "$tmp/gt.csv" >"$tmp/idle.csv"
sed '$d' "$tmp/gt.csv" >>"$tmp/idle.csv"
check "$build/sftrain" --gt "$tmp/idle.csv" --val-gt "$tmp/idle.csv" --val-proposals "$tmp/boxes.csv" --labels \
    "$tmp/labels.pbtxt" --videos "$videos" $learn --epochs 1 -c "$tmp/net.yaml" -o "$tmp/idle" 2>"$tmp/told" >"$tmp/lines"
grep -q "mAP 0" "$tmp/lines" || fail "no mAP: $(cat "$tmp/lines" "$tmp/told")"
grep -q "24 boxes, 0 of them proposals" "$tmp/told" || fail "one box less: $(cat "$tmp/told")"
echo "a,1,0.1,0.2,0.5,0.9,3,0.7" >"$tmp/found.csv"
expect 0 "1 row of people without an action left out" "$build/sfeval" -g "$tmp/idle.csv" -l "$tmp/labels.pbtxt" "$tmp/found.csv"
expect 1 "is not an integer action id" "$build/sfeval" --strict -g "$tmp/idle.csv" -l "$tmp/labels.pbtxt" "$tmp/found.csv"

# --- rare classes: draws and weights change the course, the same ones give the same weights
printf '2,5\n3,0.5\n' >"$tmp/weights.csv"
rare="$from -c $tmp/net.yaml --epochs 1 --by-class --class-weights $tmp/weights.csv --focal-gamma 2 --focal-alpha 0.5"
check $rare -o "$tmp/rare" >/dev/null
check $rare -o "$tmp/rare2" >/dev/null
check cmp "$tmp/rare/last.safetensors" "$tmp/rare2/last.safetensors"
for without in "--by-class" "--class-weights $tmp/weights.csv" "--focal-gamma 2"; do
    check ${rare%%$without*} ${rare#*$without} -o "$tmp/without" --force >/dev/null
    ! cmp -s "$tmp/rare/last.safetensors" "$tmp/without/last.safetensors" || fail "$without has no effect"
done
echo "9,1" >"$tmp/bad.csv"
expect 1 "bad.csv: line 1, column 1" $from -c "$tmp/net.yaml" --class-weights "$tmp/bad.csv" -o "$tmp/never"
expect 1 "not for person detectors" "$build/sftrain" -q --persons --gt "$tmp/gt.csv" --videos "$videos" --by-class -o "$tmp/never"
[ ! -e "$tmp/never" ] || fail "a refused run left a folder"
finish
