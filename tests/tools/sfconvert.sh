#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfconvert run as a user would: small files of each format whose contents are known, into others and back.
set -u
. "$(dirname "$0")/lib.sh"
data=annotations
convert="$build/sfconvert --quiet"

# same NAME FILE: FILE holds what stands on stdin.
same() {
    cat >"$tmp/wanted"
    diff -u "$tmp/wanted" "$2" >"$tmp/diff" || fail "$1: $(cat "$tmp/diff")"
}

# told TEXT: on stderr of the last call, which keeps it in $tmp/err.
told() {
    grep -qF -e "$1" "$tmp/err" || fail "not told: $1 in \"$(cat "$tmp/err")\""
}

# --- CVAT's tracks into AVA's rows: what was drawn; ids by order of the file: stand sit bend hurries
check $convert --fps 25 $data/cvat_video.xml -o "$tmp/drawn.csv" --labels-output "$tmp/kitchen.pbtxt" 2>"$tmp/err"
same "drawn boxes" "$tmp/drawn.csv" <<END
kitchen,0,0.1,0.1,0.3,0.5,1,0
kitchen,1,0,0.5,0.5,1,3,1
kitchen,2,0.2,0.2,0.4,0.6,2,0
kitchen,2,0.2,0.2,0.4,0.6,4,0
END
told "attributes left out that are text or numbers: 6"
told "shapes left out that are no boxes: 1 (first: polygon)"
told "boxes cut off at the border of the picture: 1"
same "labels" "$tmp/kitchen.pbtxt" <<END
item {
  name: "stand"
  id: 1
}
item {
  name: "sit"
  id: 2
}
item {
  name: "bend & bow"
  id: 3
}
item {
  name: "hurries"
  id: 4
}
END
# every second, moving evenly in between: at 1 s half way; what is done stays until the next box
check $convert --fps 25 --every 1 $data/cvat_video.xml -o "$tmp/every.csv" 2>"$tmp/err"
same "every second" "$tmp/every.csv" <<END
kitchen,0,0.1,0.1,0.3,0.5,1,0
kitchen,1,0.15,0.15,0.35,0.55,1,0
kitchen,1,0,0.5,0.5,1,3,1
kitchen,2,0.2,0.2,0.4,0.6,2,0
kitchen,2,0.2,0.2,0.4,0.6,4,0
kitchen,3,0.2,0.2,0.4,0.6,2,0
kitchen,3,0.2,0.2,0.4,0.6,4,0
END
# with a list, ids are those of the list, and other actions are left out
printf 'item {\n  name: "sit"\n  id: 20\n}\nitem {\n  name: "hurries"\n  id: 7\n}\n' >"$tmp/list.pbtxt"
check $convert --fps 25 --labels "$tmp/list.pbtxt" $data/cvat_video.xml -o "$tmp/listed.csv" 2>"$tmp/err"
same "a list" "$tmp/listed.csv" <<END
kitchen,0,0.1,0.1,0.3,0.5,,0
kitchen,1,0,0.5,0.5,1,,1
kitchen,2,0.2,0.2,0.4,0.6,7,0
kitchen,2,0.2,0.2,0.4,0.6,20,0
END
told "actions that are not on the list of labels: 2 (first: stand)"

# --- labels as actions, an export of a job, boxes without children
check $convert --fps 30 $data/cvat_actions.xml -o "$tmp/actions.csv"
same "labels as actions" "$tmp/actions.csv" <<END
yard,0,0.1,0.1,0.2,0.6,2,4
yard,1,0.5,0.1,0.75,0.9,1,5
END

# --- pictures: videos and times from their names; one without people; a tag is no box
check $convert $data/cvat_images.xml -o "$tmp/images.csv" 2>"$tmp/err"
same "pictures" "$tmp/images.csv" <<END
door,0,0.1,0.1,0.3,0.9,2
door,1
till,2,0.25,0.25,0.75,0.75,
END
told "tags of pictures left out: 1"
told "videos whose frame rate nobody tells are taken as of 30 a second: 2 (first: door)"

