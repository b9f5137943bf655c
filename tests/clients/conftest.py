"""A server of the tiny model, in a process of its own, that all clients here ask."""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lmkit.language_model import LanguageModel

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "scripts" / "bench"
KEY = "a key for tests"
NAME = "model.example.org"  # a further name of the server that wants a key


def bench_module(name: str) -> ModuleType:
    """Import a bench by name; they are scripts beside each other, and need the server."""
    for package in ("fastapi", "uvicorn", "prometheus_client"):
        pytest.importorskip(package, reason="the extra serve is not installed")
    if str(BENCH) not in sys.path:
        sys.path.insert(0, str(BENCH))
    return importlib.import_module(name)


@pytest.fixture(scope="session")
def key() -> str:
    """The key of the server that wants one."""
    return KEY


@pytest.fixture(scope="session")
def server_process(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server without a key: its address and its process."""
    log = tmp_path_factory.mktemp("server") / "log"
    with bench_module("server_process").running_server([model_folder], log=log) as running:
        yield running
    assert "Traceback" not in log.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def server(server_process: Any) -> str:
    """The address of that server."""
    return server_process.url


@pytest.fixture(scope="session")
def locked_server(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that wants `KEY`."""
    log = tmp_path_factory.mktemp("locked") / "log"
    start = bench_module("server_process").running_server
    options = ["--api-key", KEY, "--allow-host", NAME]
    with start([model_folder], *options, log=log) as running:
        yield running.url
    text = log.read_text(encoding="utf-8")
    assert "Traceback" not in text
    assert KEY not in text


@pytest.fixture(scope="session")
def model(model_folder: Path) -> LanguageModel:
    """The model that is served, asked without the server."""
    return LanguageModel.load(model_folder)


@pytest.fixture
def quiet_environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a client: its files in a folder of the test, its commands found."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {
        **os.environ,
        "HF_HOME": str(tmp_path / "hf"),
        "HF_HUB_OFFLINE": "1",
        "LLM_USER_PATH": str(tmp_path / "llm"),
        "NO_COLOR": "1",
        "PATH": path,
    }
