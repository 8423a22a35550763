#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where each stage of the network stands between the machine's two limits, as a Markdown table.

    bench/roofline.py [--sfmodel FILE] [--preset slowfast_r50_8x8_ava] [--size 341x256] [--threads 2]
                      [--precision bf16 | --precision int8 --weights net.int8.safetensors]

The limits are measured by `sfmodel bench --machine`. A stage's operations are those that are done:
Winograd divides the direct convolution's by 4 (1x3x3), 2 (3x1x1) and 2.5 (5x7x7, along time). Its bytes are every map read
and written once per layer and every weight once, two bytes each where the layer is in bf16 and one in 8-bit integers, whose
multiply-adds are twice and four times as many a second (with AVX512-BF16 and AVX512-VNNI; products of Winograd's 16-bit words
twice, so that each counts for two of bytes); what stays in cache between layers costs less.
"""
import argparse
import json
import re
import subprocess

import programs

SAVED = {"winograd_hw": 4, "winograd_lean": 4, "winograd_t": 2, "planar_t": 2.5}
RATE = {"f32": 1, "bf16": 2, "int8": 4}


def product(values):
    result = 1
    for v in values:
        result *= v
    return result


def run(args, *options):
    command = [args.sfmodel, "bench", args.preset, "--size", args.size, "--threads", str(args.threads),
               "--precision", args.precision] + (["--weights", args.weights] if args.weights else [])
    return subprocess.run(command + list(options), capture_output=True, text=True, check=True).stdout


def stage_of(name):
    stage = re.match(r"s(\d)(_fuse)?", name)
    if not stage:
        return "other"
    if stage.group(2):
        return "lateral connections"
    part = "stem" if stage.group(1) == "1" else "res" + stage.group(1)
    return ("fast " if "pathway1" in name else "slow ") + part


def precision_of(layer):
    words = layer["algorithm"].split(" ")
    return next((p for p in ("bf16", "int8") if p in words), "f32")


def saved(layer):
    words = layer["algorithm"].split(" ")
    factor = next((SAVED[w] for w in words if w in SAVED), 1)
    return factor / 2 if factor > 1 and "int8" in words else factor


def n_bytes(layer):
    values = product(layer["in"]) + product(layer["out"]) + layer["parameters"]
    if layer["name"].endswith(".branch2.c"):
        values += product(layer["out"])  # the shortcut is read
    return 4 // RATE[precision_of(layer)] * values


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sfmodel", help="default: that of build/ or build-demo/")
    parser.add_argument("--preset", default="slowfast_r50_8x8_ava")
    parser.add_argument("--size", default="341x256")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", default="f32", choices=list(RATE))
    parser.add_argument("--weights", help="for int8: what sfmodel quantise wrote of the preset's network")
    args = parser.parse_args()
    args.sfmodel = programs.find("sfmodel", args.sfmodel)

    machine = re.search(r"multiply-adds (\d+) GFLOP/s, copying ([\d.]+) GB/s", run(args, "--machine", "--runs", "1"))
    peak, bandwidth = float(machine.group(1)), float(machine.group(2))
    peak *= RATE[args.precision]
    bench = json.loads(run(args, "--json", "-"))
    stages = {}
    for layer in bench["layers"]:
        gflop, gbyte, ms = stages.setdefault(stage_of(layer["name"]), [0, 0, 0])
        stages[stage_of(layer["name"])] = [
            gflop + layer["gflop"] / saved(layer),
            gbyte + 1e-9 * n_bytes(layer),
            ms + layer["median_ms"],
        ]

    print(f"{args.preset}, {args.size}, {bench['threads']} threads, {bench['cpu']}: "
          f"{peak:.0f} GFLOP/s, {bandwidth:.1f} GB/s, a clip {bench['median_ms']:.0f} ms\n")
    print("| stage | GFLOP done | GB moved | FLOP/byte | least ms by FLOP | by bytes | ms | of the limit |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for stage, (gflop, gbyte, ms) in sorted(stages.items()):
        by_flop, by_bytes = 1e3 * gflop / peak, 1e3 * gbyte / bandwidth
        print(f"| {stage} | {gflop:.1f} | {gbyte:.2f} | {gflop / gbyte:.0f} | {by_flop:.0f} | {by_bytes:.0f} | "
              f"{ms:.0f} | {100 * max(by_flop, by_bytes) / ms:.0f} % |")


if __name__ == "__main__":
    main()
