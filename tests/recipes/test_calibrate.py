"""Fourth phase: the adapters fitted on validation text."""

import math
from dataclasses import replace

import pytest

from lmkit.archive.layout import NGRAM
from lmkit.recipes import calibrate as phase
from lmkit.recipes.calibrate import LONGEST, SHORTEST, calibrate, calibration_seconds, unfitted
from lmkit.recipes.prepare import prepare
from lmkit.recipes.resolve import resolve
from lmkit.recipes.train_members import train
from lmkit.training.events import Calibrating, Warned


@pytest.fixture
def trained(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask(direction="both"))))
    _, results = run_phase(train(data, stop=lambda: False))
    return data, results


def names(adapters):
    return {entry.name for entry in adapters.stack}


def test_everything_there_is_gets_fitted_and_said(trained, run_phase):
    data, results = trained
    events, adapters = run_phase(calibrate(data, results))
    (said,) = [event for event in events if isinstance(event, Calibrating)]
    assert said.adapters == ("n-gram", "cache", "dynamic evaluation", "backward model")
    assert said.seconds is None
    assert "ngram" in names(adapters)
    assert adapters.backward_weight is not None


def test_equal_runs_by_epochs_fit_equal_settings(trained, run_phase):
    data, results = trained
    first, second = (run_phase(calibrate(data, results))[1] for _ in range(2))
    assert [entry.config for entry in first.stack] == [entry.config for entry in second.stack]


def test_a_run_cut_short_is_not_fitted(trained, run_phase):
    data, results = trained
    cut = replace(results[0], finished=replace(results[0].finished, reason="interrupted"))
    events, adapters = run_phase(calibrate(data, (cut,)))
    assert events == []
    assert names(adapters) == {"ngram"}


def test_an_interrupt_keeps_the_counted_n_gram(trained, run_phase, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    data, results = trained
    monkeypatch.setattr(phase, "_fit", interrupted)
    events, adapters = run_phase(calibrate(data, results))
    assert isinstance(events[-1], Warned)
    assert names(adapters) == {"ngram"}


def test_without_an_n_gram_nothing_is_left(trained):
    data, _ = trained
    (data.run.folder / NGRAM).unlink()
    assert unfitted(data.run).stack == ()


@pytest.mark.parametrize(
    ("took", "expected"), [(1.0, SHORTEST), (100.0, 10.0), (10_000.0, LONGEST)]
)
def test_fitting_takes_a_tenth_of_the_time_of_training(trained, took, expected):
    data, results = trained
    training = replace(data.run.config.training, minutes=3.0, epochs=0.0)
    run = replace(data.run, config=replace(data.run.config, training=training))
    assert calibration_seconds(run, (replace(results[0], seconds=took),)) == pytest.approx(expected)
    assert math.isinf(calibration_seconds(data.run, results))
