"""The whole way from a text to a folder and back, with tiny models."""

import importlib
import json
import math
import os
import random
import sys
from pathlib import Path

import pytest
import torch

from lmkit.archive.folder import load_archive
from lmkit.core.errors import DataError, LmkitError, ModelError, UnknownNameError, UsageError
from lmkit.core.perplexity import perplexity
from lmkit.core.processor import has_fast_bfloat16
from lmkit.language_model import LanguageModel
from lmkit.models.sequence import stream_log_probs
from lmkit.recipes import TrainRequest, calibrate, train_language_model
from lmkit.results import Trained
from lmkit.training.events import (
    Calibrating,
    Finished,
    Prepared,
    Progress,
    TemperatureFitted,
    Warned,
)

TINY = ("layers=1", "hidden=8", "embedding=8", "batch=4", "time=8", "validations=4")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Keep the ids out of the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def text(tmp_path):
    """Some hundred lines of twenty words."""
    chance = random.Random(0)
    words = [f"word{number}" for number in range(20)]
    lines = [" ".join(chance.choices(words, k=6)) for _ in range(150)]
    path = tmp_path / "text.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def request(text, out, **more):
    more = {"epochs": 2.0, "settings": TINY, "preset": "tiny", **more}
    return TrainRequest(sources=(str(text),), out=out, **more)


def train(asked, **more):
    events = list(train_language_model(asked, **more))
    assert isinstance(events[-1], Trained)
    return events


def after(steps):
    asked = iter(range(10**6))
    return lambda: next(asked) >= steps


def weights(out):
    return (out / "model.safetensors").read_bytes()


