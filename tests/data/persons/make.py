#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random boxes and tracks with what pycocotools and py-motmetrics say of them (pip install pycocotools motmetrics).

boxes_N.txt:  "T picture x y width height crowd", "D picture x y width height score", then "E" and the results
tracks_N.txt: "T frame id x y width height", "R ...", then "E" and the results
"""
import contextlib
import io
import random

import motmetrics
import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

if not hasattr(numpy, "asfarray"):
    numpy.asfarray = lambda a: numpy.asarray(a, dtype=float)


def jitter(box, amount, rng):
    x, y, w, h = box
    return [x + rng.gauss(0, amount) * w, y + rng.gauss(0, amount) * h,
            w * (1 + rng.gauss(0, amount)), h * (1 + rng.gauss(0, amount))]


def random_box(rng):
    return [rng.uniform(0, 300), rng.uniform(0, 200), rng.uniform(5, 120), rng.uniform(5, 150)]


def make_boxes(number, rng, crowds):
    truth, detections = [], []
    for picture in rng.sample(range(1, 99), 12):
        for _ in range(rng.randrange(0, 9)):
            box = random_box(rng)
            crowd = int(rng.random() < crowds)
            truth.append((picture, box, crowd))
            for _ in range(rng.choice([0, 1, 1, 1, 2])):
                detections.append((picture, jitter(box, rng.choice([0.02, 0.06, 0.2]), rng), rng.choice(
                    [rng.random(), round(rng.random(), 1)])))
        for _ in range(rng.randrange(0, 4) if number != 3 else 110):
            detections.append((picture, random_box(rng), rng.random() * 0.7))
    truth_json = {"images": [{"id": i} for i in sorted({t[0] for t in truth} | {d[0] for d in detections})],
                  "categories": [{"id": 1}],
                  "annotations": [{"id": i + 1, "image_id": p, "category_id": 1, "bbox": b, "area": b[2] * b[3],
                                   "iscrowd": c} for i, (p, b, c) in enumerate(truth)]}
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = truth_json
        coco.createIndex()
        results = coco.loadRes([{"image_id": p, "category_id": 1, "bbox": b, "score": s} for p, b, s in detections])
        e = COCOeval(coco, results, "bbox")
        e.evaluate()
        e.accumulate()
        e.summarize()
    with open(f"boxes_{number}.txt", "w") as f:
        for p, b, c in truth:
            print("T", p, *map(repr, b), c, file=f)
        for p, b, s in detections:
            print("D", p, *map(repr, b), repr(s), file=f)
        recall50 = e.eval["recall"][0, 0, 0, 2]
        print("E", len(truth_json["images"]), *(repr(float(v)) for v in (*e.stats[:3], e.stats[8], recall50)), file=f)


def make_tracks(number, rng):
    truth, tracks, next_id = [], [], 100
    for person in range(rng.randrange(2, 8)):
        box = random_box(rng)
        start, end = sorted(rng.sample(range(1, 60), 2))
        track = next_id
        next_id += 1
        for frame in range(start, end):
            box = [box[0] + rng.gauss(2, 2), box[1] + rng.gauss(0, 2), box[2], box[3]]
            truth.append((frame, person + 1, box))
            if rng.random() < 0.08:
                track = next_id if rng.random() < 0.7 else rng.randrange(100, next_id)
                next_id += 1
            if rng.random() < 0.85 and (frame, track) not in {(t[0], t[1]) for t in tracks}:
                tracks.append((frame, track, jitter(box, 0.08, rng)))
    for _ in range(20):
        tracks.append((rng.randrange(1, 70), next_id, random_box(rng)))
        next_id += 1
    acc = motmetrics.MOTAccumulator()
    for frame in sorted({t[0] for t in truth} | {t[0] for t in tracks}):
        t = sorted((x for x in truth if x[0] == frame), key=lambda x: x[1])
        r = sorted((x for x in tracks if x[0] == frame), key=lambda x: x[1])
        d = motmetrics.distances.iou_matrix([x[2] for x in t], [x[2] for x in r], max_iou=0.5)
        acc.update([x[1] for x in t], [x[1] for x in r], d, frameid=frame)
    names = ["num_frames", "num_unique_objects", "num_objects", "num_predictions", "num_misses", "num_false_positives",
             "num_switches", "num_fragmentations", "mostly_tracked", "partially_tracked", "mostly_lost", "mota", "idf1",
             "idp", "idr"]
    s = motmetrics.metrics.create().compute(acc, metrics=names, name="all")
    with open(f"tracks_{number}.txt", "w") as f:
        for kind, rows in (("T", truth), ("R", tracks)):
            for frame, i, b in rows:
                print(kind, frame, i, *map(repr, b), file=f)
        print("E", *(repr(float(s[n].iloc[0])) for n in names), file=f)


if __name__ == "__main__":
    rng = random.Random(5)
    for n in range(1, 6):
        make_boxes(n, rng, 0.15 if n % 2 else 0)
    for n in range(1, 9):
        make_tracks(n, rng)
