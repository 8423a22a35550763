# SPDX-License-Identifier: Apache-2.0
"""The networks that bench/rivals.py and bench/training.py time, as PyTorch modules with PySlowFast's tensor names.

Eager mode runs convolution, batch norm, ReLU and addition one by one, as the public code bases do.
"""
import json
import math
import struct

import numpy as np
import torch
from torch import nn

try:
    from torchvision.ops import roi_align
except ImportError:  # for timing alone: one bilinear sample a cell
    def roi_align(x, rois, cells, scale, _ratio, _aligned):
        at = (torch.arange(cells) + 0.5) / cells
        x1, y1, x2, y2 = (rois[:, i] * scale for i in range(1, 5))
        across = x1[:, None] + (x2 - x1)[:, None] * at, y1[:, None] + (y2 - y1)[:, None] * at
        grid = torch.stack([(2 * across[0] / x.shape[3] - 1)[:, None].expand(-1, cells, -1),
                            (2 * across[1] / x.shape[2] - 1)[:, :, None].expand(-1, -1, cells)], 3)
        return nn.functional.grid_sample(x[rois[:, 0].long()], grid, align_corners=False)

ALPHA, FUSION_RATIO, FRAMES = 4, 2, 32
AVA = dict(width=64, beta=8, frames=FRAMES, crop=224, strides=(1, 2, 2, 1), nonlocal_after={}, aligned=True)
PRESETS = {
    "slowfast_r50_8x8_ava": dict(AVA, blocks=(3, 4, 6, 3), fusion_kernel=7),
    "slowfast_r101_nl_8x8_ava": dict(AVA, blocks=(3, 4, 23, 3), fusion_kernel=5,
                                     nonlocal_after={2: (6, 13, 20)}, aligned=False),
    "demo": dict(AVA, width=12, beta=3, frames=16, crop=96, strides=(1, 2, 1, 1), blocks=(2, 2, 2, 2),
                 fusion_kernel=5),
}
INFLATED = (3, 4, 6, 3)  # blocks of a stage that look across time
TEMPORAL = ((1, 3), (1, 3), (3, 3), (3, 3))
DILATIONS = (1, 1, 1, 2)


def conv(cin, cout, kernel, stride=(1, 1, 1), padding=(0, 0, 0), dilation=(1, 1, 1), bias=False):
    return nn.Conv3d(cin, cout, kernel, stride, padding, dilation, bias=bias)


class Stem(nn.Module):
    def __init__(self, cout, kt):
        super().__init__()
        self.conv = conv(3, cout, (kt, 7, 7), (1, 2, 2), (kt // 2, 3, 3))
        self.bn = nn.BatchNorm3d(cout)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))

    def forward(self, x):
        return self.pool(self.relu(self.bn(self.conv(x))))


