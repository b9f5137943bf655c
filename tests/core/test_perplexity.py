"""The one formula of perplexity."""

import math

import pytest

from lmkit.core.perplexity import MOST_NATS, perplexity


def test_it_is_the_geometric_mean_of_the_inverse_probabilities() -> None:
    probabilities = [0.5, 0.25, 0.125, 0.9]
    nats = -sum(math.log(p) for p in probabilities)
    expected = math.prod(1 / p for p in probabilities) ** (1 / len(probabilities))
    assert perplexity(nats, len(probabilities)) == pytest.approx(expected, rel=1e-12)


def test_certainty_has_perplexity_one() -> None:
    assert perplexity(0.0, 5) == 1.0


@pytest.mark.parametrize("nats", [701.0, 1e6, math.inf])
def test_more_nats_than_a_double_can_hold_give_the_largest_finite_answer(nats: float) -> None:
    assert perplexity(nats, 1) == math.exp(MOST_NATS)
    assert math.isfinite(perplexity(nats, 1))


def test_no_number_stays_no_number() -> None:
    assert math.isnan(perplexity(math.nan, 3))


def test_twice_the_text_with_twice_the_nats_has_the_same_perplexity() -> None:
    assert perplexity(20.0, 10) == perplexity(40.0, 20)
