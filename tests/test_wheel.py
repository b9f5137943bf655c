"""The wheel, installed into a clean environment: what comes with lmkit is there and answers."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BASE = ROOT / "data" / "english"
pytest.importorskip("hatchling", reason="hatchling builds the wheel; scripts/install dev brings it")


def run(*command: object, cwd: Path = ROOT) -> str:
    """Run a command that has to succeed, and return what it prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=kept, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """An environment with the wheel and its dependencies, and nothing of the checkout.

    The dependencies are those of this environment: its packages are on the path, but not what its
    own path files add, such as an editable lmkit.
    """
    place = tmp_path_factory.mktemp("clean")
    build = ["-c", "import hatchling.cli; raise SystemExit(hatchling.cli.hatchling())", "build"]
    paths = os.pathsep.join(sys.path)
    subprocess.run(
        [sys.executable, *build, "--target", "wheel", "--directory", str(place / "dist")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        check=True,
    )
    (wheel,) = (place / "dist").glob("*.whl")
    venv.create(place / "env", with_pip=False)
    python = place / "env" / "bin" / "python"
    install = ("-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet")
    run(sys.executable, *install, "--disable-pip-version-check", wheel)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run(python, "-c", code).strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python.parent


def test_the_package_is_that_of_the_wheel_with_all_that_is_bundled(clean, tmp_path):
    code = (
        "import json, lmkit; from lmkit.archive.locate import bundled_models;"
        "from lmkit.forecasting.series import air_passengers;"
        "print(json.dumps([lmkit.__file__, bundled_models(), len(air_passengers().values)]))"
    )
    place, models, months = json.loads(run(clean / "python", "-c", code, cwd=tmp_path))
    assert Path(place).is_relative_to(clean.parent)
    assert months == 144
    assert models == (["english"] if BASE.is_dir() else [])


@pytest.mark.skipif(not BASE.is_dir(), reason="the base is not in this checkout")
def test_the_base_answers_right_after_the_install(clean, tmp_path):
    text = "Do you want to ___ with me?"
    command = (clean / "lmkit", "fill", "english", text, "-k", "3", "--json")
    answer = json.loads(run(*command, cwd=tmp_path))
    words = [filling["words"][0] for filling in answer["fillings"]]
    assert {"go", "come", "talk"} & set(words)
