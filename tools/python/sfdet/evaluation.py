# SPDX-License-Identifier: Apache-2.0
"""AVA frame mAP, equal to the public evaluators' results to the last digits."""
import ctypes
import os
from ctypes import POINTER, byref
from typing import IO, Dict, List, NamedTuple, Optional, Union

import numpy as np

from . import _structs as s
from ._library import Handle, call, defaults, lib, path_bytes
from .boxes import PathLike, Rows

Source = Union[PathLike, IO]
DIALECTS = tuple(lib.sfd_eval_dialect_name(i).decode() for i in range(4))


class ClassResult(NamedTuple):
    """One class: `ap` is NaN where it is undefined."""

    id: int
    name: str
    n_truth: int
    n_detections: int
    n_true_positives: int
    ap: float


class Evaluation(NamedTuple):
    """Scores at one IoU threshold: `map` is the mean over the classes whose AP is defined."""

    map: float
    iou: float
    dialect: str
    classes: List[ClassResult]

    def as_metrics(self) -> Dict[str, float]:
        """Under the names that the official script prints them."""
        at = f"@{self.iou:g}IOU"
        metrics = {f"PascalBoxes_Precision/mAP{at}": self.map}
        for c in self.classes:
            metrics[f"PascalBoxes_PerformanceByCategory/AP{at}/{c.name}"] = c.ap
        return metrics


_FIELDS = ["video_id", "timestamp", "box", "label", "score"]
_ROW = np.dtype({"names": _FIELDS, "formats": [np.uintp, np.float64, (np.float64, 4), np.int32, np.float64],
                 "offsets": [getattr(s.EvalRow, field[0]).offset for field in s.EvalRow._fields_],
                 "itemsize": ctypes.sizeof(s.EvalRow)})


def _eval_rows(data: Rows):
    """The rows as the library takes them, how many, and what they point into."""
    names = {video: ctypes.create_string_buffer(str(video).encode()) for video in set(data.video_id)}
    out = np.zeros(max(1, len(data.box)), _ROW)
    n = len(data.box)
    out["video_id"][:n] = [ctypes.addressof(names[video]) for video in data.video_id]
    for name in ("timestamp", "box", "label", "score"):
        out[name][:n] = getattr(data, name)
    return out.ctypes.data_as(POINTER(s.EvalRow)), n, (out, names)


def _path(source: Source) -> PathLike:
    """A path, or the path of an open file (as the official script takes them)."""
    return source if isinstance(source, (str, os.PathLike)) else source.name


def evaluate(truth: Union[PathLike, Rows], detections: Union[PathLike, Rows],
             labels: Optional[PathLike] = None, exclusions: Optional[PathLike] = None,
             dialect: str = "activitynet_2020", iou: float = 0.5) -> Evaluation:
    """Scores detections. `truth` and `detections` are csv files or Rows, `labels` a pbtxt file
    (None: the 60 classes of AVA's benchmark), `exclusions` a csv file of frames that do not count,
    `dialect` one of DIALECTS: the evaluators disagree on ordinary data."""
    if dialect not in DIALECTS:
        raise ValueError(f"{dialect!r} is none of {', '.join(DIALECTS)}")
    settings = defaults(s.EvalSettings)
    settings.dialect = DIALECTS.index(dialect)
    if labels is not None:
        settings.labels = path_bytes(labels)
    evaluation = Handle("sfd_eval_create", "sfd_eval_free", byref(settings))
    if exclusions is not None:
        call("sfd_eval_read_exclusions", evaluation.pointer, path_bytes(exclusions))
    if isinstance(truth, Rows):
        array, n, _kept = _eval_rows(truth)
        call("sfd_eval_add_truth", evaluation.pointer, array, n)
    else:
        call("sfd_eval_read_truth", evaluation.pointer, path_bytes(truth))
    if isinstance(detections, Rows):
        array, n, _kept = _eval_rows(detections)
        found = Handle("sfd_eval_add_detections", "sfd_eval_detections_free", evaluation.pointer,
                       array, n, keeps=(evaluation,))
    else:
        found = Handle("sfd_eval_read_detections", "sfd_eval_detections_free", evaluation.pointer,
                       path_bytes(detections), keeps=(evaluation,))
    result = s.EvalResult()
    threshold = ctypes.c_double(iou)
    call("sfd_eval_score", byref(result), evaluation.pointer, found.pointer, byref(threshold), 1)
    try:
        classes = [ClassResult(c.id, c.name.decode(), c.n_gt, c.n_det, c.n_tp, c.ap)
                   for c in result.classes[:result.n_classes]]
        return Evaluation(result.map, iou, dialect, classes)
    finally:
        lib.sfd_eval_result_free(byref(result))


def run_evaluation(labelmap: Source, groundtruth: Union[Source, Rows], detections: Union[Source, Rows],
                   exclusions: Optional[Source] = None) -> Dict[str, float]:
    """The official script's function of this name, with its arguments (open files; paths do as
    well) and the metrics that it prints."""
    truth, found = (data if isinstance(data, Rows) else _path(data) for data in (groundtruth, detections))
    result = evaluate(truth, found, _path(labelmap), None if exclusions is None else _path(exclusions))
    return result.as_metrics()
