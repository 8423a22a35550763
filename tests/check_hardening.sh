#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What cmake/SfdHardening.cmake asks for is in the binaries, and nothing is loaded from the current
# directory. Usage: check_hardening.sh BUILD_TYPE STATIC-LIBRARY SHARED-LIBRARY-OR-PROGRAM...
set -eu
build_type=$1
archive=$2
shift 2
failed=0

fail() {
    echo "$file: $*" >&2
    failed=1
}

# In the objects: a linker drops the mark as soon as one of the C library's own objects lacks it.
notes=$(readelf -W -h -n "$archive")
if echo "$notes" | grep -q 'Machine:.*X86-64'; then
    file=$archive
    [ "$(echo "$notes" | grep -c '^File:')" -eq "$(echo "$notes" | grep -c 'IBT, SHSTK')" ] ||
        fail "objects without -fcf-protection"
fi

for file in "$@"; do
    dynamic=$(readelf -W -d "$file")
    symbols=$(readelf -W --dyn-syms "$file")
    headers=$(readelf -W -h -l "$file")
    echo "$dynamic" | grep -q 'BIND_NOW' || fail "not bound at the start: no full RELRO"
    echo "$headers" | grep -q 'GNU_RELRO' || fail "no RELRO"
    echo "$headers" | grep -q 'Type: *DYN' || fail "no PIE"
    echo "$headers" | grep 'GNU_STACK' | grep -q 'RW ' || fail "the stack may be run"
    echo "$symbols" | grep -q '__stack_chk_fail' || fail "no stack protector"
    case $build_type in
    Debug) ;;
    *) echo "$symbols" | grep -q '_chk@' || fail "no _FORTIFY_SOURCE" ;;
    esac
    paths=$(echo "$dynamic" | sed -n 's/.*(R[UN]*PATH).*\[\(.*\)\]$/\1/p')
    case :$paths: in
    ::) ;;
    *::*) fail "a run path with an empty element: $paths" ;;
    esac
    for path in $(echo "$paths" | tr : ' '); do
        case $path in
        '$ORIGIN'* | /*) ;;
        *) fail "a relative run path: $paths" ;;
        esac
    done
done
exit $failed
