#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# All of src/ compiles for arm64, with this build's flags and Debian's cross compiler, which is gcc 12.2 there and
# had an internal error at -O3: what has loops over floats is compiled with that. Libraries' headers are this
# machine's. Skipped where that compiler is missing.
set -u
build=$1
compiler=aarch64-linux-gnu-gcc
command -v $compiler >/dev/null || { echo "no $compiler"; exit 77; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Of every command the arguments, without the compiler and what is this machine's own.
sed -n 's/^.*"command": "\([^"]*\)".*/\1/p' "$build/compile_commands.json" |
    grep '/src/[^ ]*\.c$' | grep -v '_avx[0-9a-z_]*\.c$' |
    sed '/src\/\(kernels\|graph\|detect\|input\|persons\|quant\|sound\|train\)\//!s/ -O3 / -O1 /
         s/^\([^ -][^ ]* \)*//; s/ -fcf-protection//; s/ -MD -MT [^ ]* -MF [^ ]*//; s/ -o [^ ]*/ -o \/dev\/null/' |
    xargs -P 2 -I{} sh -c "echo file; exec $compiler {} -idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu" >"$log" 2>&1
status=$?
n=$(grep -c '^file$' "$log")
echo "$n files"
grep -m 10 error "$log"
[ $status -eq 0 ] && [ "$n" -gt 100 ]
