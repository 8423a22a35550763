# SPDX-License-Identifier: Apache-2.0
"""Networks, person detectors, and running them on pictures and videos."""
import ctypes
import os
import queue
import threading
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_float, c_int64, c_size_t, c_uint8
from typing import Dict, Iterator, List, Literal, NamedTuple, Optional, Sequence, Tuple, Union, overload

import numpy as np
from numpy.typing import ArrayLike

from . import _structs as s
from ._library import Handle, call, defaults, lib, path_bytes
from .boxes import PathLike, Rows, as_boxes

Frames = Union[Sequence[ArrayLike], ArrayLike]
_PRECISIONS = ("f32", "bf16", "int8")
_MAX_PIXELS = 36_000_000  # as of videos


def _precision(name):
    if name not in _PRECISIONS:
        raise ValueError(f"precision {name!r} is none of {', '.join(_PRECISIONS)}")
    return _PRECISIONS.index(name)


def _picture(picture):
    """(sfd_image, the array that it points into): without a copy where the rows allow."""
    array = np.asarray(picture)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise ValueError("a picture is an uint8 array [height, width, 3] of RGB, not "
                         f"{array.dtype}{list(array.shape)}")
    if array.shape[0] * array.shape[1] > _MAX_PIXELS:  # before it is copied
        raise ValueError(f"pictures of {array.shape[1]} x {array.shape[0]} are too large")
    if array.strides[2] != 1 or array.strides[1] != 3 or array.strides[0] < 3 * array.shape[1]:
        array = np.ascontiguousarray(array)
    pointer = ctypes.cast(array.ctypes.data, POINTER(c_uint8))
    return s.Image(array.shape[1], array.shape[0], array.strides[0], pointer), array


def _samples(sound):
    array = np.asarray(sound)
    if array.ndim != 1 or array.dtype.kind != "f":
        raise ValueError("sound is an array of one channel's samples, floats from -1 to 1, not "
                         f"{array.dtype}{list(array.shape)}")
    return np.ascontiguousarray(array, np.float32)


def _text(value):
    return None if value is None else value.decode("utf-8", "replace")


class Found(NamedTuple):
    """The persons of a picture, best first."""

    box: np.ndarray  # [n, 4] float32: x1, y1, x2, y2 in pixels
    score: np.ndarray  # [n] float32


class Keyframe(NamedTuple):
    """What was found at one timestamp."""

    video_id: str
    timestamp: float  # seconds
    frame: int  # number on the timeline of 30 frames a second
    box: np.ndarray  # [n, 4] float64: fractions of width and height
    box_score: np.ndarray  # [n] float64, of the person detector
    person_id: np.ndarray  # [n] int64; -1 where it is not known
    score: np.ndarray  # [n, n_classes] float32
    class_id: np.ndarray  # [n_classes] int32; -1 is the background
    picture: Optional[np.ndarray]  # [height, width, 3] uint8, where it was asked for
    features: Optional[np.ndarray] = None  # [n, n_features] float32, likewise

    def rows(self) -> Rows:
        """As rows of AVA's csv, one for each box and class."""
        actions = self.class_id >= 0
        n, k = len(self.box), int(actions.sum())
        return Rows(np.full(n * k, self.video_id, object), np.full(n * k, self.timestamp),
                    np.repeat(self.box, k, axis=0), np.tile(self.class_id[actions], n).astype(np.int64),
                    self.score[:, actions].astype(np.float64).reshape(-1))


