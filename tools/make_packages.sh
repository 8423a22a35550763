#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make_packages.sh OUT: Debian packages and a relocatable archive of this checkout into the folder OUT.
# Needs what demo.sh installs, help2man, and dpkg-dev. The time of the last commit (or
# SOURCE_DATE_EPOCH) is the time of all files: the same sources give the same bytes, wherever they lie.
set -eu
. "$(dirname "$0")/script_help.sh"
[ $# -eq 1 ] || { echo "usage: make_packages.sh OUT" >&2; exit 2; }
source=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
"$source/tools/install_packages.sh" help2man dpkg-dev file
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$source" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
umask 022
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

# make NAME GENERATOR PREFIX
make() {
    cmake -S "$source" -B "$build/$1" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSFD_BUILD_TESTS=OFF \
        -DCMAKE_INSTALL_PREFIX="$3" -DCMAKE_C_FLAGS="-ffile-prefix-map=$build=. -ffile-prefix-map=$source=." >/dev/null
    cmake --build "$build/$1"
    (cd "$build/$1" && cpack -G "$2" -B "$build/$1-packages")
}
make usr DEB /usr
cp "$build"/usr-packages/*.deb "$out"
make anywhere TGZ /usr/local
cp "$build"/anywhere-packages/*.tar.gz "$out"
