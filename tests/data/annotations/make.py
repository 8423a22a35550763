# SPDX-License-Identifier: Apache-2.0
"""Makes tubes.pkl and proposals.pkl as MultiSports and MMAction2 pickle them, by NumPy itself."""
import pickle

import numpy as np

video = "aerobics/v_1"
tubes = {
    "labels": ["push up", "turn"],
    "train_videos": [["aerobics/v_1"]],
    "test_videos": [["aerobics/v_2"]],
    "nframes": {video: 12, "aerobics/v_2": 3},
    "resolution": {video: (100, 200), "aerobics/v_2": (100, 200)},
    "gttubes": {
        video: {
            1: [np.array([[3, 20, 10, 40, 30], [4, 22, 10, 42, 30]], np.float32)],
            0: [np.array([[1, 100, 50, 150, 75]], np.float32), np.array([[9, 0, 0, 200, 100]], np.float64)],
        },
        "aerobics/v_2": {1: [np.array([[2, 20, 10, 40.5, 30]], np.float32)]},
    },
}
proposals = {
    "clip,0002": np.array([[0.1, 0.2, 0.3, 0.4, 0.75], [0.5, 0.5, 1, 1, 0.5]]),
    "clip,0003": np.zeros((0, 5)),
    "yard,0902": np.array([[0.25, 0.25, 0.75, 0.75, 1]], np.float32),
}
for name, value in (("tubes", tubes), ("proposals", proposals)):
    with open(name + ".pkl", "wb") as f:
        pickle.dump(value, f, protocol=4)
