# SPDX-License-Identifier: Apache-2.0
"""The structs of include/sfdet, field by field. tests/python compares sizes and offsets with those
that the C compiler gives."""
from ctypes import (CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_float, c_int,
                    c_int64, c_size_t, c_uint8, c_uint64, c_void_p)


class Error(Structure):
    _fields_ = [("status", c_int), ("message", c_char * 512)]


class BoxNorm(Structure):
    _fields_ = [("x1", c_double), ("y1", c_double), ("x2", c_double), ("y2", c_double)]


class BoxPx(Structure):
    _fields_ = [("x1", c_float), ("y1", c_float), ("x2", c_float), ("y2", c_float)]


class Image(Structure):
    _fields_ = [("width", c_int), ("height", c_int), ("stride_bytes", c_size_t),
                ("rgb", POINTER(c_uint8))]


class ShownClip(Structure):
    _fields_ = [("struct_size", c_size_t), ("frames", POINTER(POINTER(Image))), ("n_frames", c_size_t),
                ("sound", POINTER(c_float))]


class ModelSettings(Structure):
    _fields_ = [("struct_size", c_size_t), ("weights", c_char_p), ("config", c_char_p),
                ("cpu", c_char_p), ("seed", c_uint64), ("exact", c_bool), ("precision", c_int)]


class ModelInfo(Structure):
    _fields_ = [("name", c_char_p), ("cpu", c_char_p), ("detection", c_bool), ("n_classes", c_int),
                ("class_ids", POINTER(c_int)), ("box_threshold", c_double),
                ("keep_best_box", c_bool), ("frame_timestamps", c_bool), ("n_frames", c_int), ("sampling_rate", c_int),
                ("timeline_fps", c_int), ("n_pathways", c_int), ("n_features", c_int),
                ("short_side_px", c_int), ("n_parameters", c_size_t), ("weights_bytes", c_size_t),
                ("class_list", c_char_p), ("weights", c_char_p), ("quantised", c_bool),
                ("sound_rate", c_int), ("n_sound", c_size_t)]


class Proposal(Structure):
    _fields_ = [("timestamp_s", c_double), ("box", BoxNorm), ("score", c_double),
                ("person_id", c_int64), ("has_person_id", c_bool)]


TELL = CFUNCTYPE(None, c_void_p, c_char_p)  # on_warning, on_failure


class ProposalsSettings(Structure):
    _fields_ = [("struct_size", c_size_t), ("box_threshold", c_double), ("keep_best", c_bool),
                ("frame_fps", c_double), ("first_frame_s", c_double), ("strict", c_bool),
                ("user", c_void_p), ("on_warning", TELL)]


class Person(Structure):
    _fields_ = [("box", BoxNorm), ("proposal_score", c_double), ("timestamp_text", c_char_p),
                ("box_text", c_char_p), ("scores", POINTER(c_float)), ("person_id", c_int64),
                ("has_person_id", c_bool), ("features", POINTER(c_float)),
                ("reserved", c_size_t * 3)]


class Keyframe(Structure):
    _fields_ = [("video_id", c_char_p), ("timestamp_s", c_double), ("frame", c_int64),
                ("picture", POINTER(Image)), ("n_classes", c_int), ("class_ids", POINTER(c_int)),
                ("n_persons", c_size_t), ("persons", POINTER(Person)), ("n_features", c_int)]


ON_KEYFRAME = CFUNCTYPE(c_int, c_void_p, POINTER(Keyframe), POINTER(Error))
ON_PROGRESS = CFUNCTYPE(None, c_void_p, c_size_t, c_size_t)
SHOULD_STOP = CFUNCTYPE(c_bool, c_void_p)


ON_SETTLED = CFUNCTYPE(c_int, c_void_p, c_size_t, POINTER(Error))


class DetectSettings(Structure):
    _fields_ = [("struct_size", c_size_t), ("timestamp_offset_s", c_double), ("pictures", c_bool),
                ("n_jobs", c_int), ("user", c_void_p), ("on_keyframe", ON_KEYFRAME),
                ("on_failure", TELL), ("on_progress", ON_PROGRESS), ("should_stop", SHOULD_STOP),
                ("on_warning", TELL), ("first_keyframe", c_size_t), ("n_keyframes", c_size_t),
                ("on_settled", ON_SETTLED), ("features", c_bool), ("next", c_void_p),
                ("picture_fps", c_double)]


