# SPDX-License-Identifier: Apache-2.0
"""Rows of AVA's csv files as arrays."""
import csv
import gzip
import os
import stat
from typing import NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

PathLike = Union[str, "os.PathLike[str]"]


class Rows(NamedTuple):
    """Boxes with labels, one a row: a truth, or detections.

    video_id   [n] str
    timestamp  [n] float64, seconds
    box        [n, 4] float64: x1, y1, x2, y2 as fractions of width and height
    label      [n] int64: action ids; -1 where the column is empty
    score      [n] float64: 1 where there is no such column; the person id in a truth's eighth column
    """

    video_id: np.ndarray
    timestamp: np.ndarray
    box: np.ndarray
    label: np.ndarray
    score: np.ndarray


def as_boxes(boxes) -> np.ndarray:
    """float64 [n, 4]; five or three columns are not boxes of four."""
    array = np.ascontiguousarray(boxes, np.float64)
    if array.size == 0 or array.shape == (4,):
        return array.reshape(-1, 4)
    if array.ndim != 2 or array.shape[1] != 4:
        raise ValueError(f"boxes are an array [n, 4], not {list(array.shape)}")
    return array


def rows(video_id: Union[str, Sequence[str]], timestamp, box, label, score=None) -> Rows:
    """Rows from anything that NumPy takes; one video id or timestamp may stand for all rows."""
    box = as_boxes(box)
    n = len(box)

    def column(values, dtype, name):
        values = np.asarray(values, dtype)
        if values.ndim > 1 or values.ndim == 1 and len(values) != n:
            raise ValueError(f"{name} has shape {values.shape} beside {n} boxes")
        return np.broadcast_to(values, n)

    return Rows(column(video_id, object, "video_id"), column(timestamp, np.float64, "timestamp"), box,
                column(label, np.int64, "label"),
                column(1.0 if score is None else score, np.float64, "score"))


def _number(text, kind, empty, path, line, column):
    text = text.strip()
    if not text and empty is not None:
        return empty
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{path}:{line}:{column}: not a number: {text!r}") from None


def read_csv(path: PathLike) -> Rows:
    """Rows of a csv file `video_id,timestamp,x1,y1,x2,y2[,label[,score]]`; gzip by content. A byte
    order mark, a header line, blank lines and rows of two columns (frames without people) are no
    content."""
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    columns: Tuple[list, ...] = ([], [], [], [], [])
    with (gzip.open(path, "rt", encoding="utf-8-sig", newline="") if packed else
          open(path, encoding="utf-8-sig", newline="")) as text:
        for i, row in enumerate(csv.reader(text, skipinitialspace=True), 1):
            if len(row) <= 2 or i == 1 and row[1].strip().lower() in ("timestamp", "time", "second"):
                continue
            if len(row) < 6:
                raise ValueError(f"{path}:{i}: {len(row)} columns, 6 to 8 wanted")
            row += [""] * (8 - len(row))
            columns[0].append(row[0])
            columns[1].append(_number(row[1], float, None, path, i, 2))
            columns[2].append([_number(row[k], float, None, path, i, k + 1) for k in range(2, 6)])
            columns[3].append(_number(row[6], int, -1, path, i, 7))
            columns[4].append(_number(row[7], float, 1.0, path, i, 8))
    return rows(columns[0], columns[1], columns[2], columns[3], columns[4])


def write_csv(path: PathLike, data: Rows, decimals: Optional[int] = 6) -> None:
    """Writes rows as `video_id,timestamp,x1,y1,x2,y2,label,score`, corners and scores with so many
    decimals (None: as many as it takes to read the same numbers). The file appears when it is
    complete, behind a link where there is one, with the mode of the file before; devices and pipes
    are written to."""

    def spell(value):
        return repr(float(value)) if decimals is None else f"{value:.{decimals}f}"

    def write(file):
        out = csv.writer(file, lineterminator="\n")
        for video, time, box, label, score in zip(*data):
            second = f"{time:04.0f}" if float(time).is_integer() else repr(float(time))
            out.writerow([video, second, *map(spell, box), "" if label < 0 else label,
                          spell(score)])
        file.flush()

    target = os.path.realpath(os.fsdecode(path))
    mode = os.stat(target).st_mode if os.path.exists(target) else None
    if mode is not None and not stat.S_ISREG(mode):
        with open(target, "w", encoding="utf-8", newline="") as file:
            write(file)
        return
    partial = f"{target}.{os.getpid()}.part"
    try:
        with open(partial, "w", encoding="utf-8", newline="") as file:
            write(file)
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(partial, stat.S_IMODE(mode))
        os.replace(partial, target)
    except BaseException:
        if os.path.exists(partial):
            os.unlink(partial)
        raise
