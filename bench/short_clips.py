#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What many short clips cost beside their network: sfdetect --out-dir against so many runs of the network alone.

    bench/short_clips.py [--clips 12] [--every 1] [--size 640x480] [--threads 2] [--rounds 3] [--videos DIR]

Clips of 3 to 10 s (sfsynth's, or those of a folder, which are all of one size; needs ffprobe) with given boxes of two persons
at every second, SlowFast 8x8 R50 with random weights. Rounds alternate between the network (sfmodel bench) and all clips;
the start (the model is opened and prepared, memory is touched for the first time) is told by itself: a run for one keyframe, less
the network's time. The fastest of all rounds count, as what else runs on the machine only ever adds; medians are printed beside them.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time

import programs

PRESET = "slowfast_r50_8x8_ava"
SHORT_SIDE = 256


def render_clips(args, clips):
    """Of each its name and seconds."""
    for i in range(args.clips):
        seconds = 3 + i * 7 // max(1, args.clips - 1)
        subprocess.run([args.sfsynth, "--quiet", "--clip", os.path.join(clips, f"c{i}.mp4"), "--seconds", str(seconds),
                        "--size", args.size, "--seed", str(i)], check=True)
        yield f"c{i}", seconds


def link_clips(args, clips):
    """The same of the videos that are given."""
    for name in sorted(os.listdir(args.videos)):
        path = os.path.abspath(os.path.join(args.videos, name))
        os.symlink(path, os.path.join(clips, name))
        yield os.path.splitext(name)[0], int(float(probe(path, "format=duration")))


def probe(path, entries):
    return subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", entries, "-of", "csv=p=0:s=x",
                           path], capture_output=True, text=True, check=True).stdout.strip()


def make_inputs(args, folder):
    """The number of keyframes."""
    clips = os.path.join(folder, "clips")
    if not os.path.exists(clips):
        os.makedirs(clips)
        subprocess.run([args.sfmodel, "init", PRESET, "--seed", "1", "-o", os.path.join(folder, "net.safetensors")],
                       check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(folder, "boxes.csv"), "w") as boxes:
            for name, seconds in link_clips(args, clips) if args.videos else render_clips(args, clips):
                for second in range(0, seconds, args.every):
                    boxes.write(f"{name},{second},0.1,0.1,0.4,0.9,,1\n{name},{second},0.5,0.2,0.8,0.95,,1\n")
    with open(os.path.join(folder, "boxes.csv")) as f:
        return sum(1 for _ in f) // 2


def n_clips(folder):
    with open(os.path.join(folder, "boxes.csv")) as f:
        return len({line.split(",")[0] for line in f})


def time_network(args, folder):
    width, height = map(int, args.size.split("x"))
    seen = f"{width * SHORT_SIDE // min(width, height)}x{height * SHORT_SIDE // min(width, height)}"
    out = subprocess.run([args.sfmodel, "bench", PRESET, "--weights", os.path.join(folder, "net.safetensors"), "--size",
                          seen, "-t", str(args.threads), "--runs", "7", "--json", "-"],
                         capture_output=True, text=True, check=True).stdout
    figures = json.loads(out)
    return figures["min_ms"] / 1e3, figures["median_ms"] / 1e3


def time_clips(args, program, folder, boxes="boxes.csv", clip=""):
    out, start = os.path.join(folder, "out"), time.perf_counter()
    subprocess.run([program, "--quiet", "-w", os.path.join(folder, "net.safetensors"), "-c", PRESET, "-t",
                    str(args.threads), "-p", os.path.join(folder, boxes), "--out-dir", out, os.path.join(folder, "clips", clip)],
                   check=True)
    seconds = time.perf_counter() - start
    shutil.rmtree(out)
    return seconds


def measure(args, folder):
    n_keyframes = make_inputs(args, folder)
    with open(os.path.join(folder, "boxes.csv")) as boxes, open(os.path.join(folder, "one.csv"), "w") as one:
        row = boxes.readline()
        one.write(row)
    names = os.listdir(os.path.join(folder, "clips"))
    clip = next(n for n in names if os.path.splitext(n)[0] == row.split(",")[0] and not n.endswith(".csv"))
    network, whole, starts = [], {p: [] for p in args.sfdetect}, []
    for _ in range(args.rounds):
        for program in args.sfdetect:
            network.append(time_network(args, folder))
            whole[program].append(time_clips(args, program, folder))
            starts.append(time_clips(args, program, folder, "one.csv", clip) - network[-1][1])
    one, typical, start = min(t[0] for t in network), statistics.median(t[1] for t in network), min(starts)
    print(f"{n_clips(folder)} clips, {n_keyframes} keyframes, {args.size}, {args.threads} threads, "
          f"{args.rounds} rounds\n"
          f"network alone     {n_keyframes * one:6.2f} s ({one * 1e3:.0f} ms a keyframe), by medians {n_keyframes * typical:.2f} s\n"
          f"start             {start:6.2f} s")
    for program, times in whole.items():
        seconds, middle = min(times), statistics.median(times)
        print(f"all clips         {seconds:6.2f} s, by medians {middle:.2f} s, without the start "
              f"{100 * ((seconds - start) / (n_keyframes * one) - 1):+.1f} %, by medians {100 * ((middle - start) / (n_keyframes * typical) - 1):+.1f} % "
              f"{program if len(whole) > 1 else ''}")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--clips", type=int, default=12)
    p.add_argument("--every", type=int, default=1, help="seconds between keyframes")
    p.add_argument("--size", default="640x480")
    p.add_argument("--videos", help="a folder of clips to take in place of sfsynth's")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--sfdetect", action="append", help="may be given several times")
    for name in ("sfmodel", "sfsynth"):
        p.add_argument("--" + name, help="default: that of build/ or build-demo/")
    p.add_argument("--folder", help="keep the inputs there, for another run of the same options")
    p.add_argument("--make-only", action="store_true", help="the inputs")
    args = p.parse_args()
    if args.videos:
        args.size = probe(os.path.join(args.videos, min(os.listdir(args.videos))), "stream=width,height")
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
