#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes speech.npy and tones.npy: MMAction2's features of those sounds, as its build_audio_features.py
makes them (windows of 512 samples every 256), by the libraries that it uses.

usage: make_features.py, with librosa 0.11.0, lws 1.2.8 and soundfile.
"""
import os

import librosa
import lws
import numpy as np

RATE, WINDOW, STEP, BANDS = 16000, 512, 256, 80
os.chdir(os.path.dirname(os.path.abspath(__file__)))
bank = librosa.filters.mel(sr=RATE, n_fft=WINDOW, fmin=125, fmax=7600, n_mels=BANDS)
for name in ("speech", "tones"):
    y = librosa.load(name + ".flac", sr=RATE)[0]
    y = y * (0.1 / np.maximum(1e-4, np.sqrt(np.mean(y ** 2))))
    levels = 20 * np.log10(np.maximum(1e-5, bank @ np.abs(lws.lws(WINDOW, STEP, mode="speech").stft(y)).T)) - 20
    np.save(name + ".npy", np.clip((levels + 100) / 100, 0, 1).astype(np.float32).T)
