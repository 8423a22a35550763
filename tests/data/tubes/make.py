#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random truths in tubes and detections, with what MMAction2's evaluator says of them.

  make.py multisports_utils.py    (mmaction/evaluation/functional/ of open-mmlab/mmaction2 at 4d6c9347; NumPy below 1.25)

Writes set_N.pkl, set_N.csv, and dump.pkl, the detections of set 0 as MMAction2 dumps them; expected.txt has a line
for each run: set, linking, shortest tube, frame mAP, video mAP at 0.2, 0.5, 0.05:0.45, 0.1:0.9, 0.5:0.95, tubes."""
import pickle
import sys
import types

import numpy as np


def original(path, own_scores):
    """The evaluator without its logger and progress bar; with the scores of the boxes themselves where it takes the
    last one's."""
    class Silent:
        @staticmethod
        def get_current_instance():
            return Silent()

        def info(self, *_):
            pass
    for name, parts in {'mmengine': {}, 'mmengine.logging': {'MMLogger': Silent}, 'rich': {},
                        'rich.progress': {'track': lambda x, description='': x}}.items():
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__dict__.update(parts)
    with open(path) as f:
        text = f.read()
    module = types.ModuleType('original')
    exec(text.replace('frm_det[3]]', 'frm_dets[3]]') if own_scores else text, module.__dict__)
    return module


def truth(r, videos, labels, trained):
    tubes, frames, sizes = {}, {}, {}
    whole = r.rand() < .5
    for v in [str(v) for v in r.permutation(videos + trained)]:
        n = frames[v] = int(r.choice([30, 60, 150]))
        h, w = sizes[v] = int(r.choice([240, 720])), int(r.choice([320, 1280]))
        tubes[v] = {}
        for label in [int(i) for i in r.permutation(len(labels))]:
            tubes[v][label] = []
            for _ in range(r.randint(0, 3)):
                length = int(r.randint(1, min(n, 50) + 1))
                first = int(r.randint(1, n - length + 2))
                x, y, bw, bh = r.rand(4) * [w * .6, h * .6, w * .3, h * .3] + [0, 0, w * .1, h * .1]
                f = np.arange(length)
                a = np.stack([f + first, x + f, y + f, x + f + bw, y + f + bh], 1)
                tubes[v][label].append((np.round(a) if whole else a).astype(r.choice(['f4', 'f4', 'f8'])))
    return dict(labels=labels, gttubes=tubes, nframes=frames, test_videos=[videos], train_videos=[trained],
                resolution=sizes)


def detections(r, gt):
    rows, n_labels = [], len(gt['labels'])
    for v in gt['test_videos'][0]:
        h, w = gt['resolution'][v]
        for label, tubes in gt['gttubes'][v].items():
            for a in tubes:
                for _ in range(r.choice([1, 1, 2])):
                    base, off = r.rand(), np.tile(r.randn(2) * .02, 2)
                    other = label if r.rand() < .8 else r.randint(n_labels)
                    for row in a:
                        if r.rand() < .99:
                            box = row[1:] / [w, h, w, h] + off + r.randn(4) * .003
                            rows.append((v, int(row[0]), box, other, np.clip(base + .1 * r.randn(), 0, 1)))
        for _ in range(r.randint(0, 20)):
            x, y = np.sort(r.rand(2)), np.sort(r.rand(2))
            rows.append((v, int(r.randint(1, gt['nframes'][v] + 1)), np.array([x[0], y[0], x[1], y[1]]),
                         int(r.randint(n_labels)), r.rand()))
    digits = int(r.choice([2, 3]))
    rows = [(v, f, np.round(b, digits), l, round(float(s), int(digits))) for v, f, b, l, s in rows]
    return [rows[i] for i in r.permutation(len(rows))] if r.rand() < .5 else rows


def as_original(gt, rows):
    out = []
    for v, frame, box, label, score in rows:
        h, w = gt['resolution'][v]
        pixels = box.astype(np.float32)
        pixels *= np.array([w, h, w, h])
        out.append([gt['test_videos'][0].index(v), frame, label, np.float32(score), *pixels])
    return np.array(out)


def dump(gt, rows):
    out = []
    for v, frame, box, label, score in rows:
        scores = np.zeros((1, len(gt['labels'])), np.float32)
        scores[0, label] = score
        out.append(dict(video_id=v + '.mp4', timestamp=frame,
                        pred_instances=dict(bboxes=box.astype(np.float32)[None], scores=scores)))
    return out


def main(path):
    expected = []
    for number in range(8):
        r = np.random.RandomState(number)
        labels = ['basketball save' if number == 3 else 'zero', 'one', 'two'][:1 + number % 3]
        gt = truth(r, ['g/b', 'g/a', 'c'][:1 + number % 3], labels, ['g/trained'])
        rows = detections(r, gt)
        with open(f'set_{number}.pkl', 'wb') as f:
            pickle.dump(gt, f, protocol=2 + number % 4)
        with open(f'set_{number}.csv', 'w') as f:
            for v, frame, box, label, score in rows:
                f.write(f'{v},{frame},' + ','.join('%.3f' % x for x in box) + f',{label + 1},{score:.3f}\n')
        if number == 0:
            with open('dump.pkl', 'wb') as f:
                pickle.dump(dump(gt, rows), f, protocol=4)
        for own in False, True:
            shortest = 15 if number % 2 else 3
            m = original(path, own)
            found = as_original(gt, rows)
            tubes = m.link_tubes(gt, found, len_thre=shortest)

            def video(first, step, n):
                return sum(m.videoAP(gt, tubes, first + step * i, False) for i in range(n)) / n
            values = [m.frameAP(gt, found, .5, False), video(.2, 0, 1), video(.5, 0, 1), video(.05, .05, 9),
                      video(.1, .1, 9), video(.5, .05, 10)]
            expected.append(f'{number} {int(own)} {shortest} ' + ' '.join('%.17g' % x for x in values) +
                            f' {sum(len(t) for t in tubes.values())}\n')
    with open('expected.txt', 'w') as f:
        f.writelines(expected)


if __name__ == '__main__':
    main(sys.argv[1])