# --- a way and back changes nothing
back() { # NAME FILE OPTIONS... : CSV -> FILE -> CSV
    name=$1
    file=$2
    shift 2
    check $convert "$@" "$tmp/$name.csv" -o "$tmp/$file" 2>"$tmp/err"
    check $convert "$@" "$tmp/$file" --to ava -o "$tmp/$name.again" 2>>"$tmp/err"
    check cmp "$tmp/$name.csv" "$tmp/$name.again"
}
back drawn kitchen.xml --fps 25 --size 640x480 --labels "$tmp/kitchen.pbtxt"
check $convert --fps 25 $data/cvat_video.xml -o "$tmp/once.xml" 2>/dev/null
check $convert --fps 25 "$tmp/once.xml" -o "$tmp/twice.xml"
check cmp "$tmp/once.xml" "$tmp/twice.xml"
check $convert $data/cvat_images.xml --to cvat-images -o "$tmp/once_images.xml" 2>/dev/null
check $convert --fps 30 "$tmp/once_images.xml" --to cvat-images -o "$tmp/twice_images.xml"
check cmp "$tmp/once_images.xml" "$tmp/twice_images.xml"
check $convert --timestamp-offset 900 $data/ava.csv -o "$tmp/ava.csv"
check cmp $data/ava.csv "$tmp/ava.csv"
check $convert $data/kinetics.csv -o "$tmp/kinetics.csv"
check cmp $data/kinetics.csv "$tmp/kinetics.csv"
check $convert $data/ava.csv -o "$tmp/ava.jsonl"
check $convert "$tmp/ava.jsonl" -o "$tmp/lines.csv"
grep -v ',906$' $data/ava.csv | cmp - "$tmp/lines.csv" || fail "JSON lines and back"
check $convert --timestamp-offset 900 --size 340x256 $data/ava.csv --to cvat-images -o "$tmp/ava.xml" 2>"$tmp/err"
told "ids of persons left out: pictures have none: 5"
check $convert --timestamp-offset 900 "$tmp/ava.xml" -o "$tmp/noids.csv" 2>/dev/null
cut -d, -f1-7 $data/ava.csv | sort >"$tmp/a"
sort "$tmp/noids.csv" | cmp - "$tmp/a" || fail "pictures and back"
# who is not there at the next keyframe is outside; joined by default: 902 to 903, not 903 to 905
grep 1j20 $data/ava.csv >"$tmp/one.csv"
check $convert --timestamp-offset 900 --size 340x256 "$tmp/one.csv" -o "$tmp/one.xml" 2>"$tmp/err"
told "keyframes without people left out: tracks have none: 1"
grep -o '<track id="[0-9]*\|frame="[0-9]*" outside="[01]"' "$tmp/one.xml" | tr '\n' ' ' >"$tmp/frames"
printf '<track id="1 frame="60" outside="0" frame="90" outside="0" frame="91" outside="1" frame="150" outside="0" frame="151" outside="1" <track id="0 frame="60" outside="0" frame="61" outside="1" ' |
    cmp - "$tmp/frames" || fail "frames: $(cat "$tmp/frames")"
check $convert --timestamp-offset 900 "$tmp/one.xml" --video-id 1j20qq1JyX4 -o "$tmp/one.again" --to ava 2>/dev/null
grep -v ',906$' "$tmp/one.csv" | cmp - "$tmp/one.again" || fail "tracks and back"

# --- labelling ahead: what a network is sure of, to be corrected in CVAT
check $convert --min-score 0.5 --size 640x480 --fps 30 $data/dets.jsonl -o "$tmp/ahead.xml" 2>"$tmp/err"
told "scores of actions left out: the format has no place for them: 3"
check $convert --labels ava-80 --fps 30 "$tmp/ahead.xml" --video-id yard -o "$tmp/corrected.csv"
same "labelling ahead" "$tmp/corrected.csv" <<END
yard,0,0.1,0.2,0.3,0.8,11,3
yard,0,0.5,0.2,0.6,0.8,12,4
yard,1,0.2,0.2,0.4,0.8,12,3
END
check $convert $data/dets.jsonl -o "$tmp/dets.csv"
same "detections" "$tmp/dets.csv" <<END
yard,0,0.1,0.2,0.3,0.8,11,0.750000,3
yard,0,0.1,0.2,0.3,0.8,12,0.250000,3
yard,0,0.5,0.2,0.6,0.8,12,0.500000,4
yard,1,0.2,0.2,0.4,0.8,12,0.625000,3
END
check $convert "$tmp/dets.csv" -o - --to ava >"$tmp/dets.again"
check cmp "$tmp/dets.csv" "$tmp/dets.again"