class DetectSummary(Structure):
    _fields_ = [("n_keyframes", c_size_t), ("n_done", c_size_t), ("n_failed", c_size_t),
                ("n_empty", c_size_t), ("width", c_size_t), ("height", c_size_t),
                ("reserved", c_size_t)]


class PersonModelSettings(Structure):
    _fields_ = [("struct_size", c_size_t), ("weights", c_char_p), ("cpu", c_char_p),
                ("precision", c_int), ("person_class", c_int)]


class FoundPerson(Structure):
    _fields_ = [("box", BoxPx), ("score", c_float), ("person_id", c_int64),
                ("reserved", c_size_t * 4)]


class FoundKeyframe(Structure):
    _fields_ = [("video_id", c_char_p), ("timestamp_s", c_double), ("frame", c_int64),
                ("width", c_int), ("height", c_int), ("n_persons", c_size_t),
                ("persons", POINTER(FoundPerson))]


ON_FOUND = CFUNCTYPE(c_int, c_void_p, POINTER(FoundKeyframe), POINTER(Error))


class FindSettings(Structure):
    _fields_ = [("struct_size", c_size_t), ("every_s", c_double), ("threshold", c_double),
                ("max_persons", c_int), ("timestamp_offset_s", c_double), ("user", c_void_p),
                ("on_keyframe", ON_FOUND), ("on_progress", ON_PROGRESS), ("on_warning", TELL),
                ("should_stop", SHOULD_STOP), ("track_fps", c_double), ("tracks", c_void_p),
                ("picture_fps", c_double)]


class TrackBox(Structure):
    _fields_ = [("timestamp_s", c_double), ("box", BoxNorm), ("score", c_double),
                ("person_id", c_int64), ("has_person_id", c_bool)]


class TrackInfo(Structure):
    _fields_ = [("person_id", c_int64), ("has_person_id", c_bool), ("n_boxes", c_size_t),
                ("boxes", POINTER(TrackBox)), ("reserved", c_size_t * 4)]


class MotSettings(Structure):
    _fields_ = [("struct_size", c_size_t), ("width", c_int), ("height", c_int), ("fps", c_double),
                ("timestamp_offset_s", c_double), ("max_gap_s", c_double),
                ("box_threshold", c_double), ("strict", c_bool), ("user", c_void_p),
                ("on_warning", TELL)]


class EvalSettings(Structure):
    _fields_ = [("struct_size", c_size_t), ("dialect", c_int), ("labels", c_char_p),
                ("python_O", c_bool), ("strict", c_bool), ("label_text", c_char_p)]


class EvalRow(Structure):
    _fields_ = [("video_id", c_char_p), ("timestamp_s", c_double), ("box", BoxNorm),
                ("label", c_int), ("score", c_double)]


class EvalClass(Structure):
    _fields_ = [("id", c_int), ("name", c_char_p), ("n_gt", c_size_t), ("n_det", c_size_t),
                ("n_tp", c_size_t), ("ap", c_double), ("reserved", c_size_t * 4)]


class EvalResult(Structure):
    _fields_ = [("iou", c_double), ("map", c_double), ("group_map", c_double * 8),
                ("n_classes", c_size_t), ("classes", POINTER(EvalClass)),
                ("reserved", c_size_t * 4)]


# name in C -> class here, for the test
ALL = {"sfd_error": Error, "sfd_box_norm": BoxNorm, "sfd_box_px": BoxPx, "sfd_image": Image,
       "sfd_model_settings": ModelSettings, "sfd_model_info": ModelInfo, "sfd_proposal": Proposal,
       "sfd_proposals_settings": ProposalsSettings, "sfd_person": Person, "sfd_keyframe": Keyframe,
       "sfd_detect_settings": DetectSettings, "sfd_detect_summary": DetectSummary,
       "sfd_person_model_settings": PersonModelSettings, "sfd_found_person": FoundPerson,
       "sfd_found_keyframe": FoundKeyframe, "sfd_find_settings": FindSettings,
       "sfd_track_box": TrackBox, "sfd_track_info": TrackInfo, "sfd_mot_settings": MotSettings,
       "sfd_eval_settings": EvalSettings, "sfd_eval_row": EvalRow, "sfd_eval_class": EvalClass,
       "sfd_eval_result": EvalResult, "sfd_shown_clip": ShownClip}
