# SPDX-License-Identifier: Apache-2.0
"""Persons followed through a video, and MOTChallenge's csv files."""
from ctypes import byref
from typing import Dict, NamedTuple

import numpy as np

from . import _structs as s
from ._library import Handle, call, defaults, lib, path_bytes
from .boxes import PathLike, as_boxes


class Track(NamedTuple):
    """Where one person was seen, by time."""

    timestamp: np.ndarray  # [n] float64, seconds
    box: np.ndarray  # [n, 4] float64: fractions of width and height
    score: np.ndarray  # [n] float64


class Place(NamedTuple):
    """Who is where at one time."""

    person_id: np.ndarray  # [n] int64; -1 where it is not known
    box: np.ndarray  # [n, 4] float64
    score: np.ndarray  # [n] float64


def _table(boxes):
    return (np.array([b.person_id if b.has_person_id else -1 for b in boxes], np.int64),
            np.array([(b.box.x1, b.box.y1, b.box.x2, b.box.y2) for b in boxes],
                     np.float64).reshape(-1, 4),
            np.array([b.score for b in boxes], np.float64))


def _mot_settings(size, fps, timestamp_offset):
    settings = defaults(s.MotSettings)
    settings.width, settings.height = size
    settings.fps = fps
    settings.timestamp_offset_s = timestamp_offset
    return settings


class Tracks:
    """The persons of one video. Between two boxes at most `max_gap` seconds apart a person moves
    evenly; where they are further apart nobody saw the person."""

    def __init__(self, handle: Handle):
        self._tracks = handle

    @classmethod
    def make(cls, person_id, timestamp, box, score=None, max_gap: float = 2.0) -> "Tracks":
        """Tracks of boxes [n, 4] in any order; person_id -1: not known."""
        box = as_boxes(box)
        score = np.broadcast_to(1.0 if score is None else score, len(box))
        timestamp = np.broadcast_to(timestamp, len(box))
        person_id = np.broadcast_to(person_id, len(box))
        made = (s.TrackBox * max(1, len(box)))()
        for b, who, when, corners, sure in zip(made, person_id, timestamp, box, score):
            b.timestamp_s, b.box, b.score = when, s.BoxNorm(*corners), sure
            b.has_person_id = who >= 0
            b.person_id = max(0, int(who))
        return cls(Handle("sfd_tracks_make", "sfd_tracks_free", made, len(box), max_gap))

    @classmethod
    def read_mot(cls, path: PathLike, size, fps: float = 30.0,
                 timestamp_offset: float = 0.0) -> "Tracks":
        """A file of rows `frame,id,x,y,width,height,conf,...`; `size` is (width, height) of the
        video in pixels."""
        settings = _mot_settings(size, fps, timestamp_offset)
        return cls(Handle("sfd_tracks_read_mot", "sfd_tracks_free", path_bytes(path),
                          byref(settings)))

    def write_mot(self, path: PathLike, size, fps: float = 30.0,
                  timestamp_offset: float = 0.0) -> None:
        """Writes everybody in every frame; the file appears when it is complete."""
        settings = _mot_settings(size, fps, timestamp_offset)
        call("sfd_tracks_write_mot", self._tracks.pointer, path_bytes(path), byref(settings))

    def by_person(self) -> Dict[int, Track]:
        """Person id -> the boxes that the track was made of; boxes without id are left out."""
        tracks = {}
        info = s.TrackInfo()
        for i in range(lib.sfd_tracks_count(self._tracks.pointer)):
            lib.sfd_tracks_get(self._tracks.pointer, i, byref(info))
            if info.has_person_id:
                boxes = info.boxes[:info.n_boxes]
                _, box, score = _table(boxes)
                tracks[info.person_id] = Track(np.array([b.timestamp_s for b in boxes]), box, score)
        return tracks

    def at(self, timestamp: float) -> Place:
        """Everybody who is there at a time."""
        n = lib.sfd_tracks_at(self._tracks.pointer, timestamp, None, 0)
        boxes = (s.TrackBox * max(1, n))()
        lib.sfd_tracks_at(self._tracks.pointer, timestamp, boxes, n)
        return Place(*_table(boxes[:n]))
