#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small checkpoints of this folder with the real writers (Debian's python3-torch and
python3-numpy): a part of ../golden/sf_r50 in each code base's names and containers, and files with
every oddity of the formats beside what they must read as (`*.safetensors`).

    cd tests/data/checkpoints && /usr/bin/python3 make.py names_sf_r50.json

where names_sf_r50.json lists each tensor's name in every code base."""
import collections
import json
import math
import pickle
import struct
import sys
import types
import zipfile

import numpy as np
import torch

TYPES = {"F32": np.float32, "F64": np.float64, "F16": np.float16, "I64": np.int64, "I32": np.int32,
         "I16": np.int16, "I8": np.int8, "U8": np.uint8, "BOOL": np.bool_}


def load(path):
    raw = open(path, "rb").read()
    (n,) = struct.unpack("<Q", raw[:8])
    return {k: np.frombuffer(raw[8 + n:][slice(*h["data_offsets"])], TYPES[h["dtype"]])
            .reshape(h["shape"]).copy() for k, h in json.loads(raw[8:8 + n]).items()
            if k != "__metadata__"}


def save(path, arrays):
    header, data = {}, b""
    for name, a in sorted(arrays.items()):
        a = np.asarray(a, np.float32)
        header[name] = {"dtype": "F32", "shape": list(a.shape),
                        "data_offsets": [len(data), len(data) + a.nbytes]}
        data += a.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + data)


def tensors(arrays):
    return collections.OrderedDict((k, torch.from_numpy(np.array(v))) for k, v in arrays.items())


def write_parts(names):
    weights = load("../golden/sf_r50/weights.safetensors")
    part = [n for n in names if n["pyslowfast"] in weights and n["pyslowfast"].startswith(
        ("s1", "s2.pathway1_res0", "head.projection.bias"))]

    def renamed(key, prefix=""):
        return {prefix + n[key]: weights[n["pyslowfast"]] for n in part}

    cfg = open("../golden/sf_r50/config.yaml").read()
    state = tensors(renamed("pyslowfast"))
    state["s1.pathway0_stem.bn.num_batches_tracked"] = torch.tensor(7)
    optimizer = {"state": {0: {"momentum_buffer": torch.zeros(4)}}, "param_groups": [{"lr": 0.1}]}
    full = {"epoch": 3, "model_state": state, "optimizer_state": optimizer, "cfg": cfg}
    torch.save(full, "part.pyth")
    torch.save(full, "part_legacy.pyth", _use_new_zipfile_serialization=False)
    torch.save({"model_state": tensors(renamed("pyslowfast", "module."))}, "part_dp.pyth")
    torch.save(tensors(renamed("pyslowfast")), "part_plain.pth")
    torch.save({"model_state": tensors(renamed("pytorchvideo"))}, "part_pytorchvideo.pyth")
    mm = tensors(renamed("mmaction2"))
    head = "roi_head.bbox_head.fc_cls.bias"
    mm[head] = torch.cat([torch.tensor([9.0]), mm[head]])
    torch.save({"meta": {"epoch": 1}, "state_dict": mm}, "part_mmaction2.pth")
    blobs = dict(renamed("caffe2"), lr=np.float32(0.1), model_iter=5,
                 conv1_w_momentum=np.zeros(3, np.float32))
    for protocol in range(6):
        with open(f"part_caffe2_p{protocol}.pkl", "wb") as f:
            pickle.dump({"blobs": blobs}, f, protocol)