# --- VIA: an option's id is the number of options of the attributes before, plus its key, plus 1; the same word in two
# attributes is two actions; times are seconds
check $convert --size 640x480 $data/via_video.json -o "$tmp/via.csv" --labels-output "$tmp/via.pbtxt" 2>"$tmp/err"
same "VIA's videos" "$tmp/via.csv" <<END
class_a,2,0.1,0.1,0.3,0.3,3
class_a,2,0.1,0.1,0.3,0.3,4
class_a,2,0.1,0.1,0.3,0.3,6
class_a,2,0.1,0.1,0.3,0.3,8
class_a,2.5,0.5,0.5,0.75,0.75,2
class_b,0,0,0,1,1,
END
told "segments of time and remarks left out that are no boxes: 1 (first: 1_Xc)"
told "shapes left out that are no rectangles: 1 (first: 1_Xd)"
told "attributes left out that are text or pictures: 1 (first: note)"
grep name "$tmp/via.pbtxt" | tr -d ' \n' >"$tmp/names"
printf 'name:"up"name:"down"name:"other"name:"write"name:"point"name:"hands:other"name:"sit"name:"stand"' |
    cmp - "$tmp/names" || fail "VIA's labels: $(cat "$tmp/names")"
check $convert --size 640x480 $data/via_pictures.json -o "$tmp/pictures.csv" 2>"$tmp/err"
same "VIA's pictures" "$tmp/pictures.csv" <<END
room,1,0.1,0.1,0.2,0.3,2
room,1,0.1,0.1,0.2,0.3,3
room,1,0.1,0.1,0.2,0.3,4
room,2
room,3,0,0,0.5,0.5,1
END
for file in via_video via_pictures; do
    check $convert $data/$file.json --to via -o "$tmp/$file.json" 2>/dev/null
    check $convert "$tmp/$file.json" --to via -o "$tmp/$file.again" 2>/dev/null
    check cmp "$tmp/$file.json" "$tmp/$file.again"
    check $convert --size 640x480 "$tmp/$file.json" -o "$tmp/back.csv" 2>/dev/null
    check $convert --size 640x480 $data/$file.json -o "$tmp/there.csv" 2>/dev/null
    check cmp "$tmp/there.csv" "$tmp/back.csv"
done
grep -q '"1_1":{"vid":"1","flg":0,"z":\[2\],"xy":\[2,64,48,128,96\],"av":{"1":"2","2":"0,2","3":"1"}}' "$tmp/via_video.json" ||
    fail "VIA's region"
# AVA's 60 with their gaps, ids of persons, labelling ahead
check $convert --timestamp-offset 900 --size 340x256 --labels ava-60 $data/ava.csv --to via -o "$tmp/ava.json" 2>/dev/null
check $convert --timestamp-offset 900 --size 340x256 "$tmp/ava.json" -o "$tmp/ava_via.csv" 2>/dev/null
grep -v ',906$' $data/ava.csv | cmp - "$tmp/ava_via.csv" || fail "AVA by way of VIA"
check $convert --min-score 0.5 --size 640x480 $data/dets.jsonl --to via -o "$tmp/ahead.json" 2>/dev/null
check $convert --size 640x480 "$tmp/ahead.json" -o "$tmp/ahead.csv" 2>/dev/null
check cmp "$tmp/corrected.csv" "$tmp/ahead.csv"
check $convert --fps 25 --size 640x480 $data/cvat_video.xml --to via -o "$tmp/cvat.json" 2>/dev/null
check $convert --fps 25 --size 640x480 "$tmp/cvat.json" -o "$tmp/cvat_via.csv" 2>/dev/null
check cmp "$tmp/drawn.csv" "$tmp/cvat_via.csv"

# --- MOT: frames from 1; persons with ids; the frames through which CVAT's person moves, too
check $convert --size 640x480 --fps 30 $data/mot.txt -o "$tmp/mot.csv"
same "MOT" "$tmp/mot.csv" <<END
mot,0,0.1,0.1,0.2,0.3,,0.500000,3
mot,0,0.5,0.5,0.75,0.75,,1.000000,4
mot,0.0333333333333333,0.2,0.1,0.3,0.3,,0.750000,3
mot,1,0,0,1,1,,1.000000,3
END
check $convert --size 640x480 --fps 30 $data/mot.txt -o "$tmp/mot.txt"
check cmp $data/mot.txt "$tmp/mot.txt"
check $convert --size 640x480 --fps 30 "$tmp/mot.csv" -o "$tmp/mot2.txt"
check cmp $data/mot.txt "$tmp/mot2.txt"
check $convert --fps 25 $data/cvat_video.xml -o "$tmp/cvat.txt" 2>"$tmp/err"
[ "$(wc -l <"$tmp/cvat.txt")" -eq 102 ] || fail "MOT of all frames: $(wc -l <"$tmp/cvat.txt")"
grep -q '^11,0,76.8,57.6,128,192,1,-1,-1,-1$' "$tmp/cvat.txt" || fail "MOT: a frame in between"
told "actions left out: the format holds boxes alone"
expect 1 'width and height of video "mot" are needed' $convert $data/mot.txt -o "$tmp/x.csv"

