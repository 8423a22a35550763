#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The shared library exports what the public headers declare, neither more nor less, and under the
# version of common.h, which is in its name as well; the static one has no names without prefix.
# Usage: check_symbols.sh HEADERS-DIR libsfdet.so libsfdet.a
set -eu
headers=$1
shared=$2
static=$3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() {
    echo "$*" >&2
    exit 1
}

number() { sed -n "s/^#define SFD_VERSION_$1 \([0-9]*\).*/\1/p" "$headers/common.h"; }
abi=$(number MAJOR)
[ "$abi" -gt 0 ] || abi=0.$(number MINOR)

sed -n 's/^SFD_API .*\b\(sfd_[a-z0-9_]*\)(.*/\1/p' "$headers"/*.h | sort >"$tmp/declared"
nm -D --defined-only "$shared" | awk '$2 != "A" { print $3 }' | sort >"$tmp/exported"
[ -s "$tmp/declared" ] || fail "no declarations in $headers"
sed "s/\$/@@SFDET_$abi/" "$tmp/declared" | diff - "$tmp/exported" >&2 ||
    fail "declared (<) and exported (>) names differ"
readelf -d "$shared" | grep -q "SONAME.*\[libsfdet\.so\.$abi\]" || fail "$shared: not .so.$abi"
if nm --defined-only "$static" 2>/dev/null | awk '$2 ~ /[A-Z]/ && $2 != "N" { print $3 }' | grep -v '^sfd_'; then
    fail "$static has names without the prefix sfd_"
fi
