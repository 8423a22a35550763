# SPDX-License-Identifier: Apache-2.0
"""Records how PySlowFast looks at videos: frames of clips, scores over views, accuracy and mAP.

    /usr/bin/python3 make.py ../../../../shared/reference PYSLOWFAST

PYSLOWFAST is a checkout of facebookresearch/SlowFast; its own functions choose frames, scale and
crop (they are taken out of its files one by one, since these import more than there is). The network
is the reference's, with the weights of ../golden/kinetics_sf_r50. Pictures are made by picture().
"""
import ast
import json
import math
import os
import random
import sys
import types

import numpy as np
import torch
import yaml

REFERENCE, PYSLOWFAST = sys.argv[1], sys.argv[2]
sys.path.insert(0, REFERENCE)
import slowfast_reference as reference  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden", "kinetics_sf_r50")


def take(path, *names):
    """Functions and methods of a file of PySlowFast's, as a namespace."""
    with open(os.path.join(PYSLOWFAST, "slowfast", path)) as f:
        tree = ast.parse(f.read())
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in names]
    space = {"np": np, "torch": torch, "math": math, "random": random, "transform": None, "utils": None}
    exec(compile(ast.Module(found, []), path, "exec"), space)
    return types.SimpleNamespace(**{n: space[n] for n in names}, space=space)


decoder = take("datasets/decoder.py", "temporal_sampling", "get_multiple_start_end_idx")
transform = take("datasets/transform.py", "random_short_side_scale_jitter", "uniform_crop")
utils = take("datasets/utils.py", "spatial_sampling", "tensor_normalize")
utils.space["transform"] = transform
charades = take("datasets/charades.py", "get_seq_frames")
charades.space["utils"] = types.SimpleNamespace(get_random_sampling_rate=lambda long, rate: rate)
ssv2 = take("datasets/ssv2.py", "get_seq_frames")


def by_time(n, fps, num_frames, rate, k, clips, offset):
    """decoder.decode() where the whole video is decoded, frames standing for their numbers."""
    sizes = [np.maximum(1.0, rate * num_frames / 30 * fps)]
    ends = decoder.get_multiple_start_end_idx(n, sizes, k, clips, use_offset=offset)
    numbers = torch.arange(n).view(n, 1, 1, 1)
    return decoder.temporal_sampling(numbers, ends[0, 0], ends[0, 1], num_frames).flatten().tolist()


def by_list(module, n, num_frames, rate, k, clips):
    data = types.SimpleNamespace(NUM_FRAMES=num_frames, SAMPLING_RATE=rate)
    test = types.SimpleNamespace(NUM_ENSEMBLE_VIEWS=clips, NUM_SPATIAL_CROPS=1)
    grid = types.SimpleNamespace(LONG_CYCLE_SAMPLING_RATE=0)
    cfg = types.SimpleNamespace(DATA=data, TEST=test, MULTIGRID=grid)
    self = types.SimpleNamespace(cfg=cfg, mode="test", _spatial_temporal_idx=[k],
                                 _path_to_videos=[[0] * n], _labels=[[0] * n])
    return module.get_seq_frames(self, 0)


def choose(rule, n, fps, num_frames, rate, k, clips):
    if rule == "spread":
        return by_list(charades, n, num_frames, rate, k, clips)
    if rule == "segments":
        return by_list(ssv2, n, num_frames, rate, k, clips)
    return by_time(n, fps, num_frames, rate, k, clips, rule == "offset")


def choices():
    rng, out = random.Random(4), []
    for i in range(240):
        rule = ("uniform", "offset", "spread", "segments")[i % 4]
        clips = rng.choice([2, 3, 5, 10]) if rule == "spread" else rng.choice([1, 2, 3, 5, 10])
        case = dict(rule=rule, n=rng.choice([1, 2, 7, 50, 150, 250, 300, 301, 517, 3001]),
                    fps=rng.choice([24.0, 25.0, 30.0, 30000 / 1001, 24000 / 1001, 15.0, 50.0, 12.5]),
                    num_frames=rng.choice([4, 8, 16, 32, 64]), rate=rng.choice([1, 2, 4, 8, 16]),
                    clips=clips)
        k = rng.randrange(clips)
        out.append(dict(case, k=k, frames=choose(k=k, **case)))
    return out


def picture(f, width, height):
    """RGB; tests/classify/test_classifier.c makes the same."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * (3 + c) + y * (5 - c) + f * 7 * (c + 1) + (x * y >> 4)) & 255).astype(np.uint8)


def scores(case):
    """of all views together, and of each."""
    with open(GOLDEN + "/config.yaml") as f:
        cfg = yaml.safe_load(f)
    cfg["MODEL"]["HEAD_ACT"] = case["act"]
    cfg["DATA"]["TRAIN_CROP_SIZE"] = 64
    net = reference.SlowFast(cfg, reference.load_safetensors(GOLDEN + "/weights.safetensors"))
    video = [picture(f, case["width"], case["height"]) for f in range(case["n"])]
    if case["bgr"]:
        video = [p[:, :, ::-1].copy() for p in video]
    views = []
    for k in range(case["clips"]):
        numbers = choose(case["rule"], case["n"], case["fps"], 8, 2, k, case["clips"])
        frames = torch.as_tensor(np.stack([video[i] for i in numbers])).float() / 255.0
        frames = utils.tensor_normalize(frames, [0.45] * 3, [0.225] * 3).permute(3, 0, 1, 2)
        for crop in range(case["crops"]):
            at = 1 if case["crops"] == 1 and case["rule"] in ("uniform", "offset") else crop
            shown = utils.spatial_sampling(frames, at, case["side"], case["side"], case["crop"])
            views.append(net(shown)["scores"].numpy())
    views = np.stack(views)
    return views.max(0) if case["average"] == "max" else views.astype(np.float64).mean(0)


def recorded_scores():
    base = dict(rule="uniform", n=23, fps=30.0, width=80, height=64, clips=2, crops=3, side=64, crop=64,
                average="mean", act="softmax", bgr=False)
    cases = [{},
             dict(width=64, height=83, clips=3, n=40),
             dict(width=120, height=90, fps=25.0),
             dict(width=51, height=49, side=72, n=9),
             dict(width=131, height=90, side=96, crop=64, crops=1, clips=1),
             dict(width=100, height=100, side=96, crop=96, crops=2, rule="offset", n=50, fps=24.0),
             dict(rule="spread", act="sigmoid", average="max", clips=3, n=60, width=90, height=70),
             dict(rule="spread", act="sigmoid", average="max", bgr=True, crops=1),
             dict(rule="segments", clips=1, n=70, width=114, height=85),
             dict(rule="segments", clips=1, crops=1, n=5)]
    out = []
    for case in cases:
        case = dict(base, **case)
        out.append(dict(case, scores=[float(s) for s in scores(case)]))
    return out


def write(name, value):
    with open(os.path.join(HERE, name), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(v) for v in value) + "\n]\n")


write("choices.json", choices())
write("scores.json", recorded_scores())
