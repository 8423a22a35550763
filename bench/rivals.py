#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times sfmodel bench against other engines: same network, weights, input and threads, in alternation.

    bench/rivals.py [--preset slowfast_r50_8x8_ava] [--threads 2] [--rounds 5] [--cpu avx2]
                    [--precision bf16]

Needs a build (in build/, or demo.sh's) and PyTorch with torchvision (Debian: python3-torch python3-torchvision); ONNX
Runtime (with onnx) and OpenVINO are measured where they are installed. Every round runs each engine
once, each in a process of its own; printed are medians and ratios of medians. `--cpu avx2` restricts
all of them to AVX2. `--precision bf16` runs ours in both precisions, PyTorch under autocast and OpenVINO by its hint;
what has no such mode is left out.
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

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE = (256, 341)
RUNS = 3  # counted runs of an engine in a round, after one that is not; the fastest is taken


# ------------------------------------------------------------------ engines, run in a child process
def torch_inputs():
    import torch

    import pytorch_slowfast as net

    fast = torch.randn(1, 3, net.FRAMES, *SIZE, generator=torch.Generator().manual_seed(1))
    rois = torch.tensor([[0, 20.0, 10, 130, 246], [0, 40.0, 10, 154, 246]])
    return fast[:, :, net.slow_indices()].contiguous(), fast, rois


def only_f32(precision):
    if precision != "f32":
        raise ImportError("measured in float32 only")


def make_eager(preset, weights, threads, precision):
    import torch

    import pytorch_slowfast as net

    torch.set_num_threads(threads)
    model = net.load(preset, weights)

    def run(x):
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            return model(*x)

    return "PyTorch %s eager" % torch.__version__, run


def make_frozen(preset, weights, threads, precision):
    """Traced and frozen with batch norm folded: PyTorch's best float32 mode on CPUs before 2.0."""
    only_f32(precision)
    import torch

    import pytorch_slowfast as net

    torch.set_num_threads(threads)
    model = torch.jit.freeze(torch.jit.trace(net.load(preset, weights), torch_inputs()))
    model = torch.jit.optimize_for_inference(model)
    return "PyTorch %s frozen" % torch.__version__, lambda x: model(*x)


def make_compiled(preset, weights, threads, precision):
    only_f32(precision)
    import torch

    import pytorch_slowfast as net

    if not hasattr(torch, "compile"):
        raise ImportError("torch.compile needs PyTorch 2")
    torch.set_num_threads(threads)
    model = torch.compile(net.load(preset, weights))
    return "PyTorch %s compiled" % torch.__version__, lambda x: model(*x)


def export_onnx(preset, weights):
    """The backbone and head without RoIAlign's custom operator: RoIs become whole-map maxima, which
    costs the rival nothing."""
    import torch

    import pytorch_slowfast as net

    model = net.load(preset, weights)

    class Plain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = model

        def forward(self, slow, fast):
            n = self.net
            slow, fast = n.s1["pathway0_stem"](slow), n.s1["pathway1_stem"](fast)
            for stage in range(4):
                slow = getattr(n, f"s{stage + 1}_fuse")(slow, fast)
                slow, fast = getattr(n, f"s{stage + 2}")(slow, fast)
            pooled = [x.mean(2).amax((2, 3)) for x in (slow, fast)]
            return torch.sigmoid(n.head["projection"](torch.cat(pooled, 1)))

    path = os.path.join(tempfile.mkdtemp(), "net.onnx")
    torch.onnx.export(Plain().eval(), torch_inputs()[:2], path, input_names=["slow", "fast"],
                      output_names=["scores"])
    return path


def make_onnxruntime(preset, weights, threads, precision):
    only_f32(precision)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(export_onnx(preset, weights), options,
                                           providers=["CPUExecutionProvider"])
    return "ONNX Runtime %s" % onnxruntime.__version__, lambda x: session.run(
        None, {"slow": x[0].numpy(), "fast": x[1].numpy()})


def make_openvino(preset, weights, threads, precision):
    import openvino

    core = openvino.Core()
    compiled = core.compile_model(export_onnx(preset, weights), "CPU", {
        "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"})
    return "OpenVINO %s" % openvino.__version__, lambda x: compiled([x[0].numpy(), x[1].numpy()])


ENGINES = {"eager": make_eager, "frozen": make_frozen, "compiled": make_compiled,
           "onnxruntime": make_onnxruntime, "openvino": make_openvino}


def child(engine, preset, weights, threads, precision):
    """Prints {"name", "seconds", "rss_mb"} as the last line, or {"missing": why}."""
    import resource

    sys.path.insert(0, HERE)
    try:
        import torch

        with torch.no_grad():
            name, run = ENGINES[engine](preset, weights, threads, precision)
            inputs, times = torch_inputs(), []
            for _ in range(RUNS + 1):
                start = time.perf_counter()
                run(inputs)
                times.append(time.perf_counter() - start)
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"name": name, "seconds": min(times[1:]), "rss_mb": rss}))


