#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times sfmodel bench against other engines: same network, weights, input and threads, in alternation.

    bench/rivals.py [--preset slowfast_r50_8x8_ava] [--threads 2] [--rounds 5] [--cpu avx2]
                    [--precision bf16|int8]

Needs a build (in build/, or demo.sh's) and PyTorch with torchvision (Debian: python3-torch python3-torchvision); ONNX
Runtime (with onnx) and OpenVINO are measured where they are installed. Every round runs each engine
once, each in a process of its own; printed are medians and ratios of medians. `--cpu avx2` restricts
all of them to AVX2. `--precision bf16` runs ours in both precisions, PyTorch under autocast and OpenVINO by its hint;
what has no such mode is left out. `--precision int8` lets `sfmodel quantise`, ONNX Runtime's static quantisation (per channel,
QDQ) and OpenVINO's NNCF (if installed) quantise the same network after training, all on the same CALIBRATE seconds of the bundled
clip (needs OpenCV and ffmpeg); the last columns are the mean and the largest difference of an engine's scores from its own in
float32 at second LOOK, of a box that is the whole picture.
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
CLIP = os.path.join(HERE, "..", "data", "demo", "street.mp4")  # cut to SIZE
CALIBRATE, LOOK = (3, 5), 7  # seconds of it
RUNS = 3  # counted runs of an engine in a round, after one that is not; the fastest is taken


# ------------------------------------------------------------------ engines, run in a child process
def cut_clip(folder):
    path = os.path.join(folder, "clip.mp4")
    subprocess.run(["ffmpeg", "-v", "error", "-i", CLIP, "-vf", f"crop=ih*4/3:ih,scale={SIZE[1]}:{SIZE[0]}", "-c:v", "libx264rgb",
                    "-qp", "0", path], check=True)
    return path