class PersonDetector:
    """Finds persons: YOLOX's releases, Faster R-CNN of Detectron2, MMDetection, torchvision and
    Detectron. Threads may share it."""

    def __init__(self, weights: PathLike, *, precision: str = "f32", threads: int = 0,
                 cpu: Optional[str] = None):
        settings = defaults(s.PersonModelSettings)
        settings.weights = path_bytes(weights)
        settings.cpu = None if cpu is None else cpu.encode()
        settings.precision = _precision(precision)
        self._model = model = Handle("sfd_person_model_open", "sfd_person_model_free", byref(settings))
        self._pool = _Pool(lambda: Handle("sfd_person_finder_create", "sfd_person_finder_free",
                                          model.pointer, threads, keeps=(model,)))

    @property
    def description(self) -> str:
        """The network, the code base whose conventions are followed, and what was assumed."""
        return _text(lib.sfd_person_model_describe(self._model.pointer))

    def find(self, picture: ArrayLike, threshold: float = 0.8) -> Found:
        """The persons of an RGB picture (uint8 [height, width, 3]) that score `threshold` or more."""
        image, array = _picture(picture)
        persons, n = POINTER(s.FoundPerson)(), c_size_t()
        with self._pool.borrow() as finder:
            call("sfd_person_finder_run", finder.pointer, image.rgb, image.width, image.height,
                 image.stride_bytes, threshold, byref(persons), byref(n))
            found = [(p.box.x1, p.box.y1, p.box.x2, p.box.y2, p.score) for p in persons[:n.value]]
        del array
        table = np.array(found, np.float32).reshape(-1, 5)
        return Found(table[:, :4], table[:, 4])


class _Pool:
    """Scratch memory for as many threads as call at once."""

    def __init__(self, create):
        self._create = create
        self._idle = queue.LifoQueue()

    @contextmanager
    def borrow(self):
        try:
            item = self._idle.get_nowait()
        except queue.Empty:
            item = self._create()
        try:
            yield item
        finally:
            self._idle.put(item)


