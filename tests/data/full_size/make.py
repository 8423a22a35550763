# SPDX-License-Identifier: Apache-2.0
"""Records what a PyTorch reference gives for one clip at full size; test_full_size.c compares.

    make.py REFERENCE_DIR PRESET CONFIG.yaml WEIGHTS.safetensors OUT.json

REFERENCE_DIR holds slowfast_reference.py, CONFIG.yaml describes PRESET, and WEIGHTS.safetensors comes
from `sfmodel init PRESET --seed 7`. Of every stage SAMPLES values at fixed places are kept, with the
largest magnitude of all.
"""
import json
import sys

import numpy as np
import yaml

SAMPLES = 200
WIDTH, HEIGHT = 341, 256
BOXES = [[20.0, 30.5, 150.25, 220.0], [180.0, 10.0, 340.0, 255.0], [100.0, 100.0, 130.0, 160.0]]


def frames(n):
    """uint8 [n, H, W, 3]: moving triangles with a little noise, from integers only."""
    t, y, x, c = np.meshgrid(np.arange(n), np.arange(HEIGHT), np.arange(WIDTH), np.arange(3), indexing="ij")
    wave = (x * (3 + c) + y * (5 - c) + t * 9) & 511
    triangle = np.where(wave < 256, wave, 511 - wave)
    noise = ((x * 7919 + y * 104729 + t * 1299709 + c * 15485863) >> 3) & 15
    return ((triangle * 15 >> 4) + noise).astype(np.uint8)


def main(reference_dir, preset, config, weights, out):
    sys.path.insert(0, reference_dir)
    import slowfast_reference as reference

    cfg = yaml.safe_load(open(config))
    net = reference.SlowFast(cfg, reference.load_safetensors(weights))
    clip = reference.preprocess_frames(list(frames(cfg["DATA"]["NUM_FRAMES"])), HEIGHT, bgr=False)
    stages = {}
    for name, value in net(clip, np.float32(BOXES)).items():
        flat = value.numpy().ravel()
        at = (np.arange(SAMPLES, dtype=np.int64) * 1000003) % flat.size
        stages[name] = {"size": flat.size, "max": float(np.abs(flat).max()),
                        "values": [float(v) for v in flat[at]]}
    with open(out, "w") as f:
        json.dump({"preset": preset, "seed": 7, "width": WIDTH, "height": HEIGHT, "boxes": BOXES,
                   "stages": stages}, f, separators=(",", ":"))


if __name__ == "__main__":
    main(*sys.argv[1:])
