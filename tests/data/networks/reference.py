# SPDX-License-Identifier: Apache-2.0
"""Small networks of PySlowFast and MMAction2 in plain PyTorch, each under its own tensors' names.

Weights make themselves: a network asks for a tensor by name and shape and gets values that
tests/detect/test_networks.c makes as well, so that only names and shapes are recorded.
"""
import numpy as np
import torch
import torch.nn.functional as F
import torchvision

BLOCKS = (3, 4, 6, 3)
GAMMA = np.uint64(0x9E3779B97F4A7C15)


def uniform(seed, n):
    """n values in [0, 1), multiples of 2^-24: SplitMix64."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + GAMMA * np.arange(1, n + 1, dtype=np.uint64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)


class Weights:
    """Tensors by name, in the order in which they are first asked for."""

    def __init__(self):
        self.tensors = {}

    def get(self, name, *shape):
        if name not in self.tensors:
            self.tensors[name] = self.make(name, shape, len(self.tensors) + 1)
        assert tuple(self.tensors[name].shape) == shape, name
        return self.tensors[name]

    @staticmethod
    def make(name, shape, seed):
        low, high = np.float32(-0.1), np.float32(0.1)
        if len(shape) > 1:
            last = name.endswith(("branch2.c.weight", "conv3.conv.weight", "conv_out.weight"))
            fan_in = int(np.prod(shape[1:]))
            high = np.sqrt(np.float32(0.3 if last else 6) / np.float32(fan_in))
            low = -high
        elif name.endswith("running_var") or name.endswith("weight"):
            low, high = np.float32(0.8), np.float32(1.2)
        return torch.from_numpy((low + (high - low) * uniform(seed, int(np.prod(shape)))).reshape(shape))

    def conv(self, name, x, cout, kernel, stride=(1, 1, 1), dilation=1, bias=False):
        """'Same' padding."""
        weight = self.get(name + ".weight", cout, x.shape[1], *kernel)
        b = self.get(name + ".bias", cout) if bias else None
        padding = [k // 2 * d for k, d in zip(kernel, (1, dilation, dilation))]
        return F.conv3d(x, weight, b, stride, padding, (1, dilation, dilation))

    def norm(self, name, x):
        gain, bias, mean, var = (self.get(f"{name}.{f}", x.shape[1])
                                 for f in ("weight", "bias", "running_mean", "running_var"))
        return F.batch_norm(x, mean, var, gain, bias, False, 0, 1e-5)

    def linear(self, name, x, n_out):
        return F.linear(x, self.get(name + ".weight", n_out, x.shape[-1]), self.get(name + ".bias", n_out))


# ------------------------------------------------------------------ PySlowFast

KERNELS = {"i3d": (5, (3, 3), (3, 1), (3, 1), (1, 3)), "c2d": (1, (1, 1), (1, 1), (1, 1), (1, 1)),
           "slow": (1, (1, 1), (1, 1), (3, 3), (3, 3))}


class PySlowFast:
    """video_model_builder.ResNet: one pathway. `pool`: time is max-pooled behind res2."""

    def __init__(self, arch, width, classes, pool=False, nonlocal_after=((), (), (), ()), act="softmax",
                 window=2, prefix=""):
        self.w = Weights()
        self.arch, self.width, self.classes, self.pool = arch, width, classes, pool
        self.nonlocal_after, self.act, self.window, self.prefix = nonlocal_after, act, window, prefix

    def conv_bn(self, name, x, *args, **kwargs):
        return self.w.norm(name + "_bn", self.w.conv(name, x, *args, **kwargs))

    def block(self, name, x, mid, out, kt, stride):
        y = F.relu(self.conv_bn(name + ".branch2.a", x, mid, (kt, 1, 1)))
        y = F.relu(self.conv_bn(name + ".branch2.b", y, mid, (1, 3, 3), (1, stride, stride)))
        y = self.conv_bn(name + ".branch2.c", y, out, (1, 1, 1))
        if x.shape[1] != out or stride != 1:
            x = self.conv_bn(name + ".branch1", x, out, (1, 1, 1), (1, stride, stride))
        return F.relu(x + y)

    def nonlocal_block(self, name, x):
        """nonlocal_helper.Nonlocal: softmax, keys and values of the map max-pooled by 1, 2, 2."""
        n = x.shape[1] // 2
        small = F.max_pool3d(x, (1, 2, 2), (1, 2, 2))
        theta, phi, g = (self.w.conv(f"{name}.conv_{h}", v, n, (1, 1, 1), bias=True).flatten(2)
                         for h, v in (("theta", x), ("phi", small), ("g", small)))
        attention = torch.softmax(torch.einsum("nct,ncp->ntp", theta, phi) * n**-0.5, 2)
        y = torch.einsum("ntg,ncg->nct", attention, g).view(1, n, *x.shape[2:])
        return x + self.w.norm(name + ".bn", self.w.conv(name + ".conv_out", y, x.shape[1], (1, 1, 1), bias=True))

    def features(self, x):
        stem, *kernels = KERNELS[self.arch]
        name = f"{self.prefix}s1.pathway0_stem"
        x = F.relu(self.w.norm(name + ".bn", self.w.conv(name + ".conv", x, self.width, (stem, 7, 7), (1, 2, 2))))
        x = F.max_pool3d(x, (1, 3, 3), (1, 2, 2), (0, 1, 1))
        for i, n in enumerate(BLOCKS):
            mid = self.width << i
            for b in range(n):
                x = self.block(f"{self.prefix}s{i + 2}.pathway0_res{b}", x, mid, 4 * mid, kernels[i][b % 2],
                               2 if i > 0 and b == 0 else 1)
                if b in self.nonlocal_after[i]:
                    x = self.nonlocal_block(f"{self.prefix}s{i + 2}.pathway0_nonlocal{b}", x)
            if i == 0 and self.pool:
                x = F.max_pool3d(x, (2, 1, 1), (2, 1, 1))
        return x

    def __call__(self, clip):
        """ResNetBasicHead at test time: a window slides, activation, then the mean."""
        x = self.features(clip)
        x = F.avg_pool3d(x, (x.shape[2], self.window, self.window), 1).permute(0, 2, 3, 4, 1)
        logits = self.w.linear("head.projection", x, self.classes)
        scores = logits.softmax(4) if self.act == "softmax" else logits.sigmoid()
        return scores.mean((1, 2, 3)), x.mean((1, 2, 3))


# ------------------------------------------------------------------ audiovisual SlowFast

STEPS, MELS, RATE, WINDOW, HOP = 32, 40, 16000, 512, 256


def spectrogram(x):
    """The authors' gen_logmel: librosa's melspectrogram(n_fft=512, hop_length=256, htk=True, center=False)."""
    n = 1 + (len(x) - WINDOW) // HOP
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    frames = np.stack([x[i * HOP:i * HOP + WINDOW] * hann for i in range(n)])
    power = np.abs(np.fft.rfft(frames)) ** 2
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + RATE / 2 / 700), MELS + 2) / 2595) - 1)
    hz = np.arange(WINDOW // 2 + 1) * RATE / WINDOW
    up = (hz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    down = (edges[2:, None] - hz) / np.diff(edges)[1:, None]
    bank = np.maximum(0, np.minimum(up, down)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return np.log(power @ bank.T + 1e-8)


def sound(frames, sampling_rate, mean, std):
    """[1, 1, 1, STEPS, MELS] of the noise that test_networks.c makes; decoder.py's temporal_sampling."""
    span = np.float32((frames * sampling_rate - 1) / 30 * RATE / HOP)
    windows = int(span) + 1
    x = uniform(77, (windows - 1) * HOP + WINDOW).astype(np.float64) - 0.5
    rows = torch.from_numpy(spectrogram(x).astype(np.float32))
    at = torch.clamp(torch.linspace(0, float(span), STEPS), 0, windows - 1).long()
    return ((rows[at] - mean) / std)[None, None, None]


