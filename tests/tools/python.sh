#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Python package: built as a wheel, installed into an empty environment, its tests and the example
# run there. Debian's python3-venv, -pip, -wheel, -numpy and -pytest are needed.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")/.." && pwd)
PATH=/usr/bin:$PATH # Debian's Python
python3 -c 'import numpy, pytest, setuptools, wheel, venv, pip' 2>/dev/null ||
    { echo "skipped: Debian's python3-numpy, -pytest, -wheel, -pip or -venv is missing"; exit 77; }
check sh "$here/../tools/python/build_wheel.sh" "$build" "$tmp/wheel"
check python3 -m venv --system-site-packages "$tmp/venv"
check "$tmp/venv/bin/pip" install --quiet --no-index --no-deps "$tmp"/wheel/sfdet-*.whl
cd "$tmp" || exit 1
SFDET_BUILD=$build "$tmp/venv/bin/python" -m pytest -q -rs -p no:cacheprovider "$here/python" ||
    fail "pytest"
finish
