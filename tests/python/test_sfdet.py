# SPDX-License-Identifier: Apache-2.0
"""The Python package against the programs, the C headers and ffmpeg. SFDET_BUILD is the build's root;
python.sh runs this."""
import csv
import gzip
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import threading
from ctypes import sizeof
from importlib.util import find_spec

import numpy as np
import pytest

import sfdet
from sfdet import _structs

BUILD = os.environ["SFDET_BUILD"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEMO = os.path.join(ROOT, "data", "demo")
CLIP = os.path.join(DEMO, "street.mp4")
BOXES = os.path.join(DEMO, "street_boxes.csv")
TRUTH = os.path.join(DEMO, "street.csv")
LABELS = os.path.join(DEMO, "labels.pbtxt")
ACTIONS = os.path.join(DEMO, "slowfast_demo.safetensors")
PERSONS = os.path.join(DEMO, "persons_demo.safetensors")


def run(program, *args):
    return subprocess.run([os.path.join(BUILD, program), *map(str, args)], check=True,
                          capture_output=True, text=True).stdout


@pytest.fixture(scope="session")
def model():
    return sfdet.Model(ACTIONS)


@pytest.fixture(scope="session")
def persons():
    return sfdet.PersonDetector(PERSONS)


@pytest.fixture(scope="session")
def detections(tmp_path_factory):
    path = tmp_path_factory.mktemp("dets") / "dets.csv"
    run("sfdetect", "-q", "-p", BOXES, "-o", path, CLIP)
    return path


@pytest.fixture(scope="session")
def frames():
    """The clip's frames as ffmpeg gives them."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", CLIP, "-vf", "fps=30", "-f", "rawvideo",
                          "-pix_fmt", "rgb24", "-sws_flags", "bicubic", "-"], check=True,
                         capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, 240, 426, 3)


def test_structs_are_those_of_the_headers(tmp_path):
    lines = []
    for name, struct in _structs.ALL.items():
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        for field, *_ in struct._fields_:
            lines.append(f'printf("{name}.{field} %zu\\n", offsetof({name}, {field}));')
    source = tmp_path / "offsets.c"
    source.write_text("#include <sfdet/sfdet.h>\n#include <stddef.h>\n#include <stdio.h>\n"
                      "int main(void) {\n" + "\n".join(lines) + "\nreturn 0; }\n")
    program = tmp_path / "offsets"
    subprocess.run(["cc", "-I", os.path.join(ROOT, "include"), "-o", program, source], check=True)
    said = dict(line.split() for line in subprocess.check_output([program], text=True).splitlines())
    for name, struct in _structs.ALL.items():
        assert sizeof(struct) == int(said[name]), name
        for field, *_ in struct._fields_:
            assert getattr(struct, field).offset == int(said[f"{name}.{field}"]), f"{name}.{field}"


def test_version():
    assert run("sfdetect", "--version").split()[1] == sfdet.__version__


def test_model_tells_what_it_is(model):
    assert model.detection and model.n_classes == 80 and model.n_frames == 16
    assert model.names()[12] == "stand"
    assert model.names(LABELS)[12] == "stand"
    assert list(model.clip_frames(2.0, 300)) == [60 + 2 * (i - 8) for i in range(16)]
    assert list(model.clip_frames(0.0))[:9] == [0] * 9


def test_a_video_with_boxes_scores_as_sfdetect(model, detections):
    want = list(csv.reader(open(detections)))
    got = [(k.video_id, k.timestamp, *box, int(label), score) for k in model.video(CLIP, BOXES)
           for box, row in zip(k.box, k.score) for label, score in zip(k.class_id, row)]
    assert len(got) == len(want) > 1000
    for a, b in zip(got, want):
        assert a[0] == b[0] and a[6] == int(b[6])
        assert np.allclose(a[1:6], [float(x) for x in b[1:6]], rtol=0, atol=1e-9)
        assert f"{a[7]:.6f}" == b[7]


def test_rows_of_keyframes_are_a_csv_file(model, detections, tmp_path):
    parts = [k.rows() for k in model.video(CLIP, BOXES)]
    rows = sfdet.Rows(*(np.concatenate(column) for column in zip(*parts)))
    sfdet.write_csv(tmp_path / "own.csv", rows)
    own, theirs = sfdet.read_csv(tmp_path / "own.csv"), sfdet.read_csv(detections)
    assert list(own.video_id) == list(theirs.video_id)
    for a, b in zip(own[1:], theirs[1:]):
        assert np.allclose(a, b, rtol=0, atol=1e-6)


def test_frames_of_the_caller_score_as_the_video(model, frames):
    for k in model.video(CLIP, BOXES):
        clip = [frames[i] for i in model.clip_frames(k.timestamp, len(frames))]
        assert np.abs(model.detect(clip, k.box) - k.score).max() < 1e-6


@pytest.fixture(scope="session")
def listening(tmp_path_factory):
    """A network that listens, with random weights, and a video with sound."""
    folder = tmp_path_factory.mktemp("sound")
    config = os.path.join(ROOT, "tests", "data", "train", "listening.yaml")
    run("sfmodel", "init", config, "-o", folder / "net.safetensors")
    subprocess.run(["ffmpeg", "-v", "error", "-i", CLIP, "-f", "lavfi", "-i", "anoisesrc=r=16000:seed=3",
                    "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "flac", "-shortest", folder / "heard.mkv"],
                   check=True)
    return sfdet.Model(folder / "net.safetensors"), folder / "heard.mkv"


def test_sound_of_the_caller_scores_as_the_video(listening, frames):
    model, video = listening
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", video, "-ac", "1", "-ar", str(model.sound_rate), "-f", "f32le",
                          "-"], check=True, capture_output=True).stdout
    samples = np.frombuffer(raw, np.float32)
    box = [[0.1, 0.1, 0.6, 0.9]]
    times = [0, 2, len(frames) / 30]  # with silence before, and behind
    for k in model.video(video, sfdet.rows("heard", times, box * 3, [0] * 3, [1.0] * 3)):
        clip = [frames[i] for i in model.clip_frames(k.timestamp, len(frames))]
        sound = model.clip_sound(k.timestamp, samples)
        assert np.abs(model.detect(clip, box, sound=sound) - k.score).max() < 1e-6
        assert np.abs(model.detect(clip, box) - k.score).max() > 1e-4
    with pytest.raises(sfdet.ArgumentError, match="of the sound is not a number"):
        model.detect(clip, box, sound=np.full(model.n_sound, np.nan))
    with pytest.raises(ValueError, match="samples of sound"):
        model.detect(clip, box, sound=sound[1:])
    with pytest.raises(ValueError, match="int16"):
        model.detect(clip, box, sound=np.zeros(model.n_sound, np.int16))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def read_safetensors(path):
    """By the format's description alone."""
    types = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1"}
    data = open(path, "rb").read()
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + n])
    return {name: np.frombuffer(data[8 + n:][slice(*t["data_offsets"])], types[t["dtype"]]).reshape(t["shape"])
            for name, t in header.items() if name != "__metadata__"}


