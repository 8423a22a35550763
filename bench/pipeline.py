#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seconds for a minute of 1280x720 video, from the file to the scores of every person: sfdetect against the same in PyTorch.

    bench/pipeline.py [--threads 2] [--seconds 60] [--rounds 1]

YOLOX-s finds persons at every second, SlowFast 8x8 R50 looks at the two best of each. Both have random weights, the same
in both pipelines; the video is sfsynth's. PyTorch runs in its best mode (traced and frozen), beside a thread that decodes
and resizes each wanted frame once. Needs PyTorch, torchvision and OpenCV (Debian: python3-torch python3-torchvision
python3-opencv).
"""
import argparse
import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import programs
from rivals import cpu_name

HERE = os.path.dirname(os.path.abspath(__file__))
PRESET = "slowfast_r50_8x8_ava"
WIDTH, HEIGHT, FPS = 1280, 720, 30
SHORT_SIDE, LONG_SIDE = 256, 455
CLIP, STEP = 32, 2  # frames, and frames of the video from one to the next
THRESHOLD, PERSONS = 0.01, 2  # random weights find somebody everywhere


# ------------------------------------------------------------------ PyTorch, run in a child process
def read_frames(path, out):
    """(number, whole frame or None, small frame) of the frames that clips want; None at the end."""
    import cv2

    video = cv2.VideoCapture(path)
    n = 0
    while video.grab():
        if n % STEP == 0:
            frame = video.retrieve()[1]
            out.put((n, frame if n % FPS == 0 else None, cv2.resize(frame, (LONG_SIDE, SHORT_SIDE))))
        n += 1
    out.put(None)


def frozen(net, inputs):
    import torch

    return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, inputs)))


def find_boxes(net, frame):
    """The best persons, in pixels of the frame."""
    import cv2
    import numpy as np
    import torch
    import torchvision

    scale = min(640 / frame.shape[0], 640 / frame.shape[1])
    picture = np.full((640, 640, 3), 114, np.uint8)
    small = cv2.resize(frame, (int(frame.shape[1] * scale), int(frame.shape[0] * scale)))
    picture[:small.shape[0], :small.shape[1]] = small
    out = net(torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32)))[0]
    sides = [80, 40, 20]
    grid = torch.cat([torch.stack(torch.meshgrid(torch.arange(n), torch.arange(n), indexing="xy")).flatten(1)
                      for n in sides], 1)
    stride = torch.cat([torch.full((n * n,), 640 / n) for n in sides])
    score, kind = out[5:].max(0)
    score = score * out[4]
    keep = (kind == 0) & (score >= THRESHOLD)
    centre, size = (out[:2] + grid) * stride, out[2:4].exp() * stride
    boxes = torch.cat([centre - size / 2, centre + size / 2])[:, keep].T / scale
    boxes[:, 0::2].clamp_(0, frame.shape[1])
    boxes[:, 1::2].clamp_(0, frame.shape[0])
    return boxes[torchvision.ops.nms(boxes, score[keep], 0.45)[:PERSONS]]


def pytorch(path, weights, threads):
    import numpy as np
    import torch

    import pytorch_slowfast
    import pytorch_yolox

    torch.set_num_threads(threads)
    with torch.no_grad():
        detector = pytorch_yolox.make("s")
        detector = frozen(detector, pytorch_yolox.noise(640))
        fast = torch.randn(1, 3, CLIP, SHORT_SIDE, LONG_SIDE)
        boxes = torch.tensor([[0, 20.0, 10, 130, 246]] * PERSONS)
        slow_indices = pytorch_slowfast.slow_indices()
        net = frozen(pytorch_slowfast.load(PRESET, weights), (fast[:, :, slow_indices].contiguous(), fast, boxes))
        frames, found, n_scored = {}, {}, 0
        incoming = queue.Queue(2 * CLIP)
        start = time.perf_counter()
        threading.Thread(target=read_frames, args=(path, incoming), daemon=True).start()

        def score(keyframe, last):
            wanted = [min(max(keyframe - CLIP * STEP // 2 + i * STEP, 0), last) for i in range(CLIP)]
            clip = np.stack([frames[n] for n in wanted]).astype(np.float32)[..., ::-1] / 255
            fast = torch.from_numpy(np.ascontiguousarray(((clip - 0.45) / 0.225).transpose(3, 0, 1, 2))[None])
            rois = found.pop(keyframe) * (SHORT_SIDE / HEIGHT)
            rois = torch.cat([torch.zeros(len(rois), 1), rois], 1)
            for n in [n for n in frames if n < wanted[0]]:
                del frames[n]
            return len(net(fast[:, :, slow_indices].contiguous(), fast, rois))

        last = 0
        while True:
            item = incoming.get()
            if item is not None:
                last, whole, frames[item[0]] = item
                if whole is not None:
                    found[last] = find_boxes(detector, whole)
            for keyframe in sorted(found):
                if item is None or keyframe + CLIP * STEP // 2 <= last + STEP:
                    n_scored += score(keyframe, last)
            if item is None:
                break
        seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "persons": n_scored}))


# ------------------------------------------------------------------ the comparison
def run_json(call, env):
    return json.loads(subprocess.run(call, env=env, capture_output=True, text=True, check=True).stdout.splitlines()[-1])


def run_ours(args, folder, env):
    scores = os.path.join(folder, "scores.csv")
    start = time.perf_counter()
    subprocess.run([args.sfdetect, "--quiet", "-c", PRESET, "-w", os.path.join(folder, "net.safetensors"), "--persons",
                    os.path.join(folder, "yolox_s.pth"), "--person-threshold", str(THRESHOLD), "--max-persons",
                    str(PERSONS), "-t", str(args.threads), "-o", scores, os.path.join(folder, "clip.mp4")],
                   env=env, check=True)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "persons": sum(1 for _ in open(scores)) // 80}


def time_network(args, folder, env):
    """Seconds of one run of the action network."""
    out = subprocess.run([args.sfmodel, "bench", PRESET, "--weights", os.path.join(folder, "net.safetensors"), "--size",
                          f"{LONG_SIDE}x{SHORT_SIDE}", "-t", str(args.threads), "--runs", "5", "--json", "-"],
                         env=env, capture_output=True, text=True, check=True).stdout
    return json.loads(out)["median_ms"] / 1e3


def make_inputs(args, folder):
    import torch

    import pytorch_yolox

    torch.save({"model": pytorch_yolox.make("s").state_dict()}, os.path.join(folder, "yolox_s.pth"))
    subprocess.run([args.sfmodel, "init", PRESET, "--seed", "1", "-o", os.path.join(folder, "net.safetensors")],
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run([args.sfsynth, "--quiet", "--clip", os.path.join(folder, "clip.mp4"), "--seconds",
                    str(args.seconds), "--size", f"{WIDTH}x{HEIGHT}"], check=True)


def compare(args, folder):
    env = dict(os.environ, OMP_NUM_THREADS=str(args.threads))
    make_inputs(args, folder)
    ours, torch, network = [], [], []
    for _ in range(args.rounds):
        ours.append(run_ours(args, folder, env))
        network.append(time_network(args, folder, env))
        torch.append(run_json([sys.executable, __file__, "--child", folder, "--threads", str(args.threads)], env))
    middle = lambda results: statistics.median(r["seconds"] for r in results)
    runs = statistics.median(network) * args.seconds
    print(f"{args.seconds} s of {WIDTH}x{HEIGHT}, YOLOX-s and {PRESET} at every second, {args.threads} threads, "
          f"{args.rounds} alternating rounds, {cpu_name()}\n")
    print(f"{'':40s} {'seconds':>8s} {'ratio':>6s}")
    for name, seconds in [("sfdetect, start-up included", middle(ours)), ("PyTorch, frozen", middle(torch)),
                          (f"{args.seconds} runs of the action network alone", runs)]:
        print(f"{name:40s} {seconds:8.1f} {seconds / middle(ours):6.2f}")
    print(f"\nsfdetect takes {middle(ours) / runs:.2f} times the {args.seconds} runs; "
          f"{ours[0]['persons']} persons were scored, by PyTorch {torch[0]['persons']}")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seconds", type=int, default=60)
    p.add_argument("--rounds", type=int, default=1)
    for name in ("sfdetect", "sfmodel", "sfsynth"):
        p.add_argument("--" + name, help="default: that of build/ or build-demo/")
    p.add_argument("--child", help=argparse.SUPPRESS)
    args = p.parse_args()
    sys.path.insert(0, HERE)
    if args.child:
        return pytorch(os.path.join(args.child, "clip.mp4"), os.path.join(args.child, "net.safetensors"), args.threads)
    for name in ("sfdetect", "sfmodel", "sfsynth"):
        setattr(args, name, programs.find(name, getattr(args, name)))
    with tempfile.TemporaryDirectory() as folder:
        compare(args, folder)


if __name__ == "__main__":
    main()
