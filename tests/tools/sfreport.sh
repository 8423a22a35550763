#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sfreport run as a user would; calls that must fail. What browsers make of its page is tests/report's.
set -u
. "$(dirname "$0")/lib.sh"
demo=$(cd "$(dirname "$0")/../../data/demo" && pwd)
sfreport="$build/sfreport --quiet"
cd "$tmp" || exit 1
cp "$demo/street.mp4" . && mkdir videos elsewhere && cp street.mp4 videos/street.mp4 && cp street.mp4 videos/other.mp4
sed 's/,[0-9]*$/,0.9/' "$demo/street.csv" >dets.csv

# shows TEXT: the page has it
shows() {
    grep -qF -e "$1" report.html || fail "report.html has no $1"
}

check $sfreport dets.csv
shows '"size":null,"pictures":[]'
check $sfreport dets.csv --video street.mp4 --gt "$demo/street.csv" --labels "$demo/labels.pbtxt"
shows '"map":1,'
shows '"link":"street.mp4","embedded":false'
[ "$(grep -o 'data:image/jpeg' report.html | wc -l)" -eq 9 ] || fail "pictures of keyframes"
check $sfreport dets.csv --video videos -o elsewhere/page.html
grep -qF '"link":"../videos/street.mp4"' elsewhere/page.html || fail "link from another folder"
check $sfreport dets.csv --video street.mp4 --thumbnails 4 --thumbnail-width 32 --title 'A & B'
[ "$(grep -o 'data:image/jpeg' report.html | wc -l)" -eq 4 ] || fail "--thumbnails"
shows '"title":"A \u0026 B"'
check $sfreport dets.csv --video street.mp4 --embed --thumbnails 0 -o - >report.html
shows '<script type="application/octet-stream" id="video-0">AAAA'
sed -n 's/.*id="video-0">\([^<]*\)<.*/\1/p' report.html | base64 -d | cmp - street.mp4 || fail "embedded video"

# the score is sfeval's, with the best 50 rows of a frame, frames left out, and another measure
"$build/sfdetect" --quiet --proposals "$demo/street_boxes.csv" --out-dir set --also json street.mp4
cp set/street.csv found.csv && cp set/street.json found.jsonl
echo street,3 >excluded.csv
for dialect in activitynet_2020 pyslowfast; do
    "$build/sfeval" --gt "$demo/street.csv" --labels "$demo/labels.pbtxt" --exclude excluded.csv --dialect $dialect \
        --json eval.json found.csv >stdout 2>&1
    check $sfreport found.csv --gt "$demo/street.csv" --labels "$demo/labels.pbtxt" --exclude excluded.csv --dialect $dialect 2>stderr
    map=$(sed -n 's/.*"mAP":[ \t]*\(0\.[0-9]\{5\}\).*/\1/p' eval.json | head -1)
    shows "\"map\":${map:-none}"
done
check $sfreport found.jsonl --gt "$demo/street.csv" --labels "$demo/labels.pbtxt" --exclude excluded.csv --dialect pyslowfast 2>stderr
shows "\"map\":$map"

# a person who does none of the actions and a keyframe without people are no label 0
{ cat "$demo/street.csv"; printf 'street,0002,0.1,0.1,0.2,0.2,,9\nstreet,0009\n'; } >idle.csv
"$build/sfeval" --gt idle.csv --labels "$demo/labels.pbtxt" --json eval.json found.csv >stdout 2>&1
check "$build/sfreport" found.csv --gt idle.csv --labels "$demo/labels.pbtxt" >stdout 2>stderr
shows "\"map\":$(sed -n 's/.*"mAP":[ \t]*\(0\.[0-9]\{5\}\).*/\1/p' eval.json | head -1)"
! grep -e 'no AVA action' -e 'order of corners' stderr || fail "people without an action taken as label 0"

# a byte order mark and no last line end change nothing; a line that is cut off is no less than an error
mkdir other
check $sfreport found.jsonl -o whole.html 2>stderr
printf '\357\273\277%s' "$(cat found.jsonl)" >other/found.jsonl
check $sfreport other/found.jsonl -o marked.html 2>stderr
sed 's|other/||g' marked.html | cmp -s - whole.html || fail "a byte order mark, no line end"
head -c -40 found.jsonl >other/found.jsonl
expect 1 "found.jsonl: line $(wc -l <found.jsonl) is no JSON object" $sfreport other/found.jsonl -o cut.html

# folders: of a data set, whose JSON lines come first, and of training
mkdir run && printf 'epoch,rate,loss,mAP,seconds\n1,0.1,2.5,,3\n' >run/log.csv
check $sfreport set run
shows '"runs":["set"]'
shows '"trainings":[{"name":"run","columns":["epoch","rate","loss","mAP","seconds"],"values":[1,0.1,2.5,null,3]}]'
rm report.html

expect 2 "OUT_DIR|DETS... was wanted" $sfreport
expect 2 "would overwrite the input dets.csv" $sfreport dets.csv -o ./dets.csv
expect 2 "would overwrite the input street.mp4" $sfreport dets.csv --video street.mp4 -o street.mp4
expect 1 "absent.csv" $sfreport absent.csv
expect 1 "neither a folder of sfdetect --out-dir" $sfreport videos
expect 1 "there are no rows of video \"other\"" $sfreport dets.csv --video videos/other.mp4
echo "street,1,0,0,1,1,12" >gt.csv && echo "street,1,0,0,1,x,12" >>gt.csv
expect 1 "gt.csv: line 2, column 6 (y2): \"x\"" $sfreport dets.csv --gt gt.csv
[ ! -e report.html ] || fail "a page in spite of errors"

# videos that cannot be read, or lack keyframes, are told; the page is there
echo "no video" >street.mp4
expect 0 "warning: street.mp4: " $sfreport dets.csv --video street.mp4
echo "street,900,0,0,1,1,12,0.5" >late.csv
expect 0 "1 keyframe is not in it (is the timestamp offset right?)" $sfreport late.csv --video videos/street.mp4
finish