class Model:
    """A network with its weights: anything that sfdetect --weights takes. Threads may share it; each
    call uses scratch memory of its own.

    weights    file, or the name of a published checkpoint that lies in the models' folder
    config     preset, PySlowFast YAML or MMAction2 Python file, where the weights do not tell
    precision  "f32", "bf16" or "int8" (quantised weights)
    threads    of the network; 0: one for each core that may be used
    cpu        "scalar", "avx2", "avx512", "avx512_bf16", on arm64 "scalar", "neon",
               "neon_dot", "neon_i8mm", "neon_bf16"; None: the best
    """

    def __init__(self, weights: PathLike, config: Optional[PathLike] = None, *,
                 precision: str = "f32", threads: int = 0, cpu: Optional[str] = None,
                 exact: bool = False):
        settings = defaults(s.ModelSettings)
        settings.weights = path_bytes(weights)
        settings.config = path_bytes(config)
        settings.cpu = None if cpu is None else cpu.encode()
        settings.exact = exact
        settings.precision = _precision(precision)
        self._model = model = Handle("sfd_model_open", "sfd_model_free", byref(settings))
        info = lib.sfd_model_get_info(self._model.pointer).contents
        self.name: str = _text(info.name)
        self.cpu: str = _text(info.cpu)
        self.detection: bool = info.detection
        self.n_classes: int = info.n_classes
        self.class_id = np.array(info.class_ids[:info.n_classes], np.int32)
        self.n_frames: int = info.n_frames
        self.sampling_rate: int = info.sampling_rate
        self.timeline_fps: int = info.timeline_fps
        self.sound_rate: int = info.sound_rate  # 0: it does not listen
        self.n_sound: int = info.n_sound
        self.n_parameters: int = info.n_parameters
        self.n_features: int = info.n_features
        self.box_threshold: float = info.box_threshold if info.box_threshold >= 0 else 0.8
        self.assumptions: List[str] = list(self._lines())
        self._pool = _Pool(lambda: Handle("sfd_detector_create", "sfd_detector_free",
                                          model.pointer, threads, keeps=(model,)))

    def _lines(self):
        i = 0
        while (line := lib.sfd_model_assumption(self._model.pointer, i)) is not None:
            yield _text(line)
            i += 1

    def names(self, labels: Optional[PathLike] = None) -> Dict[int, Optional[str]]:
        """Action id -> name: by a pbtxt file, else as stored in the weights, else AVA's."""
        handle = Handle("sfd_labels_open_for", "sfd_labels_free", path_bytes(labels),
                        self._model.pointer, None)
        return {int(i): _text(lib.sfd_labels_name(handle.pointer, int(i)))
                for i in self.class_id if i >= 0}

    def clip_frames(self, timestamp: float, total_frames: int = 0) -> np.ndarray:
        """Numbers of the frames, at `timeline_fps`, that the network wants to see around a second of
        the video; with `total_frames` clamped to those that there are."""
        frames = np.empty(self.n_frames, np.int64)
        centre = c_int64()
        lib.sfd_model_clip_frames(self._model.pointer, timestamp, total_frames,
                                  frames.ctypes.data_as(POINTER(c_int64)), byref(centre))
        return frames

    def clip_sound(self, timestamp: float, samples: ArrayLike) -> np.ndarray:
        """Of all samples of a video, at `sound_rate`, those that the network is let hear around a
        second of it, [n_sound] float32: silence before the first and behind the last."""
        heard = _samples(samples)
        clip = np.zeros(self.n_sound, np.float32)
        first = lib.sfd_model_clip_sound(self._model.pointer, timestamp)
        there = heard[max(first, 0):max(first + self.n_sound, 0)]
        begin = max(-first, 0)
        clip[begin:begin + len(there)] = there
        return clip

    @overload
    def detect(self, frames: Frames, boxes: ArrayLike, features: Literal[False] = False,
               sound: Optional[ArrayLike] = None) -> np.ndarray: ...

    @overload
    def detect(self, frames: Frames, boxes: ArrayLike, features: Literal[True],
               sound: Optional[ArrayLike] = None) -> Tuple[np.ndarray, np.ndarray]: ...

    def detect(self, frames: Frames, boxes: ArrayLike, features: bool = False,
               sound: Optional[ArrayLike] = None):
        """Scores [n, n_classes] of the persons in `boxes` [n, 4] (fractions of width and height) in
        one clip: n_frames RGB pictures (uint8 [height, width, 3]; a list, or one array
        [n_frames, height, width, 3], also a torch tensor), those of clip_frames(). The same object
        may occur several times in a row. Nothing is copied where rows are contiguous; OpenCV's
        pictures are BGR: pass frame[..., ::-1]. With `features` also what the scores are computed
        from, [n, n_features]. `sound`: what clip_sound() gives, for networks that listen; without
        it these hear silence."""
        boxes = as_boxes(boxes)
        pictures: Dict[int, Tuple[s.Image, np.ndarray]] = {}
        frames = list(frames) if isinstance(frames, (list, tuple)) else list(np.asarray(frames))
        for frame in frames:
            if id(frame) not in pictures:
                pictures[id(frame)] = _picture(frame)
        pointers = (POINTER(s.Image) * max(1, len(frames)))(
            *(ctypes.pointer(pictures[id(frame)][0]) for frame in frames))
        scores = np.empty((len(boxes), self.n_classes), np.float32)
        values = np.empty((len(boxes), self.n_features), np.float32)
        clip = defaults(s.ShownClip)
        clip.frames, clip.n_frames = pointers, len(frames)
        if sound is not None:
            heard = _samples(sound)
            if self.n_sound and len(heard) != self.n_sound:
                raise ValueError(f"{len(heard)} samples of sound, the network hears {self.n_sound}")
            clip.sound = heard.ctypes.data_as(POINTER(c_float))
        with self._pool.borrow() as detector:
            call("sfd_detector_run_clip", detector.pointer, byref(clip),
                 boxes.ctypes.data_as(POINTER(s.BoxNorm)), len(boxes),
                 scores.ctypes.data_as(POINTER(c_float)),
                 values.ctypes.data_as(POINTER(c_float)) if features else None)
        return (scores, values) if features else scores

    def video(self, path: PathLike, boxes: Union[None, PathLike, Rows] = None,
              persons: Optional[PersonDetector] = None, *, video_id: Optional[str] = None,
              every: float = 1.0, person_threshold: float = 0.8,
              box_threshold: Optional[float] = None, timestamp_offset: float = 0.0,
              pictures: bool = False, features: bool = False) -> Iterator[Keyframe]:
        """Yields the keyframes of a video in rising order. The persons come from `boxes`, a file that
        sfdetect --proposals takes or Rows, or are found by `persons` every `every` seconds. The video
        is decoded and run on a thread of its own, one keyframe ahead; leaving the loop ends it."""
        if (boxes is None) == (persons is None):
            raise ValueError("either boxes or persons is needed")
        name = os.fsencode(video_id if video_id is not None else
                           os.path.splitext(os.path.basename(os.fspath(path)))[0])
        settings = defaults(s.DetectSettings)
        settings.timestamp_offset_s = timestamp_offset
        settings.pictures = pictures
        settings.features = features
        if persons is not None:
            find = defaults(s.FindSettings)
            find.every_s = every
            find.threshold = person_threshold

            def run(detector):
                call("sfd_detector_find_and_run", detector.pointer, persons._model.pointer,
                     path_bytes(path), name, byref(find), byref(settings), None)
        else:
            threshold = self.box_threshold if box_threshold is None else box_threshold
            proposals = _proposals(boxes, name, threshold)

            def run(detector):
                call("sfd_detector_run_video", detector.pointer, path_bytes(path), name,
                     proposals.pointer, byref(settings), None)
        with self._pool.borrow() as detector:
            yield from _run_beside(lambda: run(detector), settings)


