"""A session with the small model, in a folder and with a state of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lmkit import LanguageModel, ModelOptions
from lmkit.archive.options import choose_adapters
from lmkit.session import Session, Settings
from lmkit.session.settings import FITTED

Opener = Callable[[Path, str], LanguageModel]


@pytest.fixture
def opened() -> Opener:
    """The opening of a model as a session asks for it."""

    def load(folder: Path, adapt: str) -> LanguageModel:
        adapters = choose_adapters((), adapt=None if adapt == FITTED else adapt)
        return LanguageModel.load(folder, ModelOptions(adapters=adapters))

    return load


@pytest.fixture
def session(
    opened: Opener, model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Session:
    """A session that keeps its files in a folder of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Session(opened, Settings(folder=str(model_folder), words=5))
