#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cmake --install into an empty prefix; the example built against it with pkg-config and with
# find_package; installed programs and example run.
set -u
. "$(dirname "$0")/lib.sh"
example=$PWD/../../examples/what_happens.c
tests=$(cd "$(dirname "$0")" && pwd)
check cmake --install "$build" --prefix "$tmp/first" >"$tmp/log"
mv "$tmp/first" "$tmp/prefix" # the tree may be moved
prefix=$tmp/prefix
for file in bin/sfdetect bin/sfrender include/sfdet/sfdet.h share/sfdet/ava/README.md \
    share/sfdet/demo/slowfast_demo.safetensors share/sfdet/demo/persons_demo.safetensors; do
    check [ -e "$prefix/$file" ]
done
for program in "$prefix"/bin/*; do # from anywhere, without a word about where the library is
    (cd / && "$program" --version) | grep -q '^sf[a-z]* [0-9]' || fail "installed $program"
done

compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
flags="-Wall -Wextra -Werror"
pc=$(find "$prefix" -name sfdet.pc)
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH=$(dirname "$pc")
cflags=$(pkg-config --cflags sfdet) || fail "pkg-config"
check $compiler -std=c11 $flags -o "$tmp/with_pkg_config" "$example" $cflags $(pkg-config --libs sfdet)
check cmake -S "$tests/find_package" -B "$tmp/with_cmake" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_C_COMPILER="$compiler" -DCMAKE_C_FLAGS="$flags" -DEXAMPLE="$example" >"$tmp/log"
check cmake --build "$tmp/with_cmake" >"$tmp/log"

# the static library, where there is no shared one beside it
cp -r "$prefix" "$tmp/static"
rm -f "$tmp/static/${libdir#"$prefix"/}"/libsfdet.so*
export PKG_CONFIG_PATH=$tmp/static/${pc#"$prefix"/}
PKG_CONFIG_PATH=$(dirname "$PKG_CONFIG_PATH")
check $compiler -std=c11 $flags -o "$tmp/with_static" "$example" \
    $(pkg-config --cflags --libs --static sfdet)

check "$build/tests/tools/make_clip" "$tmp/clip.mp4" 96 72 60 30
demo=$prefix/share/sfdet/demo/slowfast_demo.safetensors
net=golden/sf_r50
for program in "$tmp/with_pkg_config" "$tmp/with_cmake/what_happens" \
    "$tmp/with_cmake/what_happens_static" "$tmp/with_static"; do
    case $program in
    *static)
        readelf -d "$program" | grep -q 'NEEDED.*libsfdet' && fail "$program needs libsfdet.so"
        unset LD_LIBRARY_PATH ;;
    *) export LD_LIBRARY_PATH=$libdir ;;
    esac
    check "$program" $net/weights.safetensors "$tmp/clip.mp4" 1 0.1 0.2 0.6 0.9 $net/config.yaml \
        >"$tmp/answer"
    [ "$(grep -cE '^0\.[0-9]{3} [a-z]' "$tmp/answer")" -eq 3 ] || fail "answer: $(cat "$tmp/answer")"
    check "$program" "$demo" "$tmp/clip.mp4" 1 0.1 0.2 0.6 0.9 >"$tmp/answer"
    [ "$(grep -cE '^0\.[0-9]{3} [a-z]' "$tmp/answer")" -eq 3 ] || fail "answer: $(cat "$tmp/answer")"
    expect 1 "missing.mp4" "$program" "$demo" "$tmp/missing.mp4" 1 0.1 0.2 0.6 0.9
done
unset LD_LIBRARY_PATH
check "$prefix/bin/sfdetect" -q -o "$tmp/dets.csv" -p ../../data/demo/street_boxes.csv \
    ../../data/demo/street.mp4
# the example that has a clip with sound in memory scores it as sfdetect scores the file
export LD_LIBRARY_PATH=$libdir
check $compiler -std=c11 $flags -o "$tmp/what_is_heard" "${example%/*}/what_is_heard.c" $cflags \
    -L"$libdir" -lsfdet
check "$prefix/bin/sfmodel" init train/listening.yaml -o "$tmp/ears.safetensors" >"$tmp/log"
if command -v ffmpeg >/dev/null; then
    ffmpeg="ffmpeg -nostdin -y -v error"
    check $ffmpeg -i "$tmp/clip.mp4" -f lavfi -i anoisesrc=r=16000:seed=3:d=2 -map 0:v -map 1:a -c:v copy -c:a flac \
        "$tmp/heard.mkv"
    check $ffmpeg -i "$tmp/heard.mkv" -vf fps=30 -sws_flags bicubic -pix_fmt rgb24 -f rawvideo "$tmp/pictures" -ac 1 \
        -ar 16000 -f f32le "$tmp/sound"
    for second in 0 1.4; do # the first with silence before it
        echo "heard,$second,0.1,0.2,0.6,0.9,,1" >"$tmp/box.csv"
        check "$tmp/what_is_heard" "$tmp/ears.safetensors" 96 72 "$tmp/pictures" "$tmp/sound" $second 0.1 0.2 0.6 0.9 \
            >"$tmp/answer"
        check "$prefix/bin/sfdetect" -q -w "$tmp/ears.safetensors" -p "$tmp/box.csv" -o "$tmp/dets.csv" "$tmp/heard.mkv"
        awk -F, 'NR == FNR { split($0, a, " "); score[a[1]] = a[2]; next }
            { n++; d = score[$7] - $8; bad = bad || d > 2e-6 || d < -2e-6 } END { exit bad || n != 2 }' \
            "$tmp/answer" "$tmp/dets.csv" || fail "$second s: $(cat "$tmp/answer") instead of $(cat "$tmp/dets.csv")"
    done
fi
expect 1 "cannot be read" "$tmp/what_is_heard" "$tmp/ears.safetensors" 96 72 "$tmp/missing" "$tmp/missing" 1 0 0 1 1
unset LD_LIBRARY_PATH
[ "$(grep -c '' "$example")" -lt 80 ] || fail "the example has 80 lines or more"
finish