def _proposals(boxes, video_id, threshold):
    if isinstance(boxes, Rows):
        keep = [i for i in range(len(boxes.box))
                if os.fsencode(str(boxes.video_id[i])) == video_id and boxes.score[i] >= threshold]
        made = (s.Proposal * max(1, len(keep)))()
        for proposal, i in zip(made, keep):
            proposal.timestamp_s = boxes.timestamp[i]
            proposal.box = s.BoxNorm(*boxes.box[i])
            proposal.score = boxes.score[i]
        return Handle("sfd_proposals_make", "sfd_proposals_free", video_id, made, len(keep))
    settings = defaults(s.ProposalsSettings)
    settings.box_threshold = threshold
    return Handle("sfd_proposals_read", "sfd_proposals_free", path_bytes(boxes),
                  (c_char_p * 1)(video_id), 1, byref(settings))


def _copy_keyframe(k):
    persons = k.persons[:k.n_persons]
    picture = None
    if k.picture:
        image = k.picture.contents
        flat = np.ctypeslib.as_array(image.rgb, (image.height, image.stride_bytes))
        picture = flat[:, :3 * image.width].reshape(image.height, image.width, 3).copy()
    features = None
    if k.n_features:
        features = np.array([p.features[:k.n_features] for p in persons],
                            np.float32).reshape(-1, k.n_features)
    return Keyframe(
        _text(k.video_id), k.timestamp_s, k.frame,
        np.array([(p.box.x1, p.box.y1, p.box.x2, p.box.y2) for p in persons],
                 np.float64).reshape(-1, 4),
        np.array([p.proposal_score for p in persons], np.float64),
        np.array([p.person_id if p.has_person_id else -1 for p in persons], np.int64),
        np.array([p.scores[:k.n_classes] for p in persons], np.float32).reshape(-1, k.n_classes),
        np.array(k.class_ids[:k.n_classes], np.int32), picture, features)


def _run_beside(run, settings):
    """Runs on a thread what calls settings.on_keyframe, and yields the keyframes."""
    ready: "queue.Queue" = queue.Queue(1)
    stop = threading.Event()

    def hand_out(item):
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.1)
                return
            except queue.Full:
                pass

    def on_keyframe(_user, keyframe, _err):
        hand_out(_copy_keyframe(keyframe.contents))
        return 0

    def work():
        try:
            run()
            hand_out(None)
        except Exception as error:  # handed to the caller's thread, whatever it is
            hand_out(error)

    callbacks = s.ON_KEYFRAME(on_keyframe), s.SHOULD_STOP(lambda _user: stop.is_set())
    settings.on_keyframe, settings.should_stop = callbacks
    thread = threading.Thread(target=work, name="sfdet", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