class Fuse(nn.Module):
    def __init__(self, cin, kernel):
        super().__init__()
        self.conv_f2s = conv(cin, cin * FUSION_RATIO, (kernel, 1, 1), (ALPHA, 1, 1), (kernel // 2, 0, 0))
        self.bn = nn.BatchNorm3d(cin * FUSION_RATIO)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, slow, fast):
        return torch.cat([slow, self.relu(self.bn(self.conv_f2s(fast)))], 1)


class Branch2(nn.Module):
    def __init__(self, cin, mid, cout, kt, stride, dilation):
        super().__init__()
        d = (1, dilation, dilation)
        self.a, self.a_bn = conv(cin, mid, (kt, 1, 1), padding=(kt // 2, 0, 0)), nn.BatchNorm3d(mid)
        self.b = conv(mid, mid, (1, 3, 3), (1, stride, stride), (0, dilation, dilation), d)
        self.b_bn = nn.BatchNorm3d(mid)
        self.c, self.c_bn = conv(mid, cout, (1, 1, 1)), nn.BatchNorm3d(cout)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.relu(self.a_bn(self.a(x)))
        x = self.relu(self.b_bn(self.b(x)))
        return self.c_bn(self.c(x))


class Block(nn.Module):
    def __init__(self, cin, mid, cout, kt, stride, dilation):
        super().__init__()
        self.shortcut = cin != cout or stride != 1
        if self.shortcut:
            self.branch1 = conv(cin, cout, (1, 1, 1), (1, stride, stride))
            self.branch1_bn = nn.BatchNorm3d(cout)
        self.branch2 = Branch2(cin, mid, cout, kt, stride, dilation)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.branch2(x)
        return self.relu(y + (self.branch1_bn(self.branch1(x)) if self.shortcut else x))


class NonLocal(nn.Module):
    """Dot product, pooled by 2x2x2."""

    def __init__(self, channels):
        super().__init__()
        self.inner = channels // 2
        for name in ("theta", "phi", "g"):
            setattr(self, "conv_" + name, conv(channels, self.inner, (1, 1, 1), bias=True))
        self.conv_out = conv(self.inner, channels, (1, 1, 1), bias=True)
        self.bn = nn.BatchNorm3d(channels)
        self.pool = nn.MaxPool3d((2, 2, 2), (2, 2, 2))

    def forward(self, x):
        theta, small = self.conv_theta(x), self.pool(x)
        phi, g = self.conv_phi(small).flatten(2), self.conv_g(small).flatten(2)
        affinity = torch.bmm(theta.flatten(2).transpose(1, 2), phi) / phi.shape[2]
        y = torch.bmm(g, affinity.transpose(1, 2)).view(theta.shape)
        return x + self.bn(self.conv_out(y))


class Stage(nn.Module):
    def __init__(self, preset, stage, cin):
        super().__init__()
        self.n_blocks, self.after = preset["blocks"][stage], preset["nonlocal_after"].get(stage, ())
        for p in range(2):
            mid = preset["width"] * 2**stage // (preset["beta"] if p else 1)
            cout = 4 * mid
            for b in range(self.n_blocks):
                kt = TEMPORAL[stage][p] if b < INFLATED[stage] else 1
                setattr(self, f"pathway{p}_res{b}",
                        Block(cin[p] if b == 0 else cout, mid, cout, kt,
                              preset["strides"][stage] if b == 0 else 1, DILATIONS[stage]))
                if p == 0 and b in self.after:
                    setattr(self, f"pathway{p}_nonlocal{b}", NonLocal(cout))

    def forward(self, slow, fast):
        x = [slow, fast]
        for p in range(2):
            for b in range(self.n_blocks):
                x[p] = getattr(self, f"pathway{p}_res{b}")(x[p])
                if p == 0 and b in self.after:
                    x[p] = getattr(self, f"pathway{p}_nonlocal{b}")(x[p])
        return x[0], x[1]


class SlowFast(nn.Module):
    def __init__(self, name):
        super().__init__()
        preset = PRESETS[name]
        self.aligned = preset["aligned"]
        self.scale = 1 / (4 * math.prod(preset["strides"]))
        cin = [preset["width"], preset["width"] // preset["beta"]]
        self.s1 = nn.ModuleDict({"pathway0_stem": Stem(cin[0], 1), "pathway1_stem": Stem(cin[1], 5)})
        for stage in range(4):
            setattr(self, f"s{stage + 1}_fuse", Fuse(cin[1], preset["fusion_kernel"]))
            cin[0] += cin[1] * FUSION_RATIO
            setattr(self, f"s{stage + 2}", Stage(preset, stage, cin))
            cin = [c * 4 * 2**stage for c in (preset["width"], preset["width"] // preset["beta"])]
        self.head = nn.ModuleDict({"projection": nn.Linear(sum(cin), 80)})

    def forward(self, slow, fast, rois):
        slow, fast = self.s1["pathway0_stem"](slow), self.s1["pathway1_stem"](fast)
        for stage in range(4):
            slow = getattr(self, f"s{stage + 1}_fuse")(slow, fast)
            slow, fast = getattr(self, f"s{stage + 2}")(slow, fast)
        pooled = [roi_align(x.mean(2), rois, 7, self.scale, 0, self.aligned).amax((2, 3))
                  for x in (slow, fast)]
        return torch.sigmoid(self.head["projection"](torch.cat(pooled, 1)))


def load_safetensors(path):
    """{name: float32 tensor}"""
    raw = open(path, "rb").read()
    (n,) = struct.unpack("<Q", raw[:8])
    header, data = json.loads(raw[8:8 + n]), raw[8 + n:]
    header.pop("__metadata__", None)
    out = {}
    for name, h in header.items():
        begin, end = h["data_offsets"]
        out[name] = torch.from_numpy(np.frombuffer(data[begin:end], np.float32).reshape(h["shape"]).copy())
    return out


def load(name, path):
    net = SlowFast(name).eval()
    missing, unknown = net.load_state_dict(load_safetensors(path), strict=False)
    wrong = [k for k in missing if not k.endswith("num_batches_tracked")] + unknown
    if wrong:
        raise SystemExit(f"{path}: tensors do not match {name}: {wrong[:4]}")
    return net


def slow_indices(frames=FRAMES):
    return torch.linspace(0, frames - 1, frames // ALPHA).long()
