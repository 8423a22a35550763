# SPDX-License-Identifier: Apache-2.0
"""The wheel carries libsfdet, so it belongs to one kind of machine but to no version of Python."""
import os

from setuptools import setup
try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # before setuptools 70.1
    from wheel.bdist_wheel import bdist_wheel


class PlatformWheel(bdist_wheel):
    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


setup(version=os.environ["SFDET_VERSION"], cmdclass={"bdist_wheel": PlatformWheel})