def test_a_text_becomes_a_folder(text, tmp_path):
    blocks = [" ".join([f"word{n % 20}", f"word{n * 7 % 20}"] * 4) for n in range(30)]
    text.write_text("\n".join(line for line in blocks for _ in range(6)) + "\n")
    out = tmp_path / "model"
    events = train(request(text, out, command="lmkit train text.txt"))
    result = events[-1]
    assert result.stopped == "budget"
    assert [type(e) for e in events[:2]] == [Warned, Prepared]
    archive = load_archive(out)
    assert archive.facts["training"]["perplexity"] == result.perplexity
    assert archive.facts["direction"] == "forward"
    assert archive.ngram is not None
    assert any(isinstance(e, Calibrating) and e.seconds is None for e in events)
    fitted = {entry["name"]: entry for entry in archive.facts["stack"]}
    assert list(fitted) == ["dynamic", "cache", "ngram"]
    assert archive.stack[0].asset is not None
    assert set(fitted["ngram"]["weights"]) == {"", "cache", "dynamic"}
    assert result.perplexity_adapted != result.perplexity
    assert (result.device, result.base) == ("cpu", None)
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "lmkit train text.txt" in card
    assert f"{result.perplexity:.2f}" in card
    assert f"{result.perplexity_adapted:.2f}" in card
    lines = (out / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(events) - 1
    assert {json.loads(line)["event"] for line in lines} >= {"prepared", "validated", "finished"}


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_the_reported_perplexity_is_that_of_one_stream(text, tmp_path, direction):
    out = tmp_path / "model"
    valid = tmp_path / "valid.txt"
    valid.write_text("word1 word2\nword3 unheard word4\n" * 30, encoding="utf-8")
    result = train(request(text, out, valid=str(valid), direction=direction))[-1]
    archive = load_archive(out)
    ids = archive.tokenizer.encode(valid.read_text(encoding="utf-8"))
    end = archive.tokenizer.line_end_id
    if direction == "backward":
        ids = [*ids[:-1][::-1], end]
    log_probs = stream_log_probs(archive.model, ids, line_end_id=end)
    expected = perplexity(-float(log_probs.sum()), 30 * 7)
    assert result.perplexity == pytest.approx(expected, rel=1e-6)


ROWS = ("head=sampled", "samples=5", "row_updates=1")
LOW = pytest.param(
    ("head_input=sum", "layers=2", "head=sampled", "precision=bfloat16"),
    marks=pytest.mark.skipif(not has_fast_bfloat16(), reason="the processor has no bfloat16"),
)


@pytest.mark.parametrize("extra", [(), ROWS, (*ROWS, "table_decay=1e-3"), LOW])
def test_a_run_cut_in_two_gives_the_same_bytes(text, tmp_path, extra):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    events = train(request(text, whole, settings=(*TINY, *extra)))
    first = train(request(text, cut, settings=(*TINY, *extra)), stop=after(17))
    assert first[-1].stopped == "interrupted"
    assert load_archive(cut).facts["training"]["stopped"] == "interrupted"
    torch.manual_seed(12345)
    again = TrainRequest(sources=(str(text),), out=cut, resume=True)
    second = train(again)
    assert weights(whole) == weights(cut)
    assert second[-1].perplexity == events[-1].perplexity
    assert second[-1].steps == events[-1].steps


def test_words_can_start_from_counts_of_their_neighbours(text, tmp_path):
    more = ("word_vectors=counts", "learning_rate=1e-9", "matrix_rate=1e-9", "shift_epochs=false")
    outs = {name: tmp_path / name for name in ("counts", "random", "cut")}
    train(request(text, outs["counts"], settings=(*TINY, *more), epochs=1.0))
    train(request(text, outs["random"], settings=(*TINY, *more[1:]), epochs=1.0))
    table = load_archive(outs["counts"]).model.embedding.weight
    assert not torch.allclose(table, load_archive(outs["random"]).model.embedding.weight, atol=1e-3)
    lengths = torch.linalg.vector_norm(table[1:], dim=1)  # the unknown word is not in the text
    torch.testing.assert_close(lengths, torch.full_like(lengths, 0.0577 * 8**0.5))
    train(request(text, outs["cut"], settings=(*TINY, *more), epochs=1.0), stop=after(9))
    train(TrainRequest(sources=(str(text),), out=outs["cut"], resume=True))
    assert weights(outs["counts"]) == weights(outs["cut"])


def test_the_precision_is_kept_by_name_and_cannot_change(text, tmp_path):
    out = tmp_path / "model"
    train(request(text, out), stop=after(9))
    settings = load_archive(out).facts["training"]["settings"]["training"]
    assert settings["precision"] == "float32"  # of layers this narrow
    changed = TrainRequest(sources=(str(text),), out=out, resume=True, precision="bfloat16")
    with pytest.raises(UsageError, match="began with --precision float32"):
        train(changed)


def test_the_same_seed_gives_the_same_bytes(text, tmp_path):
    outs = [tmp_path / name for name in "abc"]
    for out, seed in zip(outs, (3, 3, 4), strict=True):
        train(request(text, out, seed=seed))
    assert weights(outs[0]) == weights(outs[1]) != weights(outs[2])


def test_what_is_fitted_after_epochs_does_not_depend_on_the_clock(text, tmp_path):
    fitted = []
    for name in ("one", "same"):
        train(request(text, tmp_path / name, epochs=1.0, direction="both"))
        gradients = (tmp_path / name / "gradients.safetensors").read_bytes()
        fitted.append((load_archive(tmp_path / name).facts["stack"], gradients))
    assert fitted[0] == fitted[1]


def test_an_interrupt_while_fitting_keeps_the_model(text, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(calibrate, "_fit", interrupted)
    out = tmp_path / "model"
    *_, notice, result = train(request(text, out))
    assert "interrupted" in notice.message
    assert result.stopped == "budget"
    archive = load_archive(out)
    assert archive.facts["stack"] == [{"name": "ngram", "weights": {}}]
    assert archive.fitted == ()
    assert result.perplexity_adapted == result.perplexity


def test_both_directions_share_the_budget(text, tmp_path):
    out = tmp_path / "model"
    events = train(request(text, out, direction="both"))
    archive = load_archive(out)
    assert archive.backward is not None
    assert archive.facts["direction"] == "both"
    assert 0 <= archive.facts["backward_weight"] <= 1
    assert len([e for e in events if isinstance(e, Finished)]) == 2
    assert events[-1].parameters == 2 * archive.model.parameter_count()


def test_both_directions_resume_in_the_second(text, tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    train(request(text, whole, direction="both"))
    steps = json.loads((whole / "config.json").read_text())["training"]["steps"] // 2
    train(request(text, cut, direction="both"), stop=after(steps + 10))
    train(TrainRequest(sources=(str(text),), out=cut, resume=True))
    assert weights(whole) == weights(cut)
    backward = "backward.safetensors"
    assert (whole / backward).read_bytes() == (cut / backward).read_bytes()


@pytest.mark.parametrize("content", ["one two three four five six seven eight nine ten\n", "a\n"])
def test_very_little_text_trains_and_says_so(tmp_path, content):
    path = tmp_path / "little.txt"
    path.write_text(content, encoding="utf-8")
    events = train(request(path, tmp_path / "model"))
    assert any("very few" in e.message for e in events if isinstance(e, Warned))
    assert math.isfinite(events[-1].perplexity)
    load_archive(tmp_path / "model")


def test_one_word_again_and_again_is_learned(tmp_path):
    path = tmp_path / "same.txt"
    path.write_text("again " * 300 + "\n", encoding="utf-8")
    result = train(request(path, tmp_path / "model", epochs=20.0))[-1]
    assert result.perplexity < 2


def test_minutes_are_a_budget(text, tmp_path):
    result = train(request(text, tmp_path / "model", epochs=None, minutes=0.01))[-1]
    assert result.steps > 0


def test_a_folder_is_never_replaced_unasked(text, tmp_path):
    out = tmp_path / "model"
    train(request(text, out))
    before = weights(out)
    missing = tmp_path / "missing.txt"
    with pytest.raises(UsageError, match="--force"):
        train(request(missing, out))
    with pytest.raises(DataError):
        train(request(missing, out, force=True))
    assert weights(out) == before
    train(request(text, out, force=True, seed=9))
    assert weights(out) != before


def test_the_old_model_stays_until_the_new_one_is_there(text, tmp_path):
    out = tmp_path / "model"
    train(request(text, out))
    before = weights(out)
    run = train_language_model(request(text, out, force=True, seed=9))
    while not isinstance(next(run), Finished):
        assert weights(out) == before
    load_archive(out)


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")
def test_two_runs_do_not_write_to_one_folder(text, tmp_path):
    out = tmp_path / "model"
    run = train_language_model(request(text, out))
    next(run)
    for more in ({"force": True}, {"resume": True}):
        with pytest.raises(LmkitError, match="another training"):
            train(request(text, out, **more))
    assert isinstance(list(run)[-1], Trained)
    train(request(text, out, force=True))


def test_standard_input_is_not_read_twice(tmp_path):
    asked = TrainRequest(sources=("-",), valid="-", out=tmp_path / "model")
    with pytest.raises(UsageError, match="once"):
        train(asked)
    assert not asked.out.exists()


def test_force_does_not_replace_what_is_not_ours(text, tmp_path):
    out = tmp_path / "photos"
    out.mkdir()
    (out / "cat.jpg").write_bytes(b"x")
    with pytest.raises(UsageError, match="no model of lmkit"):
        train(request(text, out, force=True))
    assert (out / "cat.jpg").is_file()


def test_a_place_that_cannot_be_written_is_refused_before_training(text):
    with pytest.raises(LmkitError, match="cannot write") as caught:
        train(request(text, text / "model"))
    assert caught.value.exit_code == 1


def test_resuming_nothing_is_refused(text, tmp_path):
    with pytest.raises(ModelError, match="nothing to resume"):
        train(request(text, tmp_path / "model", resume=True))


def test_resuming_on_other_text_is_refused(text, tmp_path):
    out = tmp_path / "model"
    train(request(text, out), stop=after(5))
    other = tmp_path / "other.txt"
    other.write_text("quite other words\n" * 200, encoding="utf-8")
    with pytest.raises(LmkitError, match="another text"):
        train(TrainRequest(sources=(str(other),), out=out, resume=True))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"preset": "smal"}, "small"),
        ({"cell": "lstn"}, "lstm"),
        ({"direction": "sideways"}, "forward"),
        ({"settings": ("hiden=3",)}, "hidden"),
    ],
)
def test_a_mistyped_name_is_answered_with_the_right_one(text, tmp_path, more, message):
    with pytest.raises((UnknownNameError, UsageError), match=message):
        train(request(text, tmp_path / "model", **more))
    assert not (tmp_path / "model").exists()


