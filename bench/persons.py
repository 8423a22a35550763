#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times person detectors against other engines: same network, weights, picture size and threads, in alternation.

    bench/persons.py [yolox_s] [fasterrcnn_r50] [--threads 2] [--rounds 2] [--cpu avx2]

Needs a build (in build/, or demo.sh's) and PyTorch with torchvision (Debian: python3-torch python3-torchvision); ONNX
Runtime (with onnx) and OpenVINO are measured where they are installed. Every round runs each engine once, each in a
process of its own. Ours is timed from 8-bit pixels to boxes, the others without what YOLOX needs before and after its
network. `--cpu avx2` restricts all of them to AVX2.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import programs
from rivals import cpu_name

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 4  # that an engine runs in a round, after a run that is not counted
NETWORKS = {"yolox_nano": (416, 416), "yolox_tiny": (416, 416), "yolox_s": (640, 640), "yolox_m": (640, 640),
            "yolox_l": (640, 640), "fasterrcnn_r50": (1333, 800)}  # width, height


# ------------------------------------------------------------------ networks
def make_network(name):
    """The module, its input and its weights as its releases name them."""
    import torch

    width, height = NETWORKS[name]
    if name.startswith("yolox"):
        import pytorch_yolox

        net = pytorch_yolox.make(name.split("_")[1])
        return net, pytorch_yolox.noise(width), {"model": net.state_dict()}
    import torchvision

    torch.manual_seed(1)
    net = torchvision.models.detection.fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None).eval()
    for m in net.modules():
        if isinstance(m, torchvision.ops.FrozenBatchNorm2d):
            m.weight.fill_(0.5)
    x = torch.rand(3, height, width, generator=torch.Generator().manual_seed(1))
    return net, [x], net.state_dict()


def prepare(name, folder):
    """Writes NAME.pth and, where it can be exported, NAME.onnx."""
    import torch

    net, x, weights = make_network(name)
    torch.save(weights, os.path.join(folder, name + ".pth"))
    try:
        with torch.no_grad():
            torch.onnx.export(net, (x,), os.path.join(folder, name + ".onnx"), opset_version=13, input_names=["x"])
    except ImportError:
        pass


# ------------------------------------------------------------------ engines, run in a child process
def make_frozen(name, folder, threads):
    """Traced and frozen with batch norm folded: PyTorch's best float32 mode on CPUs before 2.0. What cannot be traced
    runs as it is."""
    import torch

    torch.set_num_threads(threads)
    net, x, _ = make_network(name)
    if name.startswith("yolox"):
        net = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))
    return "PyTorch %s" % torch.__version__, lambda: net(x)


def onnx_input(name):
    import numpy

    _, x, _ = make_network(name)
    return (x[0] if isinstance(x, list) else x).numpy().astype(numpy.float32)


