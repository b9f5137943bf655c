"""Second phase: text to ids, settings completed, the training folder begun."""

from dataclasses import replace

import pytest

from lmkit.archive.layout import NGRAM
from lmkit.core.errors import DataError, ModelError, UsageError
from lmkit.models.ngram.ngram import NGram
from lmkit.recipes import defaults, train_language_model
from lmkit.recipes.prepare import count_ngram, directions_of, notices, prepare
from lmkit.recipes.resolve import resolve, stored_run
from lmkit.training.events import Warned


def test_the_text_completes_the_settings(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask())))
    assert data.run.config.model.vocab_size == data.text.tokenizer.vocab_size
    assert data.run.config.model.head == "full"
    assert data.run.preset == "tiny"
    assert data.seconds > 0


def test_the_training_folder_holds_what_a_resumed_run_needs(ask, run_phase):
    request = ask(seed=3, direction="both")
    _, data = run_phase(prepare(resolve(request)))
    stored = stored_run(request.out)
    assert (stored.seed, stored.direction, stored.text) == (3, "both", data.text.key)
    assert stored.config == data.run.config.to_table()


def test_a_very_small_text_is_said_to_be_one(ask, run_phase):
    events, _ = run_phase(prepare(resolve(ask())))
    assert any("very few" in event.message for event in events if isinstance(event, Warned))


def test_an_n_gram_is_counted_once_and_anew_for_another_order(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask())))
    path = data.run.folder / NGRAM
    before = path.stat().st_mtime_ns
    count_ngram(data.run, data.text)
    assert path.stat().st_mtime_ns == before
    config = replace(data.run.config, data=replace(data.run.config.data, ngram_order=2))
    count_ngram(replace(data.run, config=config), data.text)
    assert NGram.load(path).order == 2


@pytest.mark.parametrize("change", [{"direction": "backward"}, {"ngram": False}])
def test_no_n_gram_where_it_suits_no_model_or_was_not_wanted(ask, run_phase, change):
    _, data = run_phase(prepare(resolve(ask(**change))))
    assert not (data.run.folder / NGRAM).exists()


def test_another_text_than_the_run_began_with_is_refused(ask, run_phase, small_text):
    request = ask()
    run_phase(prepare(resolve(request)))  # killed before its first checkpoint
    small_text.write_text("something else entirely here\n" * 50, encoding="utf-8")
    with pytest.raises(ModelError, match="began with another text"):
        run_phase(prepare(resolve(replace(request, resume=True))))


def test_a_run_without_a_checkpoint_is_said_to_begin_anew(ask, run_phase):
    request = ask()
    run_phase(prepare(resolve(request)))
    events, _ = run_phase(prepare(resolve(replace(request, resume=True))))
    assert any("starts again" in event.message for event in events if isinstance(event, Warned))


def test_a_run_with_a_checkpoint_is_not(ask, run_phase):
    request = ask()
    list(train_language_model(request))
    events, _ = run_phase(prepare(resolve(replace(request, resume=True))))
    assert not [e for e in events if isinstance(e, Warned) and "anew" in e.message]


def test_what_cannot_be_read_is_refused_and_leaves_no_folder(ask, tmp_path):
    request = ask(sources=(str(tmp_path / "not-there.txt"),))
    with pytest.raises(DataError, match="not-there"):
        list(train_language_model(request))
    assert not request.out.exists()


def test_nothing_to_read_is_a_usage_error(ask, run_phase):
    with pytest.raises(UsageError, match="no text to train on"):
        run_phase(prepare(resolve(ask(sources=()))))
    with pytest.raises(UsageError, match="standard input"):
        run_phase(prepare(resolve(ask(sources=("-", "-")))))


def test_both_directions_are_trained_one_after_the_other():
    assert directions_of("both") == ("forward", "backward")
    assert directions_of("backward") == ("backward",)


def test_a_small_text_is_warned_of(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask())))
    assert "very few" in notices(data.text)[-1].message


def test_processes_that_train_together_have_the_cores_and_one_model(ask, run_phase, monkeypatch):
    monkeypatch.setattr(defaults, "usable_cores", lambda: 8)
    asked = ask(models="auto", epochs=40.0)
    _, alone = run_phase(prepare(resolve(asked)))
    _, shared = run_phase(prepare(resolve(replace(asked, force=True), processes=2)))
    assert (alone.run.models, shared.run.models) == (4, 1)
