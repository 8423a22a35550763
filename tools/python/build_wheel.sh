#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build_wheel.sh BUILD OUT: makes sfdet-VERSION-py3-none-PLATFORM.whl in the folder OUT from the
# library in the folder BUILD. Needs pip, setuptools and wheel, which Debian has as python3-pip and python3-wheel. The
# library's own libraries (FFmpeg's, OpenBLAS, ...) are not in it: it runs where those of this
# system are installed.
set -eu
. "$(dirname "$0")/../script_help.sh"
[ $# -eq 2 ] || { echo "usage: build_wheel.sh BUILD OUT" >&2; exit 2; }
python3 -c "import setuptools, wheel, pip" 2>/dev/null || {
    echo "$(command -v python3) lacks pip, setuptools or wheel: python3 -m pip install wheel, or Debian's" \
        "python3-pip and python3-wheel with PATH=/usr/bin:\$PATH" >&2
    exit 1
}
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

library=$(readlink -f "$build/libsfdet.so") # libsfdet.so.MAJOR.MINOR.PATCH
SFDET_VERSION=${library##*.so.}
export SFDET_VERSION
cp -r "$here/pyproject.toml" "$here/setup.py" "$here/sfdet" "$tree"
cp "$library" "$tree/sfdet/libsfdet.so.${SFDET_VERSION%.*}"
cd "$tree"
python3 -m pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir "$out" .
