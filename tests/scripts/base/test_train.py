"""Training of the base in parts: resumed exactly, cooled down from a copy."""

import argparse
import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from lmkit.archive.folder import load_archive
from lmkit.models.weights import weights_of
from lmkit.training.events import Finished, Validated
from lmkit.training.schedules import schedule_factor

CATS = "the cat sat on the mat .\nthe dog ran to the house .\na cat saw the dog .\n"


@pytest.fixture
def train(base: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = base("train")
    small = replace(module.MODEL, hidden=8, last_hidden=6, embedding=6, samples=5)
    monkeypatch.setattr(module, "MODEL", small)
    settings = replace(module.TRAINING, batch=2, time=6, checkpoint_minutes=1e9, epochs=4.0)
    monkeypatch.setattr(module, "TRAINING", settings)
    monkeypatch.setattr(module, "TEXT", replace(module.TEXT, min_frequency=1))
    monkeypatch.setattr(module, "STEPS_A_VALIDATION", 10)
    monkeypatch.setattr(module, "WARM_UP_STEPS", 3)
    monkeypatch.setattr(module, "VALID_PARTS", 2)
    return module


@pytest.fixture
def text(train: ModuleType, tmp_path: Path) -> object:
    folder = tmp_path / "text"
    folder.mkdir()
    (folder / "train.txt").write_text(CATS * 8, encoding="utf-8")
    (folder / "valid.txt").write_text(CATS * 2, encoding="utf-8")
    return train.read_text(folder)


def asked(out: Path, **more: object) -> argparse.Namespace:
    settings = {"out": out, "cool_down": None, "minutes": None, "threads": 2, "device": "cpu"}
    return argparse.Namespace(**{**settings, **more})


def after(steps: int) -> Callable[[], bool]:
    numbers = iter(range(10**6))
    return lambda: next(numbers) >= steps


def never() -> bool:
    return False


def test_a_run_cut_in_two_ends_with_the_same_bytes(
    train: ModuleType, text: object, tmp_path: Path
) -> None:
    whole, pair = train.make_trainer(asked(tmp_path / "whole"), text, never)
    events = list(whole.run())
    first, _ = train.make_trainer(asked(tmp_path / "cut"), text, after(17))
    list(first.run())
    second, again = train.make_trainer(asked(tmp_path / "cut", threads=1), text, never)
    assert second.state.step == 17
    assert isinstance(events[-1], Finished)
    assert list(second.run())[-1].best_perplexity == events[-1].best_perplexity
    found, wanted = weights_of(again), weights_of(pair)
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


def test_the_rate_stays_after_it_has_risen(train: ModuleType, text: object, tmp_path: Path) -> None:
    trainer, _ = train.make_trainer(asked(tmp_path / "run"), text, never)
    progress = [
        trainer.budget.plan.progress(step) for step in (1, 3, 20, trainer.budget.plan.steps)
    ]
    factors = [schedule_factor(point, trainer.config) for point in progress]
    assert factors[0] < 1
    assert factors[1:] == pytest.approx([1, 1, 1])


def test_a_cool_down_goes_on_from_a_copy_and_the_run_is_left_alone(
    train: ModuleType, text: object, tmp_path: Path
) -> None:
    run, cooled = tmp_path / "run", tmp_path / "cooled"
    trainer, _ = train.make_trainer(asked(run), text, after(20))
    list(trainer.run())
    before = (run / "training" / "checkpoint.safetensors").read_bytes()
    branch = asked(cooled, cool_down=run, minutes=0.02)
    cooling, pair = train.make_trainer(branch, text, never)
    assert cooling.state.step == 20
    assert schedule_factor(cooling.budget.plan.progress(20), cooling.config) == pytest.approx(1.0)
    assert cooling.budget.times.validations == train.COOLING_VALIDATIONS
    events = list(cooling.run())
    assert cooling.state.step > 20
    last = cooling.budget.plan.progress(cooling.state.step)
    assert schedule_factor(last, cooling.config) < 0.2
    assert any(isinstance(event, Validated) for event in events)
    assert (run / "training" / "checkpoint.safetensors").read_bytes() == before
    train.write_model(cooled / "model", pair, text, events[-1])
    archive = load_archive(cooled / "model")
    assert torch.equal(archive.model.embedding.weight, archive.backward.embedding.weight)
    assert json.loads((cooled / "done.json").read_text("utf-8"))["reason"] == "budget"


def test_an_interrupted_cool_down_goes_on_where_it_stood(
    train: ModuleType, text: object, tmp_path: Path
) -> None:
    run, branch = tmp_path / "run", asked(tmp_path / "c", cool_down=tmp_path / "run", minutes=5.0)
    trainer, _ = train.make_trainer(asked(run), text, after(10))
    list(trainer.run())
    first, _ = train.make_trainer(branch, text, after(4))
    list(first.run())
    second, _ = train.make_trainer(branch, text, never)
    assert second.state.step == 14
    assert second.budget.plan.progress(14) >= 0.6


def test_nothing_is_branched_off_a_run_that_is_not_there(
    train: ModuleType, text: object, tmp_path: Path
) -> None:
    with pytest.raises(train.UsageError, match="no checkpoint"):
        train.make_trainer(
            asked(tmp_path / "c", cool_down=tmp_path / "no", minutes=1.0), text, never
        )


def test_validation_reads_parts_of_the_whole_text(train: ModuleType, text: object) -> None:
    ids = train.validation_ids(text)
    assert ids[-1] == text.tokenizer.line_end_id
    assert np.array_equal(ids[: len(ids) // 2], text.valid.ids[: len(ids) // 2])


def test_an_interrupt_asks_to_stop(train: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = {}
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    wish = train.StopWish()
    assert not wish()
    handlers[signal.SIGTERM](signal.SIGTERM, None)
    assert wish()
