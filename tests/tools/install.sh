#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cmake --install into an empty prefix; the example built against it with pkg-config and with
# find_package; installed programs and example run.
set -u
. "$(dirname "$0")/lib.sh"
example=$PWD/../../examples/what_happens.c
tests=$(cd "$(dirname "$0")" && pwd)
prefix=$tmp/prefix
check cmake --install "$build" --prefix "$prefix" >"$tmp/log"
for file in bin/sfdetect bin/sfrender include/sfdet/sfdet.h share/sfdet/ava/README.md \
    share/sfdet/demo/slowfast_demo.safetensors; do
    check [ -e "$prefix/$file" ]
done

compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
sanitize=$(sed -n 's/^SFD_SANITIZE:[A-Z]*=//p' "$build/CMakeCache.txt")
flags="-Wall -Wextra -Werror${sanitize:+ -fsanitize=$sanitize}"
pc=$(find "$prefix" -name sfdet.pc)
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH=$(dirname "$pc")
cflags=$(pkg-config --cflags sfdet) || fail "pkg-config"
check $compiler -std=c11 $flags -o "$tmp/with_pkg_config" "$example" $cflags $(pkg-config --libs sfdet)
# every header compiles alone, also as C++ where there is a compiler for it
for header in "$prefix"/include/sfdet/*.h; do
    echo "#include <sfdet/$(basename "$header")>" >"$tmp/alone.c"
    check $compiler -std=c11 -Wall -Wextra -Werror -pedantic -fsyntax-only $cflags "$tmp/alone.c"
    if command -v g++ >/dev/null; then
        check g++ -Wall -Wextra -Werror -fsyntax-only -x c++ $cflags "$tmp/alone.c"
    fi
done
check cmake -S "$tests/find_package" -B "$tmp/with_cmake" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_C_COMPILER="$compiler" -DCMAKE_C_FLAGS="$flags" -DEXAMPLE="$example" >"$tmp/log"
check cmake --build "$tmp/with_cmake" >"$tmp/log"

check "$build/tests/tools/make_clip" "$tmp/clip.mp4" 96 72 60 30
net="golden/sf_r50/weights.safetensors golden/sf_r50/config.yaml"
for program in "$tmp/with_pkg_config" "$tmp/with_cmake/what_happens"; do
    LD_LIBRARY_PATH=$libdir "$program" $net "$tmp/clip.mp4" 1 0.1 0.2 0.6 0.9 >"$tmp/answer" ||
        fail "$program"
    [ "$(grep -cE '^0\.[0-9]{3} [a-z]' "$tmp/answer")" -eq 3 ] || fail "answer: $(cat "$tmp/answer")"
    export LD_LIBRARY_PATH=$libdir
    expect 1 "missing.mp4" "$program" $net "$tmp/missing.mp4" 1 0.1 0.2 0.6 0.9
    unset LD_LIBRARY_PATH
done
LD_LIBRARY_PATH=$libdir "$prefix/bin/sfdetect" --version | grep -q '^sfdetect ' ||
    fail "installed sfdetect"
export LD_LIBRARY_PATH=$libdir
check "$prefix/bin/sfdetect" -q -o "$tmp/dets.csv" -p ../../data/demo/street_boxes.csv \
    ../../data/demo/street.mp4
unset LD_LIBRARY_PATH
[ "$(grep -c '' "$example")" -lt 80 ] || fail "the example has 80 lines or more"
finish