def test_progress_counts_words_and_not_pieces(text, tmp_path):
    asked = request(text, tmp_path / "model", unit="char", ngram=False, epochs=1.0)
    events = train(asked)
    progress = [e for e in events if isinstance(e, Progress)][-1]
    assert progress.perplexity > math.exp(progress.nats)
    assert load_archive(tmp_path / "model").ngram is None


def test_the_temperature_is_fitted_kept_and_told(text, tmp_path):
    plain = train(request(text, tmp_path / "plain", settings=(*TINY, "fit_temperature=false")))
    assert not [e for e in plain if isinstance(e, TemperatureFitted)]
    events = train(request(text, tmp_path / "model"))
    (told,) = [e for e in events if isinstance(e, TemperatureFitted)]
    archive = load_archive(tmp_path / "model")
    assert float(archive.model.head.temperature) == told.temperature
    assert archive.facts["training"]["temperature"] == told.temperature
    assert told.temperature != 1.0
    assert events[-1].perplexity == told.perplexity < plain[-1].perplexity


def test_a_run_cut_short_is_not_tempered(text, tmp_path):
    events = train(request(text, tmp_path / "model"), stop=after(5))
    assert not [e for e in events if isinstance(e, TemperatureFitted)]
    assert load_archive(tmp_path / "model").model.head.temperature == 1.0


def test_the_archive_names_the_head_that_was_chosen(text, tmp_path):
    train(request(text, tmp_path / "model", epochs=0.1))
    assert load_archive(tmp_path / "model").model.config.head == "full"


