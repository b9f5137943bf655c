"""A validation: nats per token to compare, perplexity per word to read."""

import math

import pytest

from lmkit.core.perplexity import perplexity
from lmkit.training.validation import Validation


def test_nats_are_per_token_and_perplexity_per_word():
    found = Validation(nats=6.0, tokens=4, words=3.0)
    assert found.nats_per_token == 1.5
    assert found.perplexity == pytest.approx(math.exp(2.0))


@pytest.mark.parametrize("nats", [1.0, 2100.0, 1e9])
def test_perplexity_is_the_one_formula_also_past_overflow(nats):
    assert Validation(nats=nats, tokens=9, words=3.0).perplexity == perplexity(nats, 3.0)
    assert math.isfinite(Validation(nats=nats, tokens=9, words=3.0).perplexity)
