# SPDX-License-Identifier: Apache-2.0
# For the tests on real schedulers, which source it: videos and boxes in $tmp, the oracle $tmp/one.csv.
. "$(dirname "$0")/../tools/lib.sh"
cluster=$(cd "$(dirname "$0")/../../tools/cluster" && pwd)
PATH=$PATH:/usr/sbin:/sbin
export SFDETECT="$build/sfdetect"
arguments="-q -t 1 -w $PWD/golden/sf_r50/weights.safetensors -c $PWD/golden/sf_r50/config.yaml -p $tmp/boxes.csv"
mkdir "$tmp/videos"
for i in 1 2 3 4; do
    check "$build/tests/tools/make_clip" "$tmp/videos/v$i.mp4" 96 72 100 30
done
awk 'BEGIN { for (i = 1; i <= 4; i++) for (k = 0; k < 100; k++)
    printf "v%d,%.4f,0.1,0.1,0.9,0.95,,0.95\n", i, k / 30 }' >"$tmp/boxes.csv"
check "$SFDETECT" $arguments -o "$tmp/one.csv" "$tmp/videos"

same() {
    check "$SFDETECT" --merge "$1" -o "$tmp/all.csv"
    check cmp "$tmp/one.csv" "$tmp/all.csv"
}
