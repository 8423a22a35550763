#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time and memory of a training step, of sftrain and of PyTorch in alternation.

usage: training.py BUILD [--network NAME] [--batch N] [--freeze STAGES] [--threads N] [--rounds N] [--python EXE]...

A step is forward, backward and update of one batch, from random weights in float32: clips of the network's own length
and crop, one box or more each. Of every run the steps after the first are counted: sftrain's by the epochs in log.csv
(from the second on; reading frames that were decoded before, and cutting views out of them, is part of its steps and
not of PyTorch's), PyTorch's by the clock around each, median. Memory is the largest resident size of the whole
process. With --freeze stem..res5 the classifier alone has gradients. --python may be given for several versions of
PyTorch: the fastest is the measure.

Networks: slowfast_r50_8x8_ava (default), demo (tools/demo/slowfast.yaml).
"""
import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DEMO = os.path.join(HERE, "..", "tools", "demo", "slowfast.yaml")

TORCH = """
import statistics, sys, time, torch
folder, threads, name, frozen, batch, n_steps = sys.argv[1:]
sys.path.insert(0, folder)
from pytorch_slowfast import PRESETS, SlowFast, slow_indices
frozen = frozen.split(",")
torch.set_num_threads(int(threads))
torch.manual_seed(1)
net, batch = SlowFast(name).train(), int(batch)
frames, crop = PRESETS[name]["frames"], PRESETS[name]["crop"]
for part, module in net.named_children():
    if part.split("_")[0] in frozen:
        module.eval()
        for p in module.parameters():
            p.requires_grad_(False)
learned = [p for p in net.parameters() if p.requires_grad]
step = torch.optim.SGD(learned, lr=0.001, momentum=0.9, nesterov=True)
fast = torch.randn(batch, 3, frames, crop, crop)
slow = fast[:, :, slow_indices(frames)]
rois = torch.tensor([[float(i), 20., 20., 60., 90.] for i in range(batch)])  # picture, corners in pixels
want = torch.zeros(batch, 80)
times = []
for i in range(int(n_steps)):
    begin = time.monotonic()
    step.zero_grad()
    scores = net(slow, fast, rois)
    torch.nn.functional.binary_cross_entropy(scores.clamp(1e-6, 1 - 1e-6), want).backward()
    step.step()
    times.append(time.monotonic() - begin)
print(statistics.median(times[1:]), torch.__version__)
"""


def run(command):
    """Output, and the largest resident size in MB."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit("failed: " + " ".join(command))
    return out, usage.ru_maxrss / 1024


def stages(spec):
    """PyTorch's modules of a range of stages: stem is s1."""
    names = ["stem", "res2", "res3", "res4", "res5"]
    first, _, last = spec.partition("..")
    span = names[names.index(first):names.index(last or first) + 1] if spec else []
    return ",".join("s%d" % (names.index(name) + 1) for name in span)


def torch_step(python, args):
    out, megabytes = run([python, "-c", TORCH, HERE, str(args.threads), args.network, stages(args.freeze),
                          str(args.batch), "20" if args.network == "demo" else "4"])
    seconds, version = out.split()
    return float(seconds), megabytes, version


def our_step(folder, args, epochs):
    config = DEMO if args.network == "demo" else args.network
    start = ["-w", folder + "/start.safetensors", "--freeze", args.freeze] if args.freeze else []
    _, megabytes = run([args.build + "/sftrain", "-q", "-c", config, "-g",
                        folder + "/train.csv", "-v", folder + "/videos", "-b", str(args.batch), "-t",
                        str(args.threads), "-o", folder + "/run", "--force", "-e", str(epochs)] + start)
    with open(folder + "/run/log.csv") as f:
        seconds = [float(row["seconds"]) for row in csv.DictReader(f)]
    with open(folder + "/train.csv") as f:
        keyframes = len({tuple(row[:2]) for row in csv.reader(f)})
    return statistics.median(seconds[1:] or seconds) / (keyframes // args.batch), megabytes


def prepare(folder, args):
    """Videos, random weights, and frames decoded once."""
    videos = "8" if args.network == "demo" else "1"
    run([args.build + "/sfsynth", "-q", "-o", folder, "-n", videos, "--val-share", "0", "-t", "5"])
    run([args.build + "/sfmodel", "init", DEMO if args.network == "demo" else args.network, "-o",
         folder + "/start.safetensors"])
    our_step(folder, args, 1)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("build")
parser.add_argument("--network", default="slowfast_r50_8x8_ava", choices=["slowfast_r50_8x8_ava", "demo"])
parser.add_argument("--batch", type=int, default=1)
parser.add_argument("--freeze", default="")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=2)
parser.add_argument("--python", action="append")
args = parser.parse_args()

with tempfile.TemporaryDirectory() as scratch:
    prepare(scratch, args)
    for _ in range(args.rounds):
        ours, ours_mb = our_step(scratch, args, 20 if args.network == "demo" else 2)
        print("sftrain %.3f s %.0f MB" % (ours, ours_mb), end="", flush=True)
        rivals = [torch_step(python, args) for python in args.python or [sys.executable]]
        for seconds, megabytes, version in rivals:
            print(", PyTorch %s %.3f s %.0f MB" % (version, seconds, megabytes), end="", flush=True)
        print(": %.2f times" % (min(r[0] for r in rivals) / ours), flush=True)
