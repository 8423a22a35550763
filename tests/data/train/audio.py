# SPDX-License-Identifier: Apache-2.0
"""Records loss and gradients of small audiovisual networks in training mode, computed by PyTorch.

    /usr/bin/python3 audio.py > audio.json

The networks are those of ../networks/reference.py with batch norm by batch statistics and without dropout, the
inputs two clips and spectrograms of uniform numbers. Target k of row r is 1 where (7 r + 3 k) mod 11 is 0. A
dropped pathway does not join the others, but the head hears it.

With the loss of synchronisation the sound's pathway gets two spectrograms of each clip, its own and another, as in
the authors' code; the second clip's other one is silence and does not count.
"""
import json
import os
import sys

import torch
import torch.nn.functional as F
import torchvision

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "networks"))
from figures import figures  # noqa: E402
from reference import AVSlowFast, MELS, STEPS, uniform  # noqa: E402

BATCH, FRAMES, SIDE, CLASSES, WIDTH = 2, 8, 64, 5, 64
BOXES = [[[8.0, 4.5, 60.25, 60.0], [0.0, 0.0, 40.0, 40.0]], [[20.0, 10.0, 50.0, 63.0]]]


class Trained(AVSlowFast):
    """`synchronised`: audio is [2 N ...], own sounds first; the network hears these alone."""

    def __init__(self, fusion, dropped, synchronised):
        super().__init__(16, fusion, last_stride=1)
        self.dropped, self.synchronised, self.sync = dropped, synchronised, []
        self.w.norm = self.norm

    def norm(self, name, x):
        gain, bias, mean, var = (self.w.get(f"{name}.{f}", x.shape[1])
                                 for f in ("weight", "bias", "running_mean", "running_var"))
        return F.batch_norm(x, mean, var, gain, bias, True, 0.1, 1e-5)

    def audio_convs(self, *args):
        y = super().audio_convs(*args)
        if self.synchronised:
            y, other = torch.chunk(y, 2)
            self.sync.append((args[0], y, other))
        return y * (0 if self.dropped else 1)

    def fuse(self, i, slow, fast, audio):
        """As the base class, of "joint"; what is seen is kept for the loss."""
        if not self.synchronised or not (i == 4 or self.fused[i]):
            return super().fuse(i, slow, fast, audio)
        name, alpha = f"s{i + 1}_fuse", 8 >> max(0, i - 1)
        y = self.w.conv(name + ".conv_f2s", fast, 2 * fast.shape[1], (5, 1, 1), (2, 1, 1))
        seen = torch.cat((slow, F.relu(self.w.norm(name + ".bn_f2s", y))), 1)
        slow = seen + self.audio_convs(name, "a2fs", audio, seen.shape[1], alpha)
        self.sync[-1] = (*self.sync[-1], seen)
        return slow, fast

    def backbone(self, clip, audio):
        slow, fast, audio = super().backbone(clip, audio)
        if self.synchronised:
            self.fuse(4, slow, fast, audio)
            audio = torch.chunk(audio, 2)[0]
        return slow, fast, audio

    def sync_loss(self, audio):
        """The authors' AVS; behind the first fusion only where the pathway is dropped."""
        own, other = (v.flatten(1) for v in torch.chunk(audio, 2))
        counts = (own.var(1) > 0.01) & (other.var(1) > 0.01) & (F.cosine_similarity(own, other) < 0.99)
        n, total = counts.sum(), 0
        for i, (name, pos, neg, seen) in enumerate(self.sync):
            maps = [("ref_fc", seen), ("query_fc", pos), ("query_fc", neg)]
            seen, pos, neg = (F.normalize(self.w.linear(f"{name}.avs.{h}", v.mean((2, 3, 4)), WIDTH)) * 0.5
                              for h, v in maps)
            near = ((seen - pos)[counts] ** 2).sum()
            far = (torch.clamp(0.99 - torch.norm((seen - neg)[counts], dim=1), min=0) ** 2).sum()
            total = total + (near + far) / (2 * n + 1e-8) * (1 if self.dropped or i == 0 else 0)
        return total

    def attend(self, name, slow, audio):
        return slow if self.dropped else super().attend(name, slow, audio)

    def loss(self, clips, audio):
        *seen, heard = self.backbone(clips, audio)
        boxes = [torch.tensor(b, dtype=clips.dtype) for b in BOXES]
        x = [torchvision.ops.roi_align(v.mean(2), boxes, 7, 1 / 16, 0, True).amax((2, 3)) for v in seen]
        of = torch.tensor([n for n, b in enumerate(BOXES) for _ in b])
        x = torch.cat((*x, heard.mean((2, 3, 4))[of]), 1)
        targets = torch.tensor([[float((7 * r + 3 * k) % 11 == 0) for k in range(CLASSES)] for r in range(len(of))])
        loss = F.binary_cross_entropy_with_logits(self.w.linear("head.projection", x, CLASSES), targets.to(x.dtype))
        return loss + self.sync_loss(audio) if self.synchronised else loss


def gradients(fusion, dropped, synchronised, dtype):
    """Loss, and every gradient (statistics: the new running value) as a flat vector by name."""
    net = Trained(fusion, dropped, synchronised)
    clips = torch.from_numpy(uniform(1001, BATCH * 3 * FRAMES * SIDE * SIDE) - 0.5).view(BATCH, 3, FRAMES, SIDE, SIDE)
    n = (1 + synchronised) * BATCH
    audio = torch.from_numpy(uniform(1002, n * STEPS * MELS) - 0.5).view(n, 1, 1, STEPS, MELS)
    audio[3:] = 0
    with torch.no_grad():
        undropped = Trained(fusion, False, synchronised)  # whose tensors have the order that counts
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


def record(fusion, dropped, synchronised):
    loss, exact = gradients(fusion, dropped, synchronised, torch.float64)
    rounded_loss, rounded = gradients(fusion, dropped, synchronised, torch.float32)
    return {"case": "av_" + fusion + "_boxes", "dropped": dropped, "synchronised": synchronised,
            "loss": loss, "float32_loss": rounded_loss, **figures(exact, rounded)}


cases = [("joint", False, False), ("chain", False, False), ("nonlocal", False, False),
         ("joint", False, True), ("joint", True, True)]
print(json.dumps({"boxes": BOXES, "cases": [record(*c) for c in cases]}, separators=(",", ":")))
