#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sftrain on a full disk: it names the file, leaves the last checkpoint as it was and nothing half-written,
# and goes on from there. A limit on the size of files stands in for the disk, /dev/full for single files; root
# gets a small disk too.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/train_data.sh"
[ -w /dev/full ] || exit 77
trap '' XFSZ # the write fails instead
run=$tmp/run
train="$sftrain $data $val $learn -c $tmp/net.yaml -p $tmp/boxes.csv"

# limited BLOCKS COMMAND...: with files of at most that many blocks of 512 bytes.
limited() (
    ulimit -f "$1"
    shift
    exec "$@"
)

# no_leavings: no temporary file.
no_leavings() {
    leavings=$(find "$run" -name '.*' -type f)
    [ -z "$leavings" ] || fail "left behind: $leavings"
}

check $train -o "$tmp/whole" >/dev/null

# --- the cache of frames: before anything was learned
expect 1 "run/cache/a.60.2.frames: cannot write: File too large" limited 20 $train -o "$run"
no_leavings
[ ! -e "$run/state.bin" ] || fail "a checkpoint without a step"

# --- the checkpoint, with an older one in its place
interrupt_after_line $train -o "$run"
[ -s "$run/state.bin" ] || fail "no checkpoint after Ctrl-C"
cp -r "$run" "$tmp/before"
blocks=$(($(wc -c <"$run/last.safetensors") / 512 + 1)) # the state is twice as large
expect 1 "run/state.bin: cannot write: File too large" limited $blocks $train -o "$run" --resume
no_leavings
for file in state.bin last.safetensors log.csv curve.svg; do
    check cmp "$tmp/before/$file" "$run/$file"
done

# --- one file of a checkpoint: the others stay or are complete
for file in last.safetensors log.csv curve.svg; do
    mv "$run/$file" "$tmp/kept"
    ln -s /dev/full "$run/$file"
    expect 1 "run/$file: cannot write: No space left on device" $train -o "$run" --resume
    no_leavings
    rm "$run/$file"
    mv "$tmp/kept" "$run/$file"
done

# --- room again: to the same weights as without the trouble
check $train -o "$run" --resume >/dev/null
check cmp "$tmp/whole/last.safetensors" "$run/last.safetensors"
[ "$(wc -l <"$run/log.csv")" -eq 4 ] || fail "log.csv"

# --- files that a full disk kept old follow the checkpoint, also when nothing is left to learn
for file in last.safetensors log.csv curve.svg; do
    mv "$run/$file" "$tmp/$file"
done
check $train -o "$run" --resume >/dev/null
for file in last.safetensors log.csv curve.svg; do
    check cmp "$tmp/$file" "$run/$file"
done

# --- a disk with room for one checkpoint, not for the next beside it; then a larger one
state_kb=$(($(wc -c <"$tmp/whole/state.bin") / 1024))
room_kb=$(($(du -sk "$tmp/whole" | cut -f 1) + state_kb / 2))
mkdir "$tmp/disk"
status=0
unshare -m sh -c '
    disk=$1 room_kb=$2 kept=$3
    shift 3
    mount -t tmpfs -o "size=${room_kb}k" none "$disk" 2>/dev/null || exit 77
    "$@" -o "$disk/run" >"$kept.lines" 2>"$kept.told" && exit 1
    find "$disk/run" -name ".*" -type f >"$kept.leavings"
    mount -o "remount,size=$((2 * room_kb))k" "$disk"
    "$@" -o "$disk/run" --resume >/dev/null || exit 1
    cp "$disk/run/last.safetensors" "$kept.model"
' sh "$tmp/disk" $room_kb "$tmp/kept" $train 2>/dev/null || status=$?
if [ -e "$tmp/kept.lines" ]; then
    [ $status -eq 0 ] || fail "on the small disk: exit status $status"
    [ "$(wc -l <"$tmp/kept.lines")" -eq 1 ] || fail "the first epoch has room"
    grep -q "run/state.bin: cannot write: No space left on device" "$tmp/kept.told" || fail "$(cat "$tmp/kept.told")"
    [ -s "$tmp/kept.leavings" ] && fail "left behind: $(cat "$tmp/kept.leavings")"
    check cmp "$tmp/whole/last.safetensors" "$tmp/kept.model"
else
    echo "left out: a small disk cannot be mounted here"
fi

# --- a cache that somebody makes shorter, or takes away, while it is in use
interrupt_after_line $train -o "$tmp/cut"
for harm in "truncate -s 70000" "truncate -s 0" "rm"; do
    (
        while kill -0 $$ && [ ! -s "$tmp/cut.lines" ]; do sleep 0.1; done
        $harm "$tmp/cut/cache/a.60.2.frames"
    ) &
    status=0
    $train --epochs 2000 --force -o "$tmp/cut" >"$tmp/cut.lines" 2>"$tmp/cut.told" || status=$?
    wait $!
    [ $status -eq 1 ] || fail "$harm: exit status $status"
    grep -q "cut/cache/a.60.2.frames: .*\(was changed\|No such file\)" "$tmp/cut.told" ||
        fail "$harm: $(cat "$tmp/cut.told")"
    : >"$tmp/cut.lines"
done

# --- features of a frozen backbone
frozen="$sftrain $data $val $learn -w $tmp/whole/last.safetensors --freeze backbone -p $tmp/boxes.csv"
run=$tmp/frozen
check $frozen -o "$run" >/dev/null
cp "$run/state.bin" "$tmp/frozen_state"
rm "$run/cache/train.features"
ln -s /dev/full "$run/cache/train.features"
expect 1 "cache/train.features: cannot write: No space left on device" $frozen --force -o "$run"
check cmp "$tmp/frozen_state" "$run/state.bin"
no_leavings
finish
