# SPDX-License-Identifier: Apache-2.0
"""AVA spatiotemporal action detection with SlowFast networks on CPUs: libsfdet for Python.

    import sfdet
    model = sfdet.Model("net.safetensors")
    persons = sfdet.PersonDetector("yolox_s.pth")
    for keyframe in model.video("clip.mp4", persons=persons):
        print(keyframe.timestamp, keyframe.box, keyframe.score.max(axis=1))
    print(sfdet.evaluate("truth.csv", "dets.csv").map)
"""
from ._library import (VERSION as __version__, ArgumentError, Cancelled, Error, FileError, FormatError,
                       OutOfMemory)
from .boxes import Rows, read_csv, rows, write_csv
from .evaluation import DIALECTS, ClassResult, Evaluation, evaluate, run_evaluation
from .model import Found, Keyframe, Model, PersonDetector
from .tracks import Place, Track, Tracks

__all__ = ["ArgumentError", "Cancelled", "ClassResult", "DIALECTS", "Error", "Evaluation", "FileError",
           "FormatError", "Found", "Keyframe", "Model", "OutOfMemory", "PersonDetector", "Place",
           "Rows", "Track", "Tracks", "evaluate", "read_csv", "rows", "run_evaluation", "write_csv"]
