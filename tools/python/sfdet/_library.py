# SPDX-License-Identifier: Apache-2.0
"""libsfdet itself: where it is, its functions, and its errors as exceptions. ctypes lets other
threads run while a function of the library does."""
import ctypes
import glob
import os
from ctypes import (POINTER, byref, c_bool, c_char_p, c_double, c_float, c_int, c_int64, c_size_t,
                    c_uint8, c_void_p)

from typing import Any, Dict, List, Tuple

from . import _structs as s


class Error(Exception):
    """What libsfdet says of a failure. `status` is its word for the kind:
    "malformed input", ..."""

    status = "error"


class ArgumentError(Error, ValueError):
    """A value is out of range."""


class FormatError(Error, ValueError):
    """A file's content is malformed, or not supported, or does not belong to the others."""


class FileError(Error, OSError):
    """The operating system refused to open, read or write."""


class OutOfMemory(Error, MemoryError):
    """An allocation failed."""


class Cancelled(Error):
    """A callback asked to stop."""


_KINDS = {1: ArgumentError, 2: OutOfMemory, 3: FileError, 4: FormatError, 5: FormatError,
          6: FormatError, 7: Error, 8: Cancelled}


def _find():
    """$SFDET_LIBRARY, else the library in the package, else the system's."""
    if os.environ.get("SFDET_LIBRARY"):
        return os.environ["SFDET_LIBRARY"]
    inside = glob.glob(os.path.join(os.path.dirname(__file__), "libsfdet.so.*"))
    return inside[0] if inside else "libsfdet.so.0.2"


lib = ctypes.CDLL(_find())
lib.sfd_version.restype = c_char_p
VERSION = lib.sfd_version().decode()
if VERSION.split(".")[:2] != ["0", "2"]:
    raise ImportError(f"libsfdet {VERSION} has another interface than 0.2, which this package is for")

P = c_void_p  # an object of the library
_OUT = POINTER(c_void_p)

# Functions that return a status and take an sfd_error last, which is left out here.
_FALLIBLE: Dict[str, List[Any]] = {
    "sfd_model_open": [_OUT, POINTER(s.ModelSettings)],
    "sfd_detector_create": [_OUT, P, c_int],
    "sfd_detector_set_views": [P, POINTER(c_int), c_size_t, c_bool],
    "sfd_detector_run_clip": [P, POINTER(s.ShownClip), POINTER(s.BoxNorm), c_size_t,
                              POINTER(c_float), POINTER(c_float)],
    "sfd_detector_run_video": [P, c_char_p, c_char_p, P, POINTER(s.DetectSettings),
                               POINTER(s.DetectSummary)],
    "sfd_detector_find_and_run": [P, P, c_char_p, c_char_p, POINTER(s.FindSettings),
                                  POINTER(s.DetectSettings), POINTER(s.DetectSummary)],
    "sfd_find_proposals": [_OUT, P, c_char_p, c_char_p, POINTER(s.FindSettings)],
    "sfd_proposals_read": [_OUT, c_char_p, POINTER(c_char_p), c_size_t,
                           POINTER(s.ProposalsSettings)],
    "sfd_proposals_make": [_OUT, c_char_p, POINTER(s.Proposal), c_size_t],
    "sfd_person_model_open": [_OUT, POINTER(s.PersonModelSettings)],
    "sfd_person_finder_create": [_OUT, P, c_int],
    "sfd_person_finder_run": [P, POINTER(c_uint8), c_int, c_int, c_size_t, c_double,
                              POINTER(POINTER(s.FoundPerson)), POINTER(c_size_t)],
    "sfd_labels_open_for": [_OUT, c_char_p, P, POINTER(s.Error)],
    "sfd_tracks_make": [_OUT, POINTER(s.TrackBox), c_size_t, c_double],
    "sfd_tracks_read_mot": [_OUT, c_char_p, POINTER(s.MotSettings)],
    "sfd_tracks_write_mot": [P, c_char_p, POINTER(s.MotSettings)],
    "sfd_eval_create": [_OUT, POINTER(s.EvalSettings)],
    "sfd_eval_read_exclusions": [P, c_char_p],
    "sfd_eval_read_truth": [P, c_char_p],
    "sfd_eval_read_detections": [_OUT, P, c_char_p],
    "sfd_eval_exclude": [P, c_char_p, c_double],
    "sfd_eval_add_truth": [P, POINTER(s.EvalRow), c_size_t],
    "sfd_eval_add_detections": [_OUT, P, POINTER(s.EvalRow), c_size_t],
    "sfd_eval_score": [POINTER(s.EvalResult), P, P, POINTER(c_double), c_size_t],
}

