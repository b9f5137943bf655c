"""Third phase: each direction trained in turn."""

import math

import pytest

from lmkit.core.perplexity import perplexity
from lmkit.models.sequence import stream_log_probs
from lmkit.recipes.prepare import prepare
from lmkit.recipes.resolve import resolve
from lmkit.recipes.train import train
from lmkit.training.events import Finished, Prepared, Status, Warned


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