def test_features_are_what_scores_are_computed_from(model, frames, tmp_path):
    run("sfdetect", "-q", "-p", BOXES, "--features", tmp_path / "a.npz", CLIP)
    run("sfdetect", "-q", "-p", BOXES, "--features", tmp_path / "a.safetensors", "--features-type", "f16", CLIP)
    npz, half = np.load(tmp_path / "a.npz"), read_safetensors(tmp_path / "a.safetensors")
    keyframes = list(model.video(CLIP, BOXES, features=True))
    features = np.concatenate([k.features for k in keyframes])
    assert features.shape[1] == model.n_features and np.array_equal(npz["features"], features)
    assert np.array_equal(half["features"], features.astype(np.float16))
    assert np.array_equal(npz["scores"], np.concatenate([k.score for k in keyframes]))
    assert np.array_equal(npz["boxes"], np.concatenate([k.box for k in keyframes]).astype(np.float32))
    assert np.array_equal(npz["timestamps"], np.repeat([k.timestamp for k in keyframes],
                                                       [len(k.box) for k in keyframes]))
    assert list(npz["video_ids"]) == [b"street"] and not npz["videos"].any()
    assert bytes(half["video_ids"][0]) == b"street" and np.array_equal(npz["class_ids"], model.class_id)
    weights = read_safetensors(ACTIONS)
    logits = features @ weights["head.projection.weight"].T + weights["head.projection.bias"]
    assert np.abs(sigmoid(logits) - npz["scores"]).max() < 1e-5
    k = keyframes[1]
    clip = [frames[i] for i in model.clip_frames(k.timestamp, len(frames))]
    scores, values = model.detect(clip, k.box, features=True)
    assert np.array_equal(scores, model.detect(clip, k.box))
    assert np.abs(values - k.features).max() < 1e-5 * np.abs(values).max()


def code_of(document, names):
    """Runs its Python."""
    with open(os.path.join(ROOT, document)) as f:
        blocks = re.findall(r"^```python\n(.*?)^```", f.read(), re.M | re.S)
    for block in blocks:
        if "import torch" in block and not find_spec("torch"):
            continue
        exec(compile(block, document, "exec"), names)