# --- COCO: categories or attributes are actions; places by names; crowds are nobody
check $convert $data/coco.json --fps 30 -o "$tmp/coco.csv" --labels-output "$tmp/coco.pbtxt" 2>"$tmp/err"
same "COCO" "$tmp/coco.csv" <<END
yard,1,0.5,0.5,0.75,0.75,8,5
yard,1,0.5,0.5,0.75,0.75,9,5
yard,2,0.1,0.1,0.3,0.9,3,
yard,2,0.1,0.1,0.3,0.9,7,
yard,3
END
told "crowds left out: 1"
for file in coco coco_vid; do
    check $convert --fps 25 $data/$file.json --to coco -o "$tmp/$file.json" 2>/dev/null
    check $convert --fps 25 "$tmp/$file.json" --to coco -o "$tmp/$file.again"
    check cmp "$tmp/$file.json" "$tmp/$file.again"
    check $convert --fps 25 $data/$file.json -o "$tmp/there.csv" 2>/dev/null
    check $convert --fps 25 "$tmp/$file.json" -o "$tmp/back.csv"
    check cmp "$tmp/there.csv" "$tmp/back.csv"
    check $convert --fps 25 $data/$file.json --to coco-vid -o "$tmp/vid.json" 2>/dev/null
    check $convert --fps 25 "$tmp/vid.json" -o "$tmp/back.csv"
    check cmp "$tmp/there.csv" "$tmp/back.csv"
done
same "COCO-VID" "$tmp/back.csv" <<END
walk,0,0.1,0.1,0.2,0.2,,9
walk,0.04,0.2,0.1,0.3,0.2,,9
sit,2,0.1,0.1,0.2,0.2,,9
END
check $convert --fps 25 --size 640x480 $data/cvat_video.xml --to coco -o "$tmp/cvat.json" 2>/dev/null
check $convert --fps 25 "$tmp/cvat.json" -o "$tmp/cvat_coco.csv" 2>/dev/null
check cmp "$tmp/drawn.csv" "$tmp/cvat_coco.csv"
check $convert --timestamp-offset 900 --size 340x256 $data/ava.csv --to coco -o "$tmp/ava.json" 2>/dev/null
check $convert --timestamp-offset 900 "$tmp/ava.json" -o "$tmp/ava_coco.csv"
check cmp $data/ava.csv "$tmp/ava_coco.csv"
echo '{"images":[{"id":1}],"annotations":[]}' >"$tmp/bad.json"
expect 1 'images[0] has no id or no file_name' $convert "$tmp/bad.json" -o "$tmp/x.csv"
expect 2 'does not tell the format' $convert $data/coco.json -o "$tmp/x.json"

# every second of a file of all frames: no frame in between becomes a keyframe in which nobody is
printf '%s\n' one,0,0.1,0.1,0.3,0.5,,7 one,0.5 one,1,0.1,0.1,0.3,0.5,,7 one,2 one,2.52,0.1,0.1,0.3,0.5,,8 \
    >"$tmp/frames.csv"
check $convert --fps 25 --every 1 "$tmp/frames.csv" -o "$tmp/every.csv" 2>"$tmp/err"
same "frames in between" "$tmp/every.csv" <<END
one,0,0.1,0.1,0.3,0.5,,7
one,1,0.1,0.1,0.3,0.5,,7
one,2
END
told "persons left out who are at no time of that spacing: 1 (first: one)"
for format in cvat-images coco proposals; do
    check $convert --fps 25 --size 640x480 --every 1 "$tmp/frames.csv" --to $format -o "$tmp/every.$format" 2>"$tmp/err"
    told "persons left out who are at no time of that spacing: 1 (first: one)"
    check $convert --fps 25 "$tmp/every.$format" -o "$tmp/every2.csv" 2>/dev/null
    cut -d, -f1,2 "$tmp/every2.csv" >"$tmp/times"
    printf 'one,%s\n' 0 1 2 | same "frames in between, $format" "$tmp/times"
