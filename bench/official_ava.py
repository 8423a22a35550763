#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares sfeval with the official AVA evaluator, which must be there already: DIR holds
get_ava_performance.py and ava/ of https://github.com/activitynet/ActivityNet (folder Evaluation).

    bench/official_ava.py --official DIR --gt ava_val_v2.2.csv --labels list.pbtxt dets.csv

Prints wall time and peak memory of both, alternating, and the largest difference of mAP and APs.
Without DIR only sfeval is measured. Exit status 1 when a difference exceeds 1e-12."""
import argparse
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import programs

TOLERANCE = 1e-12


def run(command, cwd=None):
    """Output, wall seconds and peak megabytes of one process."""
    with tempfile.TemporaryFile() as out:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=out, cwd=cwd)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{command[0]} failed with status {process.returncode}")
        out.seek(0)
        return out.read().decode(), seconds, usage.ru_maxrss / 1024


def repaired_copy(official, folder):
    """NumPy 1.24 and later lack the names np.bool and np.float; nothing numeric changes."""
    copy = os.path.join(folder, "official")
    shutil.copytree(official, copy)
    for parent, _, names in os.walk(copy):
        for name in names:
            if name.endswith(".py"):
                path = os.path.join(parent, name)
                with open(path, encoding="utf-8") as f:
                    text = f.read()
                text = re.sub(r"\bnp\.(bool|float)\b(?!_)", r"\1", text)
                with open(path, "w", encoding="utf-8") as f:
                    f.write(text)
    return copy


def official_scores(text):
    """mAP and {class name: AP} from the script's printed dictionary."""
    pairs = re.findall(r"'(PascalBoxes_[^']*)':\s*(?:np\.float64\()?([-+.0-9a-z]+)", text)
    by_class, mean = {}, None
    for key, value in pairs:
        if "PerformanceByCategory" in key:
            by_class[key.split("IOU/", 1)[1]] = float(value)
        else:
            mean = float(value)
    return mean, by_class


def difference(a, b):
    a, b = (math.nan if x is None else x for x in (a, b))
    if math.isnan(a) or math.isnan(b):
        return 0.0 if math.isnan(a) and math.isnan(b) else math.inf
    return abs(a - b)


def largest_difference(ours, text):
    mean, by_class = official_scores(text)
    if mean is None:
        sys.exit("the official script printed no mAP")
    differences = [difference(ours["mAP"], mean)]
    for c in ours["classes"]:
        differences.append(difference(c["AP"], by_class.get(c["name"], math.nan)))
    return max(differences)


def report(name, runs):
    seconds = statistics.median(r[1] for r in runs)
    print(f"{name:10s} {seconds:9.3f} s  {max(r[2] for r in runs):7.0f} MB")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("detections")
    parser.add_argument("--gt", required=True)
    parser.add_argument("--labels", required=True)
    parser.add_argument("--official", help="folder with get_ava_performance.py and ava/")
    parser.add_argument("--sfeval", help="default: that of build/ or build-demo/")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each")
    args = parser.parse_args()
    gt, labels, detections = map(os.path.abspath, (args.gt, args.labels, args.detections))
    ours = [programs.find("sfeval", args.sfeval), "--gt", gt, "--labels", labels, "--json", "-", detections]
    have_official = args.official and os.path.exists(
        os.path.join(args.official, "get_ava_performance.py"))
    our_runs, their_runs = [], []
    with tempfile.TemporaryDirectory() as folder:
        theirs = None
        if have_official:
            copy = repaired_copy(args.official, folder)
            os.environ["PYTHONPATH"] = os.path.join(copy, "ava")
            theirs = [sys.executable, "-O", "get_ava_performance.py", "-l", labels, "-g", gt, "-d",
                      detections]
        for _ in range(args.repeat):
            our_runs.append(run(ours))
            if theirs:
                their_runs.append(run(theirs, cwd=copy))
    our_seconds = report("sfeval", our_runs)
    if not theirs:
        print("official evaluator not given or not found: not compared")
        return 0
    their_seconds = report("official", their_runs)
    worst = largest_difference(json.loads(our_runs[0][0])["files"][0], their_runs[0][0])
    print(f"ratio {their_seconds / our_seconds:.0f}, largest difference {worst:.3g}")
    return 0 if worst <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
