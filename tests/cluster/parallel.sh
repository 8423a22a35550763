#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/cluster/parallel.sh under GNU parallel.
set -u
if ! parallel --version 2>/dev/null | grep -q "^GNU parallel"; then
    echo "skipped: GNU parallel is not installed" >&2
    exit 77
fi
. "$(dirname "$0")/lib.sh"
HOME=$tmp sh "$cluster/parallel.sh" 3 $arguments --out-dir "$tmp/d" "$tmp/videos" || fail "parallel"
[ "$(ls "$tmp/d" | grep -c '^manifest.[012]-of-3.jsonl$')" -eq 3 ] || fail "shares: $(ls "$tmp/d")"
same "$tmp/d"
finish
