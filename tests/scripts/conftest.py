"""The benches are scripts beside each other: they import one another by bare names."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
BENCH, BASE = SCRIPTS / "bench", SCRIPTS / "base"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import a bench by name."""
    monkeypatch.syspath_prepend(BENCH)
    return importlib.import_module


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import a script of the base by name."""
    monkeypatch.syspath_prepend(BENCH)
    monkeypatch.syspath_prepend(BASE)
    return importlib.import_module