def test_feature_banks_are_made_as_documented(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run("sfdetect", "-q", "-p", BOXES, "--also", "npz", "--out-dir", "train", CLIP)
    names = {"video_names": ["nobody", "street"]}
    code_of("docs/features.md", names)
    bank = names["read_bank"]("train")
    assert list(bank) == ["street"]
    with open("train_lfb.pkl", "rb") as f:
        lfb = pickle.load(f)
    for k in model.video(CLIP, BOXES, features=True):
        assert np.array_equal(bank["street"][int(k.timestamp)], k.features)
        assert np.array_equal(lfb[1][int(k.timestamp)], k.features)
    assert lfb[0] == {}


@pytest.mark.parametrize("document", ["README.md", "docs/python.md"])
def test_the_code_of_documents_runs(document, detections, frames, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, path in {"net.safetensors": ACTIONS, "yolox_s.pth": PERSONS, "truth.csv": TRUTH, "dets.csv": detections}.items():
        shutil.copy(path, name)
    subprocess.run(["ffmpeg", "-v", "error", "-i", CLIP, "-t", "1.5", "-c", "copy", "clip.mp4"], check=True)
    with open(LABELS) as labelmap, open(TRUTH) as groundtruth, open(detections) as found:
        code_of(document, {"sfdet": sfdet, "frames": frames, "boxes": np.array([[0.1, 0.1, 0.5, 0.9]]), "labelmap": labelmap,
                           "groundtruth": groundtruth, "detections": found, "exclusions": None})


def test_frames_in_other_layouts(model, frames):
    clip = np.stack([frames[i] for i in model.clip_frames(3.0, len(frames))])
    boxes = [[0.1, 0.2, 0.5, 0.9]]
    want = model.detect(clip, boxes)
    bgr = clip[..., ::-1].copy()
    wide = np.zeros((16, 240, 500, 3), np.uint8)
    wide[:, :, :426] = clip
    for same in (list(clip), bgr[..., ::-1], wide[:, :, :426], np.asfortranarray(clip)):
        assert np.array_equal(model.detect(same, boxes), want)
    torch = pytest.importorskip("torch")
    assert np.array_equal(model.detect(torch.from_numpy(clip), boxes), want)


def test_rows_of_pictures_are_not_copied(frames):
    from sfdet.model import _picture
    padded = np.zeros((240, 500, 3), np.uint8)[:, :426]
    for picture in (frames[0], padded):
        image, array = _picture(picture)
        assert np.shares_memory(array, picture) and image.stride_bytes == picture.strides[0]


def test_persons_are_found_as_by_sfboxes(model, persons, tmp_path):
    run("sfboxes", "-q", "-o", tmp_path / "boxes.csv", CLIP)
    want = sfdet.read_csv(tmp_path / "boxes.csv")
    n = 0
    for k in model.video(CLIP, persons=persons, pictures=True):
        rows = want.timestamp == k.timestamp
        assert np.allclose(k.box, want.box[rows], rtol=0, atol=1e-6)
        assert np.allclose(k.box_score, want.score[rows], rtol=0, atol=1e-6)
        found = persons.find(k.picture)
        size = np.array([426, 240, 426, 240])
        assert np.allclose(found.box / size, k.box, rtol=0, atol=1e-6)
        n += len(k.box)
    assert n == len(want.box) > 20


def test_leaving_a_video_early_ends_its_thread(model):
    before = threading.active_count()
    for _ in model.video(CLIP, BOXES):
        break
    assert threading.active_count() == before


def test_an_error_in_the_middle_comes_out(model, tmp_path):
    cut = tmp_path / "street.mp4"
    cut.write_bytes(b"not a video")
    with pytest.raises(sfdet.FormatError, match="street.mp4"):
        list(model.video(cut, BOXES))


def test_threads_share_a_model(model, frames):
    clips = [[frames[i] for i in model.clip_frames(t, len(frames))] for t in (1, 3, 5, 7)]
    boxes = [[0.1, 0.2, 0.5, 0.9], [0.4, 0.1, 0.8, 0.8]]
    want = [model.detect(clip, boxes) for clip in clips]
    got = [None] * 4

    def work(i):
        got[i] = [model.detect(clips[i], boxes) for _ in range(5)]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(4):
        for scores in got[i]:
            assert np.array_equal(scores, want[i])


def test_other_threads_run_meanwhile(model, frames):
    clip = [frames[i] for i in model.clip_frames(3, len(frames))]
    at_work, turns = threading.Event(), []
    done = threading.Event()

    def count():
        at_work.wait()
        while not done.wait(0.001):
            turns.append(0)

    counter = threading.Thread(target=count)
    counter.start()
    at_work.set()
    for _ in range(20):  # were the lock held meanwhile, there would be a turn between two calls
        model.detect(clip, [[0.1, 0.2, 0.5, 0.9]])
    done.set()
    counter.join()
    assert len(turns) > 40


@pytest.mark.parametrize("dialect", sfdet.DIALECTS)
def test_evaluation_is_sfevals(detections, dialect, tmp_path):
    run("sfeval", "-g", TRUTH, "-l", LABELS, "--dialect", dialect, "--json", tmp_path / "out.json",
        detections)
    want = json.load(open(tmp_path / "out.json"))["files"][0]
    result = sfdet.evaluate(TRUTH, detections, LABELS, dialect=dialect)
    assert result.map == want["mAP"] > 0.5
    for a, b in zip(result.classes, want["classes"]):
        assert (a.id, a.name, a.n_truth) == (b["id"], b["name"], b["n_gt"])
        assert np.isnan(a.ap) if b["AP"] is None else a.ap == b["AP"]
    arrays = sfdet.evaluate(sfdet.read_csv(TRUTH), sfdet.read_csv(detections), LABELS,
                            dialect=dialect)
    assert arrays.map == result.map


def test_evaluation_takes_the_official_scripts_arguments(detections):
    with open(LABELS) as labels, open(TRUTH) as truth, open(detections) as found:
        metrics = sfdet.run_evaluation(labels, truth, found)
    result = sfdet.evaluate(TRUTH, detections, LABELS)
    assert metrics["PascalBoxes_Precision/mAP@0.5IOU"] == result.map
    by_name = {c.name: c.ap for c in result.classes}
    assert metrics["PascalBoxes_PerformanceByCategory/AP@0.5IOU/walk"] == by_name["walk"]


def test_a_perfect_result_by_hand():
    truth = sfdet.rows("a", [1, 1, 2], [[0, 0, 0.5, 1], [0.5, 0, 1, 1], [0, 0, 1, 1]], [12, 11, 12])
    half = sfdet.rows("a", [1, 2], [[0, 0, 0.5, 1], [0, 0, 0.3, 1]], 12, [0.9, 0.8])
    assert sfdet.evaluate(truth, truth).map == 1
    result = sfdet.evaluate(truth, half)
    by_id = {c.id: c for c in result.classes}
    assert by_id[12].ap == 0.5 and by_id[11].ap == 0 and result.map == 0.25


def test_csv_of_all_kinds(tmp_path):
    text = '\ufeffvideo_id,timestamp,x1,y1,x2,y2,label,score\n"a,b",0902, 0.1,0.2,0.3,0.4,12,0.5\n\n' \
           "nobody,0903\nc,1.5,0,0,1,1,,\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    (tmp_path / "b.csv").write_bytes(gzip.compress(text.encode()))
    for name in ("a.csv", "b.csv"):
        rows = sfdet.read_csv(tmp_path / name)
        assert list(rows.video_id) == ["a,b", "c"] and list(rows.timestamp) == [902, 1.5]
        assert rows.box.tolist() == [[0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1]]
        assert list(rows.label) == [12, -1] and list(rows.score) == [0.5, 1]
    sfdet.write_csv(tmp_path / "c.csv", rows, decimals=None)
    again = sfdet.read_csv(tmp_path / "c.csv")
    assert all(np.array_equal(a, b) for a, b in zip(rows, again))
    (tmp_path / "bad.csv").write_text("a,1,0,0,x,1\n")
    with pytest.raises(ValueError, match=r"bad.csv:1:5: not a number: 'x'"):
        sfdet.read_csv(tmp_path / "bad.csv")


def test_what_is_written_over(tmp_path):
    rows = sfdet.rows("v", 1, [0, 0, 1, 1], 3)
    real, link, pipe = tmp_path / "real.csv", tmp_path / "link.csv", tmp_path / "pipe"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    sfdet.write_csv(link, rows)
    assert link.is_symlink() and real.read_text().startswith("v,0001,")
    assert real.stat().st_mode & 0o777 == 0o640
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    sfdet.write_csv(pipe, rows)
    assert os.read(reader, 99).startswith(b"v,0001,") and pipe.is_fifo()
    os.close(reader)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["link.csv", "pipe", "real.csv"]


def test_other_shapes_are_no_boxes(model, frames):
    clip = [frames[i] for i in model.clip_frames(1, len(frames))]
    for wrong in np.zeros((4, 3)), np.zeros((4, 5)), np.zeros((2, 2, 4)), np.zeros(8):
        with pytest.raises(ValueError, match=r"boxes are an array \[n, 4\]"):
            model.detect(clip, wrong)
        with pytest.raises(ValueError, match="boxes are an array"):
            sfdet.rows("v", 1, wrong, 3)
    with pytest.raises(ValueError, match="30000 x 30000 are too large"):
        model.detect(np.broadcast_to(np.uint8(0), (len(clip), 30000, 30000, 3)), [0, 0, 1, 1])
    with pytest.raises(ValueError, match="zero byte"):
        sfdet.Model("a\0b")


def test_tracks_move_evenly_and_feed_back(tmp_path):
    tracks = sfdet.Tracks.make([1, 1, 2], [0, 1, 1], [[0, 0, 0.2, 0.5], [0.2, 0, 0.4, 0.5],
                                                      [0.5, 0.5, 1, 1]], [0.9, 0.7, 0.8])
    middle = tracks.at(0.5)
    assert list(middle.person_id) == [1]
    assert np.allclose(middle.box, [[0.1, 0, 0.3, 0.5]])
    assert list(tracks.at(1).person_id) == [1, 2]
    assert set(tracks.by_person()) == {1, 2} and len(tracks.by_person()[1].box) == 2
    tracks.write_mot(tmp_path / "mot.txt", (200, 100))
    again = sfdet.Tracks.read_mot(tmp_path / "mot.txt", (200, 100))
    assert len(again.by_person()[1].box) == 31  # a frame each
    assert np.allclose(again.at(0.5).box, middle.box, atol=1e-4)


def test_the_example_runs(monkeypatch):
    monkeypatch.setenv("SFDET_ROOT", ROOT)
    notebook = json.load(open(os.path.join(ROOT, "tools", "python", "example.ipynb")))
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(code) == 4
    exec(compile("\n".join(code), "example.ipynb", "exec"), {})


def test_callers_types_are_checked(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "right.py").write_text(
        "import numpy as np, sfdet\n"
        "model = sfdet.Model('a')\n"
        "for k in model.video('clip.mp4', boxes='boxes.csv'): print(k.score[0])\n"
        "clip = np.zeros((32, 2, 2, 3), np.uint8)\n"
        "scores: np.ndarray = model.detect(clip, [[0, 0, 1, 1]])\n"
        "scores, features = model.detect([clip[0]] * 32, np.zeros((1, 4)), features=True)\n"
        "print(sfdet.run_evaluation(open('a'), open('b'), open('c'))['x'] + sfdet.evaluate('a', sfdet.read_csv('b')).map)\n")
    (tmp_path / "wrong.py").write_text("import sfdet\nsfdet.Model(3)\nsfdet.Model('a').detekt()\n")

    def errors(*args):
        return subprocess.run([sys.executable, "-m", "mypy", "--cache-dir", "cache", *args], cwd=tmp_path, text=True,
                              capture_output=True).stdout

    assert "no issues" in errors("-p", "sfdet"), errors("-p", "sfdet")
    assert "no issues" in errors("right.py"), errors("right.py")
    assert "Found 2 errors" in errors("wrong.py")


def test_errors(model, frames, tmp_path):
    with pytest.raises(sfdet.FileError, match="nowhere.pth") as caught:
        sfdet.Model(tmp_path / "nowhere.pth")
    assert caught.value.status == "input/output error" and isinstance(caught.value, OSError)
    with pytest.raises(sfdet.FormatError):
        sfdet.Model(CLIP)
    with pytest.raises(sfdet.FormatError):
        sfdet.PersonDetector(ACTIONS)
    with pytest.raises(ValueError, match="f16"):
        sfdet.Model(ACTIONS, precision="f16")
    clip = [frames[0]] * model.n_frames
    with pytest.raises(sfdet.ArgumentError):
        model.detect(clip[:-1], [[0, 0, 1, 1]])
    with pytest.raises(ValueError, match="float64"):
        model.detect([frames[0] / 255.0] * model.n_frames, [[0, 0, 1, 1]])
    with pytest.raises(sfdet.ArgumentError, match="is not a number"):
        sfdet.PersonDetector(PERSONS).find(frames[0], float("nan"))
    with pytest.raises(ValueError, match="boxes or persons"):
        next(model.video(CLIP))
    with pytest.raises(ValueError, match="none of"):
        sfdet.evaluate(TRUTH, TRUTH, dialect="mine")
    assert model.detect(clip, []).shape == (0, 80)
