#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is needed, builds and runs all tests: the release build, then the same tests under
# AddressSanitizer and UndefinedBehaviorSanitizer with short fuzzer runs, then the threaded ones under
# ThreadSanitizer. `./test.sh release` runs one preset only.
set -eu
cd "$(dirname "$0")"

./tools/install_packages.sh build-essential cmake ninja-build pkg-config clang libclang-rt-14-dev \
    libomp-14-dev ffmpeg libavformat-dev libavcodec-dev libavfilter-dev libswscale-dev libavutil-dev \
    libopenblas-dev libcsv-dev libstb-dev libcjson-dev libyaml-dev zlib1g-dev \
    libcmocka-dev fonts-dejavu-core python3 doxygen

for preset in ${1:-release asan tsan}; do
    echo "== $preset"
    cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset"
    case $preset in
    tsan) ctest --preset "$preset" -j2 -L threads ;;
    *) ctest --preset "$preset" -j2 ;;
    esac
done
