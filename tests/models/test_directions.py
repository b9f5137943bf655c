"""The two directions of a model, and the weight of each."""

import pytest

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.models.directions import Directions
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

FORWARD, BACKWARD = (
    RecurrentLM(RecurrentLMConfig(vocab_size=9, hidden=4, embedding=4), make_generator(seed))
    for seed in (0, 1)
)


def test_two_models_share_the_weight():
    both = Directions(forward=FORWARD, backward=BACKWARD, weight=0.3)
    assert both.weighted() == [(FORWARD, False, 0.7), (BACKWARD, True, 0.3)]
    assert both.only() is FORWARD


def test_one_model_has_all_the_weight_whatever_was_fitted():
    assert Directions(forward=FORWARD, weight=0.3).weighted() == [(FORWARD, False, 1.0)]
    assert Directions(backward=BACKWARD, weight=0.3).weighted() == [(BACKWARD, True, 1.0)]
    assert Directions(backward=BACKWARD).only() is BACKWARD


def test_no_model_and_a_weight_beyond_1_are_refused():
    with pytest.raises(UsageError, match="no model"):
        Directions()
    with pytest.raises(UsageError, match=r"0\.\.1"):
        Directions(forward=FORWARD, weight=1.5)
