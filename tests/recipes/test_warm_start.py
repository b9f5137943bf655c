"""A run that starts from a small base: what it keeps, what it learns, and that it goes on."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from lmkit.archive.build import build_model
from lmkit.archive.folder import load_archive
from lmkit.archive.options import ModelOptions, choose_adapters
from lmkit.core.errors import ModelError, UsageError
from lmkit.data.sources.grammar import GrammarSource
from lmkit.evaluation.open_vocabulary import evaluate_open, open_text
from lmkit.models.adapters.dynamic_evaluation import DynamicEvaluation
from lmkit.models.weights import weights_of
from lmkit.recipes import base as base_module
from lmkit.recipes import calibrate, train_language_model
from lmkit.recipes.base import open_base
from lmkit.recipes.prepare import prepare
from lmkit.recipes.resolve import resolve
from lmkit.recipes.warm_start import (
    PRESET,
    STEPS,
    check_settings,
    reading_order,
    start_model,
    unseen_rate,
    warm_settings,
)
from lmkit.results import Trained
from lmkit.training.events import Calibrating, Status, Warned

SHAPE = ("layers=1", "hidden=8", "embedding=8", "batch=4", "time=8", "validations=2")
FEW = ("validations=2", "patience=0")


def trained(request, stop=lambda: False):
    events = list(train_language_model(request, stop=stop))
    assert isinstance(events[-1], Trained)
    return events[-1], events


@pytest.fixture(autouse=True)
def few_words_are_enough(monkeypatch):
    """Let the adapters be fitted on the few held-out words of these texts."""
    monkeypatch.setattr(calibrate, "FEW_IDS", 0)


@pytest.fixture
def base(ask, tmp_path):
    """A model folder of both directions."""
    trained(ask(out=tmp_path / "old", direction="both", epochs=2))
    return tmp_path / "old"


@pytest.fixture
def dialect(tmp_path):
    """A text of ten old words and two new ones."""
    chance = np.random.default_rng(1)
    words = [f"word{number}" for number in range(10)] + ["Word3", "gnu"]
    lines = [" ".join(chance.choice(words, 8)) for _ in range(60)]
    path = tmp_path / "dialect.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def ask_warm(ask, base, dialect, tmp_path):
    """A request that starts from the base."""

    def make(**more):
        given = {"sources": (dialect,), "base": str(base), "settings": FEW, "epochs": 1.0}
        return ask(**(given | {"out": tmp_path / "new"} | more))

    return make


def prepared(request, run_phase):
    return run_phase(prepare(resolve(request)))[1]


def test_the_model_knows_the_words_of_both_texts(ask_warm, base):
    figures, _ = trained(ask_warm())
    old, new = load_archive(base), load_archive(ask_warm().out)
    texts = list(new.tokenizer.tokens.texts)
    assert texts[: old.tokenizer.vocab_size] == list(old.tokenizer.tokens.texts)
    assert {" Word3", " gnu"} <= set(texts)
    assert math.isfinite(figures.perplexity)


def test_both_directions_are_trained_where_the_base_has_both(ask_warm):
    trained(ask_warm())
    archive = load_archive(ask_warm().out)
    assert archive.facts["direction"] == "both"
    assert archive.backward.vocab_size == archive.model.vocab_size


def test_one_direction_can_be_asked_for(ask_warm):
    trained(ask_warm(direction="backward"))
    archive = load_archive(ask_warm().out)
    assert (archive.facts["direction"], archive.backward) == ("backward", None)


def test_the_name_of_the_base_is_told_and_no_path(ask_warm, base):
    figures, events = trained(ask_warm())
    out = ask_warm().out
    facts = json.loads((out / "config.json").read_text())
    assert figures.base == facts["training"]["base"] == "old"
    assert "| started from | old |" in (out / "README.md").read_text()
    assert Status(message="starting from old") in events
    shared = [out / name for name in ("config.json", "README.md", "metrics.jsonl")]
    assert not any(str(base.parent) in path.read_text() for path in shared)


def test_training_makes_the_new_text_less_surprising(ask_warm):
    before, _ = trained(ask_warm(epochs=0.01, settings=(*FEW, "learning_rate=1e-9")))
    after, _ = trained(ask_warm(epochs=3.0, force=True))
    assert after.perplexity < before.perplexity


def test_equal_runs_give_equal_bytes(ask_warm, tmp_path):
    for name in ("one", "other"):
        trained(ask_warm(out=tmp_path / name))
    one, other = (tmp_path / name / "model.safetensors" for name in ("one", "other"))
    assert one.read_bytes() == other.read_bytes()


def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(ask_warm, tmp_path):
    trained(ask_warm(out=tmp_path / "whole"))
    asked = iter([False] * 4)
    stopped, _ = trained(ask_warm(), stop=lambda: next(asked, True))
    assert stopped.stopped == "interrupted"
    resumed, _ = trained(ask_warm(resume=True))
    assert resumed.base == "old"
    for file in ("model.safetensors", "backward.safetensors"):
        assert (tmp_path / "whole" / file).read_bytes() == (ask_warm().out / file).read_bytes()


def test_resuming_needs_no_name_of_the_base(ask_warm):
    asked = iter([False] * 3)
    trained(ask_warm(), stop=lambda: next(asked, True))
    assert trained(ask_warm(resume=True, base=None))[0].base == "old"


def test_resuming_from_another_base_is_refused(ask_warm, ask, base, tmp_path):
    trained(ask_warm())
    trained(ask(out=tmp_path / "third", seed=5))
    with pytest.raises(ModelError, match="another model"):
        resolve(ask_warm(resume=True, base=str(tmp_path / "third")))
    with pytest.raises(UsageError, match="--from"):
        resolve(ask_warm(resume=True, base="none"))


def test_a_run_from_nothing_cannot_be_resumed_from_a_base(ask, base):
    trained(ask())
    with pytest.raises(UsageError, match="began from nothing"):
        resolve(ask(resume=True, base=str(base)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"cell": "gru"},
        {"unit": "char"},
        {"settings": ("hidden=9",)},
        {"preset": "small"},
    ],
)
def test_the_shape_of_the_base_stays(ask_warm, wrong):
    with pytest.raises(UsageError):
        resolve(ask_warm(**wrong))


def test_a_direction_that_the_base_lacks_is_refused(ask_warm, ask, tmp_path):
    trained(ask(out=tmp_path / "ahead"))
    with pytest.raises(UsageError, match="forward"):
        resolve(ask_warm(base=str(tmp_path / "ahead"), direction="both"))


def test_a_head_in_bands_cannot_take_in_words(ask_warm, ask, tmp_path):
    trained(ask(out=tmp_path / "bands", settings=(*SHAPE, "head=adaptive")))
    with pytest.raises(UsageError, match="head"):
        resolve(ask_warm(base=str(tmp_path / "bands")))


def test_a_base_of_characters_keeps_its_tokens(ask_warm, ask, tmp_path):
    trained(ask(out=tmp_path / "spelled", unit="char"))
    figures, _ = trained(ask_warm(base=str(tmp_path / "spelled")))
    one, other = load_archive(tmp_path / "spelled"), load_archive(ask_warm().out)
    assert one.tokenizer.to_json() == other.tokenizer.to_json()
    assert figures.base == "spelled"


def test_settings_follow_the_size_of_the_text(base):
    opened = open_base(str(base))
    rows = [warm_settings(opened, words)["training"] for words in (1_000, 20_000, 10**7)]
    assert [row["epochs"] for row in rows] == [STEPS[0].epochs, STEPS[2].epochs, STEPS[-1].epochs]
    assert not rows[0]["fit_temperature"]
    check_settings(opened, {"model": {"hidden": 8, "dropout_output": 0.5}})


def test_the_settings_are_called_warm(ask_warm, run_phase):
    data = prepared(ask_warm(), run_phase)
    assert data.run.preset == PRESET
    assert data.run.config.model.head == "sampled"


def test_rows_of_words_that_the_text_lacks_stay(ask_warm, run_phase):
    data = prepared(ask_warm(), run_phase)
    base = data.run.base
    start = weights_of(start_model(base, data.text, data.run.config.model, "forward"))
    trained(ask_warm(force=True, direction="forward"))
    tuned = weights_of(load_archive(ask_warm().out).model)
    lacking = [f" word{number}" for number in range(10, 20)]
    ids = [data.text.tokenizer.tokens.texts.index(word) for word in lacking]
    assert torch.equal(start["embedding.weight"][ids], tuned["embedding.weight"][ids])
    assert not torch.equal(start["embedding.weight"], tuned["embedding.weight"])


def test_a_start_model_reads_old_words_as_the_base_does(ask_warm, run_phase):
    data = prepared(ask_warm(), run_phase)
    for direction, model in data.run.base.models.items():
        start = start_model(data.run.base, data.text, data.run.config.model, direction)
        ids = torch.tensor([[3, 4, 5]])
        before = model.read(ids, model.start(1))[0].hidden
        assert torch.equal(start.read(ids, start.start(1))[0].hidden, before)


def test_lines_are_read_backward_to_a_line_end():
    ids = np.array([5, 6, 1, 7, 8, 1])
    assert reading_order(ids, "backward").tolist() == [8, 7, 1, 6, 5, 1]
    assert reading_order(ids, "forward") is ids


def test_words_read_once_tell_how_many_are_still_new(ask_warm, run_phase, tmp_path):
    lines = ["word1 word2", "gnu yak yak", "word3 zebra", *["word1 word2"] * 40]
    (tmp_path / "once.txt").write_text("\n".join(lines) + "\n")
    data = prepared(ask_warm(sources=(str(tmp_path / "once.txt"),)), run_phase)
    known = data.run.base.archive.tokenizer.vocab_size
    tokens = len(data.text.train.ids) + len(data.text.valid.ids)
    assert unseen_rate(data.text, known) == pytest.approx(2 / tokens)


def test_a_text_is_still_counted_in_an_n_gram(ask_warm):
    trained(ask_warm())
    archive = load_archive(ask_warm().out)
    assert archive.ngram.vocab_size == archive.tokenizer.vocab_size


def test_dynamic_evaluation_is_not_fitted_and_can_be_asked_for(ask_warm):
    _, events = trained(ask_warm())
    (said,) = [event for event in events if isinstance(event, Calibrating)]
    assert said.adapters == ("n-gram", "cache", "backward model")
    archive = load_archive(ask_warm().out)
    assert [entry.name for entry in archive.stack] == ["cache", "base-ngram", "ngram"]
    options = ModelOptions(adapters=("dynamic",))
    assert isinstance(build_model(archive, options).forward, DynamicEvaluation)


def test_the_n_grams_of_the_base_and_of_the_text_are_used_by_default(ask_warm, base):
    trained(ask_warm())
    out = ask_warm().out
    archive = load_archive(out)
    assert {"base-ngram", "ngram"} <= set(archive.fitted)
    assert archive.ngram.vocab_size == archive.tokenizer.vocab_size
    counted = (out / "base-ngram.safetensors").read_bytes()
    assert counted == (base / "ngram.safetensors").read_bytes()
    without = choose_adapters(archive.fitted, mix="none")
    assert not {"base-ngram", "ngram"} & set(without)
    assert set(choose_adapters(archive.fitted, mix="ngram")) >= {"base-ngram", "ngram"}
    ids = torch.tensor([[3, 4, archive.model.vocab_size - 1]])
    model = build_model(archive).forward
    log_probs = model.read(ids, model.start(1))[0].log_probs()
    assert torch.allclose(log_probs.exp().sum(-1), torch.ones(1, 3), atol=1e-4)


def test_after_a_few_words_adapters_stay_as_they_were_fitted_with_the_base(
    ask_warm, tmp_path, monkeypatch
):
    trained(ask_warm())
    monkeypatch.setattr(calibrate, "FEW_IDS", 10**6)
    trained(ask_warm(base=str(ask_warm().out), out=tmp_path / "third"))
    old, new = load_archive(ask_warm().out), load_archive(tmp_path / "third")
    before = {entry.name: entry.config for entry in old.stack}
    after = {entry.name: entry.config for entry in new.stack}
    assert after["cache"] == before["cache"]
    assert after["base-ngram"].weights == before["ngram"].weights
    assert new.fitted == ("cache", "base-ngram")
    assert new.facts["backward_weight"] == old.facts["backward_weight"]


def test_a_run_without_n_grams_has_none_of_the_base(ask_warm):
    trained(ask_warm(ngram=False, direction="forward"))
    assert [entry.name for entry in load_archive(ask_warm().out).stack] == ["cache"]


def test_a_tuned_model_is_a_base_again(ask_warm, tmp_path):
    trained(ask_warm())
    figures, _ = trained(ask_warm(base=str(ask_warm().out), out=tmp_path / "third"))
    assert figures.base == "new"


def test_a_budget_of_ones_own_counts(ask_warm, run_phase):
    data = prepared(replace(ask_warm(), epochs=None, minutes=0.5), run_phase)
    assert (data.run.config.training.minutes, data.run.config.training.epochs) == (0.5, 0.0)


@pytest.fixture
def bundled(base, monkeypatch):
    """The base as if it came with lmkit."""
    monkeypatch.setattr(base_module, "bundled_models", lambda: (str(base),))


@pytest.mark.usefixtures("bundled")
def test_a_text_that_a_bundled_model_suits_starts_from_it_and_says_so(ask_warm):
    figures, events = trained(ask_warm(base=None))
    assert figures.base == "old"
    said = [event.message for event in events if isinstance(event, Warned)]
    assert "starting from old; --from none trains a new model" in said


@pytest.mark.usefixtures("bundled")
@pytest.mark.parametrize(
    "given",
    [
        {"base": "none"},
        {"preset": "tiny"},
        {"cell": "gru"},
        {"unit": "char"},
        {"settings": ("hidden=4", "embedding=4")},
    ],
)
def test_a_model_of_ones_own_shape_starts_from_nothing(ask_warm, run_phase, given):
    data = prepared(replace(ask_warm(base=None), **given), run_phase)
    assert data.run.base is None


@pytest.mark.usefixtures("bundled")
def test_a_run_that_chose_a_base_goes_on_from_it(ask_warm):
    asked = iter([False] * 3)
    trained(ask_warm(base=None), stop=lambda: next(asked, True))
    assert trained(ask_warm(base=None, resume=True))[0].base == "old"


def made_up(line):
    """Return a line in a language that nobody has: words read from their end."""
    return " ".join(word[::-1] for word in line.split())


def in_dialect(line):
    """Return a line of it in a dialect, where many words end otherwise."""
    return " ".join(f"{w[:-1]}o" if w[-1] in "dhk" else w for w in made_up(line).split())


def test_a_dialect_gains_from_the_language_it_is_near_to(ask, tmp_path):
    language = [made_up(line) for line in GrammarSource(words=8_000, seed=1).lines()]
    dialect = [in_dialect(line) for line in GrammarSource(words=1_200, seed=2).lines()]
    small, measured = dialect[:70], dialect[-60:]
    for name, lines in (("language", language), ("dialect", small)):
        (tmp_path / f"{name}.txt").write_text("\n".join(lines) + "\n")
    shape = ("layers=1", "hidden=32", "embedding=16", "batch=8", "time=16", "head=sampled")
    request = ask(sources=(str(tmp_path / "language.txt"),), out=tmp_path / "old", epochs=3.0)
    trained(replace(request, settings=(*shape, "learning_rate=2e-2", "ngram=false")))
    of_dialect = replace(request, sources=(str(tmp_path / "dialect.txt"),), settings=())
    of_dialect = replace(of_dialect, epochs=10.0, ngram=False)
    trained(replace(of_dialect, out=tmp_path / "new", base=str(tmp_path / "old")))
    trained(replace(of_dialect, out=tmp_path / "alone", settings=shape, base="none"))
    archives = {name: load_archive(tmp_path / name) for name in ("new", "alone", "old")}
    text = open_text(measured, [archive.tokenizer for archive in archives.values()])
    found = {name: evaluate_open(a.model, a.tokenizer, text) for name, a in archives.items()}
    assert found["new"].perplexity < 0.8 * found["alone"].perplexity
    assert found["new"].perplexity < 0.8 * found["old"].perplexity
    assert found["new"].known == 1 > found["old"].known
