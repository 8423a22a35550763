# SPDX-License-Identifier: Apache-2.0
"""Records loss and gradients of small audiovisual networks in training mode, computed by PyTorch.

    /usr/bin/python3 audio.py > audio.json

The networks are those of ../networks/reference.py with batch norm by batch statistics and without dropout, the
inputs two clips and spectrograms of uniform numbers. Target k of row r is 1 where (7 r + 3 k) mod 11 is 0. A
dropped pathway does not join the others, but the head hears it. Figures are in float64; random deep networks
amplify rounding, so that PyTorch's own float32 is recorded as the measure.
"""
import json
import os
import sys

import torch
import torch.nn.functional as F
import torchvision

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "networks"))
from reference import AVSlowFast, MELS, STEPS, uniform  # noqa: E402

BATCH, FRAMES, SIDE, CLASSES, SAMPLES = 2, 8, 64, 5, 4
BOXES = [[[8.0, 4.5, 60.25, 60.0], [0.0, 0.0, 40.0, 40.0]], [[20.0, 10.0, 50.0, 63.0]]]


class Trained(AVSlowFast):
    def __init__(self, fusion, dropped):
        super().__init__(16, fusion, last_stride=1)
        self.dropped = dropped
        self.w.norm = self.norm

    def norm(self, name, x):
        gain, bias, mean, var = (self.w.get(f"{name}.{f}", x.shape[1])
                                 for f in ("weight", "bias", "running_mean", "running_var"))
        return F.batch_norm(x, mean, var, gain, bias, True, 0.1, 1e-5)

    def audio_convs(self, *args):
        return super().audio_convs(*args) * (0 if self.dropped else 1)

    def attend(self, name, slow, audio):
        return slow if self.dropped else super().attend(name, slow, audio)

    def loss(self, clips, audio):
        *seen, heard = self.backbone(clips, audio)
        boxes = [torch.tensor(b, dtype=clips.dtype) for b in BOXES]
        x = [torchvision.ops.roi_align(v.mean(2), boxes, 7, 1 / 16, 0, True).amax((2, 3)) for v in seen]
        of = torch.tensor([n for n, b in enumerate(BOXES) for _ in b])
        x = torch.cat((*x, heard.mean((2, 3, 4))[of]), 1)
        targets = torch.tensor([[float((7 * r + 3 * k) % 11 == 0) for k in range(CLASSES)] for r in range(len(of))])
        return F.binary_cross_entropy_with_logits(self.w.linear("head.projection", x, CLASSES), targets.to(x.dtype))


def gradients(fusion, dropped, dtype):
    """Loss, and every gradient (statistics: the new running value) as a flat vector by name."""
    net = Trained(fusion, dropped)
    clips = torch.from_numpy(uniform(1001, BATCH * 3 * FRAMES * SIDE * SIDE) - 0.5).view(BATCH, 3, FRAMES, SIDE, SIDE)
    audio = torch.from_numpy(uniform(1002, BATCH * STEPS * MELS) - 0.5).view(BATCH, 1, 1, STEPS, MELS)
    with torch.no_grad():
        undropped = Trained(fusion, False) # whose tensors have the order that counts
        undropped.loss(clips, audio)
    tensors = undropped.w.tensors
    for i, name in enumerate(tensors):
        fresh = net.w.make(name, tuple(tensors[name].shape), i + 1).to(dtype)
        net.w.tensors[name] = fresh.requires_grad_("running" not in name)
    loss = net.loss(clips.to(dtype), audio.to(dtype))
    loss.backward()
    zero = {name: v.new_zeros(v.shape) for name, v in net.w.tensors.items()}
    return loss.item(), {name: ((zero[name] if v.grad is None else v.grad) if v.requires_grad else v).detach().flatten().double()
                         for name, v in net.w.tensors.items()}


def summary(name, flat):
    """Norm and some values."""
    at = [i * (len(flat) - 1) // (SAMPLES - 1) for i in range(SAMPLES)]
    return [name, float(flat.norm()), *(float(flat[i]) for i in at)]


def record(fusion, dropped):
    loss, exact = gradients(fusion, dropped, torch.float64)
    rounded_loss, rounded = gradients(fusion, dropped, torch.float32)
    errors = []
    for name, flat in exact.items():
        a, b = summary(name, flat)[1:], summary(name, rounded[name])[1:]
        errors.append(max(abs(x - y) for x, y in zip(a, b)) / (a[0] + 1e-4))
    errors.sort()
    return {"case": "av_" + fusion + "_boxes", "dropped": dropped, "loss": loss, "float32_loss": rounded_loss,
            "float32_median": errors[len(errors) // 2], "float32_worst": errors[-1],
            "params": [summary(*item) for item in exact.items()]}


def short(value):
    if isinstance(value, dict):
        return {k: short(v) for k, v in value.items()}
    if isinstance(value, list):
        return [short(v) for v in value]
    return float(f"{value:.8g}") if isinstance(value, float) else value


cases = [("joint", False), ("joint", True), ("chain", False), ("nonlocal", False)]
print(json.dumps({"boxes": BOXES, "cases": [short(record(*c)) for c in cases]}, separators=(",", ":")))
