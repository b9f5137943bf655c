"""The benches are scripts beside each other: they import one another by bare names."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[2] / "scripts" / "bench"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import a bench by name."""
    monkeypatch.syspath_prepend(BENCH)
    return importlib.import_module
