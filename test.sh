#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is needed, builds and runs all tests: the release build, the same by clang (built only,
# with a static library), then the tests under AddressSanitizer and UndefinedBehaviorSanitizer with
# short fuzzer runs, then the threaded ones under ThreadSanitizer, then those of kernels, golden networks and the
# demo built for arm64 and run by an emulator, where these can be installed. A warning is an error in all of
# them. `./test.sh release` runs one preset only.
set -eu
. "$(dirname "$0")/tools/script_help.sh"
cd "$(dirname "$0")"

./tools/install_packages.sh build-essential cmake ninja-build pkg-config clang lld clang-format libclang-rt-14-dev \
    ffmpeg libavdevice-dev libavformat-dev libavcodec-dev libavfilter-dev libswscale-dev libswresample-dev libavutil-dev \
    libopenblas-dev libcsv-dev libstb-dev libcjson-dev libyaml-dev libxml2-dev zlib1g-dev \
    libcmocka-dev fonts-dejavu-core python3 doxygen \
    help2man mypy python3-numpy python3-pip python3-pytest python3-venv python3-wheel
./tools/install_packages.sh slurm-wlm munge parallel || echo "tests of clusters are skipped: no Slurm, no GNU parallel"
./tools/install_packages.sh chromium chromium-driver || echo "the report is not tested in a browser: no Chromium"

for preset in ${1:-release clang asan tsan arm64}; do
    echo "== $preset"
    if [ "$preset" = arm64 ]; then
        SFD_ARM64_ROOT=$(./tools/install_arm64.sh) || { echo "arm64 is not tested: no cross compiler, emulator, libraries"; continue; }
        export SFD_ARM64_ROOT
    fi
    cmake --preset "$preset" -DSFD_WERROR=ON >/dev/null
    cmake --build --preset "$preset"
    case $preset in
    clang) build-clang/sfdetect --version ;;
    *) ctest --preset "$preset" -j5 ;; # many tests wait
    esac
done
