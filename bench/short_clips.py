#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What many short clips cost beside their network: sfdetect --out-dir against so many runs of the network alone.

    bench/short_clips.py [--clips 12] [--every 1] [--size 640x480] [--threads 2] [--rounds 3]

Clips of 3 to 10 s (sfsynth's) with given boxes of two persons at every second, SlowFast 8x8 R50 with random weights.
Rounds alternate between the network (sfmodel bench) and all clips; what a run costs of which everything is complete
already (the model is opened, its files' sums are taken) is told by itself. The fastest of all rounds count: what else runs
on the machine only ever adds.
"""
import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time

import programs

PRESET = "slowfast_r50_8x8_ava"
SHORT_SIDE = 256


def make_inputs(args, folder):
    """The number of keyframes."""
    if os.path.exists(os.path.join(folder, "clips")):
        with open(os.path.join(folder, "boxes.csv")) as f:
            return sum(1 for _ in f) // 2
    os.mkdir(os.path.join(folder, "clips"))
    subprocess.run([args.sfmodel, "init", PRESET, "--seed", "1", "-o", os.path.join(folder, "net.safetensors")],
                   check=True, stdout=subprocess.DEVNULL)
    n = 0
    with open(os.path.join(folder, "boxes.csv"), "w") as boxes:
        for i in range(args.clips):
            seconds = 3 + i * 7 // max(1, args.clips - 1)
            subprocess.run([args.sfsynth, "--quiet", "--clip", os.path.join(folder, "clips", f"c{i}.mp4"), "--seconds",
                            str(seconds), "--size", args.size, "--seed", str(i)], check=True)
            for second in range(0, seconds, args.every):
                boxes.write(f"c{i},{second},0.1,0.1,0.4,0.9,,1\nc{i},{second},0.5,0.2,0.8,0.95,,1\n")
                n += 1
    return n


def time_network(args, folder):
    width, height = map(int, args.size.split("x"))
    seen = f"{width * SHORT_SIDE // min(width, height)}x{height * SHORT_SIDE // min(width, height)}"
    out = subprocess.run([args.sfmodel, "bench", PRESET, "--weights", os.path.join(folder, "net.safetensors"), "--size",
                          seen, "-t", str(args.threads), "--runs", "7", "--json", "-"],
                         capture_output=True, text=True, check=True).stdout
    return json.loads(out)["min_ms"] / 1e3


def time_clips(args, program, folder, *more):
    start = time.perf_counter()
    subprocess.run([program, "--quiet", "-w", os.path.join(folder, "net.safetensors"), "-c", PRESET, "-t",
                    str(args.threads), "-p", os.path.join(folder, "boxes.csv"), "--out-dir", os.path.join(folder, "out"),
                    os.path.join(folder, "clips"), *more], check=True)
    return time.perf_counter() - start


def measure(args, folder):
    n = make_inputs(args, folder)
    network, whole, again = [], {p: [] for p in args.sfdetect}, []
    for _ in range(args.rounds):
        for program in args.sfdetect:
            network.append(time_network(args, folder))
            whole[program].append(time_clips(args, program, folder))
            again.append(time_clips(args, program, folder, "--resume"))
            shutil.rmtree(os.path.join(folder, "out"))
    one, start = min(network), min(again)
    print(f"{args.clips} clips, {n} keyframes, {args.size}, {args.threads} threads, {args.rounds} rounds\n"
          f"network alone     {n * one:6.2f} s ({one * 1e3:.0f} ms a keyframe)\n"
          f"nothing to do     {start:6.2f} s")
    for program, times in whole.items():
        seconds = min(times)
        print(f"all clips         {seconds:6.2f} s, without the start {100 * ((seconds - start) / (n * one) - 1):+.1f} % "
              f"{program if len(whole) > 1 else ''}")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--clips", type=int, default=12)
    p.add_argument("--every", type=int, default=1, help="seconds between keyframes")
    p.add_argument("--size", default="640x480")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--sfdetect", action="append", help="may be given several times")
    for name in ("sfmodel", "sfsynth"):
        p.add_argument("--" + name, help="default: that of build/ or build-demo/")
    p.add_argument("--folder", help="keep the inputs there, for another run of the same options")
    p.add_argument("--make-only", action="store_true", help="the inputs")
    args = p.parse_args()
    args.sfdetect = [programs.find("sfdetect", given) for given in args.sfdetect or [None]]
    for name in ("sfmodel", "sfsynth"):
        setattr(args, name, programs.find(name, getattr(args, name)))
    if args.make_only:
        make_inputs(args, args.folder)
    elif args.folder:
        measure(args, args.folder)
    else:
        with tempfile.TemporaryDirectory() as folder:
            measure(args, folder)


if __name__ == "__main__":
    main()
