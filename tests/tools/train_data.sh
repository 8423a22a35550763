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
cat >"$tmp/labels.pbtxt" <<EOF
item {
  name: "stand"
  id: 1
}
item {
  name: "sit"
  id: 2
}
item {
  name: "walk"
  id: 3
}
item {
  name: "never seen"
  id: 4
}
EOF
cat >"$tmp/net.yaml" <<EOF
MODEL: {ARCH: slowfast, NUM_CLASSES: 4, HEAD_ACT: sigmoid}
DATA: {NUM_FRAMES: 8, SAMPLING_RATE: 2, TRAIN_CROP_SIZE: 48, TEST_CROP_SIZE: 48}
DETECTION: {ENABLE: True, ALIGNED: True}
SLOWFAST: {ALPHA: 4, BETA_INV: 4, FUSION_CONV_CHANNEL_RATIO: 2, FUSION_KERNEL_SZ: 5}
RESNET:
  DEPTH: 18
  WIDTH_PER_GROUP: 8
  NUM_BLOCK_TEMP_KERNEL: [[2, 2], [2, 2], [2, 2], [2, 2]]
  SPATIAL_STRIDES: [[1, 1], [2, 2], [2, 2], [1, 1]]
  SPATIAL_DILATIONS: [[1, 1], [1, 1], [1, 1], [2, 2]]
EOF
data="--gt $tmp/gt.csv --videos $videos --labels $tmp/labels.pbtxt --quiet"
val="--val-gt $tmp/gt.csv --val-proposals $tmp/boxes.csv"
learn="--epochs 3 --batch 4 --lr 0.05 --threads 2 --seed 5"
sftrain="$build/sftrain"
