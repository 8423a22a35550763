# SPDX-License-Identifier: Apache-2.0
"""Where the programs are that the benchmarks run."""
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
BUILDS = ["build", "build-demo"]  # of the release preset, of demo.sh


def find(name, given=None):
    """Path of a program: the one that was asked for, else that of the first build there is."""
    paths = [given] if given else [os.path.join(ROOT, build, name) for build in BUILDS]
    for path in paths:
        if os.access(path, os.X_OK):
            return os.path.abspath(path)
    sys.exit(f"{given}: no such program" if given else
             f"{name} is not built yet: run ./demo.sh, or: cmake --preset release && cmake --build build")
