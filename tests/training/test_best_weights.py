"""The best weights: kept by nats, restored, stored."""

import math

import pytest
import torch
from torch import nn

from lmkit.training.best_weights import BestWeights
from lmkit.training.validation import Validation


def model(value: float = 0.0) -> nn.Linear:
    made = nn.Linear(1, 1)
    set_to(made, value)
    return made


def set_to(made: nn.Linear, value: float) -> None:
    with torch.no_grad():
        made.weight.fill_(value)


def found(nats: float) -> Validation:
    return Validation(nats=nats, tokens=1, words=1.0)


def test_the_weights_of_the_lowest_loss_are_kept():
    tested = model()
    best = BestWeights(tested)
    for step, nats, is_best in ((1, 5.0, True), (2, 4.0, True), (3, 4.0, False), (4, 6.0, False)):
        set_to(tested, float(step))
        assert best.offer(step, found(nats)) is is_best
    best.restore()
    assert float(tested.weight.detach()) == 2.0
    assert (best.nats, best.step) == (4.0, 2)
    assert best.perplexity == pytest.approx(math.exp(4.0))


def test_losses_whose_perplexity_overflows_are_still_told_apart():
    best = BestWeights(model())
    assert best.offer(1, found(5001.0))
    assert best.offer(2, found(5000.0))
    assert not best.offer(3, found(5000.5))
    assert math.isfinite(best.perplexity)


@pytest.mark.parametrize("nats", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_leaves_the_first_weights(nats):
    tested = model(7.0)
    best = BestWeights(tested)
    set_to(tested, 1.0)
    assert not best.offer(1, found(nats))
    assert not best.is_found
    best.restore()
    assert float(tested.weight.detach()) == 7.0


def test_a_state_is_taken_over():
    tested = model(1.0)
    first = BestWeights(tested)
    first.offer(4, found(3.0))
    second = BestWeights(tested)
    second.load(first.state())
    set_to(tested, 9.0)
    second.restore()
    assert float(tested.weight.detach()) == 1.0
    assert (second.nats, second.step, second.perplexity) == (3.0, 4, first.perplexity)
