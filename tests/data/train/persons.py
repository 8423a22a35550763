#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records which cells get which persons, loss and gradients of a small YOLOX network in training mode, computed by
PyTorch from the paper's description (SimOTA as in 2.1; IoU loss, cross-entropies, L1), the class's target being
(IoU - 0.3) / 0.4 within 0 and 1.

    /usr/bin/python3 persons.py > persons.json

The network is ../persons/yolox_1.pth, batch norm uses batch statistics. The picture of sample n has
(37 n + 29 c + 7 x + 13 y + x y mod 31) mod 256 in channel c.
"""
import json
import os
import sys

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "persons"))
sys.path.insert(0, HERE)
import yolox  # noqa: E402
from figures import figures  # noqa: E402

WIDTH, HEIGHT, BATCH = 160, 96, 3
PERSONS = [[[10, 5, 70, 90], [50.5, 20, 90, 92.25], [12, 8, 60, 80]],
           [[100, 30, 160, 96], [0, 0, 9.5, 30], [40, 40, 43, 45]], []]


class Trained(yolox.Net):
    def base(self, name, x, cout, k, stride=1, groups=1):
        t = self.w.tensors
        x = F.conv2d(x, t[name + ".conv.weight"], None, stride, (k - 1) // 2, 1, groups)
        x = F.batch_norm(x, t[name + ".bn.running_mean"], t[name + ".bn.running_var"], t[name + ".bn.weight"],
                         t[name + ".bn.bias"], True, 0.1, 1e-3)
        return F.silu(x)

    def outputs(self, x):
        """[batch][cells][4 box, object, classes] before decoding; [cells] column, row and side."""
        out, cells = [], []
        for level, x in enumerate(self.pafpn(x)):
            x = self.base(f"head.stems.{level}", x, 4 * self.width, 1)
            c, r = x, x
            for i in range(2):
                c = self.conv3(f"head.cls_convs.{level}.{i}", c, 4 * self.width)
                r = self.conv3(f"head.reg_convs.{level}.{i}", r, 4 * self.width)
            t = self.w.tensors
            maps = [F.conv2d(y, t[f"head.{n}_preds.{level}.weight"], t[f"head.{n}_preds.{level}.bias"])
                    for y, n in ((r, "reg"), (r, "obj"), (c, "cls"))]
            out.append(torch.cat(maps, 1).flatten(2).permute(0, 2, 1))
            rows, columns = torch.meshgrid(*(torch.arange(n) for n in c.shape[2:]), indexing="ij")
            cells.append(torch.stack([columns, rows, torch.full_like(rows, 8 << level)], 2).reshape(-1, 3))
        return torch.cat(out, 1), torch.cat(cells).to(x.dtype)


def corners(centred):
    return torch.cat([centred[..., :2] - centred[..., 2:] / 2, centred[..., :2] + centred[..., 2:] / 2], -1)


def iou(a, b):
    size = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0)
    both = size.prod(-1)
    return both / ((a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - both)


def simota(raw, boxes, cells, truth):
    """The number of the truth box for each cell, -1 for none; IoU with it."""
    n = len(cells)
    none = torch.full((n,), -1), torch.zeros(n, dtype=raw.dtype)
    if len(truth) == 0:
        return none
    centre = (cells[:, :2] + 0.5) * cells[:, 2:]
    middle = (truth[:, :2] + truth[:, 2:]) / 2
    inside = torch.cat([centre - truth[:, None, :2], truth[:, None, 2:] - centre], 2).min(2)[0] > 0
    central = (centre - middle[:, None]).abs().max(2)[0] < 2.5 * cells[:, 2]
    chosen = (inside | central).any(0).nonzero()[:, 0]
    overlaps = iou(boxes[None, chosen], truth[:, None])
    score = (raw[chosen, 5:].sigmoid() * raw[chosen, 4:5].sigmoid()).sqrt()
    wanted = torch.zeros_like(score)
    wanted[:, 0] = 1
    cost = F.binary_cross_entropy(score, wanted, reduction="none").sum(1)[None] - 3 * (overlaps + 1e-8).log()
    cost = cost + 1e5 * ~(inside & central)[:, chosen]
    takes = torch.zeros_like(cost)
    for g in range(len(truth)):
        k = max(1, int(overlaps[g].topk(min(10, len(chosen)))[0].sum()))
        takes[g, cost[g].topk(k, largest=False)[1]] = 1
    several = takes.sum(0) > 1
    takes[:, several] = 0
    takes[cost[:, several].argmin(0), several] = 1
    who, value = none
    for g, i in takes.nonzero():
        who[chosen[i]], value[chosen[i]] = g, overlaps[g, i]
    return who, value


def loss_of(net, dtype, with_l1):
    n, c, y, x = torch.meshgrid(*(torch.arange(k) for k in (BATCH, 3, HEIGHT, WIDTH)), indexing="ij")
    raw, cells = net.outputs(((37 * n + 29 * c + 7 * x + 13 * y + x * y % 31) % 256).to(dtype))
    side = cells[:, 2:]
    boxes = corners(torch.cat([(raw[..., :2] + cells[:, :2]) * side, raw[..., 2:4].exp() * side], 2))
    total, found, assigned = 0, 0, []
    for n in range(BATCH):
        truth = torch.tensor(PERSONS[n], dtype=dtype).reshape(-1, 4)
        with torch.no_grad():
            who, value = simota(raw[n], boxes[n], cells, truth)
        assigned.append([[int(i), int(who[i])] for i in (who >= 0).nonzero()[:, 0]])
        f = who >= 0
        total = total + F.binary_cross_entropy_with_logits(raw[n, :, 4], f.to(dtype), reduction="sum")
        if not f.any():
            continue
        found += int(f.sum())
        goal = truth[who[f]]
        kinds = torch.zeros_like(raw[n, f, 5:])
        kinds[:, 0] = ((value[f] - 0.3) / 0.4).clamp(0, 1)
        total = total + F.binary_cross_entropy_with_logits(raw[n, f, 5:], kinds, reduction="sum")
        total = total + 5 * (1 - iou(boxes[n, f], goal) ** 2).sum()
        if with_l1:
            size = goal[:, 2:] - goal[:, :2]
            values = torch.cat([(goal[:, :2] + size / 2) / side[f] - cells[f, :2], (size / side[f] + 1e-8).log()], 1)
            total = total + (raw[n, f, :4] - values).abs().sum()
    return total / found, assigned


def gradients(dtype, with_l1):
    net = Trained(4, 1, False, 80)
    net.w.tensors = {k: v.to(dtype).requires_grad_("running" not in k) for k, v in
                     torch.load(os.path.join(HERE, "..", "persons", "yolox_1.pth"))["model"].items()}
    loss, assigned = loss_of(net, dtype, with_l1)
    loss.backward()
    return loss.item(), assigned, {k: (v.grad if v.requires_grad else v).detach().flatten().double()
                                   for k, v in net.w.tensors.items()}


def record(with_l1):
    loss, assigned, exact = gradients(torch.float64, with_l1)
    _, also, rounded = gradients(torch.float32, with_l1)
    assert assigned == also and sum(map(len, assigned)) > 10
    return {"persons": PERSONS, "with_l1": with_l1, "assigned": assigned, "loss": loss, **figures(exact, rounded)}


if __name__ == "__main__":
    print(json.dumps([record(False), record(True)], separators=(",", ":")))
