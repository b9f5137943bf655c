"""First phase: a request becomes a plan, or is refused before anything is read."""

import json
from dataclasses import replace

import pytest

from lmkit.core.errors import LmkitError, ModelError, UnknownNameError, UsageError
from lmkit.recipes import train_language_model
from lmkit.recipes.resolve import resolve, stored_run


def test_settings_given_later_win_over_earlier_ones(ask, tmp_path):
    file = tmp_path / "run.toml"
    file.write_text("[model]\nhidden = 64\nlayers = 3\n", encoding="utf-8")
    plan = resolve(ask(config=file, settings=("hidden=32",), cell="gru"))
    config = plan.config("small")
    assert (config.model.hidden, config.model.layers, config.model.cell) == (32, 3, "gru")
    assert config.training.batch == plan.config("small").training.batch


def test_the_preset_stands_beneath_what_was_given(ask):
    plan = resolve(ask(settings=("hidden=32",), epochs=2))
    for preset in ("tiny", "small", "wide"):
        config = plan.config(preset)
        assert config.model.hidden == 32
        assert (config.training.epochs, config.training.minutes) == (2, 0)


def test_nothing_is_read_or_written(ask, tmp_path):
    resolve(ask(sources=(str(tmp_path / "not-there.txt"),)))
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"direction": "sideways"}, UsageError, "no direction named 'sideways'"),
        ({"preset": "smal"}, UnknownNameError, "did you mean 'small'"),
        ({"cell": "ltsm"}, UnknownNameError, "cell"),
        ({"settings": ("hiden=3",)}, UnknownNameError, "hidden"),
        ({"settings": ("hidden=9000000",)}, UsageError, "memory"),
        ({"device": "gpu"}, LmkitError, "gpu"),
        ({"resume": True}, ModelError, "nothing to resume"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(ask, change, error, says):
    with pytest.raises(error, match=says):
        resolve(ask(**change))


def test_a_text_given_as_the_folder_is_told_to_be_a_file(ask, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("we went home\n", encoding="utf-8")
    with pytest.raises(UsageError, match="is a file; name a folder"):
        resolve(replace(ask(), sources=(str(text),), out=text))


def test_a_source_inside_the_folder_is_refused(ask, tmp_path):
    out = tmp_path / "model"
    out.mkdir()
    (out / "text.txt").write_text("some words\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"text\.txt"):
        resolve(ask(sources=(str(out / "text.txt"),), force=True))
    assert (out / "text.txt").read_text(encoding="utf-8") == "some words\n"


@pytest.fixture
def begun(ask):
    """A finished run, which `--resume` goes on with."""
    request = ask(seed=5, direction="both", preset="tiny", ngram=True)
    list(train_language_model(request))
    return replace(request, resume=True)


def test_a_resumed_run_keeps_what_it_began_with(begun):
    plan = resolve(replace(begun, seed=None, direction=None, preset=None, ngram=None, settings=()))
    assert (plan.seed, plan.direction) == (5, "both")
    assert plan.config(None).model.hidden == 8


def test_the_same_options_may_be_given_again(begun):
    assert resolve(begun).seed == 5


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": 6}, "began with --seed 5, so --seed cannot change it"),
        ({"seed": 0}, "began with --seed 5"),
        ({"direction": "forward"}, "began with --direction both"),
        ({"preset": "small"}, "began with --preset tiny"),
        ({"unit": "bpe"}, "began with --unit word, so --unit cannot change it"),
        ({"cell": "gru"}, "began with --cell lstm"),
        ({"settings": ("hidden=16",)}, "began with hidden=8, so hidden=16 cannot change it"),
        ({"settings": ("min_frequency=7",)}, "min_frequency=7 cannot change it"),
        ({"ngram": False}, "began with an n-gram, so --no-ngram cannot change it"),
    ],
)
def test_options_that_differ_from_the_run_are_refused(begun, change, says):
    with pytest.raises(UsageError, match=says):
        resolve(replace(begun, **change))


def test_a_damaged_run_is_refused(begun):
    path = begun.out / "training" / "run.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    del stored["seed"]
    path.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(ModelError, match="damaged"):
        stored_run(begun.out)