done

# --- pickles: MultiSports' tubes (label i is id i + 1; frames from 1), MMAction2's proposals
check $convert --fps 10 $data/tubes.pkl -o "$tmp/tubes.csv"
same "tubes" "$tmp/tubes.csv" <<END
aerobics/v_1,0,0.5,0.5,0.75,0.75,1
aerobics/v_1,0.2,0.1,0.1,0.2,0.3,2
aerobics/v_1,0.3,0.11,0.1,0.21,0.3,2
aerobics/v_1,0.8,0,0,1,1,1
aerobics/v_2,0.1,0.1,0.1,0.2025,0.3,2
END
check $convert --fps 10 $data/tubes.pkl --to tubes -o "$tmp/tubes.pkl"
check $convert --fps 10 "$tmp/tubes.pkl" --to tubes -o "$tmp/tubes2.pkl"
check cmp "$tmp/tubes.pkl" "$tmp/tubes2.pkl"
check $convert --fps 10 "$tmp/tubes.pkl" -o "$tmp/tubes2.csv"
check cmp "$tmp/tubes.csv" "$tmp/tubes2.csv"
# protocol 3, a dictionary, its first key of 6 bytes, "labels", a list
[ "$(od -An -tx1 -N 16 "$tmp/tubes.pkl" | tr -d ' \n')" = "80037d2858060000006c6162656c735d" ] || fail "a pickle's head"
check $convert $data/proposals.pkl -o "$tmp/proposals.csv"
same "proposals" "$tmp/proposals.csv" <<END
clip,2,0.1,0.2,0.3,0.4,,0.750000
clip,2,0.5,0.5,1,1,,0.500000
clip,3
yard,902,0.25,0.25,0.75,0.75,,1.000000
END
check $convert "$tmp/proposals.csv" --to proposals -o "$tmp/proposals.pkl"
check $convert "$tmp/proposals.pkl" -o "$tmp/proposals2.csv"
check cmp "$tmp/proposals.csv" "$tmp/proposals2.csv"
expect 2 'does not tell the format' $convert "$tmp/proposals.csv" -o "$tmp/x.pkl"

# --- Label Studio: percent, frames from 1; not enabled: gone behind it; the last enabled one: to the end
check $convert $data/label_studio.json -o "$tmp/studio.csv" 2>"$tmp/err"
same "Label Studio" "$tmp/studio.csv" <<END
park,0,0.1,0.2,0.3,0.6,1
park,1,0.2,0.2,0.4,0.6,1
park,2,0.5,0.5,0.75,0.75,1
park,3,0,0,0.5,1,2
park,3,0,0,0.5,1,3
END
told "results left out that are no boxes: 1 (first: timelinelabels)"
check $convert --every 0.5 $data/label_studio.json -o "$tmp/studio_half.csv" 2>/dev/null
same "Label Studio every half second" "$tmp/studio_half.csv" <<END
park,0,0.1,0.2,0.3,0.6,1
park,0.5,0.152,0.2,0.352,0.6,1
park,1,0.2,0.2,0.4,0.6,1
park,2,0.5,0.5,0.75,0.75,1
park,3,0,0,0.5,1,2
park,3,0,0,0.5,1,3
park,3.5,0,0,0.5,1,2
park,3.5,0,0,0.5,1,3
END
check $convert $data/label_studio.json --to label-studio -o "$tmp/studio.json" 2>/dev/null
check $convert "$tmp/studio.json" --to label-studio -o "$tmp/studio2.json"
check cmp "$tmp/studio.json" "$tmp/studio2.json"
check $convert --every 0.5 "$tmp/studio.json" -o "$tmp/studio_again.csv"
check cmp "$tmp/studio_half.csv" "$tmp/studio_again.csv"
check $convert --fps 30 "$tmp/dets.csv" --min-score 0.5 --to label-studio -o "$tmp/ahead_studio.json" 2>/dev/null
check $convert --labels ava-80 "$tmp/ahead_studio.json" -o "$tmp/ahead_studio.csv"
same "labelling ahead in Label Studio" "$tmp/ahead_studio.csv" <<END
yard,0,0.1,0.2,0.3,0.8,11,3
yard,0,0.5,0.2,0.6,0.8,12,4
yard,1,0.2,0.2,0.4,0.8,12,3
END

