#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small networks of YOLOX's kind with random weights, written as its releases are (yolox_N.pth), and what its maths
finds in a picture (yolox_N.txt): the picture, the threshold, then a line x1 y1 x2 y2 score for each person.
"""
import cv2
import numpy as np
import torch
import torch.nn.functional as F
import torchvision

SIDES = {True: 416, False: 640}


class Weights:
    """Random, and batch norm's statistics those of the first picture: maps keep a magnitude of about one."""

    def __init__(self, seed):
        self.tensors = {}
        self.rng = torch.Generator().manual_seed(seed)

    def add(self, name, shape, scale, offset=0.0):
        v = torch.randn(shape, generator=self.rng) * scale + offset
        self.tensors[name] = v.half().float()

    def conv(self, name, x, cout, k, stride, groups):
        cin = x.shape[1]
        self.add(name + ".conv.weight", (cout, cin // groups, k, k), 1 / np.sqrt(cin // groups * k * k))
        y = F.conv2d(x, self.tensors[name + ".conv.weight"], None, stride, (k - 1) // 2, 1, groups)
        self.add(name + ".bn.weight", (cout,), 0.1, 0.8)
        self.add(name + ".bn.bias", (cout,), 0.2)
        self.tensors[name + ".bn.running_mean"] = y.mean((0, 2, 3)).half().float()
        self.tensors[name + ".bn.running_var"] = y.var((0, 2, 3)).clamp(min=0.1).half().float()


class Net:
    def __init__(self, width, depth, depthwise, classes, seed=0):
        self.w, self.width, self.depth, self.dw, self.classes = Weights(seed), width, depth, depthwise, classes
        self.made = False

    def base(self, name, x, cout, k, stride=1, groups=1):
        if not self.made:
            self.w.conv(name, x, cout, k, stride, groups)
        t = self.w.tensors
        x = F.conv2d(x, t[name + ".conv.weight"], None, stride, (k - 1) // 2, 1, groups)
        x = F.batch_norm(x, t[name + ".bn.running_mean"], t[name + ".bn.running_var"], t[name + ".bn.weight"],
                         t[name + ".bn.bias"], False, 0.0, 1e-3)
        return F.silu(x)

    def conv3(self, name, x, cout, stride=1):
        if not self.dw:
            return self.base(name, x, cout, 3, stride)
        x = self.base(name + ".dconv", x, x.shape[1], 3, stride, x.shape[1])
        return self.base(name + ".pconv", x, cout, 1)

    def csp(self, name, x, n, shortcut, cout):
        a = self.base(name + ".conv1", x, cout // 2, 1)
        for i in range(n):
            y = self.base(f"{name}.m.{i}.conv1", a, cout // 2, 1)
            y = self.conv3(f"{name}.m.{i}.conv2", y, cout // 2)
            a = a + y if shortcut else y
        b = self.base(name + ".conv2", x, cout // 2, 1)
        return self.base(name + ".conv3", torch.cat([a, b], 1), cout, 1)

    def backbone(self, x):
        w, n, p = self.width, self.depth, "backbone.backbone."
        x = torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1)
        x = self.base(p + "stem.conv", x, w, 3)
        x = self.csp(p + "dark2.1", self.conv3(p + "dark2.0", x, 2 * w, 2), n, True, 2 * w)
        c3 = x = self.csp(p + "dark3.1", self.conv3(p + "dark3.0", x, 4 * w, 2), 3 * n, True, 4 * w)
        c4 = x = self.csp(p + "dark4.1", self.conv3(p + "dark4.0", x, 8 * w, 2), 3 * n, True, 8 * w)
        x = self.conv3(p + "dark5.0", x, 16 * w, 2)
        x = self.base(p + "dark5.1.conv1", x, 8 * w, 1)
        x = torch.cat([x] + [F.max_pool2d(x, k, 1, k // 2) for k in (5, 9, 13)], 1)
        x = self.base(p + "dark5.1.conv2", x, 16 * w, 1)
        return c3, c4, self.csp(p + "dark5.2", x, n, False, 16 * w)

    def pafpn(self, x):
        w, n, p = self.width, self.depth, "backbone."
        c3, c4, c5 = self.backbone(x)
        up = lambda t: F.interpolate(t, scale_factor=2, mode="nearest")
        top = self.base(p + "lateral_conv0", c5, 8 * w, 1)
        x = self.csp(p + "C3_p4", torch.cat([up(top), c4], 1), n, False, 8 * w)
        middle = self.base(p + "reduce_conv1", x, 4 * w, 1)
        p3 = self.csp(p + "C3_p3", torch.cat([up(middle), c3], 1), n, False, 4 * w)
        x = torch.cat([self.conv3(p + "bu_conv2", p3, 4 * w, 2), middle], 1)
        p4 = self.csp(p + "C3_n3", x, n, False, 8 * w)
        x = torch.cat([self.conv3(p + "bu_conv1", p4, 8 * w, 2), top], 1)
        return p3, p4, self.csp(p + "C3_n4", x, n, False, 16 * w)

    def pred(self, name, x, channels, scale, offset):
        if not self.made:
            self.w.add(name + ".weight", (channels, x.shape[1], 1, 1), scale / np.sqrt(x.shape[1]))
            self.w.add(name + ".bias", (channels,), 0.2, offset)
        return F.conv2d(x, self.w.tensors[name + ".weight"], self.w.tensors[name + ".bias"])

    def __call__(self, x):
        out = []
        for level, x in enumerate(self.pafpn(x)):
            stride = 8 << level
            x = self.base(f"head.stems.{level}", x, 4 * self.width, 1)
            c = self.conv3(f"head.cls_convs.{level}.1", self.conv3(f"head.cls_convs.{level}.0", x, 4 * self.width),
                           4 * self.width)
            c = self.pred(f"head.cls_preds.{level}", c, self.classes, 1.5, 0.0)
            if self.classes > 1 and not self.made:  # persons are to be among what is seen
                self.w.tensors[f"head.cls_preds.{level}.bias"][0] += 0.5
            r = self.conv3(f"head.reg_convs.{level}.1", self.conv3(f"head.reg_convs.{level}.0", x, 4 * self.width),
                           4 * self.width)
            b = self.pred(f"head.reg_preds.{level}", r, 4, 0.7, 0.7)
            o = self.pred(f"head.obj_preds.{level}", r, 1, 1.5, -0.5)
            gy, gx = torch.meshgrid(torch.arange(b.shape[2]), torch.arange(b.shape[3]), indexing="ij")
            b = torch.stack([(b[:, 0] + gx) * stride, (b[:, 1] + gy) * stride, b[:, 2].exp() * stride,
                             b[:, 3].exp() * stride], 1)
            out.append(torch.cat([b, o.sigmoid(), c.sigmoid()], 1).flatten(2).permute(0, 2, 1)[0])
        self.made = True
        return torch.cat(out)


def detect(net, bgr, threshold):
    side = SIDES[net.width < 32]
    padded = np.full((side, side, 3), 114, np.uint8)
    r = min(side / bgr.shape[0], side / bgr.shape[1])
    small = cv2.resize(bgr, (int(bgr.shape[1] * r), int(bgr.shape[0] * r)), interpolation=cv2.INTER_LINEAR)
    padded[:small.shape[0], :small.shape[1]] = small
    picture = torch.from_numpy(padded.astype(np.float32)).permute(2, 0, 1)[None]
    out = net(picture.double() if net.made else picture)
    score, kind = out[:, 5:].max(1)
    score = score * out[:, 4]
    keep = (kind == 0) & (score >= threshold)
    xy, wh = out[keep, :2], out[keep, 2:4]
    boxes = torch.cat([xy - wh / 2, xy + wh / 2], 1)
    order = torchvision.ops.nms(boxes, score[keep], 0.45)
    boxes = boxes[order] / r
    limits = torch.tensor([bgr.shape[1], bgr.shape[0]] * 2)
    boxes = torch.minimum(boxes.clamp(min=0), limits)
    inside = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return boxes[inside], score[keep][order][inside]


def main():
    cases = [(4, 1, False, 80, 5, "resize/landscape_down.in.ppm", 0.3),
             (4, 2, True, 1, 4, "resize/square.in.ppm", 0.9)]
    with torch.no_grad():
        for number, (width, depth, depthwise, classes, seed, picture, least) in enumerate(cases, 1):
            net = Net(width, depth, depthwise, classes, seed)
            detect(net, cv2.imread("../" + picture), least)  # makes the weights
            net.w.tensors = {name: v.double() for name, v in net.w.tensors.items()}
            boxes, scores = detect(net, cv2.imread("../" + picture), least)
            half = {name: v.half() for name, v in net.w.tensors.items()}
            torch.save({"start_epoch": 300, "model": half, "optimizer": {}}, f"yolox_{number}.pth")
            with open(f"yolox_{number}.txt", "w") as f:
                print(picture, least, file=f)
                for b, s in zip(boxes, scores):
                    print(*(f"{float(v):.9g}" for v in b), f"{float(s):.9g}", file=f)
            print(number, len(scores), scores[:3])


if __name__ == "__main__":
    main()
