#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the sounds but speech.flac, and mels.safetensors: what librosa 0.11.0 makes of all of them.

usage: make.py, with librosa and the ffmpeg program.

NAME.authors: as audiovisual SlowFast is trained, log(melspectrogram(n_fft=512, hop_length=256,
n_mels=80, htk=True, center=False) + 1e-8). NAME.librosa: its defaults (Slaney's scale, centred).
In float64; in float32 librosa differs from that by 2e-6 at most.

speech.flac is a second of "Sense and Sensibility", chapter 1, as read for LibriVox: public domain. The
music is synthetic.
"""
import json
import struct
import subprocess

import librosa
import numpy as np

RATE = 16000


def encode(name, x):
    pcm = np.round(np.clip(x, -1, 1) * 32767).astype("<i2").tobytes()
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-",
                    "-fflags", "+bitexact", "-flags:a", "+bitexact", name + ".flac"], input=pcm, check=True)


def decode(name):
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", name + ".flac", "-f", "f32le", "-"],
                         capture_output=True, check=True).stdout
    return np.frombuffer(raw, "<f4")


def note(t, hz):
    t = np.maximum(t, 0)
    return sum(np.sin(2 * np.pi * hz * k * t) * np.exp(-4 * k * t) / k for k in range(1, 7)) * (t > 0)


def make_sounds():
    t = np.arange(RATE * 3 // 4) / RATE
    music = sum(note(t - 0.18 * i, hz) for i, hz in enumerate([261.6, 329.6, 392.0, 523.3]))
    encode("music", 0.25 * music)
    t = t[:RATE // 2]
    encode("tones", 0.4 * np.sin(2 * np.pi * 440 * t) + 0.3 * np.sin(2 * np.pi * (200 + 7000 * t) * t))
    encode("noise", 0.2 * np.random.default_rng(21).standard_normal(RATE // 4))


def mels(y, **more):
    s = librosa.feature.melspectrogram(y=y, sr=RATE, n_fft=512, win_length=512, hop_length=256, n_mels=80, **more)
    return np.log(s + 1e-8).T.astype("<f4")


def save(name, tensors):
    header, data = {}, b""
    for key, value in tensors.items():
        header[key] = {"dtype": "F32", "shape": value.shape, "data_offsets": [len(data), len(data) + value.nbytes]}
        data += np.ascontiguousarray(value).tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(name, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


make_sounds()
tensors = {}
for name in ["speech", "music", "tones", "noise"]:
    y = decode(name)
    tensors[name + ".authors"] = mels(y.astype(np.float64), htk=True, center=False, dtype=np.float64)
    if name in ("speech", "tones"):
        tensors[name + ".librosa"] = mels(y.astype(np.float64), dtype=np.float64)
    rounded = mels(y, htk=True, center=False)
    print(name, tensors[name + ".authors"].shape, "float32 differs by", np.abs(rounded - tensors[name + ".authors"]).max())
save("mels.safetensors", tensors)