# the name that an uploaded video had before
sed 's|/data/upload/3/park.mp4|/data/upload/3/0a1b2c3d-park.mp4|' $data/label_studio.json >"$tmp/uploaded.json"
grep -q 0a1b2c3d "$tmp/uploaded.json" || fail "no uploaded video"
check $convert "$tmp/uploaded.json" -o "$tmp/uploaded.csv" 2>/dev/null
check cmp "$tmp/studio.csv" "$tmp/uploaded.csv"

# --- YOLO's trackers: a folder of files; class, centre, size, then score or id or both
mkdir "$tmp/labels"
printf '0 0.2 0.3 0.2 0.2 7\n0 0.5 0.5 0.5 0.5 0.75 8\n2 0.1 0.1 0.1 0.1 9\n' >"$tmp/labels/street_walk_1.txt"
printf '0 0.25 0.3 0.1 0.2 0.5\n0 0.5 0.5 0.5 0.5\n' >"$tmp/labels/street_walk_31.txt"
: >"$tmp/labels/readme.txt"
check $convert --fps 30 "$tmp/labels" -o "$tmp/yolo.csv" 2>"$tmp/err"
same "YOLO" "$tmp/yolo.csv" <<END
street_walk,0,0.1,0.2,0.3,0.4,,,7
street_walk,0,0.25,0.25,0.75,0.75,,0.750000,8
street_walk,1,0.2,0.2,0.3,0.4,,0.500000,
street_walk,1,0.25,0.25,0.75,0.75,,,
END
told "boxes left out of other classes than 0, persons: 1"
printf '0 0.2 0.3\n' >"$tmp/labels/street_walk_2.txt"
expect 1 'street_walk_2.txt: line 1: wanted class, x, y, width, height' $convert "$tmp/labels" -o "$tmp/x.csv"
expect 1 'is a folder, as format "cvat" is not' $convert --from cvat "$tmp/labels" -o "$tmp/x.csv"

expect 1 'format "yolo" is read, not written' $convert $data/ava.csv --to yolo -o "$tmp/x"

# --- sizes and rates from the videos themselves; several inputs
mkdir "$tmp/videos"
check "$build/tests/tools/make_clip" "$tmp/videos/kitchen.mp4" 640 480 30 25
cp $data/cvat_video.xml "$tmp/videos/kitchen.xml" # no video, though called like one
check $convert --videos "$tmp/videos" "$tmp/videos/kitchen.xml" -o "$tmp/probed.csv" 2>/dev/null
check cmp "$tmp/drawn.csv" "$tmp/probed.csv"
# where somebody is outside nothing is done
"$build/sfconvert" --labels ava-80 --fps 30 "$tmp/ahead.xml" --video-id yard -o "$tmp/x.csv" 2>"$tmp/err"
told "3 boxes, 3 actions"
# CVAT refuses files with frames behind the video's last, 29: nobody is outside there
printf '29,1,64,48,64,48,1,-1,-1,-1\n30,1,64,48,64,48,1,-1,-1,-1\n' >"$tmp/last.txt"
check $convert --videos "$tmp/videos" --video-id kitchen "$tmp/last.txt" -o "$tmp/last.xml" 2>/dev/null
grep -q '<size>30</size>' "$tmp/last.xml" || fail "size of the video: $(grep '<size>' "$tmp/last.xml")"
[ "$(grep -c '<box ' "$tmp/last.xml")" -eq 2 ] || fail "boxes behind the video: $(grep '<box ' "$tmp/last.xml")"
check $convert --videos "$tmp/videos" --labels "$tmp/kitchen.pbtxt" "$tmp/drawn.csv" $data/cvat_video.xml -o "$tmp/both.csv" 2>/dev/null

# --- a file for each video
check $convert --timestamp-offset 900 --size 340x256 --labels ava-80 $data/ava.csv --to cvat --output-dir "$tmp/each" 2>/dev/null
ls "$tmp/each" >"$tmp/files"
same "files" "$tmp/files" <<END
-5KQ66BBWC4.xml
1j20qq1JyX4.xml
END
check $convert --timestamp-offset 900 --labels ava-80 "$tmp/each/1j20qq1JyX4.xml" --to ava -o "$tmp/each.csv" 2>/dev/null
grep '^1j.*,.*,.*,' $data/ava.csv | cmp - "$tmp/each.csv" || fail "a file for each video and back"
expect 2 '--output-dir needs a format' $convert $data/ava.csv --output-dir "$tmp/each"
expect 1 'a file cannot be called like the video "aerobics/v_1"' $convert --fps 10 $data/tubes.pkl --to cvat --output-dir "$tmp/each"

