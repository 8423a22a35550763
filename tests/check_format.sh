#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# All C is as clang-format leaves it: `clang-format -i FILE` sets it right.
set -eu
command -v clang-format >/dev/null || { echo "no clang-format here" >&2; exit 77; }
cd "$(dirname "$0")/.."
find src include tools tests examples bench -name '*.[ch]' -print0 |
    xargs -0 -n 50 clang-format --dry-run --Werror
