# SPDX-License-Identifier: Apache-2.0
"""YOLOX as a PyTorch module with the tensor names of its releases: what bench/persons.py times.

Random weights; batch norm's statistics are those of one noisy picture, so that maps keep a magnitude of about one, and
the last layers' are small: boxes a few cells wide, of moderate scores.
"""
import torch
import torch.nn.functional as F
from torch import nn

KINDS = {"nano": (16, 1, True, 416), "tiny": (24, 1, False, 416), "s": (32, 1, False, 640),
         "m": (48, 2, False, 640), "l": (64, 3, False, 640)}  # stem's channels, depth, depthwise, side


class Base(nn.Module):
    def __init__(self, cin, cout, kernel, stride=1, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(cout, eps=1e-3)

    def forward(self, x):
        return F.silu(self.bn(self.conv(x)))


class Depthwise(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.dconv, self.pconv = Base(cin, cin, 3, stride, cin), Base(cin, cout, 1)

    def forward(self, x):
        return self.pconv(self.dconv(x))


def conv3(depthwise, cin, cout, stride=1):
    return Depthwise(cin, cout, stride) if depthwise else Base(cin, cout, 3, stride)


class Bottleneck(nn.Module):
    def __init__(self, channels, shortcut, depthwise):
        super().__init__()
        self.conv1, self.conv2 = Base(channels, channels, 1), conv3(depthwise, channels, channels)
        self.shortcut = shortcut

    def forward(self, x):
        y = self.conv2(self.conv1(x))
        return x + y if self.shortcut else y


class Csp(nn.Module):
    def __init__(self, cin, cout, n, shortcut, depthwise):
        super().__init__()
        self.conv1, self.conv2 = Base(cin, cout // 2, 1), Base(cin, cout // 2, 1)
        self.conv3 = Base(cout, cout, 1)
        self.m = nn.Sequential(*[Bottleneck(cout // 2, shortcut, depthwise) for _ in range(n)])

    def forward(self, x):
        return self.conv3(torch.cat([self.m(self.conv1(x)), self.conv2(x)], 1))


class Focus(nn.Module):
    def __init__(self, cout):
        super().__init__()
        self.conv = Base(12, cout, 3)

    def forward(self, x):
        return self.conv(torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1))


class Spp(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1, self.conv2 = Base(channels, channels // 2, 1), Base(2 * channels, channels, 1)

    def forward(self, x):
        x = self.conv1(x)
        return self.conv2(torch.cat([x] + [F.max_pool2d(x, k, 1, k // 2) for k in (5, 9, 13)], 1))


class Darknet(nn.Module):
    def __init__(self, w, n, dw):
        super().__init__()
        self.stem = Focus(w)
        for stage in range(4):
            cout, last = 2 * w << stage, stage == 3
            parts = [conv3(dw, cout // 2, cout, 2)] + ([Spp(cout)] if last else [])
            parts.append(Csp(cout, cout, n if stage in (0, 3) else 3 * n, not last, dw))
            setattr(self, f"dark{stage + 2}", nn.Sequential(*parts))

    def forward(self, x):
        c3 = self.dark3(self.dark2(self.stem(x)))
        c4 = self.dark4(c3)
        return c3, c4, self.dark5(c4)


class Pafpn(nn.Module):
    def __init__(self, w, n, dw):
        super().__init__()
        self.backbone = Darknet(w, n, dw)
        self.lateral_conv0, self.reduce_conv1 = Base(16 * w, 8 * w, 1), Base(8 * w, 4 * w, 1)
        self.C3_p4, self.C3_p3 = Csp(16 * w, 8 * w, n, False, dw), Csp(8 * w, 4 * w, n, False, dw)
        self.C3_n3, self.C3_n4 = Csp(8 * w, 8 * w, n, False, dw), Csp(16 * w, 16 * w, n, False, dw)
        self.bu_conv2, self.bu_conv1 = conv3(dw, 4 * w, 4 * w, 2), conv3(dw, 8 * w, 8 * w, 2)

    def forward(self, x):
        c3, c4, c5 = self.backbone(x)
        up = nn.Upsample(scale_factor=2, mode="nearest")
        top = self.lateral_conv0(c5)
        middle = self.reduce_conv1(self.C3_p4(torch.cat([up(top), c4], 1)))
        p3 = self.C3_p3(torch.cat([up(middle), c3], 1))
        p4 = self.C3_n3(torch.cat([self.bu_conv2(p3), middle], 1))
        return p3, p4, self.C3_n4(torch.cat([self.bu_conv1(p4), top], 1))


class Head(nn.Module):
    def __init__(self, w, dw, classes):
        super().__init__()
        branch = lambda: nn.ModuleList(
            nn.Sequential(conv3(dw, 4 * w, 4 * w), conv3(dw, 4 * w, 4 * w)) for _ in range(3))
        preds = lambda n: nn.ModuleList(nn.Conv2d(4 * w, n, 1) for _ in range(3))
        self.stems = nn.ModuleList(Base(4 * w << i, 4 * w, 1) for i in range(3))
        self.cls_convs, self.reg_convs = branch(), branch()
        self.cls_preds, self.reg_preds, self.obj_preds = preds(classes), preds(4), preds(1)

    def forward(self, maps):
        out = []
        for i, x in enumerate(maps):
            x = self.stems[i](x)
            c, r = self.cls_convs[i](x), self.reg_convs[i](x)
            out.append(torch.cat([self.reg_preds[i](r), self.obj_preds[i](r).sigmoid(),
                                  self.cls_preds[i](c).sigmoid()], 1).flatten(2))
        return torch.cat(out, 2)


class Yolox(nn.Module):
    def __init__(self, kind="s", classes=80):
        super().__init__()
        w, n, dw, self.side = KINDS[kind]
        self.backbone, self.head = Pafpn(w, n, dw), Head(w, dw, classes)

    def forward(self, x):
        return self.head(self.backbone(x))


def noise(side):
    coarse = torch.randint(0, 256, (1, 3, 20, 20), generator=torch.Generator().manual_seed(1)).float()
    return F.interpolate(coarse, (side, side), mode="bilinear")


def make(kind="s"):
    torch.manual_seed(1)
    net = Yolox(kind)
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.momentum = 1
            nn.init.uniform_(m.weight, 0.7, 0.9)
            nn.init.normal_(m.bias, 0, 0.2)
    with torch.no_grad():
        for level in range(3):
            for preds in (net.head.cls_preds, net.head.reg_preds, net.head.obj_preds):
                preds[level].weight *= 0.05
            net.head.reg_preds[level].bias[:] = torch.tensor([0.5, 0.5, 1.5, 2])
            net.head.cls_preds[level].bias[0] += 0.15  # persons
        net.train()(noise(net.side))
    return net.eval()