# --- calls that must fail, and leave the output alone
echo before >"$tmp/out.xml"
expect 1 'ava.csv: line 1: ' $convert $data/ava.csv -o "$tmp/size.csv" --from cvat
expect 1 'video "yard": its boxes are in fractions and wanted in pixels' $convert $data/dets.jsonl -o "$tmp/out.xml"
expect 1 "CVAT's video files are of one video, there are 2" $convert $data/ava.csv --size 10x10 -o "$tmp/out.xml"
[ "$(cat "$tmp/out.xml")" = before ] || fail "an output was written over"
expect 2 'does not tell the format' $convert $data/ava.csv -o "$tmp/out.what"
expect 2 'no output' $convert $data/ava.csv
expect 2 '--size' $convert $data/ava.csv --size 640 -o "$tmp/x.csv"
expect 2 'would overwrite the input' $convert "$tmp/ava.csv" -o "$tmp/ava.csv"
expect 1 'of no format of annotations that is known' $convert "$build/sfconvert" -o "$tmp/x.csv"
printf '<annotations><track id="0" label="a"><box frame="1"' >"$tmp/cut.xml"
expect 1 'cut.xml: line 1: ' $convert "$tmp/cut.xml" -o "$tmp/x.csv"
printf '<!DOCTYPE a [<!ENTITY b "bbbb">]><annotations>&b;</annotations>' >"$tmp/doctype.xml"
expect 1 'a document type or an entity' $convert "$tmp/doctype.xml" --from cvat -o "$tmp/x.csv"
printf '<annotations><track id="0" label="a"><box frame="1" xtl="5" ytl="1" xbr="4" ybr="9"/></track></annotations>' >"$tmp/inverted.xml"
expect 1 'inverted.xml: line 1: right is 4, wanted left (5) or more' $convert --fps 5 "$tmp/inverted.xml" --size 9x9 -o "$tmp/x.csv"
printf '<annotations><track id="0" label="a"><box frame="1e9" xtl="nan" ytl="1" xbr="4" ybr="9"/></track></annotations>' >"$tmp/nan.xml"
expect 1 'left is nan' $convert --fps 5 "$tmp/nan.xml" --size 9x9 -o "$tmp/x.csv"

# --- a user's own files, where they are there
shared=${SFD_SHARED:-../../../shared}
own=$shared/clips/own_data
if [ -f $own/1_annotations.xml ]; then
    check $convert --fps 1 --timestamp-offset 1 --video-id 1 --videos $own --labels $own/action_list.pbtxt \
        $own/1_annotations.xml -o "$tmp/own.csv"
    [ "$(wc -l <"$tmp/own.csv")" -eq 35 ] || fail "own data: rows"
    # the track's first box is one of the user's own rows for that second, to the pixel
    grep -q '^1,2,0.515625,0.647222222222222,0.6203125,0.997222222222222,,6$' "$tmp/own.csv" || fail "own data: a box"
    check $convert --fps 1 --timestamp-offset 1 --videos $own --labels $own/action_list.pbtxt "$tmp/own.csv" -o "$tmp/own.xml"
    check $convert --fps 1 --timestamp-offset 1 --video-id 1 --labels $own/action_list.pbtxt "$tmp/own.xml" -o "$tmp/own2.csv"
    check cmp "$tmp/own.csv" "$tmp/own2.csv"
fi
tubes=$shared/eval/multisports/gt.pkl
if [ -f $tubes ]; then
    check $convert $tubes --to tubes -o "$tmp/gt.pkl" 2>/dev/null
    check $convert "$tmp/gt.pkl" --to tubes -o "$tmp/gt2.pkl" 2>/dev/null
    check cmp "$tmp/gt.pkl" "$tmp/gt2.pkl"
    check $convert $tubes -o "$tmp/gt.csv" 2>/dev/null
    [ "$(wc -l <"$tmp/gt.csv")" -eq 224 ] || fail "MultiSports: $(wc -l <"$tmp/gt.csv") rows"
fi
finish