# ------------------------------------------------------------------ the comparison
def run_child(engine, args, weights, env):
    out = subprocess.run([sys.executable, __file__, "--child", engine, "--preset", args.preset, "--weights",
                          weights, "--threads", str(args.threads), "--precision", args.precision], env=env,
                         capture_output=True, text=True)
    if out.returncode != 0:
        return {"missing": (out.stderr.strip().splitlines() or ["failed"])[-1]}
    return json.loads(out.stdout.strip().splitlines()[-1])


def run_ours(args, weights, env, precision):
    out = subprocess.run(["/usr/bin/time", "-f", "%M", args.sfmodel, "bench", args.preset, "--threads",
                          str(args.threads), "--weights", weights, "--runs", str(RUNS), "--size",
                          f"{SIZE[1]}x{SIZE[0]}", "--precision", precision, "--json", "-"] + (["--cpu", args.cpu] if args.cpu else []),
                         env=env, capture_output=True, text=True, check=True)
    result = json.loads(out.stdout)
    return {"name": f"sfdetect {precision} ({result['cpu']})", "seconds": result["min_ms"] / 1e3,
            "rss_mb": int(out.stderr.split()[-1]) / 1024}


def cpu_name():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown CPU"


def compare(args):
    env = dict(os.environ, OMP_NUM_THREADS=str(args.threads))
    if args.cpu == "avx2":
        env.update(ONEDNN_MAX_CPU_ISA="AVX2", ATEN_CPU_CAPABILITY="avx2", OPENBLAS_CORETYPE="Haswell")
    weights = os.path.join(tempfile.mkdtemp(), "random.safetensors")
    subprocess.run([args.sfmodel, "init", args.preset, "--seed", "1", "-o", weights], check=True)
    results, missing = {}, {}
    ours = ["ours " + p for p in dict.fromkeys([args.precision, "f32"])]
    for _ in range(args.rounds):
        for engine in ours + [e for e in args.engines if e not in missing]:
            r = (run_ours(args, weights, env, engine[5:]) if engine in ours else
                 run_child(engine, args, weights, env))
            if "missing" in r:
                missing[engine] = r["missing"]
            else:
                results.setdefault(engine, []).append(r)
    print(f"{args.preset}, one clip of 32x{SIZE[0]}x{SIZE[1]}, {args.precision}, {args.threads} threads, "
          f"{args.rounds} alternating rounds, {cpu_name()}\n")
    best = statistics.median(r["seconds"] for r in results[ours[0]])
    print(f"{'engine':32s} {'median s':>9s} {'min s':>7s} {'max s':>7s} {'memory MB':>10s} {'ratio':>6s}")
    for rs in results.values():
        seconds = [r["seconds"] for r in rs]
        print(f"{rs[0]['name']:32s} {statistics.median(seconds):9.3f} {min(seconds):7.3f} "
              f"{max(seconds):7.3f} {max(r['rss_mb'] for r in rs):10.0f} "
              f"{statistics.median(seconds) / best:6.2f}")
    for engine, why in missing.items():
        print(f"{engine}: not measured ({why})")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--preset", default="slowfast_r50_8x8_ava")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--cpu", choices=["avx2"])
    p.add_argument("--precision", default="f32", choices=["f32", "bf16"])
    p.add_argument("--engines", nargs="*", default=list(ENGINES), choices=list(ENGINES))
    p.add_argument("--sfmodel", help="default: that of build/ or build-demo/")
    p.add_argument("--child", help=argparse.SUPPRESS)
    p.add_argument("--weights", help=argparse.SUPPRESS)
    args = p.parse_args()
    if args.child:
        child(args.child, args.preset, args.weights, args.threads, args.precision)
    else:
        args.sfmodel = programs.find("sfmodel", args.sfmodel)
        compare(args)


if __name__ == "__main__":
    main()
