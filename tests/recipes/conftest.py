"""A small text, a tiny run, and a phase run to its end."""

import random
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from lmkit.recipes import TrainRequest

TINY = ("layers=1", "hidden=8", "embedding=8", "batch=4", "time=8", "validations=2")
WORDS = [f"word{number}" for number in range(20)]

Asking = Callable[..., TrainRequest]
Phase = Generator[Any, None, Any]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the ids out of the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def small_text(tmp_path: Path) -> Path:
    """A hundred and twenty lines of twenty words."""
    chance = random.Random(0)
    lines = [" ".join(chance.choices(WORDS, k=8)) for _ in range(120)]
    path = tmp_path / "small.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def ask(small_text: Path, tmp_path: Path) -> Asking:
    """A request for a tiny run, with other fields where given."""

    def make(**more: Any) -> TrainRequest:
        given = {"sources": (str(small_text),), "out": tmp_path / "model", "settings": TINY}
        return TrainRequest(**(given | {"epochs": 0.3} | more))

    return make


@pytest.fixture
def run_phase() -> Callable[[Phase], tuple[list[Any], Any]]:
    """Run a phase to its end: its events and its value."""

    def run(phase: Phase) -> tuple[list[Any], Any]:
        events = []
        while True:
            try:
                events.append(next(phase))
            except StopIteration as end:
                return events, end.value

    return run
