#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small networks of Faster R-CNN's kind with random weights, written as four code bases do (rcnn_N.pth, .pkl), and what
each one's maths, in float64, finds in a picture (rcnn_N.txt): picture, threshold, persons, proposals. The picture is
made by a formula (rcnn_support.h has it, too) or one of ../resize; rcnn_N_real.txt: a frame of a real clip, which is not
here. torchvision's networks are run by its own code; the
others' rules are spelled out here, over torchvision's operators.
"""
import collections
import math
import os
import pickle
import subprocess
import sys

import cv2
import numpy as np
import PIL.Image
import torch
import torch.nn.functional as F
import torchvision
from torchvision.models.detection.faster_rcnn import FasterRCNN, FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.rpn import AnchorGenerator, RPNHead
from torchvision.ops import FeaturePyramidNetwork, MultiScaleRoIAlign
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

RATIOS = (0.5, 1.0, 2.0)
MAX_LOG = math.log(1000 / 16)
BODY = "backbone.bottom_up."
RPN = "proposal_generator.rpn_head."
BOX = "roi_heads."


def make_picture(width, height):
    """[height][width] of R, G, B."""
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)

    def wave(n, period):
        return abs(n % (2 * period) - period) * 255 // period

    channels = []
    for c in range(3):
        noise = (x * 7919 + y * 104729 + c * 1299709) * 2654435761 % 2**32 // 2**24
        channels.append((wave(2 * x + y, 211) * 3 + wave(x + 3 * y, 97 + 20 * c) * 2 + wave(x * y // 64, 53) + noise) // 7)
    return np.stack(channels, 2).astype(np.uint8)


# ---------------------------------------------------------------------------------------------------- the network


class Net:
    """Detectron2's names. The first picture makes the weights, so that maps keep a magnitude of about one."""

    def __init__(self, seed, blocks, groups, n_outputs, rules):
        self.rng = torch.Generator().manual_seed(seed)
        self.t, self.made = {}, False
        self.blocks, self.groups, self.n_outputs, self.rules = blocks, groups, n_outputs, rules

    def add(self, name, shape, scale, offset=0.0):
        if name not in self.t:
            self.t[name] = (torch.randn(shape, generator=self.rng) * scale + offset).half().double()
        return self.t[name]

    def conv(self, name, x, cout, k, stride=1, groups=1, gain=1.0):
        fan = x.shape[1] // groups * k * k
        w = self.add(name + ".weight", (cout, x.shape[1] // groups, k, k), gain / fan ** 0.5)
        return F.conv2d(x, w, None, stride, k // 2, 1, groups)

    def normed(self, name, x, cout, k, stride=1, groups=1, relu=True):
        y = self.conv(name, x, cout, k, stride, groups)
        gain = self.add(name + ".norm.weight", (cout,), 0.1, 0.7)
        shift = self.add(name + ".norm.bias", (cout,), 0.2)
        if self.rules.get("affine"):
            if not self.made:
                gain /= y.std((0, 2, 3)).clamp(min=0.1)
                shift -= y.mean((0, 2, 3)) * gain
                gain[:], shift[:] = gain.half().double(), shift.half().double()
            y = y * gain[:, None, None] + shift[:, None, None]
        else:
            mean, var = self.add(name + ".norm.running_mean", (cout,), 0), self.add(name + ".norm.running_var", (cout,), 0)
            if not self.made:
                mean[:], var[:] = y.mean((0, 2, 3)).half().double(), y.var((0, 2, 3)).clamp(min=0.1).half().double()
            y = F.batch_norm(y, mean, var, gain, shift, False, 0.0, self.rules["eps"])
        return F.relu(y) if relu else y

    def biased(self, name, x, cout, k, relu=False, gain=1.0):
        y = self.conv(name, x, cout, k, gain=gain) + self.add(name + ".bias", (cout,), 0.1)[:, None, None]
        return F.relu(y) if relu else y

    def block(self, name, x, width, cout, stride, groups):
        first = stride if self.rules["stride_in_1x1"] else 1
        skip = x
        if name.endswith(".0"):
            skip = self.normed(name + ".shortcut", x, cout, 1, stride, relu=False)
        y = self.normed(name + ".conv1", x, width, 1, first)
        y = self.normed(name + ".conv2", y, width, 3, stride // first, groups)
        return F.relu(self.normed(name + ".conv3", y, cout, 1, relu=False) + skip)

    def backbone(self, x):
        x = F.max_pool2d(self.normed(BODY + "stem.conv1", x, 16, 7, 2), 3, 2, 1)
        maps = []
        for stage, n in enumerate(self.blocks):
            width = 16 * (2 if self.groups > 1 else 1) * (1 + stage // 2)
            for b in range(n):
                x = self.block(f"{BODY}res{stage + 2}.{b}", x, width, 24 + 8 * stage, 2 if stage and not b else 1,
                               self.groups)
            maps.append(x)
        return maps

    def pyramid(self, x):
        maps, above, out = self.backbone(x), None, [None] * 4
        for i in range(3, -1, -1):
            y = self.biased(f"backbone.fpn_lateral{i + 2}", maps[i], 16, 1)
            above = y if above is None else y + F.interpolate(above, size=y.shape[-2:], mode="nearest")
            out[i] = self.biased(f"backbone.fpn_output{i + 2}", above, 16, 3)
        return out + [F.max_pool2d(out[3], 1, 2)]

    def rpn(self, level):
        x = self.biased(RPN + "conv", level, 16, 3, True)
        return self.biased(RPN + "objectness_logits", x, 3, 1, gain=1.2), self.biased(RPN + "anchor_deltas", x, 12, 1,
                                                                                   gain=0.25)

    def linear(self, name, x, n, scale):
        w = self.add(name + ".weight", (n, x.shape[1]), scale / x.shape[1] ** 0.5)
        return F.linear(x, w, self.add(name + ".bias", (n,), 0.1))

    def head(self, cells):
        x = cells.flatten(1)
        for i in (1, 2):
            name = f"{BOX}box_head.fc{i}"
            y = self.linear(name, x, 32, 1.4 * (3 if i == 1 else 1))
            if not self.made:  # what all proposals have in common would drown the rest
                self.t[name + ".bias"][:] = (self.t[name + ".bias"] - y.mean(0)).half().double()
            x = F.relu(self.linear(name, x, 32, 1))
        n_boxes = self.n_outputs - (0 if self.rules["background_first"] else 1)
        classes = self.predict(BOX + "box_predictor.cls_score", x, self.n_outputs, 1.5 if self.n_outputs > 2 else 1.0)
        if not self.made and self.n_outputs > 2:  # persons win here and there
            bias, first = self.t[BOX + "box_predictor.cls_score.bias"], self.rules["background_first"]
            bias[1 if first else 0] += 3.0
            bias[0 if first else -1] += 3.0
            bias[:] = bias.half().double()
        return classes, self.predict(BOX + "box_predictor.bbox_pred", x, 4 * n_boxes, 0.8)

    def predict(self, name, x, n, spread):
        """A linear layer whose outputs vary by so much from proposal to proposal."""
        y = self.linear(name, x, n, 1)
        if not self.made:
            w, bias = self.t[name + ".weight"], self.t[name + ".bias"]
            scale = spread / y.std(0).mean()
            w[:], bias[:] = (w * scale).half().double(), ((bias - y.mean(0)) * scale).half().double()
            y = self.linear(name, x, n, 1)
        return y


# ---------------------------------------------------------------------------------------------------- boxes


def decode(rules, boxes, deltas, weights):
    one = rules["plus_one"]
    w, h = boxes[:, 2] - boxes[:, 0] + one, boxes[:, 3] - boxes[:, 1] + one
    x, y = boxes[:, 0] + 0.5 * w, boxes[:, 1] + 0.5 * h
    least = -MAX_LOG if rules["clamp_shrinking"] else -math.inf
    dw, dh = (d.clamp(least, MAX_LOG) for d in (deltas[:, 2] / weights[1], deltas[:, 3] / weights[1]))
    x, y = deltas[:, 0] / weights[0] * w + x, deltas[:, 1] / weights[0] * h + y
    w, h = dw.exp() * w, dh.exp() * h
    return torch.stack([x - 0.5 * w, y - 0.5 * h, x + 0.5 * w - one, y + 0.5 * h - one], 1)


def clip(boxes, width, height):
    return torch.stack([boxes[:, 0].clamp(0, width), boxes[:, 1].clamp(0, height), boxes[:, 2].clamp(0, width),
                        boxes[:, 3].clamp(0, height)], 1)


def nms(rules, boxes, scores, limit):
    if not rules["plus_one"]:
        return torchvision.ops.nms(boxes, scores, limit)
    order, keep = scores.argsort(descending=True, stable=True).tolist(), []
    b = boxes.numpy()
    area = (b[:, 2] - b[:, 0] + 1) * (b[:, 3] - b[:, 1] + 1)
    for i in order:
        w = np.minimum(b[i, 2], b[keep, 2]) - np.maximum(b[i, 0], b[keep, 0]) + 1
        h = np.minimum(b[i, 3], b[keep, 3]) - np.maximum(b[i, 1], b[keep, 1]) + 1
        both = w.clip(0) * h.clip(0)
        if not keep or (both / (area[i] + area[keep] - both)).max() < limit:
            keep.append(i)
    return torch.tensor(keep)


def pixel_anchors(stride):
    out = []
    for ratio in RATIOS:
        w = np.round(np.sqrt(stride * stride / ratio))
        h = np.round(w * ratio)
        middle = (stride - 1) / 2
        w, h = 8 * w - 1, 8 * h - 1
        out.append([middle - w / 2, middle - h / 2, middle + w / 2, middle + h / 2])
    return out


def exact_anchors(stride):
    side = 8 * stride
    return [[-side / r ** 0.5 / 2, -side * r ** 0.5 / 2, side / r ** 0.5 / 2, side * r ** 0.5 / 2] for r in RATIOS]


def anchors_of(rules, stride, height, width):
    base = torch.tensor(pixel_anchors(stride) if rules["plus_one"] else exact_anchors(stride)).float().double()
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    shift = torch.stack([x, y, x, y], 2).reshape(-1, 1, 4) * stride
    return (shift + base).reshape(-1, 4)


def propose(rules, net, levels, size, padded):
    boxes, scores = [], []
    for i, level in enumerate(levels):
        logits, deltas = net.rpn(level)
        height, width = logits.shape[-2:]
        rank = logits[0].permute(1, 2, 0).reshape(-1)
        deltas = deltas[0].view(3, 4, height, width).permute(2, 3, 0, 1).reshape(-1, 4)
        if rules["rank"] == "sigmoid":
            rank = rank.sigmoid()
        best = rank.argsort(descending=True, stable=True)[:1000]
        b = decode(rules, anchors_of(rules, 4 << i, height, width)[best], deltas[best], (1, 1))
        one = rules["plus_one"]
        b = clip(b, padded[1] - 1, padded[0] - 1) if one else clip(b, size[1], size[0])
        w, h = b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]
        good = (w >= 0) & (h >= 0) if one else (w > 0) & (h > 0)
        b, s = b[good], rank[best][good]
        keep = nms(rules, b, s, 0.7)
        boxes.append(b[keep])
        scores.append(s[keep])
    boxes, scores = torch.cat(boxes), torch.cat(scores)
    best = scores.argsort(descending=True, stable=True)[:1000]
    return boxes[best], scores[best]


def level_of(rules, boxes):
    one = rules["plus_one"]
    side = ((boxes[:, 2] - boxes[:, 0] + one) * (boxes[:, 3] - boxes[:, 1] + one)).sqrt()
    if rules["level"] == "finest":
        level = (side / 56 + 1e-6).log2().floor() + 2
    else:
        level = (4 + (side / 224 + rules["level_eps"]).log2()).floor()
    return level.clamp(2, 5).long() - 2


def features(rules, levels, boxes):
    which = level_of(rules, boxes)
    cells = torch.zeros(len(boxes), levels[0].shape[1], 7, 7, dtype=torch.float64)
    for i in range(4):
        rois = torch.cat([torch.zeros(len(boxes), 1), boxes], 1)[which == i]
        cells[which == i] = torchvision.ops.roi_align(levels[i], rois, 7, 1 / (4 << i), rules["sampling"],
                                                      rules["aligned"])
    return cells


def results(rules, proposals, classes, deltas, size, original, back):
    """Persons: boxes and scores."""
    scores = classes.softmax(1)
    found = []
    for k in range(scores.shape[1]):
        if k == (0 if rules["background_first"] else scores.shape[1] - 1):
            continue
        good = scores[:, k] > 0.05
        b, s = proposals[good], scores[good, k]
        d = deltas[good, 4 * k:4 * k + 4]
        if rules["plus_one"]:
            b = clip(decode(rules, b * back[0], d, (10, 5)), original[1] - 1, original[0] - 1)
        else:
            b = clip(decode(rules, b, d, (10, 5)), size[1], size[0]) * torch.tensor([back[0], back[1]] * 2)
        keep = nms(rules, b, s, 0.5) if len(b) else []
        found += [(float(s[i]), k, b[i]) for i in keep]
    found.sort(key=lambda f: -f[0])
    person = 1 if rules["background_first"] else 0
    return [(b, s) for s, k, b in found[:100] if k == person]


# ---------------------------------------------------------------------------------------------------- pictures


def resize(rules, rgb):
    """The network's picture [h][w] of its channels before padding; factors that bring boxes back."""
    h, w = rgb.shape[:2]
    picture = rgb[:, :, ::-1] if rules["bgr"] else rgb
    mean, std = np.array(rules["mean"]), np.array(rules["std"])
    if rules["resize"] == "pillow":
        scale = 800 / min(h, w)
        nh, nw = (800, scale * w) if h < w else (scale * h, 800)
        if max(nh, nw) > 1333:
            scale = 1333 / max(nh, nw)
            nh, nw = nh * scale, nw * scale
        nh, nw = int(nh + 0.5), int(nw + 0.5)
        small = np.asarray(PIL.Image.fromarray(np.ascontiguousarray(picture)).resize((nw, nh), PIL.Image.BILINEAR))
        return (small - mean) / std, (w / nw, h / nh)
    if rules["resize"] == "opencv":
        scale = min(1333 / max(h, w), 800 / min(h, w))
        nw, nh = int(w * scale + 0.5), int(h * scale + 0.5)
        small = cv2.resize(np.ascontiguousarray(picture), (nw, nh), interpolation=cv2.INTER_LINEAR)
        return (small - mean) / std, (w / nw, h / nh)
    scale = 800 / min(h, w)
    if np.round(scale * max(h, w)) > 1333:
        scale = 1333 / max(h, w)
    floats = ((picture - mean) / std).astype(np.float32)
    small = cv2.resize(floats, None, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    return small.astype(np.float64), (1 / scale, 1 / scale)


def detect(net, rgb, noise=0.0):
    rules = net.rules
    small, back = resize(rules, rgb)
    h, w = small.shape[:2]
    padded = -(-h // 32) * 32, -(-w // 32) * 32
    x = torch.zeros(1, 3, *padded, dtype=torch.float64)
    x[0, :, :h, :w] = torch.from_numpy(np.ascontiguousarray(small)).permute(2, 0, 1)
    levels = net.pyramid(x + torch.randn(x.shape, dtype=x.dtype) * x.std() * noise)
    proposals, ranks = propose(rules, net, levels, (h, w), padded)
    classes, deltas = net.head(features(rules, levels, proposals))
    net.made = True
    return results(rules, proposals, classes, deltas, (h, w), rgb.shape, back), proposals, ranks


# ---------------------------------------------------------------------------------------------------- torchvision


class Block(torch.nn.Module):
    def __init__(self, cin, width, cout, stride, groups, first):
        super().__init__()
        norm = lambda n: torchvision.ops.FrozenBatchNorm2d(n, eps=0.0)
        self.conv1, self.bn1 = torch.nn.Conv2d(cin, width, 1, bias=False), norm(width)
        self.conv2 = torch.nn.Conv2d(width, width, 3, stride, 1, groups=groups, bias=False)
        self.bn2, self.conv3, self.bn3 = norm(width), torch.nn.Conv2d(width, cout, 1, bias=False), norm(cout)
        if first:
            self.downsample = torch.nn.Sequential(torch.nn.Conv2d(cin, cout, 1, stride, bias=False), norm(cout))
        self.first = first

    def forward(self, x):
        skip = self.downsample(x) if self.first else x
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        return F.relu(self.bn3(self.conv3(y)) + skip)


class Body(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 16, 7, 2, 3, bias=False)
        self.bn1 = torchvision.ops.FrozenBatchNorm2d(16, eps=0.0)
        cin = 16
        for stage, n in enumerate(net.blocks):
            width, cout, layers = 16 * (1 + stage // 2), 24 + 8 * stage, []
            for b in range(n):
                layers.append(Block(cin, width, cout, 2 if stage and not b else 1, 1, b == 0))
                cin = cout
            setattr(self, f"layer{stage + 1}", torch.nn.Sequential(*layers))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        out = collections.OrderedDict()
        for i in range(4):
            x = out[str(i)] = getattr(self, f"layer{i + 1}")(x)
        return out


class Backbone(torch.nn.Module):
    out_channels = 16

    def __init__(self, net):
        super().__init__()
        self.body = Body(net)
        self.fpn = FeaturePyramidNetwork([24, 32, 40, 48], 16, LastLevelMaxPool())

    def forward(self, x):
        return self.fpn(self.body(x))


def run_torchvision(net, rgb):
    model = FasterRCNN(Backbone(net), rpn_anchor_generator=AnchorGenerator(((32,), (64,), (128,), (256,), (512,)),
                                                                          (RATIOS,) * 5),
                       rpn_head=RPNHead(16, 3), box_roi_pool=MultiScaleRoIAlign(["0", "1", "2", "3"], 7, 2),
                       box_head=TwoMLPHead(16 * 49, 32), box_predictor=FastRCNNPredictor(32, net.n_outputs))
    model.load_state_dict(renamed(net.t, TORCHVISION))
    model = model.double().eval()
    kept = []
    model.rpn.register_forward_hook(lambda m, i, o: kept.append(o[0][0]))
    out = model([torch.from_numpy(rgb).permute(2, 0, 1).double() / 255])[0]
    persons = out["labels"] == 1
    return list(zip(out["boxes"][persons], out["scores"][persons].tolist())), kept[0], None


# ---------------------------------------------------------------------------------------------------- files


def renamed(tensors, rules):
    """By (pattern, name) pairs, whose {0}, {1} are the pattern's '#', with what is to be added to the first."""
    out = {}
    for name, value in tensors.items():
        for pattern, to, more in rules:
            parts, rest, numbers = pattern.split("#"), name, []
            if not rest.startswith(parts[0]):
                continue
            rest = rest[len(parts[0]):]
            for part in parts[1:]:
                n = len(rest) - len(rest.lstrip("0123456789"))
                numbers.append(rest[:n])
                rest = rest[n:] if rest[n:].startswith(part) and n else None
                if rest is None:
                    break
                rest = rest[len(part):]
            if rest is None:
                continue
            if numbers:
                numbers[0] = int(numbers[0]) + more
            out[to.format(*numbers) + rest] = value
            break
        else:
            raise KeyError(name)
    return out


def torch_names(body, fpn, rest):
    return [(BODY + "stem.conv1.norm", body + "bn1", 0), (BODY + "stem.conv1", body + "conv1", 0),
            (BODY + "res#.#.conv#.norm", body + "layer{}.{}.bn{}", -1), (BODY + "res#.#.conv#", body + "layer{}.{}.conv{}", -1),
            (BODY + "res#.#.shortcut.norm", body + "layer{}.{}.downsample.1", -1),
            (BODY + "res#.#.shortcut", body + "layer{}.{}.downsample.0", -1),
            ("backbone.fpn_lateral#", fpn[0], -2), ("backbone.fpn_output#", fpn[1], -2)] + rest


TORCHVISION = torch_names("backbone.body.", ("backbone.fpn.inner_blocks.{}.0", "backbone.fpn.layer_blocks.{}.0"),
                          [(RPN + "conv", "rpn.head.conv.0.0", 0), (RPN + "objectness_logits", "rpn.head.cls_logits", 0),
                           (RPN + "anchor_deltas", "rpn.head.bbox_pred", 0),
                           (BOX + "box_head.fc#", BOX + "box_head.fc{}", 5), (BOX + "box_predictor", BOX + "box_predictor", 0)])
TORCHVISION_OLD = [(a, b.replace("{}.0", "{}").replace(".0.0", "") if "downsample" not in b else b, n)
                   for a, b, n in TORCHVISION]
MMDETECTION = torch_names("backbone.", ("neck.lateral_convs.{}.conv", "neck.fpn_convs.{}.conv"),
                          [(RPN + "conv", "rpn_head.rpn_conv", 0), (RPN + "objectness_logits", "rpn_head.rpn_cls", 0),
                           (RPN + "anchor_deltas", "rpn_head.rpn_reg", 0),
                           (BOX + "box_head.fc#", "roi_head.bbox_head.shared_fcs.{}", -1),
                           (BOX + "box_predictor.cls_score", "roi_head.bbox_head.fc_cls", 0),
                           (BOX + "box_predictor.bbox_pred", "roi_head.bbox_head.fc_reg", 0)])
DETECTRON = [(BODY + "stem.conv1.norm", "res_conv1_bn", 0), (BODY + "stem.conv1", "conv1", 0),
             (BODY + "res#.#.conv1", "res{}_{}_branch2a", 0), (BODY + "res#.#.conv2", "res{}_{}_branch2b", 0),
             (BODY + "res#.#.conv3", "res{}_{}_branch2c", 0), (BODY + "res#.#.shortcut", "res{}_{}_branch1", 0),
             ("backbone.fpn_lateral5", "fpn_inner_res5_0_sum", 0), ("backbone.fpn_lateral#", "fpn_inner_res{}_0_sum_lateral", 0),
             ("backbone.fpn_output#", "fpn_res{}_0_sum", 0), (RPN + "conv", "conv_rpn_fpn2", 0),
             (RPN + "objectness_logits", "rpn_cls_logits_fpn2", 0), (RPN + "anchor_deltas", "rpn_bbox_pred_fpn2", 0),
             (BOX + "box_head.fc#", "fc{}", 5), (BOX + "box_predictor.", "", 0)]


def half(tensors):
    return collections.OrderedDict((name, v.half()) for name, v in tensors.items())


def save_detectron2(net, path):
    arrays = {name: v.half().numpy() for name, v in net.t.items()}
    arrays["proposal_generator.anchor_generator.cell_anchors.0"] = np.zeros((3, 4), np.float32)
    arrays["pixel_mean"] = np.zeros((3, 1, 1), np.float32)
    with open(path, "wb") as f:
        pickle.dump({"model": arrays, "__author__": "Detectron2 Model Zoo", "matching_heuristics": True}, f)


def save_detectron(net, path):
    blobs = {}
    for name, v in renamed(net.t, DETECTRON).items():
        norm = ".norm." in name or name.startswith("res_conv1_bn")
        name, kind = name.replace(".norm.", "_bn.").rsplit(".", 1)
        blobs[name + "_" + ("s" if norm and kind == "weight" else kind[0])] = v.half().numpy()
        if not norm:
            blobs[name + "_" + kind[0] + "_momentum"] = np.zeros(1, np.float32)
    with open(path, "wb") as f:
        pickle.dump({"cfg": "MODEL:\n  NUM_CLASSES: 2\n", "blobs": blobs}, f, protocol=2)


MM_CONFIG = """model = dict(type='FasterRCNN', backbone=dict(type='ResNet', depth=50, style='pytorch'))
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
"""


def save_mmdetection(net, path, meta):
    torch.save({"meta": meta, "state_dict": half(renamed(net.t, MMDETECTION))}, path)


# ---------------------------------------------------------------------------------------------------- cases

IMAGENET = dict(mean=(103.53, 116.28, 123.675), std=(1, 1, 1), bgr=True, plus_one=0, eps=1e-5, stride_in_1x1=True,
                clamp_shrinking=False, rank="logit", level="in", level_eps=1e-8, aligned=True, sampling=0,
                background_first=False, resize="pillow")
RGB = dict(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375), bgr=False)
RULES = {
    "detectron2": IMAGENET,
    "detectron2_x": dict(IMAGENET, std=(57.375, 57.12, 58.395), stride_in_1x1=False),
    "mmdetection": dict(IMAGENET, **RGB, stride_in_1x1=False, clamp_shrinking=True, rank="sigmoid", level="finest",
                        resize="opencv"),
    "mmdetection_caffe": dict(IMAGENET, clamp_shrinking=True, rank="sigmoid", level="finest", resize="opencv"),
    # only to make weights; torchvision itself says what is found
    "torchvision": dict(IMAGENET, **RGB, stride_in_1x1=False, eps=0.0, background_first=True, aligned=False, sampling=2,
                        resize="opencv"),
    "detectron": dict(IMAGENET, mean=(102.9801, 115.9465, 122.7717), affine=True, plus_one=1, rank="sigmoid",
                      level_eps=1e-6, aligned=False, sampling=2, background_first=True, resize="float"),
    "detectron_x": dict(IMAGENET, mean=(102.9801, 115.9465, 122.7717), affine=True, plus_one=1, rank="sigmoid",
                        level_eps=1e-6, aligned=False, sampling=2, background_first=True, resize="float",
                        stride_in_1x1=False),
}

Case = collections.namedtuple("Case", "file rules groups outputs picture threshold")
CASES = [
    Case("rcnn_torchvision.pth", "torchvision", 1, 91, "formula 520 390", 0.3),
    Case("rcnn_detectron2.pkl", "detectron2", 1, 81, "formula 1500 1100", 0.3),
    Case("rcnn_detectron2_x.pkl", "detectron2_x", 4, 2, "resize/strong.in.ppm", 0.9),
    Case("rcnn_mmdetection.pth", "mmdetection", 1, 81, "formula 700 1400", 0.3),
    Case("rcnn_mmdetection_caffe.pth", "mmdetection_caffe", 1, 2, "resize/landscape_down.in.ppm", 0.9),
    Case("rcnn_detectron.pkl", "detectron", 1, 81, "formula 480 360", 0.05),
    Case("rcnn_detectron_x.pkl", "detectron_x", 4, 2, "formula 1000 750", 0.9),
]

REAL = ("basketball.mp4", 426, 240)


def load(picture):
    if picture.startswith("formula"):
        return make_picture(*map(int, picture.split()[1:]))
    return cv2.imread("../" + picture)[:, :, ::-1]


def save(net, case):
    if case.rules == "torchvision":
        torch.save(half(renamed(net.t, TORCHVISION)), case.file)
        torch.save(half(renamed(net.t, TORCHVISION_OLD)), "rcnn_torchvision_old.pth", _use_new_zipfile_serialization=False)
    elif case.rules.startswith("detectron2"):
        save_detectron2(net, case.file)
    elif case.rules.startswith("detectron"):
        save_detectron(net, case.file)
    else:
        save_mmdetection(net, case.file, {"config": MM_CONFIG, "epoch": 24} if case.rules == "mmdetection" else {})


def run(net, case, rgb):
    persons, proposals, ranks = (run_torchvision if case.rules == "torchvision" else detect)(net, rgb)
    h, w = rgb.shape[:2]
    persons = [(clip(b[None], w, h)[0], s) for b, s in persons]
    return [(b, s) for b, s in persons if b[2] > b[0] and b[3] > b[1]], proposals, ranks


def is_clear(rules, persons, ranks, threshold, least=10, close=1e-4):
    """Enough persons, whose order and number rounding does not change, and no sigmoids that float32 rounds to one."""
    if rules["rank"] == "sigmoid" and ranks.max() > 1 - close:
        return False
    scores = [s for _, s in persons if s >= threshold] + [threshold]
    return least < len(scores) <= 91 and min(a - b for a, b in zip(scores, scores[1:])) > 2e-5


def write(name, picture, threshold, persons, proposals):
    persons = [(b, s) for b, s in persons if s >= threshold]
    with open(name + ".txt", "w") as f:
        print(picture, threshold, len(persons), len(proposals), file=f)
        for b, s in persons:
            print(*(f"{v:.9g}" for v in b.tolist()), f"{s:.9g}", file=f)
        for b in proposals[:300]:
            print(*(f"{v:.9g}" for v in b.tolist()), file=f)


def make(case):
    """A network that is clear about its picture."""
    rgb = np.ascontiguousarray(load(case.picture))
    for seed in range(100):
        net = Net(seed, (1, 1, 2, 1), case.groups, case.outputs, RULES[case.rules])
        detect(net, rgb)
        persons, proposals, ranks = run(net, case, rgb)
        print(case.file, seed, len(persons), flush=True)
        if is_clear(RULES[case.rules], persons, ranks, case.threshold):
            break
    write(case.file.rsplit(".", 1)[0], case.picture if " " in case.picture else case.picture + " 0 0", case.threshold,
          persons, proposals)
    return net


def is_steady(net, rgb, persons, threshold):
    """Noise as small as rounding does not change who is found: no proposal is on the verge of being suppressed."""
    for _ in range(3):
        again = [b for b, s in detect(net, rgb.copy(), 1e-5)[0] if s >= threshold]
        wanted = [b for b, s in persons if s >= threshold]
        if len(again) != len(wanted) or max(float((a - b).abs().max()) for a, b in zip(again, wanted)) > 0.01:
            return False
    return True


def look_at_real(net, case):
    """The same network and a frame of a real clip, one that it is clear about."""
    clip_name, width, height = REAL
    path = os.environ.get("SFD_SHARED", "../../../../shared") + "/clips/" + clip_name
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-vf", "fps=30", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
                         stdout=subprocess.PIPE, check=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)
    for frame in range(45, 285, 30):
        persons, proposals, ranks = run(net, case, frames[frame].copy())
        for threshold in (0.97, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.06):
            if is_clear(RULES[case.rules], persons, ranks, threshold, 5, 1e-5) and is_steady(net, frames[frame], persons,
                                                                                         threshold):
                return write(case.file.rsplit(".", 1)[0] + "_real", f"{clip_name} {frame} 0", threshold, persons, proposals)
    print(case.file, "is not clear about real pictures")


def main():
    for case in CASES:
        if sys.argv[1:] and case.file not in sys.argv[1:]:
            continue
        with torch.no_grad():
            net = make(case)
            look_at_real(net, case)
        save(net, case)


if __name__ == "__main__":
    main()
