"""Comparing cells by real runs on a tiny text: each is the training one would ask for by hand."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import lmkit
from lmkit.core.errors import DataError, UnknownNameError, UsageError
from lmkit.lab.variants import Entry, Run
from lmkit.recipes import TrainRequest, train_language_model
from lmkit.recipes.compare import CompareRequest, compare_cells
from lmkit.results import Trained
from lmkit.results.lab_experiments import Comparison

SIZES = ("model.hidden=8", "model.embedding=8", "model.layers=1")


@pytest.fixture
def text(tmp_path: Path) -> str:
    file = tmp_path / "text.txt"
    file.write_text("the cat sat on the mat .\nthe dog ran to the house .\n" * 20)
    return str(file)


def test_every_run_is_the_training_of_its_cell_and_seed(text: str, tmp_path: Path) -> None:
    request = CompareRequest(
        source=text, cells="gru,elman+model.hidden=4", seeds=2, seed=3, settings=SIZES
    )
    *runs, comparison = compare_cells(request)
    assert isinstance(comparison, Comparison)
    assert comparison.seeds == (3, 4)
    labels = [(run.entry.label, run.seed, run.number) for run in runs if isinstance(run, Run)]
    assert labels == [
        ("gru", 3, 1),
        ("elman+model.hidden=4", 3, 2),
        ("gru", 4, 3),
        ("elman+model.hidden=4", 4, 4),
    ]
    alone = TrainRequest(
        sources=(text,),
        out=tmp_path / "alone",
        cell="elman",
        epochs=1.0,
        seed=4,
        settings=(*SIZES, "model.hidden=4"),
        ngram=False,
    )
    (trained,) = [event for event in train_language_model(alone) if isinstance(event, Trained)]
    last = runs[-1]
    assert isinstance(last, Run)
    assert (last.trained.perplexity, last.trained.parameters) == (
        trained.perplexity,
        trained.parameters,
    )


def test_the_models_are_thrown_away(text: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    events = list(compare_cells(CompareRequest(source=text, cells="gru", settings=SIZES)))
    assert len(events) == 2
    assert list((tmp_path / "temporary").glob("tmp*")) == []
    assert isinstance(events[0], Run)
    assert not Path(events[0].trained.out).exists()


@pytest.mark.parametrize(
    ("given", "wanted"),
    [({}, (None, 1.0)), ({"minutes": 2.0}, (2.0, None)), ({"epochs": 3.0}, (None, 3.0))],
)
def test_one_epoch_is_trained_where_no_time_is_given(given: dict, wanted: tuple) -> None:
    training = CompareRequest(source="a", **given).training(Entry("gru"), 1, Path("o"))
    assert (training.minutes, training.epochs) == wanted


def test_settings_of_one_cell_stand_after_those_of_all() -> None:
    request = CompareRequest(source="a", settings=("model.hidden=8",), preset="tiny", valid="v")
    training = request.training(Entry("gru", ("model.hidden=4",)), 7, Path("o"))
    assert training.settings == ("model.hidden=8", "model.hidden=4")
    assert (training.preset, training.valid, training.seed) == ("tiny", "v", 7)
    assert (training.cell, training.sources, training.ngram) == ("gru", ("a",), False)


def test_a_request_that_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="either --minutes or --epochs"):
        CompareRequest(source="a", minutes=1.0, epochs=1.0)
    with pytest.raises(UsageError, match="at least one seed, got 0"):
        CompareRequest(source="a", seeds=0)
    with pytest.raises(UnknownNameError, match="did you mean 'lstm'"):
        list(compare_cells(CompareRequest(source="a", cells="lsmt")))
    with pytest.raises(DataError, match="nowhere"):
        list(compare_cells(CompareRequest(source="/nowhere.txt", cells="gru")))
    with pytest.raises(FrozenInstanceError):
        CompareRequest(source="a").seed = 3  # type: ignore[misc]


def test_the_names_are_public() -> None:
    assert lmkit.CompareRequest is CompareRequest
    assert lmkit.compare_cells is compare_cells
    assert lmkit.Comparison is Comparison
