# SPDX-License-Identifier: Apache-2.0
"""Records what small networks of other code give for a clip and some boxes.

    /usr/bin/python3 make.py        writes NAME.json beside this file; needs PyTorch and torchvision

NAME.yaml or NAME.py, where there is one, is the configuration that the network is opened with.
"""
import json
import os

import numpy as np
import torch

from reference import AVSlowFast, MMAction2, MMAction2Audio, PySlowFast, features, sound

HERE = os.path.dirname(os.path.abspath(__file__))
BOXES = [[8.0, 4.5, 60.25, 70.0], [30.0, 20.0, 95.0, 79.0], [0.0, 0.0, 40.0, 40.0]]
AV_BOXES = [[8.0, 4.5, 60.25, 60.0], [0.0, 0.0, 40.0, 40.0]]
NONLOCAL = ((), (1, 3), (1, 3, 5), ())


def pictures(n, width, height):
    """uint8 [n, H, W, 3]: those of test_networks.c."""
    t, y, x, c = np.meshgrid(np.arange(n), np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    wave = (x * (7 + 2 * c) + y * (11 - 3 * c) + t * (17 + 5 * c)) & 511
    return np.where(wave < 256, wave, 511 - wave).astype(np.uint8)


def clip(n, width, height, mean, std, bgr=False):
    x = (pictures(n, width, height).astype(np.float32) / np.float32(255) - np.float32(mean)) / np.float32(std)
    x = x[..., ::-1] if bgr else x
    return torch.from_numpy(np.ascontiguousarray(x.transpose(3, 0, 1, 2)))[None]


def pyslowfast_clip(n, width=96, height=64, bgr=False):
    return clip(n, width, height, [0.45] * 3, [0.225] * 3, bgr)


def mmaction2_clip(n, width=96, height=80):
    return clip(n, width, height, np.float32([123.675, 116.28, 103.53]) / 255,
                np.float32([58.395, 57.12, 57.375]) / 255)


def write(name, net, x, result, boxes=()):
    scores, features = result
    tensors = [[k, list(v.shape)] for k, v in net.w.tensors.items()]
    with open(os.path.join(HERE, name + ".json"), "w") as f:
        json.dump({"frames": x.shape[2], "width": x.shape[4], "height": x.shape[3], "boxes": list(boxes),
                   "classes": scores.shape[1],
                   "scores": [round(float(v), 9) for v in scores.flatten()],
                   "features": [float(f"{float(v):.8g}") for v in features[0]],
                   "tensors": tensors}, f, separators=(",", ":"))


def classify(name, net, x):
    write(name, net, x, net(x))


def contrastive(x):
    """ContrastiveModel: the backbone, its average over time, a projection head, a queue; and a classifier."""
    net = PySlowFast("slow", 16, 7, prefix="backbone.")
    result = net(x)
    for name in [n for n in net.w.tensors if n.startswith("backbone.")]:
        net.w.get(name.replace("backbone.", "backbone_hist."), 1)
    net.w.get("backbone.head.projection.projection.0.weight", 2, 512)
    net.w.get("backbone.head.predictors.0.projection.0.weight", 2, 2)
    net.w.get("queue_x", 4, 2)
    net.w.get("ptr", 1)
    write("contrastive", net, x, result)


def pyslowfast():
    x = pyslowfast_clip(8)
    classify("i3d", PySlowFast("i3d", 16, 7, pool=True), x)
    classify("i3d_nln", PySlowFast("i3d", 16, 7, pool=True, nonlocal_after=NONLOCAL), x)
    classify("slow_i3d", PySlowFast("i3d", 16, 7), x)
    classify("c2d", PySlowFast("c2d", 16, 7, pool=True), x)
    classify("c2d_nopool", PySlowFast("c2d", 16, 7), x)
    contrastive(x)
    classify("ssv2", PySlowFast("slow", 16, 7), pyslowfast_clip(8, bgr=False))


def audiovisual():
    """Pictures and sound: classified (the authors' network), and people in boxes by each fusion."""
    x, heard = pyslowfast_clip(8), sound(8, 8, -7.03, 4.66)
    net = AVSlowFast(16, "joint")
    write("av_joint", net, x, net.classify(x, heard, 7))
    for fusion in ("joint", "chain", "nonlocal"):
        net = AVSlowFast(16, fusion, last_stride=1)
        write("av_" + fusion + "_boxes", net, x, net.detect(x, heard, AV_BOXES, 5), AV_BOXES)


def mmaction2_recognisers():
    net = MMAction2(16, alpha=8, fusion_kernel=5)
    x = mmaction2_clip(32)
    write("mm_recogniser_slowfast", net, x, net.recognise(x, 7))
    net = MMAction2(16)
    x = mmaction2_clip(8)
    write("mm_recogniser_slowonly", net, x, net.recognise(x, 7))


def listeners():
    """MMAction2's recognisers of sound, which are shown 64 pictures for nothing."""
    x, heard = torch.zeros(1, 3, 64, 32, 32), features()
    for name, net, more in (("mm_audioonly", MMAction2Audio(8), {}),
                            ("mm_tsn_audio_r18", MMAction2Audio(8, depth=(2, 2, 2, 2), last_stride=1),
                             {"basic": True, "last_dilation": 2}),
                            ("mm_tsn_audio_r50", MMAction2Audio(8), {"basic": False})):
        write(name, net, x, net.listen(heard, 7, **more))


def mmaction2_detectors():
    """AVA-Kinetics' best head, the SlowOnly-101 of the demo, MultiSports."""
    net, x = MMAction2(16, last_stride=1), mmaction2_clip(8)
    write("mm_ava_kinetics", net, x,
          net.detect(x, BOXES, 81, with_global=True, temporal_max=True, mlp=True), BOXES)
    net = MMAction2(16, last_stride=1, depth=(3, 4, 23, 3))
    write("mm_slowonly_r101", net, x, net.detect(x, BOXES, 81), BOXES)
    net, x = MMAction2(16, alpha=4, fusion_kernel=7, last_stride=1), mmaction2_clip(32)
    write("mm_acrn", net, x, net.detect(x, BOXES, 81, relation=1), BOXES)
    net, x = MMAction2(16, last_stride=1), mmaction2_clip(4)
    write("mm_acrn_deep", net, x, net.detect(x, BOXES, 81, relation=3), BOXES)
    net, x = MMAction2(16, last_stride=1), mmaction2_clip(4)
    write("mm_multisports_slowonly", net, x, net.detect(x, BOXES, 66, multilabel=False), BOXES)
    net, x = MMAction2(16, alpha=8, last_stride=1), mmaction2_clip(32)
    write("mm_multisports_slowfast", net, x, net.detect(x, BOXES, 66, multilabel=False), BOXES)


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    pyslowfast()
    audiovisual()
    mmaction2_recognisers()
    listeners()
    mmaction2_detectors()
