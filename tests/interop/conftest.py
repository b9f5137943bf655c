"""An environment in which others' programs find lmkit's plug-ins as in an installed copy."""

import os
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process: this checkout first, its entry points declared, no network."""
    folder = tmp_path_factory.mktemp("installed")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = folder / f"{project['name'].replace('-', '_')}-0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.0\n"
    )
    groups = project["entry-points"].items()
    lines = [f"[{group}]\n" + "\n".join(map(" = ".join, names.items())) for group, names in groups]
    (info / "entry_points.txt").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    own = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)]), "OMP_NUM_THREADS": "1"}
    quiet = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hf"), "LLM_USER_PATH": str(folder)}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, **own, **quiet, "PATH": path}
