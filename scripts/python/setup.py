"""The wheel holds a library for one platform, and runs on any Python 3 of it."""

import os

from setuptools import setup
from setuptools.dist import Distribution

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:
    from wheel.bdist_wheel import bdist_wheel


class PlatformWheel(bdist_wheel):
    def get_tag(self):
        return ("py3", "none", super().get_tag()[2])


class BinaryDistribution(Distribution):
    def has_ext_modules(self):
        return True


setup(
    version=os.environ.get("METARL_WHEEL_VERSION", "0.0.0"),
    distclass=BinaryDistribution,
    cmdclass={"bdist_wheel": PlatformWheel},
)
