# SPDX-License-Identifier: Apache-2.0
"""Records scores and features of boxes averaged over scales and mirrored pictures, computed by the reference.

    /usr/bin/python3 make.py ../../../../shared/reference > scores.json

The network is that of ../golden/sf_r50; pictures and boxes are made here, and alike by
tests/pipeline/test_views.c. A picture is resized first, then mirrored, its boxes becoming
width - 1 - x, as PySlowFast does with AVA.TEST_FORCE_FLIP.
"""
import json
import os
import sys

import numpy as np
import torch
import yaml

sys.path.insert(0, sys.argv[1])
import slowfast_reference as reference  # noqa: E402

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "sf_r50")
CLASSES = 80
BOXES = [[0.1, 0.2, 0.5, 0.9], [0.3, 0.0, 1.0, 1.0], [0.62, 0.41, 0.77, 0.68]]


def picture(f, width, height):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * (3 + c) + y * (5 - c) + f * 7 * (c + 1) + (x * y >> 4)) & 255).astype(np.uint8)


def run(net, width, height, side, flip):
    n = net.cfg["DATA"]["NUM_FRAMES"]
    frames = reference.preprocess_frames([picture(f, width, height) for f in range(n)], side, bgr=False)
    boxes = reference.preprocess_boxes(BOXES, height, width, side)
    if flip:
        frames, right = frames.flip(-1), frames.shape[-1] - 1
        boxes = torch.stack([right - boxes[:, 2], boxes[:, 1], right - boxes[:, 0], boxes[:, 3]], 1)
    out = net(frames, boxes)
    return torch.cat([out["scores"], out["roi_features"]], 1).double()


with open(GOLDEN + "/config.yaml") as f:
    network = reference.SlowFast(yaml.safe_load(f), reference.load_safetensors(GOLDEN + "/weights.safetensors"))
cases = []
for width, height, sides, mirrored in [(100, 75, [64], True), (100, 75, [64, 80, 96], False),
                                       (70, 91, [72, 64], True)]:
    views = [run(network, width, height, s, f) for s in sides for f in ([False, True] if mirrored else [False])]
    mean = torch.stack(views).mean(0)
    rows = [[round(float(v), 9) for v in row] for row in mean]
    cases.append(dict(width=width, height=height, sides=sides, mirrored=mirrored,
                      scores=[row[:CLASSES] for row in rows], features=[row[CLASSES:] for row in rows]))
print("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]")
