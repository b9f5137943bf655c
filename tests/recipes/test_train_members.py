"""Third phase: every network of a run is trained, in turn or side by side."""

import math

import pytest
import torch

from lmkit.core.free_cores import FreeCores
from lmkit.core.perplexity import perplexity
from lmkit.models.sequence import stream_log_probs
from lmkit.recipes.prepare import prepare
from lmkit.recipes.resolve import resolve
from lmkit.recipes.train_members import prepared_event, train
from lmkit.training.events import Finished, FromMember, Prepared, Status, Warned


def never():
    return False


def test_two_directions_are_trained_and_announced(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask(direction="both"))))
    events, results = run_phase(train(data, stop=never))
    assert len(results) == 2
    assert [type(e) for e in events if isinstance(e, Prepared | Status)] == [Prepared, Status]
    assert len([e for e in events if isinstance(e, Finished)]) == 2
    assert all(math.isfinite(result.perplexity) for result in results)


def test_equal_seeds_give_equal_models_and_directions_differ(ask, run_phase):
    found = []
    for _ in range(2):
        _, data = run_phase(prepare(resolve(ask(direction="both", force=True, seed=2))))
        _, results = run_phase(train(data, stop=never))
        found.append([sum(p.sum().item() for p in r.model.parameters()) for r in results])
        for path in data.run.folder.rglob("checkpoint*"):
            path.unlink()
    assert found[0] == found[1]
    assert found[0][0] != found[0][1]


def test_an_interrupt_leaves_the_second_direction_out(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask(direction="both", epochs=5))))
    _, results = run_phase(train(data, stop=lambda: True))
    assert [result.finished.reason for result in results] == ["interrupted"]


def test_the_perplexity_is_that_of_the_whole_validation_text(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask())))
    _, (result,) = run_phase(train(data, stop=never))
    text = data.text
    end = text.tokenizer.line_end_id
    nats = -float(stream_log_probs(result.model.eval(), text.valid.ids, line_end_id=end).sum())
    assert result.perplexity == pytest.approx(perplexity(nats, text.valid.words), rel=1e-5)


def test_the_distance_to_the_best_possible_is_said_of_the_grammar_alone(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask())))
    events, _ = run_phase(train(data, stop=never))
    assert not [e for e in events if isinstance(e, Warned) and "entropy" in e.message]


@pytest.fixture
def only_one_core_is_free(monkeypatch):
    """Two threads at first, and another program that takes a core."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_PROC_BIND"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(FreeCores, "count", lambda self: 1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("only_one_core_is_free")
@pytest.mark.parametrize(
    ("length", "threads"), [({"minutes": 0.002, "epochs": None}, 1), ({"epochs": 0.3}, 2)]
)
def test_threads_follow_the_load_where_minutes_are_given_alone(ask, run_phase, length, threads):
    _, data = run_phase(prepare(resolve(ask(**length))))
    seen = []
    run_phase(train(data, stop=lambda: bool(seen.append(torch.get_num_threads()))))
    assert seen[-1] == threads  # asked between two steps
    assert torch.get_num_threads() == 2


def test_networks_of_a_direction_are_averaged_and_better_together(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask(models="3"))))
    events, (result,) = run_phase(train(data, stop=never))
    assert len(result.model.networks) == 3
    ends = [event for event in events if isinstance(event, Finished)]
    assert len(ends) == 3
    assert result.perplexity < min(end.best_perplexity for end in ends) * 1.01
    assert result.finished.step == sum(end.step for end in ends)
    weights = [sum(p.sum().item() for p in one.parameters()) for one in result.model.networks]
    assert len(set(weights)) == 3  # each has a seed of its own


def test_the_first_of_several_networks_is_that_of_a_run_of_one(ask, run_phase):
    found = []
    for models in ("1", "2"):
        _, data = run_phase(prepare(resolve(ask(models=models, force=True))))
        _, (result,) = run_phase(train(data, stop=never))
        found.append(getattr(result.model, "networks", [result.model])[0].state_dict())
        for path in data.run.folder.rglob("checkpoint*"):
            path.unlink()
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


@pytest.mark.timeout(120)
def test_side_by_side_they_train_to_the_same_bytes_as_in_turn(ask, run_phase, monkeypatch):
    _, data = run_phase(prepare(resolve(ask(direction="both"))))
    _, in_turn = run_phase(train(data, stop=never))
    for path in data.run.folder.rglob("checkpoint*"):
        path.unlink()
    monkeypatch.setattr("lmkit.recipes.members.WORTH_A_PROCESS", 0.0)
    monkeypatch.setattr("lmkit.recipes.members.usable_cores", lambda: 2)
    events, apart = run_phase(train(data, stop=never))
    assert {event.member for event in events if isinstance(event, FromMember)} == {
        "forward",
        "backward",
    }
    for one, other in zip(in_turn, apart, strict=True):
        assert one.perplexity == other.perplexity
        first, second = one.model.state_dict(), other.model.state_dict()
        assert all(torch.equal(first[name], second[name]) for name in first)
    assert not list(data.run.folder.rglob("trained.safetensors"))


def test_the_sizes_of_the_text_are_announced(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask())))
    train, valid = data.text.train.facts, data.text.valid.facts
    event = prepared_event(
        train, valid, vocabulary=data.text.tokenizer.vocab_size, parameters=7, seconds=1.5
    )
    assert event.words == data.text.train.words
    assert event.tokens == len(data.text.train.ids)
    assert event.valid_words == data.text.valid.words
    assert event.unknown_fraction == data.text.train.unknown / len(data.text.train.ids)
    assert (event.parameters, event.seconds) == (7, 1.5)
    assert event.vocabulary == data.text.tokenizer.vocab_size