def make_onnxruntime(name, folder, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(os.path.join(folder, name + ".onnx"), options,
                                           providers=["CPUExecutionProvider"])
    x = {session.get_inputs()[0].name: onnx_input(name)}
    return "ONNX Runtime %s" % onnxruntime.__version__, lambda: session.run(None, x)


def make_openvino(name, folder, threads):
    import openvino

    net = openvino.Core().compile_model(os.path.join(folder, name + ".onnx"), "CPU", {
        "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"})
    x = onnx_input(name)
    return "OpenVINO %s" % openvino.__version__.split("-")[0], lambda: net([x])


ENGINES = {"pytorch": make_frozen, "onnxruntime": make_onnxruntime, "openvino": make_openvino}


def child(engine, name, folder, threads):
    """Prints {"name", "seconds"} as the last line, or {"missing": why}."""
    try:
        import torch

        with torch.no_grad():
            title, run = ENGINES[engine](name, folder, threads)
            times = []
            run()
            end = time.perf_counter() + SECONDS
            while len(times) < 3 or time.perf_counter() < end:
                start = time.perf_counter()
                run()
                times.append(time.perf_counter() - start)
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    print(json.dumps({"name": title, "seconds": times}))


# ------------------------------------------------------------------ the comparison
def run_child(engine, name, folder, args, env):
    out = subprocess.run([sys.executable, __file__, name, "--child", engine, "--folder", folder, "--threads",
                          str(args.threads)], env=env, capture_output=True, text=True)
    if out.returncode != 0:
        return {"missing": (out.stderr.strip().splitlines() or ["failed"])[-1]}
    return json.loads(out.stdout.strip().splitlines()[-1])


def run_ours(name, folder, args, env):
    width, height = NETWORKS[name]
    call = [args.sfmodel, "bench", "--persons", os.path.join(folder, name + ".pth"), "--threads", str(args.threads),
            "--size", f"{width}x{height}", "--json", "-"] + (["--cpu", args.cpu] if args.cpu else [])
    bench = lambda runs: json.loads(subprocess.run(call + ["--runs", str(runs)], env=env, capture_output=True,
                                                   text=True, check=True).stdout)
    runs = max(3, round(SECONDS * 1e3 / bench(1)["min_ms"]))
    result = bench(runs)
    return {"name": f"sfdetect ({result['cpu']})", "seconds": [result["median_ms"] / 1e3], "min": result["min_ms"] / 1e3}


def compare(name, folder, args, env):
    subprocess.run([sys.executable, __file__, name, "--prepare", "--folder", folder], check=True,
                   stderr=subprocess.DEVNULL)
    results, missing = {}, {}
    for _ in range(args.rounds):
        for engine in ["ours"] + [e for e in args.engines if e not in missing]:
            r = run_ours(name, folder, args, env) if engine == "ours" else run_child(engine, name, folder, args, env)
            if "missing" in r:
                missing[engine] = r["missing"]
            else:
                results.setdefault(engine, []).append(r)
    width, height = NETWORKS[name]
    print(f"{name}, one picture of {width}x{height}, float32, {args.threads} threads, {args.rounds} alternating rounds, "
          f"{cpu_name()}\n")
    print(f"{'engine':32s} {'median ms':>9s} {'min ms':>8s} {'ratio':>6s} {'of min':>6s}")
    medians = {e: statistics.median(statistics.median(r["seconds"]) for r in rs) for e, rs in results.items()}
    least = {e: min(r.get("min", min(r["seconds"])) for r in rs) for e, rs in results.items()}
    for e, rs in results.items():
        print(f"{rs[0]['name']:32s} {1e3 * medians[e]:9.1f} {1e3 * least[e]:8.1f} {medians[e] / medians['ours']:6.2f} "
              f"{least[e] / least['ours']:6.2f}")
    for engine, why in missing.items():
        print(f"{engine}: not measured ({why})")
    print()


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("networks", nargs="*", metavar="network", choices=list(NETWORKS) + [[]],
                   help="of " + ", ".join(NETWORKS) + " (default: yolox_s fasterrcnn_r50)")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--rounds", type=int, default=2)
    p.add_argument("--cpu", choices=["avx2"])
    p.add_argument("--engines", nargs="*", default=list(ENGINES), choices=list(ENGINES))
    p.add_argument("--sfmodel", help="default: that of build/ or build-demo/")
    for hidden in ("--child", "--folder"):
        p.add_argument(hidden, help=argparse.SUPPRESS)
    p.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)
    args = p.parse_args()
    sys.path.insert(0, HERE)
    networks = args.networks or ["yolox_s", "fasterrcnn_r50"]
    if args.prepare:
        return prepare(networks[0], args.folder)
    if args.child:
        return child(args.child, networks[0], args.folder, args.threads)
    args.sfmodel = programs.find("sfmodel", args.sfmodel)
    env = dict(os.environ, OMP_NUM_THREADS=str(args.threads))
    if args.cpu == "avx2":
        env.update(ONEDNN_MAX_CPU_ISA="AVX2", ATEN_CPU_CAPABILITY="avx2", OPENBLAS_CORETYPE="Haswell")
    with tempfile.TemporaryDirectory() as folder:
        for name in networks:
            compare(name, folder, args, env)


if __name__ == "__main__":
    main()