_OTHERS: Dict[str, Tuple[Any, List[Any]]] = {
    "sfd_status_name": (c_char_p, [c_int]),
    "sfd_model_free": (None, [P]),
    "sfd_model_get_info": (POINTER(s.ModelInfo), [P]),
    "sfd_model_assumption": (c_char_p, [P, c_size_t]),
    "sfd_model_clip_frames": (None, [P, c_double, c_int64, POINTER(c_int64), POINTER(c_int64)]),
    "sfd_model_clip_sound": (c_int64, [P, c_double]),
    "sfd_detector_free": (None, [P]),
    "sfd_proposals_free": (None, [P]),
    "sfd_person_model_free": (None, [P]),
    "sfd_person_model_describe": (c_char_p, [P]),
    "sfd_person_finder_free": (None, [P]),
    "sfd_labels_free": (None, [P]),
    "sfd_labels_name": (c_char_p, [P, c_int]),
    "sfd_tracks_free": (None, [P]),
    "sfd_tracks_count": (c_size_t, [P]),
    "sfd_tracks_get": (None, [P, c_size_t, POINTER(s.TrackInfo)]),
    "sfd_tracks_at": (c_size_t, [P, c_double, POINTER(s.TrackBox), c_size_t]),
    "sfd_eval_free": (None, [P]),
    "sfd_eval_detections_free": (None, [P]),
    "sfd_eval_result_free": (None, [POINTER(s.EvalResult)]),
    "sfd_eval_dialect_name": (c_char_p, [c_int]),
}

for _name, _types in _FALLIBLE.items():
    _function = getattr(lib, _name)
    _function.restype = c_int
    _function.argtypes = [*_types, POINTER(s.Error)]
for _name, (_result, _types) in _OTHERS.items():
    _function = getattr(lib, _name)
    _function.restype = _result
    _function.argtypes = _types

_SETTINGS = {
    s.ModelSettings: "sfd_model_settings", s.ProposalsSettings: "sfd_proposals_settings",
    s.DetectSettings: "sfd_detect_settings", s.PersonModelSettings: "sfd_person_model_settings",
    s.FindSettings: "sfd_find_settings", s.MotSettings: "sfd_mot_settings",
    s.EvalSettings: "sfd_eval_settings", s.ShownClip: "sfd_shown_clip",
}


def defaults(struct):
    """Settings as the library's sfd_..._defaults() fills them."""
    settings = struct()
    fill = getattr(lib, _SETTINGS[struct] + "_defaults_sized")
    fill.restype = None
    fill.argtypes = [POINTER(struct), c_size_t]
    fill(byref(settings), ctypes.sizeof(settings))
    return settings


def call(name, *args):
    """Calls a function of the library that may fail; its error becomes an exception."""
    err = s.Error()
    status = getattr(lib, name)(*args, byref(err))
    if status != 0:
        error = _KINDS.get(status, Error)(err.message.decode("utf-8", "replace"))
        error.status = lib.sfd_status_name(status).decode()
        raise error


class Handle:
    """An object of the library. `keeps` are objects that it uses, which are freed after it, in
    whatever order Python's collector comes to them."""

    def __init__(self, create, free, *args, keeps=()):
        self._free = getattr(lib, free)
        self._keeps = keeps
        self._users = 1  # itself, and those that keep it
        self.pointer = c_void_p()
        call(create, byref(self.pointer), *args)
        for kept in keeps:
            kept._users += 1

    def _release(self):
        self._users -= 1
        if self._users == 0:
            self._free(self.pointer)
            for kept in self._keeps:
                kept._release()

    def __del__(self):
        if getattr(self, "pointer", None):
            self._release()


def path_bytes(path):
    """A path, or None, as the library takes it."""
    if path is None:
        return None
    encoded = os.fsencode(path)
    if b"\0" in encoded:
        raise ValueError("a path with a zero byte")
    return encoded
