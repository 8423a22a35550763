# SPDX-License-Identifier: Apache-2.0
"""Records loss and gradients of two small networks in training mode, computed by PyTorch.

    /usr/bin/python3 make.py ../../../../shared/reference > gradients.json

The networks and weights are those of ../golden; the batch is the recorded clip and the same clip
backwards in time. Batch norm uses batch statistics, there is no dropout. Target k of row r is 1
where (7 r + 3 k) mod 11 is 0; in classification the class of row r is 3 + 5 r.
"""
import json
import os
import sys

import torch
import torch.nn.functional as F
import torchvision
import yaml

sys.path.insert(0, sys.argv[1])
import slowfast_reference as reference  # noqa: E402

from figures import figures  # noqa: E402

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")
BOXES = [[[4, 3, 40, 60], [20.5, 10.25, 62, 50], [0, 0, 63, 63]], [[10, 8, 30, 55], [33, 2, 60.5, 61]]]


class Trained(reference.SlowFast):
    def norm(self, name, x):
        w = self.w
        return F.batch_norm(x, w[name + ".running_mean"], w[name + ".running_var"], w[name + ".weight"],
                            w[name + ".bias"], training=True, momentum=0.1, eps=1e-5)

    def stage(self, s, x):
        for b in range(s["blocks"]):
            x = self.block(s, b, x)
            if b in s["nonlocal_after"]:
                x = self.nonlocal_block(f"{s['name']}_nonlocal{b}", x, s["nl_pool"], s["nl_kind"])
        return x

    def features(self, clips):
        slow = clips[:, :, reference.slow_indices(clips.shape[2], self.cfg["SLOWFAST"]["ALPHA"])]
        x = [self.stem(p, v) for p, v in enumerate([slow, clips])]
        for i in range(4):
            x[0] = self.fuse(f"s{i + 1}_fuse", x[0], x[1])
            x = [self.stage(s, v) for s, v in zip(self.stages[i], x)]
        return x

    def loss(self, clips):
        x = self.features(clips)
        classes = self.cfg["MODEL"]["NUM_CLASSES"]
        weight, bias = self.w["head.projection.weight"], self.w["head.projection.bias"]
        if not self.cfg["DETECTION"]["ENABLE"]:
            rows = torch.cat([v.mean((2, 3, 4)) for v in x], 1)
            target = torch.tensor([3 + 5 * r for r in range(len(rows))])
            return F.cross_entropy(F.linear(rows, weight, bias), target)
        boxes = [torch.tensor(b, dtype=clips.dtype) for b in BOXES]
        cells = [torchvision.ops.roi_align(v.mean(2), boxes, 7, 1 / 16, 0, self.cfg["DETECTION"]["ALIGNED"])
                 for v in x]
        rows = torch.cat([c.amax((2, 3)) for c in cells], 1)
        target = torch.tensor([[float((7 * r + 3 * k) % 11 == 0) for k in range(classes)]
                               for r in range(len(rows))], dtype=clips.dtype)
        return F.binary_cross_entropy_with_logits(F.linear(rows, weight, bias), target)


def gradients(case, dtype):
    """Loss, and every gradient (statistics: the new running value) as a flat vector by name."""
    folder = os.path.join(GOLDEN, case)
    with open(os.path.join(folder, "config.yaml")) as f:
        cfg = yaml.safe_load(f)
    net = Trained(cfg, reference.load_safetensors(os.path.join(folder, "weights.safetensors")))
    frames = torch.as_tensor(reference.load_safetensors(os.path.join(folder, "io.safetensors"))["frames"])
    clips = torch.stack([frames, frames.flip(1)]).to(dtype)
    for name in net.w:
        net.w[name] = net.w[name].to(dtype).requires_grad_("running" not in name)
    loss = net.loss(clips)
    loss.backward()
    return loss.item(), {name: (v.grad if v.requires_grad else v).detach().flatten().double()
                         for name, v in net.w.items()}


def record(case):
    loss, exact = gradients(case, torch.float64)
    rounded_loss, rounded = gradients(case, torch.float32)
    return {"case": case, "boxes": BOXES, "loss": loss, "float32_loss": rounded_loss, **figures(exact, rounded)}


print(json.dumps([record("sf_r50"), record("kinetics_nln")], separators=(",", ":")))