def write_oddities():
    base = torch.arange(24, dtype=torch.float32)
    grid = base.view(4, 6)
    state = collections.OrderedDict(
        whole=base, row=grid[2], column=grid[:, 1], transposed=grid.t(), corner=grid[1:3, 2:5],
        steps=base[1::5], scalar=base[7], empty=torch.zeros(0, 3), parameter=torch.nn.Parameter(
            torch.tensor([1.5, -2.5])),
        half=torch.tensor([0.5, 65504.0, 6e-8]).half(), bfloat=torch.tensor([1.0, 3.1]).bfloat16(),
        double=torch.tensor([1 / 3], dtype=torch.float64), long=torch.tensor([-5, 7]),
        int=torch.tensor([-6], dtype=torch.int32), short=torch.tensor([-7], dtype=torch.int16),
        char=torch.tensor([-8], dtype=torch.int8), byte=torch.tensor([250], dtype=torch.uint8),
        bool=torch.tensor([True, False]), channels_last=torch.arange(16.0).view(1, 2, 2, 4).to(
            memory_format=torch.channels_last))
    torch.save(state, "odd.pth")
    torch.save(state, "odd_legacy.pth", _use_new_zipfile_serialization=False)
    save("odd.safetensors", {k: v.detach().float().numpy() for k, v in state.items()})

    a = np.arange(12, dtype=np.float32).reshape(3, 4)
    arrays = dict(c=a, fortran=np.asfortranarray(a), big=a.astype(">f4"),
                  big_fortran=np.asfortranarray(a.astype(">f8")), half=a.astype(np.float16),
                  ints=np.array([-1, 300], ">i2"), scalar=np.float64(2.5), zero_d=np.array(4.0),
                  flags=np.array([True, False]), every_byte=np.arange(256, dtype=np.uint8))
    for protocol in range(6):
        with open(f"odd_numpy_p{protocol}.pkl", "wb") as f:
            pickle.dump(arrays, f, protocol)
    save("odd_numpy.safetensors", arrays)
    write_big_endian(tensors({"grid": a, "one": np.float32([7])}))


def write_big_endian(state):
    """As PyTorch writes on a big-endian machine: the elements swapped, and a note of it."""
    torch.save(state, "big_endian.pth")
    with zipfile.ZipFile("big_endian.pth") as f:
        entries = {name: f.read(name) for name in f.namelist()}
    with zipfile.ZipFile("big_endian.pth", "w", zipfile.ZIP_STORED) as f:
        for name, data in entries.items():
            if "/data/" in name:
                data = np.frombuffer(data, "<f4").astype(">f4").tobytes()
            f.writestr(zipfile.ZipInfo(name), data)
        f.writestr(zipfile.ZipInfo(name.split("/")[0] + "/byteorder"), "big")
    save("big_endian.safetensors", {k: v.numpy() for k, v in state.items()})


def write_proposals():
    boxes = {"0f39OWEqJ24,0902": np.array([[0.011, 0.157, 0.655, 0.983, 0.998163]]),
             "0f39OWEqJ24,0912": np.array([[0.054, 0.088, 0.91, 0.998, 0.068273],
                                           [0.016, 0.161, 0.519, 0.974, 0.984025]]),
             "a,b,0903": np.array([[0.25, 0.5, 0.75, 1.0]], np.float32),
             "none,0904": np.zeros((0, 5))}
    for protocol in (2, 4):
        with open(f"proposals_p{protocol}.pkl", "wb") as f:
            pickle.dump(boxes, f, protocol)


def fake_class(module, name):
    """A dictionary whose class pickles as module.name."""
    for name_so_far in (module.split(".")[0], module):
        sys.modules[name_so_far] = types.ModuleType(name_so_far)
    cls = type(name, (dict,), {"__module__": module})
    setattr(sys.modules[module], name, cls)
    return cls


def write_stored_configs():
    """Configurations beside one tensor, in the forms that the code bases have stored them in."""
    one = {"s1.pathway0_stem.conv.weight": torch.ones(1)}
    cfg = {"DATA": {"NUM_FRAMES": 16, "MEAN": (0.25, 0.5, 1), "PATH": 'a "b"\\c'},
           "TASK": "", "X": None, "INF": math.inf}
    node = fake_class("yacs.config", "CfgNode")
    torch.save({"model_state": one, "cfg": cfg}, "cfg_dict.pth")
    torch.save({"model_state": one, "cfg": node(DATA=node(NUM_FRAMES=16))}, "cfg_node.pth")
    torch.save({"model_state": one, "cfg": torch.Size([1]), "meta": {"config": "a = 1"}},
               "cfg_meta_config.pth")
    torch.save({"model_state": one, "cfg": object, "meta": {"cfg": {"a": {"b": True}}}},
               "cfg_meta_dict.pth")
    torch.save({"net": one, "ema": {}, "epoch": 3}, "cfg_under_net.pth")


if __name__ == "__main__":
    write_parts(json.load(open(sys.argv[1])))
    write_oddities()
    write_proposals()
    write_stored_configs()
