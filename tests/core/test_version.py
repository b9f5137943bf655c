"""The version: one place, read by the package, the command and the build."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import lmkit
from lmkit.core.version import __version__

ROOT = Path(__file__).resolve().parents[2]


def test_the_package_has_the_version_of_this_file() -> None:
    assert lmkit.__version__ is __version__


def test_it_is_a_version_that_can_be_ordered() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc|\.dev)\d+)?", __version__)


def test_the_build_reads_it_from_here() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert build["tool"]["hatch"]["version"]["path"] == "lmkit/core/version.py"
    assert "version" in build["project"]["dynamic"]


def test_it_is_known_without_loading_anything() -> None:
    program = """
import sys
from lmkit.core.version import __version__
assert not {"torch", "typer", "numpy"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
