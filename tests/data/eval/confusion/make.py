# SPDX-License-Identifier: Apache-2.0
"""A random set and, by loops that share nothing with the library, which labels are said instead of which.

    python3 make.py      writes truth.csv, found.csv and expected.csv beside it

expected.csv has rows min_score,missed,said,n: a wrong label (a detection of a label without a truth of that label over
IoU 0.5 that it could be, on a person) counts once for each label of the person it overlaps most that no detection took.
"""
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
LABELS = [3, 11, 12, 14, 80]
FRAMES = 40


def iou(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    area = lambda x: (x[2] - x[0]) * (x[3] - x[1])
    return w * h / (area(a) + area(b) - w * h)


def near(r, box):
    return tuple(round(min(1, max(0, v + r.uniform(-0.03, 0.03))), 3) for v in box)


def make(r):
    truth, found = [], []
    for frame in range(902, 902 + FRAMES):
        for person in range(r.randint(1, 3)):
            x = round(0.3 * person + r.uniform(0, 0.04), 3)
            box = (x, 0.2, round(x + 0.25, 3), 0.9)
            labels = r.sample(LABELS, r.randint(1, 3))
            truth += [(frame, box, label) for label in labels]
            for label in LABELS:
                for _ in range(r.choice([0, 1, 1, 2]) if label in labels else r.choice([0, 0, 1])):
                    found.append((frame, near(r, box), label))
        found.append((frame, (0.92, 0.0, 0.99, 0.1), r.choice(LABELS)))  # of nobody
    scores = [i / 2000 for i in r.sample(range(1, 2000), len(found))]
    return truth, [row + (score,) for row, score in zip(found, scores)]


def confusions(truth, found, min_score):
    found = sorted((row for row in found if row[3] >= min_score), key=lambda row: -row[3])
    taken, wrong = set(), []
    for frame, box, label, _ in found:
        mine = [(iou(box, t[1]), i) for i, t in enumerate(truth) if t[0] == frame and t[2] == label]
        best = max(mine, default=(0, None))
        if best[0] >= 0.5:
            taken.add(best[1])  # or a duplicate
        else:
            people = [(iou(box, t[1]), t[1]) for t in truth if t[0] == frame]
            overlap, person = max(people)
            if overlap >= 0.5:
                wrong.append((frame, person, label))
    counts = {}
    for frame, person, said in wrong:
        for i, t in enumerate(truth):
            if t[0] == frame and t[1] == person and i not in taken:
                counts[t[2], said] = counts.get((t[2], said), 0) + 1
    return counts


def write(name, rows):
    with open(os.path.join(HERE, name), "w") as f:
        f.writelines(",".join(map(str, row)) + "\n" for row in rows)


random_set = make(random.Random(5))
write("truth.csv", [("v", t[0], *t[1], t[2], 1) for t in random_set[0]])
write("found.csv", [("v", d[0], *d[1], d[2], d[3]) for d in random_set[1]])
write("expected.csv", [(s, *pair, n) for s in (0, 0.5, 0.8)
                       for pair, n in sorted(confusions(*random_set, s).items(), key=lambda x: (-x[1], x[0]))])