class AVSlowFast:
    """The authors' AVSlowFast (A->FS), and after their paper A->F->S and the audiovisual non-local block.
    Frames 8, alpha 2; beta 1/8, beta_A 1/2; AU_ALPHA 8; 8 channels between a fusion's convolutions."""

    KERNELS = ((1, 5), (1, 3), (1, 3), (3, 3), (3, 3))

    def __init__(self, width, fusion, fused=(False, False, True, True), last_stride=2):
        self.w = Weights()
        self.width, self.fusion, self.fused, self.strides = width, fusion, fused, (1, 2, 2, last_stride)

    def conv_bn(self, name, x, *args, **kwargs):
        return self.w.norm(name + "_bn", self.w.conv(name, x, *args, **kwargs))

    def stem(self, p, x, width, kt):
        name = f"s1.pathway{p}_stem"
        x = F.relu(self.w.norm(name + ".bn", self.w.conv(name + ".conv", x, width, (kt, 7, 7), (1, 2, 2))))
        return F.max_pool3d(x, (1, 3, 3), (1, 2, 2), (0, 1, 1))

    def audio_stem(self, x):
        name, width = "s1.pathway2_stem", self.width // 2
        x = self.w.conv(name + ".conv_t", x, width, (1, 9, 1)) + self.w.conv(name + ".conv_f", x, width, (1, 1, 9))
        return F.relu(self.w.norm(name + ".bn", x))

    def bottleneck(self, name, x, mid, out, kt, stride):
        y = F.relu(self.conv_bn(name + ".branch2.a", x, mid, (kt, 1, 1)))
        y = F.relu(self.conv_bn(name + ".branch2.b", y, mid, (1, 3, 3), (1, stride, stride)))
        return self.conv_bn(name + ".branch2.c", y, out, (1, 1, 1))

    def apart(self, name, x, mid, out, stride):
        """TimeFreqBottleneckTransform_v1."""
        t = F.relu(self.conv_bn(name + ".branch2.t", x, mid, (1, 3, 1), (1, stride, stride)))
        f = F.relu(self.conv_bn(name + ".branch2.f", x, mid, (1, 1, 3), (1, stride, stride)))
        return self.conv_bn(name + ".branch2.out", torch.cat((t, f), 1), out, (1, 1, 1))

    def stage(self, i, p, x, narrow, kt):
        mid = (self.width << i) // narrow
        for b in range(BLOCKS[i]):
            name = f"s{i + 2}.pathway{p}_res{b}"
            stride = (self.strides[i] if p < 2 else (1, 2, 2, 2)[i]) if b == 0 else 1
            if p == 2 and i < 2:
                y = self.apart(name, x, mid, 4 * mid, stride)
            else:
                y = self.bottleneck(name, x, mid, 4 * mid, kt, stride)
            if x.shape[1] != 4 * mid or stride != 1:
                x = self.conv_bn(name + ".branch1", x, 4 * mid, (1, 1, 1), (1, stride, stride))
            x = F.relu(x + y)
        return x

    def audio_convs(self, name, kind, audio, channels, stride):
        """[N C 1 T F] -> [N C' T' 1 1]"""
        x = audio.mean(-1, keepdim=True)
        for i, (n, s) in enumerate(((8, 1), (channels, stride))):
            x = self.w.conv(f"{name}.conv_{kind}_{i}", x, n, (1, 5, 1), (1, s, 1))
            x = F.relu(self.w.norm(f"{name}.bn_{kind}_{i}", x))
        return x.permute(0, 1, 3, 2, 4)

    def attend(self, name, slow, audio):
        n = slow.shape[1] // 2
        theta, phi, g = (self.w.conv(f"{name}.conv_{h}", v, n, (1, 1, 1), bias=True).flatten(2)
                         for h, v in (("theta", slow), ("phi", audio), ("g", audio)))
        weights = torch.softmax(torch.einsum("nct,ncp->ntp", theta, phi) * n**-0.5, 2)
        y = torch.einsum("ntg,ncg->nct", weights, g).view(-1, n, *slow.shape[2:])
        return slow + self.w.norm(name + ".bn", self.w.conv(name + ".conv_out", y, 2 * n, (1, 1, 1), bias=True))

    def fuse(self, i, slow, fast, audio):
        name, alpha = f"s{i + 1}_fuse", 8 >> max(0, i - 1)
        if not self.fused[i]:
            return slow, fast
        if self.fusion == "chain":
            fast = fast + self.audio_convs(name, "a2f", audio, fast.shape[1], alpha // 2)
        y = self.w.conv(name + ".conv_f2s", fast, 2 * fast.shape[1], (5, 1, 1), (2, 1, 1))
        slow = torch.cat((slow, F.relu(self.w.norm(name + ".bn_f2s", y))), 1)
        if self.fusion == "joint":
            slow = slow + self.audio_convs(name, "a2fs", audio, slow.shape[1], alpha)
        elif self.fusion == "nonlocal":
            slow = self.attend(name + ".audio_nonlocal", slow, audio)
        return slow, fast

    def backbone(self, clip, audio):
        at = torch.linspace(0, clip.shape[2] - 1, clip.shape[2] // 2).long()
        slow = self.stem(0, clip[:, :, at], self.width, 1)
        fast = self.stem(1, clip, self.width // 8, 5)
        audio = self.audio_stem(audio)
        for i in range(4):
            slow, fast = self.fuse(i, slow, fast, audio)
            slow = self.stage(i, 0, slow, 1, self.KERNELS[1 + i][0])
            fast = self.stage(i, 1, fast, 8, self.KERNELS[1 + i][1])
            audio = self.stage(i, 2, audio, 2, 1)
        return slow, fast, audio

    def classify(self, clip, audio, classes, window=2):
        """ResNetBasicHead: the sound's mean beside every window."""
        *seen, heard = self.backbone(clip, audio)
        x = [F.avg_pool3d(v, (v.shape[2], window, window), 1) for v in seen]
        heard = heard.mean((2, 3, 4), keepdim=True).expand(-1, -1, *x[0].shape[2:])
        x = torch.cat((*x, heard), 1).permute(0, 2, 3, 4, 1)
        return self.w.linear("head.projection", x, classes).softmax(4).mean((1, 2, 3)), x.mean((1, 2, 3))

    def detect(self, clip, audio, boxes, classes):
        """ResNetRoIHead, behind whose maxima the sound's mean stands."""
        *seen, heard = self.backbone(clip, audio)
        x = [torchvision.ops.roi_align(v.mean(2), [torch.tensor(boxes)], 7, 1 / 16, 0, True).amax((2, 3)) for v in seen]
        x = torch.cat((*x, heard.mean((2, 3, 4)).expand(len(boxes), -1)), 1)
        return self.w.linear("head.projection", x, classes).sigmoid(), x


# ------------------------------------------------------------------ MMAction2

class MMAction2:
    """ResNet3dSlowOnly, or ResNet3dSlowFast with `alpha`; res5 at stride `last_stride`."""

    def __init__(self, width, alpha=0, fusion_kernel=5, last_stride=2, depth=BLOCKS, inflate=(0, 0, 1, 1),
                 lateral_norm=False):
        self.w = Weights()
        self.width, self.alpha, self.fusion_kernel, self.lateral_norm = width, alpha, fusion_kernel, lateral_norm
        self.strides, self.depth, self.inflate = (1, 2, 2, last_stride), depth, inflate

    def module(self, name, x, *args, act=True):
        """mmcv's ConvModule."""
        x = self.w.norm(name + ".bn", self.w.conv(name + ".conv", x, *args))
        return F.relu(x) if act else x

    def block(self, name, x, mid, inflated, stride):
        y = self.module(name + ".conv1", x, mid, (3 if inflated else 1, 1, 1))
        y = self.module(name + ".conv2", y, mid, (1, 3, 3), (1, stride, stride))
        y = self.module(name + ".conv3", y, 4 * mid, (1, 1, 1), act=False)
        if x.shape[1] != 4 * mid or stride != 1:
            x = self.module(name + ".downsample", x, 4 * mid, (1, 1, 1), (1, stride, stride), act=False)
        return F.relu(x + y)

    def stem(self, name, x, width, kt):
        x = self.module(name + "conv1", x, width, (kt, 7, 7), (1, 2, 2))
        return F.max_pool3d(x, (1, 3, 3), (1, 2, 2), (0, 1, 1))

    def stage(self, name, i, x, width, inflated):
        for b in range(self.depth[i]):
            x = self.block(f"{name}layer{i + 1}.{b}", x, width << i, inflated, self.strides[i] if b == 0 else 1)
        return x

    def lateral(self, name, slow, fast):
        name = "backbone.slow_path." + name
        y = self.w.conv(name + ".conv", fast, 2 * fast.shape[1], (self.fusion_kernel, 1, 1), (self.alpha, 1, 1))
        if self.lateral_norm:
            y = F.relu(self.w.norm(name + ".bn", y))
        return torch.cat((slow, y), 1)

    def backbone(self, clip):
        if not self.alpha:
            x = self.stem("backbone.", clip, self.width, 1)
            for i in range(4):
                x = self.stage("backbone.", i, x, self.width, self.inflate[i])
            return (x,)
        width = self.width // 8
        slow = self.stem("backbone.slow_path.", clip[:, :, ::self.alpha], self.width, 1)
        fast = self.stem("backbone.fast_path.", clip, width, 5)
        slow = self.lateral("conv1_lateral", slow, fast)
        for i in range(4):
            slow = self.stage("backbone.slow_path.", i, slow, self.width, self.inflate[i])
            fast = self.stage("backbone.fast_path.", i, fast, width, True)
            if i < 3:
                slow = self.lateral(f"layer{i + 1}_lateral", slow, fast)
        return slow, fast

    def recognise(self, clip, classes):
        """SlowFastHead (fast features first) or I3DHead, average_clips='prob'."""
        x = torch.cat([v.mean((2, 3, 4)) for v in self.backbone(clip)[::-1]], 1)
        return self.w.linear("cls_head.fc_cls", x, classes).softmax(1), x

    def detect(self, clip, boxes, classes, size=8, with_global=False, temporal_max=False, mlp=False,
               multilabel=True, relation=0):
        """AVARoIHead: SingleRoIExtractor3D with temporal pooling, ACRNHead with `relation`
        convolutions, BBoxHeadAVA."""
        feat = self.backbone(clip)
        frames = max(v.shape[2] for v in feat)
        feat = [F.interpolate(v, (frames, *feat[0].shape[3:])) for v in feat]
        feat = torch.cat([v.max(2)[0] if temporal_max else v.mean(2) for v in feat], 1)
        x = torchvision.ops.roi_align(feat, [torch.tensor(boxes)], size, 1 / 16, 0, True)
        if with_global:
            x = torch.cat((x, F.adaptive_avg_pool2d(feat, size).expand(len(x), -1, -1, -1)), 1)
        if relation:
            x = self.relate(x, feat, relation)
        x = x.amax((2, 3))
        name = "roi_head.bbox_head.fc_cls"
        if mlp:
            logits = self.w.linear(name + ".2", F.relu(self.w.linear(name + ".0", x, x.shape[1])), classes)
        else:
            logits = self.w.linear(name, x, classes)
        return logits.sigmoid() if multilabel else logits.softmax(1), x

    def relate(self, x, feat, n_convs):
        """ACRNHead: each box's maxima beside every position of the whole map, convolved."""
        n, (h, w) = feat.shape[1], feat.shape[2:]
        tiled = x.amax((2, 3))[:, :, None, None].expand(-1, -1, h, w)
        x = torch.cat((tiled, feat.expand(len(x), -1, -1, -1)), 1)[:, :, None]
        x = self.module("roi_head.shared_head.conv1", x, n, (1, 1, 1))
        x = self.module("roi_head.shared_head.conv2", x, n, (1, 3, 3))
        for i in range(n_convs - 1):
            x = self.module(f"roi_head.shared_head.convs.{i}", x, n, (1, 3, 3))
        return x[:, :, 0]


# ------------------------------------------------------------------ MMAction2's recognisers of sound

BANDS, FEATURE_STEPS = 80, 128


def slaney(hz):
    """Hz to mel: linear up to 1000 Hz, logarithmic above."""
    return np.where(hz < 1000, hz * 3 / 200, 15 + np.log(np.maximum(hz, 1e-9) / 1000) / (np.log(6.4) / 27))


def slaney_hz(mel):
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp(np.log(6.4) / 27 * (mel - 15)))


def features():
    """[1, 1, 1, FEATURE_STEPS, BANDS] of the noise that test_networks.c makes: build_audio_features.py, whose
    windows of half a period of sine lie one behind the other here."""
    x = uniform(77, (FEATURE_STEPS - 1) * HOP + WINDOW).astype(np.float64) - 0.5
    shape = np.sin(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)
    amplitude = np.abs(np.fft.rfft(np.stack([x[i * HOP:i * HOP + WINDOW] * shape for i in range(FEATURE_STEPS)])))
    edges = slaney_hz(np.linspace(slaney(np.float64(125)), slaney(np.float64(7600)), BANDS + 2))
    hz = np.arange(WINDOW // 2 + 1) * RATE / WINDOW
    up = (hz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    down = (edges[2:, None] - hz) / np.diff(edges)[1:, None]
    bank = np.maximum(0, np.minimum(up, down)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    levels = 20 * np.log10(np.maximum(1e-5, amplitude @ bank.T)) - 20
    return torch.from_numpy(np.clip((levels + 100) / 100, 0, 1).astype(np.float32))[None, None, None]


class MMAction2Audio(MMAction2):
    """ResNetAudio, or with `basic` True or False its ResNet of blocks of two or three convolutions."""

    def plane(self, name, x, cout, h, w, stride=1, dilation=1):
        """Over time and frequency; weights have no third axis."""
        weight = self.w.get(name + ".weight", cout, x.shape[1], h, w)
        return F.conv2d(x[:, :, 0], weight, None, stride, (h // 2 * dilation, w // 2 * dilation), dilation)[:, :, None]

    def heard(self, name, x, *args, act=True):
        x = self.w.norm(name + ".bn", self.plane(name + ".conv", x, *args))
        return F.relu(x) if act else x

    def apart(self, name, x, cout, steps, stride=1):
        """ConvAudio's two."""
        return self.heard(name + ".conv_1", x, cout, steps, 1, stride), self.heard(name + ".conv_2", x, cout, 1, steps, stride)

    def audio_block(self, name, x, mid, factorised, stride):
        y = self.heard(name + ".conv1", x, mid, 1, 1)
        if factorised:
            y = torch.cat(self.apart(name + ".conv2.conv", y, mid, 3, stride), 1)
        else:
            y = self.plane(name + ".conv2.conv", y, mid, 3, 3, stride)
        return self.join(name, x, self.heard(name + ".conv3", y, 4 * mid, 1, 1, act=False), stride)

    def picture_block(self, name, x, mid, basic, stride, dilation):
        if basic:
            y = self.heard(name + ".conv1", x, mid, 3, 3, stride, dilation)
            return self.join(name, x, self.heard(name + ".conv2", y, mid, 3, 3, act=False), stride)
        y = self.heard(name + ".conv1", x, mid, 1, 1)
        y = self.heard(name + ".conv2", y, mid, 3, 3, stride, dilation)
        return self.join(name, x, self.heard(name + ".conv3", y, 4 * mid, 1, 1, act=False), stride)

    def join(self, name, x, y, stride):
        if x.shape[1] != y.shape[1] or stride != 1:
            x = self.heard(name + ".downsample", x, y.shape[1], 1, 1, stride, act=False)
        return F.relu(x + y)

    def listen(self, x, classes, basic=None, factorised=(True, True, False, False), last_dilation=1):
        """TSNAudioHead, average_clips='prob'."""
        if basic is None:
            x = sum(self.apart("backbone.conv1.conv", x, self.width, 9))
            x = F.relu(self.w.norm("backbone.conv1.bn", x))
        else:
            x = self.heard("backbone.conv1", x, self.width, 7, 7, 2)
            x = F.max_pool3d(x, (1, 3, 3), (1, 2, 2), (0, 1, 1))
        for i, n in enumerate(self.depth):
            for b in range(n):
                name, mid, stride = f"backbone.layer{i + 1}.{b}", self.width << i, self.strides[i] if b == 0 else 1
                if basic is None:
                    x = self.audio_block(name, x, mid, factorised[i], stride)
                else:
                    x = self.picture_block(name, x, mid, basic, stride, last_dilation if i == 3 else 1)
        x = x.mean((2, 3, 4))
        return self.w.linear("cls_head.fc_cls", x, classes).softmax(1), x