def torch_inputs(second=LOOK):
    """What is shown at a second of the clip, and boxes that are the whole picture."""
    import cv2
    import torch

    import pytorch_slowfast as net

    video, pictures = cv2.VideoCapture(os.environ["SFD_BENCH_CLIP"]), []
    while (read := video.read())[0]:
        pictures.append(read[1][:, :, ::-1].copy())
    at = [second * 30 + 2 * (i - net.FRAMES // 2) for i in range(net.FRAMES)]
    fast = torch.stack([torch.from_numpy(pictures[min(max(i, 0), len(pictures) - 1)]) for i in at])
    fast = ((fast.permute(3, 0, 1, 2)[None] / 255 - 0.45) / 0.225).contiguous()
    rois = torch.tensor([[0, 0.0, 0, SIZE[1], SIZE[0]]] * 2)
    return fast[:, :, net.slow_indices()].contiguous(), fast, rois


def only(precision, *can):
    if precision not in can:
        raise ImportError(f"not measured in {precision}")


def calibration():
    """Clips for rivals to calibrate with, by input."""
    return [{"slow": slow.numpy(), "fast": fast.numpy()}
            for slow, fast, _ in map(torch_inputs, CALIBRATE)]


class CalibrationReader:
    """As ONNX Runtime's quantiser asks for them."""

    def __init__(self):
        self.clips = iter(calibration())

    def get_next(self):
        return next(self.clips, None)


def make_eager(preset, weights, threads, precision):
    only(precision, "f32", "bf16")
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
    only(precision, "f32")
    import torch

    import pytorch_slowfast as net

    torch.set_num_threads(threads)
    model = torch.jit.freeze(torch.jit.trace(net.load(preset, weights), torch_inputs()))
    model = torch.jit.optimize_for_inference(model)
    return "PyTorch %s frozen" % torch.__version__, lambda x: model(*x)


def make_compiled(preset, weights, threads, precision):
    only(precision, "f32")
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
    only(precision, "f32", "int8")
    import onnxruntime

    path = export_onnx(preset, weights)
    if precision == "int8":
        from onnxruntime import quantization as q
        from onnxruntime.quantization.shape_inference import quant_pre_process

        ready, path = path + ".ready", path + ".int8"
        quant_pre_process(path[:-len(".int8")], ready, skip_symbolic_shape=True)
        q.quantize_static(ready, path, CalibrationReader(), quant_format=q.QuantFormat.QDQ, per_channel=True,
                          activation_type=q.QuantType.QUInt8, weight_type=q.QuantType.QInt8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return "ONNX Runtime %s" % onnxruntime.__version__, lambda x: session.run(
        None, {"slow": x[0].numpy(), "fast": x[1].numpy()})[0]


def quantise_with_nncf(path):
    """In a process without PyTorch, of which NNCF wants a version of its own where there is one."""
    import numpy

    clips = path + ".npz"
    numpy.savez(clips, **{f"{name}{i}": x for i, clip in enumerate(calibration()) for name, x in clip.items()})
    subprocess.run([sys.executable, "-c", """
import sys
sys.modules["torch"] = None
import nncf, numpy, openvino
path, clips, n = sys.argv[1], numpy.load(sys.argv[2]), int(sys.argv[3])
data = nncf.Dataset([{name: clips[name + str(i)] for name in ("slow", "fast")} for i in range(n)])
model = nncf.quantize(openvino.Core().read_model(path), data, subset_size=n)
openvino.save_model(model, path + ".xml", compress_to_fp16=False)
""", path, clips, str(len(CALIBRATE))], check=True, stdout=sys.stderr)
    return path + ".xml"


def make_openvino(preset, weights, threads, precision):
    import openvino

    model = export_onnx(preset, weights)
    if precision == "int8":
        model = quantise_with_nncf(model)
    hint = "bf16" if precision == "bf16" else "f32"
    compiled = openvino.Core().compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": hint, "PERFORMANCE_HINT": "LATENCY"})
    return "OpenVINO %s" % openvino.__version__, lambda x: compiled([x[0].numpy(), x[1].numpy()])[0]


ENGINES = {"eager": make_eager, "frozen": make_frozen, "compiled": make_compiled,
           "onnxruntime": make_onnxruntime, "openvino": make_openvino}


def loss_of(engine, preset, weights, threads, run):
    """Mean and largest difference of the scores from those in float32."""
    _, in_float = ENGINES[engine](preset, weights, threads, "f32")
    inputs = torch_inputs()
    difference = abs(run(inputs) - in_float(inputs))
    return [float(difference.mean()), float(difference.max())]


def child(engine, preset, weights, threads, precision):
    """Prints {"name", "seconds", "rss_mb", "loss"} as the last line, or {"missing": why}."""
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
            rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            loss = loss_of(engine, preset, weights, threads, run) if precision != "f32" else None
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    print(json.dumps({"name": name, "seconds": min(times[1:]), "rss_mb": rss, "loss": loss}))


# ------------------------------------------------------------------ the comparison
def run_child(engine, args, weights, env):
    out = subprocess.run([sys.executable, __file__, "--child", engine, "--preset", args.preset, "--weights",
                          weights, "--threads", str(args.threads), "--precision", args.precision], env=env,
                         capture_output=True, text=True)
    if out.returncode != 0:
        return {"missing": (out.stderr.strip().splitlines() or ["failed"])[-1]}
    return json.loads(out.stdout.strip().splitlines()[-1])


def boxes_at(path, seconds):
    with open(path, "w") as f:
        f.writelines(f"clip,{second},0,0,1,1,,1\n" for second in seconds)
    return ["--proposals", path, os.environ["SFD_BENCH_CLIP"]]


def prepare_ours(args, weights):
    """Ours in the precision that is asked for: weights, and the mean and largest difference of scores."""
    other, boxes = weights, os.path.join(os.path.dirname(weights), "boxes.csv")
    if args.precision == "int8":
        other = weights + ".int8.safetensors"
        subprocess.run([args.sfmodel, "quantise", "-q", weights, "-o", other] + boxes_at(boxes, CALIBRATE), check=True)
    out = subprocess.run([args.sfmodel, "compare", "-q", weights, other, "--precision-b", args.precision, "--json", "-"] +
                         boxes_at(boxes, [LOOK]), capture_output=True, text=True, check=True)
    figures = json.loads(out.stdout)
    return other, [figures["mean_difference"], figures["largest_difference"]]


def run_ours(args, weights, env, precision):
    weights, loss = args.prepared if precision != "f32" else (weights, None)
    out = subprocess.run(["/usr/bin/time", "-f", "%M", args.sfmodel, "bench", args.preset, "--threads",
                          str(args.threads), "--weights", weights, "--runs", str(RUNS), "--size",
                          f"{SIZE[1]}x{SIZE[0]}", "--precision", precision, "--json", "-"] + (["--cpu", args.cpu] if args.cpu else []),
                         env=env, capture_output=True, text=True, check=True)
    result = json.loads(out.stdout)
    return {"name": f"sfdetect {precision} ({result['cpu']})", "seconds": result["min_ms"] / 1e3,
            "rss_mb": int(out.stderr.split()[-1]) / 1024, "loss": loss}


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
    env["SFD_BENCH_CLIP"] = os.environ["SFD_BENCH_CLIP"] = cut_clip(os.path.dirname(weights))
    args.prepared = prepare_ours(args, weights) if args.precision != "f32" else None
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
    print(f"{'engine':32s} {'median s':>9s} {'min s':>7s} {'max s':>7s} {'memory MB':>10s} {'ratio':>6s}"
          + (f" {'mean':>9s} {'largest':>8s}" if args.prepared else ""))
    for rs in results.values():
        seconds = [r["seconds"] for r in rs]
        print(f"{rs[0]['name']:32s} {statistics.median(seconds):9.3f} {min(seconds):7.3f} "
              f"{max(seconds):7.3f} {max(r['rss_mb'] for r in rs):10.0f} "
              f"{statistics.median(seconds) / best:6.2f}"
              + (" {:9.5f} {:8.5f}".format(*rs[0]["loss"]) if rs[0].get("loss") else ""))
    for engine, why in missing.items():
        print(f"{engine}: not measured ({why})")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--preset", default="slowfast_r50_8x8_ava")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--cpu", choices=["avx2"])
    p.add_argument("--precision", default="f32", choices=["f32", "bf16", "int8"])
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
