# SPDX-License-Identifier: Apache-2.0
# For the tests of sftrain, which source it after lib.sh: four made clips, their truth and boxes, a small
# network, and the options that name them.
videos=$tmp/videos
mkdir "$videos"
for id in a b c d; do
    check "$build/tests/tools/make_clip" "$videos/$id.mp4" 96 72 70 30
done
for id in a b c d; do
    for second in 0 1 2; do
        echo "$id,$second,0.100,0.200,0.500,0.900,$((1 + (second & 1))),0"
        echo "$id,$second,0.100,0.200,0.500,0.900,3,0"
        echo "$id,$second,0.500,0.100,0.900,0.950,3,1"
    done
done >"$tmp/gt.csv"
sed 's/^\([^,]*,[^,]*\),0.100,\([^,]*,[^,]*,[^,]*\),.*/\1,0.110,\2,,0.9/; s/,3,1$/,,0.95/' "$tmp/gt.csv" |
    sort -u >"$tmp/boxes.csv"
cp train/labels.pbtxt "$tmp"
cp train/small.yaml "$tmp/net.yaml"
data="--gt $tmp/gt.csv --videos $videos --labels $tmp/labels.pbtxt --quiet"
val="--val-gt $tmp/gt.csv --val-proposals $tmp/boxes.csv"
learn="--epochs 3 --batch 4 --lr 0.05 --threads 2 --seed 5"
sftrain="$build/sftrain"