def test_a_temperature_that_does_not_help_the_whole_text_is_dropped(text, tmp_path, monkeypatch):
    monkeypatch.setattr(
        importlib.import_module("lmkit.recipes.train"),
        "fit_temperature",
        lambda head, *_: head.temperature.fill_(9.0),
    )
    events = train(request(text, tmp_path / "model"))
    assert load_archive(tmp_path / "model").model.head.temperature == 1.0
    (finished,) = [e for e in events if isinstance(e, Finished)]
    assert events[-1].perplexity == finished.best_perplexity


def test_files_of_others_stay_through_force_resume_and_interrupts(text, tmp_path):
    out = tmp_path / "model"
    train(request(text, out), stop=after(5))
    for place in (out, out / "training"):
        (place / "notes.txt").write_text("mine", encoding="utf-8")
    train(TrainRequest(sources=(str(text),), out=out, resume=True))
    train(request(text, out, force=True, seed=9))
    for place in (out, out / "training"):
        assert (place / "notes.txt").read_text(encoding="utf-8") == "mine"
    load_archive(out)


def test_a_text_inside_the_model_folder_is_refused_before_it_is_read(text, tmp_path):
    out = tmp_path / "model"
    train(request(text, out))
    inside = out / "corpus.txt"
    inside.write_bytes(text.read_bytes())
    with pytest.raises(UsageError, match="inside"):
        train(request(inside, out, force=True))
    with pytest.raises(UsageError, match="inside"):
        train(request(text, out, force=True, valid=str(inside)))
    assert inside.read_bytes() == text.read_bytes()


def test_the_current_folder_can_become_the_model(text, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    train(request(text, Path()))
    load_archive(tmp_path / "here")


def test_a_link_to_a_folder_stays_a_link(text, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "model").symlink_to(tmp_path / "disk")
    train(request(text, tmp_path / "model"))
    assert (tmp_path / "model").is_symlink()
    load_archive(tmp_path / "disk")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names there are Unicode")
def test_names_that_are_no_utf_8_train_resume_and_load(text, tmp_path):
    odd = tmp_path / os.fsdecode(b"t\xe9xte.txt")
    odd.write_bytes(text.read_bytes())
    out = tmp_path / os.fsdecode(b"mod\xe8le")
    train(request(odd, out), stop=after(5))
    train(TrainRequest(sources=(str(odd),), out=out, resume=True))
    assert load_archive(out).ngram is not None


def test_what_may_leave_the_machine_names_no_folder_of_it(text, tmp_path):
    out = tmp_path / "model"
    command = f"lmkit train {text} --out {out}"
    train(request(text, out, command=command))
    for path in out.iterdir():
        if path.is_file():
            assert str(tmp_path).encode() not in path.read_bytes(), path.name
    facts = load_archive(out).facts["training"]
    assert (facts["sources"], facts["out"]) == (["text.txt"], "model")
    assert "command" not in facts
    assert command in (out / "training" / "run.json").read_text(encoding="utf-8")


def test_a_strangers_file_in_the_way_is_refused_before_training(text, tmp_path):
    out = tmp_path / "model"
    train(request(text, out), stop=after(5))
    stored = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    del stored["files"]["README.md"]
    (out / "manifest.json").write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(UsageError, match="README"):
        train(TrainRequest(sources=(str(text),), out=out, resume=True))


def test_a_device_trains_and_answers_as_the_cpu_does(text, tmp_path, other, monkeypatch):
    places = {"cpu": torch.device("cpu"), "cuda": other.OTHER}
    for module in ("lmkit.recipes.resolve", "lmkit.archive.build"):
        monkeypatch.setattr(f"{module}.choose_device", places.get)
    still = tuple(f"dropout_{place}=0" for place in ("embedding", "between", "output"))
    few = ("batch=16", "time=16", "validations=1")
    models, perplexities = [], []
    for place in places:
        asked = request(
            text, tmp_path / place, device=place, epochs=1.0, settings=(*TINY, *still, *few)
        )
        *_, trained = train(asked)
        perplexities.append((trained.perplexity, trained.perplexity_adapted))
        models.append(LanguageModel.load(tmp_path / place, device=place))
    here, there = models
    assert there._archive.model.device == other.OTHER
    assert perplexities[1] == pytest.approx(perplexities[0], rel=1e-3)
    for answer in (
        lambda model: [word.probability for word in model.next("word1 word2", k=3).words],
        lambda model: [each.probability for each in model.fill("word1 ___ word3", k=3).fillings],
        lambda model: model.score("word4 word5 word6").bits,
    ):
        assert answer(there) == pytest.approx(answer(here), rel=1e-2)
