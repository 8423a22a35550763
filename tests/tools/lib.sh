# SPDX-License-Identifier: Apache-2.0
# For the programs' shell tests, which source it: $build, $tmp, and checks that go on after a failure.
build=$1
tmp=$(mktemp -d)
sanitized=$(sed -n 's/^SFD_SANITIZE:[A-Z]*=//p' "$build/CMakeCache.txt") # fewer rounds then
trap 'rm -rf "$tmp"' EXIT
failures=0

fail() {
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}

# check COMMAND...: it must succeed.
check() {
    "$@" || fail "$*"
}

# expect STATUS TEXT COMMAND...: the exit status, and a line on stderr that contains TEXT. Failures
# (status 1) must be told in that one line.
expect() {
    wanted=$1
    text=$2
    shift 2
    status=0
    "$@" >"$tmp/stdout" 2>"$tmp/stderr" || status=$?
    [ "$status" -eq "$wanted" ] || fail "exit status $status, wanted $wanted: $*"
    grep -qF -e "$text" "$tmp/stderr" || fail "no \"$text\" in \"$(cat "$tmp/stderr")\": $*"
    [ "$wanted" -ne 1 ] || [ "$(wc -l <"$tmp/stderr")" -eq 1 ] ||
        fail "not one line but \"$(cat "$tmp/stderr")\": $*"
}

# interrupt_after_line COMMAND...: Ctrl-C as soon as it has printed a line.
interrupt_after_line() {
    : >"$tmp/lines"
    "$@" >"$tmp/lines" 2>/dev/null &
    pid=$!
    for i in $(seq 300); do
        [ -s "$tmp/lines" ] && break
        sleep 0.1
    done
    kill -INT $pid 2>/dev/null
    wait $pid
}

# damage FILE TENSOR NUMBER: $tmp/bad.safetensors, where the tensor's first element is that number.
damage() {
    python3 - "$1" "$tmp/bad.safetensors" "$2" "$3" <<'PYTHON'
import json, struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
n = struct.unpack("<Q", data[:8])[0]
at = 8 + n + json.loads(data[8:8 + n])[sys.argv[3]]["data_offsets"][0]
data[at:at + 4] = struct.pack("<f", float(sys.argv[4]))
open(sys.argv[2], "wb").write(data)
PYTHON
}

finish() {
    [ "$failures" -eq 0 ] || echo "$failures checks failed" >&2
    exit $((failures > 0))
}
